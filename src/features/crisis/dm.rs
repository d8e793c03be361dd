//! Direct messages to the bot: read like any other text once their guild is known; whoever writes gets an answer within seconds.

use from_json::{FromJson, json};
use futures_util::{StreamExt, future::join_all, stream};
use relay_wire::{Event, Outcome, Snowflake};
use twilight_model::channel::message::{
    Component,
    component::{ButtonStyle, SelectMenuType},
};
use twilight_util::builder::message::{SelectMenuBuilder, SelectMenuOptionBuilder};

use super::{
    actions, alert,
    human::{self, on_duty_count},
    messages::doors,
    rules::{Sensitivity, decide},
    screen::screen,
    settings::{Chosen, DM_ALERTS, Stage},
    state,
    watch::{self, Judged, Text},
};
use crate::{
    care::{Severity, referrals, resources},
    clients::redis::Reply as Redis,
    command,
    context::{Cx, logged},
    discord::{
        components::{button, row},
        custom_id::CustomId,
        message::{MessageBody, Nonce},
    },
    error::Result,
    features,
    lang::Lang,
};

/// The card is not repeated for so long, unless it gets graver.
const CARD_SECONDS: u32 = 600;
/// Members that are asked for at a time.
const AT_ONCE: usize = 5;

/// A guild with detection on that a member shares with the bot.
#[derive(Clone, Copy, Debug, FromJson)]
pub struct Shared {
    pub guild_id: Snowflake,
    /// Of monitoring there: its team is told only if the member asks for it.
    opted_out: bool,
    /// The member had an alert or a talk there within 30 days.
    recent: bool,
    /// They talk with Ash here, for that guild.
    talks: bool,
}

/// Whose a member's direct messages are.
#[derive(Clone, Debug, Default)]
pub struct Home {
    /// None while several guilds could be meant, or the member opted out there.
    pub guild: Option<Snowflake>,
    /// The likeliest first.
    pub shared: Vec<Shared>,
    /// They talk with Ash here: Ash answers.
    pub talks: bool,
}

/// The guild of an open talk with Ash, else of their last talk or alert within 30 days, else the only one that they share with the bot.
pub async fn guild_of(cx: &Cx, member: Snowflake) -> Result<Home> {
    let found: Vec<Shared> = cx.supabase.rpc("crisis_guilds_of", &json!({"member": member, "at": cx.now})).await?;
    let asked = stream::iter(found).map(|one| async move {
        match cx.discord.member(one.guild_id, member).await {
            Ok(_) => Ok(Some(one)),
            Err(error) if error.is_refused() => Ok(None),
            Err(error) => Err(error),
        }
    });
    let asked: Vec<_> = asked.buffered(AT_ONCE).collect().await;
    let shared = asked.into_iter().filter_map(Result::transpose).collect::<Result<Vec<Shared>, _>>()?;
    let guild = match shared.as_slice() {
        [first, ..] if first.talks || first.recent => Some(first),
        [only] => Some(only),
        _ => None,
    };
    let talks = guild.is_some_and(|one| one.talks);
    // In a talk with Ash the team is told of danger, whatever they chose elsewhere.
    Ok(Home { guild: guild.filter(|one| talks || !one.opted_out).map(|one| one.guild_id), shared, talks })
}

/// The crisis path first, then the answer; what could not be done comes again, the answer does not.
pub async fn look(cx: &Cx, event: &Event) -> Outcome {
    let Some(text) = direct(event) else { return Outcome::Done };
    let home = guild_of(cx, text.author_id).await;
    let (severity, told) = match &home {
        Ok(home) => follow(cx, &text, home).await,
        Err(error) => (screen(&text.text).severity, Err(error.clone())),
    };
    let home = home.unwrap_or_default();
    let answered = match home.talks {
        true => Ok(()),
        false => answer(cx, &text, severity, &home, &told).await,
    };
    match told.map(drop).and(answered) {
        Ok(()) => Outcome::Done,
        Err(error) => watch::not_given_up(cx, &error),
    }
}

fn direct(event: &Event) -> Option<Text> {
    let (text, _) = Text::of_event(event)?;
    event.body.guild_id().is_none().then_some(text)
}

/// What was found, and the guilds whose teams were told.
async fn follow(cx: &Cx, text: &Text, home: &Home) -> (Severity, Result<Vec<Snowflake>>) {
    let Some(guild_id) = home.guild else { return follow_without_guild(cx, text, home).await };
    let chosen = Chosen::load(cx, guild_id).await;
    let text = Text { guild_id, ..text.clone() };
    let (watch::Analysis { severity, .. }, result) = watch::analyze_as(cx, &text, &chosen, doors::dress_direct).await;
    let told = if severity >= Severity::Medium { vec![guild_id] } else { vec![] };
    (severity, result.map(|()| told))
}

/// Every guild that wants it is told of HIGH and CRITICAL, without the words.
async fn follow_without_guild(cx: &Cx, text: &Text, home: &Home) -> (Severity, Result<Vec<Snowflake>>) {
    let judged = Judged { finding: screen(&text.text), verdict: None, is_without_nlp: false };
    let decision = decide(None, &judged.finding, &Sensitivity::default());
    let mut told = vec![];
    if decision.severity < Severity::High {
        return (decision.severity, Ok(told));
    }
    let mut failed = None;
    for one in home.shared.iter().filter(|one| !one.opted_out) {
        let chosen = Chosen::load(cx, one.guild_id).await;
        if chosen.is_unknown || chosen.stage() == Stage::Off || !chosen.switch(&DM_ALERTS) {
            continue;
        }
        let text = Text { guild_id: one.guild_id, text: String::new(), ..text.clone() };
        let known = logged(cx, "crisis", state::load(cx, one.guild_id, text.author_id).await).unwrap_or_default();
        match alert::follow(cx, &text, &chosen, &known, &judged, &decision, doors::dress_direct).await {
            Ok(()) => told.push(one.guild_id),
            // The others are told all the same.
            Err(error) => failed = Some(error),
        }
    }
    (decision.severity, failed.map_or(Ok(told), Err))
}

/// The resource card, what was done, and a way to a person. Where it stands already, a line or nothing.
async fn answer(cx: &Cx, text: &Text, severity: Severity, home: &Home, told: &Result<Vec<Snowflake>>) -> Result<()> {
    let is_grave = severity >= Severity::Medium;
    if !is_grave && (text.is_edit || text.text.starts_with(&cx.config.command_prefix)) {
        return Ok(());
    }
    let key = format!("crisis:dm:{}", text.author_id);
    let mark = [command!["SET", key, severity.rank(), "EX", CARD_SECONDS, "GET"]];
    let before = match logged(cx, "crisis", cx.redis.pipeline(&mark).await.map_err(Into::into)) {
        Some(replies) => replies.first().and_then(Redis::int),
        // Nobody remembers: a later delivery was answered at the first.
        None => (text.attempt > 1).then_some(i64::from(Severity::Critical.rank())),
    };
    let body = match before {
        Some(rank) if i64::from(severity.rank()) <= rank => match is_grave && text.attempt == 1 {
            true => MessageBody::text(doors::direct_again(Lang::default())),
            false => return Ok(()),
        },
        _ => whole_answer(cx, severity, home, told).await?,
    };
    let body = body.in_reply_to(text.message_id).with_nonce(Nonce::of("dm", text.message_id));
    match cx.discord.create_message(text.channel_id, &body).await {
        Ok(_) => {
            if !body.embeds.is_empty() {
                referrals::count(cx, home.guild, "direct");
            }
            Ok(())
        }
        Err(error) => {
            logged(cx, "crisis", cx.redis.pipeline(&[command!["DEL", key]]).await.map_err(Into::into));
            if error.is_refused() {
                cx.log_failure("crisis", &error.into());
                return Ok(());
            }
            Err(error.into())
        }
    }
}

async fn whole_answer(cx: &Cx, severity: Severity, home: &Home, told: &Result<Vec<Snowflake>>) -> Result<MessageBody> {
    let lang = Lang::default();
    let components = components(cx, lang, home).await?;
    let told_of = told.as_ref().ok().and_then(|told| told.first().copied());
    let content = match told_of {
        Some(guild) => {
            // MEDIUM is told without a ping.
            let is_pinged = severity >= Severity::High && Chosen::load(cx, guild).await.stage() == Stage::Live;
            let name = if home.guild.is_some() { name_of(cx, guild).await } else { String::new() };
            doors::direct_told(lang, &name, is_pinged, on_duty_count(cx, guild).await)
        }
        None => doors::direct_not_told(lang, told.is_err(), !components.is_empty(), severity >= Severity::Medium),
    };
    // Nothing tells where they are: Discord does not say in which language somebody writes.
    let card = resources::card(lang, None, cx.now, &cx.config);
    Ok(MessageBody { content, components, ..MessageBody::embed(card) })
}

/// The way to a person: a button where the team is clear, else a menu of the servers.
async fn components(cx: &Cx, lang: Lang, home: &Home) -> Result<Vec<Component>> {
    let guild = match (home.guild, home.shared.as_slice()) {
        (Some(guild), _) => guild,
        (None, []) => return Ok(vec![]),
        (None, [only]) => only.guild_id,
        (None, several) => {
            let names = join_all(several.iter().map(|one| name_of(cx, one.guild_id))).await;
            let mut menu = SelectMenuBuilder::new(CustomId::write(human::ASK, &[])?, SelectMenuType::Text)
                .placeholder(doors::which_team(lang));
            for (one, name) in several.iter().zip(names) {
                let id = one.guild_id.to_string();
                let name = if name.is_empty() { id.clone() } else { name };
                menu = menu.option(SelectMenuOptionBuilder::new(name, id).build());
            }
            return Ok(vec![row([menu.build()])]);
        }
    };
    let id = CustomId::write(human::ASK, &[&guild])?;
    let mut ways = vec![button(ButtonStyle::Primary, doors::ask_for_a_person(lang), id)];
    if features::ash_talks(cx, guild).await {
        let id = CustomId::write(actions::BEGIN_TALK, &[&guild])?;
        ways.push(button(ButtonStyle::Secondary, doors::talk_with_ash(lang), id));
    }
    Ok(vec![row(ways)])
}

/// Empty if Discord does not say.
async fn name_of(cx: &Cx, guild: Snowflake) -> String {
    logged(cx, "crisis", cx.discord.guild_name(guild).await.map_err(Into::into)).unwrap_or_default()
}
