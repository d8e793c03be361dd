// The page of the local Discord, driven as a person does.
import assert from 'node:assert/strict';

export async function actAs(tab, name) {
  await tab.getByTestId('act-as').selectOption({ label: name });
}

export async function send(tab, text) {
  await tab.getByTestId('composer').fill(text);
  await tab.getByTestId('composer').press('Enter');
}

/** The newest message with this text. */
export function messageWith(tab, text) {
  return tab.getByTestId('message').filter({ hasText: text }).last();
}

/** Runs a slash command without options and gives the bot's answer once it is no longer thinking. */
export async function run(tab, name) {
  const ids = await tab.getByTestId('message').evaluateAll((all) => all.map((one) => one.dataset.messageId));
  await tab.getByTestId('composer').fill(`/${name}`);
  await tab.getByTestId(`command-${name}`).click();
  await tab.getByTestId('command-run').click();
  const fresh = tab
    .locator(`[data-testid="message"]${ids.map((id) => `:not([data-message-id="${id}"])`).join('')}`)
    .filter({ has: tab.getByTestId('bot-tag') })
    .filter({ hasNot: tab.getByTestId('thinking') });
  const answer = fresh.or(tab.getByTestId('command-failure')).first();
  await answer.waitFor();
  assert.equal(await answer.getAttribute('data-testid'), 'message', `/${name} was not answered: ${await answer.textContent()}`);
  return answer;
}

/** What the bot said, without the message's head: its own time must not be taken for a score. */
export async function said(message) {
  const parts = message.locator('[data-testid="message-content"], [data-testid="embed"]');
  return (await parts.allInnerTexts()).join('\n');
}
