//! The relay's other questions: what may I send (config), and what is due (tick)?

use chrono::TimeDelta;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use relay_wire::{Orders, Pause, RelayConfig, Tick, TickAnswer, VERSION};

use super::{json_response, problem};
use crate::{command, context::Cx, context::logged, features, jobs};

/// Upstash key with the pause level: absent, `bulk` or `all`.
const PAUSE_KEY: &str = "pause";
/// How old the orders on an answer may be.
const MAX_ORDERS_AGE: TimeDelta = TimeDelta::seconds(2);

/// What rides on every answer; read from Upstash at most every two seconds in an isolate.
pub async fn orders(cx: &Cx) -> Orders {
    if let Some(orders) = cx.orders.get(cx.now, MAX_ORDERS_AGE) {
        return orders;
    }
    let replies = cx.redis.pipeline(&[command!["GET", PAUSE_KEY], jobs::wake_command()]).await;
    let orders = match logged(cx, "orders", replies.map_err(Into::into)).as_deref() {
        Some([pause, wake]) => Orders {
            filter_version: filter_version(cx),
            pause: match pause.text() {
                Some("bulk") => Pause::Bulk,
                Some("all") => Pause::All,
                _ => Pause::None,
            },
            wake_at: jobs::wake_at(wake),
        },
        // Upstash down must not end a pause. If none was ever seen, nothing is paused; the minute's tick finds what is due.
        _ => cx.orders.last().unwrap_or_else(|| Orders { filter_version: filter_version(cx), ..Orders::default() }),
    };
    cx.orders.keep(cx.now, orders)
}

pub async fn tick(cx: Cx, body: &[u8]) -> Response<Vec<u8>> {
    let Some(tick) = serde_json::from_slice::<Tick>(body).ok().filter(|tick| tick.v == VERSION) else {
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
    let config = relay_config(&cx);
    let tag = format!("\"{}\"", config.filter_version);
    let unchanged = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()) == Some(tag.as_str());
    let mut response = if unchanged {
        let mut empty = Response::new(vec![]);
        *empty.status_mut() = StatusCode::NOT_MODIFIED;
        empty
    } else {
        json_response(StatusCode::OK, &config)
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// No feature monitors channels yet, so the filter is the prefix alone: text leaves for commands and direct messages.
fn relay_config(cx: &Cx) -> RelayConfig {
    RelayConfig {
        v: VERSION,
        filter_version: filter_version(cx),
        command_prefix: cx.config.command_prefix.clone(),
        ..RelayConfig::default()
    }
}

/// Names the filter's content. In hex, because it travels as an ETag and the prefix may be any character.
fn filter_version(cx: &Cx) -> String {
    format!("1-{}", hex::encode(&cx.config.command_prefix))
}
