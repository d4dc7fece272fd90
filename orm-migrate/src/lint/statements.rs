//! What single statements do to tables that are in use.

use super::rules::*;
use super::{Look, Place, Rewrite, Rule, rewrite};
use crate::operation::{Operation, is_checked, is_volatile};
use orm_sql::schema::{
    AlterColumn, AlterTable, Change, Column, ColumnType, ConstraintKind, Fill, Table, TableName,
};
use orm_sql::sql::checked_cast;
use orm_sql::value::SqlType;

pub(super) fn look(look: &mut Look<'_>, at: &Place<'_>, change: &Change) {
    let rule = match change {
        Change::CreateTable(table) => {
            look.made.insert(table.name.clone());
            has_small_key(table).then_some(&SMALL_KEY)
        }
        Change::RenameTable { table, to } => {
            let new = TableName { schema: table.schema.clone(), name: to.clone() };
            match look.made.remove(table) {
                true => look.made.insert(new).then_some(None).flatten(),
                false => Some(&RENAME_TABLE),
            }
        }
        Change::SetSchema { table, .. } if !look.made.contains(table) => Some(&RENAME_TABLE),
        Change::RenameColumn { table, .. } if !look.made.contains(table) => Some(&RENAME_COLUMN),
        Change::DropTable { table, .. } if !look.made.remove(table) => Some(&REMOVE_TABLE),
        Change::FillNulls { table, .. } if !look.made.contains(table) => Some(&FILL_AT_ONCE),
        Change::CreateIndex { table, concurrently: false, .. } if !look.made.contains(table) => {
            Some(&INDEX_NOT_CONCURRENTLY)
        }
        Change::DropIndex { concurrently: false, .. } => {
            let table = at.operation.model().and_then(|name| at.before.model(name));
            let is_made = table.is_some_and(|model| look.made.contains(&model.table));
            (!is_made).then_some(&DROP_INDEX)
        }
        Change::AlterTable { table, alters } if !look.made.contains(table) => {
            let old = old_table(at, table);
            for alter in alters {
                let rule = of_alter(alter, old.as_ref());
                if let Some(rule) = rule.filter(|rule| !is_done_safely(at, rule)) {
                    at.add(look, rule, change);
                }
            }
            None
        }
        _ => None,
    };
    if let Some(rule) = rule.filter(|rule| !is_done_safely(at, rule)) {
        at.add(look, rule, change);
    }
}

/// True for what the step before has made harmless: rows are filled in batches, and a check has looked
/// for NULL.
fn is_done_safely(at: &Place<'_>, rule: &Rule) -> bool {
    let is_mended = *rule == SET_NOT_NULL || *rule == FILL_AT_ONCE;
    is_mended && matches!(at.operation, Operation::Safely(_))
}

/// A table as it was before the operation.
fn old_table(at: &Place<'_>, name: &TableName) -> Option<Table> {
    let own = at.operation.model().and_then(|model| at.before.model(model));
    let others = at.before.models.values().map(AsRef::as_ref).filter(|one| one.table == *name);
    own.into_iter()
        .chain(others)
        .filter_map(|model| at.before.tables_of(model).ok())
        .flatten()
        .find(|table| table.name == *name)
}

fn has_small_key(table: &Table) -> bool {
    let [key] = table.primary_key() else { return false };
    let is_small = |column: &Column| {
        let small = matches!(column.column_type, ColumnType::Plain(SqlType::Int2 | SqlType::Int4));
        column.fill == Fill::Identity && small
    };
    table.column(key).is_some_and(is_small)
}

fn of_alter(alter: &AlterTable, old: Option<&Table>) -> Option<&'static Rule> {
    match alter {
        AlterTable::AddColumn(column) => match &column.fill {
            Fill::Nothing => (!column.null).then_some(&NOT_NULL_COLUMN),
            Fill::Default(sql) => is_volatile(sql).then_some(&VOLATILE_DEFAULT),
            Fill::Identity | Fill::Generated(_) => Some(&CALCULATED_COLUMN),
        },
        AlterTable::DropColumn(_) => Some(&REMOVE_COLUMN),
        AlterTable::RowLevelSecurity(true) => Some(&ROW_LEVEL_SECURITY),
        AlterTable::AlterColumn { column, alter } => {
            of_column(alter, old.and_then(|table| table.column(column)), old)
        }
        AlterTable::AddConstraint { constraint, valid } => match &constraint.kind {
            ConstraintKind::Unique(_) => Some(&UNIQUE_CONSTRAINT),
            ConstraintKind::PrimaryKey { .. } => Some(&PRIMARY_KEY),
            ConstraintKind::ForeignKey(_) => valid.then_some(&FOREIGN_KEY),
            ConstraintKind::Check { .. } => valid.then_some(&CHECK),
            _ => None,
        },
        _ => None,
    }
}

fn of_column(
    alter: &AlterColumn,
    old: Option<&Column>,
    table: Option<&Table>,
) -> Option<&'static Rule> {
    match alter {
        AlterColumn::Type { column_type, collation, using } => {
            let Some(old) = old else { return Some(&TYPE_CHANGE) };
            let before = (&old.column_type, old.collation.as_deref());
            // A cast that looks whether something would be lost is the library's own.
            let checked = checked_cast(&old.name, &old.column_type, column_type);
            let using = using.as_ref().filter(|sql| Some(*sql) != checked.as_ref());
            match rewrite(before, (column_type, collation.as_deref()), using) {
                Rewrite::Nothing => None,
                Rewrite::Indexes => Some(&INDEX_REBUILD),
                Rewrite::Table => Some(&TYPE_CHANGE),
            }
        }
        AlterColumn::SetNotNull => {
            let is_checked = old.zip(table).is_some_and(|(old, table)| is_checked(old, table));
            (!is_checked).then_some(&SET_NOT_NULL)
        }
        AlterColumn::DropNotNull => Some(&DROP_NOT_NULL),
        AlterColumn::AddIdentity => None,
        _ => None,
    }
}
