//! One server for several processes: the first one starts it, the others find and join it.

use std::{
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    io::ErrorKind,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    dirs::{self, RunAs},
    error::{ServerError, io},
    launch::Running,
    locate::{self, Installation},
    watchdog::{is_at_work, wait_for},
};

/// How long a durable server stays after its last user, for the next command on the same data.
const DURABLE_GRACE: Duration = Duration::from_secs(2);

/// How long the tests' server stays after its last user, for the next test binary of a run.
fn test_grace() -> Duration {
    let set = env::var("ORM_TESTKIT_GRACE").ok().and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(set.unwrap_or(10))
}

/// The tests' server of this user and of this installation of PostgreSQL.
pub(super) fn for_tests() -> Result<Running, ServerError> {
    let mut hasher = DefaultHasher::new();
    locate::places()?.first().hash(&mut hasher);
    let name = dirs::cache()?.join(format!("tests-{:08x}", hasher.finish() & 0xffff_ffff));
    let _lock = dirs::lock(&name.with_extension("lock"))?;
    let pointer = name.with_extension("server");
    if let Some(running) = pointed_to(&pointer).and_then(|run| Running::join(&run)) {
        return Ok(running);
    }
    let running = Running::ephemeral(&Installation::find(None)?, test_grace(), &[])?;
    point_to(&pointer, &running)?;
    Ok(running)
}

/// The server of the data in `dir`.
pub(super) fn durable(dir: &Path) -> Result<Running, ServerError> {
    let home = home_of(dir)?;
    let _lock = dirs::lock(&home.join("lock"))?;
    let pointer = home.join("server");
    if let Some(run) = pointed_to(&pointer) {
        if let Some(running) = Running::join(&run) {
            return Ok(running);
        }
        // Two servers cannot have the same data: let the old one finish.
        let gone = || (!is_at_work(&run)).then_some(());
        wait_for(Duration::from_secs(30), gone)
            .ok_or(ServerError::Watchdog { run, problem: "does not come to an end" })?;
    }
    let version = home.join("data/PG_VERSION");
    let made_by = fs::read_to_string(version).ok().map(|text| text.trim().to_owned());
    let pg = Installation::find(made_by.as_deref())?;
    if let Some(made_by) = made_by.filter(|made_by| made_by != pg.major()) {
        let (data, found) = (home.join("data"), pg.version);
        return Err(ServerError::DataVersion { data, made_by, found });
    }
    let running = Running::durable(&pg, &home, DURABLE_GRACE)?;
    point_to(&pointer, &running)?;
    Ok(running)
}

fn pointed_to(pointer: &Path) -> Option<PathBuf> {
    fs::read_to_string(pointer).ok().map(|text| text.trim().into())
}

fn point_to(pointer: &Path, running: &Running) -> Result<(), ServerError> {
    let run = running.hold.run.display();
    fs::write(pointer, format!("{run}\n")).map_err(io("write", pointer))
}

/// The absolute path of a durable server's directory, made if it is not there.
///
/// Where the user that root runs the server as cannot come (below `/root`, say), `dir` becomes a
/// link to a directory in the cache.
fn home_of(dir: &Path) -> Result<PathBuf, ServerError> {
    let user = RunAs::current()?;
    if !dir.exists() {
        let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty());
        let parent = parent.unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(io("create", parent))?;
        let parent = fs::canonicalize(parent).map_err(io("find", parent))?;
        match &user {
            Some(user) if !dirs::can_enter(&parent, user) => link_to_cache(dir)?,
            _ => create_open(dir)?,
        }
    }
    let home = fs::canonicalize(dir).map_err(io("find", dir))?;
    match user {
        Some(user) if !dirs::can_enter(&home, &user) => {
            Err(ServerError::Closed { dir: home, user: user.name.to_owned() })
        }
        _ => Ok(home),
    }
}

fn link_to_cache(dir: &Path) -> Result<(), ServerError> {
    let elsewhere = dirs::cache()?.join(format!("data-{}", dirs::random_hex(4)?));
    create_open(&elsewhere)?;
    let _ = fs::remove_file(dir);
    std::os::unix::fs::symlink(&elsewhere, dir).map_err(io("create", dir))
}

/// Makes a directory, open to all whatever the umask; what is secret in it has modes of its own.
fn create_open(dir: &Path) -> Result<(), ServerError> {
    match fs::create_dir(dir) {
        Ok(()) => {
            let open = fs::Permissions::from_mode(0o755);
            fs::set_permissions(dir, open).map_err(io("protect", dir))
        }
        // Another process was faster.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(io("create", dir)(error)),
    }
}
