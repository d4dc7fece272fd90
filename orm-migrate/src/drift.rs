//! Models compared with a live database, in both directions.
//!
//! What the server makes of an expression is seldom what was written. So the tables of the models are
//! made as temporary ones, in a transaction that is rolled back, and what the server says of these is
//! compared with what it says of the real ones.

mod align;
mod containers;
mod lines;
mod scratch;
mod unsaid;
mod views;

use crate::inspect::{Note, OF_MIGRATIONS};
use crate::introspect::{self, Relation, Wanted};
use crate::operation::{Operation, SqlFiles};
use crate::state::ProjectState;
use containers::Containers;
use orm_core::tables::state::ModelState;
use orm_sql::error::Result;
use orm_sql::exec::Executor;
use orm_sql::ident::RawSql;
use orm_sql::schema::{Change, Table, TableName};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;

/// What models and a database do not agree about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drift {
    /// The differences, table by table.
    pub differences: Vec<Difference>,
    /// What is in the database and models do not say; no difference.
    pub notes: Vec<Note>,
    /// The tables and views that no model has; no difference.
    pub unknown: Vec<TableName>,
    /// What makes the database as the models are. Tables that no model has stay.
    pub mend: Vec<Change>,
    /// The way back from there.
    pub back: Vec<Change>,
}

/// Something that models and a database do not agree about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it belongs to: a table, or what an extension, a schema or a type is called.
    pub of: String,
    /// Who has it.
    pub side: Side,
    /// What it is.
    pub text: String,
}

/// Who has what the other has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The models have it, and the database lacks it.
    Models,
    /// The database has it, and the models do not.
    Database,
    /// Both have it, and not the same.
    Both,
}

impl Drift {
    /// True where the database is as the models are.
    pub fn is_clean(&self) -> bool {
        self.differences.is_empty()
    }

    /// What makes the database as the models are, as an operation of a migration: the models are as
    /// they should be already, so it is SQL alone. `None` where there is nothing to do.
    pub fn operation(&self) -> Option<Operation> {
        let text = |changes: &[Change]| {
            let all: Vec<String> = changes.iter().map(Change::sql).collect();
            RawSql::new(all.join(";\n"))
        };
        let reverse = Some(text(&self.back));
        (!self.mend.is_empty()).then(|| {
            let (sql, files) = (text(&self.mend), SqlFiles::default());
            Operation::RunSql { sql, reverse, files }
        })
    }
}

/// A line each: `+` for what the models have, `-` for what the database has, `~` for what is another.
impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut of = None;
        for difference in &self.differences {
            if of != Some(&difference.of) {
                writeln!(f, "{}", difference.of)?;
                of = Some(&difference.of);
            }
            let sign = match difference.side {
                Side::Models => '+',
                Side::Database => '-',
                Side::Both => '~',
            };
            writeln!(f, "  {sign} {}", difference.text)?;
        }
        Ok(())
    }
}

/// Compares models with a live database.
///
/// # Errors
///
/// What the server says, and when a model has no table that could be made.
pub async fn compare(db: &dyn Executor, models: &ProjectState) -> Result<Drift> {
    let mut wanted_tables = models.tables()?;
    let wanted = wanted(db, models, &wanted_tables).await?;
    for table in &mut wanted_tables {
        wanted.localize(table);
    }
    let there = introspect::relations(db, &wanted).await?;
    let there: BTreeMap<TableName, Relation> =
        there.into_iter().map(|relation| (relation.table.name.clone(), relation)).collect();

    let mut drift = Drift::default();
    let containers = Containers::read(db, models, &mut drift).await?;
    let views = views::Views::read(db, models, &wanted, &there, &mut drift).await?;
    unknown(&wanted_tables, &there, models, &wanted, &mut drift);
    // A table where a model has one, and a stored view where a model has that.
    let is_table = |table: &Table| {
        let found = there.get(&table.name);
        found.is_none_or(|relation| matches!(&*relation.kind, "r" | "p"))
    };
    let (mut ours, others): (Vec<Table>, Vec<Table>) =
        wanted_tables.into_iter().partition(is_table);
    for table in &others {
        drift.differences.push(lines::missing(table, there.get(&table.name)));
    }
    ours.extend(views.stored(&there));
    let (before, after) = tables(db, &ours, &there, models, &mut drift).await?;
    for model in unmanaged(models).filter(|model| model.view.is_none()) {
        lines::unmanaged(model, &wanted.local(&model.table), &there, &mut drift.differences);
    }
    drift.mend = containers.needs.clone();
    drift.mend.extend(containers.statements(before.clone(), after.clone(), &views));
    drift.back = containers.back().statements(after, before, &views.back());
    Ok(drift)
}

/// The models whose tables are not those of migrations; views are among them.
fn unmanaged(models: &ProjectState) -> impl Iterator<Item = &ModelState> {
    models.models.values().map(AsRef::as_ref).filter(|model| !model.managed)
}

/// What of the database is read: the schemas of the models.
async fn wanted(db: &dyn Executor, models: &ProjectState, tables: &[Table]) -> Result<Wanted> {
    let named = tables.iter().map(|table| &table.name);
    let named = named.chain(unmanaged(models).map(|model| &model.table));
    let mut schemas: BTreeSet<String> = named.filter_map(|name| name.schema.clone()).collect();
    let is_current = tables.iter().any(|table| table.name.schema.is_none());
    if is_current || schemas.is_empty() {
        schemas.extend(introspect::current_schema(db).await?);
    }
    let schemas: Vec<&str> = schemas.iter().map(String::as_str).collect();
    Ok(Wanted::of(db, &schemas).await?.with(true, true))
}

/// What is different between tables as they should be and those that there are, both as a server says
/// them.
///
/// ```
/// use orm_migrate::drift::between;
/// use orm_sql::schema::{Column, ColumnType, Table};
///
/// let (mut wanted, there) = (Table::new("book"), Table::new("book"));
/// wanted.columns.push(Column::new("isbn", ColumnType::Varchar(13)));
/// assert_eq!(between(&[wanted.clone()], &[there])[0].of, "book");
/// assert!(between(&[wanted.clone()], &[wanted]).is_empty());
/// ```
pub fn between(wanted: &[Table], there: &[Table]) -> Vec<Difference> {
    let mut found = Vec::new();
    for table in wanted {
        match there.iter().find(|one| one.name == table.name) {
            Some(other) => lines::compare(other, table, &mut found),
            None => found.push(lines::missing(table, None)),
        }
    }
    let is_other = |one: &&Table| !wanted.iter().any(|table| table.name == one.name);
    found.extend(there.iter().filter(is_other).map(|table| Difference {
        of: table.name.to_string(),
        side: Side::Database,
        text: "the table".to_owned(),
    }));
    found
}

/// Compares the tables: those of the database that models have, and what they should be.
async fn tables(
    db: &dyn Executor,
    all: &[Table],
    there: &BTreeMap<TableName, Relation>,
    models: &ProjectState,
    drift: &mut Drift,
) -> Result<(Vec<Table>, Vec<Table>)> {
    let pairs: Vec<(&Table, &Relation)> =
        all.iter().filter_map(|table| Some((table, there.get(&table.name)?))).collect();
    let unequal = pairs.iter().filter(|(wanted, found)| *wanted != &found.table);
    let both = unequal.flat_map(|(wanted, found)| [*wanted, &found.table]);
    let read = scratch::read(db, &both.cloned().collect::<Vec<_>>(), models).await?;
    let mut read = read.into_iter();
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for (wanted, found) in pairs {
        let mut aligned = match *wanted == found.table {
            true => wanted.clone(),
            false => {
                let (ours, theirs) = (read.next().flatten(), read.next().flatten());
                align::align(wanted, ours.as_ref(), found, theirs.as_ref())
            }
        };
        let kept = unsaid::keep(found, &mut aligned, all, there);
        lines::compare(&found.table, &aligned, &mut drift.differences);
        before.push(found.table.clone());
        after.push(aligned);
        let note = |text: &String| Note { table: wanted.name.clone(), text: text.clone() };
        drift.notes.extend(found.unsaid.iter().chain(&kept).map(note));
    }
    let missing = |table: &&Table| !before.iter().any(|found| found.name == table.name);
    let missing: Vec<&Table> = all.iter().filter(missing).collect();
    for table in &missing {
        drift.differences.push(lines::missing(table, there.get(&table.name)));
    }
    after.extend(missing.into_iter().cloned());
    drift.differences.sort_by(|a, b| a.of.cmp(&b.of));
    Ok((before, after))
}

/// The tables and views that no model has.
fn unknown(
    tables: &[Table],
    there: &BTreeMap<TableName, Relation>,
    models: &ProjectState,
    wanted: &Wanted,
    drift: &mut Drift,
) {
    let mut known: HashSet<TableName> =
        unmanaged(models).map(|model| wanted.local(&model.table)).collect();
    known.extend(tables.iter().map(|table| table.name.clone()));
    let is_unknown =
        |name: &&TableName| !known.contains(name) && !OF_MIGRATIONS.contains(&name.name.as_str());
    let is_whole = |one: &&Relation| matches!(&*one.kind, "r" | "p" | "v" | "m") && !one.partition;
    let tables = there.values().filter(is_whole);
    drift.unknown.extend(tables.map(|one| &one.table.name).filter(is_unknown).cloned());
}
