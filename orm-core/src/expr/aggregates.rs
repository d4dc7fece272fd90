//! Aggregates, and what only they have: a filter, DISTINCT, an ordering, a default.

use super::{
    Aggregate, Boolean, Condition, Expr, Integer, IntoExpr, Number, Orderings, SelectedAs, Text,
};
use crate::column::{Column, NotNull, Nullness};
use crate::ir::{AggregateNode, Node, OrderNode};
use crate::model::{Agg, Cardinality};
use chrono::TimeDelta;
use orm_sql::ast::{NullsOrder, Template};
use orm_sql::value::{Interval, SqlType};
use rust_decimal::Decimal;

/// What has a sum and a mean.
#[diagnostic::on_unimplemented(
    message = "a sum or an average needs numbers or durations, but the expression holds `{Self}`",
    label = "neither a number nor a duration",
    note = "convert it by `.cast::<i64>()`; rows are counted by `.count()`"
)]
pub trait Summable: Column<Inner = Self, Null = NotNull> {
    /// The type of the sum: `i64` for all whole numbers, in which an overflow is an error.
    type Sum: Column<Inner = Self::Sum, Null = NotNull>;
    /// The type of the mean: `f64` for whole numbers.
    type Mean: Column<Inner = Self::Mean, Null = NotNull>;
}

macro_rules! summable {
    ($($t:ty => $sum:ty, $mean:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Summable for $t {
            type Sum = $sum;
            type Mean = $mean;
        }
    )*};
}
summable! {
    i16 => i64, f64; i32 => i64, f64; i64 => i64, f64;
    f32 => f32, f64; f64 => f64, f64;
    Decimal => Decimal, Decimal;
    TimeDelta => TimeDelta, TimeDelta;
    Interval => Interval, Interval;
}

/// An aggregate as [`AggregateNode`] starts out.
pub(super) fn aggregate(function: &'static Template, args: Vec<Node>) -> Node {
    Node::Aggregate(Box::new(AggregateNode {
        function,
        args,
        distinct: false,
        filter: None,
        order: Vec::new(),
        default: None,
        joined: false,
    }))
}

/// An aggregate of whole numbers that PostgreSQL gives as `numeric`, in the type that we give.
fn narrowed<T: Column, S: Column>(node: Node) -> Node {
    let numeric = match T::SQL_TYPE {
        SqlType::Int8 => true,
        SqlType::Int2 | SqlType::Int4 => S::SQL_TYPE == SqlType::Float8,
        _ => false,
    };
    if numeric { Node::Cast(Box::new(node), S::SQL_TYPE) } else { node }
}

static COUNT: Template = Template::counting("COUNT({})");
static COUNT_ALL: Template = Template::counting("COUNT(*)");
static STRING_AGG: Template = Template::new("STRING_AGG({})");
static JSON_AGG: Template = Template::new("JSONB_AGG({})");
static MAX: Template = Template::new("MAX({})");
static MIN: Template = Template::new("MIN({})");
static ANY: Template = Template::new("BOOL_OR({})");
static ALL: Template = Template::new("BOOL_AND({})");
/// A multirange as the array of its ranges, which is empty where there is none.
pub(super) static RANGES: Template = Template::never_null("ARRAY(SELECT UNNEST({}))");
pub(super) static ARRAY_AGG: Template = Template::new("ARRAY_AGG({})");
pub(super) static FIRST: Template = Template::partial("({})[1]");
static OR_ELSE: Template = Template::first_of("COALESCE({}, {})");

/// The greatest or the least value. The server has no `MAX` of some types that it orders, and of those
/// that are known by their names only nobody knows it, but of enums.
fn extreme(node: &Node, sql_type: SqlType, is_enum: bool, greatest: bool) -> Node {
    let of = |function| aggregate(function, vec![node.clone()]);
    match sql_type {
        SqlType::Bool => of(if greatest { &ANY } else { &ALL }),
        SqlType::Uuid
        | SqlType::Bytea
        | SqlType::Jsonb
        | SqlType::HStore
        | SqlType::Int4Range
        | SqlType::Int8Range
        | SqlType::NumRange
        | SqlType::DateRange
        | SqlType::TsRange
        | SqlType::TsTzRange
        | SqlType::Named(_)
            if !is_enum =>
        {
            let nulls = greatest.then_some(NullsOrder::Last);
            let by = OrderNode { node: node.clone(), desc: greatest, nulls, sql_type: None };
            let all = change_node(of(&ARRAY_AGG), |aggregate| aggregate.order.push(by));
            Node::template(&FIRST, vec![all])
        }
        _ => {
            let node = super::arrays::as_texts(node.clone(), sql_type);
            aggregate(if greatest { &MAX } else { &MIN }, vec![node])
        }
    }
}

/// The number of rows.
///
/// ```
/// # use orm_doctest::*; run(async |db| {
/// Book::objects().aggregate(&db, |_| count_all()).await?;
/// assert_sent!(db, "SELECT COUNT(*) FROM book AS t0");
/// # Ok(()) })
/// ```
pub fn count_all<R>() -> Aggregate<R, i64> {
    Expr::from_node(aggregate(&COUNT_ALL, Vec::new()))
}

impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
    /// The number of rows in which this is not NULL.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.discount().count()).await?;
    /// assert_sent!(db, "SELECT COUNT(t0.discount) FROM book AS t0");
    /// Book::objects().aggregate(&db, |b| b.discount().count().distinct()).await?;
    /// assert_sent!(db, "SELECT COUNT(DISTINCT t0.discount) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    pub fn count(&self) -> Aggregate<R, i64> {
        Expr::from_node(aggregate(&COUNT, vec![self.node().clone()]))
    }

    /// The greatest value; NULL of no row.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.pages().max()).await?;
    /// assert_sent!(db, "SELECT MAX(t0.pages) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    pub fn max(&self) -> Aggregate<R, Option<T::Inner>> {
        Expr::from_node(extreme(self.node(), T::SQL_TYPE, T::ENUM_TYPE.is_some(), true))
    }

    /// The least value; NULL of no row.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.published().min()).await?;
    /// assert_sent!(db, "SELECT MIN(t0.published) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    pub fn min(&self) -> Aggregate<R, Option<T::Inner>> {
        Expr::from_node(extreme(self.node(), T::SQL_TYPE, T::ENUM_TYPE.is_some(), false))
    }

    /// The texts, one after the other with a text between them; NULL of no row.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Tag::objects().aggregate(&db, |t| t.name().string_agg(", ").order_by(t.name())).await?;
    /// assert_sent!(db, "SELECT STRING_AGG(t0.name, $1 ORDER BY t0.name) FROM tag AS t0");
    /// # Ok(()) })
    /// ```
    pub fn string_agg<V: IntoExpr<String, R>>(&self, between: V) -> Aggregate<R, Option<String>>
    where
        T::Inner: Text,
    {
        let args = vec![self.node().clone(), between.into_node()];
        Expr::from_node(aggregate(&STRING_AGG, args))
    }

    /// All values as one array, `Option`s where they can be NULL; NULL of no row.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Tag::objects().aggregate(&db, |t| t.name().array_agg().default(vec![])).await?;
    /// assert_sent!(db, "SELECT CAST(COALESCE(ARRAY_AGG(t0.name), $1) AS text[]) FROM tag AS t0");
    /// # Ok(()) })
    /// ```
    pub fn array_agg(&self) -> Aggregate<R, Option<Vec<SelectedAs<T, K>>>> {
        if let SqlType::Array(_) = T::SQL_TYPE {
            let mistake = Node::Failed(
                "`array_agg` of arrays would need all of them to be of one length: aggregate them by \
                 `json_agg`",
            );
            return Expr::from_node(aggregate(&ARRAY_AGG, vec![mistake]));
        }
        Expr::from_node(super::arrays::texts::<Vec<T>>(aggregate(
            &ARRAY_AGG,
            vec![self.node().clone()],
        )))
    }

    /// All values as one JSON array; NULL of no row.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Tag::objects().aggregate(&db, |t| t.name().json_agg()).await?;
    /// assert_sent!(db, "SELECT JSONB_AGG(t0.name) FROM tag AS t0");
    /// # Ok(()) })
    /// ```
    pub fn json_agg(&self) -> Aggregate<R, Option<serde_json::Value>> {
        Expr::from_node(aggregate(&JSON_AGG, vec![self.node().clone()]))
    }
}

/// Aggregates of one argument: the bound, and of which type it is, where not of the argument's. The
/// bound is written out, so that errors show it where it stands.
macro_rules! aggregates {
    ($($(#[$doc:meta])* $name:ident $sql:literal [$($bound:tt)+] $($out:ident)?;)*) => {
        impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
            $(aggregates!(@one $(#[$doc])* $name $sql [$($bound)+] $($out)?);)*
        }
    };
    (@one $(#[$doc:meta])* $name:ident $sql:literal [$($bound:tt)+]) => {
        $(#[$doc])*
        pub fn $name(&self) -> Aggregate<R, Option<T::Inner>>
        where
            T::Inner: $($bound)+,
        {
            static SQL: Template = Template::new($sql);
            Expr::from_node(aggregate(&SQL, vec![self.node().clone()]))
        }
    };
    (@one $(#[$doc:meta])* $name:ident $sql:literal [$($bound:tt)+] $out:ident) => {
        $(#[$doc])*
        pub fn $name<$out>(&self) -> Aggregate<R, Option<$out>>
        where
            T::Inner: $($bound)+,
            $out: Column<Inner = $out, Null = NotNull>,
        {
            static SQL: Template = Template::new($sql);
            Expr::from_node(narrowed::<T, $out>(aggregate(&SQL, vec![self.node().clone()])))
        }
    };
}

aggregates! {
    /// The sum; NULL of no row. Of whole numbers it is an `i64`.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.pages().sum()).await?;
    /// assert_sent!(db, "SELECT SUM(t0.pages) FROM book AS t0");
    /// Book::objects().aggregate(&db, |b| b.pages().sum().default(0)).await?;
    /// assert_sent!(db, "SELECT COALESCE(SUM(t0.pages), $1) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    sum "SUM({})" [Summable<Sum = S>] S;
    /// The mean; NULL of no row. Of whole numbers it is an `f64`.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.pages().avg()).await?;
    /// assert_sent!(db, "SELECT CAST(AVG(t0.pages) AS double precision) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    avg "AVG({})" [Summable<Mean = S>] S;
    /// The standard deviation of all that there is.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.price().stddev()).await?;
    /// assert_sent!(db, "SELECT STDDEV_POP(t0.price) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    stddev "STDDEV_POP({})" [Number<Real = S>] S;
    /// The standard deviation of a sample.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.price().stddev_samp()).await?;
    /// assert_sent!(db, "SELECT STDDEV_SAMP(t0.price) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    stddev_samp "STDDEV_SAMP({})" [Number<Real = S>] S;
    /// The variance of all that there is.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.price().variance()).await?;
    /// assert_sent!(db, "SELECT VAR_POP(t0.price) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    variance "VAR_POP({})" [Number<Real = S>] S;
    /// The variance of a sample.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.price().variance_samp()).await?;
    /// assert_sent!(db, "SELECT VAR_SAMP(t0.price) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    variance_samp "VAR_SAMP({})" [Number<Real = S>] S;
    /// True where all are.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.in_print().bool_and()).await?;
    /// assert_sent!(db, "SELECT BOOL_AND(t0.in_print) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    bool_and "BOOL_AND({})" [Boolean];
    /// True where any is.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.in_print().bool_or()).await?;
    /// assert_sent!(db, "SELECT BOOL_OR(t0.in_print) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    bool_or "BOOL_OR({})" [Boolean];
    /// The bits that are set in all.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Scan::objects().aggregate(&db, |s| s.flags().bit_and()).await?;
    /// assert_sent!(db, "SELECT BIT_AND(t0.flags) FROM scan AS t0");
    /// # Ok(()) })
    /// ```
    bit_and "BIT_AND({})" [Integer];
    /// The bits that are set in any.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Scan::objects().aggregate(&db, |s| s.flags().bit_or()).await?;
    /// assert_sent!(db, "SELECT BIT_OR(t0.flags) FROM scan AS t0");
    /// # Ok(()) })
    /// ```
    bit_or "BIT_OR({})" [Integer];
    /// The bits that are set in an odd number.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Scan::objects().aggregate(&db, |s| s.flags().bit_xor()).await?;
    /// assert_sent!(db, "SELECT BIT_XOR(t0.flags) FROM scan AS t0");
    /// # Ok(()) })
    /// ```
    bit_xor "BIT_XOR({})" [Integer];
}

/// The aggregate inside of the conversion of its result.
fn inside(node: &mut Node) -> Option<&mut AggregateNode> {
    match node {
        Node::Aggregate(aggregate) => Some(aggregate),
        Node::Cast(node, _) => inside(node),
        Node::Template(template, args) if is_around(template) => args.first_mut().and_then(inside),
        _ => None,
    }
}

/// True for what stands around an aggregate that is one with it.
fn is_around(template: &'static Template) -> bool {
    [&FIRST, &OR_ELSE, &RANGES].iter().any(|around| std::ptr::eq(*around, template))
}

/// True where the aggregate stands in a query of its own ranges.
pub(super) fn is_of_ranges(node: &Node) -> bool {
    match node {
        Node::Template(template, args) if is_around(template) => {
            std::ptr::eq(*template, &RANGES) || args.iter().any(is_of_ranges)
        }
        _ => false,
    }
}

fn change<R, U>(node: Node, change: impl FnOnce(&mut AggregateNode)) -> Aggregate<R, U> {
    Expr::from_node(change_node(node, change))
}

pub(super) fn change_node(mut node: Node, change: impl FnOnce(&mut AggregateNode)) -> Node {
    if let Some(aggregate) = inside(&mut node) {
        change(aggregate);
    }
    node
}

/// Aggregates: what `sum`, `count` and the like give.
#[diagnostic::on_unimplemented(
    message = "only aggregates have `filter`, `distinct`, `order_by` and `default`, and this is none",
    label = "not an aggregate",
    note = "call it on the aggregate: `b.pages().sum().filter(…)`",
    note = "a value in the place of NULL: `coalesce((b.discount(), 0))`"
)]
pub trait IsAggregate {}
impl IsAggregate for Agg {}

impl<R, T: Column, K> Expr<R, T, K> {
    /// Over the rows that satisfy a condition; all conditions, if there are several.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.pages().sum().filter(b.in_print())).await?;
    /// assert_sent!(db, "SELECT SUM(t0.pages) FILTER (WHERE t0.in_print) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    pub fn filter(self, condition: impl Condition<R>) -> Aggregate<R, T>
    where
        K: IsAggregate,
    {
        let condition = condition.into_condition();
        change(self.into_node(), |aggregate| {
            aggregate.filter = Some(match aggregate.filter.take() {
                Some(before) => before.and(condition),
                None => condition,
            });
        })
    }

    /// Over the values that differ.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Author::objects().aggregate(&db, |a| a.books().tags().count().distinct()).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT COUNT(DISTINCT t2.tag_id) FROM author AS t0 LEFT JOIN book AS t1 ON
    ///      t1.author_id = t0.id LEFT JOIN book_tags AS t2 ON t2.book_id = t1.id"
    /// );
    /// # Ok(()) })
    /// ```
    pub fn distinct(self) -> Aggregate<R, T>
    where
        K: IsAggregate,
    {
        change(self.into_node(), |aggregate| aggregate.distinct = true)
    }

    /// Over the joined rows, as in Django: also where other to-many relations of the query multiply them.
    ///
    /// Without it, an aggregate is over the rows that its own path leads to, each of them once. Beside rows of
    /// another to-many relation it has a subquery of its own.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().values(|b| (b.tags().count(), b.reviews().count()));
    /// assert_sql!(
    ///     books,
    ///     "SELECT (SELECT COUNT(t1.tag_id) FROM book_tags AS t1 WHERE t1.book_id = t0.id), (SELECT
    ///      COUNT(t2.id) FROM review AS t2 WHERE t2.book_id = t0.id) FROM book AS t0"
    /// );
    /// let products = Book::objects()
    ///     .values(|b| (b.tags().count().over_join(), b.reviews().count().over_join()));
    /// assert_sql!(
    ///     products,
    ///     "SELECT COUNT(t1.tag_id), COUNT(t2.id) FROM book AS t0 LEFT JOIN book_tags AS t1 ON
    ///      t1.book_id = t0.id LEFT JOIN review AS t2 ON t2.book_id = t0.id GROUP BY t0.id"
    /// );
    /// ```
    pub fn over_join(self) -> Aggregate<R, T>
    where
        K: IsAggregate,
    {
        change(self.into_node(), |aggregate| aggregate.joined = true)
    }

    /// Over the rows in an order: for `array_agg`, `json_agg` and `string_agg`, and for
    /// `percentile_disc`, `rank_of` and the like, whose order it takes the place of.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Tag::objects().aggregate(&db, |t| t.name().array_agg().order_by(t.name().desc())).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT CAST(ARRAY_AGG(t0.name ORDER BY t0.name DESC) AS text[]) FROM tag AS t0"
    /// );
    /// # Ok(()) })
    /// ```
    pub fn order_by(self, orderings: impl Orderings<R>) -> Aggregate<R, T>
    where
        K: IsAggregate,
    {
        change(self.into_node(), |aggregate| {
            if aggregate.function.within_group {
                aggregate.order.clear();
            }
            orderings.add_to(&mut aggregate.order);
        })
    }

    /// What stands in the place of NULL, which most aggregates are where there is no row.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.pages().sum().default(0)).await?;
    /// assert_sent!(db, "SELECT COALESCE(SUM(t0.pages), $1) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    pub fn default<V: IntoExpr<T::Inner, R>>(
        self,
        value: V,
    ) -> Aggregate<R, <V::Null as Nullness>::Wrap<T::Inner>>
    where
        K: IsAggregate,
    {
        let value = value.into_node();
        if matches!(self.node(), Node::Template(..)) {
            return Expr::from_node(Node::template(&OR_ELSE, vec![self.into_node(), value]));
        }
        change(self.into_node(), |aggregate| aggregate.default = Some(value))
    }
}
