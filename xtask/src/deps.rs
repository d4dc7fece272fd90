//! What the workspace depends on: licences, crates that are there twice, and reasons.
//!
//! What is allowed stands in the `Cargo.toml` of the workspace, under `workspace.metadata`.

mod duplicates;
mod licences;
mod reasons;

use crate::{Result, cargo, root, text};
use serde_json::Value;
use std::fs;

/// Where the reasons are.
const REASONS: &str = "docs/decisions/dependencies.md";

/// The platform for which crates that are there twice are counted.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

pub fn run(words: &[String]) -> Result<()> {
    if !words.is_empty() {
        return Err("`cargo xtask deps` takes nothing".into());
    }
    let metadata = metadata()?;
    let reasons = fs::read_to_string(root()?.join(REASONS));
    let reasons = reasons.map_err(|error| format!("{REASONS}: {error}"))?;
    let mut problems = licences::check(&metadata);
    problems.extend(duplicates::check(&metadata, &duplicates::tree()?));
    problems.extend(reasons::check(&metadata, &reasons));
    if problems.is_empty() {
        return Ok(());
    }
    Err(format!("{}\ndeps: {} problems", problems.join("\n"), problems.len()))
}

/// What cargo knows of the workspace and all that it depends on, with every feature.
pub fn metadata() -> Result<Value> {
    let words = ["metadata", "--format-version", "1", "--all-features", "--locked"];
    serde_json::from_slice(&run_cargo(&words)?).map_err(text)
}

/// What a command of cargo prints.
fn run_cargo(words: &[&str]) -> Result<Vec<u8>> {
    let output = cargo().args(words).current_dir(root()?).output().map_err(text)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The packages of the metadata.
pub fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    list(&metadata["packages"])
}

/// True for packages of the workspace.
pub fn is_member(metadata: &Value, package: &Value) -> bool {
    list(&metadata["workspace_members"]).any(|id| *id == package["id"])
}

pub fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

pub fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
