//! Resolved statements as plain values.
