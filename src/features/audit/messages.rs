//! What staff read about an audit, and administrators about what AI costs.

use from_json::FromJson;
use relay_wire::Snowflake;
use twilight_model::channel::message::{Embed, component::ButtonStyle};
use twilight_util::builder::embed::{EmbedBuilder, EmbedFieldBuilder, EmbedFooterBuilder};

use super::{
    judge,
    rules::{Doubt, Level, Verdict},
};
use crate::{
    discord::{
        components::{button, cut, escaped, escaped_to, row},
        custom_id::CustomId,
        message::{MessageBody, colour},
    },
    error::Result,
    lang::Lang,
};

const YELLOW: u32 = 0xF1_C4_0F;

pub fn verdict(lang: Lang, verdict: &Verdict) -> Result<MessageBody> {
    let (Lang::En | Lang::De) = lang;
    let (title, colour) = match verdict.level {
        Level::Green => ("🟢 Green: nothing to look at", colour::GOOD),
        Level::Yellow => ("🟡 Yellow: a person should look", YELLOW),
        Level::Red => ("🔴 Red", colour::ERROR),
    };
    let summary = match &verdict.doubt {
        Some(Doubt::Undecided) => "The model could not decide. Please judge it yourself.".to_owned(),
        Some(Doubt::Blocked(reason)) => {
            format!(
                "Google refused to look at this text ({}). That alone says nothing else: please look yourself.",
                escaped(reason)
            )
        }
        Some(Doubt::NotSure) => {
            format!("{}\n\nThe model leaned to Green and was not sure enough for it.", escaped(&verdict.summary))
        }
        None => escaped(&verdict.summary),
    };
    let mut embed = EmbedBuilder::new().title(title).description(summary).color(colour);
    if !verdict.categories.is_empty() {
        embed = embed.field(EmbedFieldBuilder::new("Found", escaped(&verdict.categories.join(", "))).inline());
    }
    if let Some(confidence) = verdict.confidence {
        embed = embed.field(EmbedFieldBuilder::new("Confidence", format!("{:.0} %", confidence * 100.0)).inline());
    }
    if !verdict.evidence.is_empty() {
        let quotes: Vec<String> =
            verdict.evidence.iter().map(|quote| format!("> {}", escaped(&quote.replace('\n', " ")))).collect();
        embed = embed.field(EmbedFieldBuilder::new("In its own words", cut(&quotes.join("\n"), 1_024)));
    }
    if !verdict.next_step.is_empty() {
        embed = embed.field(EmbedFieldBuilder::new("You might", escaped_to(&verdict.next_step, 1_024)));
    }
    let embed = embed.footer(EmbedFooterBuilder::new("By an AI model, which errs. The decision is yours."));
    let share = row([button(ButtonStyle::Secondary, "Share here", CustomId::write(judge::SHARE, &[])?)]);
    Ok(MessageBody { components: vec![share], ..MessageBody::embed(embed.build()) })
}

pub fn shared(lang: Lang, embed: Embed, by: Snowflake) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    MessageBody { content: format!("<@{by}> shares an audit:"), ..MessageBody::embed(embed) }
}

/// With a button to try again, if the text could be kept.
pub fn outage(lang: Lang, key: Option<&str>) -> Result<MessageBody> {
    let (Lang::En | Lang::De) = lang;
    let text = "The model does not answer right now, so this was **not** judged.";
    let how = match key {
        Some(_) => "The text is kept, encrypted, for 15 minutes.",
        None => "Please send it again in a moment.",
    };
    let embed = EmbedBuilder::new().description(format!("{text} {how}")).color(colour::ERROR).build();
    let mut body = MessageBody::embed(embed);
    if let Some(key) = key {
        body.components =
            vec![row([button(ButtonStyle::Primary, "Try again", CustomId::write(judge::RETRY, &[&key])?)])];
    }
    Ok(body)
}

pub fn off(lang: Lang, unbilled: bool) -> &'static str {
    match (lang, unbilled) {
        (Lang::En | Lang::De, true) => {
            "The AI audit is off: on Google's free tier texts are used to improve its products. Whoever runs this bot can \
             switch it on with a billed key and `GEMINI_BILLED=true`."
        }
        (Lang::En | Lang::De, false) => "The AI audit is off: whoever runs this bot has not set `GEMINI_API_KEY` yet.",
    }
}

pub fn over_budget(lang: Lang, budget_usd: f64) -> String {
    match lang {
        Lang::En | Lang::De => format!(
            "The AI budget of this month (${budget_usd:.2}) is used up, or what is left of it is too little for this. `/ai usage` shows what it went to; \
             `/setup` changes it."
        ),
    }
}

pub fn too_long(lang: Lang, max_characters: usize) -> String {
    match lang {
        Lang::En | Lang::De => format!(
            "That is too long to be judged at once: at most {max_characters} characters. Please send a part of it."
        ),
    }
}

pub fn no_text(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "This message has no text to judge. Pictures and files are not looked at.",
    }
}

pub fn unreadable(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "This message cannot be read. Please copy its text into `/audit`.",
    }
}

pub fn not_kept(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "The text is not kept any more. Please send it again with `/audit`.",
    }
}

pub fn not_yours(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Only who asked for this audit can try it again.",
    }
}

pub fn nothing_to_share(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "There is nothing to share any more.",
    }
}

/// What `ai_usage` answers.
#[derive(FromJson)]
pub struct Usage {
    spent_usd: f64,
    budget_usd: f64,
    rows: Vec<UsageRow>,
}

#[derive(FromJson)]
struct UsageRow {
    purpose: String,
    model: String,
    calls: u64,
    failed: u64,
    input_tokens: u64,
    output_tokens: u64,
    cost_usd: Option<f64>,
    without_price: u64,
}

pub fn usage(lang: Lang, usage: &Usage) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let Usage { spent_usd, budget_usd, rows } = usage;
    let share = if *budget_usd > 0.0 { 100.0 * spent_usd / budget_usd } else { 100.0 };
    let mut text = format!("**${spent_usd:.4}** of ${budget_usd:.2} this month ({share:.0} %).");
    if share >= 100.0 {
        text.push_str("\n⚠️ It is used up: audits, triage and summaries wait for next month or a bigger budget.");
    } else if share >= 80.0 {
        text.push_str(
            "\n⚠️ It is nearly used up. At 100 % audits, triage and summaries stop; crisis detection and Ash never do.",
        );
    }
    if rows.is_empty() {
        text.push_str("\nNothing was asked of a model yet.");
    }
    let mut embed = EmbedBuilder::new().title("AI usage").color(if share >= 80.0 { YELLOW } else { colour::INFO });
    for row in rows.iter().take(20) {
        let cost = row.cost_usd.map_or_else(|| "cost unknown".to_owned(), |cost| format!("${cost:.4}"));
        let mut line = format!(
            "{cost} · {} calls, {} without an answer · {} tokens in, {} out",
            row.calls, row.failed, row.input_tokens, row.output_tokens
        );
        if row.without_price > 0 {
            line.push_str(&format!("\n⚠️ {} calls without a known price: add one to `ai_prices`.", row.without_price));
        }
        embed = embed.field(EmbedFieldBuilder::new(format!("{} · {}", row.purpose, row.model), line));
    }
    MessageBody::embed(embed.description(text).build())
}
