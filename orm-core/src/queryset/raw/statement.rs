//! SQL of the user's own with values and query sets in it: `raw!`.

use super::columns::{ColumnRow, RawColumns, decoder};
use crate::execute;
use crate::expr::{IntoParam, Param};
use crate::ir::Query;
use crate::model::Model;
use crate::query;
use crate::queryset::{Free, Nested, QuerySet, Rows, Via};
use orm_sql::error::{Error, Result};
use orm_sql::exec::{BoxFuture, Executor, NoRows, Statement};
use orm_sql::sql::placeholder;
use std::marker::PhantomData;

/// SQL with what was put into it: what `raw!` makes. Values are its parameters,
/// and query sets are parts of it, whose parameters are numbered anew.
#[must_use = "nothing runs before `.rows::<…>().all(&db)` or `.execute(&db)`"]
#[derive(Clone)]
pub struct RawStatement {
    pieces: &'static [RawPiece],
    args: Vec<RawArg>,
}

/// A piece of the text.
#[doc(hidden)]
#[derive(Debug)]
pub enum RawPiece {
    /// Text as it is.
    Text(&'static str),
    /// What was given, by its place.
    Arg(usize),
}

/// What is put into a text.
#[doc(hidden)]
#[derive(Clone)]
pub enum RawArg {
    /// A value.
    Value(Param),
    /// The SELECT of a query set.
    Query(Box<Query>),
}

/// What can be put into SQL of one's own: a value of a column type, and a query set.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand in SQL of your own",
    label = "expected a value of a column type, or a query set",
    note = "names of tables and columns are written in the text itself; a query set is given before it is run"
)]
pub trait IntoRawArg {
    /// It as a part.
    #[doc(hidden)]
    fn into_raw_arg(self) -> RawArg;
}

#[diagnostic::do_not_recommend]
impl<T: IntoParam> IntoRawArg for T {
    fn into_raw_arg(self) -> RawArg {
        RawArg::Value(self.into_param())
    }
}

macro_rules! query_sets {
    ($([$($generics:tt)*] $set:ty, |$s:ident| $query:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<M: Model, O, $($generics)*> IntoRawArg for $set {
            fn into_raw_arg(self) -> RawArg {
                let $s = self;
                RawArg::Query(Box::new($query))
            }
        }
    )*};
}
query_sets! {
    [] QuerySet<M, O, Free>, |set| set.into();
    [A, F] QuerySet<M, O, Via<A, F>>, |set| set.into();
    [] &QuerySet<M, O, Free>, |set| set.query().clone();
    [P] Nested<M, O, P>, |nested| nested.set.into();
    [P] &Nested<M, O, P>, |nested| nested.query().clone();
}

impl RawStatement {
    /// What the macro calls.
    #[doc(hidden)]
    pub fn new(pieces: &'static [RawPiece], args: Vec<RawArg>) -> Self {
        RawStatement { pieces, args }
    }

    /// Its rows, read as a tuple of columns and models, as a model, or as a struct with
    /// `#[derive(ColumnRow)]`.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let long = Book::objects().filter(|b| b.pages().gt(500));
    /// let sql = raw!("SELECT name, count(*) FROM ({long}) AS long GROUP BY name HAVING count(*) > {n}", n = 1);
    /// let names: Vec<(String, i64)> = sql.rows::<(String, i64)>().all(&db).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT name, count(*) FROM (SELECT … FROM book AS t0 WHERE t0.pages > $1) AS long GROUP
    ///      BY name HAVING count(*) > $2"
    /// );
    /// # Ok(()) })
    /// ```
    pub fn rows<T: ColumnRow>(self) -> RawRows<T> {
        RawRows { source: Source::Pieces(self), row: PhantomData }
    }

    /// Runs it without reading rows, and returns how many it touched.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let old = Book::objects().filter(|b| b.in_print().eq(false)).values(|b| b.id());
    /// let rows: u64 = raw!("DELETE FROM review WHERE book_id IN ({old})").execute(&db).await?;
    /// assert_sent!(
    ///     db,
    ///     "DELETE FROM review WHERE book_id IN (SELECT t0.id FROM book AS t0 WHERE t0.in_print = $1)"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// What the server reports; [`Error::Usage`] for a query set that has no SQL.
    #[track_caller]
    pub fn execute<'a>(self, db: &'a (impl Executor + ?Sized)) -> BoxFuture<'a, Result<u64>> {
        let statement = called(self.statement(db));
        Box::pin(async move {
            let statement = Statement { cached: false, ..statement? };
            db.as_executor().run(&statement, &mut NoRows).await
        })
    }

    /// The text with its parameters, for [`QuerySet::raw`].
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let short = Tag::objects().filter(|t| t.name().length().lt(5));
    /// let (sql, params) = raw!("SELECT * FROM ({short}) AS short").into_parts()?;
    /// assert_sql!(
    ///     Tag::objects().raw(sql, params).order_by(|t| t.name()),
    ///     "SELECT t0.id, t0.name FROM (SELECT * FROM (SELECT t0.id, t0.name FROM tag AS t0 WHERE
    ///      LENGTH(t0.name) < $1) AS short) AS t0 ORDER BY t0.name"
    /// );
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] for a query set that has no SQL.
    pub fn into_parts(self) -> Result<(String, Vec<Param>)> {
        self.parts(&Query::clone)
    }

    fn statement(&self, db: &(impl Executor + ?Sized)) -> Result<Statement> {
        let (sql, params) = self.parts(&|query| query.on(db).into_owned())?;
        statement_of(&sql, params)
    }

    fn parts(&self, on: &dyn Fn(&Query) -> Query) -> Result<(String, Vec<Param>)> {
        let (mut sql, mut params) = (String::new(), Vec::new());
        // Where the value of each argument stands among the parameters.
        let mut numbers = vec![0; self.args.len()];
        for piece in self.pieces {
            let place = match piece {
                RawPiece::Text(text) => {
                    placeholder::check(text, 0).map_err(|_| mixed())?;
                    sql.push_str(text);
                    continue;
                }
                RawPiece::Arg(place) => *place,
            };
            match (self.args.get(place), numbers.get_mut(place)) {
                (Some(RawArg::Value(value)), Some(number)) => {
                    if *number == 0 {
                        params.push(value.clone());
                        *number = params.len();
                    }
                    sql.push('$');
                    sql.push_str(&number.to_string());
                }
                (Some(RawArg::Query(query)), _) => {
                    let inner = query::select(&on(query))?;
                    sql.push_str(&placeholder::renumbered(&inner.sql, params.len()));
                    params.extend(inner.params.into_iter().map(|(value, ty)| Param(value, ty)));
                }
                _ => {}
            }
        }
        placeholder::check(&sql, params.len())?;
        Ok((sql, params))
    }
}

fn mixed() -> Error {
    Error::usage(
        "`raw!` takes values by `{name}`, and no `$1`, which would be another one: write \
         `raw!(\"… {min}\", min = 3)`",
    )
}

/// Rows of SQL of the user's own: what [`QuerySet::raw_as`] and [`RawStatement::rows`] return.
#[must_use = "nothing runs before `.all(&db)`, `.get(&db)`, `.stream(&db)`"]
pub struct RawRows<T> {
    source: Source,
    row: PhantomData<fn() -> T>,
}

enum Source {
    Text(String, Vec<Param>),
    Pieces(RawStatement),
}

impl<M: Model> QuerySet<M, M, Free> {
    /// The rows of SQL of your own, read as something else than the model: tuples of columns and models,
    /// structs with `#[derive(ColumnRow)]`.
    ///
    /// The columns of a model, and of a struct, are found by their names, among as many columns as it
    /// has: those of `(Book, Author)` are `SELECT b.*, a.* …`. Other columns are read by their places.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let sql = "SELECT t.*, count(*) FROM tag t JOIN book_tags b ON b.tag_id = t.id GROUP BY t.id";
    /// let counted: Vec<(Tag, i64)> = Tag::objects().raw_as::<(Tag, i64)>(sql, params![]).all(&db).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT t.*, count(*) FROM tag t JOIN book_tags b ON b.tag_id = t.id GROUP BY t.id"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// A column that is missing, one too many, one of another type, and NULL where there is no `Option`
    /// are errors that name it.
    pub fn raw_as<T: ColumnRow>(self, sql: impl Into<String>, params: Vec<Param>) -> RawRows<T> {
        RawRows { source: Source::Text(sql.into(), params), row: PhantomData }
    }
}

impl<T: ColumnRow> RawRows<T> {
    pub(super) fn of(sql: &str, params: Vec<Param>) -> Self {
        RawRows { source: Source::Text(sql.to_owned(), params), row: PhantomData }
    }

    /// All rows.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let rows = raw!("SELECT id, name FROM tag WHERE id > {min}", min = 7i64).rows::<Tag>();
    /// let tags: Vec<Tag> = rows.all(&db).await?;
    /// assert_sent!(db, "SELECT id, name FROM tag WHERE id > $1");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// What the server reports; [`Error::Decode`] where the columns are others; [`Error::Usage`] where
    /// placeholders and parameters do not agree.
    #[track_caller]
    pub fn all<'a>(self, db: &'a (impl Executor + ?Sized)) -> BoxFuture<'a, Result<Vec<T>>> {
        let statement = called(self.statement(db));
        Box::pin(async move {
            let statement = statement?;
            execute::rows(db.as_executor(), &statement, &decoder(&statement)).await
        })
    }

    /// The only row.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let (tags,) = raw!("SELECT count(*) FROM tag").rows::<(i64,)>().get(&db).await?;
    /// assert_eq!(tags, 1);
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`all`](Self::all); [`Error::DoesNotExist`] and [`Error::MultipleObjectsReturned`].
    #[track_caller]
    pub fn get<'a>(self, db: &'a (impl Executor + ?Sized)) -> BoxFuture<'a, Result<T>> {
        let row = self.get_opt(db);
        Box::pin(async move { row.await?.ok_or(Error::DoesNotExist { model: ROW }) })
    }

    /// The only row, or none.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let sql = "SELECT id, name FROM tag WHERE name = $1";
    /// let tag: Option<Tag> = Tag::objects().raw_as::<Tag>(sql, params!["sea"]).get_opt(&db).await?;
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`all`](Self::all); [`Error::MultipleObjectsReturned`].
    #[track_caller]
    pub fn get_opt<'a>(self, db: &'a (impl Executor + ?Sized)) -> BoxFuture<'a, Result<Option<T>>> {
        let rows = self.all(db);
        Box::pin(async move {
            let mut rows = rows.await?;
            match rows.len() {
                0 | 1 => Ok(rows.pop()),
                _ => Err(Error::MultipleObjectsReturned { model: ROW }),
            }
        })
    }

    /// The rows one after another, in bounded memory: on a pool as the server sends them, in a transaction
    /// by a cursor of the server.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let mut rows = raw!("SELECT id, name FROM tag").rows::<(i64, String)>().stream(&db);
    /// while let Some((id, name)) = rows.next().await.transpose()? {
    ///     assert_eq!((id, name.as_str()), (1, "x"));
    /// }
    /// # Ok(()) })
    /// ```
    #[track_caller]
    pub fn stream<'a>(self, db: &'a (impl Executor + ?Sized)) -> Rows<'a, T> {
        let statement = called(self.statement(db));
        let decoder = statement.as_ref().map(decoder).unwrap_or(crate::row::Decoder::Fn(T::read));
        Rows::of_statement(db.as_executor(), statement, decoder)
    }

    fn statement(&self, db: &(impl Executor + ?Sized)) -> Result<Statement> {
        let statement = match &self.source {
            Source::Text(sql, params) => statement_of(sql, params.clone())?,
            Source::Pieces(pieces) => pieces.statement(db)?,
        };
        let mut columns = RawColumns::default();
        T::columns(&mut columns);
        Ok(columns.of(statement))
    }
}

const ROW: &str = "row of the raw query";

fn statement_of(sql: &str, params: Vec<Param>) -> Result<Statement> {
    placeholder::check(sql, params.len())?;
    let params = params.into_iter().map(|Param(value, ty)| (value, ty)).collect();
    Ok(Statement { sql: sql.into(), params, cached: true, ..Statement::default() })
}

#[track_caller]
fn called(statement: Result<Statement>) -> Result<Statement> {
    // No closure: it would be the caller.
    match statement {
        Ok(statement) => Ok(statement.called_here()),
        Err(error) => Err(error),
    }
}
