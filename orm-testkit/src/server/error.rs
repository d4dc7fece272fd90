//! What can go wrong between asking for a server and having one.

use std::{
    io,
    path::{Path, PathBuf},
};

/// Why there is no server; the message says what to do about it.
///
/// ```no_run
/// match orm_testkit::server::Server::for_tests() {
///     Ok(server) => println!("{}", server.url()),
///     Err(error) => eprintln!("error: {error}"),
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// No server is named in the environment, none is installed, and none could be fetched.
    #[error(
        "no postgresql server found ({reason}): install one with `apt-get install postgresql` or \
         `brew install postgresql`, or set DATABASE_URL to a running server, or PG_BIN to the \
         directory that holds `initdb` and `postgres`"
    )]
    NotFound {
        /// What the last resort, the embedded server, failed of.
        reason: String,
    },
    /// `PG_BIN` names a directory without a server.
    #[error(
        "PG_BIN is {}, which has no `initdb` and `postgres`: set it to the directory that holds \
         both, such as /usr/lib/postgresql/17/bin, or unset it",
        dir.display()
    )]
    PgBin {
        /// The value of `PG_BIN`.
        dir: PathBuf,
    },
    /// A file or directory could not be used.
    #[error("could not {action} {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// A program that was run for the server failed.
    #[error("`{program}` failed ({status}): {output}")]
    Command {
        /// The program.
        program: String,
        /// Its exit status.
        status: String,
        /// The end of what it printed.
        output: String,
    },
    /// The server ended while it was starting, or was not ready in time.
    #[error("postgresql in {} {problem}; the end of its log:\n{log}", data.display())]
    Startup {
        /// Its data directory.
        data: PathBuf,
        /// What happened.
        problem: String,
        /// The end of its log.
        log: String,
    },
    /// The process that watches over the server does not answer.
    #[error(
        "the process that watches over the server in {} {problem}: start the program again",
        run.display()
    )]
    Watchdog {
        /// The directory of the running server.
        run: PathBuf,
        /// What happened.
        problem: &'static str,
    },
    /// The process is root's, and there is no other user to run the server as.
    #[error(
        "postgresql does not run as root, and /etc/passwd has neither a user `postgres` nor \
         `nobody`: create one with `useradd --system postgres`, or run this program as another \
         user"
    )]
    NoUser,
    /// The binaries are out of reach of the user that the server runs as.
    #[error(
        "{} cannot be run by the user `{user}`, as which root runs postgresql: make the \
         directory readable by everybody, or set PG_BIN to another one",
        program.display()
    )]
    Unreachable {
        /// The program.
        program: PathBuf,
        /// The user.
        user: String,
    },
    /// A durable directory is out of reach of the user that the server runs as.
    #[error(
        "{} cannot be entered by the user `{user}`, as which root runs postgresql: make the \
         directory executable for everybody, or name another one",
        dir.display()
    )]
    Closed {
        /// The directory.
        dir: PathBuf,
        /// The user.
        user: String,
    },
    /// A durable directory was made by another major version.
    #[error(
        "the data in {} was made by postgresql {made_by}, and the server found is {found}: set \
         PG_BIN to the binaries of {made_by}, or move the directory away to begin anew",
        data.display()
    )]
    DataVersion {
        /// The data directory.
        data: PathBuf,
        /// The version that made it.
        made_by: String,
        /// The version found now.
        found: String,
    },
    /// There is no directory for what is kept between runs.
    #[error("no cache directory: set HOME, or XDG_CACHE_HOME to a directory that can be written")]
    NoCache,
    /// Only a private server can be stopped, killed and restarted.
    #[error(
        "this server is shared with others and cannot be stopped: use one of `Server::private`"
    )]
    NotPrivate,
}

/// Turns an I/O error into one that says what was tried with which file.
pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ServerError {
    let path = path.to_owned();
    move |source| ServerError::Io { action, path, source }
}

/// The last lines of a program's output.
pub(super) fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let (_, last) = lines.split_at(lines.len().saturating_sub(20));
    last.join("\n")
}
