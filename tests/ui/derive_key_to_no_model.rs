use orm::prelude::*;

#[derive(Clone, Debug)]
pub struct Country {
    pub id: i64,
}

#[derive(Model)]
pub struct City {
    pub id: i64,
    #[field(on_delete = Cascade)]
    pub country: ForeignKey<Country>,
    #[field(on_delete = SetNull, related_name = "formerly")]
    pub before: Option<ForeignKey<Country>>,
    pub name: String,
}

fn main() {}
