//! Panels: the messages from which members open tickets, posted, remembered, and changed when kinds of ticket change.

use from_json::{FromJson, json};
use relay_wire::Snowflake;

use super::{
    access, intelligence, messages,
    settings::{CRISIS, CRISIS_STAGE},
    store,
};
use crate::{
    clients::supabase::{Filter, OnConflict},
    context::Cx,
    discord::{interaction::Interaction, message::MessageBody},
    error::{Error, Result},
    reply::{Answer, Reply},
    settings, sort,
};

/// So many are changed at once: each is a call of Discord.
const CHANGED_AT_ONCE: usize = 10;

/// A panel that was posted.
#[derive(Clone, Debug, PartialEq, Eq, FromJson)]
pub struct Panel {
    pub channel_id: Snowflake,
    pub message_id: Snowflake,
    shows: String,
}

impl Panel {
    /// Whether it shows something else than a panel posted now.
    pub fn is_old(&self, mark: &str) -> bool {
        self.shows != mark
    }
}

/// What a panel says now, and a short mark of that.
pub async fn now(cx: &Cx, guild: Snowflake) -> Result<(MessageBody, String)> {
    let categories = store::categories(cx, guild).await?;
    let settings = settings::load(cx, guild).await?;
    let mut staff: Vec<Snowflake> = vec![];
    for category in &categories {
        let role = access::staff_role(&settings, Some(category));
        staff.extend(role.filter(|role| !staff.contains(role)));
    }
    let ai = intelligence::is_on(cx, guild).await?;
    // Nobody is promised what is not there.
    let crisis = settings.switch(&CRISIS) && ["shadow", "live"].contains(&settings.text(&CRISIS_STAGE).as_str());
    let body = messages::open::panel(settings.language(), &categories, &staff, crisis, ai)?;
    let mark = mark(&body);
    Ok((body, mark))
}

/// FNV-1a of what is shown.
fn mark(body: &MessageBody) -> String {
    format!("{:016x}", relay_wire::fnv1a(json!(body).to_string().into_bytes()))
}

pub async fn all(cx: &Cx, guild: Snowflake) -> Result<Vec<Panel>> {
    let columns = "channel_id::text,message_id::text,shows";
    let mut panels: Vec<Panel> = cx.supabase.select("ticket_panels", columns, &[Filter::eq("guild_id", guild)]).await?;
    sort::by_key(&mut panels, |panel| std::cmp::Reverse(panel.message_id));
    Ok(panels)
}

async fn remember(cx: &Cx, guild: Snowflake, channel: Snowflake, message: Snowflake, mark: &str) -> Result<()> {
    let row = json!({
        "guild_id": guild, "channel_id": channel, "message_id": message, "shows": mark, "posted_at": cx.now,
    });
    Ok(cx.supabase.insert("ticket_panels", &[row], Some(OnConflict::Replace("message_id"))).await?)
}

pub async fn post(cx: &Cx, guild: Snowflake, channel: Snowflake) -> Result<Reply> {
    let (body, mark) = now(cx, guild).await?;
    match cx.discord.create_message(channel, &body).await {
        Ok(message) => {
            remember(cx, guild, channel, message.id, &mark).await?;
            Ok(Reply::private(messages::open::panel_posted(cx.lang, channel)))
        }
        Err(error) if error.is_refused() => Err(Error::user(messages::open::cannot_post(cx.lang, channel))),
        Err(error) => Err(error.into()),
    }
}

/// In `/setup`: where shall it be posted?
pub async fn where_to(cx: Cx, call: Interaction) -> Result<Answer> {
    access::require_manager(&cx, &call)?;
    Ok(Answer::Update(Reply::private(messages::setup::choose_panel_channel(cx.lang)?)))
}

pub async fn post_chosen(cx: Cx, call: Interaction) -> Result<Answer> {
    access::require_manager(&cx, &call)?;
    let guild = call.guild()?;
    let channel = call.input.values.first().and_then(|id| id.parse().ok());
    let channel: Snowflake = channel.ok_or_else(|| Error::user(messages::setup::choose_a_channel(cx.lang)))?;
    let work = async move {
        // A forged id may name a channel elsewhere.
        let ours = cx.discord.channels(guild).await?.iter().any(|one| one.id == channel);
        if !ours {
            return Err(Error::user(messages::setup::choose_a_channel(cx.lang)));
        }
        post(&cx, guild, channel).await
    };
    Ok(Answer::Later { ephemeral: true, work: Box::pin(work) })
}

/// Makes every panel show what there is now. One that was deleted is forgotten.
pub async fn refresh(cx: Cx, call: Interaction) -> Result<Answer> {
    access::require_manager(&cx, &call)?;
    let guild = call.guild()?;
    let work = async move {
        let (body, mark) = now(&cx, guild).await?;
        let old: Vec<Panel> = all(&cx, guild).await?.into_iter().filter(|panel| panel.is_old(&mark)).collect();
        let mut changed = 0;
        let mut refused = vec![];
        for panel in old.iter().take(CHANGED_AT_ONCE) {
            match cx.discord.edit_message(panel.channel_id, panel.message_id, &body).await {
                Ok(_) => {
                    remember(&cx, guild, panel.channel_id, panel.message_id, &mark).await?;
                    changed += 1;
                }
                Err(error) if matches!(error.code(), Some("10003" | "10008")) => {
                    let of_guild = Filter::eq("guild_id", guild);
                    let gone = [Filter::eq("message_id", panel.message_id)];
                    cx.supabase.delete("ticket_panels", of_guild, &gone).await?;
                }
                Err(error) if error.is_refused() => refused.push(panel.channel_id),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Reply::private(messages::setup::panels_refreshed(cx.lang, changed, &refused)))
    };
    Ok(Answer::Later { ephemeral: true, work: Box::pin(work) })
}
