//! Query sets to SQL, without a server.

#![allow(non_upper_case_globals, missing_docs)]

/// A value with other values in some of its fields: those of metadata are public, and it is made
/// by its functions alone. With `const`, the other values are constants.
macro_rules! with {
    (const $base:expr; $($field:ident: $value:expr),* $(,)?) => {
        with!($base; $($field: const { $value }),*)
    };
    ($base:expr; $($field:ident: $value:expr),* $(,)?) => {{
        let mut changed = $base;
        $(changed.$field = $value;)*
        changed
    }};
}

mod changes;
mod check;
mod conditions;
mod library;
mod multivalued;
mod negation;
mod nesting;
mod paths;
mod remembered;
mod shape;
mod shapes_at_random;
mod statements;
mod totals;
