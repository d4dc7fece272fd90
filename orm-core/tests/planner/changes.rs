//! INSERT, UPDATE, DELETE, and expressions for DDL.

use crate::check::same;
use crate::library::*;
use orm_core::ir::*;
use orm_core::query::{self, *};
use orm_sql::ast::Combinator;
use orm_sql::exec::Tenancy;
use orm_sql::value::{Interval, SqlType, SqlValue};

fn field(model: &'static ModelMeta, name: &str) -> &'static FieldMeta {
    model.field(name).expect("a field").1
}

fn check_update(name: &str, rows: Rows, sets: &[(&str, Node)], expected: &str) {
    let Source::Model(model) = rows.0.source else { panic!("{name}") };
    let sets: Vec<_> = sets.iter().map(|(n, node)| (field(model, n), node.clone())).collect();
    let statement = query::update(&rows.0, &sets, Returning::Nothing).expect(name);
    same(name, &statement.sql, expected);
}

fn update_error(rows: Rows, sets: &[(&str, Node)]) -> String {
    let sets: Vec<_> = sets.iter().map(|(n, node)| (field(&Book, n), node.clone())).collect();
    query::update(&rows.0, &sets, Returning::Nothing).expect_err("an error").to_string()
}

#[test]
fn updates() {
    let books = rows(&Book).filter(|b| b.field("in_print"));
    let root = books.root();
    let more = call(&TIMES, vec![root.field("pages"), int(2)]);
    check_update(
        "plain",
        books.clone(),
        &[("pages", more), ("title", text("x"))],
        r#"UPDATE "book" AS t0 SET "pages" = (t0."pages" * $1), "title" = $2 WHERE
           t0."in_print""#,
    );
    check_update(
        "null",
        books.clone(),
        &[("pages", nothing())],
        r#"UPDATE "book" AS t0 SET "pages" = $1 WHERE t0."in_print""#,
    );
    check_update(
        "key",
        books.clone(),
        &[("editor", key_of(3))],
        r#"UPDATE "book" AS t0 SET "editor_id" = $1 WHERE t0."in_print""#,
    );
    check_update(
        "all",
        rows(&Book),
        &[("pages", int(1))],
        r#"UPDATE "book" AS t0 SET "pages" = $1"#,
    );
    check_update(
        "own_key",
        books.clone(),
        &[("editor", root.to(&BOOK_PUBLISHER).field("id"))],
        r#"UPDATE "book" AS t0 SET "editor_id" = t0."publisher_id" WHERE t0."in_print""#,
    );
    let joined = rows(&Book).filter(|b| b.to(&EDITOR).field("name").eq(text("x")));
    check_update(
        "joined",
        joined,
        &[("pages", int(1))],
        r#"UPDATE "book" AS t2 SET "pages" = $1 WHERE t2."id" IN (SELECT t0."id" FROM
           "book" AS t0 JOIN "author" AS t1 ON t1."id" = t0."editor_id" WHERE t1."name" =
           $2)"#,
    );
    let excluded = rows(&Book).exclude(|b| b.to(&TAGS).field("name").eq(text("x")));
    check_update(
        "excluded",
        excluded,
        &[("pages", int(1))],
        r#"UPDATE "book" AS t0 SET "pages" = $1 WHERE NOT EXISTS (SELECT 1 FROM
           "book_tags" AS t1 JOIN "tag" AS t2 ON t2."id" = t1."tag_id" WHERE t1."book_id"
           = t0."id" AND t2."name" = $2)"#,
    );
    let counted = rows(&Book).filter(|b| count_of(b.back(&REVIEW_BOOK).row()).gt(int(1)));
    check_update(
        "having",
        counted,
        &[("pages", int(1))],
        r#"UPDATE "book" AS t2 SET "pages" = $1 WHERE t2."id" IN (SELECT t0."id" FROM
           "book" AS t0 LEFT JOIN "review" AS t1 ON t1."book_id" = t0."id" GROUP BY
           t0."id" HAVING COUNT(t1."id") > $2)"#,
    );
    assert_eq!(
        update_error(books.clone().change(|q| q.limit = Some(1)), &[("pages", int(1))]),
        "`update` after `limit`, `offset` or `slice`: select the keys and use them in `in_`",
    );
    assert_eq!(
        update_error(
            books.clone().change(|q| q.distinct = Distinct::On(vec![root.field("title")])),
            &[("pages", int(1))]
        ),
        "`update` after `distinct_on`: select the keys and use them in `in_`",
    );
    let both = vec![rows(&Book).0, rows(&Book).0];
    assert_eq!(
        update_error(
            books.clone().change(|q| q.source = Source::Combined(Combinator::Union, both)),
            &[("pages", int(1))]
        ),
        "`update` of a set operation: select the keys and use them in `in_`",
    );
    let sets = [(field(&Book, "pages"), int(1))];
    let statement = query::update(&rows(&Tag).0, &[], Returning::Rows).expect("rows");
    assert_eq!(statement.columns.len(), 2);
    let statement = query::update(&books.0, &sets, Returning::Fields(vec![field(&Book, "id")]));
    same(
        "returning",
        &statement.expect("fields").sql,
        r#"UPDATE "book" AS t0 SET "pages" = $1 WHERE t0."in_print" RETURNING t0."id""#,
    );
}

/// Values from other tables: the table is read once more, so that no row is lost in the join.
#[test]
fn updates_from_relations() {
    let books = rows(&Book).filter(|b| b.field("in_print"));
    let root = books.root();
    check_update(
        "over_a_key",
        books.clone(),
        &[("title", call(&LOWER, vec![root.to(&EDITOR).field("name")]))],
        r#"UPDATE "book" AS t0 SET "title" = LOWER(t2."name") FROM "book" AS t1 LEFT JOIN
           "author" AS t2 ON t2."id" = t1."editor_id" WHERE t0."id" = t1."id" AND
           t0."in_print""#,
    );
    let joined = rows(&Book).filter(|b| b.to(&EDITOR).field("name").eq(text("x")));
    let more = call(&TIMES, vec![joined.root().field("pages"), int(2)]);
    let name = joined.root().to(&EDITOR).field("name");
    check_update(
        "filtered_over_it_too",
        joined,
        &[("pages", more), ("title", name)],
        r#"UPDATE "book" AS t2 SET "pages" = (t2."pages" * $1), "title" = t4."name" FROM
           "book" AS t3 LEFT JOIN "author" AS t4 ON t4."id" = t3."editor_id" WHERE
           t2."id" = t3."id" AND t2."id" IN (SELECT t0."id" FROM "book" AS t0 JOIN
           "author" AS t1 ON t1."id" = t0."editor_id" WHERE t1."name" = $2)"#,
    );
    assert_eq!(
        update_error(books.clone(), &[("title", root.to(&TAGS).field("name"))]),
        "a value in `update` follows `tags` to many rows, of which a column takes one: say which by \
         a `subquery(…)` of one row, as with `.values(…).limit(1)`",
    );
    assert_eq!(
        update_error(books, &[("pages", count_of(root.to(&TAGS).row()))]),
        "`pages` is assigned an aggregate, which is one of many rows: take it from a \
         `subquery(…)`",
    );
}

#[test]
fn deletes() {
    let delete = |rows: Rows, returning| query::delete(&rows.0, returning).expect("delete").sql;
    let books = rows(&Book).filter(|b| b.field("in_print"));
    same(
        "plain",
        &delete(books, Returning::Nothing),
        r#"DELETE FROM "book" AS t0 WHERE t0."in_print""#,
    );
    let joined = rows(&Book).filter(|b| b.to(&EDITOR).field("alive"));
    same(
        "joined",
        &delete(joined, Returning::Nothing),
        r#"DELETE FROM "book" AS t2 WHERE t2."id" IN (SELECT t0."id" FROM "book" AS t0
           JOIN "author" AS t1 ON t1."id" = t0."editor_id" WHERE t1."alive")"#,
    );
    same(
        "returning",
        &delete(rows(&Tag), Returning::Rows),
        r#"DELETE FROM "tag" AS t0 RETURNING t0."id", t0."name""#,
    );
    let shelves = rows(&Shelf).filter(|s| count_of(s.field("label")).gt(int(1)));
    same(
        "composite",
        &delete(shelves, Returning::Nothing),
        r#"DELETE FROM "shelf" AS t1 WHERE (t1."room", t1."row") IN (SELECT t0."room",
           t0."row" FROM "shelf" AS t0 GROUP BY t0."room", t0."row" HAVING
           COUNT(t0."label") > $1)"#,
    );
}

fn tags(rows: usize, conflict: Option<Conflict>, returning: Returning) -> Insert {
    let name = |n: usize| InsertValue::Value(SqlValue::Text(n.to_string()));
    let rows = Given::Rows(rows, (0..rows).map(name).collect());
    Insert {
        model: &Tag,
        fields: vec![field(&Tag, "name")],
        rows,
        conflict,
        returning,
        tenancy: Tenancy::Unsaid,
    }
}

#[test]
fn inserts() {
    let insert = |insert: Insert| query::insert(insert).expect("insert");
    same(
        "one",
        &insert(tags(1, None, Returning::Rows)).sql,
        r#"INSERT INTO "tag" AS t0 ("name") VALUES ($1) RETURNING t0."id", t0."name""#,
    );
    same(
        "two",
        &insert(tags(2, None, Returning::Nothing)).sql,
        r#"INSERT INTO "tag" AS t0 ("name") VALUES ($1), ($2)"#,
    );
    let mut many = tags(0, None, Returning::Nothing);
    let names = |n: usize| SqlValue::Array(vec![SqlValue::Text("x".into()); n]);
    many.rows = Given::Arrays(vec![names(1000)]);
    let many = insert(many);
    same("many", &many.sql, r#"INSERT INTO "tag" AS t0 ("name") SELECT * FROM UNNEST($1::text[])"#);
    assert_eq!(many.params.len(), 1);
    // Another time it is the same statement with other values.
    let mut few = tags(0, None, Returning::Nothing);
    few.rows = Given::Arrays(vec![names(2)]);
    let few = insert(few);
    assert_eq!((&few.sql, few.params[0].1), (&many.sql, many.params[0].1));
    assert_eq!(few.params[0].0, names(2));
    let mut defaults = tags(0, None, Returning::Nothing);
    defaults.fields = Vec::new();
    defaults.rows = Given::Rows(1, Vec::new());
    same("defaults", &insert(defaults.clone()).sql, r#"INSERT INTO "tag" AS t0 DEFAULT VALUES"#);
    defaults.rows = Given::Rows(2, Vec::new());
    same(
        "two_defaults",
        &insert(defaults.clone()).sql,
        r#"INSERT INTO "tag" AS t0 ("id") VALUES (DEFAULT), (DEFAULT)"#,
    );
    defaults.fields = vec![field(&Tag, "name")];
    let lower = InsertValue::Node(Box::new(call(&LOWER, vec![text("X")])));
    defaults.rows = Given::Rows(2, vec![lower, InsertValue::Default]);
    same(
        "mixed",
        &insert(defaults).sql,
        r#"INSERT INTO "tag" AS t0 ("name") VALUES (LOWER($1)), (DEFAULT)"#,
    );
    let nothing = Some(Conflict::Nothing(None));
    same(
        "ignore",
        &insert(tags(1, nothing, Returning::Rows)).sql,
        r#"INSERT INTO "tag" AS t0 ("name") VALUES ($1) ON CONFLICT DO NOTHING RETURNING
           t0."id", t0."name""#,
    );
    let (row, new) = (Scope::fresh(), Scope::fresh());
    let (old_path, new_path) = (PathBuf::root(row, &Tag), PathBuf::root(new, &Tag));
    let longer = call(&TIMES, vec![old_path.field("name"), new_path.field("name")]);
    let upsert = Conflict::Update {
        target: ConflictTarget::Fields(vec![field(&Tag, "name")]),
        set: vec![(field(&Tag, "name"), longer)],
        filter: Some(old_path.field("name").ne(new_path.field("name"))),
        row,
        new,
    };
    same(
        "upsert",
        &insert(tags(1, Some(upsert), Returning::Upserted)).sql,
        r#"INSERT INTO "tag" AS t0 ("name") VALUES ($1) ON CONFLICT ("name") DO UPDATE
           SET "name" = (t0."name" * EXCLUDED."name") WHERE NOT (t0."name" =
           EXCLUDED."name") RETURNING t0."id", t0."name", (t0."xmax" = 0)"#,
    );
    let target = ConflictTarget::Constraint("tag_name".into());
    let upsert = Conflict::Update {
        target,
        set: vec![(field(&Tag, "name"), new_path.field("name"))],
        filter: None,
        row,
        new,
    };
    same(
        "constraint",
        &insert(tags(1, Some(upsert), Returning::Nothing)).sql,
        r#"INSERT INTO "tag" AS t0 ("name") VALUES ($1) ON CONFLICT ON CONSTRAINT
           "tag_name" DO UPDATE SET "name" = EXCLUDED."name""#,
    );
    let error = query::insert(tags(0, None, Returning::Nothing)).expect_err("no rows");
    assert_eq!(error.to_string(), "there are no rows to insert");
}

#[test]
fn expressions_of_a_table() {
    let root = PathBuf::root(Scope::ANY, &Book);
    let sql = |node: Node| query::table_expr(&node, &Book).expect("an expression");
    let value = |value, sql_type| Node::Value(value, sql_type);
    same(
        "check",
        &sql(root.field("pages").gt(int(-1)).or(root.field("discount").isnull(true))),
        r#""pages" > -1 OR "discount" IS NULL"#,
    );
    same(
        "columns",
        &sql(root.field("discount").op(Comparison::Lte, root.field("price"))),
        r#""discount" <= "price""#,
    );
    same("key", &sql(root.to(&EDITOR).row().isnull(false)), r#""editor_id" IS NOT NULL"#);
    same("index", &sql(call(&LOWER, vec![root.field("title")])), r#"LOWER("title")"#);
    same("bool", &sql(root.field("in_print")), r#""in_print""#);
    same(
        "not",
        &sql(root.field("pages").eq(int(1)).not()),
        r#"NOT ("pages" = 1 AND "pages" IS NOT NULL)"#,
    );
    same("text", &sql(root.field("title").eq(text(r"it's \ "))), r#""title" = E'it''s \\ '"#);
    same(
        "contains",
        &sql(root.field("title").op(Comparison::Contains, text("100%"))),
        r#""title" LIKE E'%100\\%%'"#,
    );
    same("list", &sql(root.field("id").within(vec![1, 2])), r#""id" = ANY(ARRAY[1, 2]::bigint[])"#);
    let interval = Interval { months: 1, days: -2, microseconds: 3 };
    same(
        "interval",
        &sql(value(SqlValue::Interval(interval), SqlType::Interval)),
        r#"'1 months -2 days 3 microseconds'::interval"#,
    );
    same(
        "float",
        &sql(value(SqlValue::F64(f64::NAN), SqlType::Float8)),
        r#"'NaN'::double precision"#,
    );
    same(
        "bytes",
        &sql(value(SqlValue::Bytes(vec![0, 255]), SqlType::Bytea)),
        r#"decode('00ff', 'hex')"#,
    );
    same("json", &sql(value(SqlValue::Json("it's".into()), SqlType::Jsonb)), r#"'"it''s"'::jsonb"#);
    let error = query::table_expr(&root.to(&EDITOR).field("name"), &Book).expect_err("a join");
    assert_eq!(
        error.to_string(),
        "`editor.name` reaches over a relation, which is not possible here",
    );
}
