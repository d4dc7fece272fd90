//! Pass: pages. An ordering that leaves no two rows alike, its values beside the rows, and the rows
//! beyond the values of one of them.
//!
//! The condition is made of the same resolved expressions as the ordering, so that it is about the same
//! joined rows, whatever stands in the ordering.

use super::cache::remembered_page;
use super::compile::output_columns;
use super::order::Orders;
use super::parts::{Plan, Want};
use super::plan::{Planner, Result, compile, usage};
use super::shape::Asked;
use crate::ir::{Distinct, Query};
use orm_sql::ast::{Connective, Expr, Key, NullsOrder};
use orm_sql::exec::{OutputColumn, Statement};
use orm_sql::value::{SqlType, SqlValue};
use smallvec::SmallVec;

/// Which page of a query's rows.
#[derive(Clone, Debug, Default)]
pub struct PageOf {
    /// The rows come beyond these values; from the beginning where there are none.
    pub beyond: Option<Position>,
    /// From the end to the beginning.
    pub backwards: bool,
    /// The rows are counted off, and not compared: there is no position.
    pub by_number: bool,
}

/// A place in an ordering: the values that a row has there.
#[derive(Clone, Debug)]
pub struct Position {
    /// A value for each item of the ordering.
    pub values: Vec<SqlValue>,
    /// A row with the very same values is beyond it as well.
    pub inclusive: bool,
    /// The ordering that the values are of, where they come from somewhere else.
    pub fingerprint: Option<u64>,
}

/// What was made of an ordering.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PageShape {
    /// The cells that hold its values.
    pub cells: Vec<usize>,
    /// How many cells a row has.
    pub width: usize,
    /// What tells the ordering from others.
    pub fingerprint: u64,
}

/// The statement that selects the rows of a page, with the values of the ordering beside them.
///
/// # Errors
///
/// Those of [`select`](super::select); what pages cannot be made of; a position in another ordering.
pub fn select_page(query: &Query, page: &PageOf) -> orm_sql::error::Result<(Statement, PageShape)> {
    remembered_page(query, Asked::Page(page), || page_of(query, page))
}

fn page_of(query: &Query, page: &PageOf) -> orm_sql::error::Result<(Statement, PageShape)> {
    compile(|planner| {
        let want = Want { page: Some(page), ..Want::ROWS };
        let body = planner.body(query, None, want)?;
        let (shape, types) = planner.page.take().unwrap_or_default();
        let mut columns = output_columns(query);
        let beside = |sql_type| OutputColumn {
            model: "the page",
            field: "what the rows are ordered by",
            sql_type,
        };
        columns.extend(types.into_iter().map(beside));
        Ok((planner.statement(body, columns)?, shape))
    })
}

/// One item of the ordering, as rows beyond a position are compared.
struct Compared<'a> {
    expr: Expr<'a>,
    /// `None` for NULL.
    value: Option<Expr<'a>>,
    desc: bool,
    nulls_first: bool,
    may_be_null: bool,
}

impl Compared<'_> {
    /// True where `>` or `<` alone says which rows are beyond the value.
    fn is_plain(&self) -> bool {
        self.value.is_some() && (!self.may_be_null || self.nulls_first)
    }
}

impl<'a> Planner<'a> {
    /// Completes the ordering, selects its values, and leaves out the rows that are not beyond.
    pub fn page(
        &mut self,
        plan: &mut Plan<'_, 'a>,
        page: &PageOf,
        order: &mut Orders<'a>,
    ) -> Result<()> {
        if matches!(plan.query.distinct, Distinct::On(_)) && !page.by_number {
            return usage(
                "pages after `distinct_on`: the rows of a page are chosen before the first of each is; \
                 call `.nested()` in between, and order its rows",
            );
        }
        let mut types = self.types_of_order(plan, order)?;
        self.add_ties(plan, order, &mut types)?;
        let exprs: SmallVec<[Expr<'a>; 4]> =
            order.iter().map(|item| expr_of(plan, item.key)).collect();
        if !page.by_number && exprs.iter().any(is_volatile) {
            return usage(
                "rows in a random order have no pages: another page would have other rows; order them \
                 by what stays",
            );
        }
        if page.by_number {
            let shape = PageShape { width: plan.items.len(), ..PageShape::default() };
            self.page = Some((shape, Vec::new()));
            return Ok(());
        }
        let fingerprint = self.fingerprint(order, &exprs, &types);
        self.select_order(plan, &exprs, &types, fingerprint);
        if page.backwards {
            for item in order.iter_mut() {
                item.desc = !item.desc;
                item.nulls = item.nulls.map(opposite);
            }
        }
        match &page.beyond {
            Some(position) => self.beyond(plan, position, fingerprint, order, &exprs, &types),
            None => Ok(()),
        }
    }

    /// Selects what the rows are ordered by, where it is not selected anyway.
    fn select_order(
        &mut self,
        plan: &mut Plan<'_, 'a>,
        exprs: &[Expr<'a>],
        types: &[SqlType],
        fingerprint: u64,
    ) {
        let (mut cells, mut beside) = (Vec::new(), Vec::new());
        for (expr, sql_type) in exprs.iter().zip(types) {
            let cell = plan.items.iter().position(|item| item == expr).unwrap_or_else(|| {
                plan.items.push(*expr);
                beside.push(*sql_type);
                plan.items.len() - 1
            });
            cells.push(cell);
        }
        let shape = PageShape { cells, width: plan.items.len(), fingerprint };
        self.page = Some((shape, beside));
    }

    /// The types of what rows are ordered by.
    fn types_of_order(&self, plan: &Plan<'_, 'a>, order: &Orders<'a>) -> Result<Vec<SqlType>> {
        let known = &self.frame(plan.frame).order_types;
        let items = order.iter().enumerate();
        let types = items.map(|(place, item)| {
            let said = known.get(place).copied().flatten();
            said.or_else(|| self.type_of(plan, &expr_of(plan, item.key)))
        });
        match types.collect::<Option<Vec<_>>>() {
            Some(types) => Ok(types),
            None => usage(
                "the rows are ordered by an expression whose type is not known, so that its values \
                 cannot be kept for the next page: order by `.cast::<…>()` of it",
            ),
        }
    }

    /// The condition for the rows beyond a position.
    fn beyond(
        &mut self,
        plan: &mut Plan<'_, 'a>,
        position: &Position,
        fingerprint: u64,
        order: &Orders<'a>,
        exprs: &[Expr<'a>],
        types: &[SqlType],
    ) -> Result<()> {
        let differs = |of| of != fingerprint || position.values.len() != exprs.len();
        if position.fingerprint.is_some_and(differs) {
            return usage(
                "the token is of a query set with another ordering, or of other rows: a token is for \
                 the query set whose page it came with, ordered as it was then; begin again without one",
            );
        }
        let mut compared: SmallVec<[Compared<'a>; 4]> = SmallVec::new();
        for (((item, expr), sql_type), value) in
            order.iter().zip(exprs).zip(types).zip(&position.values)
        {
            let value = match value.is_null() {
                true => None,
                false => Some(self.bind(as_sent(value, *sql_type), *sql_type)),
            };
            compared.push(Compared {
                may_be_null: !self.are_known(&[*expr]),
                expr: self.comparable(*expr, *sql_type),
                value,
                desc: item.desc,
                nulls_first: item.nulls.map_or(item.desc, |nulls| nulls == NullsOrder::First),
            });
        }
        let condition = self.rows_beyond(&compared, position.inclusive);
        self.divide_by_windows(plan, condition);
        Ok(())
    }

    /// An expression as it can be compared: arrays of `varchar` have no operators with those of `text`.
    fn comparable(&self, expr: Expr<'a>, sql_type: SqlType) -> Expr<'a> {
        match sql_type {
            SqlType::Array(_) if sql_type.leaf() == SqlType::Text => {
                Expr::Cast(self.keep(expr), sql_type)
            }
            _ => expr,
        }
    }

    fn rows_beyond(&mut self, keys: &[Compared<'a>], inclusive: bool) -> Expr<'a> {
        let Some((first, rest)) = keys.split_first() else { return Expr::Bool(inclusive) };
        let agree = |key: &Compared<'a>| key.is_plain() && key.desc == first.desc;
        let windows = keys.len() > 1 && keys.iter().any(|key| key.expr.has_window());
        if keys.iter().all(agree) && !windows {
            return self.row_beyond(keys, first.desc, inclusive);
        }
        let Some(value) = first.value else {
            let is_null = |this: &Self, null| Expr::IsNull(this.keep(first.expr), null);
            let same = self.rows_beyond(rest, inclusive);
            return match first.nulls_first {
                true => self.either(&[is_null(self, false), same]),
                false => self.both(is_null(self, true), same),
            };
        };
        let op = operator(first.desc, false);
        let further = self.binary(op, first.expr, value);
        let same = self.rows_beyond(rest, inclusive);
        if first.is_plain() {
            // An index on it gives the rows from there on.
            let from_here = self.binary(operator(first.desc, true), first.expr, value);
            let any = self.either(&[further, same]);
            return self.both(from_here, any);
        }
        let null = Expr::IsNull(self.keep(first.expr), true);
        let equal = self.binary("=", first.expr, value);
        let equal = self.both(equal, same);
        self.either(&[further, null, equal])
    }

    /// `(a, b) > ($1, $2)`
    fn row_beyond(&mut self, keys: &[Compared<'a>], desc: bool, inclusive: bool) -> Expr<'a> {
        let exprs = keys.iter().map(|key| key.expr);
        let left = self.row(exprs);
        let right = self.row(keys.iter().filter_map(|key| key.value));
        self.binary(operator(desc, inclusive), left, right)
    }

    /// Any of them; what never holds is left out.
    fn either(&mut self, conditions: &[Expr<'a>]) -> Expr<'a> {
        if conditions.contains(&Expr::Bool(true)) {
            return Expr::Bool(true);
        }
        let some = conditions.iter().filter(|one| **one != Expr::Bool(false));
        let some: SmallVec<[Expr<'a>; 3]> = some.copied().collect();
        if some.is_empty() { Expr::Bool(false) } else { self.fold(Connective::Or, &some) }
    }

    fn both(&mut self, one: Expr<'a>, other: Expr<'a>) -> Expr<'a> {
        match other {
            Expr::Bool(true) => one,
            Expr::Bool(false) => Expr::Bool(false),
            other => self.fold(Connective::And, &[one, other]),
        }
    }
}

/// What an item of the ordering orders by.
pub(super) fn expr_of<'a>(plan: &Plan<'_, 'a>, key: Key<'a>) -> Expr<'a> {
    match key {
        Key::Expr(expr) => expr,
        Key::Place(place) => {
            let item = usize::from(place).checked_sub(1).and_then(|place| plan.items.get(place));
            item.copied().unwrap_or(Expr::Bool(true))
        }
    }
}

/// True for what is another value each time that it is asked for.
fn is_volatile(expr: &Expr<'_>) -> bool {
    const FUNCTIONS: [&str; 4] = ["RANDOM(", "GEN_RANDOM_UUID(", "CLOCK_TIMESTAMP(", "UUIDV7("];
    let mut found = false;
    expr.walk(&mut |expr| {
        found |= match expr {
            Expr::Template(template, _) => {
                let sql = template.sql.to_ascii_uppercase();
                FUNCTIONS.iter().any(|function| sql.contains(function))
            }
            _ => false,
        };
        !found
    });
    found
}

/// A value as a parameter of its type: an array says of what it is, as `varchar[]` does where `text[]` is
/// sent.
fn as_sent(value: &SqlValue, sql_type: SqlType) -> SqlValue {
    const ITEMS: std::ops::Range<usize> = 8..12;
    let mut value = value.clone();
    if let (SqlValue::Cell(raw), SqlType::Array(_), Some(oid)) =
        (&mut value, sql_type, sql_type.leaf().oid())
        && let Some(items) = raw.get_mut(ITEMS)
    {
        items.copy_from_slice(&oid.to_be_bytes());
    }
    value
}

fn operator(desc: bool, inclusive: bool) -> &'static str {
    match (desc, inclusive) {
        (false, false) => ">",
        (false, true) => ">=",
        (true, false) => "<",
        (true, true) => "<=",
    }
}

fn opposite(nulls: NullsOrder) -> NullsOrder {
    match nulls {
        NullsOrder::First => NullsOrder::Last,
        NullsOrder::Last => NullsOrder::First,
    }
}
