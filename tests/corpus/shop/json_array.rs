//! Documents and lists of products.

use super::Product;
use super::make::found;
use crate::corpus::harness::{Case, asked, case};
use orm::prelude::*;

pub fn cases() -> Vec<Case> {
    let mut all = documents();
    all.extend(writes());
    all
}

/// The numbers of the products that satisfy a condition, ordered by key where the case says so.
macro_rules! products {
    ($id:literal, $($ordered:ident,)? |$p:ident| $condition:expr) => {
        found!($id, Product, $($ordered,)? |$p| $condition, |p| p.sku())
    };
}

fn documents() -> Vec<Case> {
    vec![
        case!("json_array/color_group", |db| {
            let color = |p: &Fields<Product>| p.attributes().key("color");
            let groups = Product::objects().values(color).annotate(|p| p.id().count());
            groups.order_by(|p| color(p).asc().nulls_first()).all(db).await?
        }),
        products!("json_array/nested_number", |p| { p.attributes().key("size").key("cm").gte(10) }),
        products!("json_array/json_string_number_mixed", |p| p.attributes().key("pages").gt(100)),
        products!("json_array/json_null_key", |p| p.attributes().key("coating").eq(Value::Null)),
        products!("json_array/json_null_key_isnull_false", |p| {
            p.attributes().key("coating").isnull(false)
        }),
        products!("json_array/json_or_absent", ordered, |p| {
            let color = p.attributes().key("color");
            !color.eq("black") | color.isnull(true)
        }),
        products!("json_array/json_key_compare_f", ordered, |p| {
            p.attributes().key("color").eq(p.attributes().key("color"))
        }),
        products!("json_array/labels_overlap", ordered, |p| p.labels().overlap(["hot", "sharp"])),
    ]
}

fn writes() -> Vec<Case> {
    vec![
        case!("json_array/json_update_merge_func", |db| {
            let spade = Product::objects().filter(|p| p.pk().eq(4));
            let new = json!({"new": 1});
            spade.update(db, |p| p.attributes().set(p.attributes().merge(new))).await?
        }),
        case!("json_array/labels_append", |db| {
            let book = Product::objects().filter(|p| p.pk().eq(6));
            book.update(db, |p| p.labels().set(p.labels().append("x"))).await?
        }),
    ]
}
