// The models that the examples of the README and of this book use.

use orm::prelude::*;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "library", ordering = [name])]
pub struct Author {
    pub id: i64,
    #[field(max_length = 100)]
    pub name: String,
    #[field(unique)]
    pub email: Option<String>,
    pub born: Option<NaiveDate>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "library")]
pub struct Profile {
    pub id: i64,
    #[field(on_delete = Cascade)]
    pub author: OneToOne<Author>,
    #[field(default = "")]
    pub bio: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "library", ordering = [name])]
pub struct Tag {
    pub id: i64,
    #[field(max_length = 50, unique)]
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(
    app = "library",
    ordering = [name, -edition],
    get_latest_by = release_year,
    unique(fields = [name, edition], name = "book_name_edition_uniq"),
    check(|b| b.discount().isnull(true) | b.discount().lte(b.price()), name = "book_discount"),
)]
pub struct Book {
    pub id: i64,
    #[field(max_length = 255)]
    pub name: String,
    #[field(max_length = 255, default = "1")]
    pub edition: String,
    pub release_year: Option<i32>,
    #[field(positive)]
    pub pages: i32,
    #[field(max_digits = 8, decimal_places = 2, default = 0)]
    pub price: Decimal,
    #[field(max_digits = 8, decimal_places = 2)]
    pub discount: Option<Decimal>,
    #[field(default = true)]
    pub in_print: bool,
    #[field(auto_now_add)]
    pub created_at: DateTime<Utc>,
    pub meta: Option<Value>,
    #[field(default = Vec::new)]
    pub labels: Vec<String>,
    #[field(on_delete = Cascade, related_name = "books")]
    pub author: ForeignKey<Author>,
    #[field(on_delete = SetNull, related_name = "edited_books")]
    pub editor: Option<ForeignKey<Author>>,
    #[field(related_name = "books")]
    pub tags: ManyToMany<Tag>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "library")]
pub struct Review {
    pub id: i64,
    #[field(on_delete = Cascade, related_name = "reviews")]
    pub book: ForeignKey<Book>,
    pub stars: i16,
    #[field(default = "")]
    pub text: String,
    #[field(auto_now_add)]
    pub created: DateTime<Utc>,
}

#[queryset]
impl QuerySet<Book> {
    pub fn in_print(self) -> Self {
        self.filter(|b| b.in_print())
    }
}
