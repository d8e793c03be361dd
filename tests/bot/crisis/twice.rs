//! Every message once, whatever comes twice, late, out of order, or half done.

use relay_wire::{Event, Lane, Outcome};
use world::{
    face::{Face, Fault},
    seed::{channel, user},
};

use super::{all_alerts, count, finds, live};
use crate::harness::Bot;

fn again(events: &[(Lane, Event)], attempt: u32) -> Vec<(Lane, Event)> {
    events.iter().cloned().map(|(lane, event)| (lane, Event { attempt, ..event })).collect()
}

fn fault(bot: &Bot, face: Face, matching: &str, after: bool) {
    let fault = Fault {
        face,
        matching: matching.to_owned(),
        delay_ms: 0,
        status: Some(500),
        headers: vec![],
        body: None,
        after,
        times: Some(1),
    };
    bot.world.shared.break_with(fault);
}

#[tokio::test]
async fn an_event_that_comes_twice_is_one_alert() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    let message = bot.world.discord.send_message(channel::VENT, user::MEMBER, "lantern", None).unwrap();
    let events = bot.events_of_message(&message);
    bot.deliver(events.clone()).await;
    bot.deliver(again(&events, 1)).await;
    bot.deliver(again(&events, 2)).await;
    assert_eq!((all_alerts(&bot).len(), count(&bot, "crisis_alerts").await), (1, 1));
}

#[tokio::test]
async fn whatever_breaks_between_two_effects_there_is_one_alert_in_the_end() {
    // Before and after every call that an alert makes.
    let steps = [
        (Face::Upstash, "POST /pipeline"),
        (Face::Nlp, "POST /analyze"),
        (Face::Supabase, "POST /rest/v1/rpc/record_crisis_alert"),
        (Face::Discord, "POST /api/v10/channels"),
        (Face::Supabase, "POST /rest/v1/rpc/note_crisis_post"),
    ];
    for (face, matching) in steps {
        for after in [false, true] {
            let bot = live().await;
            finds(&bot, "want to die", "high");
            let message = bot.world.discord.send_message(channel::VENT, user::MEMBER, "i want to die", None).unwrap();
            let events: Vec<(Lane, Event)> =
                bot.events_of_message(&message).into_iter().filter(|(lane, _)| *lane == Lane::Urgent).collect();
            bot.cx().supabase.select::<serde_json::Value>("guild_settings", "key", &[]).await.unwrap();
            fault(&bot, face, matching, after);
            let mut attempt = 1;
            while bot.deliver(again(&events, attempt)).await != [Outcome::Done] {
                attempt += 1;
                assert!(attempt < 5, "{matching} after={after}");
            }
            let found = all_alerts(&bot).len();
            assert_eq!(found, 1, "{matching} after={after}, attempt {attempt}");
            assert_eq!(count(&bot, "crisis_alerts").await, 1, "{matching} after={after}");
        }
    }
}
