//! The numbers of what a statement has.

/// A place as the number of a table, a value or a column.
///
/// There are never so many that it would not fit: the planner stops before, and PostgreSQL has far
/// fewer columns.
pub fn number(place: usize) -> u16 {
    u16::try_from(place).unwrap_or(u16::MAX)
}
