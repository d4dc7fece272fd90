//! Where in a text the words are.

use super::{IntoSearchQuery, SearchConfig, as_text, with_args};
use crate::column::{Column, NotNull};
use crate::expr::{AsExpr, Either, Expr, Text};
use crate::ir::Node;
use crate::model::Headlined;
use orm_sql::ast::Template;
use orm_sql::value::{SqlType, SqlValue};
use std::fmt::Display;

/// The configuration, if there is one; the text, the query; the options, if there are any.
static HEADLINE: Template = Template::new("ts_headline({*})");

/// The part of a text in which the words are that are searched for, with marks around them: `ts_headline`.
///
/// It is made of the text and not of a document, which takes time: of rows that are shown, and not of all.
/// Marks are `<b>` and `</b>`; the text itself is not escaped, so what users wrote is not safe in HTML.
///
/// ```
/// # use orm_doctest::*;
/// let found = Book::objects().filter(|b| b.name().search("submarine")).values(|b| {
///     search_headline(b.name(), "submarine").start_sel("<em>").stop_sel("</em>").max_words(8).min_words(3)
/// });
/// assert_sql!(
///     found,
///     "SELECT ts_headline(t0.name, plainto_tsquery($1), $2) FROM book AS t0 WHERE …"
/// );
/// ```
pub fn search_headline<R, X, Q>(
    text: X,
    query: Q,
) -> Expr<R, Either<X::Null, Q::Null, String>, Headlined>
where
    X: AsExpr<R>,
    X::Inner: Text + Column<Null = NotNull>,
    Q: IntoSearchQuery<R>,
{
    let text = as_text::<X::Ty>(<X::Inner as Text>::operand(&text.as_node()));
    Expr::from_node(Node::template(&HEADLINE, vec![text, query.into_search_query().alone()]))
}

fn is_config(node: &Node) -> bool {
    matches!(node, Node::Value(_, of) | Node::Cast(_, of) if *of == super::vector::CONFIG)
}

impl<R, T> Expr<R, T, Headlined> {
    /// How the text is read: the name of a configuration of the server, or a column that holds one. A query
    /// has its own.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let found = Book::objects().values(|b| {
    ///     let query = search_query("submarines").config("english");
    ///     search_headline(b.name(), query).config("english")
    /// });
    /// assert_sql!(
    ///     found,
    ///     "SELECT ts_headline($1, t0.name, plainto_tsquery($2, $3)) FROM book AS t0"
    /// );
    /// ```
    pub fn config<C: SearchConfig<R>>(self, config: C) -> Self {
        let config = config.into_config();
        Expr::from_node(with_args(self.into_node(), |args| match args.first_mut() {
            Some(before) if is_config(before) => *before = config,
            _ => args.insert(0, config),
        }))
    }

    /// Options are one parameter, in the form in which the server reads them.
    fn option(self, name: &str, value: impl Display) -> Self {
        let mut option = format!("{name}='");
        for c in value.to_string().chars() {
            if matches!(c, '\'' | '\\') {
                option.push(c);
            }
            option.push(c);
        }
        option.push('\'');
        Expr::from_node(with_args(self.into_node(), |args| {
            let place = 2 + usize::from(args.first().is_some_and(is_config));
            match args.get_mut(place) {
                Some(Node::Value(SqlValue::Text(options), _)) => {
                    options.push_str(", ");
                    options.push_str(&option);
                }
                _ => args.push(Node::Value(SqlValue::Text(option), SqlType::Text)),
            }
        }))
    }
}

macro_rules! options {
    ($($(#[$doc:meta])* $name:ident $option:literal ($value:ident: $t:ty);)*) => {
        impl<R, T> Expr<R, T, Headlined> {$(
            $(#[$doc])*
            pub fn $name(self, $value: $t) -> Self {
                self.option($option, $value)
            }
        )*}
    };
}
options! {
    /// What stands before a word that was found: `<b>` without it.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let found = Book::objects().values(|b| search_headline(b.name(), "day").start_sel("["));
    /// assert_sql!(found, "SELECT ts_headline(t0.name, plainto_tsquery($1), $2) FROM book AS t0");
    /// ```
    start_sel "StartSel" (mark: &str);
    /// What stands behind a word that was found: `</b>` without it.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let found = Book::objects().values(|b| search_headline(b.name(), "day").stop_sel("]"));
    /// assert_sql!(found, "SELECT ts_headline(t0.name, plainto_tsquery($1), $2) FROM book AS t0");
    /// ```
    stop_sel "StopSel" (mark: &str);
    /// How long it is at most: 35 words without it. It must be more than `min_words`, or the server has an
    /// error.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let found = Book::objects().values(|b| search_headline(b.name(), "day").max_words(20));
    /// assert_sql!(found, "SELECT ts_headline(t0.name, plainto_tsquery($1), $2) FROM book AS t0");
    /// ```
    max_words "MaxWords" (words: u16);
    /// How long it is at least: 15 words without it.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let found = Book::objects().values(|b| search_headline(b.name(), "day").min_words(5));
    /// assert_sql!(found, "SELECT ts_headline(t0.name, plainto_tsquery($1), $2) FROM book AS t0");
    /// ```
    min_words "MinWords" (words: u16);
    /// Words of this length or less do not stand at its ends: 3 without it.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let found = Book::objects().values(|b| search_headline(b.name(), "day").short_word(0));
    /// assert_sql!(found, "SELECT ts_headline(t0.name, plainto_tsquery($1), $2) FROM book AS t0");
    /// ```
    short_word "ShortWord" (letters: u16);
    /// The whole text, whatever its length.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let found = Book::objects().values(|b| search_headline(b.name(), "day").highlight_all(true));
    /// assert_sql!(found, "SELECT ts_headline(t0.name, plainto_tsquery($1), $2) FROM book AS t0");
    /// ```
    highlight_all "HighlightAll" (all: bool);
    /// So many parts of the text at most, each of them with words that were found; one part without it.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let found = Book::objects().values(|b| search_headline(b.name(), "day").max_fragments(3));
    /// assert_sql!(found, "SELECT ts_headline(t0.name, plainto_tsquery($1), $2) FROM book AS t0");
    /// ```
    max_fragments "MaxFragments" (parts: u16);
    /// What stands between two parts: ` ... ` without it.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let found = Book::objects()
    ///     .values(|b| search_headline(b.name(), "day").max_fragments(2).fragment_delimiter(" … "));
    /// assert_sql!(found, "SELECT ts_headline(t0.name, plainto_tsquery($1), $2) FROM book AS t0");
    /// ```
    fragment_delimiter "FragmentDelimiter" (between: &str);
}
