use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    pub id: i64,
    #[field(default = Utc::now(), auto_now)]
    pub at: DateTime<Utc>,
}

fn main() {}
