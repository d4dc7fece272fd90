//! Models whose rows come from a query.

use super::Query;

/// The query of a model that is a view.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ViewMeta {
    /// What it selects.
    pub rows: ViewRows,
    /// The rows are stored, and are those of the query when it was refreshed.
    pub materialized: bool,
}

/// What a view selects.
#[derive(Clone, Copy, Debug)]
pub enum ViewRows {
    /// The rows of a query set.
    Query(fn() -> Query),
    /// SQL.
    Sql(&'static str),
}

impl ViewMeta {
    /// A view of the rows of a query set.
    pub const fn query(query: fn() -> Query) -> Self {
        ViewMeta { rows: ViewRows::Query(query), materialized: false }
    }

    /// A view of SQL.
    pub const fn sql(sql: &'static str) -> Self {
        ViewMeta { rows: ViewRows::Sql(sql), materialized: false }
    }
}

says! { ViewMeta {
    materialized() => true;
} }
