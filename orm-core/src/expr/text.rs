//! Lookups of text.

use super::compare::compare;
use super::{Expr, IntoExpr, Lookup};
use crate::column::Column;
use crate::model::Card;
use crate::node::{Comparison, Node, Template};

/// Columns that have the lookups and functions of text.
///
/// Implement it for a newtype of `String` to give them to it.
#[diagnostic::on_unimplemented(
    message = "text lookups need a text column, but this holds `{Self}`",
    label = "not text",
    note = "every type has `eq`, `ne`, `gt`, `gte`, `lt`, `lte`, `range`, `in_` and, where NULL can be, `isnull`",
    note = "to look at the text of something else: `.cast::<String>()`; at a text inside of JSON: `.text()`"
)]
pub trait Text: Column<Inner = Self> {
    /// The expression as PostgreSQL's functions of text take it.
    #[doc(hidden)]
    fn operand(node: &Node) -> Node {
        node.clone()
    }
}

impl Text for String {}

static HOST: Template = Template::new("HOST({})");

/// Addresses are compared as text without their network mask.
impl Text for std::net::IpAddr {
    fn operand(node: &Node) -> Node {
        Node::template(&HOST, vec![node.clone()])
    }
}

macro_rules! text_lookups {
    ($($(#[$doc:meta])* $name:ident $op:ident;)*) => {
        impl<R, T: Column, K: Card> Expr<R, T, K> {
            $(
                $(#[$doc])*
                pub fn $name<V: IntoExpr<String, R>>(
                    &self,
                    text: V,
                ) -> Lookup<R, T, K, V::Null>
                where
                    T::Inner: Text,
                {
                    let left = <T::Inner as Text>::operand(self.node());
                    Expr::from_node(compare(Comparison::$op, &left, text.into_node()))
                }
            )*
        }
    };
}

text_lookups! {
    /// Equal but for upper and lower case.
    ///
    /// ```text
    /// b.name().iexact("django")    -- UPPER(name) = UPPER($1)
    /// ```
    iexact IExact;
    /// Contains a text, in any case. `%` and `_` stand for themselves.
    ///
    /// ```text
    /// b.name().icontains("django")    -- UPPER(name) LIKE UPPER('%' || $1 || '%')
    /// ```
    icontains IContains;
    /// Starts with a text.
    ///
    /// ```text
    /// b.name().startswith("Dj")    -- name LIKE $1 || '%'
    /// ```
    startswith StartsWith;
    /// Starts with a text, in any case.
    istartswith IStartsWith;
    /// Ends with a text.
    endswith EndsWith;
    /// Ends with a text, in any case.
    iendswith IEndsWith;
    /// Matches a regular expression of PostgreSQL.
    ///
    /// ```text
    /// b.name().regex("^(A|The) ")    -- name ~ $1
    /// ```
    regex Regex;
    /// Matches a regular expression of PostgreSQL, in any case.
    ///
    /// ```text
    /// b.name().iregex("^(a|the) ")    -- name ~* $1
    /// ```
    iregex IRegex;
}
