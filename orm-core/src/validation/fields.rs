//! What the options of a field say of its values.

use super::{FieldValidator, json, validators};
use crate::column::Choice;
use crate::ir::FieldMeta;
use orm_sql::error::{Errors, ValidationError};
use orm_sql::value::{SqlType, SqlValue};
use validators::Validator;

/// Checks the value of a field, as Django's `clean_fields` does: NULL and emptiness first, then
/// choices, then the validators and what the options imply.
///
/// NULL is a value of an `Option` like any other: unlike in Django it needs no `blank`.
pub(super) fn check(field: &'static FieldMeta, value: &SqlValue, errors: &mut Errors) {
    if value.is_null() {
        if !field.null {
            errors.add(field.name, ValidationError::new("null", "This field cannot be null."));
        }
        return;
    }
    if value.is_blank() {
        if !field.blank {
            errors.add(field.name, ValidationError::new("blank", "This field cannot be blank."));
        }
        return;
    }
    if let Err(error) = choices(field.choices, value) {
        errors.add(field.name, error);
        return;
    }
    let own = field.validators.and_then(|own| own().downcast_ref::<Vec<FieldValidator>>());
    let own = own.map_or(&[][..], Vec::as_slice);
    for error in own.iter().filter_map(|validator| validator.check(value).err()) {
        errors.add(field.name, error);
    }
    for error in implied(field, value) {
        errors.add(field.name, error);
    }
}

fn choices(choices: &[Choice], value: &SqlValue) -> Result<(), ValidationError> {
    if choices.is_empty() {
        return Ok(());
    }
    match value {
        SqlValue::Array(items) => {
            let mut items = items.iter().enumerate().filter(|(_, item)| !item.is_null());
            items.try_for_each(|(place, item)| {
                self::choices(choices, item).map_err(|error| error.of_item(place + 1))
            })
        }
        value => {
            let text = json::text(value);
            if choices.iter().any(|choice| choice.value == text) {
                return Ok(());
            }
            let message = "Value %(value)r is not a valid choice.";
            let error = ValidationError::new("invalid_choice", message);
            Err(error.param("value", json::value(value)))
        }
    }
}

/// What `max_length`, `max_digits` and `positive` say; and that no text has a `\0`.
fn implied(field: &FieldMeta, value: &SqlValue) -> Vec<ValidationError> {
    let mut errors = Vec::new();
    let longest = field.max_length.and_then(|length| usize::try_from(length).ok());
    let digits = field.digits.filter(|_| !matches!(field.sql_type, SqlType::Array(_)));
    match value {
        SqlValue::Text(_) => text(longest, value, &mut errors),
        SqlValue::Json(_) | SqlValue::HStore(_) => errors.extend(zero_byte(value)),
        SqlValue::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                let mut inside = Vec::new();
                match item {
                    SqlValue::Text(_) => text(longest, item, &mut inside),
                    item => inside.extend(zero_byte(item)),
                }
                errors.extend(inside.into_iter().map(|error| error.of_item(place + 1)));
            }
        }
        SqlValue::Decimal(_) => {
            if let Some((digits, places)) = digits {
                let validator = validators::decimal(u32::from(digits), u32::from(places));
                errors.extend(validator.check(value).err());
            }
        }
        _ => {}
    }
    if field.positive {
        errors.extend(validators::not_negative(value).err());
    }
    errors
}

/// What is said of a text with a zero byte, of one inside of something.
fn zero_byte(value: &SqlValue) -> Option<ValidationError> {
    let mut error = None;
    value.any_text(&mut |text| {
        if text.contains('\0') {
            let text = SqlValue::Text(text.to_owned());
            error = Validator::<String>::check(&validators::no_null(), &text).err();
        }
        error.is_some()
    });
    error
}

fn text(longest: Option<usize>, value: &SqlValue, errors: &mut Vec<ValidationError>) {
    if let Some(longest) = longest {
        let validator = validators::max_length(longest);
        errors.extend(Validator::<String>::check(&validator, value).err());
    }
    errors.extend(Validator::<String>::check(&validators::no_null(), value).err());
}
