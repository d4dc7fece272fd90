//! What stands inside of a node: the one place that knows it of all nodes.

use super::{AggregateNode, CaseNode, Members, Node, OrderNode, WindowNode, WindowSpec};
use crate::ir::{Distinct, GroupSets, JoinNode, Query, Rare, Selected, Source};

/// Something inside of a node or of a query.
#[derive(Clone, Copy, Debug)]
pub enum Child<'n> {
    /// An expression over the same rows.
    Node(&'n Node),
    /// A query, which has rows of its own.
    Query(&'n Query),
}

/// The same, to change it.
pub(in crate::ir) enum ChildMut<'n> {
    Node(&'n mut Node),
    Query(&'n mut Query),
}

impl Node {
    /// Shows what stands directly inside, in the order in which it is written.
    pub fn each_child<'n>(&'n self, look: &mut dyn FnMut(Child<'n>)) {
        shown::of_node(self, look);
    }

    /// The same, to change it: all but how deep the node is.
    pub(in crate::ir) fn each_child_mut<'n>(&'n mut self, look: &mut dyn FnMut(ChildMut<'n>)) {
        changed::of_node(self, look);
    }

    /// True where this holds for one of the expressions directly inside.
    pub fn any_child(&self, test: &mut dyn FnMut(&Node) -> bool) -> bool {
        let mut found = false;
        self.each_child(&mut |child| {
            if let Child::Node(node) = child {
                found = found || test(node);
            }
        });
        found
    }
}

impl Query {
    /// Shows the expressions and queries of this query.
    pub(crate) fn each_child<'n>(&'n self, look: &mut dyn FnMut(Child<'n>)) {
        shown::of_query(self, look);
    }

    /// The same, to change them.
    pub(in crate::ir) fn each_child_mut<'n>(&'n mut self, look: &mut dyn FnMut(ChildMut<'n>)) {
        changed::of_query(self, look);
    }
}

/// Both ways through what stands inside, by shared and by exclusive references.
macro_rules! ways {
    ($way:ident, $Child:ident, $iter:ident, $there:ident $(, $mut:tt)?) => {
        mod $way {
            use super::*;

            type Look<'f, 'n> = &'f mut dyn FnMut($Child<'n>);

            pub fn of_node<'n>(node: &'n $($mut)? Node, look: Look<'_, 'n>) {
                match node {
                    Node::Column { path: _, field: _ }
                    | Node::Relation(_)
                    | Node::Value(_, _)
                    | Node::Row(_)
                    | Node::Bool(_)
                    | Node::Output(_, _, _)
                    | Node::Failed(_) => {}
                    Node::And(terms) | Node::Or(terms) | Node::Xor(terms) => {
                        nodes(terms.$iter(), look);
                    }
                    Node::Template(_, args) | Node::Raw(_, args) => nodes(args, look),
                    Node::Compare(_, pair) => nodes(pair.$iter(), look),
                    Node::Between(three) => nodes(three.$iter(), look),
                    Node::Not(one)
                    | Node::IsNull(one, _)
                    | Node::Cast(one, _)
                    | Node::Collate(one, _)
                    | Node::Outer(one) => look($Child::Node(one)),
                    Node::In(one, members) => {
                        look($Child::Node(one));
                        of_members(members, look);
                    }
                    Node::Aggregate(aggregate) => of_aggregate(aggregate, look),
                    Node::Window(window) => of_window(window, look),
                    Node::Case(case) => of_case(case, look),
                    Node::Exists(query) | Node::Subquery(query) => look($Child::Query(query)),
                }
            }

            fn of_members<'n>(members: &'n $($mut)? Members, look: Look<'_, 'n>) {
                match members {
                    Members::Values(_, _) | Members::Array(_, _) | Members::Keys(_) => {}
                    Members::Nodes(list) => nodes(list, look),
                    Members::Query(query) => look($Child::Query(query)),
                }
            }

            fn of_aggregate<'n>(aggregate: &'n $($mut)? AggregateNode, look: Look<'_, 'n>) {
                let AggregateNode {
                    function: _,
                    args,
                    distinct: _,
                    filter,
                    order,
                    default,
                    joined: _,
                } = aggregate;
                nodes(args, look);
                nodes(filter, look);
                keys(order, look);
                nodes(default, look);
            }

            fn of_window<'n>(window: &'n $($mut)? WindowNode, look: Look<'_, 'n>) {
                let WindowNode { function, over } = window;
                let WindowSpec { partition, order, frame: _ } = over;
                look($Child::Node(function));
                nodes(partition, look);
                keys(order, look);
            }

            fn of_case<'n>(case: &'n $($mut)? CaseNode, look: Look<'_, 'n>) {
                let CaseNode { branches, otherwise, sql_type: _ } = case;
                for (when, then) in branches {
                    look($Child::Node(when));
                    look($Child::Node(then));
                }
                nodes(otherwise, look);
            }

            fn of_selected<'n>(select: &'n $($mut)? [Selected], look: Look<'_, 'n>) {
                for selected in select {
                    match selected {
                        Selected::Model(_) => {}
                        Selected::Expr(node, _) => look($Child::Node(node)),
                    }
                }
            }

            pub fn of_query<'n>(query: &'n $($mut)? Query, look: Look<'_, 'n>) {
                // Every field is named, so that a new one cannot be forgotten here.
                let Query {
                    scope: _,
                    source,
                    filters,
                    select,
                    group: _,
                    order,
                    offset: _,
                    limit: _,
                    none: _,
                    rare,
                } = query;
                of_source(source, look);
                let (joins, [earlier, grouped, distinct], sets) = in_rare(rare.$there());
                for join in joins {
                    look($Child::Query(& $($mut)? join.query));
                    look($Child::Node(& $($mut)? join.on));
                }
                for filter in filters {
                    look($Child::Node(& $($mut)? filter.node));
                }
                of_selected(select, look);
                nodes(earlier, look);
                nodes(grouped, look);
                for own in sets {
                    own.sets.$iter().for_each(|set| nodes(set, look));
                }
                keys(order.by.$iter().flatten(), look);
                nodes(distinct, look);
            }

            /// What stands beside the rows; earlier aggregates, what they were grouped by, and what
            /// is distinct; groups with subtotals.
            type InRare<'n> = (
                &'n $($mut)? [JoinNode],
                [&'n $($mut)? [Node]; 3],
                &'n $($mut)? [GroupSets],
            );

            fn in_rare<'n>(rare: Option<&'n $($mut)? Rare>) -> InRare<'n> {
                let Some(rare) = rare else { return InRare::default() };
                let Rare {
                    also: _,
                    joins,
                    earlier,
                    grouped,
                    sets,
                    distinct,
                    lock: _,
                    related: _,
                    zone: _,
                    tenancy: _,
                    error: _,
                } = rare;
                let distinct: &$($mut)? [Node] = match distinct {
                    Distinct::No | Distinct::Rows => Default::default(),
                    Distinct::On(list) => list,
                };
                (joins, [earlier, grouped, distinct], sets)
            }

            fn of_source<'n>(source: &'n $($mut)? Source, look: Look<'_, 'n>) {
                match source {
                    // A statement of WITH is the same wherever it stands.
                    Source::Model(_) | Source::Related(_) | Source::Cte(_) => {}
                    Source::Nested(query) => look($Child::Query(query)),
                    Source::Combined(_, queries) => {
                        queries.$iter().for_each(|query| look($Child::Query(query)));
                    }
                    Source::Row(values, _) => nodes(values, look),
                    Source::Function(call, _) => look($Child::Node(call)),
                    Source::Raw(raw, _) => nodes(raw.params.$iter(), look),
                }
            }

            fn nodes<'n>(
                nodes: impl IntoIterator<Item = &'n $($mut)? Node>,
                look: Look<'_, 'n>,
            ) {
                nodes.into_iter().for_each(|node| look($Child::Node(node)));
            }

            fn keys<'n>(
                order: impl IntoIterator<Item = &'n $($mut)? OrderNode>,
                look: Look<'_, 'n>,
            ) {
                for OrderNode { node, desc: _, nulls: _, sql_type: _ } in order {
                    look($Child::Node(node));
                }
            }
        }
    };
}

ways!(shown, Child, iter, there);
ways!(changed, ChildMut, iter_mut, there_mut, mut);
