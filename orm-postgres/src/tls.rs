//! Encrypted connections: what was asked for, and what makes them.

#[cfg(feature = "tls")]
mod binding;
#[cfg(not(feature = "tls"))]
mod none;
#[cfg(feature = "tls")]
mod rustls;

#[cfg(not(feature = "tls"))]
pub(crate) use none::Tls;
#[cfg(feature = "tls")]
pub(crate) use rustls::Tls;

use crate::config::SslMode;
use std::path::PathBuf;
use tokio_postgres::Socket;
use tokio_postgres::tls::MakeTlsConnect;

/// The socket's other half: what reads and writes it.
pub(crate) type Link = tokio_postgres::Connection<Socket, <Tls as MakeTlsConnect<Socket>>::Stream>;

/// What is asked of the encryption.
#[derive(Clone, Default)]
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
