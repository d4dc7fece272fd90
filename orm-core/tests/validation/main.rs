//! What Django 5.2 says of some 500 inputs, and the same from here.
//!
//! `django.json` holds Django's answers; `ask_django.py` writes it.

use orm_core::column::Range;
use orm_core::validation::FieldValidator;
use orm_core::validation::validators::{self as v, Validator};
use orm_sql::error::ValidationError;
use orm_sql::value::SqlValue;
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::Bound;

/// Reads an input as the type that its validator is for.
type Read = fn(&Value) -> SqlValue;

fn text(value: &Value) -> SqlValue {
    SqlValue::Text(value.as_str().expect("a text").to_owned())
}

fn number(value: &Value) -> SqlValue {
    SqlValue::I32(i32::try_from(value.as_i64().expect("a number")).expect("an i32"))
}

fn float(value: &Value) -> SqlValue {
    SqlValue::F64(value.as_str().expect("a text").parse().expect("a float"))
}

fn decimal(value: &Value) -> SqlValue {
    SqlValue::Decimal(value.as_str().expect("a text").parse().expect("a decimal"))
}

fn date(value: &Value) -> SqlValue {
    SqlValue::Date(value.as_str().expect("a text").parse().expect("a date"))
}

fn list(value: &Value) -> SqlValue {
    SqlValue::Array(value.as_array().expect("a list").iter().map(number).collect())
}

fn object(value: &Value) -> SqlValue {
    SqlValue::Json(value.clone())
}

fn bounds(value: &Value) -> SqlValue {
    let bound = |place: usize| value[place].as_i64().map(|n| i32::try_from(n).expect("an i32"));
    let lower = bound(0).map_or(Bound::Unbounded, Bound::Included);
    let upper = bound(1).map_or(Bound::Unbounded, Bound::Excluded);
    orm_core::column::Column::to_value(&Range::new(lower, upper))
}

fn field<T: 'static>(read: Read, validator: impl Validator<T>) -> (Read, FieldValidator) {
    (read, FieldValidator::new::<T, _>(validator))
}

fn known() -> BTreeMap<&'static str, (Read, FieldValidator)> {
    let dec = |text: &str| text.parse::<rust_decimal::Decimal>().expect("a decimal");
    let texts = [
        ("email", field::<String>(text, v::email())),
        ("email_allow", field::<String>(text, v::email().allowlist(&["intern", "localdomain"]))),
        ("domain_name", field::<String>(text, v::domain_name())),
        ("domain_name_ascii", field::<String>(text, v::domain_name().ascii())),
        ("url", field::<String>(text, v::url())),
        ("url_git", field::<String>(text, v::url().schemes(&["git+ssh", "http"]))),
        ("slug", field::<String>(text, v::slug())),
        ("integer", field::<String>(text, v::integer())),
        ("int_list", field::<String>(text, v::int_list())),
        ("int_list_negative", field::<String>(text, v::int_list().separator(" | ").negative())),
        ("ipv4", field::<String>(text, v::ipv4())),
        ("ipv6", field::<String>(text, v::ipv6())),
        ("ipv46", field::<String>(text, v::ipv46())),
        ("no_null", field::<String>(text, v::no_null())),
        ("min_length_1", field::<String>(text, v::min_length(1))),
        ("min_length_3", field::<String>(text, v::min_length(3))),
        ("max_length_1", field::<String>(text, v::max_length(1))),
        ("max_length_3", field::<String>(text, v::max_length(3))),
        ("min_text", field::<String>(text, v::min_value("b"))),
        ("file_extension", field::<String>(text, v::file_extension(&["pdf", "TXT"]))),
        ("file_extension_none", field::<String>(text, v::file_extension(&[]))),
    ];
    #[cfg(feature = "regex")]
    let patterns = [
        ("unicode_slug", field::<String>(text, v::unicode_slug())),
        ("regex", field::<String>(text, v::regex("^[a-f]+[0-9]?"))),
        (
            "regex_flags",
            field::<String>(text, v::regex("^x.y").ignore_case().multi_line().dot_all()),
        ),
        (
            "regex_inverse",
            field::<String>(
                text,
                v::regex("[0-9]").inverse().message("No digits, not “%(value)s”.").code("digits"),
            ),
        ),
    ];
    #[cfg(not(feature = "regex"))]
    let patterns = [];
    let others = [
        ("min_5", field::<i32>(number, v::min_value(5))),
        ("max_5", field::<i32>(number, v::max_value(5))),
        ("step_3", field::<i32>(number, v::step(3))),
        ("step_3_offset_1", field::<i32>(number, v::step(3).offset(1))),
        ("min_2.5", field::<f64>(float, v::min_value(2.5))),
        ("max_2.5", field::<f64>(float, v::max_value(2.5))),
        ("step_0.1", field::<f64>(float, v::step(0.1))),
        ("step_0.1_offset_0.05", field::<f64>(float, v::step(0.1).offset(0.05))),
        ("min_2.50", field::<rust_decimal::Decimal>(decimal, v::min_value(dec("2.50")))),
        ("step_0.25", field::<rust_decimal::Decimal>(decimal, v::step(dec("0.25")))),
        ("decimal_5_2", field::<rust_decimal::Decimal>(decimal, v::decimal(5, 2))),
        ("decimal_1_0", field::<rust_decimal::Decimal>(decimal, v::decimal(1, 0))),
        ("decimal_1_1", field::<rust_decimal::Decimal>(decimal, v::decimal(1, 1))),
        ("decimal_3_3", field::<rust_decimal::Decimal>(decimal, v::decimal(3, 3))),
        (
            "min_date",
            field::<chrono::NaiveDate>(
                date,
                v::min_value(chrono::NaiveDate::from_ymd_opt(2020, 2, 29).expect("a date")),
            ),
        ),
        ("array_min_1", field::<Vec<i32>>(list, v::min_length(1))),
        ("array_min_2", field::<Vec<i32>>(list, v::min_length(2))),
        ("array_max_1", field::<Vec<i32>>(list, v::max_length(1))),
        ("array_max_0", field::<Vec<i32>>(list, v::max_length(0))),
        ("keys_a", field::<Value>(object, v::keys(&["a"]))),
        ("keys_a_strict", field::<Value>(object, v::keys(&["a"]).strict())),
        ("range_min_5", field::<Range<i32>>(bounds, v::range_min_value(5))),
        ("range_max_5", field::<Range<i32>>(bounds, v::range_max_value(5))),
    ];
    texts.into_iter().chain(patterns).chain(others).collect()
}

#[test]
fn what_django_accepts_is_accepted_and_refused_in_its_words() {
    let rows: Vec<(String, Value, Option<String>, Option<String>)> =
        serde_json::from_str(include_str!("django.json")).expect("the table");
    let known = known();
    let mut wrong = Vec::new();
    let mut asked = 0;
    for (name, given, code, message) in &rows {
        let Some((read, validator)) = known.get(name.as_str()) else {
            if cfg!(feature = "regex") {
                wrong.push(format!("no validator `{name}`"));
            }
            continue;
        };
        asked += 1;
        let said = validator.check(&read(given)).err();
        let said = said.map(|error: ValidationError| (error.code().to_owned(), error.message()));
        let expected = code.clone().zip(message.clone());
        if said != expected {
            wrong.push(format!("{name} {given}: Django {expected:?}, we {said:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(asked > 400, "{asked}");
    let unused: Vec<_> =
        known.keys().filter(|name| !rows.iter().any(|row| row.0 == **name)).collect();
    assert!(unused.is_empty(), "{unused:?} are not in the table");
}
