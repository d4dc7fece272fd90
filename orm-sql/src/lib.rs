//! SQL as plain values and as text, the values that travel with it, and what a connection offers to
//! run it. No models, no sockets, no runtime.
//!
//! This is a part of the `orm` crate, which re-exports what users need: depend on that one. Nothing
//! here is promised to stay as it is; the crates that build on it pin its exact version.

#![warn(missing_docs)]
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]
#![cfg_attr(not(test), deny(clippy::unwrap_used))]
#![cfg_attr(not(test), deny(clippy::expect_used))]
#![cfg_attr(not(test), deny(clippy::cast_possible_truncation))]

pub mod ast;
pub mod error;
pub mod exec;
pub mod hash;
pub mod ident;
pub mod row;
pub mod schema;
pub mod sql;
pub mod sql_text;
pub mod value;

pub use error::{Error, Result};
