//! Django's ORM, for Rust, on PostgreSQL.
