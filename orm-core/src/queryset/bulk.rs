//! `bulk_create`, and its conflicts with existing rows.

use super::{Free, QuerySet};
use crate::draft::{Complete, DraftOf};
use crate::execute::{self, Part};
use crate::expr::{Assignments, Columns, Condition};
use crate::ir::{FieldMeta, IndexPart, ModelMeta, Node, PathBuf, Scope, UniqueMeta};
use crate::lifecycle::{Collected, Insertion};
use crate::model::{Fields, Key, List, Model, OnBothFields, OnFields};
use crate::query::{Conflict, ConflictTarget, Returning};
use crate::row::Decoder;
use crate::tables;
use orm_sql::error::{Error, Result};
use orm_sql::exec::instrumentation::{Place, called_at};
use orm_sql::exec::{BoxFuture, Executor};
use orm_sql::hash::FoldState;
use orm_sql::schema::names::check_name;
use std::collections::HashMap;
use std::fmt::Write;
use std::future::IntoFuture;
use std::hash::{BuildHasher, Hasher};
use std::marker::PhantomData;
use std::panic::Location;

impl<M: Model, O> QuerySet<M, O, Free> {
    /// Inserts the rows of drafts, any number of them, and returns them in the order of the drafts
    /// as the database has them: with keys, defaults of the database and generated columns.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let drafts = ["sea", "poetry"].map(|name| draft!(Tag { name }));
    /// let tags: Vec<Tag> = Tag::objects().bulk_create(&db, drafts).await?;
    /// assert_sent!(db, "INSERT INTO tag AS t0 (name) VALUES ($1), ($2) RETURNING …");
    /// # Ok(()) })
    /// ```
    ///
    /// Very many rows, and drafts that leave different fields to the database, go into several
    /// statements, which are one transaction. Rows that a trigger of the database leaves out are
    /// not among those returned. [`on_conflict`](BulkCreate::on_conflict) and its relatives say
    /// what happens to rows that exist already.
    ///
    /// # Errors
    ///
    /// The constraint that refuses a row, by name: no row is inserted then.
    #[track_caller]
    pub fn bulk_create<'a, D>(
        &self,
        db: &'a (impl Executor + ?Sized),
        drafts: impl List<D>,
    ) -> BulkCreate<'a, M>
    where
        D: DraftOf<M, Itself: Complete<Of: Sized>>,
    {
        let drafts = drafts.into_iter();
        let mut collected = Collected::new(M::meta(), drafts.size_hint().0);
        drafts.for_each(|draft| collected.add(draft.into_raw()));
        BulkCreate {
            db: db.as_executor(),
            drafts: collected,
            conflict: Ok(None),
            place: Location::caller(),
            model: PhantomData,
        }
    }
}

/// Rows to be inserted: what [`bulk_create`](QuerySet::bulk_create) returns. `.await` inserts them.
#[must_use = "nothing is inserted before `.await`"]
pub struct BulkCreate<'a, M> {
    db: &'a dyn Executor,
    drafts: Collected,
    conflict: Result<Option<Conflict>>,
    place: Place,
    model: PhantomData<fn() -> M>,
}

impl<'a, M: Model> BulkCreate<'a, M> {
    /// Leaves out the rows that some unique constraint or index does not allow. Those that were
    /// inserted are returned.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let drafts = ["sea", "poetry"].map(|name| draft!(Tag { name }));
    /// let new: Vec<Tag> = Tag::objects().bulk_create(&db, drafts).on_conflict_ignore().await?;
    /// assert_sent!(
    ///     db,
    ///     "INSERT INTO tag AS t0 (name) VALUES ($1), ($2) ON CONFLICT DO NOTHING RETURNING …"
    /// );
    /// # Ok(()) })
    /// ```
    pub fn on_conflict_ignore(mut self) -> Self {
        self.conflict = Ok(Some(Conflict::Nothing(None)));
        self
    }

    /// Names the columns of a unique constraint or index, to say next what happens to a row that
    /// has the same values in them: [`update`](OnConflict::update),
    /// [`update_set`](OnConflict::update_set) or [`ignore`](OnConflict::ignore).
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let stock = [draft!(Stock { branch: 1, shelf: 2, copies: 3, book: 1 })];
    /// Stock::objects()
    ///     .bulk_create(&db, stock)
    ///     .on_conflict(|s| (s.branch(), s.shelf()))
    ///     .update(|s| (s.copies(), s.book()))
    ///     .await?;
    /// assert_sent!(
    ///     db,
    ///     "INSERT INTO stock AS t0 (branch, shelf, copies, book_id) VALUES ($1, $2, $3, $4) ON
    ///      CONFLICT (branch, shelf) DO UPDATE SET copies = EXCLUDED.copies, book_id =
    ///      EXCLUDED.book_id RETURNING …, (t0.xmax = 0)"
    /// );
    /// # Ok(()) })
    /// ```
    pub fn on_conflict<X: Columns<M>>(self, fields: impl OnFields<M, X>) -> OnConflict<'a, M> {
        OnConflict::of(self, fields)
    }

    /// Names a unique constraint, as [`on_conflict`](Self::on_conflict) does by its columns.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let tags = [draft!(Tag { name: "sea" })];
    /// Tag::objects().bulk_create(&db, tags).on_constraint("tag_name_key").ignore().await?;
    /// assert_sent!(
    ///     db,
    ///     "INSERT INTO tag AS t0 (name) VALUES ($1) ON CONFLICT ON CONSTRAINT tag_name_key DO
    ///      NOTHING RETURNING …"
    /// );
    /// # Ok(()) })
    /// ```
    pub fn on_constraint(self, name: impl Into<String>) -> OnConflict<'a, M> {
        OnConflict::of_constraint(self, name.into())
    }
}

impl<'a, M: Model> IntoFuture for BulkCreate<'a, M> {
    type Output = Result<Vec<M>>;
    type IntoFuture = BoxFuture<'a, Result<Vec<M>>>;

    fn into_future(self) -> Self::IntoFuture {
        let BulkCreate { db, drafts, conflict, place, model: _ } = self;
        let insertion = conflict.and_then(|conflict| {
            let insertion = Insertion { conflict, ..Insertion::new(M::meta(), db) };
            Ok((insertion.collected(drafts)?, insertion))
        });
        let work = Box::pin(async move {
            let ((parts, copied), insertion) = insertion?;
            if let Some(copied) = copied
                && let Some(rows) = copied.insert::<M>(db).await?
            {
                return Ok(rows);
            }
            let conflict = insertion.conflict.as_ref();
            execute::insert_all(
                db,
                M::meta(),
                &parts,
                conflict,
                &Decoder::Fn(M::decode),
                M::value,
                |_| Ok(()),
            )
            .await
        });
        called_at(place, work)
    }
}

/// Rows to be inserted that may conflict with existing ones. Say what happens then.
#[must_use = "say what happens to a row that is there: `update`, `update_set` or `ignore`"]
pub struct OnConflict<'a, M, I = BulkCreate<'a, M>> {
    insertion: I,
    target: Result<ConflictTarget>,
    types: PhantomData<fn() -> &'a M>,
}

/// What inserts rows that may conflict with existing ones: those of drafts, or of a query.
#[doc(hidden)]
pub trait Inserts: Sized {
    /// The same with what happens then.
    fn with_conflict(self, conflict: Result<Conflict>) -> Self;
}

impl<M> Inserts for BulkCreate<'_, M> {
    fn with_conflict(self, conflict: Result<Conflict>) -> Self {
        BulkCreate { conflict: conflict.map(Some), ..self }
    }
}

impl<'a, M: Model, I: Inserts> OnConflict<'a, M, I> {
    /// By the columns that a closure names.
    pub(super) fn of<X: Columns<M>>(insertion: I, fields: impl OnFields<M, X>) -> Self {
        let target = fields_named::<M, X>(fields, "on_conflict");
        let target = target.map(|fields| target_of(M::meta(), fields));
        OnConflict { insertion, target, types: PhantomData }
    }

    /// By a constraint.
    pub(super) fn of_constraint(insertion: I, name: String) -> Self {
        let name = check_name(name, "constraint");
        let target = name.and_then(|name| target_named(M::meta(), name));
        OnConflict { insertion, target, types: PhantomData }
    }

    /// Leaves the row that is there as it is. Those that were inserted are returned; any other
    /// constraint that a row violates is an error.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let tags = [draft!(Tag { name: "sea" })];
    /// Tag::objects().bulk_create(&db, tags).on_conflict(|t| t.name()).ignore().await?;
    /// assert_sent!(
    ///     db,
    ///     "INSERT INTO tag AS t0 (name) VALUES ($1) ON CONFLICT (name) DO NOTHING RETURNING …"
    /// );
    /// # Ok(()) })
    /// ```
    pub fn ignore(self) -> I {
        let conflict = self.target.map(|target| Conflict::Nothing(Some(target)));
        self.insertion.with_conflict(conflict)
    }

    /// Writes these columns of the draft to the row that is there.
    ///
    /// As in Django, no other column is written, `auto_now` ones neither.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let stock = [draft!(Stock { branch: 1, shelf: 2, copies: 3, book: 1 })];
    /// let written = Stock::objects()
    ///     .bulk_create(&db, stock)
    ///     .on_conflict(|s| (s.branch(), s.shelf()))
    ///     .update(|s| s.copies())
    ///     .await?;
    /// let (row, is_new): (&Stock, bool) = (&written[0].row, written[0].inserted);
    /// assert_sent!(
    ///     db,
    ///     "INSERT INTO stock AS t0 (branch, shelf, copies, book_id) VALUES ($1, $2, $3, $4) ON
    ///      CONFLICT (branch, shelf) DO UPDATE SET copies = EXCLUDED.copies RETURNING …,
    ///      (t0.xmax = 0)"
    /// );
    /// # Ok(()) })
    /// ```
    pub fn update<X: Columns<M>>(self, fields: impl OnFields<M, X>) -> Upsert<'a, M, I> {
        self.upsert().update(fields)
    }

    /// Assigns to columns of the row that is there. `new` stands for the row that was to be
    /// inserted.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let stock = [draft!(Stock { branch: 1, shelf: 2, copies: 3, book: 1 })];
    /// Stock::objects()
    ///     .bulk_create(&db, stock)
    ///     .on_conflict(|s| (s.branch(), s.shelf()))
    ///     .update_set(|s, new| s.copies().set(s.copies() + new.copies()))
    ///     .await?;
    /// assert_sent!(
    ///     db,
    ///     "INSERT INTO stock AS t0 (branch, shelf, copies, book_id) VALUES ($1, $2, $3, $4) ON
    ///      CONFLICT (branch, shelf) DO UPDATE SET copies = (t0.copies + EXCLUDED.copies)
    ///      RETURNING …, (t0.xmax = 0)"
    /// );
    /// # Ok(()) })
    /// ```
    pub fn update_set<X: Assignments<M>>(
        self,
        assignments: impl OnBothFields<M, X>,
    ) -> Upsert<'a, M, I> {
        self.upsert().update_set(assignments)
    }

    fn upsert(self) -> Upsert<'a, M, I> {
        let (row, new) = (Scope::fresh(), Scope::fresh());
        Upsert {
            insertion: self.insertion,
            target: self.target,
            set: Vec::new(),
            filter: None,
            row,
            new,
            error: None,
            types: PhantomData,
        }
    }
}

/// Rows to be inserted, or updated where they exist already. `.await` does it.
#[must_use = "nothing is written before `.await`"]
pub struct Upsert<'a, M, I = BulkCreate<'a, M>> {
    insertion: I,
    target: Result<ConflictTarget>,
    set: Vec<(&'static FieldMeta, Node)>,
    filter: Option<Node>,
    row: Scope,
    new: Scope,
    error: Option<Error>,
    types: PhantomData<fn() -> &'a M>,
}

/// A row as it is after an upsert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Upserted<M> {
    /// The row.
    pub row: M,
    /// It was inserted, and not there before.
    ///
    /// Told from the row's system column `xmax`, which is 0 for a row that was just inserted,
    /// whatever triggers do to it. Tables in partitions have no such column to return: an upsert
    /// of their rows is [`Error::Usage`].
    pub inserted: bool,
}

impl<M: Model, I: Inserts> Upsert<'_, M, I> {
    /// Writes these columns of the draft too.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let stock = [draft!(Stock { branch: 1, shelf: 2, copies: 3, book: 1 })];
    /// Stock::objects()
    ///     .bulk_create(&db, stock)
    ///     .on_conflict(|s| (s.branch(), s.shelf()))
    ///     .update_set(|s, new| s.copies().set(s.copies() + new.copies()))
    ///     .update(|s| s.book())
    ///     .await?;
    /// assert_sent!(
    ///     db,
    ///     "INSERT INTO stock AS t0 (branch, shelf, copies, book_id) VALUES ($1, $2, $3, $4) ON
    ///      CONFLICT (branch, shelf) DO UPDATE SET copies = (t0.copies + EXCLUDED.copies),
    ///      book_id = EXCLUDED.book_id RETURNING …, (t0.xmax = 0)"
    /// );
    /// # Ok(()) })
    /// ```
    pub fn update<X: Columns<M>>(mut self, fields: impl OnFields<M, X>) -> Self {
        match fields_named::<M, X>(fields, "update") {
            Ok(fields) => {
                let new = PathBuf::root(self.new, M::meta());
                let column = |field| (field, Node::Column { path: new.clone(), field });
                self.set.extend(fields.into_iter().map(column));
            }
            Err(error) => self.error = Some(error),
        }
        self
    }

    /// Assigns to columns of the row that is there too.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let stock = [draft!(Stock { branch: 1, shelf: 2, copies: 3, book: 1 })];
    /// Stock::objects()
    ///     .bulk_create(&db, stock)
    ///     .on_conflict(|s| (s.branch(), s.shelf()))
    ///     .update(|s| s.book())
    ///     .update_set(|s, new| s.copies().set(greatest((s.copies(), new.copies()))))
    ///     .await?;
    /// assert_sent!(
    ///     db,
    ///     "INSERT INTO stock AS t0 (branch, shelf, copies, book_id) VALUES ($1, $2, $3, $4) ON
    ///      CONFLICT (branch, shelf) DO UPDATE SET book_id = EXCLUDED.book_id, copies =
    ///      GREATEST(t0.copies, EXCLUDED.copies) RETURNING …, (t0.xmax = 0)"
    /// );
    /// # Ok(()) })
    /// ```
    pub fn update_set<X: Assignments<M>>(mut self, assignments: impl OnBothFields<M, X>) -> Self {
        let (row, new) = (self.path(self.row), self.path(self.new));
        assignments(&row, &new).add_to(&mut self.set);
        self
    }

    /// Updates only where a condition holds, of the row that is there and the one that was to be
    /// inserted. Rows that are neither inserted nor updated are not returned.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let stock = [draft!(Stock { branch: 1, shelf: 2, copies: 3, book: 1 })];
    /// Stock::objects()
    ///     .bulk_create(&db, stock)
    ///     .on_conflict(|s| (s.branch(), s.shelf()))
    ///     .update(|s| s.copies())
    ///     .update_where(|s, new| s.copies().lt(new.copies()))
    ///     .await?;
    /// assert_sent!(
    ///     db,
    ///     "INSERT INTO stock AS t0 (branch, shelf, copies, book_id) VALUES ($1, $2, $3, $4) ON
    ///      CONFLICT (branch, shelf) DO UPDATE SET copies = EXCLUDED.copies WHERE t0.copies <
    ///      EXCLUDED.copies RETURNING …, (t0.xmax = 0)"
    /// );
    /// # Ok(()) })
    /// ```
    pub fn update_where<C: Condition<M>>(mut self, condition: impl OnBothFields<M, C>) -> Self {
        let (row, new) = (self.path(self.row), self.path(self.new));
        let condition = condition(&row, &new).into_condition();
        self.filter = Some(match self.filter.take() {
            Some(filter) => filter.and(condition),
            None => condition,
        });
        self
    }

    fn path(&self, scope: Scope) -> Fields<M> {
        Fields::at(PathBuf::root(scope, M::meta()))
    }

    /// What inserts the rows, and what happens to those that are there.
    pub(super) fn into_parts(self) -> Result<(I, Conflict)> {
        let Upsert { insertion, target, set, filter, row, new, error, types: _ } = self;
        error.map_or(Ok(()), Err)?;
        can_be_updated(M::meta(), &set)?;
        Ok((insertion, Conflict::Update { target: target?, set, filter, row, new }))
    }
}

fn upserts<'a, M: Model>(upsert: Upsert<'a, M>) -> Result<(&'a dyn Executor, Vec<Part>, Conflict)> {
    let (bulk, conflict) = upsert.into_parts()?;
    let (model, returning) = (M::meta(), Returning::Upserted);
    let insertion =
        Insertion { conflict: Some(conflict.clone()), returning, ..Insertion::new(model, bulk.db) };
    Ok((bulk.db, insertion.all(bulk.drafts.into_drafts()?)?, conflict))
}

/// Reads a row, and whether it was inserted.
pub(super) fn upserted<M: Model>() -> Decoder<Upserted<M>> {
    Decoder::Fn(|reader| Ok(Upserted { row: M::decode(reader)?, inserted: reader.column()? }))
}

impl<'a, M: Model> IntoFuture for Upsert<'a, M> {
    type Output = Result<Vec<Upserted<M>>>;
    type IntoFuture = BoxFuture<'a, Result<Vec<Upserted<M>>>>;

    fn into_future(self) -> Self::IntoFuture {
        let place = self.insertion.place;
        let parts = upserts(self);
        let work = Box::pin(async move {
            let (db, parts, conflict) = parts?;
            let decoder = upserted::<M>();
            let once = |rows: &[Vec<Upserted<M>>]| match repeated(rows) {
                true => Err(execute::twice(M::meta(), &conflict)),
                false => Ok(()),
            };
            let value = |row: &Upserted<M>, place| row.row.value(place);
            let conflict = Some(&conflict);
            execute::insert_all(db, M::meta(), &parts, conflict, &decoder, value, once).await
        });
        called_at(place, work)
    }
}

/// The primary key tells which row it is, and generated columns follow from others.
fn can_be_updated(model: &ModelMeta, set: &[(&'static FieldMeta, Node)]) -> Result<()> {
    let key = |field: &FieldMeta| {
        model.primary_key.iter().any(|place| model.fields.get(*place) == Some(field))
    };
    for (field, _) in set {
        let why = match field {
            field if key(field) => "is the primary key",
            field if field.generated.is_some() => "is calculated by the database",
            _ => continue,
        };
        return Err(Error::usage(format!(
            "`{}` of `{}` {why} and cannot be updated where a row is there already",
            field.name, model.name
        )));
    }
    Ok(())
}

/// The fields that a closure names.
pub(crate) fn fields_named<M: Model, X: Columns<M>>(
    fields: impl OnFields<M, X>,
    method: &str,
) -> Result<Vec<&'static FieldMeta>> {
    let root = Fields::at(PathBuf::root(Scope::ANY, M::meta()));
    let mut named = Vec::new();
    fields(&root).add_to(&mut named);
    own_fields(M::meta(), named, method)
}

/// What must not be there twice by these fields: a constraint over them, or else the one unique index
/// that is over them for some of the rows.
pub(crate) fn target_of(
    model: &'static ModelMeta,
    fields: Vec<&'static FieldMeta>,
) -> ConflictTarget {
    let same = |columns: &[&'static FieldMeta]| {
        columns.len() == fields.len() && columns.iter().all(|column| fields.contains(column))
    };
    let over =
        |unique: &&'static UniqueMeta| columns_of(model, unique).is_some_and(|all| same(&all));
    let of_field = matches!(fields.as_slice(), [field] if field.unique);
    let mut some = model.uniques.iter().filter(over);
    if of_field
        || same(&model.key_fields())
        || some.clone().any(|unique| unique.condition.is_none())
    {
        return ConflictTarget::Fields(fields);
    }
    match (some.next(), some.next()) {
        (Some(unique), None) => ConflictTarget::Unique(unique),
        _ => ConflictTarget::Fields(fields),
    }
}

/// A constraint by its name, which may be that of a unique index in the model.
fn target_named(model: &'static ModelMeta, name: String) -> Result<ConflictTarget> {
    for unique in model.uniques {
        let is_index = unique.condition.is_some() || columns_of(model, unique).is_none();
        if is_index && tables::name_of_unique(model, unique)? == name {
            return Ok(ConflictTarget::Unique(unique));
        }
    }
    Ok(ConflictTarget::Constraint(name))
}

/// The columns of a unique constraint; none where it is over anything else.
fn columns_of(
    model: &'static ModelMeta,
    unique: &'static UniqueMeta,
) -> Option<Vec<&'static FieldMeta>> {
    let mut columns = Vec::with_capacity(unique.parts.len());
    for part in unique.parts {
        match part {
            IndexPart::Field { name, desc: false } => columns.extend(model.columns_of(name)),
            _ => return None,
        }
    }
    Some(columns)
}

/// The fields, where all of them are the model's own.
pub(crate) fn own_fields(
    model: &'static ModelMeta,
    named: Vec<&'static FieldMeta>,
    method: &str,
) -> Result<Vec<&'static FieldMeta>> {
    let own =
        |field: &&'static FieldMeta| model.place_of(field).and_then(|at| model.fields.get(at));
    match named.iter().map(own).collect() {
        Some(named) => Ok(named),
        None => Err(Error::usage(format!(
            "`{method}` of `{}` takes columns and keys of the model itself, and one of these is \
             reached through a relation",
            model.name
        ))),
    }
}

/// True where a later statement has updated a row that an earlier one had written.
fn repeated<M: Model>(statements: &[Vec<Upserted<M>>]) -> bool {
    let mut written: HashMap<u64, M::Pk, FoldState> = HashMap::default();
    let state = *written.hasher();
    let hash = |key: &M::Pk| hash(key, state);
    for rows in statements {
        // Within one statement the server sees to it.
        let seen = |row: &&Upserted<M>| {
            let key = row.row.pk();
            !row.inserted && written.get(&hash(&key)).is_some_and(|other| *other == key)
        };
        if rows.iter().find(seen).is_some() {
            return true;
        }
        written.extend(rows.iter().map(|row| {
            let key = row.row.pk();
            (hash(&key), key)
        }));
    }
    false
}

fn hash(key: &impl Key, state: FoldState) -> u64 {
    struct Text<H>(H);
    impl<H: Hasher> Write for Text<H> {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            self.0.write(text.as_bytes());
            Ok(())
        }
    }
    let mut text = Text(state.build_hasher());
    // Writing to a hasher cannot fail.
    let _ = write!(text, "{:?}", key.to_values());
    text.0.finish()
}
