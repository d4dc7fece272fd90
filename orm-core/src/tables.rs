//! The tables of models: what they are, and making them without migrations.

mod check;
mod create;
mod derive;
mod indexes;
mod parts;

pub use create::{
    Models, create_missing_tables, create_tables, create_tables_of, create_tables_sql,
    create_tables_sql_of, drop_tables, drop_tables_of,
};

pub use derive::{name_of, table_of};

use crate::ir::{CheckMeta, Default, FieldMeta, ModelMeta, OnDelete, UniqueMeta};
use check::{Owned, check};
use orm_sql::error::Result;
use orm_sql::schema::{Action, Table};

/// The tables of models and those between them, with the name of the model that each is of.
///
/// Tables that the derive made for many-to-many fields are included; models that are not managed
/// are left out.
///
/// ```
/// use orm_core::ir::{FieldMeta, ModelMeta};
/// use orm_core::tables::tables_of;
///
/// static TAG: ModelMeta =
///     ModelMeta::new("Tag", "library", "library_tag", &[FieldMeta::auto_key("id")], &[0]);
/// static VIEW: ModelMeta =
///     ModelMeta::new("View", "library", "library_view", &[FieldMeta::auto_key("id")], &[0])
///         .managed(false);
/// assert_eq!(tables_of(&[&TAG, &VIEW])?.len(), 1);
/// # Ok::<(), orm_sql::Error>(())
/// ```
///
/// # Errors
///
/// As [`table_of`], and when two things would have the same name.
pub fn tables_of(models: &[&'static ModelMeta]) -> Result<Vec<(&'static str, Table)>> {
    let with_name = |model: &'static ModelMeta| Ok((model.name, table_of(model)?));
    let tables: Vec<Owned> = managed(models).into_iter().map(with_name).collect::<Result<_>>()?;
    check(&tables)?;
    Ok(tables)
}

/// The models whose tables are ours to make, each once, with those between them.
pub(super) fn managed(models: &[&'static ModelMeta]) -> Vec<&'static ModelMeta> {
    let mut all: Vec<&'static ModelMeta> = Vec::new();
    let ours = models.iter().copied().filter(|model| model.managed);
    let between = ours.clone().flat_map(|model| model.many_to_many).filter_map(|relation| {
        let through = relation.through.filter(|through| through.auto)?;
        Some((through.model)())
    });
    for model in ours.chain(between.filter(|model| model.managed)) {
        if !all.contains(&model) {
            all.push(model);
        }
    }
    all
}

/// What the server does for a key of a model.
///
/// `Protect` is RESTRICT, which no `deferrable` puts off. `Restrict` is NO ACTION: rows that a
/// cascade of the same statement takes first are no hindrance, as in Django, and for a
/// `deferrable` key in whatever order they go. What only Rust knows, a value to set or a
/// default that Rust computes, is left to the library; NO ACTION refuses what slips past it.
///
/// ```
/// use orm_core::ir::{NO_FIELD, OnDelete};
/// use orm_sql::schema::Action;
/// use orm_core::tables::action_of;
///
/// assert_eq!(action_of(OnDelete::Cascade, &NO_FIELD), Action::Cascade);
/// assert_eq!(action_of(OnDelete::DoNothing, &NO_FIELD), Action::NoAction);
/// ```
pub fn action_of(on_delete: OnDelete, key: &FieldMeta) -> Action {
    match on_delete {
        OnDelete::Cascade => Action::Cascade,
        OnDelete::Protect => Action::Restrict,
        OnDelete::SetNull => Action::SetNull,
        OnDelete::SetDefault if matches!(key.default, Default::Rust(_)) => Action::NoAction,
        OnDelete::SetDefault => Action::SetDefault,
        OnDelete::Restrict | OnDelete::Set(_) | OnDelete::DoNothing => Action::NoAction,
    }
}

/// The name of a unique constraint or index of a model.
pub(crate) fn name_of_unique(
    model: &'static ModelMeta,
    unique: &'static UniqueMeta,
) -> Result<String> {
    indexes::unique_name(model, unique)
}

/// The name of a check constraint of a model.
pub(crate) fn name_of_check(model: &'static ModelMeta, check: &CheckMeta) -> Result<String> {
    derive::name_of_check(model, check)
}
