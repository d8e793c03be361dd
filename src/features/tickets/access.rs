//! Who may do what with a ticket: asked anew for every button, command and prefix, from what Discord says at that moment.

use relay_wire::Snowflake;
use serde_json::json;
use twilight_model::guild::Permissions;

use super::{
    messages,
    settings::STAFF_ROLE,
    store::{self, Category, Id, Ticket},
};
use crate::{
    context::Cx,
    discord::interaction::Interaction,
    error::{Error, Failure, Result},
    features::PrefixCall,
    settings::{self, Settings},
};

/// Somebody who acts, with their roles and rights at this moment.
#[derive(Clone, Debug)]
pub struct Actor {
    pub guild_id: Snowflake,
    pub user_id: Snowflake,
    pub role_ids: Vec<Snowflake>,
    pub permissions: Permissions,
}

impl Actor {
    pub fn of(call: &Interaction) -> Result<Self> {
        Ok(Self {
            guild_id: call.guild()?,
            user_id: call.user_id,
            role_ids: call.role_ids.clone(),
            permissions: call.permissions,
        })
    }

    /// Of a prefix command, whose event tells no roles: Discord is asked. None for who left, and in direct messages.
    pub async fn of_prefix(cx: &Cx, call: &PrefixCall) -> Result<Option<Self>> {
        let Some(guild_id) = call.guild_id else { return Ok(None) };
        let member = match cx.discord.member(guild_id, call.author_id).await {
            Ok(member) => member,
            Err(error) if matches!(error.kind, Failure::Refused { status: 404, .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let guild = cx.discord.guild(guild_id).await?;
        let permissions = guild.permissions_of(&member);
        Ok(Some(Self { guild_id, user_id: call.author_id, role_ids: member.roles, permissions }))
    }

    pub fn manages(&self) -> bool {
        self.permissions.intersects(Permissions::MANAGE_GUILD.union(Permissions::ADMINISTRATOR))
    }

    pub fn is_staff(&self, settings: &Settings, category: Option<&Category>) -> bool {
        self.manages() || staff_role(settings, category).is_some_and(|role| self.role_ids.contains(&role))
    }
}

/// The role that answers tickets of a category.
pub fn staff_role(settings: &Settings, category: Option<&Category>) -> Option<Snowflake> {
    category.and_then(|category| category.staff_role_id).or_else(|| settings.id(&STAFF_ROLE))
}

/// The ticket of the channel where the command was used.
pub async fn ticket_here(cx: &Cx, call: &Interaction) -> Result<Ticket> {
    let (guild, channel) = (call.guild()?, call.channel_id.unwrap_or_default());
    let found = store::in_channel(cx, guild, channel).await?;
    found.ok_or_else(|| Error::user(messages::no_ticket_here(cx.lang)))
}

/// The ticket that a button names. It must be of this guild, whatever a forged id says.
pub async fn ticket_named(cx: &Cx, actor: &Actor, id: Id) -> Result<Ticket> {
    match store::by_id(cx, actor.guild_id, id).await? {
        Some(ticket) => Ok(ticket),
        None => {
            refused(cx, actor, "ticket_not_of_this_guild");
            Err(Error::user(messages::no_such_ticket(cx.lang)))
        }
    }
}

/// Refuses who is not staff of the ticket's category.
pub async fn require_staff(cx: &Cx, actor: &Actor, category: Option<&Category>) -> Result<()> {
    let settings = settings::load(cx, actor.guild_id).await?;
    if actor.is_staff(&settings, category) {
        return Ok(());
    }
    refused(cx, actor, "not_staff");
    Err(Error::user(messages::staff_only(cx.lang)))
}

/// Refuses who is neither staff nor the opener.
pub async fn require_staff_or_opener(cx: &Cx, actor: &Actor, ticket: &Ticket) -> Result<()> {
    if actor.user_id == ticket.opener_id {
        return Ok(());
    }
    require_staff(cx, actor, ticket.category.as_ref()).await
}

/// Refuses who does not manage the guild.
pub fn require_manager(cx: &Cx, call: &Interaction) -> Result<Actor> {
    let actor = Actor::of(call)?;
    call.require(Permissions::MANAGE_GUILD, "Manage Server").inspect_err(|_| refused(cx, &actor, "not_manager"))?;
    Ok(actor)
}

fn refused(cx: &Cx, actor: &Actor, why: &str) {
    cx.log("warn", "ticket_refused", json!({"guild_id": actor.guild_id, "actor_id": actor.user_id, "reason": why}));
}
