// The administrator's desk in Chromium over the running local stack: the second password, what works, the buttons for bad days.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { barriers, inert, launch, open, picture, settled, signIn, visit } from './lib/browser.mjs';
import { ATTACK, DASHBOARD_URL, HOSTILE, LIGHTHOUSE, forgetTries, isThere, plantHostileGuild, select, sql } from './lib/stack.mjs';
import { actAs, run, said } from './lib/world.mjs';

const { ADMIN_PASSWORD = 'lighthouse-keeper', WORLD_URL } = process.env;
const FIELD = 'Administrator’s password';

let browser;
before(async () => {
  isThere();
  browser = await launch();
});
beforeEach(forgetTries);
after(async () => {
  // Whatever failed: nobody after this finds a bot that stands still.
  const { page, close } = await open(browser);
  await signIn(page, 'admin');
  await atTheDesk(page);
  if (await page.locator('.banner').isVisible()) await press(page, 'Start bot');
  await close();
  await browser?.close();
});

const card = (page, title) => page.getByRole('region', { name: title, exact: true }).first();
const tab = (page, name) => page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true });
const dialog = (page) => page.getByRole('dialog');
const done = (page) => card(page, 'Panic buttons').getByRole('status');

function as(role, options, go) {
  return async () => {
    const { page, close } = await open(browser, options);
    await signIn(page, role);
    await settled(page);
    await go(page);
    await close();
  };
}

async function atTheDesk(page, guild = LIGHTHOUSE) {
  await visit(page, { guild, tab: 'admin' });
  await page.getByLabel(FIELD).fill(ADMIN_PASSWORD);
  await page.keyboard.press('Enter');
  await card(page, 'Panic buttons').getByRole('button', { name: 'Flush cache' }).and(page.locator(':enabled')).waitFor();
  await settled(page);
}

/** A button, and the one in the dialog that asks once more. */
async function press(page, name, { confirm = name, reason } = {}) {
  await card(page, 'Panic buttons').getByRole('button', { name }).click();
  if (reason !== undefined) await dialog(page).getByLabel(/Why/).fill(reason);
  await dialog(page).getByRole('button', { name: confirm }).click();
  await dialog(page).waitFor({ state: 'detached' });
}

const deeds = (what) => Number(sql(`select count(*) from admin_actions where what = '${what}';`));

/** The newest answer of the local Discord's bot to a slash command, and what stands in a channel. */
async function inDiscord(name, channel, look) {
  const context = await browser.newContext();
  const tab = await context.newPage();
  await tab.goto(WORLD_URL);
  await tab.locator('html[data-ready="true"]').waitFor();
  await actAs(tab, name);
  await tab.getByTestId(`channel-${channel}`).click();
  const answer = await look(tab);
  await context.close();
  return answer;
}

const ping = () => inDiscord('Member', 'general', async (tab) => said(await run(tab, 'ping')));
const theTeamReads = (text) =>
  inDiscord('Responder', 'crt-monitor', (tab) => tab.getByTestId('message').filter({ hasText: text }).last().waitFor({ timeout: 30_000 }));

test('the tab is for administrators alone, and the Worker says so too', async () => {
  for (const role of ['manager', 'crt']) {
    await as(role, {}, async (page) => {
      await visit(page, { guild: LIGHTHOUSE, tab: 'admin' });
      assert.equal(await tab(page, 'Admin').count(), 0);
      assert.notEqual(await page.locator('h1').textContent(), 'Admin');
      const tries = await page.evaluate(async ([guild, password]) => {
        const key = Object.keys(localStorage).find((name) => name.endsWith('-auth-token'));
        const token = JSON.parse(localStorage.getItem(key)).access_token;
        const ask = async (path, bearer) => {
          const headers = { authorization: `Bearer ${bearer}`, 'x-admin-step-up': 'made up' };
          const answer = await fetch(`/admin/${path}`, { method: 'POST', headers, body: JSON.stringify({ guild, password, level: 'bulk' }) });
          return `${answer.status} ${(await answer.json()).code}`;
        };
        return Promise.all([ask('step-up', token), ask('pause', token), ask('pause', 'nobody')]);
      }, [LIGHTHOUSE, ADMIN_PASSWORD]);
      assert.deepEqual(tries, ['403 not_admin', '403 not_admin', '401 signed_out']);
    })();
  }
});

test('the password is asked for: a wrong one and too many are said, the right one opens, a reload forgets it', as('admin', {}, async (page) => {
  await visit(page, { guild: LIGHTHOUSE, tab: 'admin' });
  assert.equal(await card(page, 'Panic buttons').count(), 0);
  await picture(page, 'admin-password');
  assert.deepEqual(await barriers(page), []);
  const field = page.getByLabel(FIELD);
  for (let times = 0; times < 5; times += 1) {
    await field.fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'not the administrator' }).waitFor();
    await page.getByRole('button', { name: 'Open', exact: true }).waitFor();
    assert.equal(await field.inputValue(), '');
  }
  await field.fill(ADMIN_PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'Too many tries' }).waitFor();
  await forgetTries();
  await atTheDesk(page);
  const kept = await page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage), document.cookie].filter((name) => !name.endsWith('-auth-token')));
  assert.deepEqual(kept, [''], 'nothing of it is stored');
  // Another tab and back, and it still counts; after a reload it does not.
  await tab(page, 'Care').click();
  await tab(page, 'Admin').click();
  await card(page, 'Panic buttons').waitFor();
  await page.reload();
  await page.getByLabel(FIELD).waitFor();
}));

test('a Worker without the password says which variable is missing', as('admin', {}, async (page) => {
  const answer = { error: 'ADMIN_PASSWORD is not set on the Worker.', code: 'unconfigured' };
  await page.route('**/admin/step-up', (route) => route.fulfill({ status: 503, json: answer }));
  await visit(page, { guild: LIGHTHOUSE, tab: 'admin' });
  await page.getByLabel(FIELD).fill('whatever');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'ADMIN_PASSWORD is not set' }).waitFor();
}));

test('after 15 minutes the form is there again and says why', as('admin', {}, async (page) => {
  await page.clock.install();
  await atTheDesk(page);
  await page.clock.fastForward('15:01');
  await page.getByText('The 15 minutes are over').waitFor();
  assert.equal(await card(page, 'Panic buttons').count(), 0);
  await page.waitForFunction(() => document.activeElement.name === 'admin-password');
}));

test('what works is said in words, with figures; light, dark and on a phone without a barrier', async () => {
  const looks = [{}, { colorScheme: 'dark' }, { viewport: { width: 390, height: 844 }, colorScheme: 'dark', hasTouch: true }];
  for (const [at, options] of looks.entries()) {
    await as('admin', options, async (page) => {
      await atTheDesk(page);
      const services = card(page, 'What works').getByRole('listitem');
      for (const [name, word] of [[/^Discord gateway, shard 0/, 'works'], [/^Supabase/, 'works'], [/^Upstash/, 'works'], [/^Relay/, 'works']]) {
        // The panel looks again by itself every 30 s: a relay that has only just started is there by then.
        const line = services.filter({ has: page.locator('strong', { hasText: name }) }).first();
        await line.waitFor({ timeout: 60_000 });
        const text = await line.textContent();
        assert.ok(text.includes(word) && text.includes('seen'), text);
      }
      for (const name of ['Ash-NLP', 'Gemini', 'Claude']) assert.equal(await services.filter({ hasText: name }).count(), 1, name);
      await card(page, 'What AI costs').getByRole('row').filter({ hasText: 'Talks with Ash' }).waitFor();
      assert.match(await card(page, 'What AI costs').textContent(), /\$\d+\.\d+ of \$10\.00 are spent; about \$/);
      assert.equal(await page.locator('.problem').count(), 0);
      assert.deepEqual(await barriers(page), []);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(over <= 0, `${over} pixels too wide`);
      await picture(page, ['admin', 'admin-dark', 'admin-phone'][at]);
    })();
  }
});

test('Flush cache asks once more; Escape changes nothing, two clicks are one, and the log shows who did it', as('admin', {}, async (page) => {
  await atTheDesk(page);
  const before = deeds('flush_cache');
  const button = card(page, 'Panic buttons').getByRole('button', { name: 'Flush cache' });
  await button.focus();
  await page.keyboard.press('Enter');
  await dialog(page).getByText('Nothing of anybody is lost').waitFor();
  assert.deepEqual(await barriers(page), []);
  await picture(page, 'admin-dialog');
  await page.keyboard.press('Escape');
  await dialog(page).waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Flush cache', 'the focus is where it was');
  assert.equal(deeds('flush_cache'), before);

  await button.click();
  await dialog(page).getByRole('button', { name: 'Flush cache' }).dblclick();
  await done(page).getByText(/The cache was flushed: [\d,]+ entr/).waitFor();
  await dialog(page).waitFor({ state: 'detached' });
  await page.waitForFunction(() => document.activeElement.textContent.includes('The cache was flushed'));
  assert.equal(deeds('flush_cache'), before + 1);
  const first = card(page, 'Log').locator('tbody tr').first();
  await first.filter({ hasText: 'Flush cache' }).waitFor();
  assert.match(await first.textContent(), /Admin/);
}));

test('stopped, commands say so, until the bot is started again', as('admin', {}, async (page) => {
  await atTheDesk(page);
  await press(page, 'Stop bot');
  const banner = page.locator('.banner');
  await banner.getByText('The bot is stopped. Crisis detection goes on.').waitFor();
  assert.match(await banner.textContent(), /By Admin, since/);
  await card(page, 'Log').locator('tbody tr').first().filter({ hasText: 'Stopped the bot' }).waitFor();
  assert.match(await ping(), /The bot is paused for the moment/);
  assert.deepEqual(await barriers(page), []);
  await picture(page, 'admin-stopped');
  await press(page, 'Start bot');
  await banner.waitFor({ state: 'detached' });
  assert.match(await ping(), /Pong/);
  await card(page, 'Log').locator('tbody tr').first().filter({ hasText: 'Started the bot' }).waitFor();
}));

test('crisis detection stops only with a reason, and the team reads that it is OFF; renewed, and on again', as('admin', {}, async (page) => {
  await atTheDesk(page);
  const before = deeds('pause');
  await card(page, 'Panic buttons').getByRole('button', { name: 'Stop crisis detection too' }).click();
  for (const empty of ['', '  ', 'x']) {
    await dialog(page).getByLabel(/Why/).fill(empty);
    await dialog(page).getByRole('button', { name: 'Stop crisis detection' }).click();
    await dialog(page).getByRole('alert').filter({ hasText: 'Please say why' }).waitFor();
  }
  assert.deepEqual(await barriers(page), []);
  await picture(page, 'admin-reason');
  assert.equal(deeds('pause'), before, 'nothing happened');
  const mark = `drill ${Date.now()}`;
  await dialog(page).getByLabel(/Why/).fill(`${mark} ${ATTACK}`.slice(0, 200));
  await dialog(page).getByRole('button', { name: 'Stop crisis detection' }).click();
  await dialog(page).waitFor({ state: 'detached' });
  const banner = page.locator('.banner');
  await banner.getByText('crisis detection is OFF').waitFor();
  assert.ok((await banner.textContent()).includes(`${mark} ${ATTACK}`.slice(0, 200)), 'the reason is text');
  await inert(page, 'banner');
  assert.deepEqual(await barriers(page), []);
  await picture(page, 'admin-off');
  await fetch(new URL('/__scheduled', DASHBOARD_URL));
  await theTeamReads('Crisis detection is OFF');
  await as('crt', {}, async (team) => {
    await visit(team, { guild: LIGHTHOUSE, tab: 'care' });
    await team.locator('.banner').getByText('crisis detection is OFF').waitFor();
    assert.match(await team.locator('.banner').textContent(), /Reason: “drill.*Please read along in Discord yourselves/s);
    assert.deepEqual(await barriers(team), []);
    await visit(team, { guild: LIGHTHOUSE, tab: 'setup' });
    await team.getByText(/An administrator switched it off/).waitFor();
  })();

  const until = () => banner.locator('time').getAttribute('datetime');
  const first = await until();
  await press(page, 'Renew for 2 hours', { confirm: 'Renew', reason: 'not done yet' });
  await banner.getByText('not done yet').waitFor();
  assert.ok(Date.parse(await until()) > Date.parse(first));
  await press(page, 'Crisis detection on again', { confirm: 'Switch it on' });
  await banner.getByText('Crisis detection goes on').waitFor();
  await press(page, 'Start bot');
  await banner.waitFor({ state: 'detached' });
  await fetch(new URL('/__scheduled', DASHBOARD_URL));
  assert.match(await ping(), /Pong/);
}));

test('what somebody else did meanwhile is not undone unseen', as('admin', {}, async (page) => {
  await atTheDesk(page);
  await card(page, 'Panic buttons').getByRole('button', { name: 'Stop bot' }).click();
  const other = await open(browser);
  await signIn(other.page, 'admin');
  await atTheDesk(other.page);
  await press(other.page, 'Stop bot');
  await dialog(page).getByRole('button', { name: 'Stop bot' }).click();
  await dialog(page).getByRole('alert').filter({ hasText: 'Somebody else changed it meanwhile' }).waitFor();
  await page.locator('.banner').getByText('The bot is stopped').waitFor();
  await page.keyboard.press('Escape');
  await press(page, 'Start bot');
  await page.locator('.banner').waitFor({ state: 'detached' });
  await other.close();
}));

test('the log refreshes itself, and stands still when told to', as('admin', {}, async (page) => {
  await page.clock.install();
  await atTheDesk(page);
  const note = (what) => sql(`insert into admin_actions (guild_id, actor_id, what, at) values (${LIGHTHOUSE}, null, '${what}', now());`);
  note('noticed_by_itself');
  await page.clock.fastForward(11_000);
  await card(page, 'Log').getByText('Noticed by itself').waitFor();
  await card(page, 'Log').getByRole('button', { name: 'Stop refreshing' }).click();
  await card(page, 'Log').getByText(/Stands still since/).waitFor();
  note('only_later');
  let asked = 0;
  page.on('request', (request) => (asked += Number(request.url().includes('/rpc/admin_log'))));
  await page.clock.fastForward(60_000);
  assert.equal(asked, 0);
  await card(page, 'Log').getByRole('button', { name: 'Go on refreshing' }).click();
  await card(page, 'Log').getByText('Only later').waitFor();
}));

test('dead letters are chosen and asked for again', as('admin', {}, async (page) => {
  const id = `0/1:again-${Date.now()}:7:bulk`;
  sql(`insert into dead_letters (event_id, guild_id, kind, reason, relay, last_died_at) values ('${id}', ${LIGHTHOUSE}, 'message_created', 'malformed', 'north', now());`);
  await atTheDesk(page);
  const letters = card(page, 'Dead letters');
  const replay = letters.getByRole('button', { name: /^Replay/ });
  assert.ok(await replay.isDisabled());
  const row = letters.getByRole('row').filter({ hasText: id });
  await row.getByRole('checkbox').check();
  await letters.getByRole('button', { name: 'Replay 1 chosen' }).click();
  await letters.getByRole('status').filter({ hasText: '1 event is asked for again' }).waitFor();
  assert.equal(select(`select 1 from relay_requests where kind = 'replay' and subject = '${id}'`).length, 1);
  await row.filter({ hasText: /\d\d:\d\d.*\d\d:\d\d/ }).waitFor();
  await letters.getByLabel(/^All \d+ on this page/).check();
  assert.ok(await letters.getByRole('button', { name: /^Replay [2-9]/ }).isEnabled());
  await card(page, 'Log').getByText('Replay').first().waitFor();
}));

test('what is hostile stays text on the desk', async () => {
  plantHostileGuild();
  await as('admin', {}, async (page) => {
    // What a Worker set up with strange variables would answer.
    await page.route('**/admin/state', async (route) => {
      const response = await route.fetch();
      const state = await response.json();
      state.problems = [{ variable: ATTACK, mend: ATTACK }];
      state.services = state.services.map((one) => ({ ...one, instance: ATTACK, reason: ATTACK }));
      await route.fulfill({ response, json: state });
    });
    await atTheDesk(page, HOSTILE);
    for (const title of ['What works', 'What is set wrongly', 'What AI costs', 'Log', 'Dead letters']) {
      assert.ok((await card(page, title).textContent()).includes(ATTACK), `${title} shows the attack as what it is`);
    }
    await inert(page, 'admin');
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(over <= 0, `${over} pixels too wide`);
  })();
});
