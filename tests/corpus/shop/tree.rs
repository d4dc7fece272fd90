//! The tree of categories.

use super::make::found;
use super::{Category, Product};
use crate::corpus::answer::deleted;
use crate::corpus::harness::{Case, asked, case};
use orm::prelude::*;

pub fn cases() -> Vec<Case> {
    let mut all = paths();
    all.extend(relations());
    all.extend(writes());
    all
}

fn paths() -> Vec<Case> {
    vec![
        case!("tree/descendants_by_path", |db| {
            let within = Category::objects().filter(|c| c.path().contains([1]));
            let below = within.exclude(|c| c.pk().eq(1)).order_by(|c| c.id());
            below.values(|c| c.id()).all(db).await?
        }),
        found!(
            "tree/products_under_home",
            Product,
            ordered,
            |p| p.category().path().contains([1]),
            |p| p.sku()
        ),
        case!("tree/depth", |db| {
            let categories = Category::objects().order_by(|c| c.id());
            categories.values(|c| (c.name(), c.path().len())).all(db).await?
        }),
    ]
}

fn relations() -> Vec<Case> {
    vec![
        found!(
            "tree/same_name_different_parent",
            Category,
            ordered,
            |c| {
                let names = Category::objects().values(|c| c.name()).annotate(|c| c.id().count());
                c.name().in_(names.filter(|c| c.id().count().gt(1)).values(|c| c.name()))
            },
            |c| c.id()
        ),
        found!("tree/leaf_categories", Category, ordered, |c| c.children().isnull(true), |c| c
            .id()),
        found!(
            "tree/empty_categories",
            Category,
            |c| c.products().isnull(true) & c.children().isnull(true),
            |c| c.name()
        ),
        // What DISTINCT rows are ordered by is selected with them.
        case!("tree/parent_with_products_in_children", |db| {
            let parents = Category::objects().filter(|c| c.children().products().stock().gt(5));
            let parents = parents.values(|c| (c.id(), c.name())).distinct().order_by(|c| c.id());
            parents.all(db).await?.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
        }),
    ]
}

fn writes() -> Vec<Case> {
    vec![
        case!("tree/unique_nulls_not_distinct", |db| {
            Category::objects().create(db, draft!(Category { name: "Home", parent: None })).await?
        }),
        case!("tree/protect_category", |db| {
            deleted("shop", &Category::objects().filter(|c| c.pk().eq(2)).delete(db).await?)
        }),
        case!("tree/delete_empty_category", |db| {
            let empty = Category::objects().filter(|c| c.name().eq("Empty"));
            deleted("shop", &empty.delete(db).await?)
        }),
        case!("tree/cascade_tree_blocked_deep", |db| {
            let home = Category::objects().get_by_key(db, 1).await?;
            deleted("shop", &home.delete(db).await?)
        }),
    ]
}
