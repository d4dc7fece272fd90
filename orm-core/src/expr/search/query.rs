//! What is searched for.

use super::vector::{SearchConfig, config_of};
use crate::column::{Column, NotNull, Nullness};
use crate::expr::{Expr, IntoExpr, NullOf, Text};
use crate::ir::Node;
use crate::model::Cardinality;
use orm_sql::ast::Template;
use std::borrow::Cow;
use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, Not};

static PLAIN: Template = Template::new("plainto_tsquery({*})");
static PHRASE: Template = Template::new("phraseto_tsquery({*})");
static RAW: Template = Template::new("to_tsquery({*})");
static WEBSEARCH: Template = Template::new("websearch_to_tsquery({*})");
static BOTH: Template = Template::new("({} && {})");
static EITHER: Template = Template::new("({} || {})");
static NEITHER: Template = Template::new("(!!{})");

type Types<R, N> = PhantomData<fn() -> (R, N)>;

/// What is searched for: a text and how it is read. Made by [`search_query`], and put together by `&`, `|`
/// and `!`.
///
/// `R` is the model of the query, and `N` says whether the text can be NULL.
#[must_use = "a search query does nothing by itself: give it to `search`"]
pub struct SearchQuery<R, N = NotNull> {
    text: Node,
    read_by: &'static Template,
    config: Option<Node>,
    types: Types<R, N>,
}

/// Search queries that were put together, or negated.
#[must_use = "a search query does nothing by itself: give it to `search`"]
pub struct CombinedQuery<R, N = NotNull> {
    node: Node,
    config: Option<Node>,
    types: Types<R, N>,
}

/// A query of full text search: a text, which is sent as a parameter, or an expression.
///
/// It is plain at first: all words must be there, in any order. [`phrase`](SearchQuery::phrase),
/// [`websearch`](SearchQuery::websearch) and [`raw`](SearchQuery::raw) read it in another way.
///
/// ```
/// # use orm_doctest::*;
/// let books = Book::objects().filter(|b| {
///     let lennon = search_query("john lennon").phrase();
///     b.name().search((search_query("yellow") | lennon) & !search_query("remix"))
/// });
/// assert_sql!(
///     books,
///     "SELECT … WHERE to_tsvector(COALESCE(t0.name, '')) @@ ((plainto_tsquery($1) ||
///      phraseto_tsquery($2)) && (!!plainto_tsquery($3)))"
/// );
/// ```
pub fn search_query<R, V: IntoExpr<String, R>>(text: V) -> SearchQuery<R, V::Null> {
    SearchQuery { text: text.into_node(), read_by: &PLAIN, config: None, types: PhantomData }
}

impl<R, N> SearchQuery<R, N> {
    /// The words must stand one behind the other: `phraseto_tsquery`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let articles = Article::objects().filter(|a| a.words().search(search_query("a day").phrase()));
    /// assert_sql!(articles, "SELECT … FROM article AS t0 WHERE t0.words @@ phraseto_tsquery($1)");
    /// ```
    pub fn phrase(self) -> Self {
        SearchQuery { read_by: &PHRASE, ..self }
    }

    /// As people write it for search engines: words, `"phrases"`, `or`, and `-` before what must not be
    /// there. No text is an error: `websearch_to_tsquery`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let articles =
    ///     Article::objects().filter(|a| a.words().search(search_query("day -night").websearch()));
    /// assert_sql!(articles, "SELECT … FROM article AS t0 WHERE t0.words @@ websearch_to_tsquery($1)");
    /// ```
    pub fn websearch(self) -> Self {
        SearchQuery { read_by: &WEBSEARCH, ..self }
    }

    /// In the language of the server: words between `&`, `|`, `!`, `<->` and in parentheses, with `:*` for
    /// their beginnings and `:A` for a weight. A text that is none is an error of the server (42601):
    /// `to_tsquery`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let articles = Article::objects().filter(|a| a.words().search(search_query("sub:* & !day").raw()));
    /// assert_sql!(articles, "SELECT … FROM article AS t0 WHERE t0.words @@ to_tsquery($1)");
    /// ```
    pub fn raw(self) -> Self {
        SearchQuery { read_by: &RAW, ..self }
    }

    /// How the text is read, and what it is searched for in, where that is text: the name of a
    /// configuration of the server, or a column that holds one.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let articles =
    ///     Article::objects().filter(|a| a.words().search(search_query("days").config("english")));
    /// assert_sql!(articles, "SELECT … FROM article AS t0 WHERE t0.words @@ plainto_tsquery($1, $2)");
    /// ```
    pub fn config<C: SearchConfig<R>>(self, config: C) -> Self {
        SearchQuery { config: Some(config.into_config()), ..self }
    }
}

/// A query without its types.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Untyped {
    /// The text of a plain query, or the query itself.
    node: Node,
    pub(super) config: Option<Node>,
    is_text: bool,
}

impl Untyped {
    fn text(node: Node) -> Self {
        Untyped { node, config: None, is_text: true }
    }

    fn query(node: Node, config: Option<Node>) -> Self {
        Untyped { node, config, is_text: false }
    }

    /// The query; a text is read as the document was.
    pub(super) fn beside(self, vector: &Node) -> Node {
        match self.is_text {
            true => read(&PLAIN, config_of(vector).cloned(), self.node),
            false => self.node,
        }
    }

    /// The query, where nothing says how a text is read.
    pub(super) fn alone(self) -> Node {
        if self.is_text { read(&PLAIN, None, self.node) } else { self.node }
    }
}

fn read(by: &'static Template, config: Option<Node>, text: Node) -> Node {
    Node::template(by, config.into_iter().chain([text]).collect())
}

/// Search queries, which `&` and `|` join.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no search query over `{R}`",
    label = "expected a search query",
    note = "make one of text: `search_query(\"…\")`"
)]
pub trait AsSearchQuery<R> {
    /// Whether it can be NULL.
    type Null: Nullness;
    /// The query and its configuration.
    #[doc(hidden)]
    fn into_untyped(self) -> Untyped;
}

impl<R, N: Nullness> AsSearchQuery<R> for SearchQuery<R, N> {
    type Null = N;
    fn into_untyped(self) -> Untyped {
        Untyped::query(read(self.read_by, self.config.clone(), self.text), self.config)
    }
}

impl<R, N: Nullness> AsSearchQuery<R> for CombinedQuery<R, N> {
    type Null = N;
    fn into_untyped(self) -> Untyped {
        Untyped::query(self.node, self.config)
    }
}

/// What can be searched for: text, which is a plain query, and search queries.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing to search for in rows of `{R}`",
    label = "expected a text, or a search query",
    note = "`.search(\"cats\")`, or `.search(search_query(\"cats -dogs\").websearch())`; where there may be no \
            text: `filter_if`"
)]
pub trait IntoSearchQuery<R> {
    /// Whether it can be NULL.
    type Null: Nullness;
    /// The query or its text, and its configuration.
    #[doc(hidden)]
    fn into_search_query(self) -> Untyped;
}

macro_rules! queries {
    ($($query:ident),*) => {$(
        impl<R, N: Nullness> IntoSearchQuery<R> for $query<R, N> {
            type Null = N;
            fn into_search_query(self) -> Untyped {
                self.into_untyped()
            }
        }
        impl<R, N: Nullness> IntoSearchQuery<R> for &$query<R, N> {
            type Null = N;
            fn into_search_query(self) -> Untyped {
                self.clone().into_untyped()
            }
        }
        impl<R, N: Nullness> AsSearchQuery<R> for &$query<R, N> {
            type Null = N;
            fn into_untyped(self) -> Untyped {
                self.clone().into_untyped()
            }
        }
        impl<R, N: Nullness, Q: AsSearchQuery<R>> BitAnd<Q> for $query<R, N> {
            type Output = CombinedQuery<R, N::Or<Q::Null>>;
            fn bitand(self, other: Q) -> Self::Output {
                join(&BOTH, self.into_untyped(), other.into_untyped())
            }
        }
        impl<R, N: Nullness, Q: AsSearchQuery<R>> BitOr<Q> for $query<R, N> {
            type Output = CombinedQuery<R, N::Or<Q::Null>>;
            fn bitor(self, other: Q) -> Self::Output {
                join(&EITHER, self.into_untyped(), other.into_untyped())
            }
        }
        impl<R, N: Nullness> Not for $query<R, N> {
            type Output = CombinedQuery<R, N>;
            fn not(self) -> Self::Output {
                let Untyped { node, config, .. } = self.into_untyped();
                let node = Node::template(&NEITHER, vec![node]);
                CombinedQuery { node, config, types: PhantomData }
            }
        }
    )*};
}
queries!(SearchQuery, CombinedQuery);

/// The first of the two says how text is read, as in Django.
fn join<R, N>(by: &'static Template, left: Untyped, right: Untyped) -> CombinedQuery<R, N> {
    let node = Node::template(by, vec![left.node, right.node]);
    CombinedQuery { node, config: left.config, types: PhantomData }
}

macro_rules! texts {
    ($($text:ty),*) => {$(
        impl<R> IntoSearchQuery<R> for $text {
            type Null = NotNull;
            fn into_search_query(self) -> Untyped {
                Untyped::text(IntoExpr::<String, R>::into_node(self))
            }
        }
    )*};
}
texts!(&str, &&str, String, &String, Cow<'_, str>);

macro_rules! expressions {
    ($($expr:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<R, T: Column<Inner: Text>, K: Cardinality> IntoSearchQuery<R> for $expr {
            type Null = NullOf<T, K>;
            fn into_search_query(self) -> Untyped {
                Untyped::text(self.node().clone())
            }
        }
    )*};
}
expressions!(Expr<R, T, K>, &Expr<R, T, K>);

impl<R, N> Clone for SearchQuery<R, N> {
    fn clone(&self) -> Self {
        let SearchQuery { text, read_by, config, types } = self;
        SearchQuery { text: text.clone(), read_by, config: config.clone(), types: *types }
    }
}

impl<R, N> Clone for CombinedQuery<R, N> {
    fn clone(&self) -> Self {
        let CombinedQuery { node, config, types } = self;
        CombinedQuery { node: node.clone(), config: config.clone(), types: *types }
    }
}

impl<R, N> std::fmt::Debug for SearchQuery<R, N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SearchQuery").field("text", &self.text).finish_non_exhaustive()
    }
}

impl<R, N> std::fmt::Debug for CombinedQuery<R, N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.node.fmt(f)
    }
}
