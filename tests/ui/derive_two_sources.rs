use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    pub id: i64,
    #[field(default = 1, auto_now)]
    pub at: DateTime<Utc>,
}

fn main() {}
