//! Types of the database's own, where no statement can be prepared.
//!
//! The driver looks up each type of a result column that PostgreSQL does not come with, by
//! statements that it prepares and keeps. Behind a pooler that gives each transaction another
//! connection of the server, those statements are soon somewhere else. So each new connection looks
//! up what there is in one transaction, and closes the statements before it ends.

use crate::error::Failed;
use crate::names::KnownNames;
use crate::wire::Wire;
use orm_sql::sql::catalogue;
use postgres_types::{Oid, Type};
use std::collections::HashSet;

/// How many columns a statement may return.
const COLUMNS: usize = 1000;

/// Has the driver look up the types of the database, and returns which it knows from now on.
pub(crate) async fn learn(wire: Wire<'_>, names: &KnownNames) -> Result<HashSet<Oid>, Failed> {
    // What others may have left on this connection of the server is in the way of our names.
    wire.batch(catalogue::BEGIN).await.map_err(Failed::harmless)?;
    let named = names.all();
    let rows = wire.ask(catalogue::TYPES_IN_USE, &[(&named, Type::TEXT_ARRAY)]).await;
    let mut known = HashSet::new();
    let mut types = Vec::new();
    for row in rows.map_err(Failed::harmless)? {
        let (oid, name): (Oid, String) = (row.get(0)?, row.get(1)?);
        known.insert(oid);
        types.push(name);
    }
    for types in types.chunks(COLUMNS) {
        wire.learn(&catalogue::no_rows_of(types)).await.map_err(Failed::harmless)?;
    }
    // The driver's statements are the only ones, and it must not find them by their names again.
    wire.batch(catalogue::END).await.map_err(Failed::harmless)?;
    Ok(known)
}
