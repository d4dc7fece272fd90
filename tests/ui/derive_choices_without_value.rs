use orm::prelude::*;

#[derive(Choices, Clone, Copy)]
pub enum Status {
    Open,
    Closed,
}

fn main() {}
