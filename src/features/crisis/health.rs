//! Whether detection works: looked at each minute, told once when it does not and once when it does again.

use chrono::TimeDelta;
use from_json::FromJson;
use relay_wire::{Pause, Snowflake};
use serde_json::{Map, Value, json};

use super::{
    messages, nlp, push,
    second_look::{self, Backlog},
    settings::{Chosen, Stage, USE_NLP},
    state::{self, NlpState},
    storm,
};
use crate::{
    care::Severity,
    clients::{redis::Reply, supabase::Filter},
    command,
    context::{Cx, logged},
    discord::message::{Nonce, colour, said},
    edge::Time,
    error::{Error, Result},
    jobs::JobRow,
    lang::Lang,
    orders,
    relay_filter::RELAYS_HEARD,
};

/// The jobs that look, that tell one guild, and that page whoever runs the bot; SQL owes the last two.
pub const LOOK: &str = "crisis.health";
pub const NOTICE: &str = "crisis.notice";
pub const PUSH: &str = "crisis.push";

/// How often in a row Ash-NLP was not ready when it was asked each minute.
const UNREADY: &str = "crisis:nlp:unready";
/// A second look that waits longer is an outage of its own, until none waits longer than the other.
const WAITS_LONG: TimeDelta = TimeDelta::minutes(15);
const WAITS_SHORT: TimeDelta = TimeDelta::minutes(5);

/// What Upstash knows of detection.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    backlog: Backlog,
    nlp: NlpState,
    /// When any relay was heard of, if one was within the hour.
    heard_at: Option<Time>,
    unready: i64,
}

impl Seen {
    fn oldest(&self, cx: &Cx) -> TimeDelta {
        self.backlog.oldest_ms.map_or(TimeDelta::zero(), |at| TimeDelta::milliseconds(cx.now.timestamp_millis() - at))
    }
}

/// One round trip. `is_ready`: what Ash-NLP said of itself, if it was asked.
async fn seen(cx: &Cx, is_ready: Option<bool>) -> Result<Seen> {
    let mut commands = second_look::backlog_commands();
    let nlp_at = commands.len();
    commands.extend(state::nlp_commands(cx));
    let heard_at = commands.len();
    commands.push(command!["ZRANGE", RELAYS_HEARD, -1, -1, "WITHSCORES"]);
    match is_ready {
        Some(false) => commands.extend([command!["EXPIRE", UNREADY, 150], command!["INCR", UNREADY]]),
        Some(true) => commands.push(command!["DEL", UNREADY]),
        None => {}
    }
    let replies = cx.redis.pipeline(&commands).await?;
    let heard = replies.get(heard_at).and_then(|reply| from_json::number(reply.array().get(1)?.text()?));
    let unready = if is_ready == Some(false) { replies.last().and_then(Reply::int).unwrap_or_default() } else { 0 };
    Ok(Seen {
        backlog: second_look::backlog(replies.get(..nlp_at).unwrap_or_default()),
        nlp: state::nlp_of(replies.get(nlp_at..).unwrap_or_default()),
        heard_at: heard.and_then(|at| Time::from_timestamp_millis(at as i64)),
        unready,
    })
}

/// What changed, as `note_crisis_health` answers and its jobs carry it.
#[derive(Clone, Debug, FromJson)]
struct Change {
    service: String,
    what: String,
    began_at: Time,
    at: Time,
    #[serde(default)]
    waiting: i64,
}

impl Change {
    fn of(row: &JobRow) -> Result<Self> {
        from_json::FromJson::from_json(&row.payload)
            .map_err(|error| Error::bug(format!("payload of a notice: {error}")))
    }

    fn text(&self) -> String {
        let lasted = self.at - self.began_at;
        messages::health::notice(Lang::default(), &self.service, self.what == "began", lasted, self.waiting)
    }
}

/// The job of every minute.
pub async fn look(cx: Cx) -> Result<()> {
    let is_ready = match &cx.config.nlp {
        None => None,
        Some(_) => Some(nlp::is_ready(&cx).await.unwrap_or(false)),
    };
    let seen = logged(&cx, "crisis", seen(&cx, is_ready).await);
    let mut down = Map::new();
    let failing = seen.is_some_and(|seen| seen.nlp.is_failing());
    // One answer that did not come is no outage yet.
    let unready = is_ready == Some(false) && seen.is_some_and(|seen| seen.unready >= 2);
    let is_down = failing || unready;
    if is_down || is_ready == Some(true) {
        down.insert("nlp".to_owned(), json!(is_down));
    }
    if let Some(seen) = seen {
        let oldest = seen.oldest(&cx);
        // While Ash-NLP is down that is why they wait.
        if oldest > WAITS_LONG && !is_down {
            down.insert("second_look".to_owned(), json!(true));
        } else if oldest < WAITS_SHORT {
            down.insert("second_look".to_owned(), json!(false));
        }
    }
    let waiting = seen.map_or(0, |seen| seen.backlog.waiting);
    let mut arguments = json!({"down": down, "waiting": waiting, "at": cx.now});
    // What is not there is left out: the local PostgREST reads a null argument as an empty text.
    if let (Some(heard), Some(fields)) = (seen.and_then(|seen| seen.heard_at), arguments.as_object_mut()) {
        fields.insert("heard_at".to_owned(), json!(heard));
    }
    let changes: Vec<Change> = cx.supabase.rpc("note_crisis_health", &arguments).await?;
    for change in &changes {
        outage(&cx, change).await;
    }
    if waiting > 0 && is_ready != Some(false) {
        second_look::owe(&cx, TimeDelta::zero()).await?;
    }
    Ok(())
}

/// Detection went down, or came back: for the figures.
async fn outage(cx: &Cx, change: &Change) {
    let fields = json!({"service": change.service, "what": change.what, "began_at": change.began_at});
    cx.log("warn", "detection_outage", fields);
    let is_down = change.what == "began";
    let at = if is_down { change.began_at } else { change.at };
    let arguments = json!({"guild_id": Snowflake(0), "service": change.service, "is_down": is_down, "at": at});
    let noted = cx.supabase.rpc::<bool>("note_crisis_outage", &arguments).await;
    logged(cx, "crisis", noted.map_err(Into::into));
}

/// Tells one guild, in its monitor channel.
pub async fn notice(cx: Cx, row: JobRow) -> Result<()> {
    let change = Change::of(&row)?;
    let chosen = Chosen::load(&cx, row.guild_id).await;
    if chosen.stage() == Stage::Off || (change.service != "relay" && !chosen.switch(&USE_NLP)) {
        return Ok(());
    }
    let (purpose, colour) = if change.what == "began" { ("cnb", colour::ERROR) } else { ("cne", colour::GOOD) };
    let at = row.guild_id.0.wrapping_add(change.at.timestamp() as u64 * 10 + change.service.len() as u64 % 10);
    let body = said(change.text(), colour).with_nonce(Nonce::of(purpose, Snowflake(at)));
    storm::post(&cx, &chosen, Severity::Medium, &body).await
}

/// Pages whoever runs the bot.
pub async fn page(cx: Cx, row: JobRow) -> Result<()> {
    push::page(&cx, &Change::of(&row)?.text()).await
}

/// The `detection` component of `/health/detailed`.
pub async fn component(cx: &Cx) -> Value {
    let seen = match seen(cx, None).await {
        Ok(seen) => seen,
        Err(error) => return json!({"status": "unknown", "message": error.to_string()}),
    };
    if orders::pause(cx).await == Pause::All {
        return json!({"status": "down", "message": "an administrator switched detection off"});
    }
    let nlp = nlp_word(cx, &seen);
    let oldest = seen.oldest(cx);
    let well = nlp != "down" && oldest <= WAITS_LONG;
    json!({
        "status": if well { "up" } else { "degraded" },
        "ash_nlp": nlp,
        "second_look": {"waiting": seen.backlog.waiting, "oldest_seconds": oldest.num_seconds()},
    })
}

/// The built-in screen alone is a choice, not a fault.
fn nlp_word(cx: &Cx, seen: &Seen) -> &'static str {
    match &cx.config.nlp {
        None => "not_used",
        Some(_) if seen.nlp.is_failing() => "down",
        Some(_) if seen.nlp.rests_ms.is_some() => "limited",
        Some(_) => "up",
    }
}

/// One paragraph about detection in a guild, for its team.
pub async fn line(cx: &Cx, guild: Snowflake) -> String {
    if orders::pause(cx).await == Pause::All {
        return messages::health::off(cx.lang).to_owned();
    }
    let chosen = Chosen::load(cx, guild).await;
    let open = [Filter::eq("service", "relay")];
    let relay = cx.supabase.select::<Notice>("crisis_notices", "began_at,ended_at", &open).await;
    let relay = logged(cx, "crisis", relay.map_err(Into::into)).unwrap_or_default();
    let silent_since = relay.into_iter().find(|one| one.ended_at.is_none()).map(|one| one.began_at);
    let seen = logged(cx, "crisis", seen(cx, None).await);
    let nlp = match &seen {
        _ if !chosen.switch(&USE_NLP) => "not_used",
        Some(seen) => nlp_word(cx, seen),
        None => "unknown",
    };
    let backlog = seen.map(|seen| seen.backlog).unwrap_or_default();
    messages::health::line(cx.lang, nlp, backlog.waiting, silent_since)
}

#[derive(FromJson)]
struct Notice {
    began_at: Time,
    ended_at: Option<Time>,
}
