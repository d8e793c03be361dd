//! `/guilds/{id}/members`.

use serde_json::Value;

use super::{
    Call,
    reply::{Errors, Refusal, Reply, empty, ok},
};
use crate::discord::{ids::Id, model::Member, permissions as may, validate};

fn shown(call: &Call, member: &Member) -> Value {
    member.json(&call.state.user(member.user_id))
}

pub fn list(call: &mut Call, guild: Id) -> Reply {
    let limit = call.limit(1, 1_000)?;
    let after = call.query_id("after")?.unwrap_or_default();
    let all = call.guild(guild)?.members.values();
    let page: Vec<Value> =
        all.filter(|member| member.user_id > after).take(limit).map(|member| shown(call, member)).collect();
    ok(&page)
}

pub fn search(call: &mut Call, guild: Id) -> Reply {
    let limit = call.limit(1, 1_000)?;
    let Some(text) = call.query.get("query").map(|text| text.to_lowercase()) else {
        return Err(Refusal::field("query", "BASE_TYPE_REQUIRED", "This field is required"));
    };
    let matches = |member: &&Member| {
        let user = call.state.user(member.user_id);
        let names = [Some(user.username), user.global_name, member.nick.clone()];
        names.iter().flatten().any(|name| name.to_lowercase().starts_with(&text))
    };
    let all = call.guild(guild)?.members.values();
    let page: Vec<Value> = all.filter(matches).take(limit).map(|member| shown(call, member)).collect();
    ok(&page)
}

pub fn get(call: &mut Call, guild: Id, user: Id) -> Reply {
    let member = call.member(guild, user)?;
    ok(&shown(call, member))
}

pub fn patch(call: &mut Call, guild: Id, user: Id) -> Reply {
    call.member(guild, user)?;
    let me = user == call.bot();
    let mut errors = Errors::default();
    validate::optional_text(&call.body, "nick", "", 32, &mut errors);
    let roles = call.body.get("roles").filter(|roles| !roles.is_null());
    let roles: Option<Vec<Id>> = match roles.map(|roles| serde_json::from_value(roles.clone())) {
        Some(Ok(roles)) => Some(roles),
        Some(Err(_)) => {
            errors.add("roles", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType");
            None
        }
        None => None,
    };
    errors.check()?;
    let found = call.guild(guild)?;
    let above = me || found.rank(call.bot()) > found.rank(user);
    let nick = call.body.get("nick").map(|nick| nick.as_str().map(str::to_owned));
    if nick.is_some() {
        call.guild_for(guild, if me { may::CHANGE_NICKNAME } else { may::MANAGE_NICKNAMES })?;
        if !above {
            return Err(Refusal::missing_permission());
        }
    }
    if let Some(roles) = &roles {
        let before = &call.member(guild, user)?.roles;
        let changed =
            roles.iter().filter(|id| !before.contains(id)).chain(before.iter().filter(|id| !roles.contains(id)));
        for role in changed {
            may_give(call, guild, *role)?;
        }
    }
    call.state.change_member(guild, user, |member| {
        member.nick = nick.unwrap_or(member.nick.take()).filter(|nick| !nick.is_empty());
        member.roles = roles.unwrap_or(std::mem::take(&mut member.roles));
    });
    get(call, guild, user)
}

/// A bot gives only roles below its own.
fn may_give(call: &Call, guild: Id, role: Id) -> Result<(), Refusal> {
    let found = call.guild_for(guild, may::MANAGE_ROLES)?;
    let Some(known) = found.role(role) else {
        return Err(Refusal::unknown("Role"));
    };
    if known.managed || role == guild || known.position >= found.rank(call.bot()) {
        return Err(Refusal::missing_permission());
    }
    Ok(())
}

pub fn role(call: &mut Call, guild: Id, user: Id, role: Id, has: bool) -> Reply {
    call.member(guild, user)?;
    may_give(call, guild, role)?;
    call.state.change_member(guild, user, |member| {
        member.roles.retain(|id| *id != role);
        if has {
            member.roles.push(role);
        }
    });
    empty()
}
