//! Directories of the launcher: the cache, a run's temporary directory, and their owner.

use std::{
    env, fs,
    io::Read,
    os::unix::{
        ffi::OsStrExt,
        fs::{DirBuilderExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::error::{ServerError, io};

/// How the names of all temporary directories of servers begin.
pub(super) const RUN_PREFIX: &str = "orm-testkit-";

/// The user that root runs the server as, because PostgreSQL refuses to run as root.
#[derive(Clone, Debug)]
pub(super) struct RunAs {
    pub(super) name: &'static str,
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl RunAs {
    /// The user to run as; `None` to run as the user of this process.
    pub(super) fn current() -> Result<Option<RunAs>, ServerError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let path = Path::new("/etc/passwd");
        let users = fs::read_to_string(path).map_err(io("read", path))?;
        let found = ["postgres", "nobody"].into_iter().find_map(|name| Self::entry(&users, name));
        found.map(Some).ok_or(ServerError::NoUser)
    }

    fn entry(users: &str, name: &'static str) -> Option<RunAs> {
        let entry = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut ids = entry.split(':').skip(2).map(user_id);
        Some(RunAs { name, uid: ids.next()??, gid: ids.next()?? })
    }
}

/// The number of a user or a group; macOS writes -2 for that of nobody.
fn user_id(text: &str) -> Option<u32> {
    let signed = || text.parse::<i32>().map(i32::cast_unsigned);
    text.parse().or_else(|_| signed()).ok()
}

/// A command that runs as `run_as`, in a directory that every user can be in.
pub(super) fn command(program: impl AsRef<Path>, run_as: Option<&RunAs>) -> Command {
    let mut command = Command::new(program.as_ref());
    command.current_dir("/").stdin(Stdio::null());
    if let Some(user) = run_as {
        command.uid(user.uid).gid(user.gid);
    }
    command
}

/// Gives `path` to the user that the server runs as.
pub(super) fn give(path: &Path, run_as: Option<&RunAs>) -> Result<(), ServerError> {
    match run_as {
        Some(user) => {
            chown(path, Some(user.uid), Some(user.gid)).map_err(io("change the owner of", path))
        }
        None => Ok(()),
    }
}

/// Whether the user that the server runs as can enter the directory `dir`.
pub(super) fn can_enter(dir: &Path, run_as: &RunAs) -> bool {
    let mut test = command("/bin/sh", Some(run_as));
    test.args(["-c", "test -x \"$1\"", "sh"]).arg(dir);
    test.status().is_ok_and(|status| status.success())
}

/// The directory for what is kept between runs, made if it is not there.
///
/// Root's is where the user that it runs the server as can enter, so not in its home.
pub(super) fn cache() -> Result<PathBuf, ServerError> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let run_as = RunAs::current()?;
    let enterable = |dir: &PathBuf| {
        let _ = fs::create_dir_all(dir);
        run_as.as_ref().is_none_or(|user| can_enter(dir, user))
    };
    let base = match set("XDG_CACHE_HOME").filter(enterable) {
        Some(dir) => dir,
        None if run_as.is_some() => "/var/cache".into(),
        None if cfg!(target_os = "macos") => {
            set("HOME").ok_or(ServerError::NoCache)?.join("Library/Caches")
        }
        None => set("HOME").ok_or(ServerError::NoCache)?.join(".cache"),
    };
    let dir = base.join("orm-testkit");
    if !dir.is_dir() {
        fs::create_dir_all(&dir).map_err(io("create", &dir))?;
        // The user that root runs the server as has to come to the embedded server's programs.
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(&dir, open).map_err(io("protect", &dir))?;
    }
    fs::canonicalize(&dir).map_err(io("find", &dir))
}

/// The directory that temporary directories are made in.
///
/// The path of a socket in it has to fit into 103 bytes, and root's has to be open to others.
pub(super) fn temporary() -> PathBuf {
    let dir = env::temp_dir();
    if dir.as_os_str().as_bytes().len() > 64 || rustix::process::geteuid().is_root() {
        return "/tmp".into();
    }
    dir
}

/// Makes a new temporary directory, open only to the user that the server runs as.
pub(super) fn create_run(run_as: Option<&RunAs>) -> Result<PathBuf, ServerError> {
    let dir = temporary().join(format!("{RUN_PREFIX}{}", random_hex(4)?));
    create_private(&dir, run_as)?;
    Ok(dir)
}

/// Makes the directory `dir`, open only to the user that the server runs as.
pub(super) fn create_private(dir: &Path, run_as: Option<&RunAs>) -> Result<(), ServerError> {
    fs::DirBuilder::new().mode(0o700).create(dir).map_err(io("create", dir))?;
    give(dir, run_as)
}

/// Writes a file that only its owner, the user that the server runs as, can read.
pub(super) fn write_private(
    path: &Path,
    text: &str,
    run_as: Option<&RunAs>,
) -> Result<(), ServerError> {
    let _ = fs::remove_file(path);
    fs::write(path, "").map_err(io("write", path))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(io("protect", path))?;
    fs::write(path, text).map_err(io("write", path))?;
    give(path, run_as)
}

/// Copies a directory with all that is in it; the copy belongs to `owner`.
pub(super) fn copy_tree(from: &Path, to: &Path, owner: Option<&RunAs>) -> Result<(), ServerError> {
    create_private(to, owner)?;
    for entry in fs::read_dir(from).map_err(io("read", from))? {
        let entry = entry.map_err(io("read", from))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().map_err(io("read", &source))?.is_dir() {
            copy_tree(&source, &target, owner)?;
        } else {
            fs::copy(&source, &target).map_err(io("copy", &source))?;
            give(&target, owner)?;
        }
    }
    Ok(())
}

/// `bytes` random bytes as hexadecimal digits.
pub(super) fn random_hex(bytes: usize) -> Result<String, ServerError> {
    let path = Path::new("/dev/urandom");
    let mut random = vec![0; bytes];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut random));
    read.map_err(io("read", path))?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Opens the file `path` and waits until no other process has it locked.
pub(super) fn lock(path: &Path) -> Result<fs::File, ServerError> {
    let file = fs::OpenOptions::new().create(true).append(true).open(path);
    let file = file.map_err(io("open", path))?;
    file.lock().map_err(io("lock", path))?;
    Ok(file)
}
