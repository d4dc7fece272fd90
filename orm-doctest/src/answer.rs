//! A row for each statement, so that what reads it finds something.

use orm_sql::exec::Statement;
use orm_sql::row::Cells;
use orm_sql::value::SqlType;

/// A row made up of the types of a statement's columns.
pub struct Row(Vec<Option<Vec<u8>>>);

impl Row {
    pub fn of(statement: &Statement) -> Row {
        Row(statement.columns.iter().map(|column| cell(column.sql_type)).collect())
    }
}

impl Cells for Row {
    fn cell(&self, index: usize) -> Option<&[u8]> {
        self.0.get(index)?.as_deref()
    }
}

/// Numbers are 1, texts are `x`, all else is as empty as can be; NULL where nothing is known.
fn cell(sql_type: SqlType) -> Option<Vec<u8>> {
    Some(match sql_type {
        SqlType::Bool => vec![1],
        SqlType::Int2 => 1_i16.to_be_bytes().to_vec(),
        SqlType::Int4 => 1_i32.to_be_bytes().to_vec(),
        SqlType::Int8 => 1_i64.to_be_bytes().to_vec(),
        SqlType::Float4 => 1_f32.to_be_bytes().to_vec(),
        SqlType::Float8 => 1_f64.to_be_bytes().to_vec(),
        SqlType::Text => b"x".to_vec(),
        SqlType::Bytea => Vec::new(),
        SqlType::Date => vec![0; 4],
        SqlType::Numeric | SqlType::Time | SqlType::Timestamp | SqlType::TimestampTz => vec![0; 8],
        SqlType::Interval | SqlType::Uuid => vec![0; 16],
        SqlType::Jsonb => b"\x01{}".to_vec(),
        SqlType::Array(_) => vec![0; 12],
        // An empty range.
        SqlType::Int4Range
        | SqlType::Int8Range
        | SqlType::NumRange
        | SqlType::DateRange
        | SqlType::TsRange
        | SqlType::TsTzRange => vec![1],
        _ => return None,
    })
}
