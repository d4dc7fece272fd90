//! Tables of models, made in one transaction.

use super::{managed, tables_of};
use crate::error::{Error, Result};
use crate::exec::{BoxFuture, Executor, NoRows, Statement};
use crate::model::{Model, ModelMeta};
use crate::schema::{Constraint, ConstraintKind, TableName, order};
use crate::sql::ddl;
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
/// The models stand in any order, and keys may go in circles. Schemas that models name are
/// created where they are missing, the tables of many-to-many fields come along, and models that
/// are not managed are left out. All of it is one transaction.
///
/// ```
/// use orm_core::exec::Executor;
/// use orm_core::model::Model;
/// use orm_core::tables::create_tables;
///
/// async fn set_up<Author: Model, Book: Model>(db: &impl Executor) -> orm_core::Result<()> {
///     create_tables::<(Author, Book)>(db).await
/// }
/// ```
///
/// # Errors
///
/// What [`tables_of`] finds, before any I/O; and what the server refuses, with the model's name,
/// such as a table that exists already.
pub fn create_tables<M: Models>(db: &impl Executor) -> BoxFuture<'_, Result<()>> {
    create_tables_of(db, &M::metas())
}

/// Creates the tables of models known by their metadata: see [`create_tables`].
///
/// # Errors
///
/// As [`create_tables`].
pub fn create_tables_of<'a>(
    db: &'a impl Executor,
    models: &[&'static ModelMeta],
) -> BoxFuture<'a, Result<()>> {
    let steps = creation(models);
    Box::pin(async move { run(db, "create", steps?).await })
}

/// The statements that [`create_tables`] runs.
///
/// # Errors
///
/// What [`tables_of`] finds.
pub fn create_tables_sql<M: Models>() -> Result<Vec<String>> {
    create_tables_sql_of(&M::metas())
}

/// The statements that [`create_tables_of`] runs.
///
/// # Errors
///
/// What [`tables_of`] finds.
pub fn create_tables_sql_of(models: &[&'static ModelMeta]) -> Result<Vec<String>> {
    Ok(creation(models)?.into_iter().map(|step| step.sql).collect())
}

/// Drops the tables that [`create_tables`] makes, where they exist, in one transaction. Foreign
/// keys and views of others that refer to them go with them; schemas stay.
///
/// # Errors
///
/// What the server refuses, with the model's name.
pub fn drop_tables<M: Models>(db: &impl Executor) -> BoxFuture<'_, Result<()>> {
    drop_tables_of(db, &M::metas())
}

/// Drops the tables of models known by their metadata: see [`drop_tables`].
///
/// # Errors
///
/// As [`drop_tables`].
pub fn drop_tables_of<'a>(
    db: &'a impl Executor,
    models: &[&'static ModelMeta],
) -> BoxFuture<'a, Result<()>> {
    let drop =
        |model: &ModelMeta| Step { model: model.name, sql: ddl::drop_table(&TableName::of(model)) };
    let steps = managed(models).into_iter().rev().map(drop).collect();
    Box::pin(run(db, "drop", steps))
}

/// A statement, and the model that it is for.
struct Step {
    model: &'static str,
    sql: String,
}

/// Schemas; then group by group the tables, and the keys that go in circles.
fn creation(models: &[&'static ModelMeta]) -> Result<Vec<Step>> {
    let (names, mut tables): (Vec<_>, Vec<_>) = tables_of(models)?.into_iter().unzip();
    let mut steps = Vec::new();
    let mut seen = HashSet::from(["public"]);
    for (model, table) in names.iter().zip(&tables) {
        let schema = table.name.schema.as_deref();
        if let Some(schema) = schema.filter(|schema| seen.insert(schema)) {
            steps.push(Step { model, sql: ddl::create_schema(schema) });
        }
    }
    for group in order(&tables) {
        let mut waiting: Vec<TableName> =
            group.iter().map(|place| tables[*place].name.clone()).collect();
        let mut later = Vec::new();
        for place in group {
            let (model, table) = (names[place], &mut tables[place]);
            waiting.retain(|name| *name != table.name);
            for key in take_keys_to(&waiting, &mut table.constraints) {
                later.push(Step { model, sql: ddl::add_constraint(&table.name, &key) });
            }
            let indexes = table.indexes.iter().map(|index| ddl::create_index(&table.name, index));
            let texts = [ddl::create_table(table)].into_iter().chain(indexes);
            steps.extend(texts.chain(ddl::comments(table)).map(|sql| Step { model, sql }));
        }
        steps.append(&mut later);
    }
    Ok(steps)
}

/// Takes out the foreign keys to tables that do not exist yet.
fn take_keys_to(waiting: &[TableName], constraints: &mut Vec<Constraint>) -> Vec<Constraint> {
    let must_wait = |constraint: &mut Constraint| match &constraint.kind {
        ConstraintKind::ForeignKey(key) => waiting.contains(&key.to),
        _ => false,
    };
    constraints.extract_if(.., must_wait).collect()
}

async fn run(db: &impl Executor, verb: &'static str, steps: Vec<Step>) -> Result<()> {
    let unit = db.begin().await?;
    for Step { model, sql } in steps {
        let statement = Statement { sql, ..Statement::default() };
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
