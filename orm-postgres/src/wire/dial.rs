//! How the socket of a connection is opened: plain or encrypted, and with a valve in it.
//!
//! The driver opens the socket and would encrypt it. It is told that the connection is encrypted from
//! the first byte on, so that what encrypts it is asked whatever was wanted, and can answer with a
//! valve.

use super::stream::Stream;
use super::valve::{Tap, Valve};
use crate::error::DriverError;
use crate::tls::Tls;
use bytes::BytesMut;
use orm_sql::exec::BoxFuture;
use postgres_protocol::message::frontend;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio_postgres::config::{Host, SslMode, SslNegotiation};
use tokio_postgres::tls::{MakeTlsConnect, NoTls, TlsConnect};
use tokio_postgres::{CancelToken, Config, Socket};

/// Opens sockets with valves in them.
#[derive(Clone)]
pub(super) struct Dial {
    tls: Tls,
    mode: SslMode,
    /// Without asking first whether the server encrypts.
    direct: bool,
    /// The valve of the connection that was opened last.
    opened: Arc<Mutex<Option<Arc<Valve>>>>,
}

impl Dial {
    /// As a configuration asks for, which is changed so that the driver asks us.
    pub(super) fn new(config: &mut Config, tls: Tls) -> Self {
        let dial = Dial {
            tls,
            mode: config.get_ssl_mode(),
            direct: config.get_ssl_negotiation() == SslNegotiation::Direct,
            opened: Arc::default(),
        };
        config.ssl_mode(SslMode::Require).ssl_negotiation(SslNegotiation::Direct);
        dial
    }

    pub(super) fn opened(&self) -> Option<Arc<Valve>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    async fn open(&self, host: &str, mut socket: Socket) -> io::Result<Stream> {
        let encrypts = match self.mode {
            SslMode::Disable => false,
            SslMode::Prefer if !Tls::is_there() => false,
            _ if self.direct => true,
            _ => asks(&mut socket).await?,
        };
        match encrypts {
            true => self.tls.encrypt(host, socket).await.map(Stream::Encrypted),
            false if matches!(self.mode, SslMode::Disable | SslMode::Prefer) => {
                Ok(Stream::Plain(socket))
            }
            false => Err(io::Error::other("server does not support TLS")),
        }
    }
}

/// Asks the server whether it encrypts.
async fn asks(socket: &mut Socket) -> io::Result<bool> {
    let mut request = BytesMut::new();
    frontend::ssl_request(&mut request);
    socket.write_all(&request).await?;
    Ok(socket.read_u8().await? == b'S')
}

impl MakeTlsConnect<Socket> for Dial {
    type Stream = Tap;
    type TlsConnect = Dialled;
    type Error = io::Error;

    fn make_tls_connect(&mut self, host: &str) -> io::Result<Dialled> {
        Ok(Dialled { dial: self.clone(), host: host.to_owned() })
    }
}

/// What opens one socket.
pub(super) struct Dialled {
    dial: Dial,
    host: String,
}

impl TlsConnect<Socket> for Dialled {
    type Stream = Tap;
    type Error = io::Error;
    type Future = BoxFuture<'static, io::Result<Tap>>;

    fn connect(self, socket: Socket) -> Self::Future {
        Box::pin(async move {
            let stream = self.dial.open(&self.host, socket).await?;
            let (valve, tap) = Valve::new(stream);
            *self.dial.opened.lock().unwrap_or_else(PoisonError::into_inner) = Some(valve);
            Ok(tap)
        })
    }
}

/// The socket of the file system that a configuration with one host names.
#[cfg(unix)]
pub(super) fn file_of(config: &Config) -> Option<PathBuf> {
    let Some(Host::Unix(directory)) = config.get_hosts().first() else { return None };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    Some(directory.join(format!(".s.PGSQL.{port}")))
}

#[cfg(not(unix))]
pub(super) fn file_of(_: &Config) -> Option<PathBuf> {
    None
}

/// How to ask the server of a connection to cancel.
pub(super) enum Canceller {
    /// As the driver connects.
    Driver,
    Dial(Dial),
    #[cfg(unix)]
    File(PathBuf),
}

impl Canceller {
    /// Asks it, in a future of its own.
    pub(super) fn cancel(&self, token: CancelToken, tls: Tls) -> BoxFuture<'static, ()> {
        match self {
            // Nobody waits for it, and a server that is gone has nothing to cancel.
            Canceller::Driver => Box::pin(async move { drop(token.cancel_query(tls).await) }),
            Canceller::Dial(dial) => {
                let dial = dial.clone();
                Box::pin(async move { drop(token.cancel_query(dial).await) })
            }
            #[cfg(unix)]
            Canceller::File(path) => {
                let path = path.clone();
                Box::pin(async move {
                    if let Ok(stream) = UnixStream::connect(path).await {
                        drop(token.cancel_query_raw(stream, NoTls).await);
                    }
                })
            }
        }
    }
}

/// Opens a socket of the file system.
#[cfg(unix)]
pub(super) async fn open_file(path: &PathBuf) -> Result<(Arc<Valve>, Tap), DriverError> {
    let stream = UnixStream::connect(path).await.map_err(DriverError::Io)?;
    Ok(Valve::new(Stream::File(stream)))
}
