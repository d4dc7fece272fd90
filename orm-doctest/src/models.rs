//! A library: a model for each kind of relation, and columns of every type.

use orm::prelude::*;
use orm::{HStore, Ltree, TsVector, Weight};

#[derive(Model, Clone, Debug, PartialEq)]
pub struct Author {
    pub id: i64,
    pub name: String,
    #[field(unique)]
    pub email: Option<String>,
    pub born: Option<NaiveDate>,
}

#[derive(Model, Clone, Debug, PartialEq)]
pub struct Profile {
    pub id: i64,
    #[field(on_delete = Cascade)]
    pub author: OneToOne<Author>,
    #[field(default = "")]
    pub bio: String,
}

/// One whose rows belong to tenants.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(tenant = org)]
pub struct Note {
    pub id: i64,
    pub org: i64,
    pub text: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
pub struct Tag {
    pub id: i64,
    #[field(max_length = 50, unique)]
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(get_latest_by = published, unique(fields = [name, author], name = "book_name_author"))]
pub struct Book {
    pub id: i64,
    pub name: String,
    pub pages: i32,
    pub price: Decimal,
    pub discount: Option<Decimal>,
    pub published: Option<NaiveDate>,
    #[field(default = true)]
    pub in_print: bool,
    #[field(on_delete = Cascade, related_name = "books")]
    pub author: ForeignKey<Author>,
    #[field(on_delete = SetNull, related_name = "edited")]
    pub editor: Option<ForeignKey<Author>>,
    #[field(related_name = "books")]
    pub tags: ManyToMany<Tag>,
}

#[derive(Model, Clone, Debug, PartialEq)]
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

/// How many copies of a book a branch has: a composite key.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(primary_key = [branch, shelf])]
pub struct Stock {
    pub branch: i32,
    pub shelf: i32,
    pub copies: i32,
    #[field(on_delete = Cascade, related_name = "stock")]
    pub book: ForeignKey<Book>,
}

/// A scan of a page: columns of the less usual types.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Scan {
    pub id: i64,
    pub code: String,
    pub flags: i32,
    pub x: f64,
    pub y: f64,
    pub meta: Value,
    pub labels: Vec<String>,
    pub lines: Range<i32>,
    pub day: NaiveDate,
    pub taken: DateTime<Utc>,
    pub at: NaiveTime,
    pub lasted: TimeDelta,
    pub sharp: bool,
}

/// What one edition has and another has not.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Edition {
    pub id: i64,
    pub details: HStore,
}

#[derive(Model, Clone, Debug, PartialEq)]
pub struct Club {
    pub id: i64,
    pub name: String,
    #[field(through = Membership, related_name = "clubs")]
    pub members: ManyToMany<Author>,
}

/// The model between clubs and their members.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(unique(fields = [author, club], name = "membership_once"))]
pub struct Membership {
    pub id: i64,
    #[field(on_delete = Cascade)]
    pub author: ForeignKey<Author>,
    #[field(on_delete = Cascade)]
    pub club: ForeignKey<Club>,
    #[field(default = "")]
    pub role: String,
}

/// A materialized view: how many copies stand on each shelf.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(
    view = || Stock::objects().values(|s| s.shelf()).annotate(|s| coalesce((s.copies().sum(), 0))),
    materialized,
)]
pub struct Shelf {
    #[field(primary_key)]
    pub shelf: i32,
    pub copies: i64,
}

/// The place of a shelf among the others.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Section {
    pub id: i64,
    pub path: Ltree,
}

/// A text that is searched in, with its words kept beside it.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(index(fields = [words], using = "gin"))]
pub struct Article {
    pub id: i64,
    pub title: String,
    pub body: String,
    #[field(generated = |a| {
        let body = search_vector(a.body()).config("english");
        search_vector(a.title()).config("english").weight(Weight::A) + body
    })]
    pub words: TsVector,
}
