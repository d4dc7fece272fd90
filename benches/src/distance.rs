//! A server that is far away: a proxy that holds back what it passes on, in both directions.

use crate::Result;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// Half a round trip of 3.4 ms.
const DELAY: Duration = Duration::from_micros(1_700);

/// Starts the proxy on a thread of its own, which lives as long as the program, and returns the URL
/// that leads through it.
///
/// # Errors
///
/// Where the URL has no host and port of a server on TCP, or there is no port for the proxy.
pub fn proxied(url: &str) -> Result<String> {
    let config: tokio_postgres::Config = url.parse()?;
    let host = config.get_hosts().first().ok_or("the server has no address")?;
    let tokio_postgres::config::Host::Tcp(host) = host else {
        return Err("the server is not on TCP".into());
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let server: SocketAddr = std::net::ToSocketAddrs::to_socket_addrs(&(host.as_str(), port))?
        .next()
        .ok_or("no address")?;
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let through =
        url.replacen(&format!(":{port}/"), &format!(":{}/", listener.local_addr()?.port()), 1);
    if through == url {
        return Err(format!("`{url}` does not name its port").into());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::spawn(move || runtime.block_on(accept(listener, server)));
    Ok(through)
}

async fn accept(listener: std::net::TcpListener, server: SocketAddr) -> Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let (client, _) = listener.accept().await?;
        let server = TcpStream::connect(server).await?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let ((from_client, to_client), (from_server, to_server)) =
            (client.into_split(), server.into_split());
        pass(from_client, to_server);
        pass(from_server, to_client);
    }
}

/// Passes on what arrives, each piece so much later: many can be under way, as on a long cable.
fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    let (sender, mut under_way) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    tokio::spawn(async move {
        let mut buffer = vec![0; 64 << 10];
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            let piece = (Instant::now() + DELAY, buffer[..read].to_vec());
            if sender.send(piece).is_err() {
                break;
            }
        }
    });
    tokio::spawn(async move {
        while let Some((at, piece)) = under_way.recv().await {
            sleep_until(at).await;
            if to.write_all(&piece).await.is_err() {
                break;
            }
        }
    });
}
