//! Claude, Upstash, Discord and the isolate fail, one after the other.

use chrono::TimeDelta;
use community_os::app;
use relay_wire::Outcome;
use world::{
    face::{Face, Fault},
    script::Script,
    seed::{channel, user},
};

use super::{after_minutes, alerts, asked, finds, live, read_all, says, talking, writes_at};

fn status(status: u16) -> Script {
    Script { status: Some(status), ..Script::default() }
}

#[tokio::test]
async fn weakness_7_when_the_ai_fails_a_human_text_and_the_card_come_and_the_team_knows() {
    let mut bot = live().await;
    bot.world.claude.scripts.add(status(500));
    let thread = talking(&mut bot, user::MEMBER).await;
    bot.says(user::MEMBER, thread, "hello").await;
    let said = read_all(&bot, thread);
    assert!(said[1].contains("I cannot find the right words just now."), "{said:?}");
    assert!(said[2].contains("findahelpline"), "{said:?}");
    let told = alerts(&bot, channel::CRT_CRISIS).pop().unwrap();
    assert!(told.contains("Ash could not answer"), "{told}");
    assert_eq!(said.len(), 3);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_refusal_and_an_empty_answer_never_reach_the_member() {
    let mut bot = live().await;
    let refusal = serde_json::json!({"content": [], "stop_reason": "refusal"});
    bot.world.claude.scripts.add(Script { body: Some(refusal), times: Some(1), ..Script::default() });
    let thread = talking(&mut bot, user::MEMBER).await;
    bot.says(user::MEMBER, thread, "hello").await;
    assert!(read_all(&bot, thread)[1].contains("I cannot find the right words"));
}

#[tokio::test]
async fn three_answers_that_do_not_come_end_it_with_the_card_and_a_ping_where_somebody_is_in_danger() {
    let mut bot = live().await;
    finds(&bot, "lantern", "high");
    bot.world.claude.scripts.add(status(401));
    let thread = talking(&mut bot, user::MEMBER).await;
    for text in ["hello", "a lantern", "are you there?"] {
        bot.says(user::MEMBER, thread, text).await;
    }
    let said = read_all(&bot, thread);
    let end = said.iter().position(|one| one.contains("I have to end our talk here. The team is told."));
    assert!(said[end.unwrap() + 1].contains("findahelpline"), "{said:?}");
    let told = alerts(&bot, channel::CRT_CRISIS).pop().unwrap();
    assert!(
        told.starts_with(&format!("<@&{}>", world::seed::role::CRT)) && told.contains("could not answer"),
        "{told}"
    );
}

#[tokio::test]
async fn an_answer_that_was_cut_off_is_sent_without_its_last_half_sentence() {
    let mut bot = live().await;
    let body = serde_json::json!({"stop_reason": "max_tokens"});
    let text = "That sounds heavy. What would help you most at this mom";
    bot.world.claude.scripts.add(Script { text: Some(text.into()), body: Some(body), ..Script::default() });
    let thread = talking(&mut bot, user::MEMBER).await;
    bot.says(user::MEMBER, thread, "hello").await;
    assert_eq!(read_all(&bot, thread)[1], "Ash (AI): That sounds heavy.");
}

#[tokio::test]
async fn a_critical_message_while_claude_hangs_alerts_before_any_answer() {
    let mut bot = live().await;
    finds(&bot, "tonight", "critical");
    let thread = talking(&mut bot, user::MEMBER).await;
    bot.world.shared.break_with(Fault { delay_ms: 60_000, ..Fault::status(Face::Claude, "", 500) });
    // Ash is at its answer, and it hangs.
    let (_, hanging) = writes_at(&bot, user::MEMBER, thread, "hello", TimeDelta::zero()).await;
    let (outcomes, after) = {
        let writes = writes_at(&bot, user::MEMBER, thread, "it ends tonight", TimeDelta::zero());
        tokio::pin!(writes);
        tokio::select! {
            done = &mut writes => done,
            () = app::run(hanging) => panic!("Claude hangs"),
        }
    };
    assert_eq!(outcomes, [Outcome::Done]);
    drop(after);
    assert!(alerts(&bot, channel::CRT_CRITICAL).join("\n").contains("Critical alert"));
}

#[tokio::test]
async fn without_upstash_ash_answers_what_it_was_just_told() {
    let mut bot = live().await;
    says(&bot, "lighthouse", "Tell me about it.");
    let thread = talking(&mut bot, user::MEMBER).await;
    bot.world.shared.break_with(Fault::status(Face::Upstash, "", 500));
    bot.says(user::MEMBER, thread, "the lighthouse").await;
    assert!(read_all(&bot, thread)[1].contains("Tell me about it."), "{:?}", read_all(&bot, thread));
}

#[tokio::test]
async fn an_answer_that_died_with_its_isolate_is_written_by_the_job() {
    let mut bot = live().await;
    says(&bot, "lighthouse", "Tell me about it.");
    let thread = talking(&mut bot, user::MEMBER).await;
    let (outcomes, after) = writes_at(&bot, user::MEMBER, thread, "the lighthouse", TimeDelta::zero()).await;
    assert_eq!(outcomes, [Outcome::Done]);
    drop(after);
    assert!(asked(&bot).is_empty());
    after_minutes(&bot, 1).await;
    assert_eq!(asked(&bot).len(), 1);
    assert!(read_all(&bot, thread)[1].contains("Tell me about it."));
}

#[tokio::test]
async fn closing_words_that_could_not_be_said_are_said_by_the_job_and_once() {
    let mut bot = live().await;
    let thread = talking(&mut bot, user::MEMBER).await;
    bot.says(user::MEMBER, thread, "hello").await;
    let broken = format!("POST /api/v10/channels/{thread}/messages");
    bot.world.shared.break_with(Fault { times: Some(9), ..Fault::status(Face::Discord, &broken, 500) });
    after_minutes(&bot, 6).await;
    assert_eq!(read_all(&bot, thread).len(), 2);
    bot.world.shared.mend();
    after_minutes(&bot, 9).await;
    after_minutes(&bot, 12).await;
    let said = read_all(&bot, thread);
    assert_eq!(said.iter().filter(|one| one.contains("I end our talk here")).count(), 1, "{said:?}");
}

#[tokio::test]
async fn who_cannot_be_reached_privately_is_not_written_to_in_public() {
    let mut bot = live().await;
    finds(&bot, "tonight", "critical");
    let before = read_all(&bot, channel::VENT).len();
    bot.world.shared.break_with(Fault {
        body: Some(serde_json::json!({"message": "Missing Permissions", "code": 50013})),
        ..Fault::status(Face::Discord, &format!("POST /api/v10/channels/{}/threads", channel::VENT), 403)
    });
    bot.says(user::MEMBER, channel::VENT, "it ends tonight").await;
    after_minutes(&bot, 0).await;
    bot.relay_follows().await;
    assert!(super::threads(&bot).is_empty());
    assert_eq!(read_all(&bot, channel::VENT).len(), before);
    let told = alerts(&bot, channel::CRT_CRITICAL).pop().unwrap();
    assert!(told.contains("Ash could not reach") && told.contains("said nothing"), "{told}");
}
