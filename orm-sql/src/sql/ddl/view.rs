//! Views: made, dropped, refreshed.

use crate::schema::{Change, TableName, View};
use crate::sql::Writer;

impl Writer<'_> {
    /// A change of a view; false for another one.
    pub(super) fn view(&mut self, change: &Change) -> bool {
        match change {
            Change::CreateView { view, replace } => self.create_view(view, *replace),
            Change::DropView { name, materialized, if_exists, cascade } => {
                self.raw("DROP ");
                self.view_name(*materialized, if *if_exists { "IF EXISTS " } else { "" }, name);
                self.raw(if *cascade { " CASCADE" } else { "" });
            }
            Change::RefreshView { name, concurrently } => {
                self.raw("REFRESH ");
                self.view_name(true, if *concurrently { "CONCURRENTLY " } else { "" }, name);
            }
            Change::CommentOnView { name, materialized, comment } => {
                self.raw("COMMENT ON ");
                self.view_name(*materialized, "", name);
                self.comment(comment.as_deref());
            }
            _ => return false,
        }
        true
    }

    fn create_view(&mut self, view: &View, replace: bool) {
        let View { name, columns, query, materialized, .. } = view;
        self.raw(if replace && !materialized { "CREATE OR REPLACE " } else { "CREATE " });
        self.view_name(*materialized, "", name);
        if !columns.is_empty() {
            self.raw(" ");
            self.columns(columns);
        }
        self.raw(" AS\n");
        self.user_text(query);
    }

    fn view_name(&mut self, materialized: bool, words: &'static str, name: &TableName) {
        self.raw(if materialized { "MATERIALIZED VIEW " } else { "VIEW " });
        self.raw(words);
        self.relation_name(name);
    }
}
