//! The distinct dates of a column: `dates` and `datetimes`.

use super::QuerySet;
use crate::column::{Column, NotNull};
use crate::expr::{Dated, Expr, Moment};
use crate::ir::{Distinct, Group, Node, OrderNode, Selected};
use crate::model::{Cardinality, Model, OnFields};
use crate::row::{Decoder, Reader};
use smallvec::smallvec;

impl<M: Model, O, S> QuerySet<M, O, S> {
    /// The distinct dates of a truncated column, in ascending order, NULLs left out.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let years: Vec<NaiveDate> =
    ///     Book::objects().dates(|b| b.published().trunc_year()).all(&db).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT DISTINCT CAST(DATE_TRUNC('year', CAST(t0.published AS timestamp)) AS date)
    ///      FROM book AS t0 WHERE CAST(DATE_TRUNC('year', CAST(t0.published AS timestamp)) AS
    ///      date) IS NOT NULL ORDER BY 1"
    /// );
    /// # Ok(()) })
    /// ```
    pub fn dates<T: Column, K: Cardinality>(
        self,
        date: impl OnFields<M, Expr<M, T, K>>,
    ) -> QuerySet<M, T::Inner, S>
    where
        T::Inner: Column<Null = NotNull> + Dated + Send,
    {
        let node = date(&self.root()).into_node();
        self.each_date::<T>(node)
    }

    /// The same of a column that is known.
    pub(super) fn each_date<T: Column>(mut self, node: Node) -> QuerySet<M, T::Inner, S>
    where
        T::Inner: Column<Null = NotNull> + Send,
    {
        self.push_filter(node.clone().is_null(false), false);
        self.query.keep_groups();
        self.query.keep_joins();
        self.prefetches.clear();
        self.query.select = smallvec![Selected::Expr(node.clone(), T::SQL_TYPE)];
        self.query.group = Group::Values(1);
        self.query.distinct = Distinct::Rows;
        let sql_type = Some(T::SQL_TYPE);
        self.query.order.by = Some(vec![OrderNode { node, desc: false, nulls: None, sql_type }]);
        self.query.order.reversed = false;
        let read: fn(&mut Reader<'_>) -> _ = |reader| reader.column::<T::Inner>();
        self.with_decoder(Decoder::Fn(read))
    }

    /// The distinct moments of a truncated column, in ascending order, NULLs left out.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let months =
    ///     Review::objects().datetimes(|r| r.created().in_zone("Europe/Berlin").trunc_month());
    /// assert_sql!(
    ///     months,
    ///     "SELECT DISTINCT DATE_TRUNC('month', t0.created, $1) FROM review AS t0 WHERE
    ///      (DATE_TRUNC('month', t0.created, $2)) IS NOT NULL ORDER BY 1"
    /// );
    /// ```
    pub fn datetimes<T: Column, K: Cardinality>(
        self,
        moment: impl OnFields<M, Expr<M, T, K>>,
    ) -> QuerySet<M, T::Inner, S>
    where
        T::Inner: Column<Null = NotNull> + Moment + Send,
    {
        let node = moment(&self.root()).into_node();
        self.each_date::<T>(node)
    }
}
