//! Constraints, inside of CREATE TABLE and of ALTER TABLE alike.

use crate::ident::Ident;
use crate::schema::{Action, Constraint, ConstraintKind, Deferrable, ForeignKey, Unique};
use crate::sql::Writer;

impl Writer<'_> {
    pub(super) fn constraint(&mut self, constraint: &Constraint) {
        self.raw("CONSTRAINT ");
        self.ident(Ident::new(&constraint.name));
        match &constraint.kind {
            ConstraintKind::PrimaryKey { columns } => {
                self.raw(" PRIMARY KEY ");
                self.columns(columns);
            }
            ConstraintKind::Unique(unique) => self.unique(unique),
            ConstraintKind::ForeignKey(key) => self.foreign_key(key),
            ConstraintKind::Check { condition } => {
                self.raw(" CHECK ");
                self.in_parentheses(condition);
            }
        }
    }

    fn unique(&mut self, unique: &Unique) {
        let Unique { columns, include, nulls_distinct, deferrable } = unique;
        self.raw(" UNIQUE ");
        if !nulls_distinct {
            self.raw("NULLS NOT DISTINCT ");
        }
        self.columns(columns);
        self.including(include);
        self.deferrable(*deferrable);
    }

    fn foreign_key(&mut self, key: &ForeignKey) {
        let ForeignKey { columns, to, to_columns, on_delete, deferrable } = key;
        self.raw(" FOREIGN KEY ");
        self.columns(columns);
        self.raw(" REFERENCES ");
        self.relation_name(to);
        self.raw(" ");
        self.columns(to_columns);
        self.raw(match on_delete {
            Action::NoAction => "",
            Action::Restrict => " ON DELETE RESTRICT",
            Action::Cascade => " ON DELETE CASCADE",
            Action::SetNull => " ON DELETE SET NULL",
            Action::SetDefault => " ON DELETE SET DEFAULT",
        });
        self.deferrable(*deferrable);
    }

    fn deferrable(&mut self, deferrable: Option<Deferrable>) {
        self.raw(match deferrable {
            None => "",
            Some(Deferrable::Immediate) => " DEFERRABLE INITIALLY IMMEDIATE",
            Some(Deferrable::Deferred) => " DEFERRABLE INITIALLY DEFERRED",
        });
    }

    pub(super) fn including(&mut self, columns: &[String]) {
        if !columns.is_empty() {
            self.raw(" INCLUDE ");
            self.columns(columns);
        }
    }

    pub(super) fn columns(&mut self, columns: &[String]) {
        self.raw("(");
        for (place, column) in columns.iter().enumerate() {
            self.separate(place, ", ");
            self.ident(Ident::new(column));
        }
        self.raw(")");
    }
}
