//! The file of `/privacy export`, written piece by piece: rows go into it as the database wrote them.

use from_json::{Map, Value, json};
use relay_wire::Snowflake;

use crate::{edge::Time, person::Page};

const ABOUT: &str = "Everything held about you, table by table; words that are kept for a while are under `more`. Left out are other people's ids in rows about both (but for \
    who looked, who asked for a deletion and who placed a hold), and why there was a hold. If there are several parts, a table \
    may go on in the next one. `/privacy report` says whom to ask.";

/// `{"about", "exported_at", "user_id", "part", "guilds": [{"guild_id", "tables": {"table.column": [row, ...]}, "more"}]}`
pub struct ExportFile {
    bytes: Vec<u8>,
    /// The table whose rows are being written.
    table: String,
    guilds: usize,
}

impl ExportFile {
    pub fn begin(user: Snowflake, part: u32, now: Time) -> Self {
        let head = json!({"about": ABOUT, "exported_at": now, "user_id": user, "part": part}).to_string();
        let mut bytes = head.into_bytes();
        // The object goes on.
        bytes.pop();
        bytes.extend_from_slice(b",\"guilds\":[");
        Self { bytes, table: String::new(), guilds: 0 }
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    pub fn begin_guild(&mut self, guild: Snowflake) {
        if self.guilds > 0 {
            self.bytes.push(b',');
        }
        self.guilds += 1;
        self.table.clear();
        self.bytes.extend_from_slice(format!("\n{{\"guild_id\":\"{guild}\",\"tables\":{{").as_bytes());
    }

    pub fn rows(&mut self, page: &Page) {
        for row in &page.rows {
            if self.table == page.table {
                self.bytes.extend_from_slice(b",\n");
            } else {
                if !self.table.is_empty() {
                    self.bytes.extend_from_slice(b"],");
                }
                self.table.clone_from(&page.table);
                self.bytes.extend_from_slice(format!("\n\"{}\":[\n", page.table).as_bytes());
            }
            self.bytes.extend_from_slice(row.get().as_bytes());
        }
    }

    /// `more`: what is held elsewhere, by feature.
    pub fn end_guild(&mut self, more: Map<String, Value>) {
        if !self.table.is_empty() {
            self.bytes.push(b']');
        }
        self.bytes.extend_from_slice(format!("}},\"more\":{}}}", Value::Object(more)).as_bytes());
    }

    pub fn end(mut self) -> Vec<u8> {
        self.bytes.extend_from_slice(b"]}\n");
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    fn page(table: &str, rows: &[i32]) -> Page {
        let rows = rows.iter().map(|row| RawValue::from_string(row.to_string()).unwrap()).collect();
        Page { table: table.to_owned(), rows }
    }

    #[test]
    fn a_table_that_comes_in_several_pages_is_one_list() {
        let mut file = ExportFile::begin(Snowflake(7), 2, Time::UNIX_EPOCH);
        file.begin_guild(Snowflake(1));
        file.rows(&page("a.x", &[1, 2]));
        file.rows(&page("a.x", &[3]));
        file.rows(&page("b.x", &[]));
        file.rows(&page("b.y", &[4]));
        file.end_guild(Map::new());
        file.begin_guild(Snowflake(2));
        file.end_guild(Map::from_iter([("ping".to_owned(), json!(1))]));
        let read: Value = serde_json::from_slice(&file.end()).unwrap();
        assert_eq!((&read["user_id"], &read["part"]), (&json!("7"), &json!(2)));
        assert_eq!(
            read["guilds"],
            json!([
                {"guild_id": "1", "tables": {"a.x": [1, 2, 3], "b.y": [4]}, "more": {}},
                {"guild_id": "2", "tables": {}, "more": {"ping": 1}},
            ])
        );
    }
}
