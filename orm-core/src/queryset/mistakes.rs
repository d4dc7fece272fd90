//! What query sets are not: iterators and futures. Both have a sentence of their own.

use super::{Nested, OnConflict, QuerySet, Rows};
use orm_sql::error::Result;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A query set that has not run. It stands in messages only.
#[doc(hidden)]
pub struct NotRun<M>(PhantomData<M>);

#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a query set is not iterated: run it first, by `.all(&db).await?` or `.stream(&db)`",
    label = "not run yet",
    note = "`for row in query.all(&db).await? {{ … }}`"
)]
pub trait RunBeforeIterating {
    /// Nothing: what a call gives is open.
    type Is;
    /// Cannot be called.
    fn never() -> Self::Is;
}

#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a query set is not awaited: run it by a method that is given the database, as in `.all(&db).await`",
    label = "not run yet",
    note = "`.get(&db)`, `.first(&db)`, `.count(&db)` and the others are awaited"
)]
pub trait RunBeforeAwaiting {}

#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a stream is not iterated: take its rows one by one, `while let Some(row) = rows.next().await`",
    label = "rows that are still to come"
)]
pub trait TakenOneByOne {}

#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "say what happens to a row that is there already, by `.update(…)`, `.update_set(…)` or `.ignore()`, before `.await`",
    label = "not complete"
)]
pub trait SaysWhatHappens {}

macro_rules! no_iterators {
    ($([$($generics:tt)*] $set:ty, $item:ty, $marker:ty: $mistake:ident;)*) => {$(
        #[doc(hidden)]
        impl<$($generics)*> Iterator for $set
        where
            $marker: $mistake,
        {
            type Item = $item;
            fn next(&mut self) -> Option<$item> {
                None
            }
        }
    )*};
}
no_iterators! {
    [M, O, S] QuerySet<M, O, S>, O, NotRun<M>: RunBeforeIterating;
    [M, O, S] &QuerySet<M, O, S>, O, NotRun<M>: RunBeforeIterating;
    [M, O, P] Nested<M, O, P>, O, NotRun<M>: RunBeforeIterating;
    [M, O, P] &Nested<M, O, P>, O, NotRun<M>: RunBeforeIterating;
    [O] Rows<'_, O>, Result<O>, NotRun<O>: TakenOneByOne;
}

macro_rules! no_futures {
    ($([$($generics:tt)*] $set:ty, $output:ty, $marker:ty: $mistake:ident;)*) => {$(
        #[doc(hidden)]
        impl<$($generics)*> Future for $set
        where
            $marker: $mistake,
        {
            type Output = $output;
            fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<$output> {
                Poll::Pending
            }
        }
    )*};
}
no_futures! {
    [M, O, S] QuerySet<M, O, S>, Result<Vec<O>>, NotRun<M>: RunBeforeAwaiting;
    [M, O, P] Nested<M, O, P>, Result<Vec<O>>, NotRun<M>: RunBeforeAwaiting;
    [M] OnConflict<'_, M>, Result<Vec<M>>, NotRun<M>: SaysWhatHappens;
}

macro_rules! as_if_it_had_run {
    ($($name:ident($($arg:ident),*))*) => {
        /// What one may look for at a query set, as if it had run. They take `&mut self`, so that
        /// methods of the same name that users give to query sets come first.
        #[doc(hidden)]
        #[allow(missing_docs, clippy::wrong_self_convention, clippy::should_implement_trait)]
        pub trait QuerySetMistakes<M>: Sized {$(
            fn $name<$($arg),*>(&mut self $(, _: $arg)*) -> <NotRun<M> as RunBeforeIterating>::Is
            where
                NotRun<M>: RunBeforeIterating,
            {
                NotRun::<M>::never()
            }
        )*}
        impl<M, O, S> QuerySetMistakes<M> for QuerySet<M, O, S> {}
    };
}
as_if_it_had_run! {
    iter() into_iter() map(A) enumerate() for_each(A) collect() len() is_empty() unwrap() iter_mut()
    fold(A, B) any(A) find(A) skip(A) take(A) to_vec()
}
