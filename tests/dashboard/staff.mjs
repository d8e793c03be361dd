// `cargo xtask staff add`: whoever runs the bot lets the first administrator in.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { before, test } from 'node:test';
import { promisify } from 'node:util';
import { createClient } from '@supabase/supabase-js';
import { FRESH_START, LIGHTHOUSE, isThere, select } from './lib/stack.mjs';

const run = promisify(execFile);
const add = (...args) => run(process.execPath, ['xtask/src/staff.mjs', ...args]);

before(isThere);

test('a new administrator gets an account with a password, and sees their server', async () => {
  const email = `first-${Date.now()}@local.example`;
  const { stdout } = await add('--guild', FRESH_START, '--user', '1200000000300000006', '--role', 'admin', '--email', email.toUpperCase());
  const password = /its password is (\S+)/.exec(stdout)[1];
  const auth = { persistSession: false, autoRefreshToken: false };
  const supabase = createClient(process.env.SUPABASE_URL, process.env.SUPABASE_PUBLISHABLE_KEY, { auth });
  assert.equal((await supabase.auth.signInWithPassword({ email, password })).error, null);
  const { data } = await supabase.rpc('my_guilds');
  assert.deepEqual(data.map((one) => [one.guild_id, one.roles]), [[FRESH_START, ['admin']]]);
  assert.ok((await supabase.rpc('setup_state', { guild: FRESH_START })).data);
});

test('who has an account keeps it, and is added once', async () => {
  const args = ['--guild', LIGHTHOUSE, '--user', '1200000000300000003', '--role', 'manager', '--email', 'manager@local.example'];
  for (let times = 0; times < 2; times += 1) assert.doesNotMatch((await add(...args)).stdout, /password/);
  assert.equal(select(`select 1 from staff where guild_id = ${LIGHTHOUSE} and user_id = 1200000000300000003`).length, 1);
});

test('what is wrong is said in one line', async () => {
  await assert.rejects(add('--guild', 'x', '--user', '1', '--role', 'admin', '--email', 'a@b'), /give the ids of server and member/);
  await assert.rejects(add('--guild', LIGHTHOUSE, '--user', LIGHTHOUSE, '--role', 'boss', '--email', 'a@b'), /--role is manager, crt or admin/);
});
