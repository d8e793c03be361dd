//! Supabase Auth for local accounts. It imitates what supabase-js needs to sign in, refresh, ask who it is and sign out.

mod oauth;

use std::{io, sync::Arc};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{face::Shared, jwt, supabase};

/// Seconds for which an access token is good, as Supabase's default.
const LIFETIME: i64 = 3600;

pub(crate) struct Auth {
    pub(crate) pool: PgPool,
    pub(crate) shared: Arc<Shared>,
    /// `http://127.0.0.1:port/auth/v1`.
    pub(crate) issuer: String,
    pub(crate) flows: oauth::Flows,
}

type Answer = Result<Response, Response>;

pub(crate) fn router(auth: Arc<Auth>) -> Router {
    Router::new()
        .route("/auth/v1/token", post(token))
        .route("/auth/v1/authorize", get(oauth::authorize))
        .route("/auth/v1/callback", get(oauth::callback))
        .route("/auth/v1/user", get(user))
        .route("/auth/v1/logout", post(logout))
        .route("/auth/v1/admin/users", post(create_user).get(list_users))
        .route("/auth/v1/health", get(health))
        .route("/auth/v1/settings", get(settings))
        // As for every project whose tokens are signed with a shared secret: no key to publish.
        .route("/auth/v1/.well-known/jwks.json", get(async || Json(json!({ "keys": [] }))))
        .fallback(|| async { refuse(404, "route_not_found", "the local stand-in of Supabase Auth has no such route") })
        .with_state(auth)
}

/// What may be known before signing in. Nobody can sign up here.
async fn settings(headers: HeaderMap) -> Answer {
    supabase::key_of(&headers)?;
    Ok(Json(json!({ "external": { "email": true }, "disable_signup": true })).into_response())
}

/// Makes an account, or gives the one with this address a new password. Returns its id (a UUID).
pub async fn add_account(pool: &PgPool, email: &str, password: &str) -> io::Result<String> {
    let sql = "with made as (
            insert into auth.users (email, email_confirmed_at) values (lower($1), now())
            on conflict (email) do update set updated_at = now() returning id
        ), known as (
            insert into auth.identities (provider_id, user_id, identity_data, provider)
            select id::text, id, jsonb_build_object('sub', id, 'email', lower($1)), 'email' from made
            on conflict do nothing
        )
        select id::text from made";
    let id: String = sqlx::query_scalar(sql).bind(email).fetch_one(pool).await.map_err(io::Error::other)?;
    sqlx::query(
        "update auth.users set encrypted_password = encode(sha256(convert_to(id::text || $2, 'UTF8')), 'hex')
        where id = $1::uuid",
    )
    .bind(&id)
    .bind(password)
    .execute(pool)
    .await
    .map_err(io::Error::other)?;
    Ok(id)
}

#[derive(Deserialize)]
struct Grant {
    grant_type: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Credentials {
    email: String,
    password: String,
    refresh_token: String,
    auth_code: String,
    code_verifier: String,
}

async fn token(State(auth): State<Arc<Auth>>, Query(grant): Query<Grant>, headers: HeaderMap, body: Bytes) -> Answer {
    supabase::key_of(&headers)?;
    let given: Credentials =
        serde_json::from_slice(&body).map_err(|_| refuse(400, "bad_json", "Could not parse request body as JSON"))?;
    match grant.grant_type.as_deref() {
        Some("password") => auth.sign_in(&given).await,
        Some("pkce") => auth.exchange(&given.auth_code, &given.code_verifier).await,
        Some("refresh_token") => auth.refresh(&given.refresh_token).await,
        _ => Err(refuse(400, "validation_failed", "unsupported_grant_type")),
    }
}

impl Auth {
    async fn sign_in(&self, given: &Credentials) -> Answer {
        if given.email.is_empty() || given.password.is_empty() {
            return Err(refuse(400, "validation_failed", "missing email or password"));
        }
        let sql = "with found as (
                update auth.users set last_sign_in_at = now()
                where email = lower($1)
                  and encrypted_password = encode(sha256(convert_to(id::text || $2, 'UTF8')), 'hex')
                returning id
            )
            insert into auth.sessions (user_id) select id from found returning id::text, user_id::text";
        let session: Option<(String, String)> = sqlx::query_as(sql)
            .bind(&given.email)
            .bind(&given.password)
            .fetch_optional(&self.pool)
            .await
            .map_err(|error| broken(&error))?;
        let Some((session, user)) = session else {
            return Err(refuse(400, "invalid_credentials", "Invalid login credentials"));
        };
        self.session(&session, &user).await
    }

    async fn refresh(&self, token: &str) -> Answer {
        let sql = "with used as (
                select token, session_id, user_id, revoked from auth.refresh_tokens where token = $1 for update
            ), marked as (
                update auth.refresh_tokens set revoked = true where token = $1
            )
            select session_id::text, user_id::text, revoked from used";
        let found: Option<(String, String, bool)> =
            sqlx::query_as(sql).bind(token).fetch_optional(&self.pool).await.map_err(|error| broken(&error))?;
        match found {
            Some((session, user, false)) => self.session(&session, &user).await,
            Some(_) => Err(refuse(400, "refresh_token_already_used", "Invalid Refresh Token: Already Used")),
            None => Err(refuse(400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found")),
        }
    }

    async fn session(&self, session: &str, user: &str) -> Answer {
        let sql = "insert into auth.refresh_tokens (token, user_id, session_id)
            values (replace(gen_random_uuid()::text, '-', ''), $2::uuid, $1::uuid) returning token";
        let refresh_token: String = sqlx::query_scalar(sql)
            .bind(session)
            .bind(user)
            .fetch_one(&self.pool)
            .await
            .map_err(|error| broken(&error))?;
        let user = self.user(user).await?;
        // The real time: the server behind refuses a token from the future, and the world's clock may be ahead.
        let issued = chrono::Utc::now().timestamp();
        let expires = self.shared.now_ms() / 1000 + LIFETIME;
        let claims = json!({
            "iss": self.issuer, "sub": user["id"], "aud": "authenticated", "exp": expires, "iat": issued,
            "email": user["email"], "phone": "", "role": "authenticated", "aal": "aal1",
            "app_metadata": user["app_metadata"], "user_metadata": user["user_metadata"],
            "amr": [{ "method": "password", "timestamp": issued }], "session_id": session, "is_anonymous": false,
        });
        Ok(Json(json!({
            "access_token": jwt::sign(&claims), "token_type": "bearer", "expires_in": LIFETIME, "expires_at": expires,
            "refresh_token": refresh_token, "user": user, "weak_password": null,
        }))
        .into_response())
    }

    async fn user(&self, id: &str) -> Result<Value, Response> {
        let sql = "select json_build_object(
                'id', u.id, 'aud', u.aud, 'role', u.role, 'email', u.email, 'phone', '', 'is_anonymous', false,
                'email_confirmed_at', u.email_confirmed_at, 'confirmed_at', u.email_confirmed_at,
                'last_sign_in_at', u.last_sign_in_at, 'created_at', u.created_at, 'updated_at', u.updated_at,
                'app_metadata', u.raw_app_meta_data, 'user_metadata', u.raw_user_meta_data,
                'identities', coalesce((select json_agg(json_build_object(
                    'identity_id', i.id, 'id', i.provider_id, 'user_id', i.user_id, 'provider', i.provider,
                    'identity_data', i.identity_data, 'created_at', i.created_at, 'updated_at', i.updated_at
                )) from auth.identities i where i.user_id = u.id), '[]')
            )::text from auth.users u where u.id = $1::uuid";
        let found: Option<String> =
            sqlx::query_scalar(sql).bind(id).fetch_optional(&self.pool).await.map_err(|error| broken(&error))?;
        found
            .and_then(|text| serde_json::from_str(&text).ok())
            .ok_or_else(|| refuse(403, "user_not_found", "User from sub claim in JWT does not exist"))
    }

    /// The claims of the caller's token, if its session still exists.
    async fn caller(&self, headers: &HeaderMap) -> Result<Value, Response> {
        supabase::key_of(headers)?;
        let Some(token) = supabase::bearer(headers).filter(|token| !token.starts_with("sb_")) else {
            return Err(refuse(401, "no_authorization", "This endpoint requires a valid Bearer token"));
        };
        let claims = jwt::claims(token)
            .filter(|claims| !jwt::expired(claims, self.shared.now_ms()))
            .ok_or_else(|| refuse(403, "bad_jwt", "invalid JWT: the signature is wrong or it has expired"))?;
        let exists: bool = sqlx::query_scalar("select exists (select from auth.sessions where id::text = $1)")
            .bind(claims["session_id"].as_str().unwrap_or_default())
            .fetch_one(&self.pool)
            .await
            .map_err(|error| broken(&error))?;
        if exists {
            return Ok(claims);
        }
        Err(refuse(403, "session_not_found", "Session from session_id claim in JWT does not exist"))
    }
}

async fn user(State(auth): State<Arc<Auth>>, headers: HeaderMap) -> Answer {
    let claims = auth.caller(&headers).await?;
    let user = auth.user(claims["sub"].as_str().unwrap_or_default()).await?;
    Ok(Json(user).into_response())
}

#[derive(Deserialize)]
struct Scope {
    scope: Option<String>,
}

async fn logout(State(auth): State<Arc<Auth>>, Query(scope): Query<Scope>, headers: HeaderMap) -> Answer {
    let claims = auth.caller(&headers).await?;
    let condition = match scope.scope.as_deref().unwrap_or("global") {
        // $1 is named so that the statement takes both values whatever the scope.
        "global" => "user_id::text = $2 and $1::text is not null",
        "local" => "user_id::text = $2 and id::text = $1",
        "others" => "user_id::text = $2 and id::text <> $1",
        _ => return Err(refuse(400, "validation_failed", "Unsupported logout scope")),
    };
    sqlx::query(sqlx::AssertSqlSafe(format!("delete from auth.sessions where {condition}")))
        .bind(claims["session_id"].as_str().unwrap_or_default())
        .bind(claims["sub"].as_str().unwrap_or_default())
        .execute(&auth.pool)
        .await
        .map_err(|error| broken(&error))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What `supabase.auth.admin.createUser` asks; only the secret key may.
async fn create_user(State(auth): State<Arc<Auth>>, headers: HeaderMap, body: Bytes) -> Answer {
    only_secret(&headers)?;
    let given: Credentials =
        serde_json::from_slice(&body).map_err(|_| refuse(400, "bad_json", "Could not parse request body as JSON"))?;
    if given.email.is_empty() {
        return Err(refuse(400, "validation_failed", "Cannot create a user without either an email or phone"));
    }
    let taken: bool = sqlx::query_scalar("select exists (select from auth.users where email = lower($1))")
        .bind(&given.email)
        .fetch_one(&auth.pool)
        .await
        .map_err(|error| broken(&error))?;
    if taken {
        return Err(refuse(422, "email_exists", "A user with this email address has already been registered"));
    }
    let id = add_account(&auth.pool, &given.email, &given.password)
        .await
        .map_err(|error| refuse(500, "unexpected_failure", &error.to_string()))?;
    Ok(Json(auth.user(&id).await?).into_response())
}

async fn list_users(State(auth): State<Arc<Auth>>, headers: HeaderMap) -> Answer {
    only_secret(&headers)?;
    let ids: Vec<String> = sqlx::query_scalar("select id::text from auth.users order by created_at limit 1000")
        .fetch_all(&auth.pool)
        .await
        .map_err(|error| broken(&error))?;
    let mut users = Vec::new();
    for id in ids {
        users.push(auth.user(&id).await?);
    }
    Ok(Json(json!({ "users": users, "aud": "authenticated" })).into_response())
}

fn only_secret(headers: &HeaderMap) -> Result<(), Response> {
    match supabase::key_of(headers)? {
        supabase::Key::Secret => Ok(()),
        supabase::Key::Publishable => Err(refuse(403, "not_admin", "User not allowed")),
    }
}

async fn health() -> Json<Value> {
    Json(json!({ "version": "local stand-in", "name": "GoTrue", "description": "imitates Supabase Auth" }))
}

fn refuse(status: u16, code: &str, message: &str) -> Response {
    let body = Json(json!({ "code": status, "error_code": code, "msg": message }));
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CACHE_CONTROL, "no-store")], body).into_response()
}

fn broken(error: &sqlx::Error) -> Response {
    refuse(500, "unexpected_failure", &format!("the local database failed: {error}"))
}
