//! A field with `generic`: `#[field(generic, on_delete = Cascade, related_name = "comments")] target: Target`.

use super::build::Context;
use super::types;
use crate::attr::At;
use crate::attr::field::{FieldAttrs, OnDelete, accessor_of};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Ident, Type};

/// What is said of the field.
pub struct GenericField {
    /// The enum of keys.
    pub key: Type,
    /// There may be no key.
    pub optional: bool,
    pub on_delete: Option<OnDelete>,
    /// What the rows are called on the other side, in rows and in paths.
    pub related: Option<(Ident, Ident)>,
}

/// Describes it. None where its type cannot be an enum of keys.
pub fn describe(
    cx: &Context<'_>,
    ident: &Ident,
    ty: &Type,
    attrs: &FieldAttrs,
) -> Option<GenericField> {
    let option = types::option_of(ty);
    let key = option.unwrap_or(ty);
    let relation = ["ForeignKey", "OneToOne", "ManyToMany"]
        .iter()
        .any(|relation| types::argument(key, relation).is_some());
    if types::known(key) != types::Known::Other || types::path_of(key).is_none() || relation {
        let message = format!(
            "`{}` is `generic`, and `{}` is no enum of keys: those have `#[derive(GenericForeignKey)]`{}",
            ident.unraw(),
            types::text(ty),
            if relation { "; a key to one model is not `generic`" } else { "" }
        );
        cx.errors.push(syn::Error::new_spanned(ty, message));
        return None;
    }
    of_variants(cx, attrs);
    let on_delete = on_delete(cx, ident, option.is_some(), attrs);
    Some(GenericField {
        key: key.clone(),
        optional: option.is_some(),
        on_delete,
        related: related(cx, attrs),
    })
}

fn on_delete(
    cx: &Context<'_>,
    ident: &Ident,
    optional: bool,
    attrs: &FieldAttrs,
) -> Option<OnDelete> {
    let At { value, span } = attrs.on_delete.as_ref()?;
    let message = match value {
        OnDelete::SetNull if !optional => format!(
            "`SetNull` needs a key that can be NULL: make `{}` an `Option<…>`, or choose another `on_delete`",
            ident.unraw()
        ),
        OnDelete::SetDefault | OnDelete::Set(_) => {
            "there is another value for each model: say it on the variants, `#[field(on_delete = Set(3))] \
             Book(ForeignKey<Book>)`"
                .to_owned()
        }
        value => return Some(value.clone()),
    };
    cx.errors.at(*span, message);
    Some(OnDelete::Cascade)
}

/// Options of the columns, which stand with the variants.
fn of_variants(cx: &Context<'_>, attrs: &FieldAttrs) {
    let at = |at: &Option<At<bool>>| at.as_ref().map(|at| at.span);
    let text = |at: &Option<At<String>>| at.as_ref().map(|at| at.span);
    let options = [
        ("column", text(&attrs.column)),
        ("columns", attrs.columns.as_ref().map(|at| at.span)),
        ("db_index", at(&attrs.db_index)),
        ("unique", at(&attrs.unique)),
        ("primary_key", at(&attrs.primary_key)),
        ("db_constraint", at(&attrs.db_constraint)),
        ("constraint_name", text(&attrs.constraint_name)),
        ("index_name", text(&attrs.index_name)),
        ("db_comment", text(&attrs.db_comment)),
        ("to_field", attrs.to_field.as_ref().map(Ident::span)),
        ("default", attrs.default.as_ref().map(Spanned::span)),
        ("db_default", attrs.db_default.as_ref().map(Spanned::span)),
        ("limit_choices_to", attrs.limit_choices_to.as_ref().map(Spanned::span)),
        ("deferrable", attrs.deferrable.as_ref().map(|at| at.span)),
    ];
    for (option, span) in options {
        if let Some(span) = span {
            let message = format!(
                "`{option}` is said of the column of each kind, on its variant: `#[field({option} …)] \
                 Book(ForeignKey<Book>)`"
            );
            cx.errors.at(span, message);
        }
    }
}

/// The names on the other side.
fn related(cx: &Context<'_>, attrs: &FieldAttrs) -> Option<(Ident, Ident)> {
    let name = attrs.related_name.as_ref().filter(|name| !name.value.ends_with('+'));
    let query = attrs.related_query_name.as_ref().or(name);
    let name = name.or(query)?;
    if let (true, Some(query)) = (cx.shared, query) {
        let message = "a shared struct stands in several models, of which each has another name there: the model says \
                       it, `#[model(flatten, related(target_book: Book = \"comments\"))]`";
        cx.errors.at(query.span, message);
        return None;
    }
    let ident = |name: &At<String>| cx.errors.take(accessor_of(&cx.fill(name)));
    Some((ident(name)?, ident(query?)?))
}
