//! Tables of models, made in one transaction.

use super::enums::{self, Enums, enums_of};
use super::view::{self, views_of};
use super::{managed, name_of, tables_of};
use crate::execute;
use crate::ir::ModelMeta;
use crate::model::Model;
use crate::row::Decoder;
use orm_sql::error::{Error, Result};
use orm_sql::exec::instrumentation::one_call;
use orm_sql::exec::{BoxFuture, Executor, NoRows, OutputColumn, Statement};
use orm_sql::schema::{Change, Creation, Index, Table, TableName, View};
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

#[diagnostic::do_not_recommend]
impl<M: Model> Models for M {
    fn metas() -> Vec<&'static ModelMeta> {
        vec![M::meta()]
    }
}

macro_rules! models {
    ($($m:ident)+) => {
        #[diagnostic::do_not_recommend]
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
/// The models stand in any order, and keys may go in circles. Schemas that models name, extensions
/// that have the types of their columns (`hstore`) and enum types of `#[derive(Choices)]` are created
/// where they are missing; the tables of many-to-many fields come along, and models that are not
/// managed are left out, and views come after the tables. All of it is one transaction.
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
        let missing: Vec<(&'static str, Table)> =
            tables.into_iter().filter(|_| is_missing()).collect();
        let missing_views = views.into_iter().filter(|_| is_missing()).collect();
        let mut steps = needs(&missing, enums_of(&models)?);
        steps.extend(steps_for(missing));
        steps.extend(view_steps(missing_views));
        create_inside(inside, steps).await?;
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
    let (sql, columns) = (sql.into(), columns.into());
    Statement { sql, params, columns, ..Statement::default() }
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
    one_call(Box::pin(async move { create(db, steps?).await }))
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
/// keys and views of others that refer to them go with them, and so do enum types that nothing else
/// has; schemas and extensions stay.
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
    let steps: Vec<Step> = views.chain(tables).collect();
    let enums = enums_of(models);
    Box::pin(async move {
        let unit = db.begin().await?;
        run(unit.executor(), "drop", steps).await?;
        for name in enums::unused(unit.executor(), &enums?).await? {
            let sql = Change::DropEnum { name }.sql().into();
            let drop = Statement { sql, ..Statement::default() };
            unit.executor().run(&drop, &mut NoRows).await?;
        }
        unit.commit().await
    })
}

/// A change, and the model that it is for.
struct Step {
    model: &'static str,
    change: Change,
}

/// Extensions; schemas; enum types; then the tables, those that others refer to first; views.
fn creation(models: &[&'static ModelMeta]) -> Result<Vec<Step>> {
    let tables = tables_of(models)?;
    let mut steps = needs(&tables, enums_of(models)?);
    steps.extend(steps_for(tables));
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
fn steps_for(tables: Vec<(&'static str, Table)>) -> impl Iterator<Item = Step> {
    let (names, tables): (Vec<_>, Vec<_>) = tables.into_iter().unzip();
    let changes = Creation::of(tables, |_| true).changes();
    changes.map(move |(place, change)| Step { model: names.get(place).unwrap_or(&""), change })
}

/// What tables need, each for the first model that has it.
fn needs(tables: &[(&'static str, Table)], enums: Enums) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut seen = HashSet::new();
    for (model, table) in tables {
        let needed = table.extensions().into_iter();
        steps.extend(needed.filter(|name| seen.insert(*name)).map(|name| {
            let (name, if_not_exists) = (name.to_owned(), true);
            Step { model, change: Change::CreateExtension { name, if_not_exists } }
        }));
    }
    let mut seen = HashSet::from(["public"]);
    let schemas = tables.iter().map(|(model, table)| (*model, &table.name));
    let of_enums = enums.keys().map(|name| (owner(tables, name), name));
    for (model, name) in schemas.chain(of_enums) {
        let schema = name.schema.as_deref();
        if let Some(schema) = schema.filter(|schema| seen.insert(schema)) {
            let (name, if_not_exists) = (schema.to_owned(), true);
            steps.push(Step { model, change: Change::CreateSchema { name, if_not_exists } });
        }
    }
    let owners: Vec<&'static str> = enums.keys().map(|name| owner(tables, name)).collect();
    steps.extend(owners.into_iter().zip(enums).map(|(model, (name, labels))| Step {
        model,
        change: Change::CreateEnum { name, labels },
    }));
    steps
}

/// The first model with a column of an enum type.
fn owner(tables: &[(&'static str, Table)], name: &TableName) -> &'static str {
    let has = |table: &Table| {
        table.columns.iter().any(|column| column.column_type.own_type().as_ref() == Some(name))
    };
    tables.iter().find(|(_, table)| has(table)).map_or("", |(model, _)| model)
}

/// Makes what is missing, in one transaction.
async fn create(db: &(impl Executor + ?Sized), steps: Vec<Step>) -> Result<()> {
    let unit = db.begin().await?;
    create_inside(unit.executor(), steps).await?;
    unit.commit().await
}

/// Enum types that are there already stay, if they are the same.
async fn create_inside(db: &dyn Executor, mut steps: Vec<Step>) -> Result<()> {
    let enums = steps.iter().filter_map(|step| match &step.change {
        Change::CreateEnum { name, labels } => Some((name.clone(), labels.clone())),
        _ => None,
    });
    let there = enums::there(db, &enums.collect()).await?;
    steps.retain(|step| match &step.change {
        Change::CreateEnum { name, .. } => !there.contains(name),
        _ => true,
    });
    run(db, "create", steps).await
}

async fn run(db: &dyn Executor, verb: &'static str, steps: Vec<Step>) -> Result<()> {
    for Step { model, change } in steps {
        let statement = Statement { sql: change.sql().into(), ..Statement::default() };
        let ran = db.run(&statement, &mut NoRows).await;
        ran.map_err(|error| of_model(error, verb, model))?;
    }
    Ok(())
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
