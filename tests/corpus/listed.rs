//! `not_applicable.toml`: the cases that are not asked, with the reasons.
//!
//! Of TOML it uses tables of strings only, and this reads no more than that.

use std::collections::BTreeMap;

/// The cases of one corpus that are not asked.
#[derive(Debug, Default)]
pub struct Listed {
    /// By id: they cannot be expressed, or we answer otherwise on purpose.
    pub not_applicable: BTreeMap<String, String>,
    /// By id or by section: what they need is not there yet.
    pub waiting: BTreeMap<String, String>,
}

/// Reads the tables `[<corpus>.not_applicable]` and `[<corpus>.waiting]`.
pub fn read(text: &str, corpus: &str) -> Listed {
    let mut listed = Listed::default();
    let mut table = String::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            table = name.to_owned();
            continue;
        }
        let (key, reason) = entry(line).unwrap_or_else(|| {
            panic!("not_applicable.toml:{}: not `\"id\" = \"reason\"`", number + 1)
        });
        let into = match table.split_once('.') {
            Some((of, "not_applicable")) if of == corpus => &mut listed.not_applicable,
            Some((of, "waiting")) if of == corpus => &mut listed.waiting,
            Some((_, "not_applicable" | "waiting")) => continue,
            _ => panic!("not_applicable.toml: unknown table `[{table}]`"),
        };
        assert!(!reason.is_empty(), "not_applicable.toml: {key} needs a reason");
        let twice = into.insert(key.clone(), reason);
        assert!(twice.is_none(), "not_applicable.toml: {key} stands twice");
    }
    listed
}

fn entry(line: &str) -> Option<(String, String)> {
    let (key, reason) = line.split_once(" = ")?;
    Some((unquoted(key)?, unquoted(reason)?))
}

fn unquoted(text: &str) -> Option<String> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    (!inner.contains(['"', '\\'])).then(|| inner.to_owned())
}
