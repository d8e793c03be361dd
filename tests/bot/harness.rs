//! The bot as a conversation: somebody acts in the local Discord, the real relay filter and the real app react, and what people see is read back.

use std::{
    cell::{Cell, RefCell},
    time::{SystemTime, UNIX_EPOCH},
};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use community_os::{
    app::{self, App},
    config::Config,
    edge::{Edge, Es256, Time},
};
use ed25519_dalek::{Signer, SigningKey};
use gateway_relay::{dispatch::Dispatch, filter::Filter, rules::Rules};
use http::{Request, Response};
use relay_wire::{Ack, Batch, Event, Lane, Outcome, RelayConfig, VERSION, paths};
use serde_json::{Map, Value, json};
use world::{
    defaults,
    discord::{CommandUse, ComponentUse, Id, Message, ModalUse, Pending},
    seed,
    stack::{self, Isolated},
    world::{World, WorldOptions},
};

/// Tests read the clock here, at their edge.
pub fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Time::from_timestamp_millis(since.as_millis() as i64).unwrap()
}

thread_local! {
    /// What the app logged in this test, one JSON line each.
    static LOG: RefCell<Vec<String>> = const { RefCell::new(vec![]) };
}

pub fn logged() -> Vec<String> {
    LOG.with_borrow(Clone::clone)
}

pub const EDGE: Edge = Edge {
    now,
    sleep: |duration| Box::pin(tokio::time::sleep(duration)),
    log: |line| LOG.with_borrow_mut(|log| log.push(line.to_owned())),
    es256: |signed| Box::pin(std::future::ready(verifies(&signed))),
};

fn verifies(signed: &Es256) -> bool {
    let coordinate = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
    let key = [vec![4], coordinate(&signed.x), coordinate(&signed.y)].concat();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key).verify(&signed.message, &signed.signature).is_ok()
}

/// The bot in its world.
pub struct Bot {
    pub world: World,
    pub app: App,
    filter: RefCell<Filter>,
    rules: Rules,
    sequence: Cell<u64>,
    session: String,
    isolated: Option<Isolated>,
}

/// What came back to the one who acted.
#[derive(Debug)]
pub struct Seen {
    /// The message as that person sees it, if there is one.
    pub message: Option<Message>,
    pub modal_id: Option<Id>,
    pub reason: Option<String>,
    channel: Id,
    pub member: Id,
}

impl Seen {
    /// The text a person reads: content, then embeds as `title: description` and `field = value`.
    pub fn text(&self) -> String {
        let message = self.message.as_ref().unwrap_or_else(|| panic!("no message: {:?}", self.reason));
        read(message)
    }

    pub fn is_private(&self) -> bool {
        self.message.as_ref().is_some_and(|message| message.visible_to.is_some())
    }
}

pub fn read(message: &Message) -> String {
    let mut lines: Vec<String> = Some(message.content.clone()).filter(|text| !text.is_empty()).into_iter().collect();
    for embed in &message.embeds {
        let part = |name: &str| embed[name].as_str().unwrap_or_default().to_owned();
        lines.extend([part("title"), part("description")].into_iter().filter(|text| !text.is_empty()));
        for field in embed["fields"].as_array().into_iter().flatten() {
            lines.push(format!("{} = {}", field["name"].as_str().unwrap(), field["value"].as_str().unwrap()));
        }
    }
    lines.join("\n")
}

impl Bot {
    /// Over the servers and the database that all tests of this process share.
    pub async fn start() -> Self {
        Self::over(World::start_shared().await, None).await
    }

    /// With a database of its own, for tests that count rows or run every job.
    pub async fn alone() -> Self {
        let isolated = stack::shared().await.isolated_database().await.unwrap();
        let world = World::start(WorldOptions::over(isolated.urls.clone())).await.unwrap();
        Self::over(world, Some(isolated)).await
    }

    /// Alone, with some variables set otherwise.
    pub async fn with_env(changes: &[(&str, &str)]) -> Self {
        let isolated = stack::shared().await.isolated_database().await.unwrap();
        let world = World::start(WorldOptions::over(isolated.urls.clone())).await.unwrap();
        let mut env = world.env();
        env.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
        env.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Self::configured(world, Some(isolated), env).await
    }

    /// Alone, with one variable that is not set.
    pub async fn without_env(variable: &str) -> Self {
        let isolated = stack::shared().await.isolated_database().await.unwrap();
        let world = World::start(WorldOptions::over(isolated.urls.clone())).await.unwrap();
        let mut env = world.env();
        env.retain(|(name, _)| name != variable);
        Self::configured(world, Some(isolated), env).await
    }

    async fn over(world: World, isolated: Option<Isolated>) -> Self {
        let env = world.env();
        Self::configured(world, isolated, env).await
    }

    async fn configured(world: World, isolated: Option<Isolated>, env: Vec<(String, String)>) -> Self {
        let config = Config::load(|name| env.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()));
        assert_eq!(config.problems, [], "the world's variables are complete");
        let app = App::new(config, EDGE);
        let mut bot = Self {
            filter: RefCell::new(Filter::new(Some(defaults::APPLICATION_ID.parse().unwrap()))),
            app,
            rules: Rules::default(),
            sequence: Cell::new(1),
            session: format!("test-{}", now().timestamp_micros()),
            world,
            isolated,
        };
        bot.register().await;
        bot.rules = Rules::new(&bot.relay_config().await);
        bot
    }

    async fn register(&self) {
        let cx = self.app.context(now(), "register");
        let application = cx.config.application_id.unwrap();
        cx.discord.put_commands(application, None, &community_os::features::definitions()).await.unwrap();
    }

    /// `member` runs a slash command in `channel`.
    pub async fn command(&self, member: Id, channel: Id, name: &str, options: Value) -> Seen {
        self.try_command(member, channel, name, options).await.unwrap()
    }

    /// `member` chooses `name` in the menu of a message.
    pub async fn menu(&self, member: Id, message: &Message, name: &str) -> Seen {
        let channel = message.channel_id;
        let used = CommandUse {
            guild_id: self.world.discord.channel(channel).and_then(|channel| channel.guild_id),
            channel_id: channel,
            user_id: member,
            name: name.to_owned(),
            options: Map::new(),
            target_id: Some(message.id),
            focused: None,
        };
        self.uses(&used).await
    }

    /// Any command, as Discord's client would send it.
    pub async fn uses(&self, used: &CommandUse) -> Seen {
        let pending = self.world.discord.begin_command(used).unwrap();
        self.answer(pending, used.channel_id, used.user_id).await
    }

    /// The same, where Discord itself may refuse.
    pub async fn try_command(&self, member: Id, channel: Id, name: &str, options: Value) -> Result<Seen, String> {
        let options: Map<String, Value> = options.as_object().cloned().unwrap_or_default();
        let used = CommandUse {
            guild_id: self.world.discord.channel(channel).and_then(|channel| channel.guild_id),
            channel_id: channel,
            user_id: member,
            name: name.to_owned(),
            options,
            target_id: None,
            focused: None,
        };
        let pending = self.world.discord.begin_command(&used)?;
        Ok(self.answer(pending, channel, member).await)
    }

    /// What Discord offers `member` who types into the option `focused` of a command: (name shown, value sent).
    pub async fn types(
        &self,
        member: Id,
        channel: Id,
        name: &str,
        options: Value,
        focused: &str,
    ) -> Vec<(String, String)> {
        let used = CommandUse {
            guild_id: self.world.discord.channel(channel).and_then(|channel| channel.guild_id),
            channel_id: channel,
            user_id: member,
            name: name.to_owned(),
            options: options.as_object().cloned().unwrap_or_default(),
            target_id: None,
            focused: Some(focused.to_owned()),
        };
        let pending = self.world.discord.begin_autocomplete(&used).unwrap();
        let outcome = self.app.handle(signed_by_world(&pending), self.world_now()).await;
        let answer = self.world.discord.finish(&pending, outcome.response.status().as_u16(), outcome.response.body());
        assert_eq!(answer.reason, None);
        let text = |choice: &Value, part: &str| choice[part].as_str().unwrap().to_owned();
        answer.choices().iter().map(|choice| (text(choice, "name"), text(choice, "value"))).collect()
    }

    /// A component press that no message offers, signed all the same: what a modified client could make Discord send.
    pub async fn forged_component(&self, member: Id, channel: Id, custom_id: &str) -> Value {
        self.forged_in(seed::FRESH_START, member, channel, custom_id).await
    }

    /// The same in any guild, with the roles that the member has there.
    pub async fn forged_in(&self, guild: Id, member: Id, channel: Id, custom_id: &str) -> Value {
        let roles = self.world.discord.guild(guild).unwrap().members.get(&member).map(|one| one.roles.clone());
        let permissions = self.world.discord.state().permissions(member, channel);
        let body = json!({
            "type": 3, "id": "1", "application_id": defaults::APPLICATION_ID, "token": "forged", "guild_id": guild,
            "channel_id": channel, "locale": "en-US", "data": {"custom_id": custom_id, "component_type": 2},
            "member": {"user": {"id": member, "username": "x"}, "roles": roles.unwrap_or_default(), "permissions": permissions.to_string()},
        });
        let outcome = self.app.handle(interaction_signed(body.to_string().as_bytes()), now()).await;
        app::run(outcome.after).await;
        serde_json::from_slice(outcome.response.body()).unwrap()
    }

    /// A form that was never opened, filled in with nothing.
    pub async fn forged_modal(&self, guild: Id, member: Id, channel: Id, custom_id: &str) -> Value {
        let body = json!({
            "type": 5, "id": "1", "application_id": defaults::APPLICATION_ID, "token": "forged", "guild_id": guild,
            "channel_id": channel, "locale": "en-US", "data": {"custom_id": custom_id, "components": []},
            "member": {"user": {"id": member, "username": "x"}, "roles": [], "permissions": "0"},
        });
        let outcome = self.app.handle(interaction_signed(body.to_string().as_bytes()), now()).await;
        app::run(outcome.after).await;
        serde_json::from_slice(outcome.response.body()).unwrap()
    }

    /// A message as `member` sees it, to press its buttons.
    pub fn sees(&self, member: Id, message: &Message) -> Seen {
        let channel = message.channel_id;
        let seen = self.world.discord.messages_seen_by(channel, member);
        let message = seen.into_iter().find(|one| one.id == message.id);
        Seen { message, modal_id: None, reason: None, channel, member }
    }

    /// `member` presses a button or chooses in a menu of what they see.
    pub async fn press(&self, seen: &Seen, custom_id: &str, values: &[&str]) -> Seen {
        let used = ComponentUse {
            user_id: seen.member,
            channel_id: seen.channel,
            message_id: seen.message.as_ref().unwrap().id,
            custom_id: custom_id.to_owned(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        };
        let pending = self.world.discord.begin_component(&used).unwrap();
        self.answer(pending, seen.channel, seen.member).await
    }

    /// The world's clock, which a test may put forward.
    pub fn world_now(&self) -> Time {
        Time::from_timestamp_millis(self.world.shared.now_ms()).unwrap()
    }

    pub async fn fill_in(&self, seen: &Seen, fields: &[(&str, &str)]) -> Seen {
        let fields: Map<String, Value> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        self.fill_in_values(seen, &json!(fields)).await
    }

    /// Also boxes, ticked or not.
    pub async fn fill_in_values(&self, seen: &Seen, fields: &Value) -> Seen {
        let used = ModalUse {
            user_id: seen.member,
            channel_id: Some(seen.channel),
            modal_id: seen.modal_id.unwrap_or_else(|| panic!("no modal: {seen:?}")),
            fields: fields.as_object().unwrap().clone().into_iter().collect(),
        };
        let pending = self.world.discord.begin_modal(&used).unwrap();
        self.answer(pending, seen.channel, seen.member).await
    }

    async fn answer(&self, pending: Pending, channel: Id, member: Id) -> Seen {
        let outcome = self.app.handle(signed_by_world(&pending), self.world_now()).await;
        let answer = self.world.discord.finish(&pending, outcome.response.status().as_u16(), outcome.response.body());
        app::run(outcome.after).await;
        let message = answer.message_id.and_then(|id| {
            self.world.discord.messages_seen_by(channel, member).into_iter().find(|message| message.id == id)
        });
        Seen { message, modal_id: answer.modal_id, reason: answer.reason, channel, member }
    }

    /// `member` writes in `channel`; the relay delivers it. What became of each event, the urgent one first.
    pub async fn says(&self, member: Id, channel: Id, text: &str) -> (Message, Vec<Outcome>) {
        let message = self.world.discord.send_message(channel, member, text, None).unwrap();
        let events = self.events_of_message(&message);
        (message, self.deliver(events).await)
    }

    /// Somebody who was never here before: the tests of this process share one database.
    pub fn new_member(&self, name: &str) -> Id {
        let member = self.world.discord.add_user(name);
        self.world.discord.join(seed::HARBOUR, member, name).unwrap();
        member
    }

    /// What the relay makes of a new message.
    pub fn events_of_message(&self, message: &Message) -> Vec<(Lane, Event)> {
        self.events_of("MESSAGE_CREATE", &self.dispatch_of(message))
    }

    pub async fn reacts(&self, member: Id, message: &Message, emoji: &str) -> Vec<Outcome> {
        self.world.discord.react(message.channel_id, message.id, member, emoji).unwrap();
        let dispatch = json!({
            "guild_id": self.world.discord.channel(message.channel_id).unwrap().guild_id,
            "channel_id": message.channel_id, "message_id": message.id, "user_id": member,
            "message_author_id": message.author.id, "emoji": {"id": null, "name": emoji},
        });
        self.deliver(self.events_of("MESSAGE_REACTION_ADD", &dispatch)).await
    }

    /// The relay delivers that `message` was edited.
    pub async fn edits(&self, message: &Message) -> Vec<Outcome> {
        self.deliver(self.events_of("MESSAGE_UPDATE", &self.dispatch_of(message))).await
    }

    fn dispatch_of(&self, message: &Message) -> Value {
        let mut dispatch = self.world.discord.state().message_json(message);
        dispatch["guild_id"] = json!(self.world.discord.channel(message.channel_id).unwrap().guild_id);
        dispatch
    }

    pub fn events_of(&self, name: &str, data: &Value) -> Vec<(Lane, Event)> {
        let seq = self.sequence.replace(self.sequence.get() + 1);
        let data = data.to_string();
        let at = now().timestamp_millis();
        let dispatch = Dispatch { shard: 0, shard_count: 1, session: &self.session, seq, name, data: &data, at };
        let mut events = self.filter.borrow_mut().apply(&dispatch, &self.rules).unwrap();
        // As the relay's spool would number them.
        events.iter_mut().for_each(|(_, event)| event.order = seq);
        events
    }

    /// The relay hears of something in [`seed::HARBOUR`] and delivers it.
    pub async fn hears(&self, name: &str, mut data: Value) -> Vec<Outcome> {
        data["guild_id"] = json!(seed::HARBOUR);
        self.deliver(self.events_of(name, &data)).await
    }

    /// [`seed::HARBOUR`] chooses something.
    pub async fn chooses(&self, key: &str, value: Value) {
        let setting = community_os::features::settings().find(|setting| setting.key == key).unwrap();
        let guild = relay_wire::Snowflake(seed::HARBOUR.0);
        community_os::settings::save(&self.cx(), guild, setting, value, relay_wire::Snowflake(1)).await.unwrap();
    }

    /// Delivers events lane by lane, as the relay does.
    pub async fn deliver(&self, events: Vec<(Lane, Event)>) -> Vec<Outcome> {
        let mut outcomes = vec![];
        for lane in [Lane::Urgent, Lane::Bulk] {
            let events: Vec<Event> =
                events.iter().filter(|(l, _)| *l == lane).map(|(_, event)| event.clone()).collect();
            if events.is_empty() {
                continue;
            }
            let batch = Batch { v: VERSION, relay: "test".into(), epoch: "e".into(), lane, events };
            let response = self.post(paths::EVENTS, &batch).await;
            assert_eq!(response.status(), 200, "{}", String::from_utf8_lossy(response.body()));
            let ack: Ack = serde_json::from_slice(response.body()).unwrap();
            outcomes.extend(ack.results.into_iter().map(|result| result.outcome));
        }
        outcomes
    }

    pub async fn post(&self, path: &str, body: &impl serde::Serialize) -> Response<Vec<u8>> {
        let request = relay_signed(Request::post(path), serde_json::to_vec(body).unwrap(), now());
        let outcome = self.app.handle(request, now()).await;
        community_os::app::run(outcome.after).await;
        outcome.response
    }

    pub async fn relay_config(&self) -> RelayConfig {
        serde_json::from_slice(self.get_config(None).await.body()).unwrap()
    }

    /// `GET /relay/config` of a relay that has the version `known`.
    pub async fn get_config(&self, known: Option<&str>) -> Response<Vec<u8>> {
        let mut builder = Request::get(paths::CONFIG);
        if let Some(known) = known {
            builder = builder.header("if-none-match", format!("\"{known}\""));
        }
        self.app.handle(relay_signed(builder, vec![], now()), now()).await.response
    }

    /// The relay has fetched the filter: what it delivers from now on follows it.
    pub async fn relay_follows(&mut self) {
        self.rules = Rules::new(&self.relay_config().await);
    }

    /// Ticks until nothing is due any more: one takes a few jobs only.
    pub async fn ticks(&self, at: Time) {
        for _ in 0..10 {
            if self.app.scheduled(at).await.unwrap() == 0 {
                return;
            }
        }
    }

    /// A handler's context at this moment.
    pub fn cx(&self) -> community_os::context::Cx {
        self.app.context(now(), "test")
    }

    /// Of a bot that is [`Bot::alone`].
    pub fn database_url(&self) -> &str {
        &self.isolated.as_ref().unwrap().urls.database_url
    }

    /// The bot's own messages in a channel, oldest first.
    pub fn bot_messages(&self, channel: Id) -> Vec<Message> {
        self.world.discord.messages(channel).into_iter().filter(|message| message.author.bot).collect()
    }

    /// The world is strict: what the bot asked of it that Discord does not know fails the test.
    pub fn assert_nothing_unexpected(&self) {
        let unexpected = self.world.discord.unexpected();
        assert!(unexpected.is_empty(), "{unexpected:?}");
    }
}

pub fn relay_signed(builder: http::request::Builder, body: Vec<u8>, now: Time) -> Request<Vec<u8>> {
    let key = signing_key(defaults::RELAY_SIGNING_SEED);
    let timestamp = now.timestamp().to_string();
    let signature = key.sign(&[timestamp.as_bytes(), &body].concat());
    builder
        .header(relay_wire::headers::TIMESTAMP, timestamp)
        .header(relay_wire::headers::SIGNATURE, hex::encode(signature.to_bytes()))
        .body(body)
        .unwrap()
}

fn signed_by_world(pending: &Pending) -> Request<Vec<u8>> {
    let mut request = Request::post(&pending.path);
    for (name, value) in &pending.headers {
        request = request.header(name, value);
    }
    request.body(pending.body.clone()).unwrap()
}

fn interaction_signed(body: &[u8]) -> Request<Vec<u8>> {
    let timestamp = now().timestamp().to_string();
    let signature = signing_key(defaults::SIGNING_SEED).sign(&[timestamp.as_bytes(), body].concat());
    Request::post("/interactions")
        .header("x-signature-timestamp", timestamp)
        .header("x-signature-ed25519", hex::encode(signature.to_bytes()))
        .body(body.to_vec())
        .unwrap()
}

fn signing_key(seed: &str) -> SigningKey {
    SigningKey::from_bytes(&hex::decode(seed).unwrap().try_into().unwrap())
}

/// An app with its keys and nothing else: every service is not configured. For tests of what comes in.
pub struct Lonely {
    app: App,
    runtime: tokio::runtime::Runtime,
}

/// One for each test thread: making its HTTP client reads the system's certificates, which takes a while.
pub fn lonely() -> &'static Lonely {
    thread_local! {
        static LONELY: &'static Lonely = Box::leak(Box::new(make_lonely()));
    }
    LONELY.with(|lonely| *lonely)
}

fn make_lonely() -> Lonely {
    let config = Config::load(|name| match name {
        "DISCORD_PUBLIC_KEY" => Some(defaults::discord_public_key()),
        "RELAY_PUBLIC_KEY" => Some(defaults::relay_public_key()),
        _ => None,
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    Lonely { app: App::new(config, EDGE), runtime }
}

impl Lonely {
    pub fn handle(&self, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
        self.runtime.block_on(async {
            let outcome = self.app.handle(request, now()).await;
            app::run(outcome.after).await;
            outcome.response
        })
    }

    pub fn interaction_bytes(&self, body: &[u8]) -> Response<Vec<u8>> {
        self.handle(interaction_signed(body))
    }

    pub fn events_bytes(&self, body: &[u8]) -> Response<Vec<u8>> {
        self.handle(relay_signed(Request::post(paths::EVENTS), body.to_vec(), now()))
    }
}
