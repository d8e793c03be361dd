// The shapes the page draws: Discord's own objects as they come, and the world around them in the page's order.

export type Id = string;
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface User {
  id: Id;
  username: string;
  global_name?: string | null;
  bot?: boolean;
}
export interface Role {
  id: Id;
  name: string;
  permissions: string;
  color: number;
  position: number;
  hoist?: boolean;
}
export interface Overwrite {
  id: Id;
  type: number | string;
  allow: string;
  deny: string;
}
export interface Member {
  userId: Id;
  nick: string | null;
  roles: Id[];
  status: string | null;
}

export interface Channel {
  id: Id;
  type: number;
  name: string;
  parent_id: Id | null;
  position: number;
  topic: string | null;
  overwrites: Overwrite[];
  ownerId: Id | null;
  memberIds: Id[];
  archived: boolean;
  locked: boolean;
  slowmode: number;
  /** Who sees it, if the state says so; the page computes it otherwise. */
  visibleTo: Id[] | null;
  writableBy: Id[] | null;
}

export interface Guild {
  id: Id;
  name: string;
  ownerId: Id;
  hasBot: boolean;
  roles: Role[];
  channels: Channel[];
  threads: Channel[];
  members: Member[];
}
export interface Dm {
  channelId: Id;
  userId: Id;
}

export interface Emoji {
  id?: Id | null;
  name?: string | null;
}
export interface Reaction {
  emoji: Emoji;
  count: number;
  users: Id[];
}
export interface EmbedField {
  name: string;
  value: string;
  inline?: boolean;
}
export interface Embed {
  title?: string;
  description?: string;
  url?: string;
  color?: number;
  timestamp?: string;
  author?: { name: string; url?: string };
  footer?: { text: string };
  fields?: EmbedField[];
  image?: { url: string };
  thumbnail?: { url: string };
}
export interface Choice {
  name: string;
  value: string | number;
}
export interface SelectOption {
  label: string;
  value: string;
  description?: string;
  emoji?: Emoji;
  default?: boolean;
}
export interface Attachment {
  id: Id;
  filename: string;
  size?: number;
  url?: string;
  content?: string;
}

/** Any message or modal component; which members are set depends on `type`. */
export interface Component {
  type: number;
  id?: number;
  custom_id?: string;
  style?: number;
  label?: string;
  description?: string;
  emoji?: Emoji;
  url?: string;
  disabled?: boolean;
  placeholder?: string;
  required?: boolean;
  value?: string;
  content?: string;
  default?: boolean;
  min_values?: number;
  max_values?: number;
  min_length?: number;
  max_length?: number;
  accent_color?: number | null;
  options?: SelectOption[];
  channel_types?: number[];
  default_values?: { id: Id; type: string }[];
  components?: Component[];
  component?: Component;
  accessory?: Component;
  spoiler?: boolean;
  divider?: boolean;
}

export interface Message {
  id: Id;
  channel_id: Id;
  type: number;
  content: string;
  timestamp: string;
  edited_timestamp: string | null;
  flags: number;
  author: User;
  embeds: Embed[];
  components: Component[];
  reactions: Reaction[];
  attachments: Attachment[];
  replyTo: Id | null;
  threadId: Id | null;
  interaction: { name: string; userId: Id } | null;
  pinned: boolean;
  /** Set when only these members see it. */
  visibleTo: Id[] | null;
}

export interface CommandOption {
  type: number;
  name: string;
  description: string;
  required?: boolean;
  choices?: Choice[];
  autocomplete?: boolean;
  min_value?: number;
  max_value?: number;
  min_length?: number;
  max_length?: number;
  channel_types?: number[];
  options?: CommandOption[];
}
export interface Command {
  id: Id;
  type?: number;
  name: string;
  description: string;
  options?: CommandOption[];
  guild_id?: Id | null;
  default_member_permissions?: string | null;
  contexts?: number[] | null;
  dm_permission?: boolean | null;
}
export interface Modal {
  id: Id;
  userId: Id;
  channelId: Id;
  title: string;
  components: Component[];
}

export interface World {
  version: number;
  nowMs: number;
  application: { id: Id; name: string };
  guilds: Guild[];
  users: Map<Id, User>;
  dms: Dm[];
  closedDms: Set<Id>;
  messages: Map<Id, Message[]>;
  commands: Command[];
  /** What the bot did that Discord would not take. */
  unexpected: string[];
  modals: Modal[];
}

/** What an interaction call answers. */
export interface Outcome {
  interaction_id?: Id;
  outcome: string;
  status?: number;
  reason?: string;
  response?: Json;
}
