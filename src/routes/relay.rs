//! The relay's other questions: what may I send (config), what is due (tick), may I begin a session (identify)?

use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use relay_wire::{Identified, Identify, Tick, TickAnswer, VERSION};

use super::{header_of, json_response, problem};
use crate::{
    context::{Cx, logged},
    features::{self, relay::shards},
    jobs, orders, relay_filter,
};

pub async fn tick(cx: Cx, body: &[u8]) -> Response<Vec<u8>> {
    let Some(tick) = from_json::read::<Tick>(body).filter(|tick| tick.v == VERSION) else {
        return problem(StatusCode::BAD_REQUEST, "this is not a tick of a format spoken here");
    };
    let cx = cx.with_request_id(format!("tick-{}", tick.relay));
    match jobs::tick(&cx, &features::jobs()).await {
        Ok(ran) => {
            cx.orders.expire();
            json_response(StatusCode::OK, &TickAnswer { v: VERSION, ran, orders: orders::current(&cx).await })
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
    let unchanged = header_of(headers, header::IF_NONE_MATCH.as_str()) == Some(tag.as_str());
    let mut response = if unchanged {
        let mut empty = Response::new(vec![]);
        *empty.status_mut() = StatusCode::NOT_MODIFIED;
        empty
    } else {
        json_response(StatusCode::OK, &config.config)
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
