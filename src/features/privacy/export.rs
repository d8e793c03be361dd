//! `/privacy export`: everything held about the one who asks, as JSON that only they see; in several parts if one file is
//! too small.
//!
//! A part is what one invocation can fetch and Discord takes. The button below it carries where the next one begins, so that
//! nothing of an export is kept anywhere.

use from_json::{Map, Value, json};
use relay_wire::Snowflake;

use super::{command, export_file::ExportFile, messages};
use crate::{
    context::Cx,
    discord::{custom_id::CustomId, interaction::Interaction, message::File},
    error::{Error, Result},
    features::{self, FEATURES},
    person::{self, Bookmark, Person, Table},
    reply::{Answer, Reply},
};

pub const NEXT: &str = "privacy.export";

/// A part is full when one of these is reached. Together with a last portion it stays below the 10 MiB that Discord takes;
/// and below the 50 subrequests and 30 seconds of an invocation.
const FULL_BYTES: usize = 7 << 20;
const FULL_CALLS: usize = 30;
const FULL_MS: i64 = 12_000;

/// Where a part begins.
#[derive(Clone, Debug)]
struct Start {
    part: u32,
    guild: Snowflake,
    at: Bookmark,
}

pub async fn first(cx: &Cx, call: &Interaction) -> Result<Reply> {
    let guilds = guilds(cx, call).await?;
    match guilds.first() {
        Some(guild) => part(cx, call, &guilds, Start { part: 1, guild: *guild, at: Bookmark::default() }).await,
        None => Ok(Reply::private(messages::nothing_held(cx.lang))),
    }
}

/// The button of the part before was pressed.
pub async fn next(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let part_number = id.argument(0, cx.lang)?;
    let guild = id.argument(1, cx.lang)?;
    let at = Bookmark { place: id.argument(2, cx.lang)?, after: id.argument(4, cx.lang)? };
    // Another version may have other tables: going on there could pass one over.
    if id.argument::<usize>(3, cx.lang)? != features::holds().len() {
        return Err(Error::user(messages::begin_again(cx.lang)));
    }
    let work = async move {
        let guilds = guilds(&cx, &call).await?;
        if !guilds.contains(&guild) {
            return Err(Error::user(messages::begin_again(cx.lang)));
        }
        part(&cx, &call, &guilds, Start { part: part_number, guild, at }).await
    };
    Ok(Answer::Later { ephemeral: true, work: Box::pin(work) })
}

async fn guilds(cx: &Cx, call: &Interaction) -> Result<Vec<Snowflake>> {
    let mut guilds = command::guilds(cx, call).await?;
    if call.guild_id.is_none() && !guilds.is_empty() {
        guilds.push(Snowflake(0));
    }
    Ok(guilds)
}

async fn part(cx: &Cx, call: &Interaction, guilds: &[Snowflake], start: Start) -> Result<Reply> {
    let tables = features::holds();
    let number = start.part;
    let mut file = ExportFile::begin(call.user_id, number, cx.now);
    let next = fill(cx, &mut file, &tables, guilds, call.user_id, start).await?;
    let bytes = file.end();
    cx.log("info", "privacy_exported", json!({"user_id": call.user_id, "part": number, "bytes": bytes.len()}));
    let name = match (number, &next) {
        (1, None) => format!("privacy-{}.json", call.user_id),
        _ => format!("privacy-{}-part-{number}.json", call.user_id),
    };
    let next = match next {
        Some(Start { part, guild, at }) => {
            Some(CustomId::write(NEXT, &[&part, &guild, &at.place, &tables.len(), &at.after])?)
        }
        None => None,
    };
    Ok(Reply::private(messages::exported(cx.lang, number, next)).with_file(File { name, bytes }))
}

/// Writes guild by guild until all are written or the part is full; then it says where the next one begins.
async fn fill(
    cx: &Cx,
    file: &mut ExportFile,
    tables: &[&Table],
    guilds: &[Snowflake],
    user: Snowflake,
    start: Start,
) -> Result<Option<Start>> {
    let elsewhere: Vec<_> = FEATURES.iter().filter_map(|feature| Some((feature.name, feature.export?))).collect();
    let mut at = start.at;
    let mut calls = 0;
    for guild in guilds.iter().skip_while(|guild| **guild != start.guild) {
        let who = Person { guild_id: *guild, user_id: user };
        file.begin_guild(*guild);
        loop {
            let is_full = calls >= FULL_CALLS || file.len() >= FULL_BYTES || cx.elapsed_ms() >= FULL_MS;
            // Every part takes a step.
            if is_full && calls > 0 {
                file.end_guild(Map::new());
                return Ok(Some(Start { part: start.part + 1, guild: *guild, at }));
            }
            calls += 1;
            let portion = person::export(cx, tables, who, &at).await?;
            portion.pages.iter().for_each(|page| file.rows(page));
            match portion.next {
                Some(next) => at = next,
                None => break,
            }
        }
        let mut more: Map<String, Value> = Map::new();
        for (name, export) in &elsewhere {
            calls += 1;
            more.insert((*name).to_owned(), export(cx.clone(), who).await?);
        }
        file.end_guild(more);
        at = Bookmark::default();
    }
    Ok(None)
}
