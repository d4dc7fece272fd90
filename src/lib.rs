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
//! - `files`: every `ObjectStore` of the crate `object_store` as a storage of [`files`].
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

pub use files::File;
pub use orm_core::column::{Choices, Column, Single};
pub use orm_core::draft::{self, Complete, CompleteBut, Draft, IntoField};
pub use orm_core::expr::{self, Aggregate, Assignment, Expr, Field, Ordering, Q};
pub use orm_core::hooks::{self, HookCx, Hooks, RelatedAction, RelatedChange};
pub use orm_core::instance::{ByKey, Deleted, DynDraft, IntoDynValue, Tracked};
pub use orm_core::manager::{AllRows, Manager};
pub use orm_core::model::{
    Agg, Card, Cardinality, Computed, Fields, ForeignKey, Many, ManyToMany, Model, ModelFields,
    One, OneToOne, Opt, Own, ToOne,
};
pub use orm_core::model_ext::ModelExt;
pub use orm_core::queryset::{
    BulkCreate, Free, Of, OnConflict, QuerySet, Upsert, Upserted, Via, prefetch,
};
pub use orm_core::relation::FetchOpt;
pub use orm_core::relation::{self, IntoKeys, SaveDraft};
pub use orm_core::row::Row;
pub use orm_core::select::{DynRow, Select};
pub use orm_core::validation::{Clean, FullClean, FullCleanDraft, validators};
pub use orm_derive::{Choices, Column, Model, ModelFields, draft, q, queryset, row};
pub use orm_sql::error::{Errors, ValidationError};
pub use orm_sql::exec::Executor;
pub use orm_sql::exec::transaction::{self, Begin, IsolationLevel, Transaction, Transactions};
pub use orm_sql::value::{self, HStore, SqlType, SqlValue};
pub use orm_sql::{Error, Result};

/// What most files of an application need: `use orm::prelude::*;`.
pub mod prelude {
    pub use crate::{
        AllRows, Card, Cardinality, Choices, Clean, Column, Complete, DynRow, Error, Errors,
        Executor, Expr, FetchOpt, Fields, File, ForeignKey, FullClean, FullCleanDraft, HookCx,
        Hooks, Manager, ManyToMany, Model, ModelExt, ModelFields, OneToOne, Q, QuerySet, Result,
        Row, SaveDraft, Transaction, Transactions, ValidationError, draft, q, queryset, row,
    };
    pub use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
    pub use rust_decimal::Decimal;
    pub use uuid::Uuid;

    #[cfg(feature = "postgres")]
    pub use crate::Database;
    pub use crate::expr::{
        case, coalesce, concat, count_all, exists, greatest, least, now, nullif, outer_ref, random,
        raw_expr, subquery, value,
    };
    pub use crate::tables::{create_tables, create_tables_sql, drop_tables};
    pub use crate::{Json, Range, RawQuery, params, prefetch};
    pub use ipnet::IpNet;
    pub use orm_core::relation::mistakes::RelationMistakes as _;
    pub use serde_json::{Value, json};
}

pub mod files;

/// What a Rust type must offer to be a column: its SQL type and its two conversions.
pub mod column {
    pub use orm_core::column::*;
    pub use orm_sql::row::CellError;
}

/// Static metadata of models, and the traits that `#[derive(Model)]` implements.
pub mod model {
    pub use orm_core::column::Choice;
    pub use orm_core::ir::{
        CheckMeta, Default, FieldMeta, IndexMeta, IndexPart, KeyFields, ModelMeta, NO_FIELD,
        OnDelete, PathBuf, Referrer, Registered, Relation, RelationKind, Scope, Step, Through,
        UniqueMeta, concat_fields, field_of,
    };
    pub use orm_core::model::*;
    pub use orm_core::relation::FetchOpt;
}

/// Validation: what values must be like, checked before the database is asked.
pub mod validation {
    pub use orm_core::validation::*;
    pub use orm_sql::error::{Errors, NON_FIELD_ERRORS, ValidationError};
}

/// What generated code names. Not for people: it changes without notice.
#[doc(hidden)]
pub mod private {
    pub use orm_core::column::{
        Choice, Choices, Column, FileMeta, NotNull, Null, Nullness, Single, UploadTo, choices,
    };
    pub use orm_sql::row::CellError;

    pub use orm_core::__cell as cell;
    pub use orm_core::draft::{
        At, Complete, CompleteBut, Draft, In, IntoField, KeySlot, NullableKeySlot, Optional,
        RawDraft, Requires, Set, SharedSlot, Slot, Unset, WideKeySlot,
    };
    pub use orm_core::expr::{
        Aggregate, AsExpr, Assignment, Assignments, Columns, Condition, Field, FindBy, Found,
        IntoExpr, Ordering, Orderings, Q,
    };
    pub use orm_core::files::bound;
    pub use orm_core::generated::*;
    pub use orm_core::hooks::{HasHooks, hooks_of};
    pub use orm_core::instance::{self, Deleted, DynDraft};
    pub use orm_core::inventory::submit;
    pub use orm_core::ir::{
        Between, BetweenMeta, CheckMeta, Default, FieldMeta, IndexMeta, IndexPart, ModelMeta, Node,
        OnDelete, OrderNode, PathBuf, Query, Registered, Relation, RelationKind, Scope, Step,
        Through, UniqueMeta, concat_fields, field_of,
    };
    pub use orm_core::manager::Manager;
    pub use orm_core::model::*;
    pub use orm_core::prefetch::{self, Loaded, Prefetch};
    pub use orm_core::queryset::{ByField, Element, NoField, Of, QuerySet, Related, RelatedBy};
    pub use orm_core::relation::{IntoKeys, LinkSlot, MayBeMissing, forward_set, reverse_set};
    pub use orm_core::row::{Decoded, Reader, Row};
    pub use orm_core::select::{
        Joined, ModelDecoder, RelatedRow, Select, Selection, mapped, named,
    };
    pub use orm_core::validation::{Clean, FieldValidator, cleaning, validators};
    pub use orm_sql::error::Errors;
    pub use orm_sql::exec::{BoxFuture, Executor};
    pub use orm_sql::value::{SqlType, SqlValue};
    pub use orm_sql::{Error, Result};
}

pub use orm_core::column::{Json, Range};
pub use orm_core::params;
pub use orm_core::queryset::{CopyIn, CopyOut, CopyRow, CopyWriter, Nested, RawQuery};
#[cfg(feature = "postgres")]
pub use orm_postgres::{
    Database, DatabaseBuilder, HealthCheck, ListenEvent, Listener, Notification, PoolStatus,
    QueryEvent, QueueMode, SslMode, StatementCache, Subscription, TargetSessionAttrs,
    deadpool_postgres,
};
pub use orm_sql::exec::{AnyExecutor, Backend};
pub use orm_sql::sql::CopyFormat;

pub use orm_core::{signals, tables};
pub use orm_sql::exec::n_plus_one;

/// The examples of the documentation, compiled as tests.
#[cfg(doctest)]
mod book {
    #[doc = include_str!("../README.md")]
    struct Readme;
    #[doc = include_str!("../docs/book/models.md")]
    struct Models;
    #[doc = include_str!("../docs/book/querying.md")]
    struct Querying;
    #[doc = include_str!("../docs/book/rows.md")]
    struct Rows;
    #[doc = include_str!("../docs/book/writing.md")]
    struct Writing;
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
    #[doc = include_str!("../docs/book/performance.md")]
    struct Performance;
}
