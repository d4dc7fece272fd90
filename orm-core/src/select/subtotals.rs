//! Groups with subtotals: `rollup`, `cube`, `grouping_sets`, and `grouping`, which tells them apart.

use super::{Selection, Selects};
use crate::column::Column;
use crate::expr::Expr;
use crate::ir::{AggregateNode, GroupSets, Node, SetsKind};
use crate::model::{Cardinality, Model};
use crate::row::{ColumnDecoder, RowDecoder};
use orm_sql::ast::GROUPING;

/// What groups with subtotals are by: an expression, or a tuple of them. What stands in a tuple within
/// the tuple belongs together.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that groups with subtotals can be by",
    label = "expected a column, an expression, or a tuple of them",
    note = "of a related row name its key: `b.author().pk()`"
)]
pub trait Grouped<R: Model> {
    /// What a row holds for it: an `Option`, for in subtotals it is NULL.
    type Out: Send + 'static;
    /// What reads it.
    type Decoder: RowDecoder<Out = Self::Out>;
    /// Selects it, and says what belongs together.
    #[doc(hidden)]
    fn sets(self, into: &mut Selection<'_>, sets: &mut Vec<Vec<Node>>) -> Self::Decoder;
}

#[diagnostic::do_not_recommend]
impl<R: Model, T: Column, K: Cardinality> Grouped<R> for Expr<R, T, K> {
    type Out = Option<T::Inner>;
    type Decoder = ColumnDecoder<Option<T::Inner>>;
    fn sets(self, into: &mut Selection<'_>, sets: &mut Vec<Vec<Node>>) -> Self::Decoder {
        sets.push(vec![self.node().clone()]);
        into.column(self);
        ColumnDecoder::default()
    }
}

#[diagnostic::do_not_recommend]
impl<R: Model, X: Grouped<R> + Clone> Grouped<R> for &X {
    type Out = X::Out;
    type Decoder = X::Decoder;
    fn sets(self, into: &mut Selection<'_>, sets: &mut Vec<Vec<Node>>) -> Self::Decoder {
        self.clone().sets(into, sets)
    }
}

macro_rules! tuple_grouped {
    ($($t:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<Root: Model, $($t: Grouped<Root>),*> Grouped<Root> for ($($t,)*) {
            type Out = ($($t::Out,)*);
            type Decoder = ($($t::Decoder,)*);
            #[allow(non_snake_case)]
            fn sets(self, into: &mut Selection<'_>, sets: &mut Vec<Vec<Node>>) -> Self::Decoder {
                let ($($t,)*) = self;
                ($({
                    let mut inside = Vec::new();
                    let decoder = $t.sets(into, &mut inside);
                    sets.push(inside.concat());
                    decoder
                },)*)
            }
        }

        #[diagnostic::do_not_recommend]
        impl<Root, $($t: GroupKeys<Root>),*> GroupKeys<Root> for ($($t,)*) {
            #[allow(non_snake_case)]
            fn add_keys(self, keys: &mut Vec<Node>) {
                let ($($t,)*) = self;
                $($t.add_keys(keys);)*
            }
        }
    };
}
tuples!(tuple_grouped);

/// Expressions that a group with subtotals is by.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that groups with subtotals can be by",
    label = "expected a column, an expression, or a tuple of them"
)]
pub trait GroupKeys<R> {
    /// Adds the untyped expressions to a list.
    #[doc(hidden)]
    fn add_keys(self, keys: &mut Vec<Node>);
}

#[diagnostic::do_not_recommend]
impl<R, T, K> GroupKeys<R> for Expr<R, T, K> {
    fn add_keys(self, keys: &mut Vec<Node>) {
        keys.push(self.into_node());
    }
}

#[diagnostic::do_not_recommend]
impl<R, T, K> GroupKeys<R> for &Expr<R, T, K> {
    fn add_keys(self, keys: &mut Vec<Node>) {
        keys.push(self.node().clone());
    }
}

/// What [`rollup`], [`cube`] and [`grouping_sets`] make: selected by `values`.
#[derive(Clone)]
#[must_use = "groups with subtotals are selected: `.values(|b| rollup((b.in_print(), b.pages())))`"]
pub struct Subtotals<X> {
    kind: SetsKind,
    columns: X,
    sets: Option<Vec<GroupSet>>,
}

/// One of the groups of [`grouping_sets`]: [`group_of`], or [`group_of_all`].
#[derive(Clone, Debug)]
pub struct GroupSet(Vec<Node>);

#[diagnostic::do_not_recommend]
impl<R: Model, X: Grouped<R>> Selects<R> for Subtotals<X> {
    type Out = X::Out;
    type Decoder = X::Decoder;
    fn selects(self, into: &mut Selection<'_>) -> Self::Decoder {
        let mut sets = Vec::new();
        let decoder = self.columns.sets(into, &mut sets);
        if let Some(named) = self.sets {
            let columns = sets.concat();
            if named.iter().flat_map(|set| &set.0).any(|node| !columns.contains(node)) {
                into.fail(
                    "a group of `grouping_sets` is by an expression that is not among its columns: \
                     name that first, as in `grouping_sets((a, b), |(a, b)| [group_of(a), …])`",
                );
            }
            sets = named.into_iter().map(|set| set.0).collect();
        }
        into.group_sets(GroupSets { kind: self.kind, sets });
        decoder
    }
}

/// Groups with subtotals and a total: by all of these, by all but the last, …, by none of them. Selected
/// by `values`, also beside plain columns, which all groups are by.
///
/// Each is an `Option`: NULL in the subtotals over it. [`grouping`] tells those from groups that have
/// NULL themselves. Conditions on columns narrow the rows that are grouped, conditions on aggregates and on
/// `grouping` the groups; what follows `.nested()` works on the groups as rows.
///
/// ```
/// # use orm_doctest::*;
/// let sales: QuerySet<Book, (Option<i64>, Option<bool>, Option<Decimal>)> = Book::objects()
///     .values(|b| rollup((b.author().pk(), b.in_print())))
///     .annotate(|b| b.price().sum())
///     .order_by(|b| (b.author().pk(), b.in_print()));
/// assert_sql!(
///     sales,
///     "SELECT t0.author_id, t0.in_print, SUM(t0.price) FROM book AS t0 GROUP BY ROLLUP
///      ((t0.author_id), (t0.in_print)) ORDER BY t0.author_id, t0.in_print"
/// );
/// ```
///
/// # Errors
///
/// In `annotate` of whole rows it is [`Error::Usage`](orm_sql::Error::Usage) of the terminal.
pub fn rollup<X>(columns: X) -> Subtotals<X> {
    Subtotals { kind: SetsKind::Rollup, columns, sets: None }
}

/// Groups by every choice of these: by all, by each, by any several, by none of them.
///
/// ```
/// # use orm_doctest::*;
/// let sales = Book::objects()
///     .values(|b| cube((b.author().pk(), b.in_print())))
///     .annotate(|b| b.price().sum());
/// assert_sql!(
///     sales,
///     "SELECT t0.author_id, t0.in_print, SUM(t0.price) FROM book AS t0 GROUP BY CUBE
///      ((t0.author_id), (t0.in_print))"
/// );
/// ```
pub fn cube<X>(columns: X) -> Subtotals<X> {
    Subtotals { kind: SetsKind::Cube, columns, sets: None }
}

/// The groups that are named, and no others: columns, and a closure over them that says by which of
/// them there are groups.
///
/// ```
/// # use orm_doctest::*;
/// let sales = Book::objects()
///     .values(|b| {
///         grouping_sets((b.author().pk(), b.in_print()), |(author, in_print)| {
///             [group_of(author), group_of(in_print), group_of_all()]
///         })
///     })
///     .annotate(|b| b.price().sum());
/// assert_sql!(
///     sales,
///     "SELECT t0.author_id, t0.in_print, SUM(t0.price) FROM book AS t0 GROUP BY GROUPING SETS
///      ((t0.author_id), (t0.in_print), ())"
/// );
/// ```
///
/// # Errors
///
/// A group by what is not among the columns is [`Error::Usage`](orm_sql::Error::Usage) of the terminal.
pub fn grouping_sets<X, S>(columns: X, sets: impl FnOnce(&X) -> S) -> Subtotals<X>
where
    S: IntoIterator<Item = GroupSet>,
{
    let sets = sets(&columns).into_iter().collect();
    Subtotals { kind: SetsKind::Sets, columns, sets: Some(sets) }
}

/// Groups by an expression, or by a tuple of them: one of those of [`grouping_sets`].
///
/// ```
/// # use orm_doctest::*;
/// let sales = Book::objects()
///     .values(|b| grouping_sets((b.pages(), b.in_print()), |(n, p)| [group_of((n, p))]))
///     .annotate(|b| b.price().sum());
/// assert_sql!(
///     sales,
///     "SELECT t0.pages, t0.in_print, SUM(t0.price) FROM book AS t0 GROUP BY GROUPING SETS
///      ((t0.pages, t0.in_print))"
/// );
/// ```
pub fn group_of<R, X: GroupKeys<R>>(columns: X) -> GroupSet {
    let mut keys = Vec::new();
    columns.add_keys(&mut keys);
    GroupSet(keys)
}

/// All rows as one group: one of those of [`grouping_sets`].
///
/// ```
/// # use orm_doctest::*;
/// let sales = Book::objects()
///     .values(|b| grouping_sets(b.pages(), |n| [group_of(n), group_of_all()]))
///     .annotate(|b| b.price().sum());
/// assert_sql!(
///     sales,
///     "SELECT t0.pages, SUM(t0.price) FROM book AS t0 GROUP BY GROUPING SETS ((t0.pages), ())"
/// );
/// ```
pub fn group_of_all() -> GroupSet {
    GroupSet(Vec::new())
}

/// 1 in the subtotals over an expression, and 0 in the groups by it. Of several it is a number with a bit
/// for each, the last of them the lowest.
///
/// ```
/// # use orm_doctest::*;
/// let sales = Book::objects()
///     .values(|b| (rollup((b.author().pk(), b.in_print())), grouping((b.author().pk(), b.in_print()))))
///     .annotate(|b| b.price().sum())
///     .filter(|b| grouping(b.author().pk()).eq(0));
/// assert_sql!(
///     sales,
///     "SELECT t0.author_id, t0.in_print, GROUPING(t0.author_id, t0.in_print), SUM(t0.price) FROM book AS
///      t0 GROUP BY ROLLUP ((t0.author_id), (t0.in_print)) HAVING GROUPING(t0.author_id) = $1"
/// );
/// ```
///
/// # Errors
///
/// Of an expression that no `rollup`, `cube` or `grouping_sets` of the query has, it is
/// [`Error::Usage`](orm_sql::Error::Usage) of the terminal.
pub fn grouping<R, X: GroupKeys<R>>(columns: X) -> Expr<R, i32> {
    let mut args = Vec::new();
    columns.add_keys(&mut args);
    Expr::from_node(Node::Aggregate(Box::new(AggregateNode {
        function: &GROUPING,
        args,
        distinct: false,
        filter: None,
        order: Vec::new(),
        default: None,
        joined: true,
    })))
}
