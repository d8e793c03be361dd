//! The audit as staff see it: what is judged, what is refused, what an outage does; and the books of every AI call.

use chrono::TimeDelta;
use community_os::{
    ai::{self, Purpose, Request, Role, Turn, claude::CLAUDE, gemini::GEMINI},
    error::Error,
};
use futures_util::future::join_all;
use serde_json::{Value, json};
use world::{
    face::{Face, Fault},
    script::Script,
    seed::{self, channel, user},
};

use crate::harness::{Bot, Seen, logged, now};

fn judged(verdict: &str, confidence: f64, categories: &[&str], evidence: &[&str]) -> Script {
    let answer = json!({
        "verdict": verdict, "summary": "Somebody is called names. It is *meant* to hurt.", "categories": categories,
        "evidence": evidence, "confidence": confidence, "next_step": "Talk to both of them.",
    });
    Script { text: Some(answer.to_string()), ..Script::default() }
}

async fn audits(bot: &Bot, text: &str) -> Seen {
    bot.command(user::MANAGER, channel::STAFF, "audit", json!({"text": text})).await
}

async fn ledger(bot: &Bot) -> Vec<Value> {
    bot.rows("ai_audit_logs", "guild_id", seed::HARBOUR).await
}

#[tokio::test]
async fn staff_have_a_text_judged_and_share_the_verdict() {
    let bot = Bot::alone().await;
    bot.world.gemini.add(judged("RED", 0.93, &["harassment"], &["You are NOTHING", "never said"]));
    let seen = audits(&bot, "you are nothing, and everybody knows it").await;
    assert!(seen.is_private());
    insta::assert_snapshot!(seen.text(), @"
    🔴 Red
    Somebody is called names. It is \\*meant\\* to hurt.
    Found = harassment
    Confidence = 93 %
    In its own words = > You are NOTHING
    You might = Talk to both of them.
    ");
    let shared = bot.press(&seen, "1:audit.share", &[]).await;
    assert!(!shared.is_private());
    assert!(shared.text().starts_with(&format!("<@{}> shares an audit:\n🔴 Red", user::MANAGER)), "{}", shared.text());

    let row = &ledger(&bot).await[0];
    assert_eq!(
        (&row["purpose"], &row["outcome"], &row["model"]),
        (&json!("audit"), &json!("answered"), &json!("gemini-3.5-flash"))
    );
    assert_eq!(row["actor_id"], json!(user::MANAGER.0));
    assert!(!row.to_string().contains("nothing"), "never the text");
    assert!(logged().iter().all(|line| !line.contains("everybody knows")), "nor in a log");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_message_is_judged_from_its_menu() {
    let bot = Bot::alone().await;
    bot.world.gemini.add(judged("GREEN", 0.97, &[], &[]));
    let (message, _) = bot.says(user::MEMBER, channel::GENERAL, "have a nice day").await;
    let seen = bot.menu(user::MANAGER, &message, "Audit message").await;
    assert!(seen.text().starts_with("🟢 Green: nothing to look at"), "{}", seen.text());
    let asked = &bot.world.shared.recorded(Face::Gemini)[0];
    assert!(asked.body.to_string().contains("have a nice day"), "its text was sent");

    let empty = bot.bot_messages(channel::STAFF);
    assert!(empty.is_empty(), "nothing of it is posted by itself");
}

#[tokio::test]
async fn only_staff_may_ask() {
    let bot = Bot::alone().await;
    let forged = bot.forged_component(user::MEMBER, channel::FRESH_GENERAL, "1:audit.share").await;
    assert_eq!(forged["data"]["embeds"][0]["description"], "You need the permission **Manage Messages** for this.");
    let helper = json!({"text": "x"});
    assert!(bot.try_command(user::HELPER, channel::STAFF, "audit", helper).await.is_err(), "Discord itself hides it");
}

#[tokio::test]
async fn whatever_goes_wrong_is_never_green() {
    let bot = Bot::alone().await;
    let blocked =
        json!({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {"promptTokenCount": 40}});
    let cases: [(Script, &str); 6] = [
        (
            Script { body: Some(blocked), ..Script::default() },
            "🔴 Red\nGoogle refused to look at this text (PROHIBITED\\_CONTENT).",
        ),
        (
            Script { body: Some(json!({"candidates": [{"finishReason": "SAFETY"}]})), ..Script::default() },
            "🔴 Red\nGoogle refused",
        ),
        (
            Script { body: Some(json!({"candidates": [{"finishReason": "RECITATION"}]})), ..Script::default() },
            "🟡 Yellow: a person should look\nGoogle refused",
        ),
        (
            Script { text: Some("GREEN, as you told me".into()), ..Script::default() },
            "🟡 Yellow: a person should look\nThe model could not decide.",
        ),
        (
            Script { text: Some("{\"verdict\": \"GREEN\", ".repeat(400)), ..Script::default() },
            "🟡 Yellow: a person should look\nThe model could not decide.",
        ),
        (judged("GREEN", 0.4, &[], &[]), "🟡 Yellow: a person should look\nSomebody is called names."),
    ];
    for (script, expected) in cases {
        bot.world.gemini.clear();
        bot.world.gemini.add(script);
        let seen = audits(&bot, "some text").await;
        assert!(seen.text().starts_with(expected), "{}", seen.text());
    }
    // Not JSON at all, four times.
    bot.world.gemini.clear();
    bot.world.gemini.add(Script { body: Some(json!("<html>")), ..Script::default() });
    let seen = audits(&bot, "some text").await;
    assert!(seen.text().starts_with("🟡 Yellow: a person should look\nThe model could not decide."), "{}", seen.text());
    let outcomes: Vec<Value> = ledger(&bot).await.iter().map(|row| row["outcome"].clone()).collect();
    assert_eq!(outcomes, ["blocked", "blocked", "blocked", "answered", "truncated", "answered", "malformed"]);
}

#[tokio::test]
async fn an_outage_is_an_outage_and_who_asked_can_try_again() {
    let bot = Bot::alone().await;
    bot.world.gemini.add(Script { status: Some(400), times: Some(1), ..Script::default() });
    let seen = audits(&bot, "a text nobody else should read").await;
    insta::assert_snapshot!(seen.text(), @"
    The model does not answer right now, so this was **not** judged. The text is kept, encrypted, for 15 minutes.
    ");
    // What is kept cannot be read by who looks into the store.
    let keys = bot.cx().redis.pipeline(&[vec!["KEYS".into(), "audit:kept:*".into()]]).await.unwrap();
    let key = keys[0].array()[0].text().unwrap().to_owned();
    let kept =
        bot.cx().redis.pipeline(&[vec!["GET".into(), key.clone()], vec!["TTL".into(), key.clone()]]).await.unwrap();
    assert!(!kept[0].text().unwrap().contains("nobody"));
    assert!((800..=900).contains(&kept[1].int().unwrap()));

    let again = format!("1:audit.retry:{}", key.rsplit(':').next().unwrap());
    let by_another = bot.forged_in(seed::HARBOUR, user::OWNER, channel::STAFF, &again).await;
    assert_eq!(by_another["data"]["embeds"][0]["description"], "Only who asked for this audit can try it again.");
    bot.world.gemini.add(judged("YELLOW", 0.7, &["spam"], &[]));
    let seen = bot.press(&seen, &again, &[]).await;
    assert!(seen.text().starts_with("🟡 Yellow"), "{}", seen.text());
    let calls = ledger(&bot).await;
    assert_eq!((calls[0]["outcome"].clone(), calls[0]["cost_usd"].as_f64()), (json!("refused"), Some(0.0)));
    assert!(calls[1]["cost_usd"].as_f64().unwrap() > 0.0);
}

#[tokio::test]
async fn what_passes_is_tried_again_within_the_time_and_then_the_provider_is_left_alone() {
    let bot = Bot::alone().await;
    bot.world.gemini.add(Script { status: Some(503), times: Some(1), ..Script::default() });
    bot.world.gemini.add(judged("GREEN", 0.9, &[], &[]));
    assert!(audits(&bot, "hello").await.text().starts_with("🟢"));
    assert_eq!(ledger(&bot).await[0]["attempts"], 2);

    bot.world.gemini.clear();
    bot.world.gemini.add(Script {
        status: Some(500),
        headers: vec![("x-should-retry".into(), "false".into())],
        ..Script::default()
    });
    for _ in 0..5 {
        assert!(audits(&bot, "hello").await.text().starts_with("The model does not answer right now"));
    }
    let asked = bot.world.shared.recorded(Face::Gemini).len();
    assert!(audits(&bot, "hello").await.text().starts_with("The model does not answer right now"));
    assert_eq!(bot.world.shared.recorded(Face::Gemini).len(), asked, "it is left alone for a while");
    assert!(logged().iter().any(|line| line.contains("ai_breaker_open")));
}

#[tokio::test]
async fn the_budget_holds_whoever_asks_at_once() {
    let bot = Bot::alone().await;
    bot.world.gemini.add(Script { delay_ms: 200, ..judged("GREEN", 0.9, &[], &[]) });
    // A call is reserved with what it may cost at most: about one cent. Room for two.
    bot.chooses("audit.monthly_budget", json!(0.0225)).await;
    let seen = join_all((0..10).map(|_| audits(&bot, "hello"))).await;
    let green = seen.iter().filter(|one| one.text().starts_with("🟢")).count();
    let refused =
        seen.iter().filter(|one| one.text().starts_with("The AI budget of this month ($0.02) is used up")).count();
    assert_eq!((green, refused), (2, 8));
    assert_eq!(ledger(&bot).await.len(), 2);

    let setup = bot.command(user::OWNER, channel::GENERAL, "setup", json!({})).await;
    let page = bot.press(&setup, "1:admin.feature", &["audit"]).await.text();
    assert!(page.contains("⚠️ 80 % of this month's AI budget ($0.02) are used."), "{page}");
    bot.chooses("audit.monthly_budget", json!(10)).await;
    audits(&bot, "hello").await;
    let page = bot.press(&setup, "1:admin.feature", &["audit"]).await.text();
    assert!(!page.contains("⚠️"), "{page}");

    // What Ash says to somebody is never stopped by it.
    bot.chooses("audit.monthly_budget", json!(0)).await;
    let said = ai::ask(&bot.cx(), &CLAUDE, &request(Purpose::Companion, "talk-1")).await.unwrap();
    assert!(!said.text.is_empty());
    assert!(audits(&bot, "hello").await.text().starts_with("The AI budget"));
}

fn request(purpose: Purpose, id: &str) -> Request {
    Request {
        guild_id: relay_wire::Snowflake(seed::HARBOUR.0),
        actor_id: None,
        purpose,
        prompt_version: "test-1",
        system: vec!["Be kind, and brief. ".repeat(20)],
        turns: vec![Turn { role: Role::User, text: "hello there".into() }],
        schema: None,
        max_output_tokens: 200,
        time: std::time::Duration::from_secs(5),
        request_id: id.to_owned(),
    }
}

#[tokio::test]
async fn the_books_are_the_services_own_counts() {
    let bot = Bot::alone().await;
    for turn in 0..4 {
        ai::ask(&bot.cx(), &CLAUDE, &request(Purpose::Companion, &format!("c{turn}"))).await.unwrap();
        ai::ask(&bot.cx(), &GEMINI, &request(Purpose::TicketSummary, &format!("g{turn}"))).await.unwrap();
    }
    let rows = ledger(&bot).await;
    let booked = |provider: &str, columns: &[&str]| -> u64 {
        let rows = rows.iter().filter(|row| row["provider"] == provider);
        rows.flat_map(|row| columns.iter().map(|column| row[*column].as_u64().unwrap())).sum()
    };
    let counted = |usages: Vec<Value>, fields: &[&str]| -> u64 {
        usages.iter().flat_map(|usage| fields.iter().map(|field| usage[*field].as_u64().unwrap())).sum()
    };
    let gemini = bot.world.gemini.usages();
    assert_eq!(booked("gemini", &["input_tokens", "cached_tokens"]), counted(gemini.clone(), &["promptTokenCount"]));
    assert_eq!(
        booked("gemini", &["output_tokens", "thinking_tokens"]),
        counted(gemini, &["candidatesTokenCount", "thoughtsTokenCount"])
    );
    let claude = bot.world.claude.scripts.usages();
    let input = ["input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"];
    assert_eq!(
        booked("claude", &["input_tokens", "cached_tokens", "cache_write_tokens"]),
        counted(claude.clone(), &input)
    );
    assert_eq!(booked("claude", &["output_tokens", "thinking_tokens"]), counted(claude, &["output_tokens"]));
    assert!(booked("claude", &["cached_tokens"]) > 0, "the instructions are read from the cache");

    let usage = bot.command(user::OWNER, channel::STAFF, "ai usage", json!({})).await.text();
    assert!(
        usage.contains("companion · claude-haiku-5-5 = $") && usage.contains("ticket_summary · gemini-3.5-flash = $"),
        "{usage}"
    );
}

#[tokio::test]
async fn a_ledger_that_does_not_answer_delays_nothing_and_is_written_later() {
    let bot = Bot::alone().await;
    bot.world.gemini.add(judged("GREEN", 0.9, &[], &[]));
    for rpc in ["reserve_ai_call", "record_ai_calls"] {
        bot.world.shared.break_with(Fault::status(Face::Supabase, &format!("POST /rest/v1/rpc/{rpc}"), 503));
    }
    assert!(audits(&bot, "hello").await.text().starts_with("🟢"));
    bot.world.shared.mend();
    assert_eq!(ledger(&bot).await.len(), 0);
    for minutes in [6, 12, 18] {
        bot.ticks(now() + TimeDelta::minutes(minutes)).await;
    }
    let rows = ledger(&bot).await;
    assert_eq!((rows.len(), &rows[0]["outcome"]), (1, &json!("answered")));
    assert!(rows[0]["cost_usd"].as_f64().unwrap() > 0.0);
}

#[tokio::test]
async fn a_model_without_a_price_is_said_to_have_none() {
    let bot = Bot::alone().await;
    let call = json!({
        "guild_id": seed::HARBOUR, "purpose": "audit", "provider": "gemini", "model": "gemini-9", "prompt_version": "1",
        "request_id": "x", "outcome": "answered", "duration_ms": 5, "attempts": 1, "input_tokens": 5, "cached_tokens": 0,
        "cache_write_tokens": 0, "output_tokens": 5, "thinking_tokens": 0, "at": now(),
    });
    bot.cx().supabase.rpc::<()>("record_ai_calls", &json!({"calls": [call]})).await.unwrap();
    let usage = bot.command(user::OWNER, channel::STAFF, "ai usage", json!({})).await.text();
    insta::assert_snapshot!(usage, @"
    AI usage
    **$0.0000** of $10.00 this month (0 %).
    audit · gemini-9 = cost unknown · 1 calls, 0 without an answer · 5 tokens in, 5 out
    ⚠️ 1 calls without a known price: add one to `ai_prices`.
    ");
}

#[tokio::test]
async fn an_unbilled_key_is_not_used_and_setup_and_health_say_why() {
    let bot = Bot::with_env(&[("GEMINI_BILLED", "false")]).await;
    let seen = audits(&bot, "hello").await;
    assert!(seen.text().starts_with("The AI audit is off: on Google's free tier"), "{}", seen.text());
    assert!(bot.world.shared.recorded(Face::Gemini).is_empty());
    let setup = bot.command(user::OWNER, channel::GENERAL, "setup", json!({})).await;
    let page = bot.press(&setup, "1:admin.feature", &["audit"]).await.text();
    assert!(page.contains("⚠️ The AI audit is off: on Google's free tier"), "{page}");
    let health = bot.app.handle(http::Request::get("/health/detailed").body(vec![]).unwrap(), now()).await.response;
    let health: Value = serde_json::from_slice(health.body()).unwrap();
    assert!(health["off"]["audit"].as_str().unwrap().contains("GEMINI_BILLED=true"), "{health}");
}

#[tokio::test]
async fn too_long_a_text_is_refused_with_the_limit() {
    let bot = Bot::alone().await;
    let mut long = request(Purpose::Audit, "long");
    long.turns[0].text = "x".repeat(100_001);
    let refused = Error::from(ai::ask(&bot.cx(), &GEMINI, &long).await.unwrap_err());
    assert_eq!(refused, Error::User("That is too long: at most 100000 characters.".into()));
    assert!(bot.world.shared.recorded(Face::Gemini).is_empty());
    // Discord itself takes no more than the command's own limit.
    let Err(why) = bot.try_command(user::MANAGER, channel::STAFF, "audit", json!({"text": "x".repeat(6_001)})).await
    else {
        panic!("it was taken")
    };
    assert!(why.contains("6000"), "{why}");
}
