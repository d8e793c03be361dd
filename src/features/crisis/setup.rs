//! `/setup` → crisis → step by step: the checklist, the notices, who else may read, and off, shadow, live.

use futures_util::future::try_join3;
use relay_wire::Snowflake;
use serde_json::{Map, Value, json};

use super::{
    checklist::{self, Checked, Facts, Reader, Wrong},
    guard, messages,
    settings::{ACCEPTED_READERS, NOTICES, OPT_IN, STAGE, Stage},
    team::require_admin,
};
use crate::{
    context::Cx,
    discord::{
        channel::{Channel, Guild, Member},
        custom_id::CustomId,
        interaction::Interaction,
        message::Nonce,
    },
    error::{Error, Result},
    person::note_action,
    relay_filter,
    reply::{Answer, Reply},
    settings::{self, Settings},
    sort::gathered,
};

pub const PAGE: &str = "crisis.setup";
pub const NOTICES_STAND: &str = "crisis.notices";
pub const POST_NOTICES: &str = "crisis.post_notices";
pub const LET_READ: &str = "crisis.let_read";
pub const LET_READ_TYPED: &str = "crisis.let_read_typed";
pub const STEP: &str = "crisis.step";

/// How things stand in a guild, as Discord and the store say it.
pub struct Seen {
    pub guild: Guild,
    pub channels: Vec<Channel>,
    pub bot: Member,
    pub settings: std::rc::Rc<Settings>,
    has_state_keys: bool,
    has_nlp: bool,
}

impl Seen {
    pub fn facts(&self) -> Facts<'_> {
        Facts {
            guild: &self.guild,
            channels: &self.channels,
            bot: &self.bot,
            settings: &self.settings,
            has_state_keys: self.has_state_keys,
            has_nlp: self.has_nlp,
        }
    }

    pub fn stage(&self) -> Stage {
        Stage::read(&self.settings.text(&STAGE))
    }

    fn checked(&self) -> Vec<Checked> {
        checklist::of(&self.facts())
    }
}

pub async fn look(cx: &Cx, guild: Snowflake) -> Result<Seen> {
    let settings = settings::load(cx, guild).await?;
    let bot = cx.config.application_id.unwrap_or_default();
    let asked = try_join3(cx.discord.guild(guild), cx.discord.channels(guild), cx.discord.member(guild, bot));
    let (guild, channels, bot) = asked.await?;
    let (has_state_keys, has_nlp) = (cx.config.state_keys.is_some(), cx.config.nlp.is_some());
    Ok(Seen { guild, channels, bot, settings, has_state_keys, has_nlp })
}

/// Pressed in `/setup` or, with an argument, on the page itself.
pub async fn open(cx: Cx, call: Interaction) -> Result<Answer> {
    require_admin(&cx, &call).await?;
    shown(&cx, call.guild()?, None).await
}

async fn shown(cx: &Cx, guild: Snowflake, note: Option<String>) -> Result<Answer> {
    Ok(Answer::Update(page(cx, guild, note).await?))
}

async fn page(cx: &Cx, guild: Snowflake, note: Option<String>) -> Result<Reply> {
    let seen = look(cx, guild).await?;
    let page = messages::setup::page(cx.lang, &seen.facts(), &seen.checked(), seen.stage(), note)?;
    Ok(Reply::private(page))
}

/// Chosen: the channels in which a notice stands, by whomever it was written.
pub async fn notices_stand(cx: Cx, call: Interaction) -> Result<Answer> {
    require_admin(&cx, &call).await?;
    let guild = call.guild()?;
    let settings = settings::load(&cx, guild).await?;
    let known = settings.value(&NOTICES);
    let stand = checklist::monitored(&settings).into_iter().map(|id| id.to_string());
    let stand = stand.filter(|id| call.input.values.contains(id));
    let stand: Map<String, Value> =
        gathered(stand.map(|id| (id.clone(), known.get(&id).cloned().unwrap_or_else(|| json!("")))));
    save_notices(&cx, &call, stand).await?;
    shown(&cx, guild, None).await
}

/// Posts one wherever there is none yet.
pub async fn post_notices(cx: Cx, call: Interaction) -> Result<Answer> {
    require_admin(&cx, &call).await?;
    let guild = call.guild()?;
    let work = async move {
        let settings = settings::load(&cx, guild).await?;
        let notice = messages::setup::notice(cx.lang, &settings, settings.switch(&OPT_IN));
        let mut stand = settings.value(&NOTICES).as_object().cloned().unwrap_or_default();
        let (mut posted, mut refused) = (0, vec![]);
        for channel in checklist::monitored(&settings) {
            if checklist::has_notice(&settings, channel) {
                continue;
            }
            let notice = notice.clone().with_nonce(Nonce::of("cn", channel));
            match cx.discord.create_message(channel, &notice).await {
                Ok(message) => {
                    posted += 1;
                    stand.insert(channel.to_string(), json!(message.id));
                }
                Err(error) if error.is_refused() => refused.push(channel),
                Err(error) => {
                    save_notices(&cx, &call, stand).await?;
                    return Err(error.into());
                }
            }
        }
        save_notices(&cx, &call, stand).await?;
        page(&cx, guild, Some(messages::setup::posted(cx.lang, posted, &refused))).await
    };
    Ok(Answer::Later { ephemeral: true, work: Box::pin(work) })
}

async fn save_notices(cx: &Cx, call: &Interaction, stand: Map<String, Value>) -> Result<()> {
    let guild = call.guild()?;
    let detail = json!({"channels": stand.keys().collect::<Vec<_>>()});
    note_action(cx, guild, call.user_id, "crisis.notices", &detail).await?;
    settings::save(cx, guild, &NOTICES, Value::Object(stand), call.user_id).await?;
    relay_filter::changed(cx).await;
    Ok(())
}

/// A channel that others can read was chosen: its name has to be typed.
pub async fn let_read(cx: Cx, call: Interaction) -> Result<Answer> {
    require_admin(&cx, &call).await?;
    let channel: Option<Snowflake> = call.input.values.first().and_then(|id| id.parse().ok());
    let channels = cx.discord.channels(call.guild()?).await?;
    let Some(channel) = channels.iter().find(|one| Some(one.id) == channel) else {
        return shown(&cx, call.guild()?, None).await;
    };
    Ok(Answer::Modal(messages::setup::type_the_name(cx.lang, channel.id, channel.name())?))
}

pub async fn let_read_typed(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    require_admin(&cx, &call).await?;
    let guild = call.guild()?;
    let seen = look(&cx, guild).await?;
    let channel: Snowflake = id.argument(0, cx.lang)?;
    let facts = seen.facts();
    let Some(channel) = checklist::team_channels(&facts).into_iter().find(|one| one.id == channel) else {
        return shown(&cx, guild, None).await;
    };
    let typed = call.input.field("name").unwrap_or_default().trim().trim_start_matches('#');
    if !typed.eq_ignore_ascii_case(channel.name()) {
        return Err(Error::user(messages::setup::name_differs(cx.lang, channel.name())));
    }
    let readers: Vec<Snowflake> = checklist::readers(&facts, channel)
        .into_iter()
        .map(|reader| match reader {
            Reader::Everyone => guild,
            Reader::Role(id) | Reader::Member(id) => id,
        })
        .collect();
    let detail = json!({"channel_id": channel.id, "readers": readers});
    note_action(&cx, guild, call.user_id, "crisis.accepted_readers", &detail).await?;
    let mut accepted = seen.settings.value(&ACCEPTED_READERS).as_object().cloned().unwrap_or_default();
    accepted.insert(channel.id.to_string(), json!(readers));
    settings::save(&cx, guild, &ACCEPTED_READERS, Value::Object(accepted), call.user_id).await?;
    guard::check(&cx, guild).await?;
    shown(&cx, guild, Some(messages::setup::others_may_read(cx.lang, channel.id))).await
}

/// Off, shadow or live: asked first, then done by the button that carries a second argument.
pub async fn step(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    require_admin(&cx, &call).await?;
    let guild = call.guild()?;
    let to = Stage::read(&id.argument::<String>(0, cx.lang)?);
    let seen = look(&cx, guild).await?;
    let (from, checked) = (seen.stage(), seen.checked());
    if from == to {
        return shown(&cx, guild, None).await;
    }
    if (from, to) == (Stage::Off, Stage::Live) {
        return Err(Error::user(messages::setup::shadow_first(cx.lang)));
    }
    let is_complete = checked.iter().all(|(_, wrong): &(_, Vec<Wrong>)| wrong.is_empty());
    let is_back = to == Stage::Off || from == Stage::Live;
    if !is_complete && !is_back {
        return Err(Error::user(messages::setup::not_complete(cx.lang, &checked)));
    }
    if id.arguments.len() < 2 {
        let found: Option<Value> = match to {
            Stage::Live => Some(cx.supabase.rpc("crisis_shadow_found", &json!({"guild_id": guild})).await?),
            _ => None,
        };
        let asked = messages::setup::ask(cx.lang, &seen.facts(), from, to, found.as_ref())?;
        return Ok(Answer::Update(Reply::private(asked)));
    }
    let detail = json!({"from": from.name(), "to": to.name()});
    note_action(&cx, guild, call.user_id, "crisis.stage", &detail).await?;
    settings::save(&cx, guild, &STAGE, json!(to.name()), call.user_id).await?;
    relay_filter::changed(&cx).await;
    cx.log("info", "crisis_stage_changed", json!({"guild_id": guild, "actor_id": call.user_id, "to": to.name()}));
    shown(&cx, guild, Some(messages::setup::changed(cx.lang, to))).await
}
