//! What another type does to a table that is there.

use orm_sql::ident::RawSql;
use orm_sql::schema::ColumnType;
use orm_sql::value::SqlType;

/// What a change of type does to the rows that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewrite {
    /// Nothing: only the catalogue changes.
    Nothing,
    /// Indexes of the column are made anew.
    Indexes,
    /// The table is written anew, with its indexes.
    Table,
}

/// What becomes of a table when a column gets another type and collation.
///
/// Longer and unlimited `varchar`, `text`, and a larger `numeric` of the same scale are the same values.
/// `timestamp` and `timestamptz` are so only where the session's time zone is UTC, which nobody knows
/// here. What is not known is taken for the worst.
///
/// ```
/// use orm_migrate::lint::{Rewrite, rewrite};
/// use orm_sql::schema::ColumnType;
/// use orm_sql::value::SqlType;
///
/// let of = |old: &str, new: &str| {
///     rewrite((&ColumnType::parse(old), None), (&ColumnType::parse(new), None), None)
/// };
/// assert_eq!(of("varchar(20)", "varchar(40)"), Rewrite::Nothing);
/// assert_eq!(of("varchar(40)", "varchar(20)"), Rewrite::Table);
/// assert_eq!(of("integer", "bigint"), Rewrite::Table);
/// ```
pub fn rewrite(
    (old, old_collation): (&ColumnType, Option<&str>),
    (new, new_collation): (&ColumnType, Option<&str>),
    using: Option<&RawSql>,
) -> Rewrite {
    if using.is_some() || !is_same_values(old, new) {
        Rewrite::Table
    } else if old_collation != new_collation {
        Rewrite::Indexes
    } else {
        Rewrite::Nothing
    }
}

fn is_same_values(old: &ColumnType, new: &ColumnType) -> bool {
    use ColumnType::{Numeric, Plain, Varchar};
    match (old, new) {
        (Varchar(old), Varchar(new)) => new >= old,
        (Varchar(_), Plain(SqlType::Text)) | (Numeric { .. }, Plain(SqlType::Numeric)) => true,
        (Numeric { digits, places }, Numeric { digits: new, places: scale }) => {
            places == scale && new >= digits
        }
        (old, new) => old == new,
    }
}
