//! Constraints and indexes of a table: which stay, which get another name, which go and come. Foreign
//! keys are in [`keys`](super::keys), since they depend on other tables.

use super::names::{PartRename, Scope};
use super::{Hints, Pair, Steps};
use orm_sql::ident::RawSql;
use orm_sql::schema::{
    AlterTable, Change, Constraint, ConstraintKind, Index, IndexKey, IndexPart, TableName,
};
use orm_sql::sql_text::names;

/// What becomes of constraints (without foreign keys) and indexes.
pub(super) struct Parts<'a> {
    constraints: Matched<'a, Constraint>,
    indexes: Matched<'a, Index>,
}

/// What becomes of some things with names.
pub(crate) struct Matched<'a, T> {
    /// The old name and the new one.
    pub renamed: Vec<(&'a T, &'a T)>,
    pub dropped: Vec<&'a T>,
    pub added: Vec<&'a T>,
}

impl<'a, T: Named> Matched<'a, T> {
    /// Things that say the same are the same, whatever they are called. Some must be made anew all the
    /// same.
    pub(crate) fn of(
        before: impl Iterator<Item = &'a T>,
        after: impl Iterator<Item = &'a T>,
        is_anew: impl Fn(&T) -> bool,
    ) -> Self {
        let (mut before, mut after): (Vec<&T>, Vec<&T>) = (before.collect(), after.collect());
        before.retain(|old| {
            let same = |new: &&T| new.name() == old.name() && new.says_the_same(old);
            match after.iter().position(same).filter(|_| !is_anew(old)) {
                Some(place) => {
                    after.remove(place);
                    false
                }
                None => true,
            }
        });
        let mut renamed = Vec::new();
        before.retain(|old| {
            let place = after.iter().position(|new| new.says_the_same(old));
            match place.filter(|_| !is_anew(old)) {
                Some(place) => {
                    renamed.push((*old, after.remove(place)));
                    false
                }
                None => true,
            }
        });
        Matched { renamed, dropped: before, added: after }
    }
}

/// What has a name, and says something besides.
pub(crate) trait Named {
    fn name(&self) -> &str;
    fn says_the_same(&self, other: &Self) -> bool;
}

impl Named for Constraint {
    fn name(&self) -> &str {
        &self.name
    }

    fn says_the_same(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Named for Index {
    fn name(&self) -> &str {
        &self.name
    }

    fn says_the_same(&self, other: &Self) -> bool {
        *self == Index { name: self.name.clone(), ..other.clone() }
    }
}

impl<'a> Parts<'a> {
    pub(super) fn of(pair: &Pair<'a>) -> Self {
        let constraints = |table: &'a orm_sql::schema::Table| {
            let is_key = |one: &&Constraint| matches!(one.kind, ConstraintKind::ForeignKey(_));
            table.constraints.iter().filter(move |one| !is_key(one))
        };
        Parts {
            constraints: Matched::of(constraints(pair.before), constraints(pair.after), |old| {
                is_constraint_anew(pair, old)
            }),
            indexes: Matched::of(pair.before.indexes.iter(), pair.after.indexes.iter(), |old| {
                is_index_anew(pair, old)
            }),
        }
    }

    /// True where the rows that a foreign key refers to are told apart by something that goes, be it to
    /// come again.
    pub(super) fn drops_key(&self, columns: &[String]) -> bool {
        let same = |other: &[String]| {
            other.len() == columns.len() && other.iter().all(|name| columns.contains(name))
        };
        self.constraints.dropped.iter().any(|one| match &one.kind {
            ConstraintKind::PrimaryKey { columns } => same(columns),
            ConstraintKind::Unique(unique) => same(&unique.columns),
            _ => false,
        }) || self.indexes.dropped.iter().any(|index| index.unique && same(&columns_of(index)))
    }

    /// True where something comes by which a foreign key can tell the rows apart.
    pub(super) fn adds_key(&self, columns: &[String]) -> bool {
        self.constraints.added.iter().any(|one| match &one.kind {
            ConstraintKind::PrimaryKey { columns: key } => key == columns,
            ConstraintKind::Unique(unique) => unique.columns == columns,
            _ => false,
        })
    }

    pub(super) fn steps(&self, pair: &Pair<'_>, hints: &Hints, steps: &mut Steps) {
        let table = pair.name();
        let concurrently = hints.concurrently;
        for index in &self.indexes.dropped {
            let name = beside(table, &index.name);
            steps.drop_indexes.push(Change::DropIndex { name, if_exists: false, concurrently });
        }
        for constraint in &self.constraints.dropped {
            let drop = AlterTable::DropConstraint {
                name: constraint.name.clone(),
                if_exists: false,
                cascade: false,
            };
            steps.drop_constraints.push(Change::alter(table, drop));
        }
        steps.rename_parts.extend(self.renames(table));
        for constraint in &self.constraints.added {
            let valid =
                !(hints.not_valid && matches!(constraint.kind, ConstraintKind::Check { .. }));
            let constraint = (*constraint).clone();
            let add = AlterTable::AddConstraint { constraint, valid };
            steps.constraints.push(Change::alter(table, add));
        }
        for index in &self.indexes.added {
            let (table, index) = (table.clone(), (*index).clone());
            steps.indexes.push(Change::CreateIndex { table, index, concurrently });
        }
    }
}

impl Parts<'_> {
    fn renames(&self, table: &TableName) -> impl Iterator<Item = PartRename> {
        let in_schema = || Scope::Schema(table.schema.clone());
        let scope = move |kind: &ConstraintKind| match kind {
            ConstraintKind::PrimaryKey { .. }
            | ConstraintKind::Unique(_)
            | ConstraintKind::Exclude(_) => in_schema(),
            _ => Scope::Table(table.clone()),
        };
        let constraints = self
            .constraints
            .renamed
            .iter()
            .map(move |(old, new)| (scope(&old.kind), old.name.clone(), new.name.clone()));
        let indexes = self
            .indexes
            .renamed
            .iter()
            .map(move |(old, new)| (in_schema(), old.name.clone(), new.name.clone()));
        constraints.chain(indexes).map(|(scope, from, to)| PartRename {
            table: table.clone(),
            scope,
            from,
            to,
        })
    }
}

/// A name in the schema of a table.
fn beside(table: &TableName, name: &str) -> TableName {
    TableName { schema: table.schema.clone(), name: name.to_owned() }
}

/// Checks are read again when a column gets another type, and may then say something else, or
/// nothing.
fn is_constraint_anew(pair: &Pair<'_>, old: &Constraint) -> bool {
    let rebuilt = |columns: &[String]| columns.iter().any(|name| pair.columns.is_rebuilt(name));
    match &old.kind {
        ConstraintKind::PrimaryKey { columns } => rebuilt(columns),
        ConstraintKind::Unique(unique) => rebuilt(&unique.columns) || rebuilt(&unique.include),
        ConstraintKind::Check { condition } => is_touched(pair, condition),
        ConstraintKind::Exclude(exclusion) => {
            let parts: Vec<&IndexPart> = exclusion.parts.iter().map(|one| &one.part).collect();
            are_parts_anew(pair, &parts, exclusion.condition.as_ref(), &exclusion.include)
        }
        _ => false,
    }
}

fn is_index_anew(pair: &Pair<'_>, old: &Index) -> bool {
    let parts: Vec<&IndexPart> = old.parts.iter().collect();
    are_parts_anew(pair, &parts, old.condition.as_ref(), &old.include)
}

fn are_parts_anew(
    pair: &Pair<'_>,
    parts: &[&IndexPart],
    condition: Option<&RawSql>,
    include: &[String],
) -> bool {
    let is_rebuilt = |name: &String| pair.columns.is_rebuilt(name);
    let is_anew = |part: &&IndexPart| match &part.key {
        IndexKey::Expression(sql) => is_touched(pair, sql),
        // Another type may not have the operator class, or no collation.
        IndexKey::Column(name) if part.operator_class.is_some() || part.collation.is_some() => {
            pair.columns.touched().any(|touched| touched == name)
        }
        IndexKey::Column(name) => is_rebuilt(name),
    };
    parts.iter().any(is_anew)
        || condition.is_some_and(|sql| is_touched(pair, sql))
        || include.iter().any(is_rebuilt)
}

/// True for an expression over a column that becomes another one.
pub(super) fn is_touched(pair: &Pair<'_>, sql: &RawSql) -> bool {
    pair.columns.touched().any(|name| names(sql.as_str(), name))
}

fn columns_of(index: &Index) -> Vec<String> {
    let name = |part: &IndexPart| match &part.key {
        IndexKey::Column(name) => Some(name.clone()),
        IndexKey::Expression(_) => None,
    };
    index.parts.iter().filter_map(name).collect()
}
