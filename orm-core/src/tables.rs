//! The tables of models: what they are, and making them without migrations.
//!
//! A model becomes a plain value ([`state`]), and its table follows from that alone. So a model of
//! today and one that a migration remembers have the same table.

mod check;
mod constraints;
mod create;
mod enums;
mod freeze;
mod outdated;
pub mod state;
mod table;
mod view;

pub use create::{
    Models, create_missing_tables, create_tables, create_tables_of, create_tables_sql,
    create_tables_sql_of, drop_tables, drop_tables_of,
};

pub use constraints::Made;
pub use enums::{Enums, enums_of};
pub use freeze::{name_of, refers_to_view, state_of};
pub use outdated::{OutdatedView, ViewProblem, outdated_views, outdated_views_of};
pub use table::{Target, TargetColumn, Targets};
pub use view::views_of;

use crate::ir::{CheckMeta, FieldMeta, ModelMeta, OnDelete, UniqueMeta};
use check::{Owned, check};
use freeze::OfMeta;
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
        Some(through.model())
    });
    for model in ours.chain(between.filter(|model| model.managed)) {
        if !all.contains(&model) {
            all.push(model);
        }
    }
    all
}

/// The table of a model, as [`ModelState::table`](state::ModelState::table) makes it.
///
/// ```
/// use orm_core::ir::{FieldMeta, ModelMeta};
/// use orm_core::tables::table_of;
///
/// static TAG: ModelMeta =
///     ModelMeta::new("Tag", "library", "library_tag", &[FieldMeta::auto_key("id")], &[0]);
/// let table = table_of(&TAG)?;
/// assert_eq!(table.primary_key(), ["id"]);
/// # Ok::<(), orm_sql::Error>(())
/// ```
///
/// # Errors
///
/// When the model names a field that it does not have, or its key cannot refer to what it names.
pub fn table_of(model: &'static ModelMeta) -> Result<Table> {
    state_of(model)?.table(&OfMeta(model))
}

/// What the server does for a key of a model:
/// [`OnDeleteState::action`](state::OnDeleteState::action).
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
    freeze::on_delete(on_delete, key).action()
}

/// The name of a unique constraint or index of a model.
pub(crate) fn name_of_unique(
    model: &'static ModelMeta,
    unique: &'static UniqueMeta,
) -> Result<String> {
    if let Some(name) = unique.name {
        return Ok(name.to_owned());
    }
    Ok(match freeze::unique(model, unique)?.made(&freeze::shape(model))? {
        Made::Constraint(constraint) => constraint.name,
        Made::Index(index) => index.name,
    })
}

/// The name of a check constraint of a model.
pub(crate) fn name_of_check(model: &'static ModelMeta, check: &CheckMeta) -> Result<String> {
    if let Some(name) = check.name {
        return Ok(name.to_owned());
    }
    Ok(freeze::check(model, check)?.made(&freeze::shape(model)).name)
}
