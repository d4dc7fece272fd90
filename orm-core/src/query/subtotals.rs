//! Pass: groups with subtotals.

use super::parts::Plan;
use super::plan::{Ctx, Planner, Result, usage};
use crate::ir::visit::{has_aggregate, has_window};
use crate::ir::{Group, Node, SetsKind};
use orm_sql::ast::{self, Aggregate, Expr, GROUPING, Key};
use smallvec::SmallVec;

impl<'a> Planner<'a> {
    /// What groups with subtotals are by.
    pub fn group_sets<'n>(&mut self, plan: &mut Plan<'n, 'a>) -> Result<()> {
        if plan.query.sets.is_empty() {
            return Ok(());
        }
        if plan.query.group == Group::Rows {
            return usage(
                "`rollup`, `cube` and `grouping_sets` say what `values` groups by: select them by \
                 `values`, and aggregates by `annotate`",
            );
        }
        self.frame_mut(plan.frame).grouped = true;
        for node in plan.query.sets.iter().flat_map(|own| &own.sets).flatten() {
            if self.frame(plan.frame).set_keys.iter().any(|(known, _)| known == node) {
                continue;
            }
            if has_aggregate(node) || has_window(node) {
                return usage(
                    "groups are made by columns and what is calculated of them, before anything is aggregated",
                );
            }
            let expr = self.value(node, Ctx::value(plan.frame))?;
            plan.exprs.push((node, expr, None));
            self.frame_mut(plan.frame).set_keys.push((node.clone(), expr));
        }
        Ok(())
    }

    /// `GROUPING(…)` of what groups with subtotals are by.
    pub fn grouping_of(&mut self, args: &[Node], ctx: Ctx) -> Result<&'a Aggregate<'a>> {
        let keys = &self.frame(ctx.frame).set_keys;
        let known = |node: &Node| keys.iter().find(|(key, _)| key == node).map(|(_, expr)| *expr);
        let args: Option<SmallVec<[Expr<'a>; 4]>> = args.iter().map(known).collect();
        let Some(args) = args else {
            return usage(
                "`grouping` asks whether a row is a subtotal over an expression, and that stands in no \
                 `rollup`, `cube` or `grouping_sets` of this query: give it the same expression",
            );
        };
        let args = self.list(&args);
        let (distinct, filter, order, default) = (false, None, &[][..], None);
        let function = &GROUPING;
        Ok(self.arena.alloc(Aggregate { function, args, distinct, filter, order, default }))
    }

    /// Plain keys, and the groups with subtotals.
    pub fn with_sets(&self, plan: &Plan<'_, 'a>, keys: &[Key<'a>]) -> &'a [ast::Group<'a>] {
        let key = |node: &Node| {
            let known = plan.exprs.iter().filter(|(known, ..)| *known == node);
            known.max_by_key(|(.., place)| *place).map(|(_, expr, place)| match (expr, place) {
                (expr @ Expr::Column(_), _) | (expr, None) => Key::Expr(*expr),
                (_, Some(place)) => Key::Place(place + 1),
            })
        };
        let plain = keys.iter().map(|key| ast::Group::Key(*key));
        let mut groups: SmallVec<[ast::Group<'a>; 4]> = plain.collect();
        for own in &plan.query.sets {
            let sets = own.sets.iter().map(|set| {
                let keys: SmallVec<[Key<'a>; 4]> = set.iter().filter_map(key).collect();
                &*self.arena.alloc_slice_copy(&keys)
            });
            let sets: SmallVec<[&'a [Key<'a>]; 4]> = sets.collect();
            let sets = self.arena.alloc_slice_copy(&sets);
            groups.push(match own.kind {
                SetsKind::Rollup => ast::Group::Rollup(sets),
                SetsKind::Cube => ast::Group::Cube(sets),
                SetsKind::Sets => ast::Group::Sets(sets),
            });
        }
        self.arena.alloc_slice_copy(&groups)
    }
}
