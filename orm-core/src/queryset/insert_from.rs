//! `insert_from` and `inserting`: rows of a query that are inserted, in one statement.

use super::bulk::{Inserts, Upserted, upserted};
use super::element::{AtPlace, Element, Place as At};
use super::join::is_open;
use super::source::RowSource;
use super::{Cte, Free, OnConflict, QuerySet, Upsert};
use crate::draft;
use crate::execute;
use crate::expr::{Assignments, Columns};
use crate::ir::{InsertRows, ModelMeta, Node, PathBuf, Query, Scope, Selected};
use crate::model::{Fields, Model, OnFields};
use crate::query::{self, Conflict, Given, Insert, Returning};
use crate::row::Decoder;
use orm_sql::error::{Error, Result};
use orm_sql::exec::instrumentation::{Place, called_at};
use orm_sql::exec::{BoxFuture, Executor, Statement};
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::panic::Location;

/// A closure over a new row and the row that it is made of: another name of
/// `FnOnce(&Fields<M>, &X) -> C`.
#[diagnostic::on_unimplemented(
    message = "this takes a closure over the new row and the row that it is made of, `|new, row| …`, and not a `{Self}`",
    label = "expected a closure: `|new, row| …`",
    note = "it says what becomes of the row: `|new, b| (new.title().set(b.title()), new.pages().set(b.pages()))`"
)]
pub trait OnNewRow<M: Model, X, C>: FnOnce(&Fields<M>, &X) -> C {}
#[diagnostic::do_not_recommend]
impl<M: Model, X, C, F: FnOnce(&Fields<M>, &X) -> C> OnNewRow<M, X, C> for F {}

impl<M: Model, O> QuerySet<M, O, Free> {
    /// Inserts a row for each row of other query sets, in one statement: `INSERT … SELECT`. Returns how
    /// many there were.
    ///
    /// The closure receives the new row and the row that it is made of, and assigns, as in
    /// [`update`](Self::update).
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let rows: u64 = Tag::objects()
    ///     .insert_from(&db, Author::objects().filter(|a| a.books().pages().gt(500)), |tag, a| {
    ///         tag.name().set(a.name().lower())
    ///     })
    ///     .await?;
    /// assert_sent!(
    ///     db,
    ///     "INSERT INTO tag AS t0 (name) SELECT LOWER(t1.name) FROM author AS t1 JOIN book AS t2 ON
    ///      t2.author_id = t1.id WHERE t2.pages > $1"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// Rows come from whatever has rows: related sets, `values` with groups (the closure then receives
    /// the tuple), [`union`](QuerySet::union), [`join`](QuerySet::join), slices, functions, and
    /// statements of WITH. So rows are moved, in one statement:
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let gone = Profile::objects().filter(|p| p.bio().eq("")).deleting("gone");
    /// Tag::objects().insert_from(&db, gone, |tag, p| tag.name().set(p.author().name())).await?;
    /// assert_sent!(
    ///     db,
    ///     "WITH gone (c0, c1, c2) AS (DELETE FROM profile AS t1 WHERE t1.bio = $1 RETURNING …) INSERT
    ///      INTO tag AS t0 (name) SELECT t3.name FROM gone AS t2 JOIN author AS t3 ON t3.id = t2.c1"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// What is not assigned to is what it is in a draft: `default`, `auto_now_add`, the first version,
    /// what the database fills in; a default that Rust makes anew for each row, such as a `Uuid`, has to be
    /// assigned to. No hook and no receiver is called, and nothing is validated, for the rows do not pass
    /// through Rust. [`returning`](InsertFrom::returning) has them returned, and
    /// [`on_conflict`](InsertFrom::on_conflict) and its relatives say what happens to those that are there.
    ///
    /// # Errors
    ///
    /// The constraint that refuses a row: no row is inserted then. [`Error::Usage`] that names the field,
    /// where a required one is not assigned to.
    #[track_caller]
    pub fn insert_from<'a, X: RowSource, A: Assignments<M>, T>(
        &self,
        db: &'a (impl Executor + ?Sized),
        rows: X,
        assign: impl OnNewRow<M, <X::Row as Element<T>>::Paths<M>, A>,
    ) -> InsertFrom<'a, M>
    where
        X::Row: Element<T>,
    {
        let rows = made_of::<M, X, A, T>(rows, assign, "insert_from");
        InsertFrom {
            db: db.as_executor(),
            rows: rows.map_err(Error::usage),
            conflict: Ok(None),
            place: Location::caller(),
            model: PhantomData,
        }
    }

    /// The same as a statement of WITH: the rows as they are inserted can be read in the statement that it
    /// stands in. Nothing is inserted where nothing reads them.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let tags = Tag::objects().inserting("new_tags", Author::objects(), |tag, a| {
    ///     tag.name().set(a.name().lower())
    /// });
    /// assert_sql!(
    ///     tags.on_conflict_ignore().objects().values(|tag| tag.id()),
    ///     "WITH new_tags (c0, c1) AS (INSERT INTO tag AS t0 (name) SELECT LOWER(t1.name) FROM author AS
    ///      t1 ON CONFLICT DO NOTHING RETURNING t0.id, t0.name) SELECT t2.c0 FROM new_tags AS t2"
    /// );
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`insert_from`](Self::insert_from), of the terminal.
    pub fn inserting<X: RowSource, A: Assignments<M>, T>(
        &self,
        name: &str,
        rows: X,
        assign: impl OnNewRow<M, <X::Row as Element<T>>::Paths<M>, A>,
    ) -> Cte<M, M>
    where
        X::Row: Element<T>,
    {
        let rows = made_of::<M, X, A, T>(rows, assign, "inserting").unwrap_or_else(|mistake| {
            let mut inserted = Query::new(M::meta());
            inserted.fail(|| mistake);
            InsertRows {
                model: M::meta(),
                fields: Vec::new(),
                rows: Query::new(M::meta()),
                ignore: false,
                inserted,
            }
        });
        Cte::inserting(name, rows)
    }
}

/// The rows to insert, each made of one of a query.
fn made_of<M: Model, X: RowSource, A: Assignments<M>, T>(
    rows: X,
    assign: impl OnNewRow<M, <X::Row as Element<T>>::Paths<M>, A>,
    verb: &str,
) -> std::result::Result<InsertRows, String>
where
    X::Row: Element<T>,
{
    let (query, _) = rows.into_source();
    let query = match is_open(&query) {
        true => query,
        false => Query::over(query, &super::no_model::NO_MODEL),
    };
    let row = <X::Row as Element<T>>::Paths::<M>::at_place(&mut At::of(&query.select));
    let new = Scope::fresh();
    let mut given = Vec::new();
    assign(&Fields::at(PathBuf::root(new, M::meta())), &row).add_to(&mut given);
    selected(M::meta(), query, given, new, verb)
}

/// A query that selects what is assigned, and all else that new rows of the model have.
fn selected(
    model: &'static ModelMeta,
    mut rows: Query,
    given: draft::Given,
    new: Scope,
    verb: &str,
) -> std::result::Result<InsertRows, String> {
    if let Some((field, _)) = given.iter().find(|(_, node)| reads(node, new)) {
        return Err(format!(
            "`{}` of `{}` is given a column of the new row, which is not there yet: `{verb}` assigns \
             what is read of the row behind it, as in `|new, row| new.{}().set(row.…())`",
            field.name, model.name, field.name
        ));
    }
    let given = draft::whole(model, given, verb)?;
    let keys = rows.deselect();
    let column = |(field, node): &(&'static crate::ir::FieldMeta, Node)| {
        Selected::Expr(node.clone(), field.sql_type)
    };
    rows.select.extend(given.iter().map(column));
    rows.select_values(keys);
    let fields = given.into_iter().map(|(field, _)| field).collect();
    let mut inserted = Query::new(model);
    inserted.error.clone_from(&rows.error);
    Ok(InsertRows { model, fields, rows, ignore: false, inserted })
}

/// True where an expression reads a row of a scope.
fn reads(node: &Node, scope: Scope) -> bool {
    match node {
        Node::Column { path, .. } | Node::Relation(path) => path.scope == scope,
        node => node.any_child(&mut |child| reads(child, scope)),
    }
}

/// Rows of a query to be inserted: what [`insert_from`](QuerySet::insert_from) returns. `.await` inserts
/// them, and says how many there were.
#[must_use = "nothing is inserted before `.await`"]
pub struct InsertFrom<'a, M> {
    db: &'a dyn Executor,
    rows: Result<InsertRows>,
    conflict: Result<Option<Conflict>>,
    place: Place,
    model: PhantomData<fn() -> M>,
}

impl<M> Inserts for InsertFrom<'_, M> {
    fn with_conflict(self, conflict: Result<Conflict>) -> Self {
        InsertFrom { conflict: conflict.map(Some), ..self }
    }
}

impl<'a, M: Model> InsertFrom<'a, M> {
    /// Leaves out the rows that some unique constraint or index does not allow. Those that were inserted
    /// are counted.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let authors = Author::objects();
    /// Tag::objects()
    ///     .insert_from(&db, authors, |tag, a| tag.name().set(a.name()))
    ///     .on_conflict_ignore()
    ///     .await?;
    /// assert_sent!(
    ///     db,
    ///     "INSERT INTO tag AS t0 (name) SELECT t1.name FROM author AS t1 ON CONFLICT DO NOTHING"
    /// );
    /// # Ok(()) })
    /// ```
    pub fn on_conflict_ignore(mut self) -> Self {
        self.conflict = Ok(Some(Conflict::Nothing(None)));
        self
    }

    /// Names the columns of a unique constraint or index, to say next what happens to a row that has the
    /// same values in them: [`update`](OnConflict::update), [`update_set`](OnConflict::update_set) or
    /// [`ignore`](OnConflict::ignore). Two rows with the same values are an error.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let sold = Review::objects().values(|r| r.book().id()).annotate(|r| r.id().count());
    /// let written: u64 = Stock::objects()
    ///     .insert_from(&db, sold, |stock, (book, n)| {
    ///         let copies = n.cast::<i32>();
    ///         let place = (stock.branch().set(1), stock.shelf().set(1));
    ///         (place, stock.copies().set(copies), stock.book().set(book.clone()))
    ///     })
    ///     .on_conflict(|s| (s.branch(), s.shelf()))
    ///     .update_set(|s, new| s.copies().set(s.copies() + new.copies()))
    ///     .await?;
    /// assert_sent!(
    ///     db,
    ///     "INSERT INTO stock AS t0 (branch, shelf, copies, book_id) SELECT $1, $2, CAST(t2.c1 AS integer),
    ///      t2.c0 FROM (SELECT t1.book_id AS c0, COUNT(t1.id) AS c1 FROM review AS t1 GROUP BY t1.book_id)
    ///      AS t2 ON CONFLICT (branch, shelf) DO UPDATE SET copies = (t0.copies + EXCLUDED.copies)"
    /// );
    /// # Ok(()) })
    /// ```
    pub fn on_conflict<X: Columns<M>>(
        self,
        fields: impl OnFields<M, X>,
    ) -> OnConflict<'a, M, Self> {
        OnConflict::of(self, fields)
    }

    /// Names a unique constraint, as [`on_conflict`](Self::on_conflict) does by its columns.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let authors = Author::objects();
    /// Tag::objects()
    ///     .insert_from(&db, authors, |tag, a| tag.name().set(a.name()))
    ///     .on_constraint("tag_name_key")
    ///     .ignore()
    ///     .await?;
    /// assert_sent!(
    ///     db,
    ///     "INSERT INTO tag AS t0 (name) SELECT t1.name FROM author AS t1 ON CONFLICT ON CONSTRAINT
    ///      tag_name_key DO NOTHING"
    /// );
    /// # Ok(()) })
    /// ```
    pub fn on_constraint(self, name: impl Into<String>) -> OnConflict<'a, M, Self> {
        OnConflict::of_constraint(self, name.into())
    }

    /// Inserts the rows, and returns those that were inserted as the database has them.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let authors = Author::objects();
    /// let inserting = Tag::objects().insert_from(&db, authors, |tag, a| tag.name().set(a.name()));
    /// let tags: Vec<Tag> = inserting.returning().await?;
    /// assert_sent!(
    ///     db,
    ///     "INSERT INTO tag AS t0 (name) SELECT t1.name FROM author AS t1 RETURNING t0.id, t0.name"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`insert_from`](QuerySet::insert_from).
    pub fn returning(self) -> BoxFuture<'a, Result<Vec<M>>> {
        self.rows(Returning::Rows, Decoder::Fn(M::decode))
    }

    /// The statement; none where there can be no row.
    fn statement(&self, returning: Returning) -> Result<Option<Statement>> {
        let rows = self.rows.as_ref().map_err(copied)?;
        let conflict = self.conflict.as_ref().map_err(copied)?.clone();
        if query::is_empty(&rows.rows) && rows.rows.error.is_none() {
            return Ok(None);
        }
        let statement = query::insert(Insert {
            model: rows.model,
            fields: rows.fields.clone(),
            rows: Given::Query(Box::new(rows.rows.on(self.db).into_owned())),
            conflict,
            returning,
            tenancy: self.db.tenancy().clone(),
        });
        statement.map(Some)
    }

    fn count(self) -> BoxFuture<'a, Result<u64>> {
        let statement = self.statement(Returning::Nothing);
        let InsertFrom { db, conflict, place, .. } = self;
        let work = Box::pin(async move {
            let Some(statement) = statement? else { return Ok(0) };
            execute::insert_counted(db, M::meta(), &statement, conflict?.as_ref()).await
        });
        called_at(place, work)
    }

    fn rows<O: Send + 'static>(
        self,
        returning: Returning,
        decoder: Decoder<O>,
    ) -> BoxFuture<'a, Result<Vec<O>>> {
        let statement = self.statement(returning);
        let InsertFrom { db, conflict, place, .. } = self;
        let work = Box::pin(async move {
            let Some(statement) = statement? else { return Ok(Vec::new()) };
            execute::insert_rows(db, M::meta(), &statement, conflict?.as_ref(), &decoder).await
        });
        called_at(place, work)
    }
}

/// A mistake that is kept until the statement is asked for.
fn copied(error: &Error) -> Error {
    Error::usage(error.to_string())
}

impl<'a, M: Model> IntoFuture for InsertFrom<'a, M> {
    type Output = Result<u64>;
    type IntoFuture = BoxFuture<'a, Result<u64>>;

    fn into_future(self) -> Self::IntoFuture {
        self.count()
    }
}

impl<'a, M: Model> Upsert<'a, M, InsertFrom<'a, M>> {
    /// Inserts or updates the rows, and returns them as the database has them.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let authors = Author::objects();
    /// let tags: Vec<Upserted<Tag>> = Tag::objects()
    ///     .insert_from(&db, authors, |tag, a| tag.name().set(a.name()))
    ///     .on_conflict(|t| t.name())
    ///     .update(|t| t.name())
    ///     .returning()
    ///     .await?;
    /// assert_sent!(
    ///     db,
    ///     "INSERT INTO tag AS t0 (name) SELECT t1.name FROM author AS t1 ON CONFLICT (name) DO UPDATE
    ///      SET name = EXCLUDED.name RETURNING t0.id, t0.name, (t0.xmax = 0)"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`insert_from`](QuerySet::insert_from); two rows with the same values are
    /// [`Error::Usage`].
    pub fn returning(self) -> BoxFuture<'a, Result<Vec<Upserted<M>>>> {
        match self.into_insertion() {
            Ok(insertion) => insertion.rows(Returning::Upserted, upserted::<M>()),
            Err(error) => Box::pin(async { Err(error) }),
        }
    }

    fn into_insertion(self) -> Result<InsertFrom<'a, M>> {
        let (insertion, conflict) = self.into_parts()?;
        Ok(insertion.with_conflict(Ok(conflict)))
    }
}

impl<'a, M: Model> IntoFuture for Upsert<'a, M, InsertFrom<'a, M>> {
    type Output = Result<u64>;
    type IntoFuture = BoxFuture<'a, Result<u64>>;

    fn into_future(self) -> Self::IntoFuture {
        match self.into_insertion() {
            Ok(insertion) => insertion.count(),
            Err(error) => Box::pin(async { Err(error) }),
        }
    }
}
