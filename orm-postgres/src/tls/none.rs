//! Without the feature `tls`: connections that are not encrypted.

use crate::choices::SslMode;
use crate::tls::Ssl;
use orm_sql::{Error, Result};
use std::io;
use tokio_postgres::Socket;
use tokio_postgres::tls::{MakeTlsConnect, NoTls, NoTlsError, NoTlsStream};

/// There are none.
pub(crate) type Encrypted = NoTlsStream;

/// Encrypts nothing.
#[derive(Clone)]
pub(crate) struct Tls;

impl Tls {
    pub(crate) fn new(ssl: &Ssl) -> Result<Tls> {
        match ssl.mode() {
            SslMode::Disable | SslMode::Prefer => Ok(Tls),
            mode => Err(Error::Usage(format!(
                "the SSL mode {mode:?} needs the cargo feature `tls`, which was left out"
            ))),
        }
    }

    pub(crate) async fn encrypt(&self, _: &str, _: Socket) -> io::Result<Encrypted> {
        Err(io::Error::other("the cargo feature `tls` was left out"))
    }

    /// False: the server is not even asked.
    pub(crate) fn is_there() -> bool {
        false
    }
}

impl MakeTlsConnect<Socket> for Tls {
    type Stream = NoTlsStream;
    type TlsConnect = NoTls;
    type Error = NoTlsError;

    fn make_tls_connect(&mut self, _: &str) -> Result<NoTls, NoTlsError> {
        Ok(NoTls)
    }
}
