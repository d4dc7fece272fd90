//! What enums of kinds cannot be.
#![allow(unused)]

use orm::prelude::*;

#[derive(Model)]
pub struct Account {
    pub id: i64,
    pub name: String,
}

#[derive(Kinds)]
pub struct NoEnum {
    pub number: String,
}

#[derive(Kinds)]
pub enum Generic<T> {
    Some(T),
}

#[derive(Kinds)]
pub enum WithoutKinds {}

#[derive(Kinds)]
pub enum Unnamed {
    Card(String),
    Transfer(ForeignKey<Account>),
    Both(i64, String),
    Maybe(Option<Account>),
    Nothing(),
}

#[derive(Kinds)]
pub enum Filled {
    Card {
        #[field(auto_now_add)]
        at: DateTime<Utc>,
        #[field(default = 5)]
        tries: i32,
        #[field(generated = |c| c.tries() + 1)]
        more: i32,
    },
}

fn place(_: &Uploaded, name: &str) -> String {
    name.to_owned()
}

#[derive(Kinds)]
pub enum Uploaded {
    Photo {
        #[field(upload_to = place)]
        file: File,
    },
}

#[derive(Kinds)]
pub enum Keyed {
    Card {
        #[field(primary_key)]
        number: i64,
    },
}

#[derive(Kinds)]
pub enum Many {
    Shared { among: ManyToMany<Account> },
}

#[derive(Kinds)]
pub enum OneColumn {
    Card {
        number: String,
    },
    Cheque {
        #[field(column = "card_number")]
        number: String,
    },
}

#[derive(Kinds)]
pub enum Taken {
    Kind { number: i32 },
    Set { at: NaiveDate },
}

#[derive(Kinds)]
pub enum Named {
    #[choice("c")]
    Cash,
    #[choice("c")]
    Card { number: String },
}

#[derive(Kinds)]
#[model(table = "methods")]
pub enum OfOneModel {
    Cash,
    Card {
        #[field(max_lenght = 3)]
        number: String,
        on: ForeignKey<Account>,
    },
}

fn main() {}
