//! What is asked of the server itself: its types, and the settings of a session.
//!
//! This is constant text, with the names and values of users as parameters only, and no statement of
//! theirs: it needs no writer.

/// The type and what it is a domain over, outermost first.
pub const TYPE: &str = "\
WITH RECURSIVE chain(oid, depth) AS (
    SELECT to_regtype($1)::oid, 0
    UNION ALL
    SELECT t.typbasetype, depth + 1 FROM chain JOIN pg_type t ON t.oid = chain.oid
    WHERE t.typtype = 'd'
)
SELECT t.oid, t.typname::text, n.nspname::text, t.typarray
FROM chain JOIN pg_type t ON t.oid = chain.oid JOIN pg_namespace n ON n.oid = t.typnamespace
ORDER BY depth";

/// Types of table columns and those of some names, with their arrays. The driver knows those that
/// every server has.
pub const TYPES_IN_USE: &str = "\
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

/// Begins the transaction in which a connection learns its types. What others may have left on the
/// server's connection is in the way of our names.
pub const BEGIN: &str = "BEGIN READ ONLY; DEALLOCATE ALL";

/// Ends that transaction: what it prepared must not be found by its name again.
pub const END: &str = "DEALLOCATE ALL; COMMIT";

/// A column of each of some types, and no row. The names come from the server
/// ([`TYPES_IN_USE`]), which has quoted them.
///
/// ```
/// use orm_sql::sql::catalogue::no_rows_of;
///
/// let types = ["mood".to_owned(), "\"Odd\"[]".to_owned()];
/// assert_eq!(no_rows_of(&types), "SELECT NULL::mood, NULL::\"Odd\"[] LIMIT 0");
/// ```
pub fn no_rows_of(types: &[String]) -> String {
    let columns: Vec<String> = types.iter().map(|name| format!("NULL::{name}")).collect();
    format!("SELECT {} LIMIT 0", columns.join(", "))
}

/// Sets the time zone of the session.
pub const TIME_ZONE: &str = "SELECT set_config('TimeZone', $1, false)";

/// Sets the time zone and the schemas of the session.
pub const TIME_ZONE_AND_SCHEMAS: &str = "\
SELECT set_config('TimeZone', $1, false), set_config('search_path', $2, false)";

/// What a session is good for: whether the server is a standby, and whether it can only be read.
pub const STANDBY_OR_READ_ONLY: &str = "\
SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('transaction_read_only')";

/// The server's version, and the extensions of the database, one row each.
pub const SERVER: &str = "\
SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4,
       extname::pg_catalog.text, extversion
FROM (VALUES (1)) AS server (one) LEFT JOIN pg_catalog.pg_extension ON true";

/// When the transaction began: no other one on the connection has the same moment.
pub const BEGAN: &str = "SELECT pg_catalog.now()::pg_catalog.text";

/// Holds others up who create missing tables, until the transaction ends.
pub const LOCK_TABLES: &str = "SELECT pg_advisory_xact_lock(hashtext('create_missing_tables'))";

/// So many keys (`$3`) from the sequence behind a column (`$2`) of a table (`$1`, quoted). NULL where
/// there is no such sequence, and where rows that are copied into the table might be others than
/// those given: it is no plain table, it has triggers or rules that see rows before they are
/// inserted, policies apply to the role, or a column rounds or pads its values.
pub const DRAWN_KEYS: &str = "\
SELECT pg_catalog.array_agg(drawn.key)
FROM (SELECT pg_catalog.nextval(keys.sequence) AS key FROM (
    SELECT d.objid::pg_catalog.regclass AS sequence
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname::pg_catalog.text = $2
    JOIN pg_catalog.pg_depend d
      ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = c.oid
     AND d.refobjsubid = a.attnum AND d.classid = d.refclassid AND d.deptype IN ('a', 'i')
    WHERE c.oid = pg_catalog.to_regclass($1) AND c.relkind = 'r' AND NOT c.relhasrules
      AND NOT pg_catalog.row_security_active(c.oid)
      AND CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_sequence s WHERE s.seqrelid = d.objid)
               THEN pg_catalog.has_sequence_privilege(d.objid, 'USAGE') ELSE false END
      AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_trigger t
          WHERE t.tgrelid = c.oid AND t.tgenabled <> 'D' AND t.tgtype & 7 = 7
      )
      AND (d.deptype = 'i' OR EXISTS (
          SELECT FROM pg_catalog.pg_attrdef f
          WHERE f.adrelid = c.oid AND f.adnum = a.attnum
            AND pg_catalog.pg_get_expr(f.adbin, f.adrelid) LIKE 'nextval(%'
      ))
      AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_attribute o
          JOIN pg_catalog.pg_type t ON t.oid = o.atttypid
          WHERE o.attrelid = c.oid AND o.attnum > 0 AND NOT o.attisdropped
            AND (t.typtype = 'd' OR t.typname = 'bpchar'
                 OR o.atttypmod <> -1 AND t.typcategory = 'D')
      )
) AS keys, pg_catalog.generate_series(1::bigint, $3::bigint)) AS drawn";

/// Which of some tables, by their quoted names, are there.
pub const ARE_THERE: &str = "\
SELECT to_regclass(name) IS NOT NULL
FROM unnest($1::text[]) WITH ORDINALITY AS wanted(name, place) ORDER BY place";

/// The labels of some enum types, by their quoted names; NULL where there is no such type.
pub const ENUM_LABELS: &str = "\
SELECT (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
        FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_enum e ON e.enumtypid = t.oid
        WHERE t.oid = to_regtype(name))
FROM unnest($1::text[]) WITH ORDINALITY AS wanted(name, place) ORDER BY place";

/// Which of some types, by their quoted names, are there and used by nothing.
pub const UNUSED_TYPES: &str = "\
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_type t
    WHERE t.oid = to_regtype(name) AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend d
        WHERE d.refclassid = 'pg_catalog.pg_type'::regclass AND d.refobjid IN (t.oid, t.typarray)
          AND d.deptype = 'n'))
FROM unnest($1::text[]) WITH ORDINALITY AS wanted(name, place) ORDER BY place";
/// The name of the temporary view that another one is compared with.
pub const PROBE: &str = "orm_view_probe";

/// What a view is (`v`, `m` for a materialized one; NULL for nothing), and whether it has the query of
/// the temporary view.
pub const COMPARE_VIEWS: &str = "\
SELECT c.relkind::text,
       coalesce(pg_get_viewdef(c.oid) = pg_get_viewdef('pg_temp.orm_view_probe'::regclass), false)
FROM (SELECT to_regclass($1) AS oid) AS named LEFT JOIN pg_catalog.pg_class c ON c.oid = named.oid";

/// Gives the settings of the session the values that they had at its start.
pub const RESET: &str = "RESET ALL";

/// Gives up all that belongs to the session, but for what is prepared: DISCARD ALL without that.
pub const DISCARD: &str = "\
CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; UNLISTEN *; \
SELECT pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES";
