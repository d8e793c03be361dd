//! What members wrote, shown in Markdown and in the HTML of a transcript: none of it becomes markup.
//! The input's parts stand between bytes 0x1f.
#![no_main]

use std::collections::HashMap;

use community_os::{
    discord::components::{cut, escaped},
    features::tickets::html::{Line, Page, Writer},
    lang::Lang,
};
use from_json::{FromJson, json};
use libfuzzer_sys::fuzz_target;
use relay_wire::{Attachment, Snowflake};

const MARKS: &str = "\\*_`~|<>[]()#@";

fuzz_target!(|text: &str| {
    markdown(text);
    let mut parts = text.split('\u{1f}');
    let parts: [&str; 8] = std::array::from_fn(|_| parts.next().unwrap_or_default());
    html(&parts);
});

/// Read as Discord reads it: a backslash makes the mark after it plain. No mark is left that is not.
fn markdown(text: &str) {
    let safe = escaped(text);
    let mut plain = String::new();
    let mut letters = safe.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => plain.push(letters.next().unwrap()),
            mark if MARKS.contains(mark) => panic!("{mark} is not escaped in {safe:?}"),
            other => plain.push(other),
        }
    }
    assert_eq!(plain, text);
    assert!(cut(&safe, 256).chars().count() <= 256);
}

/// The same tags as with harmless words in the same places.
fn html([subject, reason, category, name, content, file, url, zone]: &[&str; 8]) {
    let evil = page([subject, reason, category, name, content, file, url, zone]);
    let tame = |text: &str| match text {
        "" => String::new(),
        text => format!("x{}", "\n".repeat(text.matches('\n').count())),
    };
    let is_link = reqwest::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    let zone = if *zone == "UTC" { "UTC".to_owned() } else { tame(zone) };
    let [subject, reason, category, name, content, file] =
        [subject, reason, category, name, content, file].map(|text| tame(text));
    let link = if is_link { "https://x/y" } else { "x" };
    let plain = page([&subject, &reason, &category, &name, &content, &file, link, &zone]);
    assert_eq!(tags(&evil), tags(&plain));
    assert!(!evil.contains("<!--") && !evil.contains("-->"));
    assert!(!evil.contains(|c: char| c.is_control() && c != '\n' && c != '\t'));
}

fn page([subject, reason, category, name, content, file, url, zone]: [&str; 8]) -> String {
    let ticket = FromJson::from_json(&json!({
        "ticket_id": "5", "guild_id": "1", "ticket_number": 7, "opener_id": "3", "channel_id": "9", "place": "channel",
        "category": {
            "category_id": "1", "name": category, "description": "", "opening_text": "", "questions": [], "max_open": 1,
            "cooldown_minutes": 0, "min_account_days": 0, "transcript_days": 365, "retired": false,
        },
        "subject": subject, "form": [], "status": "RESOLVED", "priority": "HIGH", "created_at": "2026-01-02T03:04:05Z",
        "resolved_at": "2026-01-03T03:04:05Z", "closed_by": "4", "close_reason": reason, "members": [], "removed": [],
    }));
    let about = Page {
        messages: vec![],
        total: 1,
        zone: zone.to_owned(),
        answered_by: vec![name.to_owned()],
        people: HashMap::from([(Snowflake(3), name.to_owned())]),
        forgotten: false,
    };
    let line = Line {
        message_id: Snowflake(1),
        author_id: Some(Snowflake(3)),
        author_name: name.to_owned(),
        content: content.to_owned(),
        attachments: vec![Attachment { name: file.to_owned(), url: url.to_owned(), size: 12_345 }],
        sent_at: community_os_fuzz::now(),
        edited_at: None,
        deleted_at: None,
        local: "2026-01-02 04:04".to_owned(),
    };
    let mut writer = Writer::new(Lang::En, &ticket.unwrap(), &about, 8 << 20, 1);
    assert!(writer.push(&line));
    writer.finish(1).remove(0)
}

/// Every tag, the target of a link taken out and checked.
fn tags(html: &str) -> Vec<String> {
    let piece = |piece: &str| {
        let (tag, rest) = piece.split_once('>').unwrap_or_else(|| panic!("a tag without end: {piece}"));
        assert!(!rest.contains('>'), "a stray > after {tag}");
        let Some(target) = tag.strip_prefix("a href=\"") else { return tag.to_owned() };
        let (url, rest) = target.split_once('"').unwrap();
        assert!(url.starts_with("http://") || url.starts_with("https://"), "{url}");
        assert!(!url.contains(|c: char| c.is_whitespace() || c == '\'' || c == '`'), "{url}");
        format!("a{rest}")
    };
    html.split('<').skip(1).map(piece).collect()
}
