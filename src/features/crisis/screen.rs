//! The built-in screen: reads one message and says how grave it is, without network, clock or chance.
//!
//! How it thinks is in docs/crisis-screen.md. It finds; what follows is decided elsewhere.

mod before;
mod bits;
mod classes;
mod engine;
mod idioms;
mod judge;
mod kind;
mod layer;
mod lexicon;
mod patterns;
mod spelling;
mod table;
#[cfg(test)]
mod tests;
mod together;
mod tone;
#[cfg(test)]
mod train;
mod words;

use crate::care::Severity;

/// What the screen makes of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    /// The C-SSRS question that the words would answer with yes, 1 to 6; a hint for the team, no diagnosis.
    pub level: Option<u8>,
    /// In the first person: a plan, an intent or an act. Only this may raise to HIGH what Ash-NLP calls SAFE.
    pub explicit: bool,
    /// Names of what was found, for an alert; never the text.
    pub factors: Vec<&'static str>,
}

/// As the rules call it.
pub const OTHERS: &str = "about somebody else";
/// Nothing that has a name, but words like those of people in danger.
const WORDING: &str = "wording of people in danger";

pub fn screen(text: &str) -> Finding {
    let lexicon = lexicon::lexicon();
    let text = words::read(text, lexicon);
    let found = engine::matches(&text, lexicon);
    let mut finding = judge::judge(&text, &found, lexicon);
    let weighed = layer::weigh(&text, &finding);
    let severity = layer::settle(&finding, weighed, layer::LIMITS);
    if severity >= Severity::High && finding.severity < severity && !finding.factors.contains(&WORDING) {
        finding.factors.push(WORDING);
    }
    finding.severity = severity;
    finding
}
