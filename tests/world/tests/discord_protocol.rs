//! The gateway's rules for a client that breaks them, and Discord's order of permissions, without any library between.

mod support;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use support::world;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, protocol::frame::coding::CloseCode},
};
use world::{
    defaults,
    discord::{
        Discord,
        model::{Overwrite, OverwriteKind},
        permissions as may,
    },
    seed::{HARBOUR, channel, role, user},
};

type Socket = WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>;

async fn connect(discord: &Discord, query: &str) -> Socket {
    connect_async(format!("{}/?{query}", discord.gateway_url())).await.unwrap().0
}

async fn say(socket: &mut Socket, payload: Value) {
    socket.send(Message::text(payload.to_string())).await.unwrap();
}

fn identify(intents: u64, shard: Value) -> Value {
    json!({"op": 2, "d": {"token": defaults::BOT_TOKEN, "intents": intents, "shard": shard, "properties": {"os": "linux"}}})
}

/// The next payload, or the code of a close.
async fn heard(socket: &mut Socket) -> Result<Value, u16> {
    loop {
        let frame =
            tokio::time::timeout(std::time::Duration::from_secs(10), socket.next()).await.expect("something comes");
        match frame {
            Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
            Some(Ok(Message::Close(Some(frame)))) => return Err(u16::from(frame.code)),
            Some(Ok(_)) => {}
            _ => return Err(u16::from(CloseCode::Abnormal)),
        }
    }
}

async fn closes(discord: &Discord, query: &str, payloads: &[Value]) -> u16 {
    let mut socket = connect(discord, query).await;
    for payload in payloads {
        say(&mut socket, payload.clone()).await;
    }
    loop {
        if let Err(code) = heard(&mut socket).await {
            return code;
        }
    }
}

#[tokio::test]
async fn who_breaks_the_rules_is_closed_with_the_documented_code() {
    let (discord, _) = world().await;
    let plain = "v=10&encoding=json";
    let good = identify(1, json!([0, 1]));
    let cases = [
        (plain, vec![json!({"op": 99, "d": null})], 4001),
        (plain, vec![json!("nonsense"), json!({"op": 2, "d": {"token": "x"}})], 4001),
        (plain, vec![json!({"op": 2, "d": {"token": defaults::BOT_TOKEN, "intents": 1}})], 4002),
        (plain, vec![json!({"op": 3, "d": {}})], 4003),
        (plain, vec![json!({"op": 2, "d": {"token": "wrong", "intents": 1, "properties": {}}})], 4004),
        (plain, vec![good.clone(), good.clone()], 4005),
        (plain, vec![identify(1, json!([1, 1]))], 4010),
        (plain, vec![identify(1 << 40, json!([0, 1]))], 4013),
        ("v=9&encoding=json", vec![], 4012),
        (plain, vec![json!({"op": 1, "d": "x".repeat(5_000)})], 4002),
        (plain, vec![json!({"op": 1, "d": null}); 121], 4008),
    ];
    for (query, payloads, code) in cases {
        assert_eq!(closes(&discord, query, &payloads).await, code, "{}", payloads.first().unwrap_or(&Value::Null));
    }
}

#[tokio::test]
async fn a_resume_must_name_a_session_and_a_sequence_that_exist() {
    let (discord, _) = world().await;
    let mut socket = connect(&discord, "v=10&encoding=json").await;
    assert_eq!(heard(&mut socket).await.unwrap()["op"], 10);
    say(&mut socket, identify(1, json!([0, 1]))).await;
    let ready = heard(&mut socket).await.unwrap();
    let session = ready["d"]["session_id"].clone();
    assert!(ready["d"]["resume_gateway_url"].as_str().unwrap().starts_with("ws://127.0.0.1"));
    drop(socket);
    let resume = |session: &Value, seq: u64| json!({"op": 6, "d": {"token": defaults::BOT_TOKEN, "session_id": session, "seq": seq}});
    let mut socket = connect(&discord, "v=10&encoding=json").await;
    heard(&mut socket).await.unwrap();
    say(&mut socket, resume(&json!("unknown"), 1)).await;
    let invalid = heard(&mut socket).await.unwrap();
    assert_eq!((&invalid["op"], &invalid["d"]), (&json!(9), &json!(false)));
    // The same connection may identify now; here it resumes the right session instead.
    say(&mut socket, resume(&session, 2)).await;
    let replayed = heard(&mut socket).await.unwrap();
    assert_eq!((&replayed["t"], &replayed["s"]), (&json!("GUILD_CREATE"), &json!(3)));
    assert_eq!(heard(&mut socket).await.unwrap()["t"], "RESUMED");
    assert_eq!(closes(&discord, "v=10&encoding=json", &[resume(&session, 999)]).await, 4007);
}

#[tokio::test]
async fn heartbeats_are_answered_and_identifies_paced() {
    let (discord, _) = world().await;
    discord.state().hub.pace_identifies = true;
    let mut socket = connect(&discord, "v=10&encoding=json").await;
    heard(&mut socket).await.unwrap();
    say(&mut socket, json!({"op": 1, "d": null})).await;
    assert_eq!(heard(&mut socket).await.unwrap()["op"], 11);
    say(&mut socket, identify(1, json!([0, 2]))).await;
    assert_eq!(heard(&mut socket).await.unwrap()["t"], "READY");
    let mut second = connect(&discord, "v=10&encoding=json").await;
    heard(&mut second).await.unwrap();
    say(&mut second, identify(1, json!([1, 2]))).await;
    assert_eq!(heard(&mut second).await.unwrap()["op"], 9);
    discord.shared.advance(std::time::Duration::from_secs(5));
    say(&mut second, identify(1, json!([1, 2]))).await;
    assert_eq!(heard(&mut second).await.unwrap()["t"], "READY");
}

fn overwrite(id: world::discord::Id, kind: OverwriteKind, allow: u64, deny: u64) -> Overwrite {
    Overwrite { id, kind, allow, deny }
}

#[tokio::test]
async fn permissions_are_computed_in_discords_order() {
    let (discord, _) = world().await;
    let place = channel::GENERAL;
    let sends = |user| discord.can(user, place, may::SEND_MESSAGES);
    let set = |one| discord.set_overwrite(place, one).unwrap();
    discord.set_roles(HARBOUR, user::HELPER, &[role::SUPPORT, role::CRT]).unwrap();
    assert!(sends(user::HELPER));
    // @everyone's deny holds for all but administrators and the owner.
    set(overwrite(HARBOUR, OverwriteKind::Role, 0, may::SEND_MESSAGES));
    assert!(!sends(user::HELPER) && !sends(user::MEMBER));
    assert!(sends(user::ADMIN) && sends(user::OWNER));
    // Among roles an allow wins over a deny, whichever role stands higher.
    set(overwrite(role::CRT, OverwriteKind::Role, 0, may::SEND_MESSAGES));
    set(overwrite(role::SUPPORT, OverwriteKind::Role, may::SEND_MESSAGES, 0));
    assert!(sends(user::HELPER));
    assert!(!sends(user::RESPONDER));
    // The member's own overwrite comes last.
    set(overwrite(user::HELPER, OverwriteKind::Member, 0, may::SEND_MESSAGES));
    assert!(!sends(user::HELPER));
    set(overwrite(user::RESPONDER, OverwriteKind::Member, may::SEND_MESSAGES, 0));
    assert!(sends(user::RESPONDER));
    // Who may not send, embeds, attaches and pings nothing; who does not see, may do nothing.
    assert!(!discord.can(user::HELPER, place, may::ATTACH_FILES));
    set(overwrite(user::RESPONDER, OverwriteKind::Member, may::SEND_MESSAGES, may::VIEW_CHANNEL));
    assert!(!sends(user::RESPONDER));
    // A thread takes the overwrites of its parent and has its own right to write.
    assert!(discord.can(user::MEMBER, channel::BOOK_CLUB, may::SEND_MESSAGES));
    assert!(!discord.can(user::RESPONDER, channel::BOOK_CLUB, may::VIEW_CHANNEL));
    let refused = discord.send_message(place, user::MEMBER, "hello?", None).unwrap_err();
    assert_eq!(refused, "the member may not write here");
}

#[tokio::test]
async fn people_do_only_what_they_could() {
    let (discord, _) = world().await;
    let message = discord.send_message(channel::GENERAL, user::MEMBER, "mine", None).unwrap().id;
    assert!(discord.send_message(channel::WELCOME, user::MEMBER, "x", None).is_err(), "read only");
    assert!(discord.send_message(channel::CRT_CRISIS, user::MEMBER, "x", None).is_err(), "hidden");
    assert!(discord.send_message(channel::COMMUNITY, user::MEMBER, "x", None).is_err(), "a category");
    assert!(discord.send_message(channel::GENERAL, user::MEMBER, "  ", None).is_err(), "empty");
    assert!(discord.delete_message(channel::GENERAL, message, Some(user::SECOND_MEMBER)).is_err());
    assert!(discord.react(channel::GENERAL, message, user::MEMBER, "x").is_err());
    discord.react(channel::GENERAL, message, user::SECOND_MEMBER, "\u{2705}").unwrap();
    let reply = discord.send_message(channel::GENERAL, user::SECOND_MEMBER, "yours", Some(message)).unwrap();
    assert_eq!(reply.mentions[0].id, user::MEMBER);
    discord.delete_message(channel::GENERAL, message, Some(user::MANAGER)).unwrap();
    let thread = discord.create_thread(channel::GENERAL, user::MEMBER, "Ours", None, true).unwrap();
    assert!(discord.can(user::MEMBER, thread, may::SEND_MESSAGES));
    assert!(!discord.can(user::SECOND_MEMBER, thread, may::VIEW_CHANNEL));
    assert!(discord.leave(HARBOUR, user::OWNER).is_err());
}
