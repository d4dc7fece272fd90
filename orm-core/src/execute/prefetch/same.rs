//! Keys that are equal for the server and have other bytes: 1.5 and 1.50, or texts under a collation.
//! Rows are tied by bytes; where keys of such a type are left over, the server says which are equal.

use super::Plan;
use super::keys::push;
use crate::ir::{Node, RelationKind, Step};
use crate::row::{KeyBuffer, KeyCells};
use orm_sql::error::Result;
use orm_sql::exec::{Executor, OutputColumn, Statement};
use orm_sql::row::{BufferedRow, RowBuffer};
use orm_sql::sql::{KeyColumn, same_keys};
use orm_sql::value::{SqlType, SqlValue};
use std::collections::HashSet;

/// A key that was left over, and the one on the other side that is equal to it.
pub(super) type Same = (Vec<u8>, Vec<u8>);

/// True where each parent has one child: then a key of theirs without a row is left over, and
/// otherwise a child's key without a parent.
pub(crate) fn is_to_one(steps: &[Step]) -> bool {
    match steps {
        [step @ Step::Forward(_)] => {
            step.relation().is_some_and(|relation| relation.kind != RelationKind::ManyToMany)
        }
        _ => false,
    }
}

/// The keys of loaded children, or of their parents, that have other bytes on the other side.
pub(super) async fn find(
    db: &dyn Executor,
    plan: &Plan,
    parents: &RowBuffer,
    children: &RowBuffer,
) -> Result<Vec<Same>> {
    if plan.key.iter().all(|(_, sql_type)| sql_type.has_one_form()) {
        return Ok(Vec::new());
    }
    let (of_parents, of_children) =
        (Keys::of(parents, &plan.parent), Keys::of(children, &plan.child));
    let (left, right) = match plan.to_one {
        true => (of_parents.without(&of_children), of_children),
        false => (of_children.without(&of_parents), of_parents),
    };
    match statement(plan, &left, &right) {
        Some(statement) if !left.keys.is_empty() && !right.keys.is_empty() => {
            let mut pairs = RowBuffer::new(2);
            db.run(&statement, &mut pairs).await?;
            let pairs = (0..pairs.len()).map(|row| pairs.row(row));
            Ok(pairs
                .filter_map(|pair| Some((left.at(pair.get(0))?, right.at(pair.get(1))?)))
                .collect())
        }
        _ => Ok(Vec::new()),
    }
}

/// The keys of rows, each once.
struct Keys<'r> {
    keys: Vec<(Vec<u8>, BufferedRow<'r>)>,
    cells: &'r KeyCells,
}

impl<'r> Keys<'r> {
    fn of(rows: &'r RowBuffer, cells: &'r KeyCells) -> Self {
        let mut seen = HashSet::new();
        let mut keys = Vec::new();
        for row in (0..rows.len()).map(|row| rows.row(row)) {
            let mut buffer = KeyBuffer::new();
            let Some(key) = cells.read(|cell| row.get(cell), &mut buffer) else { continue };
            if seen.insert(key.to_vec()) {
                keys.push((key.to_vec(), row));
            }
        }
        Keys { keys, cells }
    }

    fn without(mut self, others: &Keys<'_>) -> Self {
        let others: HashSet<&[u8]> = others.keys.iter().map(|(key, _)| key.as_slice()).collect();
        self.keys.retain(|(key, _)| !others.contains(key.as_slice()));
        self
    }

    /// A key by its place from 1, as the server gives it.
    fn at(&self, place: Option<&[u8]>) -> Option<Vec<u8>> {
        let place = i64::from_be_bytes(place?.try_into().ok()?).checked_sub(1)?;
        let (key, _) = self.keys.get(usize::try_from(place).ok()?)?;
        Some(key.clone())
    }

    /// A list for each column.
    fn columns(&self) -> impl Iterator<Item = SqlValue> {
        self.cells.places().map(|place| {
            let mut encoded = Vec::new();
            for (_, row) in &self.keys {
                push(&mut encoded, row.get(place).unwrap_or_default());
            }
            SqlValue::Cells { count: self.keys.len(), encoded }
        })
    }
}

fn statement(plan: &Plan, left: &Keys<'_>, right: &Keys<'_>) -> Option<Statement> {
    let mut columns: Vec<KeyColumn> = Vec::new();
    let mut model = None;
    for (node, sql_type) in &plan.key {
        let Node::Column { path, field } = node else { return None };
        columns.push((field.column, **sql_type));
        model = Some(path.target());
    }
    let model = model?;
    let types = plan.key.iter().map(|(_, sql_type)| SqlType::Array(sql_type));
    let types: Vec<SqlType> = types.clone().chain(types).collect();
    let values = left.columns().chain(right.columns());
    let place = |field| OutputColumn { model: "the keys", field, sql_type: SqlType::Int8 };
    Some(Statement {
        sql: same_keys(model.schema, model.table, &columns).into(),
        params: values.zip(types).collect(),
        columns: [place("the first"), place("the second")].into(),
        ..Statement::default()
    })
}
