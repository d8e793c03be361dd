//! Which gateway intents the relay asks for, derived from the events it can send and the features switched on.

use relay_wire::{EventKind, Feature};
use twilight_model::gateway::Intents;

/// The features of `RELAY_FEATURES`; each stands for one privileged intent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features {
    content: bool,
    members: bool,
    presence: bool,
}

impl Features {
    pub fn set(&mut self, feature: Feature) {
        match feature {
            Feature::Content => self.content = true,
            Feature::Members => self.members = true,
            Feature::Presence => self.presence = true,
        }
    }

    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    pub fn has(self, feature: Feature) -> bool {
        match feature {
            Feature::Content => self.content,
            Feature::Members => self.members,
            Feature::Presence => self.presence,
        }
    }
}

/// What an event kind needs of Discord, and the feature without which it is not asked for.
/// Source: Discord's API reference, "Gateway: list of intents".
fn needs(kind: EventKind) -> (Intents, Option<Feature>) {
    use EventKind as K;
    let messages = Intents::GUILD_MESSAGES.union(Intents::DIRECT_MESSAGES);
    match kind {
        K::MessageCreated | K::MessageUpdated | K::MessageDeleted => (messages, None),
        K::MessagesBulkDeleted => (Intents::GUILD_MESSAGES, None),
        K::ReactionAdded | K::ReactionRemoved | K::ReactionsCleared => (Intents::GUILD_MESSAGE_REACTIONS, None),
        K::MemberJoined | K::MemberUpdated | K::MemberLeft => (Intents::GUILD_MEMBERS, Some(Feature::Members)),
        K::PresenceChanged => (Intents::GUILD_PRESENCES, Some(Feature::Presence)),
        K::ChannelUpdated
        | K::ChannelDeleted
        | K::ThreadCreated
        | K::ThreadUpdated
        | K::ThreadDeleted
        | K::RoleUpdated
        | K::RoleDeleted
        | K::GuildAvailable
        | K::GuildLeft => (Intents::GUILDS, None),
        K::RelayGap | K::RelayStatus => (Intents::empty(), None),
    }
}

/// The intents to identify with.
pub fn intents(features: Features) -> Intents {
    let events = EventKind::ALL.iter().map(|kind| needs(*kind));
    let asked = events.filter(|(_, feature)| feature.is_none_or(|feature| features.has(feature)));
    let content = if features.has(Feature::Content) { Intents::MESSAGE_CONTENT } else { Intents::empty() };
    asked.fold(content, |all, (intents, _)| all | intents)
}

/// The switches of the developer portal that stand for the privileged intents among `features`.
pub fn switches(features: Features) -> Vec<&'static str> {
    let all = [
        (Feature::Content, "Message Content Intent"),
        (Feature::Members, "Server Members Intent"),
        (Feature::Presence, "Presence Intent"),
    ];
    let on = all.iter().filter(|(feature, _)| features.has(*feature));
    on.map(|(_, switch)| *switch).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(list: &[Feature]) -> Features {
        let mut features = Features::default();
        list.iter().for_each(|feature| features.set(*feature));
        features
    }

    #[test]
    fn each_privileged_intent_is_asked_for_by_exactly_one_feature() {
        let privileged = Intents::MESSAGE_CONTENT | Intents::GUILD_MEMBERS | Intents::GUILD_PRESENCES;
        let plain = intents(features(&[]));
        assert!(!plain.intersects(privileged));
        for (feature, intent) in [
            (Feature::Content, Intents::MESSAGE_CONTENT),
            (Feature::Members, Intents::GUILD_MEMBERS),
            (Feature::Presence, Intents::GUILD_PRESENCES),
        ] {
            assert_eq!(intents(features(&[feature])), plain | intent);
        }
    }

    #[test]
    fn without_features_scoring_tickets_and_direct_messages_still_have_their_intents() {
        assert_eq!(
            intents(features(&[])),
            Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::GUILD_MESSAGE_REACTIONS | Intents::DIRECT_MESSAGES
        );
    }
}
