//! `/privacy export`: everything held about the one who asks, as a JSON file that only they see.

use relay_wire::Snowflake;
use serde_json::{Map, Value, json};

use super::{command, messages};
use crate::{
    context::Cx,
    discord::{interaction::Interaction, message::File},
    error::{Error, Result},
    features::{self, FEATURES},
    person::{self, Person},
    reply::Reply,
};

/// Rows of one table: so many, and if the file gets too large, so many.
const MAX_ROWS: [usize; 2] = [10_000, 1_000];
/// Below the 10 MiB that Discord takes.
const MAX_BYTES: usize = 9 << 20;

pub async fn file(cx: &Cx, call: &Interaction) -> Result<Reply> {
    let mut guilds = command::guilds(cx, call).await?;
    if guilds.is_empty() {
        return Ok(Reply::private(messages::nothing_held(cx.lang)));
    }
    if call.guild_id.is_none() {
        guilds.push(Snowflake(0));
    }
    for max_rows in MAX_ROWS {
        let bytes = export(cx, &guilds, call.user_id, max_rows).await?;
        if bytes.len() <= MAX_BYTES {
            let name = format!("privacy-{}.json", call.user_id);
            cx.log("info", "privacy_exported", json!({"user_id": call.user_id, "bytes": bytes.len()}));
            return Ok(Reply::private(messages::exported(cx.lang)).with_file(File { name, bytes }));
        }
    }
    Err(Error::user(messages::too_large(cx.lang)))
}

async fn export(cx: &Cx, guilds: &[Snowflake], user: Snowflake, max_rows: usize) -> Result<Vec<u8>> {
    let tables = features::holds();
    let mut all = vec![];
    for guild in guilds {
        let who = Person { guild_id: *guild, user_id: user };
        let mut more = Map::new();
        for feature in FEATURES {
            if let Some(export) = feature.export {
                more.insert(feature.name.to_owned(), export(cx.clone(), who).await?);
            }
        }
        all.push(json!({
            "guild_id": guild, "tables": Value::Object(person::export(cx, &tables, who, max_rows).await?), "more": more,
        }));
    }
    let file = json!({
        "exported_at": cx.now, "user_id": user, "guilds": all,
        "about": format!("Everything held about you, table by table. Of a table with more than {max_rows} rows, `held` says \
            how many there are and `rows` has {max_rows} of them."),
    });
    serde_json::to_vec_pretty(&file).map_err(|error| Error::bug(format!("an export: {error}")))
}
