-- A forge with many tables: partitions of all kinds, keys to partitioned tables, shared sequences, what is
-- not valid yet, exclusion constraints, reserved names.
CREATE SCHEMA partitions_dynamic;
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE FUNCTION table_sync() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE SEQUENCE shared_audit_event_id_seq;
CREATE TABLE "user" (id bigserial PRIMARY KEY, name character varying, "select" boolean DEFAULT false NOT NULL);
CREATE TABLE "group" (
    id bigserial PRIMARY KEY, "user" bigint REFERENCES "user", parent_id bigint REFERENCES "group",
    traversal_ids bigint[] DEFAULT '{}'::bigint[] NOT NULL, "desc" text, "default" text DEFAULT 'x', "count" bigint,
    visibility_level smallint DEFAULT 20 NOT NULL,
    CONSTRAINT check_desc CHECK ((char_length("desc") <= 255)) NOT VALID
);
ALTER TABLE ONLY "group" ADD CONSTRAINT check_visibility CHECK ((visibility_level <> 7)) NOT VALID;
CREATE INDEX index_group_on_traversal_ids ON "group" USING gin (traversal_ids);
CREATE INDEX index_group_on_user_and_count ON "group" ("user", "count" DESC NULLS LAST, visibility_level);
CREATE INDEX index_group_gin ON "group" USING gin (visibility_level);
CREATE TABLE p_ci_builds (
    id bigint NOT NULL, partition_id bigint NOT NULL, name text COLLATE "C", status varchar,
    created_at timestamp without time zone, timeout interval DEFAULT '01:00:00', upstream_id bigint,
    upstream_partition_id bigint, CONSTRAINT p_ci_builds_pkey PRIMARY KEY (id, partition_id),
    FOREIGN KEY (upstream_id, upstream_partition_id) REFERENCES p_ci_builds (id, partition_id) ON UPDATE CASCADE ON DELETE CASCADE
) PARTITION BY LIST (partition_id);
CREATE INDEX p_ci_builds_status ON p_ci_builds (status, created_at DESC) WHERE status IN ('running', 'pending');
CREATE TABLE partitions_dynamic.ci_builds_100 PARTITION OF p_ci_builds FOR VALUES IN (100, 101);
CREATE TABLE ci_build_needs (
    id bigserial PRIMARY KEY, name text NOT NULL, build_id bigint NOT NULL, partition_id bigint DEFAULT 100 NOT NULL,
    artifacts boolean DEFAULT true NOT NULL, project_id bigint,
    CONSTRAINT fk_rails_3cf221d4ed_p FOREIGN KEY (build_id, partition_id) REFERENCES p_ci_builds(id, partition_id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE UNIQUE INDEX index_ci_build_needs_on_build_id_and_name ON ci_build_needs USING btree (build_id, name, partition_id);
CREATE TABLE ci_build_sources (
    build_id bigint NOT NULL, partition_id bigint NOT NULL, source smallint,
    PRIMARY KEY (build_id, partition_id),
    CONSTRAINT fk_sources FOREIGN KEY (build_id, partition_id) REFERENCES p_ci_builds(id, partition_id) ON DELETE CASCADE
) PARTITION BY LIST (partition_id);
CREATE TABLE audit_events (
    id bigint DEFAULT nextval('shared_audit_event_id_seq'::regclass) NOT NULL, author_id bigint NOT NULL,
    created_at timestamp without time zone NOT NULL, ip_address inet, details text,
    CONSTRAINT check_83ff8406e2 CHECK ((char_length(details) <= 255)), PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
CREATE INDEX ON ONLY audit_events (author_id, created_at DESC);
CREATE TABLE group_audit_events (
    id bigint DEFAULT nextval('shared_audit_event_id_seq'::regclass) NOT NULL PRIMARY KEY, group_id bigint NOT NULL
);
CREATE TABLE hashed (id bigint NOT NULL PRIMARY KEY, sha bytea NOT NULL) PARTITION BY HASH (id);
CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE hashed_1 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE iterations (
    id bigserial PRIMARY KEY, group_id bigint REFERENCES "group" ON DELETE CASCADE, start_date date, due_date date,
    title varchar, state smallint DEFAULT 1 NOT NULL,
    EXCLUDE USING gist (group_id WITH =, daterange(start_date, due_date, '[]') WITH &&) WHERE (group_id IS NOT NULL AND state = 1)
);
ALTER TABLE iterations ADD CONSTRAINT one_title EXCLUDE USING gist (title WITH =, state WITH <>) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE iterations ADD CONSTRAINT by_hash EXCLUDE USING hash (title WITH =);
ALTER TABLE iterations ADD CONSTRAINT late UNIQUE (group_id, title) DEFERRABLE INITIALLY DEFERRED;
CREATE TRIGGER table_sync_trigger AFTER INSERT ON iterations FOR EACH ROW EXECUTE FUNCTION table_sync();
CREATE TABLE schema_inconsistencies (
    a bigint NOT NULL, b bigint NOT NULL, c text, UNIQUE NULLS NOT DISTINCT (a, c)
);
CREATE TABLE wiki_page_meta_user_mentions_with_a_very_long_name_0123456789 (
    id bigserial PRIMARY KEY, wiki_page_meta_user_mention_of_a_very_long_name_0123456789_id bigint NOT NULL
        REFERENCES wiki_page_meta_user_mentions_with_a_very_long_name_0123456789,
    a_column_of_exactly_sixty_three_letters_which_is_all_there_can_be text NOT NULL UNIQUE
);
CREATE UNLOGGED TABLE work_items (
    id bigserial PRIMARY KEY, iid integer, project_id bigint, namespace_id bigint,
    CONSTRAINT check_either CHECK ((num_nonnulls(project_id, namespace_id) = 1)),
    UNIQUE (project_id, iid) INCLUDE (namespace_id)
) WITH (autovacuum_enabled = off, toast.autovacuum_enabled = off);
CREATE STATISTICS work_stats ON project_id, namespace_id FROM work_items;
COMMENT ON CONSTRAINT check_either ON work_items IS 'one of both';
CREATE MATERIALIZED VIEW group_totals AS SELECT g.id AS group_id, count(i.id) AS n FROM "group" g LEFT JOIN iterations i ON i.group_id = g.id GROUP BY g.id;
