//! Lints that every library denies in its root.
//!
//! Tables of lints in `Cargo.toml` hold for tests as well, where a panic is how they fail.

use crate::Result;
use crate::source::Tree;
use syn::parse_file;

/// Nothing that panics or loses digits where that cannot be seen.
const DENIED: &[&str] =
    &["indexing_slicing", "unwrap_used", "expect_used", "cast_possible_truncation"];

/// Libraries that do not deny one of them.
pub fn check(tree: &Tree, roots: &[String]) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for root in roots {
        let Some(source) = tree.text(root) else { continue };
        let syntax = parse_file(source).map_err(|error| format!("{root}: {error}"))?;
        let attributes: Vec<String> = syntax
            .attrs
            .iter()
            .filter_map(|attr| attr.meta.require_list().ok())
            .map(|list| list.tokens.to_string())
            .filter(|tokens| tokens.contains("deny"))
            .collect();
        for lint in DENIED {
            let lint = format!("clippy :: {lint}");
            if !attributes.iter().any(|tokens| tokens.contains(&lint)) {
                let lint = lint.replace(' ', "");
                problems
                    .push(format!("{root}: `#![cfg_attr(not(test), deny({lint}))]` is missing"));
            }
        }
    }
    Ok(problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(source: &str) -> Vec<String> {
        let tree = Tree::of(&[("c/src/lib.rs", source)]);
        check(&tree, &["c/src/lib.rs".to_owned()]).expect("the source can be read")
    }

    #[test]
    fn every_library_denies_all_of_them() {
        let all = "clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, \
                   clippy::cast_possible_truncation";
        assert!(problems(&format!("#![cfg_attr(not(test), deny({all}))]")).is_empty());
        assert_eq!(problems(&format!("#![cfg_attr(not(test), warn({all}))]")).len(), 4);
        assert_eq!(
            problems(&format!("#![cfg_attr(not(test), deny({}))]", &all[26..])),
            ["c/src/lib.rs: `#![cfg_attr(not(test), deny(clippy::indexing_slicing))]` is missing"]
        );
    }
}
