//! LISTEN as a stream, and NOTIFY.

use crate::connect::Connector;
use crate::database::Database;
use crate::tls::Link;
use futures_core::Stream;
use orm_core::exec::BoxFuture;
use orm_core::exec::transaction::check_channel;
use orm_core::{Error, Result};
use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio_postgres::{AsyncMessage, Client};

/// The wait after the first connection that could not be made; it doubles with each more.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// What was sent to a channel with NOTIFY.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notification {
    /// The channel.
    pub channel: String,
    /// The text that was sent with it; empty where there was none.
    pub payload: String,
    /// The process of the server that sent it.
    pub pid: i32,
}

/// What a [`Listener`] gives.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListenEvent {
    /// Somebody has sent something.
    Notification(Notification),
    /// The connection was lost, and there is another one now. What was sent in between is lost:
    /// whoever follows a table looks at it once more.
    Reconnected,
}

/// A stream of notifications, on a connection of its own; see [`Database::listen`].
///
/// Dropped, it closes its connection, and the server forgets it. It ends when the pool is closed.
#[must_use = "nothing is received before it is asked for the next event"]
pub struct Listener {
    connector: Arc<Connector>,
    channels: Vec<String>,
    state: State,
    /// Notifications that came while something else was waited for.
    early: VecDeque<ListenEvent>,
    /// Done when the pool is closed.
    closed: BoxFuture<'static, ()>,
}

/// The connection of a listener.
struct Line {
    client: Client,
    link: Link,
}

enum State {
    Connected(Box<Line>),
    Connecting(BoxFuture<'static, Line>),
    Ended,
}

impl Database {
    /// Listens to a channel. What is sent to it from now on arrives as a stream.
    ///
    /// The listener has a connection of its own, outside of the pool, which it makes again when it
    /// is lost; [`ListenEvent::Reconnected`] says so. A pooler in transaction mode passes no
    /// notifications on: connect to the server itself.
    ///
    /// ```no_run
    /// # async fn f(db: orm_postgres::Database) -> orm_core::Result<()> {
    /// use orm_postgres::ListenEvent;
    ///
    /// let mut orders = db.listen("orders").await?;                 // LISTEN "orders"
    /// while let Some(event) = orders.next().await {
    ///     match event {
    ///         ListenEvent::Notification(n) => println!("{}: {}", n.channel, n.payload),
    ///         ListenEvent::Reconnected => println!("some may be missing"),
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `Error::Connection` when no connection can be made; `Error::Usage` for a name that no
    /// channel can have.
    pub async fn listen(&self, channel: &str) -> Result<Listener> {
        self.listen_all([channel]).await
    }

    /// Listens to several channels; see [`Database::listen`].
    ///
    /// # Errors
    ///
    /// Those of [`Database::listen`].
    pub async fn listen_all<C: AsRef<str>>(
        &self,
        channels: impl IntoIterator<Item = C>,
    ) -> Result<Listener> {
        let mut names: Vec<String> = Vec::new();
        for channel in channels {
            let channel = channel.as_ref();
            check_channel(channel)?;
            if !names.iter().any(|name| name == channel) {
                names.push(channel.to_owned());
            }
        }
        let mut closed = self.closed();
        if *closed.borrow() {
            return Err(Error::Pool { message: "the pool is closed".to_owned() });
        }
        let connector = self.connector();
        let line = connect(&connector, &names).await?;
        Ok(Listener {
            connector,
            channels: names,
            state: State::Connected(Box::new(line)),
            early: VecDeque::new(),
            closed: Box::pin(async move {
                // It fails when all handles of the pool are gone: a listener outlives them.
                if closed.wait_for(|closed| *closed).await.is_err() {
                    std::future::pending().await
                }
            }),
        })
    }
}

fn command(word: &str, channel: &str) -> String {
    format!("{word} \"{}\"", channel.replace('"', "\"\""))
}

async fn connect(connector: &Connector, channels: &[String]) -> Result<Line> {
    let (client, link) = connector.open().await?;
    let mut line = Line { client, link };
    let sql: Vec<String> = channels.iter().map(|channel| command("LISTEN", channel)).collect();
    if !channels.is_empty() {
        let (sql, mut early) = (sql.join("; "), VecDeque::new());
        let listening = line.run(&sql, &mut early);
        match tokio::time::timeout(connector.limit, listening).await {
            Ok(result) => result.map_err(crate::error::from_driver)?,
            Err(_) => {
                let limit = connector.limit;
                return Err(Error::connection(format!("no answer to LISTEN in {limit:?}"), None));
            }
        }
    }
    Ok(line)
}

impl Line {
    /// Runs SQL and keeps the notifications that come meanwhile.
    async fn run(
        &mut self,
        sql: &str,
        early: &mut VecDeque<ListenEvent>,
    ) -> Result<(), tokio_postgres::Error> {
        let Line { client, link } = self;
        let mut work = pin!(client.batch_execute(sql));
        poll_fn(|cx| {
            if let Poll::Ready(result) = work.as_mut().poll(cx) {
                return Poll::Ready(result);
            }
            loop {
                match link.poll_message(cx) {
                    Poll::Ready(Some(Ok(message))) => early.extend(event(message)),
                    Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(error)),
                    Poll::Ready(None) | Poll::Pending => return work.as_mut().poll(cx),
                }
            }
        })
        .await
    }
}

fn event(message: AsyncMessage) -> Option<ListenEvent> {
    let AsyncMessage::Notification(found) = message else { return None };
    Some(ListenEvent::Notification(Notification {
        channel: found.channel().to_owned(),
        payload: found.payload().to_owned(),
        pid: found.process_id(),
    }))
}

impl Listener {
    /// The next event; `None` when the pool was closed.
    pub async fn next(&mut self) -> Option<ListenEvent> {
        poll_fn(|cx| self.poll_event(cx)).await
    }

    /// The channels.
    pub fn channels(&self) -> impl Iterator<Item = &str> {
        self.channels.iter().map(String::as_str)
    }

    /// Listens to one more channel.
    ///
    /// # Errors
    ///
    /// `Error::Usage` for a name that no channel can have. A connection that is lost is not one:
    /// the next will listen to it.
    pub async fn add(&mut self, channel: &str) -> Result<()> {
        check_channel(channel)?;
        if !self.channels.iter().any(|name| name == channel) {
            self.channels.push(channel.to_owned());
        }
        self.run(&command("LISTEN", channel)).await
    }

    /// Listens to a channel no more.
    ///
    /// # Errors
    ///
    /// Those of [`Listener::add`].
    pub async fn remove(&mut self, channel: &str) -> Result<()> {
        check_channel(channel)?;
        self.channels.retain(|name| name != channel);
        self.run(&command("UNLISTEN", channel)).await
    }

    async fn run(&mut self, sql: &str) -> Result<()> {
        match &mut self.state {
            State::Connected(line) => {
                if let Err(error) = line.run(sql, &mut self.early).await {
                    if error.as_db_error().is_some() && !line.client.is_closed() {
                        return Err(crate::error::from_driver(error));
                    }
                    self.reconnect();
                }
            }
            // It began with the channels of before.
            State::Connecting(_) => self.reconnect(),
            State::Ended => {}
        }
        Ok(())
    }

    fn reconnect(&mut self) {
        let (connector, channels) = (self.connector.clone(), self.channels.clone());
        self.state = State::Connecting(Box::pin(async move {
            let mut wait = FIRST_WAIT;
            loop {
                match connect(&connector, &channels).await {
                    Ok(line) => return line,
                    Err(error) => {
                        tracing::warn!(target: "orm::connection", %error, "cannot listen");
                    }
                }
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(LONGEST_WAIT);
            }
        }));
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<ListenEvent>> {
        if let Some(event) = self.early.pop_front() {
            return Poll::Ready(Some(event));
        }
        if !matches!(self.state, State::Ended) && self.closed.as_mut().poll(cx).is_ready() {
            self.state = State::Ended;
        }
        loop {
            match &mut self.state {
                State::Ended => return Poll::Ready(None),
                State::Connecting(connecting) => {
                    let line = ready!(connecting.as_mut().poll(cx));
                    self.state = State::Connected(Box::new(line));
                    return Poll::Ready(Some(ListenEvent::Reconnected));
                }
                State::Connected(line) => match ready!(line.link.poll_message(cx)) {
                    Some(Ok(message)) => {
                        if let Some(event) = event(message) {
                            return Poll::Ready(Some(event));
                        }
                    }
                    Some(Err(_)) | None => self.reconnect(),
                },
            }
        }
    }
}

impl Stream for Listener {
    type Item = ListenEvent;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<ListenEvent>> {
        self.get_mut().poll_event(cx)
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").field("channels", &self.channels).finish_non_exhaustive()
    }
}
