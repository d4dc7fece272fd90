//! Views as plain values.

use orm_sql::schema::RawSql;

/// The query that the rows of a model come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewState {
    /// The query.
    pub query: RawSql,
    /// Its columns, each with its type: by place, under these names. None where the query is SQL of the
    /// user's, which names them itself. A type that is not known in full is empty.
    pub columns: Vec<(String, String)>,
    /// The rows are stored.
    pub materialized: bool,
}

impl ViewState {
    /// True where `CREATE OR REPLACE VIEW` makes the one into the other: columns stay, and more may
    /// follow.
    ///
    /// ```
    /// use orm_core::tables::state::ViewState;
    /// use orm_sql::schema::RawSql;
    ///
    /// let column = |name: &str| (name.to_owned(), "bigint".to_owned());
    /// let query = RawSql::new("SELECT 1::bigint");
    /// let old = ViewState { query, columns: vec![column("a")], materialized: false };
    /// let new = ViewState { columns: vec![column("a"), column("b")], ..old.clone() };
    /// assert!(old.can_become(&new) && !new.can_become(&old));
    /// ```
    pub fn can_become(&self, new: &ViewState) -> bool {
        let known = |(_, column_type): &(String, String)| !column_type.is_empty();
        !self.materialized
            && !new.materialized
            && !self.columns.is_empty()
            && new.columns.starts_with(&self.columns)
            && self.columns.iter().all(known)
    }
}
