// The least that a bot at Discord's gateway can do, for `cargo xtask compare`: it answers "!ping" and keeps nothing.
const { DISCORD_API, DISCORD_TOKEN } = process.env;
const call = (path, body) => fetch(`${DISCORD_API}/v10${path}`, {
  method: body ? 'POST' : 'GET',
  headers: { authorization: `Bot ${DISCORD_TOKEN}`, 'content-type': 'application/json', 'user-agent': 'DiscordBot (https://example.invalid, 1)' },
  body: body && JSON.stringify(body),
});
const { url } = await (await call('/gateway/bot')).json();
const socket = new WebSocket(`${url}?v=10&encoding=json`);
let last = null;
socket.onmessage = ({ data }) => {
  const { op, d, s, t } = JSON.parse(data);
  if (s) last = s;
  if (op === 10) {
    setInterval(() => socket.send(JSON.stringify({ op: 1, d: last })), d.heartbeat_interval);
    // GUILDS, GUILD_MESSAGES, MESSAGE_CONTENT.
    const properties = { os: 'linux', browser: 'least', device: 'least' };
    socket.send(JSON.stringify({ op: 2, d: { token: DISCORD_TOKEN, intents: 1 | (1 << 9) | (1 << 15), properties } }));
  }
  if (t === 'MESSAGE_CREATE' && d.content === '!ping') {
    call(`/channels/${d.channel_id}/messages`, { content: 'Pong!', message_reference: { message_id: d.id } });
  }
};
socket.onclose = ({ code, reason }) => {
  console.error(`closed: ${code} ${reason}`);
  process.exit(1);
};
