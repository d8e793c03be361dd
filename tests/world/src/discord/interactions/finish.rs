//! The second half: is the answer one that Discord would take, and what does it change?

use serde_json::{Value, json};

use super::{Answer, FIRST_ANSWER_MS, Interaction, Kind, Modal, Outcome, Pending};
use crate::discord::{
    Discord,
    ids::Id,
    mentions::Allowed,
    model::flag,
    post::Draft,
    rest::{
        body::Upload,
        reply::{Errors, Refusal},
    },
    state::State,
    validate::{self, components, message::flags},
};

/// What an answer may carry besides its JSON.
pub struct Extras<'a> {
    pub files: &'a [Upload],
    pub base: &'a str,
    pub now: i64,
}

/// Takes the first answer of an interaction, whether it came as the HTTP response or by the callback route.
pub fn apply(state: &mut State, id: Id, token: &str, answer: &Value, extras: &Extras) -> Result<Outcome, Refusal> {
    let unknown = || Refusal::unknown("Interaction");
    let interaction = state.interactions.get(token).filter(|one| one.id == id).ok_or_else(unknown)?.clone();
    if interaction.acknowledged {
        return Err(Refusal::new(400, 40060, "Interaction has already been acknowledged."));
    }
    if extras.now - interaction.created_ms > FIRST_ANSWER_MS {
        return Err(unknown());
    }
    let kind = answer.get("type").and_then(Value::as_u64).unwrap_or_default();
    if !allowed(kind, interaction.kind, interaction.source.is_some()) {
        let message = "This response type is not allowed for this interaction type.";
        return Err(Refusal::field("type", "INTERACTION_APPLICATION_RESPONSE_TYPE_INVALID", message));
    }
    let nothing = json!({});
    let data = answer.get("data").filter(|data| !data.is_null()).unwrap_or(&nothing);
    let (outcome, original) = match kind {
        4 => (Outcome::Answered, Some(respond(state, &interaction, data, extras)?)),
        5 => (Outcome::Deferred, Some(defer(state, &interaction, data, extras.now)?)),
        6 => (Outcome::Deferred, interaction.source),
        7 => (Outcome::Answered, Some(update(state, &interaction, data, extras)?)),
        8 => (choices(data)?, None),
        _ => (open_modal(state, &interaction, token, data, extras.now)?, None),
    };
    if let Some(kept) = state.interactions.get_mut(token) {
        kept.acknowledged = true;
        kept.outcome = Some(outcome);
        kept.original = original.map(|message| (interaction.channel, message));
    }
    state.version += 1;
    Ok(outcome)
}

fn allowed(answer: u64, kind: Kind, on_message: bool) -> bool {
    match answer {
        4 | 5 => kind != Kind::Autocomplete,
        6 | 7 => kind == Kind::Component || (kind == Kind::Modal && on_message),
        8 => kind == Kind::Autocomplete,
        9 => matches!(kind, Kind::Command | Kind::Component),
        _ => false,
    }
}

fn respond(state: &mut State, interaction: &Interaction, data: &Value, extras: &Extras) -> Result<Id, Refusal> {
    validate::message::check(data, "data", false)?;
    validate::message::not_empty(data, extras.files.len())?;
    Ok(write(state, interaction, data, extras))
}

/// A message of the bot that belongs to an interaction.
pub fn write(state: &mut State, interaction: &Interaction, data: &Value, extras: &Extras) -> Id {
    let mut draft = Draft::of(data, interaction.channel, state.bot(), Allowed::users());
    draft.attachments = state.store_files(extras.files, data, interaction.channel, extras.base, extras.now);
    draft.visible_to = (draft.flags & flag::EPHEMERAL != 0).then_some(interaction.user);
    draft.interaction = Some(interaction.metadata.clone());
    draft.kind = interaction.reply_kind;
    state.post(draft, extras.now).id
}

fn defer(state: &mut State, interaction: &Interaction, data: &Value, now: i64) -> Result<Id, Refusal> {
    // The docs allow EPHEMERAL alone here; Components V2 comes with the edit.
    if flags(data) & !(flag::EPHEMERAL | flag::SUPPRESS_NOTIFICATIONS) != 0 {
        let message = "Only EPHEMERAL can be set when an answer is deferred.";
        return Err(Refusal::field("data.flags", "BASE_TYPE_CHOICES", message));
    }
    let mut draft = Draft::new(interaction.channel, state.bot(), "");
    draft.flags = flag::LOADING | flags(data);
    draft.visible_to = (flags(data) & flag::EPHEMERAL != 0).then_some(interaction.user);
    draft.interaction = Some(interaction.metadata.clone());
    draft.kind = interaction.reply_kind;
    Ok(state.post(draft, now).id)
}

fn update(state: &mut State, interaction: &Interaction, data: &Value, extras: &Extras) -> Result<Id, Refusal> {
    let source = interaction.source.unwrap_or_default();
    let unknown = || Refusal::unknown("Message");
    let message = state.message(interaction.channel, source).ok_or_else(unknown)?;
    let was = serde_json::to_value(message).unwrap_or_default();
    let v2 = message.flags & flag::COMPONENTS_V2 != 0;
    validate::message::check(data, "data", v2)?;
    crate::discord::rest::still_something(&was, data, extras.files.len())?;
    let files = state.store_files(extras.files, data, interaction.channel, extras.base, extras.now);
    state.revise(interaction.channel, source, data, files, extras.now).ok_or_else(unknown)?;
    Ok(source)
}

fn choices(data: &Value) -> Result<Outcome, Refusal> {
    let mut errors = Errors::default();
    let all = validate::list(data, "choices", "data", 25, &mut errors);
    for (at, choice) in all.iter().enumerate() {
        let path = format!("data.choices.{at}");
        validate::required_text(choice, "name", &path, 1, 100, &mut errors);
        match choice.get("value") {
            Some(Value::String(text)) if (1..=100).contains(&validate::length(text)) => {}
            Some(Value::Number(_)) => {}
            _ => errors.bad_length(&format!("{path}.value"), 1, 100),
        }
    }
    if data.get("choices").is_none() {
        errors.required("data.choices");
    }
    errors.check()?;
    Ok(Outcome::Choices)
}

fn open_modal(
    state: &mut State,
    interaction: &Interaction,
    token: &str,
    data: &Value,
    now: i64,
) -> Result<Outcome, Refusal> {
    let mut errors = Errors::default();
    components::modal(data, "data", &mut errors);
    errors.check()?;
    let text = |field: &str| data.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let modal_id = state.new_id(now);
    // A member sees one form at a time: a new one takes the place of the old.
    state.modals.retain(|_, open| open.user_id != interaction.user);
    let modal = Modal {
        modal_id,
        user_id: interaction.user,
        channel_id: interaction.channel,
        message_id: interaction.source,
        custom_id: text("custom_id"),
        title: text("title"),
        components: data.get("components").and_then(Value::as_array).cloned().unwrap_or_default(),
    };
    state.modals.insert(modal_id, modal);
    if let Some(kept) = state.interactions.get_mut(token) {
        kept.modal = Some(modal_id);
    }
    Ok(Outcome::Modal)
}

impl Discord {
    /// Takes what came back for a [`Pending`]. What Discord would not take is `Failed`, with the reason.
    pub fn finish(&self, pending: &Pending, status: u16, body: &[u8]) -> Answer {
        let now = self.shared.now_ms();
        let response = serde_json::from_slice::<Value>(body).ok();
        let mut state = self.state();
        let result = take(&mut state, pending, status, body, response.as_ref(), &self.options.public_base_url, now);
        let interaction = state.interactions.get(&pending.token);
        let (message_id, modal_id) = (
            interaction.and_then(|one| one.original).map(|(_, message)| message),
            interaction.and_then(|one| one.modal),
        );
        let (outcome, reason) = match result {
            Ok(outcome) => (outcome, None),
            Err(reason) => {
                state.interactions.remove(&pending.token);
                (Outcome::Failed, Some(reason))
            }
        };
        drop(state);
        self.changed();
        Answer { interaction_id: pending.interaction_id, outcome, status, reason, response, message_id, modal_id }
    }

    /// Nothing came back in time.
    pub fn give_up(&self, pending: &Pending, reason: &str) -> Answer {
        let mut state = self.state();
        // It may have answered by the callback route all the same.
        let by_callback = state.interactions.get(&pending.token).and_then(|one| one.outcome);
        if by_callback.is_none() {
            state.interactions.remove(&pending.token);
        }
        let kept = state.interactions.get(&pending.token);
        let answer = Answer {
            interaction_id: pending.interaction_id,
            outcome: by_callback.unwrap_or(Outcome::Failed),
            status: 0,
            reason: by_callback.is_none().then(|| format!("{}: {reason}", super::NO_ANSWER)),
            response: None,
            message_id: kept.and_then(|one| one.original).map(|(_, message)| message),
            modal_id: kept.and_then(|one| one.modal),
        };
        drop(state);
        self.changed();
        answer
    }
}

fn take(
    state: &mut State,
    pending: &Pending,
    status: u16,
    body: &[u8],
    response: Option<&Value>,
    base: &str,
    now: i64,
) -> Result<Outcome, String> {
    let interaction = state.interactions.get(&pending.token).ok_or("the token is no longer valid")?;
    if body.is_empty()
        && (200..300).contains(&status)
        && let Some(outcome) = interaction.outcome
    {
        return Ok(outcome);
    }
    if status != 200 {
        return Err(format!("{}: HTTP {status}", super::NO_ANSWER));
    }
    if now - interaction.created_ms > FIRST_ANSWER_MS {
        let took = now - interaction.created_ms;
        return Err(format!("{}: the first answer took {took} ms", super::NO_ANSWER));
    }
    let kind = interaction.kind;
    let refused = match response {
        None => "the answer is not JSON".to_owned(),
        Some(response) => {
            let extras = Extras { files: &[], base, now };
            match apply(state, pending.interaction_id, &pending.token, response, &extras) {
                Ok(outcome) => return Ok(outcome),
                Err(refusal) => refusal.line(),
            }
        }
    };
    let line = format!("answer to a {kind:?} interaction: {refused}");
    state.unexpected.push(line.clone());
    Err(line)
}
