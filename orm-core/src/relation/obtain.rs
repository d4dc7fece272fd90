//! `get_or_create` and `update_or_create`, on query sets and on related sets.
//!
//! Nothing is left to chance between looking and inserting: the insertion has ON CONFLICT, so that
//! of several who do it at once one inserts, and the others find its row when they look again. Each
//! statement sees what was committed before it; where the transaction sees an older state, as under
//! REPEATABLE READ, the server reports a serialization failure instead.

use crate::draft::{Complete, CompleteBut, DraftOf, RawDraft};
use crate::dyn_row;
use crate::execute;
use crate::expr::{Assignments, FindBy, Found};
use crate::hooks;
use crate::instance;
use crate::ir::{
    self, Comparison, FieldMeta, Filter, Lock, ModelMeta, Node, PathBuf, Query, Scope,
};
use crate::lifecycle;
use crate::lifecycle::Insertion;
use crate::model::{Fields, Model, OnFields};
use crate::query::{self, Conflict, ConflictTarget, InsertValue, Returning};
use crate::queryset::{Free, QuerySet, Via, bulk};
use crate::row::Decoder;
use orm_sql::ast::{LockStrength, LockWait, Template};
use orm_sql::error::{Error, Result};
use orm_sql::exec::instrumentation::{Place, called_at};
use orm_sql::exec::{BoxFuture, Executor};
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::panic::Location;

/// How often we look for a row that stands in the way of ours. Others may delete it in between
/// again and again; a row that the query set does not have is there forever.
const LOOKS: usize = 10;
const LOOKS_AMONG_SOME: usize = 2;

impl<M: Model> QuerySet<M, M, Free> {
    /// The row that has the draft's values in some unique fields, or else the draft's row, inserted.
    /// True where it was inserted.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # db.next_finds_nothing();
    /// let draft = draft!(Tag { name: "sea" });
    /// let (tag, created): (Tag, bool) =
    ///     Tag::objects().get_or_create(&db, |t| t.name(), draft).await?;
    /// assert!(created);
    /// assert_sent!(
    ///     db,
    ///     "SELECT t0.id, t0.name FROM tag AS t0 WHERE t0.name = $1 LIMIT 2",
    ///     "INSERT INTO tag AS t0 (name) VALUES ($1) ON CONFLICT (name) DO NOTHING RETURNING …"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// Any number of callers may do it at once: one of them inserts. A value that is NULL is looked
    /// for too, but NULLs are not unique, so two callers may insert two rows.
    ///
    /// Instead of fields there can be a condition, such as `|b| b.name().iexact("lavinia")`. Callers
    /// that do it at once then insert a row each, unless a unique constraint keeps them from it.
    ///
    /// # Errors
    ///
    /// [`Error::MultipleObjectsReturned`]; [`Error::Usage`] where no unique constraint is over the
    /// fields; [`Error::Serialization`] where the transaction cannot see the row of somebody else;
    /// the constraint that refuses the row, which may be one over other fields.
    #[track_caller]
    pub fn get_or_create<'a, X: FindBy<M>, D: DraftOf<M, Itself: Complete<Of: Sized>>>(
        &self,
        db: &'a (impl Executor + ?Sized),
        by: impl OnFields<M, X>,
        draft: D,
    ) -> BoxFuture<'a, Result<(M, bool)>> {
        let found = by(&self.root()).found();
        let work = Work::new(self.query(), found, draft.into_raw(), None, db.as_executor());
        called_at(
            Location::caller(),
            Box::pin(async move { work?.get_or_create(db.as_executor()).await }),
        )
    }

    /// The row that has the draft's values in some unique fields, updated, or else the draft's row,
    /// inserted. True where it was inserted.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let draft = draft!(Stock { branch: 1, shelf: 2, copies: 3, book: 1 });
    /// let (stock, created): (Stock, bool) =
    ///     Stock::objects().update_or_create(&db, |s| (s.branch(), s.shelf()), draft).await?;
    /// assert_sent!(
    ///     db,
    ///     "INSERT INTO stock AS t0 (branch, shelf, copies, book_id) VALUES ($1, $2, $3, $4) ON
    ///      CONFLICT (branch, shelf) DO UPDATE SET copies = EXCLUDED.copies, book_id =
    ///      EXCLUDED.book_id RETURNING …, (t0.xmax = 0)"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// Without [`updating`](UpdateOrCreate::updating) all other fields that the draft gives are
    /// written. It is one statement, and any number of callers may do it at once. With a condition
    /// instead of fields, or on a filtered query set, the row is looked for and locked first.
    ///
    /// # Errors
    ///
    /// Those of [`get_or_create`](Self::get_or_create).
    #[track_caller]
    pub fn update_or_create<'a, X: FindBy<M>, D: DraftOf<M, Itself: Complete<Of: Sized>>>(
        &self,
        db: &'a (impl Executor + ?Sized),
        by: impl OnFields<M, X>,
        draft: D,
    ) -> UpdateOrCreate<'a, M> {
        let found = by(&self.root()).found();
        UpdateOrCreate::new(
            db.as_executor(),
            Work::new(self.query(), found, draft.into_raw(), None, db.as_executor()),
        )
    }
}

impl<M: Model, A: Model, F: 'static> QuerySet<M, M, Via<A, F>> {
    /// [`get_or_create`](QuerySet::get_or_create) of a row of this set. What is created belongs to
    /// the instance: its key comes from the relation, or it is added to the set.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let author = Author::objects().get(&db).await?;
    /// # db.take();
    /// let draft = draft!(Book { name: "Emma", pages: 300, price: 5 });
    /// let (book, created) =
    ///     author.books().get_or_create(&db, |b| (b.name(), b.author()), draft).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT … FROM book AS t0 WHERE t0.author_id = $1 AND t0.name = $2 AND t0.author_id =
    ///      $3 LIMIT 2"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the other; the constraint that the row violates where it is there, but not in this
    /// set.
    #[track_caller]
    pub fn get_or_create<'a, X: FindBy<M>, D: DraftOf<M, Itself: CompleteBut<F, Of: Sized>>>(
        &self,
        db: &'a (impl Executor + ?Sized),
        by: impl OnFields<M, X>,
        draft: D,
    ) -> BoxFuture<'a, Result<(M, bool)>> {
        let found = by(&self.root()).found();
        let work = self.obtain(found, draft.into_raw(), db.as_executor());
        called_at(
            Location::caller(),
            Box::pin(async move { work?.get_or_create(db.as_executor()).await }),
        )
    }

    /// [`update_or_create`](QuerySet::update_or_create) of a row of this set. What is created
    /// belongs to the instance: its key comes from the relation, or it is added to the set.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let author = Author::objects().get(&db).await?;
    /// # db.take();
    /// let draft = draft!(Book { name: "Emma", pages: 300, price: 5 });
    /// author.books().update_or_create(&db, |b| (b.name(), b.author()), draft).await?;
    /// assert_sent!(
    ///     db,
    ///     "BEGIN",
    ///     "SELECT … FROM book AS t0 WHERE t0.author_id = $1 AND t0.name = $2 AND t0.author_id =
    ///      $3 LIMIT 2 FOR NO KEY UPDATE OF t0",
    ///     "UPDATE book AS t0 SET pages = $1, price = $2 WHERE t0.id = $3 RETURNING …",
    ///     "COMMIT"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`get_or_create`](Self::get_or_create).
    #[track_caller]
    pub fn update_or_create<'a, X: FindBy<M>, D: DraftOf<M, Itself: CompleteBut<F, Of: Sized>>>(
        &self,
        db: &'a (impl Executor + ?Sized),
        by: impl OnFields<M, X>,
        draft: D,
    ) -> UpdateOrCreate<'a, M> {
        UpdateOrCreate::new(
            db.as_executor(),
            self.obtain(by(&self.root()).found(), draft.into_raw(), db.as_executor()),
        )
    }

    fn obtain(&self, found: Found, mut draft: RawDraft, db: &dyn Executor) -> Result<Work<M>> {
        let set = self.query().related.as_ref();
        let key = set.and_then(|set| Some((super::set::key_of(set.step)?, set)));
        let Some((fields, set)) = key else {
            let set = self.clone();
            let link: Link<M> = Box::new(move |db, row| {
                let set = set.clone();
                Box::pin(async move { set.add(&db, [row]).await })
            });
            return Work::new(self.query(), found, draft, Some(link), db);
        };
        draft.set_key_of(super::set::usable(set)?, fields);
        Work::new(self.query(), found, draft, None, db)
    }
}

/// Adds a new row to a set over a table between.
type Link<M> =
    Box<dyn for<'x> Fn(&'x dyn Executor, &'x M) -> BoxFuture<'x, Result<()>> + Send + Sync>;

/// An update or an insertion of a row: what [`update_or_create`](QuerySet::update_or_create) returns.
#[must_use = "nothing is written before `.await`"]
pub struct UpdateOrCreate<'a, M> {
    db: &'a dyn Executor,
    work: Result<Work<M>>,
    set: Option<Vec<(&'static FieldMeta, Node)>>,
    place: Place,
}

impl<'a, M: Model> UpdateOrCreate<'a, M> {
    #[track_caller]
    fn new(db: &'a dyn Executor, work: Result<Work<M>>) -> Self {
        UpdateOrCreate { db, work, set: None, place: Location::caller() }
    }

    /// What is assigned to a row that is there, instead of what the draft gives.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let draft = draft!(Stock { branch: 1, shelf: 2, copies: 3, book: 1 });
    /// Stock::objects()
    ///     .update_or_create(&db, |s| (s.branch(), s.shelf()), draft)
    ///     .updating(|s| s.copies().set(s.copies() + 3))
    ///     .await?;
    /// assert_sent!(
    ///     db,
    ///     "INSERT INTO stock AS t0 (branch, shelf, copies, book_id) VALUES ($1, $2, $3, $4) ON
    ///      CONFLICT (branch, shelf) DO UPDATE SET copies = (t0.copies + $5) RETURNING …,
    ///      (t0.xmax = 0)"
    /// );
    /// # Ok(()) })
    /// ```
    pub fn updating<X: Assignments<M>>(mut self, assignments: impl OnFields<M, X>) -> Self {
        let root = Fields::at(PathBuf::root(Scope::ANY, M::meta()));
        assignments(&root).add_to(self.set.get_or_insert_default());
        self
    }
}

impl<'a, M: Model> IntoFuture for UpdateOrCreate<'a, M> {
    type Output = Result<(M, bool)>;
    type IntoFuture = BoxFuture<'a, Result<(M, bool)>>;

    fn into_future(self) -> Self::IntoFuture {
        let UpdateOrCreate { db, work, set, place } = self;
        called_at(place, Box::pin(async move { work?.update_or_create(db, set).await }))
    }
}

/// What is to be done, without the closures.
struct Work<M> {
    /// Finds the row.
    query: Query,
    /// The fields that it is found by; none for a condition.
    by: Vec<&'static FieldMeta>,
    /// The unsaved row, with every value that is not left to the database.
    draft: RawDraft,
    /// The fields that the user gave.
    given: Vec<&'static FieldMeta>,
    /// The query set has all rows of the model.
    of_all: bool,
    link: Option<Link<M>>,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> Work<M> {
    fn new(
        query: &Query,
        found: Found,
        mut draft: RawDraft,
        link: Option<Link<M>>,
        db: &dyn Executor,
    ) -> Result<Self> {
        let model = M::meta();
        let given: Vec<_> =
            draft.given_places().filter_map(|place| model.fields.get(place)).collect();
        draft.give_tenant(db.tenancy())?;
        let draft = draft.filled()?;
        let of_all = is_all(query);
        let mut query = query.clone();
        query.fail_once_sliced("look for a row", "look for it before");
        query.order.by = Some(Vec::new());
        let by = match found {
            Found::Condition(node) => {
                push(&mut query, node);
                Vec::new()
            }
            Found::Columns(fields) => {
                let fields = bulk::own_fields(model, fields, "get_or_create")?;
                for field in &fields {
                    let node = same(&query, model, field, &draft)?;
                    push(&mut query, node);
                }
                fields
            }
        };
        Ok(Work { query, by, draft, given, of_all, link, model: PhantomData })
    }

    async fn get_or_create(self, db: &dyn Executor) -> Result<(M, bool)> {
        if let Some(row) = self.find(db).await? {
            return Ok((row, false));
        }
        if self.link.is_none() {
            return self.create(db, None).await;
        }
        let unit = db.begin().await?;
        let row = self.create(unit.executor(), None).await?;
        unit.commit().await?;
        Ok(row)
    }

    async fn update_or_create(
        self,
        db: &dyn Executor,
        set: Option<Vec<(&'static FieldMeta, Node)>>,
    ) -> Result<(M, bool)> {
        // Hooks must know which of the two it is.
        let is_heard = lifecycle::wanted(M::meta(), hooks::CREATING | hooks::UPDATING);
        let one_table = M::meta().link().is_none();
        let in_one = one_table && self.of_all && !self.by.is_empty() && !is_heard;
        let of_all_rows = matches!(self.target(), Some(ConflictTarget::Fields(_)));
        if in_one && of_all_rows && !self.is_found_by_null() {
            return self.upsert(db, set).await;
        }
        let unit = db.begin().await?;
        let set = self.assignments(set, |_, value| value);
        let row = match self.find_locked(unit.executor()).await? {
            Some(row) => (updated(unit.executor(), row, &set).await?, false),
            None => self.create(unit.executor(), Some(&set)).await?,
        };
        unit.commit().await?;
        Ok(row)
    }

    /// What must not be there twice; none where the row is found by a condition.
    fn target(&self) -> Option<ConflictTarget> {
        (!self.by.is_empty()).then(|| bulk::target_of(M::meta(), self.by.clone()))
    }

    /// True where a row with NULL is looked for, which no other conflicts with.
    fn is_found_by_null(&self) -> bool {
        let value = |field: &&'static FieldMeta| self.draft.value(M::meta(), field);
        self.by.iter().filter_map(value).any(InsertValue::is_null)
    }

    /// `INSERT … ON CONFLICT (…) DO UPDATE …`
    async fn upsert(
        self,
        db: &dyn Executor,
        set: Option<Vec<(&'static FieldMeta, Node)>>,
    ) -> Result<(M, bool)> {
        let new = Scope::fresh();
        let path = PathBuf::root(new, M::meta());
        let mut set = self.assignments(set, |field, _| Node::Column { path: path.clone(), field });
        if set.is_empty() {
            // Nothing changes, but the row must come back.
            let keep = |field| (field, Node::Column { path: path.clone(), field });
            set.extend(self.by.first().map(|field| keep(*field)));
        }
        let target = ConflictTarget::Fields(self.by);
        let conflict = Conflict::Update { target, set, filter: None, row: Scope::ANY, new };
        let insertion = Insertion {
            conflict: Some(conflict),
            returning: Returning::Upserted,
            ..Insertion::new(M::meta(), db)
        };
        let part = insertion.one(self.draft)?;
        let decoder = Decoder::Fn(|reader| Ok((M::decode(reader)?, reader.column::<bool>()?)));
        let conflict = insertion.conflict.as_ref();
        let row = execute::insert(db, M::meta(), &part, conflict, &decoder).await?.pop();
        row.ok_or_else(instance::left_out::<M>)
    }

    /// What is assigned to a row that is there: what the user says, or what the draft gives; and
    /// what every save writes. `value` makes the expression of a draft's value.
    fn assignments(
        &self,
        set: Option<Vec<(&'static FieldMeta, Node)>>,
        value: impl Fn(&'static FieldMeta, Node) -> Node,
    ) -> Vec<(&'static FieldMeta, Node)> {
        static NEXT: Template = Template::new("({} + 1)");
        let model = M::meta();
        let is_key = |field| model.place_of(field).is_some_and(|place| model.is_key_at(place));
        let of_draft = |field: &'static FieldMeta| {
            let own = node(field, self.draft.value(model, field)?)?;
            Some((field, value(field, own)))
        };
        let mut set = set.unwrap_or_else(|| {
            let writable = |field: &&&'static FieldMeta| {
                !self.by.contains(field) && !is_key(**field) && field.generated.is_none()
            };
            self.given.iter().filter(writable).filter_map(|field| of_draft(field)).collect()
        });
        let always = model.fields.iter().filter(|field| field.auto_now || field.version);
        for field in always {
            if set.iter().any(|(other, _)| *other == field) {
                continue;
            }
            if field.version {
                let path = PathBuf::root(Scope::ANY, model);
                let version = Node::Column { path, field };
                set.push((field, Node::template(&NEXT, vec![version])));
            } else if !set.is_empty() {
                set.extend(of_draft(field));
            }
        }
        set
    }

    /// Inserts the row, or gets the one of somebody else who was faster, and updates it where there
    /// is something to assign.
    async fn create(
        self,
        db: &dyn Executor,
        set: Option<&[(&'static FieldMeta, Node)]>,
    ) -> Result<(M, bool)> {
        let conflict = Conflict::Nothing(self.target());
        let looks = if self.of_all { LOOKS } else { LOOKS_AMONG_SOME };
        for _ in 0..looks {
            if let Some(row) = self.insert(db, Some(conflict.clone())).await? {
                self.add(db, &row).await?;
                return Ok((row, true));
            }
            let there = match set {
                Some(_) => self.find_locked(db).await?,
                None => self.find(db).await?,
            };
            match (there, set) {
                (Some(row), Some(set)) => return Ok((updated(db, row, set).await?, false)),
                (Some(row), None) => return Ok((row, false)),
                (None, _) => {}
            }
        }
        // What stands in the way is not in this query set, or is violated by other values: the
        // constraint says so itself.
        let row = self.insert(db, None).await?.ok_or_else(instance::left_out::<M>)?;
        self.add(db, &row).await?;
        Ok((row, true))
    }

    async fn insert(&self, db: &dyn Executor, conflict: Option<Conflict>) -> Result<Option<M>> {
        if M::meta().link().is_some() && conflict.is_some() {
            return self.try_insert(db).await;
        }
        self.insert_now(db, conflict).await
    }

    /// Inserts the row of a model that extends another; `None` where one is there with which it
    /// conflicts. In which of the tables it is, no clause of an INSERT could say.
    async fn try_insert(&self, db: &dyn Executor) -> Result<Option<M>> {
        let unit = db.begin().await?;
        match self.insert_now(unit.executor(), None).await {
            Ok(row) => {
                unit.commit().await?;
                Ok(row)
            }
            Err(Error::Unique(_)) => {
                unit.rollback().await?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn insert_now(&self, db: &dyn Executor, conflict: Option<Conflict>) -> Result<Option<M>> {
        if lifecycle::wanted(M::meta(), hooks::CREATING) {
            return instance::insert_hooked(self.draft.clone(), conflict, db).await;
        }
        let insertion = Insertion { conflict, ..Insertion::new(M::meta(), db) };
        let part = insertion.one(self.draft.clone())?;
        let conflict = insertion.conflict.as_ref();
        let rows = execute::insert(db, M::meta(), &part, conflict, &Decoder::Fn(M::decode)).await;
        Ok(rows?.pop())
    }

    async fn add(&self, db: &dyn Executor, row: &M) -> Result<()> {
        match &self.link {
            Some(link) => link(db, row).await,
            None => Ok(()),
        }
    }

    async fn find(&self, db: &dyn Executor) -> Result<Option<M>> {
        only(db, &self.query).await
    }

    /// Others can still refer to the row, but not change it.
    async fn find_locked(&self, db: &dyn Executor) -> Result<Option<M>> {
        let mut query = self.query.clone();
        let of = vec![PathBuf::root(query.scope, M::meta())];
        query.lock = Some(Lock { strength: LockStrength::NoKeyUpdate, wait: LockWait::Wait, of });
        only(db, &query).await
    }
}

async fn only<M: Model>(db: &dyn Executor, query: &Query) -> Result<Option<M>> {
    let statement = query::select_few(&query.on(db), 2)?;
    let mut rows = execute::rows(db, &statement, &Decoder::Fn(M::decode)).await?;
    match rows.len() {
        0 | 1 => Ok(rows.pop()),
        _ => Err(Error::MultipleObjectsReturned { model: M::meta().name }),
    }
}

/// A row that is locked, with new values.
async fn updated<M: Model>(
    db: &dyn Executor,
    mut row: M,
    set: &[(&'static FieldMeta, Node)],
) -> Result<M> {
    if set.is_empty() {
        return Ok(row);
    }
    if lifecycle::wanted(M::meta(), hooks::UPDATING) {
        instance::update_hooked(&mut row, set.to_vec(), db).await?;
        return Ok(row);
    }
    let statement = query::update(&dyn_row::of_row(&row).on(db), set, Returning::Rows)?;
    let mut rows = execute::write::<M>(db, &statement).await?;
    rows.pop().ok_or(Error::DoesNotExist { model: M::meta().name })
}

/// True for a query set that has all rows of a model.
fn is_all(query: &Query) -> bool {
    query.filters.is_empty()
        && !query.none
        && query.error.is_none()
        && query.lock.is_none()
        && !query.is_sliced()
        && matches!(query.source, ir::Source::Model(_))
        && matches!(query.distinct, ir::Distinct::No)
}

fn push(query: &mut Query, node: Node) {
    let after = query.steps();
    query.filters.push(Filter::new(node, after));
}

/// That a row has the draft's value in a field. NULL is looked for as well.
fn same(
    query: &Query,
    model: &'static ModelMeta,
    field: &'static FieldMeta,
    draft: &RawDraft,
) -> Result<Node> {
    let column = Node::Column { path: PathBuf::root(query.scope, model), field };
    let value = draft.value(model, field).and_then(|value| node(field, value));
    match value {
        Some(Node::Value(value, _)) if value.is_null() => Ok(column.is_null(true)),
        Some(value) => Ok(Node::compare(Comparison::Eq, column, value)),
        None => Err(Error::usage(format!(
            "`{}` of `{}` is left to the database, so that no row can be found by it: give the \
             draft a value",
            field.name, model.name
        ))),
    }
}

fn node(field: &FieldMeta, value: &InsertValue) -> Option<Node> {
    match value {
        InsertValue::Value(value) => Some(Node::Value(value.clone(), field.sql_type)),
        InsertValue::Node(node) => Some((**node).clone()),
        InsertValue::Default => None,
    }
}
