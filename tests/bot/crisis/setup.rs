//! A guild turns detection on: the checklist, the notices, who may read, shadow mode, live.

use community_os::settings::{self, Kind, Setting};
use serde_json::{Value, json};
use world::{
    discord::{
        Id, Message,
        model::{Overwrite, OverwriteKind},
        permissions as may,
    },
    seed::{HARBOUR, channel, role, user},
};

use super::{all_alerts, finds, live};
use crate::harness::{Bot, Seen};

/// The guild of [`live`], with everything chosen and nothing confirmed.
async fn chosen() -> Bot {
    let bot = live().await;
    sets(&bot, "crisis.stage", json!("off")).await;
    bot
}

/// The guild chooses, also what `/setup` does not show.
pub async fn sets(bot: &Bot, key: &'static str, value: Value) {
    let setting = Setting { key, kind: Kind::Text { default: |_| "", max_length: 0 }, label: |_| "", help: |_| "" };
    let guild = relay_wire::Snowflake(HARBOUR.0);
    match value {
        Value::Null => settings::reset(&bot.cx(), guild, &setting).await.unwrap(),
        value => settings::save(&bot.cx(), guild, &setting, value, relay_wire::Snowflake(1)).await.unwrap(),
    }
}

/// Chooses a setting in whichever menu of `/setup` offers it.
pub async fn opens(bot: &Bot, seen: &Seen, key: &str) -> Seen {
    let components = json!(seen.message.as_ref().unwrap().components);
    let menus = components.as_array().unwrap().iter().map(|row| &row["components"][0]);
    let offers =
        |menu: &&Value| menu["options"].as_array().is_some_and(|all| all.iter().any(|one| one["value"] == key));
    let menu = menus.into_iter().find(offers).unwrap_or_else(|| panic!("no menu offers {key}"));
    bot.press(seen, menu["custom_id"].as_str().unwrap(), &[key]).await
}

async fn page(bot: &Bot, admin: Id) -> Seen {
    let seen = bot.command(admin, channel::STAFF, "setup", json!({"part": "crisis"})).await;
    bot.press(&seen, "1:crisis.setup", &[]).await
}

fn buttons(seen: &Seen) -> String {
    let components = json!(seen.message.as_ref().unwrap().components);
    let rows = components.as_array().unwrap();
    let all = rows.iter().flat_map(|row| row["components"].as_array().unwrap());
    let shown = all.filter(|one| one["type"] == 2).map(|one| {
        let closed = if one["disabled"] == json!(true) { " (closed)" } else { "" };
        format!("{}{closed}", one["label"].as_str().unwrap())
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// The lines that are not ticked.
fn missing(seen: &Seen) -> Vec<String> {
    seen.text().lines().filter(|line| line.starts_with('❌') || line.starts_with('　')).map(str::to_owned).collect()
}

async fn actions(bot: &Bot, what: &str) -> Vec<Value> {
    let rows: Vec<Value> = bot.cx().supabase.select("admin_actions", "what,detail,actor_id", &[]).await.unwrap();
    rows.into_iter().filter(|row| row["what"] == what).collect()
}

fn lets_read(bot: &Bot, place: Id, who: Id, kind: OverwriteKind) {
    bot.world.discord.set_overwrite(place, Overwrite { id: who, kind, allow: may::VIEW_CHANNEL, deny: 0 }).unwrap();
}

#[tokio::test]
async fn a_guild_goes_step_by_step_from_off_to_shadow_to_live_and_back() {
    let mut bot = chosen().await;
    let seen = page(&bot, user::ADMIN).await;
    assert!(seen.is_private());
    insta::assert_snapshot!(seen.text(), @"
    Crisis detection: off
    Nothing is read yet. When every line is ticked, shadow mode can begin.
    ✅ **Watched channels**: <#1200000000200000012> <#1200000000200000013> <#1200000000200000014>
    ✅ **Channels of the team**
    ✅ **Roles of the team**: <@&1200000000100000003>
    ✅ **I can post and ping there**
    ✅ **Only the team reads there**
    ✅ **A notice stands in every watched channel**
    ✅ **Contact**
    ✅ **Privacy policy**
    ✅ **Retention**: messages with signs of a crisis for 14 days
    ✅ **What is kept is encrypted**
    ✅ **Detector**: Ash-NLP and the built-in screen
    Who can read = <#1200000000200000021>: <@&1200000000100000003>, administrators
    <#1200000000200000022>: <@&1200000000100000003>, administrators
    <#1200000000200000023>: <@&1200000000100000003>, administrators
    ");
    assert_eq!(buttons(&seen), "Start shadow mode, Check again");
    bot.relay_follows().await;
    finds(&bot, "lantern", "critical");
    bot.says(user::MEMBER, channel::VENT, "a lantern before").await;
    assert_eq!(all_alerts(&bot).len(), 0, "nothing is read");

    let asked = bot.press(&seen, "1:crisis.step:shadow", &[]).await;
    insta::assert_snapshot!(asked.text(), @"
    **Start shadow mode?**
    You confirm that a notice stands in <#1200000000200000012> <#1200000000200000013> <#1200000000200000014>, that your team knows of it, and that your privacy policy says what is processed.
    From then on messages there are read. Alerts go to <#1200000000200000021> only, nobody is pinged, and Ash says nothing. This is recorded with your name and the time.
    ");
    assert_eq!(actions(&bot, "crisis.stage").await.len(), 0, "only asked");
    let seen = bot.press(&asked, "1:crisis.step:shadow:yes", &[]).await;
    assert!(seen.text().contains("Crisis detection is now **shadow**."), "{}", seen.text());
    let [noted] = actions(&bot, "crisis.stage").await.try_into().unwrap();
    assert_eq!(noted["detail"], json!({"from": "off", "to": "shadow"}));
    assert_eq!(noted["actor_id"].to_string(), user::ADMIN.to_string());

    bot.relay_follows().await;
    bot.says(user::MEMBER, channel::VENT, "a lantern in the fog").await;
    bot.says(user::SECOND_MEMBER, channel::VENT, "another lantern").await;
    let alerts = bot.bot_messages(channel::CRT_MONITOR);
    assert_eq!((alerts.len(), all_alerts(&bot).len()), (2, 2), "shadow alerts stand in the monitor channel only");
    let one = crate::harness::read(&alerts[0]);
    assert!(one.contains("Critical alert") && !one.contains("<@&"), "nobody is pinged: {one}");

    let judged = json!({
        "guild_id": HARBOUR, "alert_id": 1, "verdict": "false_alarm", "detector": "nlp", "severity": "CRITICAL",
        "reason": "joke", "created_at": crate::harness::now(),
    });
    bot.cx().supabase.insert("crisis_feedback", &[judged], None).await.unwrap();
    let asked = bot.press(&seen, "1:crisis.step:live", &[]).await;
    assert!(asked.text().contains("Shadow mode found 2 alerts since <t:"), "{}", asked.text());
    assert!(asked.text().contains("2 CRITICAL, 0 HIGH, 0 MEDIUM"), "{}", asked.text());
    assert!(asked.text().contains("**precision 50 %**"), "{}", asked.text());
    let seen = bot.press(&asked, "1:crisis.step:live:yes", &[]).await;
    assert_eq!(buttons(&seen), "Back to shadow mode, Switch off, Check again");
    bot.relay_follows().await;
    bot.says(user::NEWCOMER, channel::VENT, "a third lantern").await;
    let alert = bot.bot_messages(channel::CRT_CRITICAL).pop().unwrap();
    assert!(alert.content.contains(&format!("<@&{}>", role::CRT)), "{alert:?}");

    let asked = bot.press(&seen, "1:crisis.step:off", &[]).await;
    let seen = bot.press(&asked, "1:crisis.step:off:yes", &[]).await;
    assert!(seen.text().starts_with("Crisis detection: off\n"), "{}", seen.text());
    assert_eq!(actions(&bot, "crisis.stage").await.len(), 3);
    assert_eq!(bot.relay_config().await.guilds, [], "no text leaves the relay any more");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn each_item_of_the_list_that_is_missing_is_named_with_its_mend_and_holds_shadow_mode_back() {
    let bot = chosen().await;
    let nobody = Id(77);
    for (key, wrong, right, says) in [
        ("crisis.monitored_channels", json!([]), json!([channel::VENT]), "Choose **Monitored channels**"),
        ("crisis.monitored_channels", json!([nobody]), json!([channel::VENT]), "I lack **View Channel**"),
        ("crisis.monitor_channel", Value::Null, json!(channel::CRT_MONITOR), "Choose **Monitor channel**"),
        ("crisis.crisis_channel", json!(nobody), json!(channel::CRT_CRISIS), "**Crisis channel** was deleted"),
        ("crisis.crt_role", Value::Null, json!(role::CRT), "Choose **Crisis response team**"),
        ("crisis.crt_role", json!(HARBOUR), json!(role::CRT), "**Crisis response team** is @everyone"),
        ("crisis.second_role", json!(nobody), Value::Null, "**Second role** was deleted"),
        ("crisis.report_channel", json!(channel::GENERAL), Value::Null, "can be read by **everybody**"),
        ("crisis.notes_channel", json!(channel::STAFF), Value::Null, "can be read by <@&"),
        ("crisis.contact", json!(""), json!("Robin"), "Choose **Contact**"),
        ("crisis.privacy_url", json!(""), json!("https://a.example"), "Choose **Privacy policy**"),
        ("crisis.notices", json!({}), json!({(channel::VENT.to_string()): ""}), "None in <#"),
    ] {
        sets(&bot, key, wrong).await;
        let seen = page(&bot, user::ADMIN).await;
        let missing = missing(&seen).join("\n");
        assert!(missing.contains(says), "{key}: {missing}");
        assert!(buttons(&seen).starts_with("Start shadow mode (closed)"), "{}", buttons(&seen));
        let staff = channel::STAFF;
        let refused = bot.forged_in(HARBOUR, user::ADMIN, staff, "1:crisis.step:shadow:yes").await;
        let refused = refused["data"]["embeds"][0]["description"].as_str().unwrap().to_owned();
        assert!(refused.starts_with("Not yet:") && refused.contains(says), "{refused}");
        sets(&bot, key, right).await;
    }
    assert_eq!(missing(&page(&bot, user::ADMIN).await), [""; 0]);
    assert_eq!(actions(&bot, "crisis.stage").await.len(), 0);

    // What the bot lacks in a channel of the team, and a role that it cannot ping.
    let bot_id = bot.cx().config.application_id.unwrap().to_string().parse().unwrap();
    let mute = Overwrite { id: bot_id, kind: OverwriteKind::Member, allow: may::VIEW_CHANNEL, deny: may::EMBED_LINKS };
    bot.world.discord.set_overwrite(channel::CRT_CRISIS, mute).unwrap();
    let seen = missing(&page(&bot, user::ADMIN).await).join("\n");
    assert!(seen.contains(&format!("I lack **Embed Links** in <#{}>", channel::CRT_CRISIS)), "{seen}");
    let bits = world::seed::BOT & !may::MENTION_EVERYONE;
    bot.world.discord.set_role_permissions(HARBOUR, role::BOT, bits).unwrap();
    let seen = missing(&page(&bot, user::ADMIN).await).join("\n");
    assert!(seen.contains(&format!("I may not ping <@&{}>", role::CRT)), "{seen}");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn without_a_key_or_without_a_detector_nothing_begins() {
    for (variable, says) in [("STATE_KEYS", "`STATE_KEYS` is not set"), ("NLP_BASE_URL", "`NLP_BASE_URL` is not set")] {
        let bot = Bot::without_env(variable).await;
        bot.world.settle_harbour().await.unwrap();
        sets(&bot, "crisis.stage", json!("off")).await;
        let missing = missing(&page(&bot, user::ADMIN).await).join("\n");
        assert!(missing.contains(says), "{missing}");
        if variable == "NLP_BASE_URL" {
            bot.chooses("crisis.use_nlp", json!(false)).await;
            let seen = page(&bot, user::ADMIN).await;
            assert!(seen.text().contains("✅ **Detector**: the built-in screen alone, by choice"), "{}", seen.text());
        }
    }
}

#[tokio::test]
async fn the_bot_posts_the_notice_where_there_is_none_and_only_there() {
    let mut bot = chosen().await;
    sets(&bot, "crisis.stage", json!("live")).await;
    sets(&bot, "crisis.notices", json!({})).await;
    bot.relay_follows().await;
    finds(&bot, "lantern", "high");
    bot.says(user::MEMBER, channel::VENT, "a lantern").await;
    assert_eq!(all_alerts(&bot).len(), 0, "nothing is read where no notice stands");

    let seen = page(&bot, user::ADMIN).await;
    // Somebody else wrote one in #gaming.
    let seen = bot.press(&seen, "1:crisis.notices", &[&channel::GAMING.to_string()]).await;
    let seen = bot.press(&seen, "1:crisis.post_notices", &[]).await;
    assert!(seen.text().contains("Posted the notice in 2 channels."), "{}", seen.text());
    assert_eq!(missing(&seen), [""; 0]);
    let posted = |place: Id| -> Vec<Message> { bot.bot_messages(place) };
    assert_eq!((posted(channel::GENERAL).len(), posted(channel::GAMING).len(), posted(channel::VENT).len()), (1, 0, 1));
    insta::assert_snapshot!(posted(channel::VENT)[0].content, @"
    **This channel is watched for signs of a crisis.** A program reads what is written here. If somebody may be in danger, the crisis response team of this server is told, so that a person can reach out.
    • **Not watched around the clock.** In an emergency call your local emergency number.
    • You can say no at any time: `/ash optout`. `/ash status` says what applies to you.
    • Kept: messages with signs of a crisis, encrypted, for 14 days, and that the team was told, without the words.
    • Questions: Responder · Privacy policy: <https://harbour.example/privacy>
    ");
    bot.relay_follows().await;
    bot.says(user::MEMBER, channel::VENT, "a lantern").await;
    assert_eq!(all_alerts(&bot).len(), 1);

    bot.press(&seen, "1:crisis.notices", &[]).await;
    bot.relay_follows().await;
    bot.says(user::SECOND_MEMBER, channel::VENT, "a lantern").await;
    assert_eq!(all_alerts(&bot).len(), 1, "taken away again");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn only_administrators_open_the_page_and_nobody_skips_shadow_mode() {
    let bot = chosen().await;
    for pressed in ["1:crisis.setup", "1:crisis.step:shadow:yes", "1:crisis.notices", "1:crisis.post_notices"] {
        let refused = bot.forged_in(HARBOUR, user::RESPONDER, channel::CRT_CRISIS, pressed).await;
        assert_eq!(refused["data"]["embeds"][0]["description"], "Only an administrator can use this.", "{pressed}");
    }
    let refused = bot.forged_in(HARBOUR, user::ADMIN, channel::STAFF, "1:crisis.step:live:yes").await;
    let said = "Begin with shadow mode: it shows what would be found before anybody is pinged.";
    assert_eq!(refused["data"]["embeds"][0]["description"], said);
    assert_eq!(bot.relay_config().await.guilds, []);
}

#[tokio::test]
async fn a_channel_that_others_read_is_refused_until_its_name_was_typed() {
    let bot = chosen().await;
    lets_read(&bot, channel::CRT_CRISIS, role::SUPPORT, OverwriteKind::Role);
    lets_read(&bot, channel::CRT_CRISIS, user::NEWCOMER, OverwriteKind::Member);
    let seen = page(&bot, user::ADMIN).await;
    let place = channel::CRT_CRISIS;
    let says = format!("<#{place}> can be read by <@&{}>, <@{}>. Take", role::SUPPORT, user::NEWCOMER);
    assert!(missing(&seen).join("\n").contains(&says), "{}", seen.text());
    let form = bot.press(&seen, "1:crisis.let_read", &[&place.to_string()]).await;
    let refused = bot.fill_in(&form, &[("name", "general")]).await;
    assert_eq!(refused.text(), "That is not its name, so nothing changed. It is called **crt-crisis**.");
    assert_eq!(actions(&bot, "crisis.accepted_readers").await.len(), 0);

    let form = bot.press(&seen, "1:crisis.let_read", &[&place.to_string()]).await;
    let seen = bot.fill_in(&form, &[("name", "#crt-crisis")]).await;
    assert_eq!(missing(&seen), [""; 0], "{}", seen.text());
    let [noted] = actions(&bot, "crisis.accepted_readers").await.try_into().unwrap();
    assert_eq!(noted["detail"]["channel_id"], json!(place));
    // Whoever comes later was not accepted.
    lets_read(&bot, place, role::MANAGER, OverwriteKind::Role);
    let missing = missing(&page(&bot, user::ADMIN).await).join("\n");
    assert!(missing.contains(&format!("can be read by <@&{}>. Take", role::MANAGER)), "{missing}");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn every_setting_is_offered_in_one_of_the_menus() {
    let bot = chosen().await;
    for setting in community_os::features::settings().filter(|one| one.key.starts_with("crisis.")) {
        let seen = bot.command(user::ADMIN, channel::STAFF, "setup", json!({"part": "crisis"})).await;
        opens(&bot, &seen, setting.key).await;
    }
    let seen = bot.command(user::ADMIN, channel::STAFF, "setup", json!({"part": "crisis"})).await;
    assert!(seen.text().contains("Privacy policy = **https://harbour.example/privacy**"), "{}", seen.text());
    let form = opens(&bot, &seen, "crisis.privacy_url").await;
    let refused = bot.fill_in(&form, &[("value", "http://harbour.example")]).await;
    let says = "I could not read that. Please write it like this, or leave it empty: `https://example.org/privacy`.";
    assert_eq!(refused.text(), says);
    let form = opens(&bot, &seen, "crisis.privacy_url").await;
    let seen = bot.fill_in(&form, &[("value", "https://a.example/p")]).await;
    assert!(seen.text().contains("Privacy policy = **https://a.example/p**"), "{}", seen.text());
    bot.assert_nothing_unexpected();
}
