//! What the kinds of a model cannot be used for.
#![allow(unused)]

use orm::prelude::*;

#[derive(Model)]
pub struct Account {
    pub id: i64,
    pub name: String,
}

pub struct Plain {
    pub number: String,
}

#[derive(ModelFields)]
pub struct KeyedHere {
    #[field(primary_key)]
    pub number: i64,
}

#[derive(Kinds, Clone, Debug, PartialEq)]
pub enum Method {
    Cash,
    Card { number: String, note: Option<String> },
}

#[derive(Model)]
pub struct Payment {
    pub id: i64,
    pub amount: i32,
    #[model(flatten)]
    pub method: Method,
}

#[derive(Model)]
pub struct NotFlattened {
    pub id: i64,
    pub method: Method,
}

#[derive(Kinds)]
pub enum OfPlain {
    Cash,
    Other(Plain),
}

#[derive(Kinds)]
pub enum OfKeyed {
    Cash,
    Other(KeyedHere),
}

#[derive(Model)]
pub struct Twice {
    pub id: i64,
    #[model(flatten)]
    pub first: Method,
    #[model(flatten)]
    pub second: Method,
}

pub fn typo() -> QuerySet<Payment> {
    Payment::objects().filter(|p| p.method().is_crad())
}

pub fn a_kind_as_text() -> QuerySet<Payment> {
    Payment::objects().filter(|p| p.method().kind().eq("card"))
}

pub fn of_another_kind() -> QuerySet<Payment, (Payment, MethodCard)> {
    Payment::objects().of_kind(|p| p.method().is_card())
}

pub async fn draft_without(db: &Database) -> Result<()> {
    draft!(Payment { amount: 1 }).save(db).await?;
    Ok(())
}

pub async fn null_in_a_required_column(db: &Database) -> Result<()> {
    Payment::objects().update(db, |p| p.method().card().number().set(None)).await?;
    Ok(())
}

pub fn behind_a_key(account: &Account) {
    account.payments();
}

fn main() {}
