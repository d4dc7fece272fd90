//! New names for tables and columns, which cannot be seen in the tables themselves.

use orm_sql::ident::RawSql;
use orm_sql::schema::{
    Constraint, ConstraintKind, Fill, Index, IndexKey, IndexPart, RowLevelSecurity, Table,
    TableName,
};
use std::collections::HashMap;

/// Which tables and columns have new names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Renames {
    /// Tables: the old name, and the new one.
    pub tables: HashMap<TableName, TableName>,
    /// Columns: the old name of the table and of the column, and its new name.
    pub columns: HashMap<(TableName, String), String>,
    /// Enum types: the old name, and the new one.
    pub types: HashMap<TableName, TableName>,
    /// Values of enum types: the old name of the type, and the old value and the new one.
    pub labels: HashMap<TableName, Vec<(String, String)>>,
}

impl Renames {
    /// The way back.
    pub fn inverted(&self) -> Renames {
        let tables = self.tables.iter().map(|(old, new)| (new.clone(), old.clone())).collect();
        let columns = self
            .columns
            .iter()
            .map(|((table, old), new)| ((self.table(table).clone(), new.clone()), old.clone()));
        let types = self.types.iter().map(|(old, new)| (new.clone(), old.clone())).collect();
        let labels = self.labels.iter().map(|(name, pairs)| {
            let pairs = pairs.iter().map(|(old, new)| (new.clone(), old.clone()));
            (self.own_type(name).clone(), pairs.collect())
        });
        Renames { tables, columns: columns.collect(), types, labels: labels.collect() }
    }

    /// The new name of an enum type.
    pub fn own_type<'a>(&'a self, old: &'a TableName) -> &'a TableName {
        self.types.get(old).unwrap_or(old)
    }

    /// A table's new name.
    pub fn table<'a>(&'a self, old: &'a TableName) -> &'a TableName {
        self.tables.get(old).unwrap_or(old)
    }

    /// A column's new name, by the old name of its table.
    pub fn column<'a>(&'a self, table: &TableName, old: &'a str) -> &'a str {
        self.new_column(table, old).unwrap_or(old)
    }

    fn new_column(&self, table: &TableName, old: &str) -> Option<&str> {
        self.columns.get(&(table.clone(), old.to_owned())).map(String::as_str)
    }

    /// The columns of a table that have new names: old and new, in a fixed order.
    pub fn columns_of(&self, table: &TableName) -> Vec<(String, String)> {
        let mut columns: Vec<_> = self
            .columns
            .iter()
            .filter(|((of, _), _)| of == table)
            .map(|((_, old), new)| (old.clone(), new.clone()))
            .collect();
        columns.sort();
        columns
    }

    /// A table as it is once everything has its new name. Names of constraints and indexes stay.
    pub fn apply(&self, table: &Table) -> Table {
        let old = &table.name;
        let text = |sql: &RawSql| self.text(old, sql);
        let names = |names: &[String]| self.names(old, names);
        let mut columns = table.columns.clone();
        for column in &mut columns {
            column.name = self.column(old, &column.name).to_owned();
            let own_type = column.column_type.own_type();
            if let Some(new) = own_type.and_then(|name| self.types.get(&name)) {
                column.column_type = column.column_type.with_own_type(new);
            }
            column.fill = match &column.fill {
                Fill::Default(sql) => Fill::Default(text(sql)),
                Fill::Generated(sql) => Fill::Generated(text(sql)),
                other => other.clone(),
            };
        }
        let constraint = |constraint: &Constraint| Constraint {
            kind: self.constraint(old, &constraint.kind),
            ..constraint.clone()
        };
        let index = |index: &Index| {
            let mut index = index.clone();
            index.parts.iter_mut().for_each(|part| self.part(old, part));
            index.include = names(&index.include);
            index.condition = index.condition.as_ref().map(text);
            index
        };
        Table {
            name: self.table(old).clone(),
            columns,
            constraints: table.constraints.iter().map(constraint).collect(),
            indexes: table.indexes.iter().map(index).collect(),
            comment: table.comment.clone(),
            storage: table.storage.clone(),
            tablespace: table.tablespace.clone(),
            row_level_security: table
                .row_level_security
                .as_ref()
                .map(|one| RowLevelSecurity { using: text(&one.using), ..one.clone() }),
        }
    }

    fn part(&self, table: &TableName, part: &mut IndexPart) {
        part.key = match &part.key {
            IndexKey::Column(name) => IndexKey::Column(self.column(table, name).to_owned()),
            IndexKey::Expression(sql) => IndexKey::Expression(self.text(table, sql)),
        };
    }

    fn constraint(&self, table: &TableName, kind: &ConstraintKind) -> ConstraintKind {
        let mut kind = kind.clone();
        match &mut kind {
            ConstraintKind::PrimaryKey { columns } => *columns = self.names(table, columns),
            ConstraintKind::Unique(unique) => {
                unique.columns = self.names(table, &unique.columns);
                unique.include = self.names(table, &unique.include);
            }
            ConstraintKind::ForeignKey(key) => {
                key.columns = self.names(table, &key.columns);
                key.to_columns = self.names(&key.to, &key.to_columns);
                key.to = self.table(&key.to).clone();
            }
            ConstraintKind::Check { condition } => *condition = self.text(table, condition),
            ConstraintKind::Exclude(exclusion) => {
                exclusion.parts.iter_mut().for_each(|one| self.part(table, &mut one.part));
                exclusion.include = self.names(table, &exclusion.include);
                exclusion.condition = exclusion.condition.as_ref().map(|sql| self.text(table, sql));
            }
            _ => {}
        }
        kind
    }

    fn names(&self, table: &TableName, names: &[String]) -> Vec<String> {
        names.iter().map(|name| self.column(table, name).to_owned()).collect()
    }

    /// An expression over the columns of a table.
    pub fn text(&self, table: &TableName, sql: &RawSql) -> RawSql {
        let to = |name: &str| self.new_column(table, name).map(str::to_owned);
        RawSql::new(orm_sql::sql_text::renamed(sql.as_str(), to))
    }
}

/// New names one after the other, so that none is taken when it is given. Names that go in a circle
/// go over one that nobody has.
///
/// ```
/// use orm_migrate::renames::in_order;
///
/// let pair = |old: &str, new: &str| (old.to_owned(), new.to_owned());
/// assert_eq!(in_order(vec![pair("a", "b"), pair("b", "c")]), [pair("b", "c"), pair("a", "b")]);
/// assert_eq!(
///     in_order(vec![pair("a", "b"), pair("b", "a")]),
///     [pair("a", "a__renamed"), pair("b", "a"), pair("a__renamed", "b")]
/// );
/// ```
pub fn in_order(mut pairs: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut steps = Vec::with_capacity(pairs.len());
    pairs.retain(|(old, new)| old != new);
    while !pairs.is_empty() {
        let is_free = |new: &String| !pairs.iter().any(|(old, _)| old == new);
        match pairs.iter().position(|(_, new)| is_free(new)) {
            Some(free) => steps.push(pairs.remove(free)),
            None => {
                // All of them are taken by each other.
                let Some((old, _)) = pairs.first_mut() else { break };
                let aside =
                    format!("{}__renamed", old.get(..old.floor_char_boundary(50)).unwrap_or(old));
                steps.push((std::mem::replace(old, aside.clone()), aside));
            }
        }
    }
    steps
}
