//! Functions of text.

use super::{Applied, Either, Expr, IntoExpr, Like, NullOf, Text};
use crate::column::{Column, Nullness};
use crate::ir::Node;
use crate::model::Cardinality;
use orm_sql::ast::Template;
use orm_sql::value::SqlValue;

/// What has `lower()` and `upper()`: text, in small and capital letters, and ranges, which have
/// bounds of those names.
#[diagnostic::on_unimplemented(
    message = "`lower` and `upper` need text or a range, but the expression holds `{Self}`",
    label = "neither text nor a range",
    note = "to look at the text of something else: `.cast::<String>()`; at a text inside of JSON: `.text()`"
)]
pub trait LowerUpper: Column {
    /// What they give: text, or a bound, which is NULL where there is none.
    type Out: Column;
    #[doc(hidden)]
    const LOWER: &'static Template;
    #[doc(hidden)]
    const UPPER: &'static Template;
}

static LOWER: Template = Template::new("LOWER({})");
static UPPER: Template = Template::new("UPPER({})");

impl<T: Text> LowerUpper for T {
    type Out = String;
    const LOWER: &'static Template = &LOWER;
    const UPPER: &'static Template = &UPPER;
}

impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
    /// Text in small letters, or the lower bound of a range.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| b.name().lower());
    /// assert_sql!(values, "SELECT LOWER(t0.name) FROM book AS t0");
    /// let values = Scan::objects().values(|s| s.lines().lower());
    /// assert_sql!(values, "SELECT LOWER(t0.lines) FROM scan AS t0");
    /// ```
    pub fn lower<L: Column>(&self) -> Applied<R, T, K, L::Null, L::Inner>
    where
        T::Inner: LowerUpper<Out = L>,
    {
        self.apply(<T::Inner as LowerUpper>::LOWER)
    }

    /// Text in capital letters, or the upper bound of a range.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| b.name().upper());
    /// assert_sql!(values, "SELECT UPPER(t0.name) FROM book AS t0");
    /// let values = Scan::objects().values(|s| s.lines().upper());
    /// assert_sql!(values, "SELECT UPPER(t0.lines) FROM scan AS t0");
    /// ```
    pub fn upper<U: Column>(&self) -> Applied<R, T, K, U::Null, U::Inner>
    where
        T::Inner: LowerUpper<Out = U>,
    {
        self.apply(<T::Inner as LowerUpper>::UPPER)
    }
}

/// The expression as functions of text take it.
fn operand<R, T: Column, K>(expr: &Expr<R, T, K>) -> Expr<R, String>
where
    T::Inner: Text,
{
    Expr::from_node(<T::Inner as Text>::operand(expr.node()))
}

/// A number that a function takes, which the server would give a meaning of its own where it is too
/// small.
fn at_least(least: i32, node: Node) -> Node {
    match node {
        Node::Value(SqlValue::I32(n), _) if n < least && least == 1 => Node::Failed(
            "positions in `substr` and `substr_from` count from 1; those of `slice` count from 0",
        ),
        Node::Value(SqlValue::I32(n), _) if n < least => Node::Failed(
            "a length, or how often a text is repeated, cannot be negative; all but the first or last \
             characters are `substr_from(n)`, or a `left` whose length is `.length() - n`",
        ),
        node => node,
    }
}

/// Functions of one text.
macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident $sql:literal [$bound:tt] $out:ty;)*) => {
        impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
            $(
                $(#[$doc])*
                pub fn $name(&self) -> Expr<R, Like<T, K, $out>>
                where
                    T::Inner: $bound,
                {
                    static SQL: Template = Template::new($sql);
                    operand(self).apply(&SQL)
                }
            )*
        }
    };
}

functions! {
    /// The number of characters: `LENGTH(name)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| b.name().length());
    /// assert_sql!(values, "SELECT LENGTH(t0.name) FROM book AS t0");
    /// ```
    length "LENGTH({})" [Text] i32;
    /// Without the spaces around it: `BTRIM(name)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| b.name().trim());
    /// assert_sql!(values, "SELECT BTRIM(t0.name) FROM book AS t0");
    /// ```
    trim "BTRIM({})" [Text] String;
    /// Without the spaces before it: `LTRIM(name)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| b.name().ltrim());
    /// assert_sql!(values, "SELECT LTRIM(t0.name) FROM book AS t0");
    /// ```
    ltrim "LTRIM({})" [Text] String;
    /// Without the spaces after it: `RTRIM(name)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| b.name().rtrim());
    /// assert_sql!(values, "SELECT RTRIM(t0.name) FROM book AS t0");
    /// ```
    rtrim "RTRIM({})" [Text] String;
    /// From the last character to the first: `REVERSE(name)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| b.name().reverse());
    /// assert_sql!(values, "SELECT REVERSE(t0.name) FROM book AS t0");
    /// ```
    reverse "REVERSE({})" [Text] String;
    /// The code point of the first character: `ASCII(name)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| b.name().ord());
    /// assert_sql!(values, "SELECT ASCII(t0.name) FROM book AS t0");
    /// ```
    ord "ASCII({})" [Text] i32;
    /// The MD5 digest in hexadecimal: `MD5(name)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| b.name().md5());
    /// assert_sql!(values, "SELECT MD5(t0.name) FROM book AS t0");
    /// ```
    md5 "MD5({})" [Text] String;
    /// The SHA-1 digest in hexadecimal; needs the extension `pgcrypto`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| b.name().sha1());
    /// assert_sql!(values, "SELECT ENCODE(DIGEST(t0.name, 'sha1'), 'hex') FROM book AS t0");
    /// ```
    sha1 "ENCODE(DIGEST({}, 'sha1'), 'hex')" [Text] String;
    /// The SHA-224 digest in hexadecimal.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| b.name().sha224());
    /// assert_sql!(
    ///     values,
    ///     "SELECT ENCODE(SHA224(CONVERT_TO(t0.name, 'UTF8')), 'hex') FROM book AS t0"
    /// );
    /// ```
    sha224 "ENCODE(SHA224(CONVERT_TO({}, 'UTF8')), 'hex')" [Text] String;
    /// The SHA-256 digest in hexadecimal.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| b.name().sha256());
    /// assert_sql!(
    ///     values,
    ///     "SELECT ENCODE(SHA256(CONVERT_TO(t0.name, 'UTF8')), 'hex') FROM book AS t0"
    /// );
    /// ```
    sha256 "ENCODE(SHA256(CONVERT_TO({}, 'UTF8')), 'hex')" [Text] String;
    /// The SHA-384 digest in hexadecimal.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| b.name().sha384());
    /// assert_sql!(
    ///     values,
    ///     "SELECT ENCODE(SHA384(CONVERT_TO(t0.name, 'UTF8')), 'hex') FROM book AS t0"
    /// );
    /// ```
    sha384 "ENCODE(SHA384(CONVERT_TO({}, 'UTF8')), 'hex')" [Text] String;
    /// The SHA-512 digest in hexadecimal.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| b.name().sha512());
    /// assert_sql!(
    ///     values,
    ///     "SELECT ENCODE(SHA512(CONVERT_TO(t0.name, 'UTF8')), 'hex') FROM book AS t0"
    /// );
    /// ```
    sha512 "ENCODE(SHA512(CONVERT_TO({}, 'UTF8')), 'hex')" [Text] String;
}

/// Functions of a text and one more argument.
macro_rules! functions_of_two {
    ($($(#[$doc:meta])* $name:ident $sql:literal [$bound:tt] ($arg:ident: $t:ty $(=> $least:literal)?) $out:ty;)*) => {
        impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
            $(
                $(#[$doc])*
                pub fn $name<V: IntoExpr<$t, R>>(
                    &self,
                    $arg: V,
                ) -> Applied<R, T, K, V::Null, $out>
                where
                    T::Inner: $bound,
                {
                    static SQL: Template = Template::new($sql);
                    let $arg = $arg.into_node();
                    $(let $arg = at_least($least, $arg);)?
                    operand(self).apply_to(&SQL, [$arg])
                }
            )*
        }
    };
}

functions_of_two! {
    /// The first characters: `LEFT(name, $1)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| b.name().left(3));
    /// assert_sql!(values, "SELECT LEFT(t0.name, $1) FROM book AS t0");
    /// ```
    left "LEFT({}, {})" [Text] (n: i32 => 0) String;
    /// The last characters: `RIGHT(name, $1)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| b.name().right(3));
    /// assert_sql!(values, "SELECT RIGHT(t0.name, $1) FROM book AS t0");
    /// ```
    right "RIGHT({}, {})" [Text] (n: i32 => 0) String;
    /// Repeated: `REPEAT(name, $1)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| b.name().repeat(2));
    /// assert_sql!(values, "SELECT REPEAT(t0.name, $1) FROM book AS t0");
    /// ```
    repeat "REPEAT({}, {})" [Text] (times: i32 => 0) String;
    /// From a character on, the first one being 1: `SUBSTRING(name, $1)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| b.name().substr_from(3));
    /// assert_sql!(values, "SELECT SUBSTRING(t0.name, $1) FROM book AS t0");
    /// ```
    substr_from "SUBSTRING({}, {})" [Text] (position: i32 => 1) String;
    /// Where another text first stands in this one, from 1; 0 where it does not:
    /// `STRPOS(name, $1)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| b.name().strpos("a"));
    /// assert_sql!(values, "SELECT STRPOS(t0.name, $1) FROM book AS t0");
    /// ```
    strpos "STRPOS({}, {})" [Text] (text: String) i32;
}

/// Functions of a text and two more arguments.
macro_rules! functions_of_three {
    ($($(#[$doc:meta])* $name:ident $sql:literal [$bound:tt]
        ($a:ident: $ta:ty $(=> $first:literal)?, $b:ident: $tb:ty $(=> $second:literal)?);)*) => {
        impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
            $(
                $(#[$doc])*
                pub fn $name<V: IntoExpr<$ta, R>, W: IntoExpr<$tb, R>>(
                    &self,
                    $a: V,
                    $b: W,
                ) -> Expr<R, Either<NullOf<T, K>, <V::Null as Nullness>::Or<W::Null>, String>>
                where
                    T::Inner: $bound,
                {
                    static SQL: Template = Template::new($sql);
                    let ($a, $b) = ($a.into_node(), $b.into_node());
                    $(let $a = at_least($first, $a);)?
                    $(let $b = at_least($second, $b);)?
                    operand(self).apply_to(&SQL, [$a, $b])
                }
            )*
        }
    };
}

functions_of_three! {
    /// So many characters from a position on, the first one being 1: `SUBSTRING(name, $1, $2)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| b.name().substr(3, 2));
    /// assert_sql!(values, "SELECT SUBSTRING(t0.name, $1, $2) FROM book AS t0");
    /// ```
    substr "SUBSTRING({}, {}, {})" [Text] (position: i32 => 1, length: i32 => 0);
    /// With each occurrence of a text replaced by another: `REPLACE(name, $1, $2)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| b.name().replace("a", "b"));
    /// assert_sql!(values, "SELECT REPLACE(t0.name, $1, $2) FROM book AS t0");
    /// ```
    replace "REPLACE({}, {}, {})" [Text] (from: String, to: String);
    /// Filled up on the left: `LPAD(name, $1, $2)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| b.name().lpad(20, "."));
    /// assert_sql!(values, "SELECT LPAD(t0.name, $1, $2) FROM book AS t0");
    /// ```
    lpad "LPAD({}, {}, {})" [Text] (length: i32 => 0, fill: String);
    /// Filled up on the right: `RPAD(name, $1, $2)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| b.name().rpad(20, "."));
    /// assert_sql!(values, "SELECT RPAD(t0.name, $1, $2) FROM book AS t0");
    /// ```
    rpad "RPAD({}, {}, {})" [Text] (length: i32 => 0, fill: String);
}
