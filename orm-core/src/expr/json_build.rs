//! JSON that the database puts together, and paths into it.

use super::{AsExpr, Document, Expr, Like};
use crate::column::Column;
use crate::ir::Node;
use crate::model::Cardinality;
use orm_sql::ast::Template;
use orm_sql::value::{SqlType, SqlValue};
use serde_json::Value;

/// Keys with their values, for [`json_object`]: a tuple of pairs.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tuple of keys with their values over `{R}`",
    label = "expected pairs such as `((\"name\", b.name()), (\"pages\", b.pages()))`",
    note = "of a single pair it is `((\"name\", b.name()),)`"
)]
pub trait JsonPairs<R> {
    /// The keys and values, one after the other.
    fn into_pairs(self) -> Vec<Node>;
}

/// The items of [`json_array`]: a tuple of expressions and values.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tuple of expressions over `{R}`",
    label = "expected a tuple such as `(b.name(), b.pages())`",
    note = "of a single item it is `(b.name(),)`; the items of a column's rows are `.json_agg()`"
)]
pub trait JsonItems<R> {
    /// The items.
    fn into_items(self) -> Vec<Node>;
}

fn key(key: impl Into<String>) -> Node {
    Node::Value(SqlValue::Text(key.into()), SqlType::Text)
}

macro_rules! items_of_tuples {
    ($($t:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<R, $($t: AsExpr<R>),*> JsonItems<R> for ($($t,)*) {
            #[allow(non_snake_case)]
            fn into_items(self) -> Vec<Node> {
                let ($($t,)*) = self;
                vec![$($t.as_node()),*]
            }
        }
    };
}
tuples!(items_of_tuples);

// A pair that stands by itself is no tuple of pairs: it is said once, and not of each half.
macro_rules! pairs_of_tuples {
    ($($k:ident $v:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<R, $($k: Into<String>, $v: AsExpr<R>),*> JsonPairs<R> for ($(($k, $v),)*) {
            #[allow(non_snake_case)]
            fn into_pairs(self) -> Vec<Node> {
                let ($(($k, $v),)*) = self;
                [$([key($k), $v.as_node()]),*].into_iter().flatten().collect()
            }
        }
    };
}
tuples_of_pairs!(pairs_of_tuples);

static OBJECT: Template = Template::never_null("JSONB_BUILD_OBJECT({*})");
static ARRAY: Template = Template::never_null("JSONB_BUILD_ARRAY({*})");

/// A JSON object of keys and expressions; what is NULL becomes JSON's null.
///
/// ```
/// # use orm_doctest::*;
/// let cards = Book::objects()
///     .values(|b| json_object((("name", b.name()), ("by", json_array((b.author().name(), 1))))));
/// assert_sql!(
///     cards,
///     "SELECT JSONB_BUILD_OBJECT($1, t0.name, $2, JSONB_BUILD_ARRAY(t1.name, $3)) FROM book AS t0
///      JOIN author AS t1 ON t1.id = t0.author_id"
/// );
/// ```
pub fn json_object<R>(pairs: impl JsonPairs<R>) -> Expr<R, Value> {
    Expr::from_node(Node::template(&OBJECT, pairs.into_pairs()))
}

/// A JSON array of expressions; what is NULL becomes JSON's null.
///
/// ```
/// # use orm_doctest::*;
/// let pairs = Book::objects().values(|b| json_array((b.name(), b.pages())));
/// assert_sql!(pairs, "SELECT JSONB_BUILD_ARRAY(t0.name, t0.pages) FROM book AS t0");
/// ```
pub fn json_array<R>(items: impl JsonItems<R>) -> Expr<R, Value> {
    Expr::from_node(Node::template(&ARRAY, items.into_items()))
}

/// A path into JSON, in the language of `jsonpath`: a text, or a text with the values of its variables.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a path into JSON",
    label = "expected a text such as `\"$.tags[*]\"`, or `(\"$.size ? (@ > $least)\", json!({{\"least\": 3}}))`"
)]
pub trait JsonPath {
    /// The path, and the values of its variables.
    fn into_path(self) -> (String, Option<Value>);
}

impl JsonPath for &str {
    fn into_path(self) -> (String, Option<Value>) {
        (self.to_owned(), None)
    }
}

impl JsonPath for String {
    fn into_path(self) -> (String, Option<Value>) {
        (self, None)
    }
}

impl<S: Into<String>> JsonPath for (S, Value) {
    fn into_path(self) -> (String, Option<Value>) {
        (self.0.into(), Some(self.1))
    }
}

static PATH: Template = Template::new("CAST({} AS jsonpath)");
static ALL: Template = Template::new("JSONB_PATH_QUERY_ARRAY({*})");
static FIRST: Template = Template::partial("JSONB_PATH_QUERY_FIRST({*})");
static EXISTS: Template = Template::partial("JSONB_PATH_EXISTS({}, {}, {}, TRUE)");
static MATCHES: Template = Template::partial("JSONB_PATH_MATCH({}, {}, {}, TRUE)");

/// The path as the server reads it, and the values of its variables.
fn parts(path: impl JsonPath) -> (Node, Option<Node>) {
    let (path, variables) = path.into_path();
    let variables = variables.map(|value| Node::Value(SqlValue::Json(value), SqlType::Jsonb));
    (Node::template(&PATH, vec![key(path)]), variables)
}

impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
    fn query_path<U>(&self, function: &'static Template, path: impl JsonPath) -> Expr<R, U> {
        let (path, variables) = parts(path);
        let mut args = vec![self.node().clone(), path];
        args.extend(variables);
        Expr::from_node(Node::template(function, args))
    }

    fn test_path(
        &self,
        operator: &'static str,
        function: &'static Template,
        path: impl JsonPath,
    ) -> Expr<R, Option<bool>> {
        match parts(path) {
            (path, None) => self.operator(operator, path),
            (path, Some(variables)) => self.apply_to(function, [path, variables]),
        }
    }

    /// All that a path of `jsonpath` leads to, as one JSON array. Variables of the path have their
    /// values beside it, and a value never stands in its text.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let tags = Scan::objects().values(|s| s.meta().path_query_array("$.tags[*]"));
    /// assert_sql!(
    ///     tags,
    ///     "SELECT JSONB_PATH_QUERY_ARRAY(t0.meta, CAST($1 AS jsonpath)) FROM scan AS t0"
    /// );
    /// let path = ("$.sizes[*] ? (@ > $least)", json!({"least": 3}));
    /// let sizes = Scan::objects().values(|s| s.meta().path_query_array(path));
    /// assert_sql!(
    ///     sizes,
    ///     "SELECT JSONB_PATH_QUERY_ARRAY(t0.meta, CAST($1 AS jsonpath), $2) FROM scan AS t0"
    /// );
    /// ```
    pub fn path_query_array(&self, path: impl JsonPath) -> Expr<R, Like<T, K, Value>>
    where
        T::Inner: Document,
    {
        self.query_path(&ALL, path)
    }

    /// The first that a path of `jsonpath` leads to; NULL where there is none.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let first = Scan::objects().values(|s| s.meta().path_query_first("$.tags[*]"));
    /// assert_sql!(
    ///     first,
    ///     "SELECT JSONB_PATH_QUERY_FIRST(t0.meta, CAST($1 AS jsonpath)) FROM scan AS t0"
    /// );
    /// ```
    pub fn path_query_first(&self, path: impl JsonPath) -> Expr<R, Option<Value>>
    where
        T::Inner: Document,
    {
        self.query_path(&FIRST, path)
    }

    /// A path of `jsonpath` leads to something: `meta @? path`, which an index of `gin` serves.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let scans = Scan::objects().filter(|s| s.meta().path_exists("$.tags[*] ? (@ == \"sea\")"));
    /// assert_sql!(scans, "SELECT … FROM scan AS t0 WHERE t0.meta @? CAST($1 AS jsonpath)");
    /// ```
    pub fn path_exists(&self, path: impl JsonPath) -> Expr<R, Option<bool>>
    where
        T::Inner: Document,
    {
        self.test_path("@?", &EXISTS, path)
    }

    /// A predicate of `jsonpath` holds: `meta @@ path`, which an index of `gin` serves.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let scans = Scan::objects().filter(|s| s.meta().path_match("$.size > 3"));
    /// assert_sql!(scans, "SELECT … FROM scan AS t0 WHERE t0.meta @@ CAST($1 AS jsonpath)");
    /// ```
    pub fn path_match(&self, path: impl JsonPath) -> Expr<R, Option<bool>>
    where
        T::Inner: Document,
    {
        self.test_path("@@", &MATCHES, path)
    }
}
