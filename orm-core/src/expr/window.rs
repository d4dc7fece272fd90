//! Windows: `rank().over(window().partition_by(…).order_by(…))`.

mod frame;
mod functions;

pub use frame::{FrameOffset, FrameRange};
pub use functions::{
    Shifted, WindowFunction, cume_dist, dense_rank, first_value, lag, last_value, lead, nth_value,
    ntile, percent_rank, rank, row_number,
};

use super::{Expr, IsAggregate, Orderings};
use crate::ir::{Node, WindowSpec};
use std::marker::PhantomData;

/// The rows around each row that a function is calculated over: made by [`window`].
#[must_use = "a window is given to a function: `rank().over(window)`"]
pub struct Window<R> {
    spec: WindowSpec,
    rows: PhantomData<fn() -> R>,
}

impl<R> Clone for Window<R> {
    fn clone(&self) -> Self {
        Window { spec: self.spec.clone(), rows: PhantomData }
    }
}

impl<R> std::fmt::Debug for Window<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.spec.fmt(f)
    }
}

/// A window of all rows: `OVER ()`. Its methods make it smaller.
///
/// The same window of several functions is written once. A condition on a function over a window is
/// asked of the rows of a subquery, as in Django.
///
/// ```
/// # use orm_doctest::*;
/// let ranked = Book::objects().values(|b| {
///     let longest = window().partition_by(b.author()).order_by(b.pages().desc());
///     (b.name(), rank().over(&longest), b.pages().sum().over(&longest.rows(..=0)))
/// });
/// assert_sql!(
///     ranked,
///     "SELECT t0.name, RANK() OVER (PARTITION BY t0.author_id ORDER BY t0.pages DESC),
///      SUM(t0.pages) OVER (PARTITION BY t0.author_id ORDER BY t0.pages DESC ROWS BETWEEN
///      UNBOUNDED PRECEDING AND CURRENT ROW) FROM book AS t0"
/// );
/// ```
pub fn window<R>() -> Window<R> {
    Window::of(WindowSpec::default())
}

impl<R> Window<R> {
    fn of(spec: WindowSpec) -> Self {
        Window { spec, rows: PhantomData }
    }

    /// The window with something else changed.
    fn with(&self, change: impl FnOnce(&mut WindowSpec)) -> Self {
        let mut spec = self.spec.clone();
        change(&mut spec);
        Window::of(spec)
    }

    /// The rows that are equal in some columns: each such group is a window of its own.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let shares = Book::objects().values(|b| {
    ///     let of_author = window().partition_by((b.author(), b.in_print()));
    ///     b.pages().avg().over(of_author)
    /// });
    /// assert_sql!(
    ///     shares,
    ///     "SELECT CAST(AVG(t0.pages) OVER (PARTITION BY t0.author_id, t0.in_print) AS double
    ///      precision) FROM book AS t0"
    /// );
    /// ```
    pub fn partition_by(&self, columns: impl Orderings<R>) -> Self {
        let mut by = Vec::new();
        columns.add_to(&mut by);
        self.with(|spec| spec.partition = by.into_iter().map(|item| item.node).collect())
    }

    /// The order of the rows, which also ends the window at the current row and those that are
    /// ordered like it, unless `rows`, `range` or `groups` says otherwise.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let numbered =
    ///     Tag::objects().values(|t| (t.name(), row_number().over(window().order_by(t.name()))));
    /// assert_sql!(
    ///     numbered,
    ///     "SELECT t0.name, ROW_NUMBER() OVER (ORDER BY t0.name) FROM tag AS t0"
    /// );
    /// ```
    pub fn order_by(&self, orderings: impl Orderings<R>) -> Self {
        let mut order = Vec::new();
        orderings.add_to(&mut order);
        self.with(|spec| spec.order = order)
    }
}

impl<R, T, K: IsAggregate> Expr<R, T, K> {
    /// The aggregate of the rows of a window, for each row: nothing is grouped.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let running = Book::objects().annotate(|b| {
    ///     b.pages().sum().default(0).over(window().order_by(b.published()))
    /// });
    /// assert_sql!(
    ///     running,
    ///     "SELECT …, COALESCE(SUM(t0.pages) OVER (ORDER BY t0.published), $1) FROM book AS t0"
    /// );
    /// ```
    ///
    /// # Errors
    ///
    /// The server has no aggregates over windows that are `distinct` or ordered by themselves: that is
    /// [`Error::Usage`](orm_sql::Error::Usage) of the terminal.
    pub fn over(self, window: impl Over<R, Of: Sized>) -> Expr<R, T> {
        if super::aggregates::is_of_ranges(self.node()) {
            return Expr::from_node(Node::Failed(
                "`range_agg` over a window: its ranges are taken apart in a subquery, which has no windows; \
                 aggregate in a `subquery(…)`",
            ));
        }
        Expr::from_node(self.into_node().over(window.spec()))
    }
}

/// What a function goes over: a window, or a reference to one.
#[diagnostic::on_unimplemented(
    message = "a function goes over a window, and `{Self}` is none",
    label = "expected `window()`",
    note = "for example `rank().over(window().partition_by(b.author()).order_by(b.pages().desc()))`"
)]
pub trait Over<R> {
    /// Nothing. Bounds that name it have shorter messages.
    #[doc(hidden)]
    type Of;
    /// The window.
    #[doc(hidden)]
    fn spec(&self) -> &WindowSpec;
}

impl<R> Over<R> for Window<R> {
    type Of = ();
    fn spec(&self) -> &WindowSpec {
        &self.spec
    }
}

impl<R> Over<R> for &Window<R> {
    type Of = ();
    fn spec(&self) -> &WindowSpec {
        &self.spec
    }
}

/// A function over a window.
fn function_over(function: Node, window: &WindowSpec) -> Node {
    Node::Window(Box::new(crate::ir::WindowNode { function, over: window.clone() }))
}
