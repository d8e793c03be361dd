//! What crisis care does for other rooms: who the team is, that it is called, what an alert is.

use from_json::json;
use relay_wire::Snowflake;

use super::{
    super::{Called, Team, Wanted},
    dm, human,
    messages::{
        self,
        buttons::unknown,
        doors::{self, Reached},
    },
    settings::{ADMIN_ROLE, CRT_ROLE, Chosen, NOTES_CHANNEL, SECOND_ROLE, Stage},
    store::{self, Alert},
    storm,
    team::require_team,
    watch::Text,
};
use crate::{
    care::{Alerted, Severity},
    context::{Cx, logged},
    discord::{
        interaction::Interaction,
        message::{Mentions, Nonce, colour, said},
    },
    edge::Time,
    error::{Error, Result},
    lang::Lang,
};

pub async fn team(cx: &Cx, guild: Snowflake) -> Team {
    let chosen = Chosen::load(cx, guild).await;
    let roles = [&CRT_ROLE, &SECOND_ROLE, &ADMIN_ROLE].into_iter().filter_map(|role| chosen.id(role)).collect();
    Team {
        is_live: !chosen.is_unknown && chosen.stage() == Stage::Live,
        role: chosen.crt_role(cx),
        roles,
        channels: chosen.alert_channels(cx, Severity::High, chosen.stage()),
        notes_channel: chosen.id(&NOTES_CHANNEL),
    }
}

pub async fn call_team(cx: &Cx, wanted: &Wanted) -> Called {
    let text = Text {
        guild_id: wanted.guild_id,
        channel_id: wanted.channel_id,
        message_id: wanted.message_id,
        author_id: wanted.member_id,
        text: String::new(),
        attempt: 1,
        is_edit: false,
        may_be_ticket: false,
    };
    let reached = human::call(cx, &text, false).await;
    // Said in a talk with Ash, and those are in English.
    let answer = doors::human(Lang::En, reached, human::on_duty_count(cx, wanted.guild_id).await);
    Called { is_told: !matches!(reached, Reached::NoTeam | Reached::Failed), answer }
}

pub async fn alert_for_team(cx: &Cx, call: &Interaction, message: Snowflake) -> Result<Alerted> {
    require_team(cx, call).await?;
    let alert = store::about(cx, call.guild()?, message).await?;
    alert.as_ref().map(alerted).ok_or_else(|| Error::user(unknown(cx.lang)))
}

pub async fn human_answered(cx: &Cx, guild: Snowflake, alert: i64, author: Snowflake, message: Snowflake) {
    let at = Time::from_timestamp_millis(message.created_at_ms()).unwrap_or(cx.now);
    let answer = json!({"guild_id": guild, "alert_id": alert, "author_id": author, "answered_at": at});
    let noted = cx.supabase.rpc::<()>("note_crisis_answers", &json!({"answers": [answer]})).await;
    logged(cx, "crisis", noted.map_err(Into::into));
}

pub async fn guild_of(cx: &Cx, member: Snowflake) -> Result<Option<Snowflake>> {
    let home = dm::guild_of(cx, member).await?;
    Ok(home.guild.or(match home.shared.as_slice() {
        [only] => Some(only.guild_id),
        _ => None,
    }))
}

/// In the monitor channel, and with a ping where alerts go; while detection is tried out, without one.
pub async fn tell_detection(
    cx: &Cx,
    guild: Snowflake,
    since: Time,
    off_until: Option<Time>,
    reason: Option<&str>,
) -> Result<()> {
    let chosen = Chosen::load(cx, guild).await;
    let colour = if off_until.is_some() { colour::ERROR } else { colour::GOOD };
    let text = messages::health::switched(Lang::default(), since, off_until, reason);
    // Of this guild: Discord may take two messages of one bot with one nonce for the same, wherever they stand.
    let id = guild.0.wrapping_add(since.timestamp() as u64);
    let of = |purpose: &str| Nonce::of(purpose, Snowflake(id));
    // Each hour's word is one of its own.
    let hour = (cx.now - since).num_hours().to_string();
    let [monitor, team] = if off_until.is_some() { ["dm", "dc"] } else { ["em", "ec"] };
    let body = said(&*text, colour).with_nonce(of(&format!("{monitor}{hour}")));
    let monitor = storm::post(cx, &chosen, Severity::Medium, &body).await;
    if chosen.stage() == Stage::Live {
        let mut body = said(&*text, colour).with_nonce(of(&format!("{team}{hour}")));
        if let (Some(role), true) = (chosen.crt_role(cx), off_until.is_some()) {
            body.content = format!("<@&{role}>");
            body.allowed_mentions = Mentions::of(&[], &[role]);
        }
        storm::post(cx, &chosen, Severity::Critical, &body).await?;
    }
    monitor
}

/// An alert as both halves of crisis care know it.
pub fn alerted(alert: &Alert) -> Alerted {
    Alerted {
        alert_id: alert.alert_id,
        guild_id: alert.guild_id,
        member_id: alert.member_id,
        channel_id: alert.channel_id,
        message_id: alert.message_id,
        severity: alert.severity,
        alert_channel_id: alert.alert_channel_id,
        alert_message_id: alert.alert_message_id,
    }
}
