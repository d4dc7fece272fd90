//! Finds the binaries of a PostgreSQL server.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use super::{
    dirs::{self, RunAs},
    embedded,
    error::{ServerError, io, tail},
};

/// Where packages put the binaries; `*` stands for the part with the version.
const USUAL_PLACES: &[&str] = &[
    "/usr/lib/postgresql/*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
    "/usr/pgsql-*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/usr/local/pgsql/bin",
];

/// A directory with `initdb`, `postgres` and the rest.
#[derive(Clone, Debug)]
pub(super) struct Installation {
    pub(super) bin: PathBuf,
    /// As in `17.5`.
    pub(super) version: String,
}

impl Installation {
    /// The binaries to use: installed ones, or else the embedded server's.
    ///
    /// Of several, one of the major version `wanted` is preferred.
    pub(super) fn find(wanted: Option<&str>) -> Result<Installation, ServerError> {
        let run_as = RunAs::current()?;
        let places = places()?;
        let first = places.first().map(|bin| Self::at(bin, run_as.as_ref()));
        let Some(wanted) = wanted else { return first.unwrap_or_else(nowhere) };
        let matching = places.iter().filter_map(|bin| Self::at(bin, run_as.as_ref()).ok());
        matching
            .into_iter()
            .find(|found| found.major() == wanted)
            .map_or_else(|| first.unwrap_or_else(nowhere), Ok)
    }

    fn at(bin: &Path, run_as: Option<&RunAs>) -> Result<Installation, ServerError> {
        let program = bin.join("postgres");
        let output = match dirs::command(&program, run_as).arg("--version").output() {
            Ok(output) => output,
            Err(source) => {
                return Err(match run_as {
                    Some(user) if source.kind() == std::io::ErrorKind::PermissionDenied => {
                        ServerError::Unreachable { program, user: user.name.to_owned() }
                    }
                    _ => io("run", &program)(source),
                });
            }
        };
        let text = String::from_utf8_lossy(&output.stdout);
        let version = text
            .split_once("(PostgreSQL) ")
            .and_then(|(_, rest)| Some(rest.split_whitespace().next()?.to_owned()));
        match version {
            Some(version) if output.status.success() => {
                Ok(Installation { bin: bin.to_owned(), version })
            }
            _ => Err(ServerError::Command {
                program: format!("{} --version", program.display()),
                status: output.status.to_string(),
                output: tail(&String::from_utf8_lossy(&output.stderr)),
            }),
        }
    }

    /// The first part of the version, as in `17`.
    pub(super) fn major(&self) -> &str {
        let end = self.version.find(|c: char| !c.is_ascii_digit());
        &self.version[..end.unwrap_or(self.version.len())]
    }

    /// The path of one of the programs. Where the directory has links to some of them only, the
    /// others are where these lead to.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        let path = self.bin.join(name);
        if path.exists() {
            return path;
        }
        let postgres = self.bin.join("postgres").canonicalize().ok();
        let other = postgres.and_then(|postgres| Some(postgres.parent()?.join(name)));
        other.filter(|other| other.exists()).unwrap_or(path)
    }
}

fn nowhere() -> Result<Installation, ServerError> {
    Err(ServerError::NotFound { reason: "no directory holds `initdb` and `postgres`".into() })
}

/// Whether the embedded server is to be used even where another one is at hand.
pub(super) fn embedded_is_forced() -> bool {
    env::var_os("ORM_TESTKIT_EMBEDDED").is_some_and(|value| !value.is_empty() && value != "0")
}

/// The directories with binaries, the one to use first; fetches them if there are none.
pub(super) fn places() -> Result<Vec<PathBuf>, ServerError> {
    if embedded_is_forced() {
        return Ok(vec![embedded::bin()?]);
    }
    if let Some(dir) = env::var_os("PG_BIN").filter(|dir| !dir.is_empty()) {
        let dir = PathBuf::from(dir);
        return if has_server(&dir) { Ok(vec![dir]) } else { Err(ServerError::PgBin { dir }) };
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).filter(|dir| dir.is_absolute());
    let usual = USUAL_PLACES.iter().flat_map(|pattern| newest_first(pattern));
    let installed: Vec<PathBuf> = on_path.chain(usual).filter(|dir| has_server(dir)).collect();
    if installed.is_empty() {
        return Ok(vec![embedded::bin()?]);
    }
    Ok(installed)
}

fn has_server(dir: &Path) -> bool {
    dir.join("postgres").is_file() && dir.join("initdb").is_file()
}

/// The directories that a pattern with at most one `*` stands for.
fn newest_first(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else { return vec![pattern.into()] };
    let (parent, prefix) = before.rsplit_once('/').unwrap_or(("", before));
    let Ok(entries) = fs::read_dir(parent) else { return Vec::new() };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.starts_with(prefix)).collect();
    names.sort_by_cached_key(|name| std::cmp::Reverse(numbers(name)));
    names.iter().map(|name| PathBuf::from(format!("{parent}/{name}{after}"))).collect()
}

/// The numbers in a directory's name; `postgresql`, the link to the newest, comes last.
fn numbers(name: &str) -> Vec<u32> {
    name.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Installation, numbers};

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(numbers("postgresql@9.6") < numbers("postgresql@17"));
        assert!(numbers("9.6") < numbers("15"));
    }

    #[test]
    fn the_major_version_ends_at_the_first_other_character() {
        for version in ["18.1", "18beta1", "18"] {
            let installation = Installation { bin: "".into(), version: version.into() };
            assert_eq!(installation.major(), "18");
        }
    }
}
