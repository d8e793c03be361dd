//! Supabase's REST interface (PostgREST), as much of it as this project uses. Why no crate: docs/decisions/0001.

use std::time::Duration;

use from_json::{FromJson, Unfit, Value};
use futures_util::FutureExt;
use reqwest::{Method, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::{Answer, misfit, parse, send};
use crate::{
    config::Access,
    error::{Failure, Service, ServiceError},
};

/// A function is one call, and Discord waits 3 s for an interaction.
const RPC_TIMEOUT: Duration = Duration::from_millis(2_500);
/// Two plain calls in a row must fit into those 3 s as well.
const TIMEOUT: Duration = Duration::from_millis(1_200);

#[derive(Clone)]
pub struct Supabase {
    http: reqwest::Client,
    access: Option<Access>,
}

/// One condition on a column. The value is always encoded, never pasted into the address.
pub struct Filter {
    column: &'static str,
    condition: String,
}

impl Filter {
    pub fn eq(column: &'static str, value: impl ToString) -> Self {
        Self { column, condition: format!("eq.{}", value.to_string()) }
    }
}

/// What to do with a row whose key is taken.
#[derive(Clone, Copy)]
pub enum OnConflict {
    Ignore(&'static str),
    Replace(&'static str),
}

impl Supabase {
    pub fn new(http: reqwest::Client, access: Option<Access>) -> Self {
        Self { http, access }
    }

    /// Calls a SQL function and reads its answer.
    pub async fn rpc<T: FromJson>(
        &self,
        function: &'static str,
        arguments: &impl Serialize,
    ) -> Result<T, ServiceError> {
        let json = self.rpc_json(function, serde_json::to_value(arguments)).boxed_local().await?;
        T::from_json(&json).map_err(|unfit| misread("rpc", function, unfit))
    }

    async fn rpc_json(
        &self,
        function: &'static str,
        arguments: serde_json::Result<Value>,
    ) -> Result<Value, ServiceError> {
        let body = self.rpc_bytes(function, arguments).await?;
        // A function that returns void answers 204 without a body.
        let body = if body.is_empty() { b"null" } else { body.as_slice() };
        parse(body, Service::Supabase, &format!("rpc {function}"))
    }

    /// Calls a SQL function; its answer as it is written.
    pub async fn rpc_bytes(
        &self,
        function: &'static str,
        arguments: serde_json::Result<Value>,
    ) -> Result<Vec<u8>, ServiceError> {
        let operation = format!("rpc {function}");
        let request = self.request(Method::POST, &format!("rpc/{function}"), &operation, &[])?;
        let answer = self.sent(with_json(request, arguments, &operation)?, RPC_TIMEOUT, &operation).await?;
        Ok(answer.body)
    }

    /// The rows that fit every filter, at most 1,000 (Supabase's own limit for one answer).
    pub async fn select<T: FromJson>(
        &self,
        table: &'static str,
        columns: &'static str,
        filters: &[Filter],
    ) -> Result<Vec<T>, ServiceError> {
        let json = self.select_json(table, columns, filters).boxed_local().await?;
        Vec::from_json(&json).map_err(|unfit| misread("select", table, unfit))
    }

    async fn select_json(
        &self,
        table: &'static str,
        columns: &'static str,
        filters: &[Filter],
    ) -> Result<Value, ServiceError> {
        let operation = format!("select {table}");
        let mut query = pairs(filters);
        query.push(("select", columns.to_owned()));
        let answer = self.sent(self.request(Method::GET, table, &operation, &query)?, TIMEOUT, &operation).await?;
        parse(&answer.body, Service::Supabase, &operation)
    }

    /// Writes rows in one statement. Without `on_conflict` a taken key is the error 23505.
    pub async fn insert(
        &self,
        table: &'static str,
        rows: &impl Serialize,
        on_conflict: Option<OnConflict>,
    ) -> Result<(), ServiceError> {
        self.insert_json(table, serde_json::to_value(rows), on_conflict).boxed_local().await
    }

    async fn insert_json(
        &self,
        table: &'static str,
        rows: serde_json::Result<Value>,
        on_conflict: Option<OnConflict>,
    ) -> Result<(), ServiceError> {
        let operation = format!("insert {table}");
        let (query, prefer) = match on_conflict {
            None => (vec![], "return=minimal"),
            Some(OnConflict::Ignore(key)) => {
                (vec![("on_conflict", key.to_owned())], "return=minimal,resolution=ignore-duplicates")
            }
            Some(OnConflict::Replace(key)) => {
                (vec![("on_conflict", key.to_owned())], "return=minimal,resolution=merge-duplicates")
            }
        };
        let request = self.request(Method::POST, table, &operation, &query)?.header("prefer", prefer);
        self.sent(with_json(request, rows, &operation)?, TIMEOUT, &operation).await.map(drop)
    }

    /// Deletes the rows that fit every filter. There must be one: PostgREST would otherwise empty the table.
    pub async fn delete(&self, table: &'static str, first: Filter, more: &[Filter]) -> Result<(), ServiceError> {
        let operation = format!("delete {table}");
        let mut query = pairs(more);
        query.push((first.column, first.condition));
        let request = self.request(Method::DELETE, table, &operation, &query)?.header("prefer", "return=minimal");
        self.sent(request, TIMEOUT, &operation).await.map(drop)
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        operation: &str,
        query: &[(&'static str, String)],
    ) -> Result<reqwest::RequestBuilder, ServiceError> {
        const VARIABLES: &[&str] = &["SUPABASE_URL", "SUPABASE_SECRET_KEY"];
        let failed = |kind| ServiceError::new(Service::Supabase, operation, kind);
        let access = self.access.as_ref().ok_or_else(|| failed(Failure::NotConfigured(VARIABLES)))?;
        let mut url = Url::parse(&format!("{}/rest/v1/{path}", access.url))
            .map_err(|_| failed(Failure::NotConfigured(VARIABLES)))?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        // An sb_secret_ key is no JWT and is refused as a Bearer token.
        Ok(self.http.request(method, url).header("apikey", expose(&access.key)))
    }

    async fn sent(
        &self,
        request: reqwest::RequestBuilder,
        timeout: Duration,
        operation: &str,
    ) -> Result<Answer, ServiceError> {
        let answer = send(request, timeout, Service::Supabase, operation).await?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        Err(ServiceError::new(Service::Supabase, operation, refusal(&answer)))
    }
}

fn misread(verb: &str, what: &str, unfit: Unfit) -> ServiceError {
    misfit(unfit, Service::Supabase, &format!("{verb} {what}"))
}

fn expose(key: &SecretString) -> &str {
    key.expose_secret()
}

fn pairs(filters: &[Filter]) -> Vec<(&'static str, String)> {
    filters.iter().map(|filter| (filter.column, filter.condition.clone())).collect()
}

fn with_json(
    request: reqwest::RequestBuilder,
    body: serde_json::Result<Value>,
    operation: &str,
) -> Result<reqwest::RequestBuilder, ServiceError> {
    let body = body
        .and_then(|body| serde_json::to_vec(&body))
        .map_err(|error| ServiceError::new(Service::Supabase, operation, Failure::Malformed(error.to_string())))?;
    Ok(request.header("content-type", "application/json").body(body))
}

/// PostgREST's `details` and `hint` are left out: `details` quotes the values of the row.
fn refusal(answer: &Answer) -> Failure {
    #[derive(FromJson)]
    struct Body {
        code: Option<String>,
        message: Option<String>,
    }
    let body: Option<Body> = from_json::read(&answer.body);
    let (code, message) = body.map(|body| (body.code, body.message)).unwrap_or_default();
    if answer.status.as_u16() == 429 {
        return Failure::RateLimited { retry_after_ms: 1_000 };
    }
    Failure::Refused {
        status: answer.status.as_u16(),
        code: code.unwrap_or_default(),
        message: message.unwrap_or_else(|| "no reason given".to_owned()),
    }
}
