//! What administrators read about a channel's sensitivity. Pure.

use relay_wire::Snowflake;

use super::super::rules::Sensitivity;
use crate::{
    care::Severity,
    discord::message::{MessageBody, colour, said},
    lang::Lang,
};

/// The numbers, and what becomes of each severity.
pub fn shown(lang: Lang, channel: Snowflake, of: &Sensitivity, is_new: bool) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let [low, medium, high, critical] = of.thresholds;
    let head = if is_new { "Saved. " } else { "" };
    let mut lines = vec![format!(
        "{head}<#{channel}>: factor **{}**, LOW from {low}, MEDIUM from {medium}, HIGH from {high}, CRITICAL from {critical}.",
        of.factor
    )];
    let moved: Vec<String> = Severity::ALL
        .into_iter()
        .map(|severity| (severity, of.apply(severity, None)))
        .filter(|(found, told)| found != told)
        .map(|(found, told)| format!("• what is typically {} counts as **{}**", found.name(), told.name()))
        .collect();
    match moved.is_empty() {
        true => lines.push("Typical messages of each severity count as what they are.".to_owned()),
        false => lines.extend(moved),
    }
    lines.push(
        "A factor below 1 never raises anything, one above 1 never lowers anything. CRITICAL always stays an alert, and a \
         plan or an act of one's own is never weighed down."
            .to_owned(),
    );
    said(lines.join("\n"), if is_new { colour::GOOD } else { colour::INFO })
}

pub fn not_in_order(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "The scores have to rise from LOW to CRITICAL, between 0.05 and 1: for example 0.3, 0.5, 0.7, 0.85."
        }
    }
}
