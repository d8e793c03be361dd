//! A process that ends when the one that started it does, even if that one was killed.

use std::{
    ffi::OsString,
    fs::File,
    io,
    os::unix::process::CommandExt,
    path::Path,
    process::{self, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

/// How a program is asked to end.
#[derive(Clone, Copy, Debug)]
pub enum Stop {
    Term,
    /// PostgreSQL's fast shutdown; TERM would wait for every client.
    Int,
}

/// Runs the program under a shell that waits for the end of a pipe: when we end, in whatever way, the pipe closes and
/// the shell ends the program by its id. (A parent-death signal would do it on Linux only, and fires when the starting
/// *thread* ends.)
const KEEPER: &str = r#"
exec 3<&0
"$@" 3<&- </dev/null &
child=$!
{ read -r _ <&3; kill -s "$STOP_SIGNAL" $child; sleep 8; kill -s KILL $child; } 2>/dev/null &
watcher=$!
exec 3<&-
wait $child
code=$?
kill $watcher 2>/dev/null
exit $code
"#;

#[derive(Debug)]
pub struct Child {
    keeper: process::Child,
    name: String,
}

impl Child {
    /// Starts `program` in its own process group with its output in `log`, as another user if `run_as` says so.
    pub fn start(
        program: &Path,
        args: impl IntoIterator<Item = impl Into<OsString>>,
        env: &[(String, String)],
        log: &Path,
        stop: Stop,
        run_as: Option<(u32, u32)>,
    ) -> io::Result<Self> {
        let out = File::create(log)?;
        let mut command = Command::new("/bin/sh");
        command
            .arg("-c")
            .arg(KEEPER)
            .arg("keeper")
            .arg(program)
            .args(args.into_iter().map(Into::into))
            .envs(env.iter().map(|(name, value)| (name, value)))
            .env(
                "STOP_SIGNAL",
                match stop {
                    Stop::Term => "TERM",
                    Stop::Int => "INT",
                },
            )
            .stdin(Stdio::piped())
            .stdout(out.try_clone()?)
            .stderr(out)
            .process_group(0);
        if let Some((uid, gid)) = run_as {
            command.uid(uid).gid(gid);
        }
        let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { keeper: command.spawn()?, name })
    }

    /// The program's file name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Some if the program has ended.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.keeper.try_wait().ok().flatten()
    }

    /// Asks the program to end and waits for it, 10 s at most (the keeper kills it after 8).
    pub fn stop(&mut self) {
        drop(self.keeper.stdin.take());
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.ended().is_none() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.stop();
    }
}
