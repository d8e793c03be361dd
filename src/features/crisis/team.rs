//! Who may see and press what belongs to the crisis response team; asked again at each press, whatever Discord shows whom.

use relay_wire::Snowflake;
use twilight_model::guild::Permissions;

use super::settings::{ADMIN_ROLE, CRT_ROLE, Chosen, SECOND_ROLE};
use crate::{
    context::Cx,
    discord::interaction::Interaction,
    error::{Error, Result},
    lang::Lang,
};

/// Refuses everybody but the team, its second role, admins of crisis care and administrators of the guild.
pub async fn require_team(cx: &Cx, call: &Interaction) -> Result<Chosen> {
    let chosen = Chosen::load(cx, call.guild()?).await;
    if is_team(&chosen, &call.role_ids) || is_administrator(call) {
        return Ok(chosen);
    }
    Err(Error::user(match cx.lang {
        Lang::En | Lang::De => "Only the crisis response team can use this.",
    }))
}

/// Whether these are the roles of somebody of the team.
pub fn is_team(chosen: &Chosen, roles: &[Snowflake]) -> bool {
    [&CRT_ROLE, &SECOND_ROLE, &ADMIN_ROLE]
        .into_iter()
        .filter_map(|setting| chosen.id(setting))
        .any(|role| roles.contains(&role))
}

/// Refuses everybody but admins of crisis care and administrators of the guild.
pub async fn require_admin(cx: &Cx, call: &Interaction) -> Result<Chosen> {
    let chosen = Chosen::load(cx, call.guild()?).await;
    if chosen.id(&ADMIN_ROLE).is_some_and(|role| call.role_ids.contains(&role)) || is_administrator(call) {
        return Ok(chosen);
    }
    Err(Error::user(match cx.lang {
        Lang::En | Lang::De => "Only an administrator can use this.",
    }))
}

fn is_administrator(call: &Interaction) -> bool {
    call.permissions.intersects(Permissions::ADMINISTRATOR | Permissions::MANAGE_GUILD)
}
