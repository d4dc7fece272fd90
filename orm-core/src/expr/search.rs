//! Full text search, as Django's `django.contrib.postgres.search`: documents, queries, ranks, headlines.

mod headline;
mod query;
mod rank;
mod vector;

pub use headline::search_headline;
pub use query::{AsSearchQuery, CombinedQuery, IntoSearchQuery, SearchQuery, search_query};
pub use rank::search_rank;
pub use vector::{SearchConfig, SearchTexts, SearchVector, Searched, Weighted, search_vector};

use super::{Either, Expr, IntoExpr, NullOf};
use crate::column::Column;
use crate::ir::{Comparison, Node};
use crate::model::Cardinality;

/// What a search in a value of this type gives: a condition that can be NULL where a document can be, and
/// never where that is made of text, since text that is NULL is an empty document.
type Found<T, K, N> = Either<<<T as Column>::Inner as Searched>::Null<NullOf<T, K>>, N, bool>;

impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
    /// Full text search: in text, or in a document that was made of text (`tsvector`), which an index of
    /// GIN serves.
    ///
    /// A text is a plain query: all of its words must be there, in any form. Other queries are made by
    /// [`search_query`]. Text is read by the configuration of the query, and a plain text that is searched
    /// for by that of the document; without one it is `default_text_search_config` of the server.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.name().search("yellow submarines"));
    /// assert_sql!(
    ///     books,
    ///     "SELECT … FROM book AS t0 WHERE to_tsvector(COALESCE(t0.name, '')) @@ plainto_tsquery($1)"
    /// );
    /// let books = Book::objects().filter(|b| {
    ///     b.name().search(search_query("yellow -submarine").websearch().config("english"))
    /// });
    /// assert_sql!(
    ///     books,
    ///     "SELECT … FROM book AS t0 WHERE to_tsvector($1, COALESCE(t0.name, '')) @@
    ///      websearch_to_tsquery($2, $3)"
    /// );
    /// let articles = Article::objects().filter(|a| a.words().search("submarine"));
    /// assert_sql!(articles, "SELECT … FROM article AS t0 WHERE t0.words @@ plainto_tsquery($1)");
    /// ```
    pub fn search<Q: IntoSearchQuery<R>>(&self, query: Q) -> Expr<R, Found<T, K, Q::Null>>
    where
        T::Inner: Searched,
    {
        let query = query.into_search_query();
        let vector = <T::Inner as Searched>::vector(self.node(), query.config.as_ref());
        let query = query.beside(&vector);
        Expr::from_node(Node::compare(Comparison::Operator("@@"), vector, query))
    }
}

/// A text as the argument of a function of search, whatever its type.
fn as_text<T: Column>(node: Node) -> Node {
    use orm_sql::value::SqlType;
    match T::SQL_TYPE {
        SqlType::Text => node,
        _ => Node::Cast(Box::new(node), SqlType::Text),
    }
}

/// What is written in place of an expression that has no such option.
fn with_args(node: Node, change: impl FnOnce(&mut Vec<Node>)) -> Node {
    match node {
        Node::Template(template, mut args) => {
            change(&mut args);
            Node::Template(template, args)
        }
        other => other,
    }
}

/// A number as an argument.
fn number<R>(value: i32) -> Node {
    IntoExpr::<i32, R>::into_node(value)
}
