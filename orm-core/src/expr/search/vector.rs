//! Documents: texts put together, with weights.

use super::as_text;
use crate::column::{Column, NotNull, Nullness, TsVector, Weight};
use crate::expr::arithmetic::{Addition, Arithmetic};
use crate::expr::{AsExpr, Expr, Hosts, Like, Same, Text};
use crate::ir::Node;
use crate::model::{Cardinality, Vectored};
use orm_sql::ast::Template;
use orm_sql::value::{SqlType, SqlValue};

/// A document that is made in the query.
pub type SearchVector<R> = Expr<R, TsVector, Vectored>;

/// The configuration, if there is one, and the text.
static VECTOR: Template = Template::new("to_tsvector({*})");
static OR_EMPTY: Template = Template::never_null("COALESCE({}, '')");
static JOINED: Template = Template::new("{} || ' ' || {}");
static BOTH: Template = Template::new("({} || {})");
static WEIGHT_A: Template = Template::new("setweight({}, 'A')");
static WEIGHT_B: Template = Template::new("setweight({}, 'B')");
static WEIGHT_C: Template = Template::new("setweight({}, 'C')");
static WEIGHT_D: Template = Template::new("setweight({}, 'D')");
const WEIGHTS: [&Template; 4] = [&WEIGHT_A, &WEIGHT_B, &WEIGHT_C, &WEIGHT_D];

/// The type of configurations, whose values are their names.
pub(super) const CONFIG: SqlType = SqlType::Named("regconfig");

/// What can be searched in: text, and documents (`tsvector`).
#[diagnostic::on_unimplemented(
    message = "full text search needs text or a `TsVector`, but the expression holds `{Self}`",
    label = "neither text nor a document",
    note = "several columns are searched together by `search_vector((b.title(), b.body())).search(\"…\")`, \
            and what is no text by its text: `.cast::<String>()`"
)]
pub trait Searched: Column<Inner = Self, Null = NotNull> {
    /// Whether the document can be NULL, where the expression is `N`.
    type Null<N: Nullness>: Nullness;
    /// The document.
    #[doc(hidden)]
    fn vector(node: &Node, config: Option<&Node>) -> Node;
}

impl<T: Text + Column<Null = NotNull>> Searched for T {
    type Null<N: Nullness> = NotNull;
    fn vector(node: &Node, config: Option<&Node>) -> Node {
        let text = Node::template(&OR_EMPTY, vec![as_text::<T>(T::operand(node))]);
        Node::template(&VECTOR, config.cloned().into_iter().chain([text]).collect())
    }
}

impl Searched for TsVector {
    type Null<N: Nullness> = N;
    fn vector(node: &Node, _: Option<&Node>) -> Node {
        node.clone()
    }
}

/// The texts of a document: one expression, or a tuple of them. What is no text is taken by its text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that a document can be made of",
    label = "expected an expression over `{R}`, or a tuple of them",
    note = "`search_vector((b.title(), b.body()))`"
)]
pub trait SearchTexts<R> {
    /// The untyped expressions, none of them NULL.
    #[doc(hidden)]
    fn into_texts(self) -> Node;
}

fn text<R, X: AsExpr<R>>(item: X) -> Node {
    Node::template(&OR_EMPTY, vec![as_text::<X::Ty>(item.as_node())])
}

macro_rules! one {
    ($($expr:ty),*) => {$(
        impl<R, S, T: Column, K: Cardinality> SearchTexts<R> for $expr
        where
            Same: Hosts<S, R>,
        {
            fn into_texts(self) -> Node {
                text::<R, _>(self)
            }
        }
    )*};
}
one!(Expr<S, T, K>, &Expr<S, T, K>);

macro_rules! texts {
    ($first:ident $($t:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<R, $first: AsExpr<R>, $($t: AsExpr<R>),*> SearchTexts<R> for ($first, $($t,)*) {
            #[allow(non_snake_case)]
            fn into_texts(self) -> Node {
                let ($first, $($t,)*) = self;
                let joined = text($first);
                $(let joined = Node::template(&JOINED, vec![joined, text($t)]);)*
                joined
            }
        }
    };
}
tuples!(texts);

/// How texts are read: the name of a configuration, or a column that holds one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no configuration of text search",
    label = "expected a name such as `\"english\"`, or a text over `{R}` that is never NULL",
    note = "where a column can be NULL: `coalesce((b.language(), \"simple\"))`"
)]
pub trait SearchConfig<R> {
    /// The untyped expression.
    #[doc(hidden)]
    fn into_config(self) -> Node;
}

macro_rules! names {
    ($($text:ty),*) => {$(
        impl<R> SearchConfig<R> for $text {
            fn into_config(self) -> Node {
                Node::Value(SqlValue::Text(self.to_string()), CONFIG)
            }
        }
    )*};
}
names!(&str, String, &String);

macro_rules! columns {
    ($($expr:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<R, T, K> SearchConfig<R> for $expr
        where
            T: Column<Inner: Text, Null = NotNull>,
            K: Cardinality<Null = NotNull>,
        {
            fn into_config(self) -> Node {
                Node::Cast(Box::new(self.node().clone()), CONFIG)
            }
        }
    )*};
}
columns!(Expr<R, T, K>, &Expr<R, T, K>);

/// A document of one text or several, which are joined by spaces: `to_tsvector`. NULL is an empty text.
///
/// Searched in for one query it need not be kept: `search_vector((b.title(), b.body())).search("…")`. To
/// have it in an index, keep it in a generated column. Documents are joined by `+`, and each part can have
/// a weight, which ranks count by.
///
/// ```
/// # use orm_doctest::*;
/// let books = Book::objects()
///     .filter(|b| search_vector((b.name(), b.author().name())).search("lennon"));
/// assert_sql!(
///     books,
///     "SELECT … FROM book AS t0 JOIN author AS t1 ON t1.id = t0.author_id
///      WHERE to_tsvector(COALESCE(t0.name, '') || ' ' || COALESCE(t1.name, '')) @@ plainto_tsquery($1)"
/// );
/// let books = Book::objects().filter(|b| {
///     let title = search_vector(b.name()).config("english").weight(Weight::A);
///     let author = search_vector(b.author().name()).config("simple").weight(Weight::B);
///     (title + author).search("lennon")
/// });
/// assert_sql!(
///     books,
///     "SELECT … WHERE (setweight(to_tsvector($1, COALESCE(t0.name, '')), 'A') ||
///      setweight(to_tsvector($2, COALESCE(t1.name, '')), 'B')) @@ plainto_tsquery($3, $4)"
/// );
/// ```
pub fn search_vector<R, X: SearchTexts<R>>(texts: X) -> SearchVector<R> {
    Expr::from_node(Node::template(&VECTOR, vec![texts.into_texts()]))
}

impl<R> SearchVector<R> {
    /// How the texts are read: the name of a configuration of the server, or a column that holds one.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects()
    ///     .filter(|b| search_vector(b.name()).config(b.author().name()).search("submarine"));
    /// assert_sql!(
    ///     books,
    ///     "SELECT … WHERE to_tsvector(CAST(t1.name AS regconfig), COALESCE(t0.name, '')) @@
    ///      plainto_tsquery(CAST(t1.name AS regconfig), $1)"
    /// );
    /// ```
    ///
    /// A document that is in a column already is an error: its texts were read before.
    pub fn config<C: SearchConfig<R>>(self, config: C) -> Self {
        Expr::from_node(configured(self.into_node(), config.into_config()))
    }
}

fn configured(node: Node, config: Node) -> Node {
    match node {
        Node::Template(of, mut args) if std::ptr::eq(of, &VECTOR) => {
            match args.as_mut_slice() {
                [before, _text] => *before = config,
                _ => args.insert(0, config),
            }
            Node::Template(of, args)
        }
        Node::Template(of, mut args) if WEIGHTS.iter().any(|weight| std::ptr::eq(*weight, of)) => {
            match args.pop() {
                Some(one) => configured(one, config).weighted(of),
                None => Node::Template(of, args),
            }
        }
        _ => Node::Failed(
            "`config` says how texts are read, and this document is made already: give it to the \
             `search_vector` that makes it",
        ),
    }
}

impl Node {
    fn weighted(self, weight: &'static Template) -> Node {
        Node::template(weight, vec![self])
    }
}

/// The configuration that a document was made with, where that can be seen: that of the first of several.
pub(super) fn config_of(vector: &Node) -> Option<&Node> {
    match vector {
        Node::Template(of, args) if std::ptr::eq(*of, &VECTOR) => match args.as_slice() {
            [config, _text] => Some(config),
            _ => None,
        },
        Node::Template(of, args)
            if std::ptr::eq(*of, &BOTH)
                || WEIGHTS.iter().any(|weight| std::ptr::eq(*weight, *of)) =>
        {
            args.first().and_then(config_of)
        }
        _ => None,
    }
}

/// Documents one behind the other.
#[diagnostic::do_not_recommend]
impl Arithmetic<Addition, TsVector> for TsVector {
    type Out = TsVector;
    const SQL: Option<&'static Template> = Some(&BOTH);
}

/// What has words with weights.
#[diagnostic::on_unimplemented(
    message = "a weight is given to a document, but the expression holds `{Self}`",
    label = "not a document",
    note = "make one of text: `search_vector(b.title()).weight(Weight::A)`"
)]
pub trait Weighted: Column<Inner = Self, Null = NotNull> {}
impl Weighted for TsVector {}

impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
    /// The document with one weight for all of its words: `setweight`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let articles = Article::objects().values(|a| a.words().weight(Weight::B));
    /// assert_sql!(articles, "SELECT setweight(t0.words, 'B') FROM article AS t0");
    /// ```
    pub fn weight(&self, weight: Weight) -> Expr<R, Like<T, K, TsVector>, Vectored>
    where
        T::Inner: Weighted,
    {
        let template = match weight {
            Weight::A => &WEIGHT_A,
            Weight::B => &WEIGHT_B,
            Weight::C => &WEIGHT_C,
            Weight::D => &WEIGHT_D,
        };
        Expr::from_node(self.node().clone().weighted(template))
    }
}

/// Whether a document of `X` can be NULL.
pub(super) type NullOfVector<R, X> =
    <<X as AsExpr<R>>::Inner as Searched>::Null<<X as AsExpr<R>>::Null>;
