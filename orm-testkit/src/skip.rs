//! Tests that cannot run here.

use std::io::Write;

/// Says why a test is skipped, so that it is seen even where tests pass in silence.
///
/// With `ORM_TESTKIT_NO_SKIPS=1` in the environment, as in CI, nothing may be skipped.
///
/// ```no_run
/// # fn find_pgbouncer() -> Option<()> { None }
/// let Some(pgbouncer) = find_pgbouncer() else {
///     return orm_testkit::skipped("pgbouncer is not installed (apt-get install pgbouncer)");
/// };
/// ```
///
/// # Panics
///
/// Where nothing may be skipped.
pub fn skipped(why: &str) {
    skip(why, std::env::var("ORM_TESTKIT_NO_SKIPS").is_ok_and(|value| value == "1"));
}

fn skip(why: &str, must_run: bool) {
    assert!(!must_run, "nothing may be skipped (ORM_TESTKIT_NO_SKIPS is 1): {why}");
    // Not by `eprintln!`, which the test runner keeps to itself where nothing fails.
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}

#[cfg(test)]
mod tests {
    use super::skip;

    #[test]
    fn a_skipped_test_goes_on() {
        skip("as a test of `skipped`", false);
    }

    #[test]
    #[should_panic = "nothing may be skipped (ORM_TESTKIT_NO_SKIPS is 1): no program"]
    fn a_skipped_test_fails_where_nothing_may_be_skipped() {
        skip("no program", true);
    }
}
