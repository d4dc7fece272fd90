//! What is known of a server.

use crate::error::Failed;
use crate::wire::{Row, Wire};
use orm_sql::sql::catalogue;
use std::collections::BTreeMap;
use std::fmt;

/// What is known of the server behind a pool: [`Database::server`](crate::Database::server).
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

    /// Asks it.
    pub(crate) async fn ask(wire: Wire<'_>) -> Result<Server, Failed> {
        Server::read(&wire.ask(catalogue::SERVER, &[]).await?)
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
