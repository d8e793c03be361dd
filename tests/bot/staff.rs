//! Who has which right in the dashboard: given by role or by hand in `/setup`, and gone when the role is, whoever heard of it.

use chrono::TimeDelta;
use relay_wire::Outcome;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use world::{
    discord::Id,
    face::{Face, Fault},
    seed::{self, HARBOUR, channel, role, user},
};

use crate::harness::{Bot, Seen, now};

async fn opens(bot: &Bot) -> Seen {
    bot.command(user::OWNER, channel::STAFF, "setup", json!({"part": "staff"})).await
}

/// The page of one right, and what was chosen in one of its menus.
async fn chooses(bot: &Bot, kind: &str, right: &str, ids: &[Id]) -> Seen {
    let page = bot.press(&opens(bot).await, &format!("1:staff.page:{right}"), &[]).await;
    chooses_on(bot, &page, kind, ids).await
}

/// The same on a page that is open already.
async fn chooses_on(bot: &Bot, page: &Seen, kind: &str, ids: &[Id]) -> Seen {
    let ids: Vec<String> = ids.iter().map(Id::to_string).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    bot.press(page, &menu(page, kind), &ids).await
}

/// The id of a menu, which also names what it shows as chosen.
fn menu(page: &Seen, kind: &str) -> String {
    let rows = &page.message.as_ref().unwrap().components;
    let ids = rows.iter().filter_map(|row| row["components"][0]["custom_id"].as_str());
    ids.into_iter().find(|id| id.contains(&format!(":{kind}:"))).unwrap().to_owned()
}

/// `crt role 1200…` for each of somebody's rights in a guild.
async fn rights(bot: &Bot, guild: Id, who: Id) -> Vec<String> {
    let mut rows = bot.rows("staff", "user_id", who).await;
    rows.retain(|row| row["guild_id"] == guild.0);
    let text = |row: &Value| format!("{} {}", row["role"].as_str().unwrap(), row["source"].as_str().unwrap());
    let mut rights: Vec<String> = rows.iter().map(text).collect();
    rights.sort();
    rights
}

async fn hears_roles(bot: &Bot, who: Id, roles: &[Id]) -> Vec<Outcome> {
    bot.hears("GUILD_MEMBER_UPDATE", json!({"user": {"id": who, "username": "x"}, "roles": roles})).await
}

fn after_minutes(minutes: i64) -> community_os::edge::Time {
    now() + TimeDelta::minutes(minutes)
}

/// Supabase as an account of it asks: with its own token, through the same functions as the dashboard.
struct Account<'a> {
    bot: &'a Bot,
    id: String,
}

impl<'a> Account<'a> {
    /// `discord`: whom Discord says they are.
    async fn new(bot: &'a Bot, discord: Option<Id>, says_of_itself: Value) -> Self {
        let insert =
            format!("insert into auth.users (raw_user_meta_data) values ('{says_of_itself}') returning id::text");
        let mut database = PgConnection::connect(bot.database_url()).await.unwrap();
        let id: String = sqlx::query_scalar(AssertSqlSafe(insert)).fetch_one(&mut database).await.unwrap();
        if let Some(discord) = discord {
            let identity = format!(
                "insert into auth.identities (provider, provider_id, user_id, identity_data)
                values ('discord', '{discord}', '{id}', '{{}}')"
            );
            sqlx::raw_sql(AssertSqlSafe(identity)).execute(&mut database).await.unwrap();
        }
        Self { bot, id }
    }

    async fn asks(&self, call: &str) -> Value {
        let mut database = PgConnection::connect(self.bot.database_url()).await.unwrap();
        let claims = format!(
            "set role authenticated; select set_config('request.jwt.claims', '{}', false)",
            json!({"role": "authenticated", "sub": self.id})
        );
        sqlx::raw_sql(AssertSqlSafe(claims)).execute(&mut database).await.unwrap();
        let query = format!("select coalesce(jsonb_agg(t), '[]')::text from public.{call} as t");
        let rows: String = sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut database).await.unwrap();
        serde_json::from_str(&rows).unwrap()
    }

    async fn claims(&self) -> Value {
        self.asks("claim_staff()").await[0].clone()
    }

    /// The roles that the dashboard knows of in [`HARBOUR`].
    async fn sees(&self) -> Value {
        let guilds = self.asks("my_guilds()").await;
        let here = guilds.as_array().unwrap().iter().find(|one| one["guild_id"] == HARBOUR.to_string());
        here.map_or(Value::Null, |one| one["roles"].clone())
    }
}

#[tokio::test]
async fn a_role_is_chosen_and_its_members_see_care_until_they_lose_it() {
    let bot = Bot::alone().await;
    let seen = opens(&bot).await;
    assert!(seen.is_private());
    insta::assert_snapshot!(seen.text(), @"
    Staff
    Who may see what in the dashboard. Whoever has one of the roles signs in there with Discord; who loses the role or leaves sees nothing any more.
    Managers = See numbers, lists of members, and tickets with what was written in them.
    Nobody has this right.
    Crisis team = See Care: which alerts are open, whom they are about, who is on duty.
    Nobody has this right.
    Administrators = See all of it.
    Nobody has this right.
    ");
    let responder = Account::new(&bot, Some(user::RESPONDER), json!({})).await;
    assert_eq!(responder.claims().await, json!({"linked": 0, "elsewhere": 0}));
    assert_eq!(responder.sees().await, Value::Null);

    let seen = chooses(&bot, "roles", "crt", &[role::CRT]).await;
    insta::assert_snapshot!(seen.text(), @"
    Staff: Crisis team
    ✅ Added: <@&1200000000100000003>. Members who have the role already are found within a minute or two.

    See Care: which alerts are open, whom they are about, who is on duty.
    • By the role <@&1200000000100000003>: nobody known yet
    ");
    bot.ticks(now()).await;
    assert_eq!(rights(&bot, HARBOUR, user::RESPONDER).await, ["crt role"]);
    assert_eq!(responder.sees().await, json!(["crt"]), "they had signed in before");
    let seen = bot.press(&opens(&bot).await, "1:staff.page:crt", &[]).await;
    let line = format!("• By the role <@&{}>: <@{}>", role::CRT, user::RESPONDER);
    assert!(seen.text().ends_with(&line), "{}", seen.text());

    // Somebody new gets the role, somebody loses it: with the event, at once.
    let robin = bot.new_member("Robin");
    assert_eq!(hears_roles(&bot, robin, &[role::CRT, role::SUPPORT]).await, [Outcome::Done]);
    assert_eq!(rights(&bot, HARBOUR, robin).await, ["crt role"]);
    hears_roles(&bot, user::RESPONDER, &[role::SUPPORT]).await;
    assert_eq!(rights(&bot, HARBOUR, user::RESPONDER).await, [""; 0]);
    assert_eq!(responder.sees().await, Value::Null);
    // Who leaves, and who comes back without the role.
    bot.hears_leave(HARBOUR, robin).await;
    assert_eq!(rights(&bot, HARBOUR, robin).await, [""; 0]);
    bot.hears_join(HARBOUR, robin).await;
    assert_eq!(rights(&bot, HARBOUR, robin).await, [""; 0]);

    let actions = bot.rows("admin_actions", "guild_id", HARBOUR).await;
    let noted: Vec<&Value> = actions.iter().map(|row| &row["detail"]).collect();
    assert_eq!(noted, [&json!({"right": "crt", "added": [role::CRT], "removed": []})]);
    assert_eq!(
        (&actions[0]["what"], actions[0]["actor_id"].to_string()),
        (&json!("staff.roles"), user::OWNER.to_string())
    );
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn losing_a_role_takes_only_what_that_role_gave() {
    let bot = Bot::alone().await;
    chooses(&bot, "roles", "manager", &[role::MANAGER, role::SUPPORT]).await;
    chooses(&bot, "roles", "crt", &[role::SUPPORT]).await;
    let seen = chooses(&bot, "people", "manager", &[user::HELPER]).await;
    let added = format!("✅ Added: <@{}>. They sign in to the dashboard with Discord.", user::HELPER);
    assert!(seen.text().contains(&added), "{}", seen.text());
    bot.ticks(now()).await;
    assert_eq!(rights(&bot, HARBOUR, user::HELPER).await, ["crt role", "manager hand", "manager role"]);
    let seen = bot.press(&opens(&bot).await, "1:staff.page:manager", &[]).await;
    insta::assert_snapshot!(seen.text(), @"
    Staff: Managers
    See numbers, lists of members, and tickets with what was written in them.
    • By the role <@&1200000000100000002>: <@1200000000300000003>
    • By the role <@&1200000000100000004>: <@1200000000300000005>
    • By hand: <@1200000000300000005>
    ");
    let menus = &seen.message.as_ref().unwrap().components;
    let chosen = |at: usize| menus[at]["components"][0]["default_values"].as_array().unwrap().len();
    assert_eq!((chosen(0), chosen(1)), (2, 1), "what is chosen is chosen when the menu opens again");

    // One role of two for the same right; the same person keeps it through the other and by hand.
    hears_roles(&bot, user::HELPER, &[role::MANAGER]).await;
    assert_eq!(rights(&bot, HARBOUR, user::HELPER).await, ["manager hand", "manager role"]);
    hears_roles(&bot, user::HELPER, &[]).await;
    assert_eq!(rights(&bot, HARBOUR, user::HELPER).await, ["manager hand"]);

    // A role gives nothing any more; a role is gone.
    hears_roles(&bot, user::HELPER, &[role::SUPPORT]).await;
    chooses(&bot, "roles", "manager", &[role::MANAGER]).await;
    assert_eq!(rights(&bot, HARBOUR, user::HELPER).await, ["crt role", "manager hand"]);
    bot.hears("GUILD_ROLE_DELETE", json!({"role_id": role::SUPPORT})).await;
    assert_eq!(rights(&bot, HARBOUR, user::HELPER).await, ["manager hand"]);
    let seen = bot.press(&opens(&bot).await, "1:staff.page:crt", &[]).await;
    assert!(seen.text().ends_with("Nobody has this right."), "{}", seen.text());
    let seen = chooses(&bot, "people", "manager", &[]).await;
    assert!(seen.text().contains(&format!("✅ Removed: <@{}>. It ended at once.", user::HELPER)), "{}", seen.text());
    assert_eq!(rights(&bot, HARBOUR, user::HELPER).await, [""; 0]);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn of_two_who_choose_at_once_nobody_undoes_the_other_unseen() {
    let bot = Bot::alone().await;
    let page = async |who| {
        let setup = bot.command(who, channel::STAFF, "setup", json!({"part": "staff"})).await;
        bot.press(&setup, "1:staff.page:crt", &[]).await
    };
    let [first, second] = [page(user::ADMIN).await, page(user::ADMIN).await];
    let owner = chooses_on(&bot, &page(user::OWNER).await, "roles", &[role::CRT]).await;
    chooses_on(&bot, &owner, "people", &[user::HELPER]).await;
    let refused = "⚠️ Somebody else changed this while your menu was open, so nothing of yours was done.";
    for (page, kind, id) in [(&first, "roles", role::SUPPORT), (&second, "people", user::MEMBER)] {
        let seen = chooses_on(&bot, page, kind, &[id]).await;
        assert!(seen.text().contains(refused), "{}", seen.text());
        assert!(seen.text().contains(&format!("By the role <@&{}>", role::CRT)), "as it is now: {}", seen.text());
    }
    assert_eq!(bot.rows("admin_actions", "guild_id", HARBOUR).await.len(), 2);
    // With what the new page shows it is done.
    let seen = chooses_on(&bot, &page(user::ADMIN).await, "roles", &[role::CRT, role::SUPPORT]).await;
    assert!(seen.text().contains(&format!("✅ Added: <@&{}>.", role::SUPPORT)), "{}", seen.text());
    // A menu of a version that did not say what it shows.
    let old = bot.forged_in(HARBOUR, user::OWNER, channel::STAFF, "1:staff.page:crt:roles").await;
    assert!(old["data"]["embeds"][0]["description"].as_str().unwrap().starts_with(refused), "{old}");
    assert_eq!(bot.rows("staff_roles", "guild_id", HARBOUR).await.len(), 2);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn who_is_taken_out_by_name_and_has_the_role_is_said_to_have_it_still() {
    let bot = Bot::alone().await;
    chooses(&bot, "roles", "manager", &[role::SUPPORT]).await;
    bot.ticks(now()).await;
    chooses(&bot, "people", "manager", &[user::HELPER, user::MEMBER]).await;
    assert_eq!(rights(&bot, HARBOUR, user::HELPER).await, ["manager hand", "manager role"]);
    let seen = chooses(&bot, "people", "manager", &[]).await;
    let lines: Vec<String> = seen.text().lines().skip(1).take(2).map(str::to_owned).collect();
    assert_eq!(
        lines,
        [
            format!("✅ Removed: <@{}>. It ended at once.", user::MEMBER),
            format!(
                "⚠️ <@{}> is no longer named here, and still has this right by <@&{}>: it ends when they lose the role.",
                user::HELPER,
                role::SUPPORT
            )
        ]
    );
    assert_eq!(rights(&bot, HARBOUR, user::HELPER).await, ["manager role"]);
    // A role goes, and who has the right by another one keeps it.
    chooses(&bot, "people", "manager", &[user::HELPER]).await;
    let seen = chooses(&bot, "roles", "manager", &[]).await;
    let said = format!("✅ Removed: <@&{}>. Who has this right in no other way has lost it at once.", role::SUPPORT);
    assert!(seen.text().contains(&said), "{}", seen.text());
    assert_eq!(rights(&bot, HARBOUR, user::HELPER).await, ["manager hand"]);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn what_no_event_told_is_found_within_five_minutes() {
    let bot = Bot::alone().await;
    let by_hand: Vec<Id> = (0..39).map(|number| bot.new_member(&format!("Helper {number}"))).collect();
    for (right, some) in [("manager", &by_hand[..20]), ("crt", &by_hand[20..])] {
        chooses(&bot, "people", right, some).await;
    }
    chooses(&bot, "roles", "crt", &[role::CRT]).await;
    let start = now();
    bot.ticks(start).await;
    let count = async || bot.rows("staff", "guild_id", HARBOUR).await.len();
    assert_eq!(count().await, 40);
    // The relay hears nothing of it.
    for who in &by_hand[1..] {
        bot.world.discord.leave(HARBOUR, *who).unwrap();
    }
    bot.world.discord.set_roles(HARBOUR, user::RESPONDER, &[]).unwrap();
    for minutes in 1..=5 {
        bot.app.scheduled(start + TimeDelta::minutes(minutes)).await.unwrap();
        bot.ticks(start + TimeDelta::minutes(minutes)).await;
    }
    assert_eq!(count().await, 1, "who is there stays");
    assert_eq!(rights(&bot, HARBOUR, by_hand[0]).await, ["manager hand"]);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn who_leaves_has_no_right_whoever_gave_it_and_a_guild_out_of_sight_changes_nothing() {
    let bot = Bot::alone().await;
    let robin = bot.new_member("Robin");
    let elsewhere = seed::LIGHTHOUSE;
    for guild in [HARBOUR, elsewhere] {
        let row = json!({"guild_id": guild, "user_id": robin, "role": "admin"});
        bot.cx().supabase.insert("staff", &[row], None).await.unwrap();
    }
    bot.ticks(now()).await;
    assert_eq!(rights(&bot, HARBOUR, robin).await, ["admin operator"]);
    bot.world.discord.leave(HARBOUR, robin).unwrap();

    // Discord is down: nobody loses a right for that.
    let path = format!("GET /api/v10/guilds/{HARBOUR}/members/{robin}");
    bot.world.shared.break_with(Fault::status(Face::Discord, &path, 500));
    bot.ticks(after_minutes(5)).await;
    assert_eq!(rights(&bot, HARBOUR, robin).await, ["admin operator"]);
    bot.world.shared.mend();
    bot.ticks(after_minutes(70)).await;
    assert_eq!(rights(&bot, HARBOUR, robin).await, [""; 0]);
    assert_eq!(rights(&bot, elsewhere, robin).await, ["admin operator"], "the bot cannot see that guild");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_daily_comparison_gives_what_no_event_gave() {
    let bot = Bot::alone().await;
    chooses(&bot, "roles", "crt", &[role::CRT]).await;
    bot.ticks(now()).await;
    bot.world.discord.set_roles(HARBOUR, user::HELPER, &[role::CRT]).unwrap();
    bot.ticks(after_minutes(23 * 60)).await;
    assert_eq!(rights(&bot, HARBOUR, user::HELPER).await, [""; 0]);
    bot.ticks(after_minutes(25 * 60)).await;
    assert_eq!(rights(&bot, HARBOUR, user::HELPER).await, ["crt role"]);

    let list = format!("GET /api/v10/guilds/{HARBOUR}/members");
    let refused = Some(json!({"code": 50_001, "message": "Missing Access"}));
    bot.world.shared.break_with(Fault { body: refused, ..Fault::status(Face::Discord, &list, 403) });
    bot.ticks(after_minutes(50 * 60)).await;
    let seen = opens(&bot).await;
    assert!(seen.text().contains("⚠️ Discord does not let me list the members"), "{}", seen.text());
    assert_eq!(rights(&bot, HARBOUR, user::HELPER).await, ["crt role"], "no list is no loss");
    bot.world.shared.mend();
    bot.ticks(after_minutes(75 * 60)).await;
    assert!(!opens(&bot).await.text().contains("⚠️"));
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn the_roles_of_crisis_care_are_offered_for_care() {
    let bot = Bot::alone().await;
    bot.chooses("crisis.crt_role", json!(role::CRT)).await;
    chooses(&bot, "roles", "crt", &[role::SUPPORT]).await;
    let seen = bot.press(&opens(&bot).await, "1:staff.page:crt", &[]).await;
    let said = format!("<@&{}> read alerts in Discord already, as `/setup` → crisis says.", role::CRT);
    assert!(seen.text().contains(&said), "{}", seen.text());
    let seen = bot.press(&seen, "1:staff.page:crt:team", &[]).await;
    assert!(seen.text().contains(&format!("✅ Added: <@&{}>.", role::CRT)), "{}", seen.text());
    assert!(!seen.text().contains("already, as"), "{}", seen.text());
    bot.ticks(now()).await;
    assert_eq!(rights(&bot, HARBOUR, user::RESPONDER).await, ["crt role"]);
    assert_eq!(rights(&bot, HARBOUR, user::HELPER).await, ["crt role"], "the others keep it");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn only_who_manages_the_server_decides_and_never_for_everyone() {
    let bot = Bot::alone().await;
    for id in
        ["staff.page", "staff.page:crt", "staff.page:admin:roles", "staff.page:admin:people", "staff.page:crt:team"]
    {
        let answer = bot.forged_in(HARBOUR, user::RESPONDER, channel::STAFF, &format!("1:{id}")).await;
        let said = &answer["data"]["embeds"][0]["description"];
        assert_eq!(said, "You need the permission **Manage Server** for this.", "{id}");
    }
    let page = bot.press(&opens(&bot).await, "1:staff.page:admin", &[]).await;
    let seen = chooses_on(&bot, &page, "roles", &[HARBOUR]).await;
    assert_eq!(seen.text(), "@everyone cannot be staff. Please choose roles that only your team has.");
    assert_eq!(bot.rows("admin_actions", "guild_id", HARBOUR).await, [Value::Null; 0]);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_right_belongs_to_whoever_discord_says_they_are() {
    let bot = Bot::alone().await;
    chooses(&bot, "people", "crt", &[user::RESPONDER]).await;
    let says_so = json!({"provider_id": user::RESPONDER, "sub": user::RESPONDER, "role": "admin"});
    let liar = Account::new(&bot, None, says_so.clone()).await;
    assert_eq!(liar.claims().await, Value::Null);
    assert_eq!(liar.sees().await, Value::Null);
    let somebody = Account::new(&bot, Some(user::MEMBER), says_so).await;
    assert_eq!(somebody.claims().await, json!({"linked": 0, "elsewhere": 0}));
    assert_eq!(somebody.sees().await, Value::Null);

    let responder = Account::new(&bot, Some(user::RESPONDER), json!({})).await;
    assert_eq!(responder.sees().await, Value::Null, "the row was there before the account");
    assert_eq!(responder.claims().await, json!({"linked": 1, "elsewhere": 0}));
    assert_eq!(responder.claims().await, json!({"linked": 0, "elsewhere": 0}));
    assert_eq!(responder.sees().await, json!(["crt"]));

    // What the operator gave to an account with a password stays with that one, and is said.
    let password = Account::new(&bot, None, json!({})).await;
    let row = json!({"guild_id": HARBOUR, "user_id": user::RESPONDER, "role": "admin", "auth_user_id": password.id});
    bot.cx().supabase.insert("staff", &[row], None).await.unwrap();
    assert_eq!(responder.claims().await, json!({"linked": 0, "elsewhere": 1}));
    assert_eq!((responder.sees().await, password.sees().await), (json!(["crt"]), json!(["admin"])));
    // Until that account is deleted.
    let mut database = PgConnection::connect(bot.database_url()).await.unwrap();
    let gone = format!("delete from auth.users where id = '{}'", password.id);
    sqlx::raw_sql(AssertSqlSafe(gone)).execute(&mut database).await.unwrap();
    assert_eq!(responder.claims().await, json!({"linked": 1, "elsewhere": 0}));
    assert_eq!(responder.sees().await, json!(["admin", "crt"]));

    // The same Discord user has a new account: the old one has no right any more, at the latest with the next look.
    let moved = format!(
        "with made as (insert into auth.users default values returning id)
        update auth.identities set user_id = made.id from made where provider_id = '{}' returning made.id::text",
        user::RESPONDER
    );
    let id: String = sqlx::query_scalar(AssertSqlSafe(moved)).fetch_one(&mut database).await.unwrap();
    let new = Account { bot: &bot, id };
    hears_roles(&bot, user::RESPONDER, &[role::CRT]).await;
    assert_eq!((responder.sees().await, new.sees().await), (json!(["admin"]), json!(["crt"])));
    bot.assert_nothing_unexpected();
}
