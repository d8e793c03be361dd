// The page of the local Discord in Chromium, against the whole stack: a message typed there becomes a score, hostile text stays text.
// Run: WORLD_URL=http://127.0.0.1:8701 CHROMIUM=/usr/bin/chromium node --test tests/dashboard/page.mjs
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { chromium } from 'playwright-core';
import { actAs, messageWith, run, said, send } from './lib/world.mjs';

const WORLD_URL = process.env.WORLD_URL;
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const WAIT_MS = 10_000;
/** From the message to the counted score: the relay's bulk lane lingers, and the deadline is generous on a busy machine. */
const SCORE_WITHIN_MS = 60_000;
const MEMBER = process.env.WORLD_MEMBER ?? 'Member';

let browser;
let context;
let page;
/** What the page did that it must not do. */
let broken;

before(async () => {
  assert.ok(WORLD_URL, 'WORLD_URL is the address of the local Discord');
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
});
after(() => browser?.close());

beforeEach(async () => {
  context = await browser.newContext();
  broken = [];
  page = await open();
});
afterEach(async () => {
  await context.close();
  assert.deepEqual(broken, []);
});

async function open() {
  const tab = await context.newPage();
  tab.setDefaultTimeout(WAIT_MS);
  tab.on('pageerror', (error) => broken.push(`error: ${error.message}`));
  tab.on('dialog', (dialog) => {
    broken.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  tab.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol !== 'data:' && url.origin !== new URL(WORLD_URL).origin) broken.push(`request to ${url.origin}`);
  });
  await tab.goto(WORLD_URL);
  await tab.locator('html[data-ready="true"]').waitFor();
  return tab;
}

/** The number directly before or after the word "point" or after "score"; NaN if there is none. */
function points(text) {
  const hit = /(\d[\d,]*(?:\.\d+)?)\s*points?\b|\b(?:points?|score)\b\W{0,5}(\d[\d,]*(?:\.\d+)?)/i.exec(text);
  return Number((hit?.[1] ?? hit?.[2] ?? 'NaN').replaceAll(',', ''));
}

test('the page says what it is', async () => {
  await assert.doesNotReject(page.getByTestId('imitation-label').waitFor());
  assert.match(await page.getByTestId('imitation-label').textContent(), /Local imitation of Discord/);
});

test('a message sent in the page becomes a score', async () => {
  await actAs(page, MEMBER);
  await page.getByTestId('channel-general').click();
  const text = `hello ${Date.now()}`;
  await send(page, text);
  await messageWith(page, text).waitFor();

  const deadline = Date.now() + SCORE_WITHIN_MS;
  let answer = '';
  do {
    answer = await said(await run(page, 'score'));
  } while (!(points(answer) >= 1) && Date.now() < deadline);
  assert.ok(points(answer) >= 1, `no point within ${SCORE_WITHIN_MS / 1000} s; the last answer was: ${answer}`);
});

test('hostile text stays text', async () => {
  const mark = `x${Date.now()}`;
  const hostile = [
    `${mark}a <img src=x onerror="alert(1)"> <script>alert(2)</script> <svg onload=alert(3)>`,
    `${mark}b [click](javascript:alert(4)) [b](data:text/html,<script>alert(5)</script>) <javascript:alert(6)>`,
    `${mark}c **<iframe srcdoc="<script>parent.alert(7)</script>">** \`<b>code</b>\` ||<i>spoiler</i>||`,
    `${mark}d \`\`\`html\n<img src=x onerror=alert(8)>\n\`\`\``,
    `${mark}e [a](https://example.com/"onmouseover="alert(9)) https://example.com/<img/src/onerror=alert(10)>`,
  ];
  await actAs(page, MEMBER);
  await page.getByTestId('channel-general').click();
  for (const [at, text] of hostile.entries()) {
    await send(page, text);
    await messageWith(page, mark + 'abcde'[at]).waitFor();
  }
  const shown = page.getByTestId('message').filter({ hasText: mark });
  assert.match(
    await messageWith(page, `${mark}a`).textContent(),
    /<img src=x onerror="alert\(1\)"> <script>alert\(2\)<\/script> <svg onload=alert\(3\)>/,
  );
  assert.match(await messageWith(page, `${mark}b`).textContent(), /\[click\]\(javascript:alert\(4\)\)/);
  assert.equal(await messageWith(page, `${mark}c`).locator('code').textContent(), '<b>code</b>');
  const found = await shown.evaluateAll((all) =>
    all.flatMap((one) =>
      [...one.querySelectorAll('img, script, iframe, object, embed, svg[onload], [onerror], [onmouseover], [style*="url"]')].map(
        (bad) => bad.outerHTML,
      ),
    ),
  );
  assert.deepEqual(found, []);
  const links = await shown.locator('a').evaluateAll((all) => all.map((one) => new URL(one.href).protocol));
  assert.ok(links.length > 0 && links.every((one) => one === 'https:'), `links to ${links}`);
});

test('an ephemeral answer is for one member only', async () => {
  await actAs(page, MEMBER);
  await page.getByTestId('channel-general').click();
  const answer = await run(page, 'score');
  const id = await answer.getAttribute('data-message-id');
  assert.equal(await answer.getAttribute('data-ephemeral'), 'true', '/score answers its member alone');
  await answer.getByTestId('only-you').waitFor();

  const other = await open();
  const names = await other.getByTestId('act-as').locator('option').allTextContents();
  const someone = names.find((one) => one !== MEMBER);
  assert.ok(someone, 'the seeded server has more than one member');
  await actAs(other, someone);
  await other.getByTestId('channel-general').click();
  const seen = `seen by ${Date.now()}`;
  await send(other, seen);
  await messageWith(other, seen).waitFor();
  await messageWith(page, seen).waitFor();
  // Both tabs now show the same state; only one of them may show the answer.
  assert.equal(await page.locator(`[data-message-id="${id}"]`).count(), 1);
  assert.equal(await other.locator(`[data-message-id="${id}"]`).count(), 0);

  await page.locator(`[data-message-id="${id}"]`).getByTestId('dismiss').click();
  await page.locator(`[data-message-id="${id}"]`).waitFor({ state: 'detached' });
});
