//! Rows of raw SQL whose columns are known by the server alone: `query_dyn`.

use crate::column::Column;
use orm_sql::error::{Error, Result};
use orm_sql::row::{Cells, RowSink};
use orm_sql::value::{SqlType, SqlValue};
use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};
use std::fmt;
use std::sync::Arc;

/// A column as the server describes it.
#[derive(Debug)]
struct Described {
    name: String,
    type_name: String,
    sql_type: Option<SqlType>,
}

/// A row of raw SQL by the names of its columns, whatever these are: what
/// [`query_dyn`](super::RawQuery::query_dyn) returns.
///
/// ```
/// use orm_core::queryset::SqlRow;
///
/// fn show(row: &SqlRow) -> orm_sql::Result<String> {
///     let names: Vec<&str> = row.names().collect();
///     Ok(format!("{names:?}: {}", row.get::<i64>("id")?))
/// }
/// ```
#[derive(Clone)]
pub struct SqlRow {
    columns: Arc<[Described]>,
    cells: Vec<Option<Vec<u8>>>,
}

impl SqlRow {
    /// The names of the columns, in their order.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// for row in db.query_dyn("SELECT 1 AS one", params![]).await? {
    ///     assert!(row.names().all(|name| name == "one"));
    /// }
    /// # Ok(()) })
    /// ```
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// The value of a column; the first one of that name.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// for row in db.query_dyn("SELECT count(*) AS n FROM tag", params![]).await? {
    ///     # if row.names().len() == 0 { continue }
    ///     let tags: i64 = row.get("n")?;
    /// }
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where there is no such column, or it is of another type; [`Error::Decode`] where
    /// it is NULL and `T` is no `Option`.
    pub fn get<T: Column>(&self, name: &str) -> Result<T> {
        let place = self.columns.iter().position(|column| column.name == name);
        let Some((place, column)) = place.and_then(|place| Some((place, self.columns.get(place)?)))
        else {
            let names = self.names().collect::<Vec<_>>().join("`, `");
            return Err(Error::usage(format!("the row has no `{name}`; it has `{names}`")));
        };
        let wanted = T::SQL_TYPE;
        let fits = column.sql_type == Some(wanted) || wanted.looked_up() == Some(&column.type_name);
        if !fits {
            let (is, wanted) = (&column.type_name, wanted.name());
            return Err(Error::usage(format!("`{name}` of the row is `{is}`, and not `{wanted}`")));
        }
        let value = match self.cells.get(place).and_then(Option::as_deref) {
            Some(raw) => T::decode(raw),
            None => T::decode_null(),
        };
        value.map_err(|error| Error::Decode {
            model: "the raw query".to_owned(),
            field: name.to_owned(),
            message: error.to_string().into(),
        })
    }

    /// The row as an object of JSON: numbers of more digits than JSON has, dates and the like are texts.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// for row in db.query_dyn("SELECT now() AS now", params![]).await? {
    ///     println!("{}", json!(row.to_json()?));
    /// }
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] for a column of a type that is not known here.
    pub fn to_json(&self) -> Result<Map<String, Value>> {
        let values = self.columns.iter().zip(&self.cells).map(|(column, cell)| {
            let value = match cell {
                None => Ok(Value::Null),
                Some(raw) => json(raw, column.sql_type),
            };
            let value = value.map_err(|message| Error::Decode {
                model: "the raw query".to_owned(),
                field: column.name.clone(),
                message: message.into(),
            })?;
            Ok((column.name.clone(), value))
        });
        values.collect()
    }
}

fn json(raw: &[u8], sql_type: Option<SqlType>) -> Result<Value, String> {
    let Some(sql_type) = sql_type else {
        return Err(
            "it is of a type that is not known here: cast it to `text` in the SQL".to_owned()
        );
    };
    let value = sql_type.read(raw).map_err(|error| error.to_string())?;
    of_value(&value)
        .ok_or_else(|| "a value that JSON has nothing for: cast it to `text`".to_owned())
}

fn of_value(value: &SqlValue) -> Option<Value> {
    Some(match value {
        SqlValue::Null => Value::Null,
        SqlValue::Bool(value) => (*value).into(),
        SqlValue::I16(number) => (*number).into(),
        SqlValue::I32(number) => (*number).into(),
        SqlValue::I64(number) => (*number).into(),
        SqlValue::F32(number) if number.is_finite() => (*number).into(),
        SqlValue::F64(number) if number.is_finite() => (*number).into(),
        SqlValue::Json(value) => value.clone(),
        SqlValue::Array(items) => items.iter().map(of_value).collect::<Option<Vec<_>>>()?.into(),
        other => other.text()?.into(),
    })
}

impl Serialize for SqlRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = self.to_json().map_err(S::Error::custom)?;
        let mut map = serializer.serialize_map(Some(row.len()))?;
        for column in self.columns.iter() {
            map.serialize_entry(&column.name, &row.get(&column.name))?;
        }
        map.end()
    }
}

impl fmt::Debug for SqlRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

/// Keeps rows with what the server says of their columns.
#[derive(Default)]
pub(super) struct DescribedRows {
    columns: Option<Arc<[Described]>>,
    pub rows: Vec<SqlRow>,
}

impl RowSink for DescribedRows {
    fn row(&mut self, cells: &dyn Cells) -> Result<()> {
        let columns = self.columns.get_or_insert_with(|| {
            let columns = (0..).map_while(|index| cells.described(index));
            let own = columns.map(|column| Described {
                name: column.name.to_owned(),
                type_name: column.type_name.to_owned(),
                sql_type: column.sql_type,
            });
            own.collect()
        });
        let cells = (0..columns.len()).map(|index| cells.cell(index).map(<[u8]>::to_vec)).collect();
        self.rows.push(SqlRow { columns: columns.clone(), cells });
        Ok(())
    }
}
