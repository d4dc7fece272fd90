use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    pub id: i64,
    #[field(on_delete = Cascade)]
    pub author: ForeignKey<Person>,
}

fn main() {}
