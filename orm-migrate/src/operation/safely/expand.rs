//! The statements of an operation as steps that hold nobody up.

use super::super::{Misfit, Operation};
use super::undo::Old;
use crate::state::ProjectState;
use orm_sql::ident::{Ident, RawSql};
use orm_sql::schema::{
    AlterColumn, AlterTable, Change, Column, Constraint, ConstraintKind, Deferrable, Fill, Index,
    IndexPart, Table, TableName, names,
};
use std::collections::{HashMap, HashSet};

/// A step, and what undoes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// What is done.
    pub work: Work,
    /// What undoes it, also where it has begun only; `None` where nothing does.
    pub undo: Option<Vec<Change>>,
}

/// What is done in one step.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    /// Statements of one transaction.
    Together(Vec<Change>),
    /// A statement that stands in no transaction.
    Alone(Change),
    /// Rows that have nothing in a column get a value, some pages of the table at a time.
    Fill {
        /// The table.
        table: TableName,
        /// The column.
        column: String,
        /// The value.
        value: RawSql,
    },
}

impl Work {
    /// The statements; of rows that are filled, one for all of them.
    pub fn changes(self) -> Vec<Change> {
        match self {
            Work::Together(changes) => changes,
            Work::Alone(change) => vec![change],
            Work::Fill { table, column, value } => {
                vec![Change::FillNulls { table, column, value, pages: None }]
            }
        }
    }
}

/// The steps that bring a database from the state before an operation to the one after it, or back.
///
/// - an index is made and dropped concurrently;
/// - a foreign key and a check do not look at the rows when they are added (`NOT VALID`), and do so in
///   the next transaction (`VALIDATE`), which holds nobody up;
/// - a unique constraint and a primary key are made of an index that was made concurrently;
/// - NULL is forbidden by such a check first, which the server believes then;
/// - rows get a value in batches that are a transaction each. So do those that are there when a column
///   comes whose default is another one for each row.
///
/// # Errors
///
/// When a model has no table that could be made, or the operation cannot be undone.
pub fn stages(
    operation: &Operation,
    before: &ProjectState,
    after: &ProjectState,
    forwards: bool,
) -> Result<Vec<Stage>, Misfit> {
    let plain = operation.plain();
    let (changes, start) = match forwards {
        true => (plain.changes(before, after)?, before),
        false => (plain.changes_back(before, after)?, after),
    };
    let old = Old::of(plain, start);
    let mut expand = Expand::new(&old);
    changes.into_iter().for_each(|change| expand.add(change));
    expand.flush();
    let undone = |work: Work| Stage { undo: old.undo(&work), work };
    Ok(expand.works.into_iter().map(undone).collect())
}

/// Statements on their way into steps.
struct Expand<'a> {
    old: &'a Old,
    works: Vec<Work>,
    /// The transaction that is being put together.
    open: Vec<Change>,
    /// The constraints that look at the rows once it has ended.
    pending: Vec<Change>,
    /// Tables that are made, and used by nobody.
    made: HashSet<TableName>,
    /// What rows get, by table and column.
    fills: HashMap<(TableName, String), RawSql>,
}

impl<'a> Expand<'a> {
    fn new(old: &'a Old) -> Self {
        Expand {
            old,
            works: Vec::new(),
            open: Vec::new(),
            pending: Vec::new(),
            made: HashSet::new(),
            fills: HashMap::new(),
        }
    }

    fn add(&mut self, change: Change) {
        match change {
            Change::CreateTable(table) => {
                self.made.insert(table.name.clone());
                self.open.push(Change::CreateTable(table));
            }
            Change::CreateIndex { table, index, .. } if !self.made.contains(&table) => {
                self.alone(Change::CreateIndex { table, index, concurrently: true });
            }
            Change::DropIndex { name, if_exists, .. } => {
                self.alone(Change::DropIndex { name, if_exists, concurrently: true });
            }
            Change::FillNulls { table, column, value, .. } => self.fill(table, column, value),
            // Each batch is a transaction, at whose end all is checked.
            Change::CheckNow => {}
            Change::AlterTable { table, alters } if !self.made.contains(&table) => {
                self.alter_all(&table, alters);
            }
            other => self.open.push(other),
        }
    }

    /// Ends the transaction that is being put together.
    fn end(&mut self) {
        if !self.open.is_empty() {
            self.works.push(Work::Together(std::mem::take(&mut self.open)));
        }
    }

    /// Ends it, and has the new constraints look at the rows.
    fn flush(&mut self) {
        self.end();
        let pending = std::mem::take(&mut self.pending);
        self.works.extend(pending.into_iter().map(|change| Work::Together(vec![change])));
    }

    fn alone(&mut self, change: Change) {
        self.flush();
        self.works.push(Work::Alone(change));
    }

    fn fill(&mut self, table: TableName, column: String, value: RawSql) {
        self.flush();
        self.fills.insert((table.clone(), column.clone()), value.clone());
        self.works.push(Work::Fill { table, column, value });
    }

    /// Rows that have moved while others were filled have nothing yet.
    fn fill_the_rest(&mut self, table: &TableName, column: &str) {
        let (table, column) = (table.clone(), column.to_owned());
        if let Some(value) = self.fills.get(&(table.clone(), column.clone())).cloned() {
            let rest = Change::FillNulls { table, column, value, pages: None };
            self.works.push(Work::Together(vec![rest]));
        }
    }

    /// What can stand in one statement stays there.
    fn alter_all(&mut self, table: &TableName, alters: Vec<AlterTable>) {
        let mut run = Vec::new();
        for alter in alters {
            if self.is_short(table, &alter) {
                run.push(alter);
                continue;
            }
            self.short(table, &mut run);
            self.alter(table, alter);
        }
        self.short(table, &mut run);
    }

    fn short(&mut self, table: &TableName, run: &mut Vec<AlterTable>) {
        if !run.is_empty() {
            let alters = std::mem::take(run);
            self.open.push(Change::AlterTable { table: table.clone(), alters });
        }
    }

    /// True for what is done as it is.
    fn is_short(&self, table: &TableName, alter: &AlterTable) -> bool {
        match alter {
            AlterTable::AddColumn(column) => match &column.fill {
                Fill::Default(sql) => !is_volatile(sql),
                _ => true,
            },
            AlterTable::AlterColumn { column, alter: AlterColumn::SetNotNull } => {
                let old = self.old.table(table);
                let column = old.and_then(|old| Some((old.column(column)?, old)));
                column.is_some_and(|(column, old)| is_checked(column, old))
            }
            AlterTable::AddConstraint { constraint, valid } => {
                !valid || matches!(constraint.kind, ConstraintKind::Exclude(_))
            }
            _ => true,
        }
    }

    fn alter(&mut self, table: &TableName, alter: AlterTable) {
        match alter {
            AlterTable::AddColumn(column) => self.column(table, column),
            AlterTable::AlterColumn { column, alter: AlterColumn::SetNotNull } => {
                self.not_null(table, &column);
            }
            AlterTable::AddConstraint { constraint, valid } => {
                self.constraint(table, constraint, valid);
            }
            other => self.open.push(Change::alter(table, other)),
        }
    }

    /// A column whose default is another one for each row: it comes without, so that the table is not
    /// written anew.
    fn column(&mut self, table: &TableName, column: Column) {
        let Fill::Default(default) = column.fill.clone() else {
            return self.open.push(Change::alter(table, AlterTable::AddColumn(column)));
        };
        let bare = Column { null: true, fill: Fill::Nothing, ..column.clone() };
        self.open.push(Change::alter(table, AlterTable::AddColumn(bare)));
        self.of_column(table, &column.name, AlterColumn::SetDefault(default.clone()));
        self.fill(table.clone(), column.name.clone(), default);
        match column.null {
            true => self.fill_the_rest(table, &column.name),
            false => self.not_null(table, &column.name),
        }
    }

    fn of_column(&mut self, table: &TableName, column: &str, alter: AlterColumn) {
        let column = column.to_owned();
        self.open.push(Change::alter(table, AlterTable::AlterColumn { column, alter }));
    }

    /// Once a check has seen that there is no NULL, nobody else has to look.
    fn not_null(&mut self, table: &TableName, column: &str) {
        let name = names::constraint(&table.name, &[column], &["IS NOT NULL"], "_not_null");
        let condition = RawSql::new(format!("{} IS NOT NULL", Ident::new(column)));
        let kind = ConstraintKind::Check { condition };
        let constraint = Constraint { name: name.clone(), kind };
        self.checked_later(table, constraint);
        self.end();
        self.fill_the_rest(table, column);
        self.flush();
        self.of_column(table, column, AlterColumn::SetNotNull);
        let drop = AlterTable::DropConstraint { name, if_exists: false, cascade: false };
        self.open.push(Change::alter(table, drop));
    }

    fn constraint(&mut self, table: &TableName, constraint: Constraint, valid: bool) {
        let Constraint { name, kind } = constraint;
        match kind {
            ConstraintKind::Unique(unique) => {
                let parts = unique.columns.iter().map(IndexPart::column).collect();
                let index = Index {
                    unique: true,
                    include: unique.include,
                    nulls_distinct: unique.nulls_distinct,
                    ..Index::new(name.clone(), parts)
                };
                let table_name = table.clone();
                self.alone(Change::CreateIndex { table: table_name, index, concurrently: true });
                self.of_index(table, (name.clone(), name), false, unique.deferrable);
            }
            ConstraintKind::PrimaryKey { columns } => self.primary_key(table, name, columns),
            kind if valid => self.checked_later(table, Constraint { name, kind }),
            kind => {
                let add =
                    AlterTable::AddConstraint { constraint: Constraint { name, kind }, valid };
                self.open.push(Change::alter(table, add));
            }
        }
    }

    /// The old key goes in the transaction in which the new one comes.
    fn primary_key(&mut self, table: &TableName, name: String, columns: Vec<String>) {
        let of: Vec<&str> = columns.iter().map(String::as_str).collect();
        let index_name = names::constraint(&table.name, &of, &["PRIMARY KEY"], "_new");
        let parts = columns.iter().map(IndexPart::column).collect();
        let index = Index { unique: true, ..Index::new(index_name.clone(), parts) };
        let create = Change::CreateIndex { table: table.clone(), index, concurrently: true };
        let is_drop = |change: &Change| match change {
            Change::AlterTable { alters, .. } => {
                alters.iter().all(|one| matches!(one, AlterTable::DropConstraint { .. }))
            }
            _ => false,
        };
        match self.pending.is_empty() && self.open.iter().all(is_drop) {
            true => self.works.push(Work::Alone(create)),
            false => self.alone(create),
        }
        self.of_index(table, (name, index_name), true, None);
    }

    fn of_index(
        &mut self,
        table: &TableName,
        (name, index): (String, String),
        primary: bool,
        deferrable: Option<Deferrable>,
    ) {
        let add = AlterTable::AddConstraintOfIndex { name, index, primary, deferrable };
        self.open.push(Change::alter(table, add));
    }

    fn checked_later(&mut self, table: &TableName, constraint: Constraint) {
        let validate = AlterTable::ValidateConstraint(constraint.name.clone());
        self.pending.push(Change::alter(table, validate));
        let add = AlterTable::AddConstraint { constraint, valid: false };
        self.open.push(Change::alter(table, add));
    }
}

/// True where a check says already that a column is never NULL.
pub(crate) fn is_checked(column: &Column, table: &Table) -> bool {
    let plain = |text: &str| -> String {
        text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '(' | ')' | '"')).collect()
    };
    let wanted = plain(&format!("{} IS NOT NULL", Ident::new(&column.name)));
    table.constraints.iter().any(|one| match &one.kind {
        ConstraintKind::Check { condition } => plain(condition.as_str()) == wanted,
        _ => false,
    })
}

/// Functions that are calculated once for a statement, and not for each row.
const STABLE: &[&str] = &[
    "now",
    "current_timestamp",
    "transaction_timestamp",
    "statement_timestamp",
    "current_date",
    "localtimestamp",
    "current_setting",
    "lower",
    "upper",
    "coalesce",
    "make_date",
    "jsonb_build_object",
    "array",
    "date_trunc",
    "interval",
    "varchar",
    "numeric",
    "md5",
    "concat",
    "round",
];

/// True where a default may be another one for each row: it calls a function that is not known to be
/// none.
pub(crate) fn is_volatile(sql: &RawSql) -> bool {
    let text = sql.as_str();
    let mut rest = text;
    let mut inside = String::new();
    // What is in quotes calls nothing.
    while let Some(start) = rest.find('\'') {
        inside.push_str(rest.get(..start).unwrap_or_default());
        let after = rest.get(start + 1..).unwrap_or_default();
        rest = after.find('\'').and_then(|end| after.get(end + 1..)).unwrap_or_default();
    }
    inside.push_str(rest);
    inside.match_indices('(').any(|(at, _)| {
        let before = inside.get(..at).unwrap_or_default().trim_end();
        let is_in_name = |c: char| c.is_alphanumeric() || c == '_';
        let name = before.rsplit(|c: char| !is_in_name(c)).next().unwrap_or_default();
        !name.is_empty() && !STABLE.contains(&&*name.to_lowercase())
    })
}
