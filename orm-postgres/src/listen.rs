//! LISTEN as a stream, and NOTIFY.

use crate::connect::Connector;
use crate::error::from_driver;
use crate::wire::{Heard, Line};
use futures_core::Stream;
use orm_sql::exec::BoxFuture;
use orm_sql::exec::transaction::check_channel;
use orm_sql::sql::Session;
use orm_sql::{Error, Result};
use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

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

/// A stream of notifications, on a connection of its own; see [`Database::listen`](crate::Database::listen).
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

enum State {
    Connected(Box<Line>),
    Connecting(BoxFuture<'static, (Line, VecDeque<ListenEvent>)>),
    Ended,
}

/// A connection that listens, and what was heard on it so far.
async fn connect(
    connector: &Connector,
    channels: &[String],
) -> Result<(Line, VecDeque<ListenEvent>)> {
    let mut early = VecDeque::new();
    let mut line = connector.open().await?;
    if !channels.is_empty() {
        let sql = Session::Listen(channels).sql();
        let listening = line.run(&sql, |heard| early.push_back(event(heard)));
        match tokio::time::timeout(connector.limit, listening).await {
            Ok(result) => result.map_err(from_driver)?,
            Err(_) => {
                let limit = connector.limit;
                return Err(Error::connection(format!("no answer to LISTEN in {limit:?}"), None));
            }
        }
    }
    Ok((line, early))
}

fn event(heard: Heard) -> ListenEvent {
    let Heard { channel, payload, pid } = heard;
    ListenEvent::Notification(Notification { channel, payload, pid })
}

impl Listener {
    /// Listens until the second future is done, which it is when the pool is closed.
    pub(crate) async fn new(
        connector: Arc<Connector>,
        channels: impl IntoIterator<Item: AsRef<str>>,
        closed: BoxFuture<'static, ()>,
    ) -> Result<Listener> {
        let mut names: Vec<String> = Vec::new();
        for channel in channels {
            let channel = channel.as_ref();
            check_channel(channel)?;
            if !names.iter().any(|name| name == channel) {
                names.push(channel.to_owned());
            }
        }
        let (line, early) = connect(&connector, &names).await?;
        let state = State::Connected(Box::new(line));
        Ok(Listener { connector, channels: names, state, early, closed })
    }

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
        self.run(&Session::Listen(&[channel.to_owned()]).sql()).await
    }

    /// Listens to a channel no more.
    ///
    /// # Errors
    ///
    /// Those of [`Listener::add`].
    pub async fn remove(&mut self, channel: &str) -> Result<()> {
        check_channel(channel)?;
        self.channels.retain(|name| name != channel);
        self.run(&Session::Unlisten(channel).sql()).await
    }

    async fn run(&mut self, sql: &str) -> Result<()> {
        match &mut self.state {
            State::Connected(line) => {
                let early = &mut self.early;
                let running = line.run(sql, |heard| early.push_back(event(heard)));
                match tokio::time::timeout(self.connector.limit, running).await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) if error.server().is_some() && !line.is_closed() => {
                        return Err(from_driver(error));
                    }
                    Ok(Err(_)) | Err(_) => self.reconnect(),
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
                    Ok(connected) => return connected,
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
                    let (line, early) = ready!(connecting.as_mut().poll(cx));
                    self.early = early;
                    self.state = State::Connected(Box::new(line));
                    return Poll::Ready(Some(ListenEvent::Reconnected));
                }
                State::Connected(line) => match ready!(line.poll(cx)) {
                    Some(Ok(heard)) => return Poll::Ready(Some(event(heard))),
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
