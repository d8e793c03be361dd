//! Whatever happens in whatever order, twice, late, or while an isolate dies: a talk is one, is answered, and ends once.

use community_os::app;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use relay_wire::{Event, Lane, Snowflake};
use serde_json::{Value, json};
use world::{discord::Id, seed::user};

use super::{asked, deliver, live, press, read_all, talking};
use crate::harness::Bot;

#[derive(Clone, Debug)]
enum Step {
    /// The member writes; `dies`: the isolate that would answer dies after its ack.
    Write { text: &'static str, dies: bool },
    /// The relay delivers the last message again.
    Again,
    /// Two deliveries of the last message at once.
    Twice,
    /// The last two come in the other order, once more.
    Swapped,
    /// Somebody of the team writes.
    Human(&'static str),
    /// Minutes pass, and a tick comes: twice.
    Minutes(i64),
    /// The member presses a button of the newest message that has it.
    Press(&'static str),
}

fn step() -> impl Strategy<Value = Step> {
    let texts = prop::sample::select(vec!["hello", "it was a long day", "no idea", "bye", "are you a bot?"]);
    prop_oneof![
        5 => (texts, any::<bool>()).prop_map(|(text, dies)| Step::Write { text, dies }),
        2 => Just(Step::Again),
        1 => Just(Step::Twice),
        1 => Just(Step::Swapped),
        2 => prop::sample::select(vec!["I've got this", "hey there"]).prop_map(Step::Human),
        3 => prop::sample::select(vec![0, 1, 3, 6, 11]).prop_map(Step::Minutes),
        2 => prop::sample::select(vec!["Talk with Ash", "I want a person", "End the talk"]).prop_map(Step::Press),
    ]
}

struct Course<'a> {
    bot: &'a Bot,
    member: Id,
    thread: Id,
    events: Vec<Event>,
}

impl Course<'_> {
    async fn sessions(&self) -> Vec<Value> {
        let columns = "session_id,status,end_reason,last_message_id::text,answered_message_id::text,closing_said_at";
        let of = [community_os::clients::supabase::Filter::eq("member_id", self.member.0)];
        self.bot.cx().supabase.select("ash_sessions", columns, &of).await.unwrap()
    }

    async fn brings(&self, events: Vec<Event>) -> Vec<community_os::context::After> {
        deliver(self.bot, events, self.bot.world_now()).await.1
    }

    async fn takes(&mut self, step: &Step) {
        match step {
            Step::Write { text, dies } => {
                let message = self.bot.world.discord.send_message(self.thread, self.member, text, None).unwrap();
                let events = self.bot.events_of_message(&message);
                let event = events.into_iter().find(|(lane, _)| *lane == Lane::Urgent).unwrap().1;
                self.events.push(event.clone());
                let after = self.brings(vec![event]).await;
                if !dies {
                    app::run(after).await;
                }
            }
            Step::Again => {
                if let Some(event) = self.events.last().cloned() {
                    app::run(self.brings(vec![Event { attempt: 2, ..event }]).await).await;
                }
            }
            Step::Twice => {
                if let Some(event) = self.events.last().cloned() {
                    let both = (self.brings(vec![event.clone()]), self.brings(vec![event]));
                    let (one, two) = futures_util::future::join(both.0, both.1).await;
                    futures_util::future::join(app::run(one), app::run(two)).await;
                }
            }
            Step::Swapped => {
                let last: Vec<Event> = self.events.iter().rev().take(2).cloned().collect();
                if !last.is_empty() {
                    app::run(self.brings(last).await).await;
                }
            }
            Step::Human(text) => {
                let (thread, human) = (Snowflake(self.thread.0), Snowflake(user::RESPONDER.0));
                self.bot.cx().discord.add_to_thread(thread, human).await.unwrap();
                let message = self.bot.world.discord.send_message(self.thread, user::RESPONDER, text, None).unwrap();
                let events = self.bot.events_of_message(&message);
                let urgent = events.into_iter().filter(|(lane, _)| *lane == Lane::Urgent).map(|(_, event)| event);
                app::run(self.brings(urgent.collect()).await).await;
            }
            Step::Minutes(minutes) => {
                super::world_waits(self.bot, *minutes as u64);
                for _ in 0..2 {
                    self.bot.ticks(self.bot.world_now()).await;
                }
            }
            Step::Press(label) => {
                let has = |message: &&world::discord::Message| json!(message.components).to_string().contains(label);
                if let Some(message) = self.bot.bot_messages(self.thread).iter().rev().find(has) {
                    press(self.bot, self.member, message, label).await;
                }
            }
        }
    }

    /// What is true after every step.
    async fn holds(&self, step: &Step) {
        let open = self.sessions().await.iter().filter(|one| one["status"] != "CLOSED").count();
        assert!(open <= 1, "{open} open after {step:?}");
    }

    /// What is true when nothing more happens.
    async fn ends_well(&mut self) {
        // An offer that nobody answers stands for a day.
        for minutes in [61, 61, 61, 1_440] {
            self.takes(&Step::Minutes(minutes)).await;
        }
        let sessions = self.sessions().await;
        let said = read_all(self.bot, self.thread);
        for session in &sessions {
            assert_eq!(session["status"], "CLOSED", "{session}");
            assert_ne!(session["closing_said_at"], Value::Null, "{session}");
            let number = |name: &str| session[name].as_str().unwrap().parse::<u64>().unwrap();
            let by_itself = matches!(session["end_reason"].as_str(), Some("idle" | "maximum" | "limit"));
            let is_answered = number("answered_message_id") >= number("last_message_id");
            assert!(is_answered || !by_itself, "not answered: {session}");
        }
        let reasons =
            |of: &[&str]| sessions.iter().filter(|one| of.contains(&one["end_reason"].as_str().unwrap())).count();
        let times = |words: &str| said.iter().filter(|one| one.contains(words)).count();
        assert_eq!(times("It has been quiet for a while"), reasons(&["idle"]), "{said:?}");
        assert_eq!(times("I am made for short ones"), reasons(&["maximum"]), "{said:?}");
        assert_eq!(times("I am glad that you wrote"), reasons(&["goodbye"]), "{said:?}");
        assert_eq!(times("I do not want to leave you alone"), reasons(&["limit"]), "{said:?}");
        let quiet = said.len();
        self.takes(&Step::Minutes(61)).await;
        assert_eq!(read_all(self.bot, self.thread).len(), quiet, "late ticks say nothing");
    }
}

#[tokio::test]
async fn a_talk_is_one_is_answered_and_ends_once() {
    let mut bot = live().await;
    let mut runner = TestRunner::deterministic();
    for case in 0..12 {
        let steps = prop::collection::vec(step(), 4..14).new_tree(&mut runner).unwrap().current();
        let member = bot.new_member(&format!("talker{case}"));
        let thread = talking(&mut bot, member).await;
        let mut course = Course { bot: &bot, member, thread, events: vec![] };
        println!("{case}: {steps:?}");
        for step in &steps {
            let before = asked(&bot).len();
            let is_handed_off = course.sessions().await.iter().any(|one| one["status"] == "HANDED_OFF");
            course.takes(step).await;
            course.holds(step).await;
            let still = course.sessions().await.iter().any(|one| one["status"] == "HANDED_OFF");
            assert!(
                !(is_handed_off && still) || asked(&bot).len() == before,
                "Ash spoke beside a person after {step:?}"
            );
        }
        course.ends_well().await;
    }
    bot.assert_nothing_unexpected();
}
