//! What Discord shows of members' commands to who uses it in German. Their names stay English, and so does what only staff uses.

use std::collections::HashMap;

use twilight_model::application::command::{Command as Definition, CommandOption};

/// A line each: the command with its sub-commands and option, and what it is.
const DESCRIPTIONS: &str = include_str!("commands.de.txt");

pub fn describe(definition: &mut Definition) {
    definition.description_localizations = described(&definition.name);
    describe_options(&definition.name, &mut definition.options);
}

fn describe_options(path: &str, options: &mut Vec<CommandOption>) {
    for option in options {
        let path = format!("{path} {}", option.name);
        option.description_localizations = described(&path);
        describe_options(&path, option.options.get_or_insert_default());
        option.options.take_if(|options| options.is_empty());
    }
}

fn described(path: &str) -> Option<HashMap<String, String>> {
    let mut lines = DESCRIPTIONS.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(of, _)| *of == path).map(|(_, text)| HashMap::from([("de".to_owned(), text.to_owned())]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::definitions;

    fn paths(path: &str, options: &[CommandOption], found: &mut Vec<String>) {
        for option in options {
            let path = format!("{path} {}", option.name);
            paths(&path, option.options.as_deref().unwrap_or_default(), found);
            found.push(path);
        }
    }

    #[test]
    fn every_line_describes_something_that_is_there_in_as_few_words_as_discord_takes() {
        let mut known = vec![];
        for definition in definitions() {
            paths(&definition.name, &definition.options, &mut known);
            known.push(definition.name);
        }
        for line in DESCRIPTIONS.lines() {
            let (path, text) = line.split_once(": ").unwrap();
            assert!(known.iter().any(|one| one == path), "{path}");
            assert!((1..=100).contains(&text.chars().count()), "{line}");
        }
    }

    #[test]
    fn who_uses_discord_in_german_reads_what_a_command_is_for() {
        let privacy = definitions().into_iter().find(|one| one.name == "privacy").unwrap();
        assert_eq!(
            privacy.description_localizations.unwrap()["de"],
            "Was über dich gespeichert ist und wie du es löschst"
        );
        let export = privacy.options.iter().find(|one| one.name == "export").unwrap();
        assert!(export.description_localizations.as_ref().unwrap()["de"].starts_with("Alles, was über dich"));
        let hold = privacy.options.iter().find(|one| one.name == "hold").unwrap();
        assert!(hold.description_localizations.is_none(), "staff's commands stay as they are");
    }
}
