//! Texts that are alike by their trigrams, as the extension `pg_trgm` compares them, and without accents,
//! as `unaccent` does.

use super::{Applied, Expr, IntoExpr, Like, Lookup, Text};
use crate::column::Column;
use crate::ir::{Comparison, Node};
use crate::model::Cardinality;
use orm_sql::ast::{Template, UNACCENT};

macro_rules! lookups {
    ($($(#[$doc:meta])* $name:ident $operator:literal;)*) => {
        impl<R, T: Column, K: Cardinality> Expr<R, T, K> {$(
            $(#[$doc])*
            pub fn $name<V: IntoExpr<String, R>>(&self, text: V) -> Lookup<R, T, K, V::Null>
            where
                T::Inner: Text,
            {
                let left = <T::Inner as Text>::operand(self.node());
                Expr::from_node(Node::compare(Comparison::Operator($operator), left, text.into_node()))
            }
        )*}
    };
}
lookups! {
    /// Alike: more than `pg_trgm.similarity_threshold` of the trigrams of both are the same, which is 0.3
    /// unless it was set. Needs the extension `pg_trgm`; an index of GIN or GiST with `gin_trgm_ops` or
    /// `gist_trgm_ops` serves it.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.name().trigram_similar("yelow submarin"));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.name % $1");
    /// ```
    trigram_similar "%";
    /// A part of it is like a word: more than `pg_trgm.word_similarity_threshold`, which is 0.6 unless it
    /// was set. Needs the extension `pg_trgm`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.name().trigram_word_similar("submarin"));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.name %> $1");
    /// ```
    trigram_word_similar "%>";
    /// A part of it, of whole words, is like another text: more than
    /// `pg_trgm.strict_word_similarity_threshold`, which is 0.5 unless it was set. Needs the extension
    /// `pg_trgm`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.name().trigram_strict_word_similar("submarin"));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.name %>> $1");
    /// ```
    trigram_strict_word_similar "%>>";
}

macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident $sql:literal;)*) => {
        impl<R, T: Column, K: Cardinality> Expr<R, T, K> {$(
            $(#[$doc])*
            pub fn $name<V: IntoExpr<String, R>>(&self, text: V) -> Applied<R, T, K, V::Null, f32>
            where
                T::Inner: Text,
            {
                static SQL: Template = Template::new($sql);
                let left = <T::Inner as Text>::operand(self.node());
                Expr::from_node(Node::template(&SQL, vec![left, text.into_node()]))
            }
        )*}
    };
}
functions! {
    /// How much two texts are alike, from 0 to 1, by their trigrams: `SIMILARITY(name, $1)`. Needs the
    /// extension `pg_trgm`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.name().trigram_similarity("submarin").gt(0.3));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE SIMILARITY(t0.name, $1) > $2");
    /// ```
    trigram_similarity "SIMILARITY({}, {})";
    /// How much two texts differ, from 0 to 1: 1 less their similarity. An index of GiST with
    /// `gist_trgm_ops` gives the nearest rows first. Needs the extension `pg_trgm`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let nearest = Book::objects().order_by(|b| b.name().trigram_distance("submarin")).limit(5);
    /// assert_sql!(nearest, "SELECT … FROM book AS t0 ORDER BY (t0.name <-> $1) LIMIT 5");
    /// ```
    trigram_distance "({} <-> {})";
    /// How much the part that is nearest to another text is like it: `WORD_SIMILARITY($1, name)`. Needs the
    /// extension `pg_trgm`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| b.name().trigram_word_similarity("submarin"));
    /// assert_sql!(values, "SELECT WORD_SIMILARITY($1, t0.name) FROM book AS t0");
    /// ```
    trigram_word_similarity "WORD_SIMILARITY({1}, {0})";
    /// 1 less the word similarity. Needs the extension `pg_trgm`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| b.name().trigram_word_distance("submarin"));
    /// assert_sql!(values, "SELECT ($1 <<-> t0.name) FROM book AS t0");
    /// ```
    trigram_word_distance "({1} <<-> {0})";
    /// How much the part of whole words that is nearest to another text is like it:
    /// `STRICT_WORD_SIMILARITY($1, name)`. Needs the extension `pg_trgm`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| b.name().trigram_strict_word_similarity("submarin"));
    /// assert_sql!(values, "SELECT STRICT_WORD_SIMILARITY($1, t0.name) FROM book AS t0");
    /// ```
    trigram_strict_word_similarity "STRICT_WORD_SIMILARITY({1}, {0})";
    /// 1 less the strict word similarity. Needs the extension `pg_trgm`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| b.name().trigram_strict_word_distance("submarin"));
    /// assert_sql!(values, "SELECT ($1 <<<-> t0.name) FROM book AS t0");
    /// ```
    trigram_strict_word_distance "({1} <<<-> {0})";
}

impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
    /// The text without accents: `UNACCENT(name)`. Needs the extension `unaccent`.
    ///
    /// Lookups on it compare without the accents of the other side as well, as those of Django's transform.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.name().unaccent().eq("Mémoires"));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE UNACCENT(t0.name) = UNACCENT($1)");
    /// let books = Book::objects().filter(|b| b.name().unaccent().trigram_similar("mémoire"));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE UNACCENT(t0.name) % UNACCENT($1)");
    /// let values = Book::objects().values(|b| b.name().unaccent());
    /// assert_sql!(values, "SELECT UNACCENT(t0.name) FROM book AS t0");
    /// ```
    pub fn unaccent(&self) -> Expr<R, Like<T, K, String>>
    where
        T::Inner: Text,
    {
        let text = <T::Inner as Text>::operand(self.node());
        Expr::from_node(Node::template(&UNACCENT, vec![text]))
    }
}
