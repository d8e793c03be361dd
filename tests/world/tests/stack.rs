//! The real servers: shared by the tests of a process, isolated on request, and reused by a second start.

use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};
use world::stack::{self, Stack, StackOptions};

async fn count(url: &str, sql: &'static str) -> i64 {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
}

async fn run(url: &str, sql: &'static str) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::raw_sql(sql).execute(&mut connection).await.map(drop)
}

#[tokio::test]
async fn the_migrations_are_applied_by_a_role_that_is_no_superuser() {
    let urls = &stack::shared().await.urls;
    let migrations = std::fs::read_dir(local_tools::checkout().join("migrations")).unwrap().count() as i64;
    assert_eq!(count(&urls.database_url, "select count(*) from _sqlx_migrations where success").await, migrations);
    let sql = "select count(*) from pg_tables where schemaname = 'public' and tableowner <> 'postgres'";
    assert_eq!(count(&urls.database_url, sql).await, 0);
    let refused = run(&urls.database_url, "alter system set work_mem = '1GB'").await;
    assert!(refused.unwrap_err().to_string().contains("permission denied"));
}

#[tokio::test]
async fn an_isolated_database_sees_nothing_of_the_shared_one() {
    let stack = stack::shared().await;
    run(&stack.urls.database_url, "create table if not exists only_shared (id int)").await.unwrap();
    let (one, two) = tokio::try_join!(stack.isolated_database(), stack.isolated_database()).unwrap();
    assert_ne!(one.urls.redis_url, two.urls.redis_url);
    let sql = "select count(*) from pg_tables where tablename = 'only_shared'";
    assert_eq!(count(&stack.urls.database_url, sql).await, 1);
    assert_eq!(count(&one.urls.database_url, sql).await, 0);
    run(&one.urls.database_url, "create table only_one (id int); notify pgrst, 'reload schema'").await.unwrap();
    assert_eq!(count(&two.urls.database_url, "select count(*) from pg_tables where tablename = 'only_one'").await, 0);
}

#[tokio::test]
async fn a_second_start_is_quick_and_keeps_the_data() {
    let options = StackOptions {
        name: format!("test-again-{}", std::process::id()),
        ports: None,
        fsync: true,
        fresh: false,
        temporary: false,
    };
    let first = Stack::start(options.clone()).await.unwrap();
    run(&first.urls.database_url, "create table kept as select 7 as id").await.unwrap();
    let refused = Stack::start(options.clone()).await.unwrap_err().to_string();
    assert!(refused.contains("another world uses the data"), "{refused}");
    drop(first);
    // What a killed server leaves, with the id of a process that is no PostgreSQL.
    let data = local_tools::data_dir(&options.name).join("pg");
    std::fs::write(data.join("postmaster.pid"), format!("{}\n", std::process::id())).unwrap();
    let began = Instant::now();
    let second = Stack::start(StackOptions { temporary: true, ..options }).await.unwrap();
    println!("second start: {:?}", began.elapsed());
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(count(&second.urls.database_url, "select id::bigint from kept").await, 7);
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let options = StackOptions {
        name: format!("test-port-{}", std::process::id()),
        ports: Some(stack::Ports { postgres: port, redis: port, postrust: port }),
        fsync: false,
        fresh: true,
        temporary: true,
    };
    let refused = Stack::start(options).await.unwrap_err().to_string();
    assert!(refused.contains(&format!("port {port} (PostgreSQL)")), "{refused}");
}
