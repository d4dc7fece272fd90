use orm::prelude::*;

#[derive(Clone, Debug)]
pub struct Country {
    pub id: i64,
}

#[derive(Model, Clone, Debug)]
pub struct River {
    pub id: i64,
    pub countries: ManyToMany<Country>,
}

fn main() {}
