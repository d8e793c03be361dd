//! The page that plays the members, served from disk, and the files that messages carry.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};

use super::{Discord, ids::Id};

pub fn router() -> Router<Arc<Discord>> {
    Router::new()
        .route("/", get(|state| file(state, "index.html", "text/html; charset=utf-8")))
        .route("/app.js", get(|state| file(state, "app.js", "text/javascript; charset=utf-8")))
        .route("/app.css", get(|state| file(state, "app.css", "text/css; charset=utf-8")))
        .route("/attachments/{channel}/{id}/{name}", get(attachment))
}

async fn file(State(discord): State<Arc<Discord>>, name: &'static str, kind: &'static str) -> Response {
    let read = match &discord.options.page_dir {
        Some(dir) => tokio::fs::read(dir.join(name)).await.ok(),
        None => None,
    };
    match read {
        Some(bytes) => ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")], bytes).into_response(),
        None => {
            let hint = Html("<p>The page is not built yet: run <code>cargo xtask setup</code>.</p>");
            (StatusCode::NOT_FOUND, hint).into_response()
        }
    }
}

async fn attachment(State(discord): State<Arc<Discord>>, Path((_, id, _)): Path<(String, Id, String)>) -> Response {
    let found = discord.state().files.get(&id).cloned();
    match found {
        Some((kind, bytes)) => {
            let kind = kind.unwrap_or_else(|| "application/octet-stream".to_owned());
            ([(header::CONTENT_TYPE, kind)], bytes).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
