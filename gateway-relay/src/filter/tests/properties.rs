//! What holds for every message and every configuration.

use proptest::prelude::*;

use super::*;

proptest! {
    /// The promise of docs/privacy.md, said the other way round than rules.rs says it.
    #[test]
    fn no_text_leaves_unless_the_config_allows_it(
        channel in 1_u64..8, parent in proptest::option::of(1_u64..8), author in 1_u64..5, guild in proptest::option::of(1_u64..3),
        monitored in proptest::collection::vec(1_u64..8, 0..4), own in proptest::collection::vec(1_u64..8, 0..3),
        opted_out in proptest::collection::vec(1_u64..5, 0..3),
        opted_in in proptest::option::of(proptest::collection::vec(1_u64..5, 0..3)), prefix in "[!?]{0,2}", text in ".{0,12}|[!?]{0,3}.{0,5}",
        edited: bool,
    ) {
        let ids = |list: &[u64]| list.iter().copied().map(Snowflake).collect::<Vec<_>>();
        let config = RelayConfig {
            command_prefix: prefix.clone(),
            guilds: vec![GuildFilter {
                guild_id: Snowflake(1),
                monitored_channels: ids(&monitored),
                opted_out: ids(&opted_out),
                opted_in: opted_in.as_deref().map(ids),
            }],
            own_channels: ids(&own),
            ..RelayConfig::default()
        };
        let mut world = World::new();
        world.rules = Rules::new(&config);
        if let (Some(parent), Some(guild)) = (parent, guild) {
            let thread = json!({"id": s(channel), "guild_id": s(guild), "parent_id": s(parent), "owner_id": "4"});
            world.send("THREAD_CREATE", &thread).unwrap();
        }
        let mut message = if edited { edit(channel, author, &text) } else { message(channel, author, &text) };
        message["guild_id"] = json!(guild.map(s));
        let name = if edited { "MESSAGE_UPDATE" } else { "MESSAGE_CREATE" };
        let events = world.send(name, &message).unwrap();

        let watched = guild == Some(1) && (monitored.contains(&channel) || parent.is_some_and(|p| monitored.contains(&p)));
        let allowed = guild.is_none()
            || own.contains(&channel)
            || (watched && !opted_out.contains(&author) && opted_in.as_ref().is_none_or(|members| members.contains(&author)))
            || (!prefix.is_empty() && text.starts_with(&prefix));
        let texts: Vec<_> = events.iter().filter_map(|(_, event)| text_of(event)).collect();
        prop_assert_eq!(texts, if allowed { vec![text.as_str()] } else { vec![] });
        for (lane, event) in &events {
            prop_assert!(*lane == Lane::Urgent || text_of(event).is_none(), "no text in the bulk lane");
        }
    }

    #[test]
    fn no_payload_makes_it_panic(name in "[A-Z_]{1,30}|MESSAGE_CREATE|GUILD_CREATE|PRESENCE_UPDATE", data in ".*") {
        let mut world = World::new();
        let dispatch = Dispatch { shard: 0, shard_count: 1, session: "s", seq: 1, name: &name, data: &data, at: 0 };
        let _ = world.filter.apply(&dispatch, &world.rules);
    }
}
