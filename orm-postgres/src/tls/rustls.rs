//! Encryption by rustls, with the checks of certificates that `sslmode` asks for.

use crate::choices::SslMode;
use crate::tls::{Ssl, binding};
use orm_sql::{Error, Result};
use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::Socket;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::client::verify_server_cert_signed_by_trust_anchor as signed_by;
use tokio_rustls::rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    ClientConfig, DigitallySignedStruct, Error as TlsError, RootCertStore, SignatureScheme,
};

/// Makes connections encrypted.
#[derive(Clone)]
pub(crate) struct Tls {
    config: Arc<ClientConfig>,
}

impl Tls {
    /// Reads the certificates, which are read no more later.
    pub(crate) fn new(ssl: &Ssl) -> Result<Tls> {
        let provider = Arc::new(ring::default_provider());
        let verifier =
            Arc::new(Verifier { check: check(ssl, &provider)?, provider: provider.clone() });
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(unusable)?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let mut config = match (&ssl.client_cert, &ssl.client_key) {
            (Some(cert), Some(key)) => {
                let key = PrivateKeyDer::from_pem_file(key).map_err(|e| unread(key, &e))?;
                builder.with_client_auth_cert(certificates(cert)?, key).map_err(unusable)?
            }
            (None, None) => builder.with_no_client_auth(),
            _ => {
                return Err(Error::usage(
                    "a client's certificate (`sslcert`) and its key (`sslkey`) need each other",
                ));
            }
        };
        // What `sslnegotiation=direct` needs; servers before version 17 pass over it.
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(Tls { config: Arc::new(config) })
    }

    /// Encrypts a connection that is open.
    pub(crate) async fn encrypt(&self, host: &str, socket: Socket) -> io::Result<Encrypted> {
        self.handshake(host)?.connect(socket).await
    }

    /// True: the server can be asked whether it encrypts.
    pub(crate) fn is_there() -> bool {
        true
    }

    fn handshake(&self, host: &str) -> io::Result<Handshake> {
        // Sockets of the file system have no host, and are not encrypted.
        let name = ServerName::try_from(if host.is_empty() { "localhost" } else { host });
        let name = name.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        Ok(Handshake { connector: self.config.clone().into(), name: name.to_owned() })
    }
}

fn unusable(error: TlsError) -> Error {
    Error::Usage(format!("the settings of the encryption cannot be used: {error}"))
}

fn unread(path: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::Usage(format!("`{}` cannot be read as PEM: {error}", path.display()))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let read = read.map_err(|error| unread(path, &error))?;
    if read.is_empty() {
        return Err(unread(path, &"there is no certificate in it"));
    }
    Ok(read)
}

/// What is looked at in the server's certificate.
#[derive(Debug)]
enum Check {
    Nothing,
    Authority(RootCertStore),
    AuthorityAndName(Arc<WebPkiServerVerifier>),
}

fn check(ssl: &Ssl, provider: &Arc<CryptoProvider>) -> Result<Check> {
    Ok(match ssl.mode() {
        // As libpq does: who names an authority wants it to be asked.
        SslMode::Require if ssl.root_cert.is_some() => Check::Authority(roots(ssl)?),
        SslMode::Disable | SslMode::Prefer | SslMode::Require => Check::Nothing,
        SslMode::VerifyCa => Check::Authority(roots(ssl)?),
        SslMode::VerifyFull => {
            let roots = Arc::new(roots(ssl)?);
            let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider.clone());
            let verifier = verifier.build().map_err(|error| Error::Usage(error.to_string()))?;
            Check::AuthorityAndName(verifier)
        }
    })
}

fn roots(ssl: &Ssl) -> Result<RootCertStore> {
    let mut store = RootCertStore::empty();
    match ssl.root_cert.as_deref().filter(|path| *path != Path::new("system")) {
        Some(path) => {
            for certificate in certificates(path)? {
                store.add(certificate).map_err(|error| unread(path, &error))?;
            }
        }
        None => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if store.is_empty() {
                return Err(Error::usage(
                    "the operating system has no certificates of authorities; name a file of \
                     them as `sslrootcert` in the URL or with `ssl_root_cert`",
                ));
            }
        }
    }
    Ok(store)
}

#[derive(Debug)]
struct Verifier {
    check: Check,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    fn algorithms(&self) -> &WebPkiSupportedAlgorithms {
        &self.provider.signature_verification_algorithms
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        match &self.check {
            Check::Nothing => {}
            Check::Authority(roots) => {
                let parsed = ParsedCertificate::try_from(certificate)?;
                signed_by(&parsed, roots, between, now, self.algorithms().all)?;
            }
            Check::AuthorityAndName(verifier) => {
                verifier.verify_server_cert(certificate, between, name, ocsp, now)?;
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls12_signature(message, certificate, signed, self.algorithms())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls13_signature(message, certificate, signed, self.algorithms())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms().supported_schemes()
    }
}

impl MakeTlsConnect<Socket> for Tls {
    type Stream = Encrypted;
    type TlsConnect = Handshake;
    type Error = io::Error;

    fn make_tls_connect(&mut self, host: &str) -> io::Result<Handshake> {
        self.handshake(host)
    }
}

/// What encrypts one connection.
pub(crate) struct Handshake {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl TlsConnect<Socket> for Handshake {
    type Stream = Encrypted;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Encrypted>> + Send>>;

    fn connect(self, socket: Socket) -> Self::Future {
        Box::pin(async move {
            let stream = self.connector.connect(self.name, socket).await?;
            Ok(Encrypted(Box::new(stream)))
        })
    }
}

/// A connection that is encrypted.
pub(crate) struct Encrypted(Box<tokio_rustls::client::TlsStream<Socket>>);

impl TlsStream for Encrypted {
    fn channel_binding(&self) -> ChannelBinding {
        let certificate = self.0.get_ref().1.peer_certificates().and_then(<[_]>::first);
        match certificate.and_then(|certificate| binding::server_end_point(certificate)) {
            Some(hash) => ChannelBinding::tls_server_end_point(hash),
            None => ChannelBinding::none(),
        }
    }
}

impl AsyncRead for Encrypted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Encrypted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
