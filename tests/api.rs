//! What the API does, where no case of the corpus shows it.

mod bulk;
mod conditions;
mod get_or_create;
mod instances;
mod library;
mod limits;
mod models;
mod names;
mod prefetch;
mod raw_params;
mod related;
mod rows;
mod scopes;
mod statements;
mod streams;
mod transactions;
mod types;
mod updates;
mod version;
mod writes;
