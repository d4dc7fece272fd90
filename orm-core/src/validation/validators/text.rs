//! Texts of a form: slugs, numbers written out; and what all validators of texts share.

use super::{Said, Validator, said};
use crate::expr::Text;
use crate::validation::json;
use orm_sql::error::ValidationError;
use orm_sql::value::SqlValue;

/// What a text must be like.
pub trait TextRule: Send + Sync + 'static {
    /// True where it is.
    fn accepts(&self, text: &str) -> bool;
    /// What is said where it is not.
    fn error(&self) -> ValidationError;
    /// What is said of a text that is not.
    fn error_of(&self, _text: &str) -> ValidationError {
        self.error()
    }
}

/// A validator of texts, by the rule that they follow.
#[derive(Clone, Debug)]
pub struct TextValidator<R> {
    pub(super) rule: R,
    pub(super) said: Said,
    inverse: bool,
}

impl<R: TextRule> TextValidator<R> {
    /// A validator of texts that follow a rule.
    pub fn new(rule: R) -> Self {
        TextValidator { rule, said: Said::default(), inverse: false }
    }

    /// Refuses what it accepted, and accepts what it refused.
    #[must_use]
    pub fn inverse(mut self) -> Self {
        self.inverse = !self.inverse;
        self
    }

    /// Checks a text.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn text(&self, text: &str) -> Result<(), ValidationError> {
        if self.rule.accepts(text) != self.inverse {
            return Ok(());
        }
        Err(self.said.instead_of(self.rule.error_of(text)).param("value", text))
    }
}
said!(TextValidator<R: TextRule>);

#[diagnostic::do_not_recommend]
impl<T: Text, R: TextRule> Validator<T> for TextValidator<R> {
    fn check(&self, value: &SqlValue) -> Result<(), ValidationError> {
        match value {
            SqlValue::Text(text) => self.text(text),
            SqlValue::Upload(upload) => self.text(&upload.name),
            SqlValue::Net(net) => self.text(&net.addr().to_string()),
            other => self.text(&json::text(other)),
        }
    }
}

/// The rule of [`slug`].
#[derive(Clone, Debug)]
pub struct Slug;

impl TextRule for Slug {
    fn accepts(&self, text: &str) -> bool {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        !text.is_empty() && text.bytes().all(fits)
    }

    fn error(&self) -> ValidationError {
        ValidationError::new(
            "invalid",
            "Enter a valid “slug” consisting of letters, numbers, underscores or hyphens.",
        )
    }
}

/// Letters from `a` to `z`, digits, `_` and `-`.
pub fn slug() -> TextValidator<Slug> {
    TextValidator::new(Slug)
}

/// The rule of [`integer`].
#[derive(Clone, Debug)]
pub struct Integer;

impl TextRule for Integer {
    fn accepts(&self, text: &str) -> bool {
        digits(text.strip_prefix('-').unwrap_or(text))
    }

    fn error(&self) -> ValidationError {
        ValidationError::new("invalid", "Enter a valid integer.")
    }
}

/// A whole number, written out.
pub fn integer() -> TextValidator<Integer> {
    TextValidator::new(Integer)
}

/// The rule of [`int_list`].
#[derive(Clone, Debug)]
pub struct IntList {
    separator: &'static str,
    negative: bool,
}

impl TextRule for IntList {
    fn accepts(&self, text: &str) -> bool {
        let number = |item: &str| match item.strip_prefix('-') {
            Some(item) if self.negative => digits(item),
            _ => digits(item),
        };
        match self.separator {
            "" => number(text),
            separator => text.split(separator).all(number),
        }
    }

    fn error(&self) -> ValidationError {
        match (self.separator, self.negative) {
            (",", false) => {
                ValidationError::new("invalid", "Enter only digits separated by commas.")
            }
            _ => ValidationError::new("invalid", "Enter a valid value."),
        }
    }
}

/// Whole numbers, separated by commas.
pub fn int_list() -> TextValidator<IntList> {
    TextValidator::new(IntList { separator: ",", negative: false })
}

impl TextValidator<IntList> {
    /// Separated by something else.
    #[must_use]
    pub fn separator(mut self, separator: &'static str) -> Self {
        self.rule.separator = separator;
        self
    }

    /// Numbers below zero too.
    #[must_use]
    pub fn negative(mut self) -> Self {
        self.rule.negative = true;
        self
    }
}

/// The rule of [`no_null`].
#[derive(Clone, Debug)]
pub struct NoNull;

impl TextRule for NoNull {
    fn accepts(&self, text: &str) -> bool {
        !text.contains('\0')
    }

    fn error(&self) -> ValidationError {
        ValidationError::new("null_characters_not_allowed", "Null characters are not allowed.")
    }
}

/// No `\0`, which PostgreSQL cannot store. Text fields are always checked for it.
pub fn no_null() -> TextValidator<NoNull> {
    TextValidator::new(NoNull)
}

/// One digit at least and nothing else, in any script.
fn digits(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_digit)
}

fn is_digit(c: char) -> bool {
    let c = u32::from(c);
    let next = ZEROS.partition_point(|zero| *zero <= c);
    let zero = next.checked_sub(1).and_then(|place| ZEROS.get(place));
    zero.is_some_and(|zero| c - zero < 10)
}

/// The zero of each script; the other digits follow it.
#[rustfmt::skip]
const ZEROS: [u32; 66] = [
    0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6,
    0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50,
    0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0,
    0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0,
    0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50, 0x1d7ce,
    0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
];
