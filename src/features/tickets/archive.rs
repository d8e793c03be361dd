//! What follows when a ticket was closed: its channel is put away, its transcript goes to the log and to the opener. Each step is
//! noted, none keeps the others, and the job `tickets.archive` repeats what failed.

use chrono::{DateTime, Utc};
use from_json::{FromJson, json};
use relay_wire::Snowflake;
use serde::Serialize;
use twilight_util::builder::command::{IntegerBuilder, SubCommandBuilder};

use super::{
    access::{self, Actor},
    files,
    html::{Page, Writer},
    messages::{self, archive as texts},
    place,
    settings::{LOG_CHANNEL, SEND_TRANSCRIPT},
    store::{self, Id, Place, Status, Ticket},
};
use crate::{
    context::Cx,
    discord::{
        interaction::Interaction,
        message::{File, MessageBody, Nonce},
    },
    error::{Error, Result, ServiceError},
    relay_filter,
    reply::{Answer, Reply},
    settings,
};

/// Discord takes 10 MiB from a bot; the message beside the file counts too.
const PART_BYTES: usize = 8 * 1024 * 1024;
/// Files of one transcript. An isolate has 128 MB of memory.
const MAX_PARTS: usize = 3;
const PAGE_ROWS: usize = 2_000;
/// Calls that read one transcript: with the rest it stays below the 45 of an invocation.
const MAX_PAGES: usize = 12;

/// What was posted, as `ticket_posts` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Closing,
    Log,
    Dm,
    File,
}

#[derive(Debug, FromJson)]
struct Posted {
    kind: Kind,
    part: usize,
}

/// A transcript, in as many files as it needs.
struct Transcript {
    files: Vec<File>,
    messages: usize,
    forgotten: bool,
}

/// May run more than once, also at once; what was done before is not done again.
pub async fn put_away(cx: &Cx, ticket: &Ticket) -> Result<()> {
    let Some(closed_at) = ticket.resolved_at.filter(|_| ticket.status == Status::Resolved) else {
        place::sync(cx, ticket).await?;
        return Ok(());
    };
    // The text of a closed ticket does not leave the relay.
    relay_filter::changed(cx).await;
    if ticket.archived_at.is_some() {
        place::sync(cx, ticket).await?;
        return Ok(());
    }
    let Some(closing) = Closing::of(cx, ticket).await? else { return Ok(()) };
    let cx = &settings::for_guild(cx, ticket.guild_id).await;
    let mut steps = vec![closing.say(cx).await];
    // Nothing can be said in a thread that is archived and locked.
    if ticket.place == Place::Channel || steps.iter().all(Result::is_ok) {
        steps.push(place::sync(cx, ticket).await.map(drop));
    }
    let log_missing = !closing.has(Kind::Log, 1);
    let dm_missing = !closing.has(Kind::Dm, 1);
    if log_missing || dm_missing {
        match transcript(cx, ticket).await {
            Ok(transcript) => {
                steps.push(closing.log(cx, &transcript).await);
                steps.push(closing.tell_opener(cx, &transcript).await);
            }
            Err(error) => steps.push(Err(error)),
        }
    }
    if log_missing {
        steps.push(files::owe(cx, ticket).await);
    }
    // The first failure is told, and everything that did not fail is done.
    steps.into_iter().collect::<Result<()>>()?;
    let noted = json!({"ticket_id": ticket.ticket_id, "closed_at": closed_at, "at": cx.now});
    Ok(cx.supabase.rpc::<()>("note_ticket_archived", &noted).await?)
}

/// A ticket that was closed, and what was posted about that.
pub struct Closing<'a> {
    ticket: &'a Ticket,
    closed_at: DateTime<Utc>,
    posted: Vec<Posted>,
}

impl<'a> Closing<'a> {
    /// None for a ticket that is not closed.
    pub async fn of(cx: &Cx, ticket: &'a Ticket) -> Result<Option<Self>> {
        let Some(closed_at) = ticket.resolved_at.filter(|_| ticket.status == Status::Resolved) else { return Ok(None) };
        let asked = json!({"ticket_id": ticket.ticket_id, "closed_at": closed_at});
        let posted: Vec<Posted> = cx.supabase.rpc("ticket_posts_of", &asked).await?;
        Ok(Some(Self { ticket, closed_at, posted }))
    }

    pub fn has(&self, kind: Kind, part: usize) -> bool {
        self.posted.iter().any(|one| one.kind == kind && one.part == part)
    }

    /// The same for every try, and another one when the ticket is closed again.
    fn nonce(&self, kind: Kind, part: usize) -> Nonce {
        let letter = match kind {
            Kind::Closing => 'c',
            Kind::Log => 'l',
            Kind::Dm => 'd',
            Kind::File => 'f',
        };
        let id = (self.ticket.ticket_id.0 as u64).wrapping_mul(10_000_000_000_000);
        Nonce::of(&format!("t{letter}{part}"), Snowflake(id.wrapping_add(self.closed_at.timestamp_millis() as u64)))
    }

    /// Notes a post; one too many is deleted. `message` None: Discord will not have it, and that is settled.
    async fn note(&self, cx: &Cx, kind: Kind, part: usize, post: Option<(Snowflake, Snowflake)>) -> Result<()> {
        let mut noted = json!({
            "ticket_id": self.ticket.ticket_id, "closed_at": self.closed_at, "kind": kind, "part": part, "at": cx.now,
        });
        if let (Some((channel, message)), Some(fields)) = (post, noted.as_object_mut()) {
            fields.insert("channel_id".to_owned(), json!(channel));
            fields.insert("message_id".to_owned(), json!(message));
        }
        let kept: bool = cx.supabase.rpc("note_ticket_post", &noted).await?;
        match post {
            Some((channel, message)) if !kept => match cx.discord.delete_message(channel, message).await {
                Err(error) if !error.is_refused() => Err(error.into()),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Who closed it and why, with the way back.
    async fn say(&self, cx: &Cx) -> Result<()> {
        let (Some(channel), None) = (self.ticket.channel_id, self.ticket.channel_gone_at) else { return Ok(()) };
        if self.has(Kind::Closing, 1) {
            return Ok(());
        }
        let body = texts::closed(cx.lang, self.ticket)?;
        // A channel that refuses is looked at by what comes next.
        self.post_one(cx, Kind::Closing, 1, channel, &body, None).await?.or(Ok(()))
    }

    async fn log(&self, cx: &Cx, transcript: &Transcript) -> Result<()> {
        let guild = self.ticket.guild_id;
        let settings = settings::load(cx, guild).await?;
        let Some(channel) = settings.id(&LOG_CHANNEL) else {
            let problem = texts::problem_no_log(cx.lang);
            settings::note_problem(cx, guild, &LOG_CHANNEL, Some(problem)).await?;
            return self.note(cx, Kind::Log, 1, None).await;
        };
        let posted =
            self.post(cx, Kind::Log, channel, transcript, texts::log(cx.lang, self.ticket, transcript.messages));
        let problem = match posted.await? {
            Ok(()) => None,
            Err(error) => Some(texts::problem_log(cx.lang, channel, error.code())),
        };
        settings::note_problem(cx, guild, &LOG_CHANNEL, problem.as_deref()).await
    }

    /// Closed direct messages are their choice, and no failure.
    async fn tell_opener(&self, cx: &Cx, transcript: &Transcript) -> Result<()> {
        if self.has(Kind::Dm, 1) {
            return Ok(());
        }
        let settings = settings::load(cx, self.ticket.guild_id).await?;
        if !settings.switch(&SEND_TRANSCRIPT) {
            return self.note(cx, Kind::Dm, 1, None).await;
        }
        let channel = match cx.discord.direct_channel(self.ticket.opener_id).await {
            Ok(channel) => channel,
            Err(error) if error.is_refused() => return self.note(cx, Kind::Dm, 1, None).await,
            Err(error) => return Err(error.into()),
        };
        let guild = cx.discord.guild_name(self.ticket.guild_id).await.unwrap_or_default();
        let body = texts::to_opener(cx.lang, self.ticket, &guild)?;
        self.post(cx, Kind::Dm, channel, transcript, body).await?.or(Ok(()))
    }

    /// Every part in a message of its own, the first with `body`. `Ok(Err(_))`: Discord refuses, which is noted.
    async fn post(
        &self,
        cx: &Cx,
        kind: Kind,
        channel: Snowflake,
        transcript: &Transcript,
        body: MessageBody,
    ) -> Result<Result<(), ServiceError>> {
        for (part, file) in (1..).zip(&transcript.files) {
            if self.has(kind, part) {
                continue;
            }
            let body = if part == 1 { body.clone() } else { MessageBody::default() };
            if let Err(error) = self.post_one(cx, kind, part, channel, &body, Some(file)).await? {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }

    /// One message, once. `Ok(Err(_))`: Discord refuses, which is noted.
    pub async fn post_one(
        &self,
        cx: &Cx,
        kind: Kind,
        part: usize,
        channel: Snowflake,
        body: &MessageBody,
        file: Option<&File>,
    ) -> Result<Result<(), ServiceError>> {
        let body = body.clone().with_nonce(self.nonce(kind, part));
        let posted = match file {
            Some(file) => cx.discord.create_message_with(channel, &body, file).await,
            None => cx.discord.create_message(channel, &body).await,
        };
        match posted {
            Ok(message) => self.note(cx, kind, part, Some((channel, message.id))).await.map(Ok),
            Err(error) if error.is_refused() => self.note(cx, kind, part, None).await.map(|()| Err(error)),
            Err(error) => Err(error.into()),
        }
    }
}

/// Reads what was written and makes the files of it.
async fn transcript(cx: &Cx, ticket: &Ticket) -> Result<Transcript> {
    let read = async |after: Snowflake| -> Result<Option<Page>> {
        let asked = json!({"ticket_id": ticket.ticket_id, "max_rows": PAGE_ROWS, "after": after});
        Ok(cx.supabase.rpc("ticket_transcript_page", &asked).await?)
    };
    let gone = || Error::user(messages::no_such_ticket(cx.lang));
    let mut page = read(Snowflake(0)).await?.ok_or_else(gone)?;
    let (messages, forgotten) = (page.total, page.forgotten);
    let mut writer = Writer::new(cx.lang, ticket, &page, PART_BYTES, MAX_PARTS);
    for _ in 1..MAX_PAGES {
        let has_room = page.messages.iter().all(|line| writer.push(line));
        let Some(last) = page.messages.last().filter(|_| has_room && page.messages.len() == PAGE_ROWS) else {
            page.messages.clear();
            break;
        };
        page = read(last.message_id).await?.ok_or_else(gone)?;
    }
    page.messages.iter().all(|line| writer.push(line));
    let name = |part: usize| match part {
        1 => format!("ticket-{:04}.html", ticket.ticket_number),
        part => format!("ticket-{:04}-{part}.html", ticket.ticket_number),
    };
    let files = (1..).zip(writer.finish(messages));
    let files = files.map(|(part, html)| File { name: name(part), bytes: html.into_bytes() }).collect();
    Ok(Transcript { files, messages, forgotten })
}

/// `/ticket transcript [number]`
pub fn transcript_definition() -> SubCommandBuilder {
    SubCommandBuilder::new("transcript", "Get the transcript of a ticket as a file that only you see")
        .option(IntegerBuilder::new("number", "The ticket's number; the one of this channel if left out").min_value(1))
}

/// For the opener, and for staff of its category, whose look is noted.
pub async fn transcript_asked(cx: Cx, call: Interaction) -> Result<Answer> {
    let actor = Actor::of(&call)?;
    let ticket = match call.input.integer("number") {
        None => access::ticket_here(&cx, &call).await?,
        Some(number) => {
            let asked = json!({"guild_id": actor.guild_id, "ticket_number": number.clamp(0, i64::from(i32::MAX))});
            let found: Option<Ticket> = cx.supabase.rpc("find_ticket_numbered", &asked).await?;
            found.ok_or_else(|| Error::user(messages::no_such_ticket(cx.lang)))?
        }
    };
    access::require_staff_or_opener(&cx, &actor, &ticket).await?;
    let work = async move {
        if actor.user_id != ticket.opener_id {
            let look = json!({
                "guild_id": ticket.guild_id, "actor_id": actor.user_id, "subject_id": ticket.opener_id,
                "what": format!("transcript of ticket #{}", ticket.ticket_number), "at": cx.now,
            });
            cx.supabase.rpc::<()>("note_access", &look).await?;
        }
        let transcript = transcript(&cx, &ticket).await?;
        if transcript.forgotten && transcript.messages == 0 {
            return Err(Error::user(texts::forgotten(cx.lang, &ticket)));
        }
        let parts = transcript.files.len();
        let reply = Reply::private(texts::transcript(cx.lang, &ticket, parts));
        Ok(transcript.files.into_iter().next().into_iter().fold(reply, Reply::with_file))
    };
    Ok(Answer::Later { ephemeral: true, work: Box::pin(work) })
}

/// The guild and ticket in a custom_id of a direct message, for the ticket's opener alone.
pub async fn own_ticket(cx: &Cx, guild_id: Snowflake, id: Id, user: Snowflake) -> Result<Ticket> {
    let ticket = store::by_id(cx, guild_id, id).await?.filter(|ticket| ticket.opener_id == user);
    ticket.ok_or_else(|| {
        cx.log("warn", "ticket_refused", json!({"guild_id": guild_id, "actor_id": user, "reason": "not_opener"}));
        Error::user(messages::no_such_ticket(cx.lang))
    })
}
