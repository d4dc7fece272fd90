use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    pub id: i64,
    pub shape: Option<Shape>,
}

pub enum Shape {
    Round,
}

fn main() {}
