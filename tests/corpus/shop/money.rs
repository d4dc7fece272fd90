//! Totals, margins, and what is calculated of exact numbers.

use super::make::{found, selected};
use super::{Line, Order, Product};
use crate::corpus::harness::{Case, asked, case};
use crate::corpus::make::dec;
use orm::prelude::*;

pub fn cases() -> Vec<Case> {
    let mut all = totals();
    all.extend(generated());
    all.extend(products());
    all.extend(active());
    all
}

/// What the lines of an order come to; 0 where it has none.
fn total(order: &Fields<Order>) -> Expr<Order, Decimal> {
    coalesce((subquery_sum(order.lines().objects().values(|l| l.total())), Decimal::ZERO))
}

/// What was paid for an order; 0 where nothing was.
fn paid(order: &Fields<Order>) -> Expr<Order, Decimal> {
    coalesce((subquery_sum(order.payments().objects().values(|p| p.amount())), Decimal::ZERO))
}

fn totals() -> Vec<Case> {
    vec![
        selected!("money/order_totals", Order, |o| (o.number(), o.lines().total().sum())),
        selected!("money/order_totals_default", Order, |o| {
            (o.number(), o.lines().total().sum().default(dec("0.00")))
        }),
        selected!("money/order_totals_expression", Order, |o| {
            (o.number(), (o.lines().quantity() * o.lines().unit_price()).sum())
        }),
        // Each line of an order beside each of its payments, as two joins have them.
        case!("money/paid_vs_total_wrong_join", |db| {
            let orders = Order::objects()
                .left_join_lateral(|o| o.lines().objects())
                .left_join_lateral(|(o, _)| o.payments().objects());
            let sums = orders
                .values(|(o, _, _)| (o.id(), o.number()))
                .annotate(|(_, line, _)| line.total().sum())
                .annotate(|(_, _, payment)| payment.amount().sum())
                .order_by(|(o, _, _)| o.id());
            let sums = sums.all(db).await?.into_iter();
            sums.map(|(_, number, total, paid)| (number, total, paid)).collect::<Vec<_>>()
        }),
        selected!("money/paid_vs_total_subqueries", Order, |o| {
            (o.number(), total(o), paid(o), total(o) - paid(o))
        }),
        found!(
            "money/unpaid_orders",
            Order,
            ordered,
            |o| o.lines().total().sum().gt(paid(o)),
            |o| (o.number(), o.lines().total().sum(), paid(o))
        ),
    ]
}

fn generated() -> Vec<Case> {
    vec![
        found!("money/generated_filter", Line, ordered, |l| l.total().gte(90), |l| (
            l.id(),
            l.total()
        )),
        case!("money/generated_insert", |db| {
            let unit_price = dec("1.10");
            let line = draft!(Line { order: 7, product: 1, quantity: 3, unit_price });
            line.save(db).await?.total
        }),
        case!("money/generated_assign_ignored_on_save", |db| {
            let mut line = Line::objects().get_by_key(db, 1).await?;
            line.quantity = 2;
            line.save(db).await?;
            line.refresh(db).await?;
            line.total
        }),
    ]
}

fn products() -> Vec<Case> {
    vec![
        case!("money/margin", |db| {
            let margin = |p: &Fields<Product>| p.price() - p.cost();
            let best = Product::objects().order_by(|p| (margin(p).desc().nulls_last(), p.id()));
            best.values(|p| (p.sku(), margin(p))).all(db).await?
        }),
        found!("money/margin_pct_float", Product, ordered, |p| p.cost().isnull(false), |p| (
            p.sku(),
            (p.cost() / p.price() * 100).cast::<f64>().round()
        )),
        case!("money/stock_value", |db| {
            Product::objects().aggregate(db, |p| (p.price() * p.stock()).sum()).await?
        }),
        case!("money/stock_value_by_active_null", |db| {
            let groups = Product::objects().values(|p| p.active());
            let worth = groups.annotate(|p| (p.price() * p.stock()).sum());
            worth.annotate(|p| p.id().count()).order_by(|p| p.active()).all(db).await?
        }),
        selected!("money/case_discount", Product, |p| {
            let discounted = case()
                .when(p.stock().eq(0), p.price())
                .when(p.labels().contains(["hot"]), p.price() * dec("0.5"))
                .otherwise(p.price() * dec("0.9"));
            (p.sku(), discounted)
        }),
    ]
}

fn active() -> Vec<Case> {
    vec![
        case!("money/nullboolean_filters", |db| {
            let active =
                |active: Option<bool>| Product::objects().filter(|p| p.active().eq(active));
            let others = Product::objects().exclude(|p| p.active().eq(true));
            (
                active(Some(true)).count(db).await?,
                active(Some(false)).count(db).await?,
                active(None).count(db).await?,
                others.count(db).await?,
            )
        }),
        found!("money/nullboolean_not", Product, ordered, |p| !p.active().eq(false), |p| p.id()),
    ]
}
