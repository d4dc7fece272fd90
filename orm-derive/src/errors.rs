//! Mistakes, collected so that all of them are reported at once.

use proc_macro2::{Span, TokenStream};
use std::cell::RefCell;

/// Collects errors while parsing and checking go on.
#[derive(Default)]
pub struct Errors(RefCell<Vec<syn::Error>>);

impl Errors {
    /// A mistake at a place.
    pub fn at(&self, span: Span, message: impl std::fmt::Display) {
        self.push(syn::Error::new(span, message));
    }

    /// A mistake that parsing has found.
    pub fn push(&self, error: syn::Error) {
        self.0.borrow_mut().push(error);
    }

    /// The value, or none and the mistake remembered.
    pub fn take<T>(&self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// Every mistake as a `compile_error!` at its place.
    pub fn into_tokens(self) -> TokenStream {
        self.0.into_inner().iter().map(syn::Error::to_compile_error).collect()
    }

    /// The messages, for tests.
    #[cfg(test)]
    pub fn messages(&self) -> Vec<String> {
        self.0.borrow().iter().map(ToString::to_string).collect()
    }
}

/// The choice that was probably meant: `; did you mean `author`?`, or nothing.
pub fn did_you_mean<'a>(word: &str, choices: impl IntoIterator<Item = &'a str>) -> String {
    let near = choices.into_iter().map(|choice| (distance(word, choice), choice)).min();
    match near {
        Some((distance, choice)) if distance <= word.len().max(choice.len()).div_ceil(3) => {
            format!("; did you mean `{choice}`?")
        }
        _ => String::new(),
    }
}

/// How many characters differ, a swap of neighbours counted as one.
#[expect(clippy::indexing_slicing, reason = "there is a row and a column for each character")]
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn near_words_are_offered() {
        assert_eq!(did_you_mean("auhtor", ["name", "author"]), "; did you mean `author`?");
        assert_eq!(did_you_mean("zebra", ["name", "author"]), "");
    }
}
