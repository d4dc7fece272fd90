//! Files in stores of the crate `object_store`: `cargo test --features files --test files`.

#[path = "seeds/s1_files.rs"]
mod s1_files;
#[allow(dead_code, unused_macros)]
mod support;
