//! Values of keys in columns of another type: a generic key of two columns may be held as a text, or
//! as a shorter number than the keys of the models it leads to.

use super::FieldMeta;
use crate::row::whole_number;
use orm_sql::value::{SqlType, SqlValue};

/// A value as another type holds it; none where that has no such value.
pub(crate) fn as_type(value: &SqlValue, sql_type: SqlType) -> Option<SqlValue> {
    let number = match value {
        SqlValue::Text(text) => text.parse().ok(),
        value => whole_number(value),
    };
    match (sql_type, value) {
        (_, SqlValue::Null) => Some(SqlValue::Null),
        (SqlType::Int2, _) => number?.try_into().ok().map(SqlValue::I16),
        (SqlType::Int4, _) => number?.try_into().ok().map(SqlValue::I32),
        (SqlType::Int8, _) => number.map(SqlValue::I64),
        (SqlType::Text, SqlValue::Uuid(id)) => Some(SqlValue::Text(id.to_string())),
        (SqlType::Text, SqlValue::Text(text)) => Some(SqlValue::Text(text.clone())),
        (SqlType::Text, _) => number.map(|number| SqlValue::Text(number.to_string())),
        (SqlType::Uuid, SqlValue::Text(text)) => text.parse().ok().map(SqlValue::Uuid),
        (_, value) => Some(value.clone()),
    }
}

/// The value of a key in the column that holds it.
pub(crate) fn in_column(value: &SqlValue, field: &FieldMeta) -> SqlValue {
    as_type(value, field.sql_type).unwrap_or_else(|| {
        let key = as_type(value, SqlType::Text);
        let key = key.as_ref().and_then(SqlValue::text).unwrap_or_default();
        SqlValue::Invalid(format!(
            "the key {key} does not fit into the column `{}`, which is `{}`",
            field.column,
            field.sql_type.name()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_the_width_of_the_column_and_texts_are_read() {
        let text = |text: &str| SqlValue::Text(text.to_owned());
        for (value, sql_type, held) in [
            (SqlValue::I64(7), SqlType::Int4, Some(SqlValue::I32(7))),
            (SqlValue::I32(7), SqlType::Int8, Some(SqlValue::I64(7))),
            (SqlValue::I64(1 << 40), SqlType::Int4, None),
            (SqlValue::I64(-7), SqlType::Text, Some(text("-7"))),
            (text("-7"), SqlType::Int8, Some(SqlValue::I64(-7))),
            (text("seven"), SqlType::Int8, None),
            (
                SqlValue::Uuid(uuid::Uuid::nil()),
                SqlType::Text,
                Some(text(&uuid::Uuid::nil().to_string())),
            ),
            (text("x"), SqlType::Uuid, None),
            (SqlValue::Null, SqlType::Int8, Some(SqlValue::Null)),
        ] {
            assert_eq!(as_type(&value, sql_type), held, "{value:?} as {}", sql_type.name());
        }
    }
}
