//! Pass: functions over windows, and conditions on them.
//!
//! The server calculates windows after WHERE, GROUP BY and HAVING. So a condition on one is asked of
//! the rows of a subquery, as in Django: all other conditions stand inside of it, the ordering, DISTINCT
//! and the bounds around it.

use super::parts::{Plan, bare};
use super::plan::{Ctx, FrameKind, Planner, Result, Reuse, usage};
use super::resolve::known_type;
use crate::ir::{AggregateNode, FrameBound, FrameNode, Node, Scope, WindowNode, WindowSpec};
use orm_sql::ast::{
    self, Body, Column, Connective, Expr, FrameEnd, FrameOffset, FrameUnit, Key, Name, Order,
    Select, TableId, WindowFrame, number,
};
use smallvec::SmallVec;

impl<'a> Planner<'a> {
    /// A function over a window.
    pub fn window(&mut self, window: &WindowNode, ctx: Ctx) -> Result<Expr<'a>> {
        let ctx = Ctx { reuse: Reuse::All, ..ctx.opaque() };
        let function = match &window.function {
            Node::Aggregate(parts) => {
                check_over_window(parts)?;
                Expr::Aggregate(self.aggregate_parts(parts, ctx)?)
            }
            function => self.value(function, ctx)?,
        };
        let over = self.window_spec(&window.over, ctx)?;
        Ok(Expr::Window(self.arena.alloc(ast::Window { function, over })))
    }

    /// A window. The same one again is the same, over the same joins.
    fn window_spec(&mut self, window: &WindowSpec, ctx: Ctx) -> Result<ast::WindowSpec<'a>> {
        let seen = self.frame(ctx.frame).windows.iter().find(|(seen, _)| seen == window);
        if let Some((_, spec)) = seen {
            return Ok(*spec);
        }
        let partition = self.values(&window.partition, ctx)?;
        let order = self.aggregate_order(&window.order, ctx)?;
        let frame = match &window.frame {
            Some(frame) => Some(self.window_frame(frame, order.len())?),
            None => None,
        };
        let spec = ast::WindowSpec { partition, order, frame };
        self.frame_mut(ctx.frame).windows.push((window.clone(), spec));
        Ok(spec)
    }

    fn window_frame(&mut self, frame: &FrameNode, orders: usize) -> Result<WindowFrame<'a>> {
        let FrameNode { unit, start, end, without } = frame;
        let by_value = [start, end].iter().any(|end| matches!(end, FrameBound::Value { .. }));
        if *unit == FrameUnit::Groups && orders == 0 {
            return usage(
                "a window of `groups` has no `order_by`: its groups are the rows that are ordered \
                 alike",
            );
        }
        if by_value && orders != 1 {
            return usage(
                "a window of a `range` of values is ordered by one expression, to which the values \
                 are added",
            );
        }
        let (start, end) = (self.frame_end(start, true), self.frame_end(end, false));
        Ok(WindowFrame { unit: *unit, start, end, without: *without })
    }

    fn frame_end(&mut self, bound: &FrameBound, is_start: bool) -> FrameEnd<'a> {
        let side = |before: bool, offset| match before {
            true => FrameEnd::Preceding(offset),
            false => FrameEnd::Following(offset),
        };
        match bound {
            FrameBound::Unbounded if is_start => FrameEnd::UnboundedPreceding,
            FrameBound::Unbounded => FrameEnd::UnboundedFollowing,
            FrameBound::Rows(0) => FrameEnd::CurrentRow,
            FrameBound::Rows(rows) => side(*rows < 0, FrameOffset::Rows(rows.unsigned_abs())),
            FrameBound::Value { by, sql_type, before } => {
                let value = self.bind(by.clone(), *sql_type);
                let value = Expr::Cast(self.keep(value), *sql_type);
                side(*before, FrameOffset::Value(self.keep(value)))
            }
        }
    }

    /// Divides a condition of a `filter` call into what is asked of windows and what is not.
    pub fn divide_by_windows(&mut self, plan: &mut Plan<'_, 'a>, condition: Expr<'a>) {
        if self.frame(plan.frame).windows.is_empty() || !condition.has_window() {
            return plan.filters.push(condition);
        }
        match condition {
            Expr::Junction(Connective::And, all) => {
                all.iter().for_each(|one| self.divide_by_windows(plan, *one));
            }
            one => plan.qualify.push(one),
        }
    }

    /// The windows that stand at several places of a SELECT.
    pub fn named_windows(
        &self,
        plan: &Plan<'_, 'a>,
        items: &[Expr<'a>],
        order: &[Order<'a>],
    ) -> &'a [ast::WindowSpec<'a>] {
        let mut places: SmallVec<[(ast::WindowSpec<'a>, bool); 4]> = SmallVec::new();
        let windows = &self.frame(plan.frame).windows;
        if windows.is_empty() {
            return &[];
        }
        let ordered = order.iter().filter_map(|item| match &item.key {
            Key::Expr(expr) => Some(expr),
            Key::Place(_) => None,
        });
        for expr in items.iter().chain(ordered) {
            expr.walk(&mut |expr| {
                if let Expr::Window(window) = expr {
                    match places.iter_mut().find(|(seen, _)| *seen == window.over) {
                        Some((_, again)) => *again = true,
                        None => places.push((window.over, false)),
                    }
                }
                !expr.is_query()
            });
        }
        places.retain(|(_, again)| *again);
        let named: SmallVec<[ast::WindowSpec<'a>; 4]> =
            places.into_iter().map(|(window, _)| window).collect();
        self.arena.alloc_slice_copy(&named)
    }

    /// A SELECT whose rows are chosen by windows: those of `inside` that fit. What is said of them
    /// is read from its columns.
    pub fn qualified(
        &mut self,
        plan: &mut Plan<'_, 'a>,
        inside: Select<'a>,
        outside: Outside<'a>,
    ) -> Result<Select<'a>> {
        let scope = Scope::fresh();
        let parent = self.frame(plan.frame).parent;
        let frame = self.push_frame(FrameKind::Query, scope, None, parent);
        let nothing = self.arena.alloc(Body::Select(inside));
        let root = self.push_root(frame, ast::From::Query(nothing), None);
        let mut lift = Lift { planner: self, root, items: inside.items.to_vec() };
        let shown: Vec<Expr<'a>> = inside.items.iter().map(|item| lift.output(item)).collect();
        let conditions: SmallVec<[Expr<'a>; 4]> =
            plan.qualify.iter().map(|condition| lift.condition(condition)).collect();
        let (distinct, order) = (lift.distinct(outside.distinct), lift.order(outside.order));
        let items = lift.items;
        let items = self.list(&items);
        let windows = self.named_windows(plan, items, &[]);
        let inside = Select { items, names: ast::Names::Places, windows, ..inside };
        self.table_mut(root).source = ast::From::Query(self.arena.alloc(Body::Select(inside)));
        let filter = self.fold(Connective::And, &conditions);
        Ok(Select {
            distinct,
            items: self.list(&shown),
            names: if plan.want.numbered { ast::Names::Places } else { ast::Names::Any },
            order,
            limit: outside.limit,
            offset: outside.offset,
            ..bare(frame, filter)
        })
    }
}

/// What stands around the rows that were chosen by windows.
pub(super) struct Outside<'a> {
    pub distinct: ast::Distinct<'a>,
    pub order: &'a [Order<'a>],
    pub limit: Option<ast::Bound>,
    pub offset: Option<ast::Bound>,
}

/// Makes columns of the subquery of what is read around it.
struct Lift<'p, 'a> {
    planner: &'p Planner<'a>,
    root: TableId,
    items: Vec<Expr<'a>>,
}

impl<'a> Lift<'_, 'a> {
    /// An expression as a column of the subquery.
    fn output(&mut self, expr: &Expr<'a>) -> Expr<'a> {
        let place = match self.items.iter().position(|item| item == expr) {
            Some(place) => place,
            None => {
                self.items.push(*expr);
                self.items.len() - 1
            }
        };
        let (name, sql_type) = (Name::Output(number(place)), known_type(expr));
        Expr::Column(Column { table: self.root, name, null: true, sql_type })
    }

    fn distinct(&mut self, distinct: ast::Distinct<'a>) -> ast::Distinct<'a> {
        let ast::Distinct::On(list) = distinct else { return distinct };
        let on: SmallVec<[Expr<'a>; 2]> = list.iter().map(|expr| self.output(expr)).collect();
        ast::Distinct::On(self.planner.list(&on))
    }

    fn order(&mut self, order: &[Order<'a>]) -> &'a [Order<'a>] {
        let lifted = |item: &Order<'a>| match &item.key {
            Key::Expr(expr) => Order { key: Key::Expr(self.output(expr)), ..*item },
            Key::Place(_) => *item,
        };
        let order: SmallVec<[Order<'a>; 4]> = order.iter().map(lifted).collect();
        self.planner.arena.alloc_slice_copy(&order)
    }

    /// A condition over columns of the subquery. Comparisons stay outside, so that the server can
    /// stop counting as soon as the number that is asked for is there.
    fn condition(&mut self, expr: &Expr<'a>) -> Expr<'a> {
        let keep = |this: &Self, one: Expr<'a>| this.planner.keep(one);
        match expr {
            Expr::Param(_) | Expr::Bool(_) => *expr,
            Expr::Binary(op, pair) => {
                let [left, right] = *pair;
                let (left, right) = (self.condition(left), self.condition(right));
                self.planner.binary(op, left, right)
            }
            Expr::Junction(connective, list) => {
                let list: Vec<Expr<'a>> = list.iter().map(|one| self.condition(one)).collect();
                Expr::Junction(*connective, self.planner.list(&list))
            }
            Expr::Not(one) => {
                let one = self.condition(one);
                Expr::Not(keep(self, one))
            }
            Expr::IsNull(one, null) => {
                let one = self.condition(one);
                Expr::IsNull(keep(self, one), *null)
            }
            Expr::Cast(one, sql_type) => {
                let one = self.condition(one);
                Expr::Cast(keep(self, one), *sql_type)
            }
            Expr::IsTrue(one, []) => {
                let one = self.condition(one);
                Expr::IsTrue(keep(self, one), &[])
            }
            other => self.output(other),
        }
    }
}

/// What the server does not do over windows.
fn check_over_window(parts: &AggregateNode) -> Result<()> {
    match parts {
        AggregateNode { function, .. } if function.within_group => usage(
            "the server has no aggregates of the rows in an order over windows: calculate them in a \
             `subquery(…)`, or in the groups of a `join`",
        ),
        AggregateNode { distinct: true, .. } => usage(
            "an aggregate over a window cannot be `distinct`: aggregate in a `subquery(…)`, or call \
             `.nested()` after `distinct`",
        ),
        AggregateNode { order, .. } if !order.is_empty() => usage(
            "an aggregate over a window has the order of the window: give `order_by` to the window",
        ),
        _ => Ok(()),
    }
}
