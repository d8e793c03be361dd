//! What follows from a ticket: the name and topic of its channel, and who may see and write in it. Pure.

use relay_wire::Snowflake;
use twilight_model::guild::Permissions;

use super::store::{Id, Priority, Ticket};
use crate::discord::channel::Overwrite;

/// What everybody in a ticket may do.
pub const TAKES_PART: Permissions = Permissions::VIEW_CHANNEL
    .union(Permissions::SEND_MESSAGES)
    .union(Permissions::READ_MESSAGE_HISTORY)
    .union(Permissions::ATTACH_FILES)
    .union(Permissions::EMBED_LINKS);
const READS: Permissions = Permissions::VIEW_CHANNEL.union(Permissions::READ_MESSAGE_HISTORY);

pub fn channel_name(number: u32) -> String {
    format!("ticket-{number:04}")
}

/// Without digits and vowels: a guild may have forbidden a number or a word in names. Source: an issue that users of other
/// ticket bots reported, in the project's notes on the field.
pub fn plain_name(number: u32) -> String {
    const LETTERS: [char; 16] = ['b', 'c', 'd', 'f', 'g', 'h', 'j', 'k', 'l', 'm', 'n', 'p', 'r', 't', 'v', 'w'];
    let digits = (0..6).rev().map(|place| (number >> (4 * place)) & 15).skip_while(|digit| *digit == 0);
    let word: String = digits.filter_map(|digit| LETTERS.get(digit as usize)).collect();
    format!("help-{word}")
}

/// Begins the topic of every ticket's channel, so that one that nobody noted can be told from others.
pub fn topic_mark(ticket: &Ticket) -> String {
    format!("Ticket #{} ({})", ticket.ticket_number, ticket.ticket_id)
}

/// The ticket that a topic names, if it begins as [`topic_mark`] writes it.
pub fn marked(topic: &str) -> Option<Id> {
    let (number, rest) = topic.strip_prefix("Ticket #")?.split_once(" (")?;
    number.parse::<u32>().ok()?;
    rest.split_once(')')?.0.parse().ok()
}

/// Whether a channel is as it was made for this ticket: nobody renamed it or gave it another topic.
pub fn is_made_for(ticket: &Ticket, name: &str, topic: &str) -> bool {
    let number = ticket.ticket_number;
    topic == topic_mark(ticket) && (name == channel_name(number) || name == plain_name(number))
}

/// Who sees the channel and who writes: the opener and whom they let in while it is open, staff and the bot always.
pub fn overwrites(ticket: &Ticket, staff_role: Option<Snowflake>, bot: Snowflake) -> Vec<Overwrite> {
    let nothing = Permissions::empty();
    let mut overwrites = vec![
        Overwrite::role(ticket.guild_id, nothing, Permissions::VIEW_CHANNEL),
        Overwrite::member(bot, TAKES_PART, nothing),
    ];
    // @everyone can be chosen in every menu of roles; as staff it would open every ticket to everybody.
    let staff_role = staff_role.filter(|role| *role != ticket.guild_id);
    overwrites.extend(staff_role.map(|role| Overwrite::role(role, TAKES_PART, nothing)));
    let people = std::iter::once(&ticket.opener_id).chain(&ticket.members);
    overwrites.extend(people.map(|user| match ticket.is_open() {
        true => Overwrite::member(*user, TAKES_PART, nothing),
        false => Overwrite::member(*user, READS, Permissions::SEND_MESSAGES),
    }));
    overwrites
}

/// `wanted` in the place of what `there` says of the same roles and members, and nothing of who is `gone`. Everything else an
/// administrator set by hand, and it stays.
pub fn merged(there: &[Overwrite], wanted: &[Overwrite], gone: &[Snowflake]) -> Vec<Overwrite> {
    let kept = there.iter().filter(|one| !gone.contains(&one.id) && wanted.iter().all(|other| other.id != one.id));
    wanted.iter().chain(kept).cloned().collect()
}

/// The same, whatever their order.
pub fn same(one: &[Overwrite], other: &[Overwrite]) -> bool {
    one.len() == other.len() && one.iter().all(|overwrite| other.contains(overwrite))
}

pub fn colour(priority: Priority) -> u32 {
    match priority {
        Priority::Low => 0x95_a5_a6,
        Priority::Medium => 0x58_65_f2,
        Priority::High => 0xe6_7e_22,
        Priority::Critical => 0xe7_4c_3c,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_name_without_digits_is_still_the_tickets_own() {
        assert_eq!(channel_name(7), "ticket-0007");
        assert_eq!(plain_name(7), "help-k");
        let names: HashSet<String> = (1..5_000).map(plain_name).collect();
        assert_eq!(names.len(), 4_999);
        assert!(
            names.iter().all(|name| !name.contains(|c: char| c.is_ascii_digit() || "aeiouy".contains(c))
                || name.starts_with("help-"))
        );
    }

    #[test]
    fn a_topic_names_its_ticket_and_nothing_else_does() {
        assert_eq!(marked("Ticket #7 (41)"), Some(Id(41)));
        assert_eq!(marked("Ticket #7 (41) and more"), Some(Id(41)));
        for other in ["", "Ticket #7", "Ticket #x (41)", "Ticket #7 (x)", "About Ticket #7 (41)"] {
            assert_eq!(marked(other), None, "{other}");
        }
    }

    #[test]
    fn what_an_administrator_set_by_hand_stays() {
        let empty = Permissions::empty();
        let by_hand = Overwrite::role(Snowflake(9), Permissions::VIEW_CHANNEL, empty);
        let there = [
            by_hand.clone(),
            Overwrite::member(Snowflake(1), empty, empty),
            Overwrite::member(Snowflake(2), READS, empty),
        ];
        let wanted = [Overwrite::member(Snowflake(1), TAKES_PART, empty)];
        let merged = merged(&there, &wanted, &[Snowflake(2)]);
        assert!(same(&merged, &[wanted[0].clone(), by_hand]));
    }
}
