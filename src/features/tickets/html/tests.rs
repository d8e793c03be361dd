//! No text of any kind becomes markup, and the file says what it should.

use from_json::json;
use proptest::prelude::*;

use super::*;

fn ticket(subject: &str, reason: &str, category: &str) -> Ticket {
    Ticket::from_json(&json!({
        "ticket_id": "5", "guild_id": "1", "ticket_number": 7, "opener_id": "3", "channel_id": "9", "place": "channel",
        "category": {
            "category_id": "1", "name": category, "description": "", "opening_text": "", "questions": [], "max_open": 1,
            "cooldown_minutes": 0, "min_account_days": 0, "transcript_days": 365, "retired": false,
        },
        "subject": subject, "form": [], "status": "RESOLVED", "priority": "HIGH", "created_at": "2026-01-02T03:04:05Z",
        "resolved_at": "2026-01-03T03:04:05Z", "closed_by": "4", "close_reason": reason, "members": [], "removed": [],
    }))
    .unwrap()
}

fn line(name: &str, content: &str, files: &[(&str, &str)]) -> Line {
    let at = DateTime::from_timestamp(1_767_323_045, 0).unwrap();
    Line {
        message_id: Snowflake(1),
        author_id: Some(Snowflake(3)),
        author_name: name.to_owned(),
        content: content.to_owned(),
        attachments: files
            .iter()
            .map(|(name, url)| Attachment { name: (*name).to_owned(), url: (*url).to_owned(), size: 12_345 })
            .collect(),
        sent_at: at,
        edited_at: None,
        deleted_at: None,
        local: "2026-01-02 04:04".to_owned(),
    }
}

fn about(name: &str, zone: &str, total: usize) -> Page {
    Page {
        messages: vec![],
        total,
        zone: zone.to_owned(),
        answered_by: vec![name.to_owned()],
        people: HashMap::from([(Snowflake(3), name.to_owned())]),
        forgotten: false,
    }
}

fn page(ticket: &Ticket, about: &Page, lines: &[Line]) -> String {
    let mut writer = Writer::new(Lang::En, ticket, about, 1_000_000, 1);
    assert!(lines.iter().all(|line| writer.push(line)));
    writer.finish(lines.len()).remove(0)
}

/// Every tag, the target of a link taken out and checked.
fn tags(html: &str) -> Vec<String> {
    let mut tags = vec![];
    for piece in html.split('<').skip(1) {
        let (tag, rest) = piece.split_once('>').expect("every tag ends");
        assert!(!rest.contains('>'), "a stray > after {tag}");
        match tag.strip_prefix("a href=\"") {
            None => tags.push(tag.to_owned()),
            Some(target) => {
                let (url, rest) = target.split_once('"').unwrap();
                assert!(url.starts_with("http://") || url.starts_with("https://"), "{url}");
                assert!(!url.contains(|c: char| c.is_whitespace() || c == '\'' || c == '`'), "{url}");
                tags.push(format!("a{rest}"));
            }
        }
    }
    tags
}

#[test]
fn the_file_stands_alone_and_says_everything() {
    let mut edited = line("Helper", "fixed *it*\n<b>now</b>", &[("shot.png", "https://cdn.discordapp.com/a?x=1&y=2")]);
    edited.edited_at = Some(edited.sent_at + chrono::TimeDelta::minutes(5));
    let mut deleted = line("Member", "", &[]);
    deleted.deleted_at = edited.edited_at;
    let html = page(
        &ticket("I cannot <log> in", "done & \"dusted\"", "Support"),
        &about("Member", "Europe/Berlin", 2),
        &[edited, deleted],
    );
    let body = html.split_once("<header>").unwrap().1;
    insta::assert_snapshot!(body, @r#"
    <h1>Ticket #7: <bdi>I cannot &lt;log&gt; in</bdi></h1><dl><dt>Category</dt><dd><bdi>Support</bdi></dd><dt>Priority</dt><dd><bdi>High</bdi></dd><dt>Opened by</dt><dd><bdi>Member (3)</bdi></dd><dt>Opened</dt><dd><bdi>2026-01-02 03:04 UTC</bdi></dd><dt>Closed</dt><dd><bdi>2026-01-03 03:04 UTC</bdi></dd><dt>Closed by</dt><dd><bdi>member 4</bdi></dd><dt>Reason</dt><dd><bdi>done &amp; &quot;dusted&quot;</bdi></dd><dt>Answered by</dt><dd><bdi>Member</bdi></dd></dl><p class="note">What members wrote is shown as it was typed. Files are links to Discord, which lets them expire after about a day. A deleted message keeps its place and not its text.</p></header><main>
    <article><p><span class="name"><bdi>Helper</bdi></span> <span class="time">2026-01-02 03:04 UTC (2026-01-02 04:04 Europe/Berlin)</span> <span class="time">edited 2026-01-02 03:09 UTC</span></p><p class="text" dir="auto">fixed *it*<br>&lt;b&gt;now&lt;/b&gt;</p><p>File: <a href="https://cdn.discordapp.com/a?x=1&amp;y=2" rel="noopener noreferrer nofollow"><bdi>shot.png</bdi></a> (12 kB)</p></article>
    <article><p><span class="name"><bdi>Member</bdi></span> <span class="time">2026-01-02 03:04 UTC (2026-01-02 04:04 Europe/Berlin)</span></p><p class="note">This message was deleted (2026-01-02 03:09 UTC).</p></article>
    </main></body></html>
    "#);
    assert!(html.contains("content=\"default-src 'none'; style-src 'unsafe-inline'\""));
    assert!(!html.contains("<script") && !html.contains("src=") && !html.contains("url("));
}

#[test]
fn what_is_no_web_address_is_no_link() {
    let other =
        ["javascript:alert(1)", "data:text/html,x", " javascript:x", "file:///etc/passwd", "//evil", "", "HTTPS"];
    // No host, whatever the case of its letters.
    for url in other.into_iter().chain(["https://T\u{85}", "https://\u{fffd}T"]) {
        let html = page(&ticket("a", "b", "c"), &about("d", "UTC", 1), &[line("e", "f", &[("g", url)])]);
        assert!(!html.contains("<a "), "{url}");
    }
}

#[test]
fn a_long_ticket_is_cut_between_messages_and_what_is_missing_is_said() {
    let ticket = ticket("a", "b", "c");
    let about = about("d", "UTC", 100);
    let lines: Vec<Line> = (0..100).map(|n| line("x", &format!("message {n}."), &[])).collect();
    let limit = 6_000;
    let mut writer = Writer::new(Lang::En, &ticket, &about, limit, 3);
    let taken = lines.iter().take_while(|line| writer.push(line)).count();
    let files = writer.finish(100);
    assert_eq!(files.len(), 3);
    assert!(
        files.iter().all(|file| file.len() <= limit && file.ends_with(FOOT) && file.starts_with("<!doctype html>"))
    );
    let shown: usize = files.iter().map(|file| file.matches("<article>").count()).sum();
    assert!(taken < 100 && shown == taken, "{shown} of {taken}");
    assert!(files[0].contains("Part 1 of 3.") && files[0].contains("message 0."));
    let missing = format!("{} later messages are left out.", 100 - taken);
    assert!(files[2].contains(&missing) && !files[0].contains("left out"));
}

/// Text that somebody would try, and any other.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        ".*",
        "[<>\"'&/=! -]*",
        prop::sample::select(vec![
            "</article><script>alert(1)</script>",
            "--><img src=x onerror=alert(1)>",
            "\" onmouseover=\"alert(1)",
            "' style='x",
            "<!--",
            "]]>",
            "&lt;script&gt;",
            "</title></style><svg/onload=x>",
            "\u{202e}txt.exe",
            "\0\u{1}\u{7f}\u{85}",
        ])
        .prop_map(str::to_owned),
    ]
}

proptest! {
    #[test]
    fn no_text_becomes_markup(
        [subject, reason, category, name, content, file, zone] in prop::array::uniform7(hostile()),
        url in prop_oneof![hostile(), hostile().prop_map(|text| format!("https://x/{text}")), Just("https://x/y".to_owned())],
    ) {
        let lines = |name: &str, content: &str, file: &str, url: &str| [line(name, content, &[(file, url)])];
        let evil = page(&ticket(&subject, &reason, &category), &about(&name, &zone, 1), &lines(&name, &content, &file, &url));
        // The same with harmless words, line breaks where they were, and a link where there is one.
        let tame = |text: &str| match text.is_empty() {
            true => String::new(),
            false => format!("x{}", "\n".repeat(text.matches('\n').count())),
        };
        let is_link = Url::parse(&url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        let plain = page(
            &ticket(&tame(&subject), &tame(&reason), &tame(&category)),
            &about(&tame(&name), &if zone == "UTC" { zone.clone() } else { tame(&zone) }, 1),
            &lines(&tame(&name), &tame(&content), &tame(&file), if is_link { "https://x/y" } else { "x" }),
        );
        prop_assert_eq!(tags(&evil), tags(&plain));
        prop_assert!(!evil.contains("<!--") && !evil.contains("-->"));
        prop_assert!(!evil.contains(|c: char| c.is_control() && c != '\n' && c != '\t'));
    }
}
