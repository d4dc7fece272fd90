//! Columns: dropped, added, altered.

use super::{Hints, Pair, Place, Steps};
use crate::sql_text::names;
use orm_sql::ident::RawSql;
use orm_sql::schema::{AlterColumn, AlterTable, Change, Column, Fill, Table};
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
        let table = pair.name();
        let drops = self.dropped.iter().map(|name| AlterTable::DropColumn((*name).to_owned()));
        let mut first = Vec::new();
        // What waits until the rows are filled.
        let mut last = Vec::new();
        let mut fills = Vec::new();
        for column in &self.added {
            let place: Place = (table.clone(), column.name.clone());
            let fill = hints.fills.get(&place).filter(|_| column.fill == Fill::Nothing);
            let with_fill =
                fill.map(|sql| Column { fill: Fill::Default(sql.clone()), ..(*column).clone() });
            if with_fill.is_some() {
                last.push(altered(&column.name, AlterColumn::DropDefault));
            }
            let column = with_fill.unwrap_or_else(|| (*column).clone());
            first.push(AlterTable::AddColumn(Column { comment: None, ..column }));
        }
        for (old, new) in &self.kept {
            let place: Place = (table.clone(), new.name.clone());
            self.alter(old, new, hints.using.get(&place), &mut first);
            match (old.null, new.null) {
                (false, true) => first.push(altered(&new.name, AlterColumn::DropNotNull)),
                (true, false) => {
                    let given = hints.fills.get(&place).or(match &new.fill {
                        Fill::Default(sql) => Some(sql),
                        _ => None,
                    });
                    let not_null = altered(&new.name, AlterColumn::SetNotNull);
                    match given {
                        Some(value) => {
                            let (column, value) = (new.name.clone(), value.clone());
                            let table = table.clone();
                            fills.push(Change::FillNulls { table, column, value });
                            last.push(not_null);
                        }
                        None => first.push(not_null),
                    }
                }
                _ => {}
            }
            if old.fill != Fill::Identity && new.fill == Fill::Identity {
                last.push(altered(&new.name, AlterColumn::AddIdentity));
            }
        }
        let alters = [drops.collect(), first].map(|alters| alter_table(pair, alters));
        steps.columns.extend(alters.into_iter().flatten());
        if !fills.is_empty() {
            steps.columns.append(&mut fills);
            steps.columns.push(Change::CheckNow);
        }
        steps.columns.extend(alter_table(pair, last));
        let identity = self
            .kept
            .iter()
            .filter(|(old, new)| old.fill != Fill::Identity && new.fill == Fill::Identity);
        steps.columns.extend(identity.map(|(_, new)| Change::RestartIdentity {
            table: table.clone(),
            column: new.name.clone(),
        }));
    }

    /// The type and what fills the column.
    fn alter(
        &self,
        old: &Column,
        new: &Column,
        using: Option<&RawSql>,
        alters: &mut Vec<AlterTable>,
    ) {
        let retyped = self.retyped.contains(&*new.name);
        let mut push = |alter| alters.push(altered(&new.name, alter));
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
                using: using.cloned(),
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

fn before_order<'a>(before: &'a Table, rebuilt: &HashSet<&str>) -> Vec<&'a str> {
    let columns = before.columns.iter().map(|column| &*column.name);
    columns.filter(|name| rebuilt.contains(name)).collect()
}

fn altered(column: &str, alter: AlterColumn) -> AlterTable {
    AlterTable::AlterColumn { column: column.to_owned(), alter }
}

fn alter_table(pair: &Pair<'_>, alters: Vec<AlterTable>) -> Option<Change> {
    (!alters.is_empty()).then(|| Change::AlterTable { table: pair.name().clone(), alters })
}
