//! What the server knows of tables, as JSON: constant text. Parameters are the schemas that are asked
//! for (`text[]`), the kinds of tables as `pg_class` has them (`text[]`), and whether partitions are
//! tables as well. Each statement returns one row of one column.
//!
//! What belongs to an extension is left out.

/// Tables: schema, name, kind, comment, the policy that migrations make. Where that is no longer as it was
/// made, it has no condition.
pub const TABLES: &str = "\
SELECT coalesce(jsonb_agg(jsonb_build_object(
    'schema', n.nspname, 'name', c.relname, 'kind', c.relkind,
    'partition', c.relispartition, 'comment', obj_description(c.oid, 'pg_class'),
    'storage', c.reloptions,
    'tablespace', (SELECT s.spcname FROM pg_catalog.pg_tablespace s WHERE s.oid = c.reltablespace),
    'row_level_security', (
        SELECT jsonb_build_object(
            'enabled', c.relrowsecurity, 'forced', c.relforcerowsecurity,
            'using', CASE WHEN p.polpermissive AND p.polcmd = '*' AND p.polroles = '{0}'
                              AND p.polwithcheck IS NULL
                          THEN pg_get_expr(p.polqual, p.polrelid) END)
        FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'orm_tenant')
) ORDER BY n.nspname, c.relname), '[]')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind::text = ANY($2) AND ($3 OR NOT c.relispartition) AND n.nspname = ANY($1)
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
    'serial', EXISTS (SELECT FROM pg_catalog.pg_depend p
                      JOIN pg_catalog.pg_class s ON s.oid = p.objid AND s.relkind = 'S'
                      WHERE p.classid = 'pg_class'::regclass AND p.refclassid = 'pg_class'::regclass
                        AND p.refobjid = a.attrelid AND p.refobjsubid = a.attnum
                        AND p.deptype = 'a'),
    'readable', t.typsend <> 0 AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_type e WHERE e.typarray = t.oid AND e.typsend = 0),
    'comment', col_description(c.oid, a.attnum)
) ORDER BY a.attrelid, a.attnum), '[]')
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
WHERE c.relkind::text = ANY($2) AND ($3 OR NOT c.relispartition) AND n.nspname = ANY($1)
  AND a.attnum > 0 AND NOT a.attisdropped";

/// The parts of an index `i`.
macro_rules! parts {
    () => {
        "\
(SELECT jsonb_agg(jsonb_build_object(
                  'column', a.attname, 'expression', CASE WHEN u.number = 0
                      THEN pg_get_indexdef(i.indexrelid, u.place::int, true) END,
                  'descending', coalesce(o.option & 1 = 1, false),
                  'nulls_first', coalesce(o.option & 2 = 2, false),
                  'class', CASE WHEN NOT k.opcdefault THEN k.opcname END,
                  'collation', CASE WHEN l.oid <> coalesce(a.attcollation, 100) THEN l.collname END
                  ) ORDER BY u.place)
              FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS u(number, place)
              LEFT JOIN unnest(i.indoption::int2[]) WITH ORDINALITY AS o(option, place)
                  ON o.place = u.place
              LEFT JOIN unnest(i.indclass::oid[]) WITH ORDINALITY AS c(class, place)
                  ON c.place = u.place
              LEFT JOIN pg_catalog.pg_opclass k ON k.oid = c.class
              LEFT JOIN unnest(i.indcollation::oid[]) WITH ORDINALITY AS s(number, place)
                  ON s.place = u.place
              LEFT JOIN pg_catalog.pg_collation l ON l.oid = s.number
              LEFT JOIN pg_catalog.pg_attribute a
                  ON a.attrelid = i.indrelid AND a.attnum = u.number AND u.number > 0
              WHERE u.place <= i.indnkeyatts)"
    };
}

/// True for the keys that the server adds to one to a partitioned table, for each of its partitions.
macro_rules! of_partitions {
    () => {
        "\
EXISTS (SELECT FROM pg_catalog.pg_constraint o WHERE o.oid = k.conparentid AND o.conrelid = k.conrelid)"
    };
}

/// Constraints.
pub const CONSTRAINTS: &str = concat!(
    "\
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
    'method', (SELECT am.amname FROM pg_catalog.pg_class ic JOIN pg_catalog.pg_am am ON am.oid = ic.relam
               WHERE ic.oid = i.indexrelid),
    'where', pg_get_expr(i.indpred, i.indrelid),
    'operators', (SELECT jsonb_agg(o.oprname ORDER BY u.place)
                  FROM unnest(k.conexclop) WITH ORDINALITY AS u(operator, place)
                  JOIN pg_catalog.pg_operator o ON o.oid = u.operator),
    'parts', CASE WHEN k.contype = 'x' THEN ",
    parts!(),
    " END,
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
WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND NOT ",
    of_partitions!(),
    "
  AND c.relkind::text = ANY($2) AND ($3 OR NOT c.relispartition) AND n.nspname = ANY($1)"
);

/// Indexes that no constraint owns.
pub const INDEXES: &str = concat!(
    "\
SELECT coalesce(jsonb_agg(jsonb_build_object(
    'schema', n.nspname, 'table', c.relname, 'name', ic.relname, 'unique', i.indisunique,
    'method', am.amname, 'valid', i.indisvalid, 'condition', pg_get_expr(i.indpred, i.indrelid),
    'definition', pg_get_indexdef(i.indexrelid), 'storage', ic.reloptions,
    'tablespace', (SELECT s.spcname FROM pg_catalog.pg_tablespace s WHERE s.oid = ic.reltablespace),
    'parts', ",
    parts!(),
    ",
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
WHERE c.relkind::text = ANY($2) AND ($3 OR NOT c.relispartition) AND n.nspname = ANY($1)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k
                  WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))"
);

/// The schema that names without one mean.
pub const CURRENT_SCHEMA: &str = "SELECT to_jsonb(current_schema())";

/// The types of columns, what their arrays hold, and what is beneath domains. The labels of enum types.
pub const TYPES: &str = "\
WITH RECURSIVE used(oid) AS (
    SELECT a.atttypid
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind::text = ANY($2) AND ($3 OR NOT c.relispartition) AND n.nspname = ANY($1)
      AND a.attnum > 0 AND NOT a.attisdropped
    UNION
    SELECT more.oid
    FROM used JOIN pg_catalog.pg_type t ON t.oid = used.oid
    CROSS JOIN LATERAL (
        SELECT t.typbasetype WHERE t.typtype = 'd'
        UNION ALL SELECT e.oid FROM pg_catalog.pg_type e WHERE e.typarray = t.oid
    ) AS more(oid)
)
SELECT coalesce(jsonb_agg(jsonb_build_object(
    'oid', t.oid::int8, 'schema', n.nspname, 'name', t.typname, 'sql', format_type(t.oid, NULL),
    'kind', t.typtype, 'base', t.typbasetype::int8,
    'dimensions', t.typndims, 'readable', t.typsend <> 0,
    'item', (SELECT e.oid::int8 FROM pg_catalog.pg_type e WHERE e.typarray = t.oid),
    'labels', (SELECT jsonb_agg(l.enumlabel ORDER BY l.enumsortorder)
               FROM pg_catalog.pg_enum l WHERE l.enumtypid = t.oid),
    'comment', obj_description(t.oid, 'pg_type'),
    'extension', (SELECT x.extname FROM pg_catalog.pg_depend d
                  JOIN pg_catalog.pg_extension x ON x.oid = d.refobjid
                  WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
                    AND d.refclassid = 'pg_extension'::regclass)
) ORDER BY n.nspname, t.typname), '[]')
FROM used JOIN pg_catalog.pg_type t ON t.oid = used.oid
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace";

/// What there is on tables that models say nothing of: schema, table, text.
pub const UNSAID: &str = concat!(
    "\
WITH tables AS (
    SELECT c.*, n.nspname
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind::text = ANY($2) AND ($3 OR NOT c.relispartition) AND n.nspname = ANY($1)
), found(oid, rank, text) AS (
    SELECT t.tgrelid, 5, 'the trigger ' || quote_ident(t.tgname)
    FROM pg_catalog.pg_trigger t WHERE NOT t.tgisinternal AND t.tgparentid = 0
    UNION ALL
    SELECT p.polrelid, 6, 'the policy ' || quote_ident(p.polname) FROM pg_catalog.pg_policy p
    WHERE p.polname <> 'orm_tenant'
    UNION ALL
    SELECT t.oid, 6, 'row level security' FROM tables t
    WHERE t.relrowsecurity AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = t.oid AND p.polname = 'orm_tenant')
    UNION ALL
    SELECT r.ev_class, 5, 'the rule ' || quote_ident(r.rulename)
    FROM pg_catalog.pg_rewrite r WHERE r.rulename <> '_RETURN'
    UNION ALL
    SELECT i.inhrelid, 1, 'that it inherits from ' || i.inhparent::regclass
    FROM pg_catalog.pg_inherits i JOIN tables t ON t.oid = i.inhrelid AND NOT t.relispartition
    WHERE t.relkind IN ('r', 'f')
    UNION ALL
    SELECT t.oid, 1, 'PARTITION BY ' || pg_get_partkeydef(t.oid) FROM tables t WHERE t.relkind = 'p'
    UNION ALL
    SELECT k.conrelid, 3, 'INCLUDE, of the primary key ' || quote_ident(k.conname)
    FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_index i ON i.indexrelid = k.conindid
    WHERE k.contype = 'p' AND i.indnatts > i.indnkeyatts
    UNION ALL
    SELECT k.conrelid, 3, 'DEFERRABLE, of the primary key ' || quote_ident(k.conname)
    FROM pg_catalog.pg_constraint k WHERE k.contype = 'p' AND k.condeferrable
    UNION ALL
    SELECT k.conrelid, 3, 'ON UPDATE, of the foreign key ' || quote_ident(k.conname)
    FROM pg_catalog.pg_constraint k WHERE k.contype = 'f' AND k.confupdtype <> 'a' AND NOT ",
    of_partitions!(),
    "
    UNION ALL
    SELECT k.conrelid, 3, 'MATCH FULL, of the foreign key ' || quote_ident(k.conname)
    FROM pg_catalog.pg_constraint k WHERE k.contype = 'f' AND k.confmatchtype = 'f' AND NOT ",
    of_partitions!(),
    "
    UNION ALL
    SELECT k.conrelid, 3, 'the columns of ON DELETE, of the foreign key ' || quote_ident(k.conname)
    FROM pg_catalog.pg_constraint k
    WHERE k.contype = 'f' AND to_jsonb(k) ->> 'confdelsetcols' IS NOT NULL AND NOT ",
    of_partitions!(),
    "
    UNION ALL
    SELECT k.conrelid, 3, 'NOT VALID, of the constraint ' || quote_ident(k.conname)
    FROM pg_catalog.pg_constraint k WHERE k.contype IN ('c', 'f') AND NOT k.convalidated AND NOT ",
    of_partitions!(),
    "
    UNION ALL
    SELECT k.conrelid, 3, 'NO INHERIT, of the constraint ' || quote_ident(k.conname)
    FROM pg_catalog.pg_constraint k WHERE k.contype = 'c' AND k.connoinherit
    UNION ALL
    SELECT i.indrelid, 4, 'that the index ' || i.indexrelid::regclass || ' is invalid'
    FROM pg_catalog.pg_index i WHERE NOT i.indisvalid
    UNION ALL
    SELECT i.indrelid, 4, 'the parameters ' || array_to_string(c.reloptions, ', ') || ' of the index '
        || i.indexrelid::regclass
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
    WHERE c.reloptions IS NOT NULL AND (i.indisunique OR i.indisexclusion)
    UNION ALL
    SELECT i.indrelid, 4, 'the tablespace ' || quote_ident(s.spcname) || ' of the index '
        || i.indexrelid::regclass
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace
    WHERE i.indisunique OR i.indisexclusion
    UNION ALL
    SELECT i.indrelid, 4, 'the direction of the unique index ' || i.indexrelid::regclass
    FROM pg_catalog.pg_index i WHERE i.indisunique AND 0 <> ANY(i.indoption::int2[])
    UNION ALL
    SELECT i.indrelid, 4, 'the parameters of operator classes of the index ' || i.indexrelid::regclass
    FROM pg_catalog.pg_index i
    WHERE EXISTS (SELECT FROM pg_catalog.pg_attribute a
                  WHERE a.attrelid = i.indexrelid AND a.attoptions IS NOT NULL)
    UNION ALL
    SELECT a.attrelid, 2, 'ALWAYS, of the identity column ' || quote_ident(a.attname)
    FROM pg_catalog.pg_attribute a WHERE a.attidentity = 'a' AND NOT a.attisdropped
    UNION ALL
    SELECT t.oid, 1, 'UNLOGGED' FROM tables t WHERE t.relpersistence = 'u'
    UNION ALL
    SELECT t.oid, 1, 'the parameters ' || array_to_string(t.reloptions, ', ')
    FROM tables t WHERE t.reloptions IS NOT NULL AND t.relkind NOT IN ('r', 'p')
    UNION ALL
    SELECT t.oid, 1, 'the parameters ' || array_to_string(c.reloptions, ', ') || ' of its TOAST table'
    FROM tables t JOIN pg_catalog.pg_class c ON c.oid = t.reltoastrelid
    WHERE c.reloptions IS NOT NULL
    UNION ALL
    SELECT k.conrelid, 3, 'the comment of the constraint ' || quote_ident(k.conname)
    FROM pg_catalog.pg_constraint k WHERE obj_description(k.oid, 'pg_constraint') IS NOT NULL
    UNION ALL
    SELECT i.indrelid, 4, 'the comment of the index ' || i.indexrelid::regclass
    FROM pg_catalog.pg_index i WHERE obj_description(i.indexrelid, 'pg_class') IS NOT NULL
    UNION ALL
    SELECT s.stxrelid, 7, 'the statistics ' || quote_ident(s.stxname)
    FROM pg_catalog.pg_statistic_ext s
)
SELECT coalesce(jsonb_agg(jsonb_build_object('schema', t.nspname, 'table', t.relname, 'text', f.text)
    ORDER BY t.nspname, t.relname, f.rank, f.text), '[]')
FROM found f JOIN tables t ON t.oid = f.oid"
);

/// The queries of views, what they read, and on what else they depend that is no type and not the
/// server's own.
pub const VIEWS: &str = "\
SELECT coalesce(jsonb_agg(jsonb_build_object(
    'schema', n.nspname, 'table', c.relname, 'query', pg_get_viewdef(c.oid, true),
    'reads', (SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_array(o.nspname, t.relname)), '[]')
              FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class t ON t.oid = d.refobjid
              JOIN pg_catalog.pg_namespace o ON o.oid = t.relnamespace
              WHERE d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> c.oid),
    'needs', (SELECT coalesce(jsonb_agg(DISTINCT pg_describe_object(d.refclassid, d.refobjid, 0)), '[]')
              FROM pg_catalog.pg_depend d
              WHERE d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                AND d.refclassid NOT IN ('pg_class'::regclass, 'pg_type'::regclass))
)), '[]')
FROM pg_catalog.pg_rewrite r
JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE r.rulename = '_RETURN' AND c.relkind IN ('v', 'm') AND c.relkind::text = ANY($2)
  AND ($3 OR NOT c.relispartition) AND n.nspname = ANY($1)";

/// The query of a view, by its quoted name, and that of the temporary view of the name `orm_view_probe`.
pub const VIEW_AND_PROBE: &str = "\
SELECT jsonb_build_object('there', pg_get_viewdef(to_regclass($1)),
                          'probe', pg_get_viewdef('pg_temp.orm_view_probe'::regclass))";

/// The schema of the connection's temporary tables, once it has one.
pub const TEMPORARY_SCHEMA: &str = "\
SELECT to_jsonb((SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE n.oid = pg_my_temp_schema()))";

/// Whether a type of this name is found without its schema.
pub const HAS_TYPE: &str = "SELECT to_jsonb(to_regtype(quote_ident($1)) IS NOT NULL)";

/// The extensions and the schemas that are there.
pub const CONTAINERS: &str = "\
SELECT jsonb_build_object(
    'extensions', (SELECT coalesce(jsonb_agg(x.extname), '[]') FROM pg_catalog.pg_extension x),
    'schemas', (SELECT coalesce(jsonb_agg(n.nspname), '[]') FROM pg_catalog.pg_namespace n))";

/// The enum types, with their labels in order, those of extensions left out: schema, name, labels.
pub const ENUMS: &str = "\
SELECT coalesce(jsonb_agg(jsonb_build_object(
    'schema', n.nspname, 'name', t.typname,
    'labels', (SELECT coalesce(jsonb_agg(l.enumlabel ORDER BY l.enumsortorder), '[]')
               FROM pg_catalog.pg_enum l WHERE l.enumtypid = t.oid)
) ORDER BY n.nspname, t.typname), '[]')
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype = 'e'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')";
