//! Signed interactions as Discord sends them, prepared before anything is timed.

use std::time::{SystemTime, UNIX_EPOCH};

use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};

use crate::{Res, http, settings::Variables};

/// The first millisecond of 2015, where snowflakes begin.
const DISCORD_EPOCH_MS: u64 = 1_420_070_400_000;

/// Who uses the command, and where. Any ids do: the measured commands look nobody up.
pub const GUILD: u64 = 1_200_000_000_000_000_001;
pub const CHANNEL: u64 = 1_200_000_000_000_000_002;
pub const MEMBER: u64 = 1_200_000_000_000_000_003;

/// So many requests for `/command`, each with an id of its own, signed now: the Worker refuses them after 5 minutes.
/// They come from as many members in turn: one alone would soon read "that was a lot at once" (`src/limits.rs`).
pub fn signed(variables: &Variables, port: u16, command: &str, count: usize, members: u64) -> Res<Vec<Vec<u8>>> {
    let key = signing_key(variables, "DISCORD_SIGNING_SEED")?;
    let application = variables.get("DISCORD_APPLICATION_ID").cloned().unwrap_or_default();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| "the clock is before 1970")?;
    let timestamp = now.as_secs().to_string();
    let first_id = (now.as_millis() as u64 - DISCORD_EPOCH_MS) << 22;
    let request = |number: u64| {
        let body = interaction(&application, first_id + number, MEMBER + number % members, command).to_string();
        let signature = key.sign(format!("{timestamp}{body}").as_bytes());
        let headers = [
            ("content-type", "application/json"),
            ("user-agent", "Discord-Interactions/1.0 (+https://discord.com)"),
            ("x-signature-timestamp", timestamp.as_str()),
            ("x-signature-ed25519", &hex::encode(signature.to_bytes())),
        ];
        http::request("POST", port, "/interactions", &headers, body.as_bytes())
    };
    Ok((0..count as u64).map(request).collect())
}

/// The key of a seed that the local world told.
pub fn signing_key(variables: &Variables, name: &str) -> Res<SigningKey> {
    let seed = variables.get(name).ok_or_else(|| format!("the local world told no {name}"))?;
    let mut bytes = [0; 32];
    hex::decode_to_slice(seed, &mut bytes).map_err(|_| format!("{name} is not 64 hex digits"))?;
    Ok(SigningKey::from_bytes(&bytes))
}

fn interaction(application: &str, id: u64, member: u64, command: &str) -> Value {
    json!({
        "app_permissions": "2251799813685247",
        "application_id": application,
        "attachment_size_limit": 10_485_760,
        "authorizing_integration_owners": { "0": GUILD.to_string() },
        "channel": {
            "flags": 0, "guild_id": GUILD.to_string(), "id": CHANNEL.to_string(), "last_message_id": id.to_string(),
            "name": "general", "nsfw": false, "parent_id": null, "permissions": "2251799813685247", "position": 0,
            "rate_limit_per_user": 0, "topic": null, "type": 0,
        },
        "channel_id": CHANNEL.to_string(),
        "context": 0,
        "data": { "id": "1200000000000000004", "name": command, "options": [], "type": 1 },
        "entitlement_sku_ids": [],
        "entitlements": [],
        "guild": { "features": ["COMMUNITY", "NEWS"], "id": GUILD.to_string(), "locale": "en-US" },
        "guild_id": GUILD.to_string(),
        "guild_locale": "en-US",
        "id": id.to_string(),
        "locale": "en-US",
        "member": {
            "avatar": null, "communication_disabled_until": null, "deaf": false, "flags": 0,
            "joined_at": "2025-03-01T12:00:00.000000+00:00", "mute": false, "nick": null, "pending": false,
            "permissions": "2251799813685247", "premium_since": null, "roles": ["1200000000000000005"],
            "unusual_dm_activity_until": null,
            "user": {
                "avatar": "d5efa99b3eeaa7dd43acca82f5692432", "avatar_decoration_data": null, "clan": null,
                "discriminator": "0", "global_name": "Member", "id": member.to_string(), "primary_guild": null,
                "public_flags": 0, "username": "member",
            },
        },
        "token": "a".repeat(180),
        "type": 2,
        "version": 1,
    })
}
