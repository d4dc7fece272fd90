//! What query sets are not: iterators, futures and lists. Each has a sentence of its own.

mod executors;
mod names;

pub use executors::*;
pub use names::*;

use super::{Nested, NumberedPage, OnConflict, Page, Paged, Paginator, QuerySet, Rows};
use crate::select::DynRow;
use orm_sql::error::Result;
use std::marker::PhantomData;
use std::ops::{Add, Index, Sub};
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
    message = "a stream is neither iterated nor awaited as such: take its rows one by one, `while let Some(row) = rows.next().await`",
    label = "rows that are still to come"
)]
pub trait TakenOneByOne {}

#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "pages are loaded by a method that is given the database: `.page(20).get(&db)`, `.paginate(20).page(&db, 1)`",
    label = "not loaded yet"
)]
pub trait LoadedByMethods {}

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
    [M, O] Paged<M, O>, Result<Page<O>>, NotRun<M>: LoadedByMethods;
    [M, O] Paginator<M, O>, Result<NumberedPage<O>>, NotRun<M>: LoadedByMethods;
    [M, I] OnConflict<'_, M, I>, Result<Vec<M>>, NotRun<M>: SaysWhatHappens;
    [O] Rows<'_, O>, Result<Vec<O>>, NotRun<O>: TakenOneByOne;
}

/// A list has rows by their place; a query set has methods for it.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a query set has no `[…]`: `.nth(&db, 0)` is one of its rows, `.slice(0..5)` and `.limit(5)` are some",
    label = "not a list"
)]
pub trait RowsByMethods {
    /// Nothing: what is there is open, so that the calls around it give no errors.
    type Is;
    /// A row that is not there.
    fn never<'a>(self) -> &'a Self::Is;
}

#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "query sets are not added: those of one model are joined by `|`, `&` and `^`",
    label = "not a list"
)]
pub trait JoinedLikeConditions {}

#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "query sets are not subtracted: rows are left out by `.exclude(|b| …)`, or by `.exclude(|b| b.pk().in_(ids))`",
    label = "not a list"
)]
pub trait LeftOutByExclude {}

#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a row of `row!` has no `[…]`: its values are read by their names, `row.get::<String>(\"title\")?`",
    label = "not a map"
)]
pub trait ReadByGet {
    /// Nothing: what is there is open, so that the calls around it give no errors.
    type Is;
    /// A value that is not there.
    fn never<'a>(self) -> &'a Self::Is;
}

// With an unknown right side it is not decided which of them it is, so the operator is found, and
// the mistake is reported once the right side is known.
macro_rules! never_listed {
    ($($never:ident)*) => {$(
        enum $never {}
        #[diagnostic::do_not_recommend]
        impl RowsByMethods for ($never,) {
            type Is = ();
            fn never<'a>(self) -> &'a () {
                match self.0 {}
            }
        }
        #[diagnostic::do_not_recommend]
        impl JoinedLikeConditions for ($never,) {}
        #[diagnostic::do_not_recommend]
        impl LeftOutByExclude for ($never,) {}
        #[diagnostic::do_not_recommend]
        impl ReadByGet for ($never,) {
            type Is = ();
            fn never<'a>(self) -> &'a () {
                match self.0 {}
            }
        }
    )*};
}
never_listed!(Never NorThis);

#[doc(hidden)]
#[rustfmt::skip]
impl<M, O, S, I> Index<I> for QuerySet<M, O, S> where (I,): RowsByMethods {
    type Output = <(I,) as RowsByMethods>::Is;
    fn index(&self, place: I) -> &Self::Output {
        (place,).never()
    }
}

#[doc(hidden)]
#[rustfmt::skip]
impl<M, O, S, X> Add<X> for QuerySet<M, O, S> where (X,): JoinedLikeConditions {
    type Output = Self;
    fn add(self, _: X) -> Self {
        self
    }
}

#[doc(hidden)]
#[rustfmt::skip]
impl<M, O, S, X> Sub<X> for QuerySet<M, O, S> where (X,): LeftOutByExclude {
    type Output = Self;
    fn sub(self, _: X) -> Self {
        self
    }
}

#[doc(hidden)]
#[rustfmt::skip]
impl<I> Index<I> for DynRow where (I,): ReadByGet {
    type Output = <(I,) as ReadByGet>::Is;
    fn index(&self, name: I) -> &Self::Output {
        (name,).never()
    }
}
