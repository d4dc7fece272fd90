//! Queries made and compiled, but not run.
