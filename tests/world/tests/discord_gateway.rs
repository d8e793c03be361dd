//! The gateway, proved with twilight-gateway: connect, events, resume, re-identify, intents, shards, and its speed.

use std::{sync::Arc, time::Duration};

use twilight_gateway::{CloseFrame, ConfigBuilder, Event, EventTypeFlags, Intents, Shard, ShardId, StreamExt};
use world::{
    defaults,
    discord::{Discord, Id, gateway::session::Order},
    seed::{FRESH_START, HARBOUR, channel, role, user},
};

const ALL: Intents = Intents::GUILDS
    .union(Intents::GUILD_MESSAGES)
    .union(Intents::MESSAGE_CONTENT)
    .union(Intents::GUILD_MEMBERS)
    .union(Intents::GUILD_PRESENCES)
    .union(Intents::GUILD_MESSAGE_REACTIONS)
    .union(Intents::DIRECT_MESSAGES)
    .union(Intents::DIRECT_MESSAGE_REACTIONS);

fn shard(discord: &Discord, intents: Intents, id: ShardId) -> Shard {
    let config = ConfigBuilder::new(defaults::BOT_TOKEN.to_owned(), intents).proxy_url(discord.gateway_url()).build();
    Shard::with_config(id, config)
}

/// The next event that `pick` takes; others pass by.
async fn next<T>(shard: &mut Shard, mut pick: impl FnMut(&Event) -> Option<T>) -> T {
    let search = async {
        loop {
            match shard.next_event(EventTypeFlags::all()).await {
                Some(Ok(event)) => {
                    if let Some(found) = pick(&event) {
                        return found;
                    }
                }
                Some(Err(error)) => eprintln!("gateway: {error}"),
                None => panic!("the gateway ended"),
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), search).await.expect("the event comes")
}

async fn ready(shard: &mut Shard) {
    next(shard, |event| matches!(event, Event::Ready(_)).then_some(())).await;
}

async fn text(shard: &mut Shard) -> String {
    next(shard, |event| match event {
        Event::MessageCreate(message) => Some(message.content.clone()),
        _ => None,
    })
    .await
}

async fn world() -> Arc<Discord> {
    Discord::alone().await.expect("a free port")
}

#[tokio::test]
async fn connects_sees_both_guilds_and_hears_a_message() {
    let discord = world().await;
    let mut shard = shard(&discord, ALL, ShardId::ONE);
    ready(&mut shard).await;
    let mut guilds = Vec::new();
    for _ in 0..2 {
        let guild = next(&mut shard, |event| match event {
            Event::GuildCreate(guild) => match guild.as_ref() {
                twilight_model::gateway::payload::incoming::GuildCreate::Available(guild) => Some(guild.clone()),
                twilight_model::gateway::payload::incoming::GuildCreate::Unavailable(_) => None,
            },
            _ => None,
        })
        .await;
        guilds.push(guild);
    }
    let harbour = guilds.iter().find(|guild| guild.id.get() == HARBOUR.0).expect("Harbour");
    assert_eq!(harbour.members.len(), 10);
    assert_eq!(harbour.member_count, Some(10));
    assert_eq!(harbour.threads.len(), 1);
    assert!(harbour.channels.iter().any(|one| one.name.as_deref() == Some("crt-crisis")));
    assert_eq!(harbour.roles.len(), 6);

    let sent = discord.send_message(channel::GENERAL, user::MEMBER, "hello <@&1200000000100000003>", None).unwrap();
    let heard = next(&mut shard, |event| match event {
        Event::MessageCreate(message) => Some(message.message.clone()),
        _ => None,
    })
    .await;
    assert_eq!(heard.id.get(), sent.id.0);
    assert_eq!(heard.guild_id.map(|id| id.get()), Some(HARBOUR.0));
    assert!(heard.member.is_some());
    assert!(heard.mention_roles.is_empty(), "a member may not ping a role that is not mentionable");
}

#[tokio::test]
async fn resumes_after_a_close_and_gets_what_it_missed() {
    let discord = world().await;
    let mut shard = shard(&discord, ALL, ShardId::ONE);
    ready(&mut shard).await;
    discord.send_message(channel::GENERAL, user::MEMBER, "before", None).unwrap();
    assert_eq!(text(&mut shard).await, "before");
    discord.state().hub.order_all(|| Order::Close(4000));
    // Said while nobody is connected.
    discord.send_message(channel::GENERAL, user::MEMBER, "meanwhile", None).unwrap();
    assert_eq!(text(&mut shard).await, "meanwhile");
    next(&mut shard, |event| matches!(event, Event::Resumed).then_some(())).await;
    let stats = discord.gateway_stats();
    assert_eq!((stats.identifies, stats.resumes, stats.sessions), (1, 1, 1));
}

#[tokio::test]
async fn reconnects_when_told_to_and_after_a_resumable_invalid_session() {
    let discord = world().await;
    let mut shard = shard(&discord, ALL, ShardId::ONE);
    ready(&mut shard).await;
    discord.state().hub.order_all(|| Order::Reconnect);
    next(&mut shard, |event| matches!(event, Event::Resumed).then_some(())).await;
    discord.state().hub.order_all(|| Order::Invalid { resumable: true });
    next(&mut shard, |event| matches!(event, Event::Resumed).then_some(())).await;
    assert_eq!(discord.gateway_stats().identifies, 1);
    assert_eq!(discord.gateway_stats().resumes, 2);
}

#[tokio::test]
async fn identifies_anew_after_an_invalid_session_and_after_forgotten_ones() {
    let discord = world().await;
    let mut shard = shard(&discord, ALL, ShardId::ONE);
    ready(&mut shard).await;
    discord.state().hub.order_all(|| Order::Invalid { resumable: false });
    ready(&mut shard).await;
    discord.state().hub.forget();
    ready(&mut shard).await;
    assert_eq!(discord.gateway_stats().identifies, 3);
    assert_eq!(discord.gateway_stats().resumes, 0);
}

#[tokio::test]
async fn refuses_a_bad_token_and_privileged_intents() {
    let discord = world().await;
    let config = ConfigBuilder::new("Bot wrong".to_owned(), ALL).proxy_url(discord.gateway_url()).build();
    let mut wrong = Shard::with_config(ShardId::ONE, config);
    assert_eq!(close_code(&mut wrong).await, Some(4004));
    discord.state().hub.refuse_privileged = true;
    let mut refused = shard(&discord, ALL, ShardId::ONE);
    assert_eq!(close_code(&mut refused).await, Some(4014));
    let mut modest = shard(&discord, Intents::GUILDS | Intents::GUILD_MESSAGES, ShardId::ONE);
    ready(&mut modest).await;
}

async fn close_code(shard: &mut Shard) -> Option<u16> {
    next(shard, |event| match event {
        Event::GatewayClose(frame) => Some(frame.as_ref().map(|frame| frame.code)),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn without_the_content_intent_text_is_hidden_except_where_the_bot_is_meant() {
    let discord = world().await;
    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::DIRECT_MESSAGES;
    let mut shard = shard(&discord, intents, ShardId::ONE);
    ready(&mut shard).await;
    let bot = Id(defaults::APPLICATION_ID.parse().unwrap());
    discord.send_message(channel::GENERAL, user::MEMBER, "hidden", None).unwrap();
    assert_eq!(text(&mut shard).await, "");
    let asks = format!("<@{bot}> hello");
    discord.send_message(channel::GENERAL, user::MEMBER, &asks, None).unwrap();
    assert_eq!(text(&mut shard).await, asks);
    let dm = discord.open_dm(user::MEMBER).unwrap();
    discord.send_message(dm, user::MEMBER, "in private", None).unwrap();
    assert_eq!(text(&mut shard).await, "in private");
}

#[tokio::test]
async fn a_shard_hears_its_own_guilds_and_shard_zero_the_dms() {
    let discord = world().await;
    let mut zero = shard(&discord, ALL, ShardId::new(0, 2));
    let mut one = shard(&discord, ALL, ShardId::new(1, 2));
    ready(&mut zero).await;
    ready(&mut one).await;
    let of = |guild: Id| (guild.0 >> 22) % 2;
    assert_ne!(of(HARBOUR), of(FRESH_START));
    discord.send_message(channel::GENERAL, user::MEMBER, "harbour", None).unwrap();
    discord.send_message(channel::FRESH_GENERAL, user::MEMBER, "fresh", None).unwrap();
    let dm = discord.open_dm(user::MEMBER).unwrap();
    discord.send_message(dm, user::MEMBER, "direct", None).unwrap();
    let first = if of(HARBOUR) == 0 { "harbour" } else { "fresh" };
    assert_eq!(text(&mut zero).await, first);
    assert_eq!(text(&mut zero).await, "direct");
    let second = if of(HARBOUR) == 1 { "harbour" } else { "fresh" };
    assert_eq!(text(&mut one).await, second);
}

#[tokio::test]
async fn tells_of_members_reactions_roles_and_deletions() {
    let discord = world().await;
    let mut shard = shard(&discord, ALL, ShardId::ONE);
    ready(&mut shard).await;
    let message = discord.send_message(channel::GENERAL, user::MEMBER, "hi", None).unwrap().id;
    discord.react(channel::GENERAL, message, user::NEWCOMER, "\u{1F44D}").unwrap();
    let author = next(&mut shard, |event| match event {
        Event::ReactionAdd(reaction) => Some(reaction.message_author_id),
        _ => None,
    })
    .await;
    assert_eq!(author.map(|id| id.get()), Some(user::MEMBER.0));
    discord.unreact(channel::GENERAL, message, user::NEWCOMER, "\u{1F44D}").unwrap();
    next(&mut shard, |event| matches!(event, Event::ReactionRemove(_)).then_some(())).await;
    discord.edit_message(channel::GENERAL, message, "hello").unwrap();
    next(&mut shard, |event| matches!(event, Event::MessageUpdate(_)).then_some(())).await;
    discord.delete_message(channel::GENERAL, message, None).unwrap();
    next(&mut shard, |event| matches!(event, Event::MessageDelete(_)).then_some(())).await;
    let guest = discord.add_user("Guest");
    discord.join(HARBOUR, guest, "Guest").unwrap();
    next(&mut shard, |event| matches!(event, Event::MemberAdd(_)).then_some(())).await;
    discord.set_roles(HARBOUR, guest, &[role::SUPPORT]).unwrap();
    next(&mut shard, |event| matches!(event, Event::MemberUpdate(_)).then_some(())).await;
    discord.set_presence(guest, "idle").unwrap();
    next(&mut shard, |event| matches!(event, Event::PresenceUpdate(_)).then_some(())).await;
    discord.leave(HARBOUR, guest).unwrap();
    next(&mut shard, |event| matches!(event, Event::MemberRemove(_)).then_some(())).await;
    discord.delete_role(HARBOUR, role::SUPPORT).unwrap();
    next(&mut shard, |event| matches!(event, Event::RoleDelete(_)).then_some(())).await;
    discord.delete_channel(channel::GAMING).unwrap();
    next(&mut shard, |event| matches!(event, Event::ChannelDelete(_)).then_some(())).await;
    discord.set_available(HARBOUR, false);
    next(&mut shard, |event| matches!(event, Event::GuildDelete(_)).then_some(())).await;
    discord.set_available(HARBOUR, true);
    next(&mut shard, |event| matches!(event, Event::GuildCreate(_)).then_some(())).await;
    let bot = Id(defaults::APPLICATION_ID.parse().unwrap());
    discord.leave(FRESH_START, bot).unwrap();
    let gone = next(&mut shard, |event| match event {
        Event::GuildDelete(gone) => Some(gone.id.get()),
        _ => None,
    })
    .await;
    assert_eq!(gone, FRESH_START.0);
}

#[tokio::test]
async fn closes_on_a_client_that_misses_its_heartbeats() {
    let discord = world().await;
    discord.state().hub.heartbeat_ms = 200;
    let mut shard = shard(&discord, ALL, ShardId::ONE);
    ready(&mut shard).await;
    // twilight sees that no ACK comes, closes by itself, and resumes.
    discord.state().hub.order_all(|| Order::Mute);
    next(&mut shard, |event| matches!(event, Event::Resumed).then_some(())).await;
    // A client that is not polled sends no heartbeats: the gateway hangs up.
    tokio::time::sleep(Duration::from_millis(1_000)).await;
    assert_eq!(discord.gateway_stats().sessions, 0);
    next(&mut shard, |event| matches!(event, Event::Resumed).then_some(())).await;
}

#[tokio::test]
async fn can_close_before_hello() {
    let discord = world().await;
    discord.state().hub.close_before_hello = 3;
    let mut shard = shard(&discord, ALL, ShardId::ONE);
    ready(&mut shard).await;
    assert_eq!(discord.gateway_stats().connects, 4);
    shard.close(CloseFrame::NORMAL);
    next(&mut shard, |event| matches!(event, Event::GatewayClose(_)).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn carries_thousands_of_dispatches_a_second() {
    let discord = world().await;
    let mut shard = shard(&discord, Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::MESSAGE_CONTENT, ShardId::ONE);
    ready(&mut shard).await;
    let total = 10_000;
    let started = std::time::Instant::now();
    let sender = discord.clone();
    let sent = tokio::task::spawn_blocking(move || {
        for at in 0..total {
            sender.send_message(channel::GENERAL, user::MEMBER, &format!("message {at}"), None).unwrap();
        }
    });
    let mut heard = 0;
    while heard < total {
        next(&mut shard, |event| matches!(event, Event::MessageCreate(_)).then_some(())).await;
        heard += 1;
    }
    sent.await.unwrap();
    let rate = f64::from(total) / started.elapsed().as_secs_f64();
    eprintln!("{rate:.0} dispatches a second");
    // Unoptimised and beside other tests; an optimised build carries far more.
    assert!(rate > 500.0, "{rate:.0} dispatches a second");
}
