//! Functions without an argument.

use super::Expr;
use crate::ast::Template;
use crate::ir::Node;
use chrono::{DateTime, Utc};

macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident $sql:literal $out:ty;)*) => {$(
        $(#[$doc])*
        pub fn $name<R>() -> Expr<R, $out> {
            static SQL: Template = Template::new($sql);
            Expr::from_node(Node::template(&SQL, Vec::new()))
        }
    )*};
}
functions! {
    /// The time at which the server received the statement: `STATEMENT_TIMESTAMP()`.
    ///
    /// ```text
    /// b.created().lt(now())    -- created < STATEMENT_TIMESTAMP()
    /// ```
    now "STATEMENT_TIMESTAMP()" DateTime<Utc>;
    /// A number from 0 up to 1, another one for each row: `RANDOM()`.
    random "RANDOM()" f64;
    /// The number π: `PI()`.
    pi "PI()" f64;
}
