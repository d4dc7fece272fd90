//! Lookups, connectives, constants.

use crate::check::check;
use crate::library::*;
use orm_core::ir::{CaseNode, Comparison, Members, Node};
use orm_sql::ident::RawSql;
use orm_sql::value::{SqlType, SqlValue};

#[test]
fn lookups() {
    use Comparison::*;
    let of_value = |op| ids(&Book).filter(|b| b.field("title").op(op, text("x")));
    let of_column =
        |op| ids(&Book).filter(|b| b.field("title").op(op, b.to(&EDITOR).field("name")));
    check("contains", of_value(Contains), r#""book" AS t0 WHERE t0."title" LIKE $1"#);
    check(
        "contains_column",
        of_column(Contains),
        r#""book" AS t0 JOIN "author" AS t1 ON t1."id" = t0."editor_id" WHERE t0."title"
           LIKE '%' || REPLACE(REPLACE(REPLACE(t1."name", E'\\', E'\\\\'), '%', E'\\%'),
           '_', E'\\_') || '%'"#,
    );
    check(
        "icontains",
        of_value(IContains),
        r#""book" AS t0 WHERE UPPER(t0."title") LIKE UPPER($1)"#,
    );
    check(
        "icontains_column",
        of_column(IContains),
        r#""book" AS t0 JOIN "author" AS t1 ON t1."id" = t0."editor_id" WHERE
           UPPER(t0."title") LIKE '%' || REPLACE(REPLACE(REPLACE(UPPER(t1."name"), E'\\',
           E'\\\\'), '%', E'\\%'), '_', E'\\_') || '%'"#,
    );
    check("startswith", of_value(StartsWith), r#""book" AS t0 WHERE t0."title" LIKE $1"#);
    check(
        "startswith_column",
        of_column(StartsWith),
        r#""book" AS t0 JOIN "author" AS t1 ON t1."id" = t0."editor_id" WHERE t0."title"
           LIKE REPLACE(REPLACE(REPLACE(t1."name", E'\\', E'\\\\'), '%', E'\\%'), '_',
           E'\\_') || '%'"#,
    );
    check(
        "iendswith",
        of_value(IEndsWith),
        r#""book" AS t0 WHERE UPPER(t0."title") LIKE UPPER($1)"#,
    );
    check(
        "iendswith_column",
        of_column(IEndsWith),
        r#""book" AS t0 JOIN "author" AS t1 ON t1."id" = t0."editor_id" WHERE
           UPPER(t0."title") LIKE '%' || REPLACE(REPLACE(REPLACE(UPPER(t1."name"), E'\\',
           E'\\\\'), '%', E'\\%'), '_', E'\\_')"#,
    );
    check("iexact", of_value(IExact), r#""book" AS t0 WHERE UPPER(t0."title") = UPPER($1)"#);
    check(
        "iexact_column",
        of_column(IExact),
        r#""book" AS t0 JOIN "author" AS t1 ON t1."id" = t0."editor_id" WHERE
           UPPER(t0."title") = UPPER(t1."name")"#,
    );
    check("regex", of_value(Regex), r#""book" AS t0 WHERE t0."title" ~ $1"#);
    check("iregex", of_value(IRegex), r#""book" AS t0 WHERE t0."title" ~* $1"#);
    check("operator", of_value(Operator("@>")), r#""book" AS t0 WHERE t0."title" @> $1"#);
    check(
        "icontains_number",
        ids(&Book).filter(|b| b.field("pages").op(IContains, text("1"))),
        r#""book" AS t0 WHERE UPPER(CAST(t0."pages" AS text)) LIKE UPPER($1)"#,
    );
    check(
        "null",
        ids(&Book).filter(|b| b.field("pages").eq(nothing())),
        r#""book" AS t0 WHERE t0."pages" IS NULL"#,
    );
    let between =
        |b: orm_core::ir::PathBuf| Node::Between(Box::new([b.field("pages"), int(1), int(2)]));
    check(
        "between",
        ids(&Book).filter(between),
        r#""book" AS t0 WHERE t0."pages" BETWEEN $1 AND $2"#,
    );
    check(
        "not_between",
        ids(&Book).exclude(between),
        r#""book" AS t0 WHERE NOT (t0."pages" BETWEEN $1 AND $2 AND t0."pages" IS NOT
           NULL)"#,
    );
}

#[test]
fn lists() {
    let keys =
        |keys: &[i64]| Members::Keys(keys.iter().map(|key| vec![SqlValue::I64(*key)]).collect());
    check(
        "values",
        ids(&Book).filter(|b| b.field("id").within(vec![1, 2])),
        r#""book" AS t0 WHERE t0."id" = ANY($1)"#,
    );
    check(
        "keys",
        ids(&Book).filter(|b| Node::In(Box::new(b.to(&EDITOR).row()), keys(&[1, 2]))),
        r#""book" AS t0 WHERE t0."editor_id" = ANY($1)"#,
    );
    check(
        "composite_keys",
        rows(&Shelf).values(|s| vec![s.field("label")]).filter(|s| {
            let key = |a, b| vec![SqlValue::I32(a), SqlValue::I32(b)];
            Node::In(Box::new(s.row()), Members::Keys(vec![key(1, 2), key(3, 4)]))
        }),
        r#"SELECT t0."label" FROM "shelf" AS t0 WHERE (t0."room", t0."row") IN (SELECT *
           FROM UNNEST($1, $2))"#,
    );
    check(
        "composite_key",
        rows(&Shelf)
            .values(|s| vec![s.field("label")])
            .filter(|s| s.row().eq(Node::row(vec![SqlValue::I32(1), SqlValue::I32(2)]))),
        r#"SELECT t0."label" FROM "shelf" AS t0 WHERE (t0."room", t0."row") = ($1, $2)"#,
    );
    check(
        "expressions",
        ids(&Book).filter(|b| {
            let members = vec![b.field("discount"), int(5), nothing()];
            Node::In(Box::new(b.field("price")), Members::Nodes(members))
        }),
        r#""book" AS t0 WHERE t0."price" IN (t0."discount", $1)"#,
    );
    check(
        "empty",
        ids(&Book).filter(|b| b.field("id").within(vec![])),
        r#""book" AS t0 WHERE FALSE"#,
    );
    check("not_empty", ids(&Book).exclude(|b| b.field("id").within(vec![])), r#""book" AS t0"#);
    check(
        "empty_or",
        ids(&Book).filter(|b| b.field("id").within(vec![]).or(b.field("in_print"))),
        r#""book" AS t0 WHERE t0."in_print""#,
    );
    check(
        "empty_and",
        ids(&Book).filter(|b| b.field("id").within(vec![]).and(b.field("in_print"))),
        r#""book" AS t0 WHERE FALSE"#,
    );
}

#[test]
fn connectives() {
    let (cheap, long) = (
        |b: &orm_core::ir::PathBuf| b.field("price").op(Comparison::Lt, int(9)),
        |b: &orm_core::ir::PathBuf| b.field("pages").gt(int(500)),
    );
    check(
        "or",
        ids(&Book).filter(|b| cheap(&b).or(long(&b))),
        r#""book" AS t0 WHERE t0."price" < $1 OR t0."pages" > $2"#,
    );
    check(
        "and_or",
        ids(&Book).filter(|b| cheap(&b).or(long(&b)).and(b.field("in_print"))),
        r#""book" AS t0 WHERE (t0."price" < $1 OR t0."pages" > $2) AND t0."in_print""#,
    );
    check(
        "or_and",
        ids(&Book).filter(|b| cheap(&b).and(long(&b)).or(b.field("in_print"))),
        r#""book" AS t0 WHERE (t0."price" < $1 AND t0."pages" > $2) OR t0."in_print""#,
    );
    check(
        "xor",
        ids(&Book).filter(|b| cheap(&b).xor(long(&b)).xor(b.field("in_print"))),
        r#""book" AS t0 WHERE (CASE WHEN t0."price" < $1 THEN 1 ELSE 0 END + CASE WHEN
           t0."pages" > $2 THEN 1 ELSE 0 END + CASE WHEN t0."in_print" THEN 1 ELSE 0 END)
           % 2 = 1"#,
    );
    check(
        "not_and",
        ids(&Book).filter(|b| cheap(&b).and(b.field("in_print")).not()),
        r#""book" AS t0 WHERE NOT (t0."price" < $1 AND t0."in_print")"#,
    );
    check(
        "calls",
        ids(&Book).filter(|b| cheap(&b).or(long(&b))).filter(|b| b.field("in_print")),
        r#""book" AS t0 WHERE (t0."price" < $1 OR t0."pages" > $2) AND t0."in_print""#,
    );
    check("always", ids(&Book).filter(|b| Node::Bool(true).or(long(&b))), r#""book" AS t0"#);
    check(
        "constants",
        ids(&Book).filter(|b| Node::Bool(true).and(long(&b))),
        r#""book" AS t0 WHERE t0."pages" > $1"#,
    );
    check(
        "xor_always",
        ids(&Book).filter(|b| Node::Bool(true).xor(long(&b))),
        r#""book" AS t0 WHERE NOT (t0."pages" > $1 AND t0."pages" IS NOT NULL)"#,
    );
}

#[test]
fn other_forms() {
    check(
        "case",
        ids(&Book).filter(|b| {
            let branches = vec![(b.field("pages").gt(int(500)), text("long"))];
            let otherwise = Some(text("short"));
            let case = CaseNode { branches, otherwise, sql_type: SqlType::Text };
            Node::Case(Box::new(case)).eq(text("long"))
        }),
        r#""book" AS t0 WHERE (CASE WHEN t0."pages" > $1 THEN $2 ELSE $3 END) = $4"#,
    );
    check(
        "raw",
        ids(&Book).filter(|b| {
            let sql = RawSql::new("$2 < $1 OR '$' = $2");
            Node::Raw(sql, vec![b.field("pages"), int(7)]).and(b.field("in_print"))
        }),
        r#""book" AS t0 WHERE ($1 < t0."pages" OR '$' = $1) AND t0."in_print""#,
    );
    check(
        "cast",
        ids(&Book).filter(|b| Node::Cast(Box::new(b.field("pages")), SqlType::Text).eq(text("1"))),
        r#""book" AS t0 WHERE CAST(t0."pages" AS text) = $1"#,
    );
    check(
        "arithmetic",
        ids(&Book).filter(|b| b.field("price").gt(call(&TIMES, vec![b.field("discount"), int(2)]))),
        r#""book" AS t0 WHERE t0."price" > (t0."discount" * $1)"#,
    );
    check(
        "comparison_of_comparisons",
        ids(&Book).filter(|b| b.field("pages").isnull(true).eq(b.field("price").gt(int(1)))),
        r#""book" AS t0 WHERE (t0."pages" IS NULL) = (t0."price" > $1)"#,
    );
}

#[test]
fn queries_that_have_no_rows() {
    let none = |rows: Rows| orm_core::query::is_empty(&rows.0);
    let nowhere = |b: orm_core::ir::PathBuf| b.field("id").within(vec![]);
    assert!(none(ids(&Book).filter(nowhere)));
    assert!(none(ids(&Book).change(|q| q.none = true)));
    assert!(none(ids(&Book).change(|q| q.limit = Some(0))));
    assert!(none(ids(&Book).filter(|b| nowhere(b.clone()).and(b.field("in_print")))));
    assert!(none(ids(&Book).exclude(|b| nowhere(b).not())));
    assert!(none(ids(&Book).filter(|b| b.field("id").of(&ids(&Tag).filter(nowhere).0))));
    assert!(!none(ids(&Book)));
    assert!(!none(ids(&Book).exclude(nowhere)));
    assert!(!none(ids(&Book).filter(|b| nowhere(b.clone()).or(b.field("in_print")))));
}
