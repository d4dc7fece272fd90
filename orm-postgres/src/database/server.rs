//! What server a pool is connected to.

use super::Database;
use crate::error::Failed;
use crate::wire::Row;
use orm_sql::Result;
use orm_sql::sql::catalogue;
use std::collections::BTreeMap;
use std::fmt;

/// What is known of the server behind a pool: [`Database::server`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Server {
    /// Its version, as `server_version_num` has it: 170002 for 17.2.
    pub version: u32,
    /// The extensions that are installed in the database, with their versions.
    pub extensions: BTreeMap<String, String>,
}

impl Server {
    /// The major version: 17 for 17.2.
    ///
    /// ```no_run
    /// # async fn f(db: orm_postgres::Database) -> orm_sql::Result<()> {
    /// assert!(db.server().await?.major() >= 15);
    /// # Ok(())
    /// # }
    /// ```
    pub fn major(&self) -> u32 {
        self.version / 10_000
    }

    /// True where the extension is installed in the database.
    ///
    /// ```no_run
    /// # async fn f(db: orm_postgres::Database) -> orm_sql::Result<()> {
    /// let by_likeness = db.server().await?.has_extension("pg_trgm");
    /// # let _ = by_likeness;
    /// # Ok(())
    /// # }
    /// ```
    pub fn has_extension(&self, name: &str) -> bool {
        self.extensions.contains_key(name)
    }

    fn read(rows: &[Row]) -> Result<Server, Failed> {
        let mut server = Server { version: 0, extensions: BTreeMap::new() };
        for row in rows {
            server.version = row.get::<i32>(0)?.unsigned_abs();
            // Without extensions there is one row, of the server.
            if let (Some(name), Some(version)) = (row.get(1)?, row.get(2)?) {
                server.extensions.insert(name, version);
            }
        }
        Ok(server)
    }
}

/// `PostgreSQL 17.2`.
impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgreSQL {}.{}", self.major(), self.version % 10_000)
    }
}

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
        let known = &self.pool.shared().server;
        known.get_or_try_init(|| self.ask_server()).await
    }

    async fn ask_server(&self) -> Result<Server> {
        let loan = self.pool.check_out().await?;
        loan.set_busy(true);
        let rows = loan.wire().ask(catalogue::SERVER, &[]).await.map_err(Failed::from);
        let server = rows.and_then(|rows| Server::read(&rows));
        loan.settle(&server);
        server.map_err(|failed| failed.error)
    }
}
