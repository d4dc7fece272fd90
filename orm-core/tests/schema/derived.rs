//! The tables of models as values.

use crate::models::*;
use orm_core::ir::{Default, ModelMeta, OnDelete, Relation, RelationKind};
use orm_core::tables::{action_of, table_of};
use orm_sql::schema::{Action, ColumnType, Fill, RawSql, TableName};
use orm_sql::value::{SqlType, SqlValue};

#[test]
fn a_table_is_found_by_its_parts() {
    let author = table_of(&AUTHOR).unwrap();
    assert_eq!(author.name, TableName::new("library_author"));
    assert_eq!(author.primary_key(), ["id"]);
    assert_eq!(author.column("created_at").unwrap().fill, Fill::Default(RawSql::new("now()")));
    assert!(author.column("nothing").is_none());
    assert!(author.constraint("author_has_name").is_some());
    assert!(author.index("library_author_email_9bf054b7").is_some());
    assert_eq!(author, table_of(&AUTHOR).unwrap());
}

#[test]
fn sizes_belong_to_text_and_numeric_alone() {
    let sized = |sql_type| ColumnType::sized(sql_type, Some(5), Some((4, 2)));
    assert_eq!(sized(SqlType::Text), ColumnType::Varchar(5));
    assert_eq!(sized(SqlType::Numeric), ColumnType::Numeric { digits: 4, places: 2 });
    assert_eq!(sized(SqlType::Int4), ColumnType::Plain(SqlType::Int4));
    let nested = SqlType::Array(&SqlType::Array(&SqlType::Text));
    let of = |item| ColumnType::Array(Box::new(item));
    assert_eq!(sized(nested), of(of(ColumnType::Varchar(5))));
    assert_eq!(
        ColumnType::from(SqlType::Named("citext")),
        ColumnType::Named(RawSql::new("citext"))
    );
}

#[test]
fn keys_take_the_length_and_collation_of_what_they_refer_to_in_the_end() {
    static HOLDER: ModelMeta = with!(const MODEL;
        fields: &[with!(key("book_ptr", &TO_MIDDLE); sql_type: SqlType::Text)],
    );
    static TO_MIDDLE: Relation = relation("middle", || &HOLDER, || &MIDDLE);
    static MIDDLE: ModelMeta = with!(const MODEL;
        fields: &[with!(key("publisher_code", &TO_PUBLISHER); sql_type: SqlType::Text)],
    );
    static TO_PUBLISHER: Relation = with!(relation("publisher", || &MIDDLE, || &PUBLISHER);
        kind: RelationKind::OneToOne,
    );
    let column = &table_of(&HOLDER).unwrap().columns[0];
    assert_eq!(column.column_type, ColumnType::Varchar(12));
    assert_eq!(column.collation.as_deref(), Some("C"));
}

#[test]
fn only_keys_that_the_database_checks_are_constraints() {
    let shelf = table_of(&SHELF).unwrap();
    assert_eq!(shelf.primary_key(), ["book_id", "room_id"]);
    let keys: Vec<_> = shelf.foreign_keys().map(|key| key.columns.concat()).collect();
    assert_eq!(keys, ["book_id"]);
    assert_eq!(shelf.indexes.len(), 2);
}

#[test]
fn a_one_to_one_primary_key_needs_no_further_index() {
    let badge = table_of(&BADGE).unwrap();
    assert_eq!(badge.constraints.len(), 2);
    assert_eq!(badge.indexes, []);
}

#[test]
fn what_the_server_does_when_a_row_goes() {
    let check = |on_delete, default, expected| {
        assert_eq!(action_of(on_delete, &with!(FIELD; default: default)), expected);
    };
    check(OnDelete::Cascade, Default::None, Action::Cascade);
    check(OnDelete::Protect, Default::None, Action::Restrict);
    check(OnDelete::Restrict, Default::None, Action::NoAction);
    check(OnDelete::SetNull, Default::None, Action::SetNull);
    check(OnDelete::SetDefault, Default::None, Action::SetDefault);
    check(OnDelete::SetDefault, Default::Database(|| raw("1")), Action::SetDefault);
    check(OnDelete::SetDefault, Default::Rust(|| SqlValue::I64(1)), Action::NoAction);
    check(OnDelete::Set(|| SqlValue::I64(1)), Default::None, Action::NoAction);
    check(OnDelete::DoNothing, Default::None, Action::NoAction);
}
