//! A proxy that cuts a connection after a number of bytes, changes bytes, or falls silent.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    ToServer,
    ToClient,
}

#[derive(Default)]
struct State {
    /// The way on which the next connection is cut, and after how many bytes from now.
    cut: Mutex<Option<(Way, usize)>>,
    /// The way on which a byte is changed, after how many bytes from now, and into what.
    change: Mutex<Option<(Way, usize, u8)>>,
    /// A text that the server gets as another one of the same length.
    replace: Mutex<Option<(&'static str, &'static str)>>,
    /// How often it was there.
    replaced: AtomicUsize,
    /// After how many bytes from the server a new connection passes nothing on any more.
    hush: Mutex<Option<usize>>,
    to_server: AtomicUsize,
    to_client: AtomicUsize,
    silent: AtomicBool,
    /// Answers wait until nothing was asked for so long, in milliseconds.
    hold: AtomicU64,
    /// The last bytes came from the client, and how often others from the server followed.
    asked: AtomicBool,
    answers: AtomicUsize,
}

impl State {
    async fn until_nothing_is_asked(&self) {
        let quiet = Duration::from_millis(self.hold.load(Ordering::SeqCst));
        let asked = || self.to_server.load(Ordering::SeqCst);
        let mut before = None;
        while !quiet.is_zero() && before != Some(asked()) {
            before = Some(asked());
            tokio::time::sleep(quiet).await;
        }
    }
}

/// Listens on a port of its own until it is dropped.
pub struct Proxy {
    pub port: u16,
    state: Arc<State>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// A proxy before a server on this machine.
    pub async fn start(server: (String, u16)) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let task = tokio::spawn({
            let state = state.clone();
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    let Ok(server) = TcpStream::connect((&*server.0, server.1)).await else {
                        continue;
                    };
                    tokio::spawn(pass(client, server, state.clone()));
                }
            }
        });
        Proxy { port, state, task }
    }

    /// The connection on which so many bytes have passed this way is cut after the last of them.
    pub fn cut_after(&self, way: Way, bytes: usize) {
        *self.state.cut.lock().unwrap() = Some((way, bytes));
    }

    /// The byte after so many others this way becomes another one.
    pub fn change_after(&self, way: Way, bytes: usize, into: u8) {
        *self.state.change.lock().unwrap() = Some((way, bytes, into));
    }

    /// What stands in one piece on its way to the server becomes another text from now on.
    pub fn replace(&self, from: &'static str, to: &'static str) {
        assert_eq!(from.len(), to.len());
        *self.state.replace.lock().unwrap() = Some((from, to));
    }

    /// Replaces nothing any more; how often something was.
    pub fn replace_nothing(&self) -> usize {
        self.state.replace.lock().unwrap().take();
        self.state.replaced.swap(0, Ordering::SeqCst)
    }

    /// Changes nothing any more; true if something was changed.
    pub fn keep(&self) -> bool {
        self.state.change.lock().unwrap().take().is_none()
    }

    /// Connections that are made from now on fall silent when so many bytes have come from the
    /// server.
    pub fn hush_after(&self, bytes: Option<usize>) {
        *self.state.hush.lock().unwrap() = bytes;
    }

    /// Cuts nothing any more; true if something was cut.
    pub fn heal(&self) -> bool {
        self.state.cut.lock().unwrap().take().is_none()
    }

    /// How many bytes have passed so far.
    pub fn passed(&self, way: Way) -> usize {
        match way {
            Way::ToServer => self.state.to_server.load(Ordering::SeqCst),
            Way::ToClient => self.state.to_client.load(Ordering::SeqCst),
        }
    }

    /// Answers wait from now on until nothing was asked for so long: what is asked at once then
    /// is one round trip, in however many pieces it arrives.
    pub fn hold_answers(&self, quiet: Duration) {
        self.state.hold.store(quiet.as_millis() as u64, Ordering::SeqCst);
    }

    /// How often the server has answered what was sent so far: the round trips.
    pub fn round_trips(&self) -> usize {
        self.state.answers.load(Ordering::SeqCst)
    }

    /// Connections that are open pass nothing on from now on, and stay open. New ones work.
    pub fn fall_silent(&self) {
        self.state.silent.store(true, Ordering::SeqCst);
    }

    /// Connections that are made from now on can fall silent again.
    pub fn speak(&self) {
        self.state.silent.store(false, Ordering::SeqCst);
    }
}

async fn pass(client: TcpStream, server: TcpStream, state: Arc<State>) {
    client.set_nodelay(true).ok();
    server.set_nodelay(true).ok();
    let born_silent = state.silent.load(Ordering::SeqCst);
    let hush = *state.hush.lock().unwrap();
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    // The end of one way ends the other.
    tokio::select! {
        () = one_way(from_client, to_server, Way::ToServer, &state, born_silent, None) => {}
        () = one_way(from_server, to_client, Way::ToClient, &state, born_silent, hush) => {}
    }
}

async fn one_way(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    way: Way,
    state: &State,
    born_silent: bool,
    mut hush: Option<usize>,
) {
    let mut buffer = [0; 4096];
    loop {
        let Ok(read @ 1..) = from.read(&mut buffer).await else { return };
        if state.silent.load(Ordering::SeqCst) && !born_silent {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        if let Some(left) = &mut hush {
            if *left < read {
                to.write_all(&buffer[..*left]).await.ok();
                tokio::time::sleep(Duration::from_secs(60)).await;
            }
            *left -= read;
        }
        match &mut *state.change.lock().unwrap() {
            change @ Some(_) if change.is_some_and(|(at, after, _)| at == way && after < read) => {
                let (_, after, into) = change.take().unwrap();
                buffer[after] = into;
            }
            Some((at, after, _)) if *at == way => *after -= read,
            _ => {}
        }
        let replace = *state.replace.lock().unwrap();
        if let (Some((from, to)), Way::ToServer) = (replace, way) {
            let places: Vec<usize> = (0..read)
                .filter(|place| buffer[*place..read].starts_with(from.as_bytes()))
                .collect();
            for place in &places {
                buffer[*place..place + to.len()].copy_from_slice(to.as_bytes());
            }
            state.replaced.fetch_add(places.len(), Ordering::SeqCst);
        }
        let (bytes, cut) = {
            let mut cut = state.cut.lock().unwrap();
            match &mut *cut {
                Some((at, left)) if *at == way && *left <= read => {
                    let left = *left;
                    *cut = None;
                    (&buffer[..left], true)
                }
                Some((at, left)) if *at == way => {
                    *left -= read;
                    (&buffer[..read], false)
                }
                _ => (&buffer[..read], false),
            }
        };
        if way == Way::ToClient {
            state.until_nothing_is_asked().await;
        }
        let count = if way == Way::ToServer { &state.to_server } else { &state.to_client };
        count.fetch_add(bytes.len(), Ordering::SeqCst);
        match way {
            Way::ToServer => state.asked.store(true, Ordering::SeqCst),
            Way::ToClient if state.asked.swap(false, Ordering::SeqCst) => {
                state.answers.fetch_add(1, Ordering::SeqCst);
            }
            Way::ToClient => {}
        }
        if to.write_all(bytes).await.is_err() || cut {
            return;
        }
    }
}
