//! Query sets to SQL, without a server.

#![allow(non_upper_case_globals, missing_docs)]

mod check;
mod library;
mod multivalued;

use check::check;
use library::*;
