//! Aggregates of pairs of numbers, and those of documents, ranges and any value.

use super::aggregates::{ARRAY_AGG, FIRST, RANGES, aggregate, change_node};
use super::{Aggregate, AnyRange, AsExpr, Expr, Number};
use crate::column::{Column, Range};
use crate::ir::Node;
use crate::model::Cardinality;
use orm_sql::ast::Template;
use orm_sql::value::SqlType;
use serde_json::Value;

/// Aggregates of pairs, of which the expression is y: all are `f64`.
macro_rules! of_pairs {
    ($($(#[$doc:meta])* $name:ident $sql:literal;)*) => {
        impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
            $(
                $(#[$doc])*
                pub fn $name<X: AsExpr<R>>(&self, x: X) -> Aggregate<R, Option<f64>>
                where
                    T::Inner: Number,
                    X::Inner: Number,
                {
                    static SQL: Template = Template::new($sql);
                    Expr::from_node(aggregate(&SQL, vec![self.node().clone(), x.as_node()]))
                }
            )*
        }
    };
}
of_pairs! {
    /// How far this and another number go together, from -1 to 1: `CORR(y, x)`. As in all statistics
    /// of pairs, this is y, and pairs in which one is NULL are left out; NULL of no pair.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.price().corr(b.pages())).await?;
    /// assert_sent!(db, "SELECT CORR(t0.price, t0.pages) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    corr "CORR({})";
    /// The covariance of all that there is.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.price().covar_pop(b.pages())).await?;
    /// assert_sent!(db, "SELECT COVAR_POP(t0.price, t0.pages) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    covar_pop "COVAR_POP({})";
    /// The covariance of a sample.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.price().covar_samp(b.pages())).await?;
    /// assert_sent!(db, "SELECT COVAR_SAMP(t0.price, t0.pages) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    covar_samp "COVAR_SAMP({})";
    /// The mean of x.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.price().regr_avgx(b.pages())).await?;
    /// assert_sent!(db, "SELECT REGR_AVGX(t0.price, t0.pages) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    regr_avgx "REGR_AVGX({})";
    /// The mean of y.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.price().regr_avgy(b.pages())).await?;
    /// assert_sent!(db, "SELECT REGR_AVGY(t0.price, t0.pages) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    regr_avgy "REGR_AVGY({})";
    /// Where the line that fits best meets the y-axis.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.price().regr_intercept(b.pages())).await?;
    /// assert_sent!(db, "SELECT REGR_INTERCEPT(t0.price, t0.pages) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    regr_intercept "REGR_INTERCEPT({})";
    /// The square of the correlation.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.price().regr_r2(b.pages())).await?;
    /// assert_sent!(db, "SELECT REGR_R2(t0.price, t0.pages) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    regr_r2 "REGR_R2({})";
    /// How steep the line is that fits best.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.price().regr_slope(b.pages())).await?;
    /// assert_sent!(db, "SELECT REGR_SLOPE(t0.price, t0.pages) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    regr_slope "REGR_SLOPE({})";
    /// The sum of the squares of x, less its mean.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.price().regr_sxx(b.pages())).await?;
    /// assert_sent!(db, "SELECT REGR_SXX(t0.price, t0.pages) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    regr_sxx "REGR_SXX({})";
    /// The sum of the products of x and y, each less its mean.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.price().regr_sxy(b.pages())).await?;
    /// assert_sent!(db, "SELECT REGR_SXY(t0.price, t0.pages) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    regr_sxy "REGR_SXY({})";
    /// The sum of the squares of y, less its mean.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.price().regr_syy(b.pages())).await?;
    /// assert_sent!(db, "SELECT REGR_SYY(t0.price, t0.pages) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    regr_syy "REGR_SYY({})";
}

static REGR_COUNT: Template = Template::counting("REGR_COUNT({})");
static OBJECT_AGG: Template = Template::new("JSONB_OBJECT_AGG({})");
static RANGE_AGG: Template = Template::new("RANGE_AGG({})");
static RANGE_INTERSECT_AGG: Template = Template::new("RANGE_INTERSECT_AGG({})");

impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
    /// How many pairs have no NULL.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.discount().regr_count(b.pages())).await?;
    /// assert_sent!(db, "SELECT REGR_COUNT(t0.discount, t0.pages) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    pub fn regr_count<X: AsExpr<R>>(&self, x: X) -> Aggregate<R, i64>
    where
        T::Inner: Number,
        X::Inner: Number,
    {
        Expr::from_node(aggregate(&REGR_COUNT, vec![self.node().clone(), x.as_node()]))
    }

    /// Any of the values that are not NULL; NULL where there is none.
    ///
    /// PostgreSQL has `ANY_VALUE` from version 16 on; this is the same on all.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.name().any_value()).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT ((ARRAY_AGG(t0.name) FILTER (WHERE t0.name IS NOT NULL)))[1] FROM book AS t0"
    /// );
    /// # Ok(()) })
    /// ```
    pub fn any_value(&self) -> Aggregate<R, Option<T::Inner>> {
        let value = match T::SQL_TYPE {
            SqlType::Array(_) => Node::Failed(
                "`any_value` of arrays: the server would make one array of them; select one by a \
                 `subquery(…)` that ends by `.limit(1)`",
            ),
            _ => self.node().clone(),
        };
        let there = self.node().clone().is_null(false);
        let all = aggregate(&ARRAY_AGG, vec![value]);
        let all = change_node(all, |aggregate| aggregate.filter = Some(there));
        Expr::from_node(Node::template(&FIRST, vec![all]))
    }

    /// All values as one JSON object, each under this as its key; NULL of no row. Keys must not be NULL,
    /// and of equal keys the last one stays.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.name().json_object_agg(b.pages())).await?;
    /// assert_sent!(db, "SELECT JSONB_OBJECT_AGG(t0.name, t0.pages) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    pub fn json_object_agg<V: AsExpr<R>>(&self, value: V) -> Aggregate<R, Option<Value>> {
        Expr::from_node(aggregate(&OBJECT_AGG, vec![self.node().clone(), value.as_node()]))
    }

    /// What is in any of the ranges, as ranges that do not touch, in their order; none where there is no
    /// row.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let lines: Vec<Range<i32>> = Scan::objects().aggregate(&db, |s| s.lines().range_agg()).await?;
    /// assert_sent!(db, "SELECT ARRAY(SELECT UNNEST(RANGE_AGG(t0.lines))) FROM scan AS t0");
    /// # Ok(()) })
    /// ```
    pub fn range_agg(&self) -> Aggregate<R, Vec<Range<<T::Inner as AnyRange>::Item>>>
    where
        T::Inner: AnyRange,
    {
        let all = aggregate(&RANGE_AGG, vec![self.node().clone()]);
        Expr::from_node(Node::template(&RANGES, vec![all]))
    }

    /// What is in all of the ranges; NULL of no row.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Scan::objects().aggregate(&db, |s| s.lines().range_intersect_agg()).await?;
    /// assert_sent!(db, "SELECT RANGE_INTERSECT_AGG(t0.lines) FROM scan AS t0");
    /// # Ok(()) })
    /// ```
    pub fn range_intersect_agg(&self) -> Aggregate<R, Option<T::Inner>>
    where
        T::Inner: AnyRange,
    {
        Expr::from_node(aggregate(&RANGE_INTERSECT_AGG, vec![self.node().clone()]))
    }
}
