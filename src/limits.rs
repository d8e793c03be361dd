//! How often a member may use one command: counted after the answer, so that nobody waits for it.
//!
//! Upstash counts for all isolates. The first uses of a minute stay with the isolate that saw them: nearly nobody goes on, and
//! each count costs a round trip. So a limit of thirty may be thirty and four for each further isolate.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use chrono::TimeDelta;
use relay_wire::Snowflake;

use crate::{
    context::{Cx, logged},
    edge::Time,
};

/// Far above what a person does, far below what a script can.
const USES: i64 = 30;
const SECONDS: u32 = 60;
/// With this one Upstash is told, of those before as well.
const TOLD_FROM: i64 = 5;
/// Members and commands that an isolate remembers, some 100 bytes each. Beyond that it begins anew, but for who has to wait.
const REMEMBERED: usize = 10_000;

/// What one member did with one command in the minute since `since`.
pub struct Uses {
    since: Time,
    count: i64,
    /// As Upstash said: they have to wait.
    until: Option<Time>,
}

pub type Used = RefCell<HashMap<(Snowflake, Rc<str>), Uses>>;

/// Until when this member has to wait before they use this again; None: they need not.
pub fn waits_until(cx: &Cx, member: Snowflake, name: &Rc<str>) -> Option<Time> {
    cx.used.borrow().get(&(member, name.clone()))?.until.filter(|until| *until > cx.now)
}

/// Counts one use.
pub fn count(cx: &Cx, member: Snowflake, name: &Rc<str>) {
    if let Some(by) = to_tell(cx, member, name) {
        cx.after(tell(cx.clone(), member, name.clone(), by));
    }
}

async fn tell(cx: Cx, member: Snowflake, name: Rc<str>, by: i64) {
    let key = format!("uses:{member}:{name}");
    let counted = cx.redis.count_within(&key, SECONDS, by).await.map_err(Into::into);
    let Some((_, left)) = logged(&cx, "limits", counted).filter(|(uses, _)| *uses >= USES) else { return };
    cx.log("info", "used_too_often", from_json::json!({"user_id": member, "command": &*name}));
    let until = cx.now + TimeDelta::seconds(left.clamp(1, i64::from(SECONDS)));
    if let Some(uses) = cx.used.borrow_mut().get_mut(&(member, name)) {
        uses.until = Some(until);
    }
}

/// How many uses Upstash does not know of; None: it need not.
fn to_tell(cx: &Cx, member: Snowflake, name: &Rc<str>) -> Option<i64> {
    let minute = TimeDelta::seconds(i64::from(SECONDS));
    let is_over = |uses: &Uses| cx.now >= uses.since + minute && uses.until.is_none_or(|until| until <= cx.now);
    let mut used = cx.used.borrow_mut();
    if used.len() >= REMEMBERED {
        used.retain(|_, uses| uses.until.is_some() && !is_over(uses));
    }
    let none = || Uses { since: cx.now, count: 0, until: None };
    let uses = used.entry((member, name.clone())).or_insert_with(none);
    if is_over(uses) {
        *uses = none();
    }
    uses.count += 1;
    match uses.count {
        ..TOLD_FROM => None,
        TOLD_FROM => Some(TOLD_FROM),
        _ => Some(1),
    }
}
