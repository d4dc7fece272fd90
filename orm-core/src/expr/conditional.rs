//! Expressions that choose among others, and those that join texts.

use super::arrays::texts;
use super::{AsExpr, Condition, Either, Expr, IntoExpr};
use crate::column::{Column, NotNull, Nullness};
use crate::ir::{CaseNode, Node};
use orm_sql::ast::Template;
use orm_sql::value::{SqlType, SqlValue};
use std::marker::PhantomData;

/// A choice by conditions: `case().when(condition, result)`, ended by `otherwise`.
///
/// The first result says the type; the others are compared with it as in a lookup.
///
/// ```
/// # use orm_doctest::*;
/// let values = Book::objects().values(|b| {
///     case().when(b.pages().gt(500), "long").when(b.pages().gt(100), "medium").otherwise("short")
/// });
/// assert_sql!(
///     values,
///     "SELECT CASE WHEN t0.pages > $1 THEN $2 WHEN t0.pages > $3 THEN $4 ELSE $5 END FROM book
///      AS t0"
/// );
/// ```
pub fn case() -> CaseStart {
    CaseStart
}

/// A [`case`] without a branch.
#[derive(Debug, Clone, Copy)]
pub struct CaseStart;

impl CaseStart {
    /// The result where a condition holds.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| case().when(b.in_print(), b.price()).otherwise(0));
    /// assert_sql!(
    ///     values,
    ///     "SELECT CASE WHEN t0.in_print THEN t0.price ELSE $1 END FROM book AS t0"
    /// );
    /// ```
    pub fn when<R, X: AsExpr<R>>(
        self,
        condition: impl Condition<R>,
        result: X,
    ) -> Case<R, X::Inner, X::Null> {
        let branches = vec![(condition.into_condition(), result.as_node())];
        Case { branches, types: PhantomData }
    }
}

/// A [`case`] whose results hold a `T`, or also NULL, as `N` says.
#[must_use = "end it with `.otherwise(…)` or `.otherwise_null()`"]
pub struct Case<R, T, N> {
    branches: Vec<(Node, Node)>,
    types: Types<R, T, N>,
}

type Types<R, T, N> = PhantomData<fn() -> (R, T, N)>;

impl<R, T: Column<Inner = T, Null = NotNull>, N: Nullness> Case<R, T, N> {
    /// The result where a condition holds and none before it did.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects()
    ///     .values(|b| case().when(b.pages().gt(500), 2).when(b.pages().gt(100), 1).otherwise(0));
    /// assert_sql!(
    ///     values,
    ///     "SELECT CASE WHEN t0.pages > $1 THEN $2 WHEN t0.pages > $3 THEN $4 ELSE $5 END FROM
    ///      book AS t0"
    /// );
    /// ```
    pub fn when<V: IntoExpr<T, R>>(
        mut self,
        condition: impl Condition<R>,
        result: V,
    ) -> Case<R, T, N::Or<V::Null>> {
        self.branches.push((condition.into_condition(), result.into_node()));
        Case { branches: self.branches, types: PhantomData }
    }

    /// The result where no condition holds.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| case().when(b.in_print(), "yes").otherwise("no"));
    /// assert_sql!(values, "SELECT CASE WHEN t0.in_print THEN $1 ELSE $2 END FROM book AS t0");
    /// ```
    pub fn otherwise<V: IntoExpr<T, R>>(self, result: V) -> Expr<R, Either<N, V::Null, T>> {
        self.end(Some(result.into_node()))
    }

    /// NULL where no condition holds.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values =
    ///     Book::objects().values(|b| case().when(b.in_print(), b.price()).otherwise_null());
    /// assert_sql!(values, "SELECT CASE WHEN t0.in_print THEN t0.price END FROM book AS t0");
    /// ```
    pub fn otherwise_null(self) -> Expr<R, Option<T>> {
        self.end(None)
    }

    fn end<U>(self, otherwise: Option<Node>) -> Expr<R, U> {
        let case = CaseNode { branches: self.branches, otherwise, sql_type: T::SQL_TYPE };
        Expr::from_node(Node::Case(Box::new(case)))
    }
}

/// Several expressions and values of one type; the first says which.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tuple of alternatives of one type over `{R}`",
    label = "expected a tuple such as `(b.nickname(), b.name(), \"\")`",
    note = "the first one says the type of all: start with a column, and give values after it"
)]
pub trait Alternatives<R> {
    /// What is chosen: NULL only where all of them can be.
    type Ty: Column;
    /// The untyped expressions.
    fn into_nodes(self) -> Vec<Node>;
}

/// NULL if all of these can be.
macro_rules! all_null {
    ($value:ty, $t:ident) => { <$t as IntoExpr<$value, R>>::Null };
    ($value:ty, $t:ident $($rest:ident)+) => {
        <<$t as IntoExpr<$value, R>>::Null as Nullness>::And<all_null!($value, $($rest)+)>
    };
}

macro_rules! alternatives {
    ($first:ident) => {};
    ($first:ident $($t:ident)+) => {
        #[diagnostic::do_not_recommend]
        impl<R, $first: AsExpr<R>, $($t),+> Alternatives<R> for ($first, $($t),+)
        where
            $($t: IntoExpr<$first::Inner, R>),+
        {
            type Ty = <<$first::Null as Nullness>::And<
                all_null!($first::Inner, $($t)+)
            > as Nullness>::Wrap<$first::Inner>;
            #[allow(non_snake_case)]
            fn into_nodes(self) -> Vec<Node> {
                let ($first, $($t),+) = self;
                vec![$first.as_node(), $($t.into_node()),+]
            }
        }
    };
}
tuples!(alternatives);

/// The first that is not NULL.
///
/// ```
/// # use orm_doctest::*;
/// let values = Book::objects().values(|b| coalesce((b.discount(), b.price(), 0)));
/// assert_sql!(values, "SELECT COALESCE(t0.discount, t0.price, $1) FROM book AS t0");
/// ```
pub fn coalesce<R, T, A: Alternatives<R, Ty = T>>(alternatives: A) -> Expr<R, T> {
    static SQL: Template = Template::first_of("COALESCE({*})");
    Expr::from_node(Node::template(&SQL, alternatives.into_nodes()))
}

/// The greatest of those that are not NULL.
///
/// ```
/// # use orm_doctest::*;
/// let values = Book::objects().values(|b| greatest((b.pages(), 100)));
/// assert_sql!(values, "SELECT GREATEST(t0.pages, $1) FROM book AS t0");
/// ```
pub fn greatest<R, T, A: Alternatives<R, Ty = T>>(alternatives: A) -> Expr<R, T> {
    static SQL: Template = Template::first_of("GREATEST({*})");
    Expr::from_node(Node::template(&SQL, alternatives.into_nodes()))
}

/// The least of those that are not NULL.
///
/// ```
/// # use orm_doctest::*;
/// let values = Book::objects().values(|b| least((b.pages(), 100)));
/// assert_sql!(values, "SELECT LEAST(t0.pages, $1) FROM book AS t0");
/// ```
pub fn least<R, T, A: Alternatives<R, Ty = T>>(alternatives: A) -> Expr<R, T> {
    static SQL: Template = Template::first_of("LEAST({*})");
    Expr::from_node(Node::template(&SQL, alternatives.into_nodes()))
}

static NULLIF: Template = Template::opaque("NULLIF({}, {})");

/// NULL where the two are equal, else the first.
///
/// ```
/// # use orm_doctest::*;
/// let values = Book::objects().values(|b| nullif(b.name(), ""));
/// assert_sql!(values, "SELECT NULLIF(t0.name, $1) FROM book AS t0");
/// ```
pub fn nullif<R, A, V>(first: A, second: V) -> Expr<R, Option<A::Inner>>
where
    A: AsExpr<R>,
    V: IntoExpr<A::Inner, R>,
{
    let sides = [first.as_node(), second.into_node()].map(texts::<A::Ty>);
    Expr::from_node(Node::template(&NULLIF, sides.to_vec()))
}

/// Texts, and what is written as text, to put together.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tuple of texts over `{R}`",
    label = "expected a tuple such as `(b.name(), \", \", b.pages())`"
)]
pub trait Pieces<R> {
    /// The untyped texts, none of them NULL.
    fn into_pieces(self) -> Vec<Node>;
}

static OR_EMPTY: Template = Template::never_null("COALESCE({}, '')");
static JOINED: Template = Template::new("({} || {})");

fn piece<R, A: AsExpr<R>>(item: A) -> Node {
    let mut node = item.as_node();
    if A::Ty::SQL_TYPE != SqlType::Text {
        node = Node::Cast(Box::new(node), SqlType::Text);
    }
    if A::Null::NULL {
        node = Node::template(&OR_EMPTY, vec![node]);
    }
    node
}

macro_rules! pieces {
    ($($t:ident)+) => {
        #[diagnostic::do_not_recommend]
        impl<R, $($t: AsExpr<R>),+> Pieces<R> for ($($t,)+) {
            #[allow(non_snake_case)]
            fn into_pieces(self) -> Vec<Node> {
                let ($($t,)+) = self;
                vec![$(piece::<R, _>($t)),+]
            }
        }
    };
}
tuples!(pieces);

/// Texts one after the other. NULL counts as empty, and what is not text is written as text.
///
/// ```
/// # use orm_doctest::*;
/// let values = Author::objects().values(|a| concat((a.name(), ", ", a.born())));
/// assert_sql!(
///     values,
///     "SELECT ((t0.name || $1) || COALESCE(CAST(t0.born AS text), '')) FROM author AS t0"
/// );
/// ```
pub fn concat<R>(pieces: impl Pieces<R>) -> Expr<R, String> {
    let join = |left, right| Node::template(&JOINED, vec![left, right]);
    let joined = pieces.into_pieces().into_iter().reduce(join);
    let empty = || Node::Value(SqlValue::Text(String::new()), SqlType::Text);
    Expr::from_node(joined.unwrap_or_else(empty))
}
