//! Turns a delivery of events into what `ingest_activity` reads, in one call.

use from_json::json;
use relay_wire::{Event, EventBody, Outcome, Snowflake};
use serde::Serialize;

use super::settings::{CAP_PER_MINUTE, MESSAGE_POINTS, REACTION_POINTS};
use crate::{batch, context::Cx};

/// One thing that earns points or takes them back, as `ingest_activity` reads it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct Activity {
    kind: &'static str,
    guild_id: Snowflake,
    channel_id: Snowflake,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<Snowflake>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<Snowflake>,
    message_id: Snowflake,
    #[serde(skip_serializing_if = "Option::is_none")]
    emoji: Option<String>,
    /// Of a reaction: who wrote the message, and whether the relay met them as a bot.
    #[serde(skip_serializing_if = "Option::is_none")]
    author_id: Option<Snowflake>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    author_bot: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<i64>,
    /// Of the relay's spool; it compares within one epoch.
    order: u64,
    epoch: String,
}

pub async fn ingest(cx: Cx, events: Vec<Event>) -> Vec<Outcome> {
    let mut outcomes = vec![Outcome::Done; events.len()];
    let mut worth = vec![];
    for (at, event) in events.into_iter().enumerate() {
        for mut activity in activities_of(event.body, cx.config.application_id) {
            activity.order = event.order;
            activity.epoch = cx.origin.epoch.clone();
            worth.push((at, activity));
        }
    }
    batch::record(&cx, "engagement", &mut outcomes, &worth, async |activities| {
        let arguments = json!({
            "events": activities,
            "default_points": {
                "message": MESSAGE_POINTS.default_value(), "reaction": REACTION_POINTS.default_value(),
                "cap": CAP_PER_MINUTE.default_value(),
            },
        });
        cx.supabase.rpc::<i64>("ingest_activity", &arguments).await?;
        Ok(())
    })
    .await;
    outcomes
}

/// Nothing for what is worth nothing to anybody. `me` is the bot, whose user id is the application's.
///
/// A reaction counts nothing on one's own message, on the bot's own, and where Discord names no author (webhooks); whether
/// the author is another bot is looked up in SQL, where the relay did not say so. Messages of bots and reactions by bots
/// never leave the relay.
fn activities_of(body: EventBody, me: Option<Snowflake>) -> Vec<Activity> {
    let one = match body {
        EventBody::MessageCreated {
            guild_id: Some(guild_id),
            channel_id,
            parent_id,
            message_id,
            author_id,
            author_name,
            ..
        } => Activity {
            kind: "message",
            guild_id,
            channel_id,
            parent_id,
            user_id: Some(author_id),
            message_id,
            name: Some(author_name),
            at: Some(message_id.created_at_ms()),
            ..Activity::default()
        },
        EventBody::ReactionAdded {
            guild_id,
            channel_id,
            parent_id,
            message_id,
            user_id,
            emoji,
            message_author_id: Some(author),
            message_author_bot,
            at,
        } if author != user_id && Some(author) != me => Activity {
            kind: "reaction",
            guild_id,
            channel_id,
            parent_id,
            user_id: Some(user_id),
            message_id,
            emoji: Some(emoji),
            author_id: Some(author),
            author_bot: message_author_bot,
            at: Some(at),
            ..Activity::default()
        },
        EventBody::ReactionRemoved { guild_id, channel_id, message_id, user_id, emoji } => Activity {
            kind: "reaction_removed",
            guild_id,
            channel_id,
            user_id: Some(user_id),
            message_id,
            emoji: Some(emoji),
            ..Activity::default()
        },
        EventBody::ReactionsCleared { guild_id, channel_id, message_id, emoji } => {
            Activity { kind: "reactions_cleared", guild_id, channel_id, message_id, emoji, ..Activity::default() }
        }
        EventBody::MessageDeleted { guild_id: Some(guild_id), channel_id, message_id } => {
            deleted(guild_id, channel_id, message_id)
        }
        EventBody::MessagesBulkDeleted { guild_id, channel_id, message_ids } => {
            return message_ids.into_iter().map(|message_id| deleted(guild_id, channel_id, message_id)).collect();
        }
        _ => return vec![],
    };
    vec![one]
}

fn deleted(guild_id: Snowflake, channel_id: Snowflake, message_id: Snowflake) -> Activity {
    Activity { kind: "message_deleted", guild_id, channel_id, message_id, ..Activity::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: Snowflake = Snowflake(9);

    fn of(body: EventBody) -> Vec<Activity> {
        activities_of(body, Some(ME))
    }

    fn reaction(by: u64, author: Option<u64>) -> EventBody {
        EventBody::ReactionAdded {
            guild_id: Snowflake(1),
            channel_id: Snowflake(2),
            parent_id: None,
            message_id: Snowflake(3),
            user_id: Snowflake(by),
            emoji: "👍".into(),
            message_author_id: author.map(Snowflake),
            message_author_bot: false,
            at: 1_000,
        }
    }

    #[test]
    fn a_reaction_counts_for_the_one_who_reacts() {
        let [activity] = of(reaction(7, Some(8))).try_into().unwrap();
        assert_eq!((activity.kind, activity.user_id, activity.at), ("reaction", Some(Snowflake(7)), Some(1_000)));
    }

    #[test]
    fn a_reaction_to_oneself_to_the_bot_or_to_a_webhook_counts_nothing() {
        assert_eq!(of(reaction(7, Some(7))), []);
        assert_eq!(of(reaction(7, Some(ME.0))), []);
        assert_eq!(of(reaction(7, None)), []);
    }

    #[test]
    fn each_message_of_a_purge_is_taken_back() {
        let body = EventBody::MessagesBulkDeleted {
            guild_id: Snowflake(1),
            channel_id: Snowflake(2),
            message_ids: vec![Snowflake(3), Snowflake(4)],
        };
        let taken: Vec<_> = of(body).into_iter().map(|one| (one.kind, one.message_id.0)).collect();
        assert_eq!(taken, [("message_deleted", 3), ("message_deleted", 4)]);
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
            attachments: vec![],
        };
        assert_eq!(of(body), []);
    }
}
