//! A PostgreSQL server, databases and comparisons for tests of code that uses the orm crate.

pub mod server;
