//! From a signed interaction to the feature that answers it.

use std::rc::Rc;

use from_json::Value;
use futures_util::future::LocalBoxFuture;
use http::StatusCode;

use super::{json_response, refused};
use crate::{
    app::{After, Outcome},
    context::Cx,
    discord::{
        custom_id::CustomId,
        interaction::{Envelope, Interaction, kind},
    },
    error::{Error, Result},
    features::{Component, FEATURES},
    lang::Lang,
    reply::{self, Answer, Reply, Work},
};

pub async fn answer(cx: Cx, body: &[u8]) -> Outcome {
    let Some(envelope) = from_json::read::<Envelope>(body) else {
        return refused(StatusCode::BAD_REQUEST, "this is not an interaction");
    };
    if envelope.kind == kind::PING {
        return responded(&reply::pong(), vec![]);
    }
    let kind = envelope.kind;
    let call = match envelope.open() {
        Ok(call) => call,
        Err(error) => {
            cx.log_failure("interactions", &error);
            return refused(StatusCode::BAD_REQUEST, "this interaction has no user");
        }
    };
    let cx = cx.with_lang(call.lang).with_request_id(format!("interaction-{}", call.id));
    let feature = name_of(&call);
    let answer = match dispatch(&cx, kind, call.clone()) {
        Ok(answering) => answering.await,
        Err(error) => Err(error),
    };
    let answer = answer.unwrap_or_else(|error| {
        cx.log_failure(&feature, &error);
        // Autocomplete cannot show a message; no choices is the honest answer.
        if kind == kind::AUTOCOMPLETE {
            Answer::Choices(vec![])
        } else {
            Answer::Message(reply::of_error(&error, cx.lang, &cx.request_id))
        }
    });
    let (response, work) = reply::respond(answer);
    let after = work.map(|work| finish(cx, feature, call, work));
    responded(&response, after.into_iter().collect())
}

fn dispatch(cx: &Cx, kind: u64, call: Interaction) -> Result<LocalBoxFuture<'static, Result<Answer>>> {
    let lang = cx.lang;
    match kind {
        kind::COMMAND | kind::AUTOCOMPLETE => {
            let mut commands = FEATURES.iter().flat_map(|feature| feature.commands);
            let (name, menu) = (call.input.name.as_str(), call.input.kind);
            let command = commands
                .find(|command| command.name == name && u8::from(command.kind) == menu)
                .ok_or_else(|| outdated(lang, Outdated::Command))?;
            let run = if kind == kind::COMMAND { Some(command.run) } else { command.autocomplete };
            run.map(|run| run(cx.clone(), call)).ok_or_else(|| outdated(lang, Outdated::Command))
        }
        kind::COMPONENT | kind::MODAL => {
            let id = CustomId::read(&call.input.custom_id).ok_or_else(|| outdated(lang, Outdated::Component))?;
            let registered: Vec<&Component> = FEATURES
                .iter()
                .flat_map(|feature| if kind == kind::MODAL { feature.modals } else { feature.components })
                .collect();
            let component = registered
                .into_iter()
                .find(|component| component.action == id.action)
                .ok_or_else(|| outdated(lang, Outdated::Component))?;
            Ok((component.run)(cx.clone(), call, id))
        }
        _ => Err(outdated(lang, Outdated::Interaction)),
    }
}

/// What a newer or older version may have sent to Discord and this one does not know.
enum Outdated {
    Command,
    Component,
    Interaction,
}

fn outdated(lang: Lang, what: Outdated) -> Error {
    Error::user(match (lang, what) {
        (Lang::En, Outdated::Command) => {
            "This command is not known here (any more). After an update it can take a few minutes: please try again."
        }
        (Lang::En, Outdated::Component) => {
            "This button is from another version of the bot. Please open the menu again."
        }
        (Lang::En, Outdated::Interaction) => "This is something Discord can do and this bot cannot yet.",
    })
}

/// Runs the work of a deferred answer and puts its message where "thinking" stands.
fn finish(cx: Cx, feature: Rc<str>, call: Interaction, work: Work) -> After {
    Box::pin(async move {
        let reply = work.await.unwrap_or_else(|error| {
            cx.log_failure(&feature, &error);
            reply::of_error(&error, cx.lang, &cx.request_id)
        });
        let Reply { body, file, .. } = reply;
        if let Err(error) = cx.discord.edit_original(call.application_id, &call.token, &body, file.as_ref()).await {
            cx.log_failure(&feature, &Error::from(error));
        }
    })
}

/// For log lines: the command or action, never its arguments.
fn name_of(call: &Interaction) -> Rc<str> {
    match CustomId::read(&call.input.custom_id) {
        Some(id) if call.input.command.is_empty() => id.action.into(),
        _ => call.input.command.as_str().into(),
    }
}

fn responded(response: &Value, after: Vec<After>) -> Outcome {
    Outcome { response: json_response(StatusCode::OK, response), after }
}
