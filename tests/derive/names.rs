//! Names of fields that are odd, and Rust all the same.

#![allow(non_snake_case)]

use orm::prelude::*;

mod people {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    pub struct Person {
        pub id: i64,
    }
}
use people::{Person, PersonFields};

/// Relations to one model whose names differ in underscores and accents.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Letter {
    pub id: i64,
    #[field(on_delete = Cascade, related = "trait", related_name = "a")]
    pub _owner: ForeignKey<Person>,
    #[field(on_delete = Cascade, related = "trait", related_name = "b")]
    pub owner_: ForeignKey<Person>,
    #[field(on_delete = Cascade, related = "trait", related_name = "c")]
    pub a__b: ForeignKey<Person>,
    #[field(on_delete = Cascade, related = "trait", related_name = "d")]
    pub été: ForeignKey<Person>,
    #[field(on_delete = Cascade, related = "trait", related_name = "e")]
    pub __x: ForeignKey<Person>,
    pub r#type: String,
    pub 名前: Option<String>,
}

#[test]
fn odd_names_are_columns_and_accessors() {
    let sql = Letter::objects()
        .filter(|l| l._owner().eq(1) & l.été().eq(2) & l.a__b().eq(3) & l.__x().eq(4))
        .filter(|l| l.r#type().eq("x") & l.名前().eq("y"))
        .values(|l| l.owner_().id())
        .sql()
        .expect("it compiles");
    for column in ["_owner_id", "été_id", "a__b_id", "__x_id", "type", "名前", "owner__id"] {
        assert!(sql.contains(&format!("\"{column}\"")), "{column}: {sql}");
    }
}
