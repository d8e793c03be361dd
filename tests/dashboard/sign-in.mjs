// Signing in with Discord, in Chromium: rights through a role and no other, and every way in which it does not work is said.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { barriers, launch, open, picture, settled } from './lib/browser.mjs';
import { DASHBOARD_URL, LIGHTHOUSE, isThere, select, service } from './lib/stack.mjs';

/** tests/world/src/seed.rs; the roles are of no guild, so that nobody else changes them. */
const MEMBER = '1200000000300000006';
const CARE_ROLE = '1200000000600000077';

let browser;
before(async () => {
  isThere();
  browser = await launch();
});
after(() => browser?.close());

async function rpc(name, given) {
  const { data, error } = await service().rpc(name, given);
  assert.equal(error, null);
  return data;
}

/** What the relay hears of a member leads to this call. */
const memberHas = (...role_ids) =>
  rpc('hear_staff', { heard: [{ guild_id: LIGHTHOUSE, user_id: MEMBER, role_ids }], at: new Date().toISOString() });

const careBy = (...roles) =>
  rpc('choose_staff', { guild_id: LIGHTHOUSE, role: 'crt', kind: 'roles', chosen: roles, actor_id: '1', at: new Date().toISOString() });

/** Leaves the dashboard for the stand-in of Discord. */
async function toDiscord(page, path = '/') {
  await page.goto(new URL(path, DASHBOARD_URL).href);
  await page.getByRole('button', { name: 'Sign in with Discord' }).click();
  await page.getByRole('heading', { name: 'Sign in with Discord' }).waitFor();
}

const tabsOf = (page) => page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allTextContents();

test('who has the role signs in with Discord, sees Care and nothing else, and only for as long', async () => {
  await careBy(CARE_ROLE);
  await memberHas(CARE_ROLE);
  const { page, close } = await open(browser);
  await page.goto(DASHBOARD_URL);
  await page.getByRole('button', { name: 'Sign in with Discord' }).waitFor();
  assert.deepEqual(await barriers(page), []);
  await picture(page, 'sign-in-discord');
  await toDiscord(page, `/?tab=care&guild=${LIGHTHOUSE}&days=7`);
  await page.getByRole('link', { name: 'Member' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  await settled(page);
  assert.deepEqual(await tabsOf(page), ['First hour', 'Care']);
  assert.equal(await page.title(), 'Care – Lighthouse');
  assert.equal(new URL(page.url()).search, `?tab=care&guild=${LIGHTHOUSE}&days=7`, 'the view they wanted, without the code');
  assert.match(await page.locator('header').textContent(), /Member \(Discord\)/);
  await page.reload();
  await settled(page);
  assert.deepEqual(await tabsOf(page), ['First hour', 'Care']);
  // A tab that is not theirs is not there, and its figures are not answered.
  const asked = await page.evaluate(async () => {
    const [key] = Object.keys(localStorage).filter((name) => name.endsWith('-auth-token'));
    const config = await (await fetch('/config.json')).json();
    const answer = await fetch(`${config.supabaseUrl}/rest/v1/rpc/churn_risks`, {
      method: 'POST',
      headers: { apikey: config.publishableKey, authorization: `Bearer ${JSON.parse(localStorage.getItem(key)).access_token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ guild: '1200000000008388608' }),
    });
    return answer.json();
  });
  assert.deepEqual(asked, []);

  await memberHas();
  await page.reload();
  await page.getByRole('heading', { name: 'nothing is shared with you yet' }).waitFor();
  assert.match(await page.locator('main').textContent(), /Member \(Discord\).*\/setup/s);
  await memberHas(CARE_ROLE);
  await page.getByRole('button', { name: 'Look again' }).click();
  await settled(page);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Email').waitFor();
  assert.deepEqual(await page.evaluate(() => [Object.keys(localStorage), Object.keys(sessionStorage)]), [[], []]);
  await careBy();
  assert.equal(select(`select 1 from staff where guild_id = ${LIGHTHOUSE} and user_id = ${MEMBER}`).length, 0);
  await close();
});

test('who says no at Discord reads that, and can try again', async () => {
  const { page, close } = await open(browser);
  await toDiscord(page, '/?tab=care');
  await page.getByRole('link', { name: 'Cancel' }).click();
  await page.getByRole('alert').filter({ hasText: 'it was cancelled there' }).waitFor();
  assert.equal(page.url(), new URL('/?tab=care', DASHBOARD_URL).href);
  assert.deepEqual(await barriers(page), []);
  await page.reload();
  await page.getByLabel('Email').waitFor();
  assert.equal(await page.getByRole('alert').count(), 0, 'said once');
  await page.goto(new URL('/?error=server_error&error_code=unexpected_failure&error_description=<b>x</b>', DASHBOARD_URL).href);
  await page.getByRole('alert').filter({ hasText: 'Discord could not be asked who you are' }).waitFor();
  await close();
});

test('the code in an address is worth nothing in another browser, and nothing twice', async () => {
  const first = await open(browser);
  await toDiscord(first.page);
  const callback = new URL(await first.page.getByRole('link', { name: 'Member' }).getAttribute('href'), first.page.url());
  const back = (await fetch(callback, { redirect: 'manual' })).headers.get('location');
  assert.match(back, /\?code=/);
  const second = await open(browser);
  await second.page.goto(back);
  await second.page.getByRole('alert').filter({ hasText: 'not begun in this browser' }).waitFor();
  assert.equal(second.page.url(), DASHBOARD_URL);
  await first.page.goto(back);
  await first.page.getByRole('button', { name: 'Sign out' }).waitFor();
  await first.page.getByRole('button', { name: 'Sign out' }).click();
  await first.page.getByLabel('Email').waitFor();
  await first.page.goto(back);
  await first.page.getByRole('alert').waitFor();
  await first.close();
  await second.close();
});

test('who is staff with an account that has a password is sent there', async () => {
  const { page, close } = await open(browser);
  await toDiscord(page);
  await page.getByRole('link', { name: 'Responder' }).click();
  await page.getByRole('heading', { name: 'nothing is shared with you yet' }).waitFor();
  assert.match(await page.locator('main').textContent(), /You are staff with another account/);
  assert.deepEqual(await barriers(page), []);
  await close();
});

test('where it is switched off, it is not offered', async () => {
  const { page, close } = await open(browser);
  await page.route('**/config.json', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), discordSignIn: false } });
  });
  await page.goto(DASHBOARD_URL);
  await page.getByLabel('Email').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Sign in with Discord' }).count(), 0);
  await close();
});
