//! What the API does, where no case of the corpus shows it.

mod bulk;
mod cascades;
mod conditions;
mod deletes;
mod instances;
mod library;
mod limits;
mod models;
mod n_plus_one;
mod names;
mod observe;
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
