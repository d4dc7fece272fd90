use orm::prelude::*;

#[derive(Model)]
#[model(ordering = [titel], unknown = 1)]
pub struct Book {
    #[field(max_length = 5)]
    pub pages: i32,
    #[field(auto_now)]
    pub title: String,
    #[field(on_delete = SetNull)]
    pub next: ForeignKey<Self>,
}

fn main() {}
