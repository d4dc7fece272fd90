//! Django's ORM, for Rust, on PostgreSQL.
//!
//! Models are plain structs. Query sets have Django's names, lookups and semantics, and what they
//! return is in their type: what was not loaded cannot be read.
//!
//! ```no_run
//! use orm::prelude::*;
//!
//! #[derive(Model, Clone, Debug, PartialEq)]
//! #[model(app = "library", ordering = [name])]
//! pub struct Author {
//!     pub id: i64,
//!     #[field(max_length = 100)]
//!     pub name: String,
//! }
//!
//! #[derive(Model, Clone, Debug, PartialEq)]
//! #[model(app = "library")]
//! pub struct Book {
//!     pub id: i64,
//!     #[field(max_length = 255)]
//!     pub title: String,
//!     pub pages: i32,
//!     #[field(on_delete = Cascade, related_name = "books")]
//!     pub author: ForeignKey<Author>,
//! }
//!
//! # async fn tour() -> Result<()> {
//! let db = Database::connect("postgres://localhost/library").await?;
//! create_tables::<(Author, Book)>(&db).await?;
//!
//! let author = draft!(Author { name: "Ursula K. Le Guin" }).save(&db).await?;
//! author.books().create(&db, draft!(Book { title: "The Dispossessed", pages: 387 })).await?;
//!
//! let long: Vec<(Book, Author)> = Book::objects()
//!     .filter(|b| b.author().name().icontains("le guin") & b.pages().gt(300))
//!     .order_by(|b| b.pages().desc())
//!     .select_related(|b| b.author())
//!     .all(&db)
//!     .await?;
//! let shelves: Vec<(Author, Vec<Book>)> =
//!     Author::objects().prefetch_related(|a| a.books()).all(&db).await?;
//! let counted: Vec<(Author, i64)> =
//!     Author::objects().annotate(|a| a.books().count()).all(&db).await?;
//! Book::objects().update(&db, |b| b.pages().set(b.pages() + 1)).await?;
//! # Ok(())
//! # }
//! # fn main() {}
//! ```
//!
//! # Where things are
//!
//! - [`prelude`]: what most files need; the macros [`draft!`], [`q!`], [`row!`] and the attribute
//!   [`queryset`] are in it.
//! - [`Model`]: what `#[derive(Model)]` implements; [`ForeignKey`], [`OneToOne`], [`ManyToMany`]
//!   are its relations; [`Choices`], [`Column`] and [`ModelFields`] are derived for enums,
//!   newtypes and shared fields.
//! - [`QuerySet`]: everything that can be chained, and the methods that run it; [`Nested`] is a
//!   query over the rows of another one.
//! - [`Expr`]: lookups, functions, operators and aggregates; functions of several arguments are in
//!   [`expr`].
//! - [`Manager`] and [`AllRows`]: query sets that a model's rows are reached through.
//! - [`Hooks`] and [`signals`]: what runs when rows are saved, deleted and linked; [`Tracked`]: rows
//!   that know what of them was changed.
//! - [`Executor`]: what queries run on: a [`Database`], a [`Transaction`]. Functions of yours take
//!   `&impl Executor`.
//! - [`tables`]: the tables of models.
//! - [`n_plus_one`]: the same statement from the same place over and over, found while developing.
//! - [`Error`]: one error, its kinds named for what the caller can do about them.
//!
//! # Features
//!
//! - `postgres` (default): [`Database`]. Without it there are models, queries
//!   and their SQL as text, and no driver.
//! - `tls` (default): encrypted connections, by rustls.
//! - `bigdecimal`: `BigDecimal` of the crate of that name, for `numeric` columns of more digits than
//!   `Decimal` has.
//! - `files`: every `ObjectStore` of the crate `object_store` as a storage of [`files`].
//! - `migrate`: migrations made from the models, run by the program: `migrate`, `migrations!`.
//! - `cli`: the commands `makemigrations`, `migrate` and all others of `manage!`.
//! - `regex` (default): the [validators] `regex` and `unicode_slug`.

#![warn(missing_docs)]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::cast_possible_truncation
    )
)]

#[cfg(feature = "bigdecimal")]
pub use bigdecimal::BigDecimal;
pub use files::File;
pub use orm_core::column::{Choices, Column, Single};
pub use orm_core::draft::{Complete, CompleteBut, Draft, IntoField};
pub use orm_core::expr::{Aggregate, Assignment, Expr, Field, Ordering, Q};
pub use orm_core::generated::read_content_types;
pub use orm_core::hooks::{HookCx, Hooks, RelatedAction, RelatedChange};
pub use orm_core::instance::{ByKey, Deleted, DynDraft, IntoDynValue, Tracked};
pub use orm_core::manager::{AllRows, Manager};
pub use orm_core::model::{
    Agg, Card, Cardinality, Computed, Extends, FarOne, FarOpt, Fields, Flattens, ForeignKey,
    GenericForeignKey, GenericTo, InKind, IntoGeneric, Many, ManyToMany, Model, ModelFields,
    OfKind, One, OneToOne, Opt, Own, ToOne,
};
pub use orm_core::model_ext::ModelExt;
pub use orm_core::queryset::ColumnRow;
pub use orm_core::queryset::{
    BulkCreate, Explain, Free, InsertFrom, Of, OnConflict, QuerySet, Subclasses, Upsert, Upserted,
    Via, prefetch,
};
pub use orm_core::relation::{FetchGeneric, FetchOpt, IntoKeys, SaveDraft};
pub use orm_core::row::Row;
pub use orm_core::select::{DynRow, Select};
#[doc(hidden)]
pub use orm_core::select::{Selects, Totals};
pub use orm_core::validation::{Clean, FullClean, FullCleanDraft};
pub use orm_derive::{
    Choices, Column, ColumnRow, GenericForeignKey, Kinds, Model, ModelFields, Subclasses, combined,
    dec, draft, q, queryset, raw, row,
};
pub use orm_sql::error::{Errors, ValidationError};
pub use orm_sql::exec::Executor;
pub use orm_sql::exec::transaction::{Begin, IsolationLevel, Transaction, Transactions};
pub use orm_sql::value::{HStore, Interval, SqlType, SqlValue};
pub use orm_sql::{Error, Result};
#[doc(no_inline)]
pub use rust_decimal::Decimal;

/// What most files of an application need: `use orm::prelude::*;`.
pub mod prelude {
    pub use crate::{
        AllRows, Card, Cardinality, Choices, Clean, Column, ColumnRow, Complete, DynRow, Error,
        Errors, Executor, Expr, Extends, FetchGeneric, FetchOpt, Fields, File, ForeignKey,
        FullClean, FullCleanDraft, GenericForeignKey, HookCx, Hooks, Kinds, Manager, ManyToMany,
        Model, ModelExt, ModelFields, OneToOne, Q, QuerySet, Result, Row, SaveDraft, Subclasses,
        Tenants, Transaction, Transactions, ValidationError, combined, dec, draft, q, queryset,
        raw, row,
    };
    pub use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
    pub use rust_decimal::Decimal;
    pub use uuid::Uuid;

    #[cfg(feature = "postgres")]
    pub use crate::Database;
    pub use crate::expr::Cast as _;
    pub use crate::expr::{
        array_subquery, case, coalesce, concat, count_all, cume_dist, dense_rank, exists,
        first_value, greatest, json_array, json_object, lag, last_value, lead, least, now,
        nth_value, ntile, nullif, outer_ref, percent_rank, random, random_uuid, rank, raw_expr,
        row_number, search_headline, search_query, search_rank, search_vector, subquery,
        subquery_avg, subquery_count, subquery_max, subquery_min, subquery_sum, transaction_now,
        value, window,
    };
    pub use crate::expr::{cube, group_of, group_of_all, grouping, grouping_sets, rollup};
    pub use crate::tables::{create_missing_tables, create_tables, create_tables_sql, drop_tables};
    pub use crate::{
        Json, Range, RawQuery, generate_series, jsonb_array_elements, params, prefetch, recursive,
        sql_aggregate, sql_function, sql_rows, unnest,
    };
    pub use ipnet::IpNet;
    pub use orm_core::draft::mistakes::DraftMistakes as _;
    #[doc(hidden)]
    pub use orm_core::expr::mistakes::Q;
    pub use orm_core::expr::mistakes::{
        CaseMistakes as _, CaseStartMistakes as _, ExprMistakes as _, OrderingMistakes as _,
    };
    pub use orm_core::model::mistakes::{
        ChangeMistakes as _, CleanMistakes as _, JsonMistakes as _, KeyMistakes as _,
        RowMistakes as _, SetMistakes as _,
    };
    pub use orm_core::queryset::mistakes::{
        BulkCreateMistakes as _, ExecutorMistakes as _, QuerySetMistakes as _,
    };
    pub use orm_core::relation::mistakes::RelationMistakes as _;
    pub use serde_json::{Value, json};
}

pub mod files;

/// Types of columns, and what a type of your own must offer to be one.
pub mod column {
    #[cfg(feature = "vector")]
    pub use orm_core::column::Vector;
    pub use orm_core::column::choices::Representation;
    pub use orm_core::column::{
        Choice, Choices, CiText, Column, Inet, Json, Ltree, Multirange, NotATsVector, NotNull,
        Null, Nullness, Position, Range, RangeItem, Single, TsVector, Weight,
    };
    pub use orm_sql::row::CellError;
    pub use orm_sql::value::{HStore, HStoreText, Interval, NotAnInterval};
}

/// What is known of models, as plain data; paths, keys, and the traits that `#[derive(Model)]`
/// implements.
pub mod model {
    pub use orm_core::column::{Choice, EnumType, FileMeta, UploadTo};
    pub use orm_core::ir::{
        CheckMeta, Default, ExcludeMeta, FieldMeta, IndexMeta, IndexPart, ModelMeta, OnDelete,
        Referrer, Relation, RelationKind, Through, UniqueMeta, ViewMeta, ViewRows, Violation,
    };
    pub use orm_core::model::{
        Agg, Card, Cardinality, Computed, FarOne, FarOpt, Fields, Flattens, ForeignKey,
        GenericForeignKey, GenericTo, Headlined, InKind, IntoGeneric, IntoKey, Key, KeyOf, Many,
        ManyToMany, Model, ModelFields, OfKind, One, OneToOne, Opt, Own, Ranked, ToOne, Vectored,
    };
    pub use orm_sql::schema::Deferrable;
}

/// Rows that are not inserted yet, and what may be put into them.
pub mod draft {
    pub use orm_core::draft::{
        Complete, CompleteBut, Draft, DraftOf, IntoField, RawDraft, Set, Unsaved, Unset,
    };
}

/// Expressions: functions of several arguments or of none, and what stands in the bounds of the
/// methods of [`Expr`].
pub mod expr {
    #[cfg(feature = "vector")]
    pub use orm_core::expr::Numbers;
    pub use orm_core::expr::arithmetic::{
        Addition, Arithmetic, BitAnd, BitOr, BitXor, Division, Multiplication, Operand, Operation,
        Remainder, Subtraction, WholeNumber,
    };
    pub use orm_core::expr::{
        Aggregate, Alternatives, AnyRange, Applied, Array, AsColumns, AsExpr, AsSearchQuery,
        Assignment, Assignments, Between, Boolean, Calculated, Case, CaseStart, Cast, Columns,
        CombinedQuery, ComparedRows, Condition, Connected, Contained, Container, Continuous, Daily,
        Dated, Document, Either, Epoch, Expr, Field, Fits, Fractions, FrameOffset, FrameRange,
        InRange, Indexed, Instant, Integer, IntoArray, IntoExpr, IntoMembers, IntoParam,
        IntoSearchQuery, IsAggregate, IsOwn, Iterated, JsonItems, JsonPairs, JsonPath, Keyed,
        LabelPath, Lasting, Like, Lookup, LowerUpper, MayBeNull, Mixed, Moment, NullFits, NullOf,
        Number, Ordering, Orderings, Over, Overlapping, Param, Pieces, PointOrRange, Q, Queried,
        RawArgument, RawArguments, RawExpr, SearchConfig, SearchQuery, SearchTexts, SearchVector,
        Searched, SelectedAs, Shifted, Signed, Sliced, Subquery, Summable, Temporal, Text, TextMap,
        Timed, Weighted, Window, WindowFunction,
    };
    pub use orm_core::expr::{
        array_subquery, case, coalesce, concat, count_all, cume_dist, dense_rank, exists,
        first_value, greatest, json_array, json_object, lag, last_value, lead, least, lookup, now,
        nth_value, ntile, nullif, outer_ref, percent_rank, pi, random, random_uuid, rank, raw_expr,
        row_number, search_headline, search_query, search_rank, search_vector, subquery,
        subquery_avg, subquery_count, subquery_max, subquery_min, subquery_sum, transaction_now,
        transform, value, window,
    };
    pub use orm_core::select::{
        GroupKeys, GroupSet, Grouped, Subtotals, cube, group_of, group_of_all, grouping,
        grouping_sets, rollup,
    };
}

/// What a model does when its rows are saved, deleted and linked.
///
/// A model says `#[model(hooks)]` and implements [`Hooks`]. Rows of models that are
/// not yours are watched from outside, by [`signals`]. Both run in the transaction
/// of what they are about, and refuse it with an error.
pub mod hooks {
    pub use orm_core::hooks::{Event, Events, HookCx, Hooks, RelatedAction, RelatedChange};
}

/// What related sets and relation paths return and take.
pub mod relation {
    pub use orm_core::relation::{
        BetweenModel, CompositeKey, Creating, FetchGeneric, FetchOpt, IntoKeys, Linking,
        MayBeMissing, PathToKey, SaveDraft, UpdateOrCreate,
    };
}

/// Receivers of what happens to rows, of one model or of all, registered from outside.
///
/// ```
/// use orm::prelude::*;
/// use orm::signals;
///
/// let trimming = signals::before_save_any().connect(|row, _| {
///     Box::pin(async move {
///         for (_, text) in row.texts_mut() {
///             *text = text.trim().to_owned();
///         }
///         Ok(())
///     })
/// });
/// # drop(trimming);
/// ```
///
/// A receiver runs in the transaction of what it is about, after the model's own
/// [`Hooks`], in the order of registration. An error refuses the whole, and so does a
/// panic. It is called until its [`Subscription`](crate::signals::Subscription) is dropped.
pub mod signals {
    pub use orm_core::signals::{AnyRow, Before, BeforeAny, Related, Subscription, With, WithAny};
    pub use orm_core::signals::{
        after_create, after_create_any, after_delete, after_delete_any, after_save, after_save_any,
        after_update, after_update_any, before_create, before_create_any, before_delete,
        before_delete_any, before_save, before_save_any, before_update, before_update_any,
        related_change,
    };
}

/// The tables and views of models: making and dropping them, and the statements for that.
pub mod tables {
    pub use orm_core::queryset::Refresh;
    pub use orm_core::tables::{
        Models, OutdatedView, ViewProblem, create_missing_tables, create_tables, create_tables_of,
        create_tables_sql, create_tables_sql_of, drop_tables, drop_tables_of, outdated_views,
        outdated_views_of,
    };
    pub use orm_sql::schema::TableName;
}

/// Transactions, savepoints, advisory locks, and work after the commit.
pub mod transaction {
    pub use orm_sql::exec::transaction::{
        AdvisoryKey, Begin, CommitHook, CommitOutcome, IntoAdvisoryKey, IsolationLevel, OnCommit,
        Repeatable, Retry, Transaction, TransactionError, TransactionOptions, Transactions, Work,
    };
}

/// Validation: what values must be like, checked before the database is asked.
pub mod validation {
    pub use orm_core::validation::{
        Clean, FieldValidator, FullClean, FullCleanDraft, FullCleanWith, Validator,
    };
    pub use orm_sql::error::{Errors, NON_FIELD_ERRORS, ValidationError};
}

/// The validators that `#[field(validators(…))]` names: Django's, with its codes and messages.
///
/// Each is made by a function here, takes another message or code by `.message(…)` and `.code(…)`,
/// and can be used alone by [`Validator::validate`](crate::validators::Validator::validate).
///
/// ```
/// use orm::validators::{Validator, email, range};
///
/// assert!(email().validate(&"reader@example.com".to_owned()).is_ok());
/// let error = range(1..=10).validate(&11).unwrap_err();
/// assert_eq!(error.code(), "max_value");
/// ```
pub mod validators {
    pub use orm_core::validation::validators::{
        Comparable, ContentType, DecimalDigits, DomainName, Email, FieldValidator, FileExtension,
        FileSize, HasLength, IntList, Integer, Ipv4, Ipv6, Ipv46, Items, Keys, Length, Limits,
        LimitsOf, NoNull, Number, RangeLimit, Slug, Step, TextRule, TextValidator, Url, Validator,
    };
    #[cfg(feature = "regex")]
    pub use orm_core::validation::validators::{Pattern, UnicodeSlug, regex, unicode_slug};
    pub use orm_core::validation::validators::{
        content_type, decimal, domain_name, email, file_extension, file_size, image_extension,
        int_list, integer, ipv4, ipv6, ipv46, items, keys, max_length, max_value, min_length,
        min_value, no_null, range, range_max_value, range_min_value, slug, step, url,
    };
}

/// Values and types without their types in Rust: what [`AnyRow`](crate::signals::AnyRow) holds.
pub mod value {
    pub use orm_sql::value::{
        BoundValue, HStore, Interval, ItemList, Items, Numeric, RangeValue, SqlType, SqlTypeName,
        SqlValue, Upload,
    };
}

/// N+1 found while developing: the same statement from the same place in the source, over and over.
///
/// [`scope`](crate::n_plus_one::scope) watches a piece of work and returns a
/// [`Report`](crate::n_plus_one::Report) beside its value;
/// [`request`](crate::n_plus_one::request) is for a middleware and reports as the builder of each
/// database says. Who is watched is the task: [`inherit`](crate::n_plus_one::inherit) takes the
/// scope along into a task that is spawned, and [`allow`](crate::n_plus_one::allow) leaves a piece
/// of work out.
///
/// ```
/// # async fn list_books() -> usize { 0 }
/// # async fn test() {
/// use orm::n_plus_one;
///
/// // No statement runs more than once from one place.
/// let books = n_plus_one::scope(1, list_books()).await.or_panic();
/// # }
/// ```
pub mod n_plus_one {
    pub use orm_sql::exec::n_plus_one::{
        Finding, Report, Request, Scope, Watched, Within, allow, inherit, is_watching, request,
        scope,
    };
}

/// Migrations made from the models, and run by the program.
///
/// `manage makemigrations` writes them as files that are read in a review; [`migrations!`](crate::migrations)
/// takes their folder into the program, and
/// [`Embedded::run`](crate::migrate::Embedded::run) runs those that have not run.
///
/// ```no_run
/// use orm::prelude::*;
///
/// static MIGRATIONS: orm::migrate::Embedded = orm::migrations!();
///
/// # async fn start() -> std::result::Result<(), Box<dyn std::error::Error>> {
/// let db = Database::connect("postgres://localhost/library").await?;
/// let ran: usize = MIGRATIONS.run(&db).await?;
/// # Ok(())
/// # }
/// ```
#[cfg(feature = "migrate")]
pub mod migrate {
    pub use orm_migrate::embed::Embedded;
    pub use orm_migrate::error::{Error, FailedStatement};
    pub use orm_migrate::file::{FileError, Migration, MigrationName};
    pub use orm_migrate::folder::Folder;
    pub use orm_migrate::graph::{Graph, GraphError};
    pub use orm_migrate::run::{Event, Runner, Step, Target, TenantRun, create_schema};

    /// Data migrations in Rust: functions with [`#[orm::data_migration]`](crate::data_migration), which
    /// get the models as they were.
    ///
    /// ```
    /// use orm::migrate::data::{DataStep, f, lower};
    ///
    /// #[orm::data_migration]
    /// async fn fill_slugs(step: &DataStep<'_>) -> orm::Result<()> {
    ///     let books = step.model("catalogue.Book")?.objects().filter("slug", "");
    ///     books.update(step, [("slug", lower(f("title")))]).await?;
    ///     Ok(())
    /// }
    /// ```
    pub mod data {
        pub use orm_migrate::data::{
            Batch, Batches, DataStep, Expression, HistoricalDraft, HistoricalModel, HistoricalRow,
            HistoricalSet, IntoOperand, OldCondition, abs, case, coalesce, concat, f, greatest,
            least, length, lower, now, q, raw, replace, round, trim, upper, value,
        };
    }
}
#[cfg(feature = "migrate")]
pub use orm_derive::{data_migration, migrations};

/// The commands of `manage`, for what [`manage!`](crate::manage) does not say.
#[cfg(feature = "cli")]
pub mod cli {
    pub use orm_cli::{Context, Manage, Result, clap};
}
#[cfg(feature = "cli")]
pub use orm_cli::manage;

/// What generated code names. Not for people: it changes without notice.
#[doc(hidden)]
pub mod private {
    pub use orm_core::__elements as elements;
    pub use orm_core::__raw_rows as raw_rows;
    pub use orm_core::column::{
        Choice, Choices, Column, EnumType, FileMeta, NotNull, Null, Nullness, Single, UploadTo,
        choices,
    };
    pub use orm_sql::row::CellError;

    pub use orm_core::__cell as cell;
    pub use orm_core::__required as required;
    pub use orm_core::draft::mistakes::SavedBefore;
    pub use orm_core::draft::{
        At, Complete, CompleteBut, Draft, GenericSlot, Here, In, Inside, IntoField, KeySlot,
        NullableKeySlot, Optional, RawDraft, Requires, Set, SharedSlot, Slot, Unset, Whole,
        WideKeySlot, Within,
    };
    pub use orm_core::expr::{
        Aggregate, AsColumns, AsExpr, Assignment, Assignments, Columns, Condition, Field, FindBy,
        Found, IntoExpr, IsOwn, Lookup, NullFits, Ordering, Orderings, Q,
    };
    pub use orm_core::files::bound;
    pub use orm_core::generated::*;
    pub use orm_core::hooks::{HasHooks, hooks_of, shared_hooks_of};
    pub use orm_core::instance::{self, Deleted, DynDraft};
    pub use orm_core::inventory::submit;
    pub use orm_core::ir::{
        Behaviour, Between, BetweenMeta, CheckMeta, Default, ExcludeMeta, FieldMeta, IndexMeta,
        IndexPart, Listed, ModelMeta, NO_RELATION, Node, OnDelete, OrderNode, PathBuf, Query,
        Registered, Relation, RelationKind, Scope, SharedMeta, SharedPart, Step, Through,
        UniqueMeta, ViewMeta, Violation, are_free, behaviours, checks, concat_fields,
        concat_relations, count_behaviours, count_checks, count_exclusions, count_indexes,
        count_uniques, exclusions, extended, field_of, indexes, is_free, listed, many_of, no_model,
        uniques,
    };
    pub use orm_core::manager::Manager;
    pub use orm_core::model::*;
    pub use orm_core::prefetch::{self, Loaded, Prefetch};
    pub use orm_core::queryset::{
        ByField, Combined, Element, IntoRawArg, Kind, NoField, Of, Part, QuerySet, RawPiece,
        RawStatement, Related, RelatedBy, Subclasses, WithModel,
    };
    pub use orm_core::relation::{
        IntoKeys, LinkSlot, MayBeMissing, forward_set, nested_in, reverse_set,
    };
    pub use orm_core::row::{Decoded, RECORD, Reader, Row};
    pub use orm_core::select::{
        Joined, ModelDecoder, RelatedRow, Select, Selection, Selects, mapped, named,
    };
    pub use orm_core::validation::{Clean, FieldValidator, HasClean, cleaning, validators};
    #[cfg(feature = "migrate")]
    pub use orm_migrate::data::DataMigration;
    pub use orm_sql::error::Errors;
    pub use orm_sql::exec::{BoxFuture, Executor};
    pub use orm_sql::schema::Deferrable;
    pub use orm_sql::value::{SqlType, SqlValue};
    pub use orm_sql::{Error, Result};
}

#[cfg(feature = "vector")]
pub use orm_core::column::Vector;
pub use orm_core::column::{CiText, Json, Ltree, Multirange, Range, TsVector, Weight};
pub use orm_core::queryset::{
    CopyIn, CopyOut, CopyRow, CopyWriter, Cte, FunctionRow, FunctionRows, Nested, NoModel,
    NumberedPage, Page, PageToken, Paged, Paginator, RawQuery, RawRows, RawStatement, SqlRow,
    generate_series, jsonb_array_elements, recursive, unnest,
};
pub use orm_core::tenants::{TenantKey, Tenants};
pub use orm_core::{params, sql_aggregate, sql_function, sql_rows};
#[cfg(feature = "postgres")]
pub use orm_postgres::{
    Database, DatabaseBuilder, HealthCheck, ListenEvent, Listener, Notification, OnReturn,
    PoolStatus, PrefetchMode, QueryEvent, QueueMode, Server, SslMode, StatementCache, Subscription,
    TargetSessionAttrs, deadpool_postgres,
};
pub use orm_sql::exec::{AnyExecutor, Asked, Backend, BoxFuture, InZone, Tenant, Together};
pub use orm_sql::sql::{CopyFormat, ExplainFormat};

/// The examples of the documentation, compiled as tests.
#[cfg(doctest)]
mod book {
    #[doc = include_str!("../README.md")]
    struct Readme;
    #[doc = include_str!("../docs/book/models.md")]
    struct Models;
    #[doc = include_str!("../docs/book/kinds-of-models.md")]
    struct KindsOfModels;
    #[doc = include_str!("../docs/book/kinds-in-one-table.md")]
    struct KindsInOneTable;
    #[doc = include_str!("../docs/book/generic-relations.md")]
    struct GenericRelations;
    #[doc = include_str!("../docs/book/views.md")]
    struct Views;
    #[doc = include_str!("../docs/book/querying.md")]
    struct Querying;
    #[doc = include_str!("../docs/book/rows.md")]
    struct Rows;
    #[doc = include_str!("../docs/book/inheritance.md")]
    struct Inheritance;
    #[doc = include_str!("../docs/book/groups.md")]
    struct Groups;
    #[doc = include_str!("../docs/book/combining.md")]
    struct Combining;
    #[doc = include_str!("../docs/book/pages.md")]
    struct Pages;
    #[doc = include_str!("../docs/book/search.md")]
    struct Search;
    #[doc = include_str!("../docs/book/writing.md")]
    struct Writing;
    #[doc = include_str!("../docs/book/inserting-from-queries.md")]
    struct RowsMadeOfRows;
    #[doc = include_str!("../docs/book/transactions.md")]
    struct Transactions;
    #[doc = include_str!("../docs/book/validation.md")]
    struct Validation;
    #[cfg(feature = "files")]
    #[doc = include_str!("../docs/book/files.md")]
    struct Files;
    #[doc = include_str!("../docs/book/hooks.md")]
    struct Hooks;
    #[doc = include_str!("../docs/book/testing.md")]
    struct Testing;
    #[doc = include_str!("../docs/book/errors.md")]
    struct Errors;
    #[doc = include_str!("../docs/book/observing.md")]
    struct Observing;
    #[doc = include_str!("../docs/book/connections.md")]
    struct Connections;
    #[doc = include_str!("../docs/book/tenants.md")]
    struct Tenants;
    #[doc = include_str!("../docs/book/performance.md")]
    struct Performance;
    #[cfg(feature = "cli")]
    #[doc = include_str!("../docs/book/migrations.md")]
    struct Migrations;
    #[cfg(feature = "migrate")]
    #[doc = include_str!("../docs/book/data-migrations.md")]
    struct DataMigrations;
}
