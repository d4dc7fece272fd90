//! Constraints, inside of CREATE TABLE and of ALTER TABLE alike.

use crate::ident::{Ident, RawSql};
use crate::schema::{
    Action, Constraint, ConstraintKind, Deferrable, ExcludePart, Exclusion, ForeignKey, Unique,
};
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
            ConstraintKind::Exclude(exclusion) => self.exclude(exclusion),
        }
    }

    fn exclude(&mut self, exclusion: &Exclusion) {
        let Exclusion { method, parts, condition, include, deferrable } = exclusion;
        self.raw(" EXCLUDE USING ");
        self.ident(Ident::new(method));
        self.raw(" (");
        for (place, ExcludePart { part, operator }) in parts.iter().enumerate() {
            self.separate(place, ", ");
            self.index_part(part);
            self.raw(" WITH ");
            self.operator(operator);
        }
        self.raw(")");
        self.including(include);
        if let Some(condition) = condition {
            self.raw(" WHERE ");
            self.in_parentheses(condition);
        }
        self.deferrable(*deferrable);
    }

    /// An operator, in whatever schema it is. What no operator can have is left out.
    fn operator(&mut self, operator: &str) {
        let of_operators = |c: &char| "+-*/<>=~!@#%^&|`?".contains(*c);
        let text: String = operator.chars().filter(of_operators).collect();
        self.user_text(&RawSql::new(text));
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

    pub(super) fn deferrable(&mut self, deferrable: Option<Deferrable>) {
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
