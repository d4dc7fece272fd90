//! What aggregates are grouped by, call after call.

use crate::model::{Author, Book};
use orm_core::expr::{Aggregate, count_all};
use orm_core::model::Fields;
use orm_core::queryset::QuerySet;

fn books() -> QuerySet<Book> {
    QuerySet::unfiltered()
}

fn pages(b: &Fields<Book>) -> Aggregate<Book, Option<i64>> {
    b.pages().sum()
}

/// The end of the SQL, from GROUP BY on.
fn grouped<O>(set: QuerySet<Book, O>) -> String {
    let sql = set.sql().expect("SQL");
    let start = sql.find("GROUP BY").unwrap_or(sql.len());
    sql[start..].to_owned()
}

#[test]
fn an_aggregate_in_values_is_of_each_row() {
    let of_row = r#"GROUP BY t0."id""#;
    assert_eq!(grouped(books().values(|b| (b.name(), pages(b)))), of_row);
    assert_eq!(grouped(books().values(pages)), of_row);
    assert_eq!(grouped(books().annotate(pages).values(|b| (b.name(), pages(b)))), of_row);
    let large = books().filter(|b| pages(b).gt(5)).values(|b| b.name());
    assert_eq!(grouped(large), format!("{of_row} HAVING SUM(t0.\"pages\") > $1"));
    let largest = books().order_by(|b| pages(b).desc()).values(|b| b.name());
    assert_eq!(grouped(largest), format!("{of_row} ORDER BY SUM(t0.\"pages\") DESC"));
}

#[test]
fn one_after_values_is_of_what_they_select() {
    let by_name = || books().values(|b| b.name());
    let of_name = r#"GROUP BY t0."name""#;
    assert_eq!(grouped(by_name().annotate(pages)), of_name);
    assert_eq!(grouped(by_name().annotate(pages).annotate(|_| count_all())), of_name);
    let many = by_name().filter(|b| pages(b).gt(5));
    assert_eq!(grouped(many), format!("{of_name} HAVING SUM(t0.\"pages\") > $1"));
}

#[test]
fn later_values_keep_the_grouping() {
    let sums = books().values(|b| b.name()).annotate(pages);
    let of_name = r#"GROUP BY t0."name""#;
    assert_eq!(grouped(sums.clone().values(pages)), of_name);
    assert_eq!(grouped(sums.clone().values(pages).values(|_| count_all())), of_name);
    assert_eq!(grouped(sums.values(|b| b.name())), of_name);
}

#[test]
fn an_aggregate_is_of_the_rows_where_it_first_stands() {
    let all = QuerySet::<Author>::unfiltered;
    let thick = |authors: QuerySet<Author, (Author, Option<i64>)>| {
        authors.filter(|a| a.books().pages().gt(20))
    };
    let before = thick(all().annotate(|a| a.books().pages().sum()));
    let sql = before.values(|a| (a.name(), a.books().pages().sum())).sql().expect("SQL");
    assert!(sql.contains(r#"SUM(t1."pages")"#) && sql.contains(r#"t2."pages" > $1"#), "{sql}");
    let after = all().filter(|a| a.books().pages().gt(20));
    let sql = after.values(|a| (a.name(), a.books().pages().sum())).sql().expect("SQL");
    assert!(sql.contains(r#"SUM(t1."pages")"#) && sql.contains(r#"t1."pages" > $1"#), "{sql}");
}
