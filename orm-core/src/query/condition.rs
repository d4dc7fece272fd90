//! Pass: resolve conditions, with votes for joins, NULL under negations, and constants folded.

use super::plan::{Ctx, Planner, Result, Split, usage};
use super::promote::Ballot;
use crate::ir::visit::is_over_many;
use crate::ir::{Node, Terms};
use orm_sql::ast::{Connective, Expr};
use smallvec::SmallVec;

/// What a condition says when its operands are NULL.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OnNull {
    /// It does not hold.
    Fails,
    /// It is the test for NULL, or for not NULL when false.
    Tested(bool),
}

impl<'a> Planner<'a> {
    /// A condition.
    pub fn condition(&mut self, node: &Node, ctx: Ctx) -> Result<Expr<'a>> {
        match node {
            Node::And(all) if ctx.split == Split::Now => self.split_groups(all, ctx),
            Node::And(all) => self.junction(Connective::And, all, ctx),
            Node::Or(any) => self.junction(Connective::Or, any, ctx),
            Node::Xor(odd) => self.odd(node, odd, ctx),
            Node::Not(inner) => match &**inner {
                Node::Not(twice) => self.condition(twice, ctx),
                inner => {
                    let inner = self.conditions_of(inner, ctx.negate())?;
                    Ok(self.not(inner))
                }
            },
            leaf => self.leaf(leaf, ctx),
        }
    }

    /// A condition that stands alone, as under AND.
    pub fn conditions_of(&mut self, node: &Node, ctx: Ctx) -> Result<Expr<'a>> {
        if let Node::And(_) | Node::Or(_) = node {
            return self.condition(node, ctx);
        }
        let before = self.votes.len();
        let condition = self.condition(node, ctx)?;
        let mut ballot = Ballot::default();
        ballot.add(self.votes_since(before));
        self.votes.truncate(before);
        self.decide(&ballot, Connective::And, ctx.negated, 1);
        Ok(condition)
    }

    /// Conditions under a connective.
    fn junction(&mut self, connective: Connective, terms: &Terms, ctx: Ctx) -> Result<Expr<'a>> {
        let before = self.votes.len();
        let mut ballot = Ballot::default();
        let mut conditions: SmallVec<[Expr<'a>; 8]> = SmallVec::new();
        for node in terms.iter() {
            self.within_limits()?;
            conditions.push(self.condition(node, ctx)?);
            ballot.add(self.votes_since(before));
            self.votes.truncate(before);
        }
        self.decide(&ballot, connective, ctx.negated, terms.len());
        Ok(self.fold(connective, &conditions))
    }

    /// An odd number of conditions: under a negation one piece, for its parts cannot be told apart.
    fn odd(&mut self, node: &Node, odd: &Terms, ctx: Ctx) -> Result<Expr<'a>> {
        match ctx.split {
            Split::Now if is_over_many(node) => self.split(&[node], ctx),
            // Each of its parts is asked whether it holds, so that NULL is no question of those.
            _ => {
                let odd = self.junction(Connective::Xor, odd, Ctx { negated: false, ..ctx })?;
                Ok(if ctx.negated { self.never_null(odd) } else { odd })
            }
        }
    }

    fn leaf(&mut self, node: &Node, ctx: Ctx) -> Result<Expr<'a>> {
        if ctx.split == Split::Now && is_over_many(node) {
            return self.split(&[node], ctx);
        }
        match node {
            Node::Bool(constant) => Ok(Expr::Bool(*constant)),
            Node::Compare(op, pair) => {
                let [left, right] = &**pair;
                self.comparison(*op, left, right, ctx)
            }
            Node::IsNull(one, null) => self.null_test(one, *null, ctx),
            Node::Between(three) => self.between(three, ctx),
            Node::In(one, members) => self.membership(one, members, ctx),
            Node::Exists(query) => self.exists(query, ctx),
            Node::Outer(inner) => {
                let outer = Ctx { outer: true, split: Split::Never, strict: false, ..ctx };
                self.condition(inner, outer)
            }
            Node::Case(_) | Node::Raw(..) | Node::Subquery(_) => {
                let votes = self.votes.len();
                let value = self.value(node, ctx.opaque())?;
                Ok(self.settle(value, votes, OnNull::Fails, ctx))
            }
            Node::And(_) | Node::Or(_) | Node::Xor(_) | Node::Not(_) => self.condition(node, ctx),
            Node::Failed(reason) => usage(*reason),
            Node::Column { .. }
            | Node::Relation(_)
            | Node::Value(..)
            | Node::Row(_)
            | Node::Template(..)
            | Node::Cast(..)
            | Node::Collate(..)
            | Node::Aggregate(_)
            | Node::Window(_)
            | Node::Output(..) => {
                let before = self.votes.len();
                let expr = self.value(node, ctx)?;
                Ok(self.settle(expr, before, OnNull::Fails, ctx))
            }
        }
    }

    /// The end of every comparison: takes back the votes of one that can hold where there is no
    /// row, and has NULL count as different under a negation.
    pub fn settle(
        &mut self,
        condition: Expr<'a>,
        votes: usize,
        on_null: OnNull,
        ctx: Ctx,
    ) -> Expr<'a> {
        let holds_without_row = match on_null {
            OnNull::Fails => ctx.negated,
            OnNull::Tested(null) => null != ctx.negated,
        };
        if holds_without_row {
            self.votes.truncate(votes);
        }
        if ctx.negated { self.never_null(condition) } else { condition }
    }

    /// Conditions under a connective, constants taken out.
    pub fn fold(&mut self, connective: Connective, conditions: &[Expr<'a>]) -> Expr<'a> {
        let neutral = Expr::Bool(connective == Connective::And);
        let decisive = match connective {
            Connective::And => Some(Expr::Bool(false)),
            Connective::Or => Some(Expr::Bool(true)),
            Connective::Xor => None,
        };
        if let Some(decisive) = decisive.filter(|decisive| conditions.contains(decisive)) {
            return decisive;
        }
        let constant = |condition: &&Expr<'a>| matches!(condition, Expr::Bool(_));
        if !conditions.iter().any(|condition| constant(&condition)) && conditions.len() > 1 {
            return Expr::Junction(connective, self.list(conditions));
        }
        let rest: SmallVec<[Expr<'a>; 8]> =
            conditions.iter().filter(|c| !constant(c)).copied().collect();
        let flips = conditions.iter().filter(|c| **c == Expr::Bool(true)).count();
        let folded = match rest.as_slice() {
            [] => neutral,
            [one] => *one,
            several => Expr::Junction(connective, self.list(several)),
        };
        match connective == Connective::Xor && flips % 2 == 1 {
            true => {
                let folded = self.never_null(folded);
                self.not(folded)
            }
            false => folded,
        }
    }

    /// The negation.
    pub fn not(&mut self, condition: Expr<'a>) -> Expr<'a> {
        match condition {
            Expr::Bool(constant) => Expr::Bool(!constant),
            other => Expr::Not(self.keep(other)),
        }
    }
}
