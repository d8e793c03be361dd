//! The relay's other questions: what may I send (config), what is due (tick), may I begin a session (identify)?

use chrono::TimeDelta;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use relay_wire::{Identified, Identify, Orders, Pause, Tick, TickAnswer, VERSION};

use super::{json_response, problem};
use crate::{
    clients::redis::Reply,
    command,
    context::{Cx, logged},
    features::{self, relay::shards},
    jobs, relay_filter,
};

/// Upstash key with the pause level: absent, `bulk` or `all`.
const PAUSE_KEY: &str = "pause";
/// How old the orders on an answer may be.
const MAX_ORDERS_AGE: TimeDelta = TimeDelta::seconds(2);

/// What rides on every answer; read from Upstash at most every two seconds in an isolate.
pub async fn orders(cx: &Cx) -> Orders {
    if let Some(orders) = cx.orders.get(cx.now, MAX_ORDERS_AGE) {
        return orders;
    }
    let asked = [command!["GET", PAUSE_KEY], jobs::wake_command(), relay_filter::version_command()];
    let replies = cx.redis.pipeline(&asked).await;
    let last = cx.orders.last().unwrap_or_default();
    let known_version = async |reply: Option<&Reply>| {
        let version = relay_filter::version_of(cx, reply).await;
        if version.is_empty() { last.filter_version.clone() } else { version }
    };
    let orders = match logged(cx, "orders", replies.map_err(Into::into)).as_deref() {
        Some([pause, wake, version]) => Orders {
            filter_version: known_version(Some(version)).await,
            pause: match pause.text() {
                Some("bulk") => Pause::Bulk,
                Some("all") => Pause::All,
                _ => Pause::None,
            },
            wake_at: jobs::wake_at(wake),
        },
        // Upstash down must not end a pause. If none was ever seen, nothing is paused; the minute's tick finds what is due.
        _ => Orders { filter_version: known_version(None).await, ..last },
    };
    cx.orders.keep(cx.now, orders)
}

pub async fn tick(cx: Cx, body: &[u8]) -> Response<Vec<u8>> {
    let Some(tick) = from_json::read::<Tick>(body).filter(|tick| tick.v == VERSION) else {
        return problem(StatusCode::BAD_REQUEST, "this is not a tick of a format spoken here");
    };
    let cx = cx.with_request_id(format!("tick-{}", tick.relay));
    match jobs::tick(&cx, &features::jobs()).await {
        Ok(ran) => {
            cx.orders.expire();
            json_response(StatusCode::OK, &TickAnswer { v: VERSION, ran, orders: orders(&cx).await })
        }
        Err(error) => {
            cx.log_failure("tick", &error);
            problem(StatusCode::SERVICE_UNAVAILABLE, "the due jobs cannot be claimed right now")
        }
    }
}

pub async fn config(cx: Cx, headers: &HeaderMap) -> Response<Vec<u8>> {
    // Without the database there is no answer, not a smaller one: the relay goes on with the filter it has.
    let Some(config) = logged(&cx, "relay_filter", relay_filter::fresh(&cx).await) else {
        return problem(StatusCode::SERVICE_UNAVAILABLE, "the filter cannot be read right now; keep the one you have");
    };
    let tag = format!("\"{}\"", config.filter_version);
    let unchanged = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()) == Some(tag.as_str());
    let mut response = if unchanged {
        let mut empty = Response::new(vec![]);
        *empty.status_mut() = StatusCode::NOT_MODIFIED;
        empty
    } else {
        json_response(StatusCode::OK, &*config)
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

pub async fn identify(cx: Cx, body: &[u8]) -> Response<Vec<u8>> {
    let Some(asked) = from_json::read::<Identify>(body).filter(|asked| asked.v == VERSION) else {
        return problem(StatusCode::BAD_REQUEST, "this does not ask to identify in a format spoken here");
    };
    if let Err(mend) = shards::check(&asked) {
        return problem(StatusCode::BAD_REQUEST, mend);
    }
    let cx = cx.from_relay(&asked.relay, &asked.epoch);
    match logged(&cx, "identify", shards::identify(&cx, &asked).await) {
        Some(leave) => json_response(StatusCode::OK, &Identified { v: VERSION, leave }),
        None => problem(StatusCode::SERVICE_UNAVAILABLE, "who holds which shard cannot be asked right now"),
    }
}
