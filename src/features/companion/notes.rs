//! `/ash notes`: what the team writes about a member's talks, sealed, and reads again.

use from_json::{FromJson, json};
use relay_wire::Snowflake;
use twilight_model::application::command::CommandOption;
use twilight_util::builder::command::{SubCommandBuilder, SubCommandGroupBuilder, UserBuilder};

use super::{after_messages as messages, store};
use crate::{
    context::Cx,
    discord::{
        custom_id::CustomId,
        interaction::Interaction,
        message::{colour, said},
    },
    edge::Time,
    error::{Error, Result},
    features::require_team,
    person::note_access,
    reply::{Answer, Reply},
    seal::Seal,
};

/// Notes that are shown, the newest.
const MAX_SHOWN: u32 = 10;

#[derive(FromJson)]
struct Sealed {
    by: Option<Snowflake>,
    sealed: String,
    at: Time,
    opened_at: Time,
}

/// A note as the team reads it.
pub struct Note {
    pub by: Option<Snowflake>,
    pub at: Time,
    /// When the talk was that it is about.
    pub opened_at: Time,
    /// None if no key opens it any more.
    pub text: Option<String>,
}

pub fn group() -> CommandOption {
    let user = || UserBuilder::new("user", "Whose talks").required(true);
    SubCommandGroupBuilder::new("notes", "For the crisis team: notes about a member's talks with Ash")
        .subcommands([
            SubCommandBuilder::new("add", "Write a note about a member's newest talk").option(user()),
            SubCommandBuilder::new("view", "Read the notes about a member's talks").option(user()),
        ])
        .build()
}

fn seal(cx: &Cx) -> Result<&Seal> {
    cx.config.state_keys.as_ref().ok_or_else(|| Error::user(messages::cannot_keep(cx.lang)))
}

/// Where a note is sealed for.
fn place(guild: Snowflake) -> String {
    format!("ash:note:{guild}")
}

fn member(cx: &Cx, call: &Interaction) -> Result<Snowflake> {
    call.input.id("user").ok_or_else(|| Error::user(messages::no_talk(cx.lang)))
}

pub async fn add(cx: Cx, call: Interaction) -> Result<Answer> {
    require_team(&cx, &call).await?;
    seal(&cx)?;
    let of = json!({"guild_id": call.guild()?, "member": member(&cx, &call)?});
    let newest: Option<String> = cx.supabase.rpc("newest_ash_session", &of).await?;
    let newest = newest.ok_or_else(|| Error::user(messages::no_talk(cx.lang)))?;
    Ok(Answer::Modal(messages::note_form(cx.lang, &newest)?))
}

pub async fn written(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    require_team(&cx, &call).await?;
    let (guild, session) = (call.guild()?, id.argument(0, cx.lang)?);
    // Erased meanwhile, or another guild's.
    let session = store::by_id(&cx, session).await?.filter(|session| session.guild_id == guild);
    let session = session.ok_or_else(|| Error::user(messages::no_talk(cx.lang)))?;
    let note = call.input.field("note").unwrap_or_default().trim();
    if note.is_empty() {
        return Err(Error::user(messages::empty_note(cx.lang)));
    }
    let row = json!({
        "guild_id": guild, "session_id": session.session_id, "author_id": call.user_id,
        "sealed": seal(&cx)?.seal(&place(guild), note)?, "created_at": cx.now,
    });
    cx.supabase.insert("session_notes", &[row], None).await?;
    let kept = messages::note_kept(cx.lang, session.member_id);
    Ok(Answer::Message(Reply::private(said(kept, colour::GOOD))))
}

pub async fn view(cx: Cx, call: Interaction) -> Result<Answer> {
    require_team(&cx, &call).await?;
    let (guild, member) = (call.guild()?, member(&cx, &call)?);
    let work = async move {
        note_access(&cx, guild, member, call.user_id, "opened the team's notes about their talks with Ash").await?;
        let asked = json!({"guild_id": guild, "member": member, "max_rows": MAX_SHOWN});
        let rows: Vec<Sealed> = cx.supabase.rpc("session_notes_about", &asked).await?;
        let seal = seal(&cx)?;
        let open = |row: Sealed| Note {
            by: row.by,
            at: row.at,
            opened_at: row.opened_at,
            text: seal.open(&place(guild), &row.sealed),
        };
        let notes: Vec<Note> = rows.into_iter().map(open).collect();
        Ok(Reply::private(messages::notes(cx.lang, member, &notes)))
    };
    Ok(Answer::Later { ephemeral: true, work: Box::pin(work) })
}
