//! What is in a table, in short: two tables with the same answer have the same rows.

use super::Writer;
use crate::ident::Ident;
use crate::schema::TableName;

/// A statement that returns one row of one column: a JSON array of texts. The first is how many rows
/// there are, the second stands for the rows in whatever order, and one for each column stands for its
/// values.
///
/// ```
/// use orm_sql::schema::TableName;
/// use orm_sql::sql::contents;
///
/// let sql = contents(&TableName::new("tag"), &["name".to_owned()]);
/// assert!(sql.starts_with("SELECT to_jsonb(ARRAY[count(*)::text, "), "{sql}");
/// assert!(sql.ends_with(" FROM \"tag\" AS t"), "{sql}");
/// ```
pub fn contents(table: &TableName, columns: &[String]) -> String {
    let mut writer = Writer::new(&[], Vec::new());
    writer.raw("SELECT to_jsonb(ARRAY[count(*)::text, ");
    writer.gathered(columns);
    for column in columns {
        writer.raw(", ");
        writer.gathered(std::slice::from_ref(column));
    }
    writer.raw("]) FROM ");
    writer.relation_name(table);
    writer.raw(" AS t");
    writer.finish().0
}

impl Writer<'_> {
    /// The values of some columns of all rows, as one short text.
    fn gathered(&mut self, columns: &[String]) {
        self.raw("md5(coalesce(string_agg(");
        self.hashed(columns);
        self.raw(", ',' ORDER BY ");
        self.hashed(columns);
        self.raw(" COLLATE \"C\"), ''))");
    }

    fn hashed(&mut self, columns: &[String]) {
        self.raw("md5(ARRAY[");
        for (count, column) in columns.iter().enumerate() {
            self.separate(count, ", ");
            self.raw("t.");
            self.ident(Ident::new(column));
            self.raw("::text");
        }
        self.raw("]::text[]::text)");
    }
}
