//! The commands of `manage`: migrations made, run and shown, databases made and looked at.
//!
//! The program is the user's own, since only it knows the models:
//!
//! ```no_run
//! use orm as _; // here stands the crate with the models
//!
//! orm::manage!();
//! ```
//!
//! [`Manage`] says what else there is: commands of one's own, another way to connect.

#![warn(missing_docs)]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::cast_possible_truncation
    )
)]

mod answers;
mod args;
mod commands;
mod context;
mod fixture;
mod graph;
mod manage;
mod names;
mod output;
mod progress;
mod tenants;

pub use clap;
pub use context::Context;
pub use manage::Manage;

/// What a command returns: an error is printed, and the program ends with 1.
pub type Result<T = (), E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// The function `main` of `manage`.
///
/// - `manage!()`: the migrations are in the folder `migrations` beside the package's `Cargo.toml`;
/// - `manage!("db/migrations")`: they are elsewhere in the package;
/// - `manage!(Manage::new(orm::migrations!()).command(…))`: with what [`Manage`] offers.
///
/// ```no_run
/// // src/bin/manage.rs
/// use orm as _; // here stands the crate with the models, so that they are a part of the program
///
/// orm::manage!("db/migrations");
/// ```
#[macro_export]
macro_rules! manage {
    () => {
        $crate::manage!($crate::Manage::new(::orm::migrations!()));
    };
    ($path:literal) => {
        $crate::manage!($crate::Manage::new(::orm::migrations!($path)));
    };
    ($manage:expr) => {
        fn main() -> ::std::process::ExitCode {
            $crate::Manage::main($manage)
        }
    };
}
