//! What follows when a ticket was closed: its channel is put away.

use super::{place, store::Ticket};
use crate::{context::Cx, error::Result};

/// May run more than once; what was done before is not done again.
pub async fn put_away(cx: &Cx, ticket: &Ticket) -> Result<()> {
    place::sync(cx, ticket).await?;
    Ok(())
}
