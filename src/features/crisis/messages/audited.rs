//! An alert about a text that staff had audited. Pure.

use twilight_util::builder::embed::{EmbedBuilder, EmbedFieldBuilder};

use super::{
    super::screen::Finding,
    alert::{colour_of, preview, title},
};
use crate::{discord::message::MessageBody, features::Audited, lang::Lang};

pub fn alert(lang: Lang, audited: &Audited, finding: &Finding, is_shadow: bool, hides_words: bool) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let mut said = format!(
        "<@{}> had this text audited in <#{}>. Who wrote it is not known here: please ask them.",
        audited.actor_id, audited.channel_id
    );
    if is_shadow {
        said.push_str("\nTrial: nobody is pinged.");
    }
    let name = format!("{}: a text from an audit", title(lang, finding.severity, false));
    let mut embed = EmbedBuilder::new().title(name).color(colour_of(finding.severity)).description(said);
    if !hides_words {
        embed = embed.field(EmbedFieldBuilder::new("Text", preview(&audited.text)));
    }
    embed = embed.field(EmbedFieldBuilder::new("Severity", finding.severity.name()).inline());
    if !finding.factors.is_empty() {
        let bullets: Vec<String> = finding.factors.iter().take(5).map(|one| format!("• {one}")).collect();
        embed = embed.field(EmbedFieldBuilder::new("Key factors", bullets.join("\n")));
    }
    MessageBody::embed(embed.build())
}
