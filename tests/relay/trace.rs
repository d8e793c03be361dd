//! One message, followed by its ids from the relay's log to the Worker's and to what is asked of Ash-NLP and Discord.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tokio::task::LocalSet;
use world::{
    face::Face,
    script::Script,
    seed::{channel, user},
};

use crate::{
    harness::logged,
    stage::{Stage, until},
};

/// What the relay wrote to its log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn lines(&self) -> Vec<Value> {
        let written = self.0.lock().unwrap().clone();
        String::from_utf8(written).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn one_message_is_followed_from_the_relays_log_to_the_post_in_discord() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().json().with_env_filter("gateway_relay=debug");
    // For the whole process: with one of this thread alone, what others logged first would decide what is logged at all.
    tracing::subscriber::set_global_default(subscriber.with_writer(move || writer.clone()).finish()).unwrap();
    LocalSet::new()
        .run_until(async {
            let stage = Stage::live().await;
            let bot = &stage.bot;
            let severity = Some("high".to_owned());
            bot.world.nlp.scripts.add(Script { contains: Some("want to die".into()), severity, ..Script::default() });
            let message = bot.world.discord.send_message(channel::VENT, user::MEMBER, "i want to die", None).unwrap();
            until(1, async || bot.bot_messages(channel::CRT_CRISIS).len()).await;

            let lines = || logged().iter().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>();
            let is_it =
                |line: &Value| line["event"] == "message_analyzed" && line["message_id"] == message.id.to_string();
            // On a busy machine a delivery may be sent again; each has a trace of its own, and the relay logged it.
            let of_relay = || log.lines().iter().map(|line| line["fields"]["trace_id"].clone()).collect::<Vec<_>>();
            let followed = || {
                let known = of_relay();
                let analyzed = lines().into_iter().filter(|line| is_it(line));
                analyzed.map(|line| line["trace_id"].clone()).find(|trace| trace.is_string() && known.contains(trace))
            };
            until(true, async || followed().is_some()).await;
            let trace = followed().unwrap();

            let id = ("x-request-id".to_owned(), format!("m{}", message.id));
            let begin = format!("00-{}-", trace.as_str().unwrap());
            let is_traced = |(name, value): &(String, String)| name == "traceparent" && value.starts_with(&begin);
            let asked = bot.world.shared.recorded(Face::Nlp);
            assert!(
                asked.iter().any(|one| one.headers.contains(&id) && one.headers.iter().any(is_traced)),
                "{asked:?}"
            );
            let path = format!("/api/v10/channels/{}/messages", channel::CRT_CRISIS);
            let posted = bot.world.shared.recorded(Face::Discord).into_iter().find(|one| one.path == path).unwrap();
            assert_eq!(posted.body["nonce"], format!("ca{}", message.id));
            assert!(!String::from_utf8(log.0.lock().unwrap().clone()).unwrap().contains("want to die"));
            stage.end().await;
        })
        .await;
}
