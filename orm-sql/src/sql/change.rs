//! Writing INSERT, UPDATE and DELETE.

use super::Writer;
use crate::ast::{Expr, FrameId, From, Slot, TableId};
use crate::ident::Ident;
use crate::value::SqlType;

/// A statement that changes rows.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum Change<'a> {
    /// `INSERT`.
    Insert {
        table: TableId,
        columns: &'a [&'static str],
        rows: InsertRows<'a>,
        conflict: Option<Conflict<'a>>,
    },
    /// `UPDATE`, with the tables that values are taken from where they are not the row's own.
    Update {
        table: TableId,
        sets: &'a [(&'static str, Expr<'a>)],
        from: Option<FrameId>,
        filter: Expr<'a>,
    },
    /// `DELETE`.
    Delete { table: TableId, filter: Expr<'a> },
    /// `SELECT … FOR UPDATE`: rows that are about to change.
    Lock { table: TableId, filter: Expr<'a> },
}

/// The rows of an INSERT.
#[derive(Clone, Copy, Debug)]
pub enum InsertRows<'a> {
    /// `DEFAULT VALUES`: one row.
    Default,
    /// `VALUES (…), (…)`; `None` for `DEFAULT`.
    Values(&'a [&'a [Option<Expr<'a>>]]),
    /// `SELECT * FROM UNNEST($1::…[], …)`: an array for each column.
    Arrays(&'a [Column]),
}

/// A column of rows that travels as an array.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// The values.
    pub slot: Slot,
    /// The type of the array.
    pub sql_type: SqlType,
    /// What its items are cast to.
    pub cast: Option<SqlType>,
}

/// `ON CONFLICT`.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum Conflict<'a> {
    /// `DO NOTHING`, whatever is there twice or only for this.
    Nothing(Option<Target<'a>>),
    /// `WHERE NOT EXISTS` a row with the same values of these columns, and then `DO NOTHING` where
    /// there is a unique index over them.
    There { columns: &'a [&'static str], unique: bool },
    /// `DO UPDATE`.
    Update { target: Target<'a>, sets: &'a [(&'static str, Expr<'a>)], filter: Expr<'a> },
}

/// What must not be there twice.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// Columns with a unique index.
    Columns(&'a [&'static str]),
    /// A constraint.
    Constraint(&'a str),
}

impl<'a> Writer<'a> {
    /// A statement that changes rows and returns these expressions of them.
    pub fn change(&mut self, change: &Change<'a>, returning: &[Expr<'a>]) {
        match change {
            Change::Insert { table, columns, rows, conflict } => {
                self.raw("INSERT INTO ");
                self.target(*table);
                match conflict {
                    Some(Conflict::There { columns: same, .. }) => {
                        self.insert_missing(*table, columns, rows, same);
                    }
                    _ => self.insert(columns, rows),
                }
                if let Some(conflict) = conflict {
                    self.conflict(conflict);
                }
            }
            Change::Update { table, sets, from, filter } => {
                self.raw("UPDATE ");
                self.target(*table);
                self.sets(sets);
                if let Some(from) = from {
                    self.from(*from);
                }
                self.filter(" WHERE ", filter);
            }
            Change::Delete { table, filter } => {
                self.raw("DELETE FROM ");
                self.target(*table);
                self.filter(" WHERE ", filter);
            }
            Change::Lock { table, filter } => {
                self.raw("SELECT ");
                self.list(returning);
                self.raw(" FROM ");
                self.target(*table);
                self.filter(" WHERE ", filter);
                return self.raw(" FOR UPDATE");
            }
        }
        if !returning.is_empty() {
            self.raw(" RETURNING ");
            self.list(returning);
        }
    }

    fn target(&mut self, id: TableId) {
        let tables = self.tables;
        if let Some(table) = tables.get(usize::from(id)) {
            self.source(table, id);
        }
    }

    fn insert(&mut self, columns: &[&'static str], rows: &InsertRows<'a>) {
        if let InsertRows::Default = rows {
            return self.raw(" DEFAULT VALUES");
        }
        self.names(" (", columns);
        match rows {
            InsertRows::Default => {}
            InsertRows::Values(rows) => self.rows(rows),
            InsertRows::Arrays(arrays) => self.arrays(arrays),
        }
    }

    /// Rows of which there is none with the same values of some columns.
    fn insert_missing(
        &mut self,
        table: TableId,
        columns: &[&'static str],
        rows: &InsertRows<'a>,
        same: &[&'static str],
    ) {
        self.names(" (", columns);
        self.raw(" SELECT * FROM (");
        match rows {
            InsertRows::Default => {}
            InsertRows::Values(rows) => self.rows(rows),
            InsertRows::Arrays(arrays) => self.arrays(arrays),
        }
        self.raw(") AS new");
        self.names(" (", columns);
        self.raw(" WHERE NOT EXISTS (SELECT 1 FROM ");
        if let Some(From::Table { schema, name }) =
            self.tables.get(usize::from(table)).map(|table| table.source)
        {
            self.table_name(schema, name);
        }
        self.raw(" AS old");
        for (place, column) in same.iter().enumerate() {
            self.raw(if place == 0 { " WHERE old." } else { " AND old." });
            self.ident(Ident::new(column));
            self.raw(" = new.");
            self.ident(Ident::new(column));
        }
        self.raw(")");
    }

    fn arrays(&mut self, arrays: &[Column]) {
        let casts = arrays.iter().any(|column| column.cast.is_some());
        self.raw(if casts { " SELECT " } else { " SELECT *" });
        for (place, column) in arrays.iter().enumerate().filter(|_| casts) {
            self.separate(place, ", ");
            self.output(place as u16);
            if let Some(cast) = column.cast {
                self.raw("::");
                self.type_name(cast);
            }
        }
        self.raw(" FROM UNNEST(");
        for (place, column) in arrays.iter().enumerate() {
            self.separate(place, ", ");
            self.bind(column.slot);
            self.raw("::");
            self.type_name(column.sql_type);
        }
        self.raw(")");
        if casts {
            self.raw(" AS u (");
            for place in 0..arrays.len() {
                self.separate(place, ", ");
                self.output(place as u16);
            }
            self.raw(")");
        }
    }

    fn rows(&mut self, rows: &[&[Option<Expr<'a>>]]) {
        for (place, row) in rows.iter().enumerate() {
            self.raw(if place == 0 { " VALUES (" } else { ", (" });
            for (place, value) in row.iter().enumerate() {
                self.separate(place, ", ");
                match value {
                    Some(value) => self.expr(value),
                    None => self.raw("DEFAULT"),
                }
            }
            self.raw(")");
        }
    }

    fn conflict(&mut self, conflict: &Conflict<'a>) {
        if let Conflict::There { unique: false, .. } = conflict {
            return;
        }
        self.raw(" ON CONFLICT");
        match conflict {
            Conflict::There { columns, .. } => {
                self.names(" (", columns);
                self.raw(" DO NOTHING");
            }
            Conflict::Nothing(target) => {
                if let Some(target) = target {
                    self.conflict_target(target);
                }
                self.raw(" DO NOTHING");
            }
            Conflict::Update { target, sets, filter } => {
                self.conflict_target(target);
                self.raw(" DO UPDATE");
                self.sets(sets);
                self.filter(" WHERE ", filter);
            }
        }
    }

    fn conflict_target(&mut self, target: &Target<'a>) {
        match target {
            Target::Columns(columns) => self.names(" (", columns),
            Target::Constraint(name) => {
                self.raw(" ON CONSTRAINT ");
                self.ident(Ident::new(name));
            }
        }
    }

    fn names(&mut self, open: &'static str, names: &[&'static str]) {
        self.raw(open);
        for (place, name) in names.iter().enumerate() {
            self.separate(place, ", ");
            self.ident(Ident::new(name));
        }
        self.raw(")");
    }

    fn sets(&mut self, sets: &[(&'static str, Expr<'a>)]) {
        for (place, (column, value)) in sets.iter().enumerate() {
            self.raw(if place == 0 { " SET " } else { ", " });
            self.ident(Ident::new(column));
            self.raw(" = ");
            self.expr(value);
        }
    }

    pub(super) fn type_name(&mut self, sql_type: SqlType) {
        use std::fmt::Write;
        // Writing to a String cannot fail.
        let _ = write!(self.sql, "{}", sql_type.name());
    }
}
