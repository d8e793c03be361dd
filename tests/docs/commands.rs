//! docs/commands.md, from the definitions that Discord is told and the settings that `/setup` shows.

use std::fmt::Write;

use community_os::{
    features::{FEATURES, Feature},
    lang::Lang,
    settings::{Kind, Setting},
};
use twilight_model::application::{
    command::{Command, CommandOption, CommandOptionChoiceValue, CommandOptionType, CommandOptionValue, CommandType},
    interaction::InteractionContextType,
};

use crate::{cell, generated};

const INTRODUCTION: &str = "# Commands, buttons and settings

Generated from the code by `cargo xtask docs`; a test fails when it is stale.

*Who may use it* is what the command asks of a member when it is registered. Administrators of a server change that for single members, roles
and channels in *Server Settings -> Integrations*. Some commands look closer when they run, for instance whether somebody belongs to the
crisis response team or to the staff of a ticket's category; the bot then says what is missing.

In the examples, options in square brackets may be left out.
";

#[test]
fn commands_are_documented() {
    generated("docs/commands.md", &page());
}

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    for feature in FEATURES {
        let definitions: Vec<Command> =
            feature.commands.iter().filter_map(|command| Some(command.definition?())).collect();
        let is_seen = !definitions.is_empty()
            || !feature.prefix_commands.is_empty()
            || !feature.components.is_empty()
            || !feature.settings.is_empty();
        if !is_seen {
            continue;
        }
        let _ = writeln!(page, "\n## {}", feature.name);
        for definition in &definitions {
            command(&mut page, definition);
        }
        for command in feature.prefix_commands {
            let what = "Typed into a channel that the bot reads; `COMMAND_PREFIX` changes the mark before it.";
            let _ = writeln!(page, "\n### `!{}`\n\n{what}", command.name);
        }
        pressed(&mut page, feature);
        settings(&mut page, feature.settings);
    }
    page
}

fn command(page: &mut String, command: &Command) {
    let (title, what) = match command.kind {
        CommandType::User => (format!("*{}*, in a member's menu", command.name), "Right-click a member, *Apps*."),
        CommandType::Message => (format!("*{}*, in a message's menu", command.name), "Right-click a message, *Apps*."),
        _ => (format!("`/{}`", command.name), command.description.as_str()),
    };
    let _ = writeln!(page, "\n### {title}\n\n{what}\n\nWho may use it: {}. {}", who(command), places(command));
    let lines = lines(&format!("/{}", command.name), &command.description, &command.options);
    if command.kind == CommandType::ChatInput {
        let _ = writeln!(page, "\n| line | what it does | example |\n|---|---|---|");
        for (line, what, options) in &lines {
            let _ = writeln!(page, "| `{line}` | {} | `{}` |", cell(what), cell(&example(line, options)));
        }
    }
    let options: Vec<(&String, &&CommandOption)> =
        lines.iter().flat_map(|(line, _, options)| options.iter().map(move |option| (line, option))).collect();
    if !options.is_empty() {
        let _ = writeln!(page, "\n| option | of | what it is |\n|---|---|---|");
        for (line, option) in options {
            let must = if option.required == Some(true) { "required" } else { "optional" };
            let _ = writeln!(
                page,
                "| `{}` | `{line}` | {}; {must}, {} |",
                option.name,
                cell(option.description.trim_end_matches('.')),
                cell(&form(option))
            );
        }
    }
}

type Line<'a> = (String, &'a str, Vec<&'a CommandOption>);

/// A command's lines: itself, or its subcommands in their groups.
fn lines<'a>(name: &str, description: &'a str, options: &'a [CommandOption]) -> Vec<Line<'a>> {
    let below = |option: &CommandOption| {
        matches!(option.kind, CommandOptionType::SubCommand | CommandOptionType::SubCommandGroup)
    };
    if !options.iter().any(below) {
        return vec![(name.to_owned(), description, options.iter().collect())];
    }
    let all = options.iter().flat_map(|option| {
        lines(&format!("{name} {}", option.name), &option.description, option.options.as_deref().unwrap_or_default())
    });
    all.collect()
}

fn who(command: &Command) -> String {
    match command.default_member_permissions {
        None => "everybody".to_owned(),
        Some(permissions) if permissions.is_empty() => "administrators".to_owned(),
        Some(permissions) => {
            let names: Vec<String> = permissions.iter_names().map(|(name, _)| format!("*{}*", title(name))).collect();
            format!("members with {}", names.join(" and "))
        }
    }
}

/// MANAGE_GUILD -> Manage Server, as Discord's own settings call it.
pub fn title(constant: &str) -> String {
    let words = constant.replace("GUILD", "SERVER").to_lowercase();
    let words = words.split('_').map(|word| match word {
        "in" => word.to_owned(),
        _ => word[..1].to_uppercase() + &word[1..],
    });
    words.collect::<Vec<_>>().join(" ")
}

fn places(command: &Command) -> &'static str {
    match command.contexts.as_deref() {
        Some([InteractionContextType::Guild]) => "In servers only.",
        _ => "Also in direct messages.",
    }
}

fn form(option: &CommandOption) -> String {
    let number = |value: &Option<CommandOptionValue>| match value {
        Some(CommandOptionValue::Integer(value)) => Some(value.to_string()),
        Some(CommandOptionValue::Number(value)) => Some(value.to_string()),
        None => None,
    };
    if let Some(choices) = option.choices.as_ref().filter(|choices| !choices.is_empty()) {
        let names: Vec<String> = choices.iter().map(|choice| format!("*{}*", choice.name)).collect();
        return format!("one of {}", names.join(", "));
    }
    let kind = match option.kind {
        CommandOptionType::Attachment => "a file",
        CommandOptionType::Boolean => "True or False",
        CommandOptionType::Channel => "a channel",
        CommandOptionType::Integer => "a whole number",
        CommandOptionType::Mentionable => "a member or role",
        CommandOptionType::Number => "a number",
        CommandOptionType::Role => "a role",
        CommandOptionType::User => "a member",
        _ => "a text",
    };
    let mut form = kind.to_owned();
    match (number(&option.min_value), number(&option.max_value)) {
        (Some(min), Some(max)) => form += &format!(" from {min} to {max}"),
        (Some(min), None) => form += &format!(" of at least {min}"),
        (None, Some(max)) => form += &format!(" of at most {max}"),
        (None, None) => {}
    }
    if let Some(most) = option.max_length {
        form += &format!(" of at most {most} characters");
    }
    if option.autocomplete == Some(true) {
        form += ", with suggestions";
    }
    form
}

fn example(line: &str, options: &[&CommandOption]) -> String {
    let mut example = line.to_owned();
    for option in options {
        let written = format!("{}:{}", option.name, value(option));
        example += &if option.required == Some(true) { format!(" {written}") } else { format!(" [{written}]") };
    }
    example
}

fn value(option: &CommandOption) -> String {
    if let Some(choice) = option.choices.iter().flatten().next() {
        return match &choice.value {
            CommandOptionChoiceValue::Integer(_) | CommandOptionChoiceValue::Number(_) => choice.name.clone(),
            CommandOptionChoiceValue::String(_) => choice.name.clone(),
        };
    }
    match option.kind {
        CommandOptionType::Attachment => "file.txt".to_owned(),
        CommandOptionType::Boolean => "True".to_owned(),
        CommandOptionType::Channel => "#general".to_owned(),
        CommandOptionType::Integer | CommandOptionType::Number => match option.min_value {
            Some(CommandOptionValue::Integer(least)) => least.max(1).to_string(),
            Some(CommandOptionValue::Number(least)) => least.to_string(),
            None => "7".to_owned(),
        },
        CommandOptionType::Mentionable | CommandOptionType::User => "@member".to_owned(),
        CommandOptionType::Role => "@role".to_owned(),
        _ => "...".to_owned(),
    }
}

fn pressed(page: &mut String, feature: &Feature) {
    let names = |components: &[community_os::features::Component]| {
        let names: Vec<String> = components.iter().map(|component| format!("`{}`", component.action)).collect();
        names.join(", ")
    };
    if !feature.components.is_empty() {
        let _ = writeln!(page, "\nButtons and menus, by their action: {}.", names(feature.components));
    }
    if !feature.modals.is_empty() {
        let _ = writeln!(page, "\nForms: {}.", names(feature.modals));
    }
    if !feature.setup_pages.is_empty() {
        let labels: Vec<String> =
            feature.setup_pages.iter().map(|page| format!("*{}*", (page.label)(Lang::En))).collect();
        let _ = writeln!(page, "\nPages of its own in `/setup`: {}.", labels.join(", "));
    }
}

fn settings(page: &mut String, settings: &[Setting]) {
    if settings.is_empty() {
        return;
    }
    let _ = writeln!(page, "\nSettings, in `/setup`:\n\n| setting | default | what it is |\n|---|---|---|");
    for setting in settings {
        let (kind, default) = kind(&setting.kind);
        let _ = writeln!(
            page,
            "| {}<br>`{}` | {default} | {} ({kind}) |",
            cell((setting.label)(Lang::En)),
            setting.key,
            cell((setting.help)(Lang::En))
        );
    }
}

/// What may be chosen, and what holds until somebody does.
fn kind(kind: &Kind) -> (String, String) {
    match kind {
        Kind::Switch { default } => ("on or off".to_owned(), if *default { "on" } else { "off" }.to_owned()),
        Kind::Number { default, min, max } => (format!("a number from {min} to {max}"), default.to_string()),
        Kind::Text { default, max_length } => {
            let default = default(Lang::En);
            let default = if default.is_empty() { "empty".to_owned() } else { format!("`{}`", cell(default)) };
            (format!("a text of at most {max_length} characters"), default)
        }
        Kind::Formed { example, .. } => (format!("for example `{}`", cell(example)), "empty".to_owned()),
        Kind::Choice(words) => {
            let all: Vec<String> = words.iter().map(|(word, label)| format!("`{word}` {label}")).collect();
            (format!("one of {}", all.join(", ")), format!("`{}`", words[0].0))
        }
        Kind::Channel => ("a channel".to_owned(), "none".to_owned()),
        Kind::Category => ("a category".to_owned(), "none".to_owned()),
        Kind::Channels => ("channels".to_owned(), "none".to_owned()),
        Kind::Role => ("a role".to_owned(), "none".to_owned()),
    }
}
