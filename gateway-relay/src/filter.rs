//! From a gateway event to the events on the wire, each without text unless the rules allow it. Pure but for its thread cache.

use std::collections::HashSet;

use relay_wire::{Attachment, Event, EventBody, Lane, Snowflake, Text};
use serde::Deserialize;

use crate::{
    dispatch::{
        Channel, Deleted, Dispatch, Guild, Maybe, Member, MemberEvent, Message, Presence, Reaction, Ready, RoleChanged,
        RoleDeleted, ThreadList, User, describe, iso_ms,
    },
    rules::{Place, Rules},
    threads::{Thread, Threads},
};

/// A payload of a kind the relay forwards, but of a shape it cannot read. Never quotes the payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    pub name: String,
    pub reason: String,
}

/// Discord's message types that a member wrote. Source: API reference, "Message types": 0 DEFAULT, 19 REPLY.
const WRITTEN: [u32; 2] = [0, 19];

/// More bots than this are forgotten and met again; the Worker knows them meanwhile.
pub const MAX_BOTS: usize = 10_000;

/// Turns gateway events into wire events; remembers which channels are threads, who the bot is, and which other bots it met.
#[derive(Debug, Default)]
pub struct Filter {
    me: Option<Snowflake>,
    threads: Threads,
    bots: HashSet<Snowflake>,
    new_bots: Vec<Snowflake>,
}

impl Filter {
    /// `me` is the bot's user id, if it is known before READY tells it.
    pub fn new(me: Option<Snowflake>) -> Self {
        Self { me, ..Self::default() }
    }

    /// What was known before a restart: a resumed session tells it no more.
    pub fn remembering(
        me: Option<Snowflake>,
        threads: impl IntoIterator<Item = (Snowflake, Thread)>,
        bots: impl IntoIterator<Item = Snowflake>,
    ) -> Self {
        let mut filter = Self { bots: bots.into_iter().collect(), ..Self::new(me) };
        filter.threads.remember(threads);
        filter
    }

    /// The bot's user id, once READY told it.
    pub fn me(&self) -> Option<Snowflake> {
        self.me
    }

    /// Threads that were added, or forgotten (None), since the last question.
    pub fn take_thread_changes(&mut self) -> Vec<(Snowflake, Option<Thread>)> {
        self.threads.take_changes()
    }

    /// Bots that were met since the last question.
    pub fn take_new_bots(&mut self) -> Vec<Snowflake> {
        std::mem::take(&mut self.new_bots)
    }

    /// The events that `dispatch` becomes, at most one a lane. Their `order` is 0: the spool gives it.
    ///
    /// # Errors
    /// If the payload cannot be read. Events of unknown names are no error, and become nothing.
    pub fn apply(&mut self, dispatch: &Dispatch, rules: &Rules) -> Result<Vec<(Lane, Event)>, Unreadable> {
        let bodies = self
            .bodies(dispatch, rules)
            .map_err(|error| Unreadable { name: dispatch.name.to_owned(), reason: describe(&error) })?;
        let events = bodies.into_iter().map(|(lane, body)| {
            let event = Event { id: event_id(dispatch, lane), order: 0, attempt: 1, body };
            (lane, event)
        });
        Ok(events.collect())
    }

    fn bodies(&mut self, dispatch: &Dispatch, rules: &Rules) -> serde_json::Result<Vec<(Lane, EventBody)>> {
        let data = dispatch.data;
        Ok(match dispatch.name {
            "MESSAGE_CREATE" => {
                let message: Message = read(data)?;
                if message.author.is_none() {
                    return Err(serde::de::Error::missing_field("author"));
                }
                self.message(message, rules, false)
            }
            "MESSAGE_UPDATE" => self.message(read(data)?, rules, true),
            "MESSAGE_DELETE" | "MESSAGE_DELETE_BULK" => self.deleted(&read(data)?, rules),
            "MESSAGE_REACTION_ADD" => bulk(self.reaction_added(read(data)?, dispatch.at)),
            "MESSAGE_REACTION_REMOVE" => bulk(self.reaction_removed(read(data)?)),
            "MESSAGE_REACTION_REMOVE_ALL" | "MESSAGE_REACTION_REMOVE_EMOJI" => bulk(cleared(read(data)?)),
            "GUILD_MEMBER_ADD" => bulk(self.member_joined(read(data)?, dispatch.at)),
            "GUILD_MEMBER_UPDATE" => bulk(self.member_updated(read(data)?)),
            "GUILD_MEMBER_REMOVE" => bulk(self.member_left(&read(data)?, dispatch.at)),
            "PRESENCE_UPDATE" => bulk(self.presence(read(data)?, dispatch.at)),
            "CHANNEL_CREATE" | "CHANNEL_UPDATE" => bulk(channel_updated(&read(data)?)),
            "CHANNEL_DELETE" => bulk(self.channel_deleted(&read(data)?)),
            "THREAD_CREATE" | "THREAD_UPDATE" | "THREAD_DELETE" => bulk(self.thread(dispatch.name, &read(data)?)),
            "THREAD_LIST_SYNC" => {
                let list: ThreadList = read(data)?;
                list.threads.iter().for_each(|thread| self.threads.add(list.guild_id, thread));
                Vec::new()
            }
            "GUILD_ROLE_CREATE" | "GUILD_ROLE_UPDATE" => {
                let RoleChanged { guild_id, role } = read(data)?;
                bulk(Some(EventBody::RoleUpdated { guild_id, role_id: role.id }))
            }
            "GUILD_ROLE_DELETE" => {
                let RoleDeleted { guild_id, role_id } = read(data)?;
                bulk(Some(EventBody::RoleDeleted { guild_id, role_id }))
            }
            "GUILD_CREATE" => bulk(self.guild_available(read(data)?)),
            "GUILD_DELETE" => bulk(self.guild_left(&read(data)?)),
            "READY" => {
                let ready: Ready = read(data)?;
                self.me = Some(ready.user.id);
                Vec::new()
            }
            _ => Vec::new(),
        })
    }

    fn place(&self, guild_id: Option<Snowflake>, channel_id: Snowflake) -> Place {
        let thread = self.threads.get(channel_id);
        Place {
            guild_id,
            channel_id,
            parent_id: thread.map(|thread| thread.parent_id),
            own_thread: self.me.is_some() && thread.is_some_and(|thread| thread.owner_id == self.me),
        }
    }

    fn is_bot(&mut self, user: &User) -> bool {
        let is_bot = user.bot.unwrap_or(false) || self.me == Some(user.id);
        if is_bot && !self.bots.contains(&user.id) {
            if self.bots.len() >= MAX_BOTS {
                self.bots.clear();
            }
            self.bots.insert(user.id);
            self.new_bots.push(user.id);
        }
        is_bot
    }

    fn message(&mut self, message: Message, rules: &Rules, edited: bool) -> Vec<(Lane, EventBody)> {
        // Links that unfold and pins arrive as updates too; only an edit by the author has a time.
        if edited && (message.edited_timestamp == Maybe::Null || message.content.is_none()) {
            return Vec::new();
        }
        let edited_at = match &message.edited_timestamp {
            Maybe::There(time) => iso_ms(time),
            Maybe::Missing | Maybe::Null => None,
        };
        let Some(author) = message.author.filter(|author| !self.is_bot(author)) else {
            return Vec::new();
        };
        if message.webhook_id.is_some() || !WRITTEN.contains(&message.kind.unwrap_or(0)) {
            return Vec::new();
        }
        let place = self.place(message.guild_id, message.channel_id);
        let written = message.content.unwrap_or_default().0;
        let author_id = author.id;
        let author_name = shown_name(message.member.and_then(|member| member.nick), author);
        let body = |text: Option<String>, author_name: String, text_sent: bool, attachments: Vec<Attachment>| {
            let (guild_id, channel_id, parent_id) = (place.guild_id, place.channel_id, place.parent_id);
            let message_id = message.id;
            if edited {
                EventBody::MessageUpdated {
                    guild_id,
                    channel_id,
                    parent_id,
                    message_id,
                    author_id,
                    author_name,
                    text,
                    text_sent,
                    edited_at,
                    attachments,
                }
            } else {
                EventBody::MessageCreated {
                    guild_id,
                    channel_id,
                    parent_id,
                    message_id,
                    author_id,
                    author_name,
                    text,
                    text_sent,
                    attachments,
                }
            }
        };
        let mut events = Vec::with_capacity(2);
        // What is forwarded is no command: it neither opens the filter nor stands at the beginning.
        let allowed = rules.allows_text(place, author_id, &written);
        if allowed {
            let text = message.forwarded.0.into_iter().fold(written, |text, forwarded| text + "\n" + &forwarded);
            events.push((Lane::Urgent, body(Some(text), author_name.clone(), false, message.attachments.0)));
        }
        if place.guild_id.is_some() {
            events.push((Lane::Bulk, body(None, author_name, allowed, Vec::new())));
        }
        events
    }

    fn deleted(&self, deleted: &Deleted, rules: &Rules) -> Vec<(Lane, EventBody)> {
        let (guild_id, channel_id) = (deleted.guild_id, deleted.channel_id);
        let body = match (guild_id, deleted.id) {
            (_, Some(message_id)) => EventBody::MessageDeleted { guild_id, channel_id, message_id },
            (Some(guild_id), None) => {
                let message_ids = deleted.ids.clone();
                EventBody::MessagesBulkDeleted { guild_id, channel_id, message_ids }
            }
            (None, None) => return Vec::new(),
        };
        let mut events = Vec::with_capacity(2);
        if rules.concerns(self.place(guild_id, channel_id)) {
            events.push((Lane::Urgent, body.clone()));
        }
        if guild_id.is_some() {
            events.push((Lane::Bulk, body));
        }
        events
    }

    fn reaction_added(&mut self, reaction: Reaction, at: i64) -> Option<EventBody> {
        let user_id = reaction.user_id.filter(|user| self.me != Some(*user))?;
        let user = reaction.member.and_then(|member: Member| member.user);
        if user.is_some_and(|user| self.is_bot(&user)) {
            return None;
        }
        Some(EventBody::ReactionAdded {
            guild_id: reaction.guild_id?,
            channel_id: reaction.channel_id,
            parent_id: self.threads.get(reaction.channel_id).map(|thread| thread.parent_id),
            message_id: reaction.message_id,
            user_id,
            emoji: reaction.emoji?.key(),
            message_author_id: reaction.message_author_id,
            message_author_bot: reaction.message_author_id.is_some_and(|author| self.bots.contains(&author)),
            at,
        })
    }

    fn reaction_removed(&self, reaction: Reaction) -> Option<EventBody> {
        Some(EventBody::ReactionRemoved {
            guild_id: reaction.guild_id?,
            channel_id: reaction.channel_id,
            message_id: reaction.message_id,
            user_id: reaction.user_id.filter(|user| self.me != Some(*user))?,
            emoji: reaction.emoji?.key(),
        })
    }

    fn member_joined(&mut self, event: MemberEvent, now: i64) -> Option<EventBody> {
        (!self.is_bot(&event.user)).then(|| EventBody::MemberJoined {
            guild_id: event.guild_id,
            user_id: event.user.id,
            joined_at: event.joined_at.and_then(|time| iso_ms(&time.0)).unwrap_or(now),
            name: shown_name(event.nick, event.user),
        })
    }

    fn member_updated(&mut self, event: MemberEvent) -> Option<EventBody> {
        (!self.is_bot(&event.user)).then(|| EventBody::MemberUpdated {
            guild_id: event.guild_id,
            user_id: event.user.id,
            name: shown_name(event.nick, event.user),
            role_ids: event.roles,
        })
    }

    fn member_left(&mut self, event: &MemberEvent, at: i64) -> Option<EventBody> {
        (!self.is_bot(&event.user)).then_some(EventBody::MemberLeft {
            guild_id: event.guild_id,
            user_id: event.user.id,
            at,
        })
    }

    fn presence(&mut self, presence: Presence, at: i64) -> Option<EventBody> {
        (!self.is_bot(&presence.user)).then_some(EventBody::PresenceChanged {
            guild_id: presence.guild_id,
            user_id: presence.user.id,
            status: presence.status,
            at,
        })
    }

    fn channel_deleted(&mut self, channel: &Channel) -> Option<EventBody> {
        // Discord sends no THREAD_DELETE for the threads of a channel that is gone.
        self.threads.forget_children(channel.id);
        Some(EventBody::ChannelDeleted { guild_id: channel.guild_id?, channel_id: channel.id })
    }

    fn thread(&mut self, name: &str, thread: &Channel) -> Option<EventBody> {
        let guild_id = thread.guild_id?;
        let (thread_id, parent_id) = (thread.id, thread.parent_id?);
        if name == "THREAD_DELETE" {
            self.threads.remove(thread_id);
            return Some(EventBody::ThreadDeleted { guild_id, thread_id, parent_id });
        }
        self.threads.add(guild_id, thread);
        Some(match name {
            "THREAD_CREATE" => EventBody::ThreadCreated { guild_id, thread_id, parent_id },
            _ => EventBody::ThreadUpdated { guild_id, thread_id, parent_id },
        })
    }

    fn guild_available(&mut self, guild: Guild) -> Option<EventBody> {
        if guild.unavailable == Some(true) {
            return None;
        }
        self.threads.replace_guild(guild.id, &guild.threads);
        Some(EventBody::GuildAvailable {
            guild_id: guild.id,
            name: guild.name.unwrap_or_default().0,
            member_count: guild.member_count.unwrap_or(0),
        })
    }

    fn guild_left(&mut self, guild: &Guild) -> Option<EventBody> {
        // `unavailable` means an outage on Discord's side: the bot is still a member.
        if guild.unavailable == Some(true) {
            return None;
        }
        self.threads.forget_guild(guild.id);
        Some(EventBody::GuildLeft { guild_id: guild.id })
    }
}

fn read<'a, T: Deserialize<'a>>(data: &'a str) -> serde_json::Result<T> {
    serde_json::from_str(data)
}

fn bulk(body: Option<EventBody>) -> Vec<(Lane, EventBody)> {
    body.map(|body| (Lane::Bulk, body)).into_iter().collect()
}

fn cleared(reaction: Reaction) -> Option<EventBody> {
    Some(EventBody::ReactionsCleared {
        guild_id: reaction.guild_id?,
        channel_id: reaction.channel_id,
        message_id: reaction.message_id,
        emoji: reaction.emoji.map(crate::dispatch::Emoji::key),
    })
}

fn channel_updated(channel: &Channel) -> Option<EventBody> {
    Some(EventBody::ChannelUpdated { guild_id: channel.guild_id?, channel_id: channel.id })
}

/// The name Discord shows: nickname, else display name, else user name.
fn shown_name(nick: Option<Text>, user: User) -> String {
    let name = nick.or(user.global_name).or(user.username);
    name.unwrap_or_default().0
}

/// `shard/total:hash of the session:sequence:lane`.
fn event_id(dispatch: &Dispatch, lane: Lane) -> String {
    let lane = match lane {
        Lane::Urgent => "urgent",
        Lane::Bulk => "bulk",
    };
    let (shard, total, seq) = (dispatch.shard, dispatch.shard_count, dispatch.seq);
    format!("{shard}/{total}:{:016x}:{seq}:{lane}", session_hash(dispatch.session))
}

/// FNV-1a, 64 bits: the same in every version of this program, and the session id itself stays secret.
pub fn session_hash(session: &str) -> u64 {
    relay_wire::fnv1a(session.bytes())
}

#[cfg(test)]
mod tests;
