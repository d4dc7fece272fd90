//! A column that cannot hold the keys of a model.
use orm::prelude::*;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "archive")]
pub struct Record {
    pub id: i64,
    pub title: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "archive")]
pub struct Device {
    #[field(primary_key)]
    pub id: uuid::Uuid,
    pub name: String,
}

#[derive(GenericForeignKey, Clone, Debug, PartialEq)]
#[generic(content_types, key_type = i32)]
pub enum Any {
    Record(ForeignKey<Record>),
    Device(ForeignKey<Device>),
}

fn main() {}
