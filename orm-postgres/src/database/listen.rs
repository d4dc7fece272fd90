//! Listening to channels.

use super::Database;
use crate::listen::Listener;
use orm_sql::{Error, Result};

impl Database {
    /// Listens to a channel. What is sent to it from now on arrives as a stream.
    ///
    /// The listener has a connection of its own, outside of the pool, which it makes again when it
    /// is lost; [`ListenEvent::Reconnected`](crate::ListenEvent::Reconnected) says so. A pooler in transaction mode passes no
    /// notifications on: connect to the server itself.
    ///
    /// ```no_run
    /// # async fn f(db: orm_postgres::Database) -> orm_sql::Result<()> {
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
    /// channel can have, and on a pool that the application made ([`Database::from_pool`]).
    pub async fn listen(&self, channel: &str) -> Result<Listener> {
        self.listen_all([channel]).await
    }

    /// Listens to several channels; see [`Database::listen`].
    ///
    /// ```no_run
    /// # async fn f(db: orm_postgres::Database) -> orm_sql::Result<()> {
    /// // LISTEN "orders", then LISTEN "returns".
    /// let mut events = db.listen_all(["orders", "returns"]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Database::listen`].
    pub async fn listen_all<C: AsRef<str>>(
        &self,
        channels: impl IntoIterator<Item = C>,
    ) -> Result<Listener> {
        let Some(maker) = self.inner.pool.maker() else {
            return Err(Error::usage(
                "a pool that the application made has no connection to listen on: those that it \
                 makes are driven by the application, which gets their notifications; listen on a \
                 `Database` made by `Database::connect` or `Database::builder`",
            ));
        };
        let mut closed = self.inner.closed.subscribe();
        if *closed.borrow() {
            return Err(Error::Pool { message: "the pool is closed".to_owned() });
        }
        let closed = async move {
            // It fails when all handles of the pool are gone: a listener outlives them.
            if closed.wait_for(|closed| *closed).await.is_err() {
                std::future::pending().await
            }
        };
        Listener::new(maker.connector.clone(), channels, Box::pin(closed)).await
    }
}
