//! What a model, an expression and a query are and mean. No sockets, no runtime.
//!
//! This is a part of the `orm` crate, which re-exports what users need: depend on that one. Nothing
//! here is promised to stay as it is; the crates that build on it pin its exact version.
//! `ARCHITECTURE.md` says what each module is, in the order in which they build on each other.

#![warn(missing_docs)]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::cast_possible_truncation
    )
)]

#[macro_use]
mod macros;

pub mod column;
pub mod delete;
pub mod draft;
mod dyn_row;
pub mod execute;
pub mod expr;
pub mod files;
pub mod generated;
pub mod hooks;
pub mod instance;
pub mod ir;
mod lifecycle;
pub mod manager;
pub mod model;
pub mod model_ext;
pub mod prefetch;
pub mod query;
pub mod queryset;
pub mod relation;
pub mod row;
pub mod select;
pub mod signals;
pub mod tables;
pub mod tenants;
pub mod validation;

#[doc(hidden)]
pub use inventory;
