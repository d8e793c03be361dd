//! `/setup` → staff: which roles and which members have which right, seen and changed by who manages the server.

use from_json::{FromJson, json};
use relay_wire::Snowflake;
use twilight_model::guild::Permissions;

use super::{COMPARE, messages};
use crate::{
    context::Cx,
    discord::{custom_id::CustomId, interaction::Interaction},
    error::{Error, Result},
    features, jobs,
    reply::{Answer, Reply},
    settings,
};

pub const PAGE: &str = "staff.page";
/// What a menu or button of a right's own page chooses.
pub const ROLES: &str = "roles";
pub const PEOPLE: &str = "people";
pub const TEAM: &str = "team";

/// A right of the dashboard, and who has it.
#[derive(FromJson)]
pub struct Right {
    /// manager, crt or admin.
    pub role: String,
    /// Added by hand or by the operator.
    pub named: Vec<Snowflake>,
    pub groups: Vec<Group>,
}

/// Those who have it in the same way.
#[derive(FromJson)]
pub struct Group {
    /// role, hand or operator.
    pub source: String,
    pub role_id: Snowflake,
    pub user_ids: Vec<Snowflake>,
    /// How many others.
    pub more: u64,
}

impl Right {
    /// The Discord roles that give it.
    pub fn roles(&self) -> Vec<Snowflake> {
        self.groups.iter().filter(|group| group.source == "role").map(|group| group.role_id).collect()
    }
}

/// Without an argument all rights, with one that right; with a second one after what was chosen in its menus is done.
pub async fn open(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    call.require(Permissions::MANAGE_GUILD, "Manage Server")?;
    let guild = call.guild()?;
    let mut chosen = None;
    let named = id.arguments.first().map(String::as_str);
    let team = if named == Some("crt") { features::team(&cx, guild).await.roles } else { vec![] };
    if let (Some(named), Some(kind)) = (named, id.arguments.get(1)) {
        let mark = id.arguments.get(2).map(String::as_str);
        chosen = Some(choose(&cx, &call, guild, (named, kind, mark), &team).await?);
    }
    let rights: Vec<Right> = rights(&cx, guild).await?;
    let body = match rights.iter().find(|right| Some(right.role.as_str()) == named) {
        Some(right) => messages::right(cx.lang, right, &team, chosen)?,
        None => {
            let problems = settings::problems(&cx, guild).await?;
            messages::all(cx.lang, &rights, problems.get(super::rights::LISTING))?
        }
    };
    Ok(Answer::Update(Reply::private(body)))
}

/// What a choice did.
pub struct Changes {
    pub are_roles: bool,
    pub added: Vec<Snowflake>,
    pub removed: Vec<Snowflake>,
}

/// Names what a menu showed as chosen, so that nobody undoes unseen what somebody else chose meanwhile.
pub fn mark(shown: &[Snowflake]) -> String {
    format!("{:x}", relay_wire::fnv1a(shown.iter().flat_map(|id| id.0.to_le_bytes())))
}

/// `kind`: the roles or the people with a right are those that were chosen; team: its roles are added to those that have it.
/// None: somebody else changed it since the menu was shown.
async fn choose(
    cx: &Cx,
    call: &Interaction,
    guild: Snowflake,
    (right, kind, shown): (&str, &str, Option<&str>),
    team: &[Snowflake],
) -> Result<Option<Changes>> {
    #[derive(FromJson)]
    struct Told {
        added: Vec<Snowflake>,
        removed: Vec<Snowflake>,
    }
    let mut chosen: Vec<Snowflake> = call.input.values.iter().filter_map(|id| id.parse().ok()).collect();
    if chosen.contains(&guild) {
        return Err(Error::user(messages::not_everyone(cx.lang)));
    }
    let before = rights(cx, guild).await?.into_iter().find(|one| one.role == right);
    let before = before.map(|one| if kind == PEOPLE { one.named } else { one.roles() }).unwrap_or_default();
    if kind == TEAM {
        chosen = before;
        chosen.extend(team);
    } else if shown != Some(&mark(&before)) {
        return Ok(None);
    }
    let kind = if kind == PEOPLE { PEOPLE } else { ROLES };
    let arguments = json!({
        "guild_id": guild, "role": right, "kind": kind, "chosen": chosen, "actor_id": call.user_id, "at": cx.now,
    });
    let Told { added, removed } = cx.supabase.rpc("choose_staff", &arguments).await?;
    if kind == ROLES && !added.is_empty() {
        jobs::hint(cx, COMPARE, &guild.to_string(), cx.now).await;
    }
    Ok(Some(Changes { are_roles: kind == ROLES, added, removed }))
}

async fn rights(cx: &Cx, guild: Snowflake) -> Result<Vec<Right>> {
    Ok(cx.supabase.rpc("staff_page", &json!({"guild_id": guild})).await?)
}
