-- A backend made by tables: schemas, keys by uuid, policies, generated columns, regular expressions.
CREATE SCHEMA auth;
CREATE SCHEMA storage;
CREATE EXTENSION IF NOT EXISTS "uuid-ossp";
CREATE EXTENSION IF NOT EXISTS pgcrypto;
CREATE TYPE auth.factor_type AS ENUM ('totp', 'webauthn', 'phone');
CREATE TYPE auth.aal_level AS ENUM ('aal1', 'aal2', 'aal3');
CREATE TYPE public.factor_type AS ENUM ('a', 'A', 'a ', 'crate');
CREATE TYPE public."Order" AS ENUM ('asc', 'desc');
CREATE TYPE public.unused AS ENUM ('x');
CREATE FUNCTION public.slugify(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT lower(regexp_replace(value, '[^a-zA-Z0-9]+', '-', 'g'))
$$;
CREATE TABLE auth.users (
    instance_id uuid NULL, id uuid NOT NULL UNIQUE, aud varchar(255) NULL, "role" varchar(255) NULL,
    email varchar(255) NULL, encrypted_password varchar(255) NULL,
    email_confirmed_at timestamptz NULL,
    confirmed_at timestamptz GENERATED ALWAYS AS (LEAST(email_confirmed_at, NULL::timestamptz)) STORED,
    raw_app_meta_data jsonb NULL, raw_user_meta_data jsonb NULL, is_super_admin bool NULL,
    phone text DEFAULT NULL::varchar, is_sso_user boolean NOT NULL DEFAULT false,
    email_change_confirm_status smallint DEFAULT 0
        CHECK (email_change_confirm_status >= 0 AND email_change_confirm_status <= 2),
    CONSTRAINT users_pkey PRIMARY KEY (id)
);
COMMENT ON TABLE auth.users IS 'Auth: Stores user login data within a secure schema.';
CREATE INDEX users_instance_id_email_idx ON auth.users USING btree (instance_id, lower((email)::text));
CREATE UNIQUE INDEX users_email_partial_key ON auth.users USING btree (email) WHERE (is_sso_user = false);
CREATE TABLE auth.mfa_factors (
    id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE,
    friendly_name text, factor_type auth.factor_type NOT NULL, created_at timestamptz NOT NULL,
    levels auth.aal_level[] DEFAULT ARRAY['aal1'::auth.aal_level]
);
CREATE UNIQUE INDEX mfa_factors_user_friendly_name_unique ON auth.mfa_factors (friendly_name, user_id)
    WHERE TRIM(BOTH FROM friendly_name) <> '';
CREATE TABLE public.profiles (
    id uuid NOT NULL PRIMARY KEY REFERENCES auth.users ON DELETE CASCADE,
    updated_at timestamp with time zone DEFAULT timezone('utc'::text, now()) NOT NULL,
    username text UNIQUE, website text DEFAULT 'https://'::text,
    kind public.factor_type DEFAULT 'A' NOT NULL, direction public."Order",
    second_factor auth.factor_type DEFAULT 'totp',
    fts tsvector GENERATED ALWAYS AS (to_tsvector('english'::regconfig, (coalesce(username, ''::text) || ' '::text))) STORED,
    slug text GENERATED ALWAYS AS (public.slugify(username)) STORED,
    CONSTRAINT username_length CHECK (char_length(username) >= 3),
    CONSTRAINT "proper website" CHECK (website ~* '^https?://[^\s/$.?#"].[^\s]*$'::text),
    CONSTRAINT email_like CHECK (username ~ '^[A-Za-z0-9._%-]+''?\\{2}$'::text)
);
ALTER TABLE public.profiles ENABLE ROW LEVEL SECURITY;
CREATE POLICY "Profiles are viewable by everyone." ON public.profiles FOR SELECT USING (true);
CREATE INDEX profiles_fts ON public.profiles USING gin (fts);
CREATE TABLE public.order_kinds (value text PRIMARY KEY, comment text);
CREATE TABLE public.todos (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    guid uuid NOT NULL DEFAULT uuid_generate_v4() UNIQUE,
    user_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'::uuid REFERENCES auth.users,
    assignee uuid REFERENCES public.profiles ON UPDATE CASCADE ON DELETE SET DEFAULT,
    kind text NOT NULL DEFAULT 'task' REFERENCES public.order_kinds ON UPDATE RESTRICT ON DELETE RESTRICT,
    task text CHECK (char_length(task) > 3), is_complete boolean DEFAULT false, secret bytea DEFAULT '\x00'::bytea,
    inserted_at timestamptz DEFAULT now() NOT NULL, tags text[] NOT NULL DEFAULT ARRAY[]::text[]
);
CREATE TABLE storage.buckets (
    id text NOT NULL PRIMARY KEY, name text NOT NULL, owner uuid REFERENCES auth.users,
    public boolean DEFAULT false, file_size_limit bigint, allowed_mime_types text[]
);
CREATE UNIQUE INDEX bname ON storage.buckets USING btree (name);
CREATE TABLE storage.objects (
    id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY, bucket_id text REFERENCES storage.buckets,
    name text COLLATE "C", metadata jsonb, path_tokens text[] GENERATED ALWAYS AS (string_to_array(name, '/'::text)) STORED,
    version text
);
CREATE UNIQUE INDEX bucketid_objname ON storage.objects USING btree (bucket_id, name);
CREATE INDEX idx_objects_bucket_id_name ON storage.objects USING btree (bucket_id, version COLLATE "C", lower(name) COLLATE "POSIX");
CREATE INDEX name_prefix_search ON storage.objects USING btree (name text_pattern_ops);
CREATE VIEW public.active_users WITH (security_barrier=true) AS
    SELECT u.id, u.email, p.username FROM auth.users u JOIN public.profiles p ON p.id = u.id;
