//! The reason for each dependency: a line in the section of the crate that has it.

use super::{REASONS, is_member, list, packages, string};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Dependencies without a reason, and reasons for what is no dependency.
pub fn check(metadata: &Value, reasons: &str) -> Vec<String> {
    let sections = sections(reasons);
    let mut problems = Vec::new();
    for package in packages(metadata).filter(|package| is_member(metadata, package)) {
        let name = string(&package["name"]);
        let needed: BTreeSet<&str> =
            list(&package["dependencies"]).map(|needed| string(&needed["name"])).collect();
        let empty = Section::default();
        let section = sections.get(name).unwrap_or(&empty);
        for needed in needed.iter().filter(|needed| !section.named.contains(**needed)) {
            problems.push(format!("{REASONS}: `{name}` depends on `{needed}`, without a reason"));
        }
        for row in section.rows.iter().filter(|row| !needed.contains(**row)) {
            problems.push(format!("{REASONS}: `{name}` does not depend on `{row}` any more"));
        }
    }
    problems
}

/// What a section `## crate` names in backticks.
#[derive(Default)]
struct Section<'a> {
    /// Anywhere.
    named: BTreeSet<&'a str>,
    /// In the first column of its table.
    rows: BTreeSet<&'a str>,
}

fn sections(text: &str) -> BTreeMap<&str, Section<'_>> {
    let mut sections = BTreeMap::new();
    let mut section: Option<&mut Section> = None;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            section = Some(sections.entry(name.trim()).or_default());
        } else if let Some(section) = &mut section {
            section.named.extend(in_backticks(line));
            if let Some(row) = line.strip_prefix('|') {
                section.rows.extend(in_backticks(row.split('|').next().unwrap_or_default()));
            }
        }
    }
    sections
}

fn in_backticks(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const TEXT: &str = "# Dependencies\n\n## one\n\n| crate | why |\n|---|---|\n\
        | `a`, `b` | because of `x` |\n\nFor its tests: `t`.\n\n## two\n\n| `c` | so |\n";

    fn problems(one: &[&str], two: &[&str]) -> Vec<String> {
        let package = |name: &str, needed: &[&str]| {
            let needed: Vec<Value> = needed.iter().map(|name| json!({ "name": name })).collect();
            json!({ "id": name, "name": name, "dependencies": needed })
        };
        let metadata = json!({
            "packages": [package("one", one), package("two", two), package("else", &["z"])],
            "workspace_members": ["one", "two"],
        });
        check(&metadata, TEXT)
    }

    #[test]
    fn every_dependency_has_a_reason_in_its_section() {
        assert!(problems(&["a", "b", "t"], &["c"]).is_empty());
        assert_eq!(
            problems(&["a", "b", "c"], &["c"]),
            ["docs/decisions/dependencies.md: `one` depends on `c`, without a reason"]
        );
    }

    #[test]
    fn every_row_is_a_dependency() {
        assert_eq!(
            problems(&["a"], &["c"]),
            ["docs/decisions/dependencies.md: `one` does not depend on `b` any more"]
        );
    }
}
