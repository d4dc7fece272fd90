//! Licences, and where crates come from.

use super::{is_member, list, packages, string};
use serde_json::Value;
use std::collections::BTreeSet;
use std::iter::Peekable;
use std::vec::IntoIter;

/// Packages whose licence is not among those that are allowed, those that are from elsewhere than a
/// registry, and licences that are allowed without need.
pub fn check(metadata: &Value) -> Vec<String> {
    let allowed: BTreeSet<&str> =
        list(&metadata["metadata"]["licences"]["allowed"]).map(string).collect();
    let mut used = BTreeSet::new();
    let mut problems = Vec::new();
    for package in packages(metadata) {
        let name = format!("{} {}", string(&package["name"]), string(&package["version"]));
        let licence = string(&package["license"]);
        match taken(licence, &allowed) {
            Some(taken) => used.extend(taken),
            None => problems.push(format!("{name}: the licence `{licence}` is not allowed")),
        }
        let source = string(&package["source"]);
        if !is_member(metadata, package) && !source.starts_with("registry+") {
            problems.push(format!("{name}: it comes from `{source}`, which is no registry"));
        }
    }
    for licence in allowed.difference(&used) {
        problems.push(format!("Cargo.toml: the licence `{licence}` is allowed without need"));
    }
    problems
}

/// The allowed licences with which an expression is met: with `OR` the first side that is.
fn taken<'a>(expression: &str, allowed: &BTreeSet<&'a str>) -> Option<Vec<&'a str>> {
    // `A/B` is how `A OR B` was written before there were expressions.
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<String> = spaced.split_whitespace().map(str::to_owned).collect();
    let mut words = words.into_iter().peekable();
    let taken = either(&mut words, allowed);
    if words.next().is_some() { None } else { taken }
}

type Words = Peekable<IntoIter<String>>;

fn either<'a>(words: &mut Words, allowed: &BTreeSet<&'a str>) -> Option<Vec<&'a str>> {
    let mut taken = both(words, allowed);
    while words.next_if(|word| word == "OR").is_some() {
        let other = both(words, allowed);
        taken = taken.or(other);
    }
    taken
}

fn both<'a>(words: &mut Words, allowed: &BTreeSet<&'a str>) -> Option<Vec<&'a str>> {
    let mut taken = one(words, allowed);
    while words.next_if(|word| word == "AND").is_some() {
        let other = one(words, allowed);
        taken = taken.zip(other).map(|(taken, other)| [taken, other].concat());
    }
    taken
}

fn one<'a>(words: &mut Words, allowed: &BTreeSet<&'a str>) -> Option<Vec<&'a str>> {
    let mut name = words.next()?;
    if name == "(" {
        let taken = either(words, allowed);
        return words.next_if(|word| word == ")").and(taken);
    }
    if words.next_if(|word| word == "WITH").is_some() {
        name = format!("{name} WITH {}", words.next()?);
    }
    allowed.get(name.as_str()).map(|name| vec![*name])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn problems(licence: &str, source: &str, allowed: &[&str]) -> Vec<String> {
        check(&json!({
            "packages": [
                { "id": "a", "name": "a", "version": "1.0.0", "license": licence, "source": source },
            ],
            "workspace_members": [],
            "metadata": { "licences": { "allowed": allowed } },
        }))
    }

    #[test]
    fn expressions_are_understood() {
        let fits = |expression| taken(expression, &BTreeSet::from(["MIT", "ISC", "A WITH x"]));
        for expression in
            ["MIT", "GPL OR MIT", "GPL/MIT", "MIT AND ISC", "(GPL OR MIT) AND ISC", "A WITH x"]
        {
            assert!(fits(expression).is_some(), "{expression}");
        }
        for expression in ["", "GPL", "MIT AND GPL", "A", "MIT WITH x", "(MIT", "MIT ISC"] {
            assert!(fits(expression).is_none(), "{expression}");
        }
        // AND binds closer than OR.
        assert!(fits("MIT OR ISC AND GPL").is_some());
    }

    #[test]
    fn other_licences_and_other_sources_are_problems() {
        assert!(problems("MIT", "registry+x", &["MIT"]).is_empty());
        let said = problems("GPL", "registry+x", &[]);
        assert_eq!(said, ["a 1.0.0: the licence `GPL` is not allowed"]);
        let said = problems("MIT", "git+x", &["MIT"]);
        assert_eq!(said, ["a 1.0.0: it comes from `git+x`, which is no registry"]);
    }

    #[test]
    fn what_is_allowed_is_needed() {
        let said = problems("MIT", "registry+x", &["MIT", "ISC"]);
        assert_eq!(said, ["Cargo.toml: the licence `ISC` is allowed without need"]);
    }
}
