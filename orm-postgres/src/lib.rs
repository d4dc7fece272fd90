//! Pool, connection and codec for the orm crate, on tokio-postgres.
