//! Reading a view whose rows hold those of several tables as JSON.

use super::Writer;
use crate::ident::Ident;
use crate::value::{SqlType, SqlValue};

/// The rows of one table in such a view.
pub struct RowInJson<'a> {
    /// What stands in the first column of the view.
    pub kind: &'a str,
    /// The keys of the object, and the types of what they hold.
    pub columns: &'a [(String, SqlType)],
}

/// The query of a view's columns, of which the last is an object of JSON: it becomes a row, whose first
/// cell says by its place which of the kinds it is.
///
/// ```
/// use orm_sql::sql::{RowInJson, rows_in_json};
/// use orm_sql::value::SqlType;
///
/// let columns = [("id".to_owned(), SqlType::Int8), ("title".to_owned(), SqlType::Text)];
/// let posts = RowInJson { kind: "post", columns: &columns };
/// assert_eq!(
///     rows_in_json(None, "feed", &["kind", "key", "row"], &[posts]),
///     "SELECT v.\"kind\", v.\"key\", CASE v.\"kind\" WHEN 'post' THEN (SELECT ROW(0, r.\"id\", r.\"title\") FROM \
///      jsonb_to_record(v.\"row\") AS r (\"id\" bigint, \"title\" text)) END FROM \"feed\" AS v"
/// );
/// ```
///
/// The server reads each value as it reads the text of one, so that none loses anything on its way through
/// JSON.
pub fn rows_in_json(
    schema: Option<&'static str>,
    view: &'static str,
    columns: &[&str],
    kinds: &[RowInJson<'_>],
) -> String {
    let mut writer = Writer::new(&[], Vec::new());
    writer.raw("SELECT ");
    let Some((row, others)) = columns.split_last() else { return writer.finish().0 };
    for column in others {
        writer.of_view(column);
        writer.raw(", ");
    }
    writer.raw("CASE ");
    writer.of_view(columns.first().unwrap_or(row));
    for (place, kind) in kinds.iter().enumerate() {
        writer.raw(" WHEN ");
        writer.literal(&SqlValue::Text(kind.kind.to_owned()), SqlType::Text);
        writer.raw(" THEN ");
        writer.row_in_json(place, kind.columns, row);
    }
    writer.raw(" END FROM ");
    writer.table_name(schema, view);
    writer.raw(" AS v");
    writer.finish().0
}

impl Writer<'_> {
    fn of_view(&mut self, column: &str) {
        self.raw("v.");
        self.ident(Ident::new(column));
    }

    fn row_in_json(&mut self, place: usize, columns: &[(String, SqlType)], row: &str) {
        self.raw("(SELECT ROW(");
        self.number(place as u64);
        for (name, _) in columns {
            self.raw(", r.");
            self.ident(Ident::new(name));
        }
        self.raw(") FROM jsonb_to_record(");
        self.of_view(row);
        self.raw(") AS r (");
        for (place, (name, sql_type)) in columns.iter().enumerate() {
            self.separate(place, ", ");
            self.ident(Ident::new(name));
            self.raw(" ");
            self.type_name(*sql_type);
        }
        self.raw("))");
    }
}
