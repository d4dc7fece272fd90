//! The description of a column, and what its own options forbid.

use super::build::Context;
use super::types::{self, Known};
use super::{Column, FileOptions, Fill, Key, PartNames, relation, validators};
use crate::attr::At;
use crate::attr::field::{FieldAttrs, OnDelete};
use syn::ext::IdentExt;
use syn::{Ident, Type};

/// Describes a column.
pub fn column(cx: &Context<'_>, ident: &Ident, ty: &Type, attrs: &FieldAttrs) -> Column {
    let name = cx.named(ident);
    let (inner, null) = (types::option_of(ty).unwrap_or(ty), types::option_of(ty).is_some());
    let key = relation::key(cx, ident, ty, attrs);
    let in_composite = cx.composite.contains(&name);
    let by_name = name == "id" && cx.composite.is_empty() && !cx.marked_key;
    let primary_key = in_composite || by_name || is_on(&attrs.primary_key);
    let one_to_one = key.as_ref().is_some_and(|key| key.one_to_one);
    let may_be_identity = may_be_identity(inner, attrs) && !in_composite && !cx.view;
    let (name, more) = names(cx, name, attrs, key.as_ref());
    check(cx, ident, inner, attrs, key.is_some());
    Column {
        name,
        more,
        parent_link: false,
        span: attrs.column.as_ref().map_or(ident.span(), |column| column.span),
        inner: inner.clone(),
        null,
        primary_key,
        identity: attrs.identity.as_ref().map_or(primary_key && may_be_identity, |at| at.value),
        max_length: attrs.max_length.as_ref().map(|length| length.value),
        digits: digits(cx, inner, attrs),
        unique: !primary_key && (one_to_one || is_unique(attrs)),
        db_index: is_indexed(attrs).unwrap_or(key.is_some() && !one_to_one && !primary_key),
        no_index: key.is_some() && is_indexed(attrs) == Some(false),
        db_type: text(&attrs.db_type),
        names: part_names(cx, attrs),
        positive: is_on(&attrs.positive),
        auto_now: is_on(&attrs.auto_now),
        auto_now_add: is_on(&attrs.auto_now_add),
        version: is_on(&attrs.version),
        of_executor: false,
        fill: fill(attrs),
        generated: attrs.generated.clone(),
        choices: attrs.choices.as_ref().map(|choices| choices.value.clone()),
        validators: validators::known(&attrs.validators, cx.errors),
        file: file(inner, attrs),
        collation: text(&attrs.db_collation),
        comment: text(&attrs.db_comment),
        label: text(&attrs.label),
        help_text: text(&attrs.help_text),
        blank: is_on(&attrs.blank),
        key,
    }
}

/// An integer that nothing else fills.
fn may_be_identity(inner: &Type, attrs: &FieldAttrs) -> bool {
    let filled = attrs.default.is_some() || attrs.db_default.is_some();
    types::known(inner) == Known::Integer && !filled
}

fn text(text: &Option<At<String>>) -> Option<String> {
    text.as_ref().map(|text| text.value.clone())
}

/// What has a name is there.
fn is_unique(attrs: &FieldAttrs) -> bool {
    is_on(&attrs.unique) || attrs.unique_name.is_some() || attrs.unique_index.is_some()
}

/// Whether it has an index of its own, where that is said. What has a name is there.
fn is_indexed(attrs: &FieldAttrs) -> Option<bool> {
    let named = attrs.index_name.as_ref().map(|_| true);
    attrs.db_index.as_ref().map(|index| index.value).or(named)
}

fn part_names(cx: &Context<'_>, attrs: &FieldAttrs) -> PartNames {
    let named = |text: &Option<At<String>>| text.as_ref().map(|text| cx.fill(text).value);
    PartNames {
        unique: named(&attrs.unique_name),
        unique_index: named(&attrs.unique_index),
        index: named(&attrs.index_name),
        constraint: named(&attrs.constraint_name),
    }
}

/// The name of the column, and of those after it where it is a key that has several.
fn names(
    cx: &Context<'_>,
    field: String,
    attrs: &FieldAttrs,
    key: Option<&Key>,
) -> (String, Vec<String>) {
    let one = match (&attrs.column, key) {
        (Some(column), _) => cx.fill(column).value,
        (None, Some(_)) => format!("{field}_id"),
        (None, None) => field,
    };
    let mut names = columns(cx, attrs, key).into_iter();
    (names.next().unwrap_or(one), names.collect())
}

/// The columns of a key that has several, as they are named.
fn columns(cx: &Context<'_>, attrs: &FieldAttrs, key: Option<&Key>) -> Vec<String> {
    let Some(At { value: names, span }) = &attrs.columns else { return Vec::new() };
    let mistake = match (key, &attrs.column) {
        (None, _) => Some(
            "`columns` is for a `ForeignKey<…>` or `OneToOne<…>` to a model whose primary key has \
             several columns",
        ),
        (_, Some(_)) => Some("`columns` names all columns of the key; remove `column`"),
        (Some(key), _) if key.to_field.is_some() => {
            Some("a key with `to_field` has one column; name it by `column`")
        }
        _ if names.is_empty() => Some("`columns` names the columns of the key: `[\"a\", \"b\"]`"),
        _ => None,
    };
    if let Some(message) = mistake {
        cx.errors.at(*span, message);
        return Vec::new();
    }
    let several = names.len() > 1;
    let set = matches!(attrs.on_delete.as_ref().map(|at| &at.value), Some(OnDelete::Set(_)));
    if several && set {
        let message = "`Set(…)` is for keys of one column; use `SetDefault` with a `default`";
        cx.errors.at(*span, message);
    }
    if several && attrs.db_default.is_some() {
        cx.errors.at(*span, "`db_default` is for keys of one column; use `default`");
    }
    names.iter().map(|name| cx.fill(&At::new(name.clone(), *span)).value).collect()
}

fn is_on(flag: &Option<At<bool>>) -> bool {
    flag.as_ref().is_some_and(|flag| flag.value)
}

/// The options of files, where there are any.
fn file(inner: &Type, attrs: &FieldAttrs) -> Option<FileOptions> {
    let is_file =
        attrs.upload_to.is_some() || attrs.storage.is_some() || attrs.on_row_delete.is_some();
    let can_be = types::known(inner) == Known::Other;
    (is_file && can_be).then(|| FileOptions {
        upload_to: attrs.upload_to.as_ref().map(|at| at.value.clone()),
        storage: attrs.storage.as_ref().map_or("default".to_owned(), |at| at.value.clone()),
        keep: attrs.on_row_delete.as_ref().is_some_and(|at| at.value),
    })
}

fn fill(attrs: &FieldAttrs) -> Fill {
    match (&attrs.default, &attrs.db_default) {
        (Some(default), _) => Fill::Rust(default.clone()),
        (None, Some(default)) => Fill::Database(default.clone()),
        (None, None) => Fill::None,
    }
}

fn digits(cx: &Context<'_>, inner: &Type, attrs: &FieldAttrs) -> Option<(u16, u16)> {
    let wrong = |at: &At<u16>, option: &str| {
        let text = types::text(inner);
        let message = format!("`{option}` is for `Decimal`, and this field holds `{text}`");
        cx.errors.at(at.span, message);
        None
    };
    let decimal = matches!(types::known(inner), Known::Decimal | Known::Other | Known::List);
    match (&attrs.max_digits, &attrs.decimal_places) {
        (Some(digits), _) if !decimal => wrong(digits, "max_digits"),
        (_, Some(places)) if !decimal => wrong(places, "decimal_places"),
        (Some(digits), Some(places)) if places.value > digits.value => {
            let message = "`decimal_places` cannot be more than `max_digits`";
            cx.errors.at(places.span, message);
            None
        }
        (Some(digits), Some(places)) => Some((digits.value, places.value)),
        (Some(digits), None) => Some((digits.value, 0)),
        (None, Some(places)) => {
            cx.errors.at(places.span, "`decimal_places` needs `max_digits` beside it");
            None
        }
        (None, None) => None,
    }
}

/// Options that do not go with the type or with each other.
fn check(cx: &Context<'_>, ident: &Ident, inner: &Type, attrs: &FieldAttrs, is_key: bool) {
    let known = types::known(inner);
    let holds = types::text(inner);
    let unfit = |at: Option<proc_macro2::Span>, option: &str, fits: bool, what: &str| {
        if let (Some(span), false) = (at, fits) {
            let message = format!("`{option}` is for {what}, and this field holds `{holds}`");
            cx.errors.at(span, message);
        }
    };
    let other = matches!(known, Known::Other) && !is_key;
    let text = matches!(known, Known::Text | Known::List) || other;
    let number = matches!(known, Known::Integer | Known::Float | Known::Decimal) || other;
    let moment = known == Known::Moment || other;
    unfit(attrs.max_length.as_ref().map(|at| at.span), "max_length", text, "text");
    unfit(attrs.db_collation.as_ref().map(|at| at.span), "db_collation", text, "text");
    unfit(span_on(&attrs.positive), "positive", number, "numbers");
    unfit(span_on(&attrs.auto_now), "auto_now", moment, "dates and times");
    unfit(span_on(&attrs.auto_now_add), "auto_now_add", moment, "dates and times");
    let integer = known == Known::Integer || other;
    unfit(span_on(&attrs.identity), "identity", integer, "integers");
    version(cx, inner, attrs, known == Known::Integer && !is_key);
    for (at, option) in [
        (attrs.upload_to.as_ref().map(|at| at.span), "upload_to"),
        (attrs.storage.as_ref().map(|at| at.span), "storage"),
        (attrs.on_row_delete.as_ref().map(|at| at.span), "on_row_delete"),
    ] {
        unfit(at, option, other, "`File`");
    }
    only_one_source(cx, ident, attrs);
    if attrs.flatten.is_none() {
        relation::no_relation_options(cx, attrs, is_key);
    }
}

/// The version of a row is a number that is always there, and nothing else at the same time.
fn version(cx: &Context<'_>, inner: &Type, attrs: &FieldAttrs, integer: bool) {
    let Some(span) = span_on(&attrs.version) else { return };
    if !integer {
        let holds = types::text(inner);
        let message = format!(
            "`version` counts the saves of a row: it is for `i16`, `i32` and `i64`, and this field \
             holds `{holds}`"
        );
        cx.errors.at(span, message);
    } else if is_on(&attrs.primary_key) {
        cx.errors.at(span, "a primary key stays the same, and a `version` does not");
    }
}

fn span_on(flag: &Option<At<bool>>) -> Option<proc_macro2::Span> {
    flag.as_ref().filter(|flag| flag.value).map(|flag| flag.span)
}

/// A column is filled in one way.
fn only_one_source(cx: &Context<'_>, ident: &Ident, attrs: &FieldAttrs) {
    use syn::spanned::Spanned;
    let expression = |expr: &Option<syn::Expr>| expr.as_ref().map(Spanned::span);
    let sources = [
        ("default", expression(&attrs.default)),
        ("db_default", expression(&attrs.db_default)),
        ("generated", expression(&attrs.generated)),
        ("auto_now", span_on(&attrs.auto_now)),
        ("auto_now_add", span_on(&attrs.auto_now_add)),
        ("identity", span_on(&attrs.identity)),
    ];
    let mut given = sources.into_iter().filter_map(|(name, span)| Some((name, span?)));
    let Some((first, _)) = given.next() else { return };
    if let Some((second, span)) = given.next() {
        let message = format!(
            "`{}` has both `{first}` and `{second}`: a column is filled in one way; remove one",
            ident.unraw()
        );
        cx.errors.at(span, message);
    }
}
