//! What has keys: JSON, and maps of texts.

use super::json::GET;
use super::{Document, Expr, IntoExpr, Like, Lookup};
use crate::column::{Column, Json, NotNull};
use crate::ir::Node;
use crate::model::Cardinality;
use orm_sql::ast::Template;
use orm_sql::value::{HStore, SqlType, SqlValue};
use serde_json::Value;

/// Columns that hold values by their keys.
#[diagnostic::on_unimplemented(
    message = "this needs JSON or an `HStore`, but the expression holds `{Self}`",
    label = "has no keys",
    note = "JSON columns are `serde_json::Value` and `Json<T>`"
)]
pub trait Keyed: Column<Inner = Self, Null = NotNull> {
    /// What stands at a key.
    type Item: Column<Inner = Self::Item, Null = NotNull>;
}

#[diagnostic::do_not_recommend]
impl Keyed for Value {
    type Item = Value;
}

#[diagnostic::do_not_recommend]
impl<T> Keyed for Json<T>
where
    Json<T>: Document,
{
    type Item = Value;
}

#[diagnostic::do_not_recommend]
impl Keyed for HStore {
    type Item = String;
}

/// Columns that hold a map of texts.
#[diagnostic::on_unimplemented(
    message = "this needs an `HStore`, but the expression holds `{Self}`",
    label = "not a map of texts"
)]
pub trait TextMap: Column<Inner = Self, Null = NotNull> {}
impl TextMap for HStore {}

static KEYS: Template = Template::new("AKEYS({})");
static VALUES: Template = Template::new("AVALS({})");

impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
    /// The value of a key, as JSON or as the text of an `HStore`; NULL where there is no such key.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let scans = Scan::objects().filter(|s| s.meta().key("lang").eq("en"));
    /// assert_sql!(scans, "SELECT … FROM scan AS t0 WHERE (t0.meta -> $1) = $2");
    /// let paper = Edition::objects().filter(|e| e.details().key("cover").icontains("paper"));
    /// assert_sql!(paper, "SELECT … WHERE UPPER((t0.details -> $1)) LIKE UPPER($2)");
    /// ```
    pub fn key<I>(&self, key: impl Into<String>) -> Expr<R, Option<I>>
    where
        T::Inner: Keyed<Item = I>,
        I: Column<Inner = I, Null = NotNull>,
    {
        self.apply_to(&GET, [Node::Value(SqlValue::Text(key.into()), SqlType::Text)])
    }

    /// Has a key, or, of an array, a text among its items.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let scans = Scan::objects().filter(|s| s.meta().has_key("lang"));
    /// assert_sql!(scans, "SELECT … FROM scan AS t0 WHERE t0.meta ? $1");
    /// ```
    pub fn has_key<V: IntoExpr<String, R>>(&self, key: V) -> Lookup<R, T, K, V::Null>
    where
        T::Inner: Keyed,
    {
        self.operator("?", key.into_node())
    }

    /// Has all of these keys: `meta ?& $1`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let scans = Scan::objects()
    ///     .filter(|s| s.meta().has_keys(["lang", "size"].map(String::from).to_vec()));
    /// assert_sql!(scans, "SELECT … FROM scan AS t0 WHERE t0.meta ?& $1");
    /// ```
    pub fn has_keys<V: IntoExpr<Vec<String>, R>>(&self, keys: V) -> Lookup<R, T, K, V::Null>
    where
        T::Inner: Keyed,
    {
        self.operator("?&", keys.into_node())
    }

    /// Has any of these keys: `meta ?| $1`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let scans = Scan::objects()
    ///     .filter(|s| s.meta().has_any_keys(["lang", "size"].map(String::from).to_vec()));
    /// assert_sql!(scans, "SELECT … FROM scan AS t0 WHERE t0.meta ?| $1");
    /// ```
    pub fn has_any_keys<V: IntoExpr<Vec<String>, R>>(&self, keys: V) -> Lookup<R, T, K, V::Null>
    where
        T::Inner: Keyed,
    {
        self.operator("?|", keys.into_node())
    }

    /// The keys of a map of texts.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let editions = Edition::objects().filter(|e| e.details().keys().contains(["cover"]));
    /// assert_sql!(editions, "SELECT … FROM edition AS t0 WHERE AKEYS(t0.details) @> $1");
    /// ```
    pub fn keys(&self) -> Expr<R, Like<T, K, Vec<String>>>
    where
        T::Inner: TextMap,
    {
        self.apply(&KEYS)
    }

    /// The values of a map of texts.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let editions = Edition::objects().filter(|e| e.details().values().overlap(["paperback"]));
    /// assert_sql!(editions, "SELECT … FROM edition AS t0 WHERE AVALS(t0.details) && $1");
    /// ```
    pub fn values(&self) -> Expr<R, Like<T, K, Vec<Option<String>>>>
    where
        T::Inner: TextMap,
    {
        self.apply(&VALUES)
    }
}
