//! The metadata of the corpus models is what Django says of them.

use crate::library::*;
use crate::shop;
use orm::Model;
use orm::model::{FieldMeta, ModelMeta, OnDelete, Relation, RelationKind};
use orm::value::SqlType;
use serde_json::{Value, json};

/// Every model of `library`.
fn of_library() -> Vec<&'static ModelMeta> {
    vec![
        Publisher::meta(),
        Author::meta(),
        Profile::meta(),
        Tag::meta(),
        Book::meta(),
        Authorship::meta(),
        Store::meta(),
        Stock::meta(),
        Review::meta(),
        Award::meta(),
    ]
}

/// Every model of `shop`.
fn of_shop() -> Vec<&'static ModelMeta> {
    vec![
        shop::Category::meta(),
        shop::Product::meta(),
        shop::Recommendation::meta(),
        shop::Price::meta(),
        shop::Customer::meta(),
        shop::Address::meta(),
        shop::Order::meta(),
        shop::Line::meta(),
        shop::Payment::meta(),
        shop::Coupon::meta(),
    ]
}

/// Models, and those between the sides of their many-to-many relations.
fn with_those_between(mut models: Vec<&'static ModelMeta>) -> Vec<&'static ModelMeta> {
    let through = models.iter().flat_map(|model| model.many_to_many).filter_map(|r| r.through);
    let auto: Vec<_> =
        through.filter(|through| through.auto).map(|through| through.model()).collect();
    models.extend(auto);
    models
}

#[test]
fn is_what_django_has() {
    let library = include_str!("../corpus/data/library/models.json");
    same(with_those_between(of_library()), library);
    let shop = include_str!("../corpus/data/shop/models.json");
    same(with_those_between(of_shop()), shop);
}

/// Asserts that models are those that Django describes.
fn same(models: Vec<&'static ModelMeta>, django: &str) {
    let django: Value = serde_json::from_str(django).unwrap();
    assert_eq!(models.len(), django.as_object().unwrap().len());
    for model in models {
        let expected = &django[model.name];
        assert_eq!(model.table, expected["table"], "{}", model.name);
        assert_eq!(model.single_key().unwrap().name, expected["pk"]);
        let fields = expected["fields"].as_array().unwrap();
        let (many, columns): (Vec<_>, Vec<_>) =
            fields.iter().partition(|field| field["type"] == "ManyToManyField");
        let mut ours: Vec<Value> = model.fields.iter().map(|field| column(model, field)).collect();
        let mut theirs: Vec<Value> = columns.into_iter().map(without_class).collect();
        sort(&mut ours);
        sort(&mut theirs);
        assert_eq!(ours, theirs, "{}", model.name);
        let ours: Vec<Value> = model.many_to_many.iter().map(|relation| set(relation)).collect();
        let theirs: Vec<Value> = many.into_iter().map(without_class).collect();
        assert_eq!(ours, theirs, "{}", model.name);
    }
}

fn sort(fields: &mut [Value]) {
    fields.sort_by_key(|field| field["name"].to_string());
}

/// What Django says, less what only Python has.
fn without_class(field: &Value) -> Value {
    let mut field = field.clone();
    let keys = field.as_object_mut().unwrap();
    for key in ["type", "class", "attname", "related_name"] {
        keys.remove(key);
    }
    if keys.get("query_name").is_some_and(|name| name.as_str().unwrap().ends_with('+')) {
        keys.remove("query_name");
    }
    if keys.get("through").is_some() {
        for key in ["column", "db_type", "null", "unique", "primary_key"] {
            keys.remove(key);
        }
    }
    field
}

fn column(model: &ModelMeta, field: &FieldMeta) -> Value {
    let key = model.single_key().unwrap() == field;
    let mut column = json!({
        "name": field.name,
        "column": field.column,
        "db_type": db_type(field),
        "null": field.null,
        "unique": field.unique || key,
        "primary_key": key,
    });
    if let Some(relation) = field.relation {
        column["to"] = json!(relation.to().name);
        column["on_delete"] = json!(match relation.on_delete {
            OnDelete::Cascade => "CASCADE",
            OnDelete::SetNull => "SET_NULL",
            OnDelete::Protect => "PROTECT",
            _ => "",
        });
        assert_eq!(relation.from().name, model.name);
        assert_eq!(relation.null, field.null);
        assert_eq!(relation.column, field.column);
        assert_eq!(relation.kind == RelationKind::OneToOne, field.unique);
        if let Some(reverse) = relation.reverse {
            column["query_name"] = json!(reverse);
        }
    }
    column
}

fn set(relation: &Relation) -> Value {
    let through = relation.through.as_ref().unwrap();
    let (from, to) = through.keys(relation).unwrap();
    assert_eq!(from.to(), relation.from());
    assert_eq!(to.to(), relation.to());
    let mut set = json!({
        "name": relation.name,
        "to": relation.to().name,
        "through": through.model().name,
        "symmetrical": relation.symmetrical,
    });
    if let Some(reverse) = relation.reverse {
        set["query_name"] = json!(reverse);
    }
    set
}

fn db_type(field: &FieldMeta) -> String {
    match (field.sql_type, field.max_length, field.digits) {
        (SqlType::Text, Some(length), _) => format!("varchar({length})"),
        (SqlType::Array(_), Some(length), _) => format!("varchar({length})[]"),
        (SqlType::Numeric, _, Some((digits, places))) => format!("numeric({digits}, {places})"),
        (SqlType::TimestampTz, ..) => "timestamp with time zone".to_owned(),
        (other, ..) => other.name().to_string(),
    }
}

#[test]
fn between_two_authors_both_sides_are_named() {
    let friends = Author::meta().many_to_many[0];
    let between = friends.through.as_ref().unwrap().model();
    let columns: Vec<_> = between.fields.iter().map(|field| field.column).collect();
    assert_eq!(columns, ["id", "from_author_id", "to_author_id"]);
    assert!(between.fields[0].identity);
    assert_eq!(between.uniques[0].parts.len(), 2);
}

#[test]
fn constraints_and_orderings_are_nodes() {
    let meta = Book::meta();
    assert_eq!(meta.indexes.len(), 2);
    assert_eq!(meta.indexes[1].name, Some("book_pub_inprint_idx"));
    assert!(meta.indexes[1].condition.is_some());
    assert_eq!(meta.checks[1].name, Some("book_discount_lte_price"));
    let ordering = Award::meta().ordering.unwrap()();
    assert_eq!(ordering.iter().map(|item| item.desc).collect::<Vec<_>>(), [true, false]);
    assert!(Book::meta().ordering.is_none());
}
