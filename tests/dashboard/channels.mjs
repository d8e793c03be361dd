// The pulse of one channel is its part of the whole, unless it would speak of persons.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { LIGHTHOUSE, client, isThere, select, sql } from './lib/stack.mjs';

const ALONE = '1200000000500000099';

let manager;
before(async () => {
  isThere();
  manager = await client('manager');
});

const ask = async (name, args) => {
  const { data, error } = await manager.rpc(name, { guild: LIGHTHOUSE, zone: 'America/New_York', ...args });
  assert.equal(error, null);
  return data;
};

test('the pulses of all channels add up to that of the server, bucket by bucket', async () => {
  const until = new Date().toISOString();
  const channels = select(`select distinct channel_id::text as id from activity_by_channel where guild_id = ${LIGHTHOUSE} and channel_id <> ${ALONE}`);
  assert.ok(channels.length >= 6);
  for (const [unit, buckets] of [['hour', 240], ['day', 30], ['week', 6]]) {
    const whole = await ask('impact_pulse', { unit, buckets, until });
    const parts = await Promise.all(channels.map(({ id }) => ask('channel_pulse', { channel: id, unit, buckets, until })));
    assert.ok(parts.every((rows) => rows.length === whole.length), unit);
    for (const [at, row] of whole.entries()) {
      for (const figure of ['messages', 'reactions', 'points', 'previous_messages', 'previous_points']) {
        const sum = parts.reduce((all, rows) => all + Number(rows[at][figure]), 0);
        assert.equal(sum, Number(row[figure]), `${figure} of ${unit} ${at}`);
      }
      assert.equal(parts[0][at].starts_at, row.starts_at);
    }
  }
});

test('a channel in which four people were active has no pulse; with a fifth it has', async () => {
  const write = (person) => sql(`insert into activity_hourly (guild_id, user_id, channel_id, hour, messages, points)
    values (${LIGHTHOUSE}, ${1200000000400000000n + BigInt(person)}, ${ALONE}, date_trunc('hour', now() - interval '50 hours', 'UTC'), 1, 1);`);
  for (const person of [1, 2, 3, 4]) write(person);
  assert.deepEqual(await ask('channel_pulse', { channel: ALONE }), []);
  write(5);
  const [total] = await ask('channel_pulse', { channel: ALONE });
  assert.equal(total.part, 'total');
  assert.equal(total.messages, 5);
  sql(`delete from activity_hourly where guild_id = ${LIGHTHOUSE} and channel_id = ${ALONE};`);
});
