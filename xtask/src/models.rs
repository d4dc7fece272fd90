//! Models that are only there to be compiled.

use std::fmt::Write;

/// The text of a crate of so many models of ten fields and two keys, with a query each.
///
/// With another `edit`, one query differs.
pub fn source(models: usize, edit: usize) -> String {
    let mut text = String::from("#![allow(dead_code)]\n\nuse orm::prelude::*;\n");
    for place in 0..models {
        let first = if place == 0 { "Self".to_owned() } else { format!("Model{}", place - 1) };
        let second = if place == 0 { "Self".to_owned() } else { format!("Model{}", place / 2) };
        let pages = if place == models / 2 { 100 + edit } else { 100 };
        let _ = write!(text, "{}", model(place, &first, &second, pages));
    }
    text
}

fn model(place: usize, first: &str, second: &str, pages: usize) -> String {
    format!(
        r#"
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "shop", ordering = [name])]
pub struct Model{place} {{
    pub id: i64,
    #[field(max_length = 100)]
    pub name: String,
    pub subtitle: Option<String>,
    #[field(positive)]
    pub pages: i32,
    pub year: Option<i32>,
    #[field(max_digits = 10, decimal_places = 2)]
    pub price: Decimal,
    #[field(default = true)]
    pub in_print: bool,
    pub published: Option<NaiveDate>,
    #[field(auto_now_add)]
    pub created: DateTime<Utc>,
    pub code: Uuid,
    #[field(on_delete = Cascade, related_name = "firsts_{place}")]
    pub first: ForeignKey<{first}>,
    #[field(on_delete = SetNull, related_name = "seconds_{place}")]
    pub second: Option<ForeignKey<{second}>>,
}}

pub async fn query_{place}(db: &dyn Executor) -> Result<Vec<Model{place}>> {{
    Model{place}::objects()
        .filter(|m| m.name().icontains("x") & m.first().pages().gt({pages}))
        .order_by(|m| m.year().desc())
        .limit(20)
        .all(&db)
        .await
}}
"#
    )
}
