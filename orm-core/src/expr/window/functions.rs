//! Functions that only stand over windows.

use super::{Over, function_over};
use crate::column::{Column, Nullness};
use crate::expr::{AsExpr, Either, Expr, IntoExpr};
use crate::ir::Node;
use orm_sql::ast::Template;
use orm_sql::value::{SqlType, SqlValue};
use std::marker::PhantomData;

/// A function that only stands over a window: `.over(window)` ends it.
#[must_use = "a window function is ended by `.over(window)`"]
pub struct WindowFunction<R, T> {
    function: Node,
    types: PhantomData<fn() -> (R, T)>,
}

impl<R, T> WindowFunction<R, T> {
    fn new(template: &'static Template, args: Vec<Node>) -> Self {
        WindowFunction { function: Node::template(template, args), types: PhantomData }
    }

    /// The function over a window.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let first = Book::objects()
    ///     .filter(|b| row_number().over(window().partition_by(b.author()).order_by(b.id())).eq(1));
    /// assert_sql!(
    ///     first,
    ///     "SELECT t1.c0, t1.c1, t1.c2, t1.c3, t1.c4, t1.c5, t1.c6, t1.c7, t1.c8 FROM (SELECT …,
    ///      ROW_NUMBER() OVER (PARTITION BY t0.author_id ORDER BY t0.id) AS c9 FROM book AS t0) AS
    ///      t1 WHERE t1.c9 = $1"
    /// );
    /// ```
    pub fn over(self, window: impl Over<R, Of: Sized>) -> Expr<R, T> {
        Expr::from_node(function_over(self.function, window.spec()))
    }
}

impl<R, T> Clone for WindowFunction<R, T> {
    fn clone(&self) -> Self {
        WindowFunction { function: self.function.clone(), types: PhantomData }
    }
}

macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident $sql:literal $out:ty;)*) => {$(
        $(#[$doc])*
        pub fn $name<R>() -> WindowFunction<R, $out> {
            static SQL: Template = Template::new($sql);
            WindowFunction::new(&SQL, Vec::new())
        }
    )*};
}
functions! {
    /// The number of the row in its window, from 1.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let numbers = Tag::objects().values(|t| row_number().over(window().order_by(t.name())));
    /// assert_sql!(numbers, "SELECT ROW_NUMBER() OVER (ORDER BY t0.name) FROM tag AS t0");
    /// ```
    row_number "ROW_NUMBER()" i64;
    /// The rank of the row in its window, from 1: rows that are ordered alike have one, and those after
    /// them a higher one by how many they were.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let ranks = Tag::objects().values(|t| rank().over(window().order_by(t.name())));
    /// assert_sql!(ranks, "SELECT RANK() OVER (ORDER BY t0.name) FROM tag AS t0");
    /// ```
    rank "RANK()" i64;
    /// The rank without gaps.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let ranks = Tag::objects().values(|t| dense_rank().over(window().order_by(t.name())));
    /// assert_sql!(ranks, "SELECT DENSE_RANK() OVER (ORDER BY t0.name) FROM tag AS t0");
    /// ```
    dense_rank "DENSE_RANK()" i64;
    /// The rank as a part of all: `(rank - 1) / (rows - 1)`, from 0 to 1.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let ranks = Tag::objects().values(|t| percent_rank().over(window().order_by(t.name())));
    /// assert_sql!(ranks, "SELECT PERCENT_RANK() OVER (ORDER BY t0.name) FROM tag AS t0");
    /// ```
    percent_rank "PERCENT_RANK()" f64;
    /// Which part of the rows is ordered before the row or like it, up to 1.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let parts = Tag::objects().values(|t| cume_dist().over(window().order_by(t.name())));
    /// assert_sql!(parts, "SELECT CUME_DIST() OVER (ORDER BY t0.name) FROM tag AS t0");
    /// ```
    cume_dist "CUME_DIST()" f64;
}

/// A count as a parameter; nothing is no count.
fn count(number: u32, none: &'static str) -> Node {
    match i32::try_from(number) {
        Ok(0) => Node::Failed(none),
        Ok(number) => Node::Value(SqlValue::I32(number), SqlType::Int4),
        Err(_) => Node::Failed("a window function counts up to 2147483647"),
    }
}

/// Which of so many parts of its window the row is in, from 1: their sizes differ by one at the most.
///
/// ```
/// # use orm_doctest::*;
/// let quarters = Book::objects().values(|b| ntile(4).over(window().order_by(b.pages())));
/// assert_sql!(quarters, "SELECT NTILE($1) OVER (ORDER BY t0.pages) FROM book AS t0");
/// ```
pub fn ntile<R>(parts: u32) -> WindowFunction<R, i32> {
    static SQL: Template = Template::new("NTILE({})");
    let parts = count(parts, "`ntile(0)`: rows are divided into one part at least");
    WindowFunction::new(&SQL, vec![parts])
}

/// What an expression of another row of the window is: NULL where there is no such row.
type There<R, X> = Option<<<X as AsExpr<R>>::Ty as Column>::Inner>;

/// An expression of the first row of the frame; NULL where the frame has none.
///
/// ```
/// # use orm_doctest::*;
/// let cheapest = Book::objects().values(|b| {
///     first_value(b.name()).over(window().partition_by(b.author()).order_by(b.price()))
/// });
/// assert_sql!(
///     cheapest,
///     "SELECT FIRST_VALUE(t0.name) OVER (PARTITION BY t0.author_id ORDER BY t0.price) FROM book
///      AS t0"
/// );
/// ```
pub fn first_value<R, X: AsExpr<R>>(of: X) -> WindowFunction<R, There<R, X>> {
    static SQL: Template = Template::new("FIRST_VALUE({})");
    WindowFunction::new(&SQL, vec![of.as_node()])
}

/// An expression of the last row of the frame, which ends at the current row unless
/// [`rows`](super::Window::rows) or its like says otherwise; NULL where the frame has none.
///
/// ```
/// # use orm_doctest::*;
/// let dearest = Book::objects().values(|b| {
///     last_value(b.name()).over(window().order_by(b.price()).rows(..))
/// });
/// assert_sql!(
///     dearest,
///     "SELECT LAST_VALUE(t0.name) OVER (ORDER BY t0.price ROWS BETWEEN UNBOUNDED PRECEDING AND
///      UNBOUNDED FOLLOWING) FROM book AS t0"
/// );
/// ```
pub fn last_value<R, X: AsExpr<R>>(of: X) -> WindowFunction<R, There<R, X>> {
    static SQL: Template = Template::new("LAST_VALUE({})");
    WindowFunction::new(&SQL, vec![of.as_node()])
}

/// An expression of the nth row of the frame, from 1; NULL where the frame has fewer.
///
/// ```
/// # use orm_doctest::*;
/// let second =
///     Book::objects().values(|b| nth_value(b.name(), 2).over(window().order_by(b.price())));
/// assert_sql!(second, "SELECT NTH_VALUE(t0.name, $1) OVER (ORDER BY t0.price) FROM book AS t0");
/// ```
pub fn nth_value<R, X: AsExpr<R>>(of: X, place: u32) -> WindowFunction<R, There<R, X>> {
    static SQL: Template = Template::new("NTH_VALUE({}, {})");
    let place = count(place, "`nth_value` counts rows from 1");
    WindowFunction::new(&SQL, vec![of.as_node(), place])
}

type Types<R, T, U> = PhantomData<fn() -> (R, T, U)>;

/// What `T` holds, NULL where that or another can be.
type Also<T, N> = Either<<T as Column>::Null, N, <T as Column>::Inner>;

/// An expression of a row before or after: what [`lag`] and [`lead`] give.
#[must_use = "a window function is ended by `.over(window)`"]
pub struct Shifted<R, T: Column, U = Option<<T as Column>::Inner>> {
    function: &'static Template,
    of: Node,
    offset: Node,
    default: Option<Node>,
    types: Types<R, T, U>,
}

fn shifted<R, X: AsExpr<R>>(function: &'static Template, of: X) -> Shifted<R, X::Ty> {
    let offset = Node::Value(SqlValue::I32(1), SqlType::Int4);
    Shifted { function, of: of.as_node(), offset, default: None, types: PhantomData }
}

/// An expression of the row before in the window; NULL where there is none.
///
/// ```
/// # use orm_doctest::*;
/// let changes = Book::objects().values(|b| {
///     let before = window().partition_by(b.author()).order_by(b.published());
///     b.pages() - lag(b.pages()).default(0).over(before)
/// });
/// assert_sql!(
///     changes,
///     "SELECT (t0.pages - LAG(t0.pages, $1, $2) OVER (PARTITION BY t0.author_id ORDER BY
///      t0.published)) FROM book AS t0"
/// );
/// ```
pub fn lag<R, X: AsExpr<R>>(of: X) -> Shifted<R, X::Ty> {
    static SQL: Template = Template::new("LAG({*})");
    shifted(&SQL, of)
}

/// An expression of the row after in the window; NULL where there is none.
///
/// ```
/// # use orm_doctest::*;
/// let next = Book::objects()
///     .values(|b| lead(b.name()).offset(2).over(window().order_by(b.published())));
/// assert_sql!(next, "SELECT LEAD(t0.name, $1) OVER (ORDER BY t0.published) FROM book AS t0");
/// ```
pub fn lead<R, X: AsExpr<R>>(of: X) -> Shifted<R, X::Ty> {
    static SQL: Template = Template::new("LEAD({*})");
    shifted(&SQL, of)
}

impl<R, T: Column, U> Shifted<R, T, U> {
    /// How many rows away; 1 unless it is said.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let before = Book::objects()
    ///     .values(|b| lag(b.name()).offset(2).over(window().order_by(b.published())));
    /// assert_sql!(
    ///     before,
    ///     "SELECT LAG(t0.name, $1) OVER (ORDER BY t0.published) FROM book AS t0"
    /// );
    /// ```
    pub fn offset(mut self, rows: u32) -> Self {
        self.offset = count(rows, "`offset(0)` is the row itself: name the expression without it");
        self
    }

    /// What it is where there is no such row.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let before = Book::objects()
    ///     .values(|b| lag(b.name()).default("none").over(window().order_by(b.published())));
    /// assert_sql!(
    ///     before,
    ///     "SELECT LAG(t0.name, $1, $2) OVER (ORDER BY t0.published) FROM book AS t0"
    /// );
    /// ```
    pub fn default<V: IntoExpr<T::Inner, R>>(self, value: V) -> Shifted<R, T, Also<T, V::Null>>
    where
        T::Null: Nullness,
    {
        let Shifted { function, of, offset, .. } = self;
        Shifted { function, of, offset, default: Some(value.into_node()), types: PhantomData }
    }

    /// The function over a window.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let before = Book::objects().values(|b| lag(b.name()).over(window().order_by(b.id())));
    /// assert_sql!(before, "SELECT LAG(t0.name, $1) OVER (ORDER BY t0.id) FROM book AS t0");
    /// ```
    pub fn over(self, window: impl Over<R, Of: Sized>) -> Expr<R, U> {
        let args = [self.of, self.offset].into_iter().chain(self.default);
        let function = Node::template(self.function, args.collect());
        Expr::from_node(function_over(function, window.spec()))
    }
}
