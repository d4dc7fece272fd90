//! A model of two fields.

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "library", ordering = [name])]
pub struct Author {
    pub id: i64,
    #[field(max_length = 100)]
    pub name: String,
}
