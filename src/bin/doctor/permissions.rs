//! Which permissions the bot asks a server for, and why each. docs/deployment.md repeats them; a test holds the two together.

use twilight_model::guild::Permissions;

pub const NEEDED: &[(Permissions, &str)] = &[
    (Permissions::VIEW_CHANNEL, "see the channels it watches, answers and posts in"),
    (Permissions::SEND_MESSAGES, "alerts, panels, welcomes, answers to prefix commands"),
    (Permissions::SEND_MESSAGES_IN_THREADS, "tickets and talks in threads"),
    (Permissions::EMBED_LINKS, "alerts, reports and tickets are embeds"),
    (Permissions::ATTACH_FILES, "transcripts"),
    (Permissions::READ_MESSAGE_HISTORY, "the second look at messages, and what was written while the relay was away"),
    (Permissions::MANAGE_CHANNELS, "make, rename and delete the channels of tickets"),
    (Permissions::MANAGE_ROLES, "say who may see a ticket's channel; give and take the rising-star role"),
    (Permissions::CREATE_PRIVATE_THREADS, "tickets where channels are full, and talks with Ash"),
    (Permissions::MANAGE_THREADS, "archive and delete those threads"),
    (Permissions::MENTION_EVERYONE, "ping the crisis team's role, and staff, though members may not"),
];

/// All of them in one number, as an install link has it.
pub fn integer() -> u64 {
    NEEDED.iter().fold(Permissions::empty(), |all, (one, _)| all | *one).bits()
}
