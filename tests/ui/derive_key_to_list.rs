use orm::prelude::*;

#[derive(Model, Clone, Debug, PartialEq)]
pub struct Cell {
    #[field(primary_key)]
    pub place: Vec<i32>,
}

#[derive(Model, Clone, Debug, PartialEq)]
pub struct Mark {
    pub id: i64,
    #[field(on_delete = Cascade, related_name = "marks")]
    pub cell: ForeignKey<Cell>,
}

fn main() {}
