//! Who holds a lock that was not to be had in time.

use crate::answer::ask;
use crate::error::Error;
use orm_sql::exec::Executor;
use orm_sql::schema::{AlterTable, Change, ConstraintKind, TableName};
use orm_sql::sql::record as sql;
use orm_sql::value::{SqlType, SqlValue};

/// Notes in an error who uses the tables of its statement. The server may not tell.
pub(super) async fn find(db: &dyn Executor, error: &mut Error) {
    let Error::Statement(failed) = error else { return };
    let names = failed.relations.iter().map(|name| SqlValue::Text(name.quoted())).collect();
    let names = (SqlValue::Array(names), SqlType::Array(&SqlType::Text));
    failed.holders = ask(db, sql::HOLDERS, vec![names]).await.unwrap_or_default();
}

/// The tables and indexes that a statement locks.
pub(super) fn relations(change: &Change) -> Vec<TableName> {
    match change {
        Change::AlterTable { table, alters } => {
            let mut all = vec![table.clone()];
            all.extend(alters.iter().filter_map(|alter| match alter {
                AlterTable::AddConstraint { constraint, .. } => match &constraint.kind {
                    ConstraintKind::ForeignKey(key) => Some(key.to.clone()),
                    _ => None,
                },
                _ => None,
            }));
            all
        }
        Change::DropTable { table, .. }
        | Change::RenameTable { table, .. }
        | Change::SetSchema { table, .. }
        | Change::RenameColumn { table, .. }
        | Change::RenameConstraint { table, .. }
        | Change::FillNulls { table, .. }
        | Change::CreateIndex { table, .. }
        | Change::CommentOnTable { table, .. }
        | Change::CommentOnColumn { table, .. } => vec![table.clone()],
        Change::Truncate { tables, .. } => tables.clone(),
        Change::CreateTable(table) => {
            let target = |kind: &ConstraintKind| match kind {
                ConstraintKind::ForeignKey(key) => Some(key.to.clone()),
                _ => None,
            };
            table.constraints.iter().filter_map(|one| target(&one.kind)).collect()
        }
        Change::DropIndex { name, .. }
        | Change::RenameIndex { name, .. }
        | Change::DropView { name, .. }
        | Change::RefreshView { name, .. } => vec![name.clone()],
        _ => Vec::new(),
    }
}
