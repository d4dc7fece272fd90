//! Inside of JSON.

use super::arithmetic::WholeNumber;
use super::into_expr::Beside;
use super::{Applied, Expr, IntoExpr, Like};
use crate::column::{Column, Json, NotNull};
use crate::ir::{Comparison, Node};
use crate::model::{Cardinality, List};
use orm_sql::ast::Template;
use orm_sql::value::{SqlType, SqlValue};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Columns that hold JSON.
#[diagnostic::on_unimplemented(
    message = "this needs JSON, but the expression holds `{Self}`",
    label = "not JSON",
    note = "JSON columns are `serde_json::Value` and `Json<T>`"
)]
pub trait Document: Column<Inner = Self, Null = NotNull> {}
impl Document for Value {}
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Document for Json<T> {}

pub(super) static GET: Template = Template::partial("({} -> {})");
static GET_TEXT: Template = Template::partial("({} ->> {})");
static GET_PATH: Template = Template::partial("({} #> {})");
static GET_PATH_TEXT: Template = Template::partial("({} #>> {})");
static NO_STEPS: Template = Template::new("ARRAY[]::text[]");
static MERGE: Template = Template::new("({} || {})");
static TO_JSON: Template = Template::new("TO_JSONB({})");

/// The text of a JSON value: that of a string without its quotes; NULL for JSON null.
pub(super) fn text_of(node: &Node) -> Node {
    match node {
        Node::Template(template, args) if std::ptr::eq(*template, &GET) => {
            Node::template(&GET_TEXT, args.clone())
        }
        Node::Template(template, args) if std::ptr::eq(*template, &GET_PATH) => {
            Node::template(&GET_PATH_TEXT, args.clone())
        }
        node => {
            let no_steps = Node::template(&NO_STEPS, Vec::new());
            Node::template(&GET_PATH_TEXT, vec![node.clone(), no_steps])
        }
    }
}

/// The item of a JSON array, counted from 0, or from the end by a negative number.
pub(super) fn item(node: &Node, index: i32) -> Node {
    let index = Node::Value(index.into_value(), SqlType::Int4);
    Node::template(&GET, vec![node.clone(), index])
}

fn bind(value: Value) -> Node {
    Node::Value(SqlValue::Json(value), SqlType::Jsonb)
}

/// JSON compares with what JSON can be: text, numbers, true and false.
macro_rules! scalars {
    ($($t:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<R> Beside<Value, R> for $t {
            type Null = NotNull;
            fn beside(self) -> Node {
                bind(self.into())
            }
        }
    )*};
}
scalars!(&str, String, bool, f64);

#[diagnostic::do_not_recommend]
impl<R> Beside<Value, R> for &String {
    type Null = NotNull;
    fn beside(self) -> Node {
        bind(self.as_str().into())
    }
}

#[diagnostic::do_not_recommend]
impl<R, V: WholeNumber> Beside<Value, R> for V {
    type Null = NotNull;
    fn beside(self) -> Node {
        bind(self.into())
    }
}

impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
    /// The value at the end of a path of keys and places, as JSON.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.meta().path(["authors", "0", "name"]));
    /// assert_sql!(values, "SELECT (t0.meta #> $1) FROM scan AS t0");
    /// ```
    pub fn path<S: Into<String>>(&self, steps: impl List<S>) -> Expr<R, Option<Value>>
    where
        T::Inner: Document,
    {
        let steps: Vec<String> = steps.into_iter().map(Into::into).collect();
        self.apply_to(&GET_PATH, [Node::Value(steps.into_value(), Vec::<String>::SQL_TYPE)])
    }

    /// The text of the JSON value: that of a string without its quotes; NULL for JSON null.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let scans = Scan::objects().filter(|s| s.meta().key("lang").text().icontains("EN"));
    /// assert_sql!(scans, "SELECT … FROM scan AS t0 WHERE UPPER((t0.meta ->> $1)) LIKE UPPER($2)");
    /// ```
    pub fn text(&self) -> Expr<R, Option<String>>
    where
        T::Inner: Document,
    {
        Expr::from_node(text_of(self.node()))
    }

    /// With the keys of another object added or replaced; of two arrays, one after the other.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Scan::objects()
    ///     .update(&db, |s| s.meta().set(s.meta().merge(json!({"seen": true}))))
    ///     .await?;
    /// assert_sent!(db, "UPDATE scan AS t0 SET meta = (t0.meta || $1)");
    /// # Ok(()) })
    /// ```
    pub fn merge<V: IntoExpr<Value, R>>(&self, other: V) -> Applied<R, T, K, V::Null, T::Inner>
    where
        T::Inner: Document,
    {
        self.apply_to(&MERGE, [other.into_node()])
    }

    /// The value as JSON, to compare it with what is inside of JSON: `TO_JSONB(name)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let scans = Scan::objects().filter(|s| s.meta().key("code").eq(s.code().to_json()));
    /// assert_sql!(scans, "SELECT … FROM scan AS t0 WHERE (t0.meta -> $1) = TO_JSONB(t0.code)");
    /// ```
    pub fn to_json(&self) -> Expr<R, Like<T, K, Value>> {
        self.apply(&TO_JSON)
    }

    /// A condition by an operator.
    pub(super) fn operator<U>(&self, operator: &'static str, right: Node) -> Expr<R, U> {
        let operator = Comparison::Operator(operator);
        Expr::from_node(Node::compare(operator, self.node().clone(), right))
    }
}
