//! Lookups inside of JSON.

use super::Book;
use super::filter::books;
use super::make::by_key;
use super::values::selected;
use crate::corpus::harness::{Case, asked, case};
use orm::prelude::*;

/// The keys of the books that do not satisfy a condition, in order.
macro_rules! others {
    ($id:literal, |$b:ident| $condition:expr) => {
        case!($id, |db| by_key().exclude(|$b| $condition).values(|b| b.id()).all(db))
    };
}

pub fn cases() -> Vec<Case> {
    let mut all = keys();
    all.extend(documents());
    all.extend(exclusions());
    all
}

fn keys() -> Vec<Case> {
    vec![
        books!("json/key_exact", ordered, |b| b.meta().key("lang").eq("en")),
        books!("json/key_exact_int", ordered, |b| b.meta().key("sold").eq(1200)),
        books!("json/key_exact_float", ordered, |b| b.meta().key("sold").eq(3.5)),
        books!("json/key_exact_bool", ordered, |b| b.meta().key("ok").eq(true)),
        books!("json/nested_key_gt", ordered, |b| b.meta().key("dims").key("h").gt(10)),
        books!("json/key_gt", ordered, |b| b.meta().key("sold").gt(100)),
        books!("json/key_icontains", ordered, |b| b.meta().key("lang").text().icontains("E")),
        books!("json/key_startswith", ordered, |b| b.meta().key("lang").text().startswith("e")),
        books!("json/key_in", ordered, |b| b.meta().key("lang").in_(["de", "fr"])),
        books!("json/key_none_is_json_null", ordered, |b| b.meta().key("sold").eq(Value::Null)),
        books!("json/key_isnull_true", ordered, |b| b.meta().key("sold").isnull(true)),
        books!("json/array_index", ordered, |b| b.meta().index(0).eq(1)),
        books!("json/array_index_nested", ordered, |b| b.meta().index(2).key("x").eq("y")),
        books!("json/deep_path", ordered, |b| b.meta().path(["nested", "a", "1", "b"]).eq(3)),
        books!("json/key_in_flags", ordered, |b| b.meta().key("flags").index(0).eq("new")),
        books!("json/key_regex", ordered, |b| b.meta().key("lang").text().regex("^[df]")),
        books!("json/key_range", ordered, |b| b.meta().key("sold").range(1..=1000)),
        books!("json/key_f_compare", ordered, |b| {
            let sold = b.meta().key("sold");
            sold.isnull(false) & b.meta().key("lang").eq("en") & sold.cast::<i32>().gt(b.pages())
        }),
        selected!("json/kt_text", |b| {
            (b.id(), b.meta().key("dims").key("h").text(), b.meta().key("lang").text())
        }),
        books!("json/key_with_dots_and_space", |b| b.meta().key("a.b").key("c d").eq(1)),
        case!("json/key_order_by_kt", |db| {
            let books = Book::objects().filter(|b| b.meta().has_key("lang"));
            let books = books.order_by(|b| (b.meta().key("lang").text(), b.id()));
            books.values(|b| b.id()).all(db).await?
        }),
    ]
}

fn documents() -> Vec<Case> {
    vec![
        books!("json/column_isnull", ordered, |b| b.meta().isnull(true)),
        books!("json/column_json_null", ordered, |b| b.meta().eq(Value::Null)),
        // Django's None is JSON null here, and NULL for every other type.
        books!("json/column_none_is_json_null", ordered, |b| b.meta().eq(Value::Null)),
        books!("json/contains", ordered, |b| b.meta().contains(json!({"lang": "en"}))),
        books!("json/contains_list", ordered, |b| b.meta().contains(json!([1]))),
        books!("json/contains_nested", ordered, |b| b.meta().contains(json!({"dims": {"h": 20}}))),
        books!("json/contains_list_in_key", ordered, |b| {
            b.meta().key("flags").contains(json!(["hot"]))
        }),
        books!("json/contained_by", ordered, |b| {
            let whole = json!({"lang": "en", "sold": 3.5, "ok": true, "no": false, "x": 1});
            b.meta().contained_by(whole)
        }),
        books!("json/has_keys", ordered, |b| b.meta().has_keys(["lang", "dims"])),
        books!("json/has_any_keys", ordered, |b| b.meta().has_any_keys(["ok", "a.b"])),
        books!("json/exact_list", ordered, |b| b.meta().eq(json!([1, 2, {"x": "y"}]))),
        books!("json/exact_string", ordered, |b| b.meta().eq("just a string")),
        books!("json/has_key_on_string_scalar", ordered, |b| b.meta().has_key("just a string")),
        books!("json/has_key_nested", ordered, |b| b.meta().key("dims").has_key("w")),
    ]
}

fn exclusions() -> Vec<Case> {
    vec![others!("json/exclude_contains", |b| b.meta().contains(json!({"lang": "en"})))]
}
