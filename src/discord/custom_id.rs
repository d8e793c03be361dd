//! The codec of `custom_id`: `1:feature.action:argument:argument`, versioned because buttons outlive deployments.

use std::str::FromStr;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use crate::{
    error::{Error, Result},
    lang::Lang,
};

const VERSION: &str = "1";
/// Discord's limit, in characters.
const MAX_LENGTH: usize = 100;
const RESERVED: &AsciiSet = &CONTROLS.add(b':').add(b'%');

/// What a component or modal was made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomId {
    /// `feature.action`, as registered.
    pub action: String,
    pub arguments: Vec<String>,
}

impl CustomId {
    /// Writes an id. A bug if it gets longer than Discord allows.
    pub fn write(action: &str, arguments: &[&dyn ToString]) -> Result<String> {
        let mut id = format!("{VERSION}:{action}");
        for argument in arguments {
            id.push(':');
            id.extend(utf8_percent_encode(&argument.to_string(), RESERVED));
        }
        if id.chars().count() > MAX_LENGTH {
            return Err(Error::bug(format!("the custom_id of {action} is longer than {MAX_LENGTH} characters")));
        }
        Ok(id)
    }

    /// Reads an id. None for one that this version did not write; anyone can send anything here.
    pub fn read(id: &str) -> Option<Self> {
        let mut parts = id.split(':');
        if parts.next()? != VERSION {
            return None;
        }
        let action = parts.next()?.to_owned();
        let arguments = parts
            .map(|part| percent_decode_str(part).decode_utf8().map(|text| text.into_owned()))
            .collect::<Result<_, _>>()
            .ok()?;
        Some(Self { action, arguments })
    }

    /// The argument at `index` (from 0). A forged or outdated id is the user's mistake, not a bug.
    pub fn argument<T: FromStr>(&self, index: usize, lang: Lang) -> Result<T> {
        self.arguments.get(index).and_then(|text| text.parse().ok()).ok_or_else(|| {
            Error::user(match lang {
                Lang::De => "Dieser Knopf ist nicht mehr aktuell. Öffne das Menü bitte neu.",
                Lang::En => "This button is not complete. Please open the menu again.",
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_carries_its_version_action_and_arguments() {
        let id = CustomId::write("setup.change", &[&"engagement.points", &7]).unwrap();
        assert_eq!(id, "1:setup.change:engagement.points:7");
        let read = CustomId::read(&id).unwrap();
        assert_eq!(read.action, "setup.change");
        assert_eq!(read.argument::<u64>(1, Lang::En).unwrap(), 7);
        assert!(matches!(read.argument::<u64>(0, Lang::En), Err(Error::User(_))));
        assert!(matches!(read.argument::<u64>(2, Lang::En), Err(Error::User(_))));
    }

    #[test]
    fn an_id_of_another_version_is_not_ours() {
        assert_eq!(CustomId::read("0:setup.change"), None);
        assert_eq!(CustomId::read("ash_ack:1:2"), None);
        assert_eq!(CustomId::read(""), None);
    }

    #[test]
    fn an_id_that_discord_would_refuse_is_a_bug_before_it_is_sent() {
        assert!(matches!(CustomId::write("a.b", &[&"x".repeat(100)]), Err(Error::Bug(_))));
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_again(arguments in prop::collection::vec(".{0,8}", 0..4)) {
            let printable: Vec<&dyn ToString> = arguments.iter().map(|a| a as &dyn ToString).collect();
            if let Ok(id) = CustomId::write("a.b", &printable) {
                prop_assert_eq!(CustomId::read(&id), Some(CustomId { action: "a.b".into(), arguments }));
            }
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in ".*") {
            let _ = CustomId::read(&text);
        }
    }
}
