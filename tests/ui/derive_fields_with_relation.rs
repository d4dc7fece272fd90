use orm::prelude::*;

#[derive(Model)]
pub struct Author {
    pub id: i64,
}

#[derive(ModelFields)]
pub struct Owned {
    #[field(on_delete = Cascade)]
    pub owner: ForeignKey<Author>,
}

fn main() {}
