//! From a signed interaction to the feature that answers it.

use std::rc::Rc;

use from_json::Value;
use futures_util::future::LocalBoxFuture;
use http::StatusCode;
use relay_wire::Pause;

use super::{json_response, refused};
use crate::{
    app::Outcome,
    context::{After, Cx},
    discord::{
        custom_id::CustomId,
        interaction::{Envelope, Interaction, kind},
    },
    error::{Error, Result},
    features::{FEATURES, Feature},
    lang::Lang,
    limits,
    metrics::{INTERACTION_SECONDS, INTERACTIONS},
    orders,
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
    let mut call = match envelope.open() {
        Ok(call) => call,
        Err(error) => {
            cx.log_failure("interactions", &error);
            return refused(StatusCode::BAD_REQUEST, "this interaction has no user");
        }
    };
    if Lang::of_locale(&call.locale).is_none() {
        call.lang = cx.settings.language(call.guild_id);
    }
    let cx = cx.with_lang(call.lang).with_request_id(format!("interaction-{}", call.id));
    let feature = name_of(&call);
    let class = class_of(kind, &call, &feature);
    let answer = match dispatch(&cx, kind, call.clone()) {
        // Help in a crisis is neither paused nor counted.
        Ok((true, answering)) => answering.await,
        Ok((false, answering)) => match (orders::pause(&cx).await, limits::waits_until(&cx, call.user_id, &feature)) {
            (Pause::None, None) => {
                limits::count(&cx, call.user_id, &feature);
                answering.await
            }
            (Pause::None, Some(until)) => Ok(Answer::Message(reply::wait(cx.lang, until))),
            (pause, _) => Ok(Answer::Message(reply::paused(cx.lang, pause))),
        },
        Err(error) => Err(error),
    };
    if !matches!(answer, Ok(Answer::Later { .. })) {
        class.count(&cx, &answer);
    }
    cx.observe(&INTERACTION_SECONDS, &[class.kind, "first"], cx.elapsed_ms());
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
    let after = work.map(|work| finish(cx, feature, class, call, work));
    responded(&response, after.into_iter().collect())
}

/// Whether it goes on while the bot is paused, and what answers it once it is polled.
fn dispatch(cx: &Cx, kind: u64, call: Interaction) -> Result<(bool, LocalBoxFuture<'static, Result<Answer>>)> {
    let lang = cx.lang;
    match kind {
        kind::COMMAND | kind::AUTOCOMPLETE => {
            let all = |feature: &'static Feature| feature.commands.iter().map(|command| (feature.goes_on, command));
            let (name, menu) = (call.input.name.as_str(), call.input.kind);
            let (goes_on, command) = FEATURES
                .iter()
                .flat_map(all)
                .find(|(_, command)| command.name == name && u8::from(command.kind) == menu)
                .ok_or_else(|| outdated(lang, Outdated::Command))?;
            if kind == kind::COMMAND {
                return Ok((goes_on, (command.run)(cx.clone(), call)));
            }
            // Choices alone do nothing.
            let run = command.autocomplete.ok_or_else(|| outdated(lang, Outdated::Command))?;
            Ok((true, run(cx.clone(), call)))
        }
        kind::COMPONENT | kind::MODAL => {
            let id = CustomId::read(&call.input.custom_id).ok_or_else(|| outdated(lang, Outdated::Component))?;
            let all = |feature: &'static Feature| {
                let registered = if kind == kind::MODAL { feature.modals } else { feature.components };
                registered.iter().map(|component| (feature.goes_on, component))
            };
            let (goes_on, component) = FEATURES
                .iter()
                .flat_map(all)
                .find(|(_, component)| component.action == id.action)
                .ok_or_else(|| outdated(lang, Outdated::Component))?;
            Ok((goes_on, (component.run)(cx.clone(), call, id)))
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
        (Lang::De, Outdated::Command) => {
            "Diesen Befehl gibt es hier nicht (mehr). Nach einem Update dauert es ein paar Minuten: versuch es bitte noch einmal."
        }
        (Lang::En, Outdated::Component) => {
            "This button is from another version of the bot. Please open the menu again."
        }
        (Lang::De, Outdated::Component) => {
            "Dieser Knopf stammt aus einer anderen Version des Bots. Öffne das Menü bitte neu."
        }
        (Lang::En, Outdated::Interaction) => "This is something Discord can do and this bot cannot yet.",
        (Lang::De, Outdated::Interaction) => "Das kann Discord, aber dieser Bot noch nicht.",
    })
}

/// Runs the work of a deferred answer and puts its message where "thinking" stands.
fn finish(cx: Cx, feature: Rc<str>, class: Class, call: Interaction, work: Work) -> After {
    Box::pin(async move {
        let reply = work.await;
        class.count(&cx, &reply);
        let reply = reply.unwrap_or_else(|error| {
            cx.log_failure(&feature, &error);
            reply::of_error(&error, cx.lang, &cx.request_id)
        });
        let Reply { body, file, .. } = reply;
        if let Err(error) = cx.discord.edit_original(call.application_id, &call.token, &body, file.as_ref()).await {
            cx.log_failure(&feature, &Error::from(error));
        }
        cx.observe(&INTERACTION_SECONDS, &[class.kind, "last"], cx.elapsed_ms());
    })
}

/// What interactions are counted by: words of ours alone, whatever was sent.
#[derive(Clone, Copy)]
struct Class {
    kind: &'static str,
    name: &'static str,
}

fn class_of(kind: u64, call: &Interaction, feature: &str) -> Class {
    let kind = match kind {
        kind::COMMAND => "command",
        kind::AUTOCOMPLETE => "autocomplete",
        kind::COMPONENT => "component",
        kind::MODAL => "modal",
        _ => "other",
    };
    // An action is `feature.action`; a command has a name of its own.
    let wanted = match call.input.name.as_str() {
        "" => feature.split('.').next().unwrap_or_default(),
        name => name,
    };
    let commands = FEATURES.iter().flat_map(|feature| feature.commands).map(|command| command.name);
    let mut names = commands.chain(FEATURES.iter().map(|feature| feature.name));
    Class { kind, name: names.find(|name| *name == wanted).unwrap_or("unknown") }
}

impl Class {
    fn count<T>(self, cx: &Cx, result: &Result<T>) {
        let outcome = match result {
            Ok(_) => "ok",
            Err(Error::User(_)) => "user_error",
            Err(Error::Service(_)) => "service_failed",
            Err(Error::Bug(_)) => "bug",
        };
        cx.count(&INTERACTIONS, &[self.kind, self.name, outcome]);
    }
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
