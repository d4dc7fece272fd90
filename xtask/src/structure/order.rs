//! The order of modules: which may name which.

use super::names::{self, Name};
use crate::source::{File, attributes, is_test};
use std::collections::{BTreeMap, BTreeSet};
use syn::{Item, UseTree};

/// The names of a fenced block ```` ```text order NAME ````, bottom up.
pub fn stated(guide: &str, name: &str) -> Option<Vec<String>> {
    let opening = format!("```text order {name}");
    let mut lines = guide.lines().skip_while(|line| line.trim_end() != opening);
    lines.next()?;
    let block = lines.take_while(|line| !line.starts_with("```"));
    Some(block.flat_map(str::split_whitespace).map(str::to_owned).collect())
}

/// Modules missing from the order, names in it that do not exist, and edges against it.
pub fn check(files: &[File], order: &[String]) -> Vec<String> {
    let Some(root) = files.iter().find(|file| file.module.is_empty()) else {
        return Vec::new();
    };
    let modules = modules(root);
    let mut problems = Vec::new();
    for module in modules.iter().filter(|module| !order.contains(module)) {
        problems.push(format!("{}: the order does not name the module `{module}`", root.path));
    }
    let mut seen = BTreeSet::new();
    for name in order {
        if !modules.contains(name) {
            problems.push(format!("{}: the order names `{name}`, which is no module", root.path));
        } else if !seen.insert(name) {
            problems.push(format!("{}: the order names `{name}` twice", root.path));
        }
    }
    let places = order.iter().enumerate().map(|(place, name)| (name.as_str(), place)).collect();
    let owners = Owners::new(root, &modules, files);
    for file in files.iter().filter(|file| !file.module.is_empty()) {
        for name in names::of(file) {
            problems.extend(against(file, &name, &owners, &places));
        }
    }
    problems
}

/// What is wrong about a name, if anything is.
fn against(
    file: &File,
    name: &Name,
    owners: &Owners,
    places: &BTreeMap<&str, usize>,
) -> Option<String> {
    let from = file.module.first()?;
    let at = format!("{}:{}: `{}`", file.path, name.line, name.shown());
    let Some(first) = name.path.first() else {
        return Some(format!("{at}: `{from}` names the whole crate, not what it takes from it"));
    };
    let to = owners.owner(first)?;
    match (places.get(from.as_str()), places.get(to)) {
        (Some(own), Some(other)) if other > own => {
            Some(format!("{at}: `{from}` may not name `{to}`, which stands above it"))
        }
        _ => None,
    }
}

/// The modules of a crate's root, without those for tests.
fn modules(root: &File) -> BTreeSet<String> {
    let items = root.syntax.items.iter().filter(|item| !is_test(attributes(item)));
    let modules = items.filter_map(|item| match item {
        Item::Mod(item) => Some(item.ident.to_string()),
        _ => None,
    });
    modules.collect()
}

/// Which module a name in the root of the crate belongs to.
struct Owners(BTreeMap<String, String>);

impl Owners {
    fn new(root: &File, modules: &BTreeSet<String>, files: &[File]) -> Owners {
        let mut owners = BTreeMap::new();
        for item in &root.syntax.items {
            if let Item::Use(item) = item {
                reexports(&item.tree, &mut Vec::new(), modules, &mut owners);
            }
        }
        // Macros with `#[macro_export]` are in the root, those of modules with `#[macro_use]` are
        // in sight of all that follows.
        for file in files {
            for item in &file.syntax.items {
                let Item::Macro(item) = item else { continue };
                let (Some(name), Some(module)) = (&item.ident, file.module.first()) else {
                    continue;
                };
                let exported = item.attrs.iter().any(|attr| attr.path().is_ident("macro_export"));
                if exported {
                    owners.insert(name.to_string(), module.clone());
                }
                if exported || in_sight(root, module) {
                    owners.insert(format!("{name}!"), module.clone());
                }
            }
        }
        owners.extend(modules.iter().map(|module| (module.clone(), module.clone())));
        Owners(owners)
    }

    fn owner(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// True where the module is declared with `#[macro_use]`.
fn in_sight(root: &File, module: &str) -> bool {
    root.syntax.items.iter().any(|item| match item {
        Item::Mod(item) => {
            item.ident == module && item.attrs.iter().any(|attr| attr.path().is_ident("macro_use"))
        }
        _ => false,
    })
}

/// Names that the root has from its modules: `pub use error::{Error, Result}`.
fn reexports(
    tree: &UseTree,
    path: &mut Vec<String>,
    modules: &BTreeSet<String>,
    owners: &mut BTreeMap<String, String>,
) {
    let mut leaf = |name: String, path: &[String]| {
        let first = path.iter().find(|segment| !matches!(segment.as_str(), "crate" | "self"));
        if let Some(first) = first.filter(|first| modules.contains(*first)) {
            owners.insert(name, first.clone());
        }
    };
    match tree {
        UseTree::Path(part) => {
            path.push(part.ident.to_string());
            reexports(&part.tree, path, modules, owners);
            path.pop();
        }
        UseTree::Name(name) => leaf(name.ident.to_string(), path),
        UseTree::Rename(name) => leaf(name.rename.to_string(), path),
        UseTree::Group(group) => {
            for tree in &group.items {
                reexports(tree, path, modules, owners);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Tree, files};

    /// What a crate of the modules `low` and `high` is told about.
    fn problems(lib: &str, low: &str, high: &str, order: &str) -> Vec<String> {
        let tree =
            Tree::of(&[("c/src/lib.rs", lib), ("c/src/low.rs", low), ("c/src/high.rs", high)]);
        let files = files(&tree, "c/src/lib.rs").expect("the tree can be read");
        let order: Vec<String> = order.split_whitespace().map(str::to_owned).collect();
        check(&files, &order)
    }

    const LIB: &str = "mod high;\nmod low;\npub use high::High;";

    fn upward(low: &str) -> Vec<String> {
        problems(LIB, low, "use crate::low::Low;", "low high")
    }

    #[test]
    fn an_edge_downward_is_fine() {
        let none: [&str; 0] = [];
        assert_eq!(upward("use std::fmt; use self::inner::X; mod inner { pub struct X; }"), none);
    }

    #[test]
    fn imports_against_the_order_are_found() {
        let expected = "`low` may not name `high`, which stands above it";
        for (low, shown) in [
            ("use crate::high::High;", "crate::high::High"),
            ("use crate::{high::High};", "crate::high::High"),
            ("use crate::high;", "crate::high"),
            ("use crate::high::*;", "crate::high::*"),
            ("use super::high::High as Other;", "crate::high::High"),
            ("pub use crate::High;", "crate::High"),
        ] {
            assert_eq!(upward(low), [format!("c/src/low.rs:1: `{shown}`: {expected}")], "{low}");
        }
    }

    #[test]
    fn paths_and_macros_against_the_order_are_found() {
        for low in [
            "fn f() { crate::high::run() }",
            "fn f(x: &super::high::High) {}",
            "impl crate::high::Trait for Low {}",
            "mod inner { fn f() -> super::super::high::High { todo!() } }",
            "fn f() { println!(\"{}\", crate::high::NAME) }",
            "macro_rules! m { () => { $crate::high::run() } }",
            "macro_rules! m { () => { use $crate::{low::Low, high::High}; } }",
            "#[derive(Debug)]\nstruct Low<T: crate::high::Trait>(T);",
        ] {
            let said = upward(low);
            assert_eq!(said.len(), 1, "{low}: {said:?}");
            assert!(said[0].contains("`low` may not name `high`"), "{low}: {said:?}");
        }
    }

    #[test]
    fn the_line_of_the_name_is_told() {
        let said = upward("\n\nuse crate::{\n    low::X,\n    high::High,\n};\n");
        assert!(said[0].starts_with("c/src/low.rs:5: "), "{said:?}");
    }

    #[test]
    fn tests_do_not_count() {
        let none: [&str; 0] = [];
        assert_eq!(upward("#[cfg(test)]\nmod tests { use crate::high::High; }"), none);
        assert_eq!(upward("#[cfg(test)]\nuse crate::high::High;"), none);
        assert_eq!(upward("#[cfg(test)]\nmod tests;"), none);
        assert_eq!(upward("/// [`High`](crate::high::High)\nstruct Low;"), none);
    }

    #[test]
    fn macros_belong_to_the_module_that_defines_them() {
        let high = "#[macro_export]\nmacro_rules! exported { () => {} }";
        let said = problems(LIB, "crate::exported!();", high, "low high");
        assert!(said[0].contains("`low` may not name `high`"), "{said:?}");
        let lib = "#[macro_use]\nmod high;\nmod low;";
        let high = "macro_rules! in_sight { () => {} }";
        let said = problems(lib, "in_sight!();", high, "low high");
        assert!(said[0].contains("`in_sight!`: `low` may not name `high`"), "{said:?}");
        let own = "macro_rules! in_sight { () => {} }\nin_sight!();";
        assert!(problems(lib, own, high, "low high").is_empty());
    }

    #[test]
    fn the_whole_crate_is_no_name() {
        let said = upward("use crate::*;");
        assert!(said[0].contains("names the whole crate"), "{said:?}");
    }

    #[test]
    fn the_order_is_complete_and_true() {
        assert_eq!(
            problems(LIB, "", "", "low"),
            ["c/src/lib.rs: the order does not name the module `high`"]
        );
        assert_eq!(
            problems(LIB, "", "", "low gone high low"),
            [
                "c/src/lib.rs: the order names `gone`, which is no module",
                "c/src/lib.rs: the order names `low` twice",
            ]
        );
    }
}
