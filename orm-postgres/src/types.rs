//! SQL types of the ORM and their counterparts on the wire.

use orm_sql::value::SqlType;
use postgres_types::{Kind, Type};

/// The type on the wire, `None` for types that only the server's catalogue knows.
pub(crate) fn builtin(sql_type: SqlType) -> Option<Type> {
    Type::from_oid(sql_type.oid()?)
}

/// A type of the server as one that values are read as; `None` for those that only the server knows.
pub(crate) fn known(found: &Type) -> Option<SqlType> {
    match found.kind() {
        Kind::Domain(base) => known(base),
        Kind::Array(item) => {
            let item = known(item)?;
            SqlType::ALL.iter().find(|sql_type| **sql_type == item).map(SqlType::Array)
        }
        Kind::Enum(_) => Some(SqlType::Text),
        _ => match *found {
            Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN => Some(SqlType::Text),
            _ => {
                let named = |sql_type: &&SqlType| sql_type.looked_up() == Some(found.name());
                SqlType::of_oid(found.oid()).or_else(|| SqlType::ALL.iter().find(named).copied())
            }
        },
    }
}

/// A type of the server as SQL names it, for messages.
pub(crate) fn describe(found: &Type) -> String {
    if let Some(known) = SqlType::of_oid(found.oid()) {
        return known.name().to_string();
    }
    match found.kind() {
        Kind::Array(item) => format!("{}[]", describe(item)),
        _ => found.name().to_owned(),
    }
}

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
        assert_eq!(builtin(SqlType::HStore), None);
    }

    #[test]
    fn the_numbers_of_the_table_are_those_of_the_driver() {
        for sql_type in SqlType::ALL.iter().filter(|sql_type| sql_type.oid().is_some()) {
            let wire = builtin(*sql_type).unwrap();
            let array = builtin(SqlType::Array(sql_type)).unwrap();
            assert_eq!(array.kind(), &Kind::Array(wire.clone()), "{sql_type:?}");
            assert_eq!(SqlType::of_oid(wire.oid()), Some(*sql_type));
            if let Kind::Range(bounds) = wire.kind() {
                assert_eq!(sql_type.bounds().and_then(builtin).as_ref(), Some(bounds));
            }
        }
    }

    #[test]
    fn types_are_described_as_sql_names_them() {
        assert_eq!(describe(&Type::INT4), "integer");
        assert_eq!(describe(&Type::TIMESTAMPTZ_ARRAY), "timestamptz[]");
        assert_eq!(describe(&Type::VARCHAR), "varchar");
    }
}
