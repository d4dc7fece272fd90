//! Methods that relations have not, with a sentence of their own.

use crate::model::Accessors;

/// What relations are not: sets of rows.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a relation is no query set: write `.objects()` before this method",
    label = "on a path to other rows",
    note = "`a.books().objects().filter(|b| b.pages().gt(100))`; conditions on a column of theirs: \
            `a.books().pages().gt(100)`; instances have query sets: `author.books().all(&db)`"
)]
pub trait ManyRows {
    /// Cannot be called.
    fn never<T>() -> T;
}

/// What relations are not: single values.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a relation has no such lookup: compare it by `.eq(…)` or `.in_([…])`, or name a column behind it",
    label = "on a path to other rows",
    note = "the columns of a relation are its methods: `b.author().name().icontains(\"x\")`"
)]
pub trait OneValue {
    /// Cannot be called.
    fn never<T>() -> T;
}

/// What relations are not: numbers.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a relation has nothing to aggregate: name a column behind it, or `.count()` its rows",
    label = "on a path to other rows",
    note = "`a.books().pages().sum()`"
)]
pub trait Numbers {
    /// Cannot be called.
    fn never<T>() -> T;
}

/// What one may look for at a relation. Fields of these names win over it, and so do methods that
/// users give to paths, as these take `&mut self` and are looked at last.
///
/// What a method returns is open, so that the calls around it give no errors of their own.
#[doc(hidden)]
#[rustfmt::skip]
#[allow(missing_docs)]
pub trait RelationMistakes: Accessors + Sized {
    fn filter<C, T>(&mut self, _: C) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn exclude<C, T>(&mut self, _: C) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn order_by<O, T>(&mut self, _: O) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn values<V, T>(&mut self, _: V) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn annotate<C, T>(&mut self, _: C) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn aggregate<D, A, T>(&mut self, _: D, _: A) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn prefetch_related<X, T>(&mut self, _: X) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn select_related<X, T>(&mut self, _: X) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn distinct<T>(&mut self) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn limit<N, T>(&mut self, _: N) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn all<D, T>(&mut self, _: D) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn get<D, T>(&mut self, _: D) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn first<D, T>(&mut self, _: D) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn last<D, T>(&mut self, _: D) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn exists<D, T>(&mut self, _: D) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn update<D, A, T>(&mut self, _: D, _: A) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn delete<D, T>(&mut self, _: D) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn exact<V, T>(&mut self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn iexact<V, T>(&mut self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn gt<V, T>(&mut self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn gte<V, T>(&mut self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn lt<V, T>(&mut self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn lte<V, T>(&mut self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn range<V, T>(&mut self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn contains<V, T>(&mut self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn icontains<V, T>(&mut self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn startswith<V, T>(&mut self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn istartswith<V, T>(&mut self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn endswith<V, T>(&mut self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn iendswith<V, T>(&mut self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn regex<V, T>(&mut self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn iregex<V, T>(&mut self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn sum<T>(&mut self) -> T where (Self,): Numbers {
        <(Self,)>::never()
    }
    fn avg<T>(&mut self) -> T where (Self,): Numbers {
        <(Self,)>::never()
    }
    fn min<T>(&mut self) -> T where (Self,): Numbers {
        <(Self,)>::never()
    }
    fn max<T>(&mut self) -> T where (Self,): Numbers {
        <(Self,)>::never()
    }
}
impl<F: Accessors> RelationMistakes for F {}
