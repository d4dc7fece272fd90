//! Query sets to SQL, without a server.

#![allow(non_upper_case_globals, missing_docs)]

mod changes;
mod check;
mod conditions;
mod library;
mod multivalued;
mod negation;
mod nesting;
mod remembered;
mod shape;
mod shapes_at_random;
mod statements;
mod totals;
