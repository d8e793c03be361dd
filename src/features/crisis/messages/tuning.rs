//! What `/crisis tuning` says. Pure.

use twilight_util::builder::embed::{EmbedBuilder, EmbedFieldBuilder, EmbedFooterBuilder};

use super::{
    super::{
        thresholds::{Judged, Proposal, Verdict},
        tuning::DAYS,
    },
    alert::found_by,
};
use crate::{
    care::Severity,
    discord::message::{MessageBody, colour, said},
    lang::Lang,
};

pub fn tuning(lang: Lang, judged: &[Judged], proposed: &[(Severity, i32, Proposal)]) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    if judged.is_empty() {
        return said(
            format!(
                "No alert of the last {DAYS} days was judged yet. An alert counts once it was taken over, resolved, called a \
                 false alarm or more severe, or acknowledged and over."
            ),
            colour::INFO,
        );
    }
    let mut lines = vec![];
    for detector in ["nlp", "both", "screen", "member"] {
        for severity in [Severity::Critical, Severity::High, Severity::Medium] {
            let of: Vec<_> = judged.iter().filter(|one| one.detector == detector && one.severity == severity).collect();
            let count = |verdict| of.iter().filter(|one| one.verdict == verdict).count();
            if of.is_empty() {
                continue;
            }
            let (wrong, graver) = (count(Verdict::FalseAlarm), count(Verdict::MoreSevere));
            let right = 100 * (of.len() - wrong) / of.len();
            lines.push(format!(
                "{}, {}: **{right} %** right of {} ({wrong} false, {graver} graver)",
                found_by(detector),
                severity.name(),
                of.len()
            ));
        }
    }
    let proposals: Vec<String> =
        proposed.iter().map(|(severity, now, proposal)| line(*severity, *now, proposal)).collect();
    let embed = EmbedBuilder::new()
        .title(format!("Tuning: {} judged alerts of {DAYS} days", judged.len()))
        .color(colour::INFO)
        .field(EmbedFieldBuilder::new("How often it was right", lines.join("\n")))
        .field(EmbedFieldBuilder::new("Thresholds of Ash-NLP's score", proposals.join("\n")))
        .footer(EmbedFooterBuilder::new("Nothing changes by itself. Trials count here, drills do not."));
    MessageBody::embed(embed.build())
}

fn line(severity: Severity, now: i32, proposal: &Proposal) -> String {
    let name = severity.name();
    let score = |hundredths: i32| format!("{:.2}", f64::from(hundredths) / 100.0);
    let from = score(now);
    match proposal {
        Proposal::TooFew(count) => format!("**{name}** stays at {from}: only {count} judged so far."),
        Proposal::Stay => format!("**{name}** stays at {from}."),
        Proposal::Raise { to, spared, false_alarms } => format!(
            "**{name}** from {from} to **{}**: {spared} of {false_alarms} false alarms were below, no real one.",
            score(*to)
        ),
        Proposal::Lower { to, graver, moved } => format!(
            "**{name}** from {from} to **{}**: {graver} of the {moved} between were called more severe.",
            score(*to)
        ),
    }
}
