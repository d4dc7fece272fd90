//! Views.

use super::{Change, RawSql, TableName};
use crate::sql_text::reads;

/// A view, or a materialized one.
///
/// ```
/// use orm_sql::schema::{Change, RawSql, TableName, View};
///
/// let view = View {
///     name: TableName::new("totals"),
///     columns: vec!["author".into(), "n".into()],
///     query: RawSql::new("SELECT author_id, count(*) FROM book GROUP BY 1"),
///     materialized: false,
///     comment: None,
///     column_comments: Vec::new(),
/// };
/// assert!(view.reads(&TableName::new("book")));
/// assert_eq!(
///     Change::CreateView { view, replace: true }.sql(),
///     "CREATE OR REPLACE VIEW \"totals\" (\"author\", \"n\") AS\n\
///      SELECT author_id, count(*) FROM book GROUP BY 1"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// Its name.
    pub name: TableName,
    /// What its columns are called; none where the query says it.
    pub columns: Vec<String>,
    /// The query whose rows it has.
    pub query: RawSql,
    /// The rows are stored, and are those of the query when it was refreshed.
    pub materialized: bool,
    /// For people.
    pub comment: Option<String>,
    /// The columns that have a comment, with it.
    pub column_comments: Vec<(String, String)>,
}

impl View {
    /// True where the query reads a table or another view, as far as its text tells.
    pub fn reads(&self, relation: &TableName) -> bool {
        reads(self.query.as_str(), (relation.schema.as_deref(), &relation.name))
    }

    /// What makes the comments of a view, `None` for one that is made, those of this one.
    ///
    /// ```
    /// use orm_sql::schema::{Change, RawSql, TableName, View};
    ///
    /// let bare = View {
    ///     name: TableName::new("totals"),
    ///     columns: Vec::new(),
    ///     query: RawSql::new("SELECT 1 AS n"),
    ///     materialized: true,
    ///     comment: None,
    ///     column_comments: vec![("n".into(), "one".into())],
    /// };
    /// let view = View { comment: Some("read it".into()), column_comments: Vec::new(), ..bare.clone() };
    /// let comments: Vec<String> = view.comments(Some(&bare)).iter().map(Change::sql).collect();
    /// assert_eq!(
    ///     comments,
    ///     [
    ///         "COMMENT ON MATERIALIZED VIEW \"totals\" IS 'read it'",
    ///         "COMMENT ON COLUMN \"totals\".\"n\" IS NULL",
    ///     ]
    /// );
    /// ```
    pub fn comments(&self, before: Option<&View>) -> Vec<Change> {
        let mut changes = Vec::new();
        if before.and_then(|view| view.comment.as_ref()) != self.comment.as_ref() {
            changes.push(Change::CommentOnView {
                name: self.name.clone(),
                materialized: self.materialized,
                comment: self.comment.clone(),
            });
        }
        let old = before.map(|view| &*view.column_comments).unwrap_or_default();
        let new = self.column_comments.iter().filter(|comment| !old.contains(comment));
        let new = new.map(|(column, comment)| (column, Some(comment.clone())));
        let is_gone = |column: &String| !self.column_comments.iter().any(|(one, _)| one == column);
        let gone = old.iter().map(|(column, _)| column).filter(|column| is_gone(column));
        let all = new.chain(gone.map(|column| (column, None)));
        changes.extend(all.map(|(column, comment)| Change::CommentOnColumn {
            table: self.name.clone(),
            column: column.clone(),
            comment,
        }));
        changes
    }

    /// The places of views in an order in which they can be created: those that others read first.
    ///
    /// ```
    /// use orm_sql::schema::{RawSql, TableName, View};
    ///
    /// let view = |name: &str, sql: &str| View {
    ///     name: TableName::new(name),
    ///     columns: Vec::new(),
    ///     query: RawSql::new(sql),
    ///     materialized: false,
    ///     comment: None,
    ///     column_comments: Vec::new(),
    /// };
    /// assert_eq!(View::order(&[view("a", "SELECT * FROM b"), view("b", "SELECT 1")]), [1, 0]);
    /// ```
    pub fn order(views: &[View]) -> Vec<usize> {
        fn visit(place: usize, views: &[View], seen: &mut Vec<usize>, order: &mut Vec<usize>) {
            let Some(view) = views.get(place).filter(|_| !seen.contains(&place)) else { return };
            seen.push(place);
            for (other, read) in views.iter().enumerate() {
                if other != place && view.reads(&read.name) {
                    visit(other, views, seen, order);
                }
            }
            order.push(place);
        }
        let (mut seen, mut order) = (Vec::new(), Vec::with_capacity(views.len()));
        for place in 0..views.len() {
            visit(place, views, &mut seen, &mut order);
        }
        order
    }
}
