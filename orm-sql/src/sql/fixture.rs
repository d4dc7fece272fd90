//! Rows on their way to files and back.
//!
//! Each value leaves as its text, and comes back by the input function of its column, with the
//! column's length and precision: the server has written what the server reads.

mod dump;
mod list;
mod load;

pub use dump::{Dump, List, Output};
pub use list::{ListRows, add_keys, add_natural, clear, missing_item, unresolved_item};
pub use load::{
    Insert, Staged, allocate, existing, insert, missing_target, raise_sequence, reads, resolve,
    unresolved, update,
};

use super::Writer;
use crate::ident::Ident;
use crate::schema::{ColumnType, TableName};
use crate::value::{SqlType, SqlValue};

/// Settings of a transaction under which texts are exact, and the same everywhere.
pub const SETTINGS: &str = "\
SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'iso_8601'; SET LOCAL timezone = 'UTC'; \
SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'; SET LOCAL lc_monetary = 'C'";

/// The table in which rows wait until they are inserted, for this transaction.
pub const STAGE: &str = "\
CREATE TEMPORARY TABLE orm_fixture (
    place bigint PRIMARY KEY, model integer NOT NULL, shape integer NOT NULL,
    columns jsonb NOT NULL, refs jsonb NOT NULL, lists jsonb NOT NULL
) ON COMMIT DROP";

/// Adds rows to those that wait: `$1` to `$6` are arrays, one for each column.
pub const ADD: &str = "\
INSERT INTO pg_temp.orm_fixture (place, model, shape, columns, refs, lists)
SELECT place, model, shape, columns::jsonb, refs::jsonb, lists::jsonb
FROM unnest($1::bigint[], $2::integer[], $3::integer[], $4::text[], $5::text[], $6::text[])
    AS u (place, model, shape, columns, refs, lists)";

/// Has the planner know how many rows wait.
pub const COUNTED: &str =
    "CREATE INDEX ON pg_temp.orm_fixture (model, shape); ANALYZE pg_temp.orm_fixture";

/// Keys that wait for the end of the transaction, where they can.
pub const DEFER: &str = "SET CONSTRAINTS ALL DEFERRED";

/// A column of one of several tables, by the place of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The table: 0 for the first one.
    pub table: usize,
    /// The column.
    pub column: String,
}

/// A table that is joined to one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// The place of the table that has the key.
    pub of: usize,
    /// The columns of the key.
    pub columns: Vec<String>,
    /// The table.
    pub table: TableName,
    /// The columns there.
    pub to: Vec<String>,
}

/// What tells rows of a table apart, other than by their key: columns of it and of tables that it
/// refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Natural {
    /// The table.
    pub table: TableName,
    /// What is joined to it, from place 1 on.
    pub joins: Vec<Join>,
    /// The columns, in order.
    pub columns: Vec<Place>,
}

/// How a column takes what waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// As text.
    Text,
    /// As JSON.
    Jsonb,
    /// As the text of JSON, whose blanks it keeps.
    Json,
}

impl Reading {
    /// What a type takes.
    ///
    /// ```
    /// use orm_sql::schema::ColumnType;
    /// use orm_sql::sql::fixture::Reading;
    /// use orm_sql::value::SqlType;
    ///
    /// assert_eq!(Reading::of(&ColumnType::from(SqlType::Jsonb)), Reading::Jsonb);
    /// assert_eq!(Reading::of(&ColumnType::Varchar(20)), Reading::Text);
    /// ```
    pub fn of(column_type: &ColumnType) -> Reading {
        match column_type {
            ColumnType::Plain(SqlType::Jsonb) => Reading::Jsonb,
            ColumnType::Named(name) => match name.as_str() {
                "jsonb" => Reading::Jsonb,
                "json" => Reading::Json,
                _ => Reading::Text,
            },
            _ => Reading::Text,
        }
    }
}

/// What is called so: `t0`, `t1`, …
type Alias = (&'static str, usize);

/// The rows that wait.
const WAITING: &str = "pg_temp.orm_fixture AS s";

impl Writer<'_> {
    fn alias(&mut self, (letter, place): Alias) {
        self.raw(letter);
        self.number(place as u64);
    }

    fn of(&mut self, alias: Alias, column: &str) {
        self.alias(alias);
        self.raw(".");
        self.ident(Ident::new(column));
    }

    fn quoted_text(&mut self, text: &str) {
        self.literal(&SqlValue::Text(text.to_owned()), SqlType::Text);
    }

    /// Columns of one table that are equal to those of another.
    fn equal(&mut self, left: Alias, columns: &[String], right: Alias, others: &[String]) {
        for (place, (one, other)) in columns.iter().zip(others).enumerate() {
            self.separate(place, " AND ");
            self.of(left, one);
            self.raw(" = ");
            self.of(right, other);
        }
    }

    fn idents(&mut self, names: &[String]) {
        for (place, name) in names.iter().enumerate() {
            self.separate(place, ", ");
            self.ident(Ident::new(name));
        }
    }

    /// A row of a table, from the text of its columns. The type is that of the table and no other of
    /// that name, such as `date`.
    fn populated(&mut self, table: &TableName, alias: Alias, from: impl FnOnce(&mut Self)) {
        self.raw("jsonb_populate_record((SELECT orm_row FROM ");
        self.relation_name(table);
        self.raw(" AS orm_row LIMIT 0), ");
        from(self);
        self.raw(") AS ");
        self.alias(alias);
    }

    /// The rows that wait, as rows of a table: `s` and `r0`.
    fn waiting(&mut self, table: &TableName) {
        self.raw(WAITING);
        self.raw(" CROSS JOIN LATERAL ");
        self.populated(table, ("r", 0), |writer| writer.raw("s.columns"));
    }

    fn of_model(&mut self, model: u32) {
        self.raw(" WHERE s.model = ");
        self.number(u64::from(model));
    }

    /// Joins the rows that a natural key means: `t0`, and what it refers to. `from` is the array of
    /// its texts.
    fn lookup(&mut self, natural: &Natural, from: &dyn Fn(&mut Self)) {
        let tables = || {
            let joined = natural.joins.iter().map(|join| &join.table);
            std::iter::once(&natural.table).chain(joined).enumerate()
        };
        let columns = |table: usize| {
            natural.columns.iter().enumerate().filter(move |(_, one)| one.table == table)
        };
        for (table, name) in tables().filter(|(table, _)| columns(*table).next().is_some()) {
            self.raw(" CROSS JOIN LATERAL ");
            self.populated(name, ("l", table), |writer| {
                writer.raw("jsonb_build_object(");
                for (count, (place, column)) in columns(table).enumerate() {
                    writer.separate(count, ", ");
                    writer.quoted_text(&column.column);
                    writer.raw(", ");
                    from(writer);
                    writer.raw(" -> ");
                    writer.number(place as u64);
                }
                writer.raw(")");
            });
        }
        for (table, name) in tables() {
            self.raw(" JOIN ");
            self.relation_name(name);
            self.raw(" AS ");
            self.alias(("t", table));
            self.raw(" ON TRUE");
            let join = table.checked_sub(1).and_then(|place| natural.joins.get(place));
            if let Some(join) = join {
                self.raw(" AND ");
                self.equal(("t", table), &join.to, ("t", join.of), &join.columns);
            }
            for (_, column) in columns(table) {
                self.raw(" AND ");
                self.of(("t", table), &column.column);
                self.raw(" = ");
                self.of(("l", table), &column.column);
            }
        }
    }
}
