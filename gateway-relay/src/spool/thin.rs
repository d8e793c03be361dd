//! Which events without text still find room on a disk that fills up. Pure.

use relay_wire::EventKind;

/// The file needs about twice the room of what is in it: pages are copied on write and freed a commit later.
const FILE_FACTOR: u64 = 2;

/// How soon a kind is given up, in percent of the room.
///
/// Who is online is the first to go, then what earns points; what changes who belongs to a guild or which channels there
/// are stays longest, for it is rare and not told again. Text is never thinned.
fn gives_way_at(kind: EventKind) -> u64 {
    use EventKind as K;
    match kind {
        K::PresenceChanged | K::RelayStatus => 70,
        K::MessageCreated
        | K::MessageUpdated
        | K::ReactionAdded
        | K::ReactionRemoved
        | K::ReactionsCleared
        | K::MemberUpdated => 95,
        K::MessageDeleted
        | K::MessagesBulkDeleted
        | K::MemberJoined
        | K::MemberLeft
        | K::ChannelUpdated
        | K::ChannelDeleted
        | K::ThreadCreated
        | K::ThreadUpdated
        | K::ThreadDeleted
        | K::RoleUpdated
        | K::RoleDeleted
        | K::GuildAvailable
        | K::GuildLeft
        | K::RelayGap => 100,
    }
}

/// Whether an event of the bulk lane may be kept when `live_bytes` wait and the file may have `max_bytes`.
pub fn has_room(kind: EventKind, live_bytes: u64, max_bytes: u64) -> bool {
    live_bytes.saturating_mul(FILE_FACTOR).saturating_mul(100) < max_bytes.saturating_mul(gives_way_at(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filling_disk_gives_up_presence_first_then_points_and_facts_last() {
        let kinds = [EventKind::PresenceChanged, EventKind::MessageCreated, EventKind::MemberLeft];
        let kept = |percent: u64| kinds.map(|kind| has_room(kind, percent * 5, 1_000));
        assert_eq!(kept(0), [true, true, true]);
        assert_eq!(kept(70), [false, true, true]);
        assert_eq!(kept(95), [false, false, true]);
        assert_eq!(kept(100), [false, false, false]);
    }
}
