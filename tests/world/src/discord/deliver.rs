//! Sends what Discord would send to the Worker: signed interactions, and the clock's call of the scheduled handler.

use std::{sync::Arc, time::Duration};

use super::{
    Discord,
    interactions::{Answer, FIRST_ANSWER_MS, Pending},
};

/// Posts an interaction, waits for at most 3 s, and applies what came back.
pub async fn deliver(discord: &Arc<Discord>, pending: &Pending) -> Answer {
    let deadline = Duration::from_millis(FIRST_ANSWER_MS.unsigned_abs());
    match tokio::time::timeout(deadline, post(discord, pending)).await {
        Ok(Ok((status, body))) => discord.finish(pending, status, &body),
        Ok(Err(why)) => discord.give_up(pending, &why),
        Err(_) => discord.give_up(pending, "no answer within 3 s"),
    }
}

/// The status and the body that came back.
pub async fn post(discord: &Discord, pending: &Pending) -> Result<(u16, Vec<u8>), String> {
    let url = discord.state().interactions_url.clone().ok_or("no interactions address is set")?;
    let mut request = discord.http.post(url).body(pending.body.clone());
    for (name, value) in &pending.headers {
        request = request.header(name, value);
    }
    let response = request.send().await.map_err(|error| format!("{error:?}"))?;
    let status = response.status().as_u16();
    let body = response.bytes().await.map_err(|error| format!("{error:?}"))?;
    Ok((status, body.to_vec()))
}

/// The status that came back.
pub async fn scheduled(discord: &Discord) -> Result<u16, String> {
    let url = discord.state().scheduled_url.clone().ok_or("no address of the scheduled handler is set")?;
    let response = discord.http.get(url).send().await.map_err(|error| format!("{error:?}"))?;
    Ok(response.status().as_u16())
}
