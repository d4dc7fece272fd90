//! Pass: the ordering, and DISTINCT, which must agree with it.

use super::join::written;
use super::parts::{Items, Plan, WantOrder};
use super::plan::{Ctx, Planner, Result, usage};
use crate::ir::{Distinct, ModelMeta, Node, OrderNode, PathBuf, Step};
use orm_sql::ast::{self, Expr, Key, Order};
use orm_sql::value::SqlType;
use smallvec::SmallVec;

pub(super) type Orders<'a> = SmallVec<[Order<'a>; 4]>;

/// The models whose default orderings led here, to see a circle.
type Seen = SmallVec<[&'static ModelMeta; 4]>;

impl<'a> Planner<'a> {
    pub fn distinct_and_order(
        &mut self,
        plan: &Plan<'_, 'a>,
    ) -> Result<(ast::Distinct<'a>, Orders<'a>)> {
        let on = match &plan.query.distinct {
            Distinct::On(nodes) => self.distinct_on(plan, nodes)?,
            Distinct::No | Distinct::Rows => SmallVec::new(),
        };
        let decides = plan.query.is_sliced() || !on.is_empty();
        let mut order = match plan.want.order {
            WantOrder::Always => self.ordering(plan, &on)?,
            WantOrder::IfItDecides | WantOrder::Few(_) if decides => self.ordering(plan, &on)?,
            _ => Orders::new(),
        };
        let distinct = match &plan.query.distinct {
            Distinct::No => ast::Distinct::No,
            Distinct::Rows => {
                self.check_distinct_rows(plan, &mut order)?;
                ast::Distinct::Rows
            }
            Distinct::On(_) => {
                check_distinct_on(plan, &on, &order)?;
                let on: SmallVec<[Expr<'a>; 2]> = on.iter().map(|(_, expr)| *expr).collect();
                ast::Distinct::On(self.list(&on))
            }
        };
        Ok((distinct, order))
    }

    fn distinct_on<'n>(
        &mut self,
        plan: &Plan<'_, 'a>,
        nodes: &'n [Node],
    ) -> Result<SmallVec<[(&'n Node, Expr<'a>); 2]>> {
        let mut on: SmallVec<[(&'n Node, Expr<'a>); 2]> = SmallVec::new();
        for node in nodes {
            // What is said twice the server has once in the ordering.
            if on.iter().any(|(known, _)| *known == node) {
                continue;
            }
            let expr = match plan.exprs.iter().find(|(selected, ..)| *selected == node) {
                Some((_, expr, _)) => *expr,
                None => self.value(node, Ctx::value(plan.frame))?,
            };
            // Two ways may lead to one column.
            if on.iter().any(|(_, known)| *known == expr) {
                continue;
            }
            on.push((node, expr));
        }
        Ok(on)
    }

    fn ordering(&mut self, plan: &Plan<'_, 'a>, on: &[(&Node, Expr<'a>)]) -> Result<Orders<'a>> {
        let mut order = Orders::new();
        let reversed = plan.query.order.reversed;
        let frame = self.frame(plan.frame);
        let grouped = frame.grouped || !frame.ways.is_empty();
        let (root, frame_model) = (frame.root, frame.model);
        match (
            &plan.query.order.by,
            plan.query.order.default.or(frame.model.and_then(|m| m.default_ordering())),
        ) {
            (Some(items), _) => {
                for item in items {
                    let known = Known { plan: Some(plan), on };
                    let ctx = Ctx::value(plan.frame);
                    self.order_item(item, reversed, ctx, &known, &mut Seen::new(), &mut order)?;
                }
            }
            (None, Some(default)) if !grouped && !self.is_nested(plan) => {
                let ctx = Ctx { base: Some(root), ..Ctx::value(plan.frame) };
                let known = Known { plan: None, on: &[] };
                let mut seen: Seen = frame_model.into_iter().collect();
                for item in &default() {
                    self.order_item(item, reversed, ctx, &known, &mut seen, &mut order)?;
                }
            }
            _ => {}
        }
        Ok(order)
    }

    fn is_nested(&self, plan: &Plan<'_, 'a>) -> bool {
        let root = self.table(self.frame(plan.frame).root);
        let is_inline = root.model.is_some_and(|model| model.read_as().is_some());
        match root.source {
            ast::From::Table { .. } => false,
            ast::From::Raw(_) => !is_inline,
            _ => true,
        }
    }

    fn order_item(
        &mut self,
        item: &OrderNode,
        reversed: bool,
        ctx: Ctx,
        known: &Known<'_, '_, 'a>,
        seen: &mut Seen,
        order: &mut Orders<'a>,
    ) -> Result<()> {
        let turned = if reversed { Some(item.clone().reversed()) } else { None };
        let OrderNode { node, desc, nulls, sql_type } = turned.as_ref().unwrap_or(item);
        match node {
            Node::Relation(path)
                if path.target().default_ordering().is_some() && !path.steps.is_empty() =>
            {
                return self.order_by_relation(path, *desc, ctx, seen, order);
            }
            Node::Relation(path) => {
                for (column, field) in self.key_columns(path, ctx)? {
                    self.frame_mut(ctx.frame).order_types.push(Some(field.sql_type));
                    let key = Key::Expr(Expr::Column(column));
                    order.push(Order { key, desc: *desc, nulls: *nulls });
                }
            }
            node => {
                let key = match known.key(node) {
                    Some(key) => key,
                    None => Key::Expr(self.value(node, ctx)?),
                };
                // The same for all rows, and no ordering for the server.
                if !matches!(key, Key::Expr(Expr::Bool(_))) {
                    self.frame_mut(ctx.frame).order_types.push(sql_type.or(evident(node)));
                    order.push(Order { key, desc: *desc, nulls: *nulls });
                }
            }
        }
        Ok(())
    }

    /// A relation means the default ordering of the rows that it leads to.
    fn order_by_relation(
        &mut self,
        path: &PathBuf,
        desc: bool,
        ctx: Ctx,
        seen: &mut Seen,
        order: &mut Orders<'a>,
    ) -> Result<()> {
        let target = path.target();
        if seen.contains(&target) {
            let last = path.steps.last().and_then(Step::relation);
            return usage(format!(
                "the default ordering of `{}` leads back to itself over `{}`",
                target.name,
                last.map_or("a relation", |relation| relation.name)
            ));
        }
        seen.push(target);
        let table = self.place(path, ctx)?;
        let ctx = Ctx { base: Some(table), ..ctx };
        let default =
            path.target().default_ordering().map(|ordering| ordering()).unwrap_or_default();
        let known = Known { plan: None, on: &[] };
        for item in &default {
            self.order_item(item, desc, ctx, &known, seen, order)?;
        }
        seen.pop();
        Ok(())
    }

    /// DISTINCT rows can only be ordered by what is selected. A default ordering that is not
    /// is left out; one that was asked for is a mistake.
    fn check_distinct_rows(&self, plan: &Plan<'_, 'a>, order: &mut Orders<'a>) -> Result<()> {
        if !matches!(plan.want.items, Items::All) {
            return Ok(());
        }
        let selected = |item: &Order<'a>| match &item.key {
            Key::Place(_) => true,
            Key::Expr(expr) => plan.items.iter().any(|selected| selected == expr),
        };
        let Some(place) = order.iter().position(|item| !selected(item)) else { return Ok(()) };
        let Some(explicit) = &plan.query.order.by else {
            order.clear();
            return Ok(());
        };
        let name = match explicit.get(place).map(|item| &item.node) {
            Some(Node::Column { path, field }) => format!("`{}`", written(path, field.name)),
            _ => "an expression".to_owned(),
        };
        usage(format!(
            "distinct rows are ordered by {name}, which is not selected: select it, or drop it \
             from `order_by`"
        ))
    }
}

/// The type of what needs none to be said.
fn evident(node: &Node) -> Option<SqlType> {
    match node {
        Node::Column { field, .. } => Some(field.sql_type),
        Node::Output(_, _, sql_type) | Node::Value(_, sql_type) | Node::Cast(_, sql_type) => {
            Some(*sql_type)
        }
        _ => None,
    }
}

/// Expressions that have a place or a form already.
struct Known<'p, 'n, 'a> {
    plan: Option<&'p Plan<'n, 'a>>,
    on: &'p [(&'p Node, Expr<'a>)],
}

impl<'a> Known<'_, '_, 'a> {
    fn key(&self, node: &Node) -> Option<Key<'a>> {
        if let Some((_, expr)) = self.on.iter().find(|(on, _)| *on == node) {
            return Some(Key::Expr(*expr));
        }
        let plan = self.plan?;
        let mut known = plan.exprs.iter().filter(|(selected, ..)| *selected == node);
        let Some((_, expr, place)) =
            known.clone().find(|known| known.2.is_some()).or_else(|| known.next())
        else {
            // Of the row that was joined for it, whatever was joined later.
            let (_, expr) = plan.earlier.iter().find(|(earlier, _)| *earlier == node)?;
            return Some(Key::Expr(*expr));
        };
        let place = place.filter(|_| !matches!(node, Node::Column { .. }));
        Some(place.map_or(Key::Expr(*expr), |place| Key::Place(place + 1)))
    }
}

/// The server takes the first row of each group in the order of the query, so the order must begin
/// with the groups.
fn check_distinct_on<'a>(
    plan: &Plan<'_, 'a>,
    on: &[(&Node, Expr<'a>)],
    order: &Orders<'a>,
) -> Result<()> {
    let mut first: SmallVec<[Option<&Expr<'a>>; 4]> = SmallVec::new();
    for item in order {
        let expr = match &item.key {
            Key::Expr(expr) => Some(expr),
            Key::Place(place) => plan.items.get(usize::from(*place) - 1),
        };
        if !first.contains(&expr) {
            first.push(expr);
        }
    }
    let among = |expr: &Option<&Expr<'a>>| on.iter().any(|(_, on)| Some(on) == *expr);
    if first.iter().take(on.len()).all(among) {
        return Ok(());
    }
    usage(
        "`distinct_on` keeps the first row of each group in the order of the query, so `order_by` \
         must begin with the same expressions",
    )
}
