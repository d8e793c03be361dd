//! What the spool keeps through restarts, broken files, erasures, and more events than memory holds.

use std::fs;

use relay_wire::{EventBody, EventKind, Replay, Snowflake, Subject};
use tempfile::TempDir;

use super::*;
use crate::threads::Thread;

mod model;

const URGENT: Lane = Lane::Urgent;
const BULK: Lane = Lane::Bulk;

fn place(dir: &TempDir) -> Place {
    Place { dir: dir.path().to_owned(), keys: Keys::new(&[[1; 32]]), max_bytes: 1 << 30 }
}

fn open(dir: &TempDir) -> Spool {
    let (spool, lost) = Spool::open(&place(dir), || {}).unwrap();
    assert_eq!(lost, None);
    spool
}

fn says(member: u64, id: &str, text: Option<&str>) -> Event {
    let body = EventBody::MessageCreated {
        guild_id: Some(Snowflake(1)),
        channel_id: Snowflake(2),
        parent_id: None,
        message_id: Snowflake(id.bytes().map(u64::from).sum()),
        author_id: Snowflake(member),
        author_name: "Robin".into(),
        text: text.map(Into::into),
        text_sent: false,
        attachments: vec![],
    };
    Event { id: id.into(), order: 0, attempt: 1, body }
}

fn all(spool: &mut Spool, lane: Lane) -> Vec<String> {
    std::iter::from_fn(|| spool.next(lane)).map(|spooled| spooled.event.id.clone()).collect()
}

fn on_disk(spool: &Spool) {
    spool.flushed().blocking_recv().unwrap();
}

#[test]
fn events_come_out_in_order_once_and_stay_until_they_are_acknowledged() {
    let dir = TempDir::new().unwrap();
    let mut spool = open(&dir);
    assert_eq!(spool.push(BULK, says(7, "a", None), 10), Pushed::Kept(1));
    assert_eq!(spool.push(URGENT, says(7, "b", None), 11), Pushed::Kept(2));
    assert_eq!(spool.push(BULK, says(7, "c", None), 12), Pushed::Kept(3));
    assert_eq!(all(&mut spool, BULK), ["a", "c"]);
    assert_eq!((spool.len(BULK), spool.len(URGENT)), (2, 1));
    assert_eq!(spool.oldest_at(), Some(10));
    spool.done(BULK, 1);
    spool.done(BULK, 99);
    assert_eq!((spool.len(BULK), spool.oldest_at()), (1, Some(11)));
    assert_eq!(all(&mut spool, URGENT), ["b"]);
    spool.done(URGENT, 2);
    spool.done(BULK, 3);
    assert!(spool.is_empty());
}

#[test]
fn what_waits_at_a_restart_is_sent_again_with_text_and_as_a_second_attempt() {
    let dir = TempDir::new().unwrap();
    let mut spool = open(&dir);
    spool.push(URGENT, says(7, "a", Some("please help")), 10);
    spool.push(URGENT, says(7, "b", Some("delivered")), 11);
    all(&mut spool, URGENT);
    spool.done(URGENT, 2);
    let checkpoint =
        Checkpoint { session: "s".into(), seq: 5, resume_url: None, me: Some(Snowflake(9)), at: 11, lost: false };
    spool.checkpoint("0/1", checkpoint.clone());
    let epoch = spool.epoch().to_owned();
    drop(spool);

    let bytes = fs::read(dir.path().join("spool.redb")).unwrap();
    let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds("Robin") && !holds("please help"), "text is on the disk only in cipher");

    let mut spool = open(&dir);
    assert_eq!(spool.epoch(), epoch);
    assert_eq!(spool.last_checkpoint("0/1"), Some(checkpoint));
    let again = spool.next(URGENT).unwrap();
    assert_eq!((again.event.id.as_str(), again.event.order, again.event.attempt), ("a", 1, 2));
    assert_eq!(again.event.body, says(7, "a", Some("please help")).body);
    assert!(spool.next(URGENT).is_none());
    let Pushed::Kept(order) = spool.push(URGENT, says(7, "c", None), 12) else { panic!() };
    assert!(order > 2, "no order is given twice");
}

#[test]
fn a_checkpoint_is_never_on_the_disk_before_the_events_it_covers() {
    let dir = TempDir::new().unwrap();
    let mut spool = open(&dir);
    for seq in 1..=2_000_u64 {
        spool.push(BULK, says(7, &format!("e{seq}"), None), 0);
        spool
            .checkpoint("0/1", Checkpoint { session: "s".into(), seq, resume_url: None, me: None, at: 0, lost: false });
        if seq % 97 == 0 {
            let covered = spool.last_checkpoint("0/1").map_or(0, |checkpoint| checkpoint.seq);
            let there = read(&spool.shelf, |store| store.extent(BULK)).unwrap().events;
            assert!(there >= covered, "{there} events, checkpoint {covered}");
            std::thread::yield_now();
        }
    }
}

#[test]
fn more_than_memory_holds_comes_back_from_the_disk_in_order() {
    let dir = TempDir::new().unwrap();
    let mut spool = open(&dir);
    let mut out = vec![];
    for number in 0..30_000 {
        assert!(matches!(spool.push(BULK, says(7, &format!("{number:05}"), None), 0), Pushed::Kept(_)));
        if number % 1_000 == 0 {
            on_disk(&spool);
            out.extend(spool.next(BULK).map(|spooled| spooled.event.order));
        }
    }
    on_disk(&spool);
    spool.push(BULK, says(7, "last", None), 0);
    assert!(spool.bulk.in_memory() < 10_000, "{}", spool.bulk.in_memory());
    assert_eq!(spool.len(BULK), 30_001);
    while let Some(next) = spool.next(BULK) {
        assert_eq!(next.event.attempt, 1, "it was never sent");
        out.push(next.event.order);
    }
    assert_eq!(out, (1..=30_001).collect::<Vec<u64>>());
    for order in out {
        spool.done(BULK, order);
    }
    assert!(spool.is_empty());
    on_disk(&spool);
    assert_eq!(spool.disk().live_bytes.load(Relaxed), 0);
}

#[test]
fn a_full_spool_thins_what_has_no_text_and_keeps_what_has() {
    let dir = TempDir::new().unwrap();
    let (mut spool, _) = Spool::open(&Place { max_bytes: 8 << 20, ..place(&dir) }, || {}).unwrap();
    let mut kept = 0;
    for number in 0..60_000 {
        if matches!(spool.push(BULK, says(7, &format!("e{number}"), None), 0), Pushed::Kept(_)) {
            kept += 1;
        }
        if number % 500 == 0 {
            on_disk(&spool);
        }
    }
    assert!(kept < 60_000 && kept > 5_000, "{kept}");
    assert!(matches!(spool.push(URGENT, says(7, "text", Some("still here")), 0), Pushed::Kept(_)));
    on_disk(&spool);
    let file = spool.disk().file_bytes.load(Relaxed);
    assert!(file <= 8 << 20, "the file has {file} bytes");
}

#[test]
fn erased_is_erased_in_memory_on_the_disk_and_among_the_dead() {
    let dir = TempDir::new().unwrap();
    let mut spool = open(&dir);
    for (member, id) in [(7, "dead"), (7, "waits"), (8, "other"), (7, "sent")] {
        spool.push(URGENT, says(member, id, Some("words")), 10);
    }
    let first = spool.next(URGENT).unwrap();
    spool.dead(URGENT, first, 20);
    let waits = spool.next(URGENT).unwrap();
    on_disk(&spool);
    let erasure = Erasure { subject: Subject::UserId(Snowflake(7)), guild_id: None, until: 10 };
    assert_eq!(spool.erase(&[erasure]), 2);
    assert_eq!(spool.take_withdrawn(URGENT), [waits.event.order], "the delivery forgets it, too");
    assert_eq!(all(&mut spool, URGENT), ["other"]);
    on_disk(&spool);
    assert_eq!((spool.len(URGENT), spool.disk().dead.load(Relaxed)), (1, 0));
    drop(spool);
    assert_eq!(all(&mut open(&dir), URGENT), ["other"]);
}

#[test]
fn what_only_the_disk_holds_is_erased_before_it_is_read() {
    let dir = TempDir::new().unwrap();
    let mut spool = open(&dir);
    for number in 0..600 {
        spool.push(BULK, says(number % 2, &format!("e{number}"), None), 10);
    }
    drop(spool);
    let mut spool = open(&dir);
    assert_eq!(spool.erase(&[of_member(1)]), 0, "none of them is in memory");
    assert_eq!(all(&mut spool, BULK).len(), 300, "not even before the writer has come to it");
    assert_eq!(spool.len(BULK), 300);
    drop(spool);
    let mut spool = open(&dir);
    assert_eq!(spool.len(BULK), 300);
    assert!(std::iter::from_fn(|| spool.next(BULK)).all(|spooled| spooled.event.body.member() == Some(Snowflake(0))));
}

fn of_member(member: u64) -> Erasure {
    Erasure { subject: Subject::UserId(Snowflake(member)), guild_id: None, until: 10 }
}

#[test]
fn what_was_written_before_an_erasure_is_erased_though_it_was_heard_of_later() {
    let dir = TempDir::new().unwrap();
    let mut spool = open(&dir);
    let (written, heard) = (1_700_000_000_000, 1_700_000_360_000);
    let mut message = says(7, "late", Some("words"));
    if let EventBody::MessageCreated { message_id, .. } = &mut message.body {
        *message_id = Snowflake::at_ms(written);
    }
    spool.push(URGENT, message, heard);
    assert_eq!(spool.erase(&[Erasure { until: written + 1, ..of_member(7) }]), 1);
    assert!(spool.next(URGENT).is_none());
}

#[test]
fn an_erased_member_is_not_brought_back_from_the_dead() {
    let dir = TempDir::new().unwrap();
    let mut spool = open(&dir);
    for id in ["a", "b"] {
        spool.push(URGENT, says(7, id, Some("words")), 10);
        let next = spool.next(URGENT).unwrap();
        spool.dead(URGENT, next, 20);
    }
    on_disk(&spool);
    assert_eq!(spool.revive(&[Replay { id: 1, event_id: "a".into() }]), 1);
    // One waits again, the other is asked for in the same breath as its erasure.
    assert_eq!(spool.erase(&[of_member(7)]), 1);
    assert_eq!(spool.revive(&[Replay { id: 2, event_id: "b".into() }]), 0);
    assert!(spool.next(URGENT).is_none());
    drop(spool);
    assert!(open(&dir).next(URGENT).is_none());
}

#[test]
fn what_dies_again_before_it_is_written_is_still_kept_among_the_dead() {
    let dir = TempDir::new().unwrap();
    let mut spool = open(&dir);
    spool.push(BULK, says(7, "a", None), 10);
    for id in 1..=2 {
        let next = spool.next(BULK).unwrap();
        spool.dead(BULK, next, 20);
        on_disk(&spool);
        assert_eq!(spool.revive(&[Replay { id, event_id: "a".into() }]), 1);
    }
    let next = spool.next(BULK).unwrap();
    spool.dead(BULK, next, 20);
    on_disk(&spool);
    assert_eq!((spool.len(BULK), spool.disk().dead.load(Relaxed)), (0, 1));
}

#[test]
fn a_relay_that_stops_while_the_disk_is_away_stops() {
    let dir = TempDir::new().unwrap();
    let mut spool = open(&dir);
    on_disk(&spool);
    // What the writer finds when the file was taken from it, and its folder is none any more.
    *spool.shelf.write().unwrap() = None;
    fs::remove_dir_all(dir.path()).unwrap();
    fs::write(dir.path(), b"a file").unwrap();
    spool.push(URGENT, says(7, "a", Some("words")), 10);
    let (done, ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        drop(spool);
        done.send(()).unwrap();
    });
    ended.recv_timeout(std::time::Duration::from_secs(20)).expect("it ends");
}

#[test]
fn a_dead_event_waits_again_once_for_each_request_and_under_its_old_order() {
    let dir = TempDir::new().unwrap();
    let mut spool = open(&dir);
    spool.push(BULK, says(7, "a", None), 10);
    let dies = |spool: &mut Spool| {
        let next = spool.next(BULK).unwrap();
        assert_eq!(next.event.order, 1);
        spool.dead(BULK, next, 20);
        on_disk(spool);
    };
    dies(&mut spool);
    assert_eq!((spool.len(BULK), spool.disk().dead.load(Relaxed)), (0, 1));
    let request = |id| Replay { id, event_id: "a".into() };
    assert_eq!(spool.revive(&[request(1)]), 1);
    on_disk(&spool);
    assert_eq!(spool.revive(&[request(1)]), 0, "carried out");
    dies(&mut spool);
    assert_eq!(spool.revive(&[request(1)]), 0, "even when it dies again");
    assert_eq!(spool.revive(&[request(1), request(2)]), 1);
    assert_eq!(spool.next(BULK).unwrap().event.attempt, 2);
    assert_eq!(spool.revive(&[Replay { id: 3, event_id: "unknown".into() }]), 0);
}

#[test]
fn a_dead_text_is_dropped_after_72_hours_and_the_envelope_after_30_days() {
    let dir = TempDir::new().unwrap();
    let mut spool = open(&dir);
    spool.push(URGENT, says(7, "a", Some("words")), 0);
    let next = spool.next(URGENT).unwrap();
    spool.dead(URGENT, next, 0);
    let text_after = |spool: &Spool, hours: i64| {
        spool.age_dead(hours * 3_600_000);
        on_disk(spool);
        let (_, _, record) = read(&spool.shelf, |store| store.dead("a")).flatten()?;
        Some(record::decode(&record, &spool.keys).unwrap().event.body.take_text())
    };
    assert_eq!(text_after(&spool, 71), Some(Some("words".into())));
    assert_eq!(text_after(&spool, 72), Some(None));
    assert_eq!(text_after(&spool, 30 * 24), None);
    assert_eq!(spool.disk().dead.load(Relaxed), 0);
}

#[test]
fn a_broken_file_is_moved_aside_and_a_new_one_begun() {
    type Break = fn(&mut Vec<u8>);
    let breaks: [(&str, Break); 4] = [
        ("truncated", |bytes| bytes.truncate(bytes.len() / 2)),
        ("almost nothing left", |bytes| bytes.truncate(10)),
        ("not a spool at all", |bytes| *bytes = b"#!/bin/sh\necho hello\n".repeat(50)),
        ("a page of zeros", |bytes| {
            let end = bytes.len().min(200_000);
            bytes[4_096..end].fill(0);
        }),
    ];
    for (how, damage) in breaks {
        let dir = TempDir::new().unwrap();
        let mut spool = open(&dir);
        for number in 0..500 {
            spool.push(BULK, says(7, &format!("e{number}"), None), 10);
        }
        let epoch = spool.epoch().to_owned();
        drop(spool);
        let file = dir.path().join("spool.redb");
        let mut bytes = fs::read(&file).unwrap();
        damage(&mut bytes);
        fs::write(&file, bytes).unwrap();

        let (mut spool, lost) = Spool::open(&place(&dir), || {}).unwrap();
        let lost = lost.unwrap_or_else(|| panic!("{how}: nobody noticed"));
        assert!(lost.aside.exists() && lost.written_at > 0, "{how}");
        assert_ne!(spool.epoch(), epoch, "{how}: orders begin anew");
        spool.push(BULK, says(7, "after", None), 10);
        drop(spool);
        assert_eq!(all(&mut open(&dir), BULK), ["after"], "{how}");
    }
}

#[test]
fn broken_files_do_not_pile_up() {
    let dir = TempDir::new().unwrap();
    for _ in 0..4 {
        fs::write(dir.path().join("spool.redb"), b"broken").unwrap();
        let (_, lost) = Spool::open(&place(&dir), || {}).unwrap();
        assert!(lost.is_some());
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let aside = fs::read_dir(dir.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains("corrupt"));
    assert_eq!(aside.count(), 2);
}

#[test]
fn a_second_relay_and_an_older_one_are_refused_with_the_mend() {
    let dir = TempDir::new().unwrap();
    let spool = open(&dir);
    let refused = Spool::open(&place(&dir), || {}).unwrap_err();
    assert!(refused.to_string().contains("give each its own RELAY_SPOOL"), "{refused}");
    spool.note("schema", 2_u64.to_le_bytes().to_vec());
    drop(spool);
    let refused = Spool::open(&place(&dir), || {}).unwrap_err();
    assert!(refused.to_string().contains("newer relay"), "{refused}");
    assert!(dir.path().join("spool.redb").exists());
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let place = Place { dir: file.path().join("spool"), keys: Keys::new(&[[1; 32]]), max_bytes: 1 << 30 };
    let refused = Spool::open(&place, || {}).unwrap_err();
    assert!(refused.to_string().contains("RELAY_SPOOL must be a directory"), "{refused}");
}

#[test]
fn threads_filter_and_notes_are_there_after_a_restart() {
    let dir = TempDir::new().unwrap();
    let spool = open(&dir);
    let thread = Thread { guild_id: Snowflake(1), parent_id: Snowflake(2), owner_id: None };
    spool.thread(5, Some(thread));
    spool.thread(6, Some(thread));
    spool.thread(6, None);
    spool.keep_filter(&RelayConfig { filter_version: "f1".into(), ..RelayConfig::default() });
    spool.note("silence", b"x".to_vec());
    spool.keep_bots(&[Snowflake(8), Snowflake(7)]);
    drop(spool);
    let spool = open(&dir);
    assert_eq!(spool.threads(), [(5, thread)]);
    assert_eq!(spool.filter().unwrap().filter_version, "f1");
    assert_eq!(spool.noted("silence").unwrap(), b"x");
    spool.keep_bots(&[Snowflake(9), Snowflake(7)]);
    drop(spool);
    assert_eq!(open(&dir).bots(), [7, 8, 9].map(Snowflake));
}

#[test]
fn every_kind_has_its_place_in_the_thinning() {
    for kind in EventKind::ALL {
        assert!(thin::has_room(*kind, 0, 1), "{kind:?}");
        assert!(!thin::has_room(*kind, 1, 2), "{kind:?}");
    }
}
