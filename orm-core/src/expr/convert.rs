//! Conversions: casts and collations.

use super::{Expr, Like};
use crate::column::{Column, Json, NotNull};
use crate::ir::Node;
use crate::model::Cardinality;
use orm_sql::value::SqlType;

/// Conversions of expressions: a trait, so that [`cast`](Expr::cast) of JSON can have a type of its
/// own.
pub trait Cast<R, T: Column, K: Cardinality> {
    /// Converted to another type.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.flags().cast::<String>());
    /// assert_sql!(values, "SELECT CAST(t0.flags AS text) FROM scan AS t0");
    /// let values = Scan::objects().values(|s| s.meta().key("price").cast::<Decimal>());
    /// assert_sql!(values, "SELECT CAST((t0.meta ->> $1) AS numeric) FROM scan AS t0");
    /// ```
    fn cast<U: Column<Inner = U, Null = NotNull>>(&self) -> Expr<R, Like<T, K, U>>;
}

#[diagnostic::do_not_recommend]
impl<R, T: Column, K: Cardinality> Cast<R, T, K> for Expr<R, T, K> {
    fn cast<U: Column<Inner = U, Null = NotNull>>(&self) -> Expr<R, Like<T, K, U>> {
        Expr::from_node(converted(self.node(), T::SQL_TYPE, U::SQL_TYPE))
    }
}

macro_rules! documents {
    ($([$($generics:tt)*] $document:ty;)*) => {$(
        impl<R, $($generics)* K> Expr<R, $document, K> {
            /// Converted to another type, from the text of a value inside of the JSON. JSON null
            /// has no text, so it is an `Option`.
            ///
            /// ```
            /// # use orm_doctest::*;
            /// let values: QuerySet<Scan, Option<String>> =
            ///     Scan::objects().values(|s| s.meta().cast::<String>());
            /// assert_sql!(
            ///     values,
            ///     "SELECT CAST((t0.meta #>> ARRAY[]::text[]) AS text) FROM scan AS t0"
            /// );
            /// ```
            ///
            /// Numbers inside of JSON are rounded to whole ones, as numbers of columns are.
            pub fn cast<U: Column<Inner = U, Null = NotNull>>(&self) -> Expr<R, Option<U>> {
                let node = converted(self.node(), SqlType::Jsonb, U::SQL_TYPE);
                Expr::from_node(node)
            }
        }
    )*};
}
documents! {
    [] serde_json::Value;
    [X,] Json<X>;
}

const NO_CAST: &str = "`cast` between two types of which PostgreSQL converts none into the other: cast to \
                       text first, `.cast::<String>().cast::<…>()`; a document is made by `.to_json()`";

/// `CAST(… AS type)`, from the text of what is inside of JSON.
fn converted(node: &Node, from: SqlType, to: SqlType) -> Node {
    let node = match (from, to) {
        (SqlType::Jsonb, SqlType::Int2 | SqlType::Int4 | SqlType::Int8) => {
            Node::Cast(Box::new(super::json::text_of(node)), SqlType::Numeric)
        }
        (SqlType::Jsonb, to) if to != SqlType::Jsonb => super::json::text_of(node),
        (from, to) if !from.casts_to(to) => Node::Failed(NO_CAST),
        _ => node.clone(),
    };
    Node::Cast(Box::new(node), to)
}

impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
    /// Compared and ordered by the rules of a collation.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| b.name().collate("german"));
    /// assert_sql!(values, "SELECT t0.name COLLATE german FROM book AS t0");
    /// ```
    pub fn collate(&self, collation: impl Into<String>) -> Expr<R, Like<T, K, T::Inner>>
    where
        T::Inner: super::Text,
    {
        Expr::from_node(Node::Collate(Box::new(self.node().clone()), collation.into()))
    }
}
