//! Reports: groups, dates, subqueries, windows.

use super::make::{found, others, selected};
use super::{Address, Customer, Line, Order, Product, Status};
use crate::corpus::harness::{Case, asked, case};
use orm::prelude::*;
use std::collections::BTreeMap;

pub fn cases() -> Vec<Case> {
    let mut all = revenue();
    all.extend(products());
    all.extend(customers());
    all.extend(last_orders());
    all.extend(windows());
    all.extend(shipping());
    all.extend(counts());
    all.extend(orders());
    all
}

fn revenue() -> Vec<Case> {
    vec![
        case!("reports/revenue_by_month", |db| {
            let lines = Line::objects().exclude(|l| l.order().status().eq(Status::Cancelled));
            let months = lines.values(|l| l.order().placed().trunc_month());
            let revenue = months.annotate(|l| l.total().sum());
            let revenue = revenue.annotate(|l| l.order().id().count().distinct());
            revenue.order_by(|l| l.order().placed().trunc_month()).all(db).await?
        }),
        case!("reports/revenue_by_day_berlin", |db| {
            let day = |l: &Fields<Line>| l.order().placed().in_zone("Europe/Berlin").date();
            let revenue = Line::objects().values(day).annotate(|l| l.total().sum());
            revenue.order_by(day).all(db).await?
        }),
        case!("reports/revenue_by_category_root", |db| {
            let root = |l: &Fields<Line>| l.product().category().path().index(0);
            let revenue = Line::objects().values(root).annotate(|l| l.total().sum());
            revenue.order_by(root).all(db).await?
        }),
        case!("reports/avg_of_sums", |db| {
            let totals = Order::objects().annotate(|o| o.lines().total().sum()).nested();
            totals.aggregate(db, |(o, t)| (t.avg(), t.count(), o.id().count())).await?
        }),
        case!("reports/group_by_two_levels_values_list", |db| {
            let groups = Line::objects()
                .values(|l| (l.order().customer().name(), l.product().category().name()));
            let sold = groups.annotate(|l| l.quantity().sum());
            let sold =
                sold.order_by(|l| (l.order().customer().name(), l.product().category().name()));
            sold.all(db).await?
        }),
    ]
}

fn products() -> Vec<Case> {
    vec![
        case!("reports/top_products", |db| {
            let sold = |p: &Fields<Product>| p.lines().quantity().sum();
            let top = Product::objects().order_by(|p| (sold(p).desc().nulls_last(), p.id()));
            top.values(|p| (p.sku(), sold(p))).limit(3).all(db).await?
        }),
        found!("reports/never_sold", Product, |p| p.lines().isnull(true), |p| p.sku()),
        others!("reports/never_sold_exclude", Product, |p| p.lines().isnull(false), |p| p.sku()),
        found!(
            "reports/never_sold_2024_shipped_exists",
            Product,
            ordered,
            |p| {
                let of_product = Line::objects().filter(|l| l.product().eq(outer_ref(p.id())));
                let shipped = of_product.filter(|l| {
                    l.order().placed().year().eq(2024) & l.order().status().eq(Status::Shipped)
                });
                !exists(shipped)
            },
            |p| p.sku()
        ),
    ]
}

fn customers() -> Vec<Case> {
    vec![
        selected!("reports/customers_lifetime_filtered", Customer, |c| {
            let total = c.orders().lines().total().sum();
            (c.name(), total.filter(!c.orders().status().eq(Status::Cancelled)))
        }),
        found!(
            "reports/customers_with_two_orders",
            Customer,
            ordered,
            |c| c.orders().count().gte(2),
            |c| (c.name(), c.orders().count())
        ),
        // What DISTINCT rows are ordered by is selected with them.
        case!("reports/customers_bought_both", |db| {
            let knife = Customer::objects().filter(|c| c.orders().products().sku().eq("KN-1"));
            let both = knife.filter(|c| c.orders().products().sku().eq("KI-1"));
            let both = both.values(|c| (c.id(), c.name())).distinct().order_by(|c| c.id());
            both.all(db).await?.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
        }),
        found!("reports/customers_no_order", Customer, |c| c.orders().isnull(true), |c| c.name()),
        others!(
            "reports/customers_no_shipped",
            Customer,
            |c| c.orders().status().eq(Status::Shipped),
            |c| c.name()
        ),
    ]
}

fn last_orders() -> Vec<Case> {
    vec![
        case!("reports/last_order_per_customer", |db| {
            let orders = Order::objects().order_by(|o| (o.customer(), o.placed().desc()));
            let last = orders.distinct_on(|o| o.customer());
            last.values(|o| (o.customer().name(), o.number())).all(db).await?
        }),
        selected!("reports/last_order_subquery", Customer, |c| {
            let newest = c.orders().objects().order_by(|o| o.placed().desc()).limit(1);
            (c.name(), subquery(newest.values(|o| o.number())))
        }),
        found!(
            "reports/last_order_filter_on_subquery",
            Customer,
            ordered,
            |c| {
                let newest = c.orders().objects().order_by(|o| o.placed().desc()).limit(1);
                subquery(newest.values(|o| o.status())).eq(Status::Open)
            },
            |c| c.name()
        ),
        found!(
            "reports/country_differs_from_primary",
            Order,
            ordered,
            |o| {
                let of_customer =
                    Address::objects().filter(|a| a.customer().eq(outer_ref(o.customer().id())));
                let primary = of_customer.filter(|a| a.primary()).limit(1);
                let same = o.ship_to().country().eq(subquery(primary.values(|a| a.country())));
                o.ship_to().isnull(false) & !same
            },
            |o| o.number()
        ),
    ]
}

fn windows() -> Vec<Case> {
    vec![
        case!("reports/running_revenue_subquery", |db| {
            let orders = Order::objects().order_by(|o| o.placed());
            let running = orders.values(|o| {
                let total = subquery_sum(o.lines().objects().values(|l| l.total()));
                let so_far = total.sum().over(window().order_by(o.placed()));
                (o.number(), total, so_far)
            });
            running.all(db).await?
        }),
        selected!("reports/share_of_total", Line, |l| {
            let of_order = l.total().sum().over(window().partition_by(l.order().id()));
            (l.id(), (l.total() * 100 / of_order).round_to(2))
        }),
    ]
}

fn shipping() -> Vec<Case> {
    vec![
        case!("reports/shipping_delay", |db| {
            let delay = |o: &Fields<Order>| o.shipped() - o.placed();
            Order::objects().aggregate(db, |o| (delay(o).avg(), delay(o).max())).await?
        }),
        found!(
            "reports/shipped_within_day",
            Order,
            ordered,
            |o| o.shipped().lte(o.placed() + TimeDelta::days(1)),
            |o| o.number()
        ),
    ]
}

fn counts() -> Vec<Case> {
    vec![
        case!("reports/weekday_histogram", |db| {
            let days = Order::objects().unordered().values(|o| o.placed().week_day());
            let counted = days.annotate(|o| o.id().count());
            counted.order_by(|o| o.placed().week_day()).all(db).await?
        }),
        case!("reports/quarter_pivot", |db| {
            let quarter = |o: &Fields<Order>, quarter: i32| {
                o.id().count().filter(o.placed().quarter().eq(quarter))
            };
            let years = Order::objects().unordered().values(|o| o.placed().year());
            let pivot = years.annotate(|o| quarter(o, 1)).annotate(|o| quarter(o, 2));
            let pivot = pivot.annotate(|o| quarter(o, 3)).annotate(|o| quarter(o, 4));
            pivot.order_by(|o| o.placed().year()).all(db).await?
        }),
        case!("reports/status_counts_zero_filled", |db| {
            let mut counts = BTreeMap::new();
            for status in Status::ALL {
                let orders = Order::objects().filter(|o| o.status().eq(*status));
                counts.insert(status.label(), orders.count(db).await?);
            }
            counts
        }),
        case!("reports/values_groups_ignore_meta_ordering", |db| {
            let groups = Order::objects().values(|o| o.status()).annotate(|o| o.id().count());
            groups.order_by(|o| o.status()).all(db).await?
        }),
    ]
}

fn orders() -> Vec<Case> {
    vec![
        case!("reports/orders_with_both_same_order", |db| {
            let knife = Order::objects().filter(|o| o.lines().product().sku().eq("KN-1"));
            let both = knife.filter(|o| o.lines().product().sku().eq("KI-1"));
            both.order_by(|o| o.id()).values(|o| o.number()).all(db).await?
        }),
        case!("reports/json_agg_lines", |db| {
            let orders = Order::objects().filter(|o| o.pk().lte(2)).order_by(|o| o.id());
            let lines = orders.values(|o| {
                let (sku, quantity) = (o.lines().product().sku(), o.lines().quantity());
                let line = json_object((("sku", sku), ("q", quantity)));
                (o.number(), line.json_agg().order_by(o.lines().id()))
            });
            lines.all(db).await?
        }),
        case!("reports/dates_of_orders", |db| {
            Order::objects().datetimes(|o| o.placed().trunc_day()).all(db).await?
        }),
        case!("reports/default_ordering_first_last", |db| {
            let (first, last) =
                (Order::objects().first(db).await?, Order::objects().last(db).await?);
            (first.map(|order| order.number), last.map(|order| order.number))
        }),
    ]
}
