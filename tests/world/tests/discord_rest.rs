//! Messages over REST, proved with twilight-http (which nobody here wrote) and, for what a typed client cannot send, with plain requests.

mod support;

use support::{bot, id, plain, refusal, world};

use serde_json::{Value, json};
use twilight_model::{
    channel::message::{AllowedMentions, MentionType},
    id::Id,
};
use world::{
    defaults,
    face::Face,
    seed::{channel, role, user},
};

#[tokio::test]
async fn a_message_is_made_read_edited_and_deleted() {
    let (discord, client) = world().await;
    let general = id(channel::GENERAL);
    let made = client.create_message(general).content("hello").await.unwrap().model().await.unwrap();
    assert_eq!(made.author.id.get(), bot().0);
    let read = client.message(general, made.id).await.unwrap().model().await.unwrap();
    assert_eq!(read.content, "hello");
    client.update_message(general, made.id).content(Some("changed")).await.unwrap();
    let seen = discord.messages_seen_by(channel::GENERAL, user::MEMBER);
    assert_eq!(seen.last().unwrap().content, "changed");
    assert!(seen.last().unwrap().edited_timestamp.is_some());
    let reaction = twilight_http::request::channel::reaction::RequestReactionType::Unicode { name: "\u{1F44D}" };
    client.create_reaction(general, made.id, &reaction).await.unwrap();
    assert_eq!(client.reactions(general, made.id, &reaction).await.unwrap().models().await.unwrap().len(), 1);
    client.create_pin(general, made.id).await.unwrap();
    client.delete_message(general, made.id).await.unwrap();
    assert_eq!(refusal(&client.message(general, made.id).await.unwrap_err()), (404, 10008));
    assert_eq!(discord.unexpected(), Vec::<String>::new());
}

#[tokio::test]
async fn history_is_paged_newest_first() {
    let (discord, client) = world().await;
    let ids: Vec<u64> = (0..5)
        .map(|at| discord.send_message(channel::GENERAL, user::MEMBER, &format!("{at}"), None).unwrap().id.0)
        .collect();
    let general = id(channel::GENERAL);
    let text = |all: Vec<twilight_model::channel::Message>| all.into_iter().map(|one| one.content).collect::<Vec<_>>();
    let all = client.channel_messages(general).await.unwrap().models().await.unwrap();
    assert_eq!(text(all), ["4", "3", "2", "1", "0"]);
    let before = client.channel_messages(general).before(Id::new(ids[3])).limit(2).await.unwrap();
    assert_eq!(text(before.models().await.unwrap()), ["2", "1"]);
    let after = client.channel_messages(general).after(Id::new(ids[1])).limit(2).await.unwrap();
    assert_eq!(text(after.models().await.unwrap()), ["3", "2"]);
    let around = client.channel_messages(general).around(Id::new(ids[2])).limit(3).await.unwrap();
    assert_eq!(text(around.models().await.unwrap()), ["3", "2", "1"]);
}

#[tokio::test]
async fn the_way_in_is_checked() {
    let (discord, client) = world().await;
    let url = format!("{}/api/v10/users/@me", discord.options.public_base_url);
    let http = reqwest::Client::new();
    let agent = "DiscordBot (https://example.invalid, 1.0)";
    let status = http.get(&url).header("user-agent", agent).send().await.unwrap().status().as_u16();
    assert_eq!(status, 401);
    let right = format!("Bot {}", defaults::BOT_TOKEN);
    for agent in ["curl/8", "DiscordBot", "DiscordBot (https://example.invalid)"] {
        let asked = http.get(&url).header("authorization", &right).header("user-agent", agent);
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 403);
        let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(body["code"], 40333);
    }
    assert_eq!(client.current_user().await.unwrap().model().await.unwrap().id.get(), bot().0);
    assert_eq!(client.gateway().authed().await.unwrap().model().await.unwrap().url, discord.gateway_url());
    assert_eq!(plain(&discord, "GET", "/nonsense", None).await, (404, json!({"code": 0, "message": "404: Not Found"})));
    assert_eq!(discord.unexpected(), ["no route: GET /nonsense"]);
    let hidden = discord.shared.recorded(Face::Discord);
    assert!(hidden.iter().any(|one| one.path == "/api/v10/nonsense" && one.status == 404));
}

#[tokio::test]
async fn wrong_forms_name_the_wrong_field() {
    let (discord, _) = world().await;
    let path = format!("/channels/{}/messages", channel::GENERAL);
    let button = |id: &str| json!({"type": 2, "style": 1, "label": "x", "custom_id": id});
    let row = |inside: Vec<Value>| json!({"components": [{"type": 1, "components": inside}]});
    let cases = [
        (json!({"content": "x".repeat(2_001)}), "/errors/content"),
        (json!({"embeds": [{"title": "x".repeat(257)}]}), "/errors/embeds/0/title"),
        (json!({"embeds": [{"fields": [{"name": "", "value": "x"}]}]}), "/errors/embeds/0/fields/0/name"),
        (
            json!({"embeds": [{"description": "x".repeat(4_000)}, {"description": "x".repeat(2_001)}]}),
            "/errors/embeds/_errors",
        ),
        (json!({"embeds": vec![json!({"title": "x"}); 11]}), "/errors/embeds/_errors"),
        (row(vec![button("a"), button("a")]), "/errors/components/0/components/1/custom_id"),
        (row(vec![button(&"x".repeat(101))]), "/errors/components/0/components/0/custom_id"),
        (row((0..6).map(|at| button(&at.to_string())).collect()), "/errors/components/0/components"),
        (json!({"content": "x", "nonce": "x".repeat(26)}), "/errors/nonce"),
        (json!({"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}), "/errors/allowed_mentions"),
        (json!({"content": "x", "flags": 1 << 15}), "/errors/content"),
        (json!({"content": "x", "flags": 64}), "/errors/flags"),
        (json!({"content": "x", "message_reference": {"message_id": "1"}}), "/errors/message_reference"),
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
    let one_role = AllowedMentions { roles: vec![id(role::CRT)], ..AllowedMentions::default() };
    let named = send(one_role).await;
    assert_eq!(named.mention_roles.len(), 1);
    assert!(named.mentions.is_empty() && !named.mention_everyone);
    let everybody = AllowedMentions {
        parse: vec![MentionType::Everyone, MentionType::Roles, MentionType::Users],
        ..AllowedMentions::default()
    };
    let all = send(everybody).await;
    assert!(all.mention_everyone && all.mentions.len() == 1 && all.mention_roles.len() == 1);
    let default = client.create_message(monitor).content(&text).await.unwrap().model().await.unwrap();
    assert!(default.mention_everyone, "without the field everything is parsed");
    // The bot may ping everyone in Harbour by its own role; a member may not.
    let member = discord.send_message(channel::GENERAL, user::MEMBER, "@everyone", None).unwrap();
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
    let header = |name: &str| refused.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
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
    let dm = client.create_private_channel(id(user::MEMBER)).await.unwrap().model().await.unwrap();
    client.create_message(dm.id).content("hello").await.unwrap();
    assert_eq!(discord.messages_seen_by(discord.dm_of(user::MEMBER).unwrap(), user::MEMBER).len(), 1);
    assert!(discord.messages_seen_by(discord.dm_of(user::MEMBER).unwrap(), user::OWNER).is_empty());
    discord.close_dms(user::MEMBER, true);
    let closed = client.create_message(dm.id).content("hello?").await.unwrap_err();
    assert_eq!(refusal(&closed), (403, 50007));
    let stranger = discord.add_user("Stranger");
    let dm = client.create_private_channel(id(stranger)).await.unwrap().model().await.unwrap();
    let refused = client.create_message(dm.id).content("hello?").await.unwrap_err();
    assert_eq!(refusal(&refused), (403, 50278));
}

#[tokio::test]
async fn files_are_taken_and_can_be_fetched() {
    let (discord, client) = world().await;
    let file =
        twilight_model::http::attachment::Attachment::from_bytes("report.csv".to_owned(), b"a,b\n1,2\n".to_vec(), 1);
    let made = client.create_message(id(channel::GENERAL)).content("here").attachments(&[file]).await.unwrap();
    let made = made.model().await.unwrap();
    assert_eq!((made.attachments[0].filename.as_str(), made.attachments[0].size), ("report.csv", 8));
    let fetched = reqwest::get(&made.attachments[0].url).await.unwrap().text().await.unwrap();
    assert_eq!(fetched, "a,b\n1,2\n");
    assert_eq!(discord.messages(channel::GENERAL)[0].attachments.len(), 1);
}
