//! Connections over networks that fail: options of the pool, LISTEN, encryption, several hosts,
//! servers that go away.

mod support;

#[path = "network/faults.rs"]
mod faults;
#[path = "network/listen.rs"]
mod listen;
#[path = "network/options.rs"]
mod options;
#[path = "network/places.rs"]
mod places;
#[path = "network/preceding.rs"]
mod preceding;
#[path = "network/proxy.rs"]
mod proxy;
#[path = "network/shared.rs"]
mod shared;
#[path = "network/tenants.rs"]
mod tenants;
#[path = "network/tls.rs"]
mod tls;
#[path = "network/together.rs"]
mod together;
#[path = "network/unnamed.rs"]
mod unnamed;
