//! Columns: dropped, added, altered.

use super::{Hints, Pair, Place, Steps};
use orm_sql::ident::RawSql;
use orm_sql::schema::{AlterColumn, AlterTable, Change, Column, Fill, Table};
use orm_sql::sql::checked_cast;
use orm_sql::sql_text::names;
use std::collections::HashSet;

/// What becomes of the columns of a table.
pub(super) struct Columns<'a> {
    /// Columns before and after, as far as they stay.
    kept: Vec<(&'a Column, &'a Column)>,
    /// Columns that go.
    dropped: Vec<&'a str>,
    /// Columns that come, those that are calculated from others last.
    added: Vec<&'a Column>,
    /// Columns that stay, and get another type.
    retyped: HashSet<&'a str>,
    /// Columns that go and come again, since what they are calculated from is another.
    rebuilt: HashSet<&'a str>,
}

impl<'a> Columns<'a> {
    pub(super) fn of(before: &'a Table, after: &'a Table) -> Self {
        let pairs: Vec<(&Column, &Column)> =
            after.columns.iter().filter_map(|new| Some((before.column(&new.name)?, new))).collect();
        let is_retyped = |(old, new): &&(&Column, &Column)| {
            old.column_type != new.column_type || old.collation != new.collation
        };
        let retyped: HashSet<&str> =
            pairs.iter().filter(is_retyped).map(|(_, new)| &*new.name).collect();
        let gone = before.columns.iter().filter(|old| after.column(&old.name).is_none());
        let gone: Vec<&str> = gone.map(|old| &*old.name).collect();
        let is_rebuilt = |(old, new): &&(&Column, &Column)| match (&old.fill, &new.fill) {
            (Fill::Generated(old_sql), Fill::Generated(sql)) => {
                let depends = |name: &&str| names(old_sql.as_str(), name);
                old_sql != sql
                    || retyped.contains(&*new.name)
                    || retyped.iter().chain(&gone).any(depends)
            }
            (_, Fill::Generated(_)) => true,
            _ => false,
        };
        let rebuilt: HashSet<&str> =
            pairs.iter().filter(is_rebuilt).map(|(_, new)| &*new.name).collect();
        let is_new =
            |new: &&Column| before.column(&new.name).is_none() || rebuilt.contains(&*new.name);
        let mut added: Vec<&Column> = after.columns.iter().filter(is_new).collect();
        added.sort_by_key(|column| matches!(column.fill, Fill::Generated(_)));
        Columns {
            dropped: gone.into_iter().chain(before_order(before, &rebuilt)).collect(),
            added,
            kept: pairs.into_iter().filter(|(_, new)| !rebuilt.contains(&*new.name)).collect(),
            retyped: retyped.difference(&rebuilt).copied().collect(),
            rebuilt,
        }
    }

    /// A column as it was, where it stays.
    pub(super) fn kept(&self, name: &str) -> Option<&'a Column> {
        self.kept.iter().find(|(_, new)| new.name == name).map(|(old, _)| *old)
    }

    /// The columns whose values become others, or which are made anew.
    pub(super) fn touched(&self) -> impl Iterator<Item = &'a str> {
        self.retyped.union(&self.rebuilt).copied()
    }

    /// True for columns that are made anew: what is on them goes with them.
    pub(super) fn is_rebuilt(&self, name: &str) -> bool {
        self.rebuilt.contains(name)
    }

    pub(super) fn steps(&self, pair: &Pair<'_>, hints: &Hints, steps: &mut Steps) {
        let mut altered = Altered::default();
        for column in &self.added {
            add(pair, column, hints, &mut altered);
        }
        for (old, new) in &self.kept {
            let using = hints.using.get(&place(pair, new)).cloned();
            let using = using.or_else(|| over_text(old, new, hints));
            self.alter(old, new, using, &mut altered.first);
            null(pair, (old, new), hints, &mut altered);
            if old.fill != Fill::Identity && new.fill == Fill::Identity {
                altered.last.push(alter(&new.name, AlterColumn::AddIdentity));
                let (table, column) = (pair.name().clone(), new.name.clone());
                altered.numbers.push(Change::RestartIdentity { table, column });
            }
        }
        let drops = self.dropped.iter().map(|name| AlterTable::DropColumn((*name).to_owned()));
        steps.columns.extend(alter_table(pair, drops.collect()));
        steps.columns.extend(alter_table(pair, altered.first));
        if !altered.fills.is_empty() {
            steps.columns.append(&mut altered.fills);
            steps.columns.push(Change::CheckNow);
        }
        steps.columns.extend(alter_table(pair, altered.last));
        steps.columns.append(&mut altered.numbers);
    }

    /// The type and what fills the column.
    fn alter(
        &self,
        old: &Column,
        new: &Column,
        using: Option<RawSql>,
        alters: &mut Vec<AlterTable>,
    ) {
        let retyped = self.retyped.contains(&*new.name);
        let mut push = |alter| alters.push(self::alter(&new.name, alter));
        match &old.fill {
            Fill::Default(_) if retyped || old.fill != new.fill => push(AlterColumn::DropDefault),
            Fill::Identity if new.fill != Fill::Identity => push(AlterColumn::DropIdentity),
            Fill::Generated(_) if !matches!(new.fill, Fill::Generated(_)) => {
                push(AlterColumn::DropExpression);
            }
            _ => {}
        }
        if retyped {
            push(AlterColumn::Type {
                column_type: new.column_type.clone(),
                collation: new.collation.clone(),
                using: using
                    .or_else(|| checked_cast(&new.name, &old.column_type, &new.column_type)),
            });
        }
        match &new.fill {
            Fill::Default(sql) if retyped || old.fill != new.fill => {
                push(AlterColumn::SetDefault(sql.clone()));
            }
            _ => {}
        }
    }
}

/// How the values of an enum type become others, and others those of an enum type.
fn over_text(old: &Column, new: &Column, hints: &Hints) -> Option<RawSql> {
    let of_enum =
        |column: &Column| column.column_type.own_type().filter(|name| hints.enums.contains(name));
    let new_enum = of_enum(new);
    if new_enum.is_none() && of_enum(old).is_none() {
        return None;
    }
    let replace = new_enum.and_then(|name| hints.replace.get(&name));
    let replace = replace.map_or(&[][..], Vec::as_slice);
    Some(new.column_type.from_text_of(&new.name, replace))
}

fn before_order<'a>(before: &'a Table, rebuilt: &HashSet<&str>) -> Vec<&'a str> {
    let columns = before.columns.iter().map(|column| &*column.name);
    columns.filter(|name| rebuilt.contains(name)).collect()
}

/// What happens to the columns of a table, in the order of its parts.
#[derive(Default)]
struct Altered {
    first: Vec<AlterTable>,
    fills: Vec<Change>,
    /// What waits until the rows are filled.
    last: Vec<AlterTable>,
    /// Numbers that go on after those that there are.
    numbers: Vec<Change>,
}

/// A column comes; the rows that are there get a value once, which is not the default afterwards.
fn add(pair: &Pair<'_>, column: &Column, hints: &Hints, altered: &mut Altered) {
    let mut column = Column { comment: None, ..column.clone() };
    if let Some(sql) = hints.fills.get(&place(pair, &column)) {
        if reads_rows(sql, pair.before) {
            return add_and_fill(pair, column, sql, altered);
        }
        let last = match &column.fill {
            Fill::Nothing => Some(AlterColumn::DropDefault),
            Fill::Default(default) if default != sql => {
                Some(AlterColumn::SetDefault(default.clone()))
            }
            _ => None,
        };
        if let Some(last) = last {
            column.fill = Fill::Default(sql.clone());
            altered.last.push(alter(&column.name, last));
        }
    }
    altered.first.push(AlterTable::AddColumn(column));
}

/// True for a value that is calculated from other columns or rows, which no default can be.
fn reads_rows(value: &RawSql, table: &Table) -> bool {
    let value = value.as_str();
    names(value, "select") || table.columns.iter().any(|column| names(value, &column.name))
}

/// A column comes, and the rows that are there get a value that differs from row to row.
fn add_and_fill(pair: &Pair<'_>, column: Column, value: &RawSql, altered: &mut Altered) {
    let (table, name) = (pair.name().clone(), column.name.clone());
    if let Fill::Default(default) = &column.fill {
        altered.last.push(alter(&name, AlterColumn::SetDefault(default.clone())));
    }
    if !column.null {
        altered.last.push(alter(&name, AlterColumn::SetNotNull));
    }
    let bare = Column { null: true, fill: Fill::Nothing, ..column };
    altered.first.push(AlterTable::AddColumn(bare));
    let value = value.clone();
    altered.fills.push(Change::FillNulls { table, column: name, value, pages: None });
}

/// Whether a column may be NULL. Where it may no more, rows that have nothing get what was said, or the
/// default.
fn null(pair: &Pair<'_>, (old, new): (&Column, &Column), hints: &Hints, altered: &mut Altered) {
    match (old.null, new.null) {
        (false, true) => altered.first.push(alter(&new.name, AlterColumn::DropNotNull)),
        (true, false) => {
            let default = match &new.fill {
                Fill::Default(sql) => Some(sql),
                _ => None,
            };
            let not_null = alter(&new.name, AlterColumn::SetNotNull);
            let Some(value) = hints.fills.get(&place(pair, new)).or(default) else {
                altered.first.push(not_null);
                return;
            };
            let (table, column, value) = (pair.name().clone(), new.name.clone(), value.clone());
            altered.fills.push(Change::FillNulls { table, column, value, pages: None });
            altered.last.push(not_null);
        }
        _ => {}
    }
}

fn place(pair: &Pair<'_>, column: &Column) -> Place {
    (pair.name().clone(), column.name.clone())
}

fn alter(column: &str, alter: AlterColumn) -> AlterTable {
    AlterTable::AlterColumn { column: column.to_owned(), alter }
}

fn alter_table(pair: &Pair<'_>, alters: Vec<AlterTable>) -> Option<Change> {
    (!alters.is_empty()).then(|| Change::AlterTable { table: pair.name().clone(), alters })
}
