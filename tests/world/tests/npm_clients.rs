//! Proves the stand-ins of Upstash and Supabase with the clients that their makers publish.

use std::{path::PathBuf, process::Command};

use sqlx::{Connection, PgConnection};
use world::{
    stack,
    world::{World, WorldOptions},
};

const EMAIL: &str = "manager@example.org";
const PASSWORD: &str = "a-local-password";

const TABLES: &str = "
    create table npm_items (id bigint primary key, name text not null);
    create table npm_many as select n from generate_series(1, 1500) n;
    create table npm_secret (id int);
    revoke all on npm_secret from anon, authenticated;
    create table npm_own (note text, owner uuid);
    alter table npm_own enable row level security;
    create policy own on npm_own to authenticated
        using (owner = (select auth.uid())) with check (owner = (select auth.uid()));
    create function npm_add(a int, b int) returns int language sql immutable as 'select a + b';
    create function npm_named(part text) returns setof npm_items language sql stable as
        'select * from npm_items where name like ''%'' || part || ''%''';
    create function npm_table() returns table (n int) language sql stable as 'select generate_series(1, 3)';
    create function npm_with_argument(most int) returns table (n int) language sql stable as
        'select generate_series(1, most)';
    create function npm_refuse() returns void language plpgsql as
        'begin raise exception ''no'' using hint = ''try again''; end';
    notify pgrst, 'reload schema';
";

/// Runs `script` with the locked Node and packages. A test that cannot run is a failure, not a pass.
fn run(script: &str, world: &World) {
    let root = local_tools::checkout();
    let node = local_tools::npm_bin("node");
    for needed in
        [node.clone(), root.join("node_modules/@upstash/redis"), root.join("node_modules/@supabase/supabase-js")]
    {
        assert!(needed.exists(), "{} is missing: run `cargo xtask setup`", needed.display());
    }
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(script);
    let output = Command::new(node)
        .arg(path)
        .current_dir(root)
        .envs(world.env())
        .envs([("ACCOUNT_EMAIL", EMAIL), ("ACCOUNT_PASSWORD", PASSWORD)])
        .output()
        .unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    println!("{}", said(&output.stdout));
    assert!(output.status.success(), "{script}:\n{}{}", said(&output.stdout), said(&output.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upstash_redis() {
    let world = World::start_shared().await;
    tokio::task::block_in_place(|| run("upstash.mjs", &world));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn supabase_js() {
    let isolated = stack::shared().await.isolated_database().await.unwrap();
    let world = World::start(WorldOptions::over(isolated.urls.clone())).await.unwrap();
    let owner = world.add_account(EMAIL, PASSWORD).await.unwrap();
    let mut connection = PgConnection::connect(&isolated.urls.database_url).await.unwrap();
    sqlx::raw_sql(TABLES).execute(&mut connection).await.unwrap();
    sqlx::query("insert into npm_own values ('mine', $1::uuid), ('somebody else''s', gen_random_uuid())")
        .bind(owner)
        .execute(&mut connection)
        .await
        .unwrap();
    wait_for_schema(&isolated.urls.postgrest_url).await;
    tokio::task::block_in_place(|| run("supabase.mjs", &world));
}

/// postrust reads the schema again some moments after it was told to.
async fn wait_for_schema(postgrest_url: &str) {
    for _ in 0..100 {
        let answer = reqwest::get(format!("{postgrest_url}/rpc/npm_add?a=1&b=1")).await.unwrap();
        if answer.status().is_success() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("postrust did not reload the schema");
}
