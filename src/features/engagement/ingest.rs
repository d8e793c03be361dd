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
    let count = events.len();
    let activity: Vec<Activity> =
        events.into_iter().filter_map(|event| activity_of(event.body, cx.now.timestamp_millis())).collect();
    if activity.is_empty() {
        return vec![Outcome::Done; count];
    }
    let arguments = json!({
        "events": activity,
        "default_points": {"message": MESSAGE_POINTS.default_value(), "reaction": REACTION_POINTS.default_value()},
    });
    let outcome = match cx.supabase.rpc::<i64>("ingest_activity", &arguments).await {
        Ok(_) => Outcome::Done,
        Err(error) => {
            let error = Error::from(error);
            cx.log_failure("engagement", &error);
            outcome_of(&error)
        }
    };
    // One statement: all of it happened, or nothing.
    vec![outcome; count]
}

fn activity_of(body: EventBody, now_ms: i64) -> Option<Activity> {
    match body {
        EventBody::MessageCreated { guild_id: Some(guild_id), channel_id, message_id, author_id, author_name, .. } => {
            Some(Activity {
                kind: "message",
                guild_id,
                channel_id,
                user_id: author_id,
                message_id,
                emoji: None,
                name: Some(author_name),
                at: message_id.created_at_ms(),
            })
        }
        // A reaction to one's own message is no engagement with anybody.
        EventBody::ReactionAdded { guild_id, channel_id, message_id, user_id, emoji, message_author_id, .. }
            if message_author_id != Some(user_id) =>
        {
            Some(Activity {
                kind: "reaction",
                guild_id,
                channel_id,
                user_id,
                message_id,
                emoji: Some(emoji),
                name: None,
                // Discord does not say when somebody reacted.
                at: now_ms,
            })
        }
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
        }
    }

    #[test]
    fn a_reaction_counts_for_the_one_who_reacts() {
        let activity = activity_of(reaction(7, Some(8)), 1_000).unwrap();
        assert_eq!((activity.kind, activity.user_id, activity.at), ("reaction", Snowflake(7), 1_000));
    }

    #[test]
    fn a_reaction_to_ones_own_message_counts_nothing() {
        assert_eq!(activity_of(reaction(7, Some(7)), 1_000), None);
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
        };
        assert_eq!(activity_of(body, 1_000), None);
    }
}
