// What servers and channels are called; where a name is not known yet, something a person can still tell apart.
import type { ChannelName, Guild } from './rows';

export type Places = (channelId: string) => string;

const tail = (id: string) => `…${id.slice(-4)}`;

export function named(guild: Guild): string {
  return guild.name || `Server ${tail(guild.guild_id)}`;
}

export function places(channels: ChannelName[]): Places {
  const known = new Map(channels.map((one) => [one.channel_id, one.name]));
  return (id) => (known.has(id) ? `#${known.get(id)}` : `Channel ${tail(id)}`);
}

/** `<#123>` becomes the channel's name, `<@&1>` and `<@1>` words. */
export function readable(text: string, names: Places): string {
  return text
    .replace(/<#(\d+)>/g, (_all, id: string) => names(id))
    .replace(/<@&\d+>/g, 'a role')
    .replace(/<@!?\d+>/g, 'a member');
}
