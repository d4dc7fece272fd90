//! What negations become: NULL is different from every value, and related rows are looked for in
//! subqueries.

use crate::check::check;
use crate::library::*;
use orm_core::ir::{Node, PathBuf};

fn review(b: &PathBuf, field: &str) -> Node {
    b.back(&REVIEW_BOOK).field(field)
}

fn tag_is(b: &PathBuf, name: &str) -> Node {
    b.to(&TAGS).field("name").eq(text(name))
}

#[test]
fn null_is_different() {
    check(
        "not_null_column",
        ids(&Book).exclude(|b| b.field("price").eq(int(1))),
        r#""book" AS t0 WHERE NOT (t0."price" = $1)"#,
    );
    check(
        "nullable_column",
        ids(&Book).exclude(|b| b.field("pages").eq(int(200))),
        r#""book" AS t0 WHERE NOT (t0."pages" = $1 AND t0."pages" IS NOT NULL)"#,
    );
    check(
        "bool",
        ids(&Book).exclude(|b| b.field("in_print")),
        r#""book" AS t0 WHERE NOT t0."in_print""#,
    );
    check(
        "missing_key",
        ids(&Book).exclude(|b| b.to(&BOOK_PUBLISHER).row().eq(Node::null())),
        r#""book" AS t0 WHERE NOT (t0."publisher_id" IS NULL)"#,
    );
    check(
        "null_value",
        ids(&Book).exclude(|b| b.field("pages").eq(nothing())),
        r#""book" AS t0 WHERE NOT (t0."pages" IS NULL)"#,
    );
    check(
        "or",
        ids(&Book).exclude(|b| b.field("price").gt(int(9)).or(b.field("pages").gt(int(5)))),
        r#""book" AS t0 WHERE NOT (t0."price" > $1 OR (t0."pages" > $2 AND t0."pages" IS
           NOT NULL))"#,
    );
    check(
        "behind_a_key",
        ids(&Book).exclude(|b| b.to(&BOOK_PUBLISHER).field("country").eq(text("US"))),
        r#""book" AS t0 LEFT JOIN "publisher" AS t1 ON t1."id" = t0."publisher_id" WHERE
           NOT (t1."country" = $1 AND t1."country" IS NOT NULL)"#,
    );
    check(
        "behind_two_keys",
        ids(&Book).exclude(|b| b.to(&BOOK_PUBLISHER).to(&PARENT).field("name").eq(text("x"))),
        r#""book" AS t0 LEFT JOIN "publisher" AS t1 ON t1."id" = t0."publisher_id" LEFT
           JOIN "publisher" AS t2 ON t2."id" = t1."parent_id" WHERE NOT (t2."name" = $1
           AND t2."name" IS NOT NULL)"#,
    );
    check(
        "nullable_columns",
        ids(&Book).exclude(|b| b.field("price").eq(b.field("discount"))),
        r#""book" AS t0 WHERE NOT (t0."price" = t0."discount" AND t0."discount" IS NOT
           NULL)"#,
    );
    check(
        "function",
        ids(&Author).exclude(|a| call(&LOWER, vec![a.field("email")]).eq(text("x"))),
        r#""author" AS t0 WHERE NOT (LOWER(t0."email") = $1 AND t0."email" IS NOT NULL)"#,
    );
    check(
        "in_list",
        ids(&Book).exclude(|b| b.field("pages").within(vec![1, 2])),
        r#""book" AS t0 WHERE NOT (t0."pages" = ANY($1) AND t0."pages" IS NOT NULL)"#,
    );
    check(
        "ne",
        ids(&Book).filter(|b| b.field("pages").ne(int(200))),
        r#""book" AS t0 WHERE NOT (t0."pages" = $1 AND t0."pages" IS NOT NULL)"#,
    );
    check(
        "not_ne",
        ids(&Book).exclude(|b| b.field("pages").ne(int(200))),
        r#""book" AS t0 WHERE NOT (NOT (t0."pages" = $1))"#,
    );
    check(
        "ne_null",
        ids(&Book).filter(|b| b.field("pages").ne(nothing())),
        r#""book" AS t0 WHERE t0."pages" IS NOT NULL"#,
    );
    check(
        "needed_elsewhere",
        ids(&Book).filter(|b| {
            let publisher = b.to(&BOOK_PUBLISHER);
            let us = publisher.field("country").eq(text("US"));
            us.and(publisher.field("name").eq(text("x")).not())
        }),
        r#""book" AS t0 JOIN "publisher" AS t1 ON t1."id" = t0."publisher_id" WHERE
           t1."country" = $1 AND NOT (t1."name" = $2)"#,
    );
    check(
        "in_one_branch_only",
        ids(&Book).filter(|b| {
            let publisher = b.to(&BOOK_PUBLISHER);
            let us = publisher.field("country").eq(text("US")).and(b.field("in_print"));
            us.or(publisher.field("name").eq(text("x")).not())
        }),
        r#""book" AS t0 LEFT JOIN "publisher" AS t1 ON t1."id" = t0."publisher_id" WHERE
           (t1."country" = $1 AND t0."in_print") OR NOT (t1."name" = $2 AND t1."name" IS
           NOT NULL)"#,
    );
    check(
        "twice",
        ids(&Book).exclude(|b| b.to(&BOOK_PUBLISHER).field("country").eq(text("US")).not()),
        r#""book" AS t0 JOIN "publisher" AS t1 ON t1."id" = t0."publisher_id" WHERE NOT
           (NOT (t1."country" = $1))"#,
    );
    check(
        "twice_under_and",
        ids(&Book)
            .exclude(|b| b.field("price").gt(int(1)).not().and(b.field("pages").gt(int(5)).not())),
        r#""book" AS t0 WHERE NOT (NOT (t0."price" > $1) AND NOT (t0."pages" > $2))"#,
    );
    check(
        "undone",
        ids(&Book).filter(|b| b.field("pages").eq(int(1)).not().not()),
        r#""book" AS t0 WHERE t0."pages" = $1"#,
    );
    check(
        "undone_over_many",
        ids(&Book).filter(|b| tag_is(&b, "sea").not().not()),
        r#""book" AS t0 JOIN "book_tags" AS t1 ON t1."book_id" = t0."id" JOIN "tag" AS t2
           ON t2."id" = t1."tag_id" WHERE t2."name" = $1"#,
    );
    let mentors = rows(&Author).values(|a| vec![a.to(&MENTOR).row()]);
    check(
        "in_query",
        ids(&Author).filter(|a| a.field("id").of(&mentors.0)),
        r#""author" AS t0 WHERE t0."id" IN (SELECT t1."mentor_id" FROM "author" AS t1)"#,
    );
    check(
        "not_in_query",
        ids(&Author).exclude(|a| a.field("id").of(&mentors.0)),
        r#""author" AS t0 WHERE NOT (t0."id" IN (SELECT t1."mentor_id" FROM "author" AS
           t1 WHERE t1."mentor_id" IS NOT NULL))"#,
    );
    check(
        "reverse_one_isnull",
        ids(&Author).exclude(|a| a.back(&PROFILE_AUTHOR).row().isnull(true)),
        r#""author" AS t0 JOIN "profile" AS t1 ON t1."author_id" = t0."id" WHERE NOT
           (t1."id" IS NULL)"#,
    );
}

#[test]
fn related_rows_are_looked_for() {
    check(
        "many_to_many",
        ids(&Book).exclude(|b| tag_is(&b, "sea")),
        r#""book" AS t0 WHERE NOT EXISTS (SELECT 1 FROM "book_tags" AS t1 JOIN "tag" AS
           t2 ON t2."id" = t1."tag_id" WHERE t1."book_id" = t0."id" AND t2."name" = $1)"#,
    );
    check(
        "key",
        ids(&Book).exclude(|b| b.to(&TAGS).row().eq(key_of(1))),
        r#""book" AS t0 WHERE NOT EXISTS (SELECT 1 FROM "book_tags" AS t1 WHERE
           t1."book_id" = t0."id" AND t1."tag_id" = $1)"#,
    );
    check(
        "two_conditions_on_one_row",
        ids(&Book).exclude(|b| {
            review(&b, "stars").eq(int(5)).and(review(&b, "reviewer").eq(text("max")))
        }),
        r#""book" AS t0 WHERE NOT EXISTS (SELECT 1 FROM "review" AS t1 WHERE t1."book_id"
           = t0."id" AND t1."stars" = $1 AND t1."reviewer" = $2)"#,
    );
    check(
        "conditions_on_several_rows",
        ids(&Book).exclude(|b| {
            let five = review(&b, "stars").eq(int(5));
            let max = review(&b, "reviewer").eq(text("max"));
            five.and(tag_is(&b, "sea")).and(b.field("price").gt(int(1))).and(max)
        }),
        r#""book" AS t0 WHERE NOT (EXISTS (SELECT 1 FROM "review" AS t1 WHERE
           t1."book_id" = t0."id" AND t1."stars" = $1 AND t1."reviewer" = $2) AND EXISTS
           (SELECT 1 FROM "book_tags" AS t2 JOIN "tag" AS t3 ON t3."id" = t2."tag_id"
           WHERE t2."book_id" = t0."id" AND t3."name" = $3) AND t0."price" > $4)"#,
    );
    check(
        "either",
        ids(&Book).exclude(|b| tag_is(&b, "sea").or(b.field("price").gt(int(1)))),
        r#""book" AS t0 WHERE NOT (EXISTS (SELECT 1 FROM "book_tags" AS t1 JOIN "tag" AS
           t2 ON t2."id" = t1."tag_id" WHERE t1."book_id" = t0."id" AND t2."name" = $1)
           OR t0."price" > $2)"#,
    );
    check(
        "either_of_one_row_and_more",
        ids(&Book).exclude(|b| {
            let either = review(&b, "stars").eq(int(5)).or(b.field("price").gt(int(1)));
            either.and(review(&b, "reviewer").eq(text("max")))
        }),
        r#""book" AS t0 WHERE NOT EXISTS (SELECT 1 FROM "review" AS t1 WHERE t1."book_id"
           = t0."id" AND (t1."stars" = $1 OR t0."price" > $2) AND t1."reviewer" = $3)"#,
    );
    check(
        "isnull",
        ids(&Book).exclude(|b| b.to(&TAGS).row().isnull(true)),
        r#""book" AS t0 WHERE NOT EXISTS (SELECT 1 FROM "book" AS t1 LEFT JOIN
           "book_tags" AS t2 ON t2."book_id" = t1."id" WHERE t1."id" = t0."id" AND
           t2."tag_id" IS NULL)"#,
    );
    check(
        "is_not_null",
        ids(&Book).exclude(|b| b.to(&TAGS).row().isnull(false)),
        r#""book" AS t0 WHERE NOT EXISTS (SELECT 1 FROM "book_tags" AS t1 WHERE
           t1."book_id" = t0."id" AND t1."tag_id" IS NOT NULL)"#,
    );
    check(
        "null_value",
        ids(&Book).exclude(|b| review(&b, "reviewer").eq(nothing())),
        r#""book" AS t0 WHERE NOT EXISTS (SELECT 1 FROM "book" AS t1 LEFT JOIN "review"
           AS t2 ON t2."book_id" = t1."id" WHERE t1."id" = t0."id" AND t2."reviewer" IS
           NULL)"#,
    );
    check(
        "own_column",
        ids(&Book).exclude(|b| b.back(&SHIP_BOOK).field("royalty").gt(b.field("price"))),
        r#""book" AS t0 WHERE NOT EXISTS (SELECT 1 FROM "authorship" AS t1 WHERE
           t1."book_id" = t0."id" AND t1."royalty" > t0."price")"#,
    );
    check(
        "own_column_behind_key",
        ids(&Book).exclude(|b| review(&b, "reviewer").eq(b.to(&EDITOR).field("name"))),
        r#""book" AS t0 LEFT JOIN "author" AS t2 ON t2."id" = t0."editor_id" WHERE NOT
           EXISTS (SELECT 1 FROM "review" AS t1 WHERE t1."book_id" = t0."id" AND
           t1."reviewer" = t2."name")"#,
    );
    check(
        "in_list",
        ids(&Book).exclude(|b| review(&b, "stars").within(vec![1, 2])),
        r#""book" AS t0 WHERE NOT EXISTS (SELECT 1 FROM "review" AS t1 WHERE t1."book_id"
           = t0."id" AND t1."stars" = ANY($1))"#,
    );
    check(
        "after_a_key",
        ids(&Review).exclude(|r| tag_is(&r.to(&REVIEW_BOOK), "sea")),
        r#""review" AS t0 WHERE NOT EXISTS (SELECT 1 FROM "book_tags" AS t1 JOIN "tag" AS
           t2 ON t2."id" = t1."tag_id" WHERE t1."book_id" = t0."book_id" AND t2."name" =
           $1)"#,
    );
    check(
        "after_two_keys",
        ids(&Review).exclude(|r| {
            let publisher = r.to(&REVIEW_BOOK).to(&BOOK_PUBLISHER);
            publisher.back(&BOOK_PUBLISHER).field("in_print")
        }),
        r#""review" AS t0 JOIN "book" AS t2 ON t2."id" = t0."book_id" WHERE NOT EXISTS
           (SELECT 1 FROM "book" AS t1 WHERE t1."publisher_id" = t2."publisher_id" AND
           t1."in_print")"#,
    );
    check(
        "then_filter",
        ids(&Book).exclude(|b| tag_is(&b, "history")).filter(|b| tag_is(&b, "sea")),
        r#""book" AS t0 JOIN "book_tags" AS t3 ON t3."book_id" = t0."id" JOIN "tag" AS t4
           ON t4."id" = t3."tag_id" WHERE NOT EXISTS (SELECT 1 FROM "book_tags" AS t1
           JOIN "tag" AS t2 ON t2."id" = t1."tag_id" WHERE t1."book_id" = t0."id" AND
           t2."name" = $1) AND t4."name" = $2"#,
    );
    check(
        "beside_a_positive_condition",
        ids(&Book).filter(|b| tag_is(&b, "sea").and(tag_is(&b, "history").not())),
        r#""book" AS t0 JOIN "book_tags" AS t1 ON t1."book_id" = t0."id" JOIN "tag" AS t2
           ON t2."id" = t1."tag_id" WHERE t2."name" = $1 AND NOT EXISTS (SELECT 1 FROM
           "book_tags" AS t3 JOIN "tag" AS t4 ON t4."id" = t3."tag_id" WHERE t3."book_id"
           = t0."id" AND t4."name" = $2)"#,
    );
    check(
        "twice",
        ids(&Book).exclude(|b| tag_is(&b, "sea").not()),
        r#""book" AS t0 WHERE NOT (NOT EXISTS (SELECT 1 FROM "book_tags" AS t1 JOIN "tag"
           AS t2 ON t2."id" = t1."tag_id" WHERE t1."book_id" = t0."id" AND t2."name" =
           $1))"#,
    );
    check(
        "inner_negation_is_apart",
        ids(&Book).exclude(|b| {
            review(&b, "stars").eq(int(5)).not().and(review(&b, "reviewer").eq(text("max")))
        }),
        r#""book" AS t0 WHERE NOT (NOT EXISTS (SELECT 1 FROM "review" AS t1 WHERE
           t1."book_id" = t0."id" AND t1."stars" = $1) AND EXISTS (SELECT 1 FROM "review"
           AS t2 WHERE t2."book_id" = t0."id" AND t2."reviewer" = $2))"#,
    );
    check(
        "ne",
        ids(&Book).exclude(|b| review(&b, "stars").ne(int(5))),
        r#""book" AS t0 WHERE NOT EXISTS (SELECT 1 FROM "review" AS t1 WHERE t1."book_id"
           = t0."id" AND NOT (t1."stars" = $1))"#,
    );
    check(
        "xor",
        ids(&Book).exclude(|b| {
            review(&b, "stars").eq(int(5)).xor(review(&b, "reviewer").eq(text("max")))
        }),
        r#""book" AS t0 WHERE NOT EXISTS (SELECT 1 FROM "book" AS t1 LEFT JOIN "review"
           AS t2 ON t2."book_id" = t1."id" WHERE t1."id" = t0."id" AND ((CASE WHEN
           t2."stars" = $1 THEN 1 ELSE 0 END + CASE WHEN t2."reviewer" = $2 THEN 1 ELSE 0
           END) % 2 = 1))"#,
    );
    check(
        "through_rows_are_those_of_the_relation",
        ids(&Book).exclude(|b| {
            let role = b.back(&SHIP_BOOK).field("role").eq(text("writer"));
            b.to(&AUTHORS).field("name").eq(text("x")).and(role)
        }),
        r#""book" AS t0 WHERE NOT EXISTS (SELECT 1 FROM "authorship" AS t1 JOIN "author"
           AS t2 ON t2."id" = t1."author_id" WHERE t1."book_id" = t0."id" AND t2."name" =
           $1 AND t1."role" = $2)"#,
    );
    check(
        "nothing_in_list",
        ids(&Book).exclude(|b| review(&b, "stars").within(vec![])),
        r#""book" AS t0"#,
    );
}
