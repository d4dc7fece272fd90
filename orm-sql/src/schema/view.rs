//! Views.

use super::{Change, RawSql, TableName};
use crate::sql_text::reads;

/// A view, or a materialized one.
///
/// ```
/// use orm_sql::schema::{Change, RawSql, TableName, View};
///
/// let query = RawSql::new("SELECT author_id, count(*) FROM book GROUP BY 1");
/// let columns = vec!["author".into(), "n".into()];
/// let view = View { columns, ..View::new(TableName::new("totals"), query) };
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
    /// A comment for people.
    pub comment: Option<String>,
    /// Columns, each with its comment.
    pub column_comments: Vec<(String, Option<String>)>,
}

impl View {
    /// A view that stores no rows, without comments.
    pub fn new(name: TableName, query: RawSql) -> View {
        let (columns, column_comments) = (Vec::new(), Vec::new());
        View { name, columns, query, materialized: false, comment: None, column_comments }
    }

    /// What gives the view and its columns their comments, where these are others than before; with no
    /// view before, all there are.
    pub fn comments(&self, before: Option<&View>) -> Vec<Change> {
        let mut changes = Vec::new();
        if self.comment.as_ref() != before.and_then(|view| view.comment.as_ref()) {
            let (name, comment) = (self.name.clone(), self.comment.clone());
            let materialized = self.materialized;
            changes.push(Change::CommentOnView { name, materialized, comment });
        }
        let old = before.map(|view| view.column_comments.as_slice()).unwrap_or_default();
        for (column, comment) in &self.column_comments {
            let old = old.iter().find(|(name, _)| name == column);
            if comment.as_ref() != old.and_then(|(_, comment)| comment.as_ref()) {
                let (table, column) = (self.name.clone(), column.clone());
                changes.push(Change::CommentOnColumn { table, column, comment: comment.clone() });
            }
        }
        changes
    }

    /// True where the query reads a table or another view, as far as its text tells.
    pub fn reads(&self, relation: &TableName) -> bool {
        reads(self.query.as_str(), (relation.schema.as_deref(), &relation.name))
    }

    /// The places of views in an order in which they can be created: those that others read first.
    ///
    /// ```
    /// use orm_sql::schema::{RawSql, TableName, View};
    ///
    /// let view = |name: &str, sql: &str| View::new(TableName::new(name), RawSql::new(sql));
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
