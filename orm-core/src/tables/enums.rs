//! The enum types of the database that models have.

use super::managed;
use crate::column::choices::EnumType;
use crate::execute;
use crate::ir::ModelMeta;
use crate::row::Decoder;
use orm_sql::error::{Error, Result};
use orm_sql::exec::{Executor, OutputColumn, Statement};
use orm_sql::ident::Ident;
use orm_sql::schema::names::check_name;
use orm_sql::schema::{ColumnType, TableName};
use orm_sql::sql::catalogue;
use orm_sql::value::{SqlType, SqlValue};
use std::collections::{BTreeMap, BTreeSet};

/// Enum types with their labels in order.
pub type Enums = BTreeMap<TableName, Vec<String>>;

/// The enum types of the fields of models that are managed.
///
/// # Errors
///
/// When two fields have types of one name and other values, or the server would not take a name.
pub fn enums_of(models: &[&'static ModelMeta]) -> Result<Enums> {
    let mut enums = Enums::new();
    for model in managed(models) {
        let types = model.own_fields().iter().filter_map(|field| Some((field, field.enum_type?)));
        for (field, enum_type) in types {
            let (name, labels) = read(enum_type)?;
            if enums.get(&name).is_some_and(|other| *other != labels) {
                return Err(Error::usage(format!(
                    "`{}` of `{}` has the enum type `{name}`, and another field has a type of this \
                     name with other values",
                    field.name, model.name
                )));
            }
            enums.insert(name, labels);
        }
    }
    Ok(enums)
}

fn read(enum_type: &EnumType) -> Result<(TableName, Vec<String>)> {
    let name = check_name(enum_type.name.to_owned(), "type")?;
    let schema = enum_type.schema.map(str::to_owned);
    let is_builtin = !matches!(ColumnType::parse(&name), ColumnType::Named(_));
    if schema.is_none() && (is_builtin || Ident::new(&name).sparing() != enum_type.sparing()) {
        return Err(Error::usage(format!(
            "an enum type cannot be called `{name}`, which means something else in SQL: give it \
             another name"
        )));
    }
    let labels = enum_type.choices.iter().map(|one| check_name(one.value.to_owned(), "value"));
    Ok((TableName { schema, name }, labels.collect::<Result<_>>()?))
}

fn statement(sql: &str, enums: &Enums, sql_type: SqlType) -> Statement {
    let names = enums.keys().map(|name| SqlValue::Text(name.quoted())).collect();
    let names = (SqlValue::Array(names), SqlType::Array(&SqlType::Text));
    let column = OutputColumn { model: "the types", field: "what is known", sql_type };
    let (sql, columns) = (sql.into(), [column].into());
    Statement { sql, params: vec![names], columns, ..Statement::default() }
}

/// Those that are there already.
///
/// # Errors
///
/// When one of them has other values.
pub(super) async fn there(db: &dyn Executor, enums: &Enums) -> Result<BTreeSet<TableName>> {
    if enums.is_empty() {
        return Ok(BTreeSet::new());
    }
    let statement = statement(catalogue::ENUM_LABELS, enums, SqlType::Array(&SqlType::Text));
    let decoder: Decoder<Option<Vec<String>>> = Decoder::Fn(|row| row.column());
    let found = execute::rows(db, &statement, &decoder).await?;
    let mut there = BTreeSet::new();
    for ((name, labels), found) in enums.iter().zip(found) {
        match found {
            None => {}
            Some(found) if found == *labels => drop(there.insert(name.clone())),
            Some(found) => {
                return Err(Error::usage(format!(
                    "the enum type `{name}` is there already, and has the values `{}` instead of `{}`",
                    found.join("`, `"),
                    labels.join("`, `")
                )));
            }
        }
    }
    Ok(there)
}

/// Those that are there and that nothing has.
pub(super) async fn unused(db: &dyn Executor, enums: &Enums) -> Result<Vec<TableName>> {
    if enums.is_empty() {
        return Ok(Vec::new());
    }
    let statement = statement(catalogue::UNUSED_TYPES, enums, SqlType::Bool);
    let unused: Vec<bool> = execute::rows(db, &statement, &Decoder::Fn(|row| row.column())).await?;
    let names = enums.keys().zip(unused).filter(|(_, unused)| *unused);
    Ok(names.map(|(name, _)| name.clone()).collect())
}
