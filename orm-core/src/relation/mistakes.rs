//! Methods that relations have not, with a sentence of their own.

use crate::model::Accessors;

mistakes! {
    /// What relations are not: sets of rows.
    #[diagnostic::on_unimplemented(
        message = "a relation is no query set: write `.objects()` before this method",
        label = "on a path to other rows",
        note = "`a.books().objects().filter(|b| b.pages().gt(100))`; conditions on a column of theirs: \
                `a.books().pages().gt(100)`; instances have query sets: `author.books().all(&db)`"
    )]
    ManyRows;

    /// What relations are not: single values.
    #[diagnostic::on_unimplemented(
        message = "a relation has no such lookup: compare it by `.eq(…)` or `.in_([…])`, or name a column behind it",
        label = "on a path to other rows",
        note = "the columns of a relation are its methods: `b.author().name().icontains(\"x\")`"
    )]
    OneValue;

    /// What relations are not: conditions.
    #[diagnostic::on_unimplemented(
        message = "a relation is tested for rows by `.isnull(true)` and `.isnull(false)`, or by `exists(a.books().objects())`",
        label = "on a path to other rows",
        note = "for rows of some kind: `exists(a.books().objects().filter(|b| b.in_print()))`"
    )]
    Tested;

    /// What relations are not: related sets of a row.
    #[diagnostic::on_unimplemented(
        message = "links are written on a row, and not in a query: `book.tags().add(&db, [&tag])`",
        label = "on a path to other rows"
    )]
    SetOfARow;

    /// What to-many relations are not: columns.
    #[diagnostic::on_unimplemented(
        message = "a to-many relation is no column: its links are written by `book.tags().set(&db, […])`, row by row",
        label = "many rows"
    )]
    LinksOfARow;

    /// What relations are not: numbers.
    #[diagnostic::on_unimplemented(
        message = "a relation has nothing to aggregate: name a column behind it, or `.count()` its rows",
        label = "on a path to other rows",
        note = "`a.books().pages().sum()`"
    )]
    Numbers;
}

macro_rules! not_of_relations {
    ($($mistake:ident: $($name:ident($($arg:ident),*))*;)*) => {
        /// What one may look for at a relation. Fields of these names win over it, and so do methods
        /// that users give to paths, as these take `&mut self` and are looked at last.
        #[doc(hidden)]
        #[allow(missing_docs, clippy::should_implement_trait, clippy::wrong_self_convention)]
        pub trait RelationMistakes: Accessors + Sized {$($(
            fn $name<$($arg),*>(&mut self $(, _: $arg)*) -> <(Self,) as $mistake>::Is
            where
                (Self,): $mistake,
            {
                <(Self,)>::never()
            }
        )*)*}
    };
}
not_of_relations! {
    ManyRows: filter(A) exclude(A) order_by(A) values(A) annotate(A) aggregate(A, B) distinct()
        prefetch_related(A) select_related(A) limit(A) offset(A) all() get() first() last()
        update(A, B) delete() map(A) iter() into_iter() for_each(A) len();
    Tested: exists() is_null() is_not_null() is_none() is_some() is_empty() any(A) every(A);
    LinksOfARow: set(A);
    SetOfARow: add(A) remove(A) clear() create(A);
    OneValue: exact(A) iexact(A) gt(A) gte(A) lt(A) lte(A) range(A) between(A, B) contains(A)
        icontains(A) startswith(A) istartswith(A) endswith(A) iendswith(A) regex(A) iregex(A)
        like(A) ilike(A) lower() upper() length() is_in(A) one_of(A) unwrap();
    Numbers: sum() avg() min() max() average();
}
impl<F: Accessors> RelationMistakes for F {}
