//! A model of twelve fields, two of them keys: what compile time is measured with.

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "shop", ordering = [name])]
pub struct Product {
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
    #[field(on_delete = Cascade, related_name = "firsts")]
    pub first: ForeignKey<Maker>,
    #[field(on_delete = SetNull, related_name = "seconds")]
    pub second: Option<ForeignKey<Maker>>,
}
