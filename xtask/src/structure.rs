//! How the code is built: which module may name which, how long files and functions may be, which
//! lints are denied, where SQL is written.

mod lengths;
mod lints;
mod names;
mod order;
mod sql;

use crate::source::{self, Tree};
use crate::{Result, root};
use std::fs;

/// The crates whose modules have an order.
const ORDERED: &[&str] =
    &["orm-core", "orm-sql", "orm-postgres", "orm-derive", "orm-migrate", "orm-cli"];

/// The directories whose files and functions are measured.
const MEASURED: &[&str] = &[
    "src",
    "orm-core/src",
    "orm-sql/src",
    "orm-derive/src",
    "orm-cli/src",
    "orm-migrate/src",
    "orm-postgres/src",
    "orm-testkit/src",
    "orm-doctest/src",
    "benches/src",
    "xtask/src",
];

/// The libraries, in which nothing panics.
const LIBRARIES: &[&str] = &[
    "src",
    "orm-core/src",
    "orm-sql/src",
    "orm-derive/src",
    "orm-cli/src",
    "orm-migrate/src",
    "orm-postgres/src",
    "orm-testkit/src",
];

/// The libraries that have data for the writer of `orm-sql`, and no text of their own.
const WITHOUT_WRITER: &[&str] =
    &["orm-cli/src/", "orm-core/src/", "orm-migrate/src/", "orm-postgres/src/", "orm-testkit/src/"];

/// Where the order is written down.
const GUIDE: &str = "ARCHITECTURE.md";

/// Checks all of it, or one of the four.
pub fn run(words: &[String]) -> Result<()> {
    let which = match words {
        [] => None,
        [word] if ["order", "lengths", "lints", "sql"].contains(&word.as_str()) => {
            Some(word.as_str())
        }
        _ => {
            return Err(
                "`cargo xtask structure` takes `order`, `lengths`, `lints` or `sql`, or nothing"
                    .into(),
            );
        }
    };
    let is_asked = |name| which.is_none_or(|which| which == name);
    let root = root()?;
    let there = MEASURED.iter().copied().filter(|path| root.join(path).is_dir());
    let tree = Tree::read(&root, &there.collect::<Vec<_>>(), "rs")?;
    let mut problems = Vec::new();
    if is_asked("order") {
        let guide = fs::read_to_string(root.join(GUIDE));
        let guide = guide.map_err(|error| format!("{GUIDE}: {error}"))?;
        problems.extend(check_order(&tree, &guide)?);
    }
    if is_asked("lengths") {
        let allowed = fs::read_to_string(root.join(lengths::ALLOWED)).unwrap_or_default();
        problems.extend(lengths::check(&tree, &allowed)?);
    }
    if is_asked("lints") {
        let libraries: Vec<String> =
            LIBRARIES.iter().map(|path| format!("{path}/lib.rs")).collect();
        problems.extend(lints::check(&tree, &libraries)?);
    }
    if is_asked("sql") {
        problems.extend(sql::check(&tree, WITHOUT_WRITER)?);
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(format!("{}\nstructure: {} problems", problems.join("\n"), problems.len()))
}

/// Edges against the order, in the crates that the tree has.
fn check_order(tree: &Tree, guide: &str) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for name in ORDERED {
        let root = format!("{name}/src/lib.rs");
        if tree.text(&root).is_none() {
            continue;
        }
        let files = source::files(tree, &root)?;
        match order::stated(guide, name) {
            Some(order) => problems.extend(order::check(&files, &order)),
            None => problems.push(format!("{GUIDE}: no block ```text order {name}```")),
        }
    }
    Ok(problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(files: &[(&str, &str)], guide: &str) -> Vec<String> {
        check_order(&Tree::of(files), guide).expect("the tree can be read")
    }

    #[test]
    fn an_ordered_crate_without_an_order_is_a_problem() {
        let files = [("orm-core/src/lib.rs", "pub mod value;"), ("orm-core/src/value.rs", "")];
        let said = problems(&files, "# Architecture\n");
        assert_eq!(said, ["ARCHITECTURE.md: no block ```text order orm-core```"]);
        assert!(problems(&files, "```text order orm-core\nvalue\n```\n").is_empty());
    }

    #[test]
    fn every_crate_has_an_order_of_its_own() {
        let files = [
            ("orm-core/src/lib.rs", "mod a;\nmod b;"),
            ("orm-core/src/a.rs", "use crate::b::B;"),
            ("orm-core/src/b.rs", ""),
            ("orm-derive/src/lib.rs", "mod a;\nmod b;"),
            ("orm-derive/src/a.rs", "use crate::b::B;"),
            ("orm-derive/src/b.rs", ""),
        ];
        let guide = "```text order orm-core\nb a\n```\n\n```text order orm-derive\na b\n```\n";
        assert_eq!(
            problems(&files, guide),
            ["orm-derive/src/a.rs:1: `crate::b::B`: `a` may not name `b`, which stands above it"]
        );
    }

    #[test]
    fn a_module_without_its_file_is_an_error() {
        let tree = Tree::of(&[("orm-core/src/lib.rs", "mod a;")]);
        let said = check_order(&tree, "").err();
        assert_eq!(
            said.as_deref(),
            Some("orm-core/src/lib.rs: there is no file of the module `a`")
        );
    }
}
