//! Signing in with Discord as Supabase Auth does it: authorize, Discord's consent, callback, and a code that is exchanged once
//! (PKCE). It imitates: a page of its own stands for Discord's, offers who to be, and asks for no password.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::{Query, State},
    response::{Html, IntoResponse, Redirect, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{Answer, Auth, broken, refuse};
use crate::{discord::Id, seed::user};

/// Whom the page offers to be, of those in the local Discord.
const PEOPLE: [(Id, &str); 5] = [
    (user::OWNER, "Owner"),
    (user::ADMIN, "Admin"),
    (user::MANAGER, "Manager"),
    (user::RESPONDER, "Responder"),
    (user::MEMBER, "Member"),
];

/// Sign-ins under way: by the state that Discord hands back, then by the code.
#[derive(Default)]
pub(crate) struct Flows(Mutex<HashMap<String, Flow>>);

struct Flow {
    challenge: String,
    redirect_to: String,
    /// The account, once Discord said who it is.
    user: Option<String>,
}

impl Flows {
    fn put(&self, name: &str, flow: Flow) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), flow);
    }

    fn take(&self, name: &str) -> Option<Flow> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name)
    }
}

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    provider: String,
    #[serde(default)]
    redirect_to: String,
    #[serde(default)]
    code_challenge: String,
    #[serde(default)]
    code_challenge_method: String,
}

/// Where supabase-js sends the browser. The real one goes on to Discord, from which a page here leads back.
pub(super) async fn authorize(State(auth): State<Arc<Auth>>, Query(asked): Query<Asked>) -> Answer {
    if asked.provider != "discord" {
        return Err(refuse(400, "validation_failed", "Unsupported provider: provider is not enabled"));
    }
    if asked.code_challenge.is_empty() || !asked.code_challenge_method.eq_ignore_ascii_case("s256") {
        return Err(refuse(400, "validation_failed", "the local stand-in knows PKCE with s256 alone"));
    }
    // The real one sends whoever comes with another address to the project's Site URL.
    if !["http://127.0.0.1:", "http://localhost:"].iter().any(|here| asked.redirect_to.starts_with(here)) {
        return Err(refuse(400, "validation_failed", "redirect_to is no address of this machine"));
    }
    let state = auth.random().await?;
    let flow = Flow { challenge: asked.code_challenge, redirect_to: asked.redirect_to, user: None };
    auth.flows.put(&state, flow);
    let link = |id: String, name: &str| format!("<p><a href=\"callback?state={state}&user={id}\">{name}</a></p>");
    let people: String = PEOPLE.iter().map(|(id, name)| link(id.to_string(), name)).collect();
    let cancel = link(String::new(), "Cancel");
    Ok(Html(format!(
        "<!doctype html><html lang=\"en\"><title>Stand-in of Discord</title><h1>Sign in with Discord</h1>\
         <p>This stands for Discord's own page. Who are you?</p>{people}{cancel}</html>"
    ))
    .into_response())
}

#[derive(Deserialize)]
pub(super) struct Back {
    state: String,
    /// A Discord id; empty for whoever said no. The real one gets a code of Discord's instead.
    #[serde(default)]
    user: String,
}

pub(super) async fn callback(State(auth): State<Arc<Auth>>, Query(back): Query<Back>) -> Answer {
    let Some(flow) = auth.flows.take(&back.state) else {
        return Err(refuse(400, "bad_oauth_state", "OAuth state not found or expired"));
    };
    let Some((id, name)) = PEOPLE.iter().find(|(id, _)| id.to_string() == back.user) else {
        let said =
            utf8_percent_encode("The resource owner or authorization server denied the request", NON_ALPHANUMERIC);
        let said = format!("error=access_denied&error_code=access_denied&error_description={said}");
        return Ok(to(&flow.redirect_to, &format!("{said}#{said}")));
    };
    let account = auth.discord_account(*id, name).await?;
    let code = auth.random().await?;
    let address = flow.redirect_to.clone();
    auth.flows.put(&code, Flow { user: Some(account), ..flow });
    Ok(to(&address, &format!("code={code}")))
}

fn to(address: &str, query: &str) -> Response {
    let and = if address.contains('?') { '&' } else { '?' };
    Redirect::to(&format!("{address}{and}{query}")).into_response()
}

impl Auth {
    /// The code that came with the address, and what only the browser knows that began it.
    pub(super) async fn exchange(&self, code: &str, verifier: &str) -> Answer {
        let known = self.flows.take(code).and_then(|flow| Some((flow.user?, flow.challenge)));
        let Some((account, challenge)) = known else {
            return Err(refuse(404, "flow_state_not_found", "invalid flow state, no valid flow state found"));
        };
        if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) != challenge {
            let message = "code challenge does not match previously saved code verifier";
            return Err(refuse(400, "bad_code_verifier", message));
        }
        let sql = "insert into auth.sessions (user_id) values ($1::uuid) returning id::text";
        let session: String =
            sqlx::query_scalar(sql).bind(&account).fetch_one(&self.pool).await.map_err(|error| broken(&error))?;
        self.session(&session, &account).await
    }

    /// The account of a Discord user, made when they come for the first time.
    async fn discord_account(&self, id: Id, name: &str) -> Result<String, Response> {
        let sql = "with known as (
                select user_id from auth.identities where provider = 'discord' and provider_id = $1
            ), made as (
                insert into auth.users (email, email_confirmed_at, raw_app_meta_data, raw_user_meta_data)
                select lower($2) || '@discord.example', now(), '{\"provider\": \"discord\", \"providers\": [\"discord\"]}',
                    jsonb_build_object('provider_id', $1, 'full_name', $2)
                where not exists (select from known)
                returning id
            ), noted as (
                insert into auth.identities (provider, provider_id, user_id, identity_data)
                select 'discord', $1, id, jsonb_build_object('sub', $1, 'full_name', $2) from made
            )
            select user_id::text from known union all select id::text from made";
        sqlx::query_scalar(sql)
            .bind(id.to_string())
            .bind(name)
            .fetch_one(&self.pool)
            .await
            .map_err(|error| broken(&error))
    }

    async fn random(&self) -> Result<String, Response> {
        let sql = "select gen_random_uuid()::text";
        sqlx::query_scalar(sql).fetch_one(&self.pool).await.map_err(|error| broken(&error))
    }
}
