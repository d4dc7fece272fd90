//! A new connection: both halves of it, before something drives it.

use super::pooled::Driven;
use crate::error::DriverError;
use crate::tls::Tls;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{AsyncMessage, Client, Config, SimpleQueryMessage, Socket};

/// How long a connection that was closed may take to say so to the server.
const GOODBYE: Duration = Duration::from_millis(50);

/// The half that reads and writes the socket.
type Link = tokio_postgres::Connection<Socket, <Tls as MakeTlsConnect<Socket>>::Stream>;

/// A connection that nobody drives yet.
pub(crate) struct Line {
    client: Client,
    link: Link,
}

/// What was sent to a channel with NOTIFY.
pub(crate) struct Heard {
    pub(crate) channel: String,
    pub(crate) payload: String,
    pub(crate) pid: i32,
}

impl Line {
    /// Connects and logs in.
    pub(crate) async fn open(config: &Config, tls: Tls) -> Result<Line, DriverError> {
        let (client, link) = config.connect(tls).await?;
        Ok(Line { client, link })
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
        meanwhile(&mut self.link, self.client.batch_execute(sql), heard).await
    }

    /// The cells of a statement's only row, as text.
    pub(crate) async fn row(&mut self, sql: &str) -> Result<Vec<Option<String>>, DriverError> {
        let answer = meanwhile(&mut self.link, self.client.simple_query(sql), |_| {}).await?;
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
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }

    /// Has a task drive the connection; `open` is dropped when it ends.
    pub(crate) fn drive(self, open: impl Send + 'static) -> Driven {
        let driver = Driver { link: Some(Box::new(self.link)), open: Some(Box::new(open)) };
        Driven { client: self.client, task: tokio::spawn(driver) }
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
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(error)),
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
