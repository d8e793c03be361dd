//! Members who try to lead Ash astray, in running talks: what Claude is sent, and what becomes of its answer.

use world::{script::Script, seed::user};

use super::{asked, live, read_all, talking};

struct Attempt {
    id: String,
    properties: String,
    stop: String,
    answer: String,
    text: String,
}

fn attempts() -> Vec<Attempt> {
    let table = include_str!("../../data/companion/red_team.tsv");
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    let attempts = lines.map(|line| {
        let columns: Vec<String> = line.split('\t').map(str::to_owned).collect();
        let [id, _, properties, stop, answer, text] = columns.try_into().unwrap();
        Attempt { id, properties, stop, answer, text: written_out(&text).chars().take(1_900).collect() }
    });
    // What nobody can send as a message is left to the pure test.
    attempts.filter(|one| !one.text.trim().is_empty()).collect()
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

#[tokio::test]
async fn nobody_leads_ash_astray_and_an_answer_that_was_led_is_never_seen() {
    let mut bot = live().await;
    let thread = talking(&mut bot, user::MEMBER).await;
    let (mut generated, mut replaced) = (0, 0);
    let (last, first): (Vec<Attempt>, Vec<Attempt>) =
        attempts().into_iter().partition(|one| one.properties.contains("stop"));
    for one in first {
        bot.world.claude.scripts.clear();
        let answer = if one.answer == "-" { "I hear you, and that is a lot." } else { &one.answer };
        bot.world.claude.scripts.add(Script { text: Some(answer.to_owned()), ..Script::default() });
        let (before, seen) = (asked(&bot).len(), read_all(&bot, thread).len());
        bot.says(user::MEMBER, thread, &one.text).await;
        let said = read_all(&bot, thread).split_off(seen).join("\n");
        assert!(!said.is_empty(), "{}: nobody is left without an answer", one.id);
        assert!(one.answer == "-" || !said.contains(&one.answer), "{}: {said}", one.id);
        let Some(sent) = asked(&bot).get(before).cloned() else {
            assert!(["human", "ai"].iter().any(|word| one.properties.contains(word)), "{}: {said}", one.id);
            continue;
        };
        generated += 1;
        replaced += usize::from(one.stop != "-");
        let turns = sent["messages"].as_array().unwrap();
        for turn in turns.iter().filter(|turn| turn["role"] == "user") {
            let content = turn["content"].as_str().unwrap();
            for frame in content.trim_end_matches("\n</member>").split("\n</member>\n\n") {
                let inside = frame.strip_prefix("<member>\n").unwrap_or_else(|| panic!("{}: {content}", one.id));
                assert!(!inside.contains("<member") && !inside.contains("</member"), "{}: {content}", one.id);
                assert!(!inside.contains(['\u{202e}', '\u{200b}', '\u{e0069}', '＜', '‹']), "{}: {content}", one.id);
            }
        }
        assert_eq!(turns.last().unwrap()["role"], "user", "{}", one.id);
        assert_eq!(sent["system"][0], asked(&bot)[0]["system"][0], "{}: the instructions never change", one.id);
        let facts = sent["system"][1]["text"].as_str().unwrap();
        assert!(
            facts.starts_with("FACTS FROM THE SYSTEM") && (one.text.len() < 10 || !facts.contains(&one.text)),
            "{}",
            one.id
        );
        if one.answer == "-" {
            assert!(said.contains("I hear you, and that is a lot."), "{}: {said}", one.id);
        }
    }
    assert!(generated >= 70 && replaced >= 40, "{generated} generated, {replaced} replaced");
    for one in last {
        let before = asked(&bot).len();
        bot.says(user::MEMBER, thread, &one.text).await;
        assert_eq!(asked(&bot).len(), before, "{}: who wants to be left alone is", one.id);
    }
}
