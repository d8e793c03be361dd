// Who may read what, tried with supabase-js: every table and every function that the catalogue of PostgreSQL knows, as every role.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { LIGHTHOUSE, ROLES, client, isThere, select, service, sql } from './lib/stack.mjs';

const EVERYBODY = ['anon', ...ROLES];

/** Tables that somebody may read directly, by role. A table that is not here is closed to all; so is each of them today. */
const OPEN_TABLES = {};

const STAFF = { manager: true, crt: true, admin: true };
const NUMBERS = { manager: true, admin: true };
const CRISIS_NUMBERS = STAFF;
const CARE = { crt: true, admin: true };
const ADMIN = { admin: true };

/** Functions that who is signed in may call, and who gets an answer with something in it. A new one is missing here: say who may. */
const OPEN_FUNCTIONS = {
  my_guilds: STAFF,
  // Accounts with a password: Discord never said who they are (tests/bot/staff.rs has those of whom it did).
  claim_staff: {},
  channel_names: STAFF,
  setup_state: STAFF,
  pause_now: STAFF,
  impact_pulse: NUMBERS,
  channel_pulse: NUMBERS,
  activity_heatmap: NUMBERS,
  dau_wau_mau: NUMBERS,
  daily_active_members: NUMBERS,
  top_members: NUMBERS,
  rising_stars: NUMBERS,
  churn_risks: NUMBERS,
  new_members_without_activity: NUMBERS,
  member_growth: NUMBERS,
  member_growth_totals: NUMBERS,
  retention_cohorts: NUMBERS,
  presence_stats: NUMBERS,
  peak_hours: NUMBERS,
  top_presence: NUMBERS,
  campaign_lift: NUMBERS,
  channel_breakdown: NUMBERS,
  ticket_overview: NUMBERS,
  ticket_sla: NUMBERS,
  ticket_staff: NUMBERS,
  ticket_busy_times: NUMBERS,
  ticket_list: NUMBERS,
  ticket_transcript: NUMBERS,
  ticket_head: NUMBERS,
  ai_usage: NUMBERS,
  crisis_alerts_daily: CRISIS_NUMBERS,
  crisis_response_times: CRISIS_NUMBERS,
  crisis_delivery: CRISIS_NUMBERS,
  crisis_precision: CRISIS_NUMBERS,
  crisis_outage_totals: CRISIS_NUMBERS,
  ash_sessions_daily: CRISIS_NUMBERS,
  referrals_monthly: CRISIS_NUMBERS,
  care_alerts: CARE,
  care_person: CARE,
  care_duty: CARE,
  admin_log: ADMIN,
  admin_dead_letters: ADMIN,
};

const people = {};
before(async () => {
  isThere();
  for (const role of EVERYBODY) people[role] = await client(role);
});

/** PostgREST's answers to who may not: no right, or no such thing for them. */
const refused = (error) => ['42501', 'PGRST202', 'PGRST205'].includes(error?.code);

test('no table can be read or changed directly, by anybody', async () => {
  const tables = select(`select c.relname as name,
      (select a.attname from pg_attribute a where a.attrelid = c.oid and a.attname = 'guild_id') as guild
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relname <> '_sqlx_migrations'`);
  assert.ok(tables.length > 40, 'the catalogue is read at all');
  const wrong = [];
  for (const { name } of tables) {
    for (const role of EVERYBODY) {
      const table = () => people[role].from(name);
      const tries = {
        select: table().select('*').limit(1),
        insert: table().insert({ guild_id: '1' }),
        update: table().update({ guild_id: '1' }).eq('guild_id', '0'),
        delete: table().delete().eq('guild_id', '0'),
      };
      for (const [deed, attempt] of Object.entries(tries)) {
        const { error } = await attempt;
        if (error?.code !== '42501' && !OPEN_TABLES[name]?.[role]?.includes(deed)) wrong.push(`${role} ${deed} ${name}: ${error?.code ?? 'allowed'}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

const SAMPLES = {
  bigint: '1', integer: 1, smallint: 1, text: 'x', boolean: true, jsonb: {}, json: {}, numeric: 1, real: 1, 'double precision': 1,
  'timestamp with time zone': '2026-01-01T00:00:00Z', date: '2026-01-01', uuid: '00000000-0000-0000-0000-000000000000',
};

function functions() {
  return select(`select p.proname as name, has_function_privilege('anon', p.oid, 'execute') as anon,
      has_function_privilege('authenticated', p.oid, 'execute') as authenticated,
      coalesce((select json_agg(json_build_object('name', p.proargnames[i], 'type', format_type(p.proargtypes[i - 1], null)) order by i)
        from generate_series(1, p.pronargs) as i), '[]') as args
    from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prokind = 'f' and p.prorettype <> 'trigger'::regtype
    order by 1`);
}

test('every function is open to those of this list alone', async () => {
  const all = functions();
  assert.ok(all.length > 100, 'the catalogue is read at all');
  assert.deepEqual(all.filter((one) => one.anon).map((one) => one.name), [], 'nothing is open without signing in');
  const open = [...new Set(all.filter((one) => one.authenticated).map((one) => one.name))];
  assert.deepEqual(open.sort(), Object.keys(OPEN_FUNCTIONS).sort(), 'a function without an expectation, or one that is gone');
});

test('what is closed refuses everybody', async () => {
  const wrong = [];
  for (const { name, args } of functions().filter((one) => !one.authenticated)) {
    const given = Object.fromEntries(args.map((arg) => [arg.name, arg.type.endsWith('[]') ? [] : SAMPLES[arg.type] ?? {}]));
    for (const role of EVERYBODY) {
      const { error } = await people[role].rpc(name, given);
      if (!refused(error)) wrong.push(`${role} ${name}: ${error ? `${error.code} ${error.message}` : 'answered'}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('what is open answers the staff it is for, about their own guild', async () => {
  const [{ ticket }] = select(`select ticket_id::text as ticket from tickets where guild_id = ${LIGHTHOUSE} and ticket_number = 3`);
  const [{ alert }] = select(`select max(alert_id)::text as alert from crisis_alerts where guild_id = ${LIGHTHOUSE}`);
  const special = {
    my_guilds: () => ({}),
    claim_staff: () => ({}),
    channel_pulse: (guild) => ({ guild, channel: '1200000000500000001' }),
    ticket_transcript: (guild) => ({ guild, ticket }),
    ticket_head: (guild) => ({ guild, ticket }),
    care_person: (guild) => ({ guild, alert }),
  };
  const wrong = [];
  for (const [name, who] of Object.entries(OPEN_FUNCTIONS)) {
    const args = special[name] ?? ((guild) => ({ guild }));
    for (const role of EVERYBODY) {
      const { data, error } = await people[role].rpc(name, args(LIGHTHOUSE));
      const found = role === 'anon' ? refused(error) && 'refused' : error ? `${error.code} ${error.message}` : something(data) ? 'something' : 'nothing';
      const wanted = role === 'anon' ? 'refused' : who[role] ? 'something' : 'nothing';
      if (found !== wanted) wrong.push(`${role} ${name}: ${found}, not ${wanted}`);
      if (role === 'anon' || name === 'my_guilds') continue;
      const elsewhere = await people[role].rpc(name, args('1200000000099999999'));
      if (something(elsewhere.data)) wrong.push(`${role} ${name}: answers about a guild whose staff they are not`);
    }
  }
  assert.deepEqual(wrong, []);
});

function something(data) {
  return Array.isArray(data) ? data.length > 0 : data !== null && data !== undefined;
}

test('who opened whose transcript or alert is noted, once an hour', async () => {
  const [{ ticket }] = select(`select ticket_id::text as ticket from tickets where guild_id = ${LIGHTHOUSE} and ticket_number = 5`);
  const [{ alert }] = select(`select max(alert_id)::text as alert from crisis_alerts where guild_id = ${LIGHTHOUSE} and status = 'RESOLVED'`);
  const looks = () => select(`select actor_id::text as actor, what from access_log where guild_id = ${LIGHTHOUSE} and
    (what = 'transcript of ticket #5' or subject_id = (select member_id from crisis_alerts where alert_id = ${alert})) order by what`);
  sql(`delete from access_log where guild_id = ${LIGHTHOUSE};`);
  for (let times = 0; times < 2; times += 1) {
    await people.manager.rpc('ticket_transcript', { guild: LIGHTHOUSE, ticket });
    await people.crt.rpc('care_person', { guild: LIGHTHOUSE, alert });
    // May not, and is not noted as if they had.
    await people.manager.rpc('care_person', { guild: LIGHTHOUSE, alert });
    await people.crt.rpc('ticket_transcript', { guild: LIGHTHOUSE, ticket });
  }
  assert.deepEqual(looks(), [
    { actor: '1200000000300000004', what: 'opened who an alert is about' },
    { actor: '1200000000300000003', what: 'transcript of ticket #5' },
  ]);
});

test('nothing about a member is in the list of alerts', async () => {
  const { data } = await people.crt.rpc('care_alerts', { guild: LIGHTHOUSE, hours: 700 });
  assert.ok(data.length > 20);
  const members = select(`select distinct member_id::text as id from crisis_alerts where guild_id = ${LIGHTHOUSE}`);
  const text = JSON.stringify(data);
  assert.deepEqual(members.filter(({ id }) => text.includes(id)), []);
});

test('rights end with the row in staff, whatever the token says', async () => {
  const world = service();
  const { data: made, error } = await world.auth.admin.createUser({ email: `brief-${Date.now()}@local.example`, password: 'brief', email_confirm: true });
  assert.equal(error, null);
  const row = { guild_id: LIGHTHOUSE, user_id: '1200000000300000099', role: 'manager', auth_user_id: made.user.id };
  assert.equal((await world.from('staff').insert(row)).error, null);
  const brief = await client('anon');
  await brief.auth.signInWithPassword({ email: made.user.email, password: 'brief' });
  const asks = async () => (await brief.rpc('impact_pulse', { guild: LIGHTHOUSE })).data.length;
  assert.ok((await asks()) > 0);
  await world.from('staff').delete().eq('user_id', row.user_id);
  assert.equal(await asks(), 0);
});

test('a role that somebody gives themselves in their own data counts for nothing', async () => {
  const [{ id }] = select(`select id::text from auth.users where email = 'nobody@local.example'`);
  sql(`update auth.users set raw_user_meta_data = '{"role": "admin", "guild_id": "${LIGHTHOUSE}"}' where id = '${id}';`);
  const nobody = await client('nobody');
  assert.deepEqual((await nobody.rpc('my_guilds')).data, []);
  assert.deepEqual((await nobody.rpc('churn_risks', { guild: LIGHTHOUSE })).data, []);
});
