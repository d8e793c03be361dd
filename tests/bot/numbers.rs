//! The numbers managers ask for, each against figures that were worked out by hand beside the fixture.

mod crisis;
mod people;
mod sums;
mod whole;

use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use world::stack;

/// A guild that no other test uses; the functions are asked as the Worker asks them.
pub struct Numbers {
    pub connection: PgConnection,
    guild: i64,
}

impl Numbers {
    pub async fn of(guild: i64) -> Self {
        let connection = PgConnection::connect(&stack::shared().await.urls.database_url).await.unwrap();
        Self { connection, guild }
    }

    pub async fn run(&mut self, sql: &str) {
        let sql = sql.replace("$guild", &self.guild.to_string());
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.connection).await.unwrap();
    }

    /// (member, channel, hour, messages, reactions); a message is worth 1, a reaction 0.5.
    async fn activity(&mut self, rows: &[(i64, i64, &str, i32, i32)]) {
        for (member, channel, hour, messages, reactions) in rows {
            self.run(&format!(
                "insert into public.activity_hourly values ($guild, {member}, {channel}, '{hour}:00+00', {messages}, {reactions},
                {messages} + {reactions} * 0.5)"
            ))
            .await;
        }
    }

    async fn member(&mut self, member: i64, joined: &str) {
        self.run(&format!(
            "insert into public.discord_users (guild_id, user_id, display_name, guild_join_date)
            values ($guild, {member}, 'M{member}', nullif('{joined}', '')::timestamptz)"
        ))
        .await;
    }

    pub async fn ask_as(&mut self, role: &str, sub: &str, call: &str) -> Result<Vec<Value>, sqlx::Error> {
        let claims = format!(
            "begin; set local role {role}; set local request.jwt.claims = '{{\"role\": \"{role}\", \"sub\": \"{sub}\"}}'"
        );
        sqlx::raw_sql(AssertSqlSafe(claims)).execute(&mut self.connection).await.unwrap();
        let query =
            format!("select to_jsonb(t)::text from public.{call} as t").replace("$guild", &self.guild.to_string());
        let rows = sqlx::query_scalar::<_, String>(AssertSqlSafe(query)).fetch_all(&mut self.connection).await;
        self.run("rollback").await;
        rows.map(|rows| rows.iter().map(|row| serde_json::from_str(row).unwrap()).collect())
    }

    pub async fn rows(&mut self, call: &str) -> Vec<Value> {
        self.ask_as("service_role", "", call).await.unwrap()
    }

    /// The rows with only these columns, as one line each.
    pub async fn table(&mut self, call: &str, columns: &[&str]) -> Vec<String> {
        let rows = self.rows(call).await;
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        rows.iter().map(|row| columns.iter().map(|name| text(&row[*name])).collect::<Vec<_>>().join(" ")).collect()
    }
}

/// Every function a manager's page calls.
const ALL: [&str; 16] = [
    "impact_pulse($guild)",
    "activity_heatmap($guild)",
    "channel_breakdown($guild, days => 30)",
    "dau_wau_mau($guild)",
    "daily_active_members($guild)",
    "campaign_lift($guild)",
    "top_members($guild)",
    "rising_stars($guild)",
    "churn_risks($guild)",
    "new_members_without_activity($guild)",
    "member_growth($guild)",
    "member_growth_totals($guild)",
    "retention_cohorts($guild)",
    "presence_stats($guild)",
    "peak_hours($guild)",
    "top_presence($guild)",
];

#[tokio::test]
async fn a_guild_where_nothing_happened_has_empty_sets() {
    let mut numbers = Numbers::of(9001).await;
    for call in ALL {
        assert_eq!(numbers.rows(call).await, [] as [Value; 0], "{call}");
    }
}

#[tokio::test]
async fn only_managers_and_admins_of_that_guild_see_anything() {
    let mut numbers = Numbers::of(9002).await;
    let users = ["a", "b", "c", "d"].map(|letter| format!("00000000-0000-4000-8000-9002{}", letter.repeat(8)));
    let [manager, admin, crt, elsewhere] = &users;
    for (member, guild, role, user) in [
        (1, 9002, "manager", manager),
        (2, 9002, "admin", admin),
        (3, 9002, "crt", crt),
        (4, 9003, "manager", elsewhere),
    ] {
        numbers.run(&format!("insert into public.staff values ({guild}, {member}, '{role}', '{user}')")).await;
    }
    // One member who joined 10 days ago, did nothing, was active two weeks ago, shares presence: every function has a row.
    numbers
        .run(
            "insert into public.discord_users (guild_id, user_id, display_name, guild_join_date) values
                ($guild, 1, 'One', now() - interval '10 days'), ($guild, 2, 'Two', now() - interval '20 days');
            insert into public.member_events (guild_id, user_id, kind, occurred_at) values ($guild, 1, 'join', now() - interval '10 days');
            insert into public.activity_hourly values ($guild, 2, 1, date_trunc('hour', now() - interval '9 days'), 5, 0, 5);
            insert into public.user_preferences (guild_id, user_id, presence_opt_in) values ($guild, 1, true);
            insert into public.presence_sessions (guild_id, user_id, status, started_at, last_seen_at, ended_at)
                values ($guild, 1, 'online', now() - interval '3 hours', now() - interval '2 hours', now() - interval '2 hours');
            insert into public.campaigns (guild_id, name, starts_at, created_by) values ($guild, 'C', now() - interval '1 day', 1)",
        )
        .await;
    for call in ALL {
        for staff in [manager, admin] {
            assert!(!numbers.ask_as("authenticated", staff, call).await.unwrap().is_empty(), "{call}");
        }
        for other in [crt, elsewhere, "00000000-0000-4000-8000-900299999999"] {
            assert_eq!(numbers.ask_as("authenticated", other, call).await.unwrap(), [] as [Value; 0], "{call}");
        }
        let refused = numbers.ask_as("anon", "", call).await.unwrap_err();
        assert!(refused.to_string().contains("permission denied for function"), "{call}: {refused}");
    }
}

#[tokio::test]
async fn ids_are_text_and_every_function_says_what_it_is() {
    let mut numbers = Numbers::of(9004).await;
    let query = "select p.proname::text from pg_proc p where p.pronamespace = 'public'::regnamespace
        and p.prosrc like '%reads_numbers%' and (obj_description(p.oid) is null
        or pg_get_function_result(p.oid) ~ '(user|channel|campaign)_id bigint')";
    let wrong: Vec<String> = sqlx::query_scalar(query).fetch_all(&mut numbers.connection).await.unwrap();
    assert_eq!(wrong, [""; 0]);
    let told = numbers.ask_as("service_role", "", "impact_pulse($guild, 'fortnight')").await.unwrap_err();
    assert!(told.to_string().contains("unit is hour, day or week"));
    let told = numbers.ask_as("service_role", "", "dau_wau_mau($guild, 'Mars/Olympus')").await.unwrap_err();
    assert!(told.to_string().contains("not recognized"), "{told}");
}
