//! What `filter` calls say of the rows of an aggregate that is not over the joined rows.

use super::{Over, Seen, refuse};
use crate::ir::visit::{each_path, has_aggregate};
use crate::ir::{Filter, Node, Source};
use crate::query::alone::paths_of;
use crate::query::plan::Result;
use crate::query::split::{Anchor, anchor};
use smallvec::SmallVec;

impl<'p, 'a> Seen<'p, 'a> {
    /// The conditions of `filter` calls on the rows that an aggregate shares with them.
    pub(super) fn conditions_on(&self, one: &Over<'p, 'a>) -> Result<Vec<Node>> {
        let mut conditions = Vec::new();
        let paths = paths_of(one.parts);
        let own = paths.into_iter().filter_map(|path| anchor(path).transpose());
        let own = own.collect::<Result<SmallVec<[Anchor<'_>; 4]>>>()?;
        for call in self.calls_of(one) {
            for (filter, _) in self.calls().filter(|(_, number)| *number == call) {
                let node = match (filter.negated, &filter.node) {
                    (false, node) => node,
                    (true, Node::Not(twice)) => &**twice,
                    (true, _) => continue,
                };
                for term in terms(node) {
                    let mut ways: Vec<Anchor<'_>> = Vec::new();
                    let mut failed = None;
                    each_path(term, &mut |path| match anchor(path) {
                        Ok(anchor) => ways.extend(anchor),
                        Err(error) => failed = Some(error),
                    });
                    failed.map_or(Ok(()), Err)?;
                    let shared = ways.iter().filter(|way| own.contains(way)).count();
                    if shared == 0 {
                        continue;
                    }
                    if shared < ways.len() || has_aggregate(term) {
                        return refuse(one);
                    }
                    conditions.push(term.clone());
                }
            }
        }
        Ok(conditions)
    }

    /// The `filter` calls whose rows an aggregate shares.
    fn calls_of(&self, one: &Over<'p, 'a>) -> SmallVec<[u32; 2]> {
        let mut calls = SmallVec::new();
        for root in one.many.iter().filter_map(|table| self.root_of(*table)) {
            let call = self.planner.table(root).call;
            if self.rows.filtered.contains(&root) && !calls.contains(&call) {
                calls.push(call);
            }
        }
        calls
    }

    /// The `filter` calls with their numbers, as [`Planner::fill_in`] has counted them.
    fn calls(&self) -> impl Iterator<Item = (&'p Filter, u32)> {
        let mut sticky = matches!(self.query.source, Source::Related(_));
        let mut calls: Vec<(&'p Filter, u32)> = Vec::new();
        let mut number = 0;
        for filter in &self.query.filters {
            number += u32::from(!sticky);
            sticky = filter.sticky;
            calls.push((filter, number));
        }
        let before = self.planner.frame(self.frame).call - number;
        calls.into_iter().map(move |(filter, number)| (filter, before + number))
    }
}

/// The conditions of which all must hold.
fn terms(node: &Node) -> Vec<&Node> {
    match node {
        Node::And(all) => all.iter().flat_map(terms).collect(),
        one => vec![one],
    }
}
