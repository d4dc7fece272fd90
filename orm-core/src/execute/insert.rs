//! Insertions as they run: the statements, and their errors in the words of the call.

use super::rows::Decoding;
use crate::ir::{FieldMeta, ModelMeta};
use crate::query::{Conflict, ConflictTarget};
use crate::row::Decoder;
use orm_sql::error::{DatabaseError, Error, Result};
use orm_sql::exec::transaction::Transaction;
use orm_sql::exec::{Executor, Job, NoRows, Statement};
use orm_sql::value::SqlValue;
use smallvec::SmallVec;
use std::collections::HashMap;

/// A statement that inserts some of the drafts.
pub(crate) struct Part {
    pub(crate) statement: Statement,
    /// How many drafts these are.
    pub(crate) rows: usize,
    /// The places of its rows among the drafts, where these went into several groups, or are sent
    /// in another order.
    pub(crate) places: Vec<usize>,
    /// How its rows are found again, where some may be missing among those that come back.
    pub(crate) known_by: KnownBy,
    /// The fields that its parameters are for, one after another; none where that is not so plain.
    pub(crate) fields: Vec<&'static FieldMeta>,
}

/// The keys of rows, in the order in which they are sent.
#[derive(Default)]
pub(crate) struct KnownBy {
    /// The fields of the key, by their places in the model.
    pub(crate) fields: Vec<usize>,
    pub(crate) keys: Vec<String>,
}

/// Runs the statements of an insertion, all or none, and returns the rows in the order of the
/// drafts. A check may still refuse what several statements have done together.
pub(crate) async fn insert_all<O: Send + 'static>(
    db: &dyn Executor,
    model: &'static ModelMeta,
    parts: &[Part],
    conflict: Option<&Conflict>,
    decoder: &Decoder<O>,
    value: impl Fn(&O, usize) -> SqlValue,
    check: impl Fn(&[Vec<O>]) -> Result<()>,
) -> Result<Vec<O>> {
    match parts {
        [] => return Ok(Vec::new()),
        [one] => {
            let rows = match conflict {
                None => insert(db, model, one, None, decoder).await?,
                some => super::again(db, || insert(db, model, one, some, decoder)).await?,
            };
            return Ok(in_order(vec![rows], parts, value));
        }
        _ => {}
    }
    // In a box, so that the future of one statement stays small.
    let several = Box::pin(several(db, model, parts, conflict, decoder, check));
    Ok(in_order(several.await?, parts, value))
}

/// Runs several statements in a transaction.
async fn several<O: Send + 'static>(
    db: &dyn Executor,
    model: &'static ModelMeta,
    parts: &[Part],
    conflict: Option<&Conflict>,
    decoder: &Decoder<O>,
    check: impl Fn(&[Vec<O>]) -> Result<()>,
) -> Result<Vec<Vec<O>>> {
    let once = async || {
        let unit = db.begin().await?;
        let rows = match conflict {
            None => without_conflict(&unit, model, parts, decoder).await?,
            some => {
                let mut rows = Vec::with_capacity(parts.len());
                for part in parts {
                    rows.push(insert(unit.executor(), model, part, some, decoder).await?);
                }
                check(&rows)?;
                rows
            }
        };
        unit.commit().await?;
        Ok(rows)
    };
    super::again(db, once).await
}

/// So many rows are on their way at once.
const AT_ONCE: usize = 20_000;

/// Runs the last statements of a transaction, each of which returns all of its rows: without waiting for
/// one after the other, as long as they are small.
async fn without_conflict<O: Send + 'static>(
    unit: &Transaction,
    model: &'static ModelMeta,
    mut parts: &[Part],
    decoder: &Decoder<O>,
) -> Result<Vec<Vec<O>>> {
    let mut all = Vec::with_capacity(parts.len());
    while !parts.is_empty() {
        let mut rows = 0;
        let few = parts.iter().position(|part| {
            rows += part.rows;
            rows > AT_ONCE
        });
        let (now, rest) = parts.split_at(few.unwrap_or(parts.len()).max(1).min(parts.len()));
        if rest.is_empty() {
            unit.ends_with_next();
        }
        let mut sinks = Vec::with_capacity(now.len());
        sinks.extend(now.iter().map(|part| Decoding::new(&part.statement, decoder)));
        let mut jobs: Vec<Job<'_>> = Vec::with_capacity(now.len());
        for (part, sink) in now.iter().zip(&mut sinks) {
            jobs.push(Job { statement: &part.statement, sink });
        }
        let done = unit.executor().run_all(jobs).await;
        let nothing_came = sinks.iter().all(|sink| sink.rows.is_empty());
        if let (Err(Error::Encode { .. }), true) = (&done, nothing_came) {
            // Nothing was sent: the one that cannot be is found by itself.
            for part in now {
                insert(unit.executor(), model, part, None, decoder).await?;
            }
        }
        if let Err(error) = done {
            // Of those before it, all rows have come.
            let unfinished = |(part, sink): &(&Part, &Decoding<'_, O>)| sink.rows.len() < part.rows;
            let failed = now.iter().zip(&sinks).find(unfinished).map(|(part, _)| part);
            return Err(match failed.or(now.first()) {
                Some(part) => explained(error, model, part, None),
                None => error,
            });
        }
        all.extend(sinks.into_iter().map(|sink| sink.rows));
        parts = rest;
    }
    Ok(all)
}

/// Runs one statement of an insertion. Its errors name the model and the field.
pub(crate) async fn insert<O: Send + 'static>(
    db: &dyn Executor,
    model: &'static ModelMeta,
    part: &Part,
    conflict: Option<&Conflict>,
    decoder: &Decoder<O>,
) -> Result<Vec<O>> {
    let rows = super::rows(db, &part.statement, decoder).await;
    rows.map_err(|error| explained(error, model, part, conflict))
}

/// The rows of statements in the order of the drafts. Where some rows are missing and nobody can tell
/// which, the order is that of the statements.
fn in_order<O>(rows: Vec<Vec<O>>, parts: &[Part], value: impl Fn(&O, usize) -> SqlValue) -> Vec<O> {
    let complete = |(rows, part): (&Vec<O>, &Part)| rows.len() == part.places.len();
    let known = |(rows, part)| complete((rows, part)) || !part.known_by.keys.is_empty();
    if !rows.iter().zip(parts).all(known) {
        let mut rows = rows.into_iter();
        let mut all = rows.next().unwrap_or_default();
        rows.for_each(|mut more| all.append(&mut more));
        return all;
    }
    let mut placed: Vec<(usize, O)> = Vec::with_capacity(rows.iter().map(Vec::len).sum());
    for (rows, part) in rows.into_iter().zip(parts) {
        if rows.len() == part.places.len() {
            placed.extend(part.places.iter().copied().zip(rows));
            continue;
        }
        let known = &part.known_by;
        let mut places: HashMap<&str, usize> = HashMap::new();
        for (key, place) in known.keys.iter().zip(&part.places) {
            // Of drafts with the same key, the first is the one that was inserted.
            places.entry(key).or_insert(*place);
        }
        placed.extend(rows.into_iter().map(|row| {
            let key = key_text(known.fields.iter().map(|field| value(&row, *field)));
            (places.get(&*key).copied().unwrap_or(usize::MAX), row)
        }));
    }
    // Those without a place stay in their order, behind the others.
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, row)| row).collect()
}

/// The values of a key as one text, by which rows are found again.
pub(crate) fn key_text(values: impl Iterator<Item = SqlValue>) -> String {
    let values: SmallVec<[SqlValue; 2]> = values.collect();
    format!("{values:?}")
}

/// Runs a statement that inserts the rows of a query, and returns them.
pub(crate) async fn insert_rows<O: Send + 'static>(
    db: &dyn Executor,
    model: &'static ModelMeta,
    statement: &Statement,
    conflict: Option<&Conflict>,
    decoder: &Decoder<O>,
) -> Result<Vec<O>> {
    let rows = match conflict {
        None => super::rows(db, statement, decoder).await,
        Some(_) => super::again(db, || super::rows(db, statement, decoder)).await,
    };
    rows.map_err(|error| refused(error, model, statement, conflict))
}

/// The same without the rows: how many there were.
pub(crate) async fn insert_counted(
    db: &dyn Executor,
    model: &'static ModelMeta,
    statement: &Statement,
    conflict: Option<&Conflict>,
) -> Result<u64> {
    let run = || async { db.run(statement, &mut NoRows).await };
    let rows = match conflict {
        None => run().await,
        Some(_) => super::again(db, run).await,
    };
    rows.map_err(|error| refused(error, model, statement, conflict))
}

/// An error of a statement that inserts the rows of a query, in the words of the call.
fn refused(
    error: Error,
    model: &'static ModelMeta,
    statement: &Statement,
    conflict: Option<&Conflict>,
) -> Error {
    match (super::named(error, model, statement), conflict) {
        (Error::Database(error), Some(conflict)) if error.code == "21000" => Error::usage(format!(
            "two of the rows for `{}` have the same {}, and one statement cannot write a row twice: \
             leave one of them out, as by `distinct_on`",
            model.name,
            target_name(conflict)
        )),
        (Error::Database(error), Some(conflict)) => of_conflict(error, model, conflict),
        (error, _) => error,
    }
}

/// An error of the server in the words of the call.
fn explained(
    error: Error,
    model: &'static ModelMeta,
    part: &Part,
    conflict: Option<&Conflict>,
) -> Error {
    let values = part.statement.params.iter().map(|param| &param.0);
    let error = super::overflowing(error, model, part.fields.iter().copied().cycle().zip(values));
    match (error, conflict) {
        (Error::Encode { position, message }, _) => {
            let count = part.fields.len().max(1);
            let field = part.fields.get(position.saturating_sub(1) % count);
            let message = match field {
                Some(field) => format!("`{}` of `{}`: {message}", field.name, model.name),
                None => format!("a value of `{}`: {message}", model.name),
            };
            Error::Encode { position, message }
        }
        (Error::Database(error), Some(conflict)) => of_conflict(error, model, conflict),
        (error, _) => error.of_model(model.name, model.table),
    }
}

/// An error of what is done about rows that are there.
fn of_conflict(error: Box<DatabaseError>, model: &'static ModelMeta, conflict: &Conflict) -> Error {
    match error.code.as_str() {
        "21000" => twice(model, conflict),
        "42P10" => no_such_constraint(model, conflict),
        "0A000" if error.message.contains("system column") => Error::usage(format!(
            "the table of `{}` has partitions, and there the server cannot tell which rows were \
             inserted and which were updated: insert with `ignore`, and update the others by a \
             query set",
            model.name
        )),
        _ => Error::Database(error),
    }
}

/// SQLSTATE 21000, and the same of drafts that went into different statements.
pub(crate) fn twice(model: &ModelMeta, conflict: &Conflict) -> Error {
    Error::usage(format!(
        "two drafts of `{}` have the same {}, and one call cannot write a row twice: leave one of \
         them out",
        model.name,
        target_name(conflict)
    ))
}

/// SQLSTATE 42P10.
fn no_such_constraint(model: &ModelMeta, conflict: &Conflict) -> Error {
    Error::usage(format!(
        "no unique constraint or index of `{}` is over {} and nothing else, so that rows cannot be \
         told apart by it: add `unique(…)` to the model, or name a constraint",
        model.name,
        target_name(conflict)
    ))
}

fn target_name(conflict: &Conflict) -> String {
    let target = match conflict {
        Conflict::Nothing(target) => target.as_ref(),
        Conflict::There { .. } => None,
        Conflict::Update { target, .. } => Some(target),
    };
    match target {
        Some(ConflictTarget::Fields(fields)) => {
            let names: Vec<String> = fields.iter().map(|f| format!("`{}`", f.name)).collect();
            names.join(", ")
        }
        Some(ConflictTarget::Unique(unique)) => match unique.name {
            Some(name) => format!("values for `{name}`"),
            None => "values for a unique index".to_owned(),
        },
        Some(ConflictTarget::Constraint(name)) => format!("values for `{name}`"),
        None => "values".to_owned(),
    }
}
