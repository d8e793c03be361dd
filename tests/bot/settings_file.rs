//! Settings as a file: saved, changed by hand, brought back; hostile files, other people and a store that is down.

use community_os::{command, features, lang::Lang, settings};
use relay_wire::Snowflake;
use serde_json::{Value, json};
use world::{
    discord::Id,
    face::{Face, Fault},
    seed::{FRESH_START, HARBOUR, channel, role, user},
};

use crate::harness::{Bot, Seen, logged};

const HERE: Id = channel::GENERAL;
const DONE: &str = "Done. `/setup` shows the settings, and what does not work yet.";

/// The custom_id of the button with this label.
fn button(seen: &Seen, label: &str) -> Option<String> {
    let components = &seen.message.as_ref().unwrap().components;
    let buttons = components.iter().flat_map(|row| row["components"].as_array().unwrap());
    let found = buttons.into_iter().find(|one| one["label"] == label);
    found.map(|one| one["custom_id"].as_str().unwrap().to_owned())
}

async fn press(bot: &Bot, seen: &Seen, label: &str) -> Seen {
    bot.press(seen, &button(seen, label).unwrap_or_else(|| panic!("no {label}: {}", seen.text())), &[]).await
}

/// Name and text of the file that came with an answer.
fn file_of(bot: &Bot, seen: &Seen) -> (String, String) {
    let attachments = &seen.message.as_ref().unwrap().attachments;
    assert_eq!(attachments.len(), 1, "{}", seen.text());
    let bytes = bot.world.discord.state().files[&attachments[0].id].1.clone();
    (attachments[0].filename.clone(), String::from_utf8(bytes.to_vec()).unwrap())
}

async fn saved(bot: &Bot) -> (String, String) {
    let seen = bot.command(user::OWNER, HERE, "setup", json!({})).await;
    let seen = press(bot, &seen, "Save as a file").await;
    assert!(seen.is_private());
    file_of(bot, &seen)
}

async fn brings(bot: &Bot, member: Id, file: impl Into<Vec<u8>>) -> Seen {
    let file = bot.world.discord.attach("settings.json", file);
    bot.command(member, HERE, "setup", json!({"file": file})).await
}

/// A file that says just this.
fn file(settings: Value) -> String {
    json!({"v": 1, "guild_id": HARBOUR, "settings": settings}).to_string()
}

/// What is chosen, as the store has it.
async fn chosen(bot: &Bot) -> Value {
    let filter = community_os::clients::supabase::Filter::eq("guild_id", HARBOUR);
    let rows: Vec<Value> = bot.cx().supabase.select("guild_settings", "key,value", &[filter]).await.unwrap();
    rows.iter().map(|row| (row["key"].as_str().unwrap().to_owned(), row["value"].clone())).collect()
}

async fn chooses(bot: &Bot, choices: &[(&str, Value)]) {
    for (key, value) in choices {
        bot.chooses(key, value.clone()).await;
    }
}

async fn resets(bot: &Bot, key: &str) {
    let setting = features::settings().find(|setting| setting.key == key).unwrap();
    settings::reset(&bot.cx(), Snowflake(HARBOUR.0), setting).await.unwrap();
}

#[tokio::test]
async fn what_was_saved_comes_back_whatever_was_changed_since() {
    let bot = Bot::alone().await;
    let before = [
        ("engagement.message_points", json!(2.5)),
        ("engagement.cap_per_minute", json!(20.0)),
        ("engagement.excluded_channels", json!([channel::GAMING, channel::VENT])),
        ("tickets.staff_role", json!(role::SUPPORT)),
        ("tickets.opening_text", json!("Hello \"you\",\nwe are here: \\o/")),
    ];
    chooses(&bot, &before).await;
    // Not of /setup's lists: it is not in the file, and stays.
    let stage = json!({"guild_id": HARBOUR, "key": "crisis.stage", "value": "shadow"});
    bot.cx().supabase.insert("guild_settings", &[stage], None).await.unwrap();
    let at_first = chosen(&bot).await;
    let (name, text) = saved(&bot).await;
    let today = bot.world_now().format("%Y-%m-%d");
    assert_eq!(name, format!("settings-{HARBOUR}-{today}.json"));
    assert!(
        text.starts_with(&format!("{{\n  \"v\": 1,\n  \"guild_id\": \"{HARBOUR}\",\n  \"exported_at\": \"")),
        "{text}"
    );
    assert!(text.contains("    \"engagement.cap_per_minute\": 20,\n"), "{text}");
    assert!(text.contains("    \"engagement.time_zone\": null,\n"), "at its default: {text}");
    assert!(!text.contains("crisis.stage") && !text.contains("webhook"), "{text}");
    let keys = text.lines().filter_map(|line| line.strip_prefix("    \"")?.split('"').next());
    assert!(keys.eq(features::settings().map(|setting| setting.key)), "all, in the order of /setup");

    let seen = brings(&bot, user::OWNER, text.clone()).await;
    assert_eq!(seen.text(), "This file changes nothing.");
    assert_eq!(button(&seen, "Apply"), None);

    chooses(&bot, &[("engagement.message_points", json!(4.0)), ("engagement.time_zone", json!("Europe/Berlin"))]).await;
    resets(&bot, "engagement.excluded_channels").await;
    let changed = chosen(&bot).await;
    let seen = brings(&bot, user::OWNER, format!("\u{feff}{text}")).await;
    assert!(seen.is_private());
    let (gaming, vent) = (channel::GAMING, channel::VENT);
    assert_eq!(
        seen.text(),
        format!(
            "Nothing is changed yet.\n\
             **Channels without points** (engagement): none (default) → <#{gaming}> <#{vent}>\n\
             **Points for a message** (engagement): 4 → 2.5\n\
             **Time zone** (engagement): \"Europe/Berlin\" → \"UTC\" (default)"
        )
    );
    assert_eq!(chosen(&bot).await, changed, "nothing is changed before it was seen");
    let done = press(&bot, &seen, "Apply").await;
    assert_eq!(done.text(), DONE);
    assert_eq!(chosen(&bot).await, at_first);
    assert_eq!(saved(&bot).await.1.lines().skip(4).collect::<Vec<_>>(), text.lines().skip(4).collect::<Vec<_>>());

    let actions: Vec<Value> = bot.cx().supabase.select("admin_actions", "actor_id,what,detail", &[]).await.unwrap();
    let keys = ["engagement.excluded_channels", "engagement.message_points", "engagement.time_zone"];
    assert_eq!(actions, [json!({"actor_id": user::OWNER.0, "what": "settings.import", "detail": {"keys": keys}})]);
    let said = logged().into_iter().find(|line| line.contains("setting_changed")).unwrap();
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!([&said["keys"], &said["actor_id"]], [&json!(keys), &json!(user::OWNER)]);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn what_cannot_be_used_is_named_with_its_mend_and_the_rest_is_applied() {
    let bot = Bot::alone().await;
    chooses(&bot, &[("engagement.keep_raw_days", json!(100.0))]).await;
    let before = chosen(&bot).await;
    let seen = brings(
        &bot,
        user::OWNER,
        json!({"v": 1, "guild_id": FRESH_START, "settings": {
            "engagement.message_points": "3",
            "engagement.reaction_points": 1000,
            "engagement.cap_per_minute": 7,
            "engagement.weekly_channel": channel::FRESH_GENERAL,
            "engagement.rising_star_role": HARBOUR,
            "engagement.support_channels": [channel::GENERAL, channel::FRESH_GENERAL],
            "engagement.excluded_channels": "1,2",
            "engagement.time_zone": "x".repeat(51),
            "tickets.parent": channel::GENERAL,
            "tickets.staff_role": role::SUPPORT.0,
            "tickets.working_hours": "whenever",
            "tickets.close_when_left": "on",
            "crisis.stage": "live",
            "crisis.hide_words": false,
            "no`such": [[1]],
        }})
        .to_string(),
    )
    .await;
    insta::assert_snapshot!(seen.text(), @r"
    Nothing is changed yet.
    ⚠️ crisis.hide\_words is left out: there is no such setting.
    ⚠️ crisis.stage is left out: there is no such setting.
    **Most that counts in a minute** (engagement): 10 (default) → 7
    ⚠️ engagement.excluded\_channels is left out: please write it as *Save as a file* does.
    ⚠️ engagement.message\_points is left out: Please write a number from 0 to 100, for example `100`.
    ⚠️ engagement.reaction\_points is left out: Please write a number from 0 to 100, for example `100`.
    ⚠️ engagement.rising\_star\_role is left out: 1200000000000000000 is not in this server, or not of this kind. Please choose it in `/setup`.
    ⚠️ engagement.support\_channels is left out: 1200000000200000051 is not in this server, or not of this kind. Please choose it in `/setup`.
    ⚠️ engagement.time\_zone is left out: Please write at most 50 characters.
    ⚠️ engagement.weekly\_channel is left out: 1200000000200000051 is not in this server, or not of this kind. Please choose it in `/setup`.
    ⚠️ no\`such is left out: there is no such setting.
    ⚠️ tickets.close\_when\_left is left out: please write it as *Save as a file* does.
    ⚠️ tickets.parent is left out: 1200000000200000012 is not in this server, or not of this kind. Please choose it in `/setup`.
    ⚠️ tickets.staff\_role is left out: please write it as *Save as a file* does.
    ⚠️ tickets.working\_hours is left out: I could not read that. Please write it like this, or leave it empty: `mon-fri 09:00-17:00, sat 10:00-14:00`.
    ");
    let done = press(&bot, &seen, "Apply").await;
    assert_eq!(done.text(), DONE);
    let mut after = before;
    after["engagement.cap_per_minute"] = json!(7.0);
    assert_eq!(chosen(&bot).await, after);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_hostile_file_is_refused_and_says_why() {
    const TWICE: &str = "a name stands in it twice, or a setting has parts of its own";
    let bot = Bot::alone().await;
    let deep = format!("{{\"v\":1,\"settings\":{}1{}}}", "[".repeat(20_000), "]".repeat(20_000));
    let twice = "{\"v\":1,\"settings\":{\"engagement.message_points\":1,\"engagement.message_points\":9}}";
    let disguised = "{\"v\":1,\"settings\":{\"engagement.message_points\":1,\"engagement.\\u006dessage_points\":9}}";
    let settings_twice = "{\"v\":1,\"settings\":{},\"settings\":{\"engagement.message_points\":9}}";
    for (file, why) in [
        (vec![b' '; 10 << 20], "it is larger than 64 KB"),
        ([file(json!({})).as_bytes(), &vec![b' '; 64 << 10]].concat(), "it is larger than 64 KB"),
        (vec![], "it does not hold settings as JSON"),
        (b"\x89PNG\r\n\x1a\n".to_vec(), "it does not hold settings as JSON"),
        (deep.into_bytes(), "it does not hold settings as JSON"),
        (b"[]".to_vec(), "it does not hold settings as JSON"),
        (b"{\"v\":1,\"settings\":[]}".to_vec(), "it does not hold settings as JSON"),
        (b"{\"v\":1,\"settings\":{}} {}".to_vec(), "it does not hold settings as JSON"),
        (b"{\"v\":2,\"settings\":{}}".to_vec(), "another version of the bot wrote it"),
        (b"{\"v\":\"1\",\"settings\":{}}".to_vec(), "another version of the bot wrote it"),
        (b"{\"settings\":{}}".to_vec(), "another version of the bot wrote it"),
        (twice.into(), TWICE),
        (disguised.into(), TWICE),
        (settings_twice.into(), TWICE),
        (b"{\"v\":1,\"settings\":{\"engagement.message_points\":{\"a\":1}}}".to_vec(), TWICE),
    ] {
        let start = String::from_utf8_lossy(&file[..file.len().min(80)]).into_owned();
        let seen = brings(&bot, user::OWNER, file).await;
        assert!(seen.is_private());
        let text = format!("Nothing was changed, I cannot use this file: {why}.");
        assert_eq!(seen.text(), text, "{start}");
    }
    // What is too large is not even fetched; what Discord does not hand out is attached again.
    for (size, why) in
        [(10 << 20, "it is larger than 64 KB"), (1, "Discord does not give it to me. Please attach it again")]
    {
        let file = bot.world.discord.attach("settings.json", vec![b' '; size]);
        bot.world.discord.state().files.remove(&file);
        let seen = bot.command(user::OWNER, HERE, "setup", json!({"file": file})).await;
        assert!(seen.text().contains(why), "{}", seen.text());
    }
    assert_eq!(chosen(&bot).await, json!({}));
}

#[tokio::test]
async fn words_in_a_file_stay_words() {
    let bot = Bot::alone().await;
    let hostile = "'; drop table guild_settings; --\n**9 settings would change.** @everyone [ok](https://evil.example) \u{202e}txet";
    let seen = brings(&bot, user::OWNER, file(json!({"tickets.opening_text": hostile}))).await;
    insta::assert_snapshot!(seen.text(), @r#"
    Nothing is changed yet.
    **First words in a ticket** (tickets): "Thank you for writing. Somebody of the team will answer you here. You can add anything in the meantime." (default) → "'; drop table guild\_settings; --\\n\*\*9 settings would change.\*\* \@everyone \[ok\]\(https://evil.example\) \\u{202e}txet"
    "#);
    press(&bot, &seen, "Apply").await;
    assert_eq!(chosen(&bot).await, json!({"tickets.opening_text": hostile}));

    let seen = brings(&bot, user::OWNER, file(json!({"tickets.opening_text": "no\u{0}thing"}))).await;
    assert!(seen.text().contains("Please write at most 1000 characters"), "{}", seen.text());
    let many: serde_json::Map<String, Value> = (0..2_000).map(|n| (format!("a.{n}"), json!(n))).collect();
    let seen = brings(&bot, user::OWNER, file(json!(many))).await;
    assert_eq!(button(&seen, "Apply"), None);
    assert_eq!(file_of(&bot, &seen).1.matches("there is no such setting").count(), 2_000);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_long_list_comes_as_a_file_so_that_all_of_it_can_be_read() {
    let bot = Bot::alone().await;
    let long = "*".repeat(1_000);
    let seen = brings(
        &bot,
        user::OWNER,
        file(
            json!({"tickets.opening_text": long, "tickets.outside_text": long[..500], "crisis.contact": long[..300], "engagement.cap_per_minute": 3}),
        ),
    )
    .await;
    assert!(
        seen.text().ends_with("…\n**All of it is in the file below. Please read it before you apply it.**"),
        "{}",
        seen.text()
    );
    let (name, whole) = file_of(&bot, &seen);
    assert_eq!(name, "changes.txt");
    for shown in [300, 500, 1_000] {
        assert!(whole.contains(&format!("\"{}\"", "\\*".repeat(shown))), "{whole}");
    }
    press(&bot, &seen, "Apply").await;
    assert_eq!(chosen(&bot).await["tickets.opening_text"], json!(long));
}

#[tokio::test]
async fn only_who_saw_it_applies_it_and_only_once_within_fifteen_minutes() {
    let bot = Bot::alone().await;
    let over = "Nothing was changed: this was applied already, is older than 15 minutes, or was shown to somebody else. \
                `/setup file:` starts again.";
    let points = |points: f64| file(json!({"engagement.message_points": points}));
    let hidden = bot.world.discord.attach("settings.json", points(9.0));
    let refused = bot.try_command(user::MEMBER, HERE, "setup", json!({"file": hidden})).await;
    assert!(refused.is_err(), "Discord hides the command");
    for id in ["1:admin.import:5", "1:admin.export"] {
        let forged = bot.forged_in(HARBOUR, user::MEMBER, HERE, id).await;
        assert_eq!(
            forged["data"]["embeds"][0]["description"], "You need the permission **Manage Server** for this.",
            "{id}"
        );
    }

    let seen = brings(&bot, user::OWNER, points(2.0)).await;
    let apply = button(&seen, "Apply").unwrap();
    // Another administrator, with the id of that button.
    let theirs = brings(&bot, user::ADMIN, points(3.0)).await;
    bot.forged_in(HARBOUR, user::ADMIN, HERE, &apply).await;
    bot.forged_in(HARBOUR, user::OWNER, HERE, "1:admin.import:1").await;
    assert_eq!(chosen(&bot).await, json!({}));
    assert_eq!(press(&bot, &seen, "Apply").await.text(), DONE);
    assert_eq!(press(&bot, &seen, "Apply").await.text(), over, "a second press");

    // The other administrator was shown what is no longer true.
    let changed = "Nothing was changed: somebody changed one of these settings since. `/setup file:` shows what would change now.";
    assert_eq!(press(&bot, &theirs, "Apply").await.text(), changed);
    assert_eq!(chosen(&bot).await, json!({"engagement.message_points": 2.0}));
    let theirs = brings(&bot, user::ADMIN, points(3.0)).await;
    assert!(theirs.text().ends_with(": 2 → 3"), "{}", theirs.text());

    // Upstash forgets what waits by its own clock.
    let id = button(&theirs, "Apply").unwrap();
    let key = format!("admin:import:{HARBOUR}:{}:{id}", user::ADMIN);
    let left = bot.cx().redis.pipeline(&[command!["TTL", key], command!["EXPIRE", key, 0]]).await.unwrap();
    assert!((890..=900).contains(&left[0].int().unwrap()), "{left:?}");
    assert_eq!(press(&bot, &theirs, "Apply").await.text(), over);
    assert_eq!(chosen(&bot).await, json!({"engagement.message_points": 2.0}));
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn one_setting_that_was_changed_since_keeps_all_as_they_were() {
    let bot = Bot::alone().await;
    chooses(&bot, &[("engagement.message_points", json!(2.0)), ("engagement.time_zone", json!("Asia/Tokyo"))]).await;
    let wanted = json!({
        "engagement.message_points": 3, "engagement.reaction_points": 2, "engagement.time_zone": null,
        "engagement.cap_per_minute": 5,
    });
    // Reset, chosen for the first time, chosen anew.
    for (key, value) in [
        ("engagement.message_points", None),
        ("engagement.reaction_points", Some(json!(7.0))),
        ("engagement.time_zone", Some(json!("UTC"))),
    ] {
        let seen = brings(&bot, user::OWNER, file(wanted.clone())).await;
        match value {
            Some(value) => bot.chooses(key, value).await,
            None => resets(&bot, key).await,
        }
        let before = chosen(&bot).await;
        let said = press(&bot, &seen, "Apply").await;
        assert!(
            said.text().starts_with("Nothing was changed: somebody changed one of these settings since."),
            "{key}: {}",
            said.text()
        );
        assert_eq!(chosen(&bot).await, before, "{key}");
    }
    // Somebody else chose the very same: nothing stands against the rest.
    let seen = brings(&bot, user::OWNER, file(wanted.clone())).await;
    chooses(&bot, &[("engagement.reaction_points", json!(2.0))]).await;
    resets(&bot, "engagement.time_zone").await;
    assert_eq!(press(&bot, &seen, "Apply").await.text(), DONE);
    let all = json!({
        "engagement.message_points": 3.0, "engagement.reaction_points": 2.0, "engagement.cap_per_minute": 5.0,
    });
    assert_eq!(chosen(&bot).await, all);
}

#[tokio::test]
async fn while_a_store_is_down_nothing_is_changed_and_the_button_works_afterwards() {
    let bot = Bot::alone().await;
    let down =
        "Something behind the bot does not answer right now. You did nothing wrong; please try again in a moment.";
    let wanted = file(json!({"engagement.message_points": 2}));
    bot.world.shared.break_with(Fault::status(Face::Upstash, "", 503));
    assert!(brings(&bot, user::OWNER, wanted.clone()).await.text().starts_with(down));
    bot.world.shared.mend();
    let seen = brings(&bot, user::OWNER, wanted).await;
    bot.world.shared.break_with(Fault::status(Face::Supabase, "POST /rest/v1/rpc/import_settings", 503));
    assert!(press(&bot, &seen, "Apply").await.text().starts_with(down));
    assert_eq!(chosen(&bot).await, json!({}));
    bot.world.shared.mend();
    assert_eq!(press(&bot, &seen, "Apply").await.text(), DONE);
    assert_eq!(chosen(&bot).await, json!({"engagement.message_points": 2.0}));
}

#[tokio::test]
async fn what_follows_a_choice_in_a_menu_follows_a_file_too() {
    let bot = Bot::alone().await;
    // Detection runs, and the channel's members were told.
    for (key, value) in
        [("crisis.stage", json!("shadow")), ("crisis.notices", json!({channel::GENERAL.to_string(): ""}))]
    {
        let row = json!({"guild_id": HARBOUR, "key": key, "value": value});
        bot.cx().supabase.insert("guild_settings", &[row], None).await.unwrap();
    }
    let version = bot.relay_config().await.filter_version;
    let setting = features::settings().find(|setting| setting.key == "crisis.monitor_channel").unwrap();
    let guild = Snowflake(HARBOUR.0);
    settings::note_problem(&bot.cx(), guild, setting, Some("an old problem")).await.unwrap();
    bot.world.shared.forget_recorded();
    let seen = brings(
        &bot,
        user::OWNER,
        file(json!({
            "crisis.monitored_channels": [channel::GENERAL], "crisis.opt_in": true,
            "crisis.monitor_channel": channel::GENERAL, "crisis.crisis_channel": channel::CRT_CRISIS,
            "crisis.crt_role": role::CRT,
        })),
    )
    .await;
    let done = press(&bot, &seen, "Apply").await;
    assert_eq!(done.text(), DONE);
    // The relays hear of it, and the team's channels are looked at once for all.
    assert_ne!(bot.relay_config().await.filter_version, version);
    let looks = bot.world.shared.recorded(Face::Discord);
    let looks =
        looks.iter().filter(|one| one.method == "GET" && one.path.ends_with(&format!("/guilds/{HARBOUR}"))).count();
    assert_eq!(looks, 2, "one for what would change, one after it");
    let page = bot.command(user::OWNER, HERE, "setup", json!({"part": "crisis"})).await;
    assert!(!page.text().contains("an old problem"), "{}", page.text());
    assert!(page.text().contains("can be read by **everybody**"), "{}", page.text());
}

#[test]
fn every_setting_of_the_registry_is_accepted_as_it_is_read() {
    for setting in features::settings() {
        for typed in ["on", "off", "0", "1", "2.5", "30", "", "words", "thread", "https://example.org", "123", "1,2"] {
            if let Ok(value) = setting.read(typed, Lang::default()) {
                assert_eq!(setting.accept(&value), Some(value.clone()), "{} {value}", setting.key);
                let written: Value = serde_json::from_str(&value.to_string()).unwrap();
                assert_eq!(setting.accept(&written), Some(value), "{} {written}", setting.key);
            }
        }
    }
}
