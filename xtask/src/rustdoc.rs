//! What rustdoc knows of our libraries, as data.
//!
//! The format belongs to one version of the compiler, and is not stable there either: rustdoc is
//! told to allow it, and only rustdoc, so that nothing else is built again.

use crate::{Result, cargo, root, target, text};
use rustdoc_types::{Crate, Id, Item, ItemEnum};
use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

/// The version whose format `rustdoc-types` reads.
const RUSTC: &str = "rustc 1.95.";

/// The libraries that users see, directly or through the facade.
const LIBRARIES: &[&str] = &["orm-sql", "orm-core", "orm-postgres", "orm-derive", "orm"];

/// Set where cargo starts this program in the place of rustdoc.
const WRAPPED: &str = "ORM_XTASK_RUSTDOC";

/// A library, and the file that says it all.
pub struct Library {
    pub name: String,
    pub path: PathBuf,
    pub data: Crate,
}

/// The libraries as data; `None`, said aloud, with another version of the compiler.
pub fn libraries() -> Result<Option<Vec<Library>>> {
    let version = Command::new("rustc").arg("--version").output().map_err(text)?;
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    if !version.starts_with(RUSTC) {
        println!("skipped: needs {RUSTC}*, this is {}", version.trim());
        return Ok(None);
    }
    make()?.iter().map(read).collect::<Result<Vec<_>>>().map(Some)
}

/// Runs rustdoc, and returns where its files are.
fn make() -> Result<Vec<PathBuf>> {
    let root = root()?;
    let there: Vec<&str> = LIBRARIES
        .iter()
        .copied()
        .filter(|name| *name == "orm" || root.join(name).is_dir())
        .collect();
    let mut command = cargo();
    command.args(["doc", "--quiet", "--no-deps", "--features", "orm/files"]).current_dir(&root);
    command.args(there.iter().flat_map(|name| ["--package", name]));
    command.env(WRAPPED, env::var_os("RUSTDOC").unwrap_or_else(|| "rustdoc".into()));
    command.env("RUSTDOC", env::current_exe().map_err(text)?);
    command.env("RUSTDOCFLAGS", "-Z unstable-options --output-format json");
    if !command.status().map_err(text)?.success() {
        return Err("rustdoc failed".into());
    }
    let docs = target(&root).join("doc");
    Ok(there.iter().map(|name| docs.join(format!("{}.json", name.replace('-', "_")))).collect())
}

fn read(path: &PathBuf) -> Result<Library> {
    let at = |error: String| format!("{}: {error}", path.display());
    let json = fs::read(path).map_err(|error| at(text(error)))?;
    let data = serde_json::from_slice(&json).map_err(|error| at(text(error)))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Library { name, path: path.clone(), data })
}

/// Stands in for rustdoc where cargo was told so: `None` in all other runs of this program.
pub fn stand_in() -> Option<ExitCode> {
    let rustdoc = env::var_os(WRAPPED)?;
    let mut command = Command::new(rustdoc);
    let status = command.args(env::args_os().skip(1)).env("RUSTC_BOOTSTRAP", "1").status();
    let code = status.ok().and_then(|status| status.code());
    Some(ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}

/// The items of which a type or a module consists, without those that are hidden.
pub fn items<'a>(library: &'a Crate, ids: &'a [Id]) -> impl Iterator<Item = &'a Item> {
    ids.iter().filter_map(|id| library.index.get(id))
}

/// The implementations of a type.
pub fn implementations(item: &Item) -> &[Id] {
    match &item.inner {
        ItemEnum::Struct(item) => &item.impls,
        ItemEnum::Enum(item) => &item.impls,
        ItemEnum::Union(item) => &item.impls,
        _ => &[],
    }
}
