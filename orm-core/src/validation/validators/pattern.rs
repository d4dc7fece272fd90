//! Regular expressions, compiled once.

use super::text::{TextRule, TextValidator};
use orm_sql::error::ValidationError;
use regex::{Regex, RegexBuilder};
use std::sync::{LazyLock, OnceLock};

/// The rule of [`regex()`].
#[derive(Clone, Debug)]
pub struct Pattern {
    text: &'static str,
    flags: Flags,
    compiled: OnceLock<Result<Regex, String>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    ignore_case: bool,
    multi_line: bool,
    dot_all: bool,
    verbose: bool,
}

impl Pattern {
    fn compiled(&self) -> &Result<Regex, String> {
        self.compiled.get_or_init(|| {
            RegexBuilder::new(self.text)
                .case_insensitive(self.flags.ignore_case)
                .multi_line(self.flags.multi_line)
                .dot_matches_new_line(self.flags.dot_all)
                .ignore_whitespace(self.flags.verbose)
                .build()
                .map_err(|error| error.to_string())
        })
    }
}

impl TextRule for Pattern {
    fn accepts(&self, text: &str) -> bool {
        self.compiled().as_ref().is_ok_and(|pattern| pattern.is_match(text))
    }

    fn error(&self) -> ValidationError {
        match self.compiled() {
            Ok(_) => ValidationError::new("invalid", "Enter a valid value."),
            // A mistake of the program: said aloud, where it would seem to be one of the value's.
            Err(error) => {
                ValidationError::from(format!("the validator's pattern does not compile: {error}"))
            }
        }
    }
}

/// Contains a match of a pattern, in the syntax of the crate `regex`: as Python's, without
/// look-around and back-references. `^` and `$` tie it to the ends; `$` is the very end.
///
/// The pattern is compiled once. `.inverse()` refuses what matches.
///
/// ```
/// use orm_core::validation::validators::regex;
///
/// assert!(regex("^[a-f]+$").ignore_case().text("ABC").is_ok());
/// assert!(regex("[0-9]").inverse().code("digits").text("a1").is_err());
/// ```
pub fn regex(pattern: &'static str) -> TextValidator<Pattern> {
    TextValidator::new(Pattern {
        text: pattern,
        flags: Flags::default(),
        compiled: OnceLock::new(),
    })
}

macro_rules! flags {
    ($($(#[$doc:meta])* $name:ident)*) => {
        impl TextValidator<Pattern> {$(
            $(#[$doc])*
            #[must_use]
            pub fn $name(mut self) -> Self {
                self.rule.flags.$name = true;
                self.rule.compiled = OnceLock::new();
                self
            }
        )*}
    };
}
flags! {
    /// Upper and lower case are the same: `re.IGNORECASE`.
    ignore_case
    /// `^` and `$` are the ends of lines: `re.MULTILINE`.
    multi_line
    /// `.` is a line break too: `re.DOTALL`.
    dot_all
    /// White space and comments in the pattern are passed over: `re.VERBOSE`.
    verbose
}

/// The rule of [`unicode_slug`].
#[derive(Clone, Debug)]
pub struct UnicodeSlug;

impl TextRule for UnicodeSlug {
    fn accepts(&self, text: &str) -> bool {
        static SLUG: LazyLock<Option<Regex>> =
            LazyLock::new(|| Regex::new(r"\A[-\p{L}\p{N}_]+\z").ok());
        SLUG.as_ref().is_some_and(|slug| slug.is_match(text))
    }

    fn error(&self) -> ValidationError {
        ValidationError::new(
            "invalid",
            "Enter a valid “slug” consisting of Unicode letters, numbers, underscores, or hyphens.",
        )
    }
}

/// Letters and digits of any script, `_` and `-`.
pub fn unicode_slug() -> TextValidator<UnicodeSlug> {
    TextValidator::new(UnicodeSlug)
}
