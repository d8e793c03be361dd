//! How often a member may use one command: counted in Upstash after the answer, so that nobody waits for it.

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
/// Members whom one isolate remembers to have used something too often.
const REMEMBERED: usize = 1_000;

/// A copy of what Upstash said: until when somebody has to wait.
pub type Waits = RefCell<HashMap<(Snowflake, Rc<str>), Time>>;

/// Until when this member has to wait before they use this again; None: they need not.
pub fn waits_until(cx: &Cx, member: Snowflake, name: &Rc<str>) -> Option<Time> {
    cx.waits.borrow().get(&(member, name.clone())).copied().filter(|until| *until > cx.now)
}

/// Counts one use.
pub async fn count(cx: Cx, member: Snowflake, name: Rc<str>) {
    let key = format!("uses:{member}:{name}");
    let counted = cx.redis.count_within(&key, SECONDS).await.map_err(Into::into);
    let Some((_, left)) = logged(&cx, "limits", counted).filter(|(uses, _)| *uses >= USES) else { return };
    cx.log("info", "used_too_often", from_json::json!({"user_id": member, "command": &*name}));
    let until = cx.now + TimeDelta::seconds(left.clamp(1, i64::from(SECONDS)));
    let mut waits = cx.waits.borrow_mut();
    if waits.len() >= REMEMBERED {
        waits.retain(|_, until| *until > cx.now);
    }
    if waits.len() < REMEMBERED {
        waits.insert((member, name), until);
    }
}
