//! The states of a ticket in the database: whatever is done in whatever order, each state has its event, and a refusal changes nothing.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
};

use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use world::stack;

const GUILD: i64 = 4_000;

/// One action by one of five people, about one of five.
#[derive(Clone, Debug)]
struct Step {
    action: &'static str,
    actor: i64,
    about: i64,
}

const ACTIONS: [&str; 18] = [
    "placed",
    "failed",
    "claim",
    "release",
    "transfer",
    "priority",
    "rename",
    "note",
    "add_member",
    "remove_member",
    "request_close",
    "refuse_close",
    "warn",
    "close",
    "reopen",
    "channel_gone",
    "channel_deleted",
    "move",
];

impl Step {
    fn args(&self, categories: [i64; 2]) -> Value {
        match self.action {
            "placed" => json!({"channel_id": (70 + self.about).to_string(), "place": "channel"}),
            "failed" => json!({"reason": "no room"}),
            "transfer" => json!({"to": self.about.to_string()}),
            "priority" => json!({"priority": PRIORITIES[self.about as usize % 4]}),
            "rename" => json!({"subject": format!("Subject {}", self.about)}),
            "note" => json!({"content": "A note"}),
            "add_member" | "remove_member" => json!({"user_id": self.about.to_string()}),
            "close" => json!({"reason": "done"}),
            "move" => json!({"category_id": category_of(self.about, categories).to_string()}),
            _ => json!({}),
        }
    }
}

const PRIORITIES: [&str; 4] = ["LOW", "MEDIUM", "HIGH", "CRITICAL"];

/// The third one does not exist.
fn category_of(about: i64, categories: [i64; 2]) -> i64 {
    [categories[0], categories[1], -1][about as usize % 3]
}

/// A ticket as this test understands it.
#[derive(Clone, Debug)]
struct Model {
    status: &'static str,
    channel: Option<i64>,
    gone: bool,
    claimed_by: Option<i64>,
    priority: &'static str,
    subject: String,
    category: i64,
    members: BTreeSet<i64>,
    asked_by: Option<i64>,
    warned: bool,
    notes: usize,
    /// kind, state before, state after, actor
    events: Vec<(String, String, String, i64)>,
}

enum Said {
    Changed(&'static str),
    Unchanged,
    Refused(&'static str),
}
use Said::{Changed, Refused, Unchanged};

impl Model {
    /// What the rules say becomes of `step`. Actor 5 is the opener.
    fn does(&mut self, step: &Step, categories: [i64; 2]) -> Said {
        let is_open = matches!(self.status, "OPEN" | "IN_PROGRESS");
        let needs_open = !matches!(
            step.action,
            "priority" | "note" | "remove_member" | "close" | "reopen" | "channel_gone" | "channel_deleted"
        );
        if needs_open && !is_open {
            return Refused("closed");
        }
        match step.action {
            "placed" => match self.channel {
                Some(there) if there == 70 + step.about => return Unchanged,
                Some(_) => return Refused("placed"),
                None => self.channel = Some(70 + step.about),
            },
            "failed" if self.channel.is_some() => return Refused("placed"),
            "failed" => self.status = "FAILED",
            "claim" => match self.claimed_by {
                Some(staff) if staff == step.actor => return Unchanged,
                Some(_) => return Refused("claimed"),
                None => (self.claimed_by, self.status) = (Some(step.actor), "IN_PROGRESS"),
            },
            "release" if self.status == "OPEN" => return Unchanged,
            "release" => (self.claimed_by, self.status) = (None, "OPEN"),
            "transfer" if self.claimed_by == Some(step.about) => return Unchanged,
            "transfer" => (self.claimed_by, self.status) = (Some(step.about), "IN_PROGRESS"),
            "priority" => {
                let wanted = PRIORITIES[step.about as usize % 4];
                match self.status {
                    "FAILED" => return Refused("closed"),
                    _ if self.priority == wanted => return Unchanged,
                    _ => self.priority = wanted,
                }
            }
            "rename" => {
                let subject = format!("Subject {}", step.about);
                if self.subject == subject {
                    return Unchanged;
                }
                self.subject = subject;
            }
            "move" => match category_of(step.about, categories) {
                there if there == self.category => return Unchanged,
                -1 => return Refused("category"),
                other => self.category = other,
            },
            "note" => self.notes += 1,
            "add_member" if step.about == 5 || !self.members.insert(step.about) => return Unchanged,
            "remove_member" if !self.members.remove(&step.about) => return Refused("not_in"),
            "add_member" | "remove_member" => {}
            "request_close" if self.asked_by.is_some() => return Unchanged,
            "request_close" => self.asked_by = Some(step.actor),
            "refuse_close" if self.asked_by.is_none() => return Unchanged,
            "refuse_close" => self.asked_by = None,
            "warn" if self.warned => return Unchanged,
            "warn" => self.warned = true,
            "close" => match self.status {
                "RESOLVED" => return Unchanged,
                "FAILED" => return Refused("closed"),
                _ => (self.status, self.asked_by) = ("RESOLVED", None),
            },
            "reopen" if is_open => return Unchanged,
            "reopen" if self.status == "FAILED" || self.channel.is_none() => return Refused("failed"),
            "reopen" if self.gone => return Refused("channel_gone"),
            "reopen" => (self.status, self.claimed_by, self.warned) = ("OPEN", None, false),
            "channel_gone" | "channel_deleted" if self.gone || self.channel.is_none() => return Unchanged,
            "channel_gone" | "channel_deleted" => {
                self.gone = true;
                self.status = "RESOLVED";
            }
            other => panic!("the model does not know {other}"),
        }
        Changed(match step.action {
            "claim" => "claimed",
            "release" => "released",
            "transfer" => "transferred",
            "rename" => "renamed",
            "note" => "noted",
            "add_member" => "member_added",
            "remove_member" => "member_removed",
            "request_close" => "close_requested",
            "refuse_close" => "close_refused",
            "warn" => "warned",
            "close" => "closed",
            "reopen" => "reopened",
            "move" => "moved",
            other => other,
        })
    }
}

struct Database(PgConnection);

impl Database {
    async fn json(&mut self, query: &'static str, ticket: i64) -> Value {
        let text: String = sqlx::query_scalar(query).bind(ticket).fetch_one(&mut self.0).await.unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// Everything that is stored of a ticket.
    async fn stored(&mut self, ticket: i64) -> Value {
        let all = "select jsonb_build_array(
            to_jsonb(t),
            (select coalesce(jsonb_agg(m order by m.user_id), '[]') from public.ticket_members as m where m.ticket_id = t.ticket_id),
            (select coalesce(jsonb_agg(n order by n.note_id), '[]') from public.ticket_notes as n where n.ticket_id = t.ticket_id),
            (select coalesce(jsonb_agg(e order by e.event_id), '[]') from public.ticket_events as e where e.ticket_id = t.ticket_id)
        )::text from public.tickets as t where t.ticket_id = $1";
        self.json(all, ticket).await
    }

    async fn categories(&mut self) -> [i64; 2] {
        let add =
            "insert into public.ticket_categories (guild_id, name) values ($1, 'A'), ($1, 'B') returning category_id";
        let ids: Vec<i64> = sqlx::query_scalar(add).bind(GUILD).fetch_all(&mut self.0).await.unwrap();
        [ids[0], ids[1]]
    }

    /// A new ticket of person 5.
    async fn open(&mut self, category: i64, key: u32) -> i64 {
        let open = "select (public.open_ticket($1, 5, $2, $3, 'Subject', '[]', '[]', 9, now()) #>> '{ticket,ticket_id}')::bigint";
        sqlx::query_scalar(open).bind(GUILD).bind(category).bind(key.to_string()).fetch_one(&mut self.0).await.unwrap()
    }

    async fn change(&mut self, ticket: i64, step: &Step, args: &Value) -> Value {
        let change = "select public.change_ticket($1, $2, $3, $4, $5::jsonb, now())::text";
        let text: String = sqlx::query_scalar(change)
            .bind(GUILD)
            .bind(ticket)
            .bind(step.action)
            .bind(step.actor)
            .bind(args.to_string())
            .fetch_one(&mut self.0)
            .await
            .unwrap();
        serde_json::from_str(&text).unwrap()
    }

    async fn run(&mut self, steps: &[Step], categories: [i64; 2], key: u32) {
        let ticket = self.open(categories[0], key).await;
        let mut model = Model {
            status: "OPEN",
            channel: None,
            gone: false,
            claimed_by: None,
            priority: "MEDIUM",
            subject: "Subject".to_owned(),
            category: categories[0],
            members: BTreeSet::new(),
            asked_by: None,
            warned: false,
            notes: 0,
            events: vec![("opened".to_owned(), String::new(), "OPEN".to_owned(), 5)],
        };
        for step in steps {
            let before = self.stored(ticket).await;
            let was = model.status;
            let said = self.change(ticket, step, &step.args(categories)).await;
            let expected = model.does(step, categories);
            let now = self.stored(ticket).await;
            match expected {
                Changed(kind) => {
                    assert_eq!(said["outcome"], "changed", "{step:?}: {said}");
                    model.events.push((kind.to_owned(), was.to_owned(), model.status.to_owned(), step.actor));
                }
                Unchanged => {
                    assert_eq!(said["outcome"], "unchanged", "{step:?}: {said}");
                    assert_eq!(before, now, "{step:?} changed something");
                }
                Refused(reason) => {
                    assert_eq!((&said["outcome"], &said["reason"]), (&json!("refused"), &json!(reason)), "{step:?}");
                    assert_eq!(before, now, "{step:?} was refused and changed something");
                }
            }
            model.is(&now, step);
        }
        // It does not stand in the way of the next one.
        let close = Step { action: "close", actor: 1, about: 0 };
        self.change(ticket, &close, &json!({})).await;
    }
}

impl Model {
    fn is(&self, stored: &Value, step: &Step) {
        let [row, members, notes, events] = [0, 1, 2, 3].map(|part| &stored[part]);
        assert_eq!(row["status"], self.status, "{step:?}");
        assert_eq!(row["channel_id"].as_i64(), self.channel, "{step:?}");
        assert_eq!(row["channel_gone_at"].is_string(), self.gone, "{step:?}");
        assert_eq!(row["claimed_by"].as_i64(), self.claimed_by, "{step:?}");
        assert_eq!((&row["priority"], &row["subject"]), (&json!(self.priority), &json!(self.subject)), "{step:?}");
        assert_eq!(row["category_id"].as_i64(), Some(self.category), "{step:?}");
        assert_eq!(row["close_requested_by"].as_i64(), self.asked_by, "{step:?}");
        assert_eq!(row["warned_at"].is_string(), self.warned, "{step:?}");
        assert_eq!(row["resolved_at"].is_string(), self.status == "RESOLVED", "{step:?}");
        let ids = |rows: &Value| rows.as_array().unwrap().iter().map(|one| one["user_id"].as_i64().unwrap()).collect();
        assert_eq!(self.members, ids(members), "{step:?}");
        assert_eq!(notes.as_array().unwrap().len(), self.notes, "{step:?}");
        let text = |event: &Value, name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let told: Vec<_> = events
            .as_array()
            .unwrap()
            .iter()
            .map(|event| {
                let actor = event["actor_id"].as_i64().unwrap();
                (text(event, "kind"), text(event, "from_status"), text(event, "to_status"), actor)
            })
            .collect();
        assert_eq!(told, self.events, "{step:?}");
        assert_eq!(told.last().unwrap().2, self.status, "the last event says the state");
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (prop::sample::select(&ACTIONS[..]), 1..=5_i64, 1..=5_i64).prop_map(|(action, actor, about)| Step {
        action,
        actor,
        about,
    });
    // Most tickets get their channel: without one little can happen.
    (any::<bool>(), prop::collection::vec(step, 1..30)).prop_map(|(is_placed, mut steps)| {
        if is_placed {
            steps.insert(0, Step { action: "placed", actor: 1, about: 1 });
        }
        steps
    })
}

#[test]
fn no_sequence_of_actions_leaves_a_state_without_its_event() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (database, categories) = runtime.block_on(async {
        let isolated = stack::shared().await.isolated_database().await.unwrap();
        let mut database = Database(PgConnection::connect(&isolated.urls.database_url).await.unwrap());
        let categories = database.categories().await;
        // The database lives as long as this test.
        std::mem::forget(isolated);
        (database, categories)
    });
    let (database, key) = (RefCell::new(database), Cell::new(0));
    let config = ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() };
    let ran = TestRunner::new(config).run(&steps(), |steps| {
        key.set(key.get() + 1);
        runtime.block_on(database.borrow_mut().run(&steps, categories, key.get()));
        Ok(())
    });
    ran.unwrap();
}

#[tokio::test]
async fn a_state_without_its_event_is_refused_at_commit() {
    let isolated = stack::shared().await.isolated_database().await.unwrap();
    let mut database = Database(PgConnection::connect(&isolated.urls.database_url).await.unwrap());
    let categories = database.categories().await;
    let ticket = database.open(categories[0], 1).await;
    let before = database.stored(ticket).await;
    let forbidden = [
        (
            "update public.tickets set status = 'RESOLVED' where ticket_id = $1",
            "is RESOLVED and its last event says OPEN",
        ),
        (
            "insert into public.ticket_events (guild_id, ticket_id, kind, to_status, at) values (4000, $1, 'closed', 'RESOLVED', now())",
            "is OPEN and its last event says RESOLVED",
        ),
        (
            "update public.ticket_events set to_status = 'RESOLVED' where ticket_id = $1",
            "is OPEN and its last event says RESOLVED",
        ),
        (
            "insert into public.tickets (guild_id, ticket_number, opener_id, subject) values (4000, 900 + 0 * $1, 6, 'x')",
            "is OPEN and its last event says nothing",
        ),
    ];
    for (write, why) in forbidden {
        // The statement itself goes through: it is the commit that does not.
        let mut transaction = database.0.begin().await.unwrap();
        sqlx::query(write).bind(ticket).execute(&mut *transaction).await.unwrap();
        let refused = transaction.commit().await.unwrap_err();
        assert!(refused.to_string().contains(why), "{write}: {refused}");
        assert_eq!(database.stored(ticket).await, before, "{write}");
    }
    let count: i64 = sqlx::query_scalar("select count(*) from public.tickets where guild_id = 4000")
        .fetch_one(&mut database.0)
        .await
        .unwrap();
    assert_eq!(count, 1);
    // Both together are fine, and so is erasing the ticket with all its events.
    let mut transaction = database.0.begin().await.unwrap();
    for write in [
        "insert into public.ticket_events (guild_id, ticket_id, kind, to_status, at) values (4000, $1, 'closed', 'RESOLVED', now())",
        "update public.tickets set status = 'RESOLVED' where ticket_id = $1",
    ] {
        sqlx::query(write).bind(ticket).execute(&mut *transaction).await.unwrap();
    }
    transaction.commit().await.unwrap();
    sqlx::query("delete from public.tickets where ticket_id = $1").bind(ticket).execute(&mut database.0).await.unwrap();
}
