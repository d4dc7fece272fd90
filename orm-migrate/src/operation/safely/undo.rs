//! What undoes a step of an operation that was cut off: also one that has only begun.

use super::super::Operation;
use super::expand::Work;
use crate::state::ProjectState;
use orm_sql::schema::{AlterColumn, AlterTable, Change, Column, Fill, Table, TableName};

/// The tables as they were before the first step.
pub(super) struct Old(Vec<Table>);

impl Old {
    /// Those of the operation's model, and those that refer to it.
    pub(super) fn of(operation: &Operation, state: &ProjectState) -> Old {
        let Some(name) = operation.model() else { return Old(Vec::new()) };
        let is_near = |model: &&orm_core::tables::state::ModelState| {
            model.name == *name || model.fields.iter().any(|field| field.to() == Some(name))
        };
        let near = state.models.values().map(AsRef::as_ref).filter(is_near);
        Old(near.filter_map(|model| state.tables_of(model).ok()).flatten().collect())
    }

    pub(super) fn table(&self, name: &TableName) -> Option<&Table> {
        self.0.iter().find(|table| table.name == *name)
    }

    /// What undoes a step; `None` where nothing does.
    pub(super) fn undo(&self, work: &Work) -> Option<Vec<Change>> {
        match work {
            Work::Together(changes) => {
                let back: Option<Vec<Vec<Change>>> =
                    changes.iter().rev().map(|change| self.back(change)).collect();
                back.map(|back| back.concat())
            }
            Work::Alone(change) => self.back(change),
            Work::Fill { .. } => Some(Vec::new()),
        }
    }

    fn back(&self, change: &Change) -> Option<Vec<Change>> {
        let if_exists = true;
        Some(vec![match change {
            Change::CreateTable(table) => {
                Change::DropTable { table: table.name.clone(), if_exists, cascade: false }
            }
            Change::CreateIndex { table, index, concurrently } => {
                let name = TableName { schema: table.schema.clone(), name: index.name.clone() };
                Change::DropIndex { name, if_exists, concurrently: *concurrently }
            }
            Change::DropIndex { name, concurrently, .. } => {
                let of_schema = self.0.iter().filter(|table| table.name.schema == name.schema);
                let mut all = of_schema.filter_map(|table| Some((table, table.index(&name.name)?)));
                let (table, index) = all.next()?;
                let (table, index) = (table.name.clone(), index.clone());
                Change::CreateIndex { table, index, concurrently: *concurrently }
            }
            Change::AlterTable { table, alters } => {
                let back: Option<Vec<Vec<AlterTable>>> =
                    alters.iter().rev().map(|alter| self.alter(table, alter)).collect();
                let back = back?.concat();
                return Some(back.into_iter().map(|alter| Change::alter(table, alter)).collect());
            }
            Change::RenameConstraint { table, from, to } => {
                let (table, from, to) = (table.clone(), to.clone(), from.clone());
                Change::RenameConstraint { table, from, to }
            }
            Change::RenameIndex { name, to } => {
                let new = TableName { schema: name.schema.clone(), name: to.clone() };
                Change::RenameIndex { name: new, to: name.name.clone() }
            }
            Change::CommentOnTable { .. } | Change::CommentOnColumn { .. } => {
                return Some(self.comment(change).into_iter().collect());
            }
            // What rows have got they keep.
            Change::FillNulls { .. } | Change::RestartIdentity { .. } | Change::CheckNow => {
                return Some(Vec::new());
            }
            _ => return None,
        }])
    }

    /// The comment as it was; that of a column which was not there goes with it.
    fn comment(&self, change: &Change) -> Option<Change> {
        Some(match change {
            Change::CommentOnColumn { table, column, .. } => {
                let (old, table) = (self.column(table, column)?, table.clone());
                let (column, comment) = (column.clone(), old.comment.clone());
                Change::CommentOnColumn { table, column, comment }
            }
            Change::CommentOnTable { table, .. } => {
                let comment = self.table(table)?.comment.clone();
                Change::CommentOnTable { table: table.clone(), comment }
            }
            _ => return None,
        })
    }

    fn column(&self, table: &TableName, name: &str) -> Option<&Column> {
        self.table(table)?.column(name)
    }

    fn alter(&self, table: &TableName, alter: &AlterTable) -> Option<Vec<AlterTable>> {
        let drop = |name: &String| AlterTable::DropConstraint {
            name: name.clone(),
            if_exists: true,
            cascade: false,
        };
        Some(vec![match alter {
            AlterTable::AddColumn(column) => AlterTable::DropColumn(column.name.clone()),
            AlterTable::AddConstraint { constraint, .. } => drop(&constraint.name),
            AlterTable::AddConstraintOfIndex { name, .. } => drop(name),
            AlterTable::DropConstraint { name, .. } => {
                let old = self.table(table).and_then(|table| {
                    table.constraints.iter().find(|constraint| constraint.name == *name)
                });
                // One that an earlier step has made is gone for good.
                let Some(constraint) = old.cloned() else { return Some(Vec::new()) };
                AlterTable::AddConstraint { constraint, valid: true }
            }
            AlterTable::ValidateConstraint(_) => return Some(Vec::new()),
            AlterTable::AlterColumn { column, alter } => {
                // A column that was not there goes.
                let Some(old) = self.column(table, column) else { return Some(Vec::new()) };
                let alter = of_column(old, alter)?;
                AlterTable::AlterColumn { column: column.clone(), alter }
            }
            _ => return None,
        }])
    }
}

fn of_column(old: &Column, alter: &AlterColumn) -> Option<AlterColumn> {
    Some(match alter {
        AlterColumn::SetNotNull => AlterColumn::DropNotNull,
        AlterColumn::DropNotNull => AlterColumn::SetNotNull,
        AlterColumn::SetDefault(_) | AlterColumn::DropDefault => match &old.fill {
            Fill::Default(sql) => AlterColumn::SetDefault(sql.clone()),
            _ => AlterColumn::DropDefault,
        },
        AlterColumn::AddIdentity => AlterColumn::DropIdentity,
        AlterColumn::DropIdentity => AlterColumn::AddIdentity,
        _ => return None,
    })
}
