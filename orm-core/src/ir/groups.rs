//! What the rows of a query are grouped by: decided from its calls, in their order.
//!
//! As in Django, an aggregate that comes after `values` groups by what is selected then, and one that
//! came before groups by the model's rows. A grouping stays until an aggregate comes after the next
//! `values`.

use super::visit::{self, has_aggregate};
use super::{Child, Filter, Group, Node, PathBuf, Query, Selected, Source};

/// What the rows of a query are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// Nothing: there is no aggregate.
    None,
    /// By the rows of the model.
    Rows,
    /// By what is selected and no aggregate.
    Selected,
    /// By what earlier calls said: [`grouped`](super::Rare::grouped).
    Earlier,
}

impl Query {
    /// What the rows are grouped by.
    pub fn grouping(&self) -> Grouping {
        if !self.sets.is_empty() {
            return Grouping::Selected;
        }
        let first = self.values_selected();
        if first.is_some_and(|first| self.is_grouped_anew(first)) {
            return Grouping::Selected;
        }
        if !self.grouped.is_empty() {
            return Grouping::Earlier;
        }
        let ordered = self.order.by.iter().flatten().any(|item| has_aggregate(&item.node));
        if !ordered && !visit::is_grouped(self) {
            return Grouping::None;
        }
        match first {
            Some(first) if !self.select.iter().take(first).any(is_aggregated) => Grouping::Selected,
            _ => Grouping::Rows,
        }
    }

    /// How many items `values` has selected.
    fn values_selected(&self) -> Option<usize> {
        match self.group {
            Group::Rows => None,
            Group::Values(first) => Some(first.min(self.select.len())),
        }
    }

    /// True where an aggregate came after `values`: selected, or in a condition and not known before.
    fn is_grouped_anew(&self, first: usize) -> bool {
        let (keys, added) = self.select.split_at_checked(first).unwrap_or((&self.select, &[]));
        if added.iter().any(is_aggregated) {
            return true;
        }
        let since = self.earlier.len() + first;
        let (before, later): (Vec<&Filter>, Vec<&Filter>) =
            self.filters.iter().partition(|filter| first == 0 || filter.after < since);
        let ordered = self.order.by.iter().flatten().map(|item| &item.node);
        let known = before.iter().map(|filter| &filter.node).chain(&self.earlier).chain(ordered);
        let known: Vec<&Node> = known.collect();
        !keys.iter().any(is_aggregated)
            && later.iter().any(|filter| has_new_aggregate(&filter.node, &known))
    }

    /// True where the rows are grouped by nothing but aggregates of themselves, which says nothing.
    pub fn groups_by_aggregates(&self) -> bool {
        self.grouping() == Grouping::Selected
            && self.values_selected().is_some_and(|first| first > 0)
            && self.select.iter().any(is_aggregated)
            && self.select.iter().take(self.values_selected().unwrap_or(0)).all(is_aggregated)
            && self.select.iter().all(|selected| keys_of(selected).is_empty())
    }

    /// Selects nothing, before `values` selects something else; what the rows are grouped by and
    /// joined to stays. Returns what aggregates in the next selection group by: as in Django, what
    /// an earlier `values` has selected.
    pub fn deselect(&mut self) -> Vec<Node> {
        if !self.sets.is_empty() {
            self.fail(|| {
                "after groups with subtotals `values` selects of their rows: call `.nested()` before it"
                    .to_owned()
            });
        }
        self.keep_groups();
        let keys = match (self.grouping(), self.group) {
            (Grouping::None, Group::Values(_)) => self.selected_keys(Vec::new()),
            _ => Vec::new(),
        };
        self.keep_joins();
        self.select.clear();
        keys
    }

    /// `values` has selected.
    pub fn select_values(&mut self, keys: Vec<Node>) {
        self.group = Group::Values(self.select.len());
        if self.grouped.is_empty() && self.select.iter().any(is_aggregated) {
            self.grouped = keys;
        }
    }

    /// Remembers what the rows are grouped by, before something else is selected.
    pub fn keep_groups(&mut self) {
        let row = |query: &Query| query.own_row().into_iter().collect();
        self.grouped = match (self.grouping(), self.group) {
            (Grouping::None | Grouping::Earlier, _) => return,
            // What is annotated groups for as long as it is selected.
            (Grouping::Rows, Group::Rows) => row(self),
            (Grouping::Rows, Group::Values(_)) => self.selected_keys(row(self)),
            (Grouping::Selected, _) => self.selected_keys(Vec::new()),
        };
    }

    /// What is selected and can be grouped by, after other keys.
    fn selected_keys(&self, mut keys: Vec<Node>) -> Vec<Node> {
        for key in self.select.iter().flat_map(keys_of) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }

    /// The row of the model itself.
    fn own_row(&self) -> Option<Node> {
        let model = match &self.source {
            Source::Model(model) => model,
            Source::Related(path) => path.target(),
            _ => return None,
        };
        Some(Node::Relation(PathBuf::root(self.scope, model)))
    }

    /// True where there is a group for each row of the model.
    pub fn groups_by_row(&self) -> bool {
        let is_row = |key: &Node| matches!(key, Node::Relation(path) if path.steps.is_empty());
        match self.grouping() {
            Grouping::None | Grouping::Rows => self.group == Group::Rows || self.has_grouped_keys(),
            Grouping::Earlier => self.grouped.first().is_some_and(is_row),
            Grouping::Selected => false,
        }
    }

    /// True where `values` itself has aggregates, each of a row of the model.
    fn has_grouped_keys(&self) -> bool {
        let first = self.values_selected().unwrap_or(0);
        self.select.iter().take(first).any(is_aggregated)
    }
}

fn is_aggregated(selected: &Selected) -> bool {
    match selected {
        Selected::Expr(node, _) => has_aggregate(node),
        Selected::Model(_) => false,
    }
}

fn has_new_aggregate(node: &Node, known: &[&Node]) -> bool {
    match node {
        Node::Aggregate(_) => !known.iter().any(|known| visit::contains(known, node)),
        Node::Outer(_) => false,
        _ => node.any_child(&mut |child| has_new_aggregate(child, known)),
    }
}

/// What a selected item is grouped by: itself; where an aggregate is in it, what stands beside that.
fn keys_of(selected: &Selected) -> Vec<Node> {
    let mut keys = Vec::new();
    match selected {
        Selected::Model(path) => keys.push(Node::Relation(path.clone())),
        Selected::Expr(node, _) if has_aggregate(node) => keys_beside(node, &mut keys),
        Selected::Expr(node, _) => keys.push(node.clone()),
    }
    keys
}

fn keys_beside(node: &Node, keys: &mut Vec<Node>) {
    match node {
        Node::Aggregate(_) | Node::Outer(_) => {}
        Node::Column { .. }
        | Node::Relation(_)
        | Node::Output(..)
        | Node::Exists(_)
        | Node::Subquery(_)
        | Node::Raw(..) => keys.push(node.clone()),
        _ => node.each_child(&mut |child| {
            if let Child::Node(child) = child {
                keys_beside(child, keys);
            }
        }),
    }
}
