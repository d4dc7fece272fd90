//! Every library without its features, and with each of them alone.

use crate::deps::{is_member, list, metadata, packages, string};
use crate::{Result, cargo, root, text};
use serde_json::Value;

/// Checks all of them, with warnings as errors.
pub fn run(words: &[String]) -> Result<()> {
    if !words.is_empty() {
        return Err("`cargo xtask features` takes nothing".into());
    }
    let metadata = metadata()?;
    for package in packages(&metadata).filter(|package| is_member(&metadata, package)) {
        for features in sets(package) {
            check(string(&package["name"]), &features)?;
        }
    }
    Ok(())
}

/// No feature, and each one by itself; nothing for what is no library or has no features.
fn sets(package: &Value) -> Vec<String> {
    let is_library = list(&package["targets"])
        .any(|target| list(&target["kind"]).any(|kind| kind == "lib" || kind == "proc-macro"));
    let features = package["features"].as_object().filter(|features| !features.is_empty());
    let Some(features) = features.filter(|_| is_library) else { return Vec::new() };
    let alone = features.keys().filter(|name| *name != "default").cloned();
    std::iter::once(String::new()).chain(alone).collect()
}

fn check(package: &str, features: &str) -> Result<()> {
    let shown = if features.is_empty() { "no features" } else { features };
    println!("{package}: {shown}");
    let mut command = cargo();
    command.args(["clippy", "--quiet", "--package", package, "--lib", "--no-default-features"]);
    command.args(["--features", features, "--", "-D", "warnings"]);
    let status = command.current_dir(root()?).status().map_err(text)?;
    if status.success() { Ok(()) } else { Err(format!("{package} does not build with {shown}")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn features_are_checked_one_by_one() {
        let package = |kind: &str, features: Value| json!({ "targets": [{ "kind": [kind] }], "features": features });
        let features = json!({ "default": ["a"], "a": [], "b": [] });
        assert_eq!(sets(&package("lib", features.clone())), ["", "a", "b"]);
        assert!(sets(&package("bin", features)).is_empty());
        assert!(sets(&package("lib", json!({}))).is_empty());
    }
}
