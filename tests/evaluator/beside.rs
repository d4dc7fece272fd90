//! What comes between two SELECTs: set operations, joins with query sets, statements of WITH.

use super::answer::{Base, LARGEST, Row};
use super::evaluate::{Env, bindings};
use super::interpret::{TooLarge, rows as rows_of};
use super::schema::Rows;
use super::scope::{Place, Scope};
use super::spec::{Call, Cond, Join, Sets, Ty, Val};
use std::collections::{BTreeMap, BTreeSet};

/// The rows that a SELECT reads.
pub struct Below {
    pub model: &'static str,
    /// Whether they are rows of the model.
    pub whole: bool,
    /// The types of the cells that they have, or have besides.
    pub types: Vec<Ty>,
    pub bases: Vec<Base>,
}

impl Below {
    /// Takes the rows of a SELECT, and does what a call says with them.
    pub fn step(
        &mut self,
        rows: &Rows,
        found: Vec<Row>,
        step: &Call,
        around: Option<&Env<'_>>,
    ) -> Result<(), TooLarge> {
        let found = match step {
            Call::Together(sets, other) => {
                put_together(*sets, found, rows_of(rows, other, around, false)?.rows)
            }
            _ => found,
        };
        self.bases = found.into_iter().map(|row| self.base(row)).collect();
        match step {
            Call::Join(join) => self.join(rows, join)?,
            Call::With(Some(on)) => {
                let again: Vec<Vec<Val>> = self.bases.iter().map(|b| b.cells.clone()).collect();
                self.beside(rows, &again, on, false)?;
                self.types.extend_from_within(..);
            }
            _ => {}
        }
        Ok(())
    }

    fn base(&self, row: Row) -> Base {
        let key = usize::from(self.whole);
        Base { row: row.base, cells: row.cells[key..].to_vec() }
    }

    fn join(&mut self, rows: &Rows, join: &Join) -> Result<(), TooLarge> {
        let Join { left, rows: query, on } = join;
        let others = rows_of(rows, query, None, false)?.rows;
        let others: Vec<Vec<Val>> = others.into_iter().map(|row| row.cells).collect();
        self.beside(rows, &others, on, *left)?;
        self.types.extend(types_after(&query.calls).concat());
        // What says that there is a row.
        self.types.extend(left.then_some(Ty::Bool));
        if *left {
            let width = self.types.len();
            for base in &mut self.bases {
                let there = base.cells.len() + 1 == width;
                base.cells.resize(width - 1, Val::Null);
                base.cells.push(if there { Val::Bool(true) } else { Val::Null });
            }
        }
        Ok(())
    }

    /// Each row with all that fit behind it; where none does, and that is said, alone.
    fn beside(
        &mut self,
        rows: &Rows,
        others: &[Vec<Val>],
        on: &Cond,
        left: bool,
    ) -> Result<(), TooLarge> {
        if self.bases.len() * others.len() > LARGEST {
            return Err(TooLarge);
        }
        let mut scope = Scope::new(self.model);
        let condition = scope.condition(on, Place::FILTER);
        let mut found = Vec::new();
        for Base { row, cells } in std::mem::take(&mut self.bases) {
            let mut alone = left;
            for other in others {
                let cells = [&cells[..], &other[..]].concat();
                let mut fits = false;
                bindings(rows, &scope.vars, row, &mut |binding| {
                    let (scope, cells) = (&scope, &cells[..]);
                    let (group, windows) = (&[], &[]);
                    let env = Env { rows, scope, binding, cells, group, windows, around: None };
                    fits = fits || env.holds(&condition)?;
                    Ok(())
                })?;
                alone = alone && !fits;
                found.extend(fits.then_some(Base { row, cells }));
            }
            found.extend(alone.then_some(Base { row, cells }));
        }
        self.bases = found;
        Ok(())
    }
}

/// A set operation: NULLs are equal here.
fn put_together(sets: Sets, one: Vec<Row>, two: Vec<Row>) -> Vec<Row> {
    let there: BTreeSet<Vec<Val>> = two.iter().map(|row| row.cells.clone()).collect();
    let all: Vec<Row> = match sets {
        Sets::UnionAll => return one.into_iter().chain(two).collect(),
        Sets::Union => one.into_iter().chain(two).collect(),
        Sets::Intersection => one.into_iter().filter(|row| there.contains(&row.cells)).collect(),
        Sets::Difference => one.into_iter().filter(|row| !there.contains(&row.cells)).collect(),
    };
    let once: BTreeMap<Vec<Val>, Row> =
        all.into_iter().map(|row| (row.cells.clone(), row)).collect();
    once.into_values().collect()
}

/// The types of the cells that a row has after some calls, besides that of its model: a list for
/// each part of the row.
pub fn types_after(calls: &[Call]) -> Vec<Vec<Ty>> {
    let mut types: Vec<Vec<Ty>> = Vec::new();
    for call in calls {
        match call {
            Call::Values(exprs) => types = vec![exprs.iter().map(|ex| ex.ty).collect()],
            Call::Annotate(exprs) => types.push(exprs.iter().map(|ex| ex.ty).collect()),
            Call::Join(join) => types.extend(types_after(&join.rows.calls)),
            Call::With(Some(_)) => types.extend(types.clone()),
            _ => {}
        }
    }
    types
}
