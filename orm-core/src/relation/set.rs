//! The related sets of instances: `author.books()`, `book.tags()`.

mod between;
mod link;
mod linking;

pub(crate) use link::{Keys, insert_related, keys_of, link};
pub use linking::{BetweenModel, Creating, Linking};

use crate::draft::{CompleteBut, DraftOf};
use crate::ir::held_as::in_column;
use crate::ir::{
    Comparison, FieldMeta, KeyParts, KeyValues, Node, PathBuf, RelatedSet, Relation, RelationKind,
    Scope, Step,
};
use crate::model::Model;
use crate::queryset::{Leaving, QuerySet, Related, Via};
use crate::relation::IntoKeys;
use orm_sql::error::{Error, Result};
use orm_sql::exec::instrumentation::one_call;
use orm_sql::exec::{BoxFuture, Executor};
use orm_sql::value::SqlValue;
use smallvec::smallvec;

/// The set of rows that a step leads to from one instance.
fn related<M: Model, A: Model, F>(row: &A, step: Step) -> Related<M, A, F> {
    let mut key = key_at(row, step.back());
    if let Step::Reverse(relation) = step
        && relation.only.is_some()
    {
        let fields = relation.fields().iter().zip(&key);
        key = fields.map(|(field, value)| in_column(value, field)).collect();
    }
    let set = QuerySet::<M>::of_models(M::default_query());
    let back = back_path(set.query().scope, step);
    let condition = match step {
        Step::Reverse(relation) if relation.only.is_some() => of_kind(relation, &set, &key),
        _ => Node::compare(Comparison::Eq, Node::relation(back), Node::row(key.to_vec())),
    };
    let kind = step.relation().map(|relation| relation.kind);
    let sticky = kind == Some(RelationKind::ManyToMany);
    let set = set.related_to(condition, sticky);
    let (mut query, ..) = set.into_parts();
    let set = RelatedSet { step, key };
    if let Err(error) = usable(&set) {
        // No row refers to it, and over a table between none can be asked for, as in Django.
        match key_of(step) {
            Some(_) => query.none = true,
            None => query.fail(|| error.to_string()),
        }
    }
    query.related = Some(set);
    QuerySet::of_models(query)
}

/// The rows whose generic key, in two columns, leads to a row.
fn of_kind<M: Model>(relation: &'static Relation, set: &QuerySet<M>, key: &KeyValues) -> Node {
    let row = PathBuf::root(set.query().scope, relation.from());
    let columns = relation.fields().iter().zip(key).map(|(field, value)| {
        let own = Node::Column { path: row.clone(), field };
        Node::compare(Comparison::Eq, own, Node::Value(value.clone(), field.sql_type))
    });
    relation.is_kind(&row).into_iter().chain(columns).reduce(Node::and).unwrap_or(Node::Bool(true))
}

/// What the columns of rows hold that belong to a set by a key of their own.
pub(crate) fn assigned(set: &RelatedSet) -> Option<KeyParts> {
    let relation = set.step.relation()?;
    let mut parts = Node::row(set.key.to_vec()).into_parts(key_of(set.step)?);
    let kind = relation.kind_is();
    parts.extend(kind.map(|(field, value)| (field, Node::Value(value, field.sql_type))));
    Some(parts)
}

/// Refuses a set that hangs on nothing: the field that rows refer to is NULL.
pub(super) fn usable(set: &RelatedSet) -> Result<&RelatedSet> {
    if !set.key.contains(&SqlValue::Null) {
        return Ok(set);
    }
    let (back, relation) = (set.step.back(), set.step.accessor());
    Err(Error::usage(format!(
        "`{}` of this `{}` is NULL, and the rows of `{}` refer to it: give it a value, and save it, first",
        back.to_field().unwrap_or_default(),
        back.target().name,
        relation.name.unwrap_or_default()
    )))
}

/// The rows that a relation of the instance's own model leads to; what generated accessors call.
#[doc(hidden)]
pub fn forward_set<M: Model, A: Model, F>(
    row: &A,
    relation: &'static Relation,
) -> Related<M, A, F> {
    related(row, Step::Forward(relation))
}

/// The rows whose relation leads to the instance; what generated accessors call.
#[doc(hidden)]
pub fn reverse_set<M: Model, A: Model, F>(
    row: &A,
    relation: &'static Relation,
) -> Related<M, A, F> {
    related(row, Step::Reverse(relation))
}

/// What a row is told by at the end of a step: the field that keys refer to, or its primary key.
pub(super) fn key_at<A: Model>(row: &A, step: Step) -> KeyValues {
    match step.to_field().and_then(|name| A::meta().field(name)) {
        Some((place, _)) => smallvec![row.value(place)],
        None => A::meta().primary_key.iter().map(|place| row.value(*place)).collect(),
    }
}

/// The path from the rows of a related set back to the instance's model.
fn back_path(scope: Scope, step: Step) -> PathBuf {
    PathBuf::root(scope, step.target()).then(step.back())
}

/// The row that a key refers to; what `book.author.fetch(&db)` calls.
#[track_caller]
pub fn fetch<'a, M: Model>(
    key: Vec<SqlValue>,
    field: Option<&'static FieldMeta>,
    db: &'a (impl Executor + ?Sized),
) -> BoxFuture<'a, Result<M>> {
    let row = fetch_opt::<M>(key, field, db);
    Box::pin(async move { row.await?.ok_or(Error::DoesNotExist { model: M::meta().name }) })
}

/// The row that a key refers to, if it is there.
#[track_caller]
pub fn fetch_opt<'a, M: Model>(
    key: Vec<SqlValue>,
    field: Option<&'static FieldMeta>,
    db: &'a (impl Executor + ?Sized),
) -> BoxFuture<'a, Result<Option<M>>> {
    let set = QuerySet::<M>::unfiltered();
    let root = PathBuf::root(set.query().scope, M::meta());
    let left = match field {
        Some(field) => Node::Column { path: root, field },
        None => Node::relation(root),
    };
    let set = set.related_to(Node::compare(Comparison::Eq, left, Node::row(key)), false);
    set.get_opt_by_key(db)
}

impl<M: Model, O, A: Model, F: 'static> QuerySet<M, O, Via<A, F>> {
    /// Inserts a row that belongs to the instance, and returns it.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let author = Author::objects().get(&db).await?;
    /// # db.take();
    /// let book = draft!(Book { name: "Emma", pages: 300, price: 5 });
    /// let book: Book = author.books().create(&db, book).await?;
    /// assert_sent!(
    ///     db,
    ///     "INSERT INTO book AS t0 (name, pages, price, discount, published, in_print,
    ///      author_id, editor_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING …"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// Over a many-to-many relation the row is inserted and linked in one transaction.
    ///
    /// # Errors
    ///
    /// The constraint that refuses the row, by name.
    #[track_caller]
    pub fn create<'a, D: DraftOf<M, Itself: CompleteBut<F, Of: Sized>>>(
        &self,
        db: &'a (impl Executor + ?Sized),
        draft: D,
    ) -> Creating<'a, M, F> {
        Creating::new(db.as_executor(), self.related_set().cloned(), draft.into_raw())
    }

    /// Adds rows to the set, by instance or key. Those that are in it already stay as they are.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let book = Book::objects().get(&db).await?;
    /// # db.take();
    /// book.tags().add(&db, [3, 4]).await?;
    /// assert_sent!(
    ///     db,
    ///     "INSERT INTO book_tags AS t0 (book_id, tag_id) VALUES ($1, $2), ($3, $4) ON CONFLICT
    ///      (book_id, tag_id) DO NOTHING"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// One statement, which reads nothing back. Where a model between has no unique constraint over
    /// its two keys, two transactions that add the same row at the same time can both do so.
    ///
    /// # Errors
    ///
    /// [`Error::ForeignKey`] where there is no such row; [`Error::Usage`] where the model between
    /// has required fields that `through` does not give.
    #[track_caller]
    pub fn add<'a>(
        &self,
        db: &'a (impl Executor + ?Sized),
        rows: impl IntoKeys<M, M>,
    ) -> Linking<'a, M, F> {
        Linking::new(db.as_executor(), self.given(rows), false)
    }

    /// Makes the set hold these rows and no others, touching only what differs.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let book = Book::objects().get(&db).await?;
    /// # db.take();
    /// book.tags().set(&db, [3, 4]).await?;
    /// assert_sent!(
    ///     db,
    ///     "BEGIN",
    ///     "SELECT t0.id FROM book AS t0 WHERE t0.id = $1 FOR NO KEY UPDATE",
    ///     "DELETE FROM book_tags AS t0 WHERE t0.book_id = $1 AND NOT (t0.tag_id = ANY($2))",
    ///     "INSERT INTO book_tags AS t0 (book_id, tag_id) SELECT * FROM (VALUES ($1, $2), ($3,
    ///      $4)) AS new (book_id, tag_id) WHERE NOT EXISTS (SELECT 1 FROM book_tags AS old WHERE
    ///      old.book_id = new.book_id AND old.tag_id = new.tag_id) ON CONFLICT (book_id, tag_id)
    ///      DO NOTHING",
    ///     "COMMIT"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// Rows that stay keep what stands between; `through` is for those that come. The instance's own
    /// row is locked first, so that of several who do this at once one after the other does it.
    ///
    /// # Errors
    ///
    /// [`Error::ForeignKey`] where there is no such row; [`Error::Usage`] where rows would have to
    /// go and their key cannot be NULL, and those of [`add`](Self::add).
    #[track_caller]
    pub fn set<'a>(
        &self,
        db: &'a (impl Executor + ?Sized),
        rows: impl IntoKeys<M, M>,
    ) -> Linking<'a, M, F> {
        Linking::new(db.as_executor(), self.given(rows), true)
    }

    /// Takes rows out of the set. Over a key they are kept, with the key set to NULL.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let book = Book::objects().get(&db).await?;
    /// # db.take();
    /// book.tags().remove(&db, [3]).await?;
    /// assert_sent!(
    ///     db,
    ///     "DELETE FROM book_tags AS t0 WHERE t0.book_id = $1 AND t0.tag_id = ANY($2)"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where the key cannot be NULL.
    #[track_caller]
    pub fn remove<'a>(
        &self,
        db: &'a (impl Executor + ?Sized),
        rows: impl IntoKeys<M, M>,
    ) -> BoxFuture<'a, Result<()>>
    where
        F: Leaving,
    {
        let given = self.given(rows);
        one_call(Box::pin(async move {
            let (set, keys) = given?;
            link::unlink::<M>(db.as_executor(), &set, link::Which::These(keys)).await
        }))
    }

    /// Takes all rows out of the set.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let author = Author::objects().get(&db).await?;
    /// # db.take();
    /// author.edited().clear(&db).await?;
    /// assert_sent!(db, "UPDATE book AS t0 SET editor_id = $1 WHERE t0.editor_id = $2");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where the key cannot be NULL.
    #[track_caller]
    pub fn clear<'a>(&self, db: &'a (impl Executor + ?Sized)) -> BoxFuture<'a, Result<()>>
    where
        F: Leaving,
    {
        let set = self.related_set().cloned();
        one_call(Box::pin(async move {
            link::unlink::<M>(db.as_executor(), &set?, link::Which::All).await
        }))
    }

    /// The set, and the keys of rows that are given for it.
    fn given(&self, rows: impl IntoKeys<M, M>) -> Result<(RelatedSet, Keys)> {
        let set = self.related_set()?;
        Ok((set.clone(), keys_of::<M>(rows.into_keys(set.step.to_field()))?))
    }

    fn related_set(&self) -> Result<&RelatedSet> {
        usable(self.query().related.as_ref().ok_or_else(|| {
            Error::usage(format!("this query set of `{}` hangs on no instance", M::meta().name))
        })?)
    }
}

/// The columns of the key in the related rows themselves, for relations without a table between.
pub(super) fn key_of(step: Step) -> Option<&'static [FieldMeta]> {
    let Step::Reverse(relation) = step else { return None };
    Some(relation.fields()).filter(|fields| !fields.is_empty())
}
