//! Groups, counting, totals.

use crate::check::{check, check_error, same};
use crate::library::*;
use orm_core::ir::*;
use orm_core::query;
use orm_sql::ast::Combinator;
use orm_sql::value::SqlType;

fn reviews(b: orm_core::ir::PathBuf) -> Node {
    count_of(b.back(&REVIEW_BOOK).row())
}

fn check_count(name: &str, rows: Rows, expected: &str) {
    same(name, &query::count(&rows.0).expect(name).sql, expected);
}

fn check_exists(name: &str, rows: Rows, expected: &str) {
    same(name, &query::exists(&rows.0).expect(name).sql, expected);
}

fn check_total(name: &str, rows: Rows, node: Node, expected: &str) {
    let exprs = [(node, SqlType::Int8)];
    same(name, &query::aggregate(&rows.0, &exprs).expect(name).sql, expected);
}

fn group_by(rows: Rows) -> Rows {
    let n = rows.0.select.len();
    rows.change(|q| q.group = Group::Values(n))
}

#[test]
fn groups() {
    check(
        "rows",
        rows(&Tag).annotate(|t| count_of(t.back(&TAGS).row())),
        r#"SELECT t0."id", t0."name", COUNT(t1."book_id") FROM "tag" AS t0 LEFT JOIN
           "book_tags" AS t1 ON t1."tag_id" = t0."id" GROUP BY t0."id""#,
    );
    check(
        "ids",
        ids(&Book).annotate(reviews),
        r#"SELECT t0."id", COUNT(t1."id") FROM "book" AS t0 LEFT JOIN "review" AS t1 ON
           t1."book_id" = t0."id" GROUP BY t0."id""#,
    );
    check(
        "with_related",
        rows(&Stock)
            .with(|s| s.to(&STOCK_BOOK).to(&BOOK_PUBLISHER))
            .annotate(|s| count_of(s.field("id"))),
        r#"SELECT t0."id", t0."book_id", t0."quantity", t2."id", t2."name", t2."country",
           t2."founded", t2."parent_id", COUNT(t0."id") FROM "stock" AS t0 JOIN "book" AS
           t1 ON t1."id" = t0."book_id" LEFT JOIN "publisher" AS t2 ON t2."id" =
           t1."publisher_id" GROUP BY t0."id", t2."id""#,
    );
    check(
        "having",
        ids(&Book).annotate(reviews).filter(|b| reviews(b).gt(int(3))),
        r#"SELECT t0."id", COUNT(t1."id") FROM "book" AS t0 LEFT JOIN "review" AS t1 ON
           t1."book_id" = t0."id" GROUP BY t0."id" HAVING COUNT(t1."id") > $1"#,
    );
    check(
        "having_and_where",
        ids(&Book)
            .annotate(reviews)
            .filter(|b| reviews(b.clone()).gt(int(3)).and(b.field("in_print"))),
        r#"SELECT t0."id", COUNT(t1."id") FROM "book" AS t0 LEFT JOIN "review" AS t1 ON
           t1."book_id" = t0."id" WHERE t0."in_print" GROUP BY t0."id" HAVING
           COUNT(t1."id") > $1"#,
    );
    check(
        "having_or",
        ids(&Book).annotate(reviews).filter(|b| {
            reviews(b.clone()).gt(int(3)).or(b.to(&BOOK_PUBLISHER).field("name").eq(text("x")))
        }),
        r#"SELECT t0."id", COUNT(t1."id") FROM "book" AS t0 LEFT JOIN "review" AS t1 ON
           t1."book_id" = t0."id" LEFT JOIN "publisher" AS t2 ON t2."id" =
           t0."publisher_id" GROUP BY t0."id", t2."name" HAVING COUNT(t1."id") > $1 OR
           t2."name" = $2"#,
    );
    check(
        "ordered",
        ids(&Book).annotate(reviews).order(|b| vec![desc(reviews(b))]),
        r#"SELECT t0."id", COUNT(t1."id") FROM "book" AS t0 LEFT JOIN "review" AS t1 ON
           t1."book_id" = t0."id" GROUP BY t0."id" ORDER BY 2 DESC"#,
    );
    check(
        "order_only",
        ids(&Book).order(|b| vec![desc(reviews(b))]),
        r#""book" AS t0 LEFT JOIN "review" AS t1 ON t1."book_id" = t0."id" GROUP BY
           t0."id" ORDER BY COUNT(t1."id") DESC"#,
    );
    check(
        "filter_before_shares_the_join",
        ids(&Book).filter(|b| b.back(&REVIEW_BOOK).field("stars").gt(int(3))).annotate(reviews),
        r#"SELECT t0."id", COUNT(t1."id") FROM "book" AS t0 JOIN "review" AS t1 ON
           t1."book_id" = t0."id" WHERE t1."stars" > $1 GROUP BY t0."id""#,
    );
    check(
        "filter_after_has_its_own",
        ids(&Book)
            .annotate(reviews)
            .filter(|b| b.back(&REVIEW_BOOK).field("stars").gt(int(3)))
            .filter(|b| reviews(b).gt(int(1))),
        r#"SELECT t0."id", (SELECT COUNT(t1."id") FROM "review" AS t1 WHERE t1."book_id" = t0."id")
           FROM "book" AS t0 JOIN "review" AS t2 ON t2."book_id" = t0."id" WHERE t2."stars" > $1
           AND (SELECT COUNT(t1."id") FROM "review" AS t1 WHERE t1."book_id" = t0."id") > $2 GROUP
           BY t0."id""#,
    );
    let by_print = || group_by(rows(&Book).values(|b| vec![b.field("in_print")]));
    check(
        "values",
        by_print().annotate(|b| count_of(b.field("id"))),
        r#"SELECT t0."in_print", COUNT(t0."id") FROM "book" AS t0 GROUP BY t0."in_print""#,
    );
    let lower = |b: orm_core::ir::PathBuf| call(&TIMES, vec![b.field("price"), int(2)]);
    check(
        "values_of_expression",
        group_by(rows(&Book).values(|b| vec![lower(b)]))
            .annotate(|b| count_of(b.field("id")))
            .order(|b| vec![asc(lower(b))]),
        r#"SELECT (t0."price" * $1), COUNT(t0."id") FROM "book" AS t0 GROUP BY 1 ORDER BY
           1"#,
    );
    check(
        "default_ordering_left_out",
        group_by(rows(&Award).values(|a| vec![a.field("year")]))
            .annotate(|a| count_of(a.field("id"))),
        r#"SELECT t0."year", COUNT(t0."id") FROM "award" AS t0 GROUP BY t0."year""#,
    );
    check(
        "values_with_order",
        by_print().annotate(|b| count_of(b.field("id"))).order(|b| vec![asc(b.field("price"))]),
        r#"SELECT t0."in_print", COUNT(t0."id") FROM "book" AS t0 GROUP BY t0."in_print",
           t0."price" ORDER BY t0."price""#,
    );
    let all = |b: orm_core::ir::PathBuf| {
        Node::Aggregate(Box::new(AggregateNode {
            distinct: true,
            filter: Some(b.to(&TAGS).field("name").eq(text("sea")).not()),
            order: vec![desc(b.to(&TAGS).field("name"))],
            default: Some(int(0)),
            ..aggregate_of(&SUM, vec![b.field("pages")])
        }))
    };
    check(
        "all_parts",
        ids(&Book).annotate(all),
        r#"SELECT t0."id", COALESCE(SUM(DISTINCT t0."pages" ORDER BY t2."name" DESC)
           FILTER (WHERE NOT (t2."name" = $1 AND t2."name" IS NOT NULL)), $2) FROM "book"
           AS t0 LEFT JOIN "book_tags" AS t1 ON t1."book_id" = t0."id" LEFT JOIN "tag" AS
           t2 ON t2."id" = t1."tag_id" GROUP BY t0."id""#,
    );
    check(
        "arithmetic",
        ids(&Book)
            .annotate(|b| call(&TIMES, vec![reviews(b.clone()), b.to(&EDITOR).field("rating")])),
        r#"SELECT t0."id", (COUNT(t1."id") * t2."rating") FROM "book" AS t0 LEFT JOIN
           "review" AS t1 ON t1."book_id" = t0."id" LEFT JOIN "author" AS t2 ON t2."id" =
           t0."editor_id" GROUP BY t0."id", t2."rating""#,
    );
    check(
        "subquery_beside",
        ids(&Book).annotate(reviews).annotate(|b| {
            let mine = rows(&Book).filter(|i| {
                let outer = Node::Outer(Box::new(b.to(&EDITOR).field("name")));
                i.field("title").eq(outer)
            });
            Node::Exists(Box::new(mine.0))
        }),
        r#"SELECT t0."id", COUNT(t1."id"), EXISTS (SELECT 1 FROM "book" AS t2 WHERE
           t2."title" = t3."name") FROM "book" AS t0 LEFT JOIN "review" AS t1 ON
           t1."book_id" = t0."id" LEFT JOIN "author" AS t3 ON t3."id" = t0."editor_id"
           GROUP BY t0."id", 3"#,
    );
    let by_editor = || {
        let rows = group_by(rows(&Book).values(|b| vec![b.to(&EDITOR).row()]));
        rows.annotate(|b| count_of(b.field("id"))).change(Query::keep_groups)
    };
    let counts = || group_by(by_editor().values(|b| vec![count_of(b.field("id"))]));
    check(
        "values_again",
        counts(),
        r#"SELECT COUNT(t0."id") FROM "book" AS t0 GROUP BY t0."editor_id""#,
    );
    check(
        "values_of_the_key",
        group_by(by_editor().values(|b| vec![b.to(&EDITOR).row()])),
        r#"SELECT t0."editor_id" FROM "book" AS t0 GROUP BY t0."editor_id""#,
    );
    check_count(
        "values_again_counted",
        counts(),
        r#"SELECT COUNT(*) FROM (SELECT 1 FROM "book" AS t0 GROUP BY t0."editor_id") AS
           t1"#,
    );
    let doubled = |b: orm_core::ir::PathBuf| call(&TIMES, vec![b.field("price"), int(2)]);
    let again = group_by(rows(&Book).values(|b| vec![doubled(b)])).annotate(reviews);
    let again = again.change(Query::keep_groups).values(|b| vec![reviews(b.clone()), doubled(b)]);
    check(
        "expression_again",
        group_by(again).order(|b| vec![asc(doubled(b))]),
        r#"SELECT COUNT(t1."id"), (t0."price" * $1) FROM "book" AS t0 LEFT JOIN "review"
           AS t1 ON t1."book_id" = t0."id" GROUP BY (t0."price" * $1) ORDER BY 2"#,
    );
    let both = rows(&Book).values(|b| vec![b.field("title"), reviews(b)]);
    check(
        "aggregates_in_values_are_of_rows",
        group_by(both),
        r#"SELECT t0."title", COUNT(t1."id") FROM "book" AS t0 LEFT JOIN "review" AS t1
           ON t1."book_id" = t0."id" GROUP BY t0."id""#,
    );
    check(
        "in_exists",
        ids(&Publisher).filter(|p| {
            let books = rows(&Book)
                .filter(|b| b.to(&BOOK_PUBLISHER).row().eq(Node::Outer(Box::new(p.row()))));
            let books = group_by(books.values(|b| vec![b.to(&BOOK_PUBLISHER).row()]));
            let many = books.filter(|b| count_of(b.field("id")).gt(int(3)));
            Node::Exists(Box::new(many.0))
        }),
        r#""publisher" AS t0 WHERE EXISTS (SELECT 1 FROM "book" AS t1 WHERE
           t1."publisher_id" = t0."id" GROUP BY t1."publisher_id" HAVING COUNT(t1."id") >
           $1)"#,
    );
}

#[test]
fn counts() {
    check_count(
        "plain",
        rows(&Book).with(|b| b.to(&EDITOR)).filter(|b| b.field("in_print")),
        r#"SELECT COUNT(*) FROM "book" AS t0 WHERE t0."in_print""#,
    );
    check_count(
        "ordering_left_out",
        rows(&Award).order(|a| vec![asc(a.to(&AWARD_BOOK).field("title"))]),
        r#"SELECT COUNT(*) FROM "award" AS t0"#,
    );
    check_count(
        "joined",
        ids(&Book).filter(|b| b.back(&REVIEW_BOOK).field("stars").gt(int(1))),
        r#"SELECT COUNT(*) FROM "book" AS t0 JOIN "review" AS t1 ON t1."book_id" =
           t0."id" WHERE t1."stars" > $1"#,
    );
    check_count(
        "annotated_over_many",
        ids(&Book).annotate(|b| b.to(&TAGS).field("name")),
        r#"SELECT COUNT(*) FROM "book" AS t0 LEFT JOIN "book_tags" AS t1 ON t1."book_id"
           = t0."id" LEFT JOIN "tag" AS t2 ON t2."id" = t1."tag_id""#,
    );
    check_count(
        "sliced",
        ids(&Book).change(|q| q.limit = Some(5)),
        r#"SELECT COUNT(*) FROM (SELECT 1 FROM "book" AS t0 LIMIT 5) AS t1"#,
    );
    check_count(
        "distinct",
        ids(&Book).change(|q| q.distinct = Distinct::Rows),
        r#"SELECT COUNT(*) FROM (SELECT DISTINCT t0."id" FROM "book" AS t0) AS t1"#,
    );
    check_count(
        "aggregates_do_not_matter",
        rows(&Book).annotate(reviews),
        r#"SELECT COUNT(*) FROM "book" AS t0"#,
    );
    check_count(
        "having",
        rows(&Book).annotate(reviews).filter(|b| reviews(b).gt(int(1))),
        r#"SELECT COUNT(*) FROM (SELECT 1 FROM "book" AS t0 LEFT JOIN "review" AS t1 ON
           t1."book_id" = t0."id" GROUP BY t0."id" HAVING COUNT(t1."id") > $1) AS t2"#,
    );
    check_count(
        "groups",
        group_by(rows(&Book).values(|b| vec![b.field("in_print")]))
            .annotate(|b| count_of(b.field("id"))),
        r#"SELECT COUNT(*) FROM (SELECT 1 FROM "book" AS t0 GROUP BY t0."in_print") AS t1"#,
    );
    let mut union = Query::new(&Book);
    union.source = Source::Combined(Combinator::Union, vec![ids(&Book).0, ids(&Tag).0]);
    check_count(
        "union",
        Rows(union.clone()),
        r#"SELECT COUNT(*) FROM ((SELECT t0."id" AS c0 FROM "book" AS t0) UNION (SELECT
           t1."id" AS c0 FROM "tag" AS t1)) AS t2"#,
    );
    union.limit = Some(7);
    check_count(
        "union_sliced",
        Rows(union),
        r#"SELECT COUNT(*) FROM (SELECT 1 FROM ((SELECT t0."id" AS c0 FROM "book" AS t0)
           UNION (SELECT t1."id" AS c0 FROM "tag" AS t1)) AS t2 LIMIT 7) AS t3"#,
    );
}

#[test]
fn existence() {
    check_exists(
        "plain",
        rows(&Award).filter(|a| a.field("year").gt(int(1))),
        r#"SELECT 1 FROM "award" AS t0 WHERE t0."year" > $1 LIMIT 1"#,
    );
    check_exists(
        "sliced",
        rows(&Award).change(|q| q.offset = 50),
        r#"SELECT 1 FROM "award" AS t0 LIMIT 1 OFFSET $1"#,
    );
    check_exists(
        "having",
        rows(&Book).annotate(reviews).filter(|b| reviews(b).gt(int(1))),
        r#"SELECT 1 FROM "book" AS t0 LEFT JOIN "review" AS t1 ON t1."book_id" = t0."id"
           GROUP BY t0."id" HAVING COUNT(t1."id") > $1 LIMIT 1"#,
    );
    check_exists(
        "distinct",
        ids(&Book).change(|q| q.distinct = Distinct::Rows),
        r#"SELECT 1 FROM "book" AS t0 LIMIT 1"#,
    );
    check_exists(
        "distinct_sliced",
        ids(&Book).change(|q| {
            q.distinct = Distinct::Rows;
            q.offset = 5;
        }),
        r#"SELECT 1 FROM (SELECT DISTINCT t0."id" FROM "book" AS t0 OFFSET $1) AS t1
           LIMIT 1"#,
    );
}

#[test]
fn totals() {
    let sum = |node| Node::Aggregate(Box::new(aggregate_of(&SUM, vec![node])));
    let max = |node| Node::Aggregate(Box::new(aggregate_of(&MAX, vec![node])));
    let books = rows(&Book);
    let root = books.root();
    check_total(
        "plain",
        books.clone(),
        sum(root.field("price")),
        r#"SELECT SUM(t0."price") FROM "book" AS t0"#,
    );
    check_total(
        "joined",
        books.clone(),
        sum(root.back(&REVIEW_BOOK).field("stars")),
        r#"SELECT SUM(t1."stars") FROM "book" AS t0 LEFT JOIN "review" AS t1 ON
           t1."book_id" = t0."id""#,
    );
    let difference = call(&TIMES, vec![max(root.field("price")), sum(root.field("pages"))]);
    check_total(
        "of_totals",
        books.clone(),
        difference.clone(),
        r#"SELECT (MAX(t0."price") * SUM(t0."pages")) FROM "book" AS t0"#,
    );
    let three = books.clone().order(|b| vec![desc(b.field("price"))]).change(|q| q.limit = Some(3));
    check_total(
        "sliced",
        three.clone(),
        sum(root.field("price")),
        r#"SELECT SUM(t1.c0) FROM (SELECT t0."price" AS c0 FROM "book" AS t0 ORDER BY
           t0."price" DESC LIMIT 3) AS t1"#,
    );
    check_total(
        "sliced_expression",
        three,
        difference,
        r#"SELECT (MAX(t1.c0) * SUM(t1.c1)) FROM (SELECT t0."price" AS c0, t0."pages" AS
           c1 FROM "book" AS t0 ORDER BY t0."price" DESC LIMIT 3) AS t1"#,
    );
    let counted = books.clone().annotate(reviews);
    check_total(
        "of_annotation",
        counted.clone(),
        max(reviews(root.clone())),
        r#"SELECT MAX(t1.c0) FROM (SELECT COUNT(t2."id") AS c0 FROM "book" AS t0 LEFT
           JOIN "review" AS t2 ON t2."book_id" = t0."id" GROUP BY t0."id") AS t1"#,
    );
    check_total(
        "beside_annotation",
        counted,
        sum(root.field("pages")),
        r#"SELECT SUM(t0."pages") FROM "book" AS t0"#,
    );
    let prices =
        rows(&Book).values(|b| vec![b.field("price")]).change(|q| q.distinct = Distinct::Rows);
    let root = prices.root();
    check_total(
        "distinct",
        prices.clone(),
        sum(root.field("price")),
        r#"SELECT SUM(t1.c0) FROM (SELECT DISTINCT t0."price" AS c0 FROM "book" AS t0) AS
           t1"#,
    );
    let error = query::aggregate(&prices.0, &[(sum(root.field("pages")), SqlType::Int8)]);
    assert_eq!(
        error.expect_err("not selected").to_string(),
        "an aggregate over distinct rows reads what is not selected: select it, or drop `distinct`",
    );
    check_error("unused", ids(&Book).change(|q| q.fail(|| "no".into())), "no");
}
