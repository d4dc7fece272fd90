use orm::prelude::*;

#[derive(Choices)]
pub struct Status {
    pub open: bool,
}

fn main() {}
