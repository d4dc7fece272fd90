//! What a model, an expression and a query are and mean; SQL as text. No sockets, no runtime.
//!
//! Users depend on the `orm` crate, which re-exports what they need. The modules,
//! from the ground up; `ARCHITECTURE.md` names those that know one further down:
//!
//! - [`error`], [`value`], [`mod@column`], [`row`]: values, and cells read back
//! - [`model`]: static metadata of models and relations; the traits that derives implement
//! - [`node`]: expressions as users wrote them, by path
//! - [`schema`]: tables, columns, constraints and indexes as plain values
//! - [`expr`]: the typed surface over nodes
//! - [`ident`], [`ast`], [`sql`]: resolved statements as plain values, and their text
//! - [`query`]: query state, and the passes that turn it into an [`ast`] statement
//! - [`exec`], [`transaction`]: what a connection offers, and units of work on it
//! - [`queryset`]: what users chain
//! - [`delete`]: rows deleted, and what goes with them
//! - [`tables`]: the tables of models, and making them
//! - [`n_plus_one`]: the same statement from the same place over and over
//! - [`watch`]: what is known of a statement beside its text

#![warn(missing_docs)]

#[macro_use]
mod macros;

pub mod ast;
pub mod column;
pub mod delete;
pub mod draft;
pub mod error;
pub mod exec;
pub mod expr;
pub mod files;
pub mod generated;
pub mod hash;
pub mod hooks;
pub mod ident;
pub mod instance;
pub mod ir;
pub mod manager;
pub mod model;
pub mod prefetch;
pub mod query;
pub mod queryset;
pub mod relation;
pub mod row;
pub mod schema;
pub mod select;
pub mod signals;
pub mod sql;
pub mod tables;
pub mod validation;
pub mod value;

pub use error::{Error, Result};
#[doc(hidden)]
pub use inventory;
