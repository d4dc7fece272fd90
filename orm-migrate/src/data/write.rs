//! Rows inserted and updated.

use super::draft::assigned;
use super::model::HistoricalModel;
use super::operand::Operand;
use super::row::{HistoricalRow, Shape, rows};
use super::set::HistoricalSet;
use orm_core::ir::{FieldMeta, Node, Query};
use orm_core::query::{self, Conflict, Given, Insert, InsertValue, Returning, RowValues};
use orm_sql::error::{Error, Result};
use orm_sql::exec::{Executor, NoRows, Statement, Tenancy};
use orm_sql::value::{Items, SqlValue};
use std::collections::{BTreeMap, HashSet};

/// How many rows travel in one statement.
const ROWS: usize = 10_000;

/// A value for each column; none where the database fills it.
type Values = Vec<Option<SqlValue>>;

/// Inserts rows, all or none, and returns them in order; those that are there already are left out where
/// that is asked for.
pub(super) async fn insert(
    db: &dyn Executor,
    model: &HistoricalModel,
    drafts: Vec<Values>,
    ignore: bool,
) -> Result<Vec<HistoricalRow>> {
    // Rows that leave the same columns to the database go together.
    let mut groups: BTreeMap<Vec<usize>, Vec<(usize, Values)>> = BTreeMap::new();
    for (place, values) in drafts.into_iter().enumerate() {
        let given = values.iter().enumerate().filter(|(_, value)| value.is_some());
        let given = given.map(|(place, _)| place).collect();
        groups.entry(given).or_default().push((place, values));
    }
    let unit = db.begin().await?;
    let mut placed = Vec::new();
    for (given, rows) in groups {
        let mut rows = rows.into_iter();
        loop {
            let chunk: Vec<(usize, Values)> = rows.by_ref().take(ROWS).collect();
            if chunk.is_empty() {
                break;
            }
            placed.extend(insert_some(unit.executor(), model, &given, chunk, ignore).await?);
        }
    }
    unit.commit().await?;
    placed.sort_by_key(|(place, _)| *place);
    Ok(placed.into_iter().map(|(_, row)| row).collect())
}

async fn insert_some(
    db: &dyn Executor,
    model: &HistoricalModel,
    given: &[usize],
    drafts: Vec<(usize, Values)>,
    ignore: bool,
) -> Result<Vec<(usize, HistoricalRow)>> {
    let fields: Vec<_> = given.iter().filter_map(|place| model.meta.fields.get(*place)).collect();
    let (places, mut values): (Vec<usize>, Vec<Values>) = drafts.into_iter().unzip();
    let rows_to_insert = if fields.is_empty() {
        Given::Rows(places.len(), Vec::<InsertValue>::new())
    } else {
        let column = |place: &usize| {
            let take = |row: &mut Values| row.get_mut(*place).and_then(Option::take);
            let column = values.iter_mut().map(|row| take(row).unwrap_or(SqlValue::Null));
            array(column.collect())
        };
        Given::Arrays(given.iter().map(column).collect())
    };
    let statement = query::insert(Insert {
        model: model.meta,
        fields,
        rows: rows_to_insert,
        conflict: ignore.then_some(Conflict::Nothing(None)),
        returning: Returning::Rows,
        // Of models as they were, which have none.
        tenancy: Tenancy::Unsaid,
    })?;
    // They are inserted in order, and come back in it.
    Ok(places.into_iter().zip(rows(db, statement, Shape::whole(model)).await?).collect())
}

/// Writes some fields of rows, all or none, and returns how many there were.
pub(super) async fn update_rows(
    db: &dyn Executor,
    model: &HistoricalModel,
    all: Vec<&HistoricalRow>,
    names: &[&str],
) -> Result<u64> {
    let base = Query::new(model.meta);
    let mut fields: Vec<&'static FieldMeta> = Vec::new();
    for name in names {
        fields.extend(model.names(&base).own(name)?);
    }
    let keys = model.meta.key_fields();
    if let Some(key) = fields.iter().find(|field| keys.contains(*field)) {
        let text = format!("`{}` is the primary key, by which rows are found", key.name);
        return Err(model.names(&base).wrong(text));
    }
    must_differ(model, &all)?;
    let unit = db.begin().await?;
    let mut written = 0;
    for chunk in all.chunks(ROWS) {
        let mut column = |field: &&'static FieldMeta| {
            let values = chunk.iter().map(|row| Ok(row.key_for(&[*field])?.into_iter().next()));
            let values = values.collect::<Result<Vec<_>>>()?;
            let values = values.into_iter().map(|value| value.unwrap_or(SqlValue::Null));
            Ok::<_, Error>((*field, array(values.collect())))
        };
        let values = RowValues {
            keys: keys.iter().map(&mut column).collect::<Result<_>>()?,
            fields: fields.iter().map(&mut column).collect::<Result<_>>()?,
            all: Vec::new(),
        };
        written += run(unit.executor(), model, query::update_rows(&base, values)?).await?;
    }
    unit.commit().await?;
    Ok(written)
}

/// No row is given twice.
fn must_differ(model: &HistoricalModel, rows: &[&HistoricalRow]) -> Result<()> {
    let mut seen = HashSet::with_capacity(rows.len());
    for row in rows {
        if row.model().meta != model.meta {
            let (own, other) = (model.name(), row.model().name());
            return Err(Error::usage(format!("a row of `{other}` is none of `{own}`")));
        }
        if !seen.insert(format!("{:?}", row.key()?)) {
            let name = model.name();
            return Err(Error::usage(format!("a row of `{name}` is given twice to `bulk_update`")));
        }
    }
    Ok(())
}

/// Writes fields of all rows of a query.
pub(super) async fn update(
    db: &dyn Executor,
    set: &HistoricalSet,
    query: &Query,
    fields: &[(&str, Operand)],
) -> Result<u64> {
    let names = set.model.names(query);
    let mut sets: Vec<(&'static FieldMeta, Node)> = Vec::with_capacity(fields.len());
    for (name, operand) in fields {
        match operand {
            Operand::Term(term) => {
                let [field] = names.own(name)? else {
                    let text = format!("`{name}` is a key of several columns, and takes a row");
                    return Err(names.wrong(text));
                };
                sets.push((field, names.term(term, Some(&field.sql_type))?));
            }
            value => {
                let values = assigned(names, name, value.clone())?.into_iter();
                sets.extend(
                    values.map(|(field, value)| (field, Node::Value(value, field.sql_type))),
                );
            }
        }
    }
    let statement = query::update(&query.on(db), &sets, Returning::Nothing)?;
    run(db, &set.model, statement).await
}

/// Runs a statement that returns no rows, and returns how many it touched.
pub(super) async fn run(
    db: &dyn Executor,
    model: &HistoricalModel,
    statement: Statement,
) -> Result<u64> {
    let statement = Statement { cached: false, ..statement };
    let done = db.run(&statement, &mut NoRows).await;
    done.map_err(|error| error.of_model(model.meta.name, model.meta.table))
}

/// Values of one column as an array.
fn array(values: Vec<SqlValue>) -> SqlValue {
    SqlValue::Items(Items::new(values))
}
