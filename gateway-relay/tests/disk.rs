//! The disk under the spool: full, broken, taken, not writable; what is lost, what is said, and that it comes back by itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test may")]

mod support;

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use gateway_relay::state::now_ms;
use relay_wire::{EventBody, Lane};
use support::{
    Trouble,
    program::Program,
    stage::{PATIENCE, Stage, until},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Child,
    time::timeout,
};

/// A small file system of its own, in a mount namespace that lives as long as this.
struct SmallDisk {
    /// As it is seen from here.
    path: PathBuf,
    _holder: Child,
    _dir: TempDir,
}

impl SmallDisk {
    /// None where nothing can be mounted.
    async fn of(megabytes: u64) -> Option<Self> {
        let dir = TempDir::new().unwrap();
        let place = dir.path().display().to_string();
        let script =
            format!("mount -t tmpfs -o size={megabytes}m,mode=777 small '{place}' && echo mounted && exec sleep 300");
        let mut command = tokio::process::Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script]).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut holder = command.spawn().ok()?;
        let mut lines = BufReader::new(holder.stdout.take()?).lines();
        let line = timeout(PATIENCE, lines.next_line()).await.ok()?.ok()?;
        if line.as_deref() != Some("mounted") {
            eprintln!("no small disk can be mounted here: this test shows nothing");
            return None;
        }
        let path = PathBuf::from(format!("/proc/{}/root{place}", holder.id()?));
        Some(Self { path, _holder: holder, _dir: dir })
    }

    fn spool(&self) -> PathBuf {
        self.path.join("spool")
    }

    fn ballast(&self) -> PathBuf {
        self.path.join("ballast")
    }

    /// Takes all the room there is.
    fn fill(&self) {
        let mut file = fs::File::create(self.ballast()).unwrap();
        for size in [1 << 16, 1 << 12, 1 << 8, 1] {
            while std::io::Write::write_all(&mut file, &vec![0_u8; size]).is_ok() {}
        }
    }

    fn make_room(&self) {
        fs::remove_file(self.ballast()).unwrap();
    }
}

fn failing(health: &serde_json::Value) -> bool {
    health["spool"]["disk"] == "failing"
}

fn corrupt_files(spool: &Path) -> usize {
    let names = fs::read_dir(spool).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.contains(".corrupt-")).count()
}

#[tokio::test]
async fn on_a_full_disk_texts_still_reach_the_worker_and_it_recovers_by_itself() {
    let Some(disk) = SmallDisk::of(8).await else { return };
    let stage = Stage::set().await;
    let relay = Program::start(&stage.worker, &stage.discord, &disk.spool());
    relay.until_ready().await;
    stage.says("before");
    stage.hears(&["before"]).await;
    relay.until_written().await;
    disk.fill();
    let mut said = vec!["before".to_owned()];
    for number in 0..3 {
        said.push(format!("on a full disk {number}"));
        stage.worker.trouble(Some(Trouble::Status(503)));
        // What nobody takes has to be written.
        for filler in 0..200 {
            said.push(format!("waits {number} {filler}"));
            stage.says(said.last().unwrap());
        }
        stage.says(&format!("on a full disk {number}"));
        relay.until_health("that the disk fails", failing).await;
        stage.worker.trouble(None);
        stage.hears(&said).await;
    }
    assert_eq!(relay.health().await.unwrap()["spool"]["disk"], "failing");
    disk.make_room();
    relay.until_health("that the disk is well", |health| !failing(health)).await;
    assert_eq!(corrupt_files(&disk.spool()), 0, "a full disk breaks nothing: {}", relay.log());
    stage.says("with room again");
    said.push("with room again".into());
    stage.hears(&said).await;
    relay.kill().await;
    stage.says("while it is dead");
    said.push("while it is dead".into());
    let relay = Program::start(&stage.worker, &stage.discord, &disk.spool());
    relay.until_ready().await;
    stage.hears(&said).await;
    assert_eq!((stage.stats().identifies, stage.gaps()), (1, vec![]));
}

#[tokio::test]
async fn on_a_full_disk_it_still_stops_when_told_and_a_kill_loses_nothing() {
    for kill in [false, true] {
        let Some(disk) = SmallDisk::of(8).await else { return };
        let stage = Stage::set().await;
        let relay = Program::start(&stage.worker, &stage.discord, &disk.spool());
        relay.until_ready().await;
        stage.says("before");
        stage.hears(&["before"]).await;
        relay.until_written().await;
        disk.fill();
        let mut said = vec!["before".to_owned()];
        stage.worker.trouble(Some(Trouble::Status(503)));
        for filler in 0..200 {
            said.push(format!("waits {filler}"));
            stage.says(said.last().unwrap());
        }
        relay.until_health("that the disk fails", failing).await;
        if kill {
            relay.kill().await;
        } else {
            stage.worker.trouble(None);
            let (code, log) = relay.terminate().await;
            assert_eq!(code, Some(0), "{log}");
        }
        stage.worker.trouble(None);
        disk.make_room();
        let relay = Program::start(&stage.worker, &stage.discord, &disk.spool());
        relay.until_ready().await;
        let all = timeout(PATIENCE / 2, stage.hears(&said)).await;
        let came = stage.worker.texts().len();
        assert!(all.is_ok(), "kill: {kill}, {came} of {} came, {:?}: {}", said.len(), stage.stats(), relay.log());
        assert_eq!((stage.stats().identifies, stage.gaps()), (1, vec![]));
    }
}

#[tokio::test]
async fn a_relay_that_starts_on_a_full_disk_runs_or_says_why_not() {
    let Some(disk) = SmallDisk::of(8).await else { return };
    let stage = Stage::set().await;
    let relay = Program::start(&stage.worker, &stage.discord, &disk.spool());
    relay.until_ready().await;
    stage.says("before");
    stage.hears(&["before"]).await;
    relay.until_written().await;
    relay.kill().await;
    disk.fill();
    stage.says("on a full disk");
    let relay = Program::start(&stage.worker, &stage.discord, &disk.spool());
    let came = || stage.worker.texts().iter().any(|(text, _)| text == "on a full disk");
    let ended = async {
        while !came() && !relay.log().contains("cannot be opened") {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, ended).await.unwrap_or_else(|_| panic!("neither: {}", relay.log()));
    assert_eq!(corrupt_files(&disk.spool()), 0, "a full disk breaks nothing: {}", relay.log());
    drop(relay);
    disk.make_room();
    let relay = Program::start(&stage.worker, &stage.discord, &disk.spool());
    relay.until_ready().await;
    stage.hears(&["before", "on a full disk"]).await;
    assert_eq!(stage.gaps(), []);
}

#[tokio::test]
async fn a_file_that_breaks_while_the_relay_runs_is_replaced_and_the_numbers_go_on() {
    let Some(disk) = SmallDisk::of(8).await else { return };
    let stage = Stage::set().await;
    let relay = Program::start(&stage.worker, &stage.discord, &disk.spool());
    relay.until_ready().await;
    stage.says("before");
    stage.hears(&["before"]).await;
    relay.until_written().await;
    disk.fill();
    stage.worker.trouble(Some(Trouble::Status(503)));
    let mut said = vec!["before".to_owned()];
    for number in 0..200 {
        said.push(format!("in memory {number}"));
        stage.says(said.last().unwrap());
    }
    relay.until_health("that the disk fails", failing).await;
    let file = disk.spool().join("spool.redb");
    fs::OpenOptions::new().write(true).open(&file).unwrap().set_len(10_000).unwrap();
    relay.until_says("the spool is broken").await;
    disk.make_room();
    stage.worker.trouble(None);
    relay.until_health("that the disk is well", |health| !failing(health)).await;
    stage.hears(&said).await;
    until("the gap was told", || !stage.gaps().is_empty()).await;
    assert_eq!((stage.gaps().len(), corrupt_files(&disk.spool())), (1, 1), "{}", relay.log());
    relay.kill().await;
    stage.says("while it is dead");
    said.push("while it is dead".into());
    let relay = Program::start(&stage.worker, &stage.discord, &disk.spool());
    relay.until_ready().await;
    stage.hears(&said).await;
    let posts = stage.worker.posts();
    assert!(posts.iter().all(|post| post.batch.epoch == posts[0].batch.epoch), "it is the same spool to the Worker");
    stage.worker.has_unique_orders();
    assert_eq!((stage.stats().identifies, stage.gaps().len()), (1, 1));
}

#[tokio::test]
async fn a_broken_file_is_set_aside_told_as_one_gap_and_no_reason_not_to_run() {
    let breaks: [fn(&Path); 3] = [
        |file| fs::OpenOptions::new().write(true).open(file).unwrap().set_len(10_000).unwrap(),
        |file| fs::write(file, vec![0x5a; 300_000]).unwrap(),
        |file| fs::write(file, []).unwrap(),
    ];
    for (number, spoil) in breaks.into_iter().enumerate() {
        let mut stage = Stage::ready().await;
        stage.worker.trouble(Some(Trouble::Status(503)));
        stage.says("lost with the disk");
        until("it waits", || stage.counted("spooled") >= 2).await;
        stage.abort().await;
        let written = now_ms();
        spoil(&stage.dir.path().join("spool.redb"));
        stage.worker.trouble(None);
        let again = now_ms();
        stage.start().await;
        stage.until_ready().await;
        until("the gap was told", || !stage.gaps().is_empty()).await;
        stage.says("after it");
        stage.hears(&["after it"]).await;
        let gaps = stage.gaps();
        let [gap] = gaps.as_slice() else { panic!("way {number}: {gaps:?}") };
        let EventBody::RelayGap { from, to, reason, .. } = &gap.body else { panic!() };
        assert!(reason == "spool_lost" && *from < written && *to >= again, "way {number}: {gap:?}");
        assert_eq!(corrupt_files(stage.dir.path()), 1, "way {number}");
        stage.restart().await;
        stage.says("and again");
        stage.hears(&["after it", "and again"]).await;
        assert_eq!((stage.gaps().len(), corrupt_files(stage.dir.path())), (1, 1));
    }
}

#[tokio::test]
async fn two_relays_on_one_spool_are_one_too_many_and_the_second_says_so() {
    let stage = Stage::set().await;
    let first = Program::start(&stage.worker, &stage.discord, stage.dir.path());
    first.until_ready().await;
    let second = Program::start(&stage.worker, &stage.discord, stage.dir.path());
    let (code, said) = second.ended().await;
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("another relay has") && said.contains("RELAY_SPOOL"), "{said}");
    stage.says("the first goes on");
    stage.hears(&["the first goes on"]).await;
    assert_eq!(stage.stats().identifies, 1);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_named() {
    let stage = Stage::set().await;
    let sealed = stage.dir.path().join("sealed");
    fs::create_dir(&sealed).unwrap();
    fs::set_permissions(&sealed, fs::Permissions::from_mode(0o555)).unwrap();
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    // Nothing is forbidden to root, but a file is no folder for anybody.
    let place = if is_root { stage.dir.path().join("file") } else { sealed.join("spool") };
    if is_root {
        fs::write(&place, "").unwrap();
    }
    let (code, said) = Program::start(&stage.worker, &stage.discord, &place).ended().await;
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains(&place.display().to_string()) && said.contains("which this user may write"), "{said}");
    assert!(stage.worker.events(Lane::Urgent).is_empty());
}
