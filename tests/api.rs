//! What the API does, where no case of the corpus shows it.

mod conditions;
mod hooks;
mod instances;
mod library;
mod limits;
mod models;
mod names;
mod prefetch;
mod related;
mod rows;
mod scopes;
mod signals;
mod statements;
mod streams;
mod tracked;
mod transactions;
mod types;
mod version;
mod writes;
