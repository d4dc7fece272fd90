//! The macros of the `orm` crate, which re-exports them: depend on that one. Nothing here is promised
//! to stay as it is; `orm` pins the exact version.
//!
//! Attributes are parsed (`attr`) into a description (`model`), rules across attributes are
//! checked (`check`), and the description is expanded (`expand`). Mistakes are collected and
//! reported all at once, beside an expansion that leaves out what is wrong.

#![warn(missing_docs)]
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]
#![cfg_attr(not(test), deny(clippy::unwrap_used))]
#![cfg_attr(not(test), deny(clippy::expect_used))]
#![cfg_attr(not(test), deny(clippy::cast_possible_truncation))]

mod attr;
mod check;
mod choices;
mod column;
mod column_row;
mod combined;
mod data_migration;
mod decimal;
mod draft;
mod errors;
mod expand;
#[cfg(test)]
mod expansion;
mod fields;
mod generic;
mod keywords;
mod kinds;
mod migrations;
#[cfg(test)]
mod mistakes;
mod model;
mod proxy;
mod queryset;
mod raw;
mod row;
mod subclasses;

use errors::Errors;
use proc_macro::TokenStream;
use quote::quote;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct a model: a table, its paths, its query sets, its drafts.
///
/// ```
/// # use orm_doctest::{ForeignKey, ManyToMany, Model, ModelExt, assert_sql, draft};
/// # #[derive(Model)]
/// # #[model(app = "library")]
/// # pub struct Author { pub id: i64, pub name: String }
/// # #[derive(Model)]
/// # pub struct Tag { pub id: i64, pub name: String }
/// #[derive(Model, Clone, Debug, PartialEq)]
/// #[model(app = "library", ordering = [name, -edition])]
/// pub struct Book {
///     pub id: i64,
///     #[field(max_length = 255)]
///     pub name: String,
///     #[field(default = 1)]
///     pub edition: i32,
///     #[field(on_delete = Cascade, related_name = "books")]
///     pub author: ForeignKey<Author>,
///     pub tags: ManyToMany<Tag>,
/// }
///
/// let books = Book::objects().filter(|b| b.author().name().eq("Ursula")).values(|b| b.name());
/// assert_sql!(
///     books,
///     "SELECT t0.name FROM library_book AS t0 JOIN library_author AS t1 ON t1.id = t0.author_id
///      WHERE t1.name = $1 ORDER BY t0.name, t0.edition DESC"
/// );
/// let draft = draft!(Book { name: "Earthsea", author: 1 });
/// # let _ = draft;
/// ```
///
/// # What there is then
///
/// - `Book::objects()`, `Book::unfiltered()`, and a function for each of `managers(…)`
/// - `Book::paths()`, `Book::q(|b| …)`, `Book::draft()`, and `draft!(Book { … })`
/// - on instances `pk`, `save`, `save_fields`, `save_or_insert`, `update`, `refresh`,
///   `refresh_fields`, `delete`, `delete_keep_parents`, `get_next_by`, `get_previous_by`, and `book.tags()`
/// - `BookFields<R, K>`, which closures receive: `b.name()`, `b.author().name()`
/// - on the models that keys point to `author.books()`, and in their paths `a.books()`
///
/// # Options of the struct: `#[model(…)]`
///
/// | option | meaning |
/// |---|---|
/// | `app = "library"` | stands before the table's name: `library_book` |
/// | `table = "…"`, `schema = "…"` | the table itself; `{app}` and `{model}` are filled in |
/// | `primary_key = [a, b]` | a key of several columns |
/// | `ordering = [name, -author.name]` | the default ordering; through keys by dots or `__` |
/// | `get_latest_by = created_at` | what `latest` and `earliest` go by |
/// | `unique(fields = […], name = "…", where = \|b\| …, include = […], nulls_distinct = false, deferrable)` | a unique constraint; an index with `where` or an expression |
/// | `index(fields = [-year], name = "…", using = "gin", where = \|b\| …, include = […])` | an index, also `index(\|b\| b.name().lower())` |
/// | `check(\|b\| b.pages().gt(0), name = "…")` | a check constraint |
/// | `exclude((room, "="), (during, "&&"), using = "gist", where = \|b\| …)` | an exclusion constraint; a part may be an expression, and may name its operator class after the operator |
/// | `opclasses = ["…", ""]`, `with(fillfactor = 70)`, `tablespace = "…"` | of indexes: the operator class of each part, storage parameters, where it is kept |
/// | `violation_error_message = "…"`, `violation_error_code = "…"` | of constraints: what validation says |
/// | `with(fillfactor = 70)`, `tablespace = "…"` | of the table |
/// | `managers(objects = Public, everything = AllRows)` | the first is what related sets go through |
/// | `hooks` | the model implements `Hooks`, which run when its rows are saved, deleted, linked |
/// | `extends = Entry` | each row is a row of `Entry` with more columns, in a table of their own; a field `entry: Entry` holds it |
/// | `managed = false` | the table is not ours to create |
/// | `tenant = org` | rows belong to tenants, by this field: every query asks for the executor's |
/// | `row_level_security` | the database keeps tenants apart by itself: migrations make a policy, and the session is told of the tenant |
/// | `on_delete_in = "library"` | `on_delete` is not left to the database |
/// | `comment = "…"` | a comment on the table |
/// | `proxy = Book` | of a newtype: another model over the rows of the first, with its own `ordering` and `managers` |
///
/// # Options of fields: `#[field(…)]`
///
/// | option | meaning |
/// |---|---|
/// | `primary_key` | the key, where it is not `id`; `identity = false` for an integer that is given |
/// | `columns = ["…", "…"]` | the columns of a key to a model whose primary key has several |
/// | `column = "…"`, `accessor = "…"` | the column's name; the name in paths |
/// | `max_length = 255`, `max_digits = 8`, `decimal_places = 2` | `varchar(255)`, `numeric(8, 2)` |
/// | `default = …`, `db_default = …` | a value, a function's path or a closure, evaluated in Rust or by the database |
/// | `generated = \|b\| b.pages() * 2` | a stored generated column |
/// | `unique`, `db_index`, `positive` | constraint, index, `CHECK (column >= 0)` |
/// | `auto_now`, `auto_now_add` | now on every save, on creation |
/// | `version` | counts the saves of the row: saving or deleting an older one is `Error::Stale` |
/// | `choices`, `choices = [("o", "Open")]` | those of the type, or listed |
/// | `label`, `help_text`, `blank`, `validators(…)` | for forms and validation |
/// | `upload_to`, `storage = "…"`, `on_row_delete = keep` | of `File` |
/// | `db_collation`, `db_comment`, `db_type = "char(2)"` | as the column has them |
/// | `unique_name`, `unique_index`, `index_name`, `constraint_name` | names in the database; `unique_index` is no constraint |
///
/// Of keys (`ForeignKey<T>`, `OneToOne<T>`, in `Option` where NULL is allowed): `on_delete` (`Cascade`,
/// `Protect`, `Restrict`, `SetNull`, `SetDefault`, `Set(value)`, `DoNothing`), which must be said;
/// `related_name` (`"+"` for none), `related_query_name`, `to_field`, `db_constraint`, `deferrable` (also `= immediate`),
/// `limit_choices_to = |a| …`, and `related = "trait"` where the model is one of another crate.
///
/// Of `ManyToMany<T>`: `through = Model`, `through_fields = (from, to)`, `symmetrical`, `table`,
/// `related_name`, `related_query_name`, `db_constraint`, `limit_choices_to`.
///
/// Of an enum with `#[derive(GenericForeignKey)]`, or an `Option` of one: `generic`, and beside it `on_delete`, `related_name`,
/// `related_query_name` and `related(book: Book = "notes")`.
///
/// `#[model(flatten)]` on a field takes in what stands in a struct with `#[derive(ModelFields)]`. Beside it stand
/// `primary_key` (the struct has the key), `with = [Timestamps]` (structs nested in it count as the model's) and
/// `related(author: Author = "articles")` (the other side of its relations).
#[proc_macro_derive(Model, attributes(model, field, orm, table, column, primary_key, unique))]
pub fn derive_model(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    if proxy::is_one(&input) {
        return reported(|errors| proxy::expand(&input, errors));
    }
    reported(|errors| match model::build::model(&input, errors) {
        Some(mut model) => {
            check::check(&mut model, errors);
            expand::model(&model)
        }
        None => expand::stub(&input),
    })
}

/// Columns that several models share: `#[model(flatten)] times: Timestamps`.
///
/// ```
/// # use orm_doctest::{DateTime, Model, ModelExt, ModelFields, QuerySet, Utc, assert_sql};
/// #[derive(ModelFields)]
/// pub struct Timestamps {
///     #[field(auto_now_add)]
///     pub created: DateTime<Utc>,
///     #[field(auto_now)]
///     pub changed: DateTime<Utc>,
/// }
///
/// #[derive(Model)]
/// pub struct Note {
///     pub id: i64,
///     #[model(flatten)]
///     pub times: Timestamps,
/// }
///
/// let notes = Note::objects().order_by(|n| n.times().changed().desc());
/// assert_sql!(
///     notes,
///     "SELECT t0.id, t0.created, t0.changed FROM note AS t0 ORDER BY t0.changed DESC"
/// );
///
/// fn newest<M: HasTimestamps>() -> QuerySet<M> {
///     M::objects().order_by(|m| m.created().desc())
/// }
/// assert_sql!(newest::<Note>(), "SELECT … FROM note AS t0 ORDER BY t0.created DESC");
/// ```
///
/// # What there is then
///
/// - `HasTimestamps`, a trait of the models that flatten it: `note.timestamps()`, `note.timestamps_mut()`, the sets of
///   its many-to-many fields, and functions for its managers
/// - `TimestampsPaths`, a trait of their paths: `n.created()`
/// - `TimestampsFields<R, K>`, the paths of the struct itself: `n.times().created()`
/// - on the models that its keys point to, an accessor with the model as its parameter: `author.owned_set::<Note>()`
///
/// The struct can have relations, generated columns, a primary key and flattened structs, and of the options of models
/// `ordering`, `get_latest_by`, `unique`, `index`, `check`, `exclude`, `managers`, `hooks`, `clean` and `validate`. The
/// model takes over what it does not say itself. `{app}` and `{model}` in names are those of the model.
#[proc_macro_derive(ModelFields, attributes(model, field))]
pub fn derive_model_fields(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    reported(|errors| fields::expand(&input, errors))
}

/// Kinds of rows in one table: an enum over a type column, whose variants have columns of their own.
///
/// ```
/// # use orm_doctest::*;
/// #[derive(Kinds, Clone, Debug, PartialEq)]
/// pub enum Method {
///     Cash,
///     Card { #[field(max_length = 19)] number: String, note: Option<String> },
/// }
///
/// #[derive(Model)]
/// pub struct Payment {
///     pub id: i64,
///     #[model(flatten)]
///     pub method: Method,
/// }
///
/// let draft = draft!(Payment { method: Method::Cash });
/// # let _ = draft;
/// assert_sql!(
///     Payment::objects().filter(|p| p.method().card().number().startswith("4")),
///     "SELECT t0.id, t0.method, t0.card_number, t0.card_note FROM payment AS t0
///      WHERE t0.card_number LIKE $1"
/// );
/// ```
///
/// The column of the kind is named like the model's field. It is text, with the variants in snake case, unless
/// `#[choice("c", label = "…")]` on variants says other values, as in [`Choices`](macro@Choices). `#[field(…)]` on the enum
/// has the options of that column. All columns of variants may be NULL; a check, `{app}_{model}_{field}_kind`, keeps
/// every row one of its kind:
///
/// ```text
/// CHECK ((method = 'cash' AND card_number IS NULL AND card_note IS NULL)
///     OR (method = 'card' AND card_number IS NOT NULL))
/// ```
///
/// | variant | columns |
/// |---|---|
/// | `Cash` | none |
/// | `Card { number: String }` | `card_number`, with the options of [`Model`](macro@Model)'s fields |
/// | `Voucher(Voucher)` | those of a struct with [`ModelFields`](macro@ModelFields) |
///
/// Beside the enum there are:
///
/// - `MethodKind`, the kinds without what they hold: a [`Choices`](macro@Choices) enum. `method.kind()` is one
/// - `MethodCard`, what the variant holds, for each that has fields; it converts into a `Method`
/// - `HasMethod`, `MethodPaths` and `MethodFields`, as a struct with [`ModelFields`](macro@ModelFields) has them
///
/// In paths there is `p.method().kind()`, `.is_card()`, `.card().number()` and `.set(Method::Cash)`. `of_kind(|p|
/// p.method().card())` reads the rows of one kind, as `(Payment, MethodCard)`. `#[model(…)]` on the enum has the options
/// that a shared struct can have.
#[proc_macro_derive(Kinds, attributes(model, field, choice))]
pub fn derive_kinds(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    reported(|errors| kinds::expand(&input, errors))
}

/// Makes an enum of keys a key to a row of one of several models: Django's generic foreign key.
///
/// ```
/// # use orm_doctest::*;
/// # use orm_derive::GenericForeignKey;
/// #[derive(GenericForeignKey, Clone, Debug, PartialEq)]
/// pub enum Subject {
///     Book(ForeignKey<Book>),
///     Author(ForeignKey<Author>),
/// }
///
/// #[derive(Model)]
/// pub struct Note {
///     pub id: i64,
///     pub text: String,
///     #[field(generic, on_delete = Cascade, related_name = "notes")]
///     pub subject: Subject,
/// }
///
/// let long = Note::objects().filter(|n| n.subject().book().pages().gt(500));
/// assert_sql!(
///     long,
///     "SELECT t0.id, t0.text, t0.subject_book_id, t0.subject_author_id FROM note AS t0
///      JOIN book AS t1 ON t1.id = t0.subject_book_id WHERE t1.pages > $1"
/// );
/// let noted = Author::objects().filter(|a| a.notes().text().contains("sea"));
/// assert_sql!(
///     noted,
///     "SELECT … FROM author AS t0 JOIN note AS t1 ON t1.subject_author_id = t0.id
///      WHERE t1.text LIKE $1"
/// );
/// ```
///
/// A variant holds a `ForeignKey` or a `OneToOne`, with the options of one, each of which is a column
/// of the model, and the database checks that one of them is set. An `Option` of the enum may be none.
///
/// # What there is then
///
/// - `From<&Book>` and `From<ForeignKey<Book>>` for the enum, and `fetch`, which gives a `SubjectRow`
/// - `SubjectRow`, an enum of rows: what `prefetch_related` and `select_related` load
/// - `SubjectFields<R, K>`, its paths: `n.subject().book()`, `is_book()`, `eq`, `ne`, `in_`, `isnull`,
///   `set` and `objects`
/// - where the model says `related_name = "notes"`, `book.notes()` and `b.notes()`, by the traits
///   `NoteOnSubject` and `NoteOnSubjectFields`, which other modules import
///
/// # Two columns
///
/// `#[generic(kind = "{field}_kind", key = "{field}_id")]` on the enum has one column for the kind, a text, and one for the
/// key, without foreign keys; `#[generic(kind = "…")]` on a variant says what the text is, where that is not the
/// variant's name. `#[generic(content_types)]` goes by the numbers of Django's `django_content_type`, which
/// `orm::read_content_types(&db)` reads once:
///
/// ```
/// # use orm_doctest::*;
/// # use orm_derive::GenericForeignKey;
/// #[derive(GenericForeignKey, Clone)]
/// #[generic(kind = "about_kind", key = "about_id")]
/// pub enum Subject {
///     Book(ForeignKey<Book>),
///     #[generic(kind = "writer")]
///     Author(ForeignKey<Author>),
/// }
///
/// #[derive(Model)]
/// pub struct Remark {
///     pub id: i64,
///     #[field(generic, on_delete = Cascade)]
///     pub about: Subject,
/// }
///
/// assert_sql!(
///     Remark::objects().filter(|r| r.about().eq(ForeignKey::<Author>::new(3))),
///     "SELECT t0.id, t0.about_kind, t0.about_id FROM remark AS t0 WHERE t0.about_kind = $1 AND t0.about_id = $2"
/// );
/// ```
#[proc_macro_derive(GenericForeignKey, attributes(field, generic))]
pub fn derive_generic_foreign_key(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    reported(|errors| generic::expand(&input, errors))
}

/// Makes an enum a column type whose variants stand for texts or numbers.
///
/// ```
/// # use orm_doctest::Choices;
/// #[derive(Choices, Clone, Copy, PartialEq, Debug)]
/// enum Status { #[choice("o", label = "Open")] Open, #[choice("c")] Closed }
///
/// #[derive(Choices, Clone, Copy, PartialEq, Debug)]
/// #[repr(i16)]                                          // `smallint`; the default is `i32`
/// enum Stars { One = 1, Two, #[choice(label = "The best")] Five = 5 }
///
/// assert_eq!((Status::Open.value(), Status::Closed.label()), ("o", "Closed"));
/// assert_eq!((Stars::Two.value(), Stars::Five.label()), ("2", "The best"));
/// ```
///
/// With `db_enum`, the column has an enum type of the database, in the order of the variants; `schema`
/// says where it is. `create_tables` and migrations make it.
///
/// ```
/// # use orm_doctest::Choices;
/// #[derive(Choices, Clone, Copy, PartialEq, Debug)]
/// #[choice(db_enum = "mood")]                           // CREATE TYPE mood AS ENUM ('sad', 'ok')
/// enum Mood { #[choice("sad")] Sad, #[choice("ok")] Ok }
/// ```
#[proc_macro_derive(Choices, attributes(choice))]
pub fn derive_choices(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    reported(|errors| choices::expand(&input, errors))
}

/// Makes an enum of the models that extend another one, for
/// [`select_subclasses`](https://docs.rs/orm/latest/orm/struct.QuerySet.html#method.select_subclasses):
/// each variant holds the row of one of them, or of that model itself.
///
/// ```
/// # use orm_doctest::{Model, ModelExt, QuerySet, Subclasses, assert_sql};
/// # #[derive(Model)]
/// # pub struct Place { pub id: i64, pub name: String }
/// # #[derive(Model)]
/// # #[model(extends = Place)]
/// # pub struct Bar { pub place: Place, pub stools: i32 }
/// #[derive(Subclasses)]
/// enum Kind { Bar(Bar), Other(Place) }
///
/// let places: QuerySet<Place, Kind> = Place::objects().select_subclasses();
/// assert_sql!(
///     places,
///     "SELECT t0.id, t0.name, t1.place_ptr_id, t1.stools FROM place AS t0
///      LEFT JOIN bar AS t1 ON t1.place_ptr_id = t0.id"
/// );
/// ```
///
/// A variant may hold its row in a `Box`.
#[proc_macro_derive(Subclasses)]
pub fn derive_subclasses(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    reported(|errors| subclasses::expand(&input, errors))
}

/// Makes a newtype around a column type a column type.
///
/// ```
/// # use orm_doctest::{Column, Model, ModelExt, assert_sql};
/// #[derive(Column, Clone, PartialEq, Debug)]
/// struct Isbn(String);
///
/// #[derive(Model)]
/// pub struct Edition {
///     pub id: i64,
///     isbn: Isbn,
/// }
///
/// let found = Edition::objects().filter(|e| e.isbn().eq(Isbn("0-553-26250-7".into())));
/// assert_sql!(found, "SELECT t0.id, t0.isbn FROM edition AS t0 WHERE t0.isbn = $1");
/// ```
///
/// `#[column(type = "citext")]` says the type in the database, where it is not that of what is inside:
/// a `String` inside is its text, a `Vec<u8>` its binary form.
#[proc_macro_derive(Column, attributes(column))]
pub fn derive_column(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    reported(|errors| column::expand(&input, errors))
}

/// Makes a struct a row of raw SQL: its fields are read from the columns of their names, or of
/// `#[field(column = "…")]`.
///
/// ```
/// # use orm_doctest::*; run(async |db| {
/// #[derive(ColumnRow)]
/// struct Shelved {
///     shelf: i32,
///     #[field(column = "sum")]
///     copies: Option<i64>,
/// }
///
/// let sql = "SELECT sum(copies), shelf FROM stock GROUP BY shelf";
/// let shelves: Vec<Shelved> = db.query_as::<Shelved>(sql, params![]).await?;
/// # let _: (Option<i64>, i32) = (shelves[0].copies, shelves[0].shelf);
/// # Ok(()) })
/// ```
///
/// A column that is missing, and one that no field has, are errors that name it.
#[proc_macro_derive(ColumnRow, attributes(field))]
pub fn derive_column_row(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    reported(|errors| column_row::expand(&input, errors))
}

/// SQL of your own with values and query sets in it, by their names. Values travel as parameters; a
/// query set is its SELECT, whose parameters are numbered anew. Nothing becomes text.
///
/// ```
/// # use orm_doctest::*; run(async |db| {
/// let long = Book::objects().filter(|b| b.pages().gt(500)).values(|b| (b.author().id(), b.pages()));
/// let sql = raw!(
///     "SELECT a.name, sum(pages) FROM author a JOIN ({long}) AS b (author_id, pages) ON author_id = a.id
///      WHERE a.name <> {but} GROUP BY a.name",
///     but = "Nobody",
/// );
/// let pages: Vec<(String, Option<i64>)> = sql.rows::<(String, Option<i64>)>().all(&db).await?;
/// assert_sent!(
///     db,
///     "SELECT a.name, sum(pages) FROM author a JOIN (SELECT t0.author_id, t0.pages FROM book AS t0
///      WHERE t0.pages > $1) AS b (author_id, pages) ON author_id = a.id WHERE a.name <> $2 GROUP BY
///      a.name"
/// );
/// # Ok(()) })
/// ```
///
/// `{name}` is what is given as `name = …`, or the variable of that name. Braces of the SQL itself are
/// doubled.
#[proc_macro]
pub fn raw(input: TokenStream) -> TokenStream {
    parse_macro_input!(input as raw::Raw).expand().into()
}

/// Makes methods of `impl QuerySet<Book>` methods of every query set of `Book`, by a trait
/// `BookQuerySet` that is generated and implemented.
///
/// ```
/// # use orm_doctest::*;
/// #[queryset]
/// impl QuerySet<Book> {
///     pub fn out(self) -> Self {
///         self.filter(|b| b.published().isnull(false))
///     }
///     pub fn with_reviews(self) -> QuerySet<Book, O::With<i64>, S> {
///         self.annotate(|b| b.reviews().count())
///     }
/// }
///
/// let books = Book::objects().out().with_reviews();
/// assert_sql!(
///     books,
///     "SELECT …, COUNT(t1.id) FROM book AS t0 LEFT JOIN review AS t1 ON t1.book_id = t0.id
///      WHERE t0.published IS NOT NULL GROUP BY t0.id"
/// );
/// ```
#[proc_macro_attribute]
pub fn queryset(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let item = match queryset::parse(item.into()) {
        Ok(item) => item,
        Err(error) => return error.into_compile_error().into(),
    };
    reported(|errors| queryset::expand(arguments.into(), &item, errors))
}

/// Conditions as keywords: `filter(q!(author__name__icontains = "lennon", year__gte = 2020))`.
///
/// Names are checked like those of the closure that it expands to. With the model's name in front,
/// `q!(Book: name = "x")`, it is a `Q<Book>` to keep.
///
/// ```
/// # use orm_doctest::*;
/// let books = Book::objects().filter(q!(author__name__icontains = "lennon", pages__gte = 100));
/// assert_sql!(
///     books,
///     "SELECT … FROM book AS t0 JOIN author AS t1 ON t1.id = t0.author_id
///      WHERE UPPER(t1.name) LIKE UPPER($1) AND t0.pages >= $2"
/// );
/// ```
#[proc_macro]
pub fn q(input: TokenStream) -> TokenStream {
    parse_macro_input!(input as keywords::Keywords).expand().into()
}

/// Selects into a struct by the names of its fields: `row!(Card { title: b.name(), n: … })`; or into
/// a `DynRow`: `row!{ id: b.id() }`.
///
/// ```
/// # use orm_doctest::*;
/// struct Card {
///     title: String,
///     reviews: i64,
/// }
///
/// let cards = Book::objects().values(|b| row!(Card { title: b.name(), reviews: b.reviews().count() }));
/// assert_sql!(
///     cards,
///     "SELECT t0.name, COUNT(t1.id) FROM book AS t0 LEFT JOIN review AS t1 ON t1.book_id = t0.id
///      GROUP BY t0.id"
/// );
/// # fn title(card: Card) -> (String, i64) { (card.title, card.reviews) }
/// ```
#[proc_macro]
pub fn row(input: TokenStream) -> TokenStream {
    parse_macro_input!(input as row::Row).expand().into()
}

/// An unsaved row: `draft!(Book { name: "Django tips", author: &author })`.
///
/// `..book` takes the rest over from a row that exists, but for its key.
///
/// ```
/// # use orm_doctest::*; run(async |db| {
/// let profile = draft!(Profile { author: 1, bio: "writes" }).save(&db).await?;
/// assert_sent!(
///     db,
///     "INSERT INTO profile AS t0 (author_id, bio) VALUES ($1, $2)
///      RETURNING t0.id, t0.author_id, t0.bio"
/// );
/// let copy = draft!(Profile { author: 2, ..profile });
/// # let _ = copy; Ok(()) })
/// ```
#[proc_macro]
pub fn draft(input: TokenStream) -> TokenStream {
    let draft = parse_macro_input!(input as draft::Draft);
    draft.expand().into()
}

/// Rows of several models in one query, each read as its own model.
///
/// It writes a model, `Feed`, with the columns that stand behind `by`, an enum of the rows, `FeedRow`, which is
/// its field `row`, and one of the models, `FeedKind`, its field `kind`. Its `key` is the primary key of the row.
///
/// ```
/// # use orm_doctest::{DateTime, ForeignKey, Model, ModelExt, Utc, assert_sql};
/// # #[derive(Model)]
/// # pub struct User { pub id: i64, pub name: String }
/// #[derive(Model)]
/// pub struct Post {
///     pub id: i64,
///     pub title: String,
///     pub created: DateTime<Utc>,
/// }
/// #[derive(Model)]
/// pub struct Photo {
///     pub id: i64,
///     pub caption: String,
///     pub taken: DateTime<Utc>,
/// }
///
/// orm_derive::combined! {
///     #[model(ordering = [-created])]
///     pub Feed { Post, Photo }
///     by { created: DateTime<Utc> = { Photo: |p| p.taken() } }
/// }
///
/// assert_sql!(
///     Feed::objects().filter(|f| f.kind().eq(FeedKind::Post)),
///     "SELECT t0.kind, t0.key, t0.created, t0.row FROM
///      ((SELECT ('post'::text), t0.id, t0.created, ROW(('0'::integer), t0.id, t0.title, t0.created) FROM post AS t0)
///      UNION ALL
///      (SELECT ('photo'::text), t1.id, t1.taken, ROW(('1'::integer), t1.id, t1.caption, t1.taken) FROM photo AS t1))
///      AS t0 (kind, key, created, row) WHERE t0.kind = $1 ORDER BY t0.created DESC"
/// );
/// # fn matched(item: Feed) -> String {
/// match item.row {
///     FeedRow::Post(post) => post.title,
///     FeedRow::Photo(photo) => photo.caption,
/// }
/// # }
/// ```
///
/// | what is written | meaning |
/// |---|---|
/// | `Post` | the rows of `Post::objects()` |
/// | `Film(media::Video)`, `Film(Box<Video>)` | a variant of another name; a row in a box |
/// | `Post(Post, User) = Post::objects().select_related(\|p\| p.author())` | the rows of a query set; the variant holds what it returns |
/// | `created: DateTime<Utc>` | a column that is the field `created` of each model |
/// | `title: String = { Photo: \|p\| p.caption() }` | one that is something else in some of them |
/// | `author: ForeignKey<User>` | a key: the field of that name, a path to the model, or a value of its key |
/// | `key: Uuid = { … }`, `#[model(primary_key = [kind, key, org])]` | where the key is another one |
/// | `#[model(…)]`, `#[field(…)]`, `#[derive(…)]` | as of models; what is derived, for the rows as well |
/// | `#[combined(view)]`, `#[combined(materialized)]` | a view of the database, made by migrations, in which rows are JSON |
///
/// Its rows are read, and not written. Statements fail with `Error::Usage` where a part cannot be put together with
/// the others, and where rows belong to tenants and no column says to which.
#[proc_macro]
pub fn combined(input: TokenStream) -> TokenStream {
    reported(|errors| combined::expand(input.into(), errors))
}

/// A `Decimal` that is known when the program is compiled, digit by digit: `dec!(9.99)`.
///
/// ```
/// # use orm_doctest::*;
/// let books = Book::objects().filter(|b| b.price().lt(orm_derive::dec!(9.99)));
/// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.price < $1");
/// assert_eq!(orm_derive::dec!(-4.50).to_string(), "-4.50");
/// ```
#[proc_macro]
pub fn dec(input: TokenStream) -> TokenStream {
    let decimal = parse_macro_input!(input as decimal::Decimal);
    decimal.expand().into()
}

/// The folder of migrations as it is when the program is built: `migrations!()`, or
/// `migrations!("path")`, from where the package's `Cargo.toml` is. It need not be there yet.
///
/// ```
/// static MIGRATIONS: orm::migrate::Embedded = orm_derive::migrations!("tests/migrations");
///
/// assert_eq!(MIGRATIONS.graph().unwrap().iter().count(), 0);
/// ```
///
/// A migration that is added, changed or removed has the program built again.
#[proc_macro]
pub fn migrations(input: TokenStream) -> TokenStream {
    let path = parse_macro_input!(input as Option<syn::LitStr>);
    migrations::expand(path.as_ref()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Registers a function that migrations run by its name, `run_rust = "fill_slugs"`: a data migration.
/// `#[data_migration(name = "…")]` has it known by another name.
///
/// ```
/// use orm::migrate::data::{DataStep, f, lower};
///
/// #[orm_derive::data_migration]
/// async fn fill_slugs(step: &DataStep<'_>) -> orm::Result<()> {
///     let books = step.model("catalogue.Book")?.objects().filter("slug", "");
///     books.update(step, [("slug", lower(f("title")))]).await?;
///     Ok(())
/// }
/// ```
#[proc_macro_attribute]
pub fn data_migration(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let arguments = parse_macro_input!(arguments as data_migration::Arguments);
    let item = parse_macro_input!(item as syn::ItemFn);
    data_migration::expand(&arguments, &item).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// An expansion, with all mistakes that were found on the way.
fn reported(expand: impl FnOnce(&Errors) -> proc_macro2::TokenStream) -> TokenStream {
    let errors = Errors::default();
    let expanded = expand(&errors);
    let errors = errors.into_tokens();
    quote!(#errors #expanded).into()
}
