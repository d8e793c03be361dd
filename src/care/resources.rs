//! Where people find help outside of Discord: the list in resources.txt, and the card made of it. Pure: it needs no service.

use chrono::TimeDelta;
use twilight_model::channel::message::Embed;
use twilight_util::builder::embed::{EmbedBuilder, EmbedFieldBuilder};

use crate::{
    config::Config,
    discord::message::colour,
    edge::Time,
    lang::{Lang, fill},
};

const LIST: &str = include_str!("resources.txt");
/// What was verified longer ago counts as not verified.
const VERIFIED_FOR: TimeDelta = TimeDelta::days(180);

/// Countries that have a list, by their two letters; and the number for emergencies there.
pub const COUNTRIES: &[(&str, &str, &str)] = &[
    ("US", "United States", "911"),
    ("CA", "Canada", "911"),
    ("GB", "United Kingdom", "999"),
    ("DE", "Germany", "112"),
    ("AU", "Australia", "000"),
];

/// What a country is called in the middle of a text.
fn country_name(lang: Lang, code: &str, english: &'static str) -> &'static str {
    match (lang, code) {
        (Lang::De, "US") => "USA",
        (Lang::De, "CA") => "Kanada",
        (Lang::De, "GB") => "Großbritannien",
        (Lang::De, "DE") => "Deutschland",
        (Lang::De, "AU") => "Australien",
        _ => english,
    }
}

/// One place to turn to, as it stands in the list.
#[derive(Clone, Copy, Debug)]
pub struct Resource(&'static str);

impl Resource {
    fn field(&self, name: &str) -> Option<&'static str> {
        let values = self.0.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        values.map(str::trim).find(|value| !value.is_empty())
    }

    /// What is there in several languages; English where it is not.
    fn words(&self, lang: Lang, name: &str) -> Option<&'static str> {
        match lang {
            Lang::En => self.field(name),
            Lang::De => self.field(&format!("{name}.de")).or_else(|| self.field(name)),
        }
    }

    fn is_of(&self, country: &str) -> bool {
        self.field("country") == Some(country)
    }

    pub fn name(&self) -> &'static str {
        self.field("name").unwrap_or_default()
    }

    fn is_verified(&self, now: Time) -> bool {
        let day = self.field("last_verified").and_then(from_json::date);
        let day = day.filter(|_| self.field("verified_by").is_some());
        day.is_some_and(|day| (TimeDelta::zero()..=VERIFIED_FOR).contains(&(now.date_naive() - day)))
    }
}

/// The whole list.
pub fn all() -> impl Iterator<Item = Resource> {
    LIST.split("\n\n").filter(|block| block.starts_with("country:")).map(Resource)
}

/// The names of those that somebody has to verify; in production they are not shown.
pub fn unverified(now: Time) -> Vec<&'static str> {
    all().filter(|one| !one.is_verified(now)).map(|one| one.name()).collect()
}

/// Whether a website of the list is there, by its host without `www.`.
pub fn has_host(host: &str) -> bool {
    let hosts = all().filter_map(|one| one.field("url")?.strip_prefix("https://")?.split('/').next());
    hosts.map(|one| one.strip_prefix("www.").unwrap_or(one)).any(|one| one == host)
}

/// Whether a number of the list, or an emergency number, has these digits; the country's code may be left out.
pub fn has_number(digits: &str) -> bool {
    let plain = |number: &str| number.chars().filter(char::is_ascii_digit).collect::<String>();
    let listed = all().flat_map(|one| [one.field("phone"), one.field("text")]).flatten();
    let listed = listed.flat_map(|ways| ways.split(" or ")).chain(COUNTRIES.iter().map(|(.., number)| *number));
    listed.map(plain).any(|one| one == digits || digits.len() >= 7 && one.ends_with(digits))
}

/// The country that Discord's language stands for (`en-GB`, `de`), if it stands for one that has a list.
pub fn country_of_locale(locale: &str) -> Option<&'static str> {
    let wanted = match locale {
        "de" => "DE",
        _ => locale.split_once('-')?.1,
    };
    COUNTRIES.iter().map(|(code, ..)| *code).find(|code| *code == wanted)
}

/// The resource card: what to do in an emergency, where to look in any country, and what there is in this one.
pub fn card(lang: Lang, country: Option<&str>, now: Time, config: &Config) -> Embed {
    let country = COUNTRIES.iter().find(|(code, ..)| Some(*code) == country);
    let named = country.map(|(code, name, number)| (country_name(lang, code, name), number));
    let emergency = match (lang, named) {
        (Lang::En, Some((name, number))) => format!("**In danger right now? Call {number}** ({name})."),
        (Lang::De, Some((name, number))) => format!("**Gerade in Gefahr? Ruf {number} an** ({name})."),
        (Lang::En, None) => {
            "**In danger right now? Call your emergency number** (112 in Europe, 911 in North America).".to_owned()
        }
        (Lang::De, None) => "**Gerade in Gefahr? Ruf den Notruf an** (112 in Europa, 911 in Nordamerika).".to_owned(),
    };
    let mut lines = vec![emergency];
    let everywhere = all().filter(|one| one.is_of("*"));
    lines.extend(everywhere.map(|one| {
        format!(
            "**[{}]({})**: {}.",
            one.name(),
            one.field("url").unwrap_or_default(),
            one.words(lang, "for").unwrap_or_default()
        )
    }));
    if let Some(url) = &config.protocol_url {
        lines.push(fill(
            match lang {
                Lang::En => "[What happens here when somebody may be in danger]({0})",
                Lang::De => "[Was hier geschieht, wenn jemand in Gefahr sein könnte]({0})",
            },
            &[&url],
        ));
    }
    let title = match lang {
        Lang::En => "You do not have to go through this alone",
        Lang::De => "Du musst da nicht allein durch",
    };
    let mut embed = EmbedBuilder::new().title(title).description(lines.join("\n")).color(colour::INFO);
    let here = country.map(|(code, ..)| *code).unwrap_or_default();
    for one in all().filter(|one| one.is_of(here) && (!config.is_production() || one.is_verified(now))) {
        embed = embed.field(EmbedFieldBuilder::new(one.name(), ways(lang, &one, now)));
    }
    embed.build()
}

/// How to reach it, for whom it is, and when.
fn ways(lang: Lang, one: &Resource, now: Time) -> String {
    let (call, text, whom, unverified) = match lang {
        Lang::En => ("call ", "text ", "for ", "\n*not verified: shown on a test system only*"),
        Lang::De => ("Telefon ", "SMS ", "für ", "\n*nicht geprüft: nur auf einem Testsystem zu sehen*"),
    };
    let part = |before: &str, value: Option<&str>| value.map(|value| format!("{before}{value}"));
    let ways = [part(call, one.field("phone")), part(text, one.field("text")), part("", one.field("url"))];
    let about = [part(whom, one.words(lang, "for")), part("", one.words(lang, "hours"))];
    let mut ways = ways.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    if lang == Lang::De {
        ways = ways.replace(" or ", " oder ");
    }
    let about: Vec<String> = about.into_iter().flatten().collect();
    let mark = if one.is_verified(now) { "" } else { unverified };
    format!("{ways}\n{}{mark}", about.join(" · "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Time {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    fn config(api: &str) -> Config {
        Config::load(|name| (name == "DISCORD_API_URL").then(|| api.to_owned()))
    }

    #[test]
    fn every_entry_says_what_it_is_where_it_comes_from_and_how_it_is_reached() {
        for one in all() {
            let country = one.field("country").unwrap();
            assert!(country == "*" || COUNTRIES.iter().any(|(code, ..)| *code == country), "{country}");
            for field in ["name", "url", "for", "source"] {
                assert!(one.field(field).is_some(), "{}: {field}", one.name());
            }
            assert!(one.0.contains("\nlast_verified:") && one.0.contains("\nverified_by:"), "{}", one.name());
            if let Some(day) = one.field("last_verified") {
                assert!(from_json::date(day).is_some() && one.field("verified_by").is_some(), "{}", one.name());
            }
            for line in one.0.lines().filter(|line| !line.starts_with('#')) {
                let known = [
                    "country",
                    "name",
                    "phone",
                    "text",
                    "url",
                    "hours",
                    "for",
                    "hours.de",
                    "for.de",
                    "source",
                    "last_verified",
                    "verified_by",
                ];
                assert!(known.contains(&line.split(':').next().unwrap()), "{line}");
            }
        }
        let blocks = LIST.lines().filter(|line| line.starts_with("country:")).count();
        assert_eq!(all().count(), blocks, "an empty line ends every entry");
        assert!(COUNTRIES.iter().all(|(code, ..)| all().any(|one| one.is_of(code))));
    }

    #[test]
    fn the_line_that_ended_is_never_listed() {
        assert!(!all().any(|one| one.0.to_lowercase().contains("press 3")));
    }

    #[test]
    fn in_production_only_what_somebody_verified_lately_is_shown() {
        let of = |day: &str| Resource(format!("country: US\nlast_verified: {day}\nverified_by: Robin").leak());
        assert!(of("2026-11-22").is_verified(now()) && of("2026-05-26").is_verified(now()));
        assert!(!of("2026-05-25").is_verified(now()), "181 days");
        assert!(!of("2026-11-23").is_verified(now()) && !of("").is_verified(now()) && !of("soon").is_verified(now()));
        assert!(!Resource("country: US\nlast_verified: 2026-11-22\nverified_by:").is_verified(now()), "by nobody");
        let real = card(Lang::En, Some("US"), now(), &config("https://discord.com/api/v10"));
        let verified = all().filter(|one| one.is_of("US") && one.is_verified(now())).count();
        assert_eq!(real.fields.len(), verified);
        let description = real.description.unwrap();
        assert!(description.contains("Call 911") && description.contains("https://findahelpline.com"), "{description}");
        let local = card(Lang::En, Some("US"), now(), &config("http://127.0.0.1:8700/api/v10"));
        assert_eq!(local.fields.len(), all().filter(|one| one.is_of("US")).count());
    }

    #[test]
    fn weakness_7_the_card_is_an_embed_of_its_own_and_fits_in_every_country() {
        for country in COUNTRIES.iter().map(|(code, ..)| Some(*code)).chain([None, Some("XX")]) {
            for lang in [Lang::En, Lang::De] {
                let card = card(lang, country, now(), &config("http://127.0.0.1:8700/api/v10"));
                let fields: usize =
                    card.fields.iter().map(|one| one.name.chars().count() + one.value.chars().count()).sum();
                let characters = card.description.unwrap().chars().count() + fields;
                assert!(card.fields.len() <= 25 && characters < 5_000, "{country:?}: {characters}");
            }
        }
    }

    #[test]
    fn weakness_8_what_is_for_everywhere_names_no_countrys_number() {
        for one in all().filter(|one| one.is_of("*")) {
            assert!(one.field("phone").is_none() && one.field("text").is_none(), "{}", one.name());
        }
    }

    #[test]
    fn what_somebody_else_names_is_found_in_the_list() {
        assert!(has_host("thetrevorproject.org") && has_host("988.ca") && !has_host("evil.example") && !has_host(""));
        for digits in ["988", "112", "18664887386", "8664887386", "678678", "116123", "08001110111"] {
            assert!(has_number(digits), "{digits}");
        }
        assert!(!has_number("18005550199") && !has_number("7386") && !has_number(""));
    }

    #[test]
    fn a_country_comes_from_the_language_only_where_it_stands_for_one() {
        let found: Vec<_> = ["en-US", "en-GB", "de", "es-ES", "fr", "xx"].map(country_of_locale).into();
        assert_eq!(found, [Some("US"), Some("GB"), Some("DE"), None, None, None]);
    }
}
