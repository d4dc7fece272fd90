//! What is true of values and types by their kinds alone, where the table does not say it.

use super::table::Origin;
use super::{BoundValue, Problem, RangeValue, SqlType, SqlValue, shape};
use chrono::NaiveDate;
use std::fmt;

impl SqlType {
    /// The name in SQL, as in a cast: `int8`, `timestamptz`, `text[]`.
    pub fn name(self) -> SqlTypeName {
        SqlTypeName(self)
    }
}

#[doc(hidden)]
impl SqlType {
    /// What an array holds in the end; the type itself for everything else.
    pub fn leaf(self) -> SqlType {
        match self {
            SqlType::Array(item) => item.leaf(),
            other => other,
        }
    }

    /// How many dimensions its arrays have; 0 for what is no array.
    pub fn depth(self) -> usize {
        match self {
            SqlType::Array(item) => 1 + item.depth(),
            _ => 0,
        }
    }

    /// The number of the type in every database; `None` for types that each database numbers by
    /// itself. Arrays of any number of dimensions are one type.
    pub fn oid(self) -> Option<u32> {
        let (oid, array) = match self.leaf() {
            SqlType::Named(name) => numbered(name)?,
            leaf => match leaf.row()?.origin {
                Origin::Server { oid, array } => (oid, array),
                Origin::Extension(_) => return None,
            },
        };
        Some(if let SqlType::Array(_) = self { array } else { oid })
    }

    /// The type of the table with this number.
    pub fn of_oid(oid: u32) -> Option<SqlType> {
        SqlType::ALL.iter().copied().find(|sql_type| sql_type.oid() == Some(oid))
    }

    /// The name by which a type, or what its arrays hold, is found in the database; `None` for
    /// those that have a number in all databases.
    pub fn looked_up(self) -> Option<&'static str> {
        match self.leaf() {
            SqlType::Named(name) => numbered(name).is_none().then_some(name),
            leaf => match leaf.row()? {
                row if matches!(row.origin, Origin::Extension(_)) => Some(row.name),
                _ => None,
            },
        }
    }

    /// The extension that the type, or what its arrays hold, belongs to.
    pub fn extension(self) -> Option<&'static str> {
        match self.leaf().row()?.origin {
            Origin::Server { .. } => None,
            Origin::Extension(name) => Some(name),
        }
    }

    /// What the bounds of a range are.
    pub fn bounds(self) -> Option<SqlType> {
        self.row()?.bounds
    }

    /// True where values that are equal for the server have the same bytes, and the others have
    /// not: 1.5 is equal to 1.50, -0.0 to 0.0, a day to 24 hours, and texts may be by a collation.
    pub fn has_one_form(self) -> bool {
        use SqlType as T;
        match self {
            T::Bool | T::Int2 | T::Int4 | T::Int8 | T::Bytea | T::Uuid => true,
            T::Date | T::Time | T::Timestamp | T::TimestampTz => true,
            T::Array(item) => item.has_one_form(),
            other => other.bounds().is_some_and(SqlType::has_one_form),
        }
    }

    /// True for types whose values travel as text: those that are known by their names only, and
    /// arrays of what has another number in each database, which would stand in the binary form.
    pub fn travels_as_text(self) -> bool {
        match self {
            SqlType::Named(_) => true,
            SqlType::Array(_) => self.has_no_binary_items(),
            _ => false,
        }
    }

    /// True for types of which no array on the wire keeps the values apart: an array of arrays is
    /// one array with more dimensions, whose rows must be of one length and are never NULL. Their
    /// values travel as an array of texts, and are cast where they are read. So do types that have
    /// another number in each database.
    pub fn is_text_in_arrays(self) -> bool {
        matches!(self, SqlType::Array(_)) || self.has_no_binary_items()
    }

    /// True where an array of the type, or the array that it is, has no binary form that is made here.
    fn has_no_binary_items(self) -> bool {
        matches!(self.leaf(), SqlType::Named(_)) || self.looked_up().is_some()
    }
}

/// Types that are known by their names, since their values travel as text, and that every database has:
/// with their numbers, and those of their arrays, they need not be looked up.
const NUMBERED: &[(&str, u32, u32)] = &[
    ("record", 2249, 2287),
    ("regconfig", 3734, 3735),
    ("tsvector", 3614, 3643),
    ("int4multirange", 4451, 6150),
    ("int8multirange", 4536, 6157),
    ("nummultirange", 4532, 6151),
    ("datemultirange", 4535, 6155),
    ("tsmultirange", 4533, 6152),
    ("tstzmultirange", 4534, 6153),
];

fn numbered(name: &str) -> Option<(u32, u32)> {
    let found = NUMBERED.iter().find(|(known, ..)| *known == name);
    found.map(|(_, oid, array)| (*oid, *array))
}

/// Writes a type as SQL names it.
#[derive(Clone, Copy, Debug)]
pub struct SqlTypeName(SqlType);

impl fmt::Display for SqlTypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0, self.0.row()) {
            (SqlType::Array(item), _) => write!(f, "{}[]", item.name()),
            (SqlType::Named(name), _) => f.write_str(name),
            (_, row) => f.write_str(row.map_or("", |row| row.name)),
        }
    }
}

impl SqlValue {
    /// True for [`SqlValue::Null`].
    pub fn is_null(&self) -> bool {
        matches!(self, SqlValue::Null)
    }

    pub(super) fn other_kind(&self) -> &'static str {
        match self {
            SqlValue::Null => "NULL",
            SqlValue::Array(_) | SqlValue::Items(_) | SqlValue::Cells { .. } => "an array",
            SqlValue::Range(_) => "a range",
            SqlValue::Upload(_) => "a file that is not stored yet (`save` and `create` store it)",
            _ => "a value",
        }
    }

    pub(super) fn is_blank_list(&self) -> bool {
        match self {
            SqlValue::Array(items) => items.is_empty(),
            SqlValue::Cells { count, .. } => *count == 0,
            _ => false,
        }
    }

    /// Whether the server can keep the value, so that it can be read again.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), Problem> {
        match self {
            SqlValue::Array(items) => {
                shape(items)?;
                items.iter().try_for_each(SqlValue::check)
            }
            SqlValue::Items(items) => items.check(),
            SqlValue::Range(range) => match &**range {
                RangeValue::Empty => Ok(()),
                RangeValue::Bounds { lower, upper } => {
                    if let (BoundValue::Excluded(last), _) | (_, BoundValue::Included(last)) =
                        (lower, upper)
                        && matches!(last, SqlValue::Date(NaiveDate::MAX))
                    {
                        return Err(
                            "a range with the last date, which PostgreSQL keeps by the one \
                                    after it: leave this side of the range open"
                                .into(),
                        );
                    }
                    [lower, upper].into_iter().try_for_each(|bound| match bound {
                        BoundValue::Unbounded => Ok(()),
                        BoundValue::Included(v) | BoundValue::Excluded(v) => v.check(),
                    })
                }
            },
            SqlValue::Invalid(message) => Err(message.as_str().into()),
            SqlValue::Upload(_) => Err(self.kind().into()),
            scalar => scalar.check_scalar(),
        }
    }

    pub(super) fn any_text_of_parts(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        match self {
            SqlValue::Array(items) => items.iter().any(|item| item.any_text(test)),
            SqlValue::Items(items) => !items.all(|item| !item.any_text(test)),
            SqlValue::Range(range) => match &**range {
                RangeValue::Empty => false,
                RangeValue::Bounds { lower, upper } => {
                    [lower, upper].into_iter().any(|bound| match bound {
                        BoundValue::Unbounded => false,
                        BoundValue::Included(v) | BoundValue::Excluded(v) => v.any_text(test),
                    })
                }
            },
            _ => false,
        }
    }

    pub(super) fn size_of_parts(&self) -> usize {
        match self {
            SqlValue::Array(items) => 8 + items.iter().map(SqlValue::size).sum::<usize>(),
            _ => 16,
        }
    }
}
