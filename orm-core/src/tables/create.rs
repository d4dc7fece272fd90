//! Tables of models, made in one transaction.

use super::name_of;
use super::view::{self, views_of};
use super::{managed, tables_of};
use crate::execute;
use crate::ir::ModelMeta;
use crate::model::Model;
use crate::row::Decoder;
use orm_sql::error::{Error, Result};
use orm_sql::exec::instrumentation::one_call;
use orm_sql::exec::{BoxFuture, Executor, NoRows, OutputColumn, Statement};
use orm_sql::schema::{
    AlterTable, Change, Constraint, ConstraintKind, Index, Table, TableName, View, order,
};
use orm_sql::sql::{Param, catalogue};
use orm_sql::value::{SqlType, SqlValue};
use std::collections::HashSet;

/// Models as a type: one model, or a tuple of up to 16 of these, which may be tuples again.
///
/// ```
/// use orm_core::tables::Models;
///
/// fn tables<M: Models>() -> usize {
///     M::metas().len()
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model or a tuple of models",
    label = "expected a model, or a tuple of models",
    note = "tuples have up to 16 members; nest them for more: `((A, B), (C, D))`"
)]
pub trait Models {
    /// Their metadata, in order.
    fn metas() -> Vec<&'static ModelMeta>;
}

impl<M: Model> Models for M {
    fn metas() -> Vec<&'static ModelMeta> {
        vec![M::meta()]
    }
}

macro_rules! models {
    ($($m:ident)+) => {
        impl<$($m: Models),+> Models for ($($m,)+) {
            fn metas() -> Vec<&'static ModelMeta> {
                let mut all = Vec::new();
                $(all.extend($m::metas());)+
                all
            }
        }
    };
}
tuples!(models);

/// Creates the tables of models: `create_tables::<(Author, Book)>(&db)`.
///
/// The models stand in any order, and keys may go in circles. Schemas that models name, and
/// extensions that have the types of their columns (`hstore`), are created where they are missing;
/// the tables of many-to-many fields come along, models that
/// are not managed are left out, and views come after the tables. All of it is one transaction.
///
/// ```
/// use orm_sql::exec::Executor;
/// use orm_core::model::Model;
/// use orm_core::tables::create_tables;
///
/// async fn set_up<Author: Model, Book: Model>(db: &impl Executor) -> orm_sql::Result<()> {
///     create_tables::<(Author, Book)>(db).await
/// }
/// ```
///
/// # Errors
///
/// What [`tables_of`] finds, before any I/O; and what the server refuses, with the model's name,
/// such as a table that exists already.
#[track_caller]
pub fn create_tables<M: Models>(db: &(impl Executor + ?Sized)) -> BoxFuture<'_, Result<()>> {
    create_tables_of(db, &M::metas())
}

/// Creates the tables of these models that are not there yet, in one transaction: for programs that
/// run more than once, without migrations.
///
/// ```no_run
/// # use orm_doctest::*;
/// # async fn f(db: &impl orm_sql::exec::Executor) -> orm_sql::Result<()> {
/// use orm_core::tables::create_missing_tables;
///
/// create_missing_tables::<(Author, Tag)>(db).await?;
/// create_missing_tables::<(Author, Tag)>(db).await?;      // does nothing
/// # Ok(()) }
/// ```
///
/// A table that is there stays as it is, whatever its columns are: a field that was added to its
/// model is missing in it. Of programs that run this at the same time, one creates the tables, and the
/// others wait for it.
///
/// # Errors
///
/// Those of [`create_tables`].
#[track_caller]
pub fn create_missing_tables<M: Models>(db: &impl Executor) -> BoxFuture<'_, Result<()>> {
    let models = M::metas();
    one_call(Box::pin(async move {
        let unit = db.begin().await?;
        let inside = unit.executor();
        inside.run(&statement(catalogue::LOCK_TABLES, Vec::new(), Vec::new()), &mut NoRows).await?;
        let tables = tables_of(&models)?;
        let views = views_of(&models)?;
        let names = tables.iter().map(|(_, table)| &table.name);
        let names = names.chain(views.iter().map(|(_, view, _)| &view.name));
        let there = are_there(inside, names).await?;
        let mut there = there.into_iter();
        let mut is_missing = || !there.next().unwrap_or(false);
        let missing = tables.into_iter().filter(|_| is_missing()).collect();
        let missing_views = views.into_iter().filter(|_| is_missing()).collect();
        let mut steps = steps_for(missing);
        steps.extend(view_steps(missing_views));
        run(inside, "create", steps).await?;
        unit.commit().await
    }))
}

/// Which of some tables are there.
async fn are_there(
    db: &dyn Executor,
    names: impl Iterator<Item = &TableName>,
) -> Result<Vec<bool>> {
    let names = names.map(|name| SqlValue::Text(name.quoted())).collect();
    let names = (SqlValue::Array(names), SqlType::Array(&SqlType::Text));
    let (model, field, sql_type) = ("the tables", "whether it is there", SqlType::Bool);
    let columns = vec![OutputColumn { model, field, sql_type }];
    let statement = statement(catalogue::ARE_THERE, vec![names], columns);
    execute::rows(db, &statement, &Decoder::Fn(|row| row.column())).await
}

fn statement(sql: &str, params: Vec<Param>, columns: Vec<OutputColumn>) -> Statement {
    Statement { sql: sql.to_owned(), params, columns, ..Statement::default() }
}

/// Creates the tables of models known by their metadata: see [`create_tables`].
///
/// # Errors
///
/// As [`create_tables`].
#[track_caller]
pub fn create_tables_of<'a>(
    db: &'a (impl Executor + ?Sized),
    models: &[&'static ModelMeta],
) -> BoxFuture<'a, Result<()>> {
    let steps = creation(models);
    one_call(Box::pin(async move { run(db, "create", steps?).await }))
}

/// The statements that [`create_tables`] runs.
///
/// ```
/// use orm_core::model::Model;
/// use orm_core::tables::create_tables_sql;
///
/// fn script<Author: Model, Book: Model>() -> orm_sql::Result<String> {
///     Ok(create_tables_sql::<(Author, Book)>()?.join(";\n"))
/// }
/// ```
///
/// # Errors
///
/// What [`tables_of`] finds.
pub fn create_tables_sql<M: Models>() -> Result<Vec<String>> {
    create_tables_sql_of(&M::metas())
}

/// The statements that [`create_tables_of`] runs.
///
/// ```
/// use orm_core::ir::{FieldMeta, ModelMeta};
/// use orm_core::tables::create_tables_sql_of;
///
/// static TAG: ModelMeta =
///     ModelMeta::new("Tag", "library", "library_tag", &[FieldMeta::auto_key("id")], &[0]);
/// assert_eq!(
///     create_tables_sql_of(&[&TAG])?,
///     ["CREATE TABLE \"library_tag\" (\n    \"id\" bigint GENERATED BY DEFAULT AS IDENTITY NOT NULL,\n    \
///       CONSTRAINT \"library_tag_pkey\" PRIMARY KEY (\"id\")\n)"]
/// );
/// # Ok::<(), orm_sql::Error>(())
/// ```
///
/// # Errors
///
/// What [`tables_of`] finds.
pub fn create_tables_sql_of(models: &[&'static ModelMeta]) -> Result<Vec<String>> {
    Ok(creation(models)?.into_iter().map(|step| step.change.sql()).collect())
}

/// Drops the tables that [`create_tables`] makes, where they exist, in one transaction. Foreign
/// keys and views of others that refer to them go with them; schemas and extensions stay.
///
/// ```
/// use orm_sql::exec::Executor;
/// use orm_core::model::Model;
/// use orm_core::tables::drop_tables;
///
/// async fn clear<Author: Model, Book: Model>(db: &impl Executor) -> orm_sql::Result<()> {
///     drop_tables::<(Author, Book)>(db).await
/// }
/// ```
///
/// # Errors
///
/// What the server refuses, with the model's name.
#[track_caller]
pub fn drop_tables<M: Models>(db: &(impl Executor + ?Sized)) -> BoxFuture<'_, Result<()>> {
    drop_tables_of(db, &M::metas())
}

/// Drops the tables of models known by their metadata: see [`drop_tables`].
///
/// # Errors
///
/// As [`drop_tables`].
#[track_caller]
pub fn drop_tables_of<'a>(
    db: &'a (impl Executor + ?Sized),
    models: &[&'static ModelMeta],
) -> BoxFuture<'a, Result<()>> {
    let drop = |model: &ModelMeta| {
        let table = name_of(model);
        let change = Change::DropTable { table, if_exists: true, cascade: true };
        Step { model: model.name, change }
    };
    let tables = managed(models).into_iter().rev().map(drop);
    // Views go before what they read.
    let views = models.iter().rev().filter_map(|model| {
        let (materialized, if_exists, cascade) = (model.view.as_ref()?.materialized, true, true);
        let change = Change::DropView { name: name_of(model), materialized, if_exists, cascade };
        Some(Step { model: model.name, change })
    });
    let steps = views.chain(tables).collect();
    Box::pin(run(db, "drop", steps))
}

/// A change, and the model that it is for.
struct Step {
    model: &'static str,
    change: Change,
}

/// Extensions; schemas; then group by group the tables, and the keys that go in circles; views.
fn creation(models: &[&'static ModelMeta]) -> Result<Vec<Step>> {
    let mut steps = steps_for(tables_of(models)?);
    steps.extend(view_steps(views_of(models)?));
    Ok(steps)
}

/// Creates views, those that others read first; what they read besides is there by then.
fn view_steps(views: Vec<(&'static str, View, Vec<Index>)>) -> Vec<Step> {
    let mut steps = Vec::new();
    for (model, view, indexes) in views {
        steps.extend(view::creation_of(view, indexes).map(|change| Step { model, change }));
    }
    steps
}

/// Creates tables with the names of their models.
fn steps_for(tables: Vec<(&'static str, Table)>) -> Vec<Step> {
    let (names, mut tables): (Vec<_>, Vec<_>) = tables.into_iter().unzip();
    let mut steps = extensions(&names, &tables);
    let mut seen = HashSet::from(["public"]);
    for (model, table) in names.iter().zip(&tables) {
        let schema = table.name.schema.as_deref();
        if let Some(schema) = schema.filter(|schema| seen.insert(schema)) {
            let (name, if_not_exists) = (schema.to_owned(), true);
            steps.push(Step { model, change: Change::CreateSchema { name, if_not_exists } });
        }
    }
    for group in order(&tables) {
        let mut waiting: Vec<TableName> =
            group.iter().filter_map(|place| Some(tables.get(*place)?.name.clone())).collect();
        let mut later = Vec::new();
        for place in group {
            let (Some(model), Some(table)) = (names.get(place), tables.get_mut(place)) else {
                continue;
            };
            waiting.retain(|name| *name != table.name);
            for constraint in take_keys_to(&waiting, &mut table.constraints) {
                let alter = AlterTable::AddConstraint { constraint, valid: true };
                let change = Change::alter(&table.name, alter);
                later.push(Step { model, change });
            }
            steps.extend(creation_of(table).map(|change| Step { model, change }));
        }
        steps.append(&mut later);
    }
    steps
}

/// The extensions that the types of columns belong to, each for the first model that has one.
fn extensions(models: &[&'static str], tables: &[Table]) -> Vec<Step> {
    let mut seen = HashSet::new();
    let mut steps = Vec::new();
    for (model, table) in models.iter().zip(tables) {
        let needed = table.columns.iter().filter_map(|column| column.column_type.extension());
        steps.extend(needed.filter(|name| seen.insert(*name)).map(|name| {
            let (name, if_not_exists) = (name.to_owned(), true);
            Step { model, change: Change::CreateExtension { name, if_not_exists } }
        }));
    }
    steps
}

/// A table with its indexes and comments.
fn creation_of(table: &Table) -> impl Iterator<Item = Change> {
    let indexes = table.indexes.iter().map(|index| {
        let (table, index) = (table.name.clone(), index.clone());
        Change::CreateIndex { table, index, concurrently: false }
    });
    std::iter::once(Change::CreateTable(table.clone()))
        .chain(indexes)
        .chain(Change::comments(table))
}

/// Takes out the foreign keys to tables that do not exist yet.
fn take_keys_to(waiting: &[TableName], constraints: &mut Vec<Constraint>) -> Vec<Constraint> {
    let must_wait = |constraint: &mut Constraint| match &constraint.kind {
        ConstraintKind::ForeignKey(key) => waiting.contains(&key.to),
        _ => false,
    };
    constraints.extract_if(.., must_wait).collect()
}

async fn run(db: &(impl Executor + ?Sized), verb: &'static str, steps: Vec<Step>) -> Result<()> {
    let unit = db.begin().await?;
    for Step { model, change } in steps {
        let statement = Statement { sql: change.sql(), ..Statement::default() };
        let ran = unit.executor().run(&statement, &mut NoRows).await;
        ran.map_err(|error| of_model(error, verb, model))?;
    }
    unit.commit().await
}

/// The error, with the model in front of what the server says.
fn of_model(error: Error, verb: &str, model: &str) -> Error {
    match error {
        Error::Database(mut error) => {
            error.message = format!("cannot {verb} the table of `{model}`: {}", error.message);
            Error::Database(error)
        }
        other => other,
    }
}
