//! Channels, permissions, threads, members and commands over REST, proved with twilight-http.

mod support;

use support::{bot, id, plain, refusal, world};

use serde_json::{Value, json};
use twilight_model::{
    application::command::{Command, CommandOptionType},
    channel::{
        ChannelType,
        permission_overwrite::{PermissionOverwrite as Overwrite, PermissionOverwriteType as OverwriteType},
        thread::AutoArchiveDuration,
    },
    guild::Permissions,
    http::permission_overwrite::{PermissionOverwrite, PermissionOverwriteType},
    id::Id,
};
use world::{
    discord::{self, Discord, permissions as may},
    seed::{HARBOUR, channel, role, user},
};

#[tokio::test]
async fn a_private_channel_is_hidden_from_all_but_those_named() {
    let (discord, client) = world().await;
    let see = Permissions::VIEW_CHANNEL | Permissions::SEND_MESSAGES | Permissions::READ_MESSAGE_HISTORY;
    let overwrite = |of, kind, allow, deny| Overwrite { allow, deny, id: id(of), kind };
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
    assert!(discord.send_message(ticket, user::SECOND_MEMBER, "hello", None).is_err());
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
    let message = discord.send_message(channel::GENERAL, user::MEMBER, "start", None).unwrap();
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
    assert!(discord.send_message(quiet, user::SECOND_MEMBER, "let me in", None).is_err());
    client.update_thread(private.id).archived(true).locked(true).await.unwrap();
    assert!(discord.send_message(quiet, user::MEMBER, "still?", None).is_err());
    let active = client.active_threads(id(HARBOUR)).await.unwrap().model().await.unwrap();
    assert!(active.threads.iter().all(|one| one.id != private.id));
    client.update_thread(private.id).archived(false).locked(false).await.unwrap();
    client.remove_thread_member(private.id, id(user::MEMBER)).await.unwrap();
    assert!(!discord.can(user::MEMBER, quiet, may::VIEW_CHANNEL));
}

#[tokio::test]
async fn who_is_pinged_in_a_thread_joins_it_if_they_see_the_channel_above() {
    let (discord, client) = world().await;
    let place = client.create_thread(id(channel::GENERAL), "Quiet", ChannelType::PrivateThread).invitable(false);
    let place = place.await.unwrap().model().await.unwrap().id;
    let quiet = discord::Id(place.get());
    let sees = |who| discord.can(who, quiet, may::VIEW_CHANNEL);
    let text = format!("<@{}> <@&{}>", user::MEMBER, role::SUPPORT);
    // Who is only named, and not pinged, stays outside.
    let nobody = twilight_model::channel::message::AllowedMentions::default();
    client.create_message(place).content(&text).allowed_mentions(Some(&nobody)).await.unwrap();
    assert!(!sees(user::MEMBER) && !sees(user::HELPER));
    client.create_message(place).content(&text).await.unwrap();
    assert!(sees(user::MEMBER) && sees(user::HELPER) && !sees(user::SECOND_MEMBER));
    // A member in it cannot bring others in where the thread is not open to invitations.
    discord.send_message(quiet, user::MEMBER, &format!("<@{}>", user::SECOND_MEMBER), None).unwrap();
    assert!(!sees(user::SECOND_MEMBER));
    let team = client.create_thread(id(channel::STAFF), "Team", ChannelType::PrivateThread);
    let team = team.await.unwrap().model().await.unwrap().id;
    client.create_message(team).content(&text).await.unwrap();
    assert!(!discord.can(user::MEMBER, discord::Id(team.get()), may::VIEW_CHANNEL), "they do not see #staff");
}

#[tokio::test]
async fn a_name_with_a_forbidden_word_is_refused_by_its_field() {
    let (discord, _) = world().await;
    discord.state().refused_names = vec!["ticket".to_owned()];
    let refused = |body: Value| body.pointer("/errors/name/_errors/0/code").is_some() && body["code"] == 50035;
    let channels = format!("/guilds/{HARBOUR}/channels");
    let (status, body) = plain(&discord, "POST", &channels, Some(json!({"name": "Ticket 1"}))).await;
    assert!(status == 400 && refused(body));
    let threads = format!("/channels/{}/threads", channel::GENERAL);
    let (status, body) = plain(&discord, "POST", &threads, Some(json!({"name": "ticket-1", "type": 12}))).await;
    assert!(status == 400 && refused(body));
    assert_eq!(plain(&discord, "POST", &channels, Some(json!({"name": "help"}))).await.0, 201);
}

#[tokio::test]
async fn commands_are_registered_and_checked() {
    let (discord, client) = world().await;
    let app = client.interaction(Id::new(bot().0));
    let made = app.create_global_command().chat_input("ping", "Is it there?").await.unwrap();
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
        (json!([{"name": "a", "description": "x"}, {"name": "a", "description": "y"}]), "/errors/1/name"),
        (
            json!([{"name": "a", "description": "x", "options": [
            {"type": 3, "name": "one", "description": "x"}, {"type": 3, "name": "two", "description": "x", "required": true}]}]),
            "/errors/0/options/1",
        ),
        (json!([{"name": "a", "description": "x".repeat(101)}]), "/errors/0/description"),
    ] {
        let (status, body) = plain(&discord, "PUT", &path, Some(wrong.clone())).await;
        assert_eq!((status, &body["code"]), (400, &json!(50035)), "{wrong}");
        assert!(body.pointer(at).is_some(), "{at} in {body}");
    }
    let many: Vec<Value> = (0..101).map(|at| json!({"name": format!("c{at}"), "description": "x"})).collect();
    let (status, body) = plain(&discord, "PUT", &path, Some(json!(many))).await;
    assert_eq!((status, &body["code"]), (400, &json!(30032)));
}

#[tokio::test]
async fn members_are_listed_searched_and_given_roles_below_the_bot() {
    let (discord, client) = world().await;
    let harbour = id(HARBOUR);
    let all = client.guild_members(harbour).limit(1_000).await.unwrap().models().await.unwrap();
    assert_eq!(all.len(), 10);
    let page = client.guild_members(harbour).limit(3).after(id(user::ADMIN)).await.unwrap().models().await.unwrap();
    let first: Vec<u64> = page.iter().map(|one| one.user.id.get()).collect();
    assert_eq!(first, [user::MANAGER.0, user::RESPONDER.0, user::HELPER.0]);
    let found = client.search_guild_members(harbour, "sec").limit(5).await.unwrap().models().await.unwrap();
    assert_eq!(found.len(), 1);
    client.add_guild_member_role(harbour, id(user::MEMBER), id(role::CRT)).await.unwrap();
    assert!(discord.can(user::MEMBER, channel::CRT_CRISIS, may::VIEW_CHANNEL));
    client.remove_guild_member_role(harbour, id(user::MEMBER), id(role::CRT)).await.unwrap();
    assert!(!discord.can(user::MEMBER, channel::CRT_CRISIS, may::VIEW_CHANNEL));
    let above = client.add_guild_member_role(harbour, id(user::MEMBER), id(role::ADMIN)).await.unwrap_err();
    assert_eq!(refusal(&above), (403, 50013));
    let nobody = client.guild_member(harbour, Id::new(5)).await.unwrap_err();
    assert_eq!(refusal(&nobody), (404, 10013));
    let made = client.create_role(harbour).name("Helpers").permissions(Permissions::empty()).await.unwrap();
    let made = made.model().await.unwrap();
    assert_eq!(made.name, "Helpers");
    client.add_guild_member_role(harbour, id(user::MEMBER), made.id).await.unwrap();
}

#[tokio::test]
async fn channels_that_the_bot_does_not_see_are_closed_to_it() {
    let (discord, client) = world().await;
    let staff = id(channel::STAFF);
    let message = client.create_message(staff).content("inside").await.unwrap().model().await.unwrap();
    // Without its own overwrite the bot is like everyone else.
    client.delete_channel_permission(staff).member(id(bot())).await.unwrap();
    assert!(!discord.can(bot(), channel::STAFF, may::VIEW_CHANNEL));
    assert_eq!(refusal(&client.channel(staff).await.unwrap_err()), (403, 50001));
    assert_eq!(refusal(&client.message(staff, message.id).await.unwrap_err()), (403, 50001));
    assert_eq!(refusal(&client.create_message(staff).content("x").await.unwrap_err()), (403, 50001));
}

#[tokio::test]
async fn a_quiet_thread_is_archived_and_a_message_opens_it_again() {
    let (discord, client) = world().await;
    discord.shared.advance(std::time::Duration::from_secs(8 * 86_400));
    let archived = |discord: &Discord| discord.channel(channel::BOOK_CLUB).unwrap().thread.unwrap().archived;
    client.guild(id(HARBOUR)).await.unwrap();
    assert!(archived(&discord));
    discord.send_message(channel::BOOK_CLUB, user::MEMBER, "still here", None).unwrap();
    assert!(!archived(&discord));
}
