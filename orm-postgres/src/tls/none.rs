//! Without the feature `tls`: connections that are not encrypted.

use crate::choices::SslMode;
use crate::tls::Ssl;
use orm_sql::{Error, Result};
use tokio_postgres::Socket;
use tokio_postgres::tls::{MakeTlsConnect, NoTls, NoTlsError, NoTlsStream};

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
}

impl MakeTlsConnect<Socket> for Tls {
    type Stream = NoTlsStream;
    type TlsConnect = NoTls;
    type Error = NoTlsError;

    fn make_tls_connect(&mut self, _: &str) -> Result<NoTls, NoTlsError> {
        Ok(NoTls)
    }
}
