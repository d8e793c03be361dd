//! What every stand-in does with a request before answering it: record it, apply a fault, keep the world's time.

use std::{
    collections::VecDeque,
    fs::File,
    io::Write,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderName, HeaderValue, StatusCode},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    serve::ListenerExt,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Requests kept in memory for `GET /world/record`; the file of `WORLD_RECORD` keeps all.
const REMEMBERED: usize = 20_000;
const MAX_BODY: usize = 64 << 20;

/// Which stand-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Face {
    Discord,
    Supabase,
    Upstash,
    Nlp,
    Gemini,
    Claude,
}

/// One request as it arrived. `body` is JSON if it parses, else a string.
#[derive(Clone, Debug, Serialize)]
pub struct Recorded {
    pub face: Face,
    /// Milliseconds since 1970 on the world's clock.
    pub at: i64,
    /// When it arrived, microseconds since 1970 on the machine's clock.
    pub at_us: i64,
    pub method: String,
    /// With the query.
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Value,
    /// What was answered.
    pub status: u16,
}

/// What goes wrong next. The first fault that matches is used.
#[derive(Clone, Debug, Deserialize)]
pub struct Fault {
    pub face: Face,
    /// `METHOD /path-prefix`, `/path-prefix`, or empty for every request of the face.
    #[serde(default)]
    pub matching: String,
    /// Wait this long first.
    #[serde(default)]
    pub delay_ms: u64,
    /// Answer this instead of asking the stand-in.
    pub status: Option<u16>,
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// JSON, or a string that is sent as it is.
    pub body: Option<Value>,
    /// Let the stand-in act, then break the answer: its effect happened, the caller does not know.
    #[serde(default)]
    pub after: bool,
    /// How often; for ever if missing.
    pub times: Option<u32>,
}

impl Fault {
    /// From now on, `face` answers requests that match with `status`, for ever.
    pub fn status(face: Face, matching: &str, status: u16) -> Self {
        Self {
            face,
            matching: matching.to_owned(),
            delay_ms: 0,
            status: Some(status),
            headers: vec![],
            body: None,
            after: false,
            times: None,
        }
    }

    fn hits(&self, face: Face, method: &str, path: &str) -> bool {
        let (wanted, prefix) = match self.matching.split_once(' ') {
            Some((method, prefix)) => (Some(method), prefix),
            None => (None, self.matching.as_str()),
        };
        self.face == face && wanted.is_none_or(|wanted| wanted == method) && path.starts_with(prefix)
    }
}

/// What all stand-ins of one world share.
#[derive(Default)]
pub struct Shared {
    faults: Mutex<Vec<Fault>>,
    recorded: Mutex<VecDeque<Recorded>>,
    file: Option<Mutex<File>>,
    clock_offset_ms: AtomicI64,
}

impl Shared {
    /// `record`: where every request is written as a JSON line.
    pub fn new(record: Option<&str>) -> std::io::Result<Arc<Self>> {
        let file = record.map(File::create).transpose()?.map(Mutex::new);
        Ok(Arc::new(Self { file, ..Self::default() }))
    }

    /// Milliseconds since 1970, moved by [`Shared::advance`].
    pub fn now_ms(&self) -> i64 {
        chrono::Utc::now().timestamp_millis() + self.clock_offset_ms.load(Ordering::Relaxed)
    }

    /// Microseconds since 1970 on the machine's clock: for measuring.
    pub fn now_us() -> i64 {
        chrono::Utc::now().timestamp_micros()
    }

    /// Moves the world's clock forward, so that tokens expire without anyone sleeping.
    pub fn advance(&self, by: Duration) {
        self.clock_offset_ms.fetch_add(by.as_millis() as i64, Ordering::Relaxed);
    }

    pub fn break_with(&self, fault: Fault) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
    }

    pub fn mend(&self) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Everything remembered of one face, oldest first.
    pub fn recorded(&self, face: Face) -> Vec<Recorded> {
        let all = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().filter(|one| one.face == face).cloned().collect()
    }

    pub fn forget_recorded(&self) {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn take_fault(&self, face: Face, method: &str, path: &str) -> Option<Fault> {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let at = faults.iter().position(|fault| fault.hits(face, method, path))?;
        let fault = faults.get_mut(at)?;
        let taken = fault.clone();
        if let Some(times) = &mut fault.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                faults.remove(at);
            }
        }
        Some(taken)
    }

    fn remember(&self, one: Recorded) {
        if let Some(file) = &self.file {
            let line = serde_json::to_string(&one).unwrap_or_default() + "\n";
            // A full disk must not stop the world; the test that reads the file will notice.
            let _ = file.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes());
        }
        let mut all = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() == REMEMBERED {
            all.pop_front();
        }
        all.push_back(one);
    }
}

/// Serves `router` as `face` until the process ends. Requests below `/world` (and the page) are neither recorded nor broken.
pub fn serve(listener: TcpListener, face: Face, router: Router, shared: Arc<Shared>) -> std::io::Result<SocketAddr> {
    let address = listener.local_addr()?;
    let app = router.layer(middleware::from_fn_with_state((face, shared), watch));
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(address)
}

async fn watch(State((face, shared)): State<(Face, Arc<Shared>)>, request: Request, next: Next) -> Response {
    let path = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    if face == Face::Discord && !path.starts_with("/api/") {
        return next.run(request).await;
    }
    let method = request.method().to_string();
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, MAX_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let mut recorded = Recorded {
        face,
        at: shared.now_ms(),
        at_us: Shared::now_us(),
        method,
        path,
        headers: parts
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
        body: as_json(&bytes),
        status: 0,
    };
    let fault = shared.take_fault(face, &recorded.method, &recorded.path);
    if let Some(fault) = &fault {
        tokio::time::sleep(Duration::from_millis(fault.delay_ms)).await;
    }
    let broken = fault.and_then(|fault| Some((fault.after, broken_answer(&fault)?)));
    let request = Request::from_parts(parts, Body::from(bytes));
    let response = match broken {
        Some((false, answer)) => answer,
        Some((true, answer)) => {
            next.run(request).await;
            answer
        }
        None => next.run(request).await,
    };
    recorded.status = response.status().as_u16();
    shared.remember(recorded);
    response
}

fn as_json(bytes: &Bytes) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(bytes).unwrap_or_else(|_| json!(String::from_utf8_lossy(bytes)))
}

fn broken_answer(fault: &Fault) -> Option<Response> {
    let status = StatusCode::from_u16(fault.status?).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match &fault.body {
        Some(Value::String(text)) => (status, text.clone()).into_response(),
        Some(json) => (status, axum::Json(json)).into_response(),
        None => status.into_response(),
    };
    for (name, value) in &fault.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            response.headers_mut().insert(name, value);
        }
    }
    Some(response)
}
