//! The whole local world: every stand-in on its port over one set of real servers.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

use axum::Router;
use sqlx::PgPool;
use tokio::net::TcpListener;

use crate::{
    auth,
    claude::Claude,
    control, defaults,
    defaults::offset,
    discord::{Discord, Options as DiscordOptions},
    face::{self, Face, Shared},
    gemini,
    nlp::Nlp,
    script::Scripts,
    servers, stack, supabase, upstash,
};

#[derive(Clone, Debug)]
pub struct WorldOptions {
    /// Ports as README.md lists them; free ones if missing.
    pub port_base: Option<u16>,
    /// The servers below, from [`stack::Stack`] or [`stack::Isolated`], which must outlive the world.
    pub stack: stack::Urls,
    /// File for every request, one JSON object a line.
    pub record: Option<String>,
    /// Where Discord posts interactions.
    pub interactions_url: Option<String>,
    /// What fires the Worker's scheduled handler.
    pub scheduled_url: Option<String>,
    /// Folder of the page that plays the members.
    pub page_dir: Option<PathBuf>,
}

/// Where everything answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorldUrls {
    /// The page and `/world/*`.
    pub world: String,
    /// With `/api/v10`.
    pub discord_api: String,
    /// A websocket address.
    pub discord_gateway: String,
    pub supabase: String,
    pub upstash: String,
    pub nlp: String,
    pub gemini: String,
    pub claude: String,
}

pub struct World {
    pub shared: Arc<Shared>,
    pub discord: Arc<Discord>,
    pub nlp: Arc<Nlp>,
    pub gemini: Arc<Scripts>,
    pub claude: Arc<Claude>,
    urls: WorldUrls,
    stack: stack::Urls,
    pool: PgPool,
}

impl WorldUrls {
    /// Where everything answers in a world on the ports from `base`.
    pub fn from_base(base: u16) -> Self {
        let on = |offset: u16| format!("127.0.0.1:{}", base + offset);
        Self {
            world: format!("http://{}", on(offset::DISCORD)),
            discord_api: format!("http://{}/api/v10", on(offset::DISCORD)),
            discord_gateway: format!("ws://{}/gateway", on(offset::DISCORD)),
            supabase: format!("http://{}", on(offset::SUPABASE)),
            upstash: format!("http://{}", on(offset::UPSTASH)),
            nlp: format!("http://{}", on(offset::NLP)),
            gemini: format!("http://{}", on(offset::GEMINI)),
            claude: format!("http://{}", on(offset::CLAUDE)),
        }
    }
}

impl World {
    /// Starts every face. They answer until the runtime that called this ends.
    ///
    /// # Errors
    /// A port that is taken, by number; a record file that cannot be written.
    pub async fn start(options: WorldOptions) -> io::Result<Self> {
        let shared = Shared::new(options.record.as_deref())?;
        let discord_listener = listener(options.port_base, offset::DISCORD, "Discord").await?;
        let supabase_listener = listener(options.port_base, offset::SUPABASE, "Supabase").await?;
        let upstash_listener = listener(options.port_base, offset::UPSTASH, "Upstash").await?;
        let nlp_listener = listener(options.port_base, offset::NLP, "Ash-NLP").await?;
        let gemini_listener = listener(options.port_base, offset::GEMINI, "Gemini").await?;
        let claude_listener = listener(options.port_base, offset::CLAUDE, "Claude").await?;
        let world_address = discord_listener.local_addr()?;
        let urls = WorldUrls {
            world: format!("http://{world_address}"),
            discord_api: format!("http://{world_address}/api/v10"),
            discord_gateway: format!("ws://{world_address}/gateway"),
            supabase: address(&supabase_listener)?,
            upstash: address(&upstash_listener)?,
            nlp: address(&nlp_listener)?,
            gemini: address(&gemini_listener)?,
            claude: address(&claude_listener)?,
        };
        let discord_options = DiscordOptions {
            application_id: defaults::APPLICATION_ID.parse().map_err(io::Error::other)?,
            bot_token: defaults::BOT_TOKEN.to_owned(),
            signing_seed: defaults::seed(defaults::SIGNING_SEED),
            interactions_url: options.interactions_url,
            scheduled_url: options.scheduled_url,
            page_dir: options.page_dir,
            public_base_url: urls.world.clone(),
        };
        let world = Self {
            discord: Discord::new(discord_options, shared.clone()),
            nlp: Nlp::new(shared.clone()),
            gemini: Arc::default(),
            claude: Arc::default(),
            pool: supabase::pool(&options.stack.database_url)?,
            shared,
            urls,
            stack: options.stack,
        };
        let supabase = supabase::router(&world.stack, &world.urls.supabase, world.shared.clone())?;
        let upstash = upstash::router(&world.stack.redis_url, defaults::UPSTASH_TOKEN)?;
        world.serve(supabase_listener, Face::Supabase, supabase)?;
        world.serve(upstash_listener, Face::Upstash, upstash)?;
        world.serve(nlp_listener, Face::Nlp, world.nlp.clone().router())?;
        world.serve(gemini_listener, Face::Gemini, gemini::router(world.gemini.clone()))?;
        world.serve(claude_listener, Face::Claude, world.claude.clone().router())?;
        // Last, because `/world/health` says that all the others answer.
        world.serve(discord_listener, Face::Discord, world.discord.router().merge(control::router(&world)))?;
        Ok(world)
    }

    /// A world on free ports over the servers that the tests of this process share.
    ///
    /// # Panics
    /// If it cannot be started, with the line that says what to do.
    pub async fn start_shared() -> Self {
        let options = WorldOptions::over(stack::shared().await.urls.clone());
        Self::start(options).await.unwrap_or_else(|error| panic!("the local world did not start: {error}"))
    }

    fn serve(&self, listener: TcpListener, face: Face, router: Router) -> io::Result<SocketAddr> {
        face::serve(listener, face, router, self.shared.clone())
    }

    pub fn urls(&self) -> &WorldUrls {
        &self.urls
    }

    /// Makes a Supabase account, or gives an existing one this password. Returns its id (a UUID).
    pub async fn add_account(&self, email: &str, password: &str) -> io::Result<String> {
        auth::add_account(&self.pool, email, password).await
    }

    /// Writes what [`crate::seed::HARBOUR`] chose before anybody came; what somebody chose since stands.
    ///
    /// # Errors
    /// The database does not answer, or its tables are others.
    pub async fn settle_harbour(&self) -> io::Result<()> {
        let rows = include_str!("../sql/harbour.sql");
        sqlx::raw_sql(rows).execute(&self.pool).await.map(drop).map_err(io::Error::other)
    }

    /// Every variable the Worker and the relay need to live in this world.
    pub fn env(&self) -> Vec<(String, String)> {
        environment(&self.urls, &self.stack.database_url)
    }
}

impl WorldOptions {
    /// A world on free ports, without a Worker behind it.
    pub fn over(stack: stack::Urls) -> Self {
        Self { port_base: None, stack, record: None, interactions_url: None, scheduled_url: None, page_dir: None }
    }
}

/// The variables of a world at these addresses, by the names the Worker and the relay read.
pub fn environment(urls: &WorldUrls, database_url: &str) -> Vec<(String, String)> {
    let urls = urls.clone();
    [
        ("ADMIN_PASSWORD", defaults::ADMIN_PASSWORD.to_owned()),
        ("ANTHROPIC_API_KEY", defaults::ANTHROPIC_API_KEY.to_owned()),
        ("ANTHROPIC_BASE_URL", urls.claude),
        ("DATABASE_URL", database_url.to_owned()),
        ("DISCORD_API_URL", urls.discord_api),
        ("DISCORD_APPLICATION_ID", defaults::APPLICATION_ID.to_owned()),
        ("DISCORD_BOT_TOKEN", defaults::BOT_TOKEN.to_owned()),
        ("DISCORD_GATEWAY_URL", urls.discord_gateway),
        ("DISCORD_PUBLIC_KEY", defaults::discord_public_key()),
        ("DISCORD_SIGNING_SEED", defaults::SIGNING_SEED.to_owned()),
        ("FALLBACK_ALERT_CHANNEL_ID", crate::seed::channel::CRT_CRISIS.to_string()),
        ("GEMINI_API_KEY", defaults::GEMINI_API_KEY.to_owned()),
        ("GEMINI_BASE_URL", urls.gemini),
        ("GEMINI_BILLED", "true".to_owned()),
        ("NLP_BASE_URL", urls.nlp),
        ("RELAY_PUBLIC_KEY", defaults::relay_public_key()),
        ("RELAY_SIGNING_SEED", defaults::RELAY_SIGNING_SEED.to_owned()),
        ("STATE_KEYS", defaults::STATE_KEY.to_owned()),
        ("SUPABASE_DB_URL", database_url.to_owned()),
        ("SUPABASE_DISCORD_SIGN_IN", "true".to_owned()),
        ("SUPABASE_JWT_SECRET", defaults::JWT_SECRET.to_owned()),
        ("SUPABASE_PUBLISHABLE_KEY", defaults::SUPABASE_PUBLISHABLE_KEY.to_owned()),
        ("SUPABASE_SECRET_KEY", defaults::SUPABASE_SECRET_KEY.to_owned()),
        ("SUPABASE_URL", urls.supabase),
        ("UPSTASH_REDIS_REST_TOKEN", defaults::UPSTASH_TOKEN.to_owned()),
        ("UPSTASH_REDIS_REST_URL", urls.upstash),
        ("WORLD_URL", urls.world),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

async fn listener(base: Option<u16>, offset: u16, what: &str) -> io::Result<TcpListener> {
    let port = base.map_or(0, |base| base + offset);
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(|error| io::Error::new(error.kind(), servers::taken(port, what, &error)))
}

fn address(listener: &TcpListener) -> io::Result<String> {
    Ok(format!("http://{}", listener.local_addr()?))
}
