//! Statements of plain queries, remembered by their shape.
//!
//! Compiling is a pure function, and of a plain query only the values differ from call to call.
//! So its [`Shape`] is written down — all that the text depends on, in one line of tokens, with
//! the values apart — and the statement is kept for it. A query that holds anything else than the
//! nodes named here is compiled each time.

use super::compare::pattern;
use crate::ir::{
    Comparison, Distinct, Filter, Group, Members, Node, PathBuf, Query, Scope, Selected, Source,
    Step, Terms,
};
use orm_sql::ast::NullsOrder;
use orm_sql::error::Result;
use orm_sql::exec::instrumentation::About;
use orm_sql::exec::{OutputColumn, Statement};
use orm_sql::hash::FoldState;
use orm_sql::value::{SqlType, SqlValue};
use smallvec::SmallVec;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

type Shapes = HashMap<Box<[Token]>, Arc<Compiled>, FoldState>;

static SHAPES: LazyLock<RwLock<Shapes>> = LazyLock::new(RwLock::default);

/// So many shapes are kept; with more, we begin anew.
const LIMIT: usize = 2_000;

/// Statements of more values than this are not kept: few are alike.
const MOST_VALUES: usize = 200;

/// A statement without its values.
struct Compiled {
    sql: String,
    types: Vec<SqlType>,
    columns: Vec<OutputColumn>,
    about: About,
}

/// The statement of a query: the one that is kept for its shape, or a new one.
pub(super) fn remembered(
    query: &Query,
    few: Option<u64>,
    compile: impl FnOnce() -> Result<Statement>,
) -> Result<Statement> {
    let Some(Shape { tokens, values, .. }) = Shape::of(query, few) else { return compile() };
    let found = SHAPES.read().unwrap_or_else(PoisonError::into_inner).get(&*tokens).cloned();
    if let Some(compiled) = found {
        return Ok(Statement {
            sql: compiled.sql.clone(),
            params: values.into_iter().zip(compiled.types.iter().copied()).collect(),
            columns: compiled.columns.clone(),
            by_name: Vec::new(),
            cached: true,
            about: compiled.about,
        });
    }
    let statement = compile()?;
    if is_told_apart(&values) && values.iter().eq(statement.params.iter().map(|param| &param.0)) {
        keep(&tokens, &statement);
    }
    Ok(statement)
}

fn keep(tokens: &[Token], statement: &Statement) {
    let compiled = Compiled {
        sql: statement.sql.clone(),
        types: statement.params.iter().map(|param| param.1).collect(),
        columns: statement.columns.clone(),
        about: statement.about,
    };
    let mut shapes = SHAPES.write().unwrap_or_else(PoisonError::into_inner);
    if shapes.len() >= LIMIT {
        shapes.clear();
    }
    shapes.insert(tokens.into(), Arc::new(compiled));
}

/// True where no two values are equal, so that their order in the statement can be seen.
fn is_told_apart(values: &[SqlValue]) -> bool {
    values
        .iter()
        .enumerate()
        .all(|(place, value)| !values.iter().take(place).any(|earlier| earlier == value))
}

/// A piece of a shape. Each is followed by as many others as it says or always has, so that two
/// queries of one shape are the same but for their values. Metadata is static: its address says
/// which it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Token {
    Model(usize),
    /// The root and the number of steps; whether it is a path of no query in particular.
    Path(usize, u32, bool),
    Step(usize, bool),
    Field(usize),
    Relation,
    Value(SqlType),
    Row(u32),
    List(SqlType),
    Cells(SqlType),
    And(u32),
    Or(u32),
    Not,
    Compare(Comparison),
    IsNull(bool),
    Between,
    Filter(bool, bool, u32),
    SelectModel,
    SelectExpr(SqlType),
    Group(u32),
    Order(u32, bool),
    DefaultOrder(bool),
    OrderItem(bool, Option<NullsOrder>),
    Limit(u64),
    LimitValue,
    Offset,
    /// At most so many rows in any order; 0 where there can be one at the most.
    Few(u64),
}

/// All that the text of a query depends on, and its values in the order of their parameters.
struct Shape {
    tokens: SmallVec<[Token; 64]>,
    values: SmallVec<[SqlValue; 6]>,
    scope: Scope,
}

impl Shape {
    /// The shape of a plain query; `None` for all others.
    fn of(query: &Query, few: Option<u64>) -> Option<Shape> {
        // Every field is named, so that a new one cannot be forgotten here.
        let Query {
            scope,
            also,
            source: Source::Model(model),
            joins,
            filters,
            select: _,
            group: _,
            earlier,
            grouped,
            order: _,
            distinct: Distinct::No,
            offset: _,
            limit: _,
            lock: None,
            related: _,
            zone: None,
            none: false,
            error: None,
        } = query
        else {
            return None;
        };
        if !(also.is_empty() && joins.is_empty() && earlier.is_empty() && grouped.is_empty()) {
            return None;
        }
        let mut shape = Shape { tokens: SmallVec::new(), values: SmallVec::new(), scope: *scope };
        shape.tokens.push(Token::Model(address(*model)));
        shape.tokens.extend(few.map(Token::Few));
        shape.select(query)?;
        (filters.len() <= MOST_VALUES).then_some(())?;
        filters.iter().try_for_each(|filter| shape.filter(filter))?;
        shape.order(query)?;
        shape.bounds(query);
        Some(shape)
    }

    fn select(&mut self, query: &Query) -> Option<()> {
        if let Group::Values(first) = query.group {
            self.tokens.push(Token::Group(u32::try_from(first).ok()?));
        }
        query.select.iter().try_for_each(|selected| match selected {
            Selected::Model(path) => {
                self.tokens.push(Token::SelectModel);
                self.path(path)
            }
            Selected::Expr(node, sql_type) => {
                self.tokens.push(Token::SelectExpr(*sql_type));
                self.column(node)
            }
        })
    }

    fn filter(&mut self, filter: &Filter) -> Option<()> {
        let after = u32::try_from(filter.after).ok()?;
        self.tokens.push(Token::Filter(filter.negated, filter.sticky, after));
        self.condition(&filter.node)
    }

    fn condition(&mut self, node: &Node) -> Option<()> {
        match node {
            Node::And(all) => self.conditions(Token::And, all),
            Node::Or(any) => self.conditions(Token::Or, any),
            Node::Not(inner) => {
                self.tokens.push(Token::Not);
                self.condition(inner)
            }
            Node::Compare(op, pair) => {
                let [left, right] = &**pair;
                self.comparison(*op, left, right)
            }
            Node::IsNull(one, null) => {
                self.tokens.push(Token::IsNull(*null));
                self.column(one)
            }
            Node::Between(three) => {
                self.tokens.push(Token::Between);
                let [column, from, to] = &**three;
                self.column(column)?;
                self.value(from, None)?;
                self.value(to, None)
            }
            Node::In(one, Members::Values(values, sql_type)) => {
                self.tokens.push(Token::List(**sql_type));
                self.column(one)?;
                if values.is_empty() || !values.iter().all(SqlValue::is_plain) {
                    return None;
                }
                self.values.push(SqlValue::Array(values.clone()));
                Some(())
            }
            Node::In(one, Members::Array(cells, sql_type)) => {
                self.tokens.push(Token::Cells(**sql_type));
                self.column(one)?;
                self.values.push(cells.clone());
                Some(())
            }
            Node::Column { .. } => self.column(node),
            _ => None,
        }
    }

    fn conditions(&mut self, token: fn(u32) -> Token, nodes: &Terms) -> Option<()> {
        (nodes.len() <= MOST_VALUES).then_some(())?;
        self.tokens.push(token(u32::try_from(nodes.len()).ok()?));
        (self.values.len() <= MOST_VALUES).then_some(())?;
        nodes.iter().try_for_each(|node| self.condition(node))
    }

    fn comparison(&mut self, op: Comparison, left: &Node, right: &Node) -> Option<()> {
        self.tokens.push(Token::Compare(op));
        self.column(left)?;
        match right {
            Node::Value(..) | Node::Row(_) => self.value(right, Some(op)),
            _ => self.column(right),
        }
    }

    /// A value, as a comparison of texts sends it.
    fn value(&mut self, node: &Node, op: Option<Comparison>) -> Option<()> {
        match node {
            Node::Value(value, sql_type) if value.is_plain() => {
                self.tokens.push(Token::Value(*sql_type));
                self.values.push(op.map_or_else(|| value.clone(), |op| pattern(op, value)));
                Some(())
            }
            Node::Row(values) if values.iter().all(SqlValue::is_plain) => {
                self.tokens.push(Token::Row(u32::try_from(values.len()).ok()?));
                self.values.extend(values.iter().cloned());
                Some(())
            }
            _ => None,
        }
    }

    fn column(&mut self, node: &Node) -> Option<()> {
        match node {
            Node::Column { path, field } => {
                self.tokens.push(Token::Field(address(*field)));
                self.path(path)
            }
            Node::Relation(path) => {
                self.tokens.push(Token::Relation);
                self.path(path)
            }
            _ => None,
        }
    }

    fn path(&mut self, path: &PathBuf) -> Option<()> {
        let any = path.scope == Scope::ANY;
        if path.on.is_some() || !any && path.scope != self.scope {
            return None;
        }
        let steps = u32::try_from(path.steps.len()).ok()?;
        self.tokens.push(Token::Path(address(path.root), steps, any));
        for step in &path.steps {
            self.tokens.push(match step {
                Step::Forward(relation) => Token::Step(address(*relation), false),
                Step::Reverse(relation) => Token::Step(address(*relation), true),
                Step::Output(..) => return None,
            });
        }
        Some(())
    }

    fn order(&mut self, query: &Query) -> Option<()> {
        let reversed = query.order.reversed;
        let Some(items) = &query.order.by else {
            self.tokens.push(Token::DefaultOrder(reversed));
            return Some(());
        };
        self.tokens.push(Token::Order(u32::try_from(items.len()).ok()?, reversed));
        items.iter().try_for_each(|item| {
            self.tokens.push(Token::OrderItem(item.desc, item.nulls));
            self.column(&item.node)
        })
    }

    fn bounds(&mut self, query: &Query) {
        match query.limit {
            Some(fixed @ 0..=2) => self.tokens.push(Token::Limit(fixed)),
            Some(limit) => self.number(Token::LimitValue, limit),
            None => {}
        }
        if query.offset > 0 {
            self.number(Token::Offset, query.offset);
        }
    }

    fn number(&mut self, token: Token, number: u64) {
        self.tokens.push(token);
        self.values.push(SqlValue::I64(i64::try_from(number).unwrap_or(i64::MAX)));
    }
}

fn address<T>(of: &'static T) -> usize {
    std::ptr::from_ref(of).addr()
}
