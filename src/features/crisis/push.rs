//! Pages whoever operates the bot by push: for what nobody in Discord may see. Never a member's text or name.

use std::time::Duration;

use secrecy::ExposeSecret;

use crate::{
    clients,
    context::Cx,
    error::{Failure, Result, Service, ServiceError},
};

const TIMEOUT: Duration = Duration::from_secs(5);

/// Sends one sentence to `FALLBACK_PUSH_URL`; without that there is nobody to page, which is no failure.
///
/// # Errors
/// If it did not arrive.
pub async fn page(cx: &Cx, text: &str) -> Result<()> {
    let Some(url) = &cx.config.fallback_push else { return Ok(()) };
    let request = cx
        .http
        .post(url.expose_secret())
        .header("content-type", "text/plain; charset=utf-8")
        // ntfy shows these; anything else passes over them.
        .header("title", "Ash: crisis detection")
        .header("priority", "urgent")
        .body(text.to_owned());
    let answer = clients::send(request, TIMEOUT, Service::Outside, "push").await?;
    if answer.status.is_success() {
        return Ok(());
    }
    // What it answers is not repeated: it may name the topic.
    let kind = Failure::Refused { status: answer.status.as_u16(), code: String::new(), message: String::new() };
    Err(ServiceError::new(Service::Outside, "push", kind).into())
}
