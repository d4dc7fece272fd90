//! Statements of plain insertions, remembered by their shape, as [`super::cache`] does for reads.

use super::change::Returning;
use super::insertion::{Conflict, ConflictTarget, Given, Insert, InsertValue, given};
use super::memory::{Copied, Memory, Near};
use orm_sql::error::Result;
use orm_sql::exec::instrumentation::About;
use orm_sql::exec::{Handle, OutputColumn, Statement};
use orm_sql::value::{SqlType, SqlValue};
use smallvec::SmallVec;
use std::sync::{Arc, LazyLock};

static STATEMENTS: LazyLock<Memory<Shape, Compiled>> = LazyLock::new(Memory::default);

thread_local! {
    static NEAR: Near<Shape, Compiled> = const { Near::new() };
}

/// All that the text of an insertion of plain values depends on. Metadata is static: its address
/// says which it is.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    model: usize,
    fields: SmallVec<[usize; 16]>,
    /// How many rows; none for arrays.
    rows: Option<usize>,
    /// What may be there already: `None` for nothing, no fields for anything.
    unless: Option<SmallVec<[usize; 2]>>,
    returning: bool,
}

/// A statement without its values.
struct Compiled {
    sql: Arc<str>,
    types: Vec<SqlType>,
    columns: Arc<[OutputColumn]>,
    about: About,
    handle: Handle,
}

impl Shape {
    /// The shape of an insertion; `None` where the text depends on anything else.
    pub(super) fn of(insert: &Insert) -> Option<Shape> {
        if insert.model.link().is_some() {
            // Keys that are drawn have parameters of their own.
            return None;
        }
        let rows = match &insert.rows {
            Given::Query(_) => return None,
            Given::Arrays(_) => None,
            Given::Rows(rows, values) => {
                let plain = |value: &InsertValue| matches!(value, InsertValue::Value(_));
                (*rows > 0 && !values.is_empty() && values.iter().all(plain)).then_some(())?;
                Some(*rows)
            }
            Given::Alike(rows) => {
                let width = insert.fields.len();
                (width > 0 && rows.iter().all(|row| gives(row, width))).then_some(())?;
                Some(rows.len())
            }
        };
        let unless = match &insert.conflict {
            None => None,
            Some(Conflict::Nothing(None)) => Some(SmallVec::new()),
            Some(Conflict::Nothing(Some(ConflictTarget::Fields(fields)))) => {
                Some(fields.iter().map(|field| address(*field)).collect())
            }
            Some(_) => return None,
        };
        let returning = match &insert.returning {
            Returning::Nothing => false,
            Returning::Rows => true,
            Returning::Fields(_) | Returning::Upserted => return None,
        };
        let fields = insert.fields.iter().map(|field| address(*field)).collect();
        Some(Shape { model: address(insert.model), fields, rows, unless, returning })
    }
}

/// The statement of an insertion: the one that is kept for its shape with these values, or a new
/// one. Values stand in the statement in the order in which they are given.
pub(super) fn remembered(
    shape: Shape,
    insert: Insert,
    compile: impl FnOnce(Insert) -> Result<Statement>,
) -> Result<Statement> {
    if let Some(compiled) = Near::find(&NEAR, &STATEMENTS, &shape) {
        return Ok(compiled.with(insert.rows));
    }
    let mut statement = compile(insert)?;
    statement.handle = Some(keep(shape, &statement));
    Ok(statement)
}

impl Copied for Compiled {
    fn copied(&self) -> Self {
        let Compiled { sql, types, columns, about, handle } = self;
        Compiled {
            sql: (**sql).into(),
            types: types.clone(),
            columns: (**columns).into(),
            about: *about,
            handle: *handle,
        }
    }
}

impl Compiled {
    /// The statement with values.
    fn with(&self, rows: Given) -> Statement {
        let mut types = self.types.iter().copied();
        let mut params = Vec::with_capacity(types.len());
        let mut add = |value| params.extend(types.next().map(|sql_type| (value, sql_type)));
        match rows {
            Given::Arrays(arrays) => arrays.into_iter().for_each(add),
            Given::Rows(_, values) => values.into_iter().for_each(|value| add(plain(value))),
            Given::Alike(rows) => {
                rows.into_iter().for_each(|row| given(row).for_each(|value| add(plain(value))));
            }
            // It has no shape.
            Given::Query(_) => {}
        }
        Statement {
            sql: self.sql.clone(),
            params,
            columns: self.columns.clone(),
            by_name: Vec::new(),
            cached: true,
            about: self.about,
            handle: Some(self.handle),
        }
    }
}

/// True for a row that gives so many values, and no expression.
fn gives(row: &[Option<InsertValue>], width: usize) -> bool {
    let mut given = 0;
    for value in row.iter().flatten() {
        match value {
            InsertValue::Value(_) => given += 1,
            InsertValue::Default => {}
            InsertValue::Node(_) => return false,
        }
    }
    given == width
}

fn plain(value: InsertValue) -> SqlValue {
    match value {
        InsertValue::Value(value) => value,
        // A shape has none of these.
        InsertValue::Default | InsertValue::Node(_) => SqlValue::Null,
    }
}

fn keep(shape: Shape, statement: &Statement) -> Handle {
    let handle = Handle::new();
    let compiled = Compiled {
        sql: statement.sql.clone(),
        types: statement.params.iter().map(|param| param.1).collect(),
        columns: statement.columns.clone(),
        about: statement.about,
        handle,
    };
    STATEMENTS.keep(Arc::new(shape), compiled);
    handle
}

fn address<T>(of: &'static T) -> usize {
    std::ptr::from_ref(of).addr()
}
