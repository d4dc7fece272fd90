//! The corpus: queries with the answers that Django 5.2 gives, asked through the typed API.
//!
//! `data/` holds the schemas, their rows and the cases; `not_applicable.toml` says which cases are
//! not asked and why. Everything else must be, and must be answered as Django does.

mod answer;
mod effects;
mod harness;
mod library;
mod listed;
mod make;
mod shop;

#[path = "corpus/library/cases.rs"]
mod library_cases;

#[path = "corpus/shop/cases.rs"]
mod shop_cases;

use harness::Corpus;

#[tokio::test]
async fn library() {
    let corpus = Corpus::load("library", library_cases::all());
    corpus.check().await;
}

#[tokio::test]
async fn shop() {
    let corpus = Corpus::load("shop", shop_cases::all());
    corpus.check().await;
}
