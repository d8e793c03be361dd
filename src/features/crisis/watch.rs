//! Every text that may be read comes by here: screened, judged by Ash-NLP with what was written before, and acted upon.

use from_json::json;
use futures_util::{StreamExt, future::join, stream};
use relay_wire::{Event, EventBody, Outcome, Snowflake};

use super::{
    alert, dm,
    nlp::{self, Earlier},
    rules::{Verdict, decide},
    screen::{Finding, screen},
    second_look,
    settings::{Chosen, Stage, TICKETS, USE_NLP},
    state::{self, Known},
};
use crate::{
    care::{Severity, history::Entry},
    context::{Cx, logged},
    discord::{interaction::Interaction, message::MessageBody},
    edge::Time,
    error::{Error, Failure, Result},
    features,
    metrics::MESSAGES,
    relay_filter::{self, Place},
    retry::outcome_of,
};

/// Members of one delivery that are looked at side by side; Ash-NLP gets no more at a time. Source: DESIGN, section 4.
const AT_ONCE: usize = 5;

/// A text and where it comes from.
#[derive(Clone, Debug)]
pub struct Text {
    pub guild_id: Snowflake,
    pub channel_id: Snowflake,
    pub message_id: Snowflake,
    pub author_id: Snowflake,
    pub text: String,
    /// 1 on the first delivery.
    pub attempt: u32,
    pub is_edit: bool,
    /// Written where a ticket may be or have been.
    pub may_be_ticket: bool,
}

impl Text {
    /// What a member wrote, and the channel above a thread. None for what has no words: a picture alone, an emoji that became
    /// nothing. Of a direct message the guild is 0.
    pub fn of_event(event: &Event) -> Option<(Self, Option<Snowflake>)> {
        let (guild_id, channel_id, parent_id, message_id, author_id, text, is_edit) = match &event.body {
            EventBody::MessageCreated {
                guild_id,
                channel_id,
                parent_id,
                message_id,
                author_id,
                text: Some(text),
                ..
            } => (guild_id, channel_id, parent_id, message_id, author_id, text, false),
            EventBody::MessageUpdated {
                guild_id,
                channel_id,
                parent_id,
                message_id,
                author_id,
                text: Some(text),
                ..
            } => (guild_id, channel_id, parent_id, message_id, author_id, text, true),
            _ => return None,
        };
        let text = Self {
            guild_id: guild_id.unwrap_or_default(),
            channel_id: *channel_id,
            message_id: *message_id,
            author_id: *author_id,
            text: text.clone(),
            attempt: event.attempt,
            is_edit,
            may_be_ticket: false,
        };
        (!text.text.trim().is_empty()).then_some((text, *parent_id))
    }

    /// Of somebody who calls for the team without words; the interaction stands for the message.
    pub fn of_call(call: &Interaction, guild_id: Snowflake) -> Self {
        Self {
            guild_id,
            channel_id: call.channel_id.unwrap_or_default(),
            message_id: call.id,
            author_id: call.user_id,
            text: String::new(),
            attempt: 1,
            is_edit: false,
            may_be_ticket: false,
        }
    }

    /// Whether it stands in a ticket, so that its words are repeated nowhere else.
    pub async fn is_in_ticket(&self, cx: &Cx) -> bool {
        self.may_be_ticket && is_in_ticket(cx, self.guild_id, self.channel_id).await
    }

    /// When it was written, by Discord's clock.
    pub fn written_at(&self, cx: &Cx) -> Time {
        Time::from_timestamp_millis(self.message_id.created_at_ms()).unwrap_or(cx.now)
    }
}

/// Whether words of this channel are words of a ticket. While nobody can say, they are.
pub async fn is_in_ticket(cx: &Cx, guild: Snowflake, channel: Snowflake) -> bool {
    match relay_filter::is_open_ticket(cx, channel) {
        Some(is_ticket) => is_ticket,
        None => logged(cx, "crisis", features::is_ticket(cx, guild, channel).await).unwrap_or(true),
    }
}

/// One member's events of a delivery, with their places in it.
type OfMember<'a> = (Option<Snowflake>, Vec<(usize, &'a Event)>);

/// In order for each member, side by side for several.
pub async fn take(cx: Cx, events: Vec<Event>) -> Vec<Outcome> {
    let mut members: Vec<OfMember> = vec![];
    for (at, event) in events.iter().enumerate() {
        let member = event.body.member();
        match members.iter_mut().find(|(one, _)| *one == member) {
            Some((_, theirs)) => theirs.push((at, event)),
            None => members.push((member, vec![(at, event)])),
        }
    }
    let cx = &cx;
    let looked = stream::iter(members).map(|(_, theirs)| async move {
        let mut outcomes = vec![];
        for (at, event) in theirs {
            outcomes.push((at, look(cx, event).await));
        }
        outcomes
    });
    let mut outcomes = vec![Outcome::Done; events.len()];
    for (at, outcome) in looked.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await.into_iter().flatten() {
        if let Some(slot) = outcomes.get_mut(at) {
            *slot = outcome;
        }
    }
    outcomes
}

async fn look(cx: &Cx, event: &Event) -> Outcome {
    // The relay's log names the event; so do the lines about it here.
    let cx = &cx.with_request_id(event.id.as_str());
    if event.body.guild_id().is_none() {
        return dm::look(cx, event).await;
    }
    match watched(cx, event).await {
        Ok(None) => Outcome::Done,
        Ok(Some((text, chosen))) => match analyze(cx, &text, &chosen).await {
            Ok(analysis) => {
                // What came again, or was edited, may wait for a second look that it does not need any more.
                if analysis.asked != Asked::Silent && (text.attempt > 1 || text.is_edit) {
                    second_look::settled(cx, &text).await;
                }
                Outcome::Done
            }
            Err(error) => not_given_up(cx, &error),
        },
        Err(error) => {
            cx.log_failure("crisis", &error);
            outcome_of(&error)
        }
    }
}

/// Whatever was refused: an alert is never given up.
pub fn not_given_up(cx: &Cx, error: &Error) -> Outcome {
    cx.log_failure("crisis", error);
    match outcome_of(error) {
        Outcome::Dead { reason } => Outcome::Retry { reason, delay_ms: alert::REFUSED_DELAY_MS },
        outcome => outcome,
    }
}

/// The text of an event, if it is to be read.
async fn watched(cx: &Cx, event: &Event) -> Result<Option<(Text, Chosen)>> {
    let Some((mut text, parent_id)) = Text::of_event(event) else { return Ok(None) };
    let Text { guild_id, channel_id, message_id, author_id, .. } = text;
    let talks = relay_filter::talks(cx, channel_id, message_id);
    let (chosen, talks) = join(Chosen::load(cx, guild_id), talks).await;
    if chosen.stage() == Stage::Off {
        return Ok(None);
    }
    let place = Place { guild_id, channel_id, parent_id };
    let is_own = relay_filter::may_be_own(cx, place).await;
    text.may_be_ticket = *is_own.as_ref().unwrap_or(&true);
    // Whoever talks with Ash knows that the team is told of danger, whatever they chose elsewhere; what others write in that
    // thread is not theirs.
    let talks = talks.unwrap_or_default();
    if talks.iter().any(|talk| talk.member_id == author_id) {
        return Ok(Some((text, chosen)));
    }
    if talks.iter().any(|talk| !talk.is_open) {
        return Ok(None);
    }
    // Their tickets are theirs and the staff's; there are doors for who wants help all the same.
    if relay_filter::has_opted_out(cx, guild_id, author_id).await.unwrap_or(false) {
        return Ok(None);
    }
    if features::is_form(event) && !chosen.switch(&TICKETS) {
        return Ok(None);
    }
    if !features::is_offered(event) {
        let allowed = relay_filter::allows_text(cx, place, author_id, message_id).await;
        // If nobody knows, the relay knew: it lets out no other text.
        if !allowed.unwrap_or(true) {
            return Ok(None);
        }
        if is_own.unwrap_or(false)
            && (!chosen.switch(&TICKETS) || relay_filter::is_unwatched(cx, place, author_id).await.unwrap_or(false))
        {
            return Ok(None);
        }
    }
    Ok(Some((text, chosen)))
}

/// What both detectors made of a text.
pub struct Judged {
    pub finding: Finding,
    pub verdict: Option<Verdict>,
    /// Ash-NLP was wanted and did not answer.
    pub is_without_nlp: bool,
}

/// What became of the question to Ash-NLP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Nobody wanted to know.
    No,
    Answered,
    /// It does not want this text, and never will.
    Refused,
    /// Nothing came, or it was not asked to spare it.
    Silent,
}

/// What came of a text.
#[derive(Clone, Copy, Debug)]
pub struct Analysis {
    pub severity: Severity,
    pub asked: Asked,
}

/// The whole path of one text: what is known, what the detectors say, what follows.
///
/// # Errors
/// If not everything is done that has to be: it is to be brought again.
pub async fn analyze(cx: &Cx, text: &Text, chosen: &Chosen) -> Result<Analysis> {
    let (analysis, done) = analyze_as(cx, text, chosen, |_, _| ()).await;
    done.map(|()| analysis)
}

/// The same with a last word on how the alert looks; says what was found also where not everything could be done.
pub async fn analyze_as(
    cx: &Cx,
    text: &Text,
    chosen: &Chosen,
    dress: fn(&mut MessageBody, &Text),
) -> (Analysis, Result<()>) {
    // Read while Upstash answers.
    let (known, finding) = join(state::load(cx, text.guild_id, text.author_id), async { screen(&text.text) }).await;
    let known = logged(cx, "crisis", known).unwrap_or_default();
    let (judged, asked) = judge(cx, text, chosen, &known, finding).await;
    let mut decision = decide(judged.verdict.as_ref(), &judged.finding, &chosen.sensitivity(text.channel_id));
    let kept = known.history.iter().find(|one| one.message_id == text.message_id);
    // What was found in it before stays found, whoever is away by now; only the member's own edit takes it back.
    if let Some(kept) = kept.filter(|_| !text.is_edit) {
        decision.severity = decision.severity.max(kept.severity);
    }
    if text.is_edit
        && decision.severity == Severity::Safe
        && kept.is_some()
        && let Err(error) = state::forget_messages(cx, &[text.message_id]).await
    {
        return (Analysis { severity: decision.severity, asked }, Err(error));
    }
    let analysis = Analysis { severity: decision.severity, asked };
    let followed = async {
        match decision.severity {
            Severity::Safe => Ok(()),
            _ => alert::follow(cx, text, chosen, &known, &judged, &decision, dress).await,
        }
    };
    let remembered = async {
        match asked {
            Asked::Silent => second_look::queue(cx, text, judged.finding.severity).await,
            _ => Ok(()),
        }
    };
    let (followed, remembered) = join(followed, remembered).await;
    let line = json!({
        "guild_id": text.guild_id, "channel_id": text.channel_id, "message_id": text.message_id,
        "severity": decision.severity.name(), "detector": decision.detector.name(), "ms": cx.elapsed_ms(),
        "without_nlp": judged.is_without_nlp,
    });
    cx.log("info", "message_analyzed", line);
    cx.count(&MESSAGES, &[decision.severity.name(), decision.detector.name()]);
    (analysis, followed.and(remembered))
}

async fn judge(cx: &Cx, text: &Text, chosen: &Chosen, known: &Known, finding: Finding) -> (Judged, Asked) {
    if cx.config.nlp.is_none() || !chosen.switch(&USE_NLP) {
        return (Judged { finding, verdict: None, is_without_nlp: false }, Asked::No);
    }
    // What a limited Ash-NLP has left goes to those who may need it.
    let is_plain = finding.severity == Severity::Safe && known.open.is_none() && known.history.is_empty();
    if known.nlp_rests_ms.is_some() || (known.is_sparing && is_plain) {
        return (Judged { finding, verdict: None, is_without_nlp: true }, Asked::Silent);
    }
    let earlier: Vec<Earlier> = known
        .history
        .iter()
        // Ash-NLP refuses an empty text.
        .filter(|one| one.message_id != text.message_id && !one.text.trim().is_empty())
        .map(|one| Earlier {
            text: one.text.clone(),
            at: one.at(),
            score: one.score,
            message_id: one.message_id.to_string(),
        })
        .collect();
    match nlp::analyze(cx, &format!("m{}", text.message_id), &text.text, &earlier).await {
        Ok(verdict) => {
            if known.nlp_failures > 0 {
                state::note_nlp_answer(cx).await;
            }
            (Judged { finding, verdict: Some(verdict), is_without_nlp: false }, Asked::Answered)
        }
        Err(error) => {
            let mut asked = Asked::Silent;
            match &error.kind {
                Failure::RateLimited { retry_after_ms } => state::note_nlp_failure(cx, Some(*retry_after_ms)).await,
                // What it does not want to read says nothing of its health; a closed door (401, 403, 404) does.
                Failure::Refused { status: 400 | 413 | 422, .. } => asked = Asked::Refused,
                _ => state::note_nlp_failure(cx, None).await,
            }
            cx.log_failure("crisis", &Error::Service(error));
            (Judged { finding, verdict: None, is_without_nlp: true }, asked)
        }
    }
}

/// What is kept of a message of LOW or more.
pub fn entry(text: &Text, in_ticket: bool, severity: Severity, score: Option<f32>) -> Entry {
    let Text { message_id, channel_id, .. } = *text;
    Entry { message_id, channel_id, severity, score, in_ticket, text: text.text.clone() }
}
