//! Wires that are cut or go dead under load, on either side: nothing is lost, and nothing comes under two names.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test may")]

mod support;

use std::{collections::HashMap, time::Duration};

use support::{
    proxy::Proxy,
    stage::{Stage, until},
};

/// Writes `count` messages, a few at a time.
async fn load(stage: &Stage, said: &mut Vec<String>, count: usize) {
    for number in 0..count {
        said.push(format!("{}", said.len()));
        stage.says(said.last().unwrap());
        if number % 10 == 9 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// All of it came, none of it under two names, in both lanes.
async fn whole(stage: &Stage, said: &[String]) {
    stage.hears(said).await;
    stage.until_empty().await;
    let mut names: HashMap<String, String> = HashMap::new();
    for post in stage.worker.posts() {
        for event in post.batch.events {
            let relay_wire::EventBody::MessageCreated { message_id, .. } = event.body else { continue };
            let name = names.entry(format!("{message_id} {:?}", post.batch.lane)).or_insert_with(|| event.id.clone());
            assert_eq!(*name, event.id);
        }
    }
    assert_eq!(names.len(), said.len() * 2);
    assert_eq!((stage.stats().identifies, stage.gaps().len()), (1, 0));
}

async fn set(to_worker: bool) -> (Stage, Proxy) {
    let mut stage = Stage::set().await;
    stage.discord.state().hub.heartbeat_ms = 400;
    stage.config.answer_within = Duration::from_millis(300);
    let wire = if to_worker { stage.proxy_to_worker().await } else { stage.proxy_to_gateway().await };
    stage.start().await;
    stage.until_ready().await;
    (stage, wire)
}

#[tokio::test]
async fn the_wire_to_the_worker_is_cut_under_load() {
    let (stage, wire) = set(true).await;
    let mut said = Vec::new();
    for _ in 0..5 {
        load(&stage, &mut said, 50).await;
        wire.cut();
        load(&stage, &mut said, 50).await;
    }
    whole(&stage, &said).await;
}

#[tokio::test]
async fn the_wire_to_the_worker_goes_dead_under_load_and_what_was_under_way_goes_again() {
    let (stage, wire) = set(true).await;
    let mut said = Vec::new();
    load(&stage, &mut said, 50).await;
    wire.stall();
    load(&stage, &mut said, 50).await;
    until("deliveries timed out", || stage.counted("failed_posts") >= 3).await;
    assert_eq!(stage.health()["status"], "down");
    load(&stage, &mut said, 50).await;
    wire.resume().await;
    load(&stage, &mut said, 50).await;
    whole(&stage, &said).await;
    assert!(stage.worker.texts().iter().any(|(_, event)| event.attempt > 1));
}

#[tokio::test]
async fn the_wire_to_the_gateway_is_cut_under_load() {
    let (stage, wire) = set(false).await;
    let mut said = Vec::new();
    for round in 1..=5 {
        load(&stage, &mut said, 50).await;
        wire.cut();
        load(&stage, &mut said, 50).await;
        until("it has come back", || stage.stats().resumes == round).await;
        stage.until_ready().await;
    }
    whole(&stage, &said).await;
}

#[tokio::test]
async fn the_wire_to_the_gateway_goes_dead_under_load() {
    let (stage, wire) = set(false).await;
    let mut said = Vec::new();
    load(&stage, &mut said, 50).await;
    wire.stall();
    load(&stage, &mut said, 50).await;
    let connections = wire.connections();
    until("another connection is tried", || wire.connections() > connections).await;
    load(&stage, &mut said, 50).await;
    wire.resume().await;
    until("it has come back", || stage.stats().resumes >= 1).await;
    load(&stage, &mut said, 50).await;
    whole(&stage, &said).await;
}

#[tokio::test]
async fn both_wires_are_cut_again_and_again() {
    let (mut stage, to_worker) = set(true).await;
    stage.stop().await.unwrap();
    let to_gateway = Proxy::to_url(&stage.discord.gateway_url()).await;
    // The session was told the other address to resume at; only a new connection goes by the wire.
    stage.config.discord_gateway_url = Some(support::stage::gateway_at(to_gateway.addr));
    stage.start().await;
    stage.until_ready().await;
    let mut said = Vec::new();
    for _ in 0..6 {
        load(&stage, &mut said, 20).await;
        to_worker.cut();
        stage.order_all(|| world::discord::gateway::session::Order::Close(4000));
        load(&stage, &mut said, 20).await;
        to_gateway.cut();
        stage.until_ready().await;
    }
    whole(&stage, &said).await;
}
