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

/// What one may look for at a relation. Fields of these names win over it.
///
/// What a method returns is open, so that the calls around it give no errors of their own.
#[doc(hidden)]
#[rustfmt::skip]
#[allow(missing_docs)]
pub trait RelationMistakes: Accessors + Sized {
    fn filter<C, T>(&self, _: C) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn exclude<C, T>(&self, _: C) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn order_by<O, T>(&self, _: O) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn values<V, T>(&self, _: V) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn annotate<C, T>(&self, _: C) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn aggregate<D, A, T>(&self, _: D, _: A) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn prefetch_related<X, T>(&self, _: X) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn select_related<X, T>(&self, _: X) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn distinct<T>(&self) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn limit<N, T>(&self, _: N) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn all<D, T>(&self, _: D) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn get<D, T>(&self, _: D) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn first<D, T>(&self, _: D) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn last<D, T>(&self, _: D) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn exists<D, T>(&self, _: D) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn update<D, A, T>(&self, _: D, _: A) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn delete<D, T>(&self, _: D) -> T where (Self,): ManyRows {
        <(Self,)>::never()
    }
    fn exact<V, T>(&self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn iexact<V, T>(&self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn gt<V, T>(&self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn gte<V, T>(&self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn lt<V, T>(&self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn lte<V, T>(&self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn range<V, T>(&self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn contains<V, T>(&self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn icontains<V, T>(&self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn startswith<V, T>(&self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn istartswith<V, T>(&self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn endswith<V, T>(&self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn iendswith<V, T>(&self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn regex<V, T>(&self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn iregex<V, T>(&self, _: V) -> T where (Self,): OneValue {
        <(Self,)>::never()
    }
    fn sum<T>(&self) -> T where (Self,): Numbers {
        <(Self,)>::never()
    }
    fn avg<T>(&self) -> T where (Self,): Numbers {
        <(Self,)>::never()
    }
    fn min<T>(&self) -> T where (Self,): Numbers {
        <(Self,)>::never()
    }
    fn max<T>(&self) -> T where (Self,): Numbers {
        <(Self,)>::never()
    }
}
impl<F: Accessors> RelationMistakes for F {}
