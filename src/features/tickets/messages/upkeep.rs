//! What the bot says by itself: that a ticket waits too long, and what it mended.

use chrono::{DateTime, Utc};
use relay_wire::Snowflake;

use super::priority;
use crate::{
    discord::message::{Mentions, MessageBody, colour, said},
    features::tickets::{reconcile::Mended, sla::Target, store::Ticket},
    lang::Lang,
};

/// Pings who took the ticket, else the staff role.
pub fn overdue(
    lang: Lang,
    ticket: &Ticket,
    target: Target,
    due_at: DateTime<Utc>,
    staff: Option<Snowflake>,
) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let what = match target {
        Target::FirstResponse => "a first answer was due",
        Target::Resolution => "it was to be closed",
    };
    let text = format!(
        "⏰ Ticket #{} ({}): {what} <t:{}:R>.",
        ticket.ticket_number,
        priority(Lang::En, ticket.priority).to_lowercase(),
        due_at.timestamp()
    );
    let mut body = said(text, colour::ERROR);
    match (ticket.claimed_by, staff) {
        (Some(user), _) => {
            body.content = format!("<@{user}>");
            body.allowed_mentions = Mentions::of(&[user], &[]);
        }
        (None, Some(role)) => {
            body.content = format!("<@&{role}>");
            body.allowed_mentions = Mentions::of(&[], &[role]);
        }
        (None, None) => {}
    }
    body
}

/// In the log channel. `unknown`: channels that look like a ticket's and may be somebody's own.
pub fn reconciled(lang: Lang, mended: &Mended, unknown: &[Snowflake]) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let counted = [
        (mended.adopted, "found the channel of a ticket again"),
        (mended.finished, "finished a ticket that had no channel or no first message"),
        (mended.channel_gone, "closed a ticket whose channel was deleted"),
        (mended.access, "put right who can see a ticket"),
        (mended.deleted, "deleted an empty channel that was one too many"),
    ];
    let mut lines = vec!["I compared the tickets with this server and".to_owned()];
    lines.extend(counted.iter().filter(|(count, _)| *count > 0).map(|(count, what)| match count {
        1 => format!("- {what}"),
        many => format!("- {what} ({many} times)"),
    }));
    if !unknown.is_empty() {
        let channels: Vec<String> = unknown.iter().take(20).map(|channel| format!("<#{channel}>")).collect();
        lines.push(format!("These look like tickets and are none; please look at them: {}", channels.join(" ")));
    }
    said(lines.join("\n"), colour::INFO)
}
