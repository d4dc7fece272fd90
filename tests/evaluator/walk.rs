//! Columns by the names of relations and fields, through the typed accessors.

use super::library::{Author, Authorship, Award, Book, Publisher, Review, Tag};
use orm::prelude::*;
use orm_core::model::Cardinality;

/// An expression of one of the types that queries are made of. Each may be NULL here, so that
/// columns over any path have one type.
pub enum E<R> {
    I16(Expr<R, Option<i16>>),
    I32(Expr<R, Option<i32>>),
    I64(Expr<R, Option<i64>>),
    Text(Expr<R, Option<String>>),
    Bool(Expr<R, Option<bool>>),
}

/// The same expression without the kind of its path.
pub fn plain<R, T, K, U>(expr: Expr<R, T, K>) -> Expr<R, U> {
    Expr::from_node(expr.into_node())
}

/// A model that queries start at.
pub trait Root: Model + Sync {
    /// The column at the end of a path.
    fn column(at: &Fields<Self>, path: &[&str], column: &str) -> E<Self>;
    /// The key of a row.
    fn key(&self) -> i64;
}

macro_rules! walk {
    ($($walk:ident: $model:ident {
        $($column:ident $ty:ident),+; $($relation:ident $next:ident),*
    })+) => {$(
        fn $walk<R: Model, K: Cardinality>(
            at: &Fields<$model, R, K>,
            path: &[&str],
            column: &str,
        ) -> E<R> {
            if let [first, _rest @ ..] = path {
                return match *first {
                    $(stringify!($relation) => $next(&at.$relation(), _rest, column),)*
                    other => panic!("no relation `{other}` in `{}`", stringify!($model)),
                };
            }
            match column {
                $(stringify!($column) => E::$ty(plain(at.$column())),)+
                other => panic!("no column `{other}` in `{}`", stringify!($model)),
            }
        }
        impl Root for $model {
            fn column(at: &Fields<Self>, path: &[&str], column: &str) -> E<Self> {
                $walk(at, path, column)
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
}

walk! {
    publisher: Publisher {
        id I64, name Text, founded I32; parent publisher, imprints publisher, books book
    }
    author: Author {
        id I64, name Text, email Text, alive Bool;
        mentor author, proteges author, friends author, books book, edited_books book,
        authorships authorship
    }
    tag: Tag { id I64, name Text; books book }
    book: Book {
        id I64, title Text, subtitle Text, pages I32, in_print Bool, lang Text, size I32,
        score I32, year I32;
        publisher publisher, editor author, authors author, tags tag, prequel book, sequel book,
        authorships authorship, reviews review, awards award
    }
    review: Review {
        id I64, reviewer Text, stars I16, text Text; book book, reply_to review, replies review
    }
    award: Award { id I64, name Text, year I32; book book }
    authorship: Authorship { id I64, role Text, position I16; book book, author author }
}
