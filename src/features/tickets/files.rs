//! Files that were sent in a ticket, copied to the log channel beside its transcript if the guild wants that: Discord's links to
//! them expire. A job of its own, because a file takes several calls.

use from_json::{FromJson, json};
use relay_wire::{Attachment, Snowflake};

use super::{
    archive::{Closing, Kind},
    messages::archive as texts,
    settings::{KEEP_FILES, LOG_CHANNEL},
    store::Ticket,
};
use crate::{
    context::Cx,
    discord::{
        components::cut,
        message::{File, MessageBody},
    },
    error::Result,
    jobs, settings,
};

pub const KEEP: &str = "tickets.files";
/// A file takes four calls. The text about those beyond it names this number, and the setting's help too.
const MAX_FILES: usize = 8;
/// Discord takes 10 MiB from a bot; the message beside the file counts too.
const MAX_BYTES: u64 = 9 * 1024 * 1024;
/// Named as left out; of more, only their number is told.
const MAX_NAMED: usize = 20;

/// As `ticket_files` answers it.
#[derive(Debug, FromJson)]
struct Sent {
    message_id: Snowflake,
    author_name: String,
    #[serde(flatten)]
    file: Attachment,
}

/// Owes the copies, once the transcript is in the log.
pub async fn owe(cx: &Cx, ticket: &Ticket) -> Result<()> {
    let settings = settings::load(cx, ticket.guild_id).await?;
    if !settings.switch(&KEEP_FILES) || settings.id(&LOG_CHANNEL).is_none() {
        return Ok(());
    }
    let (key, payload) = (ticket.ticket_id.to_string(), json!({"ticket_id": ticket.ticket_id}));
    jobs::owe(cx, ticket.guild_id, KEEP, &key, cx.now, payload).await
}

/// May run more than once; a copy that is there is not made again.
pub async fn keep(cx: &Cx, ticket: &Ticket) -> Result<()> {
    let settings = settings::load(cx, ticket.guild_id).await?;
    let Some(log) = settings.id(&LOG_CHANNEL).filter(|_| settings.switch(&KEEP_FILES)) else { return Ok(()) };
    let Some(closing) = Closing::of(cx, ticket).await? else { return Ok(()) };
    let asked = json!({"ticket_id": ticket.ticket_id, "max_rows": MAX_FILES + MAX_NAMED});
    let sent: Vec<Sent> = cx.supabase.rpc("ticket_files", &asked).await?;
    let mut left_out = vec![];
    for (part, one) in (1..).zip(&sent) {
        if part > MAX_FILES {
            left_out.push((one.file.name.clone(), texts::too_many_files(cx.lang)));
        } else if one.file.size > MAX_BYTES {
            left_out.push((one.file.name.clone(), texts::file_too_large(cx.lang)));
        } else if !closing.has(Kind::File, part) {
            match bytes(cx, ticket, one).await? {
                Some(bytes) => {
                    let body = texts::kept_file(cx.lang, ticket, &one.author_name, &one.file.name);
                    let file = File { name: plain(&one.file.name), bytes };
                    if closing.post_one(cx, Kind::File, part, log, &body, Some(&file)).await?.is_err() {
                        // The log refuses, which was said when the transcript went there.
                        return Ok(());
                    }
                }
                None => left_out.push((one.file.name.clone(), texts::file_gone(cx.lang))),
            }
        }
    }
    if !left_out.is_empty() && !closing.has(Kind::File, MAX_FILES + 1) {
        let body: MessageBody = texts::files_left_out(cx.lang, ticket, &left_out);
        closing.post_one(cx, Kind::File, MAX_FILES + 1, log, &body, None).await?.ok();
    }
    Ok(())
}

/// The message itself knows a link that works still; a channel that is gone has taken the file with it, or it is as young as
/// the link. None: the file is not there any more.
async fn bytes(cx: &Cx, ticket: &Ticket, sent: &Sent) -> Result<Option<Vec<u8>>> {
    let mut url = sent.file.url.clone();
    if let (Some(channel), None) = (ticket.channel_id, ticket.channel_gone_at) {
        match cx.discord.message(channel, sent.message_id).await {
            Ok(message) => {
                let same = |url: &str| url.split('?').next().unwrap_or_default().to_owned();
                let fresh = message.attachments().into_iter().find(|one| same(&one.url) == same(&url));
                url = fresh.map_or(url, |one| one.url);
            }
            Err(error) if error.is_refused() => {}
            Err(error) => return Err(error.into()),
        }
    }
    match cx.discord.download(&url).await {
        Ok(bytes) if bytes.len() as u64 <= MAX_BYTES => Ok(Some(bytes)),
        Ok(_) => Ok(None),
        Err(error) if error.is_refused() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A name that is safe in every header and file system.
fn plain(name: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let all: String = name.chars().map(safe).collect();
    // The end tells what it is.
    let from = all.len().saturating_sub(80);
    let short = cut(all.get(from..).unwrap_or_default(), 80);
    let short = short.trim_start_matches('.');
    if short.is_empty() { "file".to_owned() } else { short.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_name_breaks_out_of_nothing() {
        assert_eq!(plain("shot 1.png"), "shot_1.png");
        assert_eq!(plain("../../x\"\r\n.sh"), "_.._x___.sh");
        assert_eq!(plain(""), "file");
        assert_eq!(plain("\u{fc}.pdf"), "_.pdf");
        assert!(plain(&format!("{}.png", "a".repeat(300))).ends_with("a.png"));
    }
}
