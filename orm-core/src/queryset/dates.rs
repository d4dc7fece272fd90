//! The distinct dates of a column: `dates` and `datetimes`.

use super::QuerySet;
use crate::column::{Column, NotNull};
use crate::expr::Expr;
use crate::ir::{Distinct, Group, OrderNode, Selected};
use crate::model::{Cardinality, Fields, Model};
use crate::row::{Decoder, Reader};

impl<M: Model, O, S> QuerySet<M, O, S> {
    /// The distinct dates of a truncated column, in ascending order, NULLs left out.
    ///
    /// ```text
    /// Book::objects().dates(|b| b.published().trunc_year()).all(&db).await?    // Vec<NaiveDate>
    /// SELECT DISTINCT DATE_TRUNC('year', published)::date … WHERE … IS NOT NULL ORDER BY 1
    /// ```
    pub fn dates<T: Column, K: Cardinality>(
        mut self,
        date: impl FnOnce(&Fields<M>) -> Expr<M, T, K>,
    ) -> QuerySet<M, T::Inner, S>
    where
        T::Inner: Column<Null = NotNull> + Send,
    {
        let node = date(&self.root()).into_node();
        self.push_filter(node.clone().is_null(false), false);
        self.query.keep_groups();
        self.query.keep_aggregates();
        self.prefetches.clear();
        self.query.select = vec![Selected::Expr(node.clone(), T::SQL_TYPE)];
        self.query.group = Group::Values(1);
        self.query.distinct = Distinct::Rows;
        self.query.order.by = Some(vec![OrderNode { node, desc: false, nulls: None }]);
        self.query.order.reversed = false;
        let read: fn(&mut Reader<'_>) -> _ = |reader| reader.column::<T::Inner>();
        self.with_decoder(Decoder::Fn(read))
    }

    /// The distinct moments of a truncated column, in ascending order, NULLs left out.
    ///
    /// ```text
    /// Review::objects().datetimes(|r| r.created().in_zone("Europe/Berlin").trunc_month())
    /// ```
    pub fn datetimes<T: Column, K: Cardinality>(
        self,
        moment: impl FnOnce(&Fields<M>) -> Expr<M, T, K>,
    ) -> QuerySet<M, T::Inner, S>
    where
        T::Inner: Column<Null = NotNull> + Send,
    {
        self.dates(moment)
    }
}
