//! The gateway Supabase has in front of PostgREST: keys become roles, and postrust's few departures are evened out.

use std::{io, sync::Arc};

use axum::{
    Json, Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    middleware,
    response::{IntoResponse, Response},
    routing::any,
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use sqlx::{PgPool, postgres::PgPoolOptions};

use crate::{
    auth::{self, Auth},
    defaults::{SUPABASE_PUBLISHABLE_KEY, SUPABASE_SECRET_KEY},
    face::Shared,
    jwt,
    stack::Urls,
};

/// Larger than any error PostgREST sends.
const MAX_ERROR: usize = 1 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Publishable,
    Secret,
}

struct Gateway {
    client: Client<HttpConnector, Body>,
    /// `http://127.0.0.1:port` of postrust.
    upstream: String,
    /// What the secret key stands for.
    service_role: HeaderValue,
    pool: PgPool,
    shared: Arc<Shared>,
}

/// `/rest/v1` and `/auth/v1` over the servers at `urls`; `base_url` is where this router will be served.
pub fn router(urls: &Urls, base_url: &str, shared: Arc<Shared>) -> io::Result<Router> {
    let pool = pool(&urls.database_url)?;
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let token = jwt::sign(&json!({ "iss": "supabase", "role": "service_role" }));
    let gateway = Arc::new(Gateway {
        client: Client::builder(TokioExecutor::new()).build(connector),
        upstream: urls.postgrest_url.clone(),
        service_role: format!("Bearer {token}").parse().map_err(io::Error::other)?,
        pool: pool.clone(),
        shared: shared.clone(),
    });
    let issuer = format!("{base_url}/auth/v1");
    let rest = Router::new().route("/rest/v1/", any(proxy)).route("/rest/v1/{*path}", any(proxy)).with_state(gateway);
    Ok(rest
        .merge(auth::router(Arc::new(Auth { pool, shared, issuer, flows: Default::default() })))
        .layer(middleware::from_fn(cors)))
}

/// A few connections for what the stand-ins themselves ask; made when they are needed.
pub(crate) fn pool(database_url: &str) -> io::Result<PgPool> {
    PgPoolOptions::new().max_connections(4).connect_lazy(database_url).map_err(io::Error::other)
}

/// Supabase lets pages of any origin ask; the dashboard is one.
async fn cors(request: Request, next: middleware::Next) -> Response {
    let preflight = request.method() == Method::OPTIONS;
    let mut response = match preflight {
        true => StatusCode::OK.into_response(),
        false => next.run(request).await,
    };
    let headers = response.headers_mut();
    let any = HeaderValue::from_static("*");
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any.clone());
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, any);
    if preflight {
        let allowed = "authorization, apikey, x-client-info, content-type, prefer, range, range-unit, accept-profile, \
                       content-profile, x-supabase-api-version, x-retry-count";
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(allowed));
        let methods = HeaderValue::from_static("GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS");
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
    }
    response
}

/// Which key came along.
///
/// # Errors
/// The 401 with which Supabase answers when none or an unknown one did.
pub(crate) fn key_of(headers: &HeaderMap) -> Result<Key, Response> {
    let Some(key) = headers.get("apikey") else {
        return Err(unauthorized("No API key found in request", "No `apikey` request header or url param was found."));
    };
    if key == SUPABASE_PUBLISHABLE_KEY {
        Ok(Key::Publishable)
    } else if key == SUPABASE_SECRET_KEY {
        Ok(Key::Secret)
    } else {
        Err(unauthorized("Invalid API key", "Double check the API key of your Supabase project."))
    }
}

pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn unauthorized(message: &str, hint: &str) -> Response {
    (StatusCode::UNAUTHORIZED, Json(json!({ "message": message, "hint": hint }))).into_response()
}

/// PostgREST's shape of an error.
fn refuse(status: StatusCode, code: &str, message: &str, hint: Option<&str>) -> Response {
    let body = json!({ "code": code, "details": null, "hint": hint, "message": message });
    (status, Json(body)).into_response()
}

async fn proxy(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    gateway.pass_on(request).await.unwrap_or_else(|refusal| refusal)
}

impl Gateway {
    async fn pass_on(&self, request: Request) -> Result<Response, Response> {
        let (mut parts, body) = request.into_parts();
        let key = key_of(&parts.headers)?;
        let authorization = self.authorization(key, &parts.headers)?;
        let is_anon = authorization.is_none();
        let path = parts.uri.path().strip_prefix("/rest/v1").unwrap_or("/").to_owned();
        let query = parts.uri.query().unwrap_or_default();
        reject_wrong_counts(&parts.method, &path, &parts.headers)?;
        if let Some(function) = path.strip_prefix("/rpc/") {
            self.reject_ignored_filters(function, query).await?;
        }
        let uri = format!("{}{path}?{}", self.upstream, without_quotes(query));
        parts.uri = uri
            .trim_end_matches('?')
            .parse::<Uri>()
            .map_err(|error| refuse(StatusCode::BAD_REQUEST, "PGRST100", &format!("not an address: {error}"), None))?;
        parts.headers.remove("apikey");
        match authorization {
            Some(value) => parts.headers.insert(header::AUTHORIZATION, value),
            None => parts.headers.remove(header::AUTHORIZATION),
        };
        for name in [header::HOST, header::CONNECTION, HeaderName::from_static("keep-alive")] {
            parts.headers.remove(name);
        }
        let answer = self.client.request(Request::from_parts(parts, body)).await;
        match answer {
            Ok(response) => Ok(corrected(response.map(Body::new), is_anon).await),
            Err(error) => Err(refuse(
                StatusCode::SERVICE_UNAVAILABLE,
                "PGRST000",
                &format!("the local PostgREST does not answer: {error}"),
                None,
            )),
        }
    }

    /// What postrust shall see; None is the role `anon`.
    fn authorization(&self, key: Key, headers: &HeaderMap) -> Result<Option<HeaderValue>, Response> {
        let own_key = headers.get("apikey").and_then(|value| value.to_str().ok());
        match bearer(headers) {
            // supabase-js sends its key in both headers; only the very same one is let pass, and counts for nothing.
            Some(token) if token.starts_with("sb_") && Some(token) != own_key => Err(refuse(
                StatusCode::UNAUTHORIZED,
                "PGRST301",
                "Expected 3 parts in JWT; got 1",
                Some("sb_ keys are no tokens: send them in the `apikey` header"),
            )),
            Some(token) if !token.starts_with("sb_") => {
                let expired = jwt::claims(token).is_some_and(|claims| jwt::expired(&claims, self.shared.now_ms()));
                if expired {
                    return Err(refuse(StatusCode::UNAUTHORIZED, "PGRST303", "JWT expired", None));
                }
                Ok(headers.get(header::AUTHORIZATION).cloned())
            }
            _ => Ok((key == Key::Secret).then(|| self.service_role.clone())),
        }
    }

    /// postrust ignores filters on a function that does not return rows of a table, and answers with all rows.
    async fn reject_ignored_filters(&self, function: &str, query: &str) -> Result<(), Response> {
        if query.is_empty() {
            return Ok(());
        }
        let sql = "select array(
                    select a.name from unnest(p.proargnames) with ordinality a (name, place)
                    where p.proargmodes is null or p.proargmodes[a.place] in ('i', 'b', 'v')
                ),
                coalesce('t' = any (p.proargmodes), false) or (p.proretset and t.typtype <> 'c')
            from pg_proc p join pg_type t on t.oid = p.prorettype join pg_namespace n on n.oid = p.pronamespace
            where n.nspname = 'public' and p.proname = $1";
        let found: Result<Vec<(Vec<String>, bool)>, _> = sqlx::query_as(sql).bind(function).fetch_all(&self.pool).await;
        // If the database is down, postrust says so in its own way.
        for (arguments, ignores_filters) in found.unwrap_or_default() {
            let stranger = query
                .split('&')
                .filter_map(|pair| pair.split('=').next())
                .find(|name| *name != "columns" && !arguments.iter().any(|argument| argument == name));
            if let (true, Some(name)) = (ignores_filters, stranger) {
                return Err(unsupported(&format!(
                    "`{name}` on the function `{function}`, which does not return rows of a table: give it an argument \
                     instead, or let it return SETOF a table or view"
                )));
            }
        }
        Ok(())
    }
}

fn unsupported(what: &str) -> Response {
    let message = format!("the local stand-in cannot do this, PostgREST could: {what}");
    refuse(StatusCode::NOT_IMPLEMENTED, "LOCAL", &message, None)
}

/// postrust answers `count=` of a write wrongly, so that a client would take NaN for a number.
fn reject_wrong_counts(method: &Method, path: &str, headers: &HeaderMap) -> Result<(), Response> {
    let writes = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE].contains(method);
    let counts =
        headers.get_all("prefer").iter().any(|value| value.to_str().is_ok_and(|value| value.contains("count=")));
    if writes && counts && !path.starts_with("/rpc/") {
        return Err(unsupported("count= on a write: ask return=representation and count the rows"));
    }
    Ok(())
}

/// postrust takes quotes around names in `columns` and `on_conflict` for part of the name; supabase-js always sends them.
fn without_quotes(query: &str) -> String {
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name @ ("columns" | "on_conflict"), value)) => {
            let plain: Vec<u8> = percent_decode_str(value).filter(|&byte| byte != b'"').collect();
            let value = percent_encoding::percent_encode(&plain, percent_encoding::NON_ALPHANUMERIC);
            format!("{name}={value}").replace("%2C", ",").replace("%5F", "_")
        }
        _ => pair.to_owned(),
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// Statuses that PostgREST gives and postrust does not.
async fn corrected(response: Response, is_anon: bool) -> Response {
    let status = response.status();
    if status != StatusCode::UNAUTHORIZED && status != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, MAX_ERROR).await.unwrap_or_else(|_| Bytes::new());
    let error: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    match error["code"].as_str() {
        Some("42501") if !is_anon => parts.status = StatusCode::FORBIDDEN,
        Some("PGRST500") => {
            let message = "Database connection error. Retrying the connection.";
            return refuse(StatusCode::SERVICE_UNAVAILABLE, "PGRST000", message, None);
        }
        _ => {}
    }
    Response::from_parts(parts, Body::from(bytes))
}

#[cfg(test)]
mod tests {
    use super::without_quotes;

    #[test]
    fn quotes_are_taken_from_names_only() {
        assert_eq!(without_quotes("columns=%22a_b%22%2C%22c%22&id=eq.%22x%22"), "columns=a_b,c&id=eq.%22x%22");
        assert_eq!(without_quotes("on_conflict=\"a\",b"), "on_conflict=a,b");
        assert_eq!(without_quotes(""), "");
    }
}
