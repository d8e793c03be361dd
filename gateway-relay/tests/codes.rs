//! Every way in which the gateway ends a connection: what the relay does, and that nothing is lost without a word.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test may")]

mod support;

use std::time::Duration;

use gateway_relay::{run::Stopped, shard::Fatal, state::now_ms};
use relay_wire::{EventBody, Leave};
use support::stage::{Stage, until};
use tokio::time::Instant;
use world::discord::gateway::session::Order;

/// Ends the connection this way while something is written, and waits until it was heard, or is part of a gap.
async fn survives(stage: &Stage, name: &str, order: impl Fn() -> Order) {
    let connects = stage.stats().connects;
    stage.order_all(order);
    let said_at = now_ms();
    stage.says(name);
    let heard = || stage.worker.texts().iter().any(|(text, _)| text == name);
    let in_a_gap = || {
        stage
            .gaps()
            .iter()
            .any(|gap| matches!(gap.body, EventBody::RelayGap { from, to, .. } if from <= said_at && said_at <= to))
    };
    until(&format!("what was said during {name} is known"), || heard() || in_a_gap()).await;
    until("it has come back", || stage.stats().connects > connects && stage.stats().sessions == 1).await;
    stage.until_ready().await;
    let after = format!("after {name}");
    stage.says(&after);
    until(&after, || stage.worker.texts().iter().any(|(text, _)| *text == after)).await;
}

#[tokio::test]
async fn after_a_code_that_allows_it_the_relay_comes_back_and_what_was_said_is_heard_or_is_a_gap() {
    let stage = Stage::ready().await;
    for code in [4000, 4001, 4002, 4003, 4005, 4007, 4008, 4009, 1000, 1001, 1011] {
        survives(&stage, &format!("close {code}"), || Order::Close(code)).await;
    }
    survives(&stage, "a close without a code", || Order::CloseBare).await;
    let texts = stage.worker.texts();
    for code in [4000, 4001, 4002, 4003, 4005, 4008] {
        assert!(texts.iter().any(|(text, _)| *text == format!("close {code}")), "{code} lets the session live");
    }
    assert!(texts.iter().any(|(text, _)| text == "a close without a code"));
    assert_eq!(stage.counted("gaps") as usize, stage.gaps().len());
}

#[tokio::test]
async fn op_7_and_op_9_lead_to_a_resume_or_to_a_gap() {
    let stage = Stage::ready().await;
    for round in 0..2 {
        survives(&stage, &format!("op 7, {round}"), || Order::Reconnect).await;
        survives(&stage, &format!("op 9 resumable, {round}"), || Order::Invalid { resumable: true }).await;
        assert_eq!(stage.gaps().len(), round);
        survives(&stage, &format!("op 9, {round}"), || Order::Invalid { resumable: false }).await;
        until("the gap was told", || stage.gaps().len() == round + 1).await;
    }
    assert_eq!((stage.stats().identifies, stage.stats().resumes), (3, 4));
}

#[tokio::test]
async fn a_code_that_is_final_ends_the_relay_with_the_mend_and_without_another_connect() {
    for (code, mend) in [
        (4004, "set DISCORD_BOT_TOKEN"),
        (4010, "check SHARDS"),
        (4011, "raise the total of SHARDS"),
        (4012, "update it"),
        (4013, "update the relay"),
    ] {
        let mut stage = Stage::ready().await;
        stage.order_all(|| Order::Close(code));
        let ended = stage.ended().await;
        let Err(Stopped::Gateway(Fatal(said))) = ended else { panic!("{code}: {ended:?}") };
        let words = ended.unwrap_err().to_string();
        assert!(said == code && words.contains(mend) && words.contains(&code.to_string()), "{words}");
        assert_eq!(stage.stats().connects, 1, "{code}");
    }
}

#[tokio::test]
async fn an_intent_that_is_taken_away_leaves_it_degraded_and_running() {
    let stage = Stage::ready().await;
    stage.discord.state().hub.refuse_privileged = true;
    // What comes between must not hide what is to be mended.
    stage.worker.leaves([Leave::Refused { reason: "another relay has it".into() }]);
    stage.order_all(|| Order::Close(4014));
    until("it began anew", || stage.stats().identifies == 2).await;
    stage.until_ready().await;
    let degraded = stage.health()["shards"][0]["degraded"].clone();
    assert!(degraded.as_str().is_some_and(|said| said.contains("Message Content Intent")), "{degraded}");
    assert_eq!(stage.health()["status"], "degraded");
    until("the time between is a gap", || stage.gaps().len() == 1).await;
}

#[tokio::test]
async fn a_connection_that_is_dead_without_a_word_is_left_and_loses_nothing() {
    let mut stage = Stage::set().await;
    stage.discord.state().hub.heartbeat_ms = 300;
    stage.start().await;
    stage.until_ready().await;
    survives(&stage, "a zombie", || Order::Mute).await;
    stage.hears(&["a zombie", "after a zombie"]).await;
    assert_eq!((stage.stats().identifies, stage.gaps().len()), (1, 0));
}

#[tokio::test]
async fn a_gateway_that_is_gone_for_a_while_is_asked_ever_more_slowly_and_then_resumed() {
    let mut stage = Stage::set().await;
    let gateway = stage.proxy_to_gateway().await;
    stage.start().await;
    stage.until_ready().await;
    let before = stage.counted("connects");
    let began = Instant::now();
    gateway.refuse().await;
    stage.says("while it is gone");
    until("it was tried", || stage.counted("connects") >= before + 5).await;
    // At once, then 40 + 80 + 160 + 200 ms at the pace of the tests.
    assert!(began.elapsed() >= Duration::from_millis(400), "{:?}", began.elapsed());
    assert_eq!(stage.health()["status"], "down");
    gateway.resume().await;
    stage.hears(&["while it is gone"]).await;
    assert_eq!((stage.stats().identifies, stage.stats().resumes, stage.gaps().len()), (1, 1, 0));
}
