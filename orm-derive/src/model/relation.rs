//! The description of relations.

use super::build::Context;
use super::types;
use super::{Key, ManyToMany, Reverse, Target};
use crate::attr::At;
use crate::attr::field::{FieldAttrs, OnDelete, accessor_of};
use quote::format_ident;
use syn::ext::IdentExt;
use syn::{Ident, Type};

/// The relation of a field whose type is a key.
pub fn key(cx: &Context<'_>, ident: &Ident, ty: &Type, attrs: &FieldAttrs) -> Option<Key> {
    let null = types::option_of(ty).is_some();
    let inner = types::option_of(ty).unwrap_or(ty);
    let foreign = types::argument(inner, "ForeignKey").map(|arguments| (false, arguments));
    let (one_to_one, arguments) = foreign
        .or_else(|| types::argument(inner, "OneToOne").map(|arguments| (true, arguments)))?;
    let target = target(cx, ident, arguments.first().copied()?)?;
    let on_delete = on_delete(cx, ident, null, attrs);
    Some(Key {
        one_to_one,
        reverse: reverse(cx, ident, attrs, one_to_one),
        target,
        key_type: arguments.get(1).map(|ty| (*ty).clone()),
        on_delete,
        to_field: attrs.to_field.clone(),
        db_constraint: attrs.db_constraint.as_ref().is_none_or(|at| at.value),
        deferrable: attrs.deferrable.as_ref().map(|at| at.value),
        limit_choices_to: attrs.limit_choices_to.clone(),
        generic: None,
    })
}

/// The relation of a field of type `ManyToMany<T>`.
pub fn many_to_many(
    cx: &Context<'_>,
    ident: &Ident,
    ty: &Type,
    attrs: &FieldAttrs,
) -> Option<ManyToMany> {
    if types::option_of(ty).and_then(|inner| types::argument(inner, "ManyToMany")).is_some() {
        let message = "a many-to-many relation can be empty, but it is never NULL: remove `Option`";
        cx.errors.push(syn::Error::new_spanned(ty, message));
    }
    let ty = types::option_of(ty).unwrap_or(ty);
    let arguments = types::argument(ty, "ManyToMany")?;
    let target = target(cx, ident, arguments.first().copied()?)?;
    let symmetrical = symmetrical(cx, attrs, target.own);
    let through_fields = attrs.through_fields.as_ref();
    if let (Some(at), Some(_)) = (&attrs.table, &attrs.through) {
        cx.errors
            .at(at.span, "the table is that of the model that `through` names; remove `table`");
    }
    if let (Some(through), true) = (&attrs.through, cx.shared) {
        let message = "a shared many-to-many relation has a table between for each model: remove `through`, \
                       or declare the relation in the models";
        cx.errors.push(syn::Error::new_spanned(through, message));
    }
    if let (Some(at), None) = (through_fields, &attrs.through) {
        cx.errors.at(at.span, "`through_fields` needs `through` beside it");
    }
    no_column_options(cx, attrs);
    Some(ManyToMany {
        reverse: if symmetrical { None } else { reverse(cx, ident, attrs, false) },
        target,
        through: attrs.through.clone(),
        through_fields: through_fields.map(|at| at.value.clone()),
        symmetrical,
        db_constraint: attrs.db_constraint.as_ref().is_none_or(|at| at.value),
        limit_choices_to: attrs.limit_choices_to.clone(),
        table: attrs.table.as_ref().map(|table| cx.fill(table).value),
    })
}

fn symmetrical(cx: &Context<'_>, attrs: &FieldAttrs, own: bool) -> bool {
    let Some(at) = &attrs.symmetrical else { return own };
    if at.value && !own {
        let message = "`symmetrical` is for relations of a model to itself: `ManyToMany<Self>`";
        cx.errors.at(at.span, message);
        return false;
    }
    at.value
}

fn target(cx: &Context<'_>, ident: &Ident, ty: &Type) -> Option<Target> {
    let Some(path) = types::path_of(ty) else {
        let message = format!("`{}` must point to a model", ident.unraw());
        cx.errors.push(syn::Error::new_spanned(ty, message));
        return None;
    };
    let mut fields = path.clone();
    let last = fields.segments.last_mut()?;
    let name = last.ident.unraw().to_string();
    last.ident = format_ident!("{name}Fields", span = last.ident.span());
    let own = path.is_ident(cx.ident);
    if own && cx.shared {
        let message = format!(
            "`{}` of a shared struct cannot point to the model itself, which is another one for each: \
             declare it in the models",
            ident.unraw()
        );
        cx.errors.push(syn::Error::new_spanned(ty, message));
    }
    Some(Target { path: path.clone(), fields, name, own })
}

fn on_delete(cx: &Context<'_>, ident: &Ident, null: bool, attrs: &FieldAttrs) -> OnDelete {
    if cx.view {
        return on_delete_of_view(cx, attrs);
    }
    let Some(At { value, span }) = &attrs.on_delete else {
        let message = format!(
            "`{}` must say what happens when the row it points to is deleted: \
             `#[field(on_delete = Cascade)]`, or Protect, Restrict, SetNull, SetDefault, \
             Set(value), DoNothing",
            ident.unraw()
        );
        cx.errors.at(ident.span(), message);
        return OnDelete::Cascade;
    };
    match value {
        OnDelete::SetNull if !null => {
            let message = format!(
                "`SetNull` needs a key that can be NULL: make `{}` an `Option<…>`, or choose \
                 another `on_delete`",
                ident.unraw()
            );
            cx.errors.at(*span, message);
            OnDelete::Cascade
        }
        OnDelete::SetDefault if attrs.default.is_none() && attrs.db_default.is_none() && !null => {
            let message = "`SetDefault` needs a `default` or `db_default` to set";
            cx.errors.at(*span, message);
            OnDelete::Cascade
        }
        value => value.clone(),
    }
}

/// Nothing can become of the rows of a view: they are what its query finds.
fn on_delete_of_view(cx: &Context<'_>, attrs: &FieldAttrs) -> OnDelete {
    if let Some(At { value, span }) = &attrs.on_delete
        && !matches!(value, OnDelete::DoNothing)
    {
        let message = "rows of a view cannot be deleted or changed: keys of a view are `DoNothing`, and \
                       need not say so";
        cx.errors.at(*span, message);
    }
    OnDelete::DoNothing
}

/// The names on the other side, as Django makes them.
fn reverse(
    cx: &Context<'_>,
    ident: &Ident,
    attrs: &FieldAttrs,
    one_to_one: bool,
) -> Option<Reverse> {
    let by_trait = by_trait(cx, attrs);
    let own = |text: String| At::new(text, ident.span());
    let lower = cx.ident.unraw().to_string().to_lowercase();
    let model = if cx.shared { "{model}".to_owned() } else { lower.clone() };
    let related = attrs.related_name.as_ref().map(|name| cx.fill(name));
    if related.as_ref().is_some_and(|name| name.value.ends_with('+')) {
        return None;
    }
    let instance = match &related {
        Some(name) => At::new(name.value.clone(), name.span),
        None if one_to_one => own(model.clone()),
        None => own(format!("{model}_set")),
    };
    let query = attrs.related_query_name.as_ref().map(|name| cx.fill(name)).or(related);
    let query = query.unwrap_or_else(|| own(model));
    let pattern = cx.shared.then(|| query.value.clone());
    let named = [&instance, &query].map(|name| for_shared(cx, name, &lower));
    let [instance, query] = named;
    let instance = cx.errors.take(accessor_of(&instance))?;
    let query = cx.errors.take(accessor_of(&query))?;
    Some(Reverse { instance, query, by_trait, pattern })
}

/// What is said of all models that flatten a struct is named after the struct: the name of the model
/// is a parameter there.
fn for_shared(cx: &Context<'_>, name: &At<String>, lower: &str) -> At<String> {
    if !cx.shared {
        return name.clone();
    }
    if !name.value.contains("{model}") && cx.prefix.is_none() {
        let message = "this name is the same for every model that flattens the struct: put `{model}` in it, \
                       `\"written_{model}s\"`";
        cx.errors.at(name.span, message);
    }
    let filled = super::fill(&name.value, "", lower);
    At::new(filled.trim_matches('_').to_owned(), name.span)
}

fn by_trait(cx: &Context<'_>, attrs: &FieldAttrs) -> bool {
    let Some(related) = &attrs.related else { return false };
    if related.value != "trait" {
        let message = "`related` is \"trait\", for keys to models of another crate";
        cx.errors.at(related.span, message);
    }
    true
}

/// Options of columns on a relation that has none.
fn no_column_options(cx: &Context<'_>, attrs: &FieldAttrs) {
    use syn::spanned::Spanned;
    let flags = [
        ("primary_key", &attrs.primary_key),
        ("unique", &attrs.unique),
        ("db_index", &attrs.db_index),
        ("positive", &attrs.positive),
        ("auto_now", &attrs.auto_now),
        ("auto_now_add", &attrs.auto_now_add),
    ];
    let flags = flags.into_iter().filter_map(|(name, at)| Some((name, at.as_ref()?.span)));
    let others = [
        ("deferrable", attrs.deferrable.as_ref().map(|at| at.span)),
        ("on_delete", attrs.on_delete.as_ref().map(|at| at.span)),
        ("column", attrs.column.as_ref().map(|at| at.span)),
        ("db_type", attrs.db_type.as_ref().map(|at| at.span)),
        ("unique_name", attrs.unique_name.as_ref().map(|at| at.span)),
        ("unique_index", attrs.unique_index.as_ref().map(|at| at.span)),
        ("index_name", attrs.index_name.as_ref().map(|at| at.span)),
        ("constraint_name", attrs.constraint_name.as_ref().map(|at| at.span)),
        ("columns", attrs.columns.as_ref().map(|at| at.span)),
        ("max_length", attrs.max_length.as_ref().map(|at| at.span)),
        ("to_field", attrs.to_field.as_ref().map(Ident::span)),
        ("default", attrs.default.as_ref().map(Spanned::span)),
        ("db_default", attrs.db_default.as_ref().map(Spanned::span)),
        ("generated", attrs.generated.as_ref().map(Spanned::span)),
    ];
    let others = others.into_iter().filter_map(|(name, span)| Some((name, span?)));
    for (name, span) in flags.chain(others) {
        let message = format!(
            "`{name}` is for columns, and a many-to-many relation has none in this table; its \
             rows stand in a table between"
        );
        cx.errors.at(span, message);
    }
}

/// Options of relations on a column that is none.
pub fn no_relation_options(cx: &Context<'_>, attrs: &FieldAttrs, is_key: bool) {
    let at = |at: &Option<At<bool>>| at.as_ref().map(|at| at.span);
    let text = |at: &Option<At<String>>| at.as_ref().map(|at| at.span);
    let of_keys = [
        ("on_delete", attrs.on_delete.as_ref().map(|at| at.span)),
        ("related_name", text(&attrs.related_name)),
        ("related_query_name", text(&attrs.related_query_name)),
        ("related", text(&attrs.related)),
        ("constraint_name", text(&attrs.constraint_name)),
        ("to_field", attrs.to_field.as_ref().map(Ident::span)),
        ("db_constraint", at(&attrs.db_constraint)),
        ("deferrable", attrs.deferrable.as_ref().map(|at| at.span)),
    ];
    let of_many = [
        ("table", text(&attrs.table)),
        ("through", attrs.through.as_ref().map(syn::spanned::Spanned::span)),
        ("through_fields", attrs.through_fields.as_ref().map(|at| at.span)),
        ("symmetrical", at(&attrs.symmetrical)),
    ];
    let of_keys = of_keys.into_iter().filter(|_| !is_key).map(|(option, span)| {
        (option, span, "relations: make the field a `ForeignKey<…>` or `OneToOne<…>`")
    });
    let of_many =
        of_many.into_iter().map(|(option, span)| (option, span, "`ManyToMany<…>` fields"));
    for (option, span, what) in of_keys.chain(of_many) {
        if let Some(span) = span {
            cx.errors.at(span, format!("`{option}` is for {what}"));
        }
    }
}
