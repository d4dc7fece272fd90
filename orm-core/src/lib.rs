//! What a model, an expression and a query are and mean; SQL as text. No sockets, no runtime.
//!
//! Users depend on the `orm` crate, which re-exports what they need. `ARCHITECTURE.md` says what each
//! module is, in the order in which they build on each other.

#![warn(missing_docs)]

#[macro_use]
mod macros;

pub mod ast;
pub mod column;
pub mod delete;
pub mod draft;
mod dyn_row;
pub mod error;
pub mod exec;
pub mod execute;
pub mod expr;
pub mod files;
pub mod generated;
pub mod hash;
pub mod hooks;
pub mod ident;
pub mod instance;
pub mod ir;
mod lifecycle;
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
