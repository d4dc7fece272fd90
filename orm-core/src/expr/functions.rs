//! Functions without an argument.

use super::Expr;
use crate::ir::Node;
use chrono::{DateTime, Utc};
use orm_sql::ast::Template;
use uuid::Uuid;

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
    /// ```
    /// # use orm_doctest::*;
    /// let reviews = Review::objects().filter(|r| r.created().lt(now()));
    /// assert_sql!(reviews, "SELECT … FROM review AS t0 WHERE t0.created < STATEMENT_TIMESTAMP()");
    /// ```
    now "STATEMENT_TIMESTAMP()" DateTime<Utc>;
    /// The time at which the transaction began: `CURRENT_TIMESTAMP`. It is the same for all of its
    /// statements.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let reviews = Review::objects().filter(|r| r.created().lt(transaction_now()));
    /// assert_sql!(reviews, "SELECT … FROM review AS t0 WHERE t0.created < CURRENT_TIMESTAMP");
    /// ```
    transaction_now "CURRENT_TIMESTAMP" DateTime<Utc>;
    /// A random UUID of version 4, another one for each row: `GEN_RANDOM_UUID()`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let tickets = Book::objects().values(|b| (b.id(), random_uuid()));
    /// assert_sql!(tickets, "SELECT t0.id, GEN_RANDOM_UUID() FROM book AS t0");
    /// ```
    random_uuid "GEN_RANDOM_UUID()" Uuid;
    /// A number from 0 up to 1, another one for each row: `RANDOM()`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let shuffled = Book::objects().order_by(|_| random());
    /// assert_sql!(shuffled, "SELECT … FROM book AS t0 ORDER BY RANDOM()");
    /// ```
    random "RANDOM()" f64;
    /// The number π: `PI()`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.x() * pi());
    /// assert_sql!(values, "SELECT (t0.x * PI()) FROM scan AS t0");
    /// ```
    pi "PI()" f64;
}
