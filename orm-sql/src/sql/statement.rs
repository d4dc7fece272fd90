//! Writing whole statements.

use super::Writer;
use crate::ast::{
    Body, Command, Conflict, CopyFormat, Delete, ExplainFormat, ExplainOptions, Expr, Insert, Rows,
    Statement, TableId, Target, Update,
};
use crate::ident::Ident;
use crate::value::SqlType;

impl<'a> Writer<'a> {
    /// What the server is asked to do.
    pub fn command(&mut self, command: &Command<'a>) {
        match command {
            Command::Run(statement) => self.statement(statement),
            Command::Explain(statement, options) => {
                self.raw("EXPLAIN ");
                self.explain_options(*options);
                self.statement(statement);
            }
            Command::CopyOut { statement, format, header } => {
                self.raw("COPY (");
                self.statement(statement);
                self.raw(match (format, header) {
                    (CopyFormat::Csv, false) => ") TO STDOUT (FORMAT csv)",
                    (CopyFormat::Csv, true) => ") TO STDOUT (FORMAT csv, HEADER)",
                    (CopyFormat::Text, false) => ") TO STDOUT",
                    (CopyFormat::Text, true) => ") TO STDOUT (FORMAT text, HEADER)",
                });
            }
            Command::CopyIn { schema, table, columns, binary } => {
                self.raw("COPY ");
                self.table_name(*schema, table);
                self.names(" (", columns);
                self.raw(if *binary { " FROM STDIN (FORMAT binary)" } else { " FROM STDIN" });
            }
        }
    }

    /// What EXPLAIN is asked for, in brackets where it is anything.
    fn explain_options(&mut self, options: ExplainOptions) {
        let ExplainOptions { analyze, verbose, buffers, settings, wal, format } = options;
        let format = match format {
            ExplainFormat::Text => "",
            ExplainFormat::Json => "FORMAT json",
            ExplainFormat::Yaml => "FORMAT yaml",
            ExplainFormat::Xml => "FORMAT xml",
        };
        let all = [
            (analyze, "ANALYZE"),
            (verbose, "VERBOSE"),
            (buffers, "BUFFERS"),
            (settings, "SETTINGS"),
            (wal, "WAL"),
            (!format.is_empty(), format),
        ];
        let mut before = "(";
        for (_, option) in all.into_iter().filter(|(wanted, _)| *wanted) {
            self.raw(before);
            self.raw(option);
            before = ", ";
        }
        if before == ", " {
            self.raw(") ");
        }
    }

    /// A statement with those that it names before.
    pub fn statement(&mut self, statement: &Statement<'a>) {
        self.ctes = statement.with;
        let recursive = statement.with.iter().any(|cte| cte.recursive);
        for (place, cte) in statement.with.iter().enumerate() {
            self.raw(match place {
                0 if recursive => "WITH RECURSIVE ",
                0 => "WITH ",
                _ => ", ",
            });
            if let Some(before) = &cte.before {
                self.expr(before);
                self.raw(", ");
            }
            self.cte(place, cte);
        }
        if !statement.with.is_empty() {
            self.raw(" ");
        }
        self.body(statement.body);
    }

    /// What a statement does, without those that it names.
    pub fn body(&mut self, body: &Body<'a>) {
        match body {
            Body::Select(select) => self.select(select),
            Body::Combined(combined) => self.combined(combined),
            Body::Insert(insert) => self.insert(insert),
            Body::Update(update) => self.update(update),
            Body::Delete(delete) => self.delete(delete),
            Body::Raw(sql) => self.expr(sql),
        }
    }

    fn insert(&mut self, insert: &Insert<'a>) {
        let Insert { table, columns, rows, conflict, returning } = insert;
        self.raw("INSERT INTO ");
        self.target(*table);
        match rows {
            Rows::Default => self.raw(" DEFAULT VALUES"),
            Rows::Values(rows) => {
                self.names(" (", columns);
                self.raw(" ");
                self.values(rows);
            }
            Rows::Query(body) => {
                self.names(" (", columns);
                self.raw(" ");
                self.body(body);
            }
        }
        if let Some(conflict) = conflict {
            self.conflict(conflict);
        }
        self.returning(returning);
    }

    fn update(&mut self, update: &Update<'a>) {
        let Update { table, sets, from, filter, returning } = update;
        self.raw("UPDATE ");
        self.target(*table);
        self.sets(sets);
        if let Some(from) = from {
            self.from(*from);
        }
        self.filter(" WHERE ", filter);
        self.returning(returning);
    }

    fn delete(&mut self, delete: &Delete<'a>) {
        let Delete { table, filter, returning } = delete;
        self.raw("DELETE FROM ");
        self.target(*table);
        self.filter(" WHERE ", filter);
        self.returning(returning);
    }

    fn target(&mut self, id: TableId) {
        let tables = self.tables;
        if let Some(table) = tables.get(usize::from(id)) {
            self.source(table);
        }
    }

    fn returning(&mut self, returning: &[Expr<'a>]) {
        if !returning.is_empty() {
            self.raw(" RETURNING ");
            self.list(returning);
        }
    }

    /// `VALUES (…), (…)`
    pub(super) fn values(&mut self, rows: &[&[Expr<'a>]]) {
        for (place, row) in rows.iter().enumerate() {
            self.raw(if place == 0 { "VALUES (" } else { ", (" });
            self.list(row);
            self.raw(")");
        }
    }

    fn conflict(&mut self, conflict: &Conflict<'a>) {
        self.raw(" ON CONFLICT");
        match conflict {
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
            Target::Index { keys, filter } => {
                for (place, key) in keys.iter().enumerate() {
                    self.raw(if place == 0 { " (" } else { ", " });
                    self.operand(key);
                }
                self.raw(")");
                self.filter(" WHERE ", filter);
            }
            Target::Constraint(name) => {
                self.raw(" ON CONSTRAINT ");
                self.ident(Ident::new(name));
            }
        }
    }

    /// Names in parentheses.
    pub(super) fn names(&mut self, open: &'static str, names: &[&'static str]) {
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
