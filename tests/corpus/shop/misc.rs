//! Addresses, prefetches, NULLs, dates at the edges, and the rest.

use super::make::{found, others, selected};
use super::{Customer, Line, Order, Payment, Product, Recommendation, Status};
use crate::corpus::harness::{Case, asked, case};
use crate::corpus::make::{day, moment};
use orm::prelude::*;
use std::collections::BTreeMap;
use std::net::IpAddr;

pub fn cases() -> Vec<Case> {
    let mut all = addresses();
    all.extend(related());
    all.extend(many());
    all.extend(nulls());
    all.extend(moments());
    all.extend(numbers());
    all.extend(others_still());
    all
}

fn addresses() -> Vec<Case> {
    vec![
        case!("misc/ip_lookups", |db| {
            let customers = Customer::objects;
            let same = customers().filter(|c| c.ip().eq(IpAddr::from([192, 168, 0, 1])));
            (
                same.count(db).await?,
                customers().filter(|c| c.ip().startswith("2001")).count(db).await?,
                customers().filter(|c| c.ip().contains("10.0")).count(db).await?,
            )
        }),
        selected!("misc/ip_values", Customer, |c| c.ip()),
    ]
}

fn related() -> Vec<Case> {
    vec![
        found!(
            "misc/recommended_symmetric",
            Product,
            ordered,
            |p| p.related().recommends().target().eq(p.pk()),
            |p| p.sku()
        ),
        case!("misc/recommends_through_order", |db| {
            let products = Product::objects().prefetch_related(|p| {
                let recommended = p.recommends().objects().select_related(|r| r.target());
                recommended.order_by(|r| (r.score().desc(), r.id()))
            });
            let numbers = |rows: Vec<(Recommendation, Product)>| {
                rows.into_iter().map(|(_, target)| target.sku).collect::<Vec<_>>()
            };
            let products = products.order_by(|p| p.id()).all(db).await?;
            products.into_iter().map(|(p, rows)| (p.sku, numbers(rows))).collect::<Vec<_>>()
        }),
        case!("misc/prefetch_orders_lines_products", |db| {
            let customers = Customer::objects().prefetch_related(|c| {
                c.orders()
                    .objects()
                    .prefetch_related(|o| o.lines().objects().prefetch_related(|l| l.product()))
            });
            let numbers = |(order, lines): (Order, Vec<(Line, Product)>)| {
                let mut skus: Vec<_> = lines.into_iter().map(|(_, product)| product.sku).collect();
                skus.sort();
                (order.number, skus)
            };
            let mut all = Vec::new();
            for (customer, orders) in customers.order_by(|c| c.id()).all(db).await? {
                all.push((customer.name, orders.into_iter().map(numbers).collect::<Vec<_>>()));
            }
            all
        }),
        found!("misc/refund_reverse_o2o", Payment, |p| p.refund().isnull(false), |p| (
            p.id(),
            p.refund().amount()
        )),
        found!(
            "misc/uuid_isnull_and_in",
            Payment,
            ordered,
            |p| {
                let first = Uuid::from_u128(0x11111111_1111_4111_8111_111111111111);
                let second = Uuid::from_u128(0x22222222_2222_4222_8222_222222222222);
                p.reference().in_([first, second])
            },
            |p| (p.id(), p.reference())
        ),
        found!(
            "misc/intchoices_in",
            Order,
            ordered,
            |o| o.status().in_([Status::Open, Status::Paid]),
            |o| (o.number(), o.status())
        ),
    ]
}

fn many() -> Vec<Case> {
    vec![
        found!(
            "misc/m2m_or_null",
            Order,
            ordered,
            |o| o.coupons().isnull(true) | o.coupons().percent().gte(20),
            |o| o.number()
        ),
        case!("misc/m2m_all_match_by_count", |db| {
            let orders =
                Order::objects().filter(|o| o.coupons().code().in_(["WELCOME", "FREESHIP"]));
            let both =
                orders.annotate(|o| o.coupons().count()).filter(|o| o.coupons().count().eq(2));
            both.values(|o| o.number()).all(db).await?
        }),
        others!("misc/null_coupon_percent_exclude", Order, |o| o.coupons().percent().lt(20), |o| o
            .number()),
    ]
}

fn nulls() -> Vec<Case> {
    vec![
        others!("misc/exclude_nullable_text", Order, |o| o.note().eq(""), |o| o.number()),
        others!(
            "misc/exclude_nullable_text_icontains",
            Order,
            |o| o.note().icontains("GIFT"),
            |o| o.number()
        ),
    ]
}

fn moments() -> Vec<Case> {
    vec![
        found!(
            "misc/between_timestamps",
            Order,
            ordered,
            |o| o.placed().range(moment(2023, 7, 4)..=moment(2023, 7, 5) + TimeDelta::minutes(15)),
            |o| o.number()
        ),
        found!(
            "misc/placed_date_tz",
            Order,
            ordered,
            |o| o.placed().in_zone("Europe/Berlin").date().eq(day(2023, 7, 5)),
            |o| o.number()
        ),
        found!("misc/dst_gap_hour", Order, |o| o.pk().eq(7), |o| o
            .placed()
            .in_zone("Europe/Berlin")
            .hour()),
        case!("misc/year_boundary_utc", |db| {
            let of_year = |year: i32| Order::objects().filter(|o| o.placed().year().eq(year));
            (of_year(2023).count(db).await?, of_year(2024).count(db).await?)
        }),
    ]
}

fn numbers() -> Vec<Case> {
    vec![
        found!("misc/float_equality", Product, |p| p.weight().eq(0.1), |p| p.sku()),
        others!("misc/float_range_nulls", Product, |p| p.weight().range(0.2..=2.0), |p| p.sku()),
        found!(
            "misc/nested_or_and_not_tree",
            Product,
            ordered,
            |p| {
                let cheap_or_rare = p.price().lt(20) | p.stock().lt(2);
                let plain = p.active().eq(true) & p.labels().eq(Vec::<String>::new());
                cheap_or_rare & !plain | p.sku().endswith("-1") & p.price().gt(80)
            },
            |p| p.sku()
        ),
    ]
}

fn others_still() -> Vec<Case> {
    vec![
        found!(
            "misc/concat_filter_alias",
            Product,
            |p| concat((p.sku(), " ", p.name())).icontains("1 pan"),
            |p| p.sku()
        ),
        case!("misc/search_rank", |db| {
            let rank = |p: &Fields<Product>| {
                let name = search_vector(p.name()).config("simple");
                let rank = search_rank(name, search_query("knife").config("simple"));
                rank.cast::<f64>().round_to(4)
            };
            let knives = Product::objects().filter(|p| rank(p).gt(0.0));
            let knives = knives.order_by(|p| (rank(p).desc(), p.id()));
            knives.values(|p| (p.sku(), rank(p))).all(db).await?
        }),
        case!("misc/explain_analyze_text", |db| {
            let plan = Order::objects().filter(|o| o.pk().eq(1)).explain(db).analyze().await?;
            plan.contains("Execution Time")
        }),
        case!("misc/in_bulk_by_sku", |db| {
            let products = Product::objects().in_bulk_by(db, |p| p.sku(), ["KN-1", "ME-2"]);
            let products = products.await?.into_iter();
            products.map(|(sku, product)| (sku, product.id)).collect::<BTreeMap<_, _>>()
        }),
    ]
}
