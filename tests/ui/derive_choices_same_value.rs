use orm::prelude::*;

#[derive(Choices, Clone, Copy)]
pub enum Status {
    #[choice("o")]
    Open,
    #[choice("o")]
    Closed,
}

fn main() {}
