//! The related sets of instances: `author.books()`, `book.tags()`.

use super::told::{self, Told};
use crate::draft::{CompleteBut, DraftOf, RawDraft};
use crate::error::{Error, Result};
use crate::exec::{BoxFuture, Executor, NoRows};
use crate::hooks::RelatedAction;
use crate::instance;
use crate::model::{
    FieldMeta, Key, Model, ModelMeta, PathBuf, Relation, RelationKind, Scope, Step,
};
use crate::node::{Comparison, Members, Node};
use crate::query::{self, Filter, InsertValue, Query, RelatedSet, Returning, Selected};
use crate::queryset::{QuerySet, Via, load};
use crate::relation::IntoKeys;
use crate::row::Decoder;
use crate::value::SqlValue;
use crate::watch::one_call;

/// The set of rows that a step leads to from one instance; what generated accessors call.
///
/// `key` is the value that the relation refers to: the instance's primary key, or its `to_field`.
pub fn related<M: Model, A: Model, F>(step: Step, key: SqlValue) -> QuerySet<M, M, Via<A, F>> {
    let set = M::default_queryset();
    let back = back_path(set.query().scope, step);
    let condition =
        Node::compare(Comparison::Eq, Node::relation(back), Node::row(vec![key.clone()]));
    let kind = step.relation().map(|relation| relation.kind);
    let sticky = kind == Some(RelationKind::ManyToMany);
    let set = set.related_to(condition, sticky);
    let (mut query, ..) = set.into_parts();
    query.related = Some(RelatedSet { step, key });
    QuerySet::of_models(query)
}

/// [`related`] of an instance: the key is read from what the relation refers to.
pub fn related_to<M: Model, A: Model, F>(row: &A, step: Step) -> QuerySet<M, M, Via<A, F>> {
    let meta = A::meta();
    let named = match step {
        Step::Reverse(relation) => relation.to_field,
        _ => None,
    };
    let field = named.and_then(|name| meta.field(name)).map(|(place, _)| place);
    let place = field.or(meta.primary_key.first().copied()).unwrap_or(usize::MAX);
    related(step, row.value(place))
}

/// The path from the rows of a related set back to the instance's model.
fn back_path(scope: Scope, step: Step) -> PathBuf {
    PathBuf::root(scope, step.target()).then(step.back())
}

/// The row that a key refers to; what `book.author.fetch(&db)` calls.
#[track_caller]
pub fn fetch<'a, M: Model>(
    key: SqlValue,
    field: Option<&'static FieldMeta>,
    db: &'a impl Executor,
) -> BoxFuture<'a, Result<M>> {
    let row = fetch_opt::<M>(key, field, db);
    Box::pin(async move { row.await?.ok_or(Error::DoesNotExist { model: M::meta().name }) })
}

/// The row that a key refers to, if it is there.
#[track_caller]
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
    set.get_by_key(db)
}

impl<M: Model, O, A: Model, F: 'static> QuerySet<M, O, Via<A, F>> {
    /// Inserts a row that belongs to the instance, and returns it.
    ///
    /// ```text
    /// author.books().create(&db, draft!(Book { name: "x", pages: 1 })).await?   // the key comes from the relation
    /// ```
    ///
    /// # Errors
    ///
    /// The constraint that refuses the row, by name.
    #[track_caller]
    pub fn create<'a, D: DraftOf<M> + CompleteBut<F>>(
        &self,
        db: &'a impl Executor,
        draft: D,
    ) -> BoxFuture<'a, Result<M>> {
        let mut draft = draft.into_raw();
        let set = match self.related_set() {
            Ok(set) => set.clone(),
            Err(error) => return Box::pin(async { Err(error) }),
        };
        let Some((place, _)) = key_of(M::meta(), set.step) else {
            return one_call(Box::pin(async move {
                let unit = db.begin().await?;
                let row: M = instance::insert_raw(draft, &unit.executor()).await?;
                let keys = vec![row.pk().to_values()];
                link::<M>(unit.executor(), &set, keys).await?;
                unit.commit().await?;
                Ok(row)
            }));
        };
        draft.set(place, InsertValue::Value(set.key));
        instance::insert_raw(draft, db)
    }

    /// Adds rows to the set, by instance or key. Those that are in it already stay as they are.
    ///
    /// ```text
    /// book.tags().add(&db, [&t1, &t2]).await?
    /// INSERT INTO book_tags (book_id, tag_id) … ON CONFLICT DO NOTHING
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ForeignKey`] where there is no such row.
    #[track_caller]
    pub fn add<'a>(
        &self,
        db: &'a impl Executor,
        rows: impl IntoKeys<M, M>,
    ) -> BoxFuture<'a, Result<()>> {
        let set = self.related_set().cloned();
        let keys = keys_of::<M>(rows.into_keys(None));
        one_call(Box::pin(async move {
            let (set, keys) = (set?, keys?);
            link::<M>(db, &set, keys).await
        }))
    }

    /// Takes rows out of the set. Over a key they are kept, with the key set to NULL.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where the key cannot be NULL.
    #[track_caller]
    pub fn remove<'a>(
        &self,
        db: &'a impl Executor,
        rows: impl IntoKeys<M, M>,
    ) -> BoxFuture<'a, Result<()>> {
        let set = self.related_set().cloned();
        let keys = keys_of::<M>(rows.into_keys(None));
        one_call(Box::pin(async move {
            let (set, keys) = (set?, keys?);
            unlink::<M>(db, &set, Some(keys)).await
        }))
    }

    /// Takes all rows out of the set.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where the key cannot be NULL.
    #[track_caller]
    pub fn clear<'a>(&self, db: &'a impl Executor) -> BoxFuture<'a, Result<()>> {
        let set = self.related_set().cloned();
        one_call(Box::pin(async move { unlink::<M>(db, &set?, None).await }))
    }

    /// Makes the set hold these rows and no others, touching only what differs.
    ///
    /// # Errors
    ///
    /// [`Error::ForeignKey`] where there is no such row; [`Error::Usage`] where the key cannot be
    /// NULL.
    #[track_caller]
    pub fn set<'a>(
        &self,
        db: &'a impl Executor,
        rows: impl IntoKeys<M, M>,
    ) -> BoxFuture<'a, Result<()>> {
        let set = self.related_set().cloned();
        let keys = keys_of::<M>(rows.into_keys(None));
        one_call(Box::pin(async move {
            let (set, wanted) = (set?, keys?);
            let unit = db.begin().await?;
            let there = linked::<M>(unit.executor(), &set, None).await?;
            let gone: Vec<_> = there.iter().filter(|key| !wanted.contains(key)).cloned().collect();
            let new: Vec<_> = wanted.into_iter().filter(|key| !there.contains(key)).collect();
            if !gone.is_empty() {
                unlink::<M>(unit.executor(), &set, Some(gone)).await?;
            }
            link::<M>(unit.executor(), &set, new).await?;
            unit.commit().await
        }))
    }

    fn related_set(&self) -> Result<&RelatedSet> {
        self.query().related.as_ref().ok_or_else(|| {
            Error::usage(format!("this query set of `{}` hangs on no instance", M::meta().name))
        })
    }
}

fn is_symmetrical(step: Step) -> bool {
    step.relation().is_some_and(|relation| relation.symmetrical)
}

type Keys = Vec<Vec<SqlValue>>;

fn keys_of<M: Model>(members: Members) -> Result<Keys> {
    match members {
        Members::Keys(keys) => Ok(keys),
        _ => Err(Error::usage(format!(
            "a related set of `{}` takes instances and keys, not paths or query sets",
            M::meta().name
        ))),
    }
}

/// The key in the related rows themselves, for relations without a table between.
pub(super) fn key_of(model: &'static ModelMeta, step: Step) -> Option<(usize, &'static FieldMeta)> {
    let Step::Reverse(relation) = step else { return None };
    let by_column = |(_, field): &(usize, &FieldMeta)| field.column == relation.column;
    let fields: &'static [FieldMeta] = model.fields;
    match relation.kind {
        RelationKind::ManyToMany => None,
        _ => fields.iter().enumerate().find(by_column),
    }
}

/// The table between, its key to this side and its key to the other.
struct Between {
    model: &'static ModelMeta,
    here: &'static FieldMeta,
    there: &'static FieldMeta,
    unique: bool,
}

impl Between {
    fn new(step: Step) -> Result<Between> {
        let missing = || {
            Error::usage(format!(
                "the through model of `{}` needs one key to each side; say which with `through_fields`",
                step.relation().map_or("this relation", |relation| relation.name)
            ))
        };
        let relation = step.relation().ok_or_else(missing)?;
        let through = relation.through.as_ref().ok_or_else(missing)?;
        let (from, to) = through.keys(relation).ok_or_else(missing)?;
        let model = (through.model)();
        let field = |key: &Relation| model.fields.iter().find(|field| field.column == key.column);
        let (from, to) = (field(from).ok_or_else(missing)?, field(to).ok_or_else(missing)?);
        let (here, there) = match step {
            Step::Reverse(_) => (to, from),
            _ => (from, to),
        };
        Ok(Between { model, here, there, unique: through.auto })
    }

    fn place(&self, field: &'static FieldMeta) -> usize {
        self.model.fields.iter().position(|other| other == field).unwrap_or(usize::MAX)
    }

    /// All rows between.
    fn rows(&self) -> Query {
        let mut query = Query::new(self.model);
        query.order.by = Some(Vec::new());
        query
    }

    /// That a row between belongs to an instance, seen from one of the two sides.
    fn belongs(&self, query: &Query, side: &'static FieldMeta, key: &SqlValue) -> Node {
        let value = Node::Value(key.clone(), side.sql_type);
        Node::compare(Comparison::Eq, self.column(query, side), value)
    }

    fn column(&self, query: &Query, field: &'static FieldMeta) -> Node {
        Node::Column { path: PathBuf::root(query.scope, self.model), field }
    }
}

fn push(query: &mut Query, node: Node) {
    query.filters.push(Filter { node, negated: false, after: 0, sticky: false });
}

fn single(keys: &Keys, field: &'static FieldMeta) -> Members {
    let values = keys.iter().filter_map(|key| key.first().cloned());
    Members::Values(values.collect(), &field.sql_type)
}

/// The keys of the rows in a set, or of those of some that are.
async fn linked<M: Model>(
    db: &dyn Executor,
    set: &RelatedSet,
    among: Option<&Keys>,
) -> Result<Keys> {
    let (mut query, field) = match key_of(M::meta(), set.step) {
        Some((_, field)) => {
            let mut query = Query::new(M::meta());
            let root = PathBuf::root(query.scope, M::meta());
            let left = Node::Column { path: root, field };
            let value = Node::Value(set.key.clone(), field.sql_type);
            push(&mut query, Node::compare(Comparison::Eq, left, value));
            query.order.by = Some(Vec::new());
            (query, M::meta().single_key())
        }
        None => {
            let between = Between::new(set.step)?;
            let mut query = between.rows();
            let own = between.belongs(&query, between.here, &set.key);
            push(&mut query, own);
            (query, Some(between.there))
        }
    };
    let Some(field) = field else {
        return Err(Error::usage(format!("`{}` has a composite key", M::meta().name)));
    };
    let model = query.model().unwrap_or(M::meta());
    let key = Node::Column { path: PathBuf::root(query.scope, model), field };
    if let Some(among) = among {
        push(&mut query, Node::In(Box::new(key.clone()), single(among, field)));
    }
    query.select = vec![Selected::Expr(key, field.sql_type)];
    let statement = query::select(&query)?;
    // The key's own type reads it, so that it compares equal with those of instances.
    let keys = load::run(db, &statement, &Decoder::Fn(M::Pk::decode)).await?;
    Ok(keys.iter().map(Key::to_values).collect())
}

/// Adds rows to a set, with everybody told who wants to know.
async fn link<M: Model>(db: &dyn Executor, set: &RelatedSet, keys: Keys) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    if !told::is_watched(set.step) {
        return link_rows::<M>(db, set, keys).await;
    }
    let unit = db.begin().await?;
    let there = linked::<M>(unit.executor(), set, Some(&keys)).await?;
    let mut new = Keys::new();
    for key in keys {
        if !there.contains(&key) && !new.contains(&key) {
            new.push(key);
        }
    }
    if !new.is_empty() {
        let told = Told::before(unit.executor(), set, RelatedAction::BeforeAdd, &new).await?;
        link_rows::<M>(unit.executor(), set, new).await?;
        told.after(RelatedAction::AfterAdd).await?;
    }
    unit.commit().await
}

/// Adds rows to a set.
async fn link_rows<M: Model>(db: &dyn Executor, set: &RelatedSet, mut keys: Keys) -> Result<()> {
    let target = set.step.target();
    if let Some((_, field)) = key_of(target, set.step) {
        let mut query = Query::new(target);
        query.order.by = Some(Vec::new());
        let root = Node::relation(PathBuf::root(query.scope, target));
        push(&mut query, Node::In(Box::new(root), Members::Keys(keys)));
        let value = Node::Value(set.key.clone(), field.sql_type);
        let statement = query::update(&query, &[(field, value)], Returning::Nothing)?;
        db.run(&statement, &mut NoRows).await?;
        return Ok(());
    }
    let between = Between::new(set.step)?;
    if !between.unique {
        // A through model of the user's may have no unique constraint to tell what is there.
        let there = linked::<M>(db, set, Some(&keys)).await?;
        keys.retain(|key| !there.contains(key));
    }
    let mut drafts = Vec::new();
    for key in keys.iter().filter_map(|key| key.first()) {
        drafts.push(draft(&between, between.here, &set.key, key));
        if is_symmetrical(set.step) && *key != set.key {
            drafts.push(draft(&between, between.there, &set.key, key));
        }
    }
    for statement in instance::insert_statements(between.model, drafts, true, Returning::Nothing)? {
        db.run(&statement, &mut NoRows).await?;
    }
    Ok(())
}

/// The row between an instance and a key; `side` is where the instance stands.
fn draft(
    between: &Between,
    side: &'static FieldMeta,
    instance: &SqlValue,
    key: &SqlValue,
) -> RawDraft {
    let other = if side == between.here { between.there } else { between.here };
    let mut draft = RawDraft::new(between.model);
    draft.set(between.place(side), InsertValue::Value(instance.clone()));
    draft.set(between.place(other), InsertValue::Value(key.clone()));
    draft
}

/// Takes rows out of a set, all of them where no keys are given, with everybody told who wants to
/// know.
async fn unlink<M: Model>(db: &dyn Executor, set: &RelatedSet, keys: Option<Keys>) -> Result<()> {
    if keys.as_ref().is_some_and(Vec::is_empty) {
        return Ok(());
    }
    if !told::is_watched(set.step) {
        return unlink_rows::<M>(db, set, keys).await;
    }
    let [before, after] = match keys {
        Some(_) => [RelatedAction::BeforeRemove, RelatedAction::AfterRemove],
        None => [RelatedAction::BeforeClear, RelatedAction::AfterClear],
    };
    let unit = db.begin().await?;
    let named = keys.as_deref().unwrap_or_default();
    let told = Told::before(unit.executor(), set, before, named).await?;
    unlink_rows::<M>(unit.executor(), set, keys).await?;
    told.after(after).await?;
    unit.commit().await
}

/// Takes rows out of a set; all of them where no keys are given.
async fn unlink_rows<M: Model>(
    db: &dyn Executor,
    set: &RelatedSet,
    keys: Option<Keys>,
) -> Result<()> {
    if let Some((_, field)) = key_of(M::meta(), set.step) {
        return clear_key::<M>(db, set, field, keys).await;
    }
    let between = Between::new(set.step)?;
    let mut query = between.rows();
    let linking = |here, there| {
        let own = between.belongs(&query, here, &set.key);
        let Some(keys) = &keys else { return own };
        own.and(Node::In(Box::new(between.column(&query, there)), single(keys, there)))
    };
    let mut links = linking(between.here, between.there);
    if is_symmetrical(set.step) {
        links = links.or(linking(between.there, between.here));
    }
    push(&mut query, links);
    db.run(&query::delete(&query, Returning::Nothing)?, &mut NoRows).await?;
    Ok(())
}

async fn clear_key<M: Model>(
    db: &dyn Executor,
    set: &RelatedSet,
    field: &'static FieldMeta,
    keys: Option<Keys>,
) -> Result<()> {
    if !field.null {
        return Err(Error::usage(format!(
            "`{}` of `{}` cannot be NULL, so rows cannot be taken out of this set; delete them, or \
             make the key an `Option`",
            field.name,
            M::meta().name
        )));
    }
    let mut query = Query::new(M::meta());
    query.order.by = Some(Vec::new());
    let root = PathBuf::root(query.scope, M::meta());
    let own = Node::Column { path: root.clone(), field };
    let value = Node::Value(set.key.clone(), field.sql_type);
    push(&mut query, Node::compare(Comparison::Eq, own, value));
    if let Some(keys) = keys {
        push(&mut query, Node::In(Box::new(Node::relation(root)), Members::Keys(keys)));
    }
    let null = Node::Value(SqlValue::Null, field.sql_type);
    let statement = query::update(&query, &[(field, null)], Returning::Nothing)?;
    db.run(&statement, &mut NoRows).await?;
    Ok(())
}
