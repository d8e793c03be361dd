//! `/ticket check`: asks Discord and the database how things stand, and says what is wrong and how it is mended.

use relay_wire::Snowflake;
use twilight_util::builder::command::SubCommandBuilder;

use super::{
    access,
    findings::{self, Facts},
    messages, panel, reconcile,
    settings::{ARCHIVE_PARENT, LOG_CHANNEL, OVERFLOW_PARENT, PARENT, PING_STAFF, STAFF_ROLE},
    store,
};
use crate::{
    context::Cx,
    discord::interaction::Interaction,
    error::Result,
    reply::{Answer, Reply},
    settings,
};

pub fn definition() -> SubCommandBuilder {
    SubCommandBuilder::new("check", "What is wrong with the set-up of tickets, and how to mend it")
}

/// As a command and as a button of `/setup`.
pub async fn check(cx: Cx, call: Interaction) -> Result<Answer> {
    let guild = access::require_manager(&cx, &call)?.guild_id;
    let work = async move {
        let found = look(&cx, guild).await?;
        Ok(Reply::private(messages::check::report(cx.lang, &found)))
    };
    Ok(Answer::Later { ephemeral: true, work: Box::pin(work) })
}

async fn look(cx: &Cx, id: Snowflake) -> Result<Vec<findings::Finding>> {
    let guild = cx.discord.guild(id).await?;
    let channels = cx.discord.channels(id).await?;
    let bot = cx.discord.member(id, cx.config.application_id.unwrap_or_default()).await?;
    let settings = settings::load(cx, id).await?;
    let categories = store::categories(cx, id).await?;
    let (_, mark) = panel::now(cx, id).await?;
    let panels: Vec<(Snowflake, bool)> =
        panel::all(cx, id).await?.iter().map(|panel| (panel.channel_id, panel.is_old(&mark))).collect();
    let strays: Vec<Snowflake> =
        reconcile::strays(cx, id, &channels).await?.iter().map(|stray| stray.channel_id).collect();
    Ok(findings::of(&Facts {
        guild: &guild,
        channels: &channels,
        bot: &bot,
        categories: &categories,
        staff_role: settings.id(&STAFF_ROLE),
        pings_staff: settings.switch(&PING_STAFF),
        parent: settings.id(&PARENT),
        overflow_parent: settings.id(&OVERFLOW_PARENT),
        archive_parent: settings.id(&ARCHIVE_PARENT),
        log_channel: settings.id(&LOG_CHANNEL),
        panels: &panels,
        strays: &strays,
    }))
}
