//! What is held about a person: features name their tables, and all of them are counted, read and emptied in one call.

use from_json::{Map, Value, json};
use relay_wire::Snowflake;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    context::Cx,
    error::{Error, Result},
    lang::Lang,
};

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
    let arguments = json!({"tables": tables, "guild_id": who.guild_id, "user_id": who.user_id});
    Ok(cx.supabase.rpc("count_person", &arguments).await?)
}

/// Where an export goes on: with the table at `place`, after the rows whose key is `after` (empty: with the first).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Bookmark {
    pub place: usize,
    pub after: String,
}

/// A share of the rows, table by table; `next` is None when these were the last.
#[derive(Deserialize)]
pub struct Portion {
    pub pages: Vec<Page>,
    pub next: Option<Bookmark>,
}

#[derive(Deserialize)]
pub struct Page {
    /// `table.column`
    pub table: String,
    /// As the database wrote them: nobody reads them here.
    pub rows: Vec<Box<RawValue>>,
}

/// Rows of one table, and bytes, that a portion has at most (but a few more with the same key).
const MAX_PORTION: (usize, usize) = (5_000, 3 << 19);

/// The rows themselves, from `at` on.
pub async fn export(cx: &Cx, tables: &[&Table], who: Person, at: &Bookmark) -> Result<Portion> {
    let (max_rows, max_bytes) = MAX_PORTION;
    let arguments = json!({
        "tables": tables, "guild_id": who.guild_id, "user_id": who.user_id, "place": at.place, "after": at.after,
        "max_rows": max_rows, "max_bytes": max_bytes,
    });
    let portion = cx.supabase.rpc_bytes("export_person", Ok(arguments)).await?;
    serde_json::from_slice(&portion).map_err(|error| Error::bug(format!("a portion of an export: {error}")))
}

/// Erases a share of them. True when nothing is left.
pub async fn erase(cx: &Cx, tables: &[&Table], who: Person) -> Result<bool> {
    let arguments = json!({"tables": tables, "guild_id": who.guild_id, "user_id": who.user_id, "max_rows": MAX_ERASED});
    Ok(cx.supabase.rpc("erase_person", &arguments).await?)
}

/// Notes who of the staff opened what is held about a member; they read it in `/privacy export`.
/// `what` is said in a few words, for the member to read. Noted before it is shown or done: what cannot be noted is not.
pub async fn note_access(cx: &Cx, guild: Snowflake, person: Snowflake, actor: Snowflake, what: &str) -> Result<()> {
    let access = json!({"guild_id": guild, "actor_id": actor, "subject_id": person, "what": what, "at": cx.now});
    Ok(cx.supabase.rpc::<()>("note_access", &access).await?)
}

/// Notes what an administrator confirmed or overrode. Noted before it is done; `detail` holds ids, never text of members.
pub async fn note_action(cx: &Cx, guild: Snowflake, actor: Snowflake, what: &str, detail: &Value) -> Result<()> {
    let row = json!({"guild_id": guild, "actor_id": actor, "what": what, "detail": detail, "at": cx.now});
    Ok(cx.supabase.insert("admin_actions", &[row], None).await?)
}
