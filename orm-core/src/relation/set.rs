//! The related sets of instances: `author.books()`, `book.tags()`.

use crate::column::Column;
use crate::draft::{CompleteBut, Draft, RawDraft};
use crate::error::{Error, Result};
use crate::exec::{BoxFuture, Executor, NoRows, Statement};
use crate::instance;
use crate::model::{
    FieldMeta, Key, Model, ModelMeta, PathBuf, Relation, RelationKind, Scope, Step,
};
use crate::node::{Comparison, Members, Node};
use crate::query::{self, Filter, InsertValue, Query, RelatedSet, Returning, Selected};
use crate::queryset::{NoField, QuerySet, Via, fetch};
use crate::relation::IntoKeys;
use crate::row::Decoder;
use crate::value::SqlValue;

/// The set of rows that a step leads to from one instance; what generated accessors call.
///
/// `key` is the value that the relation refers to: the instance's primary key, or its `to_field`.
pub fn related<M: Model, A: Model, F>(step: Step, key: SqlValue) -> QuerySet<M, M, Via<A, F>> {
    let set = M::default_queryset();
    let back = back_path(set.query().scope, step);
    let condition =
        Node::compare(Comparison::Eq, Node::relation(back), Node::row(vec![key.clone()]));
    let sticky = step.relation().kind == RelationKind::ManyToMany;
    let set = set.related_to(condition, sticky);
    let (mut query, ..) = set.into_parts();
    query.related = Some(RelatedSet { step, key });
    QuerySet::of_models(query)
}

/// The path from the rows of a related set back to the instance's model.
fn back_path(scope: Scope, step: Step) -> PathBuf {
    let back = match step {
        Step::Forward(relation) => Step::Reverse(relation),
        Step::Reverse(relation) => Step::Forward(relation),
    };
    PathBuf::root(scope, step.target()).then(back)
}

/// The row that a key refers to; what `book.author.fetch(&db)` calls.
pub fn fetch<'a, M: Model>(
    key: SqlValue,
    field: Option<&'static FieldMeta>,
    db: &'a impl Executor,
) -> BoxFuture<'a, Result<M>> {
    let row = fetch_opt::<M>(key, field, db);
    Box::pin(async move { row.await?.ok_or(Error::DoesNotExist { model: M::meta().name }) })
}

/// The row that a key refers to, if it is there.
pub fn fetch_opt<'a, M: Model>(
    key: SqlValue,
    field: Option<&'static FieldMeta>,
    db: &'a impl Executor,
) -> BoxFuture<'a, Result<Option<M>>> {
    let set = QuerySet::<M>::unfiltered();
    let root = PathBuf::root(set.query().scope, M::meta());
    let left = match field {
        Some(field) => Node::Column { path: root, field },
        None => Node::relation(root),
    };
    let set = set.related_to(Node::compare(Comparison::Eq, left, Node::row(vec![key])), false);
    set.get_opt(db)
}
