//! `/crisis sensitivity`: how readily one channel raises an alert, with what that means for it.

use serde_json::{Map, Value, json};
use twilight_model::application::command::CommandOption;
use twilight_util::builder::command::{ChannelBuilder, NumberBuilder, SubCommandBuilder};

use super::{
    messages,
    rules::{Sensitivity, THRESHOLDS},
    settings::{Chosen, SENSITIVITY},
    team::require_admin,
};
use crate::{
    context::Cx,
    discord::interaction::Interaction,
    error::{Error, Result},
    person::note_action,
    reply::{Answer, Reply},
    settings,
};

const NAMES: [&str; 4] = ["low", "medium", "high", "critical"];

pub fn option() -> CommandOption {
    let mut builder = SubCommandBuilder::new("sensitivity", "How readily a channel raises an alert")
        .option(ChannelBuilder::new("channel", "Which channel; its threads count as well").required(true))
        .option(
            NumberBuilder::new("factor", "1 changes nothing, less finds less, more finds more")
                .min_value(0.3)
                .max_value(1.5),
        );
    for name in NAMES {
        let threshold =
            NumberBuilder::new(name, format!("The score from which on something is {}", name.to_uppercase()));
        builder = builder.option(threshold.min_value(0.05).max_value(1.0));
    }
    builder.build()
}

/// Without a number it only says how it is.
pub async fn run(cx: Cx, call: Interaction) -> Result<Answer> {
    let chosen = require_admin(&cx, &call).await?;
    let guild = call.guild()?;
    let channel = call.input.id("channel").ok_or_else(|| Error::bug("a sensitivity without a channel"))?;
    let before = chosen.sensitivity(channel);
    let mut after = before;
    let number = |name: &str| call.input.number(name).map(|number| number as f32);
    if let Some(factor) = number("factor") {
        after.factor = factor.clamp(0.3, 1.5);
    }
    for (threshold, name) in after.thresholds.iter_mut().zip(NAMES) {
        *threshold = number(name).unwrap_or(*threshold);
    }
    if !after.thresholds.is_sorted() || after.thresholds.iter().any(|one| !(0.05..=1.0).contains(one)) {
        return Err(Error::user(messages::sensitivity::not_in_order(cx.lang)));
    }
    if after != before {
        let detail = json!({"channel_id": channel, "factor": after.factor, "thresholds": after.thresholds});
        note_action(&cx, guild, call.user_id, "crisis.sensitivity", &detail).await?;
        let all = with(&chosen, channel.to_string(), &after);
        settings::save(&cx, guild, &SENSITIVITY, Value::Object(all), call.user_id).await?;
    }
    Ok(Answer::Message(Reply::private(messages::sensitivity::shown(cx.lang, channel, &after, after != before))))
}

/// What is as everywhere else is not written down.
fn with(chosen: &Chosen, channel: String, of: &Sensitivity) -> Map<String, Value> {
    let mut all = chosen.value(&SENSITIVITY).as_object().cloned().unwrap_or_default();
    match *of == Sensitivity::default() {
        true => all.remove(&channel),
        false if of.thresholds == THRESHOLDS => all.insert(channel, json!({"factor": of.factor})),
        false => all.insert(channel, json!({"factor": of.factor, "thresholds": of.thresholds})),
    };
    all
}
