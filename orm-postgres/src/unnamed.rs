//! Types of the database's own, where no statement can be prepared.
//!
//! The driver looks up each type of a result column that PostgreSQL does not come with, by
//! statements that it prepares and keeps. Behind a pooler that gives each transaction another
//! connection of the server, those statements are soon somewhere else. So each new connection looks
//! up what there is in one transaction, and closes the statements before it ends.

use crate::error::Failed;
use crate::names::NamedTypes;
use crate::wire::Wire;
use postgres_types::{Oid, Type};
use std::collections::HashSet;

/// Types of table columns and those of some names, with their arrays. The driver knows those that
/// every server has.
const TYPES: &str = "\
WITH used AS (
    SELECT a.atttypid AS oid
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
      AND a.atttypid >= 16384
    UNION
    SELECT to_regtype(name)::oid FROM unnest($1) AS name
)
SELECT DISTINCT t.oid, format_type(t.oid, NULL)
FROM used JOIN pg_catalog.pg_type u ON u.oid = used.oid
JOIN pg_catalog.pg_type t ON t.oid IN (u.oid, u.typarray)
WHERE t.typtype IN ('b', 'd', 'e', 'r', 'm') AND has_type_privilege(t.oid, 'USAGE')
  AND has_schema_privilege(t.typnamespace, 'USAGE')
ORDER BY 1";

/// How many columns a statement may return.
const COLUMNS: usize = 1000;

/// Has the driver look up the types of the database, and returns which it knows from now on.
pub(crate) async fn learn(wire: Wire<'_>, names: &NamedTypes) -> Result<HashSet<Oid>, Failed> {
    // What others may have left on this connection of the server is in the way of our names.
    wire.batch("BEGIN READ ONLY; DEALLOCATE ALL").await.map_err(Failed::harmless)?;
    let named = names.known();
    let rows = wire.ask(TYPES, &[(&named, Type::TEXT_ARRAY)]).await;
    let mut known = HashSet::new();
    let mut casts = Vec::new();
    for row in rows.map_err(Failed::harmless)? {
        let (oid, name): (Oid, String) = (row.get(0)?, row.get(1)?);
        known.insert(oid);
        casts.push(format!("NULL::{name}"));
    }
    for casts in casts.chunks(COLUMNS) {
        let sql = format!("SELECT {} LIMIT 0", casts.join(", "));
        wire.ask(&sql, &[]).await.map_err(Failed::harmless)?;
    }
    // The driver's statements are the only ones, and it must not find them by their names again.
    wire.batch("DEALLOCATE ALL; COMMIT").await.map_err(Failed::harmless)?;
    Ok(known)
}
