-- What grew for twenty years: names of all kinds, no keys, keys in circles, types that nobody has.
CREATE EXTENSION IF NOT EXISTS ltree;
CREATE TYPE address AS (street text, "no" integer);
CREATE TYPE float_range AS RANGE (SUBTYPE = float8);
CREATE DOMAIN email AS varchar(120) COLLATE "C" CHECK (VALUE ~ '@');
CREATE DOMAIN phones AS text[];
CREATE TABLE "Mixed Case" (
    "Id" serial, "First Name" text, "first_name" text, "FIRST NAME" text, self integer, type text, "Self" integer,
    id text, "1st" integer, "a-b" integer, "a.b" integer, "%" integer, "select" integer, "ünïcode" text, "async" boolean,
    "meta" text, "objects" integer, "pk" integer, "save" integer, "delete" boolean, "new" text, "set" text, "eq" text, "clone" text,
    "x""y" text, "tab	tab" text, "a very long name with spaces in it that goes on and on, really" text,
    CONSTRAINT "The ""Key""" PRIMARY KEY ("Id")
);
COMMENT ON COLUMN "Mixed Case"."a-b" IS E'ends with a backslash \\';
CREATE TABLE no_key_at_all (a integer, b text);
CREATE TABLE only_nulls (x integer, y integer);
CREATE TABLE empty_table ();
CREATE TABLE id_is_no_key (code varchar(8) PRIMARY KEY, id integer NOT NULL, "ID" integer);
CREATE TABLE kinds (
    k1 bit(3), k2 bit varying(5), k3 "char" DEFAULT 'x', k4 money, k5 xml, k6 json DEFAULT '{"a": [1]}', k7 point, k8 line, k9 lseg, k10 box,
    k11 path, k12 polygon, k13 circle, k14 macaddr, k15 macaddr8, k16 timetz DEFAULT '12:00:00+01', k17 time(3), k18 timestamptz(0),
    k19 interval year to month, k20 interval DEFAULT '1 day 02:03:04', k21 oid, k22 regclass, k23 numeric, k24 numeric(3), k25 numeric(2, -1),
    k26 name, k27 tsquery, k28 pg_lsn, k29 txid_snapshot, k30 integer[][][], k31 text[3], k32 numeric(6,2)[], k33 varchar(5)[],
    k34 int4multirange, k35 float_range, k36 address, k37 address[], k38 email, k39 phones, k40 ltree, k41 bytea DEFAULT '\xdead',
    k42 real DEFAULT 1.5, k43 double precision DEFAULT 'NaN', k44 date DEFAULT '2020-01-01', k45 uuid[], k46 timestamptz[], k47 jsonb[],
    k48 smallint DEFAULT '-3', k49 text DEFAULT E'a\nb\\c', k50 boolean DEFAULT (NOT true), k51 char DEFAULT 'y', k52 text COLLATE "POSIX",
    k53 inet[], k54 xid, k55 int2vector, k56 timestamp DEFAULT LOCALTIMESTAMP, k57 bigint DEFAULT 9223372036854775807, k58 integer DEFAULT (2 ^ 3)::integer,
    k59 cid, k60 tid, k61 regtype, k62 numeric(1000, 500), k63 box[], k64 aclitem, k65 pg_node_tree, key bigserial PRIMARY KEY
);
CREATE TABLE people (
    person_no integer PRIMARY KEY, mother integer REFERENCES people, father integer REFERENCES people (person_no) ON DELETE SET NULL,
    spouse integer UNIQUE REFERENCES people DEFERRABLE INITIALLY IMMEDIATE, ssn char(11) NOT NULL, mail email UNIQUE,
    CONSTRAINT one_ssn UNIQUE (ssn), UNIQUE (person_no, ssn)
);
CREATE TABLE contracts (
    "number" text PRIMARY KEY, person char(11) REFERENCES people (ssn) ON UPDATE CASCADE, other char(11) REFERENCES people (ssn) ON DELETE SET DEFAULT,
    guarantor integer, guarantor_ssn char(11), small smallint REFERENCES people (person_no), mail varchar(120) REFERENCES people (mail),
    FOREIGN KEY (guarantor, guarantor_ssn) REFERENCES people (person_no, ssn) MATCH FULL
);
CREATE TABLE chicken (id integer PRIMARY KEY, egg integer NOT NULL);
CREATE TABLE egg (id integer PRIMARY KEY, chicken integer NOT NULL REFERENCES chicken, chicken_id integer REFERENCES chicken);
ALTER TABLE chicken ADD FOREIGN KEY (egg) REFERENCES egg DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE plants (kind integer, variety integer, name text, PRIMARY KEY (variety, kind));
CREATE TABLE beds (
    bed integer PRIMARY KEY, kind integer NOT NULL, variety integer, FOREIGN KEY (kind, variety) REFERENCES plants (kind, variety),
    UNIQUE (kind, bed)
);
CREATE INDEX beds_mixed ON beds (kind DESC, variety NULLS FIRST);
CREATE TABLE base (id serial PRIMARY KEY, name text NOT NULL CHECK (name <> '') NO INHERIT);
CREATE TABLE derived (extra integer) INHERITS (base);
CREATE TABLE order_lines (
    order_id integer, line integer, sku text, "check" integer CHECK ("check" > 0), PRIMARY KEY (order_id, line) INCLUDE (sku)
);
CREATE TABLE shipments (
    shipment integer PRIMARY KEY DEFERRABLE, order_id integer NOT NULL, line integer NOT NULL,
    FOREIGN KEY (order_id, line) REFERENCES order_lines
);
CREATE TABLE a_b (a integer REFERENCES chicken, b integer REFERENCES egg, PRIMARY KEY (a, b));
CREATE TABLE "order" (id serial PRIMARY KEY);
CREATE TABLE "orders" (id serial PRIMARY KEY, "order" integer REFERENCES "order", orders integer REFERENCES "orders");
CREATE TABLE "Orders" (id serial PRIMARY KEY);
CREATE TABLE string (id serial PRIMARY KEY, "option" text);
CREATE TABLE "2fast" (id serial PRIMARY KEY);
CREATE TABLE "日本" (id serial PRIMARY KEY, "名前" text);
CREATE RULE nothing AS ON DELETE TO "2fast" DO INSTEAD NOTHING;
CREATE VIEW "All Kinds" AS SELECT k.key, k.k1, k.k36, p.person_no AS "Person No" FROM kinds k CROSS JOIN people p;
CREATE VIEW constants AS SELECT 1 AS one, 'x'::text AS "two words", NULL::text AS nothing;
