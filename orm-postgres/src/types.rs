//! SQL types of the ORM and their counterparts on the wire.

use orm_sql::value::SqlType;
use postgres_types::{Kind, Type};

/// The type on the wire, `None` for types that only the server's catalogue knows.
pub(crate) fn builtin(sql_type: SqlType) -> Option<Type> {
    match sql_type {
        SqlType::Array(item) => array_of(*item),
        scalar => SCALARS.iter().find(|row| row.0 == scalar).map(|row| row.1.clone()),
    }
}

fn array_of(item: SqlType) -> Option<Type> {
    match item {
        SqlType::Array(item) => array_of(*item),
        scalar => SCALARS.iter().find(|row| row.0 == scalar).map(|row| row.2.clone()),
    }
}

/// What an array holds in the end; the type itself for everything else.
pub(crate) fn leaf(sql_type: SqlType) -> SqlType {
    match sql_type {
        SqlType::Array(item) => leaf(*item),
        other => other,
    }
}

/// The name of a type that must be looked up.
pub(crate) fn named(sql_type: SqlType) -> Option<&'static str> {
    match leaf(sql_type) {
        SqlType::Named(name) => Some(name),
        _ => None,
    }
}

/// The type of a range's bounds.
pub(crate) fn bounds_of(range: SqlType) -> Option<SqlType> {
    match range {
        SqlType::Int4Range => Some(SqlType::Int4),
        SqlType::Int8Range => Some(SqlType::Int8),
        SqlType::NumRange => Some(SqlType::Numeric),
        SqlType::DateRange => Some(SqlType::Date),
        SqlType::TsRange => Some(SqlType::Timestamp),
        SqlType::TsTzRange => Some(SqlType::TimestampTz),
        _ => None,
    }
}

/// A type of the server as SQL names it, for messages.
pub(crate) fn describe(found: &Type) -> String {
    if let Some(row) = SCALARS.iter().find(|row| row.1 == *found) {
        return row.0.name().to_string();
    }
    match found.kind() {
        Kind::Array(item) => format!("{}[]", describe(item)),
        _ => found.name().to_owned(),
    }
}

/// Each scalar type, its wire type, and the type of its arrays.
const SCALARS: [(SqlType, Type, Type); 24] = [
    (SqlType::Bool, Type::BOOL, Type::BOOL_ARRAY),
    (SqlType::Int2, Type::INT2, Type::INT2_ARRAY),
    (SqlType::Int4, Type::INT4, Type::INT4_ARRAY),
    (SqlType::Int8, Type::INT8, Type::INT8_ARRAY),
    (SqlType::Float4, Type::FLOAT4, Type::FLOAT4_ARRAY),
    (SqlType::Float8, Type::FLOAT8, Type::FLOAT8_ARRAY),
    (SqlType::Numeric, Type::NUMERIC, Type::NUMERIC_ARRAY),
    (SqlType::Text, Type::TEXT, Type::TEXT_ARRAY),
    (SqlType::Bytea, Type::BYTEA, Type::BYTEA_ARRAY),
    (SqlType::Date, Type::DATE, Type::DATE_ARRAY),
    (SqlType::Time, Type::TIME, Type::TIME_ARRAY),
    (SqlType::Timestamp, Type::TIMESTAMP, Type::TIMESTAMP_ARRAY),
    (SqlType::TimestampTz, Type::TIMESTAMPTZ, Type::TIMESTAMPTZ_ARRAY),
    (SqlType::Interval, Type::INTERVAL, Type::INTERVAL_ARRAY),
    (SqlType::Uuid, Type::UUID, Type::UUID_ARRAY),
    (SqlType::Jsonb, Type::JSONB, Type::JSONB_ARRAY),
    (SqlType::Inet, Type::INET, Type::INET_ARRAY),
    (SqlType::Cidr, Type::CIDR, Type::CIDR_ARRAY),
    (SqlType::Int4Range, Type::INT4_RANGE, Type::INT4_RANGE_ARRAY),
    (SqlType::Int8Range, Type::INT8_RANGE, Type::INT8_RANGE_ARRAY),
    (SqlType::NumRange, Type::NUM_RANGE, Type::NUM_RANGE_ARRAY),
    (SqlType::DateRange, Type::DATE_RANGE, Type::DATE_RANGE_ARRAY),
    (SqlType::TsRange, Type::TS_RANGE, Type::TS_RANGE_ARRAY),
    (SqlType::TsTzRange, Type::TSTZ_RANGE, Type::TSTZ_RANGE_ARRAY),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_of_any_depth_are_one_type() {
        assert_eq!(builtin(SqlType::Array(&SqlType::Int4)), Some(Type::INT4_ARRAY));
        assert_eq!(
            builtin(SqlType::Array(&SqlType::Array(&SqlType::Int4))),
            Some(Type::INT4_ARRAY)
        );
        assert_eq!(builtin(SqlType::Named("citext")), None);
    }

    #[test]
    fn types_are_described_as_sql_names_them() {
        assert_eq!(describe(&Type::INT4), "integer");
        assert_eq!(describe(&Type::TIMESTAMPTZ_ARRAY), "timestamptz[]");
        assert_eq!(describe(&Type::VARCHAR), "varchar");
    }
}
