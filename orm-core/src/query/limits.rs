//! What a statement can hold at the most.

use super::plan::{Planner, Result, usage};

/// The parameters of a statement: the protocol counts them in 16 bits.
const PARAMETERS: usize = 65_535;

/// The tables of a statement, those of queries inside included. The server gives up long before.
const TABLES: usize = 4_000;

/// The columns that a SELECT returns: PostgreSQL's own limit.
const COLUMNS: usize = 1_664;

/// Limits of SELECTs up to this stand in the text of the statement, each in one of its own.
pub(super) const WRITTEN_OUT: u64 = 100;

const TOO_MANY_PARAMETERS: &str = "a statement takes at most 65535 parameters: split the rows, or \
    put the values that one expression is compared with into a list, by `in_`";

const TOO_MANY_TABLES: &str = "a statement reads from at most 4000 tables, and each negated \
    condition over a to-many relation reads from one of its own: put conditions on the same \
    relation together, by `in_` or under one negation";

impl Planner<'_> {
    /// True where there is room for one more value; otherwise the statement has failed.
    pub fn takes_value(&mut self) -> bool {
        let room = self.values.len() < PARAMETERS;
        if !room {
            self.exceeded = Some(TOO_MANY_PARAMETERS);
        }
        room
    }

    /// True where there is room for one more table; otherwise the statement has failed.
    pub fn takes_table(&mut self) -> bool {
        let room = self.tables.len() < TABLES && self.frames.len() < TABLES;
        if !room {
            self.exceeded = Some(TOO_MANY_TABLES);
        }
        room
    }

    /// Asked on the way, so that a long list ends soon, and at the end.
    pub fn within_limits(&self) -> Result<()> {
        self.exceeded.map_or(Ok(()), usage)
    }
}

/// Whether so many columns can be returned.
pub(super) fn check_columns(columns: usize) -> Result<()> {
    if columns > COLUMNS {
        return usage(format!(
            "a query returns at most {COLUMNS} columns, and this one has {columns}: select fewer \
             by `values`, or load related rows by `prefetch_related`"
        ));
    }
    Ok(())
}
