//! The capabilities, one room each. A room registers what it has in a [`Feature`]; adding one is a folder and a line here.

use from_json::Value;
use futures_util::future::LocalBoxFuture;
use relay_wire::{Event, EventBody, EventKind, Lane, Outcome, Snowflake};
use twilight_model::application::command::{Command as Definition, CommandOption, CommandType};

use crate::{
    care::{AlertStep, Alerted},
    config::Config,
    context::Cx,
    discord::{custom_id::CustomId, interaction::Interaction},
    edge::Time,
    error::{Error, Result},
    jobs::Job,
    lang::Lang,
    person::{Person, Table},
    reply::Answer,
    settings::Setting,
};

mod german;

macro_rules! features {
    ($($name:ident),+ $(,)?) => {
        $(pub mod $name;)+

        /// Every feature. Where two handle the same event, this is their order.
        pub const FEATURES: &[Feature] = &[$($name::FEATURE),+];
    };
}

// Crisis before everything that keeps a text: what may be an emergency waits for nobody.
features! { ping, members, engagement, community, audit, crisis, companion, tickets, relay, privacy, staff, admin }

/// What a room offers. Everything but the name may be left out: `Feature { commands: COMMANDS, ..Feature::named("x") }`.
pub struct Feature {
    /// The folder's name; the first part of its custom_ids and settings.
    pub name: &'static str,
    pub commands: &'static [Command],
    pub components: &'static [Component],
    pub modals: &'static [Component],
    pub prefix_commands: &'static [PrefixCommand],
    pub events: &'static [EventHandler],
    pub jobs: &'static [Job],
    pub settings: &'static [Setting],
    /// Keys in Upstash, as patterns, that only save work: *Flush cache* forgets them.
    pub caches: &'static [&'static str],
    /// Its commands and buttons answer also while the bot is paused.
    pub goes_on: bool,
    /// Why the feature is off on this deployment, whatever a guild chose; None if it is not.
    pub off: Option<fn(&Config, Lang) -> Option<String>>,
    /// What `/setup` offers beside the settings; each is one of the feature's components.
    pub setup_pages: &'static [SetupPage],
    /// What follows when somebody chose settings, whosever they are, by their keys; `/setup` shows what it noted.
    pub settings_changed: Option<SettingsChanged>,
    /// Tables with rows about a person: exported, counted and erased by `/privacy`.
    pub holds: &'static [Table],
    /// What else is held about them (in Upstash, say), for the export. None if there is nothing.
    pub export: Option<PersonPart<Value>>,
    /// Erases what else is held; may run more than once.
    pub erase: Option<PersonPart<()>>,
    /// Erases what identifies somebody who left a week ago and is not part of the guild's own history.
    pub leave: Option<PersonPart<()>>,
    /// In which guilds something of the person is going on that an erasure has to wait for.
    pub unfinished: Option<Unfinished>,
}

impl Feature {
    pub const fn named(name: &'static str) -> Self {
        Self {
            name,
            commands: &[],
            components: &[],
            modals: &[],
            prefix_commands: &[],
            events: &[],
            jobs: &[],
            settings: &[],
            caches: &[],
            goes_on: false,
            off: None,
            setup_pages: &[],
            settings_changed: None,
            holds: &[],
            export: None,
            erase: None,
            leave: None,
            unfinished: None,
        }
    }
}

pub type SettingsChanged = fn(Cx, Snowflake, Vec<String>) -> LocalBoxFuture<'static, Result<()>>;
/// What a feature does about a person in one guild.
pub type PersonPart<T> = fn(Cx, Person) -> LocalBoxFuture<'static, Result<T>>;
/// The guilds where something of a user is going on.
pub type Unfinished = fn(Cx, Snowflake) -> LocalBoxFuture<'static, Result<Vec<Snowflake>>>;

pub type Answering = LocalBoxFuture<'static, Result<Answer>>;

/// A slash or context-menu command: what Discord is told, and what the runtime looks up.
pub struct Command {
    /// Name and kind as in the definition (a test holds them together), so that no definition is built to answer a call.
    pub name: &'static str,
    pub kind: CommandType,
    pub definition: Registered<Definition>,
    pub run: fn(Cx, Interaction) -> Answering,
    pub autocomplete: Option<fn(Cx, Interaction) -> Answering>,
}

/// A line of `/ash` or `/crisis`, whichever room it is of.
pub struct Sub {
    /// With its command and group: `crisis cooldown show`.
    pub name: &'static str,
    /// As Discord is told; None if it is told with another one of the same group.
    pub option: Registered<CommandOption>,
    pub run: fn(Cx, Interaction) -> Answering,
}

/// How to build what Discord is told of a command. Only who registers the commands asks, and that never runs as wasm.
pub type Registered<T> = Option<fn() -> T>;

/// Leaves the builder, its names and its descriptions out of the wasm.
pub const fn registered<T>(build: fn() -> T) -> Registered<T> {
    if cfg!(target_arch = "wasm32") { None } else { Some(build) }
}

/// A button, select menu or modal by the action of its [`CustomId`]: `feature.action`.
pub struct Component {
    pub action: &'static str,
    pub run: fn(Cx, Interaction, CustomId) -> Answering,
}

/// A page of a feature's own in `/setup`: a button that calls `action` without arguments.
pub struct SetupPage {
    pub action: &'static str,
    pub label: fn(Lang) -> &'static str,
}

/// `!name` in a channel. Runs once for each message id.
pub struct PrefixCommand {
    pub name: &'static str,
    pub run: fn(Cx, PrefixCall) -> LocalBoxFuture<'static, Result<()>>,
}

/// A prefix command as it was written.
#[derive(Clone, Debug)]
pub struct PrefixCall {
    /// None in direct messages.
    pub guild_id: Option<Snowflake>,
    pub channel_id: Snowflake,
    pub message_id: Snowflake,
    pub author_id: Snowflake,
    /// What follows the command's name.
    pub rest: String,
}

/// Takes all events of its kinds in one delivery and says what became of each, in their order.
pub struct EventHandler {
    pub lane: Lane,
    pub kinds: &'static [EventKind],
    pub handle: fn(Cx, Vec<Event>) -> LocalBoxFuture<'static, Vec<Outcome>>,
}

/// Until somebody deploys a Worker whose handler says something.
const UNSAID_DELAY_MS: u64 = 30_000;

/// The prefix command that a text calls, with its feature and what follows its name: `!!! help` calls none.
pub fn prefix_command<'a>(cx: &Cx, text: &'a str) -> Option<(&'static Feature, &'static PrefixCommand, &'a str)> {
    let typed = text.strip_prefix(&cx.config.command_prefix)?.trim_start();
    let (name, rest) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
    FEATURES.iter().find_map(|feature| {
        let command = feature.prefix_commands.iter().find(|command| command.name == name)?;
        Some((feature, command, rest.trim()))
    })
}

/// Offers events to every handler of their kind in `lane`, one handler after the other, and says what became of each. What
/// must come again is not shown to the handlers that follow: it comes again to all. Prefix commands are not run here.
pub async fn offer(cx: &Cx, lane: Lane, events: Vec<Event>) -> Vec<Outcome> {
    let mut outcomes = vec![Outcome::Done; events.len()];
    for feature in FEATURES {
        for handler in feature.events.iter().filter(|handler| handler.lane == lane) {
            let (slots, wanted): (Vec<&mut Outcome>, Vec<Event>) = outcomes
                .iter_mut()
                .zip(&events)
                .filter(|(outcome, event)| **outcome == Outcome::Done && handler.kinds.contains(&event.body.kind()))
                .map(|(outcome, event)| (outcome, event.clone()))
                .unzip();
            if wanted.is_empty() {
                continue;
            }
            let said = (handler.handle)(cx.clone(), wanted).await;
            if said.len() != slots.len() {
                let counts = format!("{} outcomes for {} events", said.len(), slots.len());
                cx.log_failure(feature.name, &Error::bug(counts));
            }
            // What a handler says nothing of was not handled.
            let unsaid = Outcome::Retry { reason: "no outcome".to_owned(), delay_ms: UNSAID_DELAY_MS };
            for (slot, outcome) in slots.into_iter().zip(said.into_iter().chain(std::iter::repeat(unsaid))) {
                *slot = outcome;
            }
        }
    }
    outcomes
}

/// Something a member wrote that reaches the bot by another way than the relay: into a form, or in a message that staff point at.
pub struct Written {
    pub guild_id: Snowflake,
    pub channel_id: Snowflake,
    pub message_id: Snowflake,
    pub author_id: Snowflake,
    pub author_name: String,
    pub text: String,
}

/// Offers it to every handler of texts, as a message of theirs would be: transcripts, and what watches for people in crisis.
/// `id` names it among events; `attempt` is 1 unless it was offered before.
pub async fn offer_text(cx: &Cx, id: String, attempt: u32, written: Written) -> Vec<Outcome> {
    let body = EventBody::MessageCreated {
        guild_id: Some(written.guild_id),
        channel_id: written.channel_id,
        parent_id: None,
        message_id: written.message_id,
        author_id: written.author_id,
        author_name: written.author_name,
        text: Some(written.text),
        text_sent: false,
        attachments: vec![],
    };
    offer(cx, Lane::Urgent, vec![Event { id: format!("{OFFERED}{id}"), order: 0, attempt, body }]).await
}

/// A text that staff typed into an audit; who wrote it is not known.
pub struct Audited {
    /// Of the interaction.
    pub id: Snowflake,
    pub guild_id: Snowflake,
    pub channel_id: Snowflake,
    /// Who had it audited.
    pub actor_id: Snowflake,
    pub text: String,
}

/// Offers it to what watches for people in crisis. Never fails: an audit goes on whatever becomes of it.
pub async fn offer_audited(cx: &Cx, audited: &Audited) {
    crisis::audited(cx, audited).await;
}

/// A guild's crisis response team, as other rooms see it.
pub struct Team {
    /// Detection is past its trial: the team is pinged, and Ash may speak.
    pub is_live: bool,
    /// Pinged for an alert.
    pub role: Option<Snowflake>,
    /// Whoever has one of these is of the team.
    pub roles: Vec<Snowflake>,
    /// Where it reads alerts, best first.
    pub channels: Vec<Snowflake>,
    /// Where it reads summaries of talks.
    pub notes_channel: Option<Snowflake>,
}

pub async fn team(cx: &Cx, guild: Snowflake) -> Team {
    crisis::team(cx, guild).await
}

/// Refuses whoever is not of the team.
pub async fn require_team(cx: &Cx, call: &Interaction) -> Result<()> {
    crisis::require_team(cx, call).await
}

/// How many of the team say that they are there; None: nobody can say.
pub async fn on_duty(cx: &Cx, guild: Snowflake) -> Option<usize> {
    crisis::on_duty(cx, guild).await
}

/// A member who asks for a person, and where they are; the message names what they wrote, or their press.
pub struct Wanted {
    pub guild_id: Snowflake,
    pub member_id: Snowflake,
    pub channel_id: Snowflake,
    pub message_id: Snowflake,
}

/// What came of it.
pub struct Called {
    /// The team knows.
    pub is_told: bool,
    /// For the member: the truth about who is there.
    pub answer: String,
}

pub async fn call_team(cx: &Cx, wanted: &Wanted) -> Called {
    crisis::call_team(cx, wanted).await
}

/// The alert about a message, for somebody of the team.
pub async fn alert_for_team(cx: &Cx, call: &Interaction, message: Snowflake) -> Result<Alerted> {
    crisis::alert_for_team(cx, call, message).await
}

pub use tickets::is_ticket;

/// Somebody of the team wrote to the member of an alert, elsewhere than where that was.
pub async fn human_answered(cx: &Cx, guild: Snowflake, alert: i64, author: Snowflake, message: Snowflake) {
    crisis::human_answered(cx, guild, alert, author, message).await;
}

/// The guild that a member's direct messages belong to, if one does.
pub async fn guild_of(cx: &Cx, member: Snowflake) -> Result<Option<Snowflake>> {
    crisis::guild_of(cx, member).await
}

/// The lines of `/ash` that are not crisis care's own.
pub fn ash_of_others() -> &'static [Sub] {
    companion::ASH
}

/// Whether members of a guild can talk with Ash.
pub async fn ash_talks(cx: &Cx, guild: Snowflake) -> bool {
    companion::talks(cx, guild).await
}

/// When Ash asks a member how they are, for `/ash status`.
pub async fn ash_planned(cx: &Cx, guild: Snowflake, member: Snowflake) -> Result<Option<String>> {
    companion::planned(cx, guild, member).await
}

/// Talks with Ash in the last days, for `/ash stats`: a title and lines; None if there was nothing.
pub async fn ash_figures(cx: &Cx, guild: Snowflake, days: i64) -> Result<Option<(String, String)>> {
    companion::figures(cx, guild, days).await
}

/// Tells the team of a guild that crisis detection is off until a moment, or (without one) on again. `since` names the change.
pub async fn tell_detection(
    cx: &Cx,
    guild: Snowflake,
    since: Time,
    off_until: Option<Time>,
    reason: Option<&str>,
) -> Result<()> {
    crisis::tell_detection(cx, guild, since, off_until, reason).await
}

/// Ash ends its talks because it is switched off: so many at once. Whether there are more.
pub async fn close_talks(cx: &Cx, most: u32) -> Result<bool> {
    companion::close_all(cx, most).await
}

/// Something happened to an alert that Ash may have to follow.
pub async fn ash_follows(cx: &Cx, alert: &Alerted, step: AlertStep) -> Result<()> {
    companion::follow(cx, alert, step).await
}

/// Before the id of what [`offer_text`] offers.
const OFFERED: &str = "offered:";

/// Whether a person brought this text here, so that it is read wherever it was written.
pub fn is_offered(event: &Event) -> bool {
    event.id.starts_with(OFFERED)
}

/// Whether it was written into a ticket's form.
pub fn is_form(event: &Event) -> bool {
    event.id.strip_prefix(OFFERED).is_some_and(|id| id.starts_with("ticket:"))
}

/// The definitions of all commands, as `cargo xtask register` sends them.
pub fn definitions() -> Vec<Definition> {
    let commands = FEATURES.iter().flat_map(|feature| feature.commands);
    let mut definitions: Vec<Definition> = commands.filter_map(|command| Some(command.definition?())).collect();
    definitions.iter_mut().for_each(german::describe);
    definitions
}

pub fn settings() -> impl Iterator<Item = &'static Setting> {
    FEATURES.iter().flat_map(|feature| feature.settings)
}

/// The tables with rows about a person, of all features.
pub fn holds() -> Vec<&'static Table> {
    FEATURES.iter().flat_map(|feature| feature.holds).collect()
}

pub fn jobs() -> Vec<&'static Job> {
    FEATURES.iter().flat_map(|feature| feature.jobs).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn all_different<T: std::hash::Hash + Eq + std::fmt::Debug>(names: impl IntoIterator<Item = T>) {
        let mut seen = HashSet::new();
        for name in names {
            assert!(!seen.contains(&name), "{name:?} is registered twice");
            seen.insert(name);
        }
    }

    #[test]
    fn nothing_is_registered_twice() {
        all_different(FEATURES.iter().map(|feature| feature.name));
        all_different(definitions().into_iter().map(|definition| (definition.name, u8::from(definition.kind))));
        all_different(FEATURES.iter().flat_map(|f| f.components).map(|component| component.action));
        all_different(FEATURES.iter().flat_map(|f| f.modals).map(|modal| modal.action));
        all_different(FEATURES.iter().flat_map(|f| f.prefix_commands).map(|command| command.name));
        all_different(jobs().into_iter().map(|job| job.kind));
        all_different(settings().map(|setting| setting.key));
    }

    #[test]
    fn a_command_is_found_by_the_name_it_is_registered_with() {
        for command in FEATURES.iter().flat_map(|feature| feature.commands) {
            let definition = command.definition.unwrap()();
            assert_eq!((command.name, command.kind), (definition.name.as_str(), definition.kind));
        }
    }

    #[test]
    fn a_feature_names_its_things_after_itself() {
        for feature in FEATURES {
            let actions = feature.components.iter().chain(feature.modals).map(|component| component.action);
            let kinds = feature.jobs.iter().map(|job| job.kind);
            let keys = feature.settings.iter().map(|setting| setting.key);
            for name in actions.chain(kinds).chain(keys) {
                assert_eq!(name.split('.').next(), Some(feature.name), "{name}");
            }
        }
    }

    #[test]
    fn discord_would_accept_every_definition() {
        for definition in definitions() {
            assert!(definition.name.len() <= 32, "{}", definition.name);
            assert!(definition.description.chars().count() <= 100, "{}", definition.name);
            assert!(definition.options.len() <= 25, "{}", definition.name);
        }
    }
}
