use orm::prelude::*;

#[queryset]
impl String {
    pub fn published(self) -> Self {
        self
    }
}

fn main() {}
