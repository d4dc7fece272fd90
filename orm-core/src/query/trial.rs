//! A SELECT that is resolved to be looked at, and taken back.

use super::multiplied::Ways;
use super::order::Orders;
use super::parts::Plan;
use super::plan::{Frame, Joined, Planner, Result};
use crate::ir::Node;
use orm_sql::ast::Slot;
use orm_sql::value::SqlType;
use smallvec::SmallVec;

/// A statement as it was, to come back to.
struct Saved<'a> {
    tables: SmallVec<[Joined<'a>; 6]>,
    frames: SmallVec<[Frame<'a>; 2]>,
    values: usize,
    zone: Option<(std::sync::Arc<str>, Option<Slot>)>,
    tenant_slots: usize,
    votes: usize,
    reads: usize,
    with: usize,
    ctes: usize,
    conditions: usize,
}

impl<'a> Planner<'a> {
    /// Resolves a SELECT with everything joined, to see what would be multiplied, and takes that back.
    pub fn choose_ways(
        &mut self,
        plan: &Plan<'_, 'a>,
        totals: Option<&[(Node, SqlType)]>,
    ) -> Result<()> {
        let saved = self.save();
        self.trying = true;
        let tried = match totals {
            None => self.try_joined(plan),
            Some(totals) => self.try_totals(plan, totals),
        };
        self.trying = false;
        self.restore(saved);
        let (ways, regroups) = tried?;
        let frame = self.frame_mut(plan.frame);
        frame.ways.extend(ways);
        frame.regroups |= regroups;
        Ok(())
    }

    fn try_joined(&mut self, plan: &Plan<'_, 'a>) -> Result<(Ways, bool)> {
        let mut trial = plan.again(self.arena);
        self.fill_in(&mut trial)?;
        let (_, order) = self.distinct_and_order(&trial)?;
        let seen = self.seen(&trial, &order);
        match plan.query.groups_by_row() {
            true => seen.of_rows(),
            false => Ok((seen.of_groups()?, false)),
        }
    }

    fn try_totals(
        &mut self,
        plan: &Plan<'_, 'a>,
        totals: &[(Node, SqlType)],
    ) -> Result<(Ways, bool)> {
        self.totals(plan.frame, totals)?;
        Ok((self.seen(plan, &Orders::new()).of_groups()?, false))
    }

    /// The statement as it is now, to come back to.
    fn save(&self) -> Saved<'a> {
        Saved {
            tables: self.tables.clone(),
            frames: self.frames.clone(),
            values: self.values.len(),
            zone: self.zone.clone(),
            tenant_slots: self.tenant_slots.len(),
            votes: self.votes.len(),
            reads: self.reads.len(),
            with: self.with.len(),
            ctes: self.ctes.len(),
            conditions: self.conditions.len(),
        }
    }

    /// Takes back what has been resolved since.
    fn restore(&mut self, saved: Saved<'a>) {
        self.tables = saved.tables;
        self.frames = saved.frames;
        self.values.truncate(saved.values);
        self.zone = saved.zone;
        self.tenant_slots.truncate(saved.tenant_slots);
        self.votes.truncate(saved.votes);
        self.reads.truncate(saved.reads);
        self.with.truncate(saved.with);
        self.ctes.truncate(saved.ctes);
        self.conditions.truncate(saved.conditions);
    }
}
