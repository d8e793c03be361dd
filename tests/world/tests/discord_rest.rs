//! REST, proved with twilight-http (which nobody here wrote) and, for what a typed client cannot send, with plain requests.

use std::sync::Arc;

use serde_json::{Value, json};
use twilight_http::{Client, api_error::ApiError, error::ErrorType};
use twilight_model::{
    application::command::{Command, CommandOptionType},
    channel::{
        ChannelType,
        message::{AllowedMentions, MentionType},
        permission_overwrite::{PermissionOverwrite as Overwrite, PermissionOverwriteType as OverwriteType},
        thread::AutoArchiveDuration,
    },
    guild::Permissions,
    http::permission_overwrite::{PermissionOverwrite, PermissionOverwriteType},
    id::Id,
};
use world::{
    defaults,
    discord::{self, Discord, permissions as may},
    face::Face,
    seed::{HARBOUR, channel, role, user},
};

async fn world() -> (Arc<Discord>, Client) {
    let discord = Discord::alone().await.unwrap();
    let host = discord.options.public_base_url.trim_start_matches("http://").to_owned();
    let client = Client::builder()
        .token(defaults::BOT_TOKEN.to_owned())
        .proxy(host, true)
        .ratelimiter(None)
        .build();
    (discord, client)
}

fn id<T>(id: discord::Id) -> Id<T> {
    Id::new(id.0)
}

fn bot() -> discord::Id {
    discord::Id(defaults::APPLICATION_ID.parse().unwrap())
}

/// The status and Discord's own code of a refusal.
fn refusal(error: &twilight_http::Error) -> (u16, u64) {
    match error.kind() {
        ErrorType::Response {
            error: ApiError::General(general),
            status,
            ..
        } => (status.get(), general.code),
        other => panic!("not a refusal: {other:?}"),
    }
}

/// A plain request, as any other client would send it.
async fn plain(discord: &Discord, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
    let url = format!("{}/api/v10{path}", discord.options.public_base_url);
    let mut request = reqwest::Client::new()
        .request(method.parse().unwrap(), url)
        .header("authorization", format!("Bot {}", defaults::BOT_TOKEN))
        .header("user-agent", "DiscordBot (https://example.invalid, 1.0)");
    if let Some(body) = body {
        request = request
            .header("content-type", "application/json")
            .body(body.to_string());
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

#[tokio::test]
async fn a_message_is_made_read_edited_and_deleted() {
    let (discord, client) = world().await;
    let general = id(channel::GENERAL);
    let made = client
        .create_message(general)
        .content("hello")
        .await
        .unwrap()
        .model()
        .await
        .unwrap();
    assert_eq!(made.author.id.get(), bot().0);
    let read = client.message(general, made.id).await.unwrap().model().await.unwrap();
    assert_eq!(read.content, "hello");
    client
        .update_message(general, made.id)
        .content(Some("changed"))
        .await
        .unwrap();
    let seen = discord.messages_seen_by(channel::GENERAL, user::MEMBER);
    assert_eq!(seen.last().unwrap().content, "changed");
    assert!(seen.last().unwrap().edited_timestamp.is_some());
    let reaction = twilight_http::request::channel::reaction::RequestReactionType::Unicode { name: "\u{1F44D}" };
    client.create_reaction(general, made.id, &reaction).await.unwrap();
    assert_eq!(
        client
            .reactions(general, made.id, &reaction)
            .await
            .unwrap()
            .models()
            .await
            .unwrap()
            .len(),
        1
    );
    client.create_pin(general, made.id).await.unwrap();
    client.delete_message(general, made.id).await.unwrap();
    assert_eq!(
        refusal(&client.message(general, made.id).await.unwrap_err()),
        (404, 10008)
    );
    assert_eq!(discord.unexpected(), Vec::<String>::new());
}

#[tokio::test]
async fn history_is_paged_newest_first() {
    let (discord, client) = world().await;
    let ids: Vec<u64> = (0..5)
        .map(|at| {
            discord
                .send_message(channel::GENERAL, user::MEMBER, &format!("{at}"), None)
                .unwrap()
                .id
                .0
        })
        .collect();
    let general = id(channel::GENERAL);
    let text = |all: Vec<twilight_model::channel::Message>| all.into_iter().map(|one| one.content).collect::<Vec<_>>();
    let all = client.channel_messages(general).await.unwrap().models().await.unwrap();
    assert_eq!(text(all), ["4", "3", "2", "1", "0"]);
    let before = client
        .channel_messages(general)
        .before(Id::new(ids[3]))
        .limit(2)
        .await
        .unwrap();
    assert_eq!(text(before.models().await.unwrap()), ["2", "1"]);
    let after = client
        .channel_messages(general)
        .after(Id::new(ids[1]))
        .limit(2)
        .await
        .unwrap();
    assert_eq!(text(after.models().await.unwrap()), ["3", "2"]);
    let around = client
        .channel_messages(general)
        .around(Id::new(ids[2]))
        .limit(3)
        .await
        .unwrap();
    assert_eq!(text(around.models().await.unwrap()), ["3", "2", "1"]);
}

#[tokio::test]
async fn a_private_channel_is_hidden_from_all_but_those_named() {
    let (discord, client) = world().await;
    let see = Permissions::VIEW_CHANNEL | Permissions::SEND_MESSAGES | Permissions::READ_MESSAGE_HISTORY;
    let overwrite = |of, kind, allow, deny| Overwrite {
        allow,
        deny,
        id: id(of),
        kind,
    };
    let nothing = Permissions::empty();
    let overwrites = [
        overwrite(HARBOUR, OverwriteType::Role, nothing, Permissions::VIEW_CHANNEL),
        overwrite(user::MEMBER, OverwriteType::Member, see, nothing),
        overwrite(role::SUPPORT, OverwriteType::Role, see, nothing),
        overwrite(bot(), OverwriteType::Member, see, nothing),
    ];
    let made = client
        .create_guild_channel(id(HARBOUR), "Ticket 1")
        .kind(ChannelType::GuildText)
        .parent_id(id(channel::SUPPORT))
        .permission_overwrites(&overwrites)
        .await
        .unwrap()
        .model()
        .await
        .unwrap();
    assert_eq!(made.name.as_deref(), Some("ticket-1"));
    let ticket = discord::Id(made.id.get());
    assert!(discord.can(user::MEMBER, ticket, may::SEND_MESSAGES));
    assert!(discord.can(user::HELPER, ticket, may::VIEW_CHANNEL));
    assert!(!discord.can(user::SECOND_MEMBER, ticket, may::VIEW_CHANNEL));
    assert!(discord.can(user::ADMIN, ticket, may::VIEW_CHANNEL));
    discord.send_message(ticket, user::MEMBER, "hello", None).unwrap();
    assert!(
        discord
            .send_message(ticket, user::SECOND_MEMBER, "hello", None)
            .is_err()
    );
    // Support loses it again.
    let change = PermissionOverwrite {
        allow: None,
        deny: Some(Permissions::VIEW_CHANNEL),
        id: id(role::SUPPORT),
        kind: PermissionOverwriteType::Role,
    };
    client.update_channel_permission(made.id, &change).await.unwrap();
    assert!(!discord.can(user::HELPER, ticket, may::VIEW_CHANNEL));
    client.update_channel(made.id).name("closed").await.unwrap();
    assert_eq!(discord.channel(ticket).unwrap().name, "closed");
    client.delete_channel(made.id).await.unwrap();
    assert!(discord.channel(ticket).is_none());
}

#[tokio::test]
async fn the_bot_sets_only_bits_that_it_holds() {
    let (discord, _) = world().await;
    let path = format!("/guilds/{HARBOUR}/channels");
    let with = |allow: u64| {
        json!({"name": "x", "type": 0, "permission_overwrites": [
            {"id": user::MEMBER, "type": 1, "allow": allow.to_string(), "deny": "0"},
        ]})
    };
    let (status, body) = plain(&discord, "POST", &path, Some(with(may::BAN_MEMBERS))).await;
    assert_eq!((status, &body["code"]), (403, &json!(50013)));
    let (status, _) = plain(&discord, "POST", &path, Some(with(may::MANAGE_ROLES))).await;
    assert_eq!(status, 403, "MANAGE_ROLES in an overwrite needs ADMINISTRATOR");
    let (status, _) = plain(&discord, "POST", &path, Some(with(may::VIEW_CHANNEL))).await;
    assert_eq!(status, 201);
}

#[tokio::test]
async fn a_category_holds_fifty_channels_and_a_guild_five_hundred() {
    let (discord, _) = world().await;
    let path = format!("/guilds/{HARBOUR}/channels");
    let inside = json!({"name": "ticket", "type": 0, "parent_id": channel::SUPPORT});
    for _ in 0..49 {
        assert_eq!(plain(&discord, "POST", &path, Some(inside.clone())).await.0, 201);
    }
    let (status, body) = plain(&discord, "POST", &path, Some(inside)).await;
    assert_eq!((status, &body["code"]), (400, &json!(50035)));
    let code = &body["errors"]["parent_id"]["_errors"][0]["code"];
    assert_eq!(code, "CHANNEL_PARENT_MAX_CHANNELS");
    let outside = json!({"name": "more", "type": 0});
    let there = discord.channels(HARBOUR).iter().filter(|one| !one.is_thread()).count();
    for _ in there..500 {
        assert_eq!(plain(&discord, "POST", &path, Some(outside.clone())).await.0, 201);
    }
    let (status, body) = plain(&discord, "POST", &path, Some(outside)).await;
    assert_eq!((status, &body["code"]), (400, &json!(30013)));
}

#[tokio::test]
async fn threads_are_made_joined_archived_and_locked() {
    let (discord, client) = world().await;
    let message = discord
        .send_message(channel::GENERAL, user::MEMBER, "start", None)
        .unwrap();
    let public = client
        .create_thread_from_message(id(channel::GENERAL), id(message.id), "Talk")
        .auto_archive_duration(AutoArchiveDuration::Day)
        .await
        .unwrap()
        .model()
        .await
        .unwrap();
    assert_eq!(public.id.get(), message.id.0);
    let private = client
        .create_thread(id(channel::GENERAL), "Quiet", ChannelType::PrivateThread)
        .invitable(false)
        .await
        .unwrap()
        .model()
        .await
        .unwrap();
    let quiet = discord::Id(private.id.get());
    assert!(!discord.can(user::MEMBER, quiet, may::VIEW_CHANNEL));
    client.add_thread_member(private.id, id(user::MEMBER)).await.unwrap();
    assert!(discord.can(user::MEMBER, quiet, may::VIEW_CHANNEL));
    discord.send_message(quiet, user::MEMBER, "here", None).unwrap();
    assert!(
        discord
            .send_message(quiet, user::SECOND_MEMBER, "let me in", None)
            .is_err()
    );
    client
        .update_thread(private.id)
        .archived(true)
        .locked(true)
        .await
        .unwrap();
    assert!(discord.send_message(quiet, user::MEMBER, "still?", None).is_err());
    let active = client.active_threads(id(HARBOUR)).await.unwrap().model().await.unwrap();
    assert!(active.threads.iter().all(|one| one.id != private.id));
    client
        .update_thread(private.id)
        .archived(false)
        .locked(false)
        .await
        .unwrap();
    client.remove_thread_member(private.id, id(user::MEMBER)).await.unwrap();
    assert!(!discord.can(user::MEMBER, quiet, may::VIEW_CHANNEL));
}

#[tokio::test]
async fn commands_are_registered_and_checked() {
    let (discord, client) = world().await;
    let app = client.interaction(Id::new(bot().0));
    let made = app
        .create_global_command()
        .chat_input("ping", "Is it there?")
        .await
        .unwrap();
    let ping: Command = made.model().await.unwrap();
    assert_eq!(ping.options.len(), 0);
    let all = app.global_commands().await.unwrap().models().await.unwrap();
    assert_eq!(all.len(), 1);
    let ticket = json!([{"name": "ticket", "description": "Tickets", "options": [
        {"type": 1, "name": "close", "description": "Close it", "options": [
            {"type": 3, "name": "reason", "description": "Why", "required": true}]}]},
        {"name": "Audit", "type": 3}]);
    let path = format!("/applications/{}/guilds/{HARBOUR}/commands", bot());
    let (status, stored) = plain(&discord, "PUT", &path, Some(ticket)).await;
    assert_eq!((status, stored.as_array().unwrap().len()), (200, 2));
    let typed: Vec<Command> = app.guild_commands(id(HARBOUR)).await.unwrap().models().await.unwrap();
    assert_eq!(typed[0].options[0].kind, CommandOptionType::SubCommand);
    for (wrong, at) in [
        (json!([{"name": "Ping Pong", "description": "x"}]), "/errors/0/name"),
        (json!([{"name": "ping"}]), "/errors/0/description"),
        (
            json!([{"name": "a", "description": "x"}, {"name": "a", "description": "y"}]),
            "/errors/1/name",
        ),
        (
            json!([{"name": "a", "description": "x", "options": [
            {"type": 3, "name": "one", "description": "x"}, {"type": 3, "name": "two", "description": "x", "required": true}]}]),
            "/errors/0/options/1",
        ),
        (
            json!([{"name": "a", "description": "x".repeat(101)}]),
            "/errors/0/description",
        ),
    ] {
        let (status, body) = plain(&discord, "PUT", &path, Some(wrong.clone())).await;
        assert_eq!((status, &body["code"]), (400, &json!(50035)), "{wrong}");
        assert!(body.pointer(at).is_some(), "{at} in {body}");
    }
    let many: Vec<Value> = (0..101)
        .map(|at| json!({"name": format!("c{at}"), "description": "x"}))
        .collect();
    let (status, body) = plain(&discord, "PUT", &path, Some(json!(many))).await;
    assert_eq!((status, &body["code"]), (400, &json!(30032)));
}

#[tokio::test]
async fn members_are_listed_searched_and_given_roles_below_the_bot() {
    let (discord, client) = world().await;
    let harbour = id(HARBOUR);
    let all = client
        .guild_members(harbour)
        .limit(1_000)
        .await
        .unwrap()
        .models()
        .await
        .unwrap();
    assert_eq!(all.len(), 10);
    let page = client
        .guild_members(harbour)
        .limit(3)
        .after(id(user::ADMIN))
        .await
        .unwrap()
        .models()
        .await
        .unwrap();
    let first: Vec<u64> = page.iter().map(|one| one.user.id.get()).collect();
    assert_eq!(first, [user::MANAGER.0, user::RESPONDER.0, user::HELPER.0]);
    let found = client
        .search_guild_members(harbour, "sec")
        .limit(5)
        .await
        .unwrap()
        .models()
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    client
        .add_guild_member_role(harbour, id(user::MEMBER), id(role::CRT))
        .await
        .unwrap();
    assert!(discord.can(user::MEMBER, channel::CRT_CRISIS, may::VIEW_CHANNEL));
    client
        .remove_guild_member_role(harbour, id(user::MEMBER), id(role::CRT))
        .await
        .unwrap();
    assert!(!discord.can(user::MEMBER, channel::CRT_CRISIS, may::VIEW_CHANNEL));
    let above = client
        .add_guild_member_role(harbour, id(user::MEMBER), id(role::ADMIN))
        .await
        .unwrap_err();
    assert_eq!(refusal(&above), (403, 50013));
    let nobody = client.guild_member(harbour, Id::new(5)).await.unwrap_err();
    assert_eq!(refusal(&nobody), (404, 10013));
    let made = client
        .create_role(harbour)
        .name("Helpers")
        .permissions(Permissions::empty())
        .await
        .unwrap();
    let made = made.model().await.unwrap();
    assert_eq!(made.name, "Helpers");
    client
        .add_guild_member_role(harbour, id(user::MEMBER), made.id)
        .await
        .unwrap();
}

#[tokio::test]
async fn the_way_in_is_checked() {
    let (discord, client) = world().await;
    let url = format!("{}/api/v10/users/@me", discord.options.public_base_url);
    let http = reqwest::Client::new();
    let agent = "DiscordBot (https://example.invalid, 1.0)";
    let status = http
        .get(&url)
        .header("user-agent", agent)
        .send()
        .await
        .unwrap()
        .status()
        .as_u16();
    assert_eq!(status, 401);
    let right = format!("Bot {}", defaults::BOT_TOKEN);
    for agent in ["curl/8", "DiscordBot", "DiscordBot (https://example.invalid)"] {
        let asked = http
            .get(&url)
            .header("authorization", &right)
            .header("user-agent", agent);
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 403);
        let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(body["code"], 40333);
    }
    assert_eq!(
        client.current_user().await.unwrap().model().await.unwrap().id.get(),
        bot().0
    );
    assert_eq!(
        client.gateway().authed().await.unwrap().model().await.unwrap().url,
        discord.gateway_url()
    );
    assert_eq!(
        plain(&discord, "GET", "/nonsense", None).await,
        (404, json!({"code": 0, "message": "404: Not Found"}))
    );
    assert_eq!(discord.unexpected(), ["no route: GET /nonsense"]);
    let hidden = discord.shared.recorded(Face::Discord);
    assert!(
        hidden
            .iter()
            .any(|one| one.path == "/api/v10/nonsense" && one.status == 404)
    );
}

#[tokio::test]
async fn wrong_forms_name_the_wrong_field() {
    let (discord, _) = world().await;
    let path = format!("/channels/{}/messages", channel::GENERAL);
    let button = |id: &str| json!({"type": 2, "style": 1, "label": "x", "custom_id": id});
    let row = |inside: Vec<Value>| json!({"components": [{"type": 1, "components": inside}]});
    let cases = [
        (json!({"content": "x".repeat(2_001)}), "/errors/content"),
        (
            json!({"embeds": [{"title": "x".repeat(257)}]}),
            "/errors/embeds/0/title",
        ),
        (
            json!({"embeds": [{"fields": [{"name": "", "value": "x"}]}]}),
            "/errors/embeds/0/fields/0/name",
        ),
        (
            json!({"embeds": [{"description": "x".repeat(4_000)}, {"description": "x".repeat(2_001)}]}),
            "/errors/embeds/_errors",
        ),
        (
            json!({"embeds": vec![json!({"title": "x"}); 11]}),
            "/errors/embeds/_errors",
        ),
        (
            row(vec![button("a"), button("a")]),
            "/errors/components/0/components/1/custom_id",
        ),
        (
            row(vec![button(&"x".repeat(101))]),
            "/errors/components/0/components/0/custom_id",
        ),
        (
            row((0..6).map(|at| button(&at.to_string())).collect()),
            "/errors/components/0/components",
        ),
        (json!({"content": "x", "nonce": "x".repeat(26)}), "/errors/nonce"),
        (
            json!({"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}),
            "/errors/allowed_mentions",
        ),
        (json!({"content": "x", "flags": 1 << 15}), "/errors/content"),
        (json!({"content": "x", "flags": 64}), "/errors/flags"),
        (
            json!({"content": "x", "message_reference": {"message_id": "1"}}),
            "/errors/message_reference",
        ),
    ];
    for (wrong, at) in cases {
        let (status, body) = plain(&discord, "POST", &path, Some(wrong.clone())).await;
        assert_eq!((status, &body["code"]), (400, &json!(50035)), "{at}");
        assert!(body.pointer(at).is_some(), "{at} in {body}");
    }
    assert_eq!(plain(&discord, "POST", &path, Some(json!({}))).await.1["code"], 50006);
    let (status, body) = plain(&discord, "POST", "/channels/5/messages", Some(json!({"content": "x"}))).await;
    assert_eq!((status, &body["code"]), (404, &json!(10003)));
    let (status, body) = plain(&discord, "GET", "/channels/abc", None).await;
    assert_eq!((status, &body["code"]), (400, &json!(50035)));
    assert!(discord.messages(channel::GENERAL).is_empty());
}

#[tokio::test]
async fn a_nonce_makes_one_message_of_two_posts_for_a_few_minutes() {
    let (discord, _) = world().await;
    let path = format!("/channels/{}/messages", channel::GENERAL);
    let post = |enforce: bool| json!({"content": "alert", "nonce": "m1", "enforce_nonce": enforce});
    let first = plain(&discord, "POST", &path, Some(post(true))).await.1;
    let second = plain(&discord, "POST", &path, Some(post(true))).await.1;
    assert_eq!(first["id"], second["id"]);
    assert_eq!(discord.messages(channel::GENERAL).len(), 1);
    plain(&discord, "POST", &path, Some(post(false))).await;
    assert_eq!(discord.messages(channel::GENERAL).len(), 2);
    discord.shared.advance(std::time::Duration::from_secs(600));
    plain(&discord, "POST", &path, Some(post(true))).await;
    assert_eq!(discord.messages(channel::GENERAL).len(), 3);
}

#[tokio::test]
async fn only_what_allowed_mentions_lets_through_is_pinged() {
    let (discord, client) = world().await;
    let text = format!("<@{}> <@&{}> @everyone", user::MEMBER, role::CRT);
    let monitor = id(channel::GENERAL);
    let send = |allowed: AllowedMentions| {
        let text = text.clone();
        let client = &client;
        async move {
            client
                .create_message(monitor)
                .content(&text)
                .allowed_mentions(Some(&allowed))
                .await
                .unwrap()
                .model()
                .await
                .unwrap()
        }
    };
    let none = send(AllowedMentions::default()).await;
    assert!(none.mentions.is_empty() && none.mention_roles.is_empty() && !none.mention_everyone);
    let one_role = AllowedMentions {
        roles: vec![id(role::CRT)],
        ..AllowedMentions::default()
    };
    let named = send(one_role).await;
    assert_eq!(named.mention_roles.len(), 1);
    assert!(named.mentions.is_empty() && !named.mention_everyone);
    let everybody = AllowedMentions {
        parse: vec![MentionType::Everyone, MentionType::Roles, MentionType::Users],
        ..AllowedMentions::default()
    };
    let all = send(everybody).await;
    assert!(all.mention_everyone && all.mentions.len() == 1 && all.mention_roles.len() == 1);
    let default = client
        .create_message(monitor)
        .content(&text)
        .await
        .unwrap()
        .model()
        .await
        .unwrap();
    assert!(default.mention_everyone, "without the field everything is parsed");
    // The bot may ping everyone in Harbour by its own role; a member may not.
    let member = discord
        .send_message(channel::GENERAL, user::MEMBER, "@everyone", None)
        .unwrap();
    assert!(!member.mention_everyone);
}

#[tokio::test]
async fn limits_are_enforced_when_they_are_set() {
    let (discord, _) = world().await;
    let path = format!("/channels/{}/messages", channel::GENERAL);
    discord.limit(&format!("POST {path}"), 2, 5_000);
    let body = || Some(json!({"content": "x"}));
    for _ in 0..2 {
        assert_eq!(plain(&discord, "POST", &path, body()).await.0, 200);
    }
    let url = format!("{}/api/v10{path}", discord.options.public_base_url);
    let refused = reqwest::Client::new()
        .post(url)
        .header("authorization", format!("Bot {}", defaults::BOT_TOKEN))
        .header("user-agent", "DiscordBot (https://example.invalid, 1.0)")
        .header("content-type", "application/json")
        .body(r#"{"content":"x"}"#)
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status().as_u16(), 429);
    let header = |name: &str| {
        refused
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    assert_eq!(header("x-ratelimit-scope").as_deref(), Some("user"));
    assert_eq!(header("x-ratelimit-remaining").as_deref(), Some("0"));
    assert!(header("retry-after").is_some() && header("x-ratelimit-bucket").is_some());
    let told: Value = serde_json::from_str(&refused.text().await.unwrap()).unwrap();
    assert!(told["retry_after"].as_f64().unwrap() <= 5.0);
    assert_eq!(told["global"], false);
    discord.shared.advance(std::time::Duration::from_secs(6));
    assert_eq!(plain(&discord, "POST", &path, body()).await.0, 200);
    discord.limit("", 1, 1_000);
    plain(&discord, "GET", "/users/@me", None).await;
    let (status, told) = plain(&discord, "GET", "/users/@me", None).await;
    assert_eq!((status, &told["global"]), (429, &json!(true)));
}

#[tokio::test]
async fn closed_dms_and_strangers_are_refused() {
    let (discord, client) = world().await;
    let dm = client
        .create_private_channel(id(user::MEMBER))
        .await
        .unwrap()
        .model()
        .await
        .unwrap();
    client.create_message(dm.id).content("hello").await.unwrap();
    assert_eq!(
        discord
            .messages_seen_by(discord.dm_of(user::MEMBER).unwrap(), user::MEMBER)
            .len(),
        1
    );
    assert!(
        discord
            .messages_seen_by(discord.dm_of(user::MEMBER).unwrap(), user::OWNER)
            .is_empty()
    );
    discord.close_dms(user::MEMBER, true);
    let closed = client.create_message(dm.id).content("hello?").await.unwrap_err();
    assert_eq!(refusal(&closed), (403, 50007));
    let stranger = discord.add_user("Stranger");
    let dm = client
        .create_private_channel(id(stranger))
        .await
        .unwrap()
        .model()
        .await
        .unwrap();
    let refused = client.create_message(dm.id).content("hello?").await.unwrap_err();
    assert_eq!(refusal(&refused), (403, 50278));
}

#[tokio::test]
async fn files_are_taken_and_can_be_fetched() {
    let (discord, client) = world().await;
    let file =
        twilight_model::http::attachment::Attachment::from_bytes("report.csv".to_owned(), b"a,b\n1,2\n".to_vec(), 1);
    let made = client
        .create_message(id(channel::GENERAL))
        .content("here")
        .attachments(&[file])
        .await
        .unwrap();
    let made = made.model().await.unwrap();
    assert_eq!(
        (made.attachments[0].filename.as_str(), made.attachments[0].size),
        ("report.csv", 8)
    );
    let fetched = reqwest::get(&made.attachments[0].url)
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert_eq!(fetched, "a,b\n1,2\n");
    assert_eq!(discord.messages(channel::GENERAL)[0].attachments.len(), 1);
}

#[tokio::test]
async fn channels_that_the_bot_does_not_see_are_closed_to_it() {
    let (discord, client) = world().await;
    let staff = id(channel::STAFF);
    let message = client
        .create_message(staff)
        .content("inside")
        .await
        .unwrap()
        .model()
        .await
        .unwrap();
    // Without its own overwrite the bot is like everyone else.
    client.delete_channel_permission(staff).member(id(bot())).await.unwrap();
    assert!(!discord.can(bot(), channel::STAFF, may::VIEW_CHANNEL));
    assert_eq!(refusal(&client.channel(staff).await.unwrap_err()), (403, 50001));
    assert_eq!(
        refusal(&client.message(staff, message.id).await.unwrap_err()),
        (403, 50001)
    );
    assert_eq!(
        refusal(&client.create_message(staff).content("x").await.unwrap_err()),
        (403, 50001)
    );
}
