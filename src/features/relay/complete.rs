//! Completion: a message whose text the relay's filter did not let out yet, though the newest filter does, is read here.

use futures_util::future::join_all;
use relay_wire::{Event, EventBody, Lane, Outcome};

use crate::{
    context::Cx,
    error::{Error, Result},
    features,
    relay_filter::{self, Place},
    retry::outcome_of,
};

/// Messages that one delivery reads; the rest of them come again. It happens in the seconds after a channel was added.
const MAX_READS: usize = 10;
const READS_AT_ONCE: usize = 5;
const REST_DELAY_MS: u64 = 1_000;

pub async fn take(cx: Cx, events: Vec<Event>) -> Vec<Outcome> {
    let mut outcomes = vec![Outcome::Done; events.len()];
    let mut wanted = vec![];
    for (slot, event) in outcomes.iter_mut().zip(&events) {
        match is_wanted(&cx, &event.body).await {
            Ok(false) => {}
            Ok(true) if wanted.len() == MAX_READS => {
                *slot = Outcome::Retry { reason: "many texts are missing".to_owned(), delay_ms: REST_DELAY_MS };
            }
            Ok(true) => wanted.push((slot, event)),
            Err(error) => *slot = failed(&cx, &error),
        }
    }
    for some in wanted.chunks_mut(READS_AT_ONCE) {
        let read = join_all(some.iter().map(|(_, event)| completed(&cx, event))).await;
        let mut found = vec![];
        for ((slot, _), result) in some.iter_mut().zip(read) {
            match result {
                Ok(Some(event)) => found.push((slot, event)),
                Ok(None) => {}
                Err(error) => **slot = failed(&cx, &error),
            }
        }
        let (slots, events): (Vec<_>, Vec<Event>) = found.into_iter().unzip();
        for (slot, outcome) in slots.into_iter().zip(features::offer(&cx, Lane::Urgent, events).await) {
            **slot = outcome;
        }
    }
    outcomes
}

fn failed(cx: &Cx, error: &Error) -> Outcome {
    cx.log_failure("relay", error);
    outcome_of(error)
}

/// Also in the urgent lane, where a text can be missing: the relay's key for it is gone.
async fn is_wanted(cx: &Cx, body: &EventBody) -> Result<bool> {
    let (EventBody::MessageCreated {
        guild_id,
        channel_id,
        parent_id,
        message_id,
        author_id,
        text: None,
        text_sent: false,
        ..
    }
    | EventBody::MessageUpdated {
        guild_id,
        channel_id,
        parent_id,
        message_id,
        author_id,
        text: None,
        text_sent: false,
        ..
    }) = body
    else {
        return Ok(false);
    };
    // What is written to the bot itself is for it to read.
    let Some(guild_id) = *guild_id else { return Ok(true) };
    let place = Place { guild_id, channel_id: *channel_id, parent_id: *parent_id };
    relay_filter::allows_text(cx, place, *author_id, *message_id).await
}

/// The event with its text; None if the message is gone.
async fn completed(cx: &Cx, event: &Event) -> Result<Option<Event>> {
    let mut event = event.clone();
    let (EventBody::MessageCreated { channel_id, message_id, text, .. }
    | EventBody::MessageUpdated { channel_id, message_id, text, .. }) = &mut event.body
    else {
        return Ok(None);
    };
    match cx.discord.message(*channel_id, *message_id).await {
        Ok(message) => {
            *text = Some(message.text().to_owned());
            event.body.put_attachments(message.attachments());
        }
        Err(error) if error.is_missing() => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    event.id.push_str(":completed");
    Ok(Some(event))
}
