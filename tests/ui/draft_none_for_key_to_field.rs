use orm::prelude::*;

#[derive(Model, Clone, Debug, PartialEq)]
pub struct Country {
    pub id: i64,
    #[field(unique)]
    pub code: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
pub struct City {
    pub id: i64,
    #[field(to_field = code, on_delete = Cascade)]
    pub country: ForeignKey<Country, String>,
}

pub fn city() {
    let _ = draft!(City { country: None });
}

fn main() {}
