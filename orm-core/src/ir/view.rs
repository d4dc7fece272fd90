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
    /// The text of a query that stands in FROM in its place wherever it is read.
    pub read_as: Option<fn() -> orm_sql::Result<&'static str>>,
}

/// What a view selects.
#[derive(Clone, Copy, Debug)]
pub enum ViewRows {
    /// The rows of a query set.
    Query(fn() -> Query),
    /// SQL.
    Sql(&'static str),
    /// Nothing: there is no such view in the database, and its rows are made where they are read.
    Nowhere,
}

impl ViewMeta {
    /// A view of the rows of a query set.
    pub const fn query(query: fn() -> Query) -> Self {
        ViewMeta { rows: ViewRows::Query(query), materialized: false, read_as: None }
    }

    /// No view in the database: a query stands in FROM wherever its rows are read.
    pub const fn inline(sql: fn() -> orm_sql::Result<&'static str>) -> Self {
        ViewMeta { rows: ViewRows::Nowhere, materialized: false, read_as: Some(sql) }
    }

    /// A view of SQL.
    pub const fn sql(sql: &'static str) -> Self {
        ViewMeta { rows: ViewRows::Sql(sql), materialized: false, read_as: None }
    }
}

impl ModelMeta {
    /// The text of the query that stands in FROM in place of a table.
    pub fn read_as(&self) -> Option<fn() -> orm_sql::Result<&'static str>> {
        self.view.and_then(|view| view.read_as)
    }
}

says! { ViewMeta {
    materialized() => true;
    read_as(sql: fn() -> orm_sql::Result<&'static str>) => Some(sql);
} }
