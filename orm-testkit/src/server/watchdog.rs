//! The process that runs a server and ends it when its last user is gone, however that one ended.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{ErrorKind, Write},
    os::unix::{fs::OpenOptionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use rustix::fs::OFlags;

use super::{
    dirs::{self, RunAs},
    error::{ServerError, io},
};

const SCRIPT: &str = include_str!("watchdog.sh");

/// How a server is ended when it is not used any more.
pub(super) enum Ending {
    /// At once; the data are thrown away.
    Immediate,
    /// In an orderly way.
    Fast,
}

/// What the watchdog is told when it is started.
pub(super) struct Orders<'a> {
    /// How long the server stays after its last user.
    pub(super) grace: Duration,
    pub(super) ending: Ending,
    pub(super) log: &'a Path,
    pub(super) postgres: &'a Path,
    pub(super) arguments: &'a [String],
}

/// A user's hold on the watchdog of one server, let go of by the kernel if by nobody else.
#[derive(Debug)]
pub(super) struct Hold {
    /// The directory of the running server.
    pub(super) run: PathBuf,
    alive: File,
}

impl Hold {
    /// Starts a watchdog in `run`; from here on the directory goes when its users do.
    pub(super) fn start(
        run: &Path,
        orders: &Orders<'_>,
        run_as: Option<&RunAs>,
    ) -> Result<Hold, ServerError> {
        let script = run.join("watchdog.sh");
        dirs::write_private(&script, SCRIPT, run_as)?;
        let ending = match orders.ending {
            Ending::Immediate => "QUIT",
            Ending::Fast => "INT",
        };
        let mut shell = dirs::command("/bin/sh", run_as);
        // A group of its own, so that Ctrl-C in a terminal is left to the program.
        shell.process_group(0).stdout(Stdio::null()).stderr(Stdio::null());
        shell.arg(&script).arg(run).arg(orders.grace.as_secs().to_string()).arg(ending);
        shell.arg(orders.log).arg(orders.postgres).args(orders.arguments.iter().map(OsStr::new));
        let cannot_run = || io("run", Path::new("/bin/sh"));
        let mut shell = shell.stdin(Stdio::piped()).spawn().map_err(cannot_run())?;
        let waits = shell.stdin.take();
        if !shell.wait().map_err(cannot_run())?.success() {
            return Err(watchdog(run, "could not make the pipe `alive`"));
        }
        let alive = open(run).map_err(io("open", &run.join("alive")))?;
        let hold = Hold { run: run.to_owned(), alive };
        hold.say("join")?;
        drop(waits);
        Ok(hold)
    }

    /// Becomes one more user of the server in `run`; `None` if it is going away or is gone.
    pub(super) fn join(run: &Path) -> Option<Hold> {
        let state = run.join("state");
        if !state.exists() || run.join("exited").exists() {
            return None;
        }
        let hold = Hold { run: run.to_owned(), alive: open(run).ok()? };
        hold.say("join").ok()?;
        // While the state was there after that line, the watchdog reads the line before it ends.
        state.exists().then_some(hold)
    }

    /// Has the server run on `port`; it is not ready then yet.
    pub(super) fn run_on(&self, port: u16) -> Result<(), ServerError> {
        for stale in ["exited", "pid"] {
            let path = self.run.join(stale);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(io("remove", &path)(error));
                }
                _ => {}
            }
        }
        self.say(&format!("start {port}"))
    }

    /// Ends the server, with `stop` in an orderly way, with `kill` not, and waits for that.
    pub(super) fn end(&self, word: &str) -> Result<(), ServerError> {
        let stopped = self.run.join("stopped");
        let _ = fs::remove_file(&stopped);
        self.say(word)?;
        wait_for(Duration::from_secs(60), || stopped.exists().then_some(()))
            .ok_or_else(|| watchdog(&self.run, "did not stop it within 60 s"))
    }

    fn say(&self, line: &str) -> Result<(), ServerError> {
        let mut pipe = &self.alive;
        pipe.write_all(format!("{line}\n").as_bytes()).map_err(|_| watchdog(&self.run, "is gone"))
    }
}

/// Whether a watchdog is at work in `run`.
pub(super) fn is_at_work(run: &Path) -> bool {
    open(run).is_ok()
}

/// Opens the write end of the pipe, which fails if no watchdog has the read end.
fn open(run: &Path) -> std::io::Result<File> {
    let nonblocking = OFlags::NONBLOCK.bits().cast_signed();
    File::options().write(true).custom_flags(nonblocking).open(run.join("alive"))
}

fn watchdog(run: &Path, problem: &'static str) -> ServerError {
    ServerError::Watchdog { run: run.to_owned(), problem }
}

/// Looks for something every few milliseconds until it is there or the time is up.
pub(super) fn wait_for<T>(time: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + time;
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if Instant::now() > end {
            return None;
        }
        std::thread::sleep(Duration::from_millis(3));
    }
}
