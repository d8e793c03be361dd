// Opens the dashboard and each of its tabs as a browser does that has never been there, until nothing is loading any more; a line of
// JSON each.
import { launch, open, settled, signIn } from '../../../tests/dashboard/lib/browser.mjs';
import { DASHBOARD_URL, email, password } from '../../../tests/dashboard/lib/stack.mjs';

const TIMES = 7;
const [guild] = process.argv.slice(2);
const { ADMIN_PASSWORD = 'lighthouse-keeper' } = process.env;
const TABS = { setup: 'First hour', pulse: 'Impact Pulse', lists: 'The Lists', health: 'Community Health', tickets: 'Tickets', care: 'Care' };

const browser = await launch();
const first = await open(browser);
await signIn(first.page, 'admin');
const storageState = await first.context.storageState();
await first.close();

/** Measures `load` in a page of its own after `before`, some times. */
async function measure(what, options, before, load) {
  const ms = [];
  for (let time = 0; time < TIMES; time += 1) {
    const { page, close } = await open(browser, options);
    await before(page);
    const started = performance.now();
    await load(page);
    await settled(page);
    ms.push(performance.now() - started);
    const failures = await page.locator('.problem').allTextContents();
    if (failures.length > 0) throw new Error(`${what}: ${failures}`);
    await close();
  }
  console.log(JSON.stringify({ what, ms }));
}

const nothing = async () => {};
const address = (tab) => `${DASHBOARD_URL}?guild=${guild}&tab=${tab}`;

await measure('the form to sign in', {}, nothing, (page) => page.goto(DASHBOARD_URL));
await measure(
  'First page, from the press on Sign in',
  {},
  async (page) => {
    await page.goto(`${DASHBOARD_URL}?guild=${guild}`);
    await page.getByLabel('Email').fill(email('admin'));
    await page.getByLabel('Password').fill(password);
  },
  async (page) => {
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
  },
);
for (const [tab, what] of Object.entries(TABS)) {
  await measure(what, { storageState }, nothing, (page) => page.goto(address(tab)));
}
// Switched from one tab to the next, as most people come there.
for (const [tab, what] of Object.entries(TABS)) {
  const other = tab === 'setup' ? 'tickets' : 'setup';
  await measure(
    `${what}, from another tab`,
    { storageState },
    async (page) => {
      await page.goto(address(other));
      await settled(page);
    },
    async (page) => {
      await page.getByRole('link', { name: what, exact: true }).click();
      await page.getByRole('heading', { name: what, level: 1 }).waitFor();
    },
  );
}
await measure(
  'Admin, from its password',
  { storageState },
  async (page) => {
    await page.goto(address('admin'));
    await page.getByLabel('Administrator’s password').fill(ADMIN_PASSWORD);
  },
  async (page) => {
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'What works' }).waitFor();
  },
);
await browser.close();
