//! Functions and aggregates of your own, or of an extension: `sql_function!`, `sql_aggregate!`.

use super::{Aggregate, Expr, IntoExpr, aggregates};
use crate::column::Column;
use crate::ir::Node;
use orm_sql::ast::Template;

/// A function of the database, by the name that a macro was given.
#[doc(hidden)]
#[derive(Debug)]
pub struct Function(Template);

impl Function {
    /// # Panics
    ///
    /// When the program is compiled, for a name that is none: letters, digits, `_`, `.` and `$`, and
    /// any text in double quotes.
    pub const fn new(name: &str, call: &'static str) -> Self {
        check(name.as_bytes());
        Function(Template::opaque(call))
    }

    /// An aggregate.
    ///
    /// # Panics
    ///
    /// As [`Self::new`].
    pub const fn aggregate(name: &str, call: &'static str) -> Self {
        check(name.as_bytes());
        Function(Template::aggregate(call))
    }

    /// What is written for a call.
    pub(crate) fn template(&'static self) -> &'static Template {
        &self.0
    }
}

/// Whatever is no name, such as a bracket, would be SQL of its own.
#[expect(clippy::indexing_slicing, reason = "the place is below the length")]
const fn check(name: &[u8]) {
    let (mut place, mut quoted) = (0, false);
    assert!(!name.is_empty(), "a function of the database has a name");
    while place < name.len() {
        let byte = name[place];
        if byte == b'"' {
            quoted = !quoted;
        }
        let is_plain = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$' | b'"');
        assert!(
            (is_plain || quoted) && !matches!(byte, b'{' | b'}' | 0),
            "this is no name of a function: letters, digits, `_`, and a schema before a `.`; what is \
             spelled otherwise stands in double quotes"
        );
        place += 1;
    }
    assert!(!quoted, "the name of this function ends within double quotes");
}

/// An argument of a function.
#[doc(hidden)]
pub fn argument<T: Column, R>(value: impl IntoExpr<T, R>) -> Node {
    value.into_node()
}

/// A call of a function.
#[doc(hidden)]
pub fn call<R, U>(function: &'static Function, args: Vec<Node>) -> Expr<R, U> {
    Expr::from_node(Node::template(&function.0, args))
}

/// A call of an aggregate.
#[doc(hidden)]
pub fn call_aggregate<R, U>(function: &'static Function, args: Vec<Node>) -> Aggregate<R, U> {
    Expr::from_node(aggregates::aggregate(&function.0, args))
}

/// Makes functions of the database callable: each becomes a Rust function of the same name, with typed
/// arguments, for values and expressions of every model.
///
/// Types are those of columns, without `Option`: the result can be NULL where an argument can be, and
/// always where it is written as `Option<…>`. In the database the function has the same name, or the one
/// of `#[sql = "…"]`, which may have its schema before it. Documentation and other attributes go to the
/// Rust function.
///
/// ```
/// # use orm_doctest::*;
/// sql_function! {
///     /// How many letters must change.
///     fn levenshtein(a: String, b: String) -> i32;
///
///     #[sql = "public.word_similarity"]
///     pub fn alike(a: String, b: String) -> f32;
/// }
///
/// let near = Book::objects()
///     .filter(|b| levenshtein(b.name(), "Dune").lt(3))
///     .order_by(|b| alike(b.name(), "Dune").desc());
/// assert_sql!(
///     near,
///     "SELECT … FROM book AS t0 WHERE levenshtein(t0.name, $1) < $2 ORDER BY
///      public.word_similarity(t0.name, $3) DESC"
/// );
/// ```
///
/// A name is a name:
///
/// ```compile_fail
/// # use orm_doctest::*;
/// sql_function! {
///     #[sql = "now() --"]
///     fn anything() -> i32;
/// }
/// ```
#[macro_export]
macro_rules! sql_function {
    ($($functions:tt)+) => {
        $crate::__named_functions! { __sql_function: $($functions)+ }
    };
}

/// Takes the name in the database out of the attributes of declared functions, and gives each of them to
/// the macro that makes it: with the attributes, the name, the arguments (each with a name for whether it
/// can be NULL), and what is returned.
#[doc(hidden)]
#[macro_export]
macro_rules! __named_functions {
    ($make:ident: $($(#[$($attr:tt)*])* $vis:vis fn $name:ident($($arg:ident: $t:ty),* $(,)?) -> $out:ty;)+) => {$(
        $crate::__named_functions! {
            @name $make [$(#[$($attr)*])*] [] [] [$vis $name] [$($arg: $t,)*] $out
        }
    )+};
    (@name $make:ident [#[sql = $sql:literal] $($rest:tt)*] $kept:tt [] $($function:tt)*) => {
        $crate::__named_functions! { @name $make [$($rest)*] $kept [$sql] $($function)* }
    };
    (@name $make:ident [#[$($attr:tt)*] $($rest:tt)*] [$($kept:tt)*] $($function:tt)*) => {
        $crate::__named_functions! {
            @name $make [$($rest)*] [$($kept)* #[$($attr)*]] $($function)*
        }
    };
    (@name $make:ident [] $kept:tt [] [$vis:vis $name:ident] $($function:tt)*) => {
        $crate::__named_functions! {
            @args $make $kept [stringify!($name)] [$vis $name] $($function)*
        }
    };
    (@name $make:ident [] $kept:tt [$sql:literal] $($function:tt)*) => {
        $crate::__named_functions! { @args $make $kept [$sql] $($function)* }
    };
    (@args $make:ident $kept:tt [$($sql:tt)*] $name:tt [$($args:tt)*] $out:ty) => {
        $crate::__named_functions! {
            @null $make $kept [$($sql)*] $name $out; [] [$($args)*]
            [__N0 __N1 __N2 __N3 __N4 __N5 __N6 __N7 __N8 __N9 __N10 __N11 __N12 __N13 __N14 __N15]
        }
    };
    (@null $make:ident $kept:tt [$($sql:tt)*] $name:tt $out:ty; $done:tt [] $more:tt) => {
        $crate::$make! { $kept $($sql)*, $name $done $out }
    };
    (
        @null $make:ident $kept:tt $sql:tt $name:tt $out:ty; [$($done:tt)*]
        [$arg:ident: $t:ty, $($rest:tt)*] [$null:ident $($more:ident)*]
    ) => {
        $crate::__named_functions! {
            @null $make $kept $sql $name $out; [$($done)* $arg $null: $t,] [$($rest)*] [$($more)*]
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __sql_function {
    ([$($kept:tt)*] $sql:expr, [$vis:vis $name:ident] [$($arg:ident $null:ident: $t:ty,)*] $out:ty) => {
        $($kept)*
        #[allow(non_camel_case_types, clippy::too_many_arguments)]
        $vis fn $name<
            Rows
            $(, $arg: $crate::expr::IntoExpr<$t, Rows, Null = $null>, $null: $crate::column::Nullness)*
        >(
            $($arg: $arg),*
        ) -> $crate::expr::Expr<
            Rows,
            $crate::nullable!(
                <$out as $crate::column::Column>::Null; [$($null)*];
                <$out as $crate::column::Column>::Inner
            ),
        > {
            static FUNCTION: $crate::expr::Function =
                $crate::expr::Function::new($sql, concat!($sql, "({*})"));
            $crate::expr::call(&FUNCTION, vec![$($crate::expr::argument::<$t, Rows>($arg)),*])
        }
    };
}

/// `T`, or `Option<T>` where the first, or any of the others, can be NULL.
#[doc(hidden)]
#[macro_export]
macro_rules! nullable {
    ($null:ty; []; $value:ty) => {
        <$null as $crate::column::Nullness>::Wrap<$value>
    };
    ($null:ty; [$other:ident $($more:ident)*]; $value:ty) => {
        $crate::nullable!(<$other as $crate::column::Nullness>::Or<$null>; [$($more)*]; $value)
    };
}

/// Makes aggregates of the database callable: each becomes a Rust function of the same name, as by
/// [`sql_function!`], whose result has `filter`, `distinct`, `order_by`, `default` and `over`.
///
/// The result is an `Option`, as that of all aggregates that may have no row; `default` takes that away.
///
/// ```
/// # use orm_doctest::*;
/// sql_aggregate! {
///     fn bit_count_sum(numbers: i32) -> i64;
///
///     #[sql = "stats.weighted_mean"]
///     fn weighted_mean(value: f64, weight: f64) -> f64;
/// }
///
/// let authors = Author::objects().values(|a| {
///     let pages = a.books().pages();
///     (a.name(), weighted_mean(&pages, 2).filter(pages.gt(100)).default(0))
/// });
/// assert_sql!(
///     authors,
///     "SELECT t0.name, COALESCE(stats.weighted_mean(t1.pages, $1) FILTER (WHERE t1.pages > $2), $3)
///      FROM author AS t0 LEFT JOIN book AS t1 ON t1.author_id = t0.id GROUP BY t0.id"
/// );
/// ```
#[macro_export]
macro_rules! sql_aggregate {
    ($($functions:tt)+) => {
        $crate::__named_functions! { __sql_aggregate: $($functions)+ }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __sql_aggregate {
    ([$($kept:tt)*] $sql:expr, [$vis:vis $name:ident] [$($arg:ident $null:ident: $t:ty,)*] $out:ty) => {
        $($kept)*
        #[allow(non_camel_case_types, clippy::too_many_arguments)]
        $vis fn $name<Rows $(, $arg: $crate::expr::IntoExpr<$t, Rows>)*>(
            $($arg: $arg),*
        ) -> $crate::expr::Aggregate<Rows, Option<<$out as $crate::column::Column>::Inner>> {
            static FUNCTION: $crate::expr::Function =
                $crate::expr::Function::aggregate($sql, concat!($sql, "({})"));
            $crate::expr::call_aggregate(
                &FUNCTION,
                vec![$($crate::expr::argument::<$t, Rows>($arg)),*],
            )
        }
    };
}
