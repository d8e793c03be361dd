//! Prints how often the resource card was shown in a year, by month and occasion, from the database of SUPABASE_DB_URL.

use std::{collections::BTreeMap, process::ExitCode};

use sqlx::{Connection, PgConnection};

fn main() -> ExitCode {
    match run() {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<String, String> {
    let year = std::env::args().nth(1).and_then(|year| year.parse().ok()).ok_or("no year is given")?;
    let url = std::env::var("SUPABASE_DB_URL").map_err(|_| "SUPABASE_DB_URL is not set")?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    Ok(table(year, &runtime.block_on(ask(&url, year))?))
}

/// (month, occasion, cards)
type Row = (String, String, i64);

async fn ask(url: &str, year: i32) -> Result<Vec<Row>, String> {
    let mut connection = PgConnection::connect(url).await.map_err(|error| {
        format!("the database cannot be reached: {error}; check SUPABASE_DB_URL (session pooler, port 5432)")
    })?;
    sqlx::query_as("select to_char(month, 'YYYY-MM'), kind, cards from public.referrals_of_year($1)")
        .bind(year)
        .fetch_all(&mut connection)
        .await
        .map_err(|error| format!("it does not count referrals: {error}; `cargo xtask migrate` applies what is missing"))
}

/// A line for each month, a column for each occasion, and their sums.
fn table(year: i32, rows: &[Row]) -> String {
    let mut kinds: BTreeMap<&str, i64> = BTreeMap::new();
    let mut months: BTreeMap<&str, BTreeMap<&str, i64>> = BTreeMap::new();
    for (month, kind, cards) in rows {
        *kinds.entry(kind).or_default() += cards;
        months.entry(month).or_default().insert(kind, *cards);
    }
    let line = |name: &str, cards: &BTreeMap<&str, i64>| {
        let of: String = kinds.keys().map(|kind| format!("{:>11}", cards.get(kind).copied().unwrap_or(0))).collect();
        format!("{name:<8}{of}{:>11}", cards.values().sum::<i64>())
    };
    let mut lines = vec![format!("Resource cards shown in {year} (months in UTC)")];
    let names: String = kinds.keys().map(|kind| format!("{kind:>11}")).collect();
    lines.push(format!("{:<8}{names}{:>11}", "month", "all"));
    lines.extend(months.iter().map(|(month, cards)| line(month, cards)));
    lines.push(line("year", &kinds));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_and_occasions_add_up() {
        let row = |month: &str, kind: &str, cards| (month.to_owned(), kind.to_owned(), cards);
        let rows = [row("2026-01", "talk", 2), row("2026-02", "direct", 1), row("2026-02", "talk", 30)];
        let lines = [
            "Resource cards shown in 2026 (months in UTC)",
            "month        direct       talk        all",
            "2026-01           0          2          2",
            "2026-02           1         30         31",
            "year              1         32         33",
        ];
        assert_eq!(table(2026, &rows), lines.join("\n"));
        assert_eq!(table(2025, &[]).lines().last(), Some("year              0"));
    }
}
