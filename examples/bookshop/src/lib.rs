//! A bookshop: its models, its migrations and its web service.

mod data;
pub mod models;
pub mod service;

/// The migrations, as they were when this was built.
pub static MIGRATIONS: orm::migrate::Embedded = orm::migrations!();
