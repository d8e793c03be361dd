//! What the relay hears of members and guilds, and what the tables hold afterwards.

use community_os::clients::supabase::{Filter, OnConflict};
use relay_wire::Outcome;
use serde_json::{Value, json};
use world::discord::Id;

use crate::harness::Bot;

impl Bot {
    /// The relay delivers that somebody joined, whom Discord already shows as a member.
    pub async fn hears_join(&self, guild: Id, member: Id) -> Vec<Outcome> {
        let data = {
            let state = self.world.discord.state();
            let mut data = state.member(guild, member).unwrap().json(&state.user(member));
            data["guild_id"] = json!(guild);
            data
        };
        self.deliver(self.events_of("GUILD_MEMBER_ADD", &data)).await
    }

    /// The relay delivers that somebody left.
    pub async fn hears_leave(&self, guild: Id, member: Id) -> Vec<Outcome> {
        let user = self.world.discord.state().user(member);
        self.deliver(self.events_of("GUILD_MEMBER_REMOVE", &json!({"guild_id": guild, "user": user}))).await
    }

    /// The relay delivers that a guild is there.
    pub async fn hears_guild(&self, guild: Id) -> Vec<Outcome> {
        let data = json!({"id": guild, "name": "A guild", "member_count": 3, "threads": []});
        self.deliver(self.events_of("GUILD_CREATE", &data)).await
    }

    /// The rows of a table where a column is this id.
    pub async fn rows(&self, table: &'static str, column: &'static str, id: Id) -> Vec<Value> {
        self.cx().supabase.select(table, "*", &[Filter::eq(column, id)]).await.unwrap()
    }

    /// A setting of a guild as `/setup` stores it.
    pub async fn set(&self, guild: Id, key: &str, value: Value) {
        let setting = json!({"guild_id": guild, "key": key, "value": value});
        let replace = Some(OnConflict::Replace("guild_id,key"));
        self.cx().supabase.insert("guild_settings", &[setting], replace).await.unwrap();
    }
}
