//! Options of structs that models flatten, and of the fields that hold them.
#![allow(unused)]

use orm::prelude::*;

#[derive(Model)]
pub struct Author {
    pub id: i64,
}

#[derive(Model)]
pub struct Tag {
    pub id: i64,
}

#[derive(ModelFields)]
#[model(table = "notes", ordering = [nmae])]
pub struct OfOneModel {
    #[field(on_delete = Cascade, related_name = "notes")]
    pub author: ForeignKey<Author>,
    pub name: String,
}

#[derive(ModelFields)]
pub struct OfItself {
    #[field(on_delete = SetNull)]
    pub parent: Option<ForeignKey<Self>>,
}

#[derive(Model)]
pub struct Tagging {
    pub id: i64,
    #[field(on_delete = Cascade)]
    pub tag: ForeignKey<Tag>,
}

#[derive(ModelFields)]
pub struct Through {
    #[field(through = Tagging)]
    pub tags: ManyToMany<Tag>,
}

#[derive(ModelFields)]
pub struct Managed {
    pub name: String,
}

#[derive(Model)]
pub struct WithoutKey {
    pub name: String,
    #[model(flatten)]
    pub managed: Named,
}

#[derive(Model)]
pub struct WithoutKeyInTwo {
    #[model(flatten)]
    pub one: Named,
    #[model(flatten)]
    pub two: Titled,
}

#[derive(ModelFields)]
pub struct Named {
    pub label: String,
}

#[derive(ModelFields)]
pub struct Titled {
    pub title: String,
}

#[derive(ModelFields)]
pub struct Keyed {
    #[field(primary_key)]
    pub key: Uuid,
}

#[derive(Model)]
pub struct TwoKeys {
    pub id: i64,
    #[model(flatten)]
    pub keyed: Keyed,
}

#[derive(Model)]
pub struct TwoColumns {
    pub id: i64,
    pub label: String,
    #[model(flatten)]
    pub named: Named,
}

#[derive(Model)]
#[model(index(fields = [named.lable]))]
pub struct NoSuchField {
    pub id: i64,
    #[model(flatten)]
    pub named: Named,
}

#[derive(ModelFields)]
pub struct Owned {
    #[field(on_delete = Cascade)]
    pub author: ForeignKey<Author>,
}

#[derive(Model)]
pub struct RelatedToAnother {
    pub id: i64,
    #[model(flatten, related(author: Tag = "rows"))]
    pub owned: Owned,
}

#[derive(Model)]
pub struct RelatedByAnother {
    pub id: i64,
    #[model(flatten, related(owner: Author = "rows_of"))]
    pub owned: Owned,
}

#[derive(Model)]
pub struct WithWhatIsNotThere {
    pub id: i64,
    #[model(flatten, with = [Named])]
    pub owned: Owned,
}

#[derive(Model)]
pub struct NotFlattened {
    pub id: i64,
    #[model(with = [Named])]
    pub name: String,
}

#[derive(Model)]
pub struct NoStruct {
    pub id: i64,
    #[model(flatten)]
    pub name: String,
}

fn main() {}
