//! Names of validators that other libraries have.

use crate::errors::{Errors, did_you_mean};
use syn::{Expr, ExprLit, Ident, Lit};

/// The functions of `orm::validators`.
pub const READY: &[&str] = &[
    "content_type",
    "decimal",
    "domain_name",
    "email",
    "file_extension",
    "image_extension",
    "file_size",
    "int_list",
    "integer",
    "ipv4",
    "ipv46",
    "ipv6",
    "items",
    "keys",
    "max_length",
    "max_value",
    "min_length",
    "min_value",
    "no_null",
    "range",
    "range_max_value",
    "range_min_value",
    "regex",
    "slug",
    "step",
    "unicode_slug",
    "url",
];

/// The validators but for those that are none; what was meant is said.
pub fn known(validators: &[Expr], errors: &Errors) -> Vec<Expr> {
    let known = |validator: &&Expr| match mistake(validator) {
        Some(message) => {
            errors.push(syn::Error::new_spanned(validator, message));
            false
        }
        None => true,
    };
    validators.iter().filter(known).cloned().collect()
}

fn mistake(validator: &Expr) -> Option<String> {
    if let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = validator {
        return Some(format!("validators are written without quotes: `{}`", text.value()));
    }
    let (name, called) = match validator {
        Expr::Call(call) => (name_of(&call.func)?, true),
        other => (name_of(other)?, false),
    };
    let name = name.to_string();
    if READY.contains(&name.as_str()) {
        return None;
    }
    let meant = match OTHER_NAMES.iter().find(|(names, _)| names.contains(&name.as_str())) {
        Some((_, meant)) => format!("; write `{meant}`"),
        None if called && is_near(&name) => did_you_mean(&name, READY.iter().copied()),
        None => return None,
    };
    Some(format!(
        "`{name}` is no validator{meant} (a function of yours takes its path: `crate::{name}`)"
    ))
}

/// One letter away from the name of a validator.
fn is_near(name: &str) -> bool {
    let plain = |name: &str| name.replace('_', "").to_lowercase();
    READY.iter().any(|ready| plain(ready) == plain(name))
}

fn name_of(expr: &Expr) -> Option<&Ident> {
    let Expr::Path(path) = expr else { return None };
    path.path.get_ident()
}

const OTHER_NAMES: &[(&[&str], &str)] = &[
    (&["min", "minimum", "MinValueValidator"], "min_value(…)"),
    (&["max", "maximum", "MaxValueValidator"], "max_value(…)"),
    (&["length", "len"], "min_length(…)`, or `max_length(…)"),
    (&["min_len", "minlength", "MinLengthValidator"], "min_length(…)"),
    (&["max_len", "maxlength", "MaxLengthValidator"], "max_length(…)"),
    (&["not_empty", "non_empty", "nonempty", "required", "not_blank"], "min_length(1)"),
    (&["between", "in_range"], "range(1..=10)"),
    (&["e_mail", "is_email", "mail", "EmailValidator", "validate_email"], "email"),
    (&["pattern", "matches", "regexp", "RegexValidator"], "regex(…)"),
    (&["is_url", "uri", "URLValidator"], "url"),
    (&["validate_slug", "is_slug"], "slug"),
    (&["digits", "DecimalValidator"], "decimal(…)"),
    (&["StepValueValidator"], "step(…)"),
    (&["ip", "ip_address", "ipaddress"], "ipv46"),
    (&["extension", "extensions", "FileExtensionValidator"], "file_extension(…)"),
];
