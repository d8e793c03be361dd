//! What an interaction's token opens: the first answer, `@original`, and follow-ups.

use serde_json::{Value, json};

use super::{
    Call,
    messages::still_something,
    reply::{Refusal, Reply, empty, ok},
    snowflake,
};
use crate::discord::{
    ids::Id,
    interactions::{self, Extras, Interaction, Kind},
    model::flag,
    validate,
};

/// `POST /interactions/{id}/{token}/callback`.
pub fn callback(call: &mut Call, id: Id, token: &str) -> Reply {
    let body = std::mem::take(&mut call.body);
    let extras = Extras { files: &call.files, base: call.base, now: call.now };
    interactions::apply(call.state, id, token, &body, &extras)?;
    if call.query.get("with_response").map(String::as_str) != Some("true") {
        return empty();
    }
    let kept = call.state.interactions.get(token).ok_or_else(|| Refusal::unknown("Interaction"))?;
    let mut answer = json!({"interaction": {"id": id, "type": kept.kind.number()}});
    let original = kept.original.and_then(|(channel, message)| call.state.message(channel, message));
    if let (Some(message), Some(fields)) = (original, answer.as_object_mut()) {
        let resource = json!({"type": body.get("type"), "message": call.state.message_json(message)});
        fields.insert("resource".to_owned(), resource);
    }
    ok(&answer)
}

pub fn route(call: &mut Call, method: &str, application: &str, token: &str, rest: &[&str]) -> Reply {
    let interaction = by_token(call, application, token)?;
    match (method, rest) {
        ("POST", []) => follow_up(call, &interaction),
        ("GET", ["messages", id]) => {
            let (channel, id) = message(call, &interaction, id)?;
            let found = call.state.message(channel, id).ok_or_else(|| Refusal::unknown("Message"))?;
            ok(&call.state.message_json(found))
        }
        ("PATCH", ["messages", id]) => {
            let (channel, id) = message(call, &interaction, id)?;
            edit(call, channel, id)
        }
        ("DELETE", ["messages", id]) => {
            let (channel, id) = message(call, &interaction, id)?;
            call.state.erase(channel, &[id]);
            empty()
        }
        _ => {
            call.state.unexpected.push(format!("no route: {method} /webhooks/.../{}", rest.join("/")));
            Err(Refusal::new(404, 0, "404: Not Found"))
        }
    }
}

fn by_token(call: &Call, application: &str, token: &str) -> Result<Interaction, Refusal> {
    if snowflake("webhook_id", application)? != call.state.application_id {
        return Err(Refusal::unknown("Webhook"));
    }
    let found = call.state.interactions.get(token);
    let found = found.ok_or_else(|| Refusal::new(401, 50027, "Invalid Webhook Token"))?;
    // Before the first answer, and after an autocomplete or a modal, there is nothing to follow up.
    if !found.acknowledged || found.kind == Kind::Autocomplete {
        return Err(Refusal::unknown("Webhook"));
    }
    Ok(found.clone())
}

/// Which message is meant; it must be of this interaction.
fn message(call: &Call, interaction: &Interaction, id: &str) -> Result<(Id, Id), Refusal> {
    let unknown = || Refusal::unknown("Message");
    if id == "@original" {
        let (channel, id) = interaction.original.ok_or_else(unknown)?;
        call.state.message(channel, id).ok_or_else(unknown)?;
        return Ok((channel, id));
    }
    let id = snowflake("message_id", id)?;
    let found = call.state.message(interaction.channel, id).ok_or_else(unknown)?;
    let own = found.interaction_metadata.as_ref().and_then(|by| by.get("id")) == Some(&json!(interaction.id));
    if own || interaction.source == Some(id) { Ok((interaction.channel, id)) } else { Err(unknown()) }
}

fn edit(call: &mut Call, channel: Id, id: Id) -> Reply {
    let found = call.state.message(channel, id).ok_or_else(|| Refusal::unknown("Message"))?;
    let was = serde_json::to_value(found).unwrap_or_default();
    validate::message::check(&call.body, "", found.flags & flag::COMPONENTS_V2 != 0)?;
    still_something(&was, &call.body, call.files.len())?;
    let files = call.state.store_files(&call.files, &call.body, channel, call.base, call.now);
    let changed = call.state.revise(channel, id, &call.body, files, call.now);
    let changed = changed.ok_or_else(|| Refusal::unknown("Message"))?;
    ok(&call.state.message_json(&changed))
}

/// The first follow-up of a deferred answer completes it, and keeps its visibility.
fn follow_up(call: &mut Call, interaction: &Interaction) -> Reply {
    validate::message::check(&call.body, "", false)?;
    validate::message::not_empty(&call.body, call.files.len())?;
    if let Some((channel, id)) = interaction.original
        && call.state.message(channel, id).is_some_and(|one| one.flags & flag::LOADING != 0)
    {
        return edit(call, channel, id);
    }
    let body: Value = std::mem::take(&mut call.body);
    let extras = Extras { files: &call.files, base: call.base, now: call.now };
    let id = interactions::write(call.state, interaction, &body, &extras);
    let made = call.state.message(interaction.channel, id).ok_or_else(|| Refusal::unknown("Message"))?;
    ok(&call.state.message_json(made))
}
