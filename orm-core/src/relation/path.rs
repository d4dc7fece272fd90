//! The methods of relation paths. Generated code wraps these functions as inherent methods.

use crate::ast::Template;
use crate::expr::{Aggregate, Assignment, Expr, Ordering, Q, Subquery};
use crate::ir::{
    AggregateNode, Comparison, FieldMeta, Members, NO_FIELD, Node, OrderNode, PathBuf, Step,
};
use crate::model::{IntoKey, Many, Model, Opt};
use crate::queryset::{Free, Of, QuerySet, Via};
use crate::value::SqlValue;

/// The row at the end of the path is this one.
pub fn eq<M: Model, R: Model>(path: &PathBuf, key: impl IntoKey<M, R>) -> Q<R> {
    compare(path, Comparison::Eq, key)
}

/// The row at the end of the path is not this one.
pub fn ne<M: Model, R: Model>(path: &PathBuf, key: impl IntoKey<M, R>) -> Q<R> {
    compare(path, Comparison::Ne, key)
}

fn compare<M: Model, R: Model>(path: &PathBuf, op: Comparison, key: impl IntoKey<M, R>) -> Q<R> {
    let key = key.into_key(to_field(path));
    Expr::from_node(Node::compare(op, Node::relation(path.clone()), key))
}

fn to_field(path: &PathBuf) -> Option<&'static str> {
    path.steps.last().and_then(Step::relation).and_then(|relation| relation.to_field)
}

/// The row at the end of the path is one of these.
pub fn in_<M: Model, R: Model>(path: &PathBuf, keys: impl IntoKeys<M, R>) -> Q<R> {
    let members = keys.into_keys(to_field(path));
    Expr::from_node(Node::In(Box::new(Node::relation(path.clone())), members))
}

/// There is no row at the end of the path, or there is one when `null` is false.
pub fn isnull<R: Model>(path: &PathBuf, null: bool) -> Q<R> {
    Expr::from_node(Node::relation(path.clone()).is_null(null))
}

/// How many rows there are at the end of the path.
pub fn count<R: Model>(path: &PathBuf) -> Aggregate<R, i64> {
    static COUNT: Template = Template::counting("COUNT({*})");
    Expr::from_node(Node::Aggregate(Box::new(AggregateNode {
        function: &COUNT,
        args: vec![Node::relation(path.clone())],
        distinct: false,
        filter: None,
        order: Vec::new(),
        default: None,
    })))
}

/// Orders by the default ordering of the model at the end of the path, or else by its key.
pub fn order<R: Model>(path: &PathBuf, desc: bool) -> Ordering<R> {
    let node = Node::relation(path.clone());
    Ordering::from_order(OrderNode { node, desc, nulls: None })
}

/// Assigns another row, or none, to a key of the model itself.
pub fn set<M: Model, R: Model>(path: &PathBuf, key: impl IntoKey<M, R>) -> Assignment<R> {
    let field = column(path);
    let value = match key.into_key(to_field(path)) {
        Node::Row(mut values) if values.len() == 1 => {
            Node::Value(values.pop().unwrap_or(SqlValue::Null), field.sql_type)
        }
        other => other,
    };
    Assignment::new(field, value)
}

/// The key of the path's own model that it follows; no field where it is not one of those.
pub fn column(path: &PathBuf) -> &'static FieldMeta {
    let [Step::Forward(relation)] = path.steps.as_slice() else { return &NO_FIELD };
    let column = relation.column;
    let key = path.root.fields.iter().find(|field| field.column == column && !column.is_empty());
    key.unwrap_or(&NO_FIELD)
}

/// Paths at whose end there may be no row.
#[diagnostic::on_unimplemented(
    message = "there is always a row at the end of this path, so `isnull` has nothing to ask",
    label = "never NULL",
    note = "make the key an `Option<ForeignKey<…>>`, or drop the condition"
)]
pub trait MayBeMissing {}
impl MayBeMissing for Opt {}
impl MayBeMissing for Many {}

/// What a relation to `M` can be looked for in: a list of instances or keys, a query set.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list or query set of `{M}`, nor of its keys",
    label = "expected a list of `{M}` or its keys, or a query set of `{M}`"
)]
pub trait IntoKeys<M: Model, R: Model> {
    /// The members. `to_field` names the field that the relation refers to, where that is not
    /// the primary key.
    fn into_keys(self, to_field: Option<&'static str>) -> Members;
}

/// Plain keys as one list; where a path is among them, one by one.
fn members(keys: impl Iterator<Item = Node>) -> Members {
    let nodes: Vec<Node> = keys.collect();
    if nodes.iter().all(|node| matches!(node, Node::Row(_))) {
        let rows = nodes.into_iter().filter_map(|node| match node {
            Node::Row(values) => Some(values),
            _ => None,
        });
        return Members::Keys(rows.collect());
    }
    Members::Nodes(nodes)
}

#[diagnostic::do_not_recommend]
impl<M: Model, R: Model, X: IntoKey<M, R>> IntoKeys<M, R> for Vec<X> {
    fn into_keys(self, to_field: Option<&'static str>) -> Members {
        members(self.into_iter().map(|key| key.into_key(to_field)))
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model, R: Model, X: IntoKey<M, R>, const N: usize> IntoKeys<M, R> for [X; N] {
    fn into_keys(self, to_field: Option<&'static str>) -> Members {
        members(self.into_iter().map(|key| key.into_key(to_field)))
    }
}

#[diagnostic::do_not_recommend]
impl<'a, M: Model, R: Model, X> IntoKeys<M, R> for &'a [X]
where
    &'a X: IntoKey<M, R>,
{
    fn into_keys(self, to_field: Option<&'static str>) -> Members {
        members(self.iter().map(|key| key.into_key(to_field)))
    }
}

#[diagnostic::do_not_recommend]
impl<'a, M: Model, R: Model, X> IntoKeys<M, R> for &'a Vec<X>
where
    &'a X: IntoKey<M, R>,
{
    fn into_keys(self, to_field: Option<&'static str>) -> Members {
        members(self.iter().map(|key| key.into_key(to_field)))
    }
}

#[diagnostic::do_not_recommend]
impl<'a, M: Model, R: Model, X, const N: usize> IntoKeys<M, R> for &'a [X; N]
where
    &'a X: IntoKey<M, R>,
{
    fn into_keys(self, to_field: Option<&'static str>) -> Members {
        members(self.iter().map(|key| key.into_key(to_field)))
    }
}

macro_rules! query_set_keys {
    ($([$($extra:ident)*] $place:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<M: Model, R: Model $(, $extra)*> IntoKeys<M, R> for QuerySet<M, M, $place> {
            fn into_keys(self, _: Option<&'static str>) -> Members {
                Members::Query(Box::new(Subquery::<R>::into_query(self)))
            }
        }
    )*};
}
query_set_keys! {
    [] Free;
    [] Of<R>;
    [A F] Via<A, F>;
}
