//! What follows from a finding: it is kept, and from MEDIUM on the team is told, once for each message whatever fails in between.

use chrono::TimeDelta;
use futures_util::future::join;
use relay_wire::Snowflake;
use serde_json::{Value, json};

use super::{
    messages, post,
    rules::Decision,
    settings::{
        CHAIN_PING_MINUTES, COOLDOWN, CRT_ROLE, Chosen, HIDE_WORDS, HISTORY_DAYS, HISTORY_ENTRIES, LEAD_CHANNEL, Stage,
    },
    snooze,
    state::{self, Claim, Known, Limits},
    store::{self, Posted, Recorded, Step},
    trend::{Trend, trend, weight},
    watch::{Judged, Text, entry},
};
use crate::{
    care::Severity,
    context::{Cx, logged},
    discord::message::{Mentions, MessageBody, Nonce},
    edge::Time,
    error::{Error, Failure, Result, ServiceError},
    lang::Lang,
};

/// A refusal is mended by a person: until then it is tried again.
pub const REFUSED_DELAY_MS: u64 = 30_000;
/// While a channel takes no more posts, what is less grave lets the graver go first.
const STEP_ASIDE_MS: u64 = 2_000;
/// Pages of an alert channel that are searched for an alert that may have been posted.
const MAX_PAGES: usize = 5;

/// An alert in the making.
struct Making<'a> {
    cx: &'a Cx,
    text: &'a Text,
    chosen: &'a Chosen,
    severity: Severity,
    channels: Vec<Snowflake>,
    body: MessageBody,
    pings: bool,
    snoozed_until: Option<Time>,
}

/// Keeps what is LOW or more; from MEDIUM on tells the team.
pub async fn follow(
    cx: &Cx,
    text: &Text,
    chosen: &Chosen,
    known: &Known,
    judged: &Judged,
    decision: &Decision,
) -> Result<()> {
    let score = judged.verdict.as_ref().and_then(|verdict| verdict.score);
    let cooldown = TimeDelta::seconds(chosen.number(&COOLDOWN) as i64);
    let limits = Limits {
        days: chosen.number(&HISTORY_DAYS) as u32,
        entries: chosen.number(&HISTORY_ENTRIES) as u32,
        cooldown,
        claims: true,
    };
    let entry = entry(text, decision.severity, score);
    let keep = state::keep(cx, (text.guild_id, text.author_id), &entry, &limits);
    if decision.severity < Severity::Medium {
        // A history without this entry is worth less; the message is not judged again for it.
        logged(cx, "crisis", keep.await);
        return Ok(());
    }
    let (claim, is_team) = join(keep, is_of_the_team(cx, text, chosen)).await;
    let claim = logged(cx, "crisis", claim).flatten();
    let making = making(cx, text, chosen, known, judged, decision, is_team)?;
    let found = json!({
        "guild_id": text.guild_id, "channel_id": text.channel_id, "message_id": text.message_id,
        "member_id": text.author_id, "severity": decision.severity, "detector": decision.detector.name(),
        "score": score, "confidence": judged.verdict.as_ref().and_then(|verdict| verdict.confidence),
        "factors": judged.finding.factors, "written_at": text.written_at(cx), "mode": chosen.stage().name(),
    });
    if text.attempt == 1 && claim == Some(Claim::New) {
        let (recorded, posted) = join(store::record(cx, &found, cooldown.num_seconds()), making.post()).await;
        let (posted, recorded) = (posted?, recorded?);
        making.note(posted).await?;
        return making.complete(&recorded, posted).await;
    }
    match store::record(cx, &found, cooldown.num_seconds()).await {
        Ok(recorded) => making.settle(recorded).await,
        Err(error) if claim == Some(Claim::Merged) => Err(error),
        // The team is told whatever is down; the row follows when it can.
        Err(error) => {
            making.post_once().await?;
            Err(error)
        }
    }
}

/// Whether the author is of the crisis response team, where the guild has another channel for that.
async fn is_of_the_team(cx: &Cx, text: &Text, chosen: &Chosen) -> bool {
    let (Some(_), Some(role)) = (chosen.id(&LEAD_CHANNEL), chosen.id(&CRT_ROLE)) else { return false };
    let member = cx.discord.member(text.guild_id, text.author_id).await;
    logged(cx, "crisis", member.map_err(Into::into)).is_some_and(|member| member.roles.contains(&role))
}

fn making<'a>(
    cx: &'a Cx,
    text: &'a Text,
    chosen: &'a Chosen,
    known: &Known,
    judged: &Judged,
    decision: &Decision,
    is_team: bool,
) -> Result<Making<'a>> {
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
    let trend = match trend(&points) {
        // Ash-NLP's own view only adds to ours.
        Trend::None if judged.verdict.as_ref().is_some_and(|verdict| verdict.trend == Some("worsening")) => {
            Trend::Worsening
        }
        trend => trend,
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
        messages: points.len(),
        written_at: text.written_at(cx),
        preview: Some(text.text.as_str()).filter(|_| !chosen.switch(&HIDE_WORDS)),
        is_without_nlp: judged.is_without_nlp,
        is_shadow: stage == Stage::Shadow,
        is_drill: false,
        late: None,
    };
    let mut body = messages::alert::alert(Lang::default(), &told)?;
    let is_snoozed = known.snoozed_until.is_some() && severity < Severity::Critical;
    let role = chosen.crt_role(cx).filter(|_| severity >= Severity::High && stage == Stage::Live && !is_snoozed);
    if let Some(role) = role {
        body.content = format!("<@&{role}>");
        body.allowed_mentions = Mentions::of(&[], &[role]);
    }
    // An edit that made it graver is another post.
    let purpose = match (text.is_edit, severity) {
        (false, _) => "ca",
        (true, Severity::Critical) => "ca4",
        (true, Severity::High) => "ca3",
        (true, _) => "ca2",
    };
    body = body.with_nonce(Nonce::of(purpose, text.message_id));
    if let (true, Some(until), Some(embed)) = (is_snoozed, known.snoozed_until, body.embeds.first_mut()) {
        messages::snooze::mark(Lang::default(), embed, until);
    }
    let mut channels = chosen.alert_channels(cx, severity, stage);
    if let Some(lead) = chosen.id(&LEAD_CHANNEL).filter(|_| is_team) {
        channels.insert(0, lead);
    }
    Ok(Making { cx, text, chosen, severity, channels, body, pings: role.is_some(), snoozed_until: known.snoozed_until })
}

impl Making<'_> {
    async fn settle(&self, recorded: Recorded) -> Result<()> {
        let cx = self.cx;
        match recorded.step {
            Step::New | Step::Raise => {
                let posted = self.post_once().await?;
                self.note(posted).await?;
                self.complete(&recorded, posted).await
            }
            Step::Posted => Ok(()),
            Step::Merged => redraw(cx, &recorded.alert).await,
            Step::Again => {
                redraw(cx, &recorded.alert).await?;
                answer(
                    cx,
                    &recorded.alert,
                    messages::alert::again(Lang::default(), &recorded.alert),
                    self.role(),
                    self.text.message_id,
                )
                .await
            }
        }
    }

    fn role(&self) -> Option<Snowflake> {
        self.chosen.crt_role(self.cx).filter(|_| self.pings)
    }

    /// Unless it stands somewhere already: on a later delivery the channels are searched for it.
    async fn post_once(&self) -> Result<Posted> {
        if self.text.attempt > 1 {
            for channel in &self.channels {
                if let Some(message) = standing(self.cx, *channel, self.text.message_id).await? {
                    return Ok(self.at(*channel, message));
                }
            }
        }
        self.post().await
    }

    /// In the best channel that takes it.
    async fn post(&self) -> Result<Posted> {
        let mut refused: Option<ServiceError> = None;
        for channel in &self.channels {
            match self.cx.discord.create_message(*channel, &self.body).await {
                Ok(message) => return Ok(self.at(*channel, message.id)),
                Err(error) if error.is_refused() => refused = Some(error),
                Err(mut error) => {
                    if let Failure::RateLimited { retry_after_ms } = &mut error.kind {
                        *retry_after_ms += STEP_ASIDE_MS * u64::from(Severity::Critical.rank() - self.severity.rank());
                    }
                    return Err(error.into());
                }
            }
        }
        self.cx.log(
            "error",
            "alert_has_no_place",
            json!({"guild_id": self.text.guild_id, "message_id": self.text.message_id}),
        );
        Err(refused.map_or_else(|| Error::bug("a guild without any channel for alerts"), Error::Service))
    }

    fn at(&self, channel_id: Snowflake, message_id: Snowflake) -> Posted {
        let minutes = TimeDelta::minutes(self.chosen.number(&CHAIN_PING_MINUTES) as i64);
        let is_chained = self.severity >= Severity::High && self.chosen.stage() == Stage::Live;
        Posted { channel_id, message_id, pinged: self.pings, chain_at: is_chained.then(|| self.cx.now + minutes) }
    }

    async fn note(&self, posted: Posted) -> Result<()> {
        store::posted(self.cx, self.text.guild_id, self.text.message_id, &posted).await
    }

    /// What only the row tells is added to the post: a repeated episode, the alert that an edit made out of date, a snooze.
    /// The team was told; what fails here is logged.
    async fn complete(&self, recorded: &Recorded, posted: Posted) -> Result<()> {
        let cx = self.cx;
        let at = (posted.channel_id, posted.message_id);
        if recorded.alert.repeats > 0 && recorded.step != Step::Merged {
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

    /// The post that an edit made out of date says so, and no longer what was written: nobody looks for it any more.
    async fn mark_old(&self, before: &store::Alert) -> Result<()> {
        let (Some(channel), Some(message)) = (before.alert_channel_id, before.alert_message_id) else { return Ok(()) };
        let text = messages::alert::raised(Lang::default());
        let replace = |embed: &mut Value| messages::alert::replace(embed, text);
        logged(self.cx, "crisis", post::edit(self.cx, (channel, message), true, replace).await);
        answer(self.cx, before, text.to_owned(), None, self.text.message_id).await
    }
}

/// The alert about `message` in a channel, if it was posted. Its link names the message.
async fn standing(cx: &Cx, channel: Snowflake, message: Snowflake) -> Result<Option<Snowflake>> {
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
        let found = page.iter().find(|one| one.get("embeds").is_some_and(|embeds| embeds.to_string().contains(&link)));
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

/// Makes an alert's post say what its row says. Discord takes few edits of messages older than an hour (30046): what could not
/// be shown there is said below it.
pub async fn redraw(cx: &Cx, alert: &store::Alert) -> Result<()> {
    let (Some(channel), Some(post)) = (alert.alert_channel_id, alert.alert_message_id) else { return Ok(()) };
    let path = format!("/channels/{channel}/messages/{post}");
    let shown: Value = match cx.discord.call(reqwest::Method::GET, path.clone()).answer().await {
        Ok(shown) => shown,
        Err(error) if error.is_missing() => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let mut embeds = shown.get("embeds").cloned().unwrap_or_else(|| json!([]));
    if let Some(embed) = embeds.get_mut(0) {
        messages::alert::redraw(Lang::default(), embed, alert);
    }
    let components = messages::alert::components(Lang::default(), alert.message_id, alert.severity, alert.status)?;
    let body = json!({"embeds": embeds, "components": components});
    match cx.discord.call(reqwest::Method::PATCH, path).json(&body)?.sent().await {
        Ok(_) => Ok(()),
        // Deleted meanwhile.
        Err(error) if error.is_missing() => Ok(()),
        Err(error) if error.code() == Some("30046") => {
            let changes = [alert.acknowledged_at, alert.taken_at, alert.resolved_at];
            let newest = changes.into_iter().flatten().fold(alert.last_at, Time::max);
            let text = match messages::alert::state(Lang::default(), alert) {
                Some(text) if newest > alert.last_at => text,
                _ if alert.merged_count == 0 => messages::alert::open_again(Lang::default()).to_owned(),
                _ => messages::alert::again(Lang::default(), alert),
            };
            answer(cx, alert, text, None, Snowflake(newest.timestamp_millis() as u64)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Says something below an alert; `about` makes it single. Pings `role`, if there is one.
pub async fn answer(
    cx: &Cx,
    alert: &store::Alert,
    text: String,
    role: Option<Snowflake>,
    about: Snowflake,
) -> Result<()> {
    let (Some(channel), Some(post)) = (alert.alert_channel_id, alert.alert_message_id) else { return Ok(()) };
    let mut body = MessageBody::text(match role {
        Some(role) => format!("<@&{role}> {text}"),
        None => text,
    });
    body.allowed_mentions = Mentions::of(&[], role.as_slice());
    let body = body.in_reply_to(post).with_nonce(Nonce::of("cr", about));
    cx.discord.create_message(channel, &body).await?;
    Ok(())
}
