//! Keys of several columns.

use crate::models::with;
use orm_core::ir::{
    Between, BetweenMeta, FieldMeta, IndexPart, ModelMeta, OnDelete, Relation, RelationKind,
    UniqueMeta,
};
use orm_core::tables::create_tables_sql_of;
use orm_sql::value::SqlType;

const MODEL: ModelMeta = ModelMeta::new("", "", "", &[], &[0]);
const FIELD: FieldMeta = FieldMeta::new::<i64>("", "");

const fn column(name: &'static str, sql_type: SqlType) -> FieldMeta {
    with!(FIELD; name: name, column: name, sql_type: sql_type)
}

const fn part(column: &'static str, sql_type: SqlType, relation: &'static Relation) -> FieldMeta {
    let (name, null) = (relation.name, relation.null);
    with!(FIELD;
        name: name,
        column: column,
        sql_type: sql_type,
        null: null,
        relation: Some(relation),
    )
}

static STOCK: ModelMeta = with!(const MODEL;
    name: "Stock",
    table: "stock",
    fields: &[column("store", SqlType::Int8), column("isbn", SqlType::Text)],
    primary_key: &[0, 1],
);

static LABEL: ModelMeta = with!(const MODEL;
    name: "Label",
    table: "label",
    fields: &[
        column("id", SqlType::Int8),
        part("store", SqlType::Int8, &LABEL_STOCK),
        part("isbn", SqlType::Text, &LABEL_STOCK),
        part("old_store", SqlType::Int8, &LABEL_OLD),
        part("old_isbn", SqlType::Text, &LABEL_OLD),
    ],
    uniques: &[with!(const UniqueMeta::new(&[
            IndexPart::Field { name: "id", desc: false },
            IndexPart::Field { name: "old", desc: false },
        ]);
        name: Some("once"),
    )],
);
static LABEL_STOCK: Relation = with!(Relation::key("stock", "store", || &LABEL, || &STOCK);
    kind: RelationKind::OneToOne,
    on_delete: OnDelete::Protect,
);
static LABEL_OLD: Relation = with!(Relation::key("old", "old_store", || &LABEL, || &STOCK);
    null: true,
    on_delete: OnDelete::SetNull,
);

static BETWEEN: Between = Between::new(BetweenMeta::new(
    "Label_stocks",
    "",
    "label_stocks",
    [("label", || &LABEL), ("stock", || &STOCK)],
    || BETWEEN.model(),
));

fn all(model: &'static ModelMeta) -> String {
    create_tables_sql_of(&[model]).expect("there is a table").join("\n")
}

#[test]
fn what_a_key_refers_to() {
    let names = |pairs: &[(&FieldMeta, &FieldMeta)]| -> Vec<_> {
        pairs.iter().map(|(own, target)| (own.column, target.column)).collect()
    };
    assert_eq!(names(&LABEL_STOCK.pairs()), [("store", "store"), ("isbn", "isbn")]);
    assert_eq!(names(&LABEL_OLD.pairs()), [("old_store", "store"), ("old_isbn", "isbn")]);
    assert_eq!((LABEL_OLD.place(), LABEL_OLD.target()), (Some(3), None));
    let columns: Vec<_> = LABEL.columns_of("old").iter().map(|field| field.column).collect();
    assert_eq!(columns, ["old_store", "old_isbn"]);
    assert_eq!((LABEL.width(), LABEL.columns_of("id").len()), (5, 1));
    assert_eq!(STOCK.referrers().len(), 0, "nothing is registered here");
}

#[test]
fn constraints_and_indexes_have_all_columns() {
    let sql = all(&LABEL);
    for part in [
        r#"UNIQUE ("store", "isbn")"#,
        r#"FOREIGN KEY ("store", "isbn") REFERENCES "stock" ("store", "isbn") ON DELETE RESTRICT"#,
        r#"("old_store", "old_isbn") REFERENCES "stock" ("store", "isbn") ON DELETE SET NULL"#,
        r#"CONSTRAINT "once" UNIQUE ("id", "old_store", "old_isbn")"#,
        r#"ON "label" ("old_store", "old_isbn")"#,
    ] {
        assert!(sql.contains(part), "`{part}` is not in\n{sql}");
    }
    assert_eq!(sql.matches("FOREIGN KEY").count(), 2, "{sql}");
    assert_eq!(sql.matches("CREATE INDEX").count(), 1, "{sql}");
}

#[test]
fn a_table_between_has_the_columns_of_both_keys() {
    let sql = all(BETWEEN.model());
    for part in [
        r#""label_id" bigint NOT NULL"#,
        r#""stock_store" bigint NOT NULL"#,
        r#""stock_isbn" text NOT NULL"#,
        r#"UNIQUE ("label_id", "stock_store", "stock_isbn")"#,
        r#"FOREIGN KEY ("stock_store", "stock_isbn") REFERENCES "stock" ("store", "isbn")"#,
    ] {
        assert!(sql.contains(part), "`{part}` is not in\n{sql}");
    }
    assert!(std::ptr::eq(BETWEEN.model(), BETWEEN.model()), "it is made once");
}
