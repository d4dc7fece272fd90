//! Pool, connection and codec for the orm crate, on tokio-postgres.
//!
//! [`Database`] is a pool; a [`Transaction`] holds one connection of it with a transaction open.
//! Both implement [`orm_core::exec::Executor`], the only thing that the rest of the ORM knows of
//! them.
//!
//! - [`Database`], [`DatabaseBuilder`]: what users connect with
//! - [`QueryEvent`]: what ran
//!
//! Beneath: `pool` (connections that come back clean), `connection` (run a statement), `cache`
//! (prepared statements), `types` and `check` (types, once per statement), `codec` (values to
//! bytes), `rows` and `cursor` (bytes to sinks), `error` (SQLSTATE to kinds).

#![warn(missing_docs)]

mod cache;
mod check;
mod codec;
mod config;
mod connect;
mod connection;
mod copy;
mod cursor;
mod database;
mod error;
mod event;
mod keeper;
mod listen;
mod names;
mod pool;
mod rows;
mod script;
mod shared_reads;
mod tls;
mod transaction;
mod types;
mod unnamed;

pub use config::{
    DatabaseBuilder, HealthCheck, QueueMode, SslMode, StatementCache, TargetSessionAttrs,
};
pub use database::{Database, PoolStatus};
pub use event::{QueryEvent, Subscription};
pub use listen::{ListenEvent, Listener, Notification};
pub use orm_core::exec::transaction::{Begin, IsolationLevel, Transaction};
