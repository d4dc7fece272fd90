//! What the server knows of tables, as JSON: constant text, with the schemas that are asked for as the
//! only parameter (`text[]`). Each statement returns one row of one column.
//!
//! What belongs to an extension is left out.

/// Tables: schema, name, comment.
pub const TABLES: &str = "\
SELECT coalesce(jsonb_agg(jsonb_build_object(
    'schema', n.nspname, 'name', c.relname, 'comment', obj_description(c.oid, 'pg_class')
) ORDER BY n.nspname, c.relname), '[]')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname = ANY($1)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')";

/// Columns, in their order.
pub const COLUMNS: &str = "\
SELECT coalesce(jsonb_agg(jsonb_build_object(
    'schema', n.nspname, 'table', c.relname, 'name', a.attname,
    'oid', a.atttypid::int8, 'item', t.typelem::int8, 'modifier', a.atttypmod, 'dimensions', a.attndims,
    'type', format_type(a.atttypid, a.atttypmod), 'not_null', a.attnotnull,
    'default', pg_get_expr(d.adbin, d.adrelid), 'identity', a.attidentity, 'generated', a.attgenerated,
    'collation', CASE WHEN a.attcollation <> t.typcollation THEN l.collname END,
    'comment', col_description(c.oid, a.attnum)
) ORDER BY a.attrelid, a.attnum), '[]')
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname = ANY($1)
  AND a.attnum > 0 AND NOT a.attisdropped";

/// Constraints.
pub const CONSTRAINTS: &str = "\
SELECT coalesce(jsonb_agg(jsonb_build_object(
    'schema', n.nspname, 'table', c.relname, 'name', k.conname, 'kind', k.contype,
    'columns', (SELECT jsonb_agg(a.attname ORDER BY u.place)
                FROM unnest(k.conkey) WITH ORDINALITY AS u(number, place)
                JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number),
    'to_schema', tn.nspname, 'to', tc.relname,
    'to_columns', (SELECT jsonb_agg(a.attname ORDER BY u.place)
                   FROM unnest(k.confkey) WITH ORDINALITY AS u(number, place)
                   JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number),
    'on_delete', k.confdeltype, 'deferrable', k.condeferrable, 'deferred', k.condeferred,
    'valid', k.convalidated, 'condition', pg_get_expr(k.conbin, k.conrelid),
    'definition', pg_get_constraintdef(k.oid),
    'include', (SELECT jsonb_agg(a.attname ORDER BY u.place)
                FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS u(number, place)
                JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.number
                WHERE u.place > i.indnkeyatts)
) ORDER BY k.conrelid, k.oid), '[]')
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_class tc ON tc.oid = k.confrelid
LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = tc.relnamespace
LEFT JOIN pg_catalog.pg_index i ON k.contype IN ('p', 'u', 'x') AND i.indexrelid = k.conindid
WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND NOT c.relispartition AND n.nspname = ANY($1)";

/// Indexes that no constraint owns.
pub const INDEXES: &str = "\
SELECT coalesce(jsonb_agg(jsonb_build_object(
    'schema', n.nspname, 'table', c.relname, 'name', ic.relname, 'unique', i.indisunique,
    'method', am.amname, 'valid', i.indisvalid, 'condition', pg_get_expr(i.indpred, i.indrelid),
    'definition', pg_get_indexdef(i.indexrelid),
    'parts', (SELECT jsonb_agg(jsonb_build_object(
                  'column', a.attname, 'expression', CASE WHEN u.number = 0
                      THEN pg_get_indexdef(i.indexrelid, u.place::int, true) END,
                  'descending', coalesce(o.option & 1 = 1, false),
                  'nulls_first', coalesce(o.option & 2 = 2, false),
                  'class', CASE WHEN NOT k.opcdefault THEN k.opcname END) ORDER BY u.place)
              FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS u(number, place)
              LEFT JOIN unnest(i.indoption::int2[]) WITH ORDINALITY AS o(option, place)
                  ON o.place = u.place
              LEFT JOIN unnest(i.indclass::oid[]) WITH ORDINALITY AS c(class, place)
                  ON c.place = u.place
              LEFT JOIN pg_catalog.pg_opclass k ON k.oid = c.class
              LEFT JOIN pg_catalog.pg_attribute a
                  ON a.attrelid = i.indrelid AND a.attnum = u.number AND u.number > 0
              WHERE u.place <= i.indnkeyatts),
    'include', (SELECT jsonb_agg(a.attname ORDER BY u.place)
                FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS u(number, place)
                JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.number
                WHERE u.place > i.indnkeyatts)
) ORDER BY i.indrelid, ic.relname), '[]')
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_am am ON am.oid = ic.relam
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname = ANY($1)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k
                  WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))";

/// The schema that names without one mean.
pub const CURRENT_SCHEMA: &str = "SELECT to_jsonb(current_schema())";

/// Enum types: schema, name, labels in order.
pub const ENUMS: &str = "\
SELECT coalesce(jsonb_agg(jsonb_build_object(
    'schema', n.nspname, 'name', t.typname,
    'labels', (SELECT coalesce(jsonb_agg(e.enumlabel ORDER BY e.enumsortorder), '[]')
               FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid)
) ORDER BY n.nspname, t.typname), '[]')
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype = 'e' AND n.nspname = ANY($1)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')";
