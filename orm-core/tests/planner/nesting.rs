//! Queries inside of queries.

use crate::check::{check, check_error};
use crate::library::*;
use orm_core::ir::*;
use orm_sql::value::SqlType;
use smallvec::smallvec;

fn exists(rows: Rows) -> Node {
    Node::Exists(Box::new(rows.0))
}

fn outer(node: Node) -> Node {
    Node::Outer(Box::new(node))
}

fn related(path: PathBuf) -> Rows {
    let mut query = Query::new(path.target());
    query.select = smallvec![Selected::Model(PathBuf::root(query.scope, path.target()))];
    query.source = Source::Related(path);
    Rows(query)
}

#[test]
fn lists_of_queries() {
    let us = || rows(&Publisher).filter(|p| p.field("country").eq(text("US")));
    check(
        "models",
        ids(&Book).filter(|b| b.to(&BOOK_PUBLISHER).row().of(&us().0)),
        r#""book" AS t0 WHERE t0."publisher_id" IN (SELECT t1."id" FROM "publisher" AS t1
           WHERE t1."country" = $1)"#,
    );
    check(
        "models_of_key",
        ids(&Book).filter(|b| b.to(&BOOK_PUBLISHER).field("id").of(&us().0)),
        r#""book" AS t0 WHERE t0."publisher_id" IN (SELECT t1."id" FROM "publisher" AS t1
           WHERE t1."country" = $1)"#,
    );
    check(
        "excluded",
        ids(&Book).exclude(|b| b.to(&BOOK_PUBLISHER).row().of(&us().0)),
        r#""book" AS t0 WHERE NOT (t0."publisher_id" IN (SELECT t1."id" FROM "publisher"
           AS t1 WHERE t1."country" = $1) AND t0."publisher_id" IS NOT NULL)"#,
    );
    let ordered = us().order(|p| vec![asc(p.field("name"))]);
    check(
        "ordered",
        ids(&Book).filter(|b| b.to(&BOOK_PUBLISHER).row().of(&ordered.0)),
        r#""book" AS t0 WHERE t0."publisher_id" IN (SELECT t1."id" FROM "publisher" AS t1
           WHERE t1."country" = $1)"#,
    );
    let sliced = ordered.change(|q| q.limit = Some(3));
    check(
        "sliced",
        ids(&Book).filter(|b| b.to(&BOOK_PUBLISHER).row().of(&sliced.0)),
        r#""book" AS t0 WHERE t0."publisher_id" IN (SELECT t1."id" FROM "publisher" AS t1
           WHERE t1."country" = $1 ORDER BY t1."name" LIMIT 3)"#,
    );
    let emails = rows(&Author).filter(|a| a.field("alive"));
    check(
        "to_field",
        ids(&Letter).filter(|l| l.to(&LETTER_TO).row().of(&emails.0)),
        r#""letter" AS t0 WHERE t0."to_email" IN (SELECT t1."email" FROM "author" AS t1
           WHERE t1."alive")"#,
    );
    let reviewed = rows(&Review).values(|r| vec![r.to(&REVIEW_BOOK).row()]);
    check(
        "values",
        ids(&Book).filter(|b| b.field("id").of(&reviewed.0)),
        r#""book" AS t0 WHERE t0."id" IN (SELECT t1."book_id" FROM "review" AS t1)"#,
    );
    let joined = rows(&Review).values(|r| vec![r.to(&REVIEW_BOOK).to(&EDITOR).field("name")]);
    check(
        "values_behind_key",
        ids(&Book).filter(|b| b.field("title").of(&joined.0)),
        r#""book" AS t0 WHERE t0."title" IN (SELECT t3."name" FROM "review" AS t1 JOIN
           "book" AS t2 ON t2."id" = t1."book_id" LEFT JOIN "author" AS t3 ON t3."id" =
           t2."editor_id")"#,
    );
    check(
        "none",
        ids(&Book).filter(|b| b.field("id").of(&us().change(|q| q.none = true).0)),
        r#""book" AS t0 WHERE FALSE"#,
    );
    let shelves = rows(&Shelf);
    check(
        "composite",
        rows(&Shelf)
            .values(|s| vec![s.field("label")])
            .filter(|s| Node::In(Box::new(s.row()), Members::Query(Box::new(shelves.0.clone())))),
        r#"SELECT t0."label" FROM "shelf" AS t0 WHERE (t0."room", t0."row") IN (SELECT
           t1."room", t1."row" FROM "shelf" AS t1)"#,
    );
    check_error(
        "two_columns",
        ids(&Book).filter(|b| b.field("id").of(&reviewed.clone().annotate(|r| r.field("id")).0)),
        "a query on the right of `in_` selects one column, or whole models",
    );
}

#[test]
fn correlated() {
    check(
        "exists",
        ids(&Book).filter(|b| {
            exists(rows(&Review).filter(|r| {
                r.to(&REVIEW_BOOK).row().eq(outer(b.row())).and(r.field("stars").eq(int(5)))
            }))
        }),
        r#""book" AS t0 WHERE EXISTS (SELECT 1 FROM "review" AS t1 WHERE t1."book_id" =
           t0."id" AND t1."stars" = $1)"#,
    );
    check(
        "not_exists",
        ids(&Book).exclude(|b| {
            exists(rows(&Review).filter(|r| r.to(&REVIEW_BOOK).row().eq(outer(b.row()))))
        }),
        r#""book" AS t0 WHERE NOT EXISTS (SELECT 1 FROM "review" AS t1 WHERE t1."book_id"
           = t0."id")"#,
    );
    check(
        "two_levels",
        ids(&Publisher).filter(|p| {
            exists(rows(&Book).filter(|b| {
                let awards = rows(&Award).filter(|a| {
                    let of_book = a.to(&AWARD_BOOK).row().eq(outer(b.row()));
                    of_book.and(a.field("year").gt(outer(p.field("founded"))))
                });
                b.to(&BOOK_PUBLISHER).row().eq(outer(p.row())).and(exists(awards))
            }))
        }),
        r#""publisher" AS t0 WHERE EXISTS (SELECT 1 FROM "book" AS t1 WHERE
           t1."publisher_id" = t0."id" AND EXISTS (SELECT 1 FROM "award" AS t2 WHERE
           t2."book_id" = t1."id" AND t2."year" > t0."founded"))"#,
    );
    check(
        "behind_a_key_outside",
        ids(&Review).filter(|r| {
            let best = rows(&Review)
                .filter(|i| {
                    let publisher = i.to(&REVIEW_BOOK).to(&BOOK_PUBLISHER).row();
                    publisher.eq(outer(r.to(&REVIEW_BOOK).to(&BOOK_PUBLISHER).row()))
                })
                .order(|i| vec![desc(i.field("stars"))])
                .values(|i| vec![i.field("stars")])
                .change(|q| q.limit = Some(1));
            r.field("stars").op(orm_core::ir::Comparison::Lt, Node::Subquery(Box::new(best.0)))
        }),
        r#""review" AS t0 JOIN "book" AS t3 ON t3."id" = t0."book_id" WHERE t0."stars" <
           (SELECT t1."stars" FROM "review" AS t1 JOIN "book" AS t2 ON t2."id" =
           t1."book_id" WHERE t2."publisher_id" = t3."publisher_id" ORDER BY t1."stars"
           DESC LIMIT 1)"#,
    );
    check(
        "selected",
        ids(&Book).annotate(|b| {
            exists(rows(&Review).filter(|r| r.to(&REVIEW_BOOK).row().eq(outer(b.row()))))
        }),
        r#"SELECT t0."id", EXISTS (SELECT 1 FROM "review" AS t1 WHERE t1."book_id" =
           t0."id") FROM "book" AS t0"#,
    );
    check(
        "in_order",
        ids(&Book).order(|b| {
            let last = rows(&Review)
                .filter(|r| r.to(&REVIEW_BOOK).row().eq(outer(b.row())))
                .values(|r| vec![r.field("stars")])
                .change(|q| q.limit = Some(1));
            vec![OrderNode { ..desc(Node::Subquery(Box::new(last.0))) }]
        }),
        r#""book" AS t0 ORDER BY (SELECT t1."stars" FROM "review" AS t1 WHERE
           t1."book_id" = t0."id" LIMIT 1) DESC"#,
    );
    let none = rows(&Review).change(|q| q.none = true);
    check(
        "exists_none",
        ids(&Book).filter(|_| exists(none.clone())),
        r#""book" AS t0 WHERE FALSE"#,
    );
    check("not_exists_none", ids(&Book).exclude(|_| exists(none)), r#""book" AS t0"#);
}

#[test]
fn related_sets() {
    check(
        "reverse",
        ids(&Author).filter(|a| exists(related(a.back(&EDITOR)))),
        r#""author" AS t0 WHERE EXISTS (SELECT 1 FROM "book" AS t1 WHERE t1."editor_id" =
           t0."id")"#,
    );
    check(
        "many_to_many",
        ids(&Book).filter(|b| exists(related(b.to(&TAGS)))),
        r#""book" AS t0 WHERE EXISTS (SELECT 1 FROM "tag" AS t1 JOIN "book_tags" AS t2 ON
           t2."tag_id" = t1."id" WHERE t2."book_id" = t0."id")"#,
    );
    check(
        "many_to_many_back",
        ids(&Tag).filter(|t| exists(related(t.back(&TAGS)))),
        r#""tag" AS t0 WHERE EXISTS (SELECT 1 FROM "book" AS t1 JOIN "book_tags" AS t2 ON
           t2."book_id" = t1."id" WHERE t2."tag_id" = t0."id")"#,
    );
    check(
        "two_steps",
        ids(&Publisher).filter(|p| exists(related(p.back(&BOOK_PUBLISHER).back(&REVIEW_BOOK)))),
        r#""publisher" AS t0 WHERE EXISTS (SELECT 1 FROM "review" AS t1 JOIN "book" AS t2
           ON t2."id" = t1."book_id" WHERE t2."publisher_id" = t0."id")"#,
    );
    check(
        "two_many_to_many",
        ids(&Author).filter(|a| exists(related(a.back(&AUTHORS).to(&TAGS)))),
        r#""author" AS t0 WHERE EXISTS (SELECT 1 FROM "tag" AS t1 JOIN "book_tags" AS t2
           ON t2."tag_id" = t1."id" JOIN "book" AS t3 ON t3."id" = t2."book_id" JOIN
           "authorship" AS t4 ON t4."book_id" = t3."id" WHERE t4."author_id" = t0."id")"#,
    );
    check(
        "after_a_key",
        ids(&Review).filter(|r| exists(related(r.to(&REVIEW_BOOK).to(&TAGS)))),
        r#""review" AS t0 WHERE EXISTS (SELECT 1 FROM "tag" AS t1 JOIN "book_tags" AS t2
           ON t2."tag_id" = t1."id" WHERE t2."book_id" = t0."book_id")"#,
    );
    check(
        "key_only",
        ids(&Review).filter(|r| exists(related(r.to(&REVIEW_BOOK)))),
        r#""review" AS t0 WHERE EXISTS (SELECT 1 FROM "book" AS t1 WHERE t1."id" =
           t0."book_id")"#,
    );
    check(
        "filtered",
        ids(&Author).filter(|a| {
            exists(related(a.back(&EDITOR)).filter(|b| b.to(&TAGS).field("name").eq(text("sea"))))
        }),
        r#""author" AS t0 WHERE EXISTS (SELECT 1 FROM "book" AS t1 JOIN "book_tags" AS t2
           ON t2."book_id" = t1."id" JOIN "tag" AS t3 ON t3."id" = t2."tag_id" WHERE
           t1."editor_id" = t0."id" AND t3."name" = $1)"#,
    );
    check(
        "filtered_over_its_own_relation",
        ids(&Book).filter(|b| {
            let tags = related(b.to(&TAGS));
            exists(tags.filter(|t| t.back(&TAGS).field("in_print")))
        }),
        r#""book" AS t0 WHERE EXISTS (SELECT 1 FROM "tag" AS t1 JOIN "book_tags" AS t2 ON
           t2."tag_id" = t1."id" JOIN "book" AS t3 ON t3."id" = t2."book_id" WHERE
           t2."book_id" = t0."id" AND t3."in_print")"#,
    );
    let path = PathBuf::root(Scope::fresh(), &Author).back(&EDITOR);
    check_error(
        "alone",
        related(path),
        "this query set follows the rows of another one and can only be used inside it",
    );
}

#[test]
fn scopes() {
    check_error(
        "without_outer_ref",
        ids(&Book).filter(|b| exists(rows(&Book).filter(|i| i.field("id").eq(b.field("id"))))),
        "a path of the outer query of `Book` stands inside another query: wrap it in `outer_ref(…)`",
    );
    check_error(
        "outside",
        ids(&Book)
            .filter(|b| b.field("id").eq(outer(PathBuf::root(Scope::ANY, &Author).field("id")))),
        "this query set contains `outer_ref` of `id`, and can only be used inside another query: \
         one of `Author`",
    );
    let any = |model| PathBuf::root(Scope::ANY, model);
    check(
        "any",
        ids(&Book).filter(|_| any(&Book).field("in_print")),
        r#""book" AS t0 WHERE t0."in_print""#,
    );
    check(
        "any_inside",
        ids(&Book).filter(|_| {
            exists(rows(&Book).filter(|_| any(&Book).field("id").gt(outer(any(&Book).field("id")))))
        }),
        r#""book" AS t0 WHERE EXISTS (SELECT 1 FROM "book" AS t1 WHERE t1."id" > t0."id")"#,
    );
    let _ = SqlType::Bool;
}
