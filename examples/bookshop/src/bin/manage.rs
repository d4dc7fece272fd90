//! `cargo run --bin manage`: migrations, and the database looked after.

use bookshop as _; // so that its models are a part of the program

orm::manage!();
