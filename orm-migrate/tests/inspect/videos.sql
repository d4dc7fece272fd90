-- The video shop: domains, an enum, full text with a trigger, sequences of nobody, partitions, views.
CREATE TYPE mpaa_rating AS ENUM ('G', 'PG', 'PG-13', 'R', 'NC-17');
CREATE DOMAIN year AS integer CONSTRAINT year_check CHECK (VALUE >= 1901 AND VALUE <= 2155);
CREATE DOMAIN bigint_positive AS bigint NOT NULL CHECK (VALUE > 0);
CREATE FUNCTION listed(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS $_$
SELECT coalesce($1 || ', ', '') || $2
$_$;
CREATE AGGREGATE list_of(text) (SFUNC = listed, STYPE = text);
CREATE FUNCTION last_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.last_update = CURRENT_TIMESTAMP; RETURN NEW; END $$;
CREATE SEQUENCE actor_actor_id_seq;
CREATE TABLE actor (
    actor_id integer DEFAULT nextval('actor_actor_id_seq'::regclass) NOT NULL PRIMARY KEY,
    first_name text NOT NULL, last_name text NOT NULL,
    last_update timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE category (
    category_id serial PRIMARY KEY, name character varying(25) NOT NULL,
    last_update timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE language (
    language_id serial PRIMARY KEY, name character(20) NOT NULL,
    last_update timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE film (
    film_id serial PRIMARY KEY,
    title text NOT NULL, description text, release_year year,
    language_id integer NOT NULL REFERENCES language ON UPDATE CASCADE ON DELETE RESTRICT,
    original_language_id integer REFERENCES language ON UPDATE CASCADE ON DELETE RESTRICT,
    rental_duration smallint DEFAULT 3 NOT NULL,
    rental_rate numeric(4,2) DEFAULT 4.99 NOT NULL,
    length smallint, votes bigint_positive DEFAULT 1,
    rating mpaa_rating DEFAULT 'PG-13'::mpaa_rating,
    ratings mpaa_rating[],
    last_update timestamp with time zone DEFAULT now() NOT NULL,
    special_features text[], fulltext tsvector NOT NULL, code bpchar, letter character
);
CREATE INDEX film_fulltext_idx ON film USING gist (fulltext);
CREATE INDEX idx_title ON film USING btree (title);
CREATE INDEX idx_fk_language_id ON film USING btree (language_id);
CREATE TRIGGER film_fulltext_trigger BEFORE INSERT OR UPDATE ON film FOR EACH ROW
    EXECUTE FUNCTION tsvector_update_trigger('fulltext', 'pg_catalog.english', 'title', 'description');
CREATE TRIGGER last_updated BEFORE UPDATE ON film FOR EACH ROW EXECUTE FUNCTION last_updated();
CREATE TABLE film_actor (
    actor_id integer NOT NULL REFERENCES actor ON UPDATE CASCADE ON DELETE RESTRICT,
    film_id integer NOT NULL REFERENCES film ON UPDATE CASCADE ON DELETE RESTRICT,
    last_update timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT film_actor_pkey PRIMARY KEY (actor_id, film_id)
);
CREATE INDEX idx_fk_film_id ON film_actor USING btree (film_id);
CREATE TABLE film_category (
    film_id integer NOT NULL REFERENCES film, category_id integer NOT NULL REFERENCES category,
    PRIMARY KEY (film_id, category_id)
);
CREATE TABLE store (store_id serial PRIMARY KEY, manager_staff_id integer NOT NULL);
CREATE TABLE staff (
    staff_id serial PRIMARY KEY, username varchar(16) NOT NULL, picture bytea,
    store_id integer NOT NULL REFERENCES store
);
CREATE UNIQUE INDEX idx_unq_manager_staff_id ON store USING btree (manager_staff_id);
ALTER TABLE store ADD CONSTRAINT store_manager_staff_id_fkey FOREIGN KEY (manager_staff_id)
    REFERENCES staff ON UPDATE CASCADE ON DELETE RESTRICT;
CREATE TABLE payment (
    payment_id serial NOT NULL, staff_id integer NOT NULL REFERENCES staff, amount numeric(5,2) NOT NULL,
    payment_date timestamp with time zone NOT NULL, PRIMARY KEY (payment_date, payment_id)
) PARTITION BY RANGE (payment_date);
CREATE INDEX ON payment (staff_id);
CREATE TABLE payment_p2022_01 PARTITION OF payment
    FOR VALUES FROM ('2022-01-01 00:00:00+00') TO ('2022-02-01 00:00:00+00');
CREATE TABLE payment_rest PARTITION OF payment DEFAULT;
CREATE VIEW actor_info AS
    SELECT a.actor_id, a.first_name, list_of(DISTINCT c.name || ': ' || f.title) AS film_info
    FROM actor a LEFT JOIN film_actor fa USING (actor_id)
    LEFT JOIN film_category fc ON fa.film_id = fc.film_id LEFT JOIN category c USING (category_id)
    LEFT JOIN film f ON f.film_id = fc.film_id
    GROUP BY a.actor_id, a.first_name;
CREATE VIEW film_list AS
    SELECT film.film_id AS fid, film.title, category.name AS category, film.rental_rate AS price, film.rating
    FROM film JOIN film_category USING (film_id) JOIN category USING (category_id);
COMMENT ON VIEW film_list IS 'What the shop shows';
COMMENT ON COLUMN film_list.price IS 'Without tax';
CREATE VIEW nicer_but_slower AS SELECT fid, title, lower(category) AS "CATEGORY" FROM film_list WHERE price > 1;
CREATE MATERIALIZED VIEW rental_by_category AS
    SELECT c.name AS category, sum(p.amount) AS total_sales, count(*) AS n
    FROM payment p CROSS JOIN category c GROUP BY c.name;
CREATE UNIQUE INDEX rental_category ON rental_by_category USING btree (category);
CREATE INDEX rental_total ON rental_by_category USING btree (total_sales DESC);
