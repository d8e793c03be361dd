// The dashboard in Chromium over the running local stack: each tab, each role, what is empty, what fails, what is hostile.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { barriers, inert, launch, open, picture, settled, signIn, visit } from './lib/browser.mjs';
import { ATTACK, CROWD, DASHBOARD_URL, EMPTY, HOSTILE, LIGHTHOUSE, isThere, plantCrowd, plantHostileGuild, plantStaff, sql } from './lib/stack.mjs';

const TABS = { setup: 'First hour', pulse: 'Impact Pulse', lists: 'The Lists', health: 'Community Health', tickets: 'Tickets', care: 'Care', admin: 'Admin' };

let browser;
before(async () => {
  isThere();
  browser = await launch();
});
after(() => browser?.close());

/** A test with a page of its own, signed in as `role`. */
function as(role, options, run) {
  return async () => {
    const tab = await open(browser, options);
    await signIn(tab.page, role);
    await settled(tab.page);
    await run(tab.page, tab);
    await tab.close();
  };
}

const tabsOf = (page) => page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allTextContents();
const card = (page, title) => page.getByRole('region', { name: title, exact: true }).first();

test('a wrong password is said kindly, the right one lets in, signing out ends it', async () => {
  const { page, close } = await open(browser);
  await page.goto(DASHBOARD_URL);
  await page.getByRole('heading', { name: 'Community OS' }).waitFor();
  await picture(page, 'sign-in');
  assert.deepEqual(await barriers(page), []);
  await page.getByLabel('Email').fill('manager@local.example');
  await page.getByLabel('Password').fill('wrong');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'do not belong together' }).waitFor();
  await signIn(page, 'manager');
  await settled(page);
  await page.reload();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Email').waitFor();
  await page.reload();
  await page.getByLabel('Email').waitFor();
  assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), []);
  await close();
});

test('who is nobody’s staff reads whom to ask', as('nobody', {}, async (page) => {
  await page.getByRole('heading', { name: 'nothing is shared with you yet' }).waitFor();
  assert.match(await page.locator('main').textContent(), /ask an administrator.*nobody@local\.example|nobody@local\.example.*ask an administrator/is);
  assert.deepEqual(await barriers(page), []);
  await picture(page, 'nobody');
}));

test('each role sees its own tabs', async () => {
  const expected = {
    manager: ['First hour', 'Impact Pulse', 'The Lists', 'Community Health', 'Tickets'],
    crt: ['First hour', 'Care'],
    admin: Object.values(TABS),
  };
  for (const [role, tabs] of Object.entries(expected)) {
    await as(role, {}, async (page) => {
      await visit(page, { guild: LIGHTHOUSE });
      assert.deepEqual(await tabsOf(page), tabs);
    })();
  }
});

test('each tab shows what there is, without a barrier', as('admin', {}, async (page) => {
  for (const [id, title] of Object.entries(TABS)) {
    await visit(page, { guild: LIGHTHOUSE, tab: id });
    assert.equal(await page.locator('h1').textContent(), title);
    assert.equal(await page.title(), `${title} – Lighthouse`);
    assert.equal(await page.locator('.problem').count(), 0, `${title} has a failure`);
    await picture(page, `tab-${id}`);
    assert.deepEqual(await barriers(page), [], title);
  }
}));

test('an empty server says what to do instead of showing empty charts', as('admin', {}, async (page) => {
  plantStaff(EMPTY);
  await page.reload();
  await settled(page);
  for (const id of Object.keys(TABS)) {
    await visit(page, { guild: EMPTY, tab: id });
    assert.equal(await page.locator('.problem, canvas').count(), 0, id);
    if (id !== 'setup' && id !== 'admin') assert.ok((await page.locator('.empty').count()) >= 2, `${id} says that nothing is there`);
    await picture(page, `empty-${id}`);
    assert.deepEqual(await barriers(page), [], id);
  }
}));

test('a phone shows everything without scrolling sideways, in the dark too', async () => {
  const phone = { viewport: { width: 390, height: 844 }, colorScheme: 'dark', hasTouch: true };
  await as('admin', phone, async (page) => {
    for (const id of Object.keys(TABS)) {
      await visit(page, { guild: LIGHTHOUSE, tab: id });
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(over <= 0, `${id} is ${over} pixels too wide`);
      await picture(page, `phone-${id}`);
      assert.deepEqual(await barriers(page), [], id);
    }
  })();
});

test('the address keeps the view: another span, a channel, a link, Back', as('manager', {}, async (page, { context }) => {
  await visit(page, { guild: LIGHTHOUSE });
  await page.getByLabel('90 days').check();
  await page.getByLabel('Channel', { exact: true }).selectOption({ label: '#photos' });
  await page.getByLabel('Figure').selectOption('messages');
  await settled(page);
  const url = new URL(page.url());
  assert.equal(url.searchParams.get('days'), '90');
  assert.equal(url.searchParams.get('measure'), 'messages');
  const again = await context.newPage();
  await again.goto(page.url());
  await settled(again);
  assert.equal(await again.getByLabel('Channel', { exact: true }).locator('option:checked').textContent(), '#photos');
  assert.ok(await again.getByLabel('90 days').isChecked());
  await page.getByRole('link', { name: 'Community Health' }).click();
  await settled(page);
  assert.equal(new URL(page.url()).searchParams.get('days'), '90', 'the span goes along');
  await page.goBack();
  await settled(page);
  assert.equal(await page.locator('h1').textContent(), 'Impact Pulse');
}));

test('the keyboard is enough to change the tab, and the new page is announced', as('manager', {}, async (page) => {
  await visit(page, { guild: LIGHTHOUSE });
  await page.keyboard.press('Tab');
  await page.getByRole('link', { name: 'To the content' }).waitFor();
  await page.getByRole('link', { name: 'The Lists' }).focus();
  await page.keyboard.press('Enter');
  await settled(page);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'The Lists');
}));

test('numbers in the chart are in its table, too', as('manager', {}, async (page) => {
  await visit(page, { guild: LIGHTHOUSE, days: '7' });
  await card(page, 'Engagement').getByText('Show as a table').click();
  assert.equal(await card(page, 'Engagement').locator('details tbody tr').count(), 7);
  const shown = await card(page, 'Engagement').locator('.figure').first().textContent();
  const all = await card(page, 'Engagement').locator('details tbody td:nth-child(2)').allTextContents();
  const sum = all.map((text) => Number(text.replaceAll(',', ''))).reduce((a, b) => a + b, 0);
  assert.ok(Math.abs(Number(shown.replaceAll(',', '')) - sum) <= all.length, `${shown} and ${sum}`);
}));

test('campaigns are told with their lift', as('manager', {}, async (page) => {
  await visit(page, { guild: LIGHTHOUSE, days: '90' });
  const row = card(page, 'Campaigns').getByRole('row').filter({ hasText: 'Photo week' });
  assert.match(await row.textContent(), /\+\d+(\.\d)? %/);
}));

test('lists are sorted, searched and leafed through', as('manager', {}, async (page) => {
  await visit(page, { guild: LIGHTHOUSE, tab: 'lists' });
  const list = card(page, 'Most active');
  const points = async () => (await list.locator('tbody td:nth-child(3)').allTextContents()).map((text) => Number(text.replaceAll(',', '')));
  await list.getByRole('button', { name: 'Points' }).click();
  assert.deepEqual(await points(), [...(await points())].sort((a, b) => b - a));
  await list.getByRole('button', { name: 'Points' }).click();
  assert.deepEqual(await points(), [...(await points())].sort((a, b) => a - b));
  assert.equal(await list.locator('th[aria-sort="ascending"]').count(), 1);
  await list.getByRole('button', { name: 'Next' }).click();
  await list.getByText(/Page 2 of/).waitFor();
  await list.getByRole('searchbox').fill('iris');
  await list.getByText(/^\d+ rows?$/).waitFor();
  for (const name of await list.locator('tbody td:nth-child(2)').allTextContents()) assert.match(name, /iris/i);
  assert.match(await list.locator('tbody a').first().getAttribute('href'), /^https:\/\/discord\.com\/users\/\d+$/);
}));

test('an export has every row, and nothing in it that a spreadsheet would run', async () => {
  const people = 1250;
  plantCrowd(people);
  await as('admin', { acceptDownloads: true }, async (page) => {
    await visit(page, { guild: CROWD, tab: 'lists' });
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      card(page, 'New Members without activity').getByRole('button', { name: 'Export CSV' }).click(),
    ]);
    const text = readFileSync(await file.path(), 'utf8');
    const lines = text.replace(/^\uFEFF/, '').trimEnd().split('\r\n');
    assert.equal(lines.length, people + 1);
    assert.match(lines[0], /^Member,Joined,/);
    assert.deepEqual(lines.slice(1).filter((line) => /^"?\s*[=+\-@]/.test(line)), []);
    assert.ok(lines.some((line) => line.includes(`'=1+1`)));
    assert.ok(lines.some((line) => line.startsWith(`"a ""quoted"", one`)));
  })();
});

test('a ticket is found, and its transcript read as it was written', as('manager', {}, async (page) => {
  await visit(page, { guild: LIGHTHOUSE, tab: 'tickets' });
  await page.getByRole('searchbox', { name: 'Search tickets' }).fill('#12');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.waitForFunction(() => document.querySelectorAll('section table caption').length && location.search.includes('q='));
  await settled(page);
  const queue = card(page, 'Queue');
  assert.equal(await queue.locator('tbody tr').count(), 1);
  await queue.locator('tbody a').first().click();
  await card(page, 'Transcript').getByText('Which channel is it?').waitFor();
  await page.getByRole('heading', { name: /^#12 \S/ }).waitFor();
  await page.waitForFunction(() => document.activeElement.textContent.startsWith('#12 '));
  const text = await page.locator('.transcript').innerText();
  assert.match(text, /<b>"no access"<\/b>/);
  assert.match(text, /deleted/);
  assert.deepEqual(await barriers(page), []);
  await picture(page, 'transcript');
  await page.getByRole('button', { name: 'Tickets with “#12”' }).click();
  await card(page, 'Queue').waitFor();
  await page.waitForFunction(() => document.activeElement.textContent === 'Queue');
  assert.equal(await page.getByRole('searchbox', { name: 'Search tickets' }).inputValue(), '#12');
}));

test('a page past the end leads to the first, and another server begins anew', as('admin', {}, async (page) => {
  plantStaff(EMPTY);
  await visit(page, { guild: LIGHTHOUSE, tab: 'tickets', days: '90', status: 'OPEN', page: '999' });
  await card(page, 'Queue').locator('tbody tr').first().waitFor();
  assert.equal(new URL(page.url()).searchParams.get('page'), null);
  await page.locator('header select').selectOption(EMPTY);
  await settled(page);
  assert.deepEqual([...new URL(page.url()).searchParams], [['tab', 'tickets'], ['guild', EMPTY], ['days', '90']]);
}));

test('who an alert is about is asked for one at a time; open alerts refresh themselves', as('crt', {}, async (page) => {
  await visit(page, { guild: LIGHTHOUSE, tab: 'care' });
  const alerts = card(page, 'Open alerts');
  assert.ok((await alerts.locator('li').count()) >= 2);
  assert.equal(await page.locator('main').getByRole('link', { name: /^(?!Open in Discord|Responder|Admin)/ }).count(), 0, 'no member is named');
  await alerts.getByRole('button', { name: /Who is it/ }).first().click();
  await alerts.getByText(/[1-9]\d* alerts? in 30 days/).waitFor();
  await picture(page, 'care-person');
  const alert = sql(`insert into crisis_alerts (guild_id, channel_id, message_id, member_id, severity, detector, written_at, found_at, last_at)
    values (${LIGHTHOUSE}, 1, ${Date.now()}, 1200000000400000003, 'MEDIUM', 'member', now(), now(), now()) returning alert_id;`);
  const planted = alerts.getByText('by A member asked');
  await planted.waitFor();
  sql(`update crisis_alerts set status = 'RESOLVED', resolved_at = now() where alert_id = ${alert};`);
  await planted.waitFor({ state: 'detached' });
  // A list that cannot be refreshed says so: nobody may take it for the present.
  await page.route('**/rpc/care_alerts', (route) => route.abort());
  await alerts.getByText(/cannot be refreshed at the moment/).waitFor();
  await page.unroute('**/rpc/care_alerts');
  await alerts.getByText(/cannot be refreshed at the moment/).waitFor({ state: 'detached' });
}));

test('talks with Ash are counted, and nobody is named', as('crt', {}, async (page) => {
  await visit(page, { guild: LIGHTHOUSE, tab: 'care' });
  const talks = card(page, 'Talks with Ash');
  assert.match(await talks.locator('dl').textContent(), /a person took over[1-9]/);
  const ends = talks.getByRole('region', { name: 'How talks with Ash ended' });
  assert.match(await ends.getByRole('row').filter({ hasText: 'A person took over' }).last().textContent(), /\d/);
  await talks.getByText('Show as a table').click();
  for (const began of ['The member came', 'The team offered it', 'Offered after an alert']) {
    await talks.getByRole('columnheader', { name: began, exact: true }).waitFor();
  }
  const help = card(page, 'Pointed to help outside');
  assert.ok((await help.locator('tbody tr').count()) >= 2, 'a row a month');
  assert.equal(await talks.getByRole('link').or(help.getByRole('link')).count(), 0);
}));

test('what cannot be reached is said, and can be tried again', as('manager', {}, async (page) => {
  await visit(page, { guild: LIGHTHOUSE });
  await page.route('**/rpc/impact_pulse', (route) => route.abort());
  await page.getByLabel('7 days').check();
  const chart = card(page, 'Engagement');
  await chart.getByRole('alert').waitFor();
  assert.match(await chart.getByRole('alert').textContent(), /cannot be reached/);
  assert.equal(await card(page, 'Channels').getByRole('alert').count(), 0, 'the rest stands');
  await picture(page, 'failure');
  await page.unroute('**/rpc/impact_pulse');
  await chart.getByRole('button', { name: 'Try again' }).click();
  await chart.locator('canvas').waitFor();
}));

test('a list that is never answered says that it is not the present', as('crt', {}, async (page) => {
  await visit(page, { guild: LIGHTHOUSE, tab: 'care' });
  // The page gives up after 15 s, longer than the list takes to be asked for again.
  await page.route('**/rpc/care_alerts', () => {});
  const said = card(page, 'Open alerts').getByText(/cannot be refreshed at the moment/);
  await said.waitFor({ timeout: 40_000 });
  assert.match(await said.textContent(), /took too long/);
}));

test('a session that cannot be checked for the moment is not ended', as('manager', {}, async (page) => {
  await page.route('**/rpc/impact_pulse', (route) => route.fulfill({ status: 401, json: { code: 'PGRST303', message: 'JWT expired' } }));
  await page.route('**/auth/v1/token**', (route) => route.abort());
  await page.getByLabel('7 days').check();
  // supabase-js tries for half a minute by itself.
  await card(page, 'Engagement').getByText(/cannot be checked at the moment/).waitFor({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}));

const AGED = () => {
  const key = Object.keys(localStorage).find((name) => name.endsWith('-auth-token'));
  const session = JSON.parse(localStorage.getItem(key));
  session.expires_at = Math.floor(Date.now() / 1000) - 60;
  localStorage.setItem(key, JSON.stringify(session));
};

test('a session that ran out is refreshed without a word', as('manager', {}, async (page) => {
  await page.evaluate(AGED);
  const refreshed = page.waitForResponse((answer) => answer.url().includes('grant_type=refresh_token'));
  await page.reload();
  assert.equal((await refreshed).status(), 200);
  await settled(page);
  assert.equal(await page.locator('h1').textContent(), 'Impact Pulse');
}));

test('a session that was ended elsewhere leads back to the form, which says so', as('manager', {}, async (page) => {
  await page.route('**/rpc/impact_pulse', (route) => route.fulfill({ status: 401, json: { code: 'PGRST303', message: 'JWT expired' } }));
  await page.route('**/auth/v1/token**', (route) => route.fulfill({ status: 400, json: { code: 400, error_code: 'refresh_token_not_found', msg: 'Invalid Refresh Token' } }));
  await page.getByLabel('7 days').check();
  await page.getByText('Your session has ended').waitFor();
  await page.getByLabel('Password').waitFor();
}));

test('hostile names, subjects and messages stay text on every tab', async () => {
  plantHostileGuild();
  await as('admin', {}, async (page) => {
    for (const id of Object.keys(TABS)) {
      await visit(page, { guild: HOSTILE, tab: id, days: '90' });
      await inert(page, id);
    }
    await visit(page, { guild: HOSTILE, tab: 'tickets' });
    assert.ok((await card(page, 'Queue').textContent()).includes(ATTACK), 'the attack is shown as what it is');
    await card(page, 'Queue').locator('tbody tr').last().locator('a').first().click();
    await page.locator('.transcript').waitFor();
    await inert(page, 'transcript');
    assert.ok((await page.locator('.transcript').textContent()).includes(ATTACK));
    await visit(page, { guild: HOSTILE, tab: 'care' });
    await page.getByRole('button', { name: /Who is it/ }).first().click();
    await page.getByText(/in 30 days/).waitFor();
    await inert(page, 'care');
  })();
});
