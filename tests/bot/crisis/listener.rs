//! An address outside that writes down what it is sent: a push service, a guild's webhook.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU16, Ordering},
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};

#[derive(Clone, Default)]
pub struct Listener {
    pub url: String,
    status: Arc<AtomicU16>,
    heard: Arc<Mutex<Vec<(HeaderMap, String)>>>,
}

impl Listener {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let this = Self { url: format!("http://{}/topic", listener.local_addr().unwrap()), ..Self::default() };
        this.answers(200);
        let router = Router::new().route("/topic", post(hear)).with_state(this.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        this
    }

    /// From now on, with this status.
    pub fn answers(&self, status: u16) {
        self.status.store(status, Ordering::Relaxed);
    }

    pub fn heard(&self) -> Vec<(HeaderMap, String)> {
        self.heard.lock().unwrap().clone()
    }

    pub fn texts(&self) -> Vec<String> {
        self.heard().into_iter().map(|(_, body)| body).collect()
    }
}

async fn hear(State(listener): State<Listener>, headers: HeaderMap, body: String) -> StatusCode {
    listener.heard.lock().unwrap().push((headers, body));
    StatusCode::from_u16(listener.status.load(Ordering::Relaxed)).unwrap()
}
