//! What `/setup` → staff shows: each right, who has it and through what. Pure.

use relay_wire::Snowflake;
use twilight_model::{
    channel::message::component::{ButtonStyle, SelectDefaultValue, SelectMenuType},
    id::Id,
};
use twilight_util::builder::{
    embed::{EmbedBuilder, EmbedFieldBuilder},
    message::SelectMenuBuilder,
};

use super::page::{self, Changes, Group, Right};
use crate::{
    discord::{
        components::{button, cut, row},
        custom_id::CustomId,
        message::{MessageBody, colour},
    },
    error::Result,
    lang::Lang,
    settings::MAX_IDS,
};

pub fn page_label(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Staff",
    }
}

pub fn all(lang: Lang, rights: &[Right], problem: Option<&String>) -> Result<MessageBody> {
    let text = match lang {
        Lang::En | Lang::De => {
            "Who may see what in the dashboard. Whoever has one of the roles signs in there with Discord; who loses the role \
             or leaves sees nothing any more."
        }
    };
    let problem = problem.map(|problem| format!("\n⚠️ {problem}")).unwrap_or_default();
    let mut embed =
        EmbedBuilder::new().title(page_label(lang)).description(text.to_owned() + &problem).color(colour::INFO);
    let mut buttons = vec![];
    for right in rights {
        let who = cut(&format!("{}\n{}", sees(lang, &right.role), who(lang, &right.groups)), 1_024);
        embed = embed.field(EmbedFieldBuilder::new(name(lang, &right.role), who));
        let id = CustomId::write(page::PAGE, &[&right.role])?;
        buttons.push(button(ButtonStyle::Secondary, name(lang, &right.role), id));
    }
    Ok(MessageBody { components: vec![row(buttons)], ..MessageBody::embed(embed.build()) })
}

/// One right, with the menus that change it. `team`: roles that read alerts in Discord. `chosen`: what a choice did, if
/// there was one; nothing, if somebody else was first.
pub fn right(lang: Lang, right: &Right, team: &[Snowflake], chosen: Option<Option<Changes>>) -> Result<MessageBody> {
    let (Lang::En | Lang::De) = lang;
    let (roles, role) = (right.roles(), &right.role);
    let mut lines = vec![];
    let colour = if let Some(Some(_)) = chosen { colour::GOOD } else { colour::INFO };
    match chosen {
        Some(Some(changes)) => say_changed(lang, &mut lines, right, &changes),
        Some(None) => lines.push(meanwhile(lang)),
        None => {}
    }
    lines.push(sees(lang, role).to_owned());
    lines.push(who(lang, &right.groups));
    let others: Vec<Snowflake> = team.iter().copied().filter(|role| !roles.contains(role)).collect();
    if !others.is_empty() {
        lines.push(format!(
            "\n{} read alerts in Discord already, as `/setup` → crisis says. They do not see Care in the dashboard yet.",
            mentions("<@&", &others)
        ));
    }
    let embed = EmbedBuilder::new().title(format!("{}: {}", page_label(lang), name(lang, role)));
    let embed = embed.description(cut(&lines.join("\n"), 4_000)).color(colour).build();
    let menu = |chooses: &str, shown: &[Snowflake], kind, placeholder, chosen: Vec<SelectDefaultValue>| -> Result<_> {
        let id = CustomId::write(page::PAGE, &[role, &chooses, &page::mark(shown)])?;
        let menu = SelectMenuBuilder::new(id, kind).placeholder(placeholder);
        Ok(row([menu.min_values(0).max_values(MAX_IDS as u8).default_values(chosen).build()]))
    };
    let chosen = roles.iter().take(MAX_IDS).filter_map(|id| Some(SelectDefaultValue::Role(Id::new_checked(id.0)?)));
    let named = right.named.iter().filter_map(|id| Some(SelectDefaultValue::User(Id::new_checked(id.0)?)));
    let mut buttons = vec![button(ButtonStyle::Secondary, "All rights", CustomId::write(page::PAGE, &[])?)];
    if !others.is_empty() {
        let id = CustomId::write(page::PAGE, &[role, &page::TEAM])?;
        buttons.push(button(ButtonStyle::Primary, "Let the crisis team see Care", id));
    }
    let components = vec![
        menu(page::ROLES, &roles, SelectMenuType::Role, "Roles that give this right", chosen.collect())?,
        menu(page::PEOPLE, &right.named, SelectMenuType::User, "Members who have it without a role", named.collect())?,
        row(buttons),
    ];
    Ok(MessageBody { components, ..MessageBody::embed(embed) })
}

fn name(lang: Lang, role: &str) -> &'static str {
    match (lang, role) {
        (Lang::En | Lang::De, "manager") => "Managers",
        (Lang::En | Lang::De, "crt") => "Crisis team",
        (Lang::En | Lang::De, _) => "Administrators",
    }
}

fn sees(lang: Lang, role: &str) -> &'static str {
    match (lang, role) {
        (Lang::En | Lang::De, "manager") => "See numbers, lists of members, and tickets with what was written in them.",
        (Lang::En | Lang::De, "crt") => "See Care: which alerts are open, whom they are about, who is on duty.",
        (Lang::En | Lang::De, _) => "See all of it.",
    }
}

/// A line for each way to have a right.
fn who(lang: Lang, groups: &[Group]) -> String {
    let (Lang::En | Lang::De) = lang;
    if groups.is_empty() {
        return "Nobody has this right.".to_owned();
    }
    let line = |group: &Group| {
        let way = match group.source.as_str() {
            "role" => format!("By the role <@&{}>", group.role_id),
            "hand" => "By hand".to_owned(),
            _ => "By the operator of the bot".to_owned(),
        };
        let people = match (group.user_ids.is_empty(), group.more) {
            (true, _) => "nobody known yet".to_owned(),
            (_, 0) => mentions("<@", &group.user_ids),
            (_, more) => format!("{} and {more} more", mentions("<@", &group.user_ids)),
        };
        format!("• {way}: {people}")
    };
    groups.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn say_changed(lang: Lang, lines: &mut Vec<String>, right: &Right, changes: &Changes) {
    let (Lang::En | Lang::De) = lang;
    let Changes { are_roles, added, removed } = changes;
    let (before, hint) = match are_roles {
        true => ("<@&", " Members who have the role already are found within a minute or two."),
        false => ("<@", " They sign in to the dashboard with Discord."),
    };
    if !added.is_empty() {
        lines.push(format!("✅ Added: {}.{hint}", mentions(before, added)));
    }
    let by_role = || right.groups.iter().filter(|group| group.source == "role");
    let mut gone = removed.clone();
    if !are_roles {
        gone.retain(|id| by_role().all(|group| !group.user_ids.contains(id)));
    }
    let ended = match () {
        () if *are_roles => " Who has this right in no other way has lost it at once.",
        // The page does not name all.
        () if by_role().any(|group| group.more > 0) => " It ended at once, unless one of the roles below gives it.",
        () => " It ended at once.",
    };
    if !gone.is_empty() {
        lines.push(format!("✅ Removed: {}.{ended}", mentions(before, &gone)));
    }
    for id in removed.iter().filter(|id| !gone.contains(id)) {
        let roles: Vec<Snowflake> =
            by_role().filter(|group| group.user_ids.contains(id)).map(|group| group.role_id).collect();
        lines.push(format!(
            "⚠️ <@{id}> is no longer named here, and still has this right by {}: it ends when they lose the role.",
            mentions("<@&", &roles)
        ));
    }
    if lines.is_empty() {
        lines.push("Nothing has changed.".to_owned());
    }
    lines.push(String::new());
}

/// Somebody else chose while this menu was open.
fn meanwhile(lang: Lang) -> String {
    match lang {
        Lang::En | Lang::De => "⚠️ Somebody else changed this while your menu was open, so nothing of yours was done. This is how it is now: please choose again.\n".to_owned(),
    }
}

fn mentions(before: &str, ids: &[Snowflake]) -> String {
    ids.iter().map(|id| format!("{before}{id}>")).collect::<Vec<_>>().join(" ")
}

pub fn not_everyone(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "@everyone cannot be staff. Please choose roles that only your team has.",
    }
}

pub fn no_list(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "Discord does not let me list the members, so I cannot see who has these roles. Please switch on the Server \
             Members Intent for the bot in Discord's developer portal."
        }
    }
}
