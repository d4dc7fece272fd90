//! The table of migrations that have run: constant text, with values as parameters only.

/// Tries to hold others up who run migrations, until the transaction ends. Behind a pooler that lends
/// out connections for a transaction, as well.
///
/// Nobody may wait for this lock in a statement: CREATE INDEX CONCURRENTLY waits for all statements that
/// began before it, so that its session and the one that waits for it would wait for each other.
pub const TRY_LOCK: &str = "SELECT to_jsonb(pg_try_advisory_xact_lock(hashtext('orm_migrations')))";

/// The transaction that holds the lock waits as long as it takes. Its last query, whose snapshot CREATE
/// INDEX CONCURRENTLY would wait for, ends with this as well.
pub const KEEP_LOCK: &str = "SET LOCAL idle_in_transaction_session_timeout = 0";

/// Makes the table where it is missing. Under the lock.
pub const CREATE: &str = "\
CREATE TABLE IF NOT EXISTS orm_migrations (
    id text PRIMARY KEY,
    app text NOT NULL,
    name text NOT NULL,
    operations text[] NOT NULL,
    done integer NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    progress jsonb
)";

/// Whether the table knows how far operations are that go in batches, which it did not always.
pub const HAS_PROGRESS: &str = "\
SELECT to_jsonb(EXISTS (
    SELECT FROM pg_catalog.pg_attribute
    WHERE attrelid = to_regclass(quote_ident(current_schema()) || '.orm_migrations')
      AND attname = 'progress' AND NOT attisdropped
))";

/// Makes room for how far operations are that go in batches.
pub const ADD_PROGRESS: &str = "ALTER TABLE orm_migrations ADD COLUMN IF NOT EXISTS progress jsonb";

/// Whether the table is there, in the schema in which it would be made: that of a tenant has its own.
pub const IS_THERE: &str = "\
SELECT to_jsonb(to_regclass(quote_ident(current_schema()) || '.orm_migrations') IS NOT NULL)";

/// Whether a schema is there.
pub const IS_SCHEMA: &str = "\
SELECT to_jsonb(EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1))";

/// Whether a table is there, by its quoted name.
pub const IS_TABLE: &str = "SELECT to_jsonb(to_regclass($1) IS NOT NULL)";

/// What has run, as JSON, oldest first.
pub const ALL: &str = "\
SELECT coalesce(jsonb_agg(jsonb_build_object(
    'id', id, 'app', app, 'name', name, 'operations', operations, 'done', done,
    'progress', to_jsonb(orm_migrations) -> 'progress'
) ORDER BY applied_at, app, name), '[]') FROM orm_migrations";

/// What has run, as one text: whether others have run something since it was read.
pub const FINGERPRINT: &str = "\
SELECT to_jsonb(coalesce(string_agg(id || ':' || done, ',' ORDER BY id COLLATE \"C\"), ''))
FROM orm_migrations";

/// Notes a migration, with its operations and how many of them are done.
pub const NOTE: &str = "\
INSERT INTO orm_migrations (id, app, name, operations, done, progress)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (id) DO UPDATE SET app = excluded.app, name = excluded.name,
    operations = excluded.operations, done = excluded.done, applied_at = excluded.applied_at,
    progress = excluded.progress";

/// Forgets some migrations.
pub const FORGET: &str = "DELETE FROM orm_migrations WHERE id = ANY($1)";

/// How long the statements of this transaction wait for a lock.
pub const LOCK_TIMEOUT: &str = "SELECT set_config('lock_timeout', $1, true)";

/// How many pages a table has, by its quoted name; of a partitioned one, how many its largest part has.
pub const PAGES: &str = "\
SELECT to_jsonb(greatest(
    pg_relation_size(to_regclass($1)),
    (SELECT max(pg_relation_size(relid)) FROM pg_partition_tree(to_regclass($1)))
) / current_setting('block_size')::bigint)";

/// Who holds locks on tables, or on those of indexes, by their quoted names: a line each.
pub const HOLDERS: &str = "\
SELECT coalesce(jsonb_agg(DISTINCT line), '[]') FROM (
    SELECT format('process %s of %s%s, %s since %s s: %s', a.pid, a.usename,
                  coalesce(' (' || nullif(a.application_name, '') || ')', ''), a.state,
                  extract(epoch FROM clock_timestamp() - a.xact_start)::bigint, left(a.query, 80)) AS line
    FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid)
    WHERE l.locktype = 'relation' AND l.granted AND l.pid <> pg_backend_pid()
      AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
      AND l.relation IN (
          SELECT coalesce((SELECT indrelid FROM pg_catalog.pg_index WHERE indexrelid = to_regclass(name)),
                          to_regclass(name))
          FROM unnest($1) name)
) holders";

/// Whether an index is there, and whether it can be used: `null`, `true` or `false`. One that was
/// being made without locks when something failed is there, and cannot.
pub const INDEX_STATE: &str = "\
SELECT to_jsonb((SELECT indisvalid FROM pg_catalog.pg_index
                 WHERE indexrelid = to_regclass($1)))";
