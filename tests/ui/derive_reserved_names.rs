use orm::prelude::*;

#[derive(Model)]
pub struct Author {
    pub id: i64,
    pub objects: i32,
    pub set: ManyToMany<Author>,
}

#[derive(Model)]
pub struct Book {
    pub id: i64,
    #[field(on_delete = Cascade, related_name = "pk")]
    pub author: ForeignKey<Author>,
    #[field(related_name = "asc")]
    pub objects: ManyToMany<Author>,
}

fn main() {}
