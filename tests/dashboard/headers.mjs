// What the dashboard is served with: the strict policy, in front of every file; and how large it is.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { headers } from '../../dashboard/headers.mjs';
import { DASHBOARD_URL, isThere } from './lib/stack.mjs';

const BUDGET = 200_000;

before(isThere);

const policyOf = (text) => Object.fromEntries(text.split(';').map((rule) => rule.trim().split(/ (.*)/s).slice(0, 2)));

test('every file comes with the policy, which lets nothing in from elsewhere', async () => {
  for (const path of ['', 'index.html', 'app.js', 'app.css']) {
    const answer = await fetch(new URL(path, DASHBOARD_URL));
    assert.equal(answer.status, 200, path);
    const policy = policyOf(answer.headers.get('content-security-policy'));
    assert.equal(policy['default-src'], "'none'");
    assert.equal(policy['script-src'], "'self'");
    assert.equal(policy['style-src'], "'self'");
    assert.match(policy['connect-src'], /^'self' http:\/\/127\.0\.0\.1:(\*|\d+)$/);
    for (const name of ['base-uri', 'form-action', 'frame-ancestors']) assert.equal(policy[name], "'none'");
    const { 'connect-src': _asked, ...rest } = policy;
    assert.doesNotMatch(Object.values(rest).join(' '), /unsafe|https?:|\*/);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    assert.match(answer.headers.get('strict-transport-security'), /^max-age=\d+/);
    assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
  }
});

test('a deployment talks to its own Supabase and to no other', () => {
  const text = headers('https://abcdefgh.supabase.co/rest/v1?x=1');
  assert.match(text, /^\/\*\n {2}Content-Security-Policy: /);
  assert.match(text, /connect-src 'self' https:\/\/abcdefgh\.supabase\.co;/);
  assert.doesNotMatch(text, /127\.0\.0\.1|unsafe/);
});

test('the page has no script or style of its own in it', () => {
  const html = readFileSync(new URL('../../dashboard/src/index.html', import.meta.url), 'utf8');
  assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=|https?:/);
});

test('the first load is small', async () => {
  let bytes = 0;
  for (const path of ['', 'app.js', 'app.css', 'config.json']) {
    const answer = await fetch(new URL(path, DASHBOARD_URL));
    bytes += gzipSync(Buffer.from(await answer.arrayBuffer()), { level: 9 }).length;
  }
  console.log(`first load: ${(bytes / 1000).toFixed(1)} KB gzipped`);
  assert.ok(bytes < BUDGET, `${bytes} bytes`);
});
