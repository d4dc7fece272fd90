//! Names that are known at run time only, as long as the program.

use std::collections::HashSet;
use std::sync::{LazyLock, PoisonError, RwLock};

static NAMES: LazyLock<RwLock<HashSet<&'static str>>> = LazyLock::new(RwLock::default);

/// The name as one that is as long as the program.
///
/// Names of models are constants of the program, and statements take them as such. Those of a
/// database that is looked at, or of a model as an old migration knew it, come to be at run time:
/// each different one is kept once and never given back, so what is kept is bounded by the names
/// that there are. Not for values.
///
/// ```
/// use orm_sql::ident::intern;
///
/// let name = intern(&format!("library_{}", "book"));
/// assert!(std::ptr::eq(name, intern("library_book")));
/// ```
pub fn intern(name: &str) -> &'static str {
    let known = NAMES.read().unwrap_or_else(PoisonError::into_inner).get(name).copied();
    if let Some(known) = known {
        return known;
    }
    let mut names = NAMES.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(name) {
        return known;
    }
    let kept: &'static str = Box::leak(name.into());
    names.insert(kept);
    kept
}
