//! Rows updated, inserted, deleted; related sets; locks; what happens at the end of a transaction.

use super::{Address, Coupon, Customer, Line, Order, Payment, Product, Status};
use crate::corpus::answer::{deleted, nest};
use crate::corpus::harness::{Case, asked, case};
use crate::corpus::make::{dec, moment};
use orm::prelude::*;
use std::sync::{Arc, Mutex};

pub fn cases() -> Vec<Case> {
    let mut all = updates();
    all.extend(inserts());
    all.extend(deletions());
    all.extend(related());
    all.extend(rows());
    all.extend(transactions());
    all
}

fn updates() -> Vec<Case> {
    vec![
        case!("writes/update_from_subquery", |db| {
            let open = Line::objects().filter(|l| l.order().status().eq(Status::Open));
            let updated = open.update(db, |l| {
                let product = Product::objects().filter(|p| p.pk().eq(outer_ref(l.product().id())));
                let price = subquery(product.values(|p| p.price()).limit(1));
                l.unit_price().set(coalesce((price, l.unit_price())))
            });
            updated.await?
        }),
        case!("writes/update_fields_mixed_expressions", |db| {
            let last = Order::objects().filter(|o| o.pk().eq(7));
            let updated = last.update(db, |o| {
                (
                    o.shipped().set(o.placed() + TimeDelta::days(2)),
                    o.note().set(concat((o.note(), " / ", o.number().upper()))),
                    o.ship_to().set(None),
                )
            });
            updated.await?
        }),
        case!("writes/decimal_overflow", |db| {
            let knife = Product::objects().filter(|p| p.pk().eq(1));
            knife.update(db, |p| p.price().set(dec("123456789.00"))).await?
        }),
    ]
}

fn inserts() -> Vec<Case> {
    vec![
        case!("writes/upsert_products", |db| {
            let product = |sku: &str, name: &str, category: i64, price: Decimal| {
                draft!(Product { sku, name, category, price })
            };
            let drafts = [
                product("KN-1", "Chef knife XL", 3, dec("59.90")),
                product("XX-9", "New", 5, dec("1.00")),
            ];
            let written = Product::objects().bulk_create(db, drafts);
            let written = written.on_conflict(|p| p.sku()).update(|p| (p.name(), p.price()));
            written.await?.iter().map(|upserted| upserted.row.pk()).collect::<Vec<_>>()
        }),
        // What was given are drafts, which have no keys; the rows that were made are returned.
        case!("writes/ignore_conflicts_no_ids", |db| {
            let drafts = [("LEAP", 1), ("NEW", 5)];
            let drafts = drafts.map(|(code, percent)| draft!(Coupon { code, percent }));
            let without_keys = drafts.each_ref().map(|_| None::<i64>).to_vec();
            let made = Coupon::objects().bulk_create(db, drafts).on_conflict_ignore().await?;
            assert_eq!(made.iter().map(|coupon| coupon.id).collect::<Vec<_>>(), [5]);
            (without_keys, Coupon::objects().count(db).await?)
        }),
        case!("writes/get_or_create_race_safe_sql", |db| {
            let leap = draft!(Coupon { code: "LEAP", percent: 1 });
            Coupon::objects().get_or_create(db, |c| c.code(), leap).await?.1
        }),
        case!("writes/update_or_create_locks", |db| {
            let leap = draft!(Coupon { code: "LEAP", percent: 30 });
            Coupon::objects().update_or_create(db, |c| c.code(), leap).await?.0.percent
        }),
        case!("writes/partial_unique_violation", |db| {
            let (country, city) = ("IT", "Rome");
            let second = draft!(Address { customer: 1, country, city, primary: true });
            second.save(db).await?.pk()
        }),
    ]
}

/// What a deletion says of itself.
macro_rules! gone {
    ($id:literal, |$db:ident| $deletion:expr) => {
        case!($id, |$db| { deleted("shop", &$deletion.await?) })
    };
}

fn deletions() -> Vec<Case> {
    vec![
        gone!("writes/delete_customer_cascade", |db| {
            Customer::objects().filter(|c| c.pk().eq(1)).delete(db)
        }),
        gone!("writes/delete_product_protected", |db| {
            Product::objects().get_by_key(db, 1).await?.delete(db)
        }),
        gone!("writes/delete_unsold_product", |db| {
            Product::objects().get_by_key(db, 7).await?.delete(db)
        }),
        gone!("writes/delete_refund_chain", |db| {
            Payment::objects().filter(|p| p.pk().eq(5)).delete(db)
        }),
        gone!("writes/delete_orders_filtered_by_relation", |db| {
            Order::objects().filter(|o| o.payments().method().eq("voucher")).delete(db)
        }),
        gone!("writes/delete_address_sets_null", |db| {
            Address::objects().filter(|a| a.country().eq("DE")).delete(db)
        }),
    ]
}

fn related() -> Vec<Case> {
    vec![
        case!("writes/m2m_clear_reverse", |db| {
            let welcome = Coupon::objects().filter(|c| c.code().eq("WELCOME")).get(db).await?;
            welcome.orders().clear(db).await?
        }),
        case!("writes/related_update", |db| {
            let lou = Customer::objects().get_by_key(db, 4).await?;
            lou.orders().update(db, |o| o.note().set("x")).await?
        }),
        case!("writes/related_get_or_create", |db| {
            let kai = Customer::objects().get_by_key(db, 3).await?;
            let draft = draft!(Order { number: "B-1", placed: moment(2024, 6, 1) });
            let order = kai.orders().get_or_create(db, |o| o.number(), draft);
            let (order, created) = order.await?;
            (created, order.status, order.customer.pk())
        }),
    ]
}

fn rows() -> Vec<Case> {
    vec![
        case!("writes/bulk_update_with_case", |db| {
            let mut products = Product::objects().order_by(|p| p.id()).all(db).await?;
            for product in &mut products {
                product.stock += i32::try_from(product.id).expect("a small key");
                product.attributes["seen"] = true.into();
            }
            let updated = Product::objects();
            updated.bulk_update(db, &products, |p| (p.stock(), p.attributes())).await?
        }),
        case!("writes/copy_instance", |db| {
            let order = Order::objects().get_by_key(db, 1).await?;
            draft!(Order { number: "A-1-copy", ..order }).save(db).await?.pk()
        }),
        case!("writes/select_for_update_join_of", |db| {
            let lines = Line::objects().select_for_update().of(|l| (l.clone(), l.product()));
            let lines = lines.select_related(|l| (l.product(), l.order()));
            let lines = lines.filter(|l| l.order().eq(1)).order_by(|l| l.id());
            nest(lines.all(db).await?, &["product", "order"])
        }),
    ]
}

fn transactions() -> Vec<Case> {
    vec![case!("writes/on_commit_not_run_inside_atomic", |db| {
        let ran = Arc::new(Mutex::new(Vec::<i32>::new()));
        let then = ran.clone();
        let inner = db.transaction(async |tx| {
            tx.on_commit(async move || then.lock().expect("no panic").push(1));
            Ok(())
        });
        inner.await?;
        ran.lock().expect("no panic").clone()
    })]
}
