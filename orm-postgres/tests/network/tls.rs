//! Encrypted connections, on servers with certificates made here.

use crate::support::{new_builder, numbers, text};
use orm_postgres::{Database, DatabaseBuilder, SslMode};
use orm_sql::Error;
use orm_testkit::server::Server;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, PKCS_ECDSA_P256_SHA256,
};
use rcgen::{ExtendedKeyUsagePurpose, PKCS_ECDSA_P384_SHA384};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Files with certificates, and a server that has them.
struct Encrypted {
    server: Server,
    dir: PathBuf,
}

impl Drop for Encrypted {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.dir).ok();
    }
}

fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
    CertifiedIssuer::self_signed(params, key).unwrap()
}

/// A certificate and its key, as PEM.
fn certificate(
    issuer: &CertifiedIssuer<'static, KeyPair>,
    name: &str,
    usage: ExtendedKeyUsagePurpose,
) -> (String, String) {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.extended_key_usages = vec![usage];
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let certificate = params.signed_by(&key, issuer).unwrap();
    (certificate.pem(), key.serialize_pem())
}

impl Encrypted {
    /// A server whose certificate is for `localhost`, by an authority whose certificate is in
    /// `ca.pem`; one for the client is in `client.pem` and `client.key`, and `other.pem` is that of
    /// an authority who has nothing to do with it. A strict server talks to nobody who does not
    /// encrypt, and to `ann` with a certificate only. None where the server was built without
    /// encryption, as the embedded one is.
    fn start(strict: bool) -> Option<Encrypted> {
        static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("orm-tls-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let file = |name: &str| dir.join(name);
        let ca = authority("an authority");
        let server = certificate(&ca, "localhost", ExtendedKeyUsagePurpose::ServerAuth);
        let client = certificate(&ca, "ann", ExtendedKeyUsagePurpose::ClientAuth);
        for (name, pem) in [
            ("ca.pem", ca.pem()),
            ("other.pem", authority("another one").pem()),
            ("server.pem", server.0),
            ("server.key", server.1),
            ("client.pem", client.0),
            ("client.key", client.1),
            ("hba", "hostssl all ann all cert\nhostssl all postgres all md5\nhostssl all all all scram-sha-256\n".to_owned()),
        ] {
            std::fs::write(file(name), pem).unwrap();
        }
        give_to_server(&dir);
        let path = |name: &str| file(name).display().to_string();
        let (hba, cert, key, ca) =
            (path("hba"), path("server.pem"), path("server.key"), path("ca.pem"));
        let mut settings = vec![
            ("ssl", "on"),
            ("ssl_cert_file", cert.as_str()),
            ("ssl_key_file", &key),
            ("ssl_ca_file", &ca),
        ];
        if strict {
            settings.push(("hba_file", &hba));
        }
        match Server::private_with(&settings) {
            Ok(server) => Some(Encrypted { server, dir }),
            Err(error) if error.to_string().contains("SSL is not supported by this build") => {
                orm_testkit::skipped("this server cannot encrypt");
                None
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Settings for this host name, which leads to the server.
    fn to(&self, host: &str, root: &str, mode: SslMode) -> DatabaseBuilder {
        let root = self.dir.join(root);
        let builder = new_builder().url(&self.server.url().replace("127.0.0.1", host));
        builder.max_connections(2).ssl_root_cert(root).ssl_mode(mode)
    }
}

/// Root runs the server as another user, who has to be able to read the files.
fn give_to_server(dir: &Path) {
    std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o755)).unwrap();
    if std::fs::metadata(dir).unwrap().uid() == 0 {
        let users = std::fs::read_to_string("/etc/passwd").unwrap();
        let id = |name: &str| {
            let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
            let mut ids = line.split(':').skip(2).map(|id| id.parse::<u32>().unwrap());
            Some((ids.next()?, ids.next()?))
        };
        let (user, group) = id("postgres").or_else(|| id("nobody")).expect("a user for the server");
        chown(dir.join("server.key"), Some(user), Some(group)).unwrap();
    }
    let private = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(dir.join("server.key"), private).unwrap();
}

fn refused(result: Result<Database, Error>) -> String {
    let error = result.expect_err("must not connect");
    assert!(matches!(error, Error::Connection { .. }), "{error:?}");
    error.to_string()
}

async fn is_encrypted(db: &Database) -> bool {
    let sql = "SELECT ssl::int FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    numbers(db, sql).await.unwrap() == [1]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_are_looked_at_as_the_mode_says() {
    let Some(tls) = Encrypted::start(false) else { return };
    // The name of the certificate, and an address that is not in it.
    let (right, wrong) = ("localhost", "127.0.0.1");
    for (mode, host, root, encrypted) in [
        (SslMode::Disable, right, "other.pem", false),
        (SslMode::Prefer, wrong, "other.pem", true),
        (SslMode::Require, wrong, "ca.pem", true),
        (SslMode::VerifyCa, wrong, "ca.pem", true),
        (SslMode::VerifyCa, right, "ca.pem", true),
        (SslMode::VerifyFull, right, "ca.pem", true),
    ] {
        let db = tls.to(host, root, mode).connect().await;
        let db = db.unwrap_or_else(|e| panic!("{mode:?} {host} {root}: {e}"));
        assert_eq!(is_encrypted(&db).await, encrypted, "{mode:?} {host} {root}");
    }
    for (mode, host, root, part) in [
        (SslMode::VerifyFull, wrong, "ca.pem", "not valid for name"),
        (SslMode::VerifyFull, right, "other.pem", "UnknownIssuer"),
        (SslMode::VerifyCa, right, "other.pem", "UnknownIssuer"),
        // As libpq: a root certificate that is named is asked.
        (SslMode::Require, right, "other.pem", "UnknownIssuer"),
    ] {
        let message = refused(tls.to(host, root, mode).connect().await);
        assert!(message.contains(part), "{mode:?} {host} {root}: {message}");
        assert!(message.contains(host), "{message}");
    }
    // What the URL says is the same, and the authorities of the system do not know ours.
    let url = tls.server.url().replace(wrong, right);
    let root = tls.dir.join("ca.pem").display().to_string();
    let full = format!("{url}?sslmode=verify-full&sslrootcert={root}");
    assert!(is_encrypted(&Database::connect(&full).await.unwrap()).await);
    assert!(
        is_encrypted(&Database::connect(&format!("{url}?sslmode=require")).await.unwrap()).await
    );
    match Database::connect(&format!("{url}?sslmode=verify-full&sslrootcert=system")).await {
        Err(Error::Connection { .. } | Error::Usage(_)) => {}
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logins_with_certificates_and_bound_to_the_channel() {
    let Some(tls) = Encrypted::start(true) else { return };
    let admin = tls.to("localhost", "ca.pem", SslMode::VerifyFull).connect().await.unwrap();
    admin
        .batch_execute(
            "SET password_encryption = 'scram-sha-256';
             CREATE ROLE ann LOGIN; CREATE ROLE bob LOGIN PASSWORD 'of bob'",
        )
        .await
        .unwrap();
    let ann = || tls.to("localhost", "ca.pem", SslMode::VerifyFull).user("ann");
    let (cert, key) = (tls.dir.join("client.pem"), tls.dir.join("client.key"));
    let db = ann().ssl_client_cert(&cert, &key).connect().await.unwrap();
    assert_eq!(text(&db, "SELECT current_user::text").await.unwrap(), "ann");
    let dn = "SELECT client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    assert!(text(&db, dn).await.unwrap().contains("ann"));
    let message = refused(ann().connect().await);
    assert!(message.contains("certificate"), "{message}");
    let error = ann().ssl_client_cert(&cert, tls.dir.join("none")).connect().await.unwrap_err();
    assert!(matches!(&error, Error::Usage(m) if m.contains("none")), "{error:?}");

    // Bound to the channel: required, and the server has seen the same certificate.
    let url = tls.server.url();
    let bob =
        url.replace("postgres://postgres", "postgres://bob").replace("127.0.0.1", "localhost");
    let bob = format!("{bob}?channel_binding=require");
    let db = new_builder().url(&bob).password("of bob").connect().await.unwrap();
    assert!(is_encrypted(&db).await);
    // Without TLS there is nothing to bind to, and this server lets nobody in.
    let plain = new_builder().url(&bob).password("of bob").ssl_mode(SslMode::Disable);
    let message = refused(plain.connect().await);
    assert!(message.contains("no encryption"), "{message}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_to_cancel_are_encrypted_too() {
    let Some(tls) = Encrypted::start(true) else { return };
    let admin = tls.to("localhost", "ca.pem", SslMode::VerifyFull).connect().await.unwrap();
    let db = tls.to("localhost", "ca.pem", SslMode::VerifyFull).connect().await.unwrap();
    let slow = crate::support::run(&db, "SELECT pg_sleep(60) /* over tls */");
    assert!(tokio::time::timeout(Duration::from_millis(100), slow).await.is_err());
    let running = "SELECT count(*)::int FROM pg_stat_activity WHERE state = 'active' \
                   AND query = 'SELECT pg_sleep(60) /* over tls */'";
    let until = Instant::now() + Duration::from_secs(5);
    while numbers(&admin, running).await.unwrap() != [0] {
        assert!(Instant::now() < until, "it still runs");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_server_without_encryption_is_refused_where_it_is_asked_for() {
    let url = crate::support::url();
    for mode in ["require", "verify-ca", "verify-full"] {
        let ours = Database::connect(&format!("{url}?sslmode={mode}")).await;
        let message = match ours {
            Err(Error::Connection { .. }) => ours.unwrap_err().to_string(),
            // A machine without certificates of authorities.
            Err(Error::Usage(message)) if mode != "require" => message,
            other => panic!("{other:?}"),
        };
        let clear = message.contains("server does not support TLS");
        assert!(clear || message.contains("sslrootcert"), "{message}");
    }
    Database::connect(&format!("{url}?sslmode=prefer")).await.unwrap();
}

#[tokio::test]
async fn files_that_are_no_certificates_are_named() {
    let file = std::env::temp_dir().join(format!("orm-no-cert-{}", std::process::id()));
    std::fs::write(&file, "no certificate").unwrap();
    let builder = || new_builder().url("postgres://a@localhost:1/a");
    for error in [
        builder().ssl_root_cert(&file).ssl_mode(SslMode::VerifyFull).connect().await,
        builder().ssl_root_cert("/no/such").ssl_mode(SslMode::VerifyCa).connect().await,
        builder().ssl_client_cert(&file, &file).connect().await,
        Database::connect("postgres://a@localhost:1/a?sslcert=/a.pem").await,
    ] {
        assert!(matches!(error, Err(Error::Usage(_))), "{error:?}");
    }
    std::fs::remove_file(&file).unwrap();
}
