// The dashboard's first page: says whether the bot behind this address answers.

const WAIT_MS = 10_000;

async function health(): Promise<string> {
  try {
    const answer = await fetch('/health', { signal: AbortSignal.timeout(WAIT_MS) });
    return answer.ok ? 'The bot answers.' : `The bot answers, but not well (status ${answer.status}).`;
  } catch {
    return 'The bot does not answer.';
  }
}

void health().then((text) => {
  const place = document.getElementById('health');
  if (place) place.textContent = text;
});
