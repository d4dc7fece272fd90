//! What a bookshop knows.

use orm::prelude::*;

/// Who writes.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "catalogue", ordering = [name])]
pub struct Author {
    pub id: i64,
    #[field(max_length = 200)]
    pub name: String,
    pub born: Option<NaiveDate>,
}

/// What is sold.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "catalogue", ordering = [title], check(|b| b.price().gte(0), name = "book_price_not_negative"))]
pub struct Book {
    pub id: i64,
    #[field(max_length = 300)]
    pub title: String,
    #[field(max_length = 13, unique)]
    pub isbn: String,
    #[field(max_digits = 8, decimal_places = 2)]
    pub price: Decimal,
    pub published: Option<NaiveDate>,
    #[field(on_delete = Cascade, related_name = "books")]
    pub author: ForeignKey<Author>,
    #[field(related_name = "books")]
    pub tags: ManyToMany<Tag>,
}

/// What books are about.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "catalogue", ordering = [name])]
pub struct Tag {
    pub id: i64,
    #[field(max_length = 50, unique)]
    pub name: String,
}

/// Who buys.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "sales", ordering = [email])]
pub struct Customer {
    pub id: i64,
    #[field(max_length = 254, unique)]
    pub email: String,
}

/// What somebody bought.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "sales", ordering = [-placed])]
pub struct Order {
    pub id: i64,
    #[field(on_delete = Protect, related_name = "orders")]
    pub customer: ForeignKey<Customer>,
    #[field(auto_now_add)]
    pub placed: DateTime<Utc>,
}

/// A book in an order.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "sales", unique(fields = [order, book], name = "line_once"))]
pub struct Line {
    pub id: i64,
    #[field(on_delete = Cascade, related_name = "lines")]
    pub order: ForeignKey<Order>,
    #[field(on_delete = Protect, related_name = "lines")]
    pub book: ForeignKey<Book>,
    #[field(positive)]
    pub copies: i32,
    #[field(max_digits = 8, decimal_places = 2)]
    pub price: Decimal,
}

/// How much of a book was sold: a view over the lines, which is read like any other model. Its query
/// stands in the migration; `makemigrations` finds it when it changes here.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "sales", ordering = [-copies, book], view = || Line::objects()
    .values(|l| l.book().id())
    .annotate(|l| coalesce((l.copies().sum(), 0)))
    .annotate(|l| coalesce(((l.price() * l.copies().cast::<Decimal>()).sum(), dec!(0)))))]
pub struct Sold {
    #[field(primary_key, related_name = "sold")]
    pub book: OneToOne<Book>,
    pub copies: i64,
    pub turnover: Decimal,
}
