//! Functions of text.

use super::{Applied, Either, Expr, IntoExpr, Like, NullOf, Text};
use crate::ast::Template;
use crate::column::{Column, Nullness};
use crate::model::Cardinality;

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
    /// ```text
    /// b.name().lower()    -- LOWER(name)
    /// ```
    pub fn lower<L: Column>(&self) -> Applied<R, T, K, L::Null, L::Inner>
    where
        T::Inner: LowerUpper<Out = L>,
    {
        self.apply(<T::Inner as LowerUpper>::LOWER)
    }

    /// Text in capital letters, or the upper bound of a range.
    ///
    /// ```text
    /// b.name().upper()    -- UPPER(name)
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

/// Functions of one text.
macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident $sql:literal $out:ty;)*) => {
        impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
            $(
                $(#[$doc])*
                pub fn $name(&self) -> Expr<R, Like<T, K, $out>>
                where
                    T::Inner: Text,
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
    length "LENGTH({})" i32;
    /// Without the spaces around it: `BTRIM(name)`.
    trim "BTRIM({})" String;
    /// Without the spaces before it: `LTRIM(name)`.
    ltrim "LTRIM({})" String;
    /// Without the spaces after it: `RTRIM(name)`.
    rtrim "RTRIM({})" String;
    /// From the last character to the first: `REVERSE(name)`.
    reverse "REVERSE({})" String;
    /// The code point of the first character: `ASCII(name)`.
    ord "ASCII({})" i32;
    /// The MD5 digest in hexadecimal: `MD5(name)`.
    md5 "MD5({})" String;
    /// The SHA-1 digest in hexadecimal; needs the extension `pgcrypto`.
    sha1 "ENCODE(DIGEST({}, 'sha1'), 'hex')" String;
    /// The SHA-224 digest in hexadecimal.
    sha224 "ENCODE(SHA224(CONVERT_TO({}, 'UTF8')), 'hex')" String;
    /// The SHA-256 digest in hexadecimal.
    sha256 "ENCODE(SHA256(CONVERT_TO({}, 'UTF8')), 'hex')" String;
    /// The SHA-384 digest in hexadecimal.
    sha384 "ENCODE(SHA384(CONVERT_TO({}, 'UTF8')), 'hex')" String;
    /// The SHA-512 digest in hexadecimal.
    sha512 "ENCODE(SHA512(CONVERT_TO({}, 'UTF8')), 'hex')" String;
}

/// Functions of a text and one more argument.
macro_rules! functions_of_two {
    ($($(#[$doc:meta])* $name:ident $sql:literal ($arg:ident: $t:ty) $out:ty;)*) => {
        impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
            $(
                $(#[$doc])*
                pub fn $name<V: IntoExpr<$t, R>>(
                    &self,
                    $arg: V,
                ) -> Applied<R, T, K, V::Null, $out>
                where
                    T::Inner: Text,
                {
                    static SQL: Template = Template::new($sql);
                    operand(self).apply_to(&SQL, [$arg.into_node()])
                }
            )*
        }
    };
}

functions_of_two! {
    /// The first characters: `LEFT(name, $1)`.
    left "LEFT({}, {})" (n: i32) String;
    /// The last characters: `RIGHT(name, $1)`.
    right "RIGHT({}, {})" (n: i32) String;
    /// Repeated: `REPEAT(name, $1)`.
    repeat "REPEAT({}, {})" (times: i32) String;
    /// From a character on, the first one being 1: `SUBSTRING(name, $1)`.
    substr_from "SUBSTRING({}, {})" (position: i32) String;
    /// Where another text first stands in this one, from 1; 0 where it does not:
    /// `STRPOS(name, $1)`.
    strpos "STRPOS({}, {})" (text: String) i32;
}

/// Functions of a text and two more arguments.
macro_rules! functions_of_three {
    ($($(#[$doc:meta])* $name:ident $sql:literal ($a:ident: $ta:ty, $b:ident: $tb:ty);)*) => {
        impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
            $(
                $(#[$doc])*
                pub fn $name<V: IntoExpr<$ta, R>, W: IntoExpr<$tb, R>>(
                    &self,
                    $a: V,
                    $b: W,
                ) -> Expr<R, Either<NullOf<T, K>, <V::Null as Nullness>::Or<W::Null>, String>>
                where
                    T::Inner: Text,
                {
                    static SQL: Template = Template::new($sql);
                    operand(self).apply_to(&SQL, [$a.into_node(), $b.into_node()])
                }
            )*
        }
    };
}

functions_of_three! {
    /// So many characters from a position on, the first one being 1: `SUBSTRING(name, $1, $2)`.
    substr "SUBSTRING({}, {}, {})" (position: i32, length: i32);
    /// With each occurrence of a text replaced by another: `REPLACE(name, $1, $2)`.
    replace "REPLACE({}, {}, {})" (from: String, to: String);
    /// Filled up on the left: `LPAD(name, $1, $2)`.
    lpad "LPAD({}, {}, {})" (length: i32, fill: String);
    /// Filled up on the right: `RPAD(name, $1, $2)`.
    rpad "RPAD({}, {}, {})" (length: i32, fill: String);
}
