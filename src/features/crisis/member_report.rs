//! *Tell the crisis team*, in the menu of a message or a member: somebody is worried, and only the team learns who.

use from_json::json;
use relay_wire::Snowflake;
use serde_json::Value;
use twilight_model::application::{
    command::{Command as Definition, CommandType},
    interaction::InteractionContextType,
};
use twilight_util::builder::command::CommandBuilder;

use super::{
    human::on_duty_count,
    messages::doors::{self, Report},
    screen::{Finding, screen},
    settings::{Chosen, HIDE_WORDS, Stage},
    tell::{Telling, Told, tell},
    watch::Text,
};
use crate::{
    care::Severity,
    clients::redis::Reply as Redis,
    command,
    context::{Cx, logged},
    discord::{
        components::TextField,
        custom_id::CustomId,
        interaction::Interaction,
        message::{colour, said},
        read::Message,
    },
    error::{Error, Result},
    relay_filter,
    reply::{Answer, Modal, Reply},
};

/// The form; its arguments are channel, message (0: it is about a member), member, and how grave the screen found the message.
pub const SENT: &str = "crisis.report";
pub const MENU: &str = "Tell the crisis team";

const WORD: &str = "word";
const MAX_WORD: u16 = 500;
/// One member's in an hour.
const MOST: i64 = 5;

pub fn message_definition() -> Definition {
    definition(CommandType::Message)
}

pub fn member_definition() -> Definition {
    definition(CommandType::User)
}

fn definition(kind: CommandType) -> Definition {
    CommandBuilder::new(MENU, "", kind).contexts([InteractionContextType::Guild]).build()
}

pub async fn on_message(cx: Cx, call: Interaction) -> Result<Answer> {
    let message = call.input.target_message.as_ref();
    let message = message.filter(|message| message.is_by_a_member());
    let message = message.ok_or_else(|| Error::user(doors::not_of_a_member(cx.lang)))?;
    let found = screen(message.text()).severity;
    form(&cx, &[&message.channel_id, &message.id, &message.author.id, &found.rank()])
}

pub async fn on_member(cx: Cx, call: Interaction) -> Result<Answer> {
    let member = call.input.target_id.ok_or_else(|| Error::bug("a member's menu without a member"))?;
    if Some(member) == cx.config.application_id {
        return Err(Error::user(doors::not_of_a_member(cx.lang)));
    }
    form(&cx, &[&call.channel_id.unwrap_or_default(), &0, &member, &0])
}

/// At once, and without any service: who is worried is not kept waiting.
fn form(cx: &Cx, about: &[&dyn ToString]) -> Result<Answer> {
    let [title, label, help] = doors::report_form(cx.lang);
    let word = TextField {
        custom_id: WORD,
        label,
        help: Some(help),
        long: true,
        required: false,
        max_length: MAX_WORD,
        value: None,
    };
    Ok(Answer::Modal(Modal {
        custom_id: CustomId::write(SENT, about)?,
        title: title.to_owned(),
        components: vec![word.build()],
    }))
}

pub async fn sent(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let guild = call.guild()?;
    let about = About {
        channel_id: id.argument(0, cx.lang)?,
        message_id: id.argument(1, cx.lang)?,
        member_id: id.argument(2, cx.lang)?,
        found: Severity::of_rank(id.argument(3, cx.lang)?).unwrap_or_default(),
    };
    let work = async move {
        let chosen = Chosen::load(&cx, guild).await;
        if chosen.stage() == Stage::Off {
            return Err(Error::user(doors::no_team(cx.lang)));
        }
        if has_too_many(&cx, guild, call.user_id).await {
            return Err(Error::user(doors::too_many_reports(cx.lang)));
        }
        match report(&cx, &call, guild, &chosen, &about).await {
            Ok(told) => note(&cx, &call, guild, &told).await,
            Err(error) => {
                cx.log_failure("crisis", &error);
                return Err(Error::user(doors::not_reported(cx.lang)));
            }
        }
        let thanks = doors::reported(cx.lang, on_duty_count(&cx, guild).await);
        Ok(Reply::private(said(thanks, colour::GOOD)))
    };
    Ok(Answer::Later { ephemeral: true, work: Box::pin(work) })
}

/// What the form was opened on.
struct About {
    channel_id: Snowflake,
    message_id: Snowflake,
    member_id: Snowflake,
    found: Severity,
}

async fn report(cx: &Cx, call: &Interaction, guild: Snowflake, chosen: &Chosen, about: &About) -> Result<Told> {
    let message = message(cx, guild, about).await;
    let is_message = about.message_id != Snowflake(0);
    let author = message.as_ref().map_or(about.member_id, |message| message.author.id);
    let read = message.as_ref().map(|message| screen(message.text()));
    // What the menu saw counts where the bot cannot look itself.
    let finding = read.unwrap_or(Finding { severity: about.found, ..Finding::default() });
    // Whoever wants nothing of theirs to be read is not quoted either: the team has the link.
    let is_private = relay_filter::has_opted_out(cx, guild, author).await.unwrap_or(false);
    let text = Text {
        guild_id: guild,
        channel_id: about.channel_id,
        message_id: if is_message { about.message_id } else { call.id },
        author_id: author,
        text: message.filter(|_| !is_private).map(|message| message.text().to_owned()).unwrap_or_default(),
        attempt: 1,
        is_edit: false,
        may_be_ticket: is_message,
    };
    let told_by = Report {
        reporter: call.user_id,
        word: call.input.field(WORD).unwrap_or_default().trim(),
        is_message,
        is_hidden: chosen.switch(&HIDE_WORDS),
    };
    let telling = Telling {
        chosen,
        text: &text,
        severity: finding.severity.max(Severity::Medium),
        factors: finding.factors,
        mode: chosen.stage().name(),
        about: call.id,
        again: doors::report_again(&told_by),
    };
    tell(cx, telling, |body| doors::dress_report(body, &text, &told_by)).await
}

/// The message itself, if the bot may read it. A form can be forged: only one of this guild is read.
async fn message(cx: &Cx, guild: Snowflake, about: &About) -> Option<Message> {
    if about.message_id == Snowflake(0) {
        return None;
    }
    let path = format!("/channels/{}", about.channel_id);
    let channel: Value = cx.discord.call(reqwest::Method::GET, path).answer().await.ok()?;
    let of = channel.get("guild_id").and_then(Value::as_str)?;
    if of != guild.to_string() {
        return None;
    }
    let message = cx.discord.message(about.channel_id, about.message_id).await.ok()?;
    Some(message).filter(Message::is_by_a_member)
}

/// Without Upstash nobody counts.
async fn has_too_many(cx: &Cx, guild: Snowflake, reporter: Snowflake) -> bool {
    let key = format!("crisis:reports:{guild}:{reporter}");
    let count = [command!["INCR", key], command!["EXPIRE", key, 3_600, "NX"]];
    let replies = logged(cx, "crisis", cx.redis.pipeline(&count).await.map_err(Into::into));
    replies.is_some_and(|replies| replies.first().and_then(Redis::int).is_some_and(|count| count > MOST))
}

async fn note(cx: &Cx, call: &Interaction, guild: Snowflake, told: &Told) {
    let Some(alert) = &told.alert else { return };
    let row = json!({
        "guild_id": guild, "alert_id": alert.alert_id, "kind": "reported", "actor_id": call.user_id, "occurred_at": cx.now,
    });
    logged(cx, "crisis", cx.supabase.insert("crisis_alert_events", &[row], None).await.map_err(Into::into));
}
