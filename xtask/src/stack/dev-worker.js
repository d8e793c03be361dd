// Imitates, on this machine only, what Cloudflare does around the Worker: static assets and cron triggers.
// The routes below are those of `run_worker_first` in wrangler.toml. They call the Worker in this very isolate, so that
// a measurement has no hop that production has not.
import Worker from './index.js';

const WORKER_FIRST = ['/interactions', '/relay/', '/admin/', '/health', '/metrics'];
const TYPES = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  ico: 'image/x-icon',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  map: 'application/json',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
};

export default class extends Worker {
  fetch(request) {
    const path = pathOf(request.url);
    if (WORKER_FIRST.some((route) => path.startsWith(route))) return super.fetch(request);
    if (path === '/__scheduled') return fire(super.scheduled({ cron: '* * * * *', scheduledTime: Date.now() }));
    if (path === '/config.json') return config(this.env);
    return asset(this.env.DASHBOARD, request, path, () => super.fetch(request));
  }
}

// On Cloudflare a file; here it says where this very stack's Supabase is.
function config({ SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, SUPABASE_DISCORD_SIGN_IN }) {
  return Response.json({
    supabaseUrl: SUPABASE_URL ?? '',
    publishableKey: SUPABASE_PUBLISHABLE_KEY ?? '',
    discordSignIn: SUPABASE_DISCORD_SIGN_IN === 'true',
  });
}

function pathOf(url) {
  const path = url.slice(url.indexOf('/', 8));
  const end = path.search(/[?#]/);
  return end < 0 ? path : path.slice(0, end);
}

async function fire(handled) {
  await handled;
  return new Response('fired\n');
}

// A file of the dashboard; where there is none, Cloudflare asks the Worker.
async function asset(dashboard, request, path, otherwise) {
  if (request.method !== 'GET' && request.method !== 'HEAD') return otherwise();
  const candidates = path.endsWith('/') ? [path + 'index.html'] : [path, path + '.html', path + '/index.html'];
  for (const candidate of candidates) {
    if (/\/[_.]/.test(candidate)) continue;
    const file = await dashboard.fetch('http://disk' + candidate);
    const type = TYPES[candidate.slice(candidate.lastIndexOf('.') + 1)];
    // A folder answers with a list of its files.
    if (file.status !== 200 || !type) continue;
    const headers = new Headers(await headersForAll(dashboard));
    headers.set('content-type', type);
    headers.set('cache-control', 'public, max-age=0, must-revalidate');
    return new Response(request.method === 'HEAD' ? null : file.body, { headers });
  }
  return otherwise();
}

// Of `_headers` only the block for every path is understood, which is the only one the dashboard has.
async function headersForAll(dashboard) {
  const file = await dashboard.fetch('http://disk/_headers');
  if (file.status !== 200) return [];
  const [, block = ''] = (await file.text()).split(/^\/\*$/m);
  return block
    .split('\n')
    .filter((line) => line.includes(':'))
    .map((line) => [line.slice(0, line.indexOf(':')).trim(), line.slice(line.indexOf(':') + 1).trim()]);
}
