use crate::model::{Author, Book};
use crate::{holds, show};
use chrono::{NaiveDate, TimeDelta};
use orm_core::expr::{Aggregate, Expr, count_all};
use orm_core::model::Fields;
use rust_decimal::Decimal;

#[test]
fn types() {
    let b = Book::paths();
    holds::<i64>(b.name().count());
    holds::<i64>(count_all::<Book>());
    holds::<Option<i64>>(b.pages().sum());
    holds::<Option<i64>>(b.small().sum());
    holds::<Option<i64>>(b.release_year().sum());
    holds::<Option<Decimal>>(b.price().sum());
    holds::<Option<f64>>(b.rating().sum());
    holds::<Option<TimeDelta>>(b.lent_for().sum());
    holds::<i64>(b.pages().sum().default(0));
    holds::<Option<f64>>(b.pages().avg());
    holds::<Option<Decimal>>(b.price().avg());
    holds::<Option<TimeDelta>>(b.lent_for().avg());
    holds::<Option<i32>>(b.pages().max());
    holds::<Option<NaiveDate>>(b.published().min());
    holds::<Option<f64>>(b.pages().stddev());
    holds::<Option<Decimal>>(b.price().variance_samp());
    holds::<Option<bool>>(b.in_print().bool_and());
    holds::<Option<i32>>(b.pages().bit_or());
    holds::<Option<String>>(b.name().string_agg(", "));
    holds::<Option<Vec<String>>>(b.name().array_agg());
    holds::<Option<Vec<Option<i32>>>>(b.release_year().array_agg());
    holds::<Vec<String>>(b.name().array_agg().default(vec![]));
    holds::<Vec<String>>(b.name().array_agg().default(["none"]));
    holds::<Option<serde_json::Value>>(b.name().json_agg());
    holds::<Option<bool>>(b.pages().sum().gt(100));
    holds::<bool>(b.pages().sum().default(0).gt(100));
    holds::<Option<f64>>(b.pages().sum() * 1.5);
}

#[test]
fn sql() {
    let (b, a) = (Book::paths(), Author::paths());
    assert_eq!(show(&b.pages().sum()), "SUM(pages)");
    assert_eq!(show(&b.big().sum()), "SUM(big)::bigint");
    assert_eq!(show(&b.pages().avg()), "AVG(pages)::double precision");
    assert_eq!(show(&b.price().avg()), "AVG(price)");
    assert_eq!(show(&b.name().count().distinct()), "COUNT(DISTINCT name)");
    let sum = a.books().big().sum().filter(a.books().release_year().gte(2020)).default(0);
    assert_eq!(
        show(&sum),
        "COALESCE(SUM(books.big) FILTER (WHERE books.release_year Gte 2020), 0i64)::bigint"
            .replace("books", "author")
    );
    let two = b.pages().count().filter(b.in_print()).filter(b.signed());
    assert_eq!(show(&two), "COUNT(pages) FILTER (WHERE (in_print AND signed))");
    let names = b.name().string_agg(", ").order_by(b.pages().desc());
    assert_eq!(show(&names), "STRING_AGG(name, ', ' ORDER BY pages DESC)");
    assert_eq!(show(&(b.big().sum() + 1)), "(SUM(big)::bigint + 1i64)");
}

#[test]
fn a_function_can_give_an_aggregate() {
    fn n(a: &Fields<Author>) -> Aggregate<Author, Option<i64>> {
        a.books().pages().sum()
    }
    let n: Expr<Author, Option<i64>> = n(&Author::paths()).into();
    holds::<Option<i64>>(n.clone());
    assert_eq!(show(&n.gt(3)), "SUM(author.pages) Gt 3i64");
}
