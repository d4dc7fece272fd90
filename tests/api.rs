//! What the API does, where no case of the corpus shows it.

mod conditions;
mod library;
mod limits;
mod models;
mod names;
mod prefetch;
mod related;
mod rows;
mod scopes;
mod statements;
mod streams;
mod transactions;
mod types;
mod validation;
mod writes;
