//! Paths to those rows of a relation that satisfy a condition: Django's `FilteredRelation`.

use crate::expr::Condition;
use crate::ir::{PathBuf, Scope};
use crate::model::{Cardinality, FarOne, FarOpt, Fields, Many, Model, One, Opt};

/// Paths that follow a relation: what `joined_on` takes a condition on.
#[diagnostic::on_unimplemented(
    message = "`joined_on` is of relations, and this is the row of the query itself",
    label = "not a relation",
    note = "rows of the query are chosen by `.filter(…)`: `a.books().joined_on(|b| b.in_print())` is about related ones"
)]
pub trait Followed: Cardinality {
    /// The path once its row may be missing.
    type Missing: Cardinality;
}

macro_rules! followed {
    ($($card:ident $missing:ident)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Followed for $card {
            type Missing = $missing;
        }
    )*};
}
followed! { One Opt Opt Opt FarOne FarOpt FarOpt FarOpt Many Many }

impl<M: Model, R: Model, K: Followed> Fields<M, R, K> {
    /// The path to those related rows that satisfy a condition, which stands in ON: rows without such a
    /// related one stay. Where the path leads to one row, that may be missing now.
    ///
    /// The condition is about columns of the related row, and may name those of the query's own row.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects()
    ///     .annotate(|b| b.reviews().joined_on(|r| r.stars().gte(4)).count());
    /// assert_sql!(
    ///     books,
    ///     "SELECT …, COUNT(t1.id) FROM book AS t0 LEFT JOIN review AS t1 ON t1.book_id = t0.id AND
    ///      (t1.stars >= $1) GROUP BY t0.id"
    /// );
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Usage`](orm_sql::Error::Usage) of the terminal where the condition follows a relation.
    pub fn joined_on<C: Condition<R>>(
        &self,
        condition: impl FnOnce(&Fields<M, R, One>) -> C,
    ) -> Fields<M, R, K::Missing> {
        let row = Fields::at(PathBuf::root(Scope::ANY, M::meta()));
        Fields::at(self.path().on(condition(&row).into_condition()))
    }
}
