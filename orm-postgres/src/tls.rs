//! Encrypted connections: what was asked for, and what makes them.

#[cfg(feature = "tls")]
mod binding;
#[cfg(not(feature = "tls"))]
mod none;
#[cfg(feature = "tls")]
mod rustls;

#[cfg(not(feature = "tls"))]
pub(crate) use none::{Encrypted, Tls};
#[cfg(feature = "tls")]
pub(crate) use rustls::{Encrypted, Tls};

use crate::choices::SslMode;
use std::path::PathBuf;

/// What is asked of the encryption.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Ssl {
    pub(crate) mode: Option<SslMode>,
    /// PEM; the word `system` stands for the authorities of the operating system.
    pub(crate) root_cert: Option<PathBuf>,
    /// PEM, with those that have signed it.
    pub(crate) client_cert: Option<PathBuf>,
    /// PEM.
    pub(crate) client_key: Option<PathBuf>,
}

impl Ssl {
    pub(crate) fn mode(&self) -> SslMode {
        self.mode.unwrap_or(SslMode::Prefer)
    }
}
