//! `/gateway`, `/users`, `/applications/@me`.

use serde_json::{Value, json};

use super::{
    Call,
    reply::{Refusal, Reply, ok},
};
use crate::discord::ids::Id;

pub fn gateway(call: &mut Call) -> Reply {
    ok(&json!({"url": call.gateway}))
}

pub fn gateway_bot(call: &mut Call) -> Reply {
    let hub = &call.state.hub;
    let left = (1_000_u64.saturating_sub(hub.stats.identifies), 86_400_000);
    let (remaining, reset_after) = hub.starts_left.unwrap_or(left);
    ok(&json!({
        "url": call.gateway, "shards": hub.recommended_shards.max(1),
        "session_start_limit": {
            "total": 1_000, "remaining": remaining, "reset_after": reset_after,
            "max_concurrency": hub.max_concurrency.max(1),
        },
    }))
}

/// The switches of the portal that the relay's default features need: Server Members, Message Content; both as a bot of few
/// servers has them.
const FLAGS: u64 = 1 << 15 | 1 << 19;

pub fn application(call: &mut Call) -> Reply {
    let bot = call.state.user(call.bot());
    ok(&json!({
        "id": call.state.application_id, "name": bot.username, "icon": null, "description": "", "bot_public": true,
        "bot_require_code_grant": false, "bot": bot, "verify_key": call.verify_key, "flags": FLAGS, "team": null,
        "summary": "", "redirect_uris": [], "approximate_guild_count": call.state.guilds.len(),
        "interactions_endpoint_url": call.interactions_url, "rpc_origins": [], "hook": true, "integration_types_config": {"0": {}},
    }))
}

pub fn me(call: &mut Call) -> Reply {
    let mut user = json!(call.state.user(call.bot()));
    if let Some(fields) = user.as_object_mut() {
        fields.insert("mfa_enabled".to_owned(), json!(true));
        fields.insert("verified".to_owned(), json!(true));
        fields.insert("locale".to_owned(), json!("en-US"));
        fields.insert("email".to_owned(), Value::Null);
        fields.insert("flags".to_owned(), json!(0));
    }
    ok(&user)
}

pub fn guilds(call: &mut Call) -> Reply {
    let bot = call.bot();
    let mine = call.state.guilds.values().filter(|guild| guild.has_bot);
    let all: Vec<Value> = mine
        .map(|guild| {
            let permissions = crate::discord::permissions::in_guild(guild, bot).to_string();
            json!({
                "id": guild.id, "name": guild.name, "icon": null, "owner": guild.owner_id == bot, "features": [],
                "permissions": permissions,
            })
        })
        .collect();
    ok(&all)
}

pub fn get(call: &mut Call, user: Id) -> Reply {
    match call.state.users.get(&user) {
        Some(user) => ok(user),
        None => Err(Refusal::unknown("User")),
    }
}

pub fn open_dm(call: &mut Call) -> Reply {
    let Some(text) = call.text("recipient_id") else {
        return Err(Refusal::field("recipient_id", "BASE_TYPE_REQUIRED", "This field is required"));
    };
    let user = super::snowflake("recipient_id", text)?;
    let Some(found) = call.state.users.get(&user) else {
        return Err(Refusal::unknown("User"));
    };
    if found.bot {
        return Err(Refusal::new(400, 50007, "Cannot send messages to this user"));
    }
    let id = call.state.dm_with(user, call.now);
    let channel = call.channel(id)?;
    ok(&call.state.channel_json(channel))
}
