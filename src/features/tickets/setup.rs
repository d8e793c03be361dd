//! The kinds of ticket in `/setup`: a list, a page for each with its menus and forms, and what they change.

use from_json::{FromJson, Map, Value, json};
use relay_wire::Snowflake;

use super::{
    access, messages,
    store::{self, Category, Id, Question},
};
use crate::{
    context::Cx,
    discord::{custom_id::CustomId, interaction::Interaction},
    error::{Error, Result},
    lang::Lang,
    reply::{Answer, Reply},
    settings,
};

/// The argument of a form that makes a new kind.
pub const NEW: &str = "new";
/// The columns that a menu on a kind's page chooses.
pub const CHOICES: [&str; 3] = ["staff_role_id", "parent_id", "required_role_id"];

/// What `save_ticket_category` and `retire_ticket_category` answer.
#[derive(FromJson)]
#[serde(tag = "outcome", rename_all = "snake_case")]
enum Outcome {
    Saved { category: Option<Category> },
    Gone,
    NameTaken,
    TooMany,
    Last,
}

pub async fn list(cx: Cx, call: Interaction) -> Result<Answer> {
    let guild = manager(&cx, &call)?;
    shown_list(&cx, guild, None).await
}

async fn shown_list(cx: &Cx, guild: Snowflake, note: Option<String>) -> Result<Answer> {
    let categories = store::categories(cx, guild).await?;
    Ok(Answer::Update(Reply::private(messages::setup::list(cx.lang, &categories, note)?)))
}

/// Chosen in the list's menu.
pub async fn chosen(cx: Cx, call: Interaction) -> Result<Answer> {
    let guild = manager(&cx, &call)?;
    let id = call.input.values.first().and_then(|id| id.parse().ok());
    let category = find(&cx, guild, id).await?;
    page(&cx, guild, &category, None).await
}

pub async fn add(cx: Cx, call: Interaction) -> Result<Answer> {
    manager(&cx, &call)?;
    Ok(Answer::Modal(messages::setup::texts_form(cx.lang, None)?))
}

/// Which form of a kind was asked for stands in the menu's value.
pub async fn change(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let guild = manager(&cx, &call)?;
    let category = find(&cx, guild, Some(id.argument(0, cx.lang)?)).await?;
    let form = match call.input.values.first().map(String::as_str) {
        Some("texts") => messages::setup::texts_form(cx.lang, Some(&category))?,
        Some("questions") => messages::setup::questions_form(cx.lang, &category)?,
        Some("limits") => messages::setup::limits_form(cx.lang, &category)?,
        _ => return Err(Error::user(messages::setup::category_gone(cx.lang))),
    };
    Ok(Answer::Modal(form))
}

pub async fn texts_written(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let name = written(&call, "name");
    if name.is_empty() {
        return Err(Error::user(messages::setup::name_missing(cx.lang)));
    }
    let fields = json!({
        "name": name, "description": written(&call, "description"), "opening_text": written(&call, "opening_text"),
    });
    save(&cx, &call, &id, fields).await
}

pub async fn questions_written(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let mut questions = vec![];
    for (label, kind) in [("question0", "kind0"), ("question1", "kind1")] {
        let (label, kind) = (written(&call, label), written(&call, kind));
        if !label.is_empty() {
            let read = read_kind(&kind).ok_or_else(|| Error::user(messages::setup::kind_unclear(cx.lang, &kind)))?;
            questions.push(Question { label, long: read.0, required: read.1 });
        }
    }
    save(&cx, &call, &id, json!({"questions": questions})).await
}

pub async fn limits_written(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let mut fields = Map::new();
    for limit in &messages::setup::LIMITS {
        let number: Option<u32> = written(&call, limit.column).parse().ok();
        let number = number.filter(|number| (limit.least..=limit.most).contains(number));
        let number = number.ok_or_else(|| Error::user(messages::setup::number_unclear(cx.lang, limit)))?;
        fields.insert(limit.column.to_owned(), json!(number));
    }
    save(&cx, &call, &id, Value::Object(fields)).await
}

/// A role or Discord category was chosen, or taken out.
pub async fn picked(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let column: String = id.argument(1, cx.lang)?;
    if !CHOICES.contains(&column.as_str()) {
        return Err(Error::user(messages::setup::category_gone(cx.lang)));
    }
    let value: Option<Snowflake> = call.input.values.first().and_then(|id| id.parse().ok());
    if value.is_some() && value == call.guild_id {
        return Err(Error::user(messages::setup::everyone_is_no_role(cx.lang)));
    }
    let mut fields = Map::new();
    fields.insert(column, json!(value));
    save(&cx, &call, &id, Value::Object(fields)).await
}

pub async fn moved(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let guild = manager(&cx, &call)?;
    let category: Id = id.argument(0, cx.lang)?;
    let by: i32 = id.argument(1, cx.lang)?;
    let arguments = json!({"guild_id": guild, "category_id": category, "by": by.signum()});
    cx.supabase.rpc::<()>("move_ticket_category", &arguments).await?;
    note(&cx, &call, "moved", &json!([]));
    shown_list(&cx, guild, None).await
}

/// Asks first; the button of the question carries one argument more.
pub async fn retire(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let guild = manager(&cx, &call)?;
    let category = find(&cx, guild, Some(id.argument(0, cx.lang)?)).await?;
    if id.arguments.len() < 2 {
        return Ok(Answer::Update(Reply::private(messages::setup::ask_to_retire(cx.lang, &category)?)));
    }
    let arguments = json!({"guild_id": guild, "category_id": category.category_id, "at": cx.now});
    let done: Outcome = cx.supabase.rpc("retire_ticket_category", &arguments).await?;
    match done {
        Outcome::Saved { .. } => {
            note(&cx, &call, "retired", &json!([]));
            shown_list(&cx, guild, Some(messages::setup::retired(cx.lang, &category))).await
        }
        other => Err(Error::user(why_not(cx.lang, &other))),
    }
}

/// `id`'s first argument is the kind, or [`NEW`].
async fn save(cx: &Cx, call: &Interaction, id: &CustomId, fields: Value) -> Result<Answer> {
    let guild = manager(cx, call)?;
    let mut arguments = json!({"guild_id": guild, "fields": fields});
    if id.argument::<String>(0, cx.lang)? != NEW
        && let Some(known) = arguments.as_object_mut()
    {
        known.insert("category_id".to_owned(), json!(id.argument::<Id>(0, cx.lang)?));
    }
    let saved: Outcome = cx.supabase.rpc("save_ticket_category", &arguments).await?;
    match saved {
        Outcome::Saved { category: Some(category) } => {
            let columns: Vec<&String> = fields.as_object().into_iter().flat_map(Map::keys).collect();
            note(cx, call, "saved", &json!(columns));
            page(cx, guild, &category, Some(messages::setup::saved(cx.lang))).await
        }
        other => Err(Error::user(why_not(cx.lang, &other))),
    }
}

async fn page(cx: &Cx, guild: Snowflake, category: &Category, note: Option<String>) -> Result<Answer> {
    let settings = settings::load(cx, guild).await?;
    let staff = access::staff_role(&settings, None);
    Ok(Answer::Update(Reply::private(messages::setup::page(cx.lang, category, staff, note)?)))
}

async fn find(cx: &Cx, guild: Snowflake, id: Option<Id>) -> Result<Category> {
    let categories = store::categories(cx, guild).await?;
    let found = categories.into_iter().find(|category| Some(category.category_id) == id);
    found.ok_or_else(|| Error::user(messages::setup::category_gone(cx.lang)))
}

fn manager(cx: &Cx, call: &Interaction) -> Result<Snowflake> {
    Ok(access::require_manager(cx, call)?.guild_id)
}

fn note(cx: &Cx, call: &Interaction, what: &str, columns: &Value) {
    let fields = json!({"guild_id": call.guild_id, "actor_id": call.user_id, "what": what, "columns": columns});
    cx.log("info", "ticket_category_changed", fields);
}

fn written(call: &Interaction, field: &str) -> String {
    call.input.field(field).unwrap_or_default().trim().replace('\0', "\u{fffd}")
}

/// (several lines, must be answered) of `short`, `long`, `optional`, `required` in any order; empty is short and required.
fn read_kind(text: &str) -> Option<(bool, bool)> {
    let (mut long, mut required) = (false, true);
    for word in text.split([',', ' ']).filter(|word| !word.is_empty()) {
        match word.to_lowercase().as_str() {
            "short" => long = false,
            "long" => long = true,
            "required" => required = true,
            "optional" => required = false,
            _ => return None,
        }
    }
    Some((long, required))
}

fn why_not(lang: Lang, outcome: &Outcome) -> String {
    match outcome {
        Outcome::NameTaken => messages::setup::name_taken(lang),
        Outcome::TooMany => messages::setup::too_many(lang),
        Outcome::Last => messages::setup::last_one(lang),
        Outcome::Saved { .. } | Outcome::Gone => messages::setup::category_gone(lang),
    }
    .to_owned()
}
