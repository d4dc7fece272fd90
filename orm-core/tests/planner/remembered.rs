//! Queries of one shape share a statement, and differ in their values only.

use crate::library::*;
use orm_core::ir::{Comparison, FieldMeta, Members, ModelMeta, Node};
use orm_core::query::{self, Returning, RowValues};
use orm_sql::exec::Statement;
use orm_sql::value::{Items, SqlType, SqlValue};

type Maker = Box<dyn Fn(i32) -> Rows>;

/// Queries that differ in shape, each with values of its own.
fn shapes() -> Vec<Maker> {
    fn books(condition: impl Fn(orm_core::ir::PathBuf, i32) -> Node + 'static) -> Maker {
        Box::new(move |i| ids(&Book).filter(|b| condition(b, i)))
    }
    vec![
        books(|b, i| b.field("id").eq(int(i))),
        books(|b, i| b.field("id").ne(int(i))),
        books(|b, i| b.field("id").gt(int(i))),
        books(|b, i| b.field("title").eq(text(&format!("{i}%")))),
        books(|b, i| b.field("title").op(Comparison::Contains, text(&format!("{i}%")))),
        books(|b, i| b.field("title").op(Comparison::IStartsWith, text(&format!("{i}_")))),
        books(|b, i| b.to(&EDITOR).field("name").eq(text(&i.to_string()))),
        books(|b, i| b.to(&EDITOR).row().eq(key_of(i.into()))),
        books(|b, i| b.field("id").within(vec![i.into(), 7, 8])),
        books(|b, i| b.field("id").gt(int(i)).and(b.field("title").eq(text(&i.to_string())))),
        books(|b, i| b.field("id").gt(int(i)).or(b.field("title").eq(text(&i.to_string())))),
        books(|b, i| b.field("id").gt(int(i)).not()),
        books(|b, i| {
            let three = [b.field("id"), int(i), int(i + 1)];
            Node::Between(Box::new(three))
        }),
        books(|b, i| {
            let cells = SqlValue::Cells { count: 1, encoded: vec![i as u8; 12] };
            Node::In(Box::new(b.field("title")), Members::Array(cells, &SqlType::Text))
        }),
        Box::new(|i| ids(&Book).exclude(|b| b.field("title").eq(text(&i.to_string())))),
        Box::new(|i| ids(&Author).filter(|a| a.field("id").gt(int(i)))),
        Box::new(|i| rows(&Book).filter(|b| b.field("id").gt(int(i)))),
        Box::new(|i| ids(&Book).order(|b| vec![asc(b.field("title"))]).change(page(i))),
        Box::new(|i| ids(&Book).order(|b| vec![desc(b.field("title"))]).change(page(i))),
        Box::new(|i| ids(&Book).order(|b| vec![desc(b.field("title"))]).change(from(i))),
    ]
}

fn page(i: i32) -> impl FnOnce(&mut orm_core::ir::Query) {
    move |query| (query.limit, query.offset) = (Some(i as u64 + 120), i as u64 + 50)
}

fn from(i: i32) -> impl FnOnce(&mut orm_core::ir::Query) {
    move |query| query.offset = i as u64 + 50
}

#[test]
fn values_are_those_of_the_call() {
    // The first of each is compiled.
    let first: Vec<Statement> = shapes().iter().map(|make| statement(make, 1)).collect();
    for (make, first) in shapes().iter().zip(&first) {
        let other = statement(make, 2);
        assert_eq!(other.sql, first.sql);
        assert_eq!(other.columns, first.columns);
        assert_ne!(other.params, first.params, "{}", first.sql);
        assert_eq!(statement(make, 1), *first);
    }
    for (place, one) in first.iter().enumerate() {
        for other in &first[..place] {
            assert_ne!(one.sql, other.sql, "two shapes");
        }
    }
}

#[test]
fn nulls_and_short_slices_are_shapes_of_their_own() {
    let by_title = |value: Node| ids(&Book).filter(|b| b.field("title").eq(value.clone()));
    let null = Node::Value(SqlValue::Null, SqlType::Text);
    for (value, expected) in [(text("a"), "\" = $1"), (null, "IS NULL"), (text("b"), "\" = $1")] {
        let sql = query::select(&by_title(value).0).unwrap().sql;
        assert!(sql.ends_with(expected), "{sql}");
    }
    for limit in [1, 2, 100, 101, 1, 2, 100, 101] {
        let sql = query::select(&ids(&Book).change(|query| query.limit = Some(limit)).0);
        let expected = if limit <= 100 { format!("LIMIT {limit}") } else { "LIMIT $1".to_owned() };
        assert!(sql.unwrap().sql.ends_with(&expected));
    }
    let few = |limit| query::select_few(&ids(&Book).0, limit).unwrap().sql;
    assert!(few(1).ends_with("LIMIT 1") && few(2).ends_with("LIMIT 2") && few(1) == few(1));
}

fn field(model: &'static ModelMeta, name: &str) -> &'static FieldMeta {
    model.field(name).expect("a field").1
}

fn statement(make: &Maker, i: i32) -> Statement {
    query::select(&make(i).0).unwrap()
}

#[test]
fn the_only_row_of_a_key_needs_no_limit() {
    let only = |rows: Rows| query::select_only(&rows.0).unwrap().sql;
    let by_key = |i| rows(&Book).filter(move |b| b.field("id").eq(int(i)));
    for i in 1..4 {
        assert!(only(by_key(i)).ends_with("WHERE t0.\"id\" = $1"), "{}", only(by_key(i)));
        assert!(only(rows(&Award).filter(|a| a.row().eq(key_of(i.into())))).ends_with(" = $1"));
        let shelf = Node::row(vec![SqlValue::I32(i), SqlValue::I32(2)]);
        let of_shelf = rows(&Shelf).filter(|s| s.row().eq(shelf));
        assert!(!only(of_shelf).contains("LIMIT"));
        // As many as there are, one more than there may be.
        for more in [
            rows(&Book).filter(|b| b.field("title").eq(text("x"))),
            rows(&Book).filter(|b| b.field("id").gt(int(i))),
            rows(&Book).exclude(|b| b.field("id").eq(int(i))),
            rows(&Book).filter(|b| b.back(&REVIEW_BOOK).field("id").eq(int(i))),
            by_key(i).filter(|b| b.back(&REVIEW_BOOK).field("stars").gt(int(i))),
            by_key(i).annotate(|b| b.to(&TAGS).field("name")),
            rows(&Book).with(|b| b.to(&TAGS)).filter(|b| b.field("id").eq(int(i))),
        ] {
            assert!(only(more.clone()).ends_with(" LIMIT 2"), "{}", only(more));
        }
    }
    // A slice says it itself.
    assert!(only(by_key(1).change(|query| query.limit = Some(5))).ends_with("LIMIT 5"));
}

#[test]
fn what_is_assigned_and_deleted_is_of_the_call() {
    let title = |i: i32| Node::Value(SqlValue::Text(format!("{}", i % 2)), SqlType::Text);
    let update = |i: i32, j: i32| {
        // The same value twice, and one that stands in WHERE as well: each is a parameter of its own.
        let sets = [(field(&Book, "title"), title(i)), (field(&Book, "pages"), int(j))];
        let of = rows(&Book).filter(|b| b.field("pages").eq(int(i)));
        query::update(&of.0, &sets, Returning::Nothing).unwrap()
    };
    let first = update(1, 1);
    assert_eq!(
        first.sql.replace('"', ""),
        "UPDATE library_book AS t0 SET title = $1, pages = $2 WHERE t0.pages = $3"
    );
    for (i, j) in [(1, 2), (2, 1), (3, 3), (1, 1)] {
        let statement = update(i, j);
        assert_eq!(statement.sql, first.sql);
        let values: Vec<SqlValue> =
            statement.params.iter().map(|(value, _)| value.clone()).collect();
        let text = SqlValue::Text(format!("{}", i % 2));
        assert_eq!(values, [text, SqlValue::I32(j), SqlValue::I32(i)]);
    }
    let raised = |by: i32| {
        let books = rows(&Book);
        let more = call(&TIMES, vec![books.root().field("pages"), int(by)]);
        query::update(&books.0, &[(field(&Book, "pages"), more)], Returning::Rows)
    };
    for by in [1, 2, 1] {
        assert!(raised(by).is_ok());
    }
    let delete = |i: i32| {
        query::delete(&rows(&Book).filter(|b| b.field("id").gt(int(i))).0, Returning::Nothing)
            .unwrap()
    };
    for i in [1, 2, 1] {
        assert_eq!(delete(i).sql, delete(5).sql);
        assert_eq!(delete(i).params, [(SqlValue::I32(i), SqlType::Int4)]);
    }
}

/// Values for two rows: their keys, and a column of equal or of other values.
fn row_values(keys: [i32; 2], others: [i32; 2]) -> RowValues {
    let items = |of: [i32; 2]| SqlValue::Items(Items::new(of.map(SqlValue::I32).to_vec()));
    let (id, pages) = (field(&Book, "id"), field(&Book, "pages"));
    RowValues { keys: vec![(id, items(keys))], fields: vec![(pages, items(others))], all: vec![] }
}

#[test]
fn values_of_many_rows_are_those_of_the_call() {
    let from =
        |last: i32| rows(&Book).filter(move |b| b.field("id").op(Comparison::Lt, int(last))).0;
    // Equal columns do not become one.
    let first = query::update_rows(&from(9), row_values([1, 2], [1, 2])).unwrap();
    let again = query::update_rows(&from(8), row_values([3, 4], [5, 6])).unwrap();
    assert_eq!((&again.sql, again.handle), (&first.sql, first.handle));
    assert!(first.handle.is_some(), "{}", first.sql);
    let params = |statement: &Statement| -> Vec<String> {
        statement.params.iter().map(|(value, _)| format!("{value:?}")).collect()
    };
    let expected = row_values([3, 4], [5, 6]);
    let expected = [&expected.keys[0].1, &expected.fields[0].1, &SqlValue::I32(8)];
    assert_eq!(params(&again), expected.map(|value| format!("{value:?}")));

    let all = |at: i32| vec![(field(&Book, "pages"), SqlValue::I32(at))];
    let with =
        |at| query::update_rows(&from(9), RowValues { all: all(at), ..row_values([1, 2], [3, 4]) });
    let (one, other) = (with(7).unwrap(), with(1).unwrap());
    assert_eq!((&one.sql, one.handle), (&other.sql, other.handle));
    assert_ne!(one.sql, first.sql);
    assert_eq!(params(&one)[0], "I32(7)");
    assert_eq!(params(&other)[0], "I32(1)");
}
