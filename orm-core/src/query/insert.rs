//! INSERT.

use super::change::Returning;
use super::plan::{Ctx, FrameKind, Planner, Result, compile, table_of, usage};
use crate::ast::{Expr, FrameId, Label};
use crate::exec::Statement;
use crate::model::{FieldMeta, ModelMeta, Scope};
use crate::node::Node;
use crate::sql::{Change, Conflict as Clause, InsertRows, Target};
use crate::value::{SqlType, SqlValue};
use smallvec::SmallVec;

/// From how many rows on a column travels as one array.
const ARRAYS_FROM: usize = 20;

/// Rows to insert.
#[derive(Clone, Debug)]
pub struct Insert {
    /// The model.
    pub model: &'static ModelMeta,
    /// The fields that are given.
    pub fields: Vec<&'static FieldMeta>,
    /// The rows, each with a value for each of the fields.
    pub rows: Vec<Vec<InsertValue>>,
    /// What to do with a row that is there already.
    pub conflict: Option<Conflict>,
    /// What to return.
    pub returning: Returning,
}

/// One value of a row to insert.
#[derive(Clone, Debug, PartialEq)]
pub enum InsertValue {
    /// A value.
    Value(SqlValue),
    /// What the database fills in.
    Default,
    /// An expression.
    Node(Node),
}

/// What to do with a row that is there already.
#[derive(Clone, Debug, PartialEq)]
pub enum Conflict {
    /// Leave it.
    Nothing,
    /// Update it.
    Update {
        /// What must not be there twice.
        target: ConflictTarget,
        /// What to assign. Paths of `row` mean the row that is there, those of `new` the other.
        set: Vec<(&'static FieldMeta, Node)>,
        /// Only where this holds.
        filter: Option<Node>,
        /// The scope of paths of the row that is there.
        row: Scope,
        /// The scope of paths of the row that was to be inserted.
        new: Scope,
    },
}

/// What must not be there twice.
#[derive(Clone, Debug, PartialEq)]
pub enum ConflictTarget {
    /// These fields, which have a unique index.
    Fields(Vec<&'static FieldMeta>),
    /// A constraint.
    Constraint(String),
}

/// The statement that inserts rows. Few rows stand in VALUES; of many rows each column travels as
/// an array, so that the text does not depend on their number.
///
/// # Errors
///
/// When there are no rows, or more values than a statement takes.
pub fn insert(insert: &Insert) -> crate::Result<Statement> {
    compile(|planner| {
        if insert.rows.is_empty() {
            return usage("there are no rows to insert");
        }
        let frame = planner.insert_frame(insert);
        let (columns, rows) = planner.insert_rows(insert, frame)?;
        let conflict = match &insert.conflict {
            Some(conflict) => Some(planner.conflict(conflict, frame)?),
            None => None,
        };
        let table = planner.frame(frame).root;
        let change = Change::Insert { table, columns, rows, conflict };
        let statement = planner.change(change, frame, insert.model, &insert.returning)?;
        let few = matches!(rows, InsertRows::Arrays(_)) || insert.rows.len() < ARRAYS_FROM;
        Ok(Statement { cached: few, ..statement })
    })
}

impl<'a> Planner<'a> {
    /// The row that is inserted, with the one that could not be around it.
    fn insert_frame(&mut self, insert: &Insert) -> FrameId {
        let model = insert.model;
        let (row, new) = match &insert.conflict {
            Some(Conflict::Update { row, new, .. }) => (*row, Some(*new)),
            _ => (Scope::ANY, None),
        };
        let frame = self.push_frame(FrameKind::Change, row, Some(model), None);
        self.push_root(frame, table_of(model), Some(model));
        if let Some(new) = new {
            let excluded = self.push_frame(FrameKind::Change, new, Some(model), None);
            let root = self.push_root(excluded, table_of(model), Some(model));
            self.table_mut(root).label = Some(Label::Excluded);
            self.frame_mut(frame).parent = Some(excluded);
        }
        frame
    }

    /// The columns that are given, and their values in the form that suits the number of rows.
    fn insert_rows(
        &mut self,
        insert: &Insert,
        frame: FrameId,
    ) -> Result<(&'a [&'static str], InsertRows<'a>)> {
        let given = given_places(insert);
        if given.is_empty() {
            return Ok(match insert.rows.len() {
                1 => (&[], InsertRows::Default),
                rows => self.only_defaults(insert.model, rows),
            });
        }
        let column = |place: &usize| insert.fields.get(*place).map(|field| field.column);
        let columns: SmallVec<[&'static str; 16]> = given.iter().filter_map(column).collect();
        let rows = match travels_as_arrays(insert, &given) {
            true => self.arrays(insert, &given),
            false => self.value_rows(insert, &given, frame)?,
        };
        Ok((self.arena.alloc_slice_copy(&columns), rows))
    }

    fn value_rows(
        &mut self,
        insert: &Insert,
        given: &[usize],
        frame: FrameId,
    ) -> Result<InsertRows<'a>> {
        let ctx = Ctx { joins: false, ..Ctx::value(frame) };
        let mut rows = Vec::with_capacity(insert.rows.len());
        for row in &insert.rows {
            let mut values: SmallVec<[Option<Expr<'a>>; 16]> = SmallVec::new();
            for (field, value) in at_places(insert, row, given) {
                values.push(match value {
                    InsertValue::Value(value) => Some(self.bind(value.clone(), field.sql_type)),
                    InsertValue::Default => None,
                    InsertValue::Node(node) => Some(self.assigned(field, node, ctx)?),
                });
            }
            rows.push(&*self.arena.alloc_slice_copy(&values));
            if self.values.len() > usize::from(u16::MAX) {
                return usage("a statement takes at most 65535 parameters: split the rows");
            }
        }
        Ok(InsertRows::Values(self.arena.alloc_slice_copy(&rows)))
    }

    /// Rows of nothing but defaults.
    fn only_defaults(
        &self,
        model: &'static ModelMeta,
        rows: usize,
    ) -> (&'a [&'static str], InsertRows<'a>) {
        let column = model.fields.first().map_or("", |field| field.column);
        let row: &[Option<Expr<'a>>] = self.arena.alloc([None]);
        let rows = self.arena.alloc_slice_fill_copy(rows, row);
        (self.arena.alloc([column]), InsertRows::Values(rows))
    }

    fn arrays(&mut self, insert: &Insert, given: &[usize]) -> InsertRows<'a> {
        let mut arrays: SmallVec<[(u16, SqlType); 16]> = SmallVec::new();
        for place in given {
            let Some(field) = insert.fields.get(*place) else { continue };
            let value = |row: &Vec<InsertValue>| match row.get(*place) {
                Some(InsertValue::Value(value)) => value.clone(),
                _ => SqlValue::Null,
            };
            let values = insert.rows.iter().map(value).collect();
            let sql_type = SqlType::Array(&field.sql_type);
            arrays.push((self.slot(SqlValue::Array(values), sql_type), sql_type));
        }
        InsertRows::Arrays(self.arena.alloc_slice_copy(&arrays))
    }

    fn conflict(&mut self, conflict: &Conflict, frame: FrameId) -> Result<Clause<'a>> {
        let Conflict::Update { target, set, filter, row: _, new: _ } = conflict else {
            return Ok(Clause::Nothing);
        };
        let target = match target {
            ConflictTarget::Fields(fields) => {
                let columns = fields.iter().map(|field| field.column);
                Target::Columns(self.arena.alloc_slice_fill_iter(columns.collect::<Vec<_>>()))
            }
            ConflictTarget::Constraint(name) => Target::Constraint(self.arena.alloc_str(name)),
        };
        let ctx = Ctx { joins: false, ..Ctx::value(frame) };
        let sets = self.assignments(set, ctx)?;
        let filter = match filter {
            Some(filter) => self.condition(filter, ctx)?,
            None => Expr::Bool(true),
        };
        Ok(Clause::Update { target, sets, filter })
    }
}

/// The values of a row that stand at the places, with their fields.
fn at_places<'i>(
    insert: &'i Insert,
    row: &'i [InsertValue],
    places: &'i [usize],
) -> impl Iterator<Item = (&'static FieldMeta, &'i InsertValue)> {
    places.iter().filter_map(|place| Some((*insert.fields.get(*place)?, row.get(*place)?)))
}

/// The places of the fields that some row has more than a default for.
fn given_places(insert: &Insert) -> SmallVec<[usize; 16]> {
    let given = |place: &usize| {
        insert.rows.iter().any(|row| row.get(*place).is_some_and(|v| *v != InsertValue::Default))
    };
    (0..insert.fields.len()).filter(given).collect()
}

/// True for many rows of plain values. Columns that are arrays themselves cannot be told apart in
/// an array of arrays.
fn travels_as_arrays(insert: &Insert, given: &[usize]) -> bool {
    let plain = |row: &Vec<InsertValue>| {
        given.iter().all(|place| matches!(row.get(*place), Some(InsertValue::Value(_))))
    };
    let nested = |field: &&FieldMeta| matches!(field.sql_type, SqlType::Array(_));
    insert.rows.len() >= ARRAYS_FROM
        && !given.iter().filter_map(|place| insert.fields.get(*place)).any(nested)
        && insert.rows.iter().all(plain)
}
