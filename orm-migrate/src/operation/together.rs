//! Operations that can stand in one transaction.

use super::Operation;
use orm_sql::schema::TableName;
use std::collections::HashSet;

/// False for operations that cannot stand in one transaction: one of them stands in none, or the value
/// that one adds to an enum type is used by another, which the server allows after the transaction only.
///
/// ```
/// use orm_migrate::operation::{Operation, ValuePlace, are_atomic};
/// use orm_sql::ident::RawSql;
/// use orm_sql::schema::TableName;
///
/// let name = TableName::new("mood");
/// let (value, place) = ("glad".to_owned(), ValuePlace::Last);
/// let add = Operation::AddEnumValue { name, value, place };
/// let sql = |text: &str| {
///     Operation::RunSql { sql: RawSql::new(text), reverse: None, files: Default::default() }
/// };
/// assert!(are_atomic(&[add.clone(), sql("SELECT 1")]));
/// assert!(!are_atomic(&[add, sql("UPDATE book SET mood = 'glad'")]));
/// ```
pub fn are_atomic<'a>(operations: impl IntoIterator<Item = &'a Operation>) -> bool {
    let mut made: HashSet<&TableName> = HashSet::new();
    let mut added: Vec<&str> = Vec::new();
    for operation in operations.into_iter().flat_map(Operation::database_operations) {
        match operation {
            Operation::CreateEnum { name, .. } => drop(made.insert(name)),
            Operation::AddEnumValue { name, value, .. } if !made.contains(name) => {
                added.push(value);
            }
            Operation::AddEnumValue { .. } | Operation::RenameEnum { .. } => {}
            // The type is made anew, and its columns are converted.
            Operation::AlterEnum { .. } if !added.is_empty() => return false,
            Operation::AlterEnum { name, .. } => drop(made.insert(name)),
            other if !other.is_atomic() => return false,
            other => {
                if !added.is_empty() && uses(other, &added) {
                    return false;
                }
            }
        }
    }
    true
}

/// True where a value may be used: better once too often.
fn uses(operation: &Operation, values: &[&str]) -> bool {
    let text = operation.to_toml();
    values.iter().any(|value| text.contains(value))
}
