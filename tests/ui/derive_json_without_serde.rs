use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    pub id: i64,
    pub shape: Json<Shape>,
}

pub struct Shape {
    pub sides: i32,
}

fn main() {}
