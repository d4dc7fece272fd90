use orm::prelude::*;

#[derive(Model)]
pub struct Author {
    pub id: i64,
    pub name: String,
}

#[derive(Model)]
pub struct Book {
    pub id: i64,
    #[field(through_fields = (book, author))]
    pub authors: ManyToMany<Author>,
}

fn main() {}
