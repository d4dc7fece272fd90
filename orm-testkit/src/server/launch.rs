//! Starts a server of its own: data directory, free port, watchdog, and the wait until it is ready.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use super::{
    dirs::{self, RunAs},
    error::{ServerError, io, tail},
    locate::Installation,
    template,
    watchdog::{Ending, Hold, Orders, is_at_work, wait_for},
};

/// How long a server may take to start; recovery after a crash is part of it.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// For servers whose data nobody will miss.
const EPHEMERAL: &[&str] = &[
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_connections=300",
];

/// A server that runs, and the hold on it.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) hold: Hold,
    pub(super) data: PathBuf,
    pub(super) log: PathBuf,
    pub(super) port: u16,
    pub(super) password: String,
    pub(super) version: String,
}

impl Running {
    /// Starts a server whose data go when it does.
    pub(super) fn ephemeral(
        pg: &Installation,
        grace: Duration,
        settings: &[String],
    ) -> Result<Running, ServerError> {
        Self::temporary(pg, grace, settings, |data, run_as| template::fill(data, pg, run_as))
    }

    /// Starts a standby of a server, on a copy of its data.
    pub(super) fn standby(
        &self,
        pg: &Installation,
        settings: &[String],
    ) -> Result<Running, ServerError> {
        Self::temporary(pg, Duration::ZERO, settings, |data, run_as| {
            dirs::create_private(data, run_as)?;
            let program = pg.program("pg_basebackup");
            let mut copy = dirs::command(&program, run_as);
            copy.args(["--host=127.0.0.1", "--username=postgres", "--no-sync"]);
            copy.args(["--write-recovery-conf", "--checkpoint=fast"]);
            copy.arg(format!("--port={}", self.port)).arg("--pgdata").arg(data);
            let output = copy.env("PGPASSWORD", &self.password).output();
            let output = output.map_err(io("run", &program))?;
            if output.status.success() {
                return Ok(self.password.clone());
            }
            Err(ServerError::Command {
                program: program.display().to_string(),
                status: output.status.to_string(),
                output: tail(&String::from_utf8_lossy(&output.stderr)),
            })
        })
    }

    fn temporary(
        pg: &Installation,
        grace: Duration,
        settings: &[String],
        fill: impl FnOnce(&Path, Option<&RunAs>) -> Result<String, ServerError>,
    ) -> Result<Running, ServerError> {
        let run_as = RunAs::current()?;
        let run_as = run_as.as_ref();
        let run = dirs::create_run(run_as)?;
        let (data, log) = (run.join("data"), run.join("log"));
        let ephemeral = EPHEMERAL.iter().map(|setting| (*setting).to_owned());
        let settings: Vec<String> = ephemeral.chain(settings.iter().cloned()).collect();
        let orders = Orders {
            grace,
            ending: Ending::Immediate,
            log: &log,
            postgres: &pg.program("postgres"),
            arguments: &arguments(&data, &run, &settings),
        };
        let hold = Hold::start(&run, &orders, run_as)?;
        remove_leftovers(&run);
        let password = fill(&data, run_as)?;
        Self::start(hold, data, log, password, pg)
    }

    /// Starts a server on the data in `home`, which are made if they are not there.
    pub(super) fn durable(
        pg: &Installation,
        home: &Path,
        grace: Duration,
    ) -> Result<Running, ServerError> {
        let run_as = RunAs::current()?;
        let run_as = run_as.as_ref();
        let data = home.join("data");
        let log = home.join("log");
        dirs::write_private(&log, "", run_as)?;
        let run = dirs::create_run(run_as)?;
        let orders = Orders {
            grace,
            ending: Ending::Fast,
            log: &log,
            postgres: &pg.program("postgres"),
            arguments: &arguments(&data, &run, &[]),
        };
        let hold = Hold::start(&run, &orders, run_as)?;
        remove_leftovers(&run);
        let password = durable_data(home, &data, pg, run_as)?;
        Self::start(hold, data, log, password, pg)
    }

    /// Becomes one more user of the server in `run`, if it is still there.
    pub(super) fn join(run: &Path) -> Option<Running> {
        let hold = Hold::join(run)?;
        let state = fs::read_to_string(run.join("state")).ok()?;
        let mut lines = state.lines().map(str::to_owned);
        Some(Running {
            hold,
            port: lines.next()?.parse().ok()?,
            password: lines.next()?,
            version: lines.next()?,
            data: lines.next()?.into(),
            log: lines.next()?.into(),
        })
    }

    fn start(
        hold: Hold,
        data: PathBuf,
        log: PathBuf,
        password: String,
        pg: &Installation,
    ) -> Result<Running, ServerError> {
        let version = pg.version.clone();
        let mut running = Running { hold, data, log, port: 0, password, version };
        let mut tries = 0;
        loop {
            running.port = free_port()?;
            match running.run() {
                // Somebody else took the port since it was looked for.
                Err(error) if tries < 4 && error.to_string().contains("could not bind") => {
                    tries += 1;
                }
                other => break other?,
            }
        }
        running.write_state()?;
        Ok(running)
    }

    /// Has the server run on its port and waits until it is ready.
    pub(super) fn run(&self) -> Result<(), ServerError> {
        let logged = fs::metadata(&self.log).map_or(0, |log| log.len());
        self.hold.run_on(self.port)?;
        let exited = self.hold.run.join("exited");
        let ready = wait_for(READY_WITHIN, || {
            if exited.exists() {
                return Some(Err("ended while it was starting".to_owned()));
            }
            self.is_ready().then_some(Ok(()))
        });
        let late = || Err(format!("was not ready within {} s", READY_WITHIN.as_secs()));
        ready.unwrap_or_else(late).map_err(|problem| {
            let log = fs::read(&self.log).unwrap_or_default();
            let new = log.get(usize::try_from(logged).unwrap_or(0)..).unwrap_or(&log);
            let log = tail(&String::from_utf8_lossy(new));
            ServerError::Startup { data: self.data.clone(), problem, log }
        })
    }

    /// The server writes into its lock file that it accepts connections.
    fn is_ready(&self) -> bool {
        let read = |path: PathBuf| fs::read_to_string(path).unwrap_or_default();
        let pid = read(self.hold.run.join("pid"));
        let lock = read(self.data.join("postmaster.pid"));
        let mut lines = lock.lines();
        let same = lines.next().is_some_and(|line| !pid.is_empty() && line.trim() == pid.trim());
        same && lines.nth(6).is_some_and(|line| line.trim() == "ready")
    }

    fn write_state(&self) -> Result<(), ServerError> {
        let (state, new) = (self.hold.run.join("state"), self.hold.run.join("state.new"));
        let (data, log) = (self.data.display(), self.log.display());
        let Running { port, password, version, .. } = self;
        let text = format!("{port}\n{password}\n{version}\n{data}\n{log}\n");
        dirs::write_private(&new, &text, None)?;
        fs::rename(&new, &state).map_err(io("write", &state))
    }
}

fn arguments(data: &Path, run: &Path, settings: &[String]) -> Vec<String> {
    let mut arguments = vec!["-D".to_owned(), data.display().to_string()];
    let own = [
        "listen_addresses=127.0.0.1".to_owned(),
        format!("unix_socket_directories={}", run.display()),
        "timezone=UTC".to_owned(),
        "log_timezone=UTC".to_owned(),
    ];
    for setting in own.iter().chain(settings) {
        arguments.extend(["-c".to_owned(), setting.clone()]);
    }
    arguments
}

fn free_port() -> Result<u16, ServerError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let address = listener.and_then(|listener| listener.local_addr());
    Ok(address.map_err(io("find a free port on", Path::new("127.0.0.1")))?.port())
}

/// Makes the data of a durable server, whole or not at all, and returns its password.
fn durable_data(
    home: &Path,
    data: &Path,
    pg: &Installation,
    run_as: Option<&RunAs>,
) -> Result<String, ServerError> {
    let file = home.join("password");
    if data.is_dir() {
        return fs::read_to_string(&file).map_err(io("read", &file));
    }
    let new = home.join("data.new");
    let _ = fs::remove_dir_all(&new);
    let password = template::fill(&new, pg, run_as)?;
    dirs::write_private(&file, &password, None)?;
    let program = pg.program("initdb");
    let mut sync = dirs::command(&program, run_as);
    let output = sync.arg("--sync-only").arg("--pgdata").arg(&new).output();
    let output = output.map_err(io("run", &program))?;
    if !output.status.success() {
        return Err(ServerError::Command {
            program: program.display().to_string(),
            status: output.status.to_string(),
            output: tail(&String::from_utf8_lossy(&output.stderr)),
        });
    }
    fs::rename(&new, data).map_err(io("move to", data))?;
    Ok(password)
}

/// Removes what servers left behind whose watchdog was killed, which nothing else does.
///
/// A server that still runs there notices that its directory is gone, and ends.
fn remove_leftovers(own: &Path) {
    let owner = |path: &Path| fs::symlink_metadata(path).ok().map(|metadata| metadata.uid());
    let Ok(entries) = fs::read_dir(dirs::temporary()) else { return };
    for entry in entries.flatten() {
        let named = entry.file_name().to_string_lossy().starts_with(dirs::RUN_PREFIX);
        let since = entry.metadata().and_then(|metadata| metadata.modified());
        let old = since.is_ok_and(|since| {
            SystemTime::now().duration_since(since).is_ok_and(|age| age.as_secs() > 60)
        });
        let run = entry.path();
        if named && old && owner(&run) == owner(own) && !is_at_work(&run) {
            let _ = fs::remove_dir_all(&run);
        }
    }
}
