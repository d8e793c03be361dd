//! Migrations: applied one by one on a real PostgreSQL with rows in between; every table is closed to strangers.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

use std::{fs, path::PathBuf};

use sqlx::{Connection, PgConnection, migrate::Migrator};
use world::stack;

fn below(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

async fn migrator() -> Migrator {
    Migrator::new(below("migrations")).await.unwrap()
}

#[tokio::test]
async fn each_migration_meets_rows_that_were_there_before() {
    let url = stack::shared().await.unmigrated_database().await.unwrap();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let all = migrator().await;
    for count in 1..=all.migrations.len() {
        let mut so_far = migrator().await;
        so_far.migrations.to_mut().truncate(count);
        let newest = &all.migrations[count - 1];
        so_far.run(&mut connection).await.unwrap_or_else(|error| panic!("{}: {error}", newest.description));
        let rows = below("tests/data/migrations").join(format!("{}.sql", newest.version));
        let rows = fs::read_to_string(&rows).unwrap_or_else(|_| panic!("write sample rows for it: {}", rows.display()));
        sqlx::raw_sql(sqlx::AssertSqlSafe(rows)).execute(&mut connection).await.unwrap();
    }
    // Applying them all again changes nothing.
    all.run(&mut connection).await.unwrap();
}

async fn names(query: &'static str) -> Vec<String> {
    let mut connection = PgConnection::connect(&stack::shared().await.urls.database_url).await.unwrap();
    sqlx::query_scalar(query).fetch_all(&mut connection).await.unwrap()
}

#[tokio::test]
async fn every_table_has_a_guild_row_level_security_and_a_sentence() {
    let tables = "select c.relname::text from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
        and c.relname <> '_sqlx_migrations'";
    assert!(names(tables).await.len() >= 9, "the tables are looked at at all");
    let open = "select c.relname::text from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
        and not c.relrowsecurity";
    assert_eq!(names(open).await, [""; 0], "without row level security");
    let guildless = "select c.relname::text from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
        and c.relname <> '_sqlx_migrations'
        and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'guild_id')";
    assert_eq!(names(guildless).await, [""; 0], "without guild_id");
    let unexplained = "select c.relname::text from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
        and c.relname <> '_sqlx_migrations' and obj_description(c.oid) is null";
    assert_eq!(names(unexplained).await, [""; 0], "without a comment");
}

#[tokio::test]
async fn strangers_may_read_no_table_and_call_no_function() {
    let readable = "select role || ' ' || privilege || ' ' || c.relname
        from pg_class c, unnest(array['anon', 'authenticated']) role, unnest(array['select', 'insert', 'update', 'delete']) privilege
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v') and has_table_privilege(role, c.oid, privilege)";
    assert_eq!(names(readable).await, [""; 0]);
    // The numbers look for the one who asks among the guild's staff; nothing else is open, and nothing to who is not signed in.
    let callable =
        "select role || ' ' || p.oid::regprocedure from pg_proc p, unnest(array['anon', 'authenticated']) role
        where p.pronamespace = 'public'::regnamespace and has_function_privilege(role, p.oid, 'execute')
        and not (role = 'authenticated' and p.prosecdef and (
            p.prosrc ~ 'if not public\\.reads_(numbers|crisis_numbers|care|setup|admin)\\(guild\\)'
            or p.proname = 'my_guilds' and p.prosrc ~ 'where s\\.auth_user_id = auth\\.uid\\(\\)'
            or p.proname = 'claim_staff' and p.prosrc ~ 'where i\\.user_id = auth\\.uid\\(\\)'))";
    assert_eq!(names(callable).await, [""; 0]);
    let path = "select p.oid::regprocedure::text from pg_proc p where p.pronamespace = 'public'::regnamespace
        and not coalesce(p.proconfig, '{}') @> array['search_path=\"\"']";
    assert_eq!(names(path).await, [""; 0], "a function without a fixed search_path");
}

#[tokio::test]
async fn sql_and_the_settings_registry_speak_of_the_same_keys() {
    let declared = |key: &str| community_os::features::settings().any(|setting| setting.key == key);
    let sql = ["20261122000003_scoring", "20261122000010_leaderboards"]
        .map(|name| fs::read_to_string(below(&format!("migrations/{name}.sql"))).unwrap())
        .concat();
    assert!(sql.contains("'engagement.' || scored_points.kind || '_points'"));
    for kind in ["message", "reaction"] {
        assert!(declared(&format!("engagement.{kind}_points")), "{kind}");
    }
    let keys =
        ["excluded_channels", "support_channels", "cap_per_minute", "keep_raw_days", "weekly_channel", "time_zone"];
    for key in keys.into_iter().chain(["rising_star_role"]) {
        let key = format!("engagement.{key}");
        assert!(sql.contains(&format!("'{key}'")) && declared(&key), "{key}");
    }
    for kind in community_os::features::engagement::OWED_IN_SQL {
        assert!(sql.contains(&format!("'{kind}'")), "nobody owes {kind}");
    }
    let crisis_sql = fs::read_to_string(below("migrations/20261122000028_crisis_consent.sql")).unwrap();
    for key in community_os::relay_filter::SETTINGS {
        assert!(crisis_sql.contains(&format!("s.key = '{key}'")) && declared(key), "the filter does not read {key}");
    }
    let sql = fs::read_to_string(below("migrations/20261122000001_relay.sql")).unwrap();
    assert!(sql.contains(&format!("'{}'", community_os::features::relay::BACKFILL)));
    let sql = fs::read_to_string(below("migrations/20261122000023_ai.sql")).unwrap();
    assert!(sql.contains("s.key = 'audit.monthly_budget'") && declared("audit.monthly_budget"));
    let sql = fs::read_to_string(below("migrations/20261122000021_ticket_upkeep.sql")).unwrap();
    for key in ["tickets.first_response_targets", "tickets.resolution_targets", "community.time_zone"] {
        assert!(sql.contains(&format!("'{key}'")) && declared(key), "{key}");
    }
    assert!(sql.contains("'tickets.reconcile_guild'"));
    assert!(community_os::features::jobs().iter().any(|job| job.kind == "tickets.reconcile_guild"));
    use community_os::features::{crisis, members, privacy, staff};
    let staff_sql = fs::read_to_string(below("migrations/20261122000044_staff_roles.sql")).unwrap();
    let members_sql = fs::read_to_string(below("migrations/20261122000005_members.sql")).unwrap();
    let privacy_sql = fs::read_to_string(below("migrations/20261122000009_privacy.sql")).unwrap();
    let people_sql = fs::read_to_string(below("migrations/20261122000016_people.sql")).unwrap();
    for (sql, kinds) in [
        (&members_sql, &[members::BACKFILL, members::WELCOME, members::CHECKLIST][..]),
        (&privacy_sql, &[privacy::ERASE, privacy::LEFT, privacy::FORGET_GUILD]),
        (&people_sql, &[privacy::TELL]),
        (&staff_sql, &[staff::COMPARE]),
        (&crisis_sql, &[crisis::GUARD, crisis::OPTED_OUT]),
    ] {
        for kind in kinds {
            assert!(sql.contains(&format!("'{kind}'")), "no SQL owes {kind}");
            assert!(community_os::features::jobs().iter().any(|job| job.kind == *kind), "nobody runs {kind}");
        }
    }
    let crisis_sql = fs::read_to_string(below("migrations/20261122000029_crisis_numbers.sql")).unwrap();
    assert!(crisis_sql.contains("'crisis.report'"));
    assert!(community_os::features::jobs().iter().any(|job| job.kind == "crisis.report"));
    for key in ["crisis.report_channel", "community.time_zone"] {
        assert!(crisis_sql.contains(&format!("'{key}'")) && declared(key), "{key}");
    }
    assert!(members_sql.contains("s.key = 'members.presence'"));
    assert!(community_os::features::settings().any(|setting| setting.key == "members.presence"));
    let tickets_sql = fs::read_to_string(below("migrations/20261122000020_ticket_archive.sql")).unwrap();
    for key in ["close_after_hours", "warn_hours", "close_when_left", "delete_after_days"] {
        let key = format!("tickets.{key}");
        assert!(tickets_sql.contains(&format!("'{key}'")) && declared(&key), "{key}");
    }
    let number = |key: &str| {
        let setting = community_os::features::settings().find(|setting| setting.key == key).unwrap();
        setting.default_value().as_f64().unwrap()
    };
    for key in ["tickets.close_after_hours", "tickets.warn_hours"] {
        assert!(tickets_sql.contains(&format!("'{key}', {})", number(key))), "another default of {key}");
    }
    for kind in ["tickets.warn", "tickets.remove", "tickets.archive"] {
        assert!(tickets_sql.contains(&format!("'{kind}'")), "no SQL owes {kind}");
        assert!(community_os::features::jobs().iter().any(|job| job.kind == kind), "nobody runs {kind}");
    }
}
