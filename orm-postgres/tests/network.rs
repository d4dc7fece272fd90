//! Connections over networks that fail: options of the pool, LISTEN, encryption, several hosts,
//! servers that go away.

mod support;

#[path = "network/listen.rs"]
mod listen;
#[path = "network/options.rs"]
mod options;
#[path = "network/unnamed.rs"]
mod unnamed;
