//! Initialised data directories, kept in the user's cache to be copied for each server.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

use super::{
    dirs::{self, RunAs},
    error::{ServerError, io, tail},
    locate::Installation,
};

/// Changes with the way templates are made.
const FORMAT: u32 = 2;

/// Makes the data directory `data` and returns the password of its superuser, `postgres`.
///
/// The first time with a version of PostgreSQL, `initdb` makes it, and a copy goes to the cache.
pub(super) fn fill(
    data: &Path,
    pg: &Installation,
    run_as: Option<&RunAs>,
) -> Result<String, ServerError> {
    let cache = dirs::cache()?;
    let template = cache.join(format!("template-{}", key(pg)));
    let password = template.join("password");
    if !password.is_file() {
        let _lock = dirs::lock(&cache.join("template.lock"))?;
        if !password.is_file() {
            return create(&template, data, pg, run_as);
        }
    }
    dirs::copy_tree(&template.join("data"), data, run_as)?;
    fs::read_to_string(&password).map_err(io("read", &password))
}

/// Two installations of one version may differ in how they were built, so the place counts too.
fn key(pg: &Installation) -> String {
    let mut hasher = DefaultHasher::new();
    (FORMAT, &pg.bin).hash(&mut hasher);
    format!("{}-{:08x}", pg.version, hasher.finish() & 0xffff_ffff)
}

fn create(
    template: &Path,
    data: &Path,
    pg: &Installation,
    run_as: Option<&RunAs>,
) -> Result<String, ServerError> {
    let password = dirs::random_hex(16)?;
    dirs::create_private(data, run_as)?;
    initialise(data, &password, pg, run_as)?;
    let new = template.with_extension("new");
    let _ = fs::remove_dir_all(&new);
    let _ = fs::remove_dir_all(template);
    dirs::create_private(&new, None)?;
    dirs::copy_tree(data, &new.join("data"), None)?;
    dirs::write_private(&new.join("password"), &password, None)?;
    fs::rename(&new, template).map_err(io("move to", template))?;
    Ok(password)
}

/// Runs `initdb`: UTF-8, sorted by code point, in UTC, with the user `postgres`.
///
/// The password is random and 128 bits long: hashing it thousands of times, as a version that
/// knows no other number does with SCRAM, adds no safety, but 60 ms to a connection of a debug build.
fn initialise(
    data: &Path,
    password: &str,
    pg: &Installation,
    run_as: Option<&RunAs>,
) -> Result<(), ServerError> {
    let file = PathBuf::from(format!("{}.password", data.display()));
    dirs::write_private(&file, password, run_as)?;
    let program = pg.program("initdb");
    let mut initdb = dirs::command(&program, run_as);
    initdb.env("TZ", "UTC").env_remove("PGDATA").arg("--pgdata").arg(data);
    initdb.args(["--username=postgres", "--encoding=UTF8", "--no-sync", "--no-instructions"]);
    initdb.arg("--auth-local=trust");
    initdb.arg(format!("--pwfile={}", file.display()));
    // macOS knows no locale of that name.
    let of_system = ["--locale=C", "--lc-ctype=UTF-8"];
    initdb.args(if cfg!(target_os = "macos") { &of_system[..] } else { &["--locale=C.UTF-8"] });
    let major = pg.major().parse().unwrap_or(0);
    if major >= 17 {
        initdb.args(["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]);
    }
    initdb.args(if major >= 16 {
        &["--auth-host=scram-sha-256", "--set=scram_iterations=1"][..]
    } else {
        &["--auth-host=md5"]
    });
    let output = initdb.output().map_err(io("run", &program));
    let removed = fs::remove_file(&file).map_err(io("remove", &file));
    let output = output?;
    if !output.status.success() {
        return Err(ServerError::Command {
            program: program.display().to_string(),
            status: output.status.to_string(),
            output: tail(&String::from_utf8_lossy(&output.stderr)),
        });
    }
    removed
}
