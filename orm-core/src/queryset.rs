//! What users chain.
