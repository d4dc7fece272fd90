-- As Rails writes `structure.sql`: sequences by hand, no lengths, polymorphic columns, indexes of all kinds.
CREATE EXTENSION IF NOT EXISTS citext;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS hstore;
CREATE TYPE public.order_status AS ENUM ('pending', 'in-progress', 'type', 'Self', '', 'in progress', '100%', 'héllo');
CREATE TABLE public.ar_internal_metadata (
    key character varying NOT NULL,
    value character varying,
    created_at timestamp(6) without time zone NOT NULL,
    updated_at timestamp(6) without time zone NOT NULL
);
CREATE TABLE public.schema_migrations (version character varying NOT NULL);
CREATE TABLE public.accounts (
    id bigint NOT NULL,
    type character varying,
    slug public.citext NOT NULL,
    email character varying DEFAULT ''::character varying NOT NULL,
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    preferences public.hstore,
    tags character varying[] DEFAULT '{}'::character varying[],
    last_ip inet,
    network cidr,
    balance numeric(15,2) DEFAULT 0.0 NOT NULL,
    rate numeric,
    score double precision DEFAULT 0.5,
    lock_version integer DEFAULT 0 NOT NULL,
    location point,
    uuid uuid DEFAULT gen_random_uuid() NOT NULL,
    full_name character varying GENERATED ALWAYS AS (((type)::text || (email)::text)) STORED,
    parent_id bigint,
    deleted_at timestamp(6) without time zone,
    created_at timestamp(6) without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);
COMMENT ON TABLE public.accounts IS 'Who pays';
COMMENT ON COLUMN public.accounts.slug IS 'In the address: /a/slug';
CREATE SEQUENCE public.accounts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.accounts_id_seq OWNED BY public.accounts.id;
ALTER TABLE ONLY public.accounts ALTER COLUMN id SET DEFAULT nextval('public.accounts_id_seq'::regclass);
CREATE TABLE public.orders (
    id bigserial PRIMARY KEY,
    account_id bigint NOT NULL,
    approver_id bigint,
    "order" integer,
    status public.order_status DEFAULT 'pending'::public.order_status NOT NULL,
    former public.order_status[] DEFAULT '{pending,"in progress"}'::public.order_status[] NOT NULL,
    starts_on date,
    ends_on date,
    "position" integer,
    created_at timestamp(6) without time zone NOT NULL,
    CONSTRAINT chk_rails_dates CHECK ((starts_on <= ends_on))
) WITH (fillfactor='80', autovacuum_vacuum_scale_factor='0.05');
CREATE TABLE public.comments (
    id bigserial PRIMARY KEY,
    commentable_type character varying NOT NULL,
    commentable_id bigint NOT NULL,
    body text
);
CREATE TABLE public.active_storage_blobs (
    id bigserial PRIMARY KEY, key character varying NOT NULL, metadata text, byte_size bigint NOT NULL
);
CREATE TABLE public.active_storage_attachments (
    id bigserial PRIMARY KEY, name character varying NOT NULL, record_type character varying NOT NULL,
    record_id bigint NOT NULL, blob_id bigint NOT NULL
);
CREATE TABLE public.accounts_comments (account_id bigint NOT NULL, comment_id bigint NOT NULL);
ALTER TABLE ONLY public.accounts ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.ar_internal_metadata ADD CONSTRAINT ar_internal_metadata_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.schema_migrations ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (version);
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT unique_position UNIQUE (account_id, "position") DEFERRABLE;
CREATE UNIQUE INDEX index_accounts_on_slug ON public.accounts USING btree (slug) WHERE (deleted_at IS NULL);
CREATE UNIQUE INDEX index_accounts_on_lower_email ON public.accounts USING btree (lower((email)::text));
CREATE UNIQUE INDEX index_accounts_on_uuid ON public.accounts USING btree (uuid DESC NULLS LAST) WITH (fillfactor='90');
CREATE INDEX index_accounts_on_settings ON public.accounts USING gin (settings jsonb_path_ops);
CREATE INDEX index_accounts_on_email_trgm ON public.accounts USING gin (email public.gin_trgm_ops);
CREATE INDEX index_accounts_on_email_like ON public.accounts USING btree (lower((email)::text) text_pattern_ops, type varchar_pattern_ops);
CREATE INDEX index_accounts_on_tags ON public.accounts USING gin (tags);
CREATE INDEX index_accounts_on_parent_id ON public.accounts USING btree (parent_id);
CREATE INDEX index_accounts_on_settings_theme ON public.accounts USING btree (((settings ->> 'theme'::text)));
CREATE INDEX index_accounts_on_created_at ON public.accounts USING brin (created_at) WITH (pages_per_range='32');
CREATE INDEX index_orders_on_account_id_and_created_at ON public.orders USING btree (account_id, created_at DESC NULLS LAST) INCLUDE (status);
CREATE INDEX index_orders_on_order ON public.orders USING btree ("order" NULLS FIRST, id DESC);
CREATE INDEX index_orders_on_status ON public.orders USING hash (status);
CREATE INDEX index_comments_on_commentable ON public.comments USING btree (commentable_type, commentable_id);
CREATE UNIQUE INDEX index_active_storage_blobs_on_key ON public.active_storage_blobs USING btree (key);
CREATE INDEX index_active_storage_attachments_on_blob_id ON public.active_storage_attachments USING btree (blob_id);
CREATE UNIQUE INDEX index_active_storage_attachments_uniqueness ON public.active_storage_attachments USING btree (record_type, record_id, name, blob_id);
CREATE UNIQUE INDEX index_accounts_comments ON public.accounts_comments USING btree (account_id, comment_id);
ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT fk_rails_6f4f34d8fe FOREIGN KEY (parent_id) REFERENCES public.accounts(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT fk_rails_74b4e0d9b1 FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT fk_rails_1a2b3c4d5e FOREIGN KEY (approver_id) REFERENCES public.accounts(id) DEFERRABLE NOT VALID;
ALTER TABLE ONLY public.active_storage_attachments
    ADD CONSTRAINT fk_rails_c3b3935057 FOREIGN KEY (blob_id) REFERENCES public.active_storage_blobs(id);
ALTER TABLE ONLY public.accounts_comments ADD CONSTRAINT fk_a FOREIGN KEY (account_id) REFERENCES public.accounts(id);
ALTER TABLE ONLY public.accounts_comments ADD CONSTRAINT fk_c FOREIGN KEY (comment_id) REFERENCES public.comments(id);
