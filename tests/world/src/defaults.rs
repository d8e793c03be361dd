//! The fixed values of the local world. They are no secrets: they open nothing but these stand-ins.

use ed25519_dalek::SigningKey;

/// First port of the local world; every face listens on this plus its offset.
pub const DEFAULT_PORT_BASE: u16 = 8700;

/// Offsets from the port base, as README.md lists them.
pub mod offset {
    pub const WORKER: u16 = 0;
    pub const DISCORD: u16 = 1;
    pub const SUPABASE: u16 = 2;
    pub const UPSTASH: u16 = 3;
    pub const NLP: u16 = 4;
    pub const GEMINI: u16 = 5;
    pub const CLAUDE: u16 = 6;
    pub const RELAY: u16 = 7;
    pub const POSTGRES: u16 = 8;
    pub const REDIS: u16 = 9;
    pub const POSTRUST: u16 = 10;
}

/// The bot's application id, which is its user id too. A snowflake.
pub const APPLICATION_ID: &str = "1100000000000000001";
/// As Discord's tokens are: the bot's id in base64, a dot, two more parts.
pub const BOT_TOKEN: &str = "MTEwMDAwMDAwMDAwMDAwMDAwMQ.local0.it-opens-only-the-stand-in";
/// Ed25519 seed (32 bytes, hex) with which the stand-in signs interactions.
pub const SIGNING_SEED: &str = "6c6f63616c2d646973636f72642d7369676e696e672d736565642d3030303031";
/// Ed25519 seed (32 bytes, hex) with which the relay signs what it posts to the Worker.
pub const RELAY_SIGNING_SEED: &str = "6c6f63616c2d67617465776179722d7369676e696e672d736565642d30303032";

/// Runs as the role `anon`, or as a signed-in member when a user's token comes along.
pub const SUPABASE_PUBLISHABLE_KEY: &str = "sb_publishable_local";
/// Runs as the role `service_role`, which row level security does not bind.
pub const SUPABASE_SECRET_KEY: &str = "sb_secret_local";
/// HS256 secret of the users' tokens; at least 32 characters.
pub const JWT_SECRET: &str = "local-jwt-secret-of-the-stand-in-0123456789";

pub const UPSTASH_TOKEN: &str = "local-upstash-token";
pub const GEMINI_API_KEY: &str = "local-gemini-key";
pub const ANTHROPIC_API_KEY: &str = "local-anthropic-key";
/// Opens the administrator's desk: `ADMIN_PASSWORD`.
pub const ADMIN_PASSWORD: &str = "lighthouse-keeper";
/// Encrypts what is kept of members' words in Upstash: `STATE_KEYS`.
pub const STATE_KEY: &str = "6c6f63616c2d73746174652d6b65792d6f662d7468652d73746167652d303033";
/// Lifts the rate limit of the Ash-NLP stand-in, as `X-Ash-Internal-Key` does in the real one.
pub const NLP_INTERNAL_KEY: &str = "local-nlp-internal-key";
/// A service token of Cloudflare Access, for a stand-in of Ash-NLP that is behind it.
pub const NLP_ACCESS: [(&str, &str); 2] =
    [("cf-access-client-id", "local.access"), ("cf-access-client-secret", "local-access-secret")];

/// Public half of [`SIGNING_SEED`] in hex: `DISCORD_PUBLIC_KEY`.
pub fn discord_public_key() -> String {
    public_key(SIGNING_SEED)
}

/// Public half of [`RELAY_SIGNING_SEED`] in hex: `RELAY_PUBLIC_KEY`.
pub fn relay_public_key() -> String {
    public_key(RELAY_SIGNING_SEED)
}

/// The 32 bytes of a seed in hex; zeros if it is none.
pub fn seed(hex: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    if hex::decode_to_slice(hex, &mut bytes).is_err() {
        bytes = [0; 32];
    }
    bytes
}

/// The Ed25519 public key, in hex, of a seed of 32 bytes in hex. A seed that is none gives an empty key.
pub fn public_key(seed: &str) -> String {
    let mut bytes = [0; 32];
    match hex::decode_to_slice(seed, &mut bytes) {
        Ok(()) => hex::encode(SigningKey::from_bytes(&bytes).verifying_key().as_bytes()),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_seeds_are_32_bytes() {
        assert_eq!(super::discord_public_key().len(), 64);
        assert_eq!(super::relay_public_key().len(), 64);
        assert_ne!(super::discord_public_key(), super::relay_public_key());
    }
}
