//! Who may do what with a ticket: asked anew for every button, command and prefix, from what Discord says at that moment.

use from_json::json;
use relay_wire::Snowflake;
use twilight_model::guild::Permissions;

use super::{
    messages,
    settings::STAFF_ROLE,
    store::{self, Category, Id, Ticket},
};
use crate::{
    context::Cx,
    discord::{channel::Member, custom_id::CustomId, interaction::Interaction},
    error::{Error, Result},
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
        let Some(member) = member(cx, guild_id, call.author_id).await? else { return Ok(None) };
        Ok(Some(Self::of_member(cx, guild_id, member).await?))
    }

    pub async fn of_member(cx: &Cx, guild_id: Snowflake, member: Member) -> Result<Self> {
        let guild = cx.discord.guild(guild_id).await?;
        let permissions = guild.permissions_of(&member);
        Ok(Self { guild_id, user_id: member.user.id, role_ids: member.roles, permissions })
    }

    pub fn manages(&self) -> bool {
        self.permissions.intersects(Permissions::MANAGE_GUILD.union(Permissions::ADMINISTRATOR))
    }

    /// Sees every ticket of the category: by its role, or as an administrator. Who only manages the guild does not.
    pub fn sees(&self, settings: &Settings, category: Option<&Category>) -> bool {
        self.permissions.contains(Permissions::ADMINISTRATOR) || self.has_staff_role(settings, category)
    }

    pub fn has_staff_role(&self, settings: &Settings, category: Option<&Category>) -> bool {
        staff_role(settings, category).is_some_and(|role| self.role_ids.contains(&role))
    }

    pub fn is_staff(&self, settings: &Settings, category: Option<&Category>) -> bool {
        self.manages() || self.has_staff_role(settings, category)
    }
}

/// Somebody of the guild; None for who is not in it.
pub async fn member(cx: &Cx, guild: Snowflake, user: Snowflake) -> Result<Option<Member>> {
    match cx.discord.member(guild, user).await {
        Ok(member) => Ok(Some(member)),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(error.into()),
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
pub async fn ticket_named(cx: &Cx, actor: &Actor, id: &CustomId) -> Result<Ticket> {
    let id: Id = id.argument(0, cx.lang).inspect_err(|_| refused(cx, actor, "forged_id"))?;
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

/// Refuses everybody but the opener.
pub fn require_opener(cx: &Cx, actor: &Actor, ticket: &Ticket) -> Result<()> {
    if actor.user_id == ticket.opener_id {
        return Ok(());
    }
    refused(cx, actor, "not_opener");
    Err(Error::user(messages::close::opener_only(cx.lang, ticket)))
}

/// Whether somebody answers any kind of ticket in this guild.
pub async fn is_any_staff(cx: &Cx, actor: &Actor) -> Result<bool> {
    let settings = settings::load(cx, actor.guild_id).await?;
    if actor.is_staff(&settings, None) {
        return Ok(true);
    }
    let categories = store::categories(cx, actor.guild_id).await?;
    Ok(categories.iter().any(|category| actor.has_staff_role(&settings, Some(category))))
}

/// Refuses who answers no kind of ticket in this guild.
pub async fn require_any_staff(cx: &Cx, actor: &Actor) -> Result<()> {
    if is_any_staff(cx, actor).await? {
        return Ok(());
    }
    refused(cx, actor, "not_staff");
    Err(Error::user(messages::staff::only_staff(cx.lang)))
}

/// Refuses who does not manage the guild.
pub fn require_manager(cx: &Cx, call: &Interaction) -> Result<Actor> {
    let actor = Actor::of(call)?;
    call.require(Permissions::MANAGE_GUILD, "Manage Server").inspect_err(|_| refused(cx, &actor, "not_manager"))?;
    Ok(actor)
}

pub fn refused(cx: &Cx, actor: &Actor, why: &str) {
    cx.log("warn", "ticket_refused", json!({"guild_id": actor.guild_id, "actor_id": actor.user_id, "reason": why}));
}
