//! What is held about a person: features name their tables, and all of them are counted, read and emptied in one call.

use relay_wire::Snowflake;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{context::Cx, error::Result, lang::Lang};

/// Somebody in one guild; guild 0 is what belongs to none (direct messages).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    pub guild_id: Snowflake,
    pub user_id: Snowflake,
}

/// A table with `guild_id` and a column that names a person.
#[derive(Serialize)]
pub struct Table {
    #[serde(rename = "table")]
    pub name: &'static str,
    pub column: &'static str,
    pub erase: Erase,
    /// Columns that are not theirs to read, or another person's.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub hide: &'static [&'static str],
    /// What a row is, in plain words and in the plural; None where `/privacy status` says it in another way.
    #[serde(skip)]
    pub label: Option<fn(Lang) -> &'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Erase {
    /// The row goes.
    Delete,
    /// The row is about something else: the person's id in it becomes null, or 0 where there must be one.
    Null,
    Zero,
    /// Erased by the feature's own function, or kept for a reason that docs/privacy.md gives.
    Keep,
}

/// Rows of one table that a step erases; well below what the database does in the time of a call.
const MAX_ERASED: usize = 5_000;

/// How many rows of each table; those without any are left out. Keys are `table.column`.
pub async fn count(cx: &Cx, tables: &[&Table], who: Person) -> Result<Map<String, Value>> {
    Ok(cx.supabase.rpc("count_person", &arguments(tables, who, None)).await?)
}

/// The rows themselves, at most `max_rows` of a table: `{"table.column": {"held": n, "rows": [...]}}`.
pub async fn export(cx: &Cx, tables: &[&Table], who: Person, max_rows: usize) -> Result<Map<String, Value>> {
    Ok(cx.supabase.rpc("export_person", &arguments(tables, who, Some(max_rows))).await?)
}

/// Erases a share of them. True when nothing is left.
pub async fn erase(cx: &Cx, tables: &[&Table], who: Person) -> Result<bool> {
    Ok(cx.supabase.rpc("erase_person", &arguments(tables, who, Some(MAX_ERASED))).await?)
}

fn arguments(tables: &[&Table], who: Person, max_rows: Option<usize>) -> Value {
    let mut arguments = json!({"tables": tables, "guild_id": who.guild_id, "user_id": who.user_id});
    if let (Some(max_rows), Some(fields)) = (max_rows, arguments.as_object_mut()) {
        fields.insert("max_rows".to_owned(), json!(max_rows));
    }
    arguments
}
