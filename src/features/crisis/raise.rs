//! An alert that the team called more severe is posted anew where its severity belongs, with the ping that belongs to it.

use from_json::json;
use serde_json::Value;

use super::{
    alert::{chain_at, role_to_ping},
    duty,
    messages::{self, alert::Words},
    post,
    settings::{Chosen, HIDE_WORDS, LEAD_CHANNEL, Stage},
    state,
    store::{self, Alert, Posted},
    trend::Trend,
};
use crate::{
    care::Severity,
    context::{Cx, logged},
    discord::message::{Mentions, Nonce, link},
    error::Result,
    lang::Lang,
};

/// Any number of times: the nonce and the row keep it single.
pub async fn again(cx: &Cx, chosen: &Chosen, alert: &Alert) -> Result<()> {
    // What the guild was when it was found; a drill is of now.
    let stage = match alert.mode.as_str() {
        "shadow" => Stage::Shadow,
        "drill" => chosen.stage(),
        _ => Stage::Live,
    };
    let old = match (alert.alert_channel_id, alert.alert_message_id) {
        (Some(channel), Some(message)) => Some((channel, message)),
        _ => None,
    };
    let shown = match old {
        Some(old) => post::embed(cx, old).await?,
        None => None,
    };
    // Somebody outside the team may read the channels since.
    let is_hidden = chosen.switch(&HIDE_WORDS);
    let mut embed = match shown.filter(|_| !is_hidden) {
        Some(embed) => embed,
        None => bare(alert, is_hidden)?,
    };
    messages::alert::redraw(Lang::default(), &mut embed, alert);
    if alert.severity >= Severity::High {
        duty::show(cx, alert.guild_id, &mut embed).await;
    }
    let snoozed_until = logged(cx, "crisis", state::snoozed_until(cx, alert.guild_id, alert.member_id).await).flatten();
    let role = role_to_ping(cx, chosen, stage, alert.severity, snoozed_until, None);
    let components = messages::alert::components(Lang::default(), alert.message_id, alert.severity, alert.status)?;
    let mut body = json!({
        "content": role.map(|role| format!("<@&{role}>")).unwrap_or_default(), "embeds": [embed], "components": components,
        "allowed_mentions": Mentions::of(&[], role.as_slice()),
    });
    let purpose = if alert.severity == Severity::Critical { "cm4" } else { "cm3" };
    if let (Value::Object(nonce), Some(fields)) = (json!(Nonce::of(purpose, alert.message_id)), body.as_object_mut()) {
        fields.extend(nonce);
    }
    let mut channels = chosen.alert_channels(cx, alert.severity, stage);
    // An alert about somebody of the team stays where the team does not read.
    if let Some(lead) = chosen.id(&LEAD_CHANNEL).filter(|lead| alert.alert_channel_id == Some(*lead)) {
        channels.insert(0, lead);
    }
    let (channel, message) = post::in_best(cx, &channels, &body).await?;
    let chain_at = chain_at(cx, chosen, stage, alert.severity, None);
    let noted = Posted { channel_id: channel, message_id: message, pinged: role.is_some(), chain_at };
    store::posted(cx, alert.guild_id, alert.message_id, &noted).await?;
    if let Some(old) = old.filter(|(_, before)| *before != message) {
        let link = link(Some(alert.guild_id), channel, message);
        let moved = messages::buttons::moved(Lang::default(), alert.severity, &link);
        // Nobody looks for the old post any more, not even to erase somebody: it says where the alert is now, and no more.
        let pointed = post::edit(cx, old, true, |embed| messages::alert::replace(embed, &moved));
        logged(cx, "crisis", pointed.await);
    }
    Ok(())
}

/// What the row alone tells, without the words.
fn bare(alert: &Alert, is_hidden: bool) -> Result<Value> {
    let told = messages::alert::Told {
        guild_id: alert.guild_id,
        channel_id: alert.channel_id,
        message_id: alert.message_id,
        member_id: alert.member_id,
        severity: alert.severity,
        detector: match alert.detector.as_str() {
            "nlp" => "nlp",
            "screen" => "screen",
            "member" => "member",
            _ => "both",
        },
        score: alert.score,
        confidence: None,
        factors: &[],
        trend: Trend::None,
        messages: 1,
        written_at: alert.written_at,
        words: if is_hidden { Words::Hidden } else { Words::Shown("") },
        is_without_nlp: false,
        is_shadow: alert.mode == "shadow",
        is_drill: alert.mode == "drill",
        late: None,
        on_duty: None,
    };
    let body = messages::alert::alert(Lang::default(), &told)?;
    let mut embed = body.embeds.first().map(|embed| json!(embed)).unwrap_or_default();
    messages::alert::blank(Lang::default(), &mut embed);
    Ok(embed)
}
