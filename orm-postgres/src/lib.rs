//! Pool, connection and codec for the orm crate, on tokio-postgres and deadpool-postgres.
//!
//! [`Database`] is a pool; a [`Transaction`] holds one connection of it with a transaction open.
//! Both implement [`orm_sql::exec::Executor`], the only thing that the rest of the ORM knows of
//! them.
//!
//! - [`Database`], [`DatabaseBuilder`]: what users connect with
//! - [`Database::from_pool`]: a pool of [`deadpool_postgres`] that the application has already
//! - [`QueryEvent`]: what ran
//!
//! Beneath, each using those before it: `types` and `codec` (values to bytes), `error` (SQLSTATE to
//! kinds), `wire` (the driver), `check` (types, once per statement), `connect` (hosts, passwords),
//! `connection` (run a statement), `pool` (connections that come back clean).

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

mod builder;
mod cache;
mod check;
mod choices;
mod codec;
mod connect;
mod connection;
mod copy;
mod cursor;
mod database;
mod distance;
mod error;
mod event;
mod hosts;
mod listen;
mod names;
mod pool;
mod queue;
mod rows;
mod server;
mod session;
mod settings;
mod shared;
mod shared_reads;
mod sql_text;
mod tls;
mod transaction;
mod types;
mod unnamed;
mod url;
mod wire;

pub use builder::DatabaseBuilder;
pub use choices::{
    HealthCheck, OnReturn, PrefetchMode, QueueMode, SslMode, StatementCache, TargetSessionAttrs,
};
pub use database::{Database, PoolStatus};
/// The crate of the pool beneath, in the version that [`Database::from_pool`] takes.
pub use deadpool_postgres;
pub use event::{QueryEvent, Subscription};
pub use listen::{ListenEvent, Listener, Notification};
pub use orm_sql::exec::transaction::{Begin, IsolationLevel, Transaction};
pub use server::Server;
