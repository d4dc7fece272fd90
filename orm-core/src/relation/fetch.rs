//! The row that a key refers to: `book.author.fetch(&db)`.

use crate::model::{ForeignKey, GenericForeignKey, Key, Model, OneToOne};
use orm_sql::exec::{BoxFuture, Executor};

macro_rules! fetched {
    ($($name:ident)*) => {$(
        impl<T: Model> $name<T> {
            /// The row that the key refers to, by its primary key.
            ///
            /// A key that refers to another field by `to_field` has no `fetch` where the types
            /// differ; where they are the same, filter the other model by that field instead.
            ///
            /// ```
            /// # use orm_doctest::*; run(async |db| {
            /// # let book = Book::objects().get(&db).await?;
            /// # db.take();
            /// let author: Author = book.author.fetch(&db).await?;
            /// assert_sent!(db, "SELECT … FROM author AS t0 WHERE t0.id = $1");
            /// # Ok(()) })
            /// ```
            ///
            /// # Errors
            ///
            /// [`orm_sql::Error::DoesNotExist`] where the row is gone.
            #[track_caller]
            pub fn fetch<'a>(&self, db: &'a (impl Executor + ?Sized)) -> BoxFuture<'a, orm_sql::Result<T>> {
                super::fetch(self.key().to_values(), None, db)
            }
        }

        impl<T: Model> FetchOpt for Option<$name<T>> {
            type Model = T;
            #[track_caller]
            fn fetch<'a>(
                &self,
                db: &'a (impl Executor + ?Sized),
            ) -> BoxFuture<'a, orm_sql::Result<Option<T>>> {
                let Some(key) = self else { return Box::pin(async { Ok(None) }) };
                let row = key.fetch(db);
                Box::pin(async move { row.await.map(Some) })
            }
        }
    )*};
}
fetched!(ForeignKey OneToOne);

/// Fetches the row of a key that may be missing: `book.editor.fetch(&db)`.
pub trait FetchOpt {
    /// The model that the key refers to.
    type Model: Model;

    /// The row that the key refers to; none, and no query, where there is no key.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let book = Book { editor: Some(ForeignKey::new(3)), ..Book::objects().get(&db).await? };
    /// # db.take();
    /// let editor: Option<Author> = book.editor.fetch(&db).await?;
    /// assert_sent!(db, "SELECT … FROM author AS t0 WHERE t0.id = $1");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// [`orm_sql::Error::DoesNotExist`] where the row is gone.
    #[track_caller]
    fn fetch<'a>(
        &self,
        db: &'a (impl Executor + ?Sized),
    ) -> BoxFuture<'a, orm_sql::Result<Option<Self::Model>>>;
}

/// Fetches the row of a generic key that may be missing: `comment.target.fetch(&db)`.
pub trait FetchGeneric {
    /// The enum of the rows that the key can lead to.
    type Row;

    /// The row that the key leads to; none, and no query, where there is no key.
    ///
    /// # Errors
    ///
    /// [`orm_sql::Error::DoesNotExist`] where the row is gone.
    #[track_caller]
    fn fetch<'a>(
        &self,
        db: &'a (impl Executor + ?Sized),
    ) -> BoxFuture<'a, orm_sql::Result<Option<Self::Row>>>;
}

impl<G: GenericForeignKey> FetchGeneric for Option<G> {
    type Row = G::Row;
    #[track_caller]
    fn fetch<'a>(
        &self,
        db: &'a (impl Executor + ?Sized),
    ) -> BoxFuture<'a, orm_sql::Result<Option<G::Row>>> {
        let Some(key) = self else { return Box::pin(async { Ok(None) }) };
        let row = key.fetch_row(db.as_executor());
        Box::pin(async move { row.await.map(Some) })
    }
}
