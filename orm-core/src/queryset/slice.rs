//! Slices: `LIMIT` and `OFFSET`.

use super::QuerySet;
use crate::model::Model;
use std::ops::{Bound, RangeBounds};

impl<M: Model, O, S> QuerySet<M, O, S> {
    /// At most so many rows.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// assert_sql!(Tag::objects().limit(5), "SELECT t0.id, t0.name FROM tag AS t0 LIMIT 5");
    /// ```
    pub fn limit(mut self, rows: u64) -> Self {
        let limit = self.query.limit.map_or(rows, |limit| limit.min(rows));
        self.query.limit = Some(limit);
        self
    }

    /// Without the first rows. As in SQL it is all one whether it is said before [`limit`](Self::limit)
    /// or after it; parts of parts are [`slice`](Self::slice).
    ///
    /// ```
    /// # use orm_doctest::*;
    /// assert_sql!(Tag::objects().offset(5), "SELECT t0.id, t0.name FROM tag AS t0 OFFSET $1");
    /// let third_page = Tag::objects().order_by(|t| t.name()).limit(20).offset(40);
    /// assert_eq!(third_page.sql()?, Tag::objects().order_by(|t| t.name()).slice(40..60).sql()?);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn offset(mut self, rows: u64) -> Self {
        self.query.offset = self.query.offset.saturating_add(rows);
        self
    }

    /// A part of the rows by place, from 0; slices of slices count from the first row of the
    /// earlier one.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().order_by(|b| b.name()).slice(5..10);
    /// assert_sql!(books, "SELECT … FROM book AS t0 ORDER BY t0.name LIMIT 5 OFFSET $1");
    /// ```
    pub fn slice(mut self, rows: impl Places) -> Self {
        let start = match rows.start_bound() {
            Bound::Included(start) => *start,
            Bound::Excluded(start) => start.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let end = match rows.end_bound() {
            Bound::Included(end) => Some(end.saturating_add(1)),
            Bound::Excluded(end) => Some(*end),
            Bound::Unbounded => None,
        };
        let left = self.query.limit.map(|limit| limit.saturating_sub(start));
        let wanted = end.map(|end| end.saturating_sub(start));
        self.query.limit = match (left, wanted) {
            (Some(left), Some(wanted)) => Some(left.min(wanted)),
            (left, wanted) => left.or(wanted),
        };
        self.offset(start)
    }
}

/// A range of places among the rows: another name of `RangeBounds<u64>`, so that what is none is told
/// apart.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a range of places: `.slice(20..40)`, `.slice(..5)`",
    label = "expected a range of `u64`",
    note = "`.limit(20).offset(40)` takes two numbers, `.nth(&db, 3)` is one row"
)]
pub trait Places: RangeBounds<u64> {}
#[diagnostic::do_not_recommend]
impl<P: RangeBounds<u64>> Places for P {}
