//! Crates that a user of the facade gets in more than one version.

use super::{PLATFORM, run_cargo};
use crate::Result;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What the facade is built of, with all its features: `NAME vVERSION …` a line.
pub fn tree() -> Result<String> {
    let words = ["tree", "--package", "orm", "--all-features", "--edges", "normal,build"];
    let output = run_cargo(&[&words[..], &["--prefix", "none", "--target", PLATFORM]].concat())?;
    Ok(String::from_utf8_lossy(&output).into_owned())
}

/// Crates in several versions that are not allowed to be, and those that are allowed without need.
pub fn check(metadata: &Value, tree: &str) -> Vec<String> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in tree.lines() {
        let mut words = line.split(' ');
        if let (Some(name), Some(version)) = (words.next(), words.next()) {
            versions.entry(name).or_default().insert(version.trim_start_matches('v'));
        }
    }
    versions.retain(|_, versions| versions.len() > 1);
    let none = serde_json::Map::new();
    let allowed = metadata["metadata"]["duplicates"].as_object().unwrap_or(&none);
    let mut problems = Vec::new();
    for (name, versions) in &versions {
        if !allowed.contains_key(*name) {
            let versions: Vec<&str> = versions.iter().copied().collect();
            let (shown, one) = (versions.join(" and "), versions[0]);
            problems.push(format!("{name}: {shown} are built; see `cargo tree -i {name}@{one}`"));
        }
    }
    for name in allowed.keys().filter(|name| !versions.contains_key(name.as_str())) {
        problems.push(format!("Cargo.toml: several versions of `{name}` are allowed without need"));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn problems(allowed: Value) -> Vec<String> {
        let tree = "orm v1.0.0 (/there)\na v1.0.0\nb v1.0.0\nb v2.0.0 (*)\na v1.0.0 (*)\n";
        check(&json!({ "metadata": { "duplicates": allowed } }), tree)
    }

    #[test]
    fn two_versions_are_a_problem_without_a_reason() {
        let said = problems(json!({}));
        assert_eq!(said, ["b: 1.0.0 and 2.0.0 are built; see `cargo tree -i b@1.0.0`"]);
        assert!(problems(json!({ "b": "a reason" })).is_empty());
    }

    #[test]
    fn what_is_allowed_is_needed() {
        let said = problems(json!({ "a": "a reason", "b": "a reason" }));
        assert_eq!(said, ["Cargo.toml: several versions of `a` are allowed without need"]);
    }
}
