//! Django's ORM, for Rust, on PostgreSQL.

#![warn(missing_docs)]

pub use orm_core::column::{self, Choices, Column};
pub use orm_core::draft::{self, Complete, CompleteBut, Draft, IntoField};
pub use orm_core::exec::Executor;
pub use orm_core::expr::{self, Aggregate, Assignment, Expr, Field, Ordering, Q};
pub use orm_core::instance::{Deleted, SaveDraft};
pub use orm_core::manager::{AllRows, Manager};
pub use orm_core::model::{
    self, Agg, Card, Computed, FetchOpt, ForeignKey, Many, ManyToMany, Model, ModelFields, One,
    OneToOne, Opt, Own, Path, Root, ToOne,
};
pub use orm_core::queryset::{Free, Of, QuerySet, Via, prefetch};
pub use orm_core::relation::{self, IntoKeys};
pub use orm_core::row::{Row, Single};
pub use orm_core::select::{DynRow, Select};
pub use orm_core::value::{self, SqlType, SqlValue};
pub use orm_core::{Error, Result};
pub use orm_derive::{Choices, Column, Model, ModelFields, draft, q, queryset, row};

/// What most files of an application need: `use orm::prelude::*;`.
pub mod prelude {
    pub use crate::{
        AllRows, Card, Choices, Column, Complete, DynRow, Error, Executor, Expr, FetchOpt,
        ForeignKey, Manager, ManyToMany, Model, ModelFields, OneToOne, Q, QuerySet, Result, Row,
        SaveDraft, draft, q, queryset, row,
    };
    pub use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
    pub use rust_decimal::Decimal;
    pub use uuid::Uuid;

    pub use crate::expr::{
        case, coalesce, concat, count_all, exists, greatest, least, now, nullif, outer_ref, random,
        raw_expr, subquery, value,
    };
    pub use crate::tables::{create_tables, create_tables_sql, drop_tables};
    #[cfg(feature = "postgres")]
    pub use crate::{Database, Transaction};
    pub use crate::{Json, Range, RawQuery, params, prefetch};
    pub use ipnet::IpNet;
    pub use serde_json::{Value, json};
}

/// What generated code names. Not for people: it changes without notice.
#[doc(hidden)]
pub mod private {
    pub use orm_core::column::{CellError, Choices, Column, NotNull, Null, Nullness, choices};

    pub use orm_core::draft::{Complete, CompleteBut, Draft, IntoField, RawDraft, Set, Unset};
    pub use orm_core::exec::{BoxFuture, Executor};
    pub use orm_core::expr::{
        Aggregate, AsExpr, Assignment, Assignments, Condition, Field, IntoExpr, Ordering,
        Orderings, Q,
    };
    pub use orm_core::generated::*;
    pub use orm_core::instance::{self, Deleted};
    pub use orm_core::manager::Manager;
    pub use orm_core::model::*;
    pub use orm_core::node::{Node, OrderNode};
    pub use orm_core::prefetch::{self, Loaded, Prefetch};
    pub use orm_core::queryset::{ByField, Element, NoField, Of, Place, QuerySet, Via};
    pub use orm_core::relation::{self, IntoKeys, MayBeMissing};
    pub use orm_core::row::{Decoded, Reader, Row, Single};
    pub use orm_core::select::{
        Joined, ModelDecoder, RelatedRow, Select, Selection, mapped, model as select_model, named,
    };
    pub use orm_core::value::{SqlType, SqlValue};
    pub use orm_core::{Error, Result};
}

pub use orm_core::column::{Json, Range};
pub use orm_core::exec::AnyExecutor;
pub use orm_core::params;
pub use orm_core::queryset::{Nested, RawQuery};
#[cfg(feature = "postgres")]
pub use orm_postgres::{
    Begin, Database, DatabaseBuilder, IsolationLevel, PoolStatus, QueryEvent, Subscription,
    Transaction,
};

pub use orm_core::tables;
