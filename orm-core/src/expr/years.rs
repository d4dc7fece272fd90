//! Years, and comparisons with them as ranges of the column, so that an index serves them.

use super::dates::{AT_ZONE, Dated, Temporal, local_of};
use super::{Expr, Like};
use crate::column::Column;
use crate::ir::{Comparison, Node};
use crate::model::Cardinality;
use chrono::{NaiveDate, TimeDelta, Weekday};
use orm_sql::ast::Template;
use orm_sql::value::SqlValue;

/// A part of dates, and the same of what has a time of day.
struct Year {
    of_date: Template,
    of_moment: Template,
    /// The first day of a year.
    first: fn(i32) -> Option<NaiveDate>,
}

impl Year {
    const fn new(sql: &'static str, first: fn(i32) -> Option<NaiveDate>) -> Self {
        Year { of_date: Template::partial(sql), of_moment: Template::partial(sql), first }
    }

    fn template(&'static self, is_date: bool) -> &'static Template {
        if is_date { &self.of_date } else { &self.of_moment }
    }
}

static CALENDAR: Year =
    Year::new("CAST(EXTRACT(YEAR FROM {}) AS integer)", |year| NaiveDate::from_ymd_opt(year, 1, 1));
static ISO: Year = Year::new("CAST(EXTRACT(ISOYEAR FROM {}) AS integer)", |year| {
    NaiveDate::from_isoywd_opt(year, 1, Weekday::Mon)
});

impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
    /// The year, as PostgreSQL and Django count it: before the year 1 comes -1, which is 1 BC. In
    /// chrono that is the year 0, so that the `year()` of a date that was read is greater by one
    /// there.
    ///
    /// A comparison with a number is one of the column with the ends of that year, which an index
    /// serves.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.day().year());
    /// assert_sql!(values, "SELECT CAST(EXTRACT(YEAR FROM t0.day) AS integer) FROM scan AS t0");
    /// let values = Scan::objects().values(|s| s.taken().year());
    /// assert_sql!(
    ///     values,
    ///     "SELECT CAST(EXTRACT(YEAR FROM (t0.taken AT TIME ZONE 'UTC')) AS integer) FROM scan
    ///      AS t0"
    /// );
    /// let scans = Scan::objects().filter(|s| s.day().year().eq(2024));
    /// assert_sql!(scans, "SELECT … WHERE t0.day BETWEEN $1 AND $2");
    /// let scans = Scan::objects().filter(|s| s.taken().year().gt(2024));
    /// assert_sql!(scans, "SELECT … WHERE t0.taken >= ($1 AT TIME ZONE 'UTC')");
    /// ```
    pub fn year(&self) -> Expr<R, Like<T, K, i32>>
    where
        T::Inner: Dated,
    {
        local_of(self, CALENDAR.template(<T::Inner as Temporal>::IS_DATE))
    }

    /// The year of the ISO week. A comparison with a number is one of the column, as of [`Self::year`].
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.day().iso_year());
    /// assert_sql!(values, "SELECT CAST(EXTRACT(ISOYEAR FROM t0.day) AS integer) FROM scan AS t0");
    /// let scans = Scan::objects().filter(|s| s.day().iso_year().lte(2024));
    /// assert_sql!(scans, "SELECT … WHERE t0.day < $1");
    /// ```
    pub fn iso_year(&self) -> Expr<R, Like<T, K, i32>>
    where
        T::Inner: Dated,
    {
        local_of(self, ISO.template(<T::Inner as Temporal>::IS_DATE))
    }
}

/// What a year was taken of.
struct Dates<'n> {
    year: &'static Year,
    is_date: bool,
    /// The column, or whatever it was.
    node: &'n Node,
    /// The zone that a moment was seen in.
    zone: Option<&'n Node>,
}

impl<'n> Dates<'n> {
    fn of(node: &'n Node) -> Option<Self> {
        let Node::Template(template, args) = node else { return None };
        let same = |known: &Template| std::ptr::eq(known, *template);
        let year =
            [&CALENDAR, &ISO].into_iter().find(|y| same(&y.of_date) || same(&y.of_moment))?;
        let is_date = same(&year.of_date);
        let [node] = args.as_slice() else { return None };
        Some(match node {
            Node::Template(at_zone, args) if std::ptr::eq(*at_zone, &AT_ZONE) => {
                let [node, zone] = args.as_slice() else { return None };
                Dates { year, is_date, node, zone: Some(zone) }
            }
            node => Dates { year, is_date, node, zone: None },
        })
    }

    /// The number of a year in which a date is certain in every type and in every calendar.
    fn number(node: &Node) -> Option<i32> {
        match node {
            Node::Value(SqlValue::I32(year), _) if (1..=9999).contains(year) => Some(*year),
            _ => None,
        }
    }

    /// The beginning of a year as the column has it; so much less, where its end is asked for.
    fn bound(&self, year: i32, before: bool) -> Option<Node> {
        let day = (self.year.first)(year)?;
        if self.is_date {
            let day = if before { day.pred_opt()? } else { day };
            return Some(Node::Value(day.into_value(), NaiveDate::SQL_TYPE));
        }
        let less = TimeDelta::microseconds(if before { 1 } else { 0 });
        let time = day.and_hms_opt(0, 0, 0)?.checked_sub_signed(less)?;
        let time = Node::Value(time.into_value(), chrono::NaiveDateTime::SQL_TYPE);
        Some(match self.zone {
            Some(zone) => Node::template(&AT_ZONE, vec![time, zone.clone()]),
            None => time,
        })
    }

    fn between(&self, first: i32, last: i32) -> Option<Node> {
        let ends = [self.bound(first, false)?, self.bound(last + 1, true)?];
        let [first, last] = ends;
        Some(Node::Between(Box::new([self.node.clone(), first, last])))
    }
}

/// A comparison of a year with a number, as one of what the year was taken of.
pub(super) fn by_year(op: Comparison, left: &Node, right: &Node) -> Option<Node> {
    let dates = Dates::of(left)?;
    let year = Dates::number(right)?;
    let compared =
        |op, year| Some(Node::compare(op, dates.node.clone(), dates.bound(year, false)?));
    match op {
        Comparison::Eq => dates.between(year, year),
        Comparison::Gt => compared(Comparison::Gte, year + 1),
        Comparison::Gte => compared(Comparison::Gte, year),
        Comparison::Lt => compared(Comparison::Lt, year),
        Comparison::Lte => compared(Comparison::Lt, year + 1),
        _ => None,
    }
}

/// The same of years from one to another, both included.
pub(super) fn between_years(left: &Node, from: &Node, to: &Node) -> Option<Node> {
    let dates = Dates::of(left)?;
    dates.between(Dates::number(from)?, Dates::number(to)?)
}
