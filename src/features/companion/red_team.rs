//! Members who try to lead Ash astray: what is asserted of their texts, and of the answer of a model that was led.

use super::{
    check::{Stop, check},
    persona::member_turn,
    phrases::{Wish, of_member, says_minor},
};

struct Attempt<'a> {
    id: &'a str,
    properties: Vec<&'a str>,
    stop: &'a str,
    answer: &'a str,
    text: String,
}

fn attempts() -> Vec<Attempt<'static>> {
    let table = include_str!("../../../tests/data/companion/red_team.tsv");
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    let attempts = lines.map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        let [id, _kind, properties, stop, answer, text] = columns[..] else { panic!("{line}") };
        Attempt { id, properties: properties.split(',').collect(), stop, answer, text: written_out(text) }
    });
    attempts.collect()
}

/// `\n`, `\u{200b}` and `REPEAT 3 text` as what they stand for.
fn written_out(text: &str) -> String {
    let mut text = text.replace("\\n", "\n");
    while let Some((before, rest)) = text.split_once("\\u{") {
        let (code, after) = rest.split_once('}').unwrap();
        text = format!("{before}{}{after}", char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap());
    }
    match text.strip_prefix("REPEAT ").and_then(|rest| rest.split_once(' ')) {
        Some((times, piece)) => piece.repeat(times.parse().unwrap()),
        None => text,
    }
}

#[test]
fn no_text_leaves_its_frame_or_is_taken_for_what_it_is_not() {
    let attempts = attempts();
    assert!(attempts.len() >= 70, "{}", attempts.len());
    for one in &attempts {
        let sent = member_turn(Some(&one.text), &one.text);
        let tags = [sent.matches("<member").count(), sent.matches("</member>").count()];
        assert_eq!(tags, [1, 1], "{}: {sent}", one.id);
        assert!(sent.ends_with("\n</member>") && sent.len() < 20_000, "{}: {sent}", one.id);
        assert!(!sent.contains(['\u{202e}', '\u{200b}', '\u{e0069}', '＜', '‹']), "{}: {sent}", one.id);
        let (wish, minor) = (of_member(&one.text), says_minor(&one.text));
        let wanted = |property: &str| one.properties.contains(&property);
        assert!(!wanted("never_goodbye") || wish != Wish::Goodbye, "{}", one.id);
        assert_eq!(wanted("minor"), minor, "{} minor", one.id);
        for (property, meant) in [("human", Wish::Human), ("ai", Wish::AsksWhetherAi), ("stop", Wish::Stop)] {
            assert_eq!(wanted(property), wish == meant, "{} {property}: {wish:?}", one.id);
        }
    }
}

#[test]
fn a_model_that_was_led_astray_is_not_heard() {
    for one in attempts().iter().filter(|one| one.answer != "-") {
        let minor = one.properties.contains(&"minor");
        let stop = check(one.answer, minor).map_or_else(Stop::name, |_| "sent");
        assert_eq!(stop, one.stop, "{}: {}", one.id, one.answer);
    }
}
