//! What operations of one migration do to each other.

use super::Look;
use super::rules::*;
use crate::operation::Operation;

pub(super) fn look(look: &mut Look<'_>) {
    let migration = look.migration;
    let operations = &migration.operations;
    let alters =
        |one: &&Operation| !matches!(one, Operation::RunSql { .. } | Operation::RunRust { .. });
    let has_schema = operations.iter().any(|one| alters(&one));
    // What is done step by step can be undone from half-way.
    let is_alone =
        operations.len() == 1 || operations.iter().all(|one| matches!(one, Operation::Safely(_)));
    for (place, operation) in operations.iter().enumerate() {
        let mut add = |rule| look.add(rule, Some(place + 1), operation.to_string(), None);
        if !operation.is_atomic() && !is_alone {
            add(&MIXED_CONCURRENTLY);
        }
        if is_data(operation) && has_schema {
            add(&DATA_WITH_SCHEMA);
        }
        if let Operation::RunSql { sql, reverse, .. } = operation {
            if reverse.is_none() {
                add(&IRREVERSIBLE);
            }
            let words = words(sql.as_str());
            let first = |word: &str| words.iter().any(|one| one == word);
            // BEGIN of a function's body is in quotes.
            if ["commit", "rollback"].into_iter().any(first) {
                add(&TRANSACTION_IN_SQL);
            }
            if first("truncate") {
                add(&TRUNCATE);
            }
        }
        if let Operation::ValidateConstraint { model, name } = operation {
            let earlier = operations.get(..place).unwrap_or_default();
            let is_added = earlier.iter().any(|one| adds_not_valid(one, model, name));
            if is_added && operations.iter().all(Operation::is_atomic) {
                add(&VALIDATE_AT_ONCE);
            }
        }
    }
    of_enums(look);
}

/// True for what writes rows.
fn is_data(operation: &Operation) -> bool {
    let writes =
        |word: &String| matches!(&**word, "insert" | "update" | "delete" | "merge" | "copy");
    match operation {
        Operation::RunRust { .. } => true,
        Operation::RunSql { sql, .. } => words(sql.as_str()).iter().any(writes),
        _ => false,
    }
}

fn adds_not_valid(
    operation: &Operation,
    model: &orm_core::tables::state::ModelName,
    name: &str,
) -> bool {
    match operation {
        Operation::AddConstraint { model: of, constraint, not_valid: true } if of == model => {
            constraint.name().is_none_or(|given| given == name)
        }
        _ => false,
    }
}

/// A new value of an enum beside anything that may use it.
fn of_enums(look: &mut Look<'_>) {
    let migration = look.migration;
    let is_value = |one: &Operation| matches!(one, Operation::AddEnumValue { .. });
    if migration.operations.iter().all(is_value) {
        return;
    }
    for (place, operation) in migration.operations.iter().enumerate() {
        if is_value(operation) {
            look.add(&ENUM_VALUE, Some(place + 1), operation.to_string(), None);
        }
    }
}

/// The words that statements begin with, in lower case.
fn words(sql: &str) -> Vec<String> {
    sql.split(';')
        .filter_map(|statement| {
            let lines = statement.lines().map(str::trim).filter(|line| !line.starts_with("--"));
            let text: Vec<&str> = lines.collect();
            text.join(" ").split_whitespace().next().map(str::to_lowercase)
        })
        .collect()
}
