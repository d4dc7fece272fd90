//! The digits of decimals, and multiples of a step.

use super::limits::limit;
use super::{Comparable, Said, Validator, said};
use crate::draft::IntoField;
use crate::validation::json;
use orm_sql::error::ValidationError;
use orm_sql::value::SqlValue;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::marker::PhantomData;

/// What steps are taken in: integers, floats and decimals.
#[diagnostic::on_unimplemented(
    message = "a field that holds `{Self}` is no number",
    label = "expected an integer, a float or a decimal"
)]
pub trait Number: Comparable {}

macro_rules! numbers {
    ($($t:ty)*) => {$(impl Number for $t {})*};
}
numbers!(i16 i32 i64 f32 f64 Decimal);

/// How many digits a decimal has. Made by [`decimal`].
#[derive(Clone, Debug)]
pub struct DecimalDigits {
    digits: u32,
    places: u32,
    said: Said,
}
said!(DecimalDigits);

/// So many digits at the most, and so many of them behind the point. `max_digits` and
/// `decimal_places` of a field check it by themselves.
pub fn decimal(max_digits: u32, decimal_places: u32) -> DecimalDigits {
    DecimalDigits { digits: max_digits, places: decimal_places, said: Said::default() }
}

impl Validator<Decimal> for DecimalDigits {
    fn check(&self, value: &SqlValue) -> Result<(), ValidationError> {
        let SqlValue::Decimal(value) = value else { return Ok(()) };
        let written = value.mantissa().unsigned_abs().checked_ilog10().map_or(1, |log| log + 1);
        let places = value.scale();
        let digits = written.max(places);
        let whole_limit = self.digits.saturating_sub(self.places);
        let (code, limit, one, many) = if digits > self.digits {
            ("max_digits", self.digits, DIGIT, DIGITS)
        } else if places > self.places {
            ("max_decimal_places", self.places, PLACE, PLACES)
        } else if digits - places > whole_limit {
            ("max_whole_digits", whole_limit, WHOLE_DIGIT, WHOLE_DIGITS)
        } else {
            return Ok(());
        };
        let error = ValidationError::new(code, if limit == 1 { one } else { many })
            .param("max", limit)
            .param("value", value.to_string());
        Err(self.said.instead_of(error))
    }
}

const DIGIT: &str = "Ensure that there are no more than %(max)s digit in total.";
const DIGITS: &str = "Ensure that there are no more than %(max)s digits in total.";
const PLACE: &str = "Ensure that there are no more than %(max)s decimal place.";
const PLACES: &str = "Ensure that there are no more than %(max)s decimal places.";
const WHOLE_DIGIT: &str =
    "Ensure that there are no more than %(max)s digit before the decimal point.";
const WHOLE_DIGITS: &str =
    "Ensure that there are no more than %(max)s digits before the decimal point.";

/// Multiples of a step. Made by [`step`].
#[derive(Clone, Debug)]
pub struct Step<T> {
    step: SqlValue,
    offset: Option<SqlValue>,
    said: Said,
    of: PhantomData<fn() -> T>,
}
said!(Step<T>);

/// A multiple of a step, counted from 0 or from `.offset(…)`.
pub fn step<T>(step: impl IntoField<T>) -> Step<T> {
    Step { step: limit(step), offset: None, said: Said::default(), of: PhantomData }
}

impl<T> Step<T> {
    /// Counted from here.
    #[must_use]
    pub fn offset(mut self, offset: impl IntoField<T>) -> Self {
        self.offset = Some(limit(offset));
        self
    }
}

#[diagnostic::do_not_recommend]
impl<T: Number> Validator<T> for Step<T> {
    fn check(&self, value: &SqlValue) -> Result<(), ValidationError> {
        let offset = self.offset.as_ref();
        let fits = match (exact(value), exact(&self.step), offset.map_or(Some((0, 0)), exact)) {
            (Some(value), Some(step), Some(offset)) => is_multiple(value, step, offset),
            _ => {
                let distance = float(value) - offset.map_or(0.0, float);
                remainder(distance, float(&self.step)).abs() <= 1e-9
            }
        };
        if fits {
            return Ok(());
        }
        let limit = json::value(&self.step);
        let error = match &self.offset {
            None => ValidationError::new("step_size", STEP)
                .param("limit_value", limit)
                .param("show_value", json::value(value))
                .param("value", json::value(value)),
            Some(offset) => {
                let first = plus(offset, &self.step);
                let second = plus(&first, &self.step);
                ValidationError::new("step_size", STEP_FROM)
                    .param("limit_value", limit)
                    .param("offset", json::value(offset))
                    .param("valid_value1", json::value(&first))
                    .param("valid_value2", json::value(&second))
            }
        };
        Err(self.said.instead_of(error))
    }
}

const STEP: &str = "Ensure this value is a multiple of step size %(limit_value)s.";
const STEP_FROM: &str = "Ensure this value is a multiple of step size %(limit_value)s, starting \
                         from %(offset)s, e.g. %(offset)s, %(valid_value1)s, %(valid_value2)s, and \
                         so on.";

/// A number without its point, and how many places there were behind it.
type Exact = (i128, u32);

fn exact(value: &SqlValue) -> Option<Exact> {
    match value {
        SqlValue::I16(value) => Some(((*value).into(), 0)),
        SqlValue::I32(value) => Some(((*value).into(), 0)),
        SqlValue::I64(value) => Some(((*value).into(), 0)),
        SqlValue::Decimal(value) => Some((value.mantissa(), value.scale())),
        _ => None,
    }
}

/// Whether the distance of a value from the offset is a multiple of the step, without rounding.
fn is_multiple(value: Exact, step: Exact, offset: Exact) -> bool {
    let places = value.1.max(step.1).max(offset.1);
    let whole = 10_u128.checked_pow(places - step.1);
    let whole = whole.and_then(|tens| step.0.unsigned_abs().checked_mul(tens));
    match whole {
        Some(0) => false,
        Some(step) if step <= u128::MAX / 10 => {
            rest(value, places, step) == rest(offset, places, step)
        }
        // The step has more digits than there are in the numbers: only no distance is a multiple.
        _ => {
            Decimal::try_from_i128_with_scale(value.0, value.1).ok()
                == Decimal::try_from_i128_with_scale(offset.0, offset.1).ok()
        }
    }
}

/// What is left of a number with so many places, divided by a step of as many.
fn rest((number, scale): Exact, places: u32, step: u128) -> u128 {
    let mut rest = number.unsigned_abs() % step;
    for _ in scale..places {
        rest = rest * 10 % step;
    }
    if number < 0 && rest > 0 { step - rest } else { rest }
}

/// How far the nearest multiple is.
fn remainder(value: f64, step: f64) -> f64 {
    let rest = (value % step).abs();
    rest.min(step.abs() - rest)
}

fn float(value: &SqlValue) -> f64 {
    match value {
        SqlValue::I16(value) => f64::from(*value),
        SqlValue::I32(value) => f64::from(*value),
        SqlValue::I64(value) => *value as f64,
        SqlValue::F32(value) => f64::from(*value),
        SqlValue::F64(value) => *value,
        SqlValue::Decimal(value) => value.to_f64().unwrap_or(f64::NAN),
        _ => f64::NAN,
    }
}

fn plus(a: &SqlValue, b: &SqlValue) -> SqlValue {
    match (a, b) {
        (SqlValue::I16(a), SqlValue::I16(b)) => SqlValue::I64(i64::from(*a) + i64::from(*b)),
        (SqlValue::I32(a), SqlValue::I32(b)) => SqlValue::I64(i64::from(*a) + i64::from(*b)),
        (SqlValue::I64(a), SqlValue::I16(b)) => SqlValue::I64(a.saturating_add(i64::from(*b))),
        (SqlValue::I64(a), SqlValue::I32(b)) => SqlValue::I64(a.saturating_add(i64::from(*b))),
        (SqlValue::I64(a), SqlValue::I64(b)) => SqlValue::I64(a.saturating_add(*b)),
        (SqlValue::F32(a), SqlValue::F32(b)) => SqlValue::F32(a + b),
        (SqlValue::F64(a), SqlValue::F64(b)) => SqlValue::F64(a + b),
        (SqlValue::Decimal(a), SqlValue::Decimal(b)) => {
            SqlValue::Decimal(a.checked_add(*b).unwrap_or(*a))
        }
        _ => a.clone(),
    }
}
