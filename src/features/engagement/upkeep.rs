//! Retention of single entries; the sums of each hour stay.

use chrono::TimeDelta;
use from_json::json;
use relay_wire::Snowflake;

use super::settings::KEEP_RAW_DAYS;
use crate::{
    context::Cx,
    error::Result,
    jobs::{self, JobRow},
};

/// Of each table in one call; it holds its locks for some hundred milliseconds.
const PORTION: i64 = 5_000;
const PORTIONS_IN_A_RUN: usize = 4;
const PAUSE: TimeDelta = TimeDelta::minutes(1);

/// Deletes in small portions, and comes back soon while there is more.
pub async fn prune(cx: Cx, row: JobRow) -> Result<()> {
    let arguments = json!({"at": cx.now, "keep_days": KEEP_RAW_DAYS.default_value().as_f64().map(|days| days as i64), "max_rows": PORTION});
    for _ in 0..PORTIONS_IN_A_RUN {
        if cx.supabase.rpc::<i64>("prune_activity", &arguments).await? < PORTION {
            return Ok(());
        }
    }
    jobs::owe(&cx, Snowflake(0), &row.kind, &row.key, cx.now + PAUSE, row.payload).await
}
