//! What has run, as far as a run has seen, so that a long one does not look at everything again for
//! each migration.

use super::Now;
use crate::error::Result;
use crate::file::Migration;
use crate::graph::apply;
use crate::state::ProjectState;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

/// What has run, and what that leads to.
pub(super) struct Known {
    now: Now,
    /// The places of the migrations in the order of the graph, by identifier.
    places: HashMap<String, usize>,
    /// How many operations of each are done, by identifier.
    done: BTreeMap<String, usize>,
    /// The state behind the last one that has run, with its place.
    reached: Option<(usize, ProjectState)>,
    /// The states before those that have run, for the way back: the last one last.
    before: Vec<(usize, ProjectState)>,
}

impl Known {
    pub(super) fn new(now: Now) -> Known {
        let order = now.graph.iter().enumerate();
        let places = order.map(|(place, one)| (one.id.clone(), place)).collect();
        let done = now.applied.iter().map(|one| (one.id.clone(), one.done)).collect();
        Known { now, places, done, reached: None, before: Vec::new() }
    }

    /// What the server says of the same in [`orm_sql::sql::record::FINGERPRINT`].
    pub(super) fn fingerprint(&self) -> String {
        let mut text = String::new();
        for (id, done) in &self.done {
            if self.now.elsewhere.contains(id) {
                continue;
            }
            let comma = if text.is_empty() { "" } else { "," };
            // Writing to a text cannot fail.
            let _ = write!(text, "{comma}{id}:{done}");
        }
        text
    }

    /// True where what runs does not change which migrations there are: no squash is about.
    pub(super) fn is_stable(&self) -> bool {
        self.now.graph.iter().all(|one| one.replaces.is_empty())
    }

    /// What has run without a migration leads to.
    pub(super) fn state_before(&mut self, migration: &Migration) -> Result<ProjectState> {
        let place = self.place(migration);
        if let Some((reached, state)) = &self.reached
            && *reached < place
        {
            return Ok(state.clone());
        }
        if self.before.last().is_none_or(|(last, _)| *last != place) {
            self.replay()?;
        }
        match self.before.last() {
            Some((last, state)) if *last == place => Ok(state.clone()),
            // It does not come last, or has not run.
            _ => self.without(&migration.id),
        }
    }

    /// Notes that a migration has run.
    pub(super) fn ran(&mut self, migration: &Migration, state: ProjectState) {
        let place = self.place(migration);
        self.done.insert(migration.id.clone(), migration.operations.len());
        // Where it does not come last, what all of them lead to is found anew.
        let is_last = self.reached.as_ref().is_none_or(|(reached, _)| *reached < place)
            && self.places_done().max() == Some(place);
        self.reached = is_last.then_some((place, state));
        self.before.clear();
    }

    /// Notes that a migration was undone.
    pub(super) fn undone(&mut self, migration: &Migration) {
        self.done.remove(&migration.id);
        self.reached = None;
        if self.before.last().is_some_and(|(last, _)| *last == self.place(migration)) {
            self.before.pop();
        }
    }

    fn place(&self, migration: &Migration) -> usize {
        self.places.get(&migration.id).copied().unwrap_or(usize::MAX)
    }

    fn places_done(&self) -> impl Iterator<Item = usize> + '_ {
        self.done.keys().filter_map(|id| self.places.get(id).copied())
    }

    fn replay(&mut self) -> Result<()> {
        self.before.clear();
        let mut state = ProjectState::default();
        for (place, one) in self.now.graph.iter().enumerate() {
            if self.done.contains_key(&one.id) {
                self.before.push((place, state.clone()));
                apply(one, &mut state)?;
            }
        }
        Ok(())
    }

    fn without(&self, id: &str) -> Result<ProjectState> {
        let mut state = ProjectState::default();
        let is_done = |one: &&Migration| one.id != id && self.done.contains_key(&one.id);
        for one in self.now.graph.iter().filter(is_done) {
            apply(one, &mut state)?;
        }
        Ok(state)
    }
}
