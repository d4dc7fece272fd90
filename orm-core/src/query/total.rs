//! Counting, testing for rows, and aggregates over all rows of a query.

use super::cache::remembered;
use super::compile::output_column;
use super::join::written;
use super::multiplied::may_multiply;
use super::parts::{Items, Plan, Want, WantOrder, bare};
use super::plan::{Ctx, FrameKind, Planner, Result, compile, usage};
use super::resolve::known_type;
use super::shape::Asked;
use crate::ir::visit::{aggregates_twice, has_aggregate, has_window, spreads};
use crate::ir::{Child, Distinct, Grouping, Node, OrderNode, Query, Selected, Source};
use orm_sql::ast::{self, Aggregate, Body, Bound, Column, Expr, FrameId, Name, Template};
use orm_sql::exec::instrumentation::Work;
use orm_sql::exec::{OutputColumn, Statement};
use orm_sql::value::SqlType;
use smallvec::SmallVec;

/// The statement that counts the rows of a query: one number.
///
/// Orderings are left out, and so are joins that are only there to select more columns.
///
/// # Errors
///
/// As for [`super::select`].
pub fn count(query: &Query) -> orm_sql::Result<Statement> {
    remembered(query, Asked::Count, || count_of(query))
}

fn count_of(query: &Query) -> orm_sql::Result<Statement> {
    compile(|planner| {
        static COUNT: Template = Template::counting("COUNT(*)");
        let all = Aggregate {
            function: &COUNT,
            args: &[],
            distinct: false,
            filter: None,
            order: &[],
            default: None,
        };
        let all = Expr::Aggregate(planner.arena.alloc(all));
        let distinct = query.distinct == Distinct::Rows;
        let items = if distinct { Items::All } else { Items::None };
        let want = Want { items, order: order_of_total(query), numbered: false, page: None };
        let mut plan = planner.open_plan(query, None, want)?;
        planner.fill(&mut plan)?;
        let select = match planner.is_apart(&plan) {
            false => planner.total(&plan, &[all]),
            true => {
                let inner = Body::Select(planner.close(&mut plan)?);
                let frame = planner.around(&inner);
                ast::Select {
                    items: planner.arena.alloc_slice_copy(&[all]),
                    ..bare(frame, Expr::Bool(true))
                }
            }
        };
        let column = OutputColumn { model: "the query", field: "count", sql_type: SqlType::Int8 };
        let mut statement = planner.statement(&Body::Select(select), vec![column])?;
        statement.about.work = Work::Count;
        Ok(statement)
    })
}

/// The ordering says which rows a slice takes, which is nothing where they are only counted: unless
/// it joins rows of its own, or groups by what is not selected, and so makes more of them.
fn order_of_total(query: &Query) -> WantOrder {
    let grouped = matches!(query.grouping(), Grouping::Selected | Grouping::Earlier);
    let selected = |node: &Node| {
        let same = |selected: &Selected| matches!(selected, Selected::Expr(own, _) if own == node);
        query.select.iter().any(same)
    };
    let counts = |OrderNode { node, .. }: &OrderNode| match grouped {
        true => !selected(node),
        false => spreads(node) && !has_aggregate(node),
    };
    match query.is_sliced() && query.order.by.iter().flatten().any(counts) {
        true => WantOrder::IfItDecides,
        false => WantOrder::Never,
    }
}

/// The statement that returns a row when a query has any.
///
/// # Errors
///
/// As for [`super::select`].
pub fn exists(query: &Query) -> orm_sql::Result<Statement> {
    remembered(query, Asked::Exists, || existence_of(query))
}

fn existence_of(query: &Query) -> orm_sql::Result<Statement> {
    compile(|planner| {
        let whole = query.distinct != Distinct::No && query.is_sliced();
        let items = if whole { Items::All } else { Items::None };
        let want = Want { items, order: order_of_total(query), numbered: false, page: None };
        let mut plan = planner.open_plan(query, None, want)?;
        planner.fill(&mut plan)?;
        let mut select = planner.close(&mut plan)?;
        if whole {
            let frame = planner.around(&Body::Select(select));
            select = bare(frame, Expr::Bool(true));
        }
        let select =
            ast::Select { distinct: ast::Distinct::No, limit: Some(Bound::Fixed(1)), ..select };
        let column = OutputColumn { model: "the query", field: "exists", sql_type: SqlType::Int4 };
        let mut statement = planner.statement(&Body::Select(select), vec![column])?;
        statement.about.work = Work::Exists;
        Ok(statement)
    })
}

/// The statement that calculates aggregates over all rows of a query: one row.
///
/// # Errors
///
/// As for [`super::select`]; and where the rows are distinct and an aggregate reads a column that
/// is not selected.
pub fn aggregate(query: &Query, exprs: &[(Node, SqlType)]) -> orm_sql::Result<Statement> {
    remembered(query, Asked::Totals(exprs), || totals_of(query, exprs))
}

fn totals_of(query: &Query, exprs: &[(Node, SqlType)]) -> orm_sql::Result<Statement> {
    compile(|planner| {
        exprs.iter().try_for_each(|(node, _)| check_total(node))?;
        let distinct = query.distinct == Distinct::Rows;
        let items = if distinct { Items::All } else { Items::None };
        let want = Want { items, order: WantOrder::IfItDecides, numbered: true, page: None };
        let mut plan = planner.open_plan(query, None, want)?;
        planner.fill(&mut plan)?;
        let twice = |node: &Node| aggregates_twice(node) || has_window(node);
        let apart = planner.is_apart(&plan) || exprs.iter().any(|(node, _)| twice(node));
        if !apart && may_multiply(query, exprs) {
            planner.choose_ways(&plan, Some(exprs))?;
        }
        let select = match apart {
            false => {
                let items = planner.totals(plan.frame, exprs)?;
                planner.total(&plan, &items)
            }
            true => planner.summary(&mut plan, exprs)?,
        };
        let columns =
            exprs.iter().map(|(node, sql_type)| output_column(node, *sql_type, &[])).collect();
        planner.statement(&Body::Select(select), columns)
    })
}

impl<'a> Planner<'a> {
    /// True where totals need the query as a subquery.
    fn is_apart(&self, plan: &Plan<'_, 'a>) -> bool {
        let query = plan.query;
        !plan.qualify.is_empty()
            || query.distinct != Distinct::No
            || query.is_sliced()
            || self.frame(plan.frame).grouped
            || matches!(query.source, Source::Row(..) | Source::Raw(..))
    }

    /// A SELECT of totals over the rows that a plan finds.
    fn total(&mut self, plan: &Plan<'_, 'a>, items: &[Expr<'a>]) -> ast::Select<'a> {
        let filter = self.all_filters(plan);
        ast::Select { items: self.list(items), ..bare(plan.frame, filter) }
    }

    pub fn totals(
        &mut self,
        frame: FrameId,
        exprs: &[(Node, SqlType)],
    ) -> Result<SmallVec<[Expr<'a>; 4]>> {
        exprs.iter().map(|(node, _)| self.value(node, Ctx::value(frame))).collect()
    }

    /// A SELECT that reads from another one.
    fn around(&mut self, inner: &Body<'a>) -> FrameId {
        let frame = self.push_frame(FrameKind::Query, crate::ir::Scope::fresh(), None, None);
        self.push_root(frame, ast::From::Query(self.arena.alloc(*inner)), None);
        frame
    }

    /// Totals over the rows of a query as a subquery, which selects what they read.
    fn summary(
        &mut self,
        plan: &mut Plan<'_, 'a>,
        exprs: &[(Node, SqlType)],
    ) -> Result<ast::Select<'a>> {
        let nothing = self.arena.alloc(Body::Select(bare(plan.frame, Expr::Bool(true))));
        let scope = self.frame(plan.frame).scope;
        let kind = FrameKind::Summary(plan.frame);
        let frame = self.push_frame(kind, scope, None, None);
        let root = self.push_root(frame, ast::From::Query(nothing), None);
        self.pulled = plan.items.to_vec();
        self.fixed = plan.query.distinct == Distinct::Rows;
        let by_groups = self.frame(plan.frame).grouped && !plan.query.groups_by_row();
        self.groups = by_groups.then(|| plan.exprs.iter().map(|(_, expr, _)| *expr).collect());
        let items = self.totals(frame, exprs)?;
        plan.items.clear();
        plan.items.extend_from_slice_copy(&self.pulled);
        let inner = self.close(plan)?;
        self.table_mut(root).source = ast::From::Query(self.arena.alloc(Body::Select(inner)));
        Ok(ast::Select { items: self.list(&items), ..bare(frame, Expr::Bool(true)) })
    }

    /// What a summary reads from the query inside: columns, and what that query aggregates.
    pub fn pull(&mut self, node: &Node, inner: FrameId, ctx: Ctx) -> Result<Option<Expr<'a>>> {
        let from_inside = match node {
            Node::Column { .. }
            | Node::Relation(_)
            | Node::Output(..)
            | Node::Exists(_)
            | Node::Subquery(_) => true,
            Node::Aggregate(_) | Node::Window(_) => ctx.inside,
            _ => false,
        };
        if !from_inside {
            return Ok(None);
        }
        let expr = self.value(node, Ctx::value(inner))?;
        if self.groups.as_ref().is_some_and(|groups| !is_of_groups(&expr, groups)) {
            return usage(format!(
                "an aggregate over groups reads {}, which the groups are not by: select it by \
                 `values` before the groups are made, or aggregate the rows themselves",
                named(node)
            ));
        }
        let place = match self.pulled.iter().position(|pulled| *pulled == expr) {
            Some(place) => place,
            None if self.fixed => {
                return usage(
                    "an aggregate over distinct rows reads what is not selected: select it, or \
                     drop `distinct`",
                );
            }
            None => {
                self.pulled.push(expr);
                self.pulled.len() - 1
            }
        };
        let name = Name::Output(ast::number(place));
        let table = self.frame(ctx.frame).root;
        Ok(Some(Expr::Column(Column { table, name, null: true, sql_type: known_type(&expr) })))
    }
}

/// True for what a group has one of: what it is grouped by, and aggregates.
fn is_of_groups(expr: &Expr<'_>, groups: &[Expr<'_>]) -> bool {
    match expr {
        Expr::Row(parts) => parts.iter().all(|part| groups.contains(part)),
        expr => groups.contains(expr) || expr.has_aggregate(),
    }
}

/// A total is of all rows: an aggregate, with nothing beside it that is of one row.
fn check_total(node: &Node) -> Result<()> {
    if !has_aggregate(node) {
        return usage(format!(
            "`aggregate` takes aggregates, and {} is none: aggregate it, as by `.max()`, `.sum()` or \
             `.count()`, or select it by `values`",
            named(node)
        ));
    }
    match read_beside(node) {
        None => Ok(()),
        Some(column) => usage(format!(
            "`aggregate` gives one row for all, and {} beside an aggregate is of each row: aggregate \
             it as well",
            named(column)
        )),
    }
}

/// What an expression reads of a row, outside of its aggregates.
fn read_beside(node: &Node) -> Option<&Node> {
    match node {
        Node::Column { .. } | Node::Relation(_) | Node::Output(..) => Some(node),
        Node::Aggregate(_) | Node::Outer(_) => None,
        _ => {
            let mut found = None;
            node.each_child(&mut |child| {
                if let (Child::Node(child), None) = (child, found) {
                    found = read_beside(child);
                }
            });
            found
        }
    }
}

fn named(node: &Node) -> String {
    match node {
        Node::Column { path, field } => format!("`{}`", written(path, field.name)),
        _ => "an expression".to_owned(),
    }
}
