//! A new connection: both halves of it, before something drives it.

use super::dial::{Canceller, Dial, file_of};
use super::pooled::Driven;
use super::valve::{Tap, Valve};
use crate::error::DriverError;
use crate::tls::Tls;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio_postgres::tls::{MakeTlsConnect, NoTls, NoTlsStream};
use tokio_postgres::{AsyncMessage, Client, Config, SimpleQueryMessage, Socket};

/// How long a connection that was closed may take to say so to the server.
const GOODBYE: Duration = Duration::from_millis(50);

/// The half that reads and writes the socket.
enum Link {
    /// The driver's own socket.
    Driver(tokio_postgres::Connection<Socket, <Tls as MakeTlsConnect<Socket>>::Stream>),
    /// A socket with a valve in it.
    Valve(tokio_postgres::Connection<Socket, Tap>),
    /// The same of the file system.
    File(tokio_postgres::Connection<Tap, NoTlsStream>),
}

impl Link {
    fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<AsyncMessage, tokio_postgres::Error>>> {
        match self {
            Link::Driver(link) => link.poll_message(cx),
            Link::Valve(link) => link.poll_message(cx),
            Link::File(link) => link.poll_message(cx),
        }
    }
}

impl Future for Link {
    type Output = Result<(), tokio_postgres::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Link::Driver(link) => Pin::new(link).poll(cx),
            Link::Valve(link) => Pin::new(link).poll(cx),
            Link::File(link) => Pin::new(link).poll(cx),
        }
    }
}

/// A connection that nobody drives yet.
pub(crate) struct Line {
    client: Client,
    link: Link,
    valve: Option<Arc<Valve>>,
    canceller: Canceller,
}

/// What was sent to a channel with NOTIFY.
pub(crate) struct Heard {
    pub(crate) channel: String,
    pub(crate) payload: String,
    pub(crate) pid: i32,
}

impl Line {
    /// Connects and logs in. `driver_only` leaves the socket to the driver alone.
    pub(crate) async fn open(
        config: &Config,
        tls: Tls,
        driver_only: bool,
    ) -> Result<Line, DriverError> {
        if driver_only {
            let (client, link) = config.connect(tls).await?;
            let link = Link::Driver(link);
            return Ok(Line { client, link, valve: None, canceller: Canceller::Driver });
        }
        let mut config = config.clone();
        #[cfg(unix)]
        if let Some(file) = file_of(&config) {
            let (valve, tap) = super::dial::open_file(&file).await?;
            let (client, link) = config.connect_raw(tap, NoTls).await?;
            let (link, canceller) = (Link::File(link), Canceller::File(file));
            return Ok(Line::with_valve(client, link, Some(valve), canceller));
        }
        let dial = Dial::new(&mut config, tls);
        let (client, link) = config.connect(dial.clone()).await?;
        let valve = dial.opened();
        Ok(Line::with_valve(client, Link::Valve(link), valve, Canceller::Dial(dial)))
    }

    fn with_valve(
        client: Client,
        link: Link,
        valve: Option<Arc<Valve>>,
        canceller: Canceller,
    ) -> Line {
        if let Some(valve) = &valve {
            valve.open();
        }
        Line { client, link, valve, canceller }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Runs SQL; what is heard meanwhile goes to a function.
    pub(crate) async fn run(
        &mut self,
        sql: &str,
        heard: impl FnMut(Heard),
    ) -> Result<(), DriverError> {
        let work = async { Ok(self.client.batch_execute(sql).await?) };
        meanwhile(&mut self.link, work, heard).await
    }

    /// The cells of a statement's only row, as text.
    pub(crate) async fn row(&mut self, sql: &str) -> Result<Vec<Option<String>>, DriverError> {
        let work = async { Ok(self.client.simple_query(sql).await?) };
        let answer = meanwhile(&mut self.link, work, |_| {}).await?;
        let mut cells = Vec::new();
        for message in answer {
            if let SimpleQueryMessage::Row(row) = message {
                for index in 0..row.len() {
                    cells.push(row.try_get(index)?.map(str::to_owned));
                }
            }
        }
        Ok(cells)
    }

    /// What is heard next; `None` when the connection was closed.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Heard, DriverError>>> {
        loop {
            match ready!(self.link.poll_message(cx)) {
                Some(Ok(message)) => {
                    if let Some(heard) = notification(message) {
                        return Poll::Ready(Some(Ok(heard)));
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
                None => return Poll::Ready(None),
            }
        }
    }

    /// Has a task drive the connection; `open` is dropped when it ends.
    pub(crate) fn drive(self, open: impl Send + 'static) -> Driven {
        let Line { client, link, valve, canceller } = self;
        let driver = Driver { link: Some(Box::new(link)), open: Some(Box::new(open)) };
        Driven { client, valve, canceller, task: tokio::spawn(driver) }
    }
}

fn notification(message: AsyncMessage) -> Option<Heard> {
    let AsyncMessage::Notification(found) = message else { return None };
    Some(Heard {
        channel: found.channel().to_owned(),
        payload: found.payload().to_owned(),
        pid: found.process_id(),
    })
}

/// Drives a connection while something is done on it.
async fn meanwhile<T>(
    link: &mut Link,
    work: impl Future<Output = Result<T, DriverError>>,
    mut heard: impl FnMut(Heard),
) -> Result<T, DriverError> {
    let mut work = pin!(work);
    let mut open = true;
    poll_fn(|cx| {
        if let Poll::Ready(result) = work.as_mut().poll(cx) {
            return Poll::Ready(result);
        }
        while open {
            match link.poll_message(cx) {
                Poll::Ready(Some(Ok(message))) => {
                    notification(message).into_iter().for_each(&mut heard)
                }
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(error.into())),
                Poll::Ready(None) => open = false,
                Poll::Pending => break,
            }
        }
        work.as_mut().poll(cx)
    })
    .await
}

/// Reads and writes the socket of a connection.
///
/// A pool ends this task when it closes a connection. What was sent last, and the goodbye, still
/// go to the server, so that it does not count the session as abandoned.
struct Driver {
    link: Option<Box<Link>>,
    open: Option<Box<dyn Send>>,
}

impl Future for Driver {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(link) = &mut self.link else { return Poll::Ready(()) };
        let ended = ready!(Pin::new(link).poll(cx));
        if let Err(error) = ended {
            tracing::debug!(target: "orm::connection", %error, "the connection was lost");
        }
        self.link = None;
        Poll::Ready(())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let (Some(link), open) = (self.link.take(), self.open.take()) else { return };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                let _open = open;
                tokio::time::timeout(GOODBYE, link).await.ok();
            });
        }
    }
}
