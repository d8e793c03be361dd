//! How the opener found the help: five buttons below the transcript they got, then a form for a comment. Only they may, and
//! they may change their mind.

use from_json::json;
use relay_wire::Snowflake;

use super::{
    archive,
    messages::archive as texts,
    store::{self, Id, Ticket},
};
use crate::{
    context::Cx,
    discord::{components::cut, custom_id::CustomId, interaction::Interaction},
    error::{Error, Result},
    reply::{Answer, Reply},
};

/// Discord's form takes no longer one, and neither does the table.
pub const MAX_COMMENT: u16 = 1_000;

/// The rating is stored at once: who puts the form away has rated all the same.
pub async fn rated(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let (ticket, rating) = named(&cx, &call, &id).await?;
    store::change(&cx, &ticket, "rate", call.user_id, json!({"rating": rating})).await?;
    Ok(Answer::Modal(texts::comment_form(cx.lang, &ticket, rating)?))
}

pub async fn commented(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let (ticket, rating) = named(&cx, &call, &id).await?;
    let comment = call.input.field("comment").unwrap_or_default().trim().replace('\0', "\u{fffd}");
    if !comment.is_empty() {
        let comment = cut(&comment, usize::from(MAX_COMMENT));
        store::change(&cx, &ticket, "rate", call.user_id, json!({"rating": rating, "comment": comment})).await?;
    }
    Ok(Answer::Message(Reply::private(texts::thanks(cx.lang, rating))))
}

async fn named(cx: &Cx, call: &Interaction, id: &CustomId) -> Result<(Ticket, u8)> {
    let guild: Snowflake = id.argument(0, cx.lang)?;
    let ticket: Id = id.argument(1, cx.lang)?;
    let rating: u8 = id.argument(2, cx.lang)?;
    if !(1..=5).contains(&rating) {
        return Err(Error::user(texts::no_such_rating(cx.lang)));
    }
    Ok((archive::own_ticket(cx, guild, ticket, call.user_id).await?, rating))
}
