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
    #[field(columns = ["store", "book"], on_delete = Cascade, related_name = "movements")]
    pub stock: ForeignKey<Stock>,
}

pub fn query() {
    let _ = Stock::objects().filter(|s| s.pk().gt((1_i64, 2_i32, 3_i32)));
    let _ = Movement::objects().filter(|m| m.stock().in_([(1_i64, "a")]));
    let _ = Movement::objects().filter(|m| m.stock().eq(1));
}

fn main() {}
