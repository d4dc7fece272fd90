use orm::prelude::*;

#[derive(Model)]
pub struct Author {
    pub id: i64,
    pub name: String,
}

#[derive(Model)]
pub struct Book {
    pub id: i64,
    #[field(on_delete = Cascad)]
    pub author: ForeignKey<Author>,
}

fn main() {}
