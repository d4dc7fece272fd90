//! Joins over relations: which are shared, which are inner joins, what negations become.

use crate::check::check;
use crate::library::*;
use orm_core::node::Node;

#[test]
fn conditions_of_one_call_share_a_row() {
    check(
        "one call",
        ids(&Book).filter(|b| {
            let r = b.back(&REVIEW_BOOK);
            r.field("stars").eq(int(5)).and(r.field("reviewer").eq(text("kim")))
        }),
        r#""book" AS t0 JOIN "review" AS t1 ON t1."book_id" = t0."id"
           WHERE t1."stars" = $1 AND t1."reviewer" = $2"#,
    );
    check(
        "two calls",
        ids(&Book)
            .filter(|b| b.back(&REVIEW_BOOK).field("stars").eq(int(5)))
            .filter(|b| b.back(&REVIEW_BOOK).field("reviewer").eq(text("kim"))),
        r#""book" AS t0 JOIN "review" AS t1 ON t1."book_id" = t0."id"
           JOIN "review" AS t2 ON t2."book_id" = t0."id"
           WHERE t1."stars" = $1 AND t2."reviewer" = $2"#,
    );
}

#[test]
fn negations() {
    check("exclude", ids(&Book).exclude(|b| b.to(&TAGS).field("name").eq(text("sea"))), "");
    check(
        "two",
        ids(&Book).exclude(|b| {
            let r = b.back(&REVIEW_BOOK);
            r.field("stars").eq(int(5)).and(r.field("reviewer").eq(text("kim")))
        }),
        "",
    );
    let _ = Node::null();
}
