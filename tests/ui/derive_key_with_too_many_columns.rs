use orm::prelude::*;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(primary_key = [store, book])]
pub struct Stock {
    pub store: i64,
    pub book: i32,
    pub quantity: i32,
}

#[derive(Model, Clone, Debug, PartialEq)]
pub struct Movement {
    pub id: i64,
    #[field(columns = ["a", "b", "c"], on_delete = Cascade, related_name = "movements")]
    pub stock: ForeignKey<Stock>,
}

fn main() {}
