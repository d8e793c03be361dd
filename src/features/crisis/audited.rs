//! A text that staff typed into an audit: nobody knows who wrote it, but it may be a cry for help, so that the team hears of it.

use super::{
    messages, push,
    screen::screen,
    settings::{Chosen, HIDE_WORDS, Stage},
    storm,
    watch::is_in_ticket,
};
use crate::{
    care::Severity,
    context::{Cx, logged},
    discord::message::{Mentions, Nonce},
    features::Audited,
    lang::Lang,
};

/// Tells the team if the screen finds HIGH or more; there is no message to look at, so there is no row and nothing to press.
pub async fn take(cx: &Cx, audited: &Audited) {
    let finding = screen(&audited.text);
    if finding.severity < Severity::High {
        return;
    }
    let chosen = Chosen::load(cx, audited.guild_id).await;
    if chosen.stage() == Stage::Off {
        return;
    }
    // What was copied out of a ticket stays there.
    let hides = chosen.switch(&HIDE_WORDS) || is_in_ticket(cx, audited.guild_id, audited.channel_id).await;
    let mut body = messages::audited::alert(Lang::default(), audited, &finding, chosen.stage() == Stage::Shadow, hides);
    if let Some(role) = chosen.crt_role(cx).filter(|_| chosen.stage() == Stage::Live) {
        body.content = format!("<@&{role}>");
        body.allowed_mentions = Mentions::of(&[], &[role]);
    }
    let posted = storm::post(cx, &chosen, finding.severity, &body.with_nonce(Nonce::of("cq", audited.id))).await;
    if logged(cx, "crisis", posted).is_none() {
        let text = messages::health::no_place(Lang::default(), finding.severity, audited.guild_id);
        logged(cx, "crisis", push::page(cx, &text).await);
    }
}
