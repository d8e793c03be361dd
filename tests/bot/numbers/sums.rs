//! The sums over activity_hourly: whatever is written, corrected or deleted, they are what a recount gives.

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

use super::Numbers;

const GUILD: i64 = 9010;

/// What differs between the sums and a recount; nothing, if all is well.
const DIFFERENCES: &str = "
    with h as (select * from public.activity_hourly where guild_id = $guild),
    by_hour as (select hour, sum(messages) m, sum(reactions) r, sum(points) p, count(*) n from h group by 1),
    by_channel as (select hour, channel_id, sum(messages) m, sum(reactions) r, sum(points) p, count(*) n from h group by 1, 2),
    by_day as (
        select (hour at time zone 'UTC')::date d, user_id,
            bit_or(1 << extract(hour from hour at time zone 'UTC')::int) b
        from h where messages + reactions > 0 group by 1, 2
    ),
    blocks as (
        select public.day_block((hour at time zone 'UTC')::date) k, user_id, count(*) n,
            coalesce(bit_or(public.day_bit((hour at time zone 'UTC')::date)) filter (where messages + reactions > 0), 0) b
        from h group by 1, 2
    ),
    by_block as (
        select k, user_id, n, b,
            array(select (select coalesce(sum(messages), 0)::int from h where h.user_id = o.user_id
                and (h.hour at time zone 'UTC')::date between date '1970-01-01' + k * 32 and date '1970-01-01' + k * 32 + i)
                from generate_series(0, 31) i) m,
            array(select (select coalesce(sum(reactions), 0)::int from h where h.user_id = o.user_id
                and (h.hour at time zone 'UTC')::date between date '1970-01-01' + k * 32 and date '1970-01-01' + k * 32 + i)
                from generate_series(0, 31) i) r,
            array(select (select (coalesce(sum(points), 0) * 100)::int from h where h.user_id = o.user_id
                and (h.hour at time zone 'UTC')::date between date '1970-01-01' + k * 32 and date '1970-01-01' + k * 32 + i)
                from generate_series(0, 31) i) p
        from blocks o
    ),
    crowds as (
        select distinct (hour at time zone 'UTC')::date d, channel_id c, user_id u from h where messages + reactions > 0
    ),
    stored_crowds as (
        select t.day, t.channel_id, n.user_id
        from public.activity_in_crowds t cross join generate_series(0, 2047) i
        left join public.activity_by_number n on n.guild_id = t.guild_id and n.number = t.part * 2048 + i
        where t.guild_id = $guild and get_bit(t.members, i) = 1
    )
    (select 'hour ' || hour from by_hour full join (select * from public.activity_by_hour where guild_id = $guild) t using (hour)
        where (m, r, p, n) is distinct from (t.messages, t.reactions, t.points, t.parts))
    union all (select 'channel ' || hour from by_channel
        full join (select * from public.activity_by_channel where guild_id = $guild) t using (hour, channel_id)
        where (m, r, p, n) is distinct from (t.messages, t.reactions, t.points, t.parts))
    union all (select 'day ' || coalesce(d, t.day) || ' member ' || coalesce(by_day.user_id, t.user_id) from by_day
        full join (select * from public.activity_by_day where guild_id = $guild) t on t.day = d and t.user_id = by_day.user_id
        where b is distinct from t.hours)
    union all (select 'block ' || coalesce(k, t.block) || ' member ' || coalesce(by_block.user_id, t.user_id) from by_block
        full join (select * from public.activity_by_block where guild_id = $guild) t on t.block = k and t.user_id = by_block.user_id
        where (m, r, p, n, b) is distinct from (t.messages, t.reactions, t.hundredths, t.parts, t.days))
    union all (select 'crowd of ' || coalesce(c, t.channel_id) || ' without or without reason ' || coalesce(u, t.user_id, 0) from crowds
        full join stored_crowds t on t.day = d and t.channel_id = c and t.user_id = u where u is null or t.user_id is null)
    union all (select 'empty crowd' from public.activity_in_crowds where guild_id = $guild and bit_count(members) = 0)
    union all (select 'number of ' || user_id from public.activity_by_number t where guild_id = $guild
        and not exists (select from h where h.user_id = t.user_id))";

/// One statement: several rows at once, as a delivery writes them.
fn statement() -> impl Strategy<Value = String> {
    // Hours over some 60 days, so that days and blocks of days meet.
    let row = (1..4_i64, 1..4_i64, 0..1_440_i64, -2..3_i32, -1..2_i32);
    prop_oneof![
        4 => prop::collection::vec(row, 1..12).prop_map(|rows| {
            let values: Vec<String> = rows
                .iter()
                .map(|(user, channel, hour, m, r)| {
                    let hour = hour / 7 * 7;
                    format!("({user}, {channel}, timestamptz '2026-02-20 00:00+00' + interval '1 hour' * {hour}, {m}, {r})")
                })
                .collect();
            format!(
                "insert into public.activity_hourly as t (guild_id, user_id, channel_id, hour, messages, reactions, points)
                select {GUILD}, u, c, h, greatest(sum(m), 0), greatest(sum(r), 0), sum(m) from (values {}) as v (u, c, h, m, r)
                group by u, c, h
                on conflict (guild_id, user_id, hour, channel_id) do update set
                    messages = greatest(t.messages - 1 + excluded.messages, 0),
                    reactions = excluded.reactions, points = t.points + excluded.points",
                values.join(", ")
            )
        }),
        1 => (1..4_i64).prop_map(|user| format!(
            "update public.activity_hourly set messages = 0, reactions = 0, points = 0 where guild_id = {GUILD} and user_id = {user}
            and extract(hour from hour) < 6"
        )),
        1 => (1..4_i64, 1..4_i64).prop_map(|(user, channel)| format!(
            "delete from public.activity_hourly where guild_id = {GUILD} and user_id = {user} and channel_id = {channel}"
        )),
    ]
}

#[test]
fn the_sums_are_what_a_recount_gives() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut numbers = runtime.block_on(Numbers::of(GUILD));
    let mut runner =
        TestRunner::new(Config { cases: 24, failure_persistence: None, max_shrink_iters: 20, ..Config::default() });
    runner
        .run(&prop::collection::vec(statement(), 1..10), |statements| {
            runtime.block_on(numbers_after(&statements)).map_err(TestCaseError::fail)
        })
        .unwrap();
    runtime.block_on(numbers.run("delete from public.activity_hourly where guild_id = $guild"));
}

async fn numbers_after(statements: &[String]) -> Result<(), String> {
    let mut numbers = Numbers::of(GUILD).await;
    numbers.run("delete from public.activity_hourly where guild_id = $guild").await;
    for statement in statements {
        numbers.run(statement).await;
        let query = DIFFERENCES.replace("$guild", &GUILD.to_string());
        let differ: Vec<String> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_all(&mut numbers.connection).await.unwrap();
        if !differ.is_empty() {
            return Err(format!("{differ:?} after {statement}"));
        }
    }
    Ok(())
}

#[tokio::test]
async fn writers_at_the_same_time_do_not_wait_for_each_other_for_ever() {
    let write = async |seed: i64| {
        let mut numbers = Numbers::of(9011).await;
        for turn in 0..30 {
            // The rows of two writers overlap, in another order each.
            let order = if (seed + turn) % 2 == 0 { "asc" } else { "desc" };
            numbers
                .run(&format!(
                    "begin;
                    insert into public.activity_hourly as t
                    select $guild, n, n % 3, timestamptz '2026-03-01 00:00+00' + interval '1 hour' * (n % 5), 1, 0, 1
                    from generate_series(1, 20) as n order by n {order}
                    on conflict (guild_id, user_id, hour, channel_id) do update set messages = t.messages + 1;
                    insert into public.activity_hourly as t
                    select $guild, n, n % 3, timestamptz '2026-03-02 00:00+00', 1, 0, 1
                    from generate_series(1, 20) as n order by n {order}
                    on conflict (guild_id, user_id, hour, channel_id) do update set messages = t.messages + 1;
                    commit"
                ))
                .await;
        }
    };
    futures_util::future::join_all((0..4).map(write)).await;
    let mut numbers = Numbers::of(9011).await;
    let query = "select sum(messages)::bigint from public.activity_by_hour where guild_id = 9011";
    let sum: i64 = sqlx::query_scalar(query).fetch_one(&mut numbers.connection).await.unwrap();
    // 4 writers x 30 turns x 40 rows.
    assert_eq!(sum, 4_800);
}
