//! What managers read when they set up kinds of ticket and panels.

use relay_wire::Snowflake;
use twilight_model::{
    channel::{
        ChannelType,
        message::component::{ButtonStyle, SelectDefaultValue, SelectMenuType},
    },
    id::Id,
};
use twilight_util::builder::{
    embed::{EmbedBuilder, EmbedFieldBuilder},
    message::{SelectMenuBuilder, SelectMenuOptionBuilder},
};

use crate::{
    discord::{
        components::{TextField, button, cut, escaped, escaped_to, row},
        custom_id::CustomId,
        message::{MessageBody, colour, said},
    },
    error::Result,
    features::tickets::{
        actions,
        setup::NEW,
        store::{Category, Question},
    },
    lang::Lang,
    reply::Modal,
};

/// A number of a kind of ticket. `column` is also the field of the form.
pub struct Limit {
    pub column: &'static str,
    label: fn(Lang) -> &'static str,
    help: fn(Lang) -> &'static str,
    pub least: u32,
    pub most: u32,
    now: fn(&Category) -> u32,
}

/// The bounds are those of `ticket_categories`.
pub const LIMITS: [Limit; 4] = [
    Limit {
        column: "max_open",
        label: |(Lang::En | Lang::De)| "Open tickets of one member",
        help: |(Lang::En | Lang::De)| "How many of this kind somebody may have open at once: 1 to 10.",
        least: 1,
        most: 10,
        now: |category| category.max_open,
    },
    Limit {
        column: "cooldown_minutes",
        label: |(Lang::En | Lang::De)| "Minutes between two tickets",
        help: |(Lang::En | Lang::De)| "Counted from opening to opening: 0 to 10080 (a week).",
        least: 0,
        most: 10_080,
        now: |category| category.cooldown_minutes,
    },
    Limit {
        column: "min_account_days",
        label: |(Lang::En | Lang::De)| "Days since the account was made",
        help: |(Lang::En | Lang::De)| "Younger accounts may not open one: 0 to 3650.",
        least: 0,
        most: 3_650,
        now: |category| category.min_account_days,
    },
    Limit {
        column: "transcript_days",
        label: |(Lang::En | Lang::De)| "Days to keep the transcript",
        help: |(Lang::En | Lang::De)| "After the ticket was closed: 1 to 3650.",
        least: 1,
        most: 3_650,
        now: |category| category.transcript_days,
    },
];

pub fn page_label(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Kinds of ticket",
    }
}

pub fn panel_label(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Post panel",
    }
}

pub fn check_label(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Check",
    }
}

pub fn list(lang: Lang, categories: &[Category], note: Option<String>) -> Result<MessageBody> {
    let (Lang::En | Lang::De) = lang;
    let text =
        "Each has its own staff, form, words and limits. With one, the panel has a button; with several, a menu.";
    let mut embed = EmbedBuilder::new().title("Kinds of ticket").color(colour::INFO);
    if note.is_some() {
        embed = embed.color(colour::GOOD);
    }
    let said: Vec<String> = note.into_iter().chain([text.to_owned()]).collect();
    embed = embed.description(said.join("\n"));
    let mut menu = SelectMenuBuilder::new(CustomId::write(actions::CATEGORY, &[])?, SelectMenuType::Text)
        .placeholder("Look at one and change it");
    // 25 of them share the 6,000 characters of an embed.
    for category in categories.iter().take(25) {
        let staff = category.staff_role_id.map(|role| format!(" · <@&{role}>")).unwrap_or_default();
        let about = match category.description.as_str() {
            "" => "*no description*".to_owned(),
            description => escaped_to(description, 110),
        };
        embed = embed.field(EmbedFieldBuilder::new(category.name.clone(), format!("{about}{staff}")));
        menu = menu.option(SelectMenuOptionBuilder::new(&*category.name, category.category_id.to_string()));
    }
    let buttons = [
        button(ButtonStyle::Success, "Add a kind", CustomId::write(actions::CATEGORY_ADD, &[])?),
        button(ButtonStyle::Secondary, "Post panel", CustomId::write(actions::PANEL, &[])?),
        button(ButtonStyle::Secondary, "Update posted panels", CustomId::write(actions::PANEL_REFRESH, &[])?),
        button(ButtonStyle::Secondary, "Check", CustomId::write(actions::CHECK, &[])?),
    ];
    Ok(MessageBody { components: vec![row([menu.build()]), row(buttons)], ..MessageBody::embed(embed.build()) })
}

/// `staff`: the role of those without one of their own.
pub fn page(lang: Lang, category: &Category, staff: Option<Snowflake>, note: Option<String>) -> Result<MessageBody> {
    let (Lang::En | Lang::De) = lang;
    let id = category.category_id;
    let role = |role: Option<Snowflake>| role.map(|role| format!("<@&{role}>"));
    let staff = match (category.staff_role_id, staff) {
        (Some(own), _) => format!("<@&{own}>"),
        (None, Some(role)) => format!("<@&{role}> (as for all)"),
        (None, None) => "⚠️ none: only administrators see these tickets".to_owned(),
    };
    let parent = category.parent_id.map_or_else(|| "as for all".to_owned(), |id| format!("<#{id}>"));
    let age = match category.min_account_days {
        0 => "accounts of any age".to_owned(),
        days => format!("accounts at least {days} days old"),
    };
    let limits = format!(
        "{} open at once, {} minutes between two, {age}; transcript kept {} days",
        category.max_open, category.cooldown_minutes, category.transcript_days
    );
    let words = if category.opening_text.is_empty() { "as for all" } else { &category.opening_text };
    let questions: Vec<String> = category.questions.iter().map(question).collect();
    let questions = if questions.is_empty() { "none".to_owned() } else { questions.join("\n") };
    let mut embed = EmbedBuilder::new().title(cut(&format!("Kind of ticket: {}", category.name), 256));
    embed = embed.color(if note.is_some() { colour::GOOD } else { colour::INFO });
    let about: Vec<String> =
        note.into_iter().chain(Some(escaped(&category.description)).filter(|text| !text.is_empty())).collect();
    if !about.is_empty() {
        embed = embed.description(about.join("\n"));
    }
    for (name, value) in [
        ("Staff", staff),
        ("Made in", parent),
        ("Only for members with", role(category.required_role_id).unwrap_or_else(|| "any role".to_owned())),
        ("First words", cut(words, 1_000)),
        ("Own questions", questions),
        ("Limits", limits),
    ] {
        embed = embed.field(EmbedFieldBuilder::new(name, value));
    }
    let mut change = SelectMenuBuilder::new(CustomId::write(actions::CATEGORY_CHANGE, &[&id])?, SelectMenuType::Text)
        .placeholder("Change its …");
    for (value, label) in
        [("texts", "Name, description, first words"), ("questions", "Own questions"), ("limits", "Limits")]
    {
        change = change.option(SelectMenuOptionBuilder::new(label, value));
    }
    let pick = |column: &str, kind, placeholder: &str, chosen: Option<SelectDefaultValue>| {
        let menu = SelectMenuBuilder::new(CustomId::write(actions::CATEGORY_PICK, &[&id, &column])?, kind);
        let menu = menu.placeholder(placeholder).min_values(0).max_values(1);
        Ok::<_, crate::error::Error>(menu.default_values(chosen.into_iter().collect()))
    };
    let staff =
        pick("staff_role_id", SelectMenuType::Role, "Staff role of its own", default_role(category.staff_role_id))?;
    let required = pick(
        "required_role_id",
        SelectMenuType::Role,
        "Role that members need",
        default_role(category.required_role_id),
    )?;
    let parent =
        pick("parent_id", SelectMenuType::Channel, "Category for its channels", default_channel(category.parent_id))?
            .channel_types(vec![ChannelType::GuildCategory]);
    let buttons = [
        button(ButtonStyle::Secondary, "Up", CustomId::write(actions::CATEGORY_MOVE, &[&id, &-1])?),
        button(ButtonStyle::Secondary, "Down", CustomId::write(actions::CATEGORY_MOVE, &[&id, &1])?),
        button(ButtonStyle::Danger, "Retire", CustomId::write(actions::CATEGORY_RETIRE, &[&id])?),
        button(ButtonStyle::Primary, "All kinds", CustomId::write(actions::CATEGORIES, &[])?),
    ];
    let menus = [change, staff, parent, required].map(|menu| row([menu.build()]));
    let components = menus.into_iter().chain([row(buttons)]).collect();
    Ok(MessageBody { components, ..MessageBody::embed(embed.build()) })
}

fn default_role(role: Option<Snowflake>) -> Option<SelectDefaultValue> {
    Some(SelectDefaultValue::Role(Id::new_checked(role?.0)?))
}

fn default_channel(channel: Option<Snowflake>) -> Option<SelectDefaultValue> {
    Some(SelectDefaultValue::Channel(Id::new_checked(channel?.0)?))
}

fn question(question: &Question) -> String {
    format!("{} ({})", escaped(&question.label), kind(question))
}

fn kind(question: &Question) -> String {
    let long = if question.long { "long" } else { "short" };
    let required = if question.required { "required" } else { "optional" };
    format!("{long}, {required}")
}

/// Of a new kind, or of one that is there.
pub fn texts_form(lang: Lang, category: Option<&Category>) -> Result<Modal> {
    let (Lang::En | Lang::De) = lang;
    let field = |custom_id, label, help, long, required, max_length, value: Option<&String>| TextField {
        custom_id,
        label,
        help: Some(help),
        long,
        required,
        max_length,
        value: value.cloned(),
    };
    let now = |text: fn(&Category) -> &String| category.map(text);
    let components = vec![
        field("name", "Name", "In the panel's menu.", false, true, 80, now(|one| &one.name)),
        field(
            "description",
            "Description",
            "Below the name in the menu.",
            false,
            false,
            100,
            now(|one| &one.description),
        ),
        field(
            "opening_text",
            "First words in a ticket",
            "Empty: those of the settings.",
            true,
            false,
            1_500,
            now(|one| &one.opening_text),
        ),
    ];
    let id = category.map_or_else(|| NEW.to_owned(), |category| category.category_id.to_string());
    Ok(Modal {
        custom_id: CustomId::write(actions::CATEGORY_TEXTS, &[&id])?,
        title: if category.is_some() { "Kind of ticket" } else { "New kind of ticket" }.to_owned(),
        components: components.into_iter().map(TextField::build).collect(),
    })
}

pub fn questions_form(lang: Lang, category: &Category) -> Result<Modal> {
    let (Lang::En | Lang::De) = lang;
    let mut components = vec![];
    for (at, (label, kind_id)) in [("question0", "kind0"), ("question1", "kind1")].into_iter().enumerate() {
        let known = category.questions.get(at);
        let which = if at == 0 { "First question" } else { "Second question" };
        components.push(TextField {
            custom_id: label,
            label: which,
            help: Some("Asked beside subject and details. Empty: not asked."),
            long: false,
            required: false,
            max_length: 45,
            value: known.map(|question| question.label.clone()),
        });
        components.push(TextField {
            custom_id: kind_id,
            label: "Its answer",
            help: Some("short or long, required or optional; for example: long, optional"),
            long: false,
            required: false,
            max_length: 30,
            value: known.map(kind),
        });
    }
    Ok(Modal {
        custom_id: CustomId::write(actions::CATEGORY_QUESTIONS, &[&category.category_id])?,
        title: "Own questions".to_owned(),
        components: components.into_iter().map(TextField::build).collect(),
    })
}

pub fn limits_form(lang: Lang, category: &Category) -> Result<Modal> {
    let components = LIMITS.iter().map(|limit| {
        let field = TextField {
            custom_id: limit.column,
            label: (limit.label)(lang),
            help: Some((limit.help)(lang)),
            long: false,
            required: true,
            max_length: 5,
            value: Some((limit.now)(category).to_string()),
        };
        field.build()
    });
    Ok(Modal {
        custom_id: CustomId::write(actions::CATEGORY_LIMITS, &[&category.category_id])?,
        title: match lang {
            Lang::En | Lang::De => "Limits".to_owned(),
        },
        components: components.collect(),
    })
}

pub fn ask_to_retire(lang: Lang, category: &Category) -> Result<MessageBody> {
    let (Lang::En | Lang::De) = lang;
    let text = format!(
        "Retire **{}**? It takes no new tickets and leaves the panels. Tickets that are there keep it.",
        escaped(&category.name)
    );
    let id = category.category_id;
    let buttons = [
        button(ButtonStyle::Danger, "Retire it", CustomId::write(actions::CATEGORY_RETIRE, &[&id, &"yes"])?),
        button(ButtonStyle::Secondary, "Keep it", CustomId::write(actions::CATEGORIES, &[])?),
    ];
    Ok(MessageBody { components: vec![row(buttons)], ..said(text, colour::ERROR) })
}

pub fn choose_panel_channel(lang: Lang) -> Result<MessageBody> {
    let (Lang::En | Lang::De) = lang;
    let menu = SelectMenuBuilder::new(CustomId::write(actions::PANEL_POST, &[])?, SelectMenuType::Channel)
        .channel_types(vec![ChannelType::GuildText, ChannelType::GuildAnnouncement])
        .placeholder("The channel for the panel");
    let text = "Where shall members open tickets? Choose a channel that they can read.";
    Ok(MessageBody { components: vec![row([menu.build()])], ..said(text, colour::INFO) })
}

pub fn choose_a_channel(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Please choose a text channel of this server from the list.",
    }
}

pub fn panels_refreshed(lang: Lang, changed: usize, refused: &[Snowflake]) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let mut text = match changed {
        0 => "Every panel shows what there is.".to_owned(),
        1 => "One panel shows what there is now.".to_owned(),
        many => format!("{many} panels show what there is now."),
    };
    for channel in refused {
        text.push_str(&format!("\n⚠️ I may not change the one in <#{channel}>: post it anew there."));
    }
    said(text, if refused.is_empty() { colour::GOOD } else { colour::ERROR })
}

pub fn saved(lang: Lang) -> String {
    match lang {
        Lang::En | Lang::De => {
            "Saved. **Update posted panels** in the list shows it on panels that hang already.".to_owned()
        }
    }
}

pub fn retired(lang: Lang, category: &Category) -> String {
    match lang {
        Lang::En | Lang::De => {
            format!("**{}** takes no new tickets. Update the posted panels.", escaped(&category.name))
        }
    }
}

pub fn category_gone(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "This kind of ticket is not there any more. Please open `/setup part:tickets` again.",
    }
}

pub fn everyone_is_no_role(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Everybody has **@everyone**: please choose a role that only some have, or none.",
    }
}

pub fn name_missing(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Please give it a name, for example `Billing`.",
    }
}

pub fn name_taken(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "There is a kind of ticket with this name already. Please choose another one.",
    }
}

pub fn too_many(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "There are 25 kinds already, as many as a panel's menu holds. Retire one first.",
    }
}

pub fn last_one(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "This is the only kind of ticket. Add another one first, or delete the panel to take no tickets."
        }
    }
}

pub fn kind_unclear(lang: Lang, written: &str) -> String {
    match lang {
        Lang::En | Lang::De => format!(
            "I do not know what `{}` means for an answer. Please write `short` or `long`, and `optional` if it may be left empty, for example `long, optional`.",
            written.replace('`', "'")
        ),
    }
}

pub fn number_unclear(lang: Lang, limit: &Limit) -> String {
    match lang {
        Lang::En | Lang::De => {
            format!("**{}**: please write a whole number from {} to {}.", (limit.label)(lang), limit.least, limit.most)
        }
    }
}
