use crate::model::{Author, Book};
use crate::{holds, show};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use orm_core::expr::Cast as _;
use orm_core::expr::{case, coalesce, concat, greatest, least, now, nullif, pi, random, value};
use rust_decimal::Decimal;

#[test]
fn text() {
    let b = Book::paths();
    holds::<String>(b.name().lower());
    holds::<Option<String>>(b.subtitle().upper());
    holds::<Option<i32>>(b.editor().name().length());
    holds::<i32>(b.name().strpos("x"));
    holds::<Option<String>>(b.name().left(b.release_year()));
    assert_eq!(show(&b.author().name().lower()), "LOWER(author.name)");
    assert_eq!(show(&b.name().trim().substr(1, 3)), "SUBSTRING(BTRIM(name), 1, 3)");
    assert_eq!(show(&b.name().replace("a", "b").left(2)), "LEFT(REPLACE(name, 'a', 'b'), 2)");
    assert_eq!(show(&b.name().lpad(5, "0").md5()), "MD5(LPAD(name, 5, '0'))");
    assert_eq!(show(&b.name().lower().eq("x")), "LOWER(name) Eq 'x'");
    assert_eq!(show(&b.name().slice(1..3)), "SUBSTRING(name, 2, 2)");
    assert_eq!(show(&b.name().slice(1..)), "SUBSTRING(name, 2)");
    assert_eq!(show(&b.host().icontains("10.")), "HOST(host) IContains '10.'");
}

#[test]
fn parts_of_dates() {
    let b = Book::paths();
    holds::<i32>(b.published().year());
    holds::<Option<i32>>(b.recorded().month());
    holds::<i32>(b.opens().hour());
    holds::<NaiveDate>(b.created().date());
    holds::<Option<NaiveTime>>(b.recorded().time());
    assert_eq!(show(&b.published().year()), "CAST(EXTRACT(YEAR FROM published) AS integer)");
    assert_eq!(
        show(&b.created().hour()),
        "CAST(EXTRACT(HOUR FROM (created AT TIME ZONE 'UTC')) AS integer)"
    );
    assert_eq!(
        show(&b.created().in_zone("Europe/Berlin").week_day()),
        "CAST(EXTRACT(DOW FROM (created AT TIME ZONE 'Europe/Berlin')) + 1 AS integer)"
    );
    assert_eq!(
        show(&b.created().in_zone("Europe/Berlin").date()),
        "CAST((created AT TIME ZONE 'Europe/Berlin') AS date)"
    );
    assert_eq!(
        show(&b.created().in_zone("Europe/Berlin").gt(now())),
        "created Gt STATEMENT_TIMESTAMP()"
    );
}

#[test]
fn beginnings() {
    let b = Book::paths();
    holds::<NaiveDate>(b.published().trunc_month());
    holds::<Option<NaiveDateTime>>(b.recorded().trunc_hour());
    holds::<DateTime<Utc>>(b.created().trunc_day());
    holds::<NaiveTime>(b.opens().trunc_minute());
    let month = "CAST(DATE_TRUNC('month', CAST(published AS timestamp)) AS date)";
    assert_eq!(show(&b.published().trunc_month()), month);
    assert_eq!(show(&b.created().trunc_day()), "DATE_TRUNC('day', created, 'UTC')");
    let berlin = b.created().in_zone("Europe/Berlin").trunc_year();
    assert_eq!(show(&berlin), "DATE_TRUNC('year', created, 'Europe/Berlin')");
    assert_eq!(
        show(&berlin.year()),
        "CAST(EXTRACT(YEAR FROM (DATE_TRUNC('year', created, 'Europe/Berlin') \
         AT TIME ZONE 'Europe/Berlin')) AS integer)"
    );
    assert_eq!(show(&b.recorded().trunc_week()), "DATE_TRUNC('week', recorded)");
}

#[test]
fn conversions() {
    let b = Book::paths();
    holds::<String>(b.code().cast::<String>());
    holds::<Option<i64>>(b.release_year().cast::<i64>());
    holds::<f64>(b.price().cast::<f64>() * b.rating());
    assert_eq!(show(&b.code().cast::<String>().startswith("0")), "code::text StartsWith '0'");
    assert_eq!(format!("{:?}", b.name().collate("C")).split('(').next(), Some("Collate"));
}

#[test]
fn choices() {
    let b = Book::paths();
    let size = case().when(b.pages().gt(500), "long").when(b.pages().gt(100), "medium");
    let size = size.otherwise("short");
    assert_eq!(
        show(&size),
        "CASE WHEN pages Gt 500 THEN 'long' WHEN pages Gt 100 THEN 'medium' ELSE 'short' END"
    );
    holds::<String>(size);
    holds::<i32>(case().when(b.in_print(), 1).otherwise(0));
    holds::<Option<String>>(case().when(b.in_print(), b.name()).otherwise_null());
    holds::<Option<String>>(case().when(b.in_print(), b.name()).otherwise(b.subtitle()));
    holds::<Option<Decimal>>(case().when(b.in_print(), b.discount()).otherwise(5));
    holds::<bool>(case().when(b.signed(), 1).otherwise(b.pages()).gt(3));
}

#[test]
fn alternatives_are_null_where_all_are() {
    let b = Book::paths();
    holds::<Decimal>(coalesce((b.discount(), b.price())));
    holds::<Decimal>(coalesce((b.discount(), 0)));
    holds::<Option<i32>>(coalesce((b.release_year(), b.author().age())));
    holds::<i32>(coalesce((b.release_year(), b.author().age(), 0)));
    holds::<i32>(greatest((b.pages(), b.release_year())));
    holds::<String>(least((b.name(), "x")));
    holds::<Option<String>>(nullif(b.name(), ""));
    holds::<bool>(coalesce((b.discount(), 0)).gt(5));
    let sum = coalesce((b.discount(), 0)) + b.price();
    assert_eq!(show(&sum), "(COALESCE(discount, 0d) + price)");
}

#[test]
fn texts_are_joined() {
    let a = Author::paths();
    holds::<String>(concat((a.name(), a.age())));
    assert_eq!(show(&concat((a.name(), " ", a.name()))), "((name || ' ') || name)");
    let joined = concat((a.name(), ", ", a.age()));
    assert_eq!(show(&joined), "((name || ', ') || COALESCE(age::text, ''))");
}

#[test]
fn functions_without_an_argument() {
    let b = Book::paths();
    let week = TimeDelta::weeks(1);
    assert_eq!(
        show(&b.created().gt(now() - week)),
        "created Gt (STATEMENT_TIMESTAMP() - \
         Interval(Interval { months: 0, days: 0, microseconds: 604800000000 }))"
    );
    assert_eq!(show(&b.rating().lt(random() * pi())), "rating Lt (RANDOM() * PI())");
    assert_eq!(show(&b.name().eq(value("x").upper())), "name Eq UPPER('x')");
}
