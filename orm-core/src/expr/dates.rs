//! Parts of dates, times and durations, and their beginnings.
//!
//! A moment (`DateTime<Utc>`) has a year, a day and an hour only in some time zone: that of
//! [`Expr::in_zone`], else [`DEFAULT_ZONE`].

use super::{Expr, IntoExpr, Like};
use crate::column::{Column, NotNull};
use crate::ir::Node;
use crate::model::Cardinality;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use orm_sql::ast::{DEFAULT_ZONE, Template};
use orm_sql::value::Interval;

/// A moment with its zone as the second argument, for the functions around it; by itself it is
/// the moment.
static IN_ZONE: Template = Template::new("{0}");

pub(super) static AT_ZONE: Template = Template::new("({} AT TIME ZONE {})");
static EPOCH: Template = Template::new("CAST(EXTRACT(EPOCH FROM {}) AS double precision)");
static DATE: Template = Template::new("CAST({} AS date)");
// Of infinity there is no time of day, no month and no day.
static TIME: Template = Template::partial("CAST({} AS time)");

/// The beginning of a unit of time, by what is cut off.
#[doc(hidden)]
#[derive(Debug)]
pub struct Beginning {
    date: Template,
    time: Template,
    local: Template,
    instant: Template,
}

/// Dates, times and moments.
pub trait Temporal: Column<Inner = Self, Null = NotNull> {
    /// It is a date without a time of day.
    #[doc(hidden)]
    const IS_DATE: bool = false;
    /// The expression as the clock and the calendar of its zone show it.
    #[doc(hidden)]
    fn local(node: &Node) -> Node {
        node.clone()
    }
    /// The beginning of the year, the month, … .
    #[doc(hidden)]
    fn truncated(to: &'static Beginning, node: &Node) -> Node;
}

macro_rules! local {
    ($($t:ty, $template:ident, $is_date:literal;)*) => {$(
        impl Temporal for $t {
            const IS_DATE: bool = $is_date;
            fn truncated(to: &'static Beginning, node: &Node) -> Node {
                Node::template(&to.$template, vec![node.clone()])
            }
        }
    )*};
}
local! {
    NaiveDate, date, true;
    NaiveTime, time, false;
    NaiveDateTime, local, false;
}

/// A duration in days and hours: those are the same of all that last as long, whoever stored them.
static IN_DAYS: Template = Template::new("JUSTIFY_HOURS({})");

impl Temporal for TimeDelta {
    fn local(node: &Node) -> Node {
        Node::template(&IN_DAYS, vec![node.clone()])
    }
    fn truncated(to: &'static Beginning, node: &Node) -> Node {
        Node::template(&to.local, vec![Self::local(node)])
    }
}

impl Temporal for Interval {
    fn truncated(to: &'static Beginning, node: &Node) -> Node {
        Node::template(&to.local, vec![node.clone()])
    }
}

impl Temporal for DateTime<Utc> {
    fn local(node: &Node) -> Node {
        match zoned(node) {
            Some(args) => Node::template(&AT_ZONE, args.to_vec()),
            None => Node::template(&AT_ZONE, vec![node.clone(), default_zone()]),
        }
    }

    fn truncated(to: &'static Beginning, node: &Node) -> Node {
        let Some([moment, zone]) = zoned(node) else {
            return Node::template(&to.instant, vec![node.clone(), default_zone()]);
        };
        let beginning = Node::template(&to.instant, vec![moment.clone(), zone.clone()]);
        Node::template(&IN_ZONE, vec![beginning, zone.clone()])
    }
}

/// A moment and its zone, where it was given one.
fn zoned(node: &Node) -> Option<&[Node; 2]> {
    match node {
        Node::Template(template, args) if std::ptr::eq(*template, &IN_ZONE) => {
            args.as_slice().try_into().ok()
        }
        _ => None,
    }
}

fn default_zone() -> Node {
    Node::template(&DEFAULT_ZONE, Vec::new())
}

macro_rules! kinds {
    ($($(#[$meta:meta])* $name:ident $of:ident: $($t:ty),+;)*) => {$(
        $(#[$meta])*
        pub trait $name: $of {}
        $(
            #[diagnostic::do_not_recommend]
            impl $name for $t {}
        )+
    )*};
}
kinds! {
    /// What has a date.
    #[diagnostic::on_unimplemented(
        message = "this needs a date, but the expression holds `{Self}`",
        label = "no date",
        note = "dates are in `NaiveDate`, `NaiveDateTime` and `DateTime<Utc>`"
    )]
    Dated Temporal: NaiveDate, NaiveDateTime, DateTime<Utc>;
    /// What has a time of day.
    #[diagnostic::on_unimplemented(
        message = "this needs a time of day, but the expression holds `{Self}`",
        label = "no time of day",
        note = "times are in `NaiveTime`, `NaiveDateTime` and `DateTime<Utc>`"
    )]
    Timed Temporal: NaiveTime, NaiveDateTime, DateTime<Utc>, TimeDelta, Interval;
    /// What has days: dates, and durations.
    #[diagnostic::on_unimplemented(
        message = "this needs a date, but the expression holds `{Self}`",
        label = "no date",
        note = "dates are in `NaiveDate`, `NaiveDateTime` and `DateTime<Utc>`"
    )]
    Daily Temporal: NaiveDate, NaiveDateTime, DateTime<Utc>, TimeDelta, Interval;
    /// What has both.
    #[diagnostic::on_unimplemented(
        message = "this needs a date with a time of day, but the expression holds `{Self}`",
        label = "not both a date and a time",
        note = "both are in `NaiveDateTime` and `DateTime<Utc>`"
    )]
    Moment Temporal: NaiveDateTime, DateTime<Utc>;
    /// What is a point on the time line, whatever the zone.
    #[diagnostic::on_unimplemented(
        message = "only a `DateTime<Utc>` can be seen in a time zone, but the expression holds `{Self}`",
        label = "has no time zone",
        note = "it is taken as it stands: drop `in_zone`"
    )]
    Instant Temporal: DateTime<Utc>;
    /// What is so many seconds.
    #[diagnostic::on_unimplemented(
        message = "`epoch` needs a date, a time or a duration, but the expression holds `{Self}`",
        label = "no seconds",
        note = "a number of seconds is a number already"
    )]
    Epoch Column: NaiveDate, NaiveTime, NaiveDateTime, DateTime<Utc>, TimeDelta, Interval;
    /// What lasts.
    #[diagnostic::on_unimplemented(
        message = "`total_seconds` needs a duration, but the expression holds `{Self}`",
        label = "not a duration",
        note = "the seconds of a moment since 1970 are `.epoch()`, its second of the minute `.second()`"
    )]
    Lasting Column: TimeDelta, Interval;
}

/// Numbers of the calendar and the clock.
macro_rules! parts {
    ($($(#[$doc:meta])* $name:ident $bound:tt $number:literal;)*) => {
        impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
            $(
                $(#[$doc])*
                pub fn $name(&self) -> Expr<R, Like<T, K, i32>>
                where
                    T::Inner: $bound,
                {
                    static SQL: Template =
                        Template::partial(concat!("CAST(EXTRACT(", $number, " AS integer)"));
                    local_of(self, &SQL)
                }
            )*
        }
    };
}
parts! {
    /// The quarter, from 1 to 4.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.day().quarter());
    /// assert_sql!(values, "SELECT CAST(EXTRACT(QUARTER FROM t0.day) AS integer) FROM scan AS t0");
    /// ```
    quarter Dated "QUARTER FROM {})";
    /// The month, from 1 to 12.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.day().month());
    /// assert_sql!(values, "SELECT CAST(EXTRACT(MONTH FROM t0.day) AS integer) FROM scan AS t0");
    /// ```
    month Dated "MONTH FROM {})";
    /// The ISO week, from 1 to 53.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.day().week());
    /// assert_sql!(values, "SELECT CAST(EXTRACT(WEEK FROM t0.day) AS integer) FROM scan AS t0");
    /// ```
    week Dated "WEEK FROM {})";
    /// The day of the month; of a duration its whole days, beside which `hour`, `minute` and `second` have
    /// the rest.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.day().day());
    /// assert_sql!(values, "SELECT CAST(EXTRACT(DAY FROM t0.day) AS integer) FROM scan AS t0");
    /// let values = Scan::objects().values(|s| (s.lasted().day(), s.lasted().hour()));
    /// assert_sql!(
    ///     values,
    ///     "SELECT CAST(EXTRACT(DAY FROM JUSTIFY_HOURS(t0.lasted)) AS integer), CAST(EXTRACT(HOUR FROM
    ///      JUSTIFY_HOURS(t0.lasted)) AS integer) FROM scan AS t0"
    /// );
    /// ```
    day Daily "DAY FROM {})";
    /// The day of the week, from 1 for Sunday to 7.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.day().week_day());
    /// assert_sql!(values, "SELECT CAST(EXTRACT(DOW FROM t0.day) + 1 AS integer) FROM scan AS t0");
    /// ```
    week_day Dated "DOW FROM {}) + 1";
    /// The day of the week, from 1 for Monday to 7.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.day().iso_week_day());
    /// assert_sql!(values, "SELECT CAST(EXTRACT(ISODOW FROM t0.day) AS integer) FROM scan AS t0");
    /// ```
    iso_week_day Dated "ISODOW FROM {})";
    /// The hour, from 0 to 23.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.at().hour());
    /// assert_sql!(values, "SELECT CAST(EXTRACT(HOUR FROM t0.at) AS integer) FROM scan AS t0");
    /// ```
    hour Timed "HOUR FROM {})";
    /// The minute.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.at().minute());
    /// assert_sql!(values, "SELECT CAST(EXTRACT(MINUTE FROM t0.at) AS integer) FROM scan AS t0");
    /// ```
    minute Timed "MINUTE FROM {})";
    /// The whole second.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.at().second());
    /// assert_sql!(
    ///     values,
    ///     "SELECT CAST(EXTRACT(SECOND FROM DATE_TRUNC('second', t0.at)) AS integer) FROM scan
    ///      AS t0"
    /// );
    /// ```
    second Timed "SECOND FROM DATE_TRUNC('second', {}))";
}

/// Beginnings of years, …, seconds, in the type of the expression.
macro_rules! beginnings {
    ($($(#[$doc:meta])* $name:ident $bound:tt $unit:literal;)*) => {
        impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
            $(
                $(#[$doc])*
                pub fn $name(&self) -> Expr<R, Like<T, K, T::Inner>>
                where
                    T::Inner: $bound,
                {
                    static TO: Beginning = Beginning {
                        date: Template::new(concat!(
                            "CAST(DATE_TRUNC(", $unit, ", CAST({} AS timestamp)) AS date)"
                        )),
                        time: Template::new(concat!("CAST(DATE_TRUNC(", $unit, ", {}) AS time)")),
                        local: Template::new(concat!("DATE_TRUNC(", $unit, ", {})")),
                        instant: Template::new(concat!("DATE_TRUNC(", $unit, ", {}, {})")),
                    };
                    Expr::from_node(<T::Inner as Temporal>::truncated(&TO, self.node()))
                }
            )*
        }
    };
}
beginnings! {
    /// The first day of the year.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.day().trunc_year());
    /// assert_sql!(
    ///     values,
    ///     "SELECT CAST(DATE_TRUNC('year', CAST(t0.day AS timestamp)) AS date) FROM scan AS t0"
    /// );
    /// ```
    trunc_year Dated "'year'";
    /// The first day of the quarter.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.day().trunc_quarter());
    /// assert_sql!(
    ///     values,
    ///     "SELECT CAST(DATE_TRUNC('quarter', CAST(t0.day AS timestamp)) AS date) FROM scan AS
    ///      t0"
    /// );
    /// ```
    trunc_quarter Dated "'quarter'";
    /// The first day of the month.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.taken().in_zone("Europe/Berlin").trunc_month());
    /// assert_sql!(values, "SELECT DATE_TRUNC('month', t0.taken, $1) FROM scan AS t0");
    /// ```
    trunc_month Dated "'month'";
    /// The Monday of the week.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.day().trunc_week());
    /// assert_sql!(
    ///     values,
    ///     "SELECT CAST(DATE_TRUNC('week', CAST(t0.day AS timestamp)) AS date) FROM scan AS t0"
    /// );
    /// ```
    trunc_week Dated "'week'";
    /// The beginning of the day.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.taken().trunc_day());
    /// assert_sql!(values, "SELECT DATE_TRUNC('day', t0.taken, 'UTC') FROM scan AS t0");
    /// ```
    trunc_day Dated "'day'";
    /// The beginning of the hour.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.at().trunc_hour());
    /// assert_sql!(values, "SELECT CAST(DATE_TRUNC('hour', t0.at) AS time) FROM scan AS t0");
    /// ```
    trunc_hour Timed "'hour'";
    /// The beginning of the minute.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.at().trunc_minute());
    /// assert_sql!(values, "SELECT CAST(DATE_TRUNC('minute', t0.at) AS time) FROM scan AS t0");
    /// ```
    trunc_minute Timed "'minute'";
    /// The beginning of the second.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.at().trunc_second());
    /// assert_sql!(values, "SELECT CAST(DATE_TRUNC('second', t0.at) AS time) FROM scan AS t0");
    /// ```
    trunc_second Timed "'second'";
}

impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
    /// The seconds since 1970 began, of a moment; of a duration, a time of day or an interval, all its
    /// seconds. Dates and times without a zone are taken as UTC.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| (s.taken().epoch(), s.lasted().epoch()));
    /// assert_sql!(
    ///     values,
    ///     "SELECT CAST(EXTRACT(EPOCH FROM t0.taken) AS double precision), CAST(EXTRACT(EPOCH FROM
    ///      t0.lasted) AS double precision) FROM scan AS t0"
    /// );
    /// ```
    pub fn epoch(&self) -> Expr<R, Like<T, K, f64>>
    where
        T::Inner: Epoch,
    {
        let moment = zoned(self.node()).map_or(self.node(), |[moment, _]| moment);
        Expr::from_node(Node::template(&EPOCH, vec![moment.clone()]))
    }

    /// All seconds of a duration or an interval, with their fraction. In an interval a month has 30
    /// days, and a year 365.25.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let long = Scan::objects().filter(|s| s.lasted().total_seconds().gt(90.5));
    /// assert_sql!(
    ///     long,
    ///     "SELECT … WHERE CAST(EXTRACT(EPOCH FROM t0.lasted) AS double precision) > $1"
    /// );
    /// ```
    pub fn total_seconds(&self) -> Expr<R, Like<T, K, f64>>
    where
        T::Inner: Lasting,
    {
        self.apply(&EPOCH)
    }

    /// The same moment, with the time zone that the parts after it are taken in.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.taken().in_zone("Europe/Berlin").hour());
    /// assert_sql!(
    ///     values,
    ///     "SELECT CAST(EXTRACT(HOUR FROM (t0.taken AT TIME ZONE $1)) AS integer) FROM scan AS
    ///      t0"
    /// );
    /// ```
    pub fn in_zone<V: IntoExpr<String, R, Null = NotNull>>(
        &self,
        zone: V,
    ) -> Expr<R, Like<T, K, T::Inner>>
    where
        T::Inner: Instant,
    {
        let moment = zoned(self.node()).map_or(self.node(), |[moment, _]| moment);
        Expr::from_node(Node::template(&IN_ZONE, vec![moment.clone(), zone.into_node()]))
    }

    /// The date.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.taken().date());
    /// assert_sql!(values, "SELECT CAST((t0.taken AT TIME ZONE 'UTC') AS date) FROM scan AS t0");
    /// ```
    pub fn date(&self) -> Expr<R, Like<T, K, NaiveDate>>
    where
        T::Inner: Moment,
    {
        local_of(self, &DATE)
    }

    /// The time of day.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.taken().time());
    /// assert_sql!(values, "SELECT CAST((t0.taken AT TIME ZONE 'UTC') AS time) FROM scan AS t0");
    /// ```
    pub fn time(&self) -> Expr<R, Like<T, K, NaiveTime>>
    where
        T::Inner: Moment,
    {
        local_of(self, &TIME)
    }
}

pub(super) fn local_of<R, T: Column, K, U>(
    expr: &Expr<R, T, K>,
    function: &'static Template,
) -> Expr<R, U>
where
    T::Inner: Temporal,
{
    Expr::from_node(Node::template(function, vec![<T::Inner as Temporal>::local(expr.node())]))
}
