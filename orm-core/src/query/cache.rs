//! Statements, remembered by their shape.
//!
//! Compiling is a pure function, and of two queries that are written alike only the values differ. So
//! the [`Shape`] of a query is written down, all that the text depends on in one line of tokens with
//! the values apart, and the statement is kept for it, with the place among the values of each of its
//! parameters.

use super::memory::{Copied, Memory, Near};
use super::page::PageShape;
use super::shape::{Asked, Shape};
use crate::ir::Query;
use orm_sql::error::Result;
use orm_sql::exec::instrumentation::About;
use orm_sql::exec::{Handle, OutputColumn, Statement};
use orm_sql::value::{SqlType, SqlValue};
use std::sync::{Arc, LazyLock};

static STATEMENTS: LazyLock<Memory<[u64], Compiled>> = LazyLock::new(Memory::default);

thread_local! {
    static NEAR: Near<[u64], Compiled> = const { Near::new() };
}

/// A statement without its values.
struct Compiled {
    sql: Arc<str>,
    params: Box<[Param]>,
    /// The parameters are the shape's values, one after the other.
    straight: bool,
    columns: Arc<[OutputColumn]>,
    about: About,
    handle: Handle,
    /// Of a page.
    page: PageShape,
}

/// A parameter: which of the shape's values it is.
#[derive(Clone, Copy)]
struct Param {
    place: usize,
    /// No later one is the same value.
    last: bool,
    sql_type: SqlType,
}

/// The statement of what is asked of a query: the one that is kept for its shape, or a new one.
pub(super) fn remembered(
    query: &Query,
    asked: Asked<'_>,
    compile: impl Fn() -> Result<Statement>,
) -> Result<Statement> {
    let mut shape = Shape::blank();
    if shape.write(query, asked).is_none() {
        return compile();
    }
    if let Some(compiled) = Near::find(&NEAR, &STATEMENTS, &shape.tokens) {
        let statement = compiled.with(&mut shape.values);
        debug_assert!(
            compile().is_ok_and(|new| is_same(&new, &statement)),
            "a shape that says too little: {query:#?}"
        );
        return Ok(statement);
    }
    let mut statement = compile()?;
    keep(&mut statement, PageShape::default(), &shape);
    Ok(statement)
}

/// The same of a page, with what was made of the ordering.
pub(super) fn remembered_page(
    query: &Query,
    asked: Asked<'_>,
    compile: impl Fn() -> Result<(Statement, PageShape)>,
) -> Result<(Statement, PageShape)> {
    let mut shape = Shape::blank();
    if shape.write(query, asked).is_none() {
        return compile();
    }
    if let Some(compiled) = Near::find(&NEAR, &STATEMENTS, &shape.tokens) {
        let statement = compiled.with(&mut shape.values);
        debug_assert!(
            compile().is_ok_and(|(new, page)| is_same(&new, &statement) && page == compiled.page),
            "a shape that says too little: {query:#?}"
        );
        return Ok((statement, compiled.page.clone()));
    }
    let (mut statement, page) = compile()?;
    keep(&mut statement, page.clone(), &shape);
    Ok((statement, page))
}

/// Keeps a statement for others of its shape.
fn keep(statement: &mut Statement, page: PageShape, shape: &Shape) {
    if let Some(compiled) = Compiled::of(statement, page, shape) {
        statement.handle = Some(compiled.handle);
        STATEMENTS.keep((*shape.tokens).into(), compiled);
    }
}

/// True where two statements send the same; numbers that are none are no longer told apart.
fn is_same(one: &Statement, other: &Statement) -> bool {
    one.sql == other.sql
        && one.columns == other.columns
        && one.about == other.about
        && format!("{:?}", one.params) == format!("{:?}", other.params)
}

impl Copied for Compiled {
    fn copied(&self) -> Self {
        let Compiled { sql, params, straight, columns, about, handle, page } = self;
        Compiled {
            sql: (**sql).into(),
            params: params.clone(),
            straight: *straight,
            columns: (**columns).into(),
            about: *about,
            handle: *handle,
            page: page.clone(),
        }
    }
}

impl Compiled {
    /// A statement to be kept; `None` where a parameter is no value of the shape, or could be one of
    /// several that are equal by chance.
    fn of(statement: &Statement, page: PageShape, shape: &Shape) -> Option<Compiled> {
        let mut params: Vec<Param> = Vec::with_capacity(statement.params.len());
        for (at, (value, sql_type)) in statement.params.iter().enumerate() {
            let fits = |(place, (one, _)): &(usize, &(SqlValue, SqlType))| {
                let there =
                    if at < shape.in_place { *place == at } else { *place >= shape.in_place };
                there && one == value
            };
            let mut places = shape.values.iter().enumerate().filter(fits);
            let (place, _) = places.next()?;
            if !shape.knows_equals && places.next().is_some() {
                return None;
            }
            for earlier in params.iter_mut().filter(|earlier| earlier.place == place) {
                earlier.last = false;
            }
            params.push(Param { place, last: true, sql_type: *sql_type });
        }
        let Statement { sql, columns, about, .. } = statement.clone();
        let handle = Handle::new();
        let in_order = params.iter().enumerate().all(|(at, param)| param.place == at);
        let straight = in_order && params.len() == shape.values.len();
        let params = params.into();
        Some(Compiled { sql, params, straight, columns, about, handle, page })
    }

    /// The statement with other values.
    fn with(&self, values: &mut Vec<(SqlValue, SqlType)>) -> Statement {
        Statement {
            params: if self.straight { self.typed(values) } else { self.chosen(values) },
            sql: self.sql.clone(),
            columns: self.columns.clone(),
            by_name: Vec::new(),
            cached: true,
            about: self.about,
            handle: Some(self.handle),
        }
    }

    fn typed(&self, values: &mut Vec<(SqlValue, SqlType)>) -> Vec<(SqlValue, SqlType)> {
        let mut values = std::mem::take(values);
        for ((_, sql_type), param) in values.iter_mut().zip(&self.params) {
            *sql_type = param.sql_type;
        }
        values
    }

    fn chosen(&self, values: &mut [(SqlValue, SqlType)]) -> Vec<(SqlValue, SqlType)> {
        let value = |param: &Param| {
            let value = values.get_mut(param.place).map(|(value, _)| match param.last {
                true => std::mem::replace(value, SqlValue::Null),
                false => value.clone(),
            });
            (value.unwrap_or(SqlValue::Null), param.sql_type)
        };
        self.params.iter().map(value).collect()
    }
}
