//! Ash answers: one generation at a time for each session, with what was written so far, checked before it is sent.

use std::time::Duration;

use chrono::TimeDelta;
use from_json::{Value, json};
use futures_util::future::join;
use relay_wire::Snowflake;

use super::{
    check,
    close::close,
    messages,
    persona::{self, Facts, MAX_TOKENS},
    start::card,
    store::{self, Session, Status},
    talk,
    team::{self, Ping},
};
use crate::{
    ai::{self, Finish, Purpose, Request, Role, Said, Turn, claude::CLAUDE},
    context::{Cx, logged},
    discord::message::{MessageBody, Nonce},
    error::{Error, Result},
    features,
    metrics::ANSWERS,
    sort,
};

/// All tries together. Source: issue "Ash, the companion".
const TIME: Duration = Duration::from_secs(20);
/// Longer than an answer takes, with what is around it.
const LEASE_SECONDS: u32 = 40;
/// Of one request: what comes after that is answered by the next.
const MAX_ROUNDS: usize = 3;
/// Nobody is answered later than that as if nothing had been.
const TOO_LATE: TimeDelta = TimeDelta::minutes(3);
const MAX_OUTPUT_TOKENS: u32 = 500;
/// Of one session: then it ends, and says so.
const MAX_FAILURES: u32 = 3;

/// Answers all that is not answered yet. `newest`: the message that asks for it, if Upstash does not have it.
pub async fn answer(cx: Cx, session: i64, newest: Option<(Snowflake, String)>) {
    for _ in 0..MAX_ROUNDS {
        let begun = store::begin_reply(&cx, session, LEASE_SECONDS).await;
        let Some(Some(session)) = logged(&cx, "companion", begun) else { return };
        // A lease that is not given back ends by itself, and the job tries again.
        if logged(&cx, "companion", answer_once(&cx, &session, newest.as_ref()).await).is_none() {
            return;
        }
    }
}

async fn answer_once(cx: &Cx, session: &Session, newest: Option<&(Snowflake, String)>) -> Result<()> {
    let Some(channel) = session.channel_id else { return Err(Error::bug("an active session without a place")) };
    let upto = session.last_message_id;
    let now = (cx.edge.now)().max(cx.now);
    let is_late = session.last_member_at.is_some_and(|at| now - at > TOO_LATE);
    let answer = match is_late {
        true => Answer::failed(),
        false => {
            let typing = cx.discord.typing(channel);
            let (answer, typing) = join(generate(cx, session, newest), typing).await;
            logged(cx, "companion", typing.map_err(Into::into));
            answer
        }
    };
    // Somebody may have taken over meanwhile, or it ended.
    let is_wanted = store::by_id(cx, session.session_id).await?.is_some_and(|now| now.status == Status::Active);
    if is_wanted {
        let text = answer.text.as_deref().unwrap_or(match answer.stopped {
            Some(_) => messages::instead(cx.lang),
            None => messages::cannot_answer(cx.lang),
        });
        let body = messages::ash(session, text).with_nonce(Nonce::of("ar", upto));
        let posted = cx.discord.create_message(channel, &body).await;
        match posted {
            Ok(_) => {
                // Right after what it answers, whatever was written while it was made.
                let place = Snowflake(upto.0 + 1);
                logged(cx, "companion", talk::keep(cx, session, place, true, text).await);
            }
            // They closed their door, or the thread is gone.
            Err(error) if error.is_refused() => cx.log_failure("companion", &error.into()),
            Err(error) => return Err(error.into()),
        }
        if answer.has_failed {
            card(cx, session, Nonce::of("af", upto)).await;
            let said = MessageBody::text(messages::team::failed(cx.lang, session));
            team::tell(cx, session, "atf", said, Ping::Nobody).await;
        }
    }
    let outcome = match &answer {
        Answer { stopped: Some(_), .. } => "stopped",
        Answer { is_refused: true, .. } => "refused",
        Answer { has_failed: true, .. } => "failed",
        _ => "ok",
    };
    cx.count(&ANSWERS, &[outcome]);
    let ended = store::end_reply(cx, session.session_id, upto, &answer.tally()).await?;
    if let Some(session) = ended.filter(|one| answer.has_failed && one.failures >= MAX_FAILURES) {
        close(cx, &session, "error").await?;
    }
    let fields = json!({
        "guild_id": session.guild_id, "session_id": session.session_id, "failed": answer.has_failed,
        "stopped": answer.stopped, "ms": cx.elapsed_ms(),
    });
    cx.log("info", "companion_answered", fields);
    Ok(())
}

/// What the model said, as it may be sent.
struct Answer {
    text: Option<String>,
    /// Why it may not be sent.
    stopped: Option<&'static str>,
    has_failed: bool,
    is_refused: bool,
    usage: ai::Usage,
}

impl Answer {
    fn failed() -> Self {
        Self { text: None, stopped: None, has_failed: true, is_refused: false, usage: ai::Usage::default() }
    }

    /// As `end_ash_reply` reads it.
    fn tally(&self) -> Value {
        let usage = &self.usage;
        json!({
            "input_tokens": usage.input + usage.cached + usage.cache_write,
            "output_tokens": usage.output + usage.thinking,
            "failed": self.has_failed, "refused": self.is_refused, "replaced": self.stopped.is_some(),
        })
    }
}

async fn generate(cx: &Cx, session: &Session, newest: Option<&(Snowflake, String)>) -> Answer {
    let talk::Known { before, mut turns } = logged(cx, "companion", talk::known(cx, session).await).unwrap_or_default();
    if let Some((id, text)) = newest.filter(|(id, _)| turns.iter().all(|(known, _)| known != id)) {
        turns.push((*id, Turn { role: Role::User, text: text.clone() }));
        sort::by_key(&mut turns, |(id, _)| *id);
    }
    // What came after the lease was taken is answered by the next round.
    turns.retain(|(id, turn)| turn.role == Role::Model || *id <= session.last_message_id);
    let turns = turns.into_iter().map(|(_, turn)| match turn.role {
        Role::User => Turn { text: persona::member_turn(None, &turn.text), ..turn },
        Role::Model => turn,
    });
    let before = before.iter().map(|text| Turn { role: Role::User, text: persona::before_turn(text) });
    let turns = persona::fit(&before.chain(turns).collect::<Vec<_>>(), MAX_TOKENS);
    if turns.is_empty() {
        return Answer::failed();
    }
    let facts = Facts {
        community: &logged(cx, "companion", cx.discord.guild_name(session.guild_id).await.map_err(Into::into))
            .unwrap_or_default(),
        severity: session.severity,
        place: session.place,
        is_minor: session.is_minor,
        wants_human: session.wants_human_at.is_some(),
        on_duty: features::on_duty(cx, session.guild_id).await,
        opened_by: session.opened_by,
        lang: cx.lang,
    };
    let request = Request {
        guild_id: session.guild_id,
        actor_id: None,
        purpose: Purpose::Companion,
        prompt_version: persona::PROMPT_VERSION,
        system: vec![persona::PERSONA.to_owned(), persona::facts(&facts)],
        turns,
        schema: None,
        max_output_tokens: MAX_OUTPUT_TOKENS,
        time: TIME,
        request_id: format!("ash-{}-{}", session.session_id, session.last_message_id),
    };
    match ai::ask(cx, &CLAUDE, &request).await {
        Ok(said) => read(session, said),
        Err(trouble) => {
            cx.log_failure("companion", &trouble.into());
            Answer::failed()
        }
    }
}

fn read(session: &Session, said: Said) -> Answer {
    let usage = said.usage.unwrap_or_default();
    if let Finish::Blocked(_) = said.finish {
        return Answer { is_refused: true, usage, ..Answer::failed() };
    }
    let text = match said.finish {
        Finish::Truncated => whole_sentences(&said.text),
        _ => said.text.as_str(),
    };
    match check::check(text, session.is_minor) {
        Ok(text) => Answer { text: Some(text), stopped: None, has_failed: false, is_refused: false, usage },
        Err(stop) => Answer { stopped: Some(stop.name()), has_failed: false, usage, ..Answer::failed() },
    }
}

/// Without the sentence that was cut off.
fn whole_sentences(text: &str) -> &str {
    text.rfind(['.', '!', '?']).and_then(|end| text.get(..=end)).unwrap_or_default()
}
