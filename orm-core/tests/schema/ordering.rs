//! The order of tables, and the errors that are found before any I/O.

use crate::models::*;
use orm_core::ir::{
    CheckMeta, IndexMeta, IndexPart, ModelMeta, Node, PathBuf, Relation, Scope, Step,
};
use orm_core::tables::{create_tables_sql_of, tables_of};
use orm_sql::schema::{Constraint, ConstraintKind, ForeignKey, Table, TableName, order};
use orm_sql::value::SqlType;

/// Tables named by letters; each list says what its table's keys point to.
fn groups(keys: &[(&str, &str)]) -> Vec<String> {
    let table = |(name, to): &(&str, &str)| {
        let key = |to: char| {
            let key = ForeignKey {
                columns: vec![to.to_string()],
                to: TableName::new(to),
                to_columns: vec!["id".into()],
                on_delete: Default::default(),
                deferrable: None,
            };
            Constraint { name: to.to_string(), kind: ConstraintKind::ForeignKey(key) }
        };
        Table { constraints: to.chars().map(key).collect(), ..Table::new(*name) }
    };
    let tables: Vec<Table> = keys.iter().map(table).collect();
    let name = |place: &usize| tables[*place].name.to_string();
    order(&tables).iter().map(|group| group.iter().map(name).collect()).collect()
}

#[test]
fn tables_come_after_what_they_need() {
    assert_eq!(groups(&[("a", ""), ("b", ""), ("c", "")]), ["a", "b", "c"]);
    assert_eq!(groups(&[("a", "b"), ("b", "c"), ("c", "")]), ["c", "b", "a"]);
    assert_eq!(groups(&[("a", "ca"), ("b", ""), ("c", "")]), ["c", "a", "b"]);
    assert_eq!(groups(&[("a", "cx"), ("b", "b"), ("c", "y")]), ["c", "a", "b"]);
}

#[test]
fn circles_are_groups_and_stand_before_what_needs_them() {
    assert_eq!(groups(&[("a", "b"), ("b", "a")]), ["ab"]);
    assert_eq!(
        groups(&[("d", "a"), ("a", "b"), ("b", "c"), ("c", "ae"), ("e", "")]),
        ["e", "abc", "d"]
    );
    assert_eq!(groups(&[("a", "b"), ("b", "ac"), ("c", "d"), ("d", "c")]), ["cd", "ab"]);
}

#[test]
fn keys_of_a_circle_come_after_its_tables() {
    let sql = create_tables_sql_of(&[&EMPLOYEE, &DEPARTMENT]).unwrap();
    let beginnings: Vec<&str> =
        sql.iter().filter(|sql| !sql.starts_with("CREATE INDEX")).map(|sql| &sql[..30]).collect();
    assert_eq!(
        beginnings,
        [
            "CREATE TABLE \"library_employee\"",
            "CREATE TABLE \"library_departmen",
            "ALTER TABLE \"library_employee\" ",
        ]
        .map(|text| &text[..30])
    );
    // Its key to itself, and the other table's key to it, need not wait.
    assert!(sql[0].contains("FOREIGN KEY (\"boss_id\")"));
    assert!(!sql[0].contains("FOREIGN KEY (\"department_id\")"));
}

#[test]
fn tables_between_come_along_once_and_unmanaged_ones_are_left_out() {
    let names = |models: &[&'static ModelMeta]| {
        let tables = tables_of(models).unwrap();
        tables.into_iter().map(|(model, _)| model).collect::<Vec<_>>()
    };
    assert_eq!(names(&[&BOOK, &TAG]), ["Book", "Tag", "Book_tags"]);
    assert_eq!(names(&[&BOOK, &BOOK_TAG, &BOOK]), ["Book", "Book_tags"]);
    assert_eq!(names(&[&ROOM]), [""; 0]);
}

#[test]
fn everything_together_is_made_in_an_order_that_works() {
    let sql = create_tables_sql_of(ALL).unwrap();
    let name = |sql: &String| sql.strip_prefix("CREATE TABLE ")?.split(" (").next().map(unquoted);
    let tables: Vec<String> = sql.iter().filter_map(name).collect();
    assert_eq!(
        tables,
        [
            "library_author",
            "trade.publisher",
            "library_book",
            "library_shelf",
            "library_tag",
            "library_employee",
            "library_department",
            "library_badge",
            "library_book_tags",
        ]
    );
}

fn unquoted(name: &str) -> String {
    name.replace('"', "")
}

fn error_of(model: &'static ModelMeta) -> String {
    tables_of(&[model]).unwrap_err().to_string()
}

#[test]
fn errors_name_the_model() {
    static LONG: ModelMeta = with!(const MODEL;
        table: "a_table_whose_name_is_so_long_that_the_server_would_cut_it_off_1",
    );
    assert_eq!(
        error_of(&LONG),
        "the table name `a_table_whose_name_is_so_long_that_the_server_would_cut_it_off_1` of \
         `Model` has 64 bytes, and the server keeps 63; give it a shorter one"
    );
    static UNKNOWN: ModelMeta = with!(const MODEL;
        indexes: &[IndexMeta::new(&[IndexPart::Field { name: "nmae", desc: false }])],
    );
    assert_eq!(
        error_of(&UNKNOWN),
        "an index or a unique constraint of `Model` names the field `nmae`, which is not one of `id`"
    );
}

#[test]
fn a_name_taken_twice_is_an_error() {
    const CHECK: CheckMeta = with!(CheckMeta::new(|| raw("id > 0")); name: Some("same"));
    static TWICE: ModelMeta = with!(const MODEL; checks: &[CHECK, CHECK]);
    assert_eq!(
        error_of(&TWICE),
        "the constraint name `same` of `Model` is taken by a constraint of `Model`; give one of \
         them another name"
    );
    static OTHER: ModelMeta = with!(const MODEL; name: "Other");
    static MINE: ModelMeta = MODEL;
    assert_eq!(
        tables_of(&[&MINE, &OTHER]).unwrap_err().to_string(),
        "the table name `library_model` of `Other` is taken by a table of `Model`; give one of \
         them another name"
    );
}

#[test]
fn keys_need_a_field_to_point_to() {
    static HOLDER: ModelMeta = with!(const MODEL; fields: &[ID, key("shelf_id", &TO_SHELF)]);
    static TO_SHELF: Relation = relation("shelf", || &HOLDER, || &SHELF);
    assert_eq!(
        error_of(&HOLDER),
        "`shelf` of `Model` has other columns than the primary key of `Shelf`, which it refers to"
    );
    static ASTRAY: ModelMeta = with!(const MODEL; fields: &[ID, key("tag_id", &TO_NOTHING)]);
    static TO_NOTHING: Relation =
        with!(relation("tag", || &ASTRAY, || &TAG); to_field: Some("nmae"));
    assert_eq!(error_of(&ASTRAY), "`tag` of `Model` refers to `Tag`, which has no field `nmae`");
}

#[test]
fn conditions_stay_within_the_table() {
    const CHECK: CheckMeta = CheckMeta::new(|| {
        let path = PathBuf::root(Scope::ANY, &ASTRAY).then(Step::Forward(&TO_AUTHOR));
        Node::Column { path, field: &AUTHOR.fields[1] }.is_null(false)
    });
    static ASTRAY: ModelMeta =
        with!(const MODEL; fields: &[ID, key("author_id", &TO_AUTHOR)], checks: &[CHECK]);
    static TO_AUTHOR: Relation = relation("author", || &ASTRAY, || &AUTHOR);
    let error = error_of(&ASTRAY);
    assert_eq!(
        error,
        "in the table of `Model`: `author.name` reaches over a relation, which is not possible here"
    );
}

#[test]
fn keys_that_refer_to_each_other_have_a_type() {
    static A: ModelMeta = with!(const MODEL; table: "a", fields: &[key("b_id", &A_B)]);
    static B: ModelMeta = with!(const MODEL; table: "b", fields: &[key("a_id", &B_A)]);
    static A_B: Relation = relation("b", || &A, || &B);
    static B_A: Relation = relation("a", || &B, || &A);
    let tables = tables_of(&[&A, &B]).unwrap();
    assert_eq!(tables[0].1.columns[0].column_type, SqlType::Int8.into());
}
