//! Turns a delivery of events into rows of `activity_logs`, in one call.

use relay_wire::{Event, EventBody, Outcome, Snowflake};
use serde::Serialize;
use serde_json::json;

use super::{MESSAGE_POINTS, REACTION_POINTS};
use crate::{context::Cx, error::Error, retry::outcome_of};

/// One thing that earns points, as `ingest_activity` reads it.
#[derive(Debug, PartialEq, Serialize)]
struct Activity {
    kind: &'static str,
    guild_id: Snowflake,
    channel_id: Snowflake,
    user_id: Snowflake,
    message_id: Snowflake,
    #[serde(skip_serializing_if = "Option::is_none")]
    emoji: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Milliseconds since 1970.
    at: i64,
}

pub async fn ingest(cx: Cx, events: Vec<Event>) -> Vec<Outcome> {
    let mut outcomes = vec![Outcome::Done; events.len()];
    let worth: Vec<(usize, Activity)> =
        events.into_iter().enumerate().filter_map(|(at, event)| Some((at, activity_of(event.body)?))).collect();
    // One statement takes all or nothing. If something in it is refused for good, halves find out what it is.
    let mut parts = vec![worth.as_slice()];
    while let Some(part) = parts.pop() {
        if part.is_empty() {
            continue;
        }
        let Err(error) = record(&cx, part).await else { continue };
        let outcome = outcome_of(&error);
        if matches!(outcome, Outcome::Dead { .. }) && part.len() > 1 {
            let (left, right) = part.split_at(part.len() / 2);
            parts.extend([left, right]);
            continue;
        }
        cx.log_failure("engagement", &error);
        for (at, _) in part {
            if let Some(slot) = outcomes.get_mut(*at) {
                *slot = outcome.clone();
            }
        }
    }
    outcomes
}

async fn record(cx: &Cx, part: &[(usize, Activity)]) -> Result<(), Error> {
    let arguments = json!({
        "events": part.iter().map(|(_, activity)| activity).collect::<Vec<_>>(),
        "default_points": {"message": MESSAGE_POINTS.default_value(), "reaction": REACTION_POINTS.default_value()},
    });
    cx.supabase.rpc::<i64>("ingest_activity", &arguments).await?;
    Ok(())
}

fn activity_of(body: EventBody) -> Option<Activity> {
    match body {
        EventBody::MessageCreated {
            guild_id: Some(guild_id), channel_id, message_id, author_id, author_name, ..
        } => Some(Activity {
            kind: "message",
            guild_id,
            channel_id,
            user_id: author_id,
            message_id,
            emoji: None,
            name: Some(author_name),
            at: message_id.created_at_ms(),
        }),
        // A reaction to one's own message is no engagement with anybody.
        EventBody::ReactionAdded {
            guild_id, channel_id, message_id, user_id, emoji, message_author_id, at, ..
        } if message_author_id != Some(user_id) => Some(Activity {
            kind: "reaction",
            guild_id,
            channel_id,
            user_id,
            message_id,
            emoji: Some(emoji),
            name: None,
            at,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reaction(by: u64, author: Option<u64>) -> EventBody {
        EventBody::ReactionAdded {
            guild_id: Snowflake(1),
            channel_id: Snowflake(2),
            parent_id: None,
            message_id: Snowflake(3),
            user_id: Snowflake(by),
            emoji: "👍".into(),
            message_author_id: author.map(Snowflake),
            at: 1_000,
        }
    }

    #[test]
    fn a_reaction_counts_for_the_one_who_reacts() {
        let activity = activity_of(reaction(7, Some(8))).unwrap();
        assert_eq!((activity.kind, activity.user_id, activity.at), ("reaction", Snowflake(7), 1_000));
    }

    #[test]
    fn a_reaction_to_ones_own_message_counts_nothing() {
        assert_eq!(activity_of(reaction(7, Some(7))), None);
    }

    #[test]
    fn a_direct_message_counts_nothing() {
        let body = EventBody::MessageCreated {
            guild_id: None,
            channel_id: Snowflake(2),
            parent_id: None,
            message_id: Snowflake(3),
            author_id: Snowflake(4),
            author_name: "Robin".into(),
            text: None,
            text_sent: false,
        };
        assert_eq!(activity_of(body), None);
    }
}
