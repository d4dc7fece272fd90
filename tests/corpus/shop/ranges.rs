//! Ranges of dates.

use super::make::{found, selected};
use super::{Coupon, Line, Order, Price};
use crate::corpus::harness::{Case, asked, case};
use crate::corpus::make::{day, dec};
use orm::prelude::*;

pub fn cases() -> Vec<Case> {
    let mut all = lookups();
    all.extend(bounds());
    all.extend(beside_others());
    all
}

/// The keys of the prices that satisfy a condition, in order.
macro_rules! prices {
    ($id:literal, |$p:ident| $condition:expr) => {
        found!($id, Price, ordered, |$p| $condition, |p| p.id())
    };
}

fn lookups() -> Vec<Case> {
    vec![
        prices!("ranges/contains_date", |p| p.valid().contains(day(2023, 7, 1))),
        prices!("ranges/contains_range", |p| p.valid().contains(day(2023, 2, 1)..day(2023, 3, 1))),
        prices!("ranges/overlap", |p| p.valid().overlap(day(2023, 6, 30)..day(2023, 7, 2))),
        prices!("ranges/contained_by", |p| {
            p.valid().contained_by(day(2023, 1, 1)..day(2024, 1, 1))
        }),
        prices!("ranges/fully_lt", |p| p.valid().fully_lt(day(2024, 1, 1)..)),
        prices!("ranges/fully_gt", |p| p.valid().fully_gt(day(2023, 1, 1)..day(2023, 2, 1))),
        prices!("ranges/not_gt", |p| p.valid().not_gt(day(2023, 1, 1)..day(2023, 12, 31))),
        prices!("ranges/adjacent_to", |p| {
            p.valid().adjacent_to(day(2024, 1, 1)..day(2024, 2, 1))
        }),
        found!("ranges/exact", Price, |p| p.valid().eq(day(2023, 1, 1)..day(2023, 7, 1)), |p| p
            .id()),
        found!("ranges/null_range", Coupon, |c| c.window().isnull(true), |c| c.code()),
    ]
}

fn bounds() -> Vec<Case> {
    vec![
        found!("ranges/isempty", Price, |p| p.valid().is_empty(), |p| (p.id(), p.valid())),
        found!(
            "ranges/startswith_endswith",
            Price,
            ordered,
            |p| p.valid().lower().gte(day(2023, 7, 1)),
            |p| (p.id(), p.valid().lower(), p.valid().upper())
        ),
        prices!("ranges/lower_upper_inf", |p| p.valid().upper_inf()),
        prices!("ranges/lower_inf", |p| p.valid().lower_inf()),
        prices!("ranges/upper_inc", |p| p.valid().upper_inc()),
        prices!("ranges/lower_inc", |p| p.valid().lower_inc().eq(false)),
        selected!("ranges/values", Price, |p| (p.id(), p.valid())),
    ]
}

fn beside_others() -> Vec<Case> {
    vec![
        selected!("ranges/price_on_order_day", Line, |l| {
            let of_product =
                Price::objects().filter(|p| p.product().eq(outer_ref(l.product().id())));
            let placed = l.order().placed().date();
            let of_day = of_product.filter(|p| p.valid().contains(outer_ref(placed.clone())));
            (l.id(), subquery(of_day.values(|p| p.amount()).limit(1)))
        }),
        found!(
            "ranges/coupon_valid_for_order",
            Order,
            ordered,
            |o| o.coupons().window().contains(o.placed().date()),
            |o| (o.number(), o.coupons().code())
        ),
        case!("ranges/insert_range", |db| {
            let (valid, amount) = (day(2024, 1, 1).., dec("88.00"));
            Price::objects().create(db, draft!(Price { product: 3, valid, amount })).await?.pk()
        }),
    ]
}
