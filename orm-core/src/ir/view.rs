//! Models whose rows come from a query.

use super::{ModelMeta, Query};

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
    /// The text of a query that stands in FROM: there is no such view in the database.
    Inline(fn() -> orm_sql::Result<&'static str>),
}

impl ViewMeta {
    /// A view of the rows of a query set.
    pub const fn query(query: fn() -> Query) -> Self {
        ViewMeta { rows: ViewRows::Query(query), materialized: false }
    }

    /// Rows of a query that stands in FROM wherever they are read.
    pub const fn inline(sql: fn() -> orm_sql::Result<&'static str>) -> Self {
        ViewMeta { rows: ViewRows::Inline(sql), materialized: false }
    }

    /// A view of SQL.
    pub const fn sql(sql: &'static str) -> Self {
        ViewMeta { rows: ViewRows::Sql(sql), materialized: false }
    }
}

impl ModelMeta {
    /// True where a query stands in FROM in place of a table.
    pub fn is_inline(&self) -> bool {
        matches!(self.view, Some(ViewMeta { rows: ViewRows::Inline(_), .. }))
    }
}

says! { ViewMeta {
    materialized() => true;
} }
