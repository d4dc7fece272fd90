//! Writing what a deletion does to other tables: rows found by keys, and changes of many tables in
//! one statement.

use super::{Param, Writer};
use crate::ast::Slot;
use crate::ident::Ident;

/// A table by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TableRef {
    /// Its schema, where one is named.
    pub schema: Option<&'static str>,
    /// Its name.
    pub name: &'static str,
}

/// Rows whose columns are among keys, which are arrays.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// The columns.
    pub columns: Vec<&'static str>,
    /// For each column the array of its values: those at one place are one key.
    pub keys: Vec<Param>,
}

/// What a column becomes.
#[derive(Clone, Debug)]
pub(crate) enum Assign {
    /// A value.
    Value(Param),
    /// The column's default.
    Default,
}

/// A change of one table.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Deletes the rows found in any of these ways.
    Delete { table: TableRef, found: Vec<Found> },
    /// Sets columns of the rows that are found, but for those found in another way.
    Update { table: TableRef, set: Vec<(&'static str, Assign)>, found: Found, but: Option<Found> },
}

/// The statement that selects columns of the rows that are found.
///
/// ```text
/// SELECT "id" FROM "review" WHERE "book_id" = ANY($1) FOR UPDATE
/// ```
pub(crate) fn find(
    table: TableRef,
    columns: &[&'static str],
    found: Found,
    lock: bool,
) -> (String, Vec<Param>) {
    let mut values = Vec::new();
    let found = Numbered::of(found, &mut values);
    let mut writer = Writer::new(&[], values);
    writer.raw("SELECT ");
    writer.column_list(columns);
    writer.raw(" FROM ");
    writer.table_name(table.schema, table.name);
    writer.raw(" WHERE ");
    writer.found(&found);
    if lock {
        writer.raw(" FOR UPDATE");
    }
    writer.finish()
}

/// The statement that makes all changes at once, and returns how many rows each step took.
///
/// Keys are checked when all of it is done, so the order of the steps does not matter. No two steps
/// may change the same row.
///
/// ```text
/// WITH d0 AS (DELETE FROM "review" WHERE "book_id" = ANY($1) RETURNING 1),
///      d1 AS (DELETE FROM "book" WHERE "id" = ANY($1) RETURNING 1)
/// SELECT (SELECT count(*) FROM d0), (SELECT count(*) FROM d1)
/// ```
pub(crate) fn all_at_once(steps: Vec<Step>) -> (String, Vec<Param>) {
    let mut values = Vec::new();
    let steps: Vec<NumberedStep> =
        steps.into_iter().map(|step| NumberedStep::of(step, &mut values)).collect();
    let mut writer = Writer::new(&[], values);
    for (place, step) in steps.iter().enumerate() {
        writer.raw(if place == 0 { "WITH " } else { ", " });
        writer.step_name(place);
        writer.raw(" AS (");
        writer.step(step);
        writer.raw(" RETURNING 1)");
    }
    for place in 0..steps.len() {
        writer.raw(if place == 0 { " SELECT " } else { ", " });
        writer.raw("(SELECT count(*) FROM ");
        writer.step_name(place);
        writer.raw(")");
    }
    writer.finish()
}

/// [`Found`] with its values in their slots.
struct Numbered {
    columns: Vec<&'static str>,
    keys: Vec<Slot>,
}

impl Numbered {
    fn of(found: Found, values: &mut Vec<Param>) -> Numbered {
        let keys = found.keys.into_iter().map(|key| slot(key, values)).collect();
        Numbered { columns: found.columns, keys }
    }
}

/// [`Step`] with its values in their slots.
enum NumberedStep {
    Delete(TableRef, Vec<Numbered>),
    Update(TableRef, Vec<(&'static str, Option<Slot>)>, Numbered, Option<Numbered>),
}

impl NumberedStep {
    fn of(step: Step, values: &mut Vec<Param>) -> NumberedStep {
        match step {
            Step::Delete { table, found } => {
                let found = found.into_iter().map(|found| Numbered::of(found, values));
                NumberedStep::Delete(table, found.collect())
            }
            Step::Update { table, set, found, but } => {
                let set = set.into_iter().map(|(column, to)| match to {
                    Assign::Value(value) => (column, Some(slot(value, values))),
                    Assign::Default => (column, None),
                });
                let set = set.collect();
                let found = Numbered::of(found, values);
                let but = but.map(|but| Numbered::of(but, values));
                NumberedStep::Update(table, set, found, but)
            }
        }
    }
}

/// The slot of a value; equal keys share one.
fn slot(value: Param, values: &mut Vec<Param>) -> Slot {
    let known = values.iter().position(|known| *known == value);
    let place = known.unwrap_or(values.len());
    if known.is_none() {
        values.push(value);
    }
    place as Slot
}

impl Writer<'_> {
    fn step_name(&mut self, place: usize) {
        self.raw("d");
        self.number(place as u64);
    }

    fn step(&mut self, step: &NumberedStep) {
        match step {
            NumberedStep::Delete(table, found) => {
                self.raw("DELETE FROM ");
                self.table_name(table.schema, table.name);
                for (place, found) in found.iter().enumerate() {
                    self.raw(if place == 0 { " WHERE " } else { " OR " });
                    self.found(found);
                }
            }
            NumberedStep::Update(table, set, found, but) => {
                self.raw("UPDATE ");
                self.table_name(table.schema, table.name);
                self.raw(" SET ");
                for (place, (column, to)) in set.iter().enumerate() {
                    self.separate(place, ", ");
                    self.ident(Ident::new(column));
                    self.raw(" = ");
                    match to {
                        Some(value) => self.bind(*value),
                        None => self.raw("DEFAULT"),
                    }
                }
                self.raw(" WHERE ");
                self.found(found);
                if let Some(but) = but {
                    self.raw(" AND NOT ");
                    self.found(but);
                }
            }
        }
    }

    fn found(&mut self, found: &Numbered) {
        if let ([column], [key]) = (&*found.columns, &*found.keys) {
            self.ident(Ident::new(column));
            self.raw(" = ANY(");
            self.bind(*key);
            return self.raw(")");
        }
        self.raw("(");
        self.column_list(&found.columns);
        self.raw(") IN (SELECT * FROM UNNEST(");
        for (place, key) in found.keys.iter().enumerate() {
            self.separate(place, ", ");
            self.bind(*key);
        }
        self.raw("))");
    }

    fn column_list(&mut self, columns: &[&'static str]) {
        for (place, column) in columns.iter().enumerate() {
            self.separate(place, ", ");
            self.ident(Ident::new(column));
        }
    }
}
