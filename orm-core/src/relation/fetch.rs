//! The row that a key refers to: `book.author.fetch(&db)`.

use crate::exec::{BoxFuture, Executor};
use crate::model::{ForeignKey, Key, Model, OneToOne};

macro_rules! fetched {
    ($($name:ident)*) => {$(
        impl<T: Model> $name<T> {
            /// The row that the key refers to, by its primary key.
            ///
            /// A key that refers to another field by `to_field` has no `fetch` where the types
            /// differ; where they are the same, filter the other model by that field instead.
            ///
            /// # Errors
            ///
            /// [`crate::Error::DoesNotExist`] where the row is gone.
            #[track_caller]
            pub fn fetch<'a>(&self, db: &'a impl Executor) -> BoxFuture<'a, crate::Result<T>> {
                super::fetch(self.key().to_values(), None, db)
            }
        }

        impl<T: Model> FetchOpt for Option<$name<T>> {
            type Model = T;
            #[track_caller]
            fn fetch<'a>(
                &self,
                db: &'a impl Executor,
            ) -> BoxFuture<'a, crate::Result<Option<T>>> {
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
    /// # Errors
    ///
    /// [`crate::Error::DoesNotExist`] where the row is gone.
    #[track_caller]
    fn fetch<'a>(&self, db: &'a impl Executor)
    -> BoxFuture<'a, crate::Result<Option<Self::Model>>>;
}
