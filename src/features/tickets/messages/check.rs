//! What `/ticket check` says: each thing that is wrong, and its mend.

use relay_wire::Snowflake;
use twilight_model::guild::Permissions;

use crate::{
    discord::{
        components::{cut, escaped},
        message::{MessageBody, colour, said},
    },
    features::tickets::findings::{Finding, Part, Reader},
    lang::Lang,
};

pub fn report(lang: Lang, found: &[Finding]) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    if found.is_empty() {
        return said("✅ Everything is fine: tickets can be opened, answered and put away.", colour::GOOD);
    }
    let lines: Vec<String> = found.iter().map(|finding| format!("⚠️ {}", line(lang, finding))).collect();
    said(cut(&lines.join("\n"), 4_000), colour::ERROR)
}

fn line(lang: Lang, finding: &Finding) -> String {
    let (Lang::En | Lang::De) = lang;
    match finding {
        Finding::Lacks(lacks) => {
            format!("I lack {} in this server. Give them to my role in **Server Settings → Roles**.", names(*lacks))
        }
        Finding::LacksIn { part, channel, lacks } => format!(
            "I lack {} in {} ({}). Allow them for my role in its permissions.",
            names(*lacks),
            mention(*channel),
            named(lang, part)
        ),
        Finding::RoleGone(part) => format!("The role chosen as {} was deleted. Choose another one in {}.", named(lang, part), setup(part)),
        Finding::ChannelGone(part) => {
            format!("What was chosen as {} was deleted. Choose another one in {}.", named(lang, part), setup(part))
        }
        Finding::StaffIsEveryone(part) => format!(
            "**@everyone** was chosen as {}, which makes nobody staff. Choose a role that only some have in {}.",
            named(lang, part),
            setup(part)
        ),
        Finding::NoStaff(kinds) => format!(
            "Nobody but administrators sees tickets of {}. Choose a **staff role** in `/setup part:tickets`.",
            kinds.iter().map(|kind| format!("**{}**", escaped(kind))).collect::<Vec<_>>().join(", ")
        ),
        Finding::CannotPing(role) => format!(
            "I may not ping <@&{role}>. Let anybody mention that role, or give my role **Mention Everyone**; or switch **Ping staff** off."
        ),
        Finding::NoLog => {
            "There is no **log channel**: transcripts go nowhere but to the opener. Choose one in `/setup part:tickets`.".to_owned()
        }
        Finding::LogOpenTo { channel, readers } => format!(
            "{} can read the log channel {} with the transcripts of every ticket. Take **View Channel** from them there.",
            readers.iter().map(reader).collect::<Vec<_>>().join(", "),
            mention(*channel)
        ),
        Finding::NearlyFull { channel, channels } => format!(
            "{} holds {channels} of 50 channels. Choose a **second category** or an **archive category** with room in `/setup part:tickets`.",
            mention(*channel)
        ),
        Finding::GuildNearlyFull(channels) => format!(
            "This server has {channels} of 500 channels. When it is full, tickets become private threads: delete what nobody needs."
        ),
        Finding::NoPanel => "No panel is posted: members have nowhere to open a ticket. `/ticket panel` posts one.".to_owned(),
        Finding::PanelOld(channel) => format!(
            "The panel in {} shows what there was before. **Update posted panels** is in `/setup part:tickets` → **Kinds of ticket**.",
            mention(*channel)
        ),
        Finding::Strays(channels) => format!(
            "These channels look like tickets and belong to none; look at them and delete them if nobody needs them: {}",
            channels.iter().take(20).map(|channel| mention(*channel)).collect::<Vec<_>>().join(" ")
        ),
    }
}

fn mention(channel: Snowflake) -> String {
    format!("<#{channel}>")
}

fn reader(reader: &Reader) -> String {
    match reader {
        Reader::Role(role) => format!("<@&{role}>"),
        Reader::Member(member) => format!("<@{member}>"),
        Reader::Everyone => "**Everybody**".to_owned(),
    }
}

fn named(lang: Lang, part: &Part) -> String {
    let (Lang::En | Lang::De) = lang;
    match part {
        Part::StaffRole => "**staff role**".to_owned(),
        Part::Parent => "**category for open tickets**".to_owned(),
        Part::OverflowParent => "**second category**".to_owned(),
        Part::ArchiveParent => "**archive category**".to_owned(),
        Part::LogChannel => "**log channel**".to_owned(),
        Part::Panel => "where the **panel** is".to_owned(),
        Part::StaffRoleOf(kind) => format!("**staff role** of {}", escaped(kind)),
        Part::ParentOf(kind) => format!("**category** of {}", escaped(kind)),
        Part::RequiredRoleOf(kind) => format!("**role that members need** for {}", escaped(kind)),
    }
}

fn setup(part: &Part) -> &'static str {
    match part {
        Part::StaffRoleOf(_) | Part::ParentOf(_) | Part::RequiredRoleOf(_) => {
            "`/setup part:tickets` → **Kinds of ticket**"
        }
        _ => "`/setup part:tickets`",
    }
}

/// As Discord's settings call them.
fn names(permissions: Permissions) -> String {
    let known = [
        (Permissions::VIEW_CHANNEL, "View Channels"),
        (Permissions::MANAGE_CHANNELS, "Manage Channels"),
        (Permissions::MANAGE_ROLES, "Manage Roles"),
        (Permissions::SEND_MESSAGES, "Send Messages"),
        (Permissions::READ_MESSAGE_HISTORY, "Read Message History"),
        (Permissions::EMBED_LINKS, "Embed Links"),
        (Permissions::ATTACH_FILES, "Attach Files"),
        (Permissions::CREATE_PRIVATE_THREADS, "Create Private Threads"),
        (Permissions::SEND_MESSAGES_IN_THREADS, "Send Messages in Threads"),
        (Permissions::MANAGE_THREADS, "Manage Threads"),
    ];
    let lacking = known.iter().filter(|(bit, _)| permissions.contains(*bit));
    lacking.map(|(_, name)| format!("**{name}**")).collect::<Vec<_>>().join(", ")
}
