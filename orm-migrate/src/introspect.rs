//! The tables of a live database, as plain values.

mod row;

use crate::answer::ask;
use orm_core::tables::Enums;
use orm_sql::error::Result;
use orm_sql::exec::Executor;
use orm_sql::schema::{ConstraintKind, Table, TableName};
use orm_sql::sql::{Param, introspection as sql};
use orm_sql::value::{SqlType, SqlValue};
use row::{ColumnRow, ConstraintRow, IndexRow, Names, TableRow, UnsaidRow, ViewRow};
pub(crate) use row::{EnumRow, TypeRow};
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, HashMap};

/// The tables of some schemas, by name. Those of the first schema on the search path have none in
/// their names. Without schemas, that one is meant. Partitions are no tables of their own.
///
/// # Errors
///
/// What the server says.
pub async fn tables(db: &dyn Executor, schemas: &[&str]) -> Result<Vec<Table>> {
    let wanted = Wanted::of(db, schemas).await?;
    let relations = relations(db, &wanted).await?;
    Ok(relations.into_iter().map(|relation| relation.table).collect())
}

/// The schema that names without one mean.
pub(crate) async fn current_schema(db: &dyn Executor) -> Result<Option<String>> {
    ask(db, sql::CURRENT_SCHEMA, Vec::new()).await
}

/// What is asked for.
pub(crate) struct Wanted {
    schemas: Vec<String>,
    names: Names,
    views: bool,
    partitions: bool,
}

impl Wanted {
    /// The tables of some schemas.
    pub(crate) async fn of(db: &dyn Executor, schemas: &[&str]) -> Result<Wanted> {
        let current = current_schema(db).await?.unwrap_or_else(|| "public".to_owned());
        let names = Names { current };
        let schemas = match schemas {
            [] => vec![names.current.clone()],
            schemas => schemas.iter().map(|&schema| schema.to_owned()).collect(),
        };
        Ok(Wanted { schemas, names, views: false, partitions: false })
    }

    /// Views, materialised views and foreign tables as well; partitions as well.
    pub(crate) fn with(self, views: bool, partitions: bool) -> Wanted {
        Wanted { views, partitions, ..self }
    }

    /// The name with a schema only where that is not the current one.
    pub(crate) fn local(&self, name: &TableName) -> TableName {
        match &name.schema {
            Some(schema) => self.names.of(schema, &name.name),
            None => name.clone(),
        }
    }

    /// The table with names of schemas only where these are not the current one.
    pub(crate) fn localize(&self, table: &mut Table) {
        table.name = self.local(&table.name);
        for constraint in &mut table.constraints {
            if let ConstraintKind::ForeignKey(key) = &mut constraint.kind {
                key.to = self.local(&key.to);
            }
        }
    }

    async fn ask<T: DeserializeOwned>(&self, db: &dyn Executor, sql: &str) -> Result<T> {
        let kinds: &[&str] = if self.views { &["r", "p", "v", "m", "f"] } else { &["r", "p"] };
        let kinds = texts(kinds.iter().map(|&kind| kind.to_owned()));
        let partitions = (SqlValue::Bool(self.partitions), SqlType::Bool);
        ask(db, sql, vec![self.in_schemas(), kinds, partitions]).await
    }

    fn in_schemas(&self) -> Param {
        texts(self.schemas.iter().cloned())
    }
}

fn texts(texts: impl Iterator<Item = String>) -> Param {
    (SqlValue::Array(texts.map(SqlValue::Text).collect()), SqlType::Array(&SqlType::Text))
}

/// A table or a view, and what is known of it besides.
pub(crate) struct Relation {
    pub table: Table,
    /// It is part of another table.
    pub partition: bool,
    /// As `pg_class` has it: `r`, `p`, `v`, `m`, `f`.
    pub kind: String,
    /// What is known of the columns, in their order.
    pub facts: Vec<ColumnFacts>,
    /// What models say nothing of.
    pub unsaid: Vec<String>,
    /// What is known of the query of a view.
    pub view: Option<ViewFacts>,
}

/// What is known of the query of a view.
#[derive(Clone, Debug)]
pub(crate) struct ViewFacts {
    pub query: String,
    /// The tables and views that it reads.
    pub reads: Vec<TableName>,
    /// Functions, operators, … that are not the server's own.
    pub needs: Vec<String>,
}

/// What is known of a column besides.
pub(crate) struct ColumnFacts {
    pub oid: u32,
    pub dimensions: u32,
    /// The type as SQL names it, with its length or precision.
    pub sql: String,
    /// A sequence belongs to it.
    pub serial: bool,
    /// Its type has a binary form.
    pub readable: bool,
}

/// Tables and views, by name.
pub(crate) async fn relations(db: &dyn Executor, wanted: &Wanted) -> Result<Vec<Relation>> {
    let names = &wanted.names;
    let tables: Vec<TableRow> = wanted.ask(db, sql::TABLES).await?;
    let columns: Vec<ColumnRow> = wanted.ask(db, sql::COLUMNS).await?;
    let constraints: Vec<ConstraintRow> = wanted.ask(db, sql::CONSTRAINTS).await?;
    let indexes: Vec<IndexRow> = wanted.ask(db, sql::INDEXES).await?;
    let unsaid: Vec<UnsaidRow> = wanted.ask(db, sql::UNSAID).await?;

    let relation = |row: TableRow| {
        let (kind, partition) = (row.kind.clone(), row.partition);
        let table = row.read(names);
        let name = table.name.clone();
        let (facts, unsaid, view) = (Vec::new(), Vec::new(), None);
        (name, Relation { table, partition, kind, facts, unsaid, view })
    };
    let mut all: BTreeMap<TableName, Relation> = tables.into_iter().map(relation).collect();
    for row in columns {
        if let Some(relation) = all.get_mut(&names.of(&row.schema, &row.table)) {
            relation.facts.push(row.facts());
            relation.table.columns.push(row.read());
        }
    }
    for row in constraints {
        if let Some(relation) = all.get_mut(&names.of(&row.schema, &row.table)) {
            relation.table.constraints.extend(row.read(names));
        }
    }
    for row in indexes {
        if let Some(relation) = all.get_mut(&names.of(&row.schema, &row.table)) {
            relation.table.indexes.push(row.read());
        }
    }
    for row in unsaid {
        if let Some(relation) = all.get_mut(&names.of(&row.schema, &row.table)) {
            relation.unsaid.push(row.text);
        }
    }
    if wanted.views {
        queries(db, wanted, &mut all).await?;
    }
    Ok(all.into_values().collect())
}

/// The queries of views.
async fn queries(
    db: &dyn Executor,
    wanted: &Wanted,
    all: &mut BTreeMap<TableName, Relation>,
) -> Result<()> {
    let names = &wanted.names;
    let rows: Vec<ViewRow> = wanted.ask(db, sql::VIEWS).await?;
    for row in rows {
        if let Some(relation) = all.get_mut(&names.of(&row.schema, &row.table)) {
            relation.view = Some(row.read(names));
        }
    }
    Ok(())
}

/// The types of the columns, and those that they are made of, by their numbers.
pub(crate) async fn types(db: &dyn Executor, wanted: &Wanted) -> Result<HashMap<u32, TypeRow>> {
    let rows: Vec<TypeRow> = wanted.ask(db, sql::TYPES).await?;
    Ok(rows.into_iter().map(|row| (row.oid, row)).collect())
}

/// The enum types of some schemas, named as [`tables`] names tables.
///
/// # Errors
///
/// What the server says.
pub async fn enums(db: &dyn Executor, schemas: &[&str]) -> Result<Enums> {
    let wanted = Wanted::of(db, schemas).await?;
    let enums: Vec<EnumRow> = ask(db, sql::ENUMS, Vec::new()).await?;
    let enums = enums.into_iter().filter(|one| wanted.schemas.contains(&one.schema));
    let enums = enums.map(|one| (wanted.names.of(&one.schema, &one.name), one.labels));
    Ok(enums.collect())
}
