//! Query sets combined with `&`, `|` and `^`, and as the right side of lookups.

use super::element::Element;
use super::{Of, QuerySet};
use crate::column::{Column, NotNull};
use crate::expr::{IntoArray, IntoMembers, Queried, Subquery, array_of_query, items_of_query};
use crate::ir::{
    Distinct, Filter, Filters, Group, Members, ModelMeta, Node, PathBuf, Query, Selected, Source,
};
use crate::model::Model;
use smallvec::smallvec;
use std::ops::{BitAnd, BitOr, BitXor};

#[diagnostic::do_not_recommend]
impl<R, M: Model, O> Subquery<R> for QuerySet<M, O, super::Free> {
    type Model = M;
    type Out = O;
    fn into_query(self) -> Query {
        *self.query
    }
}

#[diagnostic::do_not_recommend]
impl<R, M: Model, O, A, F> Subquery<R> for QuerySet<M, O, super::Via<A, F>> {
    type Model = M;
    type Out = O;
    fn into_query(self) -> Query {
        *self.query
    }
}

#[diagnostic::do_not_recommend]
impl<R, M: Model, O> Subquery<R> for QuerySet<M, O, Of<R>> {
    type Model = M;
    type Out = O;
    fn into_query(self) -> Query {
        *self.query
    }
}

impl<M: Model, O, S> BitAnd for QuerySet<M, O, S> {
    type Output = Self;
    /// The rows of both: the filters of the second are applied to the first.
    fn bitand(mut self, mut other: Self) -> Self {
        combinable(&mut self.query, &mut other.query);
        self.query.none = self.query.none || other.query.none;
        // What the second asks of related rows is of other rows than those of the first.
        if let Some(last) = self.query.filters.last_mut() {
            last.sticky = false;
        }
        let after = self.query.steps();
        let more = other.query.filters.into_iter();
        self.query.filters.extend(more.map(|filter| Filter { after, ..filter }));
        self
    }
}

impl<M: Model, O, S> BitOr for QuerySet<M, O, S> {
    type Output = Self;
    /// The rows of either, in the ordering of the first. A side that is a slice stays that slice.
    fn bitor(self, other: Self) -> Self {
        either(self, other, Node::or, 1)
    }
}

impl<M: Model, O, S> BitXor for QuerySet<M, O, S> {
    type Output = Self;
    /// The rows of one but not of both.
    fn bitxor(self, other: Self) -> Self {
        either(self, other, Node::xor, 0)
    }
}

fn either<M: Model, O, S>(
    mut first: QuerySet<M, O, S>,
    mut second: QuerySet<M, O, S>,
    combine: fn(Node, Node) -> Node,
    shared: usize,
) -> QuerySet<M, O, S> {
    for query in [&mut first.query, &mut second.query] {
        if query.is_sliced() || joins(query) > shared {
            apart(query);
        }
    }
    combinable(&mut first.query, &mut second.query);
    // Told here, so that a query set combined many times is looked at once.
    let joins = Some(joins(&first.query) + joins(&second.query) > 0);
    let second = condition(*second.query);
    let filters = std::mem::take(&mut first.query.filters);
    let none = std::mem::take(&mut first.query.none);
    let own = all_of(filters, none);
    let after = first.query.steps();
    let mut node = combine(own, second);
    node.bound();
    first.query.filters.push(Filter { joins, ..Filter::new(node, after) });
    first
}

fn condition(query: Query) -> Node {
    all_of(query.filters, query.none)
}

fn all_of(filters: Filters, none: bool) -> Node {
    let conditions = filters.into_iter().map(|filter| match filter.negated {
        true => filter.node.not(),
        false => filter.node,
    });
    let all = conditions.reduce(Node::and).unwrap_or(Node::Bool(true));
    if none { Node::Bool(false) } else { all }
}

/// How many calls of `filter` have joined rows over to-many relations. The conditions of one can be
/// joined by OR with others about the same related row; those of several, each about a row of its
/// own, cannot, and exclusive OR asks whether there is such a row at all.
fn joins(query: &Query) -> usize {
    query.filters.iter().filter(|filter| filter.joins()).count()
}

/// The rows of a query set as those whose keys are in it, which can be combined with others.
fn apart(query: &mut Query) {
    let &Source::Model(model) = &query.source else { return };
    let root = PathBuf::root(query.scope, model);
    if query.group != Group::Rows || query.lock.is_some() {
        return;
    }
    let mut inner = query.clone();
    inner.select = smallvec![Selected::Model(root.clone())];
    query.filters.clear();
    // Of a slice it says which rows there are; otherwise it is said of what is combined.
    match query.is_sliced() {
        true => query.distinct = Distinct::No,
        false => inner.distinct = Distinct::No,
    }
    (query.limit, query.offset, query.none) = (None, 0, false);
    let among = Node::In(Box::new(Node::relation(root)), Members::Query(Box::new(inner)));
    let after = query.steps();
    query.filters.push(Filter::new(among, after));
}

fn combinable(first: &mut Query, second: &mut Query) {
    first.also.add(second.scope);
    first.also.add_all(std::mem::take(&mut second.also));
    if let Some(error) = &second.error {
        first.fail(|| error.clone());
    }
    if first.is_sliced() || second.is_sliced() {
        first.fail(|| "cannot combine query sets once a slice has been taken".to_owned());
    }
    if !is_as_distinct(&first.distinct, &second.distinct) {
        let both =
            matches!((&first.distinct, &second.distinct), (Distinct::On(_), Distinct::On(_)));
        first.fail(|| match both {
            true => "cannot combine query sets that are distinct on other columns".to_owned(),
            false => "cannot combine a distinct query set with one that is not".to_owned(),
        });
    }
}

/// Whether two query sets are distinct in the same way.
fn is_as_distinct(first: &Distinct, second: &Distinct) -> bool {
    match (first, second) {
        (Distinct::On(first), Distinct::On(second)) => {
            first.len() == second.len() && first.iter().zip(second).all(|(a, b)| is_same(a, b))
        }
        (first, second) => first == second,
    }
}

/// The same expression, each over the rows of its own query set.
fn is_same(a: &Node, b: &Node) -> bool {
    let same_path = |a: &PathBuf, b: &PathBuf| a.root == b.root && a.steps == b.steps;
    match (a, b) {
        (Node::Column { path: a, field: x }, Node::Column { path: b, field: y }) => {
            x == y && same_path(a, b)
        }
        (Node::Relation(a), Node::Relation(b)) => same_path(a, b),
        (Node::Cast(a, x), Node::Cast(b, y)) => x == y && is_same(a, b),
        (Node::Collate(a, x), Node::Collate(b, y)) => x == y && is_same(a, b),
        (Node::Template(x, a), Node::Template(y, b)) => {
            std::ptr::eq(*x, *y)
                && a.len() == b.len()
                && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        (a, b) => a == b,
    }
}

/// What the rows of a query hold that make an array of `T` together: a `T` each, or arrays.
pub trait ArrayRow<T> {
    /// The array.
    fn array(query: Query, model: &'static ModelMeta) -> Node;
}

#[diagnostic::do_not_recommend]
impl<T: Column> ArrayRow<T> for T {
    fn array(query: Query, _: &'static ModelMeta) -> Node {
        array_of_query(Box::new(query))
    }
}

macro_rules! arrays {
    ($($rows:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: Column> ArrayRow<T> for $rows {
            fn array(query: Query, model: &'static ModelMeta) -> Node {
                items_of_query(query, model)
            }
        }
    )*};
}
arrays!(Vec<T>, Option<Vec<T>>);

/// A query set of one column as the right side of `in_` and `overlap`; one of models means its key.
macro_rules! query_set_members {
    ($([$($extra:ident)*] $place:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<M: Model, T: Column, O: Element<Member = T>, R $(, $extra)*> IntoMembers<T, R, Queried>
            for QuerySet<M, O, $place>
        {
            type Null = NotNull;
            fn into_members(self) -> Members {
                Members::Query(self.query)
            }
        }

        #[diagnostic::do_not_recommend]
        impl<M: Model, T: Column, O: Element<Member: ArrayRow<T>>, R $(, $extra)*> IntoArray<T, R>
            for QuerySet<M, O, $place>
        {
            type Null = NotNull;
            fn into_array(self) -> Node {
                <O::Member as ArrayRow<T>>::array(*self.query, M::meta())
            }
        }
    )*};
}
query_set_members! {
    [] super::Free;
    [] Of<R>;
    [A F] super::Via<A, F>;
}
