// The running local stack, for tests: its addresses, its accounts, its database.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createClient } from '@supabase/supabase-js';

export const DASHBOARD_URL = process.env.DASHBOARD_URL;
const { SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, SUPABASE_SECRET_KEY, DATABASE_URL, PSQL = 'psql' } = process.env;
const PASSWORD = 'lighthouse';

/** tests/world/src/seed.rs */
export const LIGHTHOUSE = '1200000000008388608';
/** What the Worker fills by itself as soon as the bot is there. */
export const FRESH_START = '1200000000004194304';
/** Guilds that only these tests know. */
export const HOSTILE = '1200000000012582912';
export const CROWD = '1200000000016777216';
export const EMPTY = '1200000000020971520';
const ADMIN = '1200000000300000002';

export const ROLES = ['manager', 'crt', 'admin', 'nobody'];
export const email = (role) => `${role}@local.example`;
export const password = PASSWORD;

export function isThere() {
  assert.ok(DASHBOARD_URL && SUPABASE_URL, 'run it with `cargo xtask test`, or with the variables of a running `cargo xtask dev` (.local/stack.env)');
}

/** Runs SQL as the owner of the tables; the rows as JSON if `query` is a select. */
export function sql(text) {
  return execFileSync(PSQL, [DATABASE_URL, '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-f', '-'], {
    input: text,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  }).trim();
}

export function select(query) {
  return JSON.parse(sql(`select coalesce(json_agg(q), '[]') from (${query}) as q;`));
}

/** A client as a browser has it; signed in unless `role` is `anon`. */
export async function client(role) {
  const auth = { persistSession: false, autoRefreshToken: false };
  const supabase = createClient(SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, { auth });
  if (role !== 'anon') {
    const { error } = await supabase.auth.signInWithPassword({ email: email(role), password: PASSWORD });
    assert.equal(error, null);
  }
  return supabase;
}

export function service() {
  return createClient(SUPABASE_URL, SUPABASE_SECRET_KEY, { auth: { persistSession: false, autoRefreshToken: false } });
}

/** Lets everybody try the administrator's password anew. */
export async function forgetTries() {
  const script = "for _, key in ipairs(redis.call('keys', 'admin:tries*')) do redis.call('del', key) end";
  const answer = await fetch(`${process.env.UPSTASH_REDIS_REST_URL}/pipeline`, {
    method: 'POST',
    headers: { authorization: `Bearer ${process.env.UPSTASH_REDIS_REST_TOKEN}` },
    body: JSON.stringify([['EVAL', script, '0']]),
  });
  assert.equal(answer.status, 200);
}

/** What somebody hostile writes wherever they may write. */
export const ATTACK = '"><img src=x onerror="window.attacked=1"><script>window.attacked=1</script>';

/** A copy of Lighthouse, with the attack in every text that a person can choose. */
export function plantHostileGuild() {
  const known = select(`select 1 from discord_users where guild_id = ${HOSTILE} limit 1`);
  if (known.length > 0) return;
  const lighthouse = readFileSync(new URL('../../world/sql/lighthouse.sql', import.meta.url), 'utf8');
  const copy = lighthouse.replaceAll(LIGHTHOUSE, HOSTILE)
    // Messages and alerts have ids that are unique everywhere.
    .replace(/12000000007(\d{8})/g, '12000000017$1')
    .replace(/union all select 1200000000000000000[^;]*;/, ';');
  const text = `'${ATTACK.replaceAll("'", "''")}'`;
  sql(`begin; ${copy}
    update discord_users set display_name = left(${text} || display_name, 100) where guild_id = ${HOSTILE};
    update place_names set name = left(${text} || place_id, 100) where guild_id = ${HOSTILE};
    update campaigns set name = left(name || ${text}, 100) where guild_id = ${HOSTILE};
    update ticket_categories set name = left(position || ${text}, 80) where guild_id = ${HOSTILE};
    update tickets set subject = ${text} || ' [click](javascript:window.attacked=1)' where guild_id = ${HOSTILE};
    update ticket_messages set content = ${text} || ' javascript:window.attacked=1 <a href="javascript:window.attacked=1">x</a>', author_name = ${text}
      where guild_id = ${HOSTILE} and deleted_at is null;
    update setting_problems set problem = ${text} || ' <#1>' where guild_id = ${HOSTILE};
    update crisis_outages set service = ${text} where guild_id = ${HOSTILE};
    update dead_letters set reason = ${text}, kind = ${text}, relay = ${text} where guild_id = ${HOSTILE};
    update admin_actions set what = ${text}, detail = jsonb_build_object(${text}, ${text}) where guild_id = ${HOSTILE};
    update ai_audit_logs set model = ${text}, purpose = ${text}, outcome = ${text} where guild_id = ${HOSTILE};
    commit;`);
  plantStaff(HOSTILE);
}

/** The administrator's rights in a guild; nothing else is in it. */
export function plantStaff(guild) {
  sql(`insert into staff (guild_id, user_id, role, auth_user_id)
    select ${guild}, user_id, role, auth_user_id from staff where guild_id = ${LIGHTHOUSE} and user_id = ${ADMIN} on conflict do nothing;`);
}

/** More silent newcomers than Supabase answers at once, with names that a spreadsheet would run. */
export function plantCrowd(people) {
  sql(`insert into discord_users (guild_id, user_id, display_name, guild_join_date)
    select ${CROWD}, 1200000001000000000 + n, (array['=1+1', '+cmd', '-2+3', '@sum(a1)', 'a "quoted", one', E'\\t=tab'])[1 + n % 6] || ' ' || n, now() - interval '10 days'
    from generate_series(1, ${people}) as n on conflict do nothing;`);
  plantStaff(CROWD);
}
