//! What is selected, orderings, DISTINCT, slices, locks, nested queries and set operations.

use crate::check::{check, check_error};
use crate::library::*;
use orm_core::ir::*;
use orm_sql::ast::{Combinator, LockStrength, LockWait, NullsOrder};
use orm_sql::value::SqlType;
use smallvec::smallvec;

fn output(scope: Scope, place: usize) -> Node {
    Node::Output(scope, place, SqlType::Int8)
}

#[test]
fn rows() {
    check("model", crate::library::rows(&Tag), r#"SELECT t0."id", t0."name" FROM "tag" AS t0"#);
    check(
        "related",
        crate::library::rows(&Tag).with(|t| t.back(&TAGS).to(&EDITOR)),
        r#"SELECT t0."id", t0."name", t3."id", t3."name", t3."email", t3."alive",
           t3."rating", t3."mentor_id" FROM "tag" AS t0 LEFT JOIN "book_tags" AS t1 ON
           t1."tag_id" = t0."id" LEFT JOIN "book" AS t2 ON t2."id" = t1."book_id" LEFT
           JOIN "author" AS t3 ON t3."id" = t2."editor_id""#,
    );
    check(
        "to_one",
        crate::library::rows(&Review).with(|r| r.to(&REVIEW_BOOK)),
        r#"SELECT t0."id", t0."book_id", t0."reviewer", t0."stars", t0."reply_to_id",
           t1."id", t1."title", t1."publisher_id", t1."editor_id", t1."prequel_id",
           t1."price", t1."discount", t1."pages", t1."in_print" FROM "review" AS t0 JOIN
           "book" AS t1 ON t1."id" = t0."book_id""#,
    );
    check(
        "reverse_one",
        crate::library::rows(&Tag).filter(|_| Node::Bool(true)),
        r#"SELECT t0."id", t0."name" FROM "tag" AS t0"#,
    );
    check(
        "shared_with_filter",
        ids(&Profile)
            .with(|p| p.to(&PROFILE_AUTHOR))
            .filter(|p| p.to(&PROFILE_AUTHOR).to(&MENTOR).field("alive")),
        r#"SELECT t0."id", t1."id", t1."name", t1."email", t1."alive", t1."rating",
           t1."mentor_id" FROM "profile" AS t0 JOIN "author" AS t1 ON t1."id" =
           t0."author_id" JOIN "author" AS t2 ON t2."id" = t1."mentor_id" WHERE
           t2."alive""#,
    );
    check(
        "values",
        crate::library::rows(&Book).values(|b| {
            let editor = b.to(&EDITOR);
            vec![b.field("title"), editor.field("name"), editor.row(), editor.field("rating")]
        }),
        r#"SELECT t0."title", t1."name", t0."editor_id", t1."rating" FROM "book" AS t0
           LEFT JOIN "author" AS t1 ON t1."id" = t0."editor_id""#,
    );
    check(
        "values_over_many",
        ids(&Book).annotate(|b| b.to(&TAGS).field("name")),
        r#"SELECT t0."id", t2."name" FROM "book" AS t0 LEFT JOIN "book_tags" AS t1 ON
           t1."book_id" = t0."id" LEFT JOIN "tag" AS t2 ON t2."id" = t1."tag_id""#,
    );
    check(
        "annotation_shares_the_last_join",
        ids(&Book)
            .filter(|b| b.to(&TAGS).field("name").eq(text("sea")))
            .annotate(|b| b.to(&TAGS).field("name")),
        r#"SELECT t0."id", t2."name" FROM "book" AS t0 JOIN "book_tags" AS t1 ON
           t1."book_id" = t0."id" JOIN "tag" AS t2 ON t2."id" = t1."tag_id" WHERE
           t2."name" = $1"#,
    );
    check(
        "filter_after_annotation_has_its_own",
        ids(&Book)
            .annotate(|b| b.to(&TAGS).field("name"))
            .filter(|b| b.to(&TAGS).field("name").eq(text("sea"))),
        r#"SELECT t0."id", t2."name" FROM "book" AS t0 LEFT JOIN "book_tags" AS t1 ON
           t1."book_id" = t0."id" LEFT JOIN "tag" AS t2 ON t2."id" = t1."tag_id" JOIN
           "book_tags" AS t3 ON t3."book_id" = t0."id" JOIN "tag" AS t4 ON t4."id" =
           t3."tag_id" WHERE t4."name" = $1"#,
    );
}

#[test]
fn orderings() {
    check("default", ids(&Award), r#""award" AS t0 ORDER BY t0."year" DESC, t0."name""#);
    check(
        "default_reversed",
        ids(&Award).change(|q| q.order.reversed = true),
        r#""award" AS t0 ORDER BY t0."year", t0."name" DESC"#,
    );
    check("none", ids(&Award).order(|_| vec![]), r#""award" AS t0"#);
    let nulls_last = |b: PathBuf| {
        vec![
            OrderNode { nulls: Some(NullsOrder::Last), ..desc(b.field("discount")) },
            asc(b.field("id")),
        ]
    };
    check(
        "nulls_last",
        ids(&Book).order(nulls_last),
        r#""book" AS t0 ORDER BY t0."discount" DESC NULLS LAST, t0."id""#,
    );
    check(
        "reversed",
        ids(&Book).order(nulls_last).change(|q| q.order.reversed = true),
        r#""book" AS t0 ORDER BY t0."discount" NULLS FIRST, t0."id" DESC"#,
    );
    check(
        "key",
        ids(&Book).order(|b| vec![asc(b.to(&BOOK_PUBLISHER).row())]),
        r#""book" AS t0 ORDER BY t0."publisher_id""#,
    );
    check(
        "relation",
        ids(&Book).order(|b| vec![desc(b.back(&AWARD_BOOK).row())]),
        r#""book" AS t0 LEFT JOIN "award" AS t1 ON t1."book_id" = t0."id" ORDER BY
           t1."year", t1."name" DESC"#,
    );
    check(
        "behind_key",
        ids(&Book).order(|b| vec![asc(b.to(&BOOK_PUBLISHER).field("name"))]),
        r#""book" AS t0 LEFT JOIN "publisher" AS t1 ON t1."id" = t0."publisher_id" ORDER
           BY t1."name""#,
    );
    check(
        "expression",
        ids(&Book).order(|b| vec![asc(call(&LOWER, vec![b.field("title")]))]),
        r#""book" AS t0 ORDER BY LOWER(t0."title")"#,
    );
    let double = |b: PathBuf| call(&TIMES, vec![b.field("price"), int(2)]);
    check(
        "selected_expression",
        ids(&Book).annotate(double).order(|b| vec![desc(double(b))]),
        r#"SELECT t0."id", (t0."price" * $1) FROM "book" AS t0 ORDER BY 2 DESC"#,
    );
    check(
        "with_slice",
        ids(&Book).order(|b| vec![asc(b.field("id"))]).change(|q| {
            q.limit = Some(20);
            q.offset = 40;
        }),
        r#""book" AS t0 ORDER BY t0."id" LIMIT 20 OFFSET $1"#,
    );
    check("first", ids(&Book).change(|q| q.limit = Some(1)), r#""book" AS t0 LIMIT 1"#);
}

#[test]
fn distinct() {
    let prices = || crate::library::rows(&Book).values(|b| vec![b.field("price")]);
    let rows = |q: &mut Query| q.distinct = Distinct::Rows;
    check("rows", prices().change(rows), r#"SELECT DISTINCT t0."price" FROM "book" AS t0"#);
    check(
        "rows_ordered",
        prices().change(rows).order(|b| vec![asc(b.field("price"))]),
        r#"SELECT DISTINCT t0."price" FROM "book" AS t0 ORDER BY t0."price""#,
    );
    check_error(
        "rows_ordered_by_another",
        prices().change(rows).order(|b| vec![asc(b.to(&EDITOR).field("name"))]),
        "distinct rows are ordered by `editor.name`, which is not selected: select it, or drop it \
         from `order_by`",
    );
    check(
        "default_ordering_left_out",
        crate::library::rows(&Award).values(|a| vec![a.field("name")]).change(rows),
        r#"SELECT DISTINCT t0."name" FROM "award" AS t0"#,
    );
    let by_price = |q: &mut Query| {
        let Source::Model(model) = q.source else { return };
        q.distinct = Distinct::On(vec![PathBuf::root(q.scope, model).field("price")]);
    };
    check(
        "on",
        ids(&Book).change(by_price),
        r#"SELECT DISTINCT ON (t0."price") t0."id" FROM "book" AS t0"#,
    );
    let order = |b: PathBuf| vec![desc(b.field("price")), asc(b.field("id"))];
    check(
        "on_ordered",
        ids(&Book).change(by_price).order(order),
        r#"SELECT DISTINCT ON (t0."price") t0."id" FROM "book" AS t0 ORDER BY t0."price"
           DESC, t0."id""#,
    );
    check_error(
        "on_ordered_by_another",
        ids(&Book).change(by_price).order(|b| vec![asc(b.field("id"))]),
        "`distinct_on` keeps the first row of each group in the order of the query, so `order_by` \
         must begin with the same expressions",
    );
}

#[test]
fn locks() {
    let lock = |strength, wait, of| move |q: &mut Query| q.lock = Some(Lock { strength, wait, of });
    check(
        "plain",
        ids(&Book).change(lock(LockStrength::Update, LockWait::Wait, vec![])),
        r#""book" AS t0 FOR UPDATE"#,
    );
    let rows = crate::library::ids(&Review).with(|r| r.to(&REVIEW_BOOK));
    let of = vec![rows.root(), rows.root().to(&REVIEW_BOOK)];
    check(
        "of",
        rows.change(lock(LockStrength::NoKeyUpdate, LockWait::SkipLocked, of)),
        r#"SELECT t0."id", t1."id", t1."title", t1."publisher_id", t1."editor_id",
           t1."prequel_id", t1."price", t1."discount", t1."pages", t1."in_print" FROM
           "review" AS t0 JOIN "book" AS t1 ON t1."id" = t0."book_id" FOR NO KEY UPDATE
           OF t0, t1 SKIP LOCKED"#,
    );
}

fn nested(inner: Rows) -> Query {
    let mut query = Query::new(&Book);
    query.source = Source::Nested(Box::new(inner.0));
    query.select = smallvec![];
    query
}

#[test]
fn nested_queries() {
    let first = ids(&Book).annotate(|b| b.field("title")).order(|b| vec![asc(b.field("id"))]);
    let mut query = nested(first.change(|q| q.limit = Some(10)));
    query.select = smallvec![Selected::Expr(output(query.scope, 1), SqlType::Text)];
    let long = output(query.scope, 0).gt(int(3));
    query.filters = smallvec![Filter::new(long, 1)];
    query.order.by = Some(vec![asc(output(query.scope, 1))]);
    check(
        "by_place",
        Rows(query),
        r#"SELECT t1.c1 FROM (SELECT t0."id" AS c0, t0."title" AS c1 FROM "book" AS t0
           ORDER BY t0."id" LIMIT 10) AS t1 WHERE t1.c0 > $1 ORDER BY 1"#,
    );

    let mut query = nested(crate::library::rows(&Review).annotate(|r| r.field("stars")));
    let root = PathBuf::root(query.scope, &Review);
    let title = root.to(&REVIEW_BOOK).field("title");
    query.select = smallvec![
        Selected::Model(root.clone()),
        Selected::Expr(title, SqlType::Text),
        Selected::Expr(output(query.scope, 5), SqlType::Text),
    ];
    check(
        "whole_model",
        Rows(query),
        r#"SELECT t1.c0, t1.c1, t1.c2, t1.c3, t1.c4, t2."title", t1.c5 FROM (SELECT
           t0."id" AS c0, t0."book_id" AS c1, t0."reviewer" AS c2, t0."stars" AS c3,
           t0."reply_to_id" AS c4, t0."stars" AS c5 FROM "review" AS t0) AS t1 JOIN
           "book" AS t2 ON t2."id" = t1.c1"#,
    );
}

#[test]
fn parts_of_nested_rows() {
    let part = |query: &Query| PathBuf::root(query.scope, &Book).then(Step::Output(1, &Book));
    let counted = |change: &dyn Fn(&mut Query, PathBuf)| {
        let inner =
            crate::library::rows(&Book).values(|b| vec![b.back(&REVIEW_BOOK).field("stars")]);
        let mut query = nested(inner.with(|b| b));
        let book = part(&query);
        query.select = smallvec![Selected::Expr(book.field("id"), SqlType::Int8)];
        change(&mut query, book);
        Rows(query)
    };
    let filter = |node, negated| Filter { negated, ..Filter::new(node, 1) };
    let sea = |book: &PathBuf| book.to(&TAGS).field("name").eq(text("sea"));
    check(
        "joined",
        counted(&|q, book| q.filters.push(filter(sea(&book), false))),
        r#"SELECT t2.c1 FROM (SELECT t1."stars" AS c0, t0."id" AS c1, t0."title" AS c2,
           t0."publisher_id" AS c3, t0."editor_id" AS c4, t0."prequel_id" AS c5,
           t0."price" AS c6, t0."discount" AS c7, t0."pages" AS c8, t0."in_print" AS c9
           FROM "book" AS t0 LEFT JOIN "review" AS t1 ON t1."book_id" = t0."id") AS t2
           JOIN "book_tags" AS t3 ON t3."book_id" = t2.c1 JOIN "tag" AS t4 ON t4."id" =
           t3."tag_id" WHERE t4."name" = $1"#,
    );
    check(
        "excluded",
        counted(&|q, book| q.filters.push(filter(sea(&book), true))),
        r#"SELECT t2.c1 FROM (SELECT t1."stars" AS c0, t0."id" AS c1, t0."title" AS c2,
           t0."publisher_id" AS c3, t0."editor_id" AS c4, t0."prequel_id" AS c5,
           t0."price" AS c6, t0."discount" AS c7, t0."pages" AS c8, t0."in_print" AS c9
           FROM "book" AS t0 LEFT JOIN "review" AS t1 ON t1."book_id" = t0."id") AS t2
           WHERE NOT EXISTS (SELECT 1 FROM "book_tags" AS t3 JOIN "tag" AS t4 ON t4."id"
           = t3."tag_id" WHERE t3."book_id" = t2.c1 AND t4."name" = $1)"#,
    );
    check(
        "without_related_rows",
        counted(&|q, book| q.filters.push(filter(book.to(&TAGS).row().isnull(true), true))),
        r#"SELECT t2.c1 FROM (SELECT t1."stars" AS c0, t0."id" AS c1, t0."title" AS c2,
           t0."publisher_id" AS c3, t0."editor_id" AS c4, t0."prequel_id" AS c5,
           t0."price" AS c6, t0."discount" AS c7, t0."pages" AS c8, t0."in_print" AS c9
           FROM "book" AS t0 LEFT JOIN "review" AS t1 ON t1."book_id" = t0."id") AS t2
           WHERE NOT EXISTS (SELECT 1 FROM "book" AS t3 LEFT JOIN "book_tags" AS t4 ON
           t4."book_id" = t3."id" WHERE t3."id" = t2.c1 AND t4."tag_id" IS NULL)"#,
    );
    check(
        "related",
        counted(&|q, book| {
            let mut tags = Query::new(&Tag);
            tags.source = Source::Related(book.to(&TAGS));
            q.filters.push(filter(Node::Exists(Box::new(tags)), false));
        }),
        r#"SELECT t2.c1 FROM (SELECT t1."stars" AS c0, t0."id" AS c1, t0."title" AS c2,
           t0."publisher_id" AS c3, t0."editor_id" AS c4, t0."prequel_id" AS c5,
           t0."price" AS c6, t0."discount" AS c7, t0."pages" AS c8, t0."in_print" AS c9
           FROM "book" AS t0 LEFT JOIN "review" AS t1 ON t1."book_id" = t0."id") AS t2
           WHERE EXISTS (SELECT 1 FROM "tag" AS t3 JOIN "book_tags" AS t4 ON t4."tag_id"
           = t3."id" WHERE t4."book_id" = t2.c1)"#,
    );
    check(
        "ordered",
        counted(&|q, book| q.order.by = Some(vec![asc(book.field("title"))])),
        r#"SELECT t2.c1 FROM (SELECT t1."stars" AS c0, t0."id" AS c1, t0."title" AS c2,
           t0."publisher_id" AS c3, t0."editor_id" AS c4, t0."prequel_id" AS c5,
           t0."price" AS c6, t0."discount" AS c7, t0."pages" AS c8, t0."in_print" AS c9
           FROM "book" AS t0 LEFT JOIN "review" AS t1 ON t1."book_id" = t0."id") AS t2
           ORDER BY t2.c2"#,
    );
}

#[test]
fn set_operations() {
    let sets = || {
        let books = ids(&Book).filter(|b| b.field("in_print")).0;
        let tags = ids(&Tag).order(|t| vec![asc(t.field("id"))]).0;
        vec![books, tags]
    };
    let union = |op| {
        let mut query = Query::new(&Book);
        query.source = Source::Combined(op, sets());
        query.select = smallvec![Selected::Expr(output(query.scope, 0), SqlType::Int8)];
        query
    };
    check(
        "union",
        Rows(union(Combinator::Union)),
        r#"(SELECT t0."id" FROM "book" AS t0 WHERE t0."in_print") UNION (SELECT t1."id"
           FROM "tag" AS t1)"#,
    );
    let mut query = union(Combinator::Difference);
    query.order.by = Some(vec![desc(output(query.scope, 0))]);
    query.limit = Some(5);
    check(
        "ordered",
        Rows(query.clone()),
        r#"(SELECT t0."id" FROM "book" AS t0 WHERE t0."in_print") EXCEPT (SELECT t1."id"
           FROM "tag" AS t1) ORDER BY 1 DESC LIMIT 5"#,
    );
    query.order.by = Some(vec![desc(call(&LOWER, vec![output(query.scope, 0)]))]);
    check(
        "ordered_by_expression",
        Rows(query),
        r#"SELECT t2.c0 FROM ((SELECT t0."id" AS c0 FROM "book" AS t0 WHERE
           t0."in_print") EXCEPT (SELECT t1."id" AS c0 FROM "tag" AS t1)) AS t2 ORDER BY
           LOWER(t2.c0) DESC LIMIT 5"#,
    );
    let mut query = union(Combinator::Union);
    query.filters.push(Filter::new(output(query.scope, 0).gt(int(3)), 1));
    check(
        "filtered",
        Rows(query),
        r#"SELECT t2.c0 FROM ((SELECT t0."id" AS c0 FROM "book" AS t0 WHERE
           t0."in_print") UNION (SELECT t1."id" AS c0 FROM "tag" AS t1)) AS t2 WHERE
           t2.c0 > $1"#,
    );
    let union = union(Combinator::UnionAll);
    check(
        "in",
        ids(&Book).filter(|b| b.field("id").of(&union)),
        r#""book" AS t0 WHERE t0."id" IN ((SELECT t1."id" FROM "book" AS t1 WHERE
           t1."in_print") UNION ALL (SELECT t2."id" FROM "tag" AS t2))"#,
    );
}

#[test]
fn mistakes() {
    check_error("said", ids(&Book).change(|q| q.fail(|| "not so".into())), "not so");
    let other = PathBuf::root(Scope::fresh(), &Book);
    check_error(
        "another_query_set",
        ids(&Book).filter(|_| other.field("in_print")),
        "a path of another query set of `Book` stands here",
    );
}
