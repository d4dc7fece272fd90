//! Columns by the names of relations and fields, through the typed accessors.

use super::build::related;
use super::expressions::{condition, expression};
use super::library::{Author, Authorship, Award, Book, Publisher, Review, Tag};
use super::rows::{BelowCells, Cells};
use super::spec::{Call, Cond, Ex, How, Val};
use super::steps::Given;
use orm::prelude::*;
use orm_core::ir::Node;
use orm_core::model::{Accessors, Cardinality, Many, One};
use orm_core::queryset::{Element, Nested};

/// An expression of one of the types that queries are made of. Each may be NULL here, so that
/// columns over any path have one type.
pub enum E<R> {
    I16(Expr<R, Option<i16>>),
    I32(Expr<R, Option<i32>>),
    I64(Expr<R, Option<i64>>),
    Text(Expr<R, Option<String>>),
    Bool(Expr<R, Option<bool>>),
    Decimal(Expr<R, Option<Decimal>>),
    Date(Expr<R, Option<NaiveDate>>),
}

impl<R> Clone for E<R> {
    fn clone(&self) -> Self {
        match self {
            E::I16(expr) => E::I16(expr.clone()),
            E::I32(expr) => E::I32(expr.clone()),
            E::I64(expr) => E::I64(expr.clone()),
            E::Text(expr) => E::Text(expr.clone()),
            E::Bool(expr) => E::Bool(expr.clone()),
            E::Decimal(expr) => E::Decimal(expr.clone()),
            E::Date(expr) => E::Date(expr.clone()),
        }
    }
}

/// What expressions over the rows of a query can read.
pub trait At<R> {
    /// The column at the end of a path.
    fn column(&self, path: &[&str], column: &str) -> E<R>;
    /// What the query below selects.
    fn cell(&self, place: usize) -> E<R>;
}

impl<M: Root> At<M> for Fields<M> {
    fn column(&self, path: &[&str], column: &str) -> E<M> {
        M::column(self, path, column)
    }
    fn cell(&self, _: usize) -> E<M> {
        panic!("there is no query below")
    }
}

/// The rows of a nested query: the model's, where they are whole, and what is selected besides.
pub struct Below<M: Model> {
    pub row: Option<Fields<M, M, One>>,
    pub cells: Vec<E<M>>,
}

impl<M: Root> At<M> for Below<M> {
    fn column(&self, path: &[&str], column: &str) -> E<M> {
        M::column_below(self.row.as_ref().expect("whole rows"), path, column)
    }
    fn cell(&self, place: usize) -> E<M> {
        self.cells[place].clone()
    }
}

/// The same expression without the kind of its path.
pub fn plain<R, T, K, U>(expr: Expr<R, T, K>) -> Expr<R, U> {
    Expr::from_node(expr.into_node())
}

/// A model that queries start at.
pub trait Root: Model + Sync + Element {
    /// The column at the end of a path.
    fn column(at: &Fields<Self>, path: &[&str], column: &str) -> E<Self>;
    /// The same for the row of a nested query.
    fn column_below(at: &Fields<Self, Self, One>, path: &[&str], column: &str) -> E<Self>;
    /// Its rows, and cells that belong to them.
    fn joined(set: QuerySet<Self>, rows: Given, on: &Cond) -> Joined<Self, Cells>;
    /// The same, with the rows that no cells belong to.
    fn left_joined(set: QuerySet<Self>, rows: Given, on: &Cond) -> Joined<Self, Option<Cells>>;
    /// The paths of a nested query's row.
    fn paths_below(paths: &<Self as Element>::Paths<Self>) -> Fields<Self, Self, One>;
    /// Rows with those at the end of a relation: the keys of both.
    fn prefetched(
        set: QuerySet<Self>,
        db: &Database,
        relation: &str,
        calls: &[Call],
    ) -> impl Future<Output = orm::Result<Vec<Vec<Val>>>> + Send;
    /// Rows with the one at the end of a relation: the keys of both.
    fn with_one(
        set: QuerySet<Self>,
        db: &Database,
        how: How,
        relation: &str,
    ) -> impl Future<Output = orm::Result<Vec<Vec<Val>>>> + Send;
    /// Changes a text of the rows: how many, and the rows with the change.
    fn updated(
        set: QuerySet<Self>,
        db: &Database,
        more: Option<&Ex>,
    ) -> impl Future<Output = orm::Result<Vec<Vec<Val>>>> + Send;
    /// Deletes the rows: how many, and the keys of those that are left.
    fn deleted(
        set: QuerySet<Self>,
        db: &Database,
    ) -> impl Future<Output = orm::Result<Vec<Vec<Val>>>> + Send;
    /// The key of a row.
    fn key(&self) -> i64;
}

/// Rows of a model, and cells beside them.
pub type Joined<M, C> = Nested<M, (M, C), (<M as Element>::Paths<M>, BelowCells<M>)>;

/// The condition of a join.
fn beside<M: Root>(row: &Fields<M, M, One>, other: &BelowCells<M>, on: &Cond) -> Q<M> {
    let below = Below { row: Some(row.clone()), cells: other.0.clone() };
    condition(on, &below, None)
}

/// A row and its related rows, as cells.
fn keys<M: Root, T: Root>((row, related): &(M, Vec<T>)) -> Vec<Val> {
    let related: Vec<i64> = related.iter().map(Root::key).collect();
    vec![Val::Int(row.key()), Val::Text(format!("{related:?}"))]
}

/// A row as a cell.
trait AsCell {
    fn cell(&self) -> Val;
}

impl<M: Root> AsCell for M {
    fn cell(&self) -> Val {
        Val::Int(self.key())
    }
}

impl<M: Root> AsCell for Option<M> {
    fn cell(&self) -> Val {
        self.as_ref().map_or(Val::Null, |row| Val::Int(row.key()))
    }
}

/// How many rows, and the changed ones: their keys and texts.
fn changes(count: u64, rows: Vec<(i64, String)>) -> Vec<Vec<Val>> {
    let rows = rows.into_iter().map(|(key, text)| vec![Val::Int(key), Val::Text(text)]);
    std::iter::once(vec![Val::Int(count as i64)]).chain(rows).collect()
}

fn text<R>(ex: E<R>) -> Expr<R, Option<String>> {
    match ex {
        E::Text(text) => text,
        _ => panic!("texts are changed"),
    }
}

/// How many rows, and some keys.
fn counted(count: u64, keys: Vec<i64>) -> Vec<Vec<Val>> {
    vec![vec![Val::Int(count as i64)], keys.into_iter().map(Val::Int).collect()]
}

macro_rules! walk {
    ($($walk:ident: $model:ident $text:ident {
        $($column:ident $ty:ident),+; $($relation:ident $next:ident),*; $($one:ident),*;
        $($chosen:ident $chosen_next:ident),*
    })+) => {$(
        fn $walk<R: Model, K: Cardinality>(
            at: &Fields<$model, R, K>,
            path: &[&str],
            column: &str,
        ) -> E<R> {
            if let [first, _rest @ ..] = path {
                return match *first {
                    $(stringify!($relation) => $next(&at.$relation(), _rest, column),)*
                    $(stringify!($chosen) => $chosen_next(&$chosen(at), _rest, column),)*
                    other => panic!("no relation `{other}` in `{}`", stringify!($model)),
                };
            }
            match column {
                $(stringify!($column) => E::$ty(plain(at.$column())),)+
                // The row itself, as its key.
                "pk" => {
                    E::I64(Expr::from_node(Node::relation(Accessors::path(&**at).clone())))
                }
                other => panic!("no column `{other}` in `{}`", stringify!($model)),
            }
        }
        impl Root for $model {
            fn column(at: &Fields<Self>, path: &[&str], column: &str) -> E<Self> {
                $walk(at, path, column)
            }
            fn column_below(
                at: &Fields<Self, Self, One>,
                path: &[&str],
                column: &str,
            ) -> E<Self> {
                $walk(at, path, column)
            }
            fn paths_below(paths: &Fields<Self, Self, One>) -> Fields<Self, Self, One> {
                paths.clone()
            }
            fn joined(
                set: QuerySet<Self>,
                rows: Given,
                on: &Cond,
            ) -> Joined<Self, Cells> {
                set.join(rows, |row: &Fields<Self, Self, One>, other: &BelowCells<Self>| {
                    beside(row, other, on)
                })
            }
            fn left_joined(
                set: QuerySet<Self>,
                rows: Given,
                on: &Cond,
            ) -> Joined<Self, Option<Cells>> {
                set.left_join(rows, |row: &Fields<Self, Self, One>, other: &BelowCells<Self>| {
                    beside(row, other, on)
                })
            }
            async fn prefetched(
                set: QuerySet<Self>,
                db: &Database,
                relation: &str,
                calls: &[Call],
            ) -> orm::Result<Vec<Vec<Val>>> {
                match relation {
                    $(stringify!($relation) => {
                        let set = set.prefetch_related(|at| related(at.$relation().objects(), calls));
                        Ok(set.all(db).await?.iter().map(keys).collect())
                    })*
                    other => panic!("no relation `{other}` in `{}`", stringify!($model)),
                }
            }
            async fn with_one(
                set: QuerySet<Self>,
                db: &Database,
                how: How,
                relation: &str,
            ) -> orm::Result<Vec<Vec<Val>>> {
                let _ = (&set, db, how);
                match relation {
                    $(stringify!($one) => Ok(match how {
                        How::Beside => {
                            let rows = set.select_related(|at| at.$one()).all(db).await?;
                            rows.iter().map(|(row, one)| vec![row.cell(), one.cell()]).collect()
                        }
                        How::Alone => {
                            let rows = set.values(|at| at.$one()).all(db).await?;
                            rows.iter().map(|one| vec![one.cell()]).collect()
                        }
                        How::Grouped => {
                            let groups = set.values(|at| at.$one()).annotate(|at| at.id().count());
                            let groups = groups.all(db).await?;
                            groups.iter().map(|(one, n)| vec![one.cell(), Val::Int(*n)]).collect()
                        }
                    }),)*
                    other => panic!("no relation `{other}` to one in `{}`", stringify!($model)),
                }
            }
            async fn updated(
                set: QuerySet<Self>,
                db: &Database,
                more: Option<&Ex>,
            ) -> orm::Result<Vec<Vec<Val>>> {
                let tx = db.begin().await?;
                let count = match more {
                    None => set.update(&tx, |at| at.$text().set(concat((at.$text(), "!")))).await?,
                    Some(more) => {
                        let set = set.update(&tx, |at| {
                            let more = text(expression(more, at, None));
                            at.$text().set(concat((at.$text(), more, "!")))
                        });
                        set.await?
                    }
                };
                let changed = Self::objects().filter(|at| at.$text().endswith("!"));
                let changed = changed.order_by(|at| at.id()).values(|at| (at.id(), at.$text()));
                let rows = changed.all(&tx).await?;
                tx.rollback().await?;
                Ok(changes(count, rows))
            }
            async fn deleted(
                set: QuerySet<Self>,
                db: &Database,
            ) -> orm::Result<Vec<Vec<Val>>> {
                let tx = db.begin().await?;
                let count = set.delete(&tx).await?.by_model.first().map_or(0, |(_, count)| *count);
                let left = Self::objects().order_by(|at| at.id()).values(|at| at.id());
                let keys = left.all(&tx).await?;
                tx.rollback().await?;
                Ok(counted(count, keys))
            }
            fn key(&self) -> i64 {
                self.id
            }
        }
    )+};
}

/// What stands inside of a book's document, its array and its date.
trait Inside<R> {
    fn lang(&self) -> Expr<R, Option<String>>;
    fn size(&self) -> Expr<R, Option<i32>>;
    fn score(&self) -> Expr<R, Option<i32>>;
    fn year(&self) -> Expr<R, Option<i32>>;
    fn month(&self) -> Expr<R, Option<i32>>;
}

impl<R: Model, K: Cardinality> Inside<R> for Fields<Book, R, K> {
    fn lang(&self) -> Expr<R, Option<String>> {
        plain(self.meta().key("lang").text())
    }
    fn size(&self) -> Expr<R, Option<i32>> {
        plain(self.meta().key("size").cast::<i32>())
    }
    fn score(&self) -> Expr<R, Option<i32>> {
        plain(self.scores().index(0))
    }
    fn year(&self) -> Expr<R, Option<i32>> {
        plain(self.published().year())
    }
    fn month(&self) -> Expr<R, Option<i32>> {
        plain(self.published().month())
    }
}

/// A relation to those rows that a condition chooses. Each is one of many here, so that one
/// type will do.
macro_rules! chosen {
    ($($name:ident: $model:ident $relation:ident $target:ident $column:ident $number:literal)+) => {$(
        fn $name<R: Model, K: Cardinality>(at: &Fields<$model, R, K>) -> Fields<$target, R, Many> {
            let all = Fields::<$target, R, Many>::at(Accessors::path(&*at.$relation()).clone());
            all.joined_on(|row| row.$column().gte($number))
        }
    )+};
}

chosen! {
    long_books: Publisher books Book pages 7003
    good_reviews: Book reviews Review stars 7003
    new_publisher: Book publisher Publisher founded 7002
    long_written: Author books Book pages 7003
}

walk! {
    publisher: Publisher name {
        id I64, name Text, founded I32; parent publisher, imprints publisher, books book; parent; long_books book
    }
    author: Author name {
        id I64, name Text, email Text, alive Bool, born Date;
        mentor author, proteges author, friends author, books book, edited_books book,
        authorships authorship; mentor; long_written book
    }
    tag: Tag name { id I64, name Text; books book;; }
    book: Book title {
        id I64, title Text, subtitle Text, pages I32, in_print Bool, lang Text, size I32,
        score I32, year I32, month I32, price Decimal, discount Decimal, published Date;
        publisher publisher, editor author, authors author, tags tag, prequel book, sequel book,
        authorships authorship, reviews review, awards award;
        publisher, editor, prequel, sequel; good_reviews review, new_publisher publisher
    }
    review: Review text {
        id I64, reviewer Text, stars I16, text Text; book book, reply_to review, replies review;
        book, reply_to;
    }
    award: Award name { id I64, name Text, year I32; book book; book; }
    authorship: Authorship role { id I64, role Text, position I16; book book, author author; book, author; }
}
