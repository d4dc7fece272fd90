//! Joins over relations: which are shared, and which are inner joins.

use crate::check::check;
use crate::library::*;
use orm_core::ir::{Node, PathBuf};

fn review(b: &PathBuf, field: &str) -> Node {
    b.back(&REVIEW_BOOK).field(field)
}

fn tag_name(b: &PathBuf) -> Node {
    b.to(&TAGS).field("name")
}

#[test]
fn one_call_shares_a_row() {
    check(
        "one_call",
        ids(&Book)
            .filter(|b| review(&b, "stars").eq(int(5)).and(review(&b, "reviewer").eq(text("kim")))),
        r#""book" AS t0 JOIN "review" AS t1 ON t1."book_id" = t0."id" WHERE t1."stars" =
           $1 AND t1."reviewer" = $2"#,
    );
    check(
        "two_calls",
        ids(&Book)
            .filter(|b| review(&b, "stars").eq(int(5)))
            .filter(|b| review(&b, "reviewer").eq(text("kim"))),
        r#""book" AS t0 JOIN "review" AS t1 ON t1."book_id" = t0."id" JOIN "review" AS t2
           ON t2."book_id" = t0."id" WHERE t1."stars" = $1 AND t2."reviewer" = $2"#,
    );
    check(
        "two_calls_of_a_related_set",
        ids(&Tag)
            .filter(|t| t.back(&TAGS).row().eq(key_of(1)))
            .sticky()
            .filter(|t| t.back(&TAGS).field("title").eq(text("x"))),
        r#""tag" AS t0 JOIN "book_tags" AS t1 ON t1."tag_id" = t0."id" JOIN "book" AS t2
           ON t2."id" = t1."book_id" WHERE t1."book_id" = $1 AND t2."title" = $2"#,
    );
    check(
        "two_calls_over_many_to_many",
        ids(&Book)
            .filter(|b| tag_name(&b).eq(text("sea")))
            .filter(|b| tag_name(&b).eq(text("history"))),
        r#""book" AS t0 JOIN "book_tags" AS t1 ON t1."book_id" = t0."id" JOIN "tag" AS t2
           ON t2."id" = t1."tag_id" JOIN "book_tags" AS t3 ON t3."book_id" = t0."id" JOIN
           "tag" AS t4 ON t4."id" = t3."tag_id" WHERE t2."name" = $1 AND t4."name" = $2"#,
    );
    check(
        "to_one_is_always_shared",
        ids(&Book)
            .filter(|b| b.to(&EDITOR).field("name").eq(text("x")))
            .filter(|b| b.to(&EDITOR).field("alive")),
        r#""book" AS t0 JOIN "author" AS t1 ON t1."id" = t0."editor_id" WHERE t1."name" =
           $1 AND t1."alive""#,
    );
    check(
        "deep",
        ids(&Tag).filter(|t| {
            let books = t.back(&TAGS);
            let dead = books.to(&AUTHORS).field("alive").not();
            books.back(&REVIEW_BOOK).field("stars").eq(int(5)).and(dead)
        }),
        r#""tag" AS t0 JOIN "book_tags" AS t1 ON t1."tag_id" = t0."id" JOIN "book" AS t2
           ON t2."id" = t1."book_id" JOIN "review" AS t3 ON t3."book_id" = t2."id" WHERE
           t3."stars" = $1 AND NOT EXISTS (SELECT 1 FROM "book_tags" AS t4 JOIN "book" AS
           t5 ON t5."id" = t4."book_id" JOIN "authorship" AS t6 ON t6."book_id" = t5."id"
           JOIN "author" AS t7 ON t7."id" = t6."author_id" WHERE t4."tag_id" = t0."id"
           AND t7."alive")"#,
    );
    check(
        "deep_in_two_calls",
        ids(&Tag)
            .filter(|t| t.back(&TAGS).back(&REVIEW_BOOK).field("stars").eq(int(1)))
            .filter(|t| t.back(&TAGS).to(&AUTHORS).field("alive")),
        r#""tag" AS t0 JOIN "book_tags" AS t1 ON t1."tag_id" = t0."id" JOIN "book" AS t2
           ON t2."id" = t1."book_id" JOIN "review" AS t3 ON t3."book_id" = t2."id" JOIN
           "book_tags" AS t4 ON t4."tag_id" = t0."id" JOIN "book" AS t5 ON t5."id" =
           t4."book_id" JOIN "authorship" AS t6 ON t6."book_id" = t5."id" JOIN "author"
           AS t7 ON t7."id" = t6."author_id" WHERE t3."stars" = $1 AND t7."alive""#,
    );
    check(
        "through_rows_are_those_of_the_relation",
        ids(&Book).filter(|b| {
            let role = b.back(&SHIP_BOOK).field("role").eq(text("writer"));
            b.to(&AUTHORS).field("name").eq(text("x")).and(role)
        }),
        r#""book" AS t0 JOIN "authorship" AS t1 ON t1."book_id" = t0."id" JOIN "author"
           AS t2 ON t2."id" = t1."author_id" WHERE t2."name" = $1 AND t1."role" = $2"#,
    );
    check(
        "column_against_column",
        ids(&Book).filter(|b| {
            b.back(&STOCK_BOOK).field("quantity").gt(b.back(&REVIEW_BOOK).field("stars"))
        }),
        r#""book" AS t0 JOIN "stock" AS t1 ON t1."book_id" = t0."id" JOIN "review" AS t2
           ON t2."book_id" = t0."id" WHERE t1."quantity" > t2."stars""#,
    );
}

#[test]
fn keys_are_read_where_they_stand() {
    check(
        "key",
        ids(&Book).filter(|b| b.to(&BOOK_PUBLISHER).row().eq(key_of(3))),
        r#""book" AS t0 WHERE t0."publisher_id" = $1"#,
    );
    check(
        "key_by_id",
        ids(&Book).filter(|b| b.to(&BOOK_PUBLISHER).field("id").eq(int(3))),
        r#""book" AS t0 WHERE t0."publisher_id" = $1"#,
    );
    check(
        "key_of_key",
        ids(&Author).filter(|a| a.to(&MENTOR).to(&MENTOR).field("id").eq(int(1))),
        r#""author" AS t0 JOIN "author" AS t1 ON t1."id" = t0."mentor_id" WHERE
           t1."mentor_id" = $1"#,
    );
    check(
        "many_to_many",
        ids(&Book).filter(|b| b.to(&TAGS).row().eq(key_of(3))),
        r#""book" AS t0 JOIN "book_tags" AS t1 ON t1."book_id" = t0."id" WHERE
           t1."tag_id" = $1"#,
    );
    check(
        "many_to_many_by_id",
        ids(&Book).filter(|b| b.to(&TAGS).field("id").eq(int(3))),
        r#""book" AS t0 JOIN "book_tags" AS t1 ON t1."book_id" = t0."id" WHERE
           t1."tag_id" = $1"#,
    );
    check(
        "many_to_many_back",
        ids(&Tag).filter(|t| t.back(&TAGS).row().eq(key_of(3))),
        r#""tag" AS t0 JOIN "book_tags" AS t1 ON t1."tag_id" = t0."id" WHERE t1."book_id"
           = $1"#,
    );
    check(
        "self",
        ids(&Author).filter(|a| a.to(&FOLLOWS).field("id").eq(int(1))),
        r#""author" AS t0 JOIN "author_follows" AS t1 ON t1."from_author_id" = t0."id"
           WHERE t1."to_author_id" = $1"#,
    );
    check(
        "self_back",
        ids(&Author).filter(|a| a.back(&FOLLOWS).field("id").eq(int(1))),
        r#""author" AS t0 JOIN "author_follows" AS t1 ON t1."to_author_id" = t0."id"
           WHERE t1."from_author_id" = $1"#,
    );
    check(
        "reverse_key",
        ids(&Book).filter(|b| review(&b, "id").eq(int(1))),
        r#""book" AS t0 JOIN "review" AS t1 ON t1."book_id" = t0."id" WHERE t1."id" = $1"#,
    );
    check(
        "reverse_row",
        ids(&Book).filter(|b| b.back(&REVIEW_BOOK).row().eq(key_of(1))),
        r#""book" AS t0 JOIN "review" AS t1 ON t1."book_id" = t0."id" WHERE t1."id" = $1"#,
    );
    check(
        "to_field",
        ids(&Letter).filter(|l| l.to(&LETTER_TO).field("email").eq(text("x"))),
        r#""letter" AS t0 WHERE t0."to_email" = $1"#,
    );
    check(
        "to_field_join",
        ids(&Letter).filter(|l| l.to(&LETTER_TO).field("id").eq(int(1))),
        r#""letter" AS t0 JOIN "author" AS t1 ON t1."email" = t0."to_email" WHERE t1."id"
           = $1"#,
    );
    check(
        "to_field_row",
        ids(&Letter).filter(|l| {
            l.to(&LETTER_TO).row().eq(Node::row(vec![orm_sql::value::SqlValue::Text("x".into())]))
        }),
        r#""letter" AS t0 WHERE t0."to_email" = $1"#,
    );
    check(
        "key_against_key",
        ids(&Book).filter(|b| b.to(&EDITOR).row().eq(b.to(&AUTHORS).row())),
        r#""book" AS t0 JOIN "authorship" AS t1 ON t1."book_id" = t0."id" WHERE
           t0."editor_id" = t1."author_id""#,
    );
}

#[test]
fn joins_are_inner_where_a_row_is_needed() {
    let publisher = |b: &PathBuf, field: &str| b.to(&BOOK_PUBLISHER).field(field);
    check(
        "eq",
        ids(&Book).filter(|b| publisher(&b, "country").eq(text("US"))),
        r#""book" AS t0 JOIN "publisher" AS t1 ON t1."id" = t0."publisher_id" WHERE
           t1."country" = $1"#,
    );
    check(
        "isnull",
        ids(&Book).filter(|b| publisher(&b, "founded").isnull(true)),
        r#""book" AS t0 LEFT JOIN "publisher" AS t1 ON t1."id" = t0."publisher_id" WHERE
           t1."founded" IS NULL"#,
    );
    check(
        "is_not_null",
        ids(&Book).filter(|b| publisher(&b, "founded").isnull(false)),
        r#""book" AS t0 JOIN "publisher" AS t1 ON t1."id" = t0."publisher_id" WHERE
           t1."founded" IS NOT NULL"#,
    );
    check(
        "two_levels",
        ids(&Book).filter(|b| b.to(&BOOK_PUBLISHER).to(&PARENT).field("name").eq(text("x"))),
        r#""book" AS t0 JOIN "publisher" AS t1 ON t1."id" = t0."publisher_id" JOIN
           "publisher" AS t2 ON t2."id" = t1."parent_id" WHERE t2."name" = $1"#,
    );
    check(
        "or_with_own_column",
        ids(&Book).filter(|b| tag_name(&b).eq(text("sea")).or(b.field("price").gt(int(50)))),
        r#""book" AS t0 LEFT JOIN "book_tags" AS t1 ON t1."book_id" = t0."id" LEFT JOIN
           "tag" AS t2 ON t2."id" = t1."tag_id" WHERE t2."name" = $1 OR t0."price" > $2"#,
    );
    check(
        "or_over_one_relation",
        ids(&Book).filter(|b| {
            publisher(&b, "name").eq(text("x")).or(publisher(&b, "country").eq(text("US")))
        }),
        r#""book" AS t0 JOIN "publisher" AS t1 ON t1."id" = t0."publisher_id" WHERE
           t1."name" = $1 OR t1."country" = $2"#,
    );
    check(
        "or_then_and",
        ids(&Book)
            .filter(|b| publisher(&b, "name").eq(text("x")).or(b.field("price").gt(int(1))))
            .filter(|b| publisher(&b, "country").eq(text("US"))),
        r#""book" AS t0 JOIN "publisher" AS t1 ON t1."id" = t0."publisher_id" WHERE
           (t1."name" = $1 OR t0."price" > $2) AND t1."country" = $3"#,
    );
    check(
        "and_then_or",
        ids(&Book)
            .filter(|b| publisher(&b, "country").eq(text("US")))
            .filter(|b| publisher(&b, "name").eq(text("x")).or(b.field("price").gt(int(1)))),
        r#""book" AS t0 JOIN "publisher" AS t1 ON t1."id" = t0."publisher_id" WHERE
           t1."country" = $1 AND (t1."name" = $2 OR t0."price" > $3)"#,
    );
    check(
        "or_with_missing_key",
        ids(&Book).filter(|b| {
            b.to(&BOOK_PUBLISHER).row().eq(Node::null()).or(publisher(&b, "name").eq(text("x")))
        }),
        r#""book" AS t0 LEFT JOIN "publisher" AS t1 ON t1."id" = t0."publisher_id" WHERE
           t0."publisher_id" IS NULL OR t1."name" = $1"#,
    );
    check(
        "xor",
        ids(&Book).filter(|b| publisher(&b, "name").eq(text("x")).xor(b.field("in_print"))),
        r#""book" AS t0 LEFT JOIN "publisher" AS t1 ON t1."id" = t0."publisher_id" WHERE
           (CASE WHEN t1."name" = $1 THEN 1 ELSE 0 END + CASE WHEN t0."in_print" THEN 1
           ELSE 0 END) % 2 = 1"#,
    );
    check(
        "null_opaque",
        ids(&Book).filter(|b| {
            call(&COALESCE, vec![publisher(&b, "name"), text("none")]).eq(text("none"))
        }),
        r#""book" AS t0 LEFT JOIN "publisher" AS t1 ON t1."id" = t0."publisher_id" WHERE
           COALESCE(t1."name", $1) = $2"#,
    );
    check(
        "function",
        ids(&Book).filter(|b| call(&LOWER, vec![publisher(&b, "name")]).eq(text("x"))),
        r#""book" AS t0 JOIN "publisher" AS t1 ON t1."id" = t0."publisher_id" WHERE
           LOWER(t1."name") = $1"#,
    );
    check(
        "many_isnull",
        ids(&Book).filter(|b| b.to(&TAGS).row().isnull(true)),
        r#""book" AS t0 LEFT JOIN "book_tags" AS t1 ON t1."book_id" = t0."id" WHERE
           t1."tag_id" IS NULL"#,
    );
    check(
        "many_is_not_null",
        ids(&Book).filter(|b| b.to(&TAGS).row().isnull(false)),
        r#""book" AS t0 JOIN "book_tags" AS t1 ON t1."book_id" = t0."id" WHERE
           t1."tag_id" IS NOT NULL"#,
    );
    check(
        "reverse_one_isnull",
        ids(&Author).filter(|a| a.back(&PROFILE_AUTHOR).row().isnull(true)),
        r#""author" AS t0 LEFT JOIN "profile" AS t1 ON t1."author_id" = t0."id" WHERE
           t1."id" IS NULL"#,
    );
    check(
        "ne",
        ids(&Book).filter(|b| publisher(&b, "country").ne(text("US"))),
        r#""book" AS t0 LEFT JOIN "publisher" AS t1 ON t1."id" = t0."publisher_id" WHERE
           NOT (t1."country" = $1 AND t1."country" IS NOT NULL)"#,
    );
    check(
        "ne_over_many",
        ids(&Book).filter(|b| review(&b, "stars").ne(int(5))),
        r#""book" AS t0 JOIN "review" AS t1 ON t1."book_id" = t0."id" WHERE NOT
           (t1."stars" = $1)"#,
    );
    check(
        "key_needed_before_order",
        ids(&Book)
            .filter(|b| b.to(&BOOK_PUBLISHER).row().eq(key_of(1)))
            .order(|b| vec![asc(b.to(&BOOK_PUBLISHER).field("name"))]),
        r#""book" AS t0 JOIN "publisher" AS t1 ON t1."id" = t0."publisher_id" WHERE
           t0."publisher_id" = $1 ORDER BY t1."name""#,
    );
}
