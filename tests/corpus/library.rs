//! The models of the corpus `library`, as Django has them: keys, many-to-many relations with and
//! without a model between, one-to-one, relations to self, JSON, arrays, decimals, UUIDs.
#![allow(missing_docs)]

use orm::prelude::*;
use serde_json::Value;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "library", on_delete_in = "library")]
pub struct Publisher {
    pub id: i64,
    #[field(max_length = 100, unique)]
    pub name: String,
    #[field(max_length = 2, blank, default = "")]
    pub country: String,
    pub founded: Option<i32>,
    #[field(on_delete = SetNull, related_name = "imprints")]
    pub parent: Option<ForeignKey<Self>>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "library", on_delete_in = "library")]
pub struct Author {
    pub id: i64,
    #[field(max_length = 100)]
    pub name: String,
    #[field(max_length = 254, unique)]
    pub email: Option<String>,
    pub born: Option<NaiveDate>,
    #[field(default = true)]
    pub alive: bool,
    pub rating: Option<f64>,
    #[field(on_delete = SetNull, related_name = "proteges")]
    pub mentor: Option<ForeignKey<Self>>,
    pub friends: ManyToMany<Self>,
    #[field(symmetrical = false, related_name = "followers")]
    pub follows: ManyToMany<Self>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "library", on_delete_in = "library")]
pub struct Profile {
    pub id: i64,
    #[field(on_delete = Cascade, related_name = "profile")]
    pub author: OneToOne<Author>,
    #[field(default = "")]
    pub bio: String,
    #[field(max_length = 200)]
    pub website: Option<String>,
    pub wakes_at: Option<NaiveTime>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "library", on_delete_in = "library")]
pub struct Tag {
    pub id: i64,
    #[field(max_length = 50, unique)]
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(
    app = "library",
    on_delete_in = "library",
    index(fields = [title], name = "book_title_idx"),
    index(fields = [published], where = |b| b.in_print(), name = "book_pub_inprint_idx"),
    check(|b| b.price().gte(0), name = "book_price_gte_0"),
    check(
        |b| b.discount().isnull(true) | b.discount().lte(b.price()),
        name = "book_discount_lte_price"
    ),
)]
pub struct Book {
    pub id: i64,
    #[field(unique)]
    pub isbn: Uuid,
    #[field(max_length = 200)]
    pub title: String,
    #[field(max_length = 200, blank, default = "")]
    pub subtitle: String,
    #[field(on_delete = SetNull, related_name = "books")]
    pub publisher: Option<ForeignKey<Publisher>>,
    #[field(on_delete = SetNull, related_name = "edited_books")]
    pub editor: Option<ForeignKey<Author>>,
    #[field(through = Authorship, related_name = "books")]
    pub authors: ManyToMany<Author>,
    #[field(related_name = "books")]
    pub tags: ManyToMany<Tag>,
    #[field(on_delete = SetNull, related_name = "sequel")]
    pub prequel: Option<OneToOne<Self>>,
    #[field(max_digits = 8, decimal_places = 2)]
    pub price: Decimal,
    #[field(max_digits = 8, decimal_places = 2)]
    pub discount: Option<Decimal>,
    pub pages: Option<i32>,
    pub published: Option<NaiveDate>,
    pub created_at: DateTime<Utc>,
    pub reading_time: Option<TimeDelta>,
    #[field(default = true)]
    pub in_print: bool,
    pub meta: Option<Value>,
    #[field(max_length = 30, default = Vec::new)]
    pub keywords: Vec<String>,
    pub scores: Option<Vec<Option<i32>>>,
}

/// The methods of the Django manager `BookManager`.
#[queryset]
impl QuerySet<Book> {
    /// Books that can be bought.
    pub fn in_print(self) -> Self {
        self.filter(|b| b.in_print())
    }
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(
    app = "library",
    on_delete_in = "library",
    unique(fields = [book, author, role], name = "authorship_uniq"),
)]
pub struct Authorship {
    pub id: i64,
    #[field(on_delete = Cascade, related_name = "authorships")]
    pub book: ForeignKey<Book>,
    #[field(on_delete = Cascade, related_name = "authorships")]
    pub author: ForeignKey<Author>,
    #[field(max_length = 20, default = "writer")]
    pub role: String,
    #[field(positive, default = 1)]
    pub position: i16,
    #[field(max_digits = 5, decimal_places = 2)]
    pub royalty: Option<Decimal>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "library", on_delete_in = "library")]
pub struct Store {
    pub id: i64,
    #[field(max_length = 100)]
    pub name: String,
    #[field(max_length = 60)]
    pub city: String,
    pub opened: Option<DateTime<Utc>>,
    pub closes: Option<NaiveTime>,
    #[field(through = Stock, related_name = "stores")]
    pub books: ManyToMany<Book>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "library", on_delete_in = "library", unique(fields = [store, book], name = "stock_uniq"))]
pub struct Stock {
    pub id: i64,
    #[field(on_delete = Cascade, related_name = "stock")]
    pub store: ForeignKey<Store>,
    #[field(on_delete = Cascade, related_name = "stock")]
    pub book: ForeignKey<Book>,
    #[field(default = 0)]
    pub quantity: i32,
    pub restocked: Option<DateTime<Utc>>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "library", on_delete_in = "library")]
pub struct Review {
    pub id: i64,
    #[field(on_delete = Cascade, related_name = "reviews")]
    pub book: ForeignKey<Book>,
    #[field(max_length = 60)]
    pub reviewer: Option<String>,
    pub stars: i16,
    #[field(default = "")]
    pub text: String,
    pub created: DateTime<Utc>,
    #[field(on_delete = Cascade, related_name = "replies")]
    pub reply_to: Option<ForeignKey<Self>>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "library", on_delete_in = "library", ordering = [-year, name])]
pub struct Award {
    pub id: i64,
    #[field(max_length = 60)]
    pub name: String,
    pub year: i32,
    #[field(on_delete = Protect, related_name = "awards")]
    pub book: ForeignKey<Book>,
}
