//! Keys that are equal for the server, whatever their bytes: asked of the server itself.

use super::Writer;
use crate::value::SqlType;

/// A column that holds keys.
pub type KeyColumn = (&'static str, SqlType);

/// The statement that finds which of some keys are equal to which of others, each by its place from
/// 1. The first lists are `$1`, `$2`, …, one for each column; the others follow.
///
/// ```
/// use orm_sql::sql::same_keys;
/// use orm_sql::value::SqlType;
///
/// assert_eq!(
///     same_keys(None, "book", &[("isbn", SqlType::Text)]),
///     "SELECT a.n, b.n FROM (SELECT \"isbn\", 0::bigint FROM \"book\" WHERE FALSE UNION ALL \
///      SELECT * FROM UNNEST($1::text[]) WITH ORDINALITY) AS a (c0, n) JOIN (SELECT \"isbn\", \
///      0::bigint FROM \"book\" WHERE FALSE UNION ALL SELECT * FROM UNNEST($2::text[]) WITH \
///      ORDINALITY) AS b (c0, n) ON a.c0 = b.c0"
/// );
/// ```
///
/// No row of the table is read: it is there for the types of its columns and their collations.
pub fn same_keys(
    schema: Option<&'static str>,
    table: &'static str,
    columns: &[KeyColumn],
) -> String {
    let mut writer = Writer::new(&[], Vec::new());
    writer.raw("SELECT a.n, b.n FROM ");
    writer.keys(schema, table, columns, 1);
    writer.raw(" AS a (");
    writer.key_names(columns.len());
    writer.raw("n) JOIN ");
    writer.keys(schema, table, columns, columns.len() + 1);
    writer.raw(" AS b (");
    writer.key_names(columns.len());
    writer.raw("n) ON ");
    for place in 0..columns.len() {
        writer.separate(place, " AND ");
        writer.raw("a.c");
        writer.number(place as u64);
        writer.raw(" = b.c");
        writer.number(place as u64);
    }
    writer.finish().0
}

/// The statement that finds two of some keys that are equal, each by its place from 1; no row where
/// all differ.
///
/// ```
/// use orm_sql::sql::equal_keys;
/// use orm_sql::value::SqlType;
///
/// assert_eq!(
///     equal_keys(None, "book", &[("isbn", SqlType::Text)]),
///     "SELECT min(n), max(n) FROM (SELECT \"isbn\", 0::bigint FROM \"book\" WHERE FALSE UNION \
///      ALL SELECT * FROM UNNEST($1::text[]) WITH ORDINALITY) AS a (c0, n) GROUP BY c0 HAVING \
///      count(*) > 1 LIMIT 1"
/// );
/// ```
pub fn equal_keys(
    schema: Option<&'static str>,
    table: &'static str,
    columns: &[KeyColumn],
) -> String {
    let mut writer = Writer::new(&[], Vec::new());
    writer.raw("SELECT min(n), max(n) FROM ");
    writer.keys(schema, table, columns, 1);
    writer.raw(" AS a (");
    writer.key_names(columns.len());
    writer.raw("n) GROUP BY ");
    for place in 0..columns.len() {
        writer.separate(place, ", ");
        writer.raw("c");
        writer.number(place as u64);
    }
    writer.raw(" HAVING count(*) > 1 LIMIT 1");
    writer.finish().0
}

impl Writer<'_> {
    fn keys(
        &mut self,
        schema: Option<&'static str>,
        table: &'static str,
        columns: &[KeyColumn],
        first: usize,
    ) {
        self.raw("(SELECT ");
        for (column, _) in columns {
            self.ident(super::Ident::new(column));
            self.raw(", ");
        }
        self.raw("0::bigint FROM ");
        self.table_name(schema, table);
        self.raw(" WHERE FALSE UNION ALL SELECT * FROM UNNEST(");
        for (place, (_, sql_type)) in columns.iter().enumerate() {
            self.separate(place, ", ");
            self.raw("$");
            self.number((first + place) as u64);
            self.raw("::");
            self.type_name(*sql_type);
            self.raw("[]");
        }
        self.raw(") WITH ORDINALITY)");
    }

    fn key_names(&mut self, count: usize) {
        for place in 0..count {
            self.raw("c");
            self.number(place as u64);
            self.raw(", ");
        }
    }
}
