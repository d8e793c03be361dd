//! The stand-in of Discord: REST v10, the gateway, interactions, and a control interface to act as people.

pub mod act;
mod administer;
pub mod change;
pub mod commands;
mod control;
mod deliver;
pub mod gateway;
pub mod ids;
pub mod interactions;
pub mod limits;
pub mod mentions;
pub mod model;
mod page;
pub mod permissions;
pub mod post;
pub mod react;
pub mod rest;
pub mod state;
pub mod validate;
pub mod view;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    extract::{Query, State as Extract, WebSocketUpgrade},
    response::Response,
    routing::{any, get},
};
use tokio::sync::watch;

use self::state::State;
use crate::{
    defaults,
    face::{self, Face, Shared},
    seed,
};

pub use self::{
    ids::Id,
    interactions::{Answer, CommandUse, ComponentUse, ModalUse, Outcome, Pending},
    model::Message,
};

/// Who the bot is and where its halves are.
#[derive(Clone, Debug)]
pub struct Options {
    pub application_id: u64,
    pub bot_token: String,
    /// The key that signs interactions.
    pub signing_seed: [u8; 32],
    /// Where interactions go; without it only the in-process halves work.
    pub interactions_url: Option<String>,
    /// What fires the Worker's scheduled handler.
    pub scheduled_url: Option<String>,
    /// The built page.
    pub page_dir: Option<PathBuf>,
    /// Where this stand-in is reached, `http://127.0.0.1:8701`.
    pub public_base_url: String,
}

pub struct Discord {
    pub options: Options,
    pub shared: Arc<Shared>,
    state: Mutex<State>,
    version: watch::Sender<u64>,
    http: reqwest::Client,
}

impl Discord {
    pub fn new(options: Options, shared: Arc<Shared>) -> Arc<Self> {
        let mut state = State::new(Id(options.application_id));
        state.interactions_url = options.interactions_url.clone();
        state.scheduled_url = options.scheduled_url.clone();
        seed::plant(&mut state, shared.now_ms());
        Arc::new(Self {
            options,
            shared,
            state: Mutex::new(state),
            version: watch::Sender::new(1),
            http: reqwest::Client::new(),
        })
    }

    /// The stand-in alone on a free port, with the fixed local values: for what needs no database.
    ///
    /// # Errors
    /// No free port.
    pub async fn alone() -> std::io::Result<Arc<Self>> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let shared = Shared::new(None)?;
        let options = Options {
            application_id: defaults::APPLICATION_ID.parse().map_err(std::io::Error::other)?,
            bot_token: defaults::BOT_TOKEN.to_owned(),
            signing_seed: defaults::seed(defaults::SIGNING_SEED),
            interactions_url: None,
            scheduled_url: None,
            page_dir: None,
            public_base_url: format!("http://{}", listener.local_addr()?),
        };
        let discord = Self::new(options, shared.clone());
        face::serve(listener, Face::Discord, discord.router(), shared)?;
        Ok(discord)
    }

    /// Everything on the Discord port but what the other stand-ins add below `/world`.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/api/{*route}", any(|Extract(discord): Extract<Arc<Self>>, request| rest::answer(discord, request)))
            .route("/gateway", get(websocket))
            .route("/gateway/", get(websocket))
            .merge(control::router())
            .merge(page::router())
            .with_state(self.clone())
    }

    /// The lock is held for moments only, never across an await.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Points interactions and the scheduled call elsewhere, for a Worker that starts after the world.
    pub fn point_at(&self, interactions_url: Option<String>, scheduled_url: Option<String>) {
        let mut state = self.state();
        state.interactions_url = interactions_url;
        state.scheduled_url = scheduled_url;
    }

    /// Posts an interaction to the Worker and applies its answer.
    pub async fn deliver(self: &Arc<Self>, pending: &Pending) -> Answer {
        deliver::deliver(self, pending).await
    }

    /// Tells the page that something may have changed.
    fn changed(&self) {
        let version = self.state().version;
        self.version.send_if_modified(|last| {
            let newer = version != *last;
            *last = version;
            newer
        });
    }

    /// The key that interactions verify with, in hex, as the developer portal shows it.
    pub fn public_key(&self) -> String {
        hex::encode(self.key().verifying_key().to_bytes())
    }

    /// Where its REST API is, with the version.
    pub fn api_url(&self) -> String {
        format!("{}/api/v10", self.options.public_base_url)
    }

    pub fn gateway_url(&self) -> String {
        let base = &self.options.public_base_url;
        format!("{}/gateway", base.replacen("http", "ws", 1))
    }
}

async fn websocket(
    Extract(discord): Extract<Arc<Discord>>,
    Query(query): Query<std::collections::HashMap<String, String>>,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgrade.on_upgrade(move |socket| gateway::run(discord, socket, query))
}
