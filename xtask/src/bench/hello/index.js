// The floor of every measurement: the least a Worker can do on the same workerd, through the same entry module.
import { WorkerEntrypoint } from 'cloudflare:workers';

export default class extends WorkerEntrypoint {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === '/not-there') return new Response('no such page', { status: 404 });
    if (request.method === 'POST') await request.arrayBuffer();
    return Response.json({ type: 1, path: pathname, relay: this.env.RELAY_NAME });
  }

  async scheduled(event) {
    if (event.cron !== '* * * * *') throw new Error('an unknown trigger');
  }
}
