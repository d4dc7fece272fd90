//! The models of the corpus `shop`, as Django has them: money, dates, ranges, a tree, constraints
//! with conditions, generated columns, choices, a many-to-many relation of a model to itself.
#![allow(missing_docs)]

use orm::column::Range;
use orm::prelude::*;
use serde_json::Value;
use std::net::IpAddr;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(
    app = "shop",
    on_delete_in = "library",
    unique(fields = [parent, name], nulls_distinct = false, name = "category_sibling_uniq"),
)]
pub struct Category {
    pub id: i64,
    #[field(max_length = 60)]
    pub name: String,
    #[field(on_delete = Cascade, related_name = "children")]
    pub parent: Option<ForeignKey<Self>>,
    #[field(default = Vec::new)]
    pub path: Vec<i64>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(
    app = "shop",
    on_delete_in = "library",
    index(fields = [attributes], using = "gin", name = "product_attr_gin"),
)]
pub struct Product {
    pub id: i64,
    #[field(max_length = 12, unique, validators(regex(r"^[A-Z]{2}-\d+$")))]
    pub sku: String,
    #[field(max_length = 120)]
    pub name: String,
    #[field(on_delete = Protect, related_name = "products")]
    pub category: ForeignKey<Category>,
    #[field(max_digits = 10, decimal_places = 2)]
    pub price: Decimal,
    #[field(max_digits = 10, decimal_places = 4)]
    pub cost: Option<Decimal>,
    pub weight: Option<f64>,
    #[field(default = 0, validators(range(0..=10000)))]
    pub stock: i32,
    #[field(default = || Value::Object(Default::default()))]
    pub attributes: Value,
    #[field(max_length = 20, default = Vec::new)]
    pub labels: Vec<String>,
    #[field(through = Recommendation, symmetrical = false, related_name = "recommended_by")]
    pub related: ManyToMany<Self>,
    pub active: Option<bool>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "shop", on_delete_in = "library")]
pub struct Recommendation {
    pub id: i64,
    #[field(on_delete = Cascade, related_name = "recommends")]
    pub source: ForeignKey<Product>,
    #[field(on_delete = Cascade, related_name = "recommended_from")]
    pub target: ForeignKey<Product>,
    #[field(default = 1.0)]
    pub score: f64,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "shop", on_delete_in = "library")]
pub struct Price {
    pub id: i64,
    #[field(on_delete = Cascade, related_name = "prices")]
    pub product: ForeignKey<Product>,
    pub valid: Range<NaiveDate>,
    #[field(max_digits = 10, decimal_places = 2)]
    pub amount: Decimal,
    #[field(max_length = 3, default = "EUR")]
    pub currency: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "shop", on_delete_in = "library")]
pub struct Customer {
    pub id: i64,
    #[field(max_length = 80)]
    pub name: String,
    #[field(max_length = 254, unique, validators(email))]
    pub email: String,
    pub joined: NaiveDate,
    #[field(default = false)]
    pub vip: bool,
    pub ip: Option<IpAddr>,
    #[field(on_delete = SetNull, related_name = "referred")]
    pub referrer: Option<ForeignKey<Self>>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(
    app = "shop",
    on_delete_in = "library",
    unique(fields = [customer], where = |a| a.primary(), name = "one_primary_address"),
)]
pub struct Address {
    pub id: i64,
    #[field(on_delete = Cascade, related_name = "addresses")]
    pub customer: ForeignKey<Customer>,
    #[field(max_length = 2)]
    pub country: String,
    #[field(max_length = 60)]
    pub city: String,
    #[field(default = false)]
    pub primary: bool,
}

#[derive(Choices, Clone, Copy, Debug, PartialEq)]
#[repr(i32)]
pub enum Status {
    Open = 1,
    Paid = 2,
    Shipped = 3,
    Cancelled = 9,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(
    app = "shop",
    on_delete_in = "library",
    ordering = [-placed],
    index(fields = [-placed], name = "order_placed_desc"),
    index(fields = [customer, -placed], name = "order_customer_placed", include = [status]),
)]
pub struct Order {
    pub id: i64,
    #[field(max_length = 20, unique)]
    pub number: String,
    #[field(on_delete = Cascade, related_name = "orders")]
    pub customer: ForeignKey<Customer>,
    #[field(on_delete = SetNull, related_name = "shipments")]
    pub ship_to: Option<ForeignKey<Address>>,
    #[field(default = Status::Open)]
    pub status: Status,
    pub placed: DateTime<Utc>,
    pub shipped: Option<DateTime<Utc>>,
    #[field(through = Line, related_name = "orders")]
    pub products: ManyToMany<Product>,
    #[field(related_name = "orders")]
    pub coupons: ManyToMany<Coupon>,
    pub note: Option<String>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(
    app = "shop",
    on_delete_in = "library",
    unique(fields = [order, product], name = "line_uniq"),
)]
pub struct Line {
    pub id: i64,
    #[field(on_delete = Cascade, related_name = "lines")]
    pub order: ForeignKey<Order>,
    #[field(on_delete = Protect, related_name = "lines")]
    pub product: ForeignKey<Product>,
    #[field(positive)]
    pub quantity: i32,
    #[field(max_digits = 10, decimal_places = 2)]
    pub unit_price: Decimal,
    #[field(generated = |l| l.quantity() * l.unit_price(), max_digits = 12, decimal_places = 2)]
    pub total: Decimal,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "shop", on_delete_in = "library")]
pub struct Payment {
    pub id: i64,
    #[field(on_delete = Cascade, related_name = "payments")]
    pub order: ForeignKey<Order>,
    #[field(max_length = 10)]
    pub method: String,
    #[field(max_digits = 10, decimal_places = 2)]
    pub amount: Decimal,
    pub at: DateTime<Utc>,
    #[field(unique)]
    pub reference: Option<Uuid>,
    #[field(on_delete = Cascade, related_name = "refund")]
    pub refund_of: Option<OneToOne<Self>>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "shop", on_delete_in = "library")]
pub struct Coupon {
    pub id: i64,
    #[field(max_length = 20, unique)]
    pub code: String,
    pub percent: Option<i16>,
    pub window: Option<Range<NaiveDate>>,
}
