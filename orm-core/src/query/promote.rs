//! Pass: choose between inner and left joins, by Django's rules.
//!
//! A join that may find no row begins as a left join. Each condition votes for the joins without
//! which it cannot hold. Under AND one vote makes an inner join; under OR it takes all of them, and
//! fewer make a left join of what was an inner one.

use super::plan::Planner;
use orm_sql::ast::{Connective, FrameId, JoinKind, TableId, number};
use smallvec::SmallVec;

/// The votes of the conditions under one connective.
#[derive(Default)]
pub(super) struct Ballot(SmallVec<[(TableId, usize); 8]>);

impl Ballot {
    /// One condition's votes: one for each table, however often it was used.
    pub fn add(&mut self, votes: &[TableId]) {
        for (place, table) in votes.iter().enumerate() {
            if votes.iter().take(place).any(|earlier| earlier == table) {
                continue;
            }
            match self.0.iter_mut().find(|(counted, _)| counted == table) {
                Some((_, count)) => *count += 1,
                None => self.0.push((*table, 1)),
            }
        }
    }
}

impl Planner<'_> {
    /// The votes that have come since there were so many.
    pub fn votes_since(&self, before: usize) -> &[TableId] {
        self.votes.get(before..).unwrap_or_default()
    }

    /// Decides what the conditions under a connective say about joins, and votes for those that
    /// are needed whatever comes around the connective.
    pub fn decide(
        &mut self,
        ballot: &Ballot,
        connective: Connective,
        negated: bool,
        conditions: usize,
    ) {
        let all_hold = match connective {
            Connective::And => !negated,
            Connective::Or => negated,
            Connective::Xor => {
                // It can hold without any of its rows, whatever its parts need.
                ballot.0.iter().for_each(|(table, _)| self.promote(*table));
                return;
            }
        };
        for (table, count) in &ballot.0 {
            if !all_hold && *count < conditions {
                self.promote(*table);
            }
        }
        for (table, count) in &ballot.0 {
            if all_hold || *count == conditions {
                self.demote(*table);
                self.votes.push(*table);
            }
        }
    }

    /// Before a `filter` call: its rows were needed already.
    pub fn remember_inner(&mut self, frame: FrameId) {
        for table in self.tables.iter_mut().filter(|table| table.frame == frame) {
            table.was_inner = table.join.is_some() && !table.is_outer();
        }
    }

    /// After a `filter` call: what was needed before still is.
    pub fn restore_inner(&mut self, frame: FrameId) {
        for id in 0..number(self.tables.len()) {
            let table = self.table(id);
            if table.frame == frame && table.was_inner {
                self.demote(id);
            }
        }
    }

    /// A left join, if there may be no row; what is joined to it follows.
    fn promote(&mut self, id: TableId) {
        let table = self.table(id);
        let parent_outer = table.parent.is_some_and(|parent| self.table(parent).is_outer());
        if table.join.is_none() || table.is_outer() || !(table.nullable || parent_outer) {
            return;
        }
        self.set_kind(id, JoinKind::Left);
        for child in id + 1..number(self.tables.len()) {
            if self.table(child).parent == Some(id) {
                self.promote(child);
            }
        }
    }

    /// An inner join; what it is joined to follows.
    pub fn demote(&mut self, id: TableId) {
        if !self.table(id).is_outer() {
            return;
        }
        self.set_kind(id, JoinKind::Inner);
        if let Some(parent) = self.table(id).parent {
            self.demote(parent);
        }
    }

    fn set_kind(&mut self, id: TableId, kind: JoinKind) {
        if let Some(join) = &mut self.table_mut(id).join {
            join.kind = kind;
        }
    }
}
