//! Interactions in their two halves, and over HTTP with a Worker of a few lines: signatures, deadlines, ephemeral answers.

mod support;

use std::time::Duration;

use axum::{Json, Router, extract::State, http::HeaderMap, routing::post};
use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::{Value, json};
use support::{answer, app, ping, row, used, world_with_commands as world};
use twilight_model::{
    application::interaction::{Interaction, InteractionType},
    id::Id,
};
use world::{
    defaults,
    discord::{CommandUse, Outcome, Pending, interactions::NO_ANSWER},
    seed::{HARBOUR, channel, user},
};

fn verifies(pending: &Pending) -> bool {
    let header = |name: &str| &pending.headers.iter().find(|(one, _)| one == name).unwrap().1;
    let mut key = [0; 32];
    hex::decode_to_slice(defaults::discord_public_key(), &mut key).unwrap();
    let mut signature = [0; 64];
    hex::decode_to_slice(header("x-signature-ed25519"), &mut signature).unwrap();
    let signed = [header("x-signature-timestamp").as_bytes(), &pending.body].concat();
    let key = VerifyingKey::from_bytes(&key).unwrap();
    key.verify_strict(&signed, &Signature::from_bytes(&signature)).is_ok()
}

#[tokio::test]
async fn the_request_is_signed_and_twilight_reads_it() {
    let (discord, _) = world().await;
    let options = json!({"reason": "please", "for": user::SECOND_MEMBER, "level": "2"});
    let pending = discord.begin_command(&used(user::MEMBER, "ticket open", options)).unwrap();
    assert!(verifies(&pending));
    assert!(verifies(&discord.probe(true)));
    assert!(!verifies(&discord.probe(false)));
    let read: Interaction = serde_json::from_slice(&pending.body).unwrap();
    assert_eq!(read.kind, InteractionType::ApplicationCommand);
    assert_eq!(read.author_id().unwrap().get(), user::MEMBER.0);
    assert_eq!(read.guild_id.unwrap().get(), HARBOUR.0);
    let body: Value = serde_json::from_slice(&pending.body).unwrap();
    assert_eq!(body["data"]["options"][0]["name"], "open");
    assert_eq!(body["data"]["options"][0]["options"][2]["value"], 2);
    let resolved = &body["data"]["resolved"]["users"][user::SECOND_MEMBER.to_string()];
    assert_eq!(resolved["username"], "second_member");
}

#[tokio::test]
async fn what_a_client_would_not_send_is_not_sent() {
    let (discord, _) = world().await;
    let refused = |user, name: &str, options| discord.begin_command(&used(user, name, options)).unwrap_err();
    assert_eq!(refused(user::MEMBER, "nothing", json!({})), "no command /nothing");
    assert_eq!(refused(user::MEMBER, "ticket", json!({})), "name the sub command");
    assert_eq!(refused(user::MEMBER, "ticket open", json!({})), "option reason is required");
    let long = json!({"reason": "x".repeat(21)});
    assert!(refused(user::MEMBER, "ticket open", long).contains("characters"));
    let far = json!({"reason": "x", "level": 4});
    assert!(refused(user::MEMBER, "ticket open", far).contains("range"));
    assert!(refused(user::MEMBER, "setup", json!({})).contains("does not see the command"));
    assert!(discord.begin_command(&used(user::MANAGER, "setup", json!({}))).is_ok());
    let hidden = CommandUse { channel_id: channel::CRT_CRISIS, ..used(user::MEMBER, "ping", json!({})) };
    assert!(discord.begin_command(&hidden).unwrap_err().contains("does not see this channel"));
    let dm = discord.open_dm(user::MANAGER).unwrap();
    let in_dm = |name: &str| CommandUse { guild_id: None, channel_id: dm, ..used(user::MANAGER, name, json!({})) };
    assert!(discord.begin_command(&in_dm("ping")).is_ok());
    assert!(discord.begin_command(&in_dm("setup")).is_err());
}

#[tokio::test]
async fn an_ephemeral_answer_is_for_one_person_only() {
    let (discord, _) = world().await;
    let pending = ping(&discord);
    let told = answer(&discord, &pending, &json!({"type": 4, "data": {"content": "pong", "flags": 64}}));
    assert_eq!((told.outcome, told.status), (Outcome::Answered, 200));
    let seen = |user| discord.messages_seen_by(channel::GENERAL, user).len();
    assert_eq!((seen(user::MEMBER), seen(user::OWNER)), (1, 0));
    let public = answer(&discord, &ping(&discord), &json!({"type": 4, "data": {"content": "pong"}}));
    assert_eq!(public.outcome, Outcome::Answered);
    assert_eq!((seen(user::MEMBER), seen(user::OWNER)), (2, 1));
    let message = discord.message(channel::GENERAL, public.message_id.unwrap()).unwrap();
    assert_eq!(message.kind, 20);
    assert!(message.interaction_metadata.is_some());
}

#[tokio::test]
async fn what_discord_would_not_take_fails() {
    let (discord, _) = world().await;
    for wrong in [
        json!({"type": 4}),
        json!({"type": 4, "data": {"content": "x".repeat(2_001)}}),
        json!({"type": 4, "data": {"embeds": [{"title": "x".repeat(257)}]}}),
        json!({"type": 5, "data": {"flags": 1 << 15}}),
        json!({"type": 6}),
        json!({"type": 7, "data": {"content": "x"}}),
        json!({"type": 8, "data": {"choices": []}}),
        json!({"type": 9, "data": {"custom_id": "m", "title": "x".repeat(46), "components": [row("a")]}}),
        json!({"type": 9, "data": {"custom_id": "m", "title": "x", "components": []}}),
        json!({"type": 12}),
        json!("pong"),
    ] {
        let told = answer(&discord, &ping(&discord), &wrong);
        assert_eq!(told.outcome, Outcome::Failed, "{wrong}");
        assert!(told.reason.is_some());
    }
    assert_eq!(discord.unexpected().len(), 11);
    let failed = discord.finish(&ping(&discord), 500, b"oops");
    assert_eq!(failed.outcome, Outcome::Failed);
    assert!(failed.reason.unwrap().contains("HTTP 500"));
    assert!(discord.messages(channel::GENERAL).is_empty());
}

#[tokio::test]
async fn the_first_answer_has_three_seconds_of_the_worlds_clock() {
    let (discord, _) = world().await;
    let pending = ping(&discord);
    discord.shared.advance(Duration::from_millis(3_500));
    let late = answer(&discord, &pending, &json!({"type": 4, "data": {"content": "pong"}}));
    assert_eq!(late.outcome, Outcome::Failed);
    assert!(late.reason.unwrap().contains(NO_ANSWER));
}

#[tokio::test]
async fn a_deferred_answer_is_completed_by_its_token_for_fifteen_minutes() {
    let (discord, client) = world().await;
    let interaction = client.interaction(app());
    let deferred = ping(&discord);
    let told = answer(&discord, &deferred, &json!({"type": 5, "data": {"flags": 64}}));
    assert_eq!(told.outcome, Outcome::Deferred);
    interaction.update_response(&deferred.token).content(Some("done")).await.unwrap();
    let seen = discord.messages_seen_by(channel::GENERAL, user::MEMBER);
    assert_eq!(seen.last().unwrap().content, "done");
    assert!(discord.messages_seen_by(channel::GENERAL, user::OWNER).is_empty());
    let more = interaction.create_followup(&deferred.token).content("more").await.unwrap().model().await.unwrap();
    interaction.update_followup(&deferred.token, more.id).content(Some("even more")).await.unwrap();
    assert_eq!(interaction.response(&deferred.token).await.unwrap().model().await.unwrap().content, "done");
    interaction.delete_response(&deferred.token).await.unwrap();
    let seen = discord.messages_seen_by(channel::GENERAL, user::OWNER);
    assert_eq!(seen.iter().map(|one| one.content.as_str()).collect::<Vec<_>>(), ["even more"]);

    let forgotten = ping(&discord);
    answer(&discord, &forgotten, &json!({"type": 5}));
    discord.shared.advance(Duration::from_secs(15 * 60));
    let seen = discord.messages_seen_by(channel::GENERAL, user::MEMBER);
    assert_eq!(seen.last().unwrap().content, NO_ANSWER);
    let late = interaction.update_response(&forgotten.token).content(Some("late")).await.unwrap_err();
    assert!(late.to_string().contains("401"), "{late}");
}

#[tokio::test]
async fn the_first_follow_up_completes_a_deferred_answer() {
    let (discord, client) = world().await;
    let deferred = ping(&discord);
    answer(&discord, &deferred, &json!({"type": 5, "data": {"flags": 64}}));
    client.interaction(app()).create_followup(&deferred.token).content("done").await.unwrap();
    assert_eq!(discord.messages_seen_by(channel::GENERAL, user::MEMBER).len(), 1);
    assert!(discord.messages_seen_by(channel::GENERAL, user::OWNER).is_empty());
}

#[tokio::test]
async fn the_callback_route_takes_one_answer() {
    let (discord, client) = world().await;
    let pending = ping(&discord);
    let response = twilight_model::http::interaction::InteractionResponse {
        kind: twilight_model::http::interaction::InteractionResponseType::ChannelMessageWithSource,
        data: Some(twilight_model::http::interaction::InteractionResponseData {
            content: Some("pong".to_owned()),
            ..Default::default()
        }),
    };
    let interaction = client.interaction(app());
    let id = Id::new(pending.interaction_id.0);
    interaction.create_response(id, &pending.token, &response).await.unwrap();
    let again = interaction.create_response(id, &pending.token, &response).await.unwrap_err();
    assert!(again.to_string().contains("400"), "{again}");
    let told = discord.finish(&pending, 202, b"");
    assert_eq!(told.outcome, Outcome::Answered);
    let unknown = interaction.create_response(id, "nonsense", &response).await.unwrap_err();
    assert!(unknown.to_string().contains("404"), "{unknown}");
}

#[tokio::test]
async fn over_http_a_worker_is_called_and_what_it_says_is_applied() {
    let (discord, _) = world().await;
    async fn worker(
        State(key): State<[u8; 32]>,
        headers: HeaderMap,
        body: axum::body::Bytes,
    ) -> (axum::http::StatusCode, Json<Value>) {
        let header =
            |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let mut signature = [0; 64];
        let _ = hex::decode_to_slice(header("x-signature-ed25519"), &mut signature);
        let signed = [header("x-signature-timestamp").as_bytes(), &body].concat();
        let good = VerifyingKey::from_bytes(&key).unwrap().verify_strict(&signed, &Signature::from_bytes(&signature));
        if good.is_err() {
            return (axum::http::StatusCode::UNAUTHORIZED, Json(Value::Null));
        }
        let body: Value = serde_json::from_slice(&body).unwrap();
        match body["type"].as_u64() {
            Some(1) => (axum::http::StatusCode::OK, Json(json!({"type": 1}))),
            _ => (axum::http::StatusCode::OK, Json(json!({"type": 4, "data": {"content": "pong"}}))),
        }
    }
    let mut key = [0; 32];
    hex::decode_to_slice(defaults::discord_public_key(), &mut key).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/interactions", listener.local_addr().unwrap());
    let app = Router::new().route("/interactions", post(worker)).with_state(key);
    tokio::spawn(async move { axum::serve(listener, app).await });
    discord.point_at(Some(url), None);
    let base = &discord.options.public_base_url;
    let call = |path: &str, body: Value| {
        let request = reqwest::Client::new().post(format!("{base}{path}")).header("content-type", "application/json");
        async move {
            let text = request.body(body.to_string()).send().await.unwrap().text().await.unwrap();
            serde_json::from_str::<Value>(&text).unwrap()
        }
    };
    let body = json!({"guild_id": HARBOUR, "channel_id": channel::GENERAL, "user_id": user::MEMBER, "name": "ping"});
    let told = call("/world/interactions/command", body).await;
    assert_eq!((&told["outcome"], &told["status"]), (&json!("answered"), &json!(200)), "{told}");
    assert_eq!(call("/world/interactions/probe", json!({})).await["status"], 401);
    assert_eq!(call("/world/interactions/probe", json!({"good": true})).await["status"], 200);
    let state: Value =
        serde_json::from_str(&reqwest::get(format!("{base}/world/state")).await.unwrap().text().await.unwrap())
            .unwrap();
    let shown = &state["messages"][channel::GENERAL.to_string()][0];
    assert_eq!(shown["content"], "pong");
    assert_eq!(state["guilds"].as_array().unwrap().len(), 2);
}
