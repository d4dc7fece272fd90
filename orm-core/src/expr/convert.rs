//! Conversions: casts and collations.

use super::{Expr, Like};
use crate::column::{Column, NotNull};
use crate::ir::Node;
use crate::model::Cardinality;
use orm_sql::value::SqlType;

impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
    /// Converted to another type. A value inside of JSON is converted from its text.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.flags().cast::<String>());
    /// assert_sql!(values, "SELECT CAST(t0.flags AS text) FROM scan AS t0");
    /// let values = Scan::objects().values(|s| s.meta().key("price").cast::<Decimal>());
    /// assert_sql!(values, "SELECT CAST((t0.meta ->> $1) AS numeric) FROM scan AS t0");
    /// ```
    ///
    /// Numbers inside of JSON are rounded to whole ones, as numbers of columns are.
    pub fn cast<U: Column<Inner = U, Null = NotNull>>(&self) -> Expr<R, Like<T, K, U>> {
        let node = match (T::SQL_TYPE, U::SQL_TYPE) {
            (SqlType::Jsonb, SqlType::Jsonb) => self.node().clone(),
            (SqlType::Jsonb, SqlType::Int2 | SqlType::Int4 | SqlType::Int8) => {
                Node::Cast(Box::new(super::json::text_of(self.node())), SqlType::Numeric)
            }
            (SqlType::Jsonb, _) => super::json::text_of(self.node()),
            _ => self.node().clone(),
        };
        Expr::from_node(Node::Cast(Box::new(node), U::SQL_TYPE))
    }

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
