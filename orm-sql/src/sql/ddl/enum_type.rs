//! Enum types, and how the values of columns become theirs.

use crate::ident::{Ident, RawSql};
use crate::schema::{Change, ColumnType, TableName};
use crate::sql::Writer;
use crate::value::{SqlType, SqlValue};

impl ColumnType {
    /// The values of a column as values of this type, over their text: no enum type has a cast to
    /// another one. Some get another value on the way.
    ///
    /// ```
    /// use orm_sql::schema::ColumnType;
    ///
    /// let replace = [("sad".to_owned(), "ok".to_owned())];
    /// assert_eq!(
    ///     ColumnType::parse("mood").from_text_of("feels", &replace).as_str(),
    ///     "(CASE \"feels\"::text WHEN 'sad' THEN 'ok' ELSE \"feels\"::text END)::mood"
    /// );
    /// ```
    pub fn from_text_of(&self, column: &str, replace: &[(String, String)]) -> RawSql {
        let mut writer = Writer::new(Default::default(), Vec::new());
        match self {
            ColumnType::Array(_) => writer.texts_of(column, replace),
            _ => writer.text_of(column, replace),
        }
        writer.raw("::");
        writer.column_type(self);
        RawSql::new(writer.finish().0)
    }
}

impl Writer<'_> {
    /// A change of an enum type.
    pub(super) fn enum_type(&mut self, change: &Change) {
        match change {
            Change::CreateEnum { name, labels } => self.create_enum(name, labels),
            Change::AddEnumLabel { name, label, before } => {
                self.alter_type(name, " ADD VALUE ");
                self.text(label);
                if let Some(before) = before {
                    self.raw(" BEFORE ");
                    self.text(before);
                }
            }
            Change::RenameEnumLabel { name, from, to } => {
                self.alter_type(name, " RENAME VALUE ");
                self.text(from);
                self.raw(" TO ");
                self.text(to);
            }
            Change::RenameEnum { name, to } => {
                self.alter_type(name, " RENAME TO ");
                self.ident(Ident::new(to));
            }
            Change::SetEnumSchema { name, schema } => {
                self.alter_type(name, " SET SCHEMA ");
                self.ident(Ident::new(schema));
            }
            Change::RefuseValues { table, column, is_array, values } => {
                self.refuse_values(table, column, values, *is_array);
            }
            Change::DropEnum { name } => {
                self.raw("DROP TYPE ");
                self.relation_name(name);
            }
            _ => {}
        }
    }

    fn create_enum(&mut self, name: &TableName, labels: &[String]) {
        self.raw("CREATE TYPE ");
        self.relation_name(name);
        self.raw(" AS ENUM (");
        self.labels(labels);
        self.raw(")");
    }

    fn alter_type(&mut self, name: &TableName, what: &'static str) {
        self.raw("ALTER TYPE ");
        self.relation_name(name);
        self.raw(what);
    }

    fn labels(&mut self, labels: &[String]) {
        for (place, label) in labels.iter().enumerate() {
            self.separate(place, ", ");
            self.text(label);
        }
    }

    /// A text as a literal.
    pub(in crate::sql) fn text(&mut self, text: &str) {
        self.literal(&SqlValue::Text(text.to_owned()), SqlType::Text);
    }

    fn text_of(&mut self, column: &str, replace: &[(String, String)]) {
        let column = Ident::new(column);
        if replace.is_empty() {
            self.ident(column);
            return self.raw("::text");
        }
        self.raw("(CASE ");
        self.ident(column);
        self.raw("::text");
        for (from, to) in replace {
            self.raw(" WHEN ");
            self.text(from);
            self.raw(" THEN ");
            self.text(to);
        }
        self.raw(" ELSE ");
        self.ident(column);
        self.raw("::text END)");
    }

    fn texts_of(&mut self, column: &str, replace: &[(String, String)]) {
        for _ in replace {
            self.raw("array_replace(");
        }
        self.ident(Ident::new(column));
        self.raw("::text[]");
        for (from, to) in replace {
            self.raw(", ");
            self.text(from);
            self.raw(", ");
            self.text(to);
            self.raw(")");
        }
    }

    /// A block of code, since no statement of plain SQL ends with an error of one's own.
    fn refuse_values(
        &mut self,
        table: &TableName,
        column: &str,
        values: &[String],
        is_array: bool,
    ) {
        let mut inside = Writer::new(Default::default(), Vec::new());
        inside.raw("BEGIN IF EXISTS (SELECT FROM ");
        inside.relation_name(table);
        inside.raw(" WHERE ");
        inside.ident(Ident::new(column));
        inside.raw(if is_array { "::text[] && ARRAY[" } else { "::text IN (" });
        inside.labels(values);
        inside.raw(if is_array { "]" } else { ")" });
        inside.raw(") THEN RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = ");
        let values = values.join("`, `");
        inside.text(&format!(
            "rows of `{table}` have `{values}` in `{column}`, which its type has no more: give them \
             another value first, or say in `replace` which one they get"
        ));
        inside.raw("; END IF; END");
        let (code, ..) = inside.finish();
        self.raw("DO ");
        self.text(&code);
    }
}
