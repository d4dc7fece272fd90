//! What server a pool is connected to.

use super::Database;
use crate::error::Failed;
use crate::server::Server;
use orm_sql::Result;

impl Database {
    /// What server this is, and which extensions the database has. It is asked for once for each
    /// pool: what is installed later is seen by pools that are made later.
    ///
    /// ```no_run
    /// # async fn f(db: orm_postgres::Database) -> orm_sql::Result<()> {
    /// let server = db.server().await?;
    /// println!("{server}, {} extensions", server.extensions.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the pool and of the connection; it is asked for again the next time then.
    pub async fn server(&self) -> Result<&Server> {
        let known = &self.inner.pool.shared().server;
        known.get_or_try_init(|| self.ask_server()).await
    }

    async fn ask_server(&self) -> Result<Server> {
        let loan = self.inner.pool.check_out().await?;
        loan.set_busy(true);
        let server = Server::ask(loan.wire()).await;
        loan.settle(&server);
        server.map_err(Failed::into_error)
    }
}
