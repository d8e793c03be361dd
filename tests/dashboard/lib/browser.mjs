// The dashboard in Chromium: signed in as a role, and watched for what it must not do.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { DASHBOARD_URL, email, password } from './stack.mjs';

const { CHROMIUM = '/usr/bin/chromium', SUPABASE_URL, SCREENSHOTS = '.local/screenshots' } = process.env;
const ARGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
];
const WAIT_MS = 15_000;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const launch = () => chromium.launch({ executablePath: CHROMIUM, args: ARGS });

/** A page that fails its test if anything in it does what it must not. */
export async function open(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, timezoneId: 'Europe/Berlin', locale: 'en-GB', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS);
  const broken = [];
  page.on('pageerror', (error) => broken.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    broken.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    if (/content security policy|trusted/i.test(message.text())) broken.push(message.text());
  });
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (!['data:', 'blob:'].includes(protocol) && ![new URL(DASHBOARD_URL).origin, new URL(SUPABASE_URL).origin].includes(origin)) broken.push(`request to ${origin}`);
  });
  return { page, context, broken, close: async () => { await context.close(); assert.deepEqual(broken, []); } };
}

export async function signIn(page, role, path = '/') {
  await page.goto(new URL(path, DASHBOARD_URL).href);
  await page.getByLabel('Email').fill(email(role));
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

/** Waits until no part of the page is loading. */
export async function settled(page) {
  await page.locator('main h1').waitFor();
  await page.waitForFunction(() => !document.querySelector('.loading'));
}

export async function visit(page, query) {
  await page.goto(new URL(`/?${new URLSearchParams(query)}`, DASHBOARD_URL).href);
  await settled(page);
}

/** Kept for a person to look at. */
export async function picture(page, name) {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
}

/** What axe finds serious or worse. */
export async function barriers(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations
    .filter((one) => ['serious', 'critical'].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target} ${node.any?.[0]?.message ?? ''}`).slice(0, 3).join(' | ')}`);
}

/** Nothing hostile has become anything but text. */
export async function inert(page, where) {
  assert.equal(await page.evaluate(() => globalThis.attacked), undefined, where);
  assert.equal(await page.locator('#app img, #app script, #app iframe, #app [onerror]').count(), 0, where);
  const links = await page.locator('#app a').evaluateAll((all) => all.map((one) => new URL(one.href)));
  const strange = links.filter((one) => one.protocol !== 'https:' && one.origin !== new URL(page.url()).origin);
  assert.deepEqual(strange.map(String), [], where);
}
