//! Signatures as lines of text.

use crate::rustdoc::Library;
use crate::{Result, text};
use rustdoc_types::{Id, Item};
use std::collections::HashMap;

/// The signatures of the public items of a library.
pub struct Lines(HashMap<u32, String>);

impl Lines {
    pub fn new(library: &Library) -> Result<Lines> {
        let api = public_api::Builder::from_rustdoc_json(&library.path)
            .omit_auto_trait_impls(true)
            .omit_blanket_impls(true)
            .build()
            .map_err(text)?;
        let mut lines = HashMap::new();
        for item in api.items() {
            lines.entry(item.id().0).or_insert_with(|| short(&item.to_string()));
        }
        Ok(Lines(lines))
    }

    /// The signature of an item.
    pub fn of(&self, id: Id) -> Option<&str> {
        self.0.get(&id.0).map(String::as_str)
    }

    /// The signature of a member, without the type whose member it is.
    pub fn of_member(&self, item: &Item) -> Option<String> {
        let line = self.of(item.id)?;
        let Some(name) = &item.name else { return Some(line.to_owned()) };
        Some(without_type(line, name))
    }
}

/// A signature without the modules of the types that it names.
fn short(line: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut short = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("::") {
        let start = before.rfind(|c| !is_word(c)).map_or(0, |at| at + 1);
        let (others, word) = before.split_at(start);
        let is_module = !word.is_empty() && !word.contains(char::is_uppercase);
        short.push_str(others);
        if !is_module {
            short.push_str(word);
            short.push_str("::");
        }
        rest = after;
    }
    short + rest
}

/// `pub fn Expr<R, T, K>::gt(…)` as `pub fn gt(…)`.
fn without_type(line: &str, name: &str) -> String {
    let wanted = format!("::{name}");
    let is_end = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    let found = line.match_indices(&wanted).find(|(at, _)| is_end(&line[at + wanted.len()..]));
    let Some((end, _)) = found else { return line.to_owned() };
    // The type begins behind the last word of what stands before it: `pub const fn`.
    let mut depth = 0;
    let mut start = 0;
    for (at, c) in line[..end].char_indices() {
        match c {
            '<' | '(' => depth += 1,
            '>' | ')' => depth -= 1,
            ' ' if depth == 0 => start = at + 1,
            _ => {}
        }
    }
    format!("{}{}", &line[..start], &line[end + 2..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_of_types_are_left_out() {
        let line = "pub fn orm_core::expr::Expr<R, T>::gt<V: core::fmt::Debug>(&self, V) -> <V as \
                    orm_core::expr::IntoExpr>::Null";
        let expected = "pub fn Expr<R, T>::gt<V: Debug>(&self, V) -> <V as IntoExpr>::Null";
        assert_eq!(short(line), expected);
        assert_eq!(short("pub fn orm::tables::create()"), "pub fn create()");
    }

    #[test]
    fn members_stand_without_their_type() {
        for (line, name, expected) in [
            ("pub fn Expr<R, T>::gt<V>(V) -> R::gte", "gt", "pub fn gt<V>(V) -> R::gte"),
            ("pub const fn File::gt()", "gt", "pub const fn gt()"),
            ("pub Error::NotFound", "NotFound", "pub NotFound"),
            ("pub type Model::Pk: Into<Self::Pk>", "Pk", "pub type Pk: Into<Self::Pk>"),
        ] {
            assert_eq!(without_type(line, name), expected);
        }
    }
}
