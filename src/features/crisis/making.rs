//! An alert in the making: how it looks, where it goes, and that it stands there once.

use chrono::TimeDelta;
use from_json::json;
use futures_util::future::join3;
use relay_wire::Snowflake;
use serde_json::Value;

use super::{
    alert::{answer, chain_at, redraw},
    late,
    messages::{self, alert::Words},
    post, push,
    rules::Decision,
    settings::{Chosen, HIDE_WORDS, LEAD_CHANNEL, Stage},
    snooze,
    state::Known,
    store::{self, Posted, Recorded, Step},
    storm::{self, Shared},
    trend::{Trend, trend, weight},
    watch::{Judged, Text},
    webhook,
};
use crate::{
    care::Severity,
    context::{Cx, logged},
    discord::message::{Mentions, MessageBody, Nonce},
    edge::Time,
    error::{Error, Failure, Result, Service, ServiceError},
    lang::Lang,
    metrics::{ALERT_SECONDS, ALERTS},
};

/// While a channel takes no more posts, what is less grave lets the graver go first.
const STEP_ASIDE_MS: u64 = 2_000;
/// Pages of an alert channel that are searched for an alert that may have been posted.
const MAX_PAGES: usize = 5;

/// An alert in the making.
pub struct Making<'a> {
    cx: &'a Cx,
    text: &'a Text,
    chosen: &'a Chosen,
    severity: Severity,
    channels: Vec<Snowflake>,
    pub body: MessageBody,
    pub pings: bool,
    snoozed_until: Option<Time>,
    /// Its ping is one too many, and shares another.
    shared: Option<Shared>,
    late: Option<TimeDelta>,
}

/// Whom an alert calls, and whether its channel is the leads'.
pub struct Ping {
    pub is_team: bool,
    pub role: Option<Snowflake>,
    pub shared: Option<Shared>,
}

pub fn making<'a>(
    cx: &'a Cx,
    text: &'a Text,
    chosen: &'a Chosen,
    known: &Known,
    judged: &Judged,
    decision: &Decision,
    is_in_ticket: bool,
) -> Result<Making<'a>> {
    let words = match () {
        () if chosen.switch(&HIDE_WORDS) => Words::Hidden,
        () if is_in_ticket => Words::InTicket,
        () => Words::Shown(&text.text),
    };
    let late = late::of(cx, text);
    let stage = chosen.stage();
    let severity = decision.severity;
    let score = judged.verdict.as_ref().and_then(|verdict| verdict.score);
    let mut points: Vec<_> = known
        .history
        .iter()
        .filter(|one| one.message_id != text.message_id)
        .map(|one| (one.at(), weight(one.severity, one.score)))
        .collect();
    points.push((text.written_at(cx), weight(severity, score)));
    let (trend, messages) = match trend(severity, &points) {
        // Ash-NLP's own view only adds to ours; of a member without a past it is somebody else's.
        (Trend::None, messages @ 3..) if judged.verdict.as_ref().and_then(|one| one.trend) == Some("worsening") => {
            (Trend::Worsening, messages)
        }
        ours => ours,
    };
    let mut factors: Vec<String> = judged.verdict.iter().flat_map(|verdict| verdict.factors.clone()).collect();
    factors.extend(judged.finding.factors.iter().map(|factor| (*factor).to_owned()));
    let told = messages::alert::Told {
        guild_id: text.guild_id,
        channel_id: text.channel_id,
        message_id: text.message_id,
        member_id: text.author_id,
        severity,
        detector: decision.detector.name(),
        score,
        confidence: judged.verdict.as_ref().and_then(|verdict| verdict.confidence),
        factors: &factors,
        trend,
        messages,
        written_at: text.written_at(cx),
        words,
        is_without_nlp: judged.is_without_nlp,
        is_shadow: stage == Stage::Shadow,
        is_drill: false,
        on_duty: known.on_duty.as_deref(),
        late,
    };
    let mut body = messages::alert::alert(Lang::default(), &told)?;
    body = body.with_nonce(nonce(text, severity, text.is_edit));
    if let (true, Some(until), Some(embed)) =
        (severity < Severity::Critical, known.snoozed_until, body.embeds.first_mut())
    {
        messages::snooze::mark(Lang::default(), embed, until);
    }
    let place = if late.is_some_and(|late| late > late::OLD) { Severity::Medium } else { severity };
    Ok(Making {
        cx,
        text,
        chosen,
        severity,
        channels: chosen.alert_channels(cx, place, stage),
        body,
        pings: false,
        snoozed_until: known.snoozed_until,
        shared: None,
        late,
    })
}

/// What was made graver is another post.
fn nonce(text: &Text, severity: Severity, is_graver: bool) -> Nonce {
    let purpose = match (is_graver, severity) {
        (false, _) => "ca",
        (true, Severity::Critical) => "ca4",
        (true, Severity::High) => "ca3",
        (true, _) => "ca2",
    };
    Nonce::of(purpose, text.message_id)
}

impl Making<'_> {
    /// Before it is posted: whom it calls.
    pub fn call(&mut self, ping: Ping) {
        if let Some(shared) = &ping.shared {
            messages::late::add(&mut self.body, &messages::late::shared(Lang::default(), shared));
        }
        if let Some(role) = ping.role.filter(|_| ping.shared.is_none()) {
            self.body.content = format!("<@&{role}>");
            self.body.allowed_mentions = Mentions::of(&[], &[role]);
            self.pings = true;
        }
        if let Some(lead) = self.chosen.id(&LEAD_CHANNEL).filter(|_| ping.is_team) {
            self.channels.insert(0, lead);
        }
        self.shared = ping.shared;
    }

    pub async fn settle(mut self, recorded: Recorded) -> Result<()> {
        let cx = self.cx;
        match recorded.step {
            Step::New | Step::Raise => {
                if recorded.step == Step::Raise {
                    self.body.nonce = Some(nonce(self.text, self.severity, true));
                }
                let posted = self.post_once().await?;
                self.note(posted, &recorded).await
            }
            Step::Posted => Ok(()),
            Step::Wait => {
                let kind = Failure::RateLimited { retry_after_ms: STEP_ASIDE_MS };
                let operation = "another alert of the same member is being posted".to_owned();
                Err(ServiceError::new(Service::Discord, operation, kind).into())
            }
            Step::Merged => {
                self.withdraw_standing(&recorded.alert).await?;
                redraw(cx, &recorded.alert).await
            }
            Step::Again => {
                self.withdraw_standing(&recorded.alert).await?;
                redraw(cx, &recorded.alert).await?;
                let text = messages::alert::again(Lang::default(), &recorded.alert);
                answer(cx, &recorded.alert, text, self.role(), self.text.message_id).await
            }
        }
    }

    pub fn role(&self) -> Option<Snowflake> {
        self.chosen.crt_role(self.cx).filter(|_| self.pings)
    }

    /// Unless it stands somewhere already.
    pub async fn post_once(&self) -> Result<Posted> {
        match self.standing_post().await? {
            Some(posted) => Ok(posted),
            None => self.post().await,
        }
    }

    /// On a later delivery the channels are searched for what an earlier one posted.
    async fn standing_post(&self) -> Result<Option<Posted>> {
        if self.text.attempt > 1 {
            for channel in &self.channels {
                if let Some(message) = standing(self.cx, *channel, self.text.message_id, self.severity).await? {
                    return Ok(Some(self.at(*channel, message)));
                }
            }
        }
        Ok(None)
    }

    /// In the best channel that takes it.
    pub async fn post(&self) -> Result<Posted> {
        let error = match post::in_best(self.cx, &self.channels, &self.body).await {
            Ok((channel, message)) => {
                self.count();
                return Ok(self.at(channel, message));
            }
            Err(error) => error,
        };
        match error {
            Error::Service(mut error) if !error.is_refused() => {
                if let Failure::RateLimited { retry_after_ms } = &mut error.kind {
                    *retry_after_ms += STEP_ASIDE_MS * u64::from(Severity::Critical.rank() - self.severity.rank());
                }
                // Discord is away for some time by now.
                self.page(self.text.attempt >= 4).await;
                Err(error.into())
            }
            error => {
                let fields = json!({"guild_id": self.text.guild_id, "message_id": self.text.message_id});
                self.cx.log("error", "alert_has_no_place", fields);
                self.page(true).await;
                Err(error)
            }
        }
    }

    fn count(&self) {
        let (cx, severity) = (self.cx, self.severity.name());
        cx.count(&ALERTS, &[severity]);
        if self.late.is_none() {
            let written = (cx.edge.now)() - self.text.written_at(cx);
            cx.observe(&ALERT_SECONDS, &[severity, "written"], written.num_milliseconds());
            cx.observe(&ALERT_SECONDS, &[severity, "received"], cx.elapsed_ms());
        }
    }

    /// Nobody in Discord can be told, so that whoever runs the bot is: less and less often while it is tried again.
    async fn page(&self, is_serious: bool) {
        if is_serious && self.text.attempt.is_power_of_two() {
            let text = messages::health::no_place(Lang::default(), self.severity, self.text.guild_id);
            logged(self.cx, "crisis", push::page(self.cx, &text).await);
        }
    }

    fn at(&self, channel_id: Snowflake, message_id: Snowflake) -> Posted {
        let chain_at = chain_at(self.cx, self.chosen, self.chosen.stage(), self.severity, self.late);
        Posted { channel_id, message_id, pinged: self.pings, chain_at }
    }

    /// Notes where it stands and what follows from that; of two that were posted at once only the first one stands.
    pub async fn note(&self, posted: Posted, recorded: &Recorded) -> Result<()> {
        let (guild, message) = (self.text.guild_id, self.text.message_id);
        if let Some(other) = store::posted(self.cx, guild, message, &posted).await? {
            self.withdraw(posted, &other).await?;
            return redraw(self.cx, &other).await;
        }
        let summed = async {
            if let Some(shared) = &self.shared {
                storm::owe(self.cx, guild, shared).await;
            }
        };
        let told = webhook::owe(self.cx, self.chosen, (guild, message), webhook::POSTED);
        join3(self.complete(recorded, posted), told, summed).await.0
    }

    /// Counted on another alert after all: its own post goes.
    async fn withdraw(&self, posted: Posted, other: &store::Alert) -> Result<()> {
        self.cx.log("info", "alert_withdrawn", json!({"guild_id": other.guild_id, "alert_id": other.alert_id}));
        match self.cx.discord.delete_message(posted.channel_id, posted.message_id).await {
            Err(error) if !error.is_missing() => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// An earlier delivery may have posted it without knowing of the other one.
    async fn withdraw_standing(&self, other: &store::Alert) -> Result<()> {
        match self.standing_post().await? {
            Some(posted) => self.withdraw(posted, other).await,
            None => Ok(()),
        }
    }

    /// What only the row tells is added to the post: a repeated episode, the alert that an edit made out of date, a snooze.
    /// The team was told; what fails here is logged.
    async fn complete(&self, recorded: &Recorded, posted: Posted) -> Result<()> {
        let cx = self.cx;
        let at = (posted.channel_id, posted.message_id);
        if recorded.alert.repeats > 0 {
            let mut alert = recorded.alert.clone();
            (alert.alert_channel_id, alert.alert_message_id) = (Some(at.0), Some(at.1));
            logged(cx, "crisis", redraw(cx, &alert).await);
        }
        if let (Some(until), Severity::Critical) = (self.snoozed_until, self.severity) {
            logged(cx, "crisis", snooze::ask(cx, at, self.text.message_id, self.text.author_id, until).await);
        }
        match &recorded.before {
            Some(before) => self.mark_old(before).await,
            None => Ok(()),
        }
    }

    /// The post that is out of date says so, and no longer what was written: nobody looks for it any more.
    async fn mark_old(&self, before: &store::Alert) -> Result<()> {
        let (Some(channel), Some(message)) = (before.alert_channel_id, before.alert_message_id) else { return Ok(()) };
        let text = match self.text.is_edit {
            true => messages::alert::raised(Lang::default()),
            false => messages::late::raised(Lang::default()),
        };
        let replace = |embed: &mut Value| messages::alert::replace(embed, text);
        logged(self.cx, "crisis", post::edit(self.cx, (channel, message), true, replace).await);
        answer(self.cx, before, text.to_owned(), None, self.text.message_id).await
    }
}

/// The alert about `message` in a channel, if it was posted. Its link names the message; what was less grave then is another.
async fn standing(cx: &Cx, channel: Snowflake, message: Snowflake, severity: Severity) -> Result<Option<Snowflake>> {
    let link = format!("/{message})");
    let mut after = message;
    for _ in 0..MAX_PAGES {
        let path = format!("/channels/{channel}/messages?after={after}&limit=100");
        let page: Vec<Value> = match cx.discord.call(reqwest::Method::GET, path).answer().await {
            Ok(page) => page,
            Err(error) if error.is_refused() => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let id_of = |one: &Value| one.get("id").and_then(Value::as_str).and_then(|id| id.parse::<Snowflake>().ok());
        let is_it = |embed: &Value| {
            let fields = embed.get("fields").and_then(Value::as_array).into_iter().flatten();
            let values: Vec<&str> = fields.filter_map(|one| one.get("value")?.as_str()).collect();
            values.contains(&severity.name()) && values.iter().any(|value| value.contains(&link))
        };
        let has_it =
            |one: &&Value| one.get("embeds").and_then(Value::as_array).is_some_and(|all| all.iter().any(is_it));
        let found = page.iter().find(has_it);
        if let Some(found) = found.and_then(id_of) {
            return Ok(Some(found));
        }
        match page.iter().filter_map(id_of).max() {
            Some(newest) if page.len() == 100 => after = newest,
            _ => return Ok(None),
        }
    }
    Ok(None)
}
