//! A row for each statement, so that what reads it finds something.

use bytes::BytesMut;
use orm_sql::exec::Statement;
use orm_sql::row::Cells;
use orm_sql::value::{SqlType, SqlValue};

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
    let value = match sql_type.zero() {
        SqlValue::Bool(_) => SqlValue::Bool(true),
        SqlValue::I16(_) => SqlValue::I16(1),
        SqlValue::I32(_) => SqlValue::I32(1),
        SqlValue::I64(_) => SqlValue::I64(1),
        SqlValue::F32(_) => SqlValue::F32(1.0),
        SqlValue::F64(_) => SqlValue::F64(1.0),
        SqlValue::Text(_) if sql_type == SqlType::Text => SqlValue::Text("x".to_owned()),
        SqlValue::Text(_) => return None,
        SqlValue::Json(_) => SqlValue::Json(orm::prelude::json!({})),
        SqlValue::Array(_) => return Some(vec![0; 12]),
        SqlValue::Range(_) => return Some(vec![1]),
        other => other,
    };
    let mut raw = BytesMut::new();
    value.write(&mut raw)?.ok()?;
    Some(raw.into())
}
