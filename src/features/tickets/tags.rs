//! `/tag`: canned answers, which staff write once and post in tickets.

use from_json::{FromJson, json};
use relay_wire::Snowflake;
use twilight_model::application::{
    command::{Command as Definition, CommandType},
    interaction::InteractionContextType,
};
use twilight_util::builder::command::{CommandBuilder, StringBuilder, SubCommandBuilder};

use super::{
    access::{self, Actor},
    life::{privately, staff_here},
    messages::{self, tags::MAX_NAME},
};
use crate::{
    clients::supabase::{Filter, OnConflict},
    context::{Cx, logged},
    discord::{
        custom_id::CustomId,
        interaction::Interaction,
        message::{MessageBody, Nonce},
    },
    error::{Error, Result},
    reply::{Answer, Reply},
    sort,
};

/// Of a guild; a list shows their names.
const MAX_TAGS: usize = 200;

/// A row of `ticket_tags`.
#[derive(Debug, FromJson)]
pub struct Tag {
    pub name: String,
    pub content: String,
}

pub fn definition() -> Definition {
    let name = |help: &str| StringBuilder::new("name", help).autocomplete(true).min_length(1).max_length(MAX_NAME);
    CommandBuilder::new("tag", "Canned answers for tickets", CommandType::ChatInput)
        .contexts([InteractionContextType::Guild])
        .option(
            SubCommandBuilder::new("use", "Post one in this ticket")
                .option(name("Its name; start to type").required(true)),
        )
        .option(
            SubCommandBuilder::new("set", "Write one, or change one")
                .option(name("Which one to change; a new one if left out")),
        )
        .option(SubCommandBuilder::new("delete", "Delete one").option(name("Its name; start to type").required(true)))
        .option(SubCommandBuilder::new("list", "All of them"))
        .build()
}

pub async fn run(cx: Cx, call: Interaction) -> Result<Answer> {
    match call.input.command.split_whitespace().nth(1) {
        Some("use") => post(cx, call).await,
        Some("set") => edit(cx, call).await,
        Some("delete") => delete(cx, call).await,
        Some("list") => list(cx, call).await,
        _ => Err(Error::user(messages::unknown_command(cx.lang))),
    }
}

/// The names that hold what was typed; for staff only.
pub async fn typed(cx: Cx, call: Interaction) -> Result<Answer> {
    let actor = Actor::of(&call)?;
    if !access::is_any_staff(&cx, &actor).await? {
        return Ok(Answer::Choices(vec![]));
    }
    let typed = name_of(call.input.text("name"));
    let tags = all(&cx, actor.guild_id).await?.into_iter();
    Ok(Answer::Choices(tags.filter(|tag| tag.name.contains(&typed)).map(|tag| (tag.name.clone(), tag.name)).collect()))
}

/// Posted by the bot, kept in the transcript as the words of who chose it: so it counts as an answer of the staff.
async fn post(cx: Cx, call: Interaction) -> Result<Answer> {
    let ticket = staff_here(&cx, &call).await?;
    let name = name_of(call.input.text("name"));
    let (Some(channel), true) = (ticket.channel_id, ticket.is_open()) else {
        return Err(Error::user(messages::close::already(cx.lang)));
    };
    let tag = named(&cx, ticket.guild_id, &name).await?;
    let tag = tag.ok_or_else(|| Error::user(messages::tags::no_such_tag(cx.lang, &name)))?;
    Ok(privately(async move {
        let body = MessageBody::text(&tag.content).with_nonce(Nonce::of("tag", call.id));
        let message = cx.discord.create_message(channel, &body).await?;
        let written = json!({
            "kind": "created", "guild_id": ticket.guild_id, "channel_id": channel, "message_id": message.id,
            "sent_at": message.id.created_at_ms(), "author_id": call.user_id, "author_name": call.user_name,
            "content": tag.content,
        });
        let kept = cx.supabase.rpc::<()>("record_ticket_messages", &json!({"events": [written], "at": cx.now})).await;
        // It is posted: to be told to try again would post it twice.
        logged(&cx, "tickets", kept.map_err(Into::into));
        Ok(Reply::private(messages::done(cx.lang, messages::tags::posted(cx.lang, &name), None)))
    }))
}

/// A form with the name and the text: an option of a command holds no line breaks.
async fn edit(cx: Cx, call: Interaction) -> Result<Answer> {
    let actor = Actor::of(&call)?;
    access::require_any_staff(&cx, &actor).await?;
    let name = name_of(call.input.text("name"));
    let known = if name.is_empty() { None } else { named(&cx, actor.guild_id, &name).await? };
    Ok(Answer::Modal(messages::tags::form(cx.lang, name, known.map(|tag| tag.content))?))
}

pub async fn filled_in(cx: Cx, call: Interaction, _: CustomId) -> Result<Answer> {
    let actor = Actor::of(&call)?;
    access::require_any_staff(&cx, &actor).await?;
    let name = name_of(call.input.field("name"));
    let content = call.input.field("content").unwrap_or_default().trim().replace('\0', "\u{fffd}");
    if name.is_empty() || content.is_empty() || name.chars().count() > usize::from(MAX_NAME) {
        return Err(Error::user(messages::tags::incomplete(cx.lang)));
    }
    let tags = all(&cx, actor.guild_id).await?;
    if tags.len() >= MAX_TAGS && tags.iter().all(|tag| tag.name != name) {
        return Err(Error::user(messages::tags::too_many(cx.lang, MAX_TAGS)));
    }
    let row = json!({
        "guild_id": actor.guild_id, "name": name, "content": content, "created_by": actor.user_id, "updated_at": cx.now,
    });
    cx.supabase.insert("ticket_tags", &[row], Some(OnConflict::Replace("guild_id,name"))).await?;
    Ok(Answer::Message(Reply::private(messages::done(cx.lang, messages::tags::kept(cx.lang, &name), None))))
}

async fn delete(cx: Cx, call: Interaction) -> Result<Answer> {
    let actor = Actor::of(&call)?;
    access::require_any_staff(&cx, &actor).await?;
    let name = name_of(call.input.text("name"));
    if named(&cx, actor.guild_id, &name).await?.is_none() {
        return Err(Error::user(messages::tags::no_such_tag(cx.lang, &name)));
    }
    let of_guild = Filter::eq("guild_id", actor.guild_id);
    cx.supabase.delete("ticket_tags", of_guild, &[Filter::eq("name", &name)]).await?;
    Ok(Answer::Message(Reply::private(messages::done(cx.lang, messages::tags::deleted(cx.lang, &name), None))))
}

async fn list(cx: Cx, call: Interaction) -> Result<Answer> {
    let actor = Actor::of(&call)?;
    access::require_any_staff(&cx, &actor).await?;
    Ok(Answer::Message(Reply::private(messages::tags::list(cx.lang, &all(&cx, actor.guild_id).await?))))
}

/// By name.
async fn all(cx: &Cx, guild: Snowflake) -> Result<Vec<Tag>> {
    let mut tags: Vec<Tag> =
        cx.supabase.select("ticket_tags", "name,content", &[Filter::eq("guild_id", guild)]).await?;
    sort::by_key(&mut tags, |tag| tag.name.clone());
    Ok(tags)
}

async fn named(cx: &Cx, guild: Snowflake, name: &str) -> Result<Option<Tag>> {
    let of_name = [Filter::eq("guild_id", guild), Filter::eq("name", name)];
    Ok(cx.supabase.select::<Tag>("ticket_tags", "name,content", &of_name).await?.pop())
}

/// As it is stored, however it was typed: in small letters, with hyphens for spaces.
fn name_of(typed: Option<&str>) -> String {
    let typed = typed.unwrap_or_default().replace('\0', "").to_lowercase();
    typed.split_whitespace().collect::<Vec<_>>().join("-")
}
