//! The validators that `#[field(validators(…))]` names: Django's, with its codes and messages.
//!
//! Each is made by a function here, takes another message or code by `.message(…)` and `.code(…)`,
//! and can be used alone by [`Validator::validate`].
//!
//! ```
//! use orm_core::validation::validators::{Validator, email, range};
//!
//! assert!(email().validate(&"reader@example.com".to_owned()).is_ok());
//! let error = range(1..=10).validate(&11).unwrap_err();
//! assert_eq!(error.code(), "max_value");
//! assert_eq!(error.message(), "Ensure this value is less than or equal to 10.");
//! ```

mod address;
mod items;
mod lengths;
mod limits;
mod numbers;
#[cfg(feature = "regex")]
mod pattern;
mod text;

pub use address::{
    DomainName, Email, Ipv4, Ipv6, Ipv46, Url, domain_name, email, ipv4, ipv6, ipv46, url,
};
pub use items::{
    ContentType, FileExtension, FileSize, Items, Keys, content_type, file_extension, file_size,
    image_extension, items, keys,
};
pub use lengths::{HasLength, Length, max_length, min_length};
pub(super) use limits::not_negative;
pub use limits::{
    Comparable, Limits, LimitsOf, RangeLimit, max_value, min_value, range, range_max_value,
    range_min_value,
};
pub use numbers::{DecimalDigits, Number, Step, decimal, step};
#[cfg(feature = "regex")]
pub use pattern::{Pattern, UnicodeSlug, regex, unicode_slug};
pub use text::{
    IntList, Integer, NoNull, Slug, TextRule, TextValidator, int_list, integer, no_null, slug,
};

use crate::column::Column;
use crate::row;
use orm_sql::error::ValidationError;
use orm_sql::value::SqlValue;

/// A check of the values of fields that hold a `T`.
///
/// Implement it for what a function cannot say; the name then stands in `validators(…)` with a
/// capital letter.
#[diagnostic::on_unimplemented(
    message = "the validator `{Self}` cannot check a field that holds `{T}`",
    label = "does not fit the field's type",
    note = "texts (`email`, `url`, `slug`, `regex(…)`, …) are checked in `String` and in types that are \
            `orm::expr::Text`, limits (`range(…)`, `min_value(…)`, …) in numbers, dates and texts; a \
            function of yours takes `&{T}`"
)]
pub trait Validator<T>: Send + Sync + 'static {
    /// Checks a value as it travels. It is never NULL.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    fn check(&self, value: &SqlValue) -> Result<(), ValidationError>;

    /// Checks a value.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    fn validate(&self, value: &T) -> Result<(), ValidationError>
    where
        T: Column,
    {
        self.check(&value.to_value())
    }
}

/// A validator without its type, as the metadata of a field keeps it.
pub struct FieldValidator(Box<Check>);

type Check = dyn Fn(&SqlValue) -> Result<(), ValidationError> + Send + Sync;

impl FieldValidator {
    /// A validator of a field that holds a `T`.
    pub fn new<T, V: Validator<T>>(validator: V) -> Self {
        FieldValidator(Box::new(move |value| validator.check(value)))
    }

    /// A function of your own.
    pub fn own<T: Column, E: Into<ValidationError>>(
        check: impl Fn(&T) -> Result<(), E> + Send + Sync + 'static,
    ) -> Self {
        FieldValidator(Box::new(move |value| match row::typed::<T>(value) {
            Some(value) => check(&value).map_err(Into::into),
            None => Err(ValidationError::new("invalid", "Enter a valid value.")),
        }))
    }

    /// Checks a value as it travels. It is never NULL.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn check(&self, value: &SqlValue) -> Result<(), ValidationError> {
        (self.0)(value)
    }
}

/// The code and the message of a validator, where they are not its own.
#[derive(Clone, Debug, Default)]
struct Said {
    code: Option<&'static str>,
    message: Option<&'static str>,
}

impl Said {
    fn instead_of(&self, mut error: ValidationError) -> ValidationError {
        if let Some(code) = self.code {
            error = error.with_code(code);
        }
        if let Some(message) = self.message {
            error = error.with_message(message.into());
        }
        error
    }
}

/// `.message(…)` and `.code(…)`.
macro_rules! said {
    ($($t:ident $(<$p:ident $(: $bound:path)?>)?),*) => {$(
        impl $(<$p $(: $bound)?>)? $t $(<$p>)? {
            /// Says something else; `%(name)s` stands for a parameter.
            #[must_use]
            pub fn message(mut self, message: &'static str) -> Self {
                self.said.message = Some(message);
                self
            }

            /// Says it by another code.
            #[must_use]
            pub fn code(mut self, code: &'static str) -> Self {
                self.said.code = Some(code);
                self
            }
        }
    )*};
}
use said;
