//! What the seed documents describe, one test for each row, named after it.

mod s0;
mod s1_groups;
mod s1_hooks;
mod s1_lookups;
mod s1_models;
mod s1_relations;
mod s1_rows;
mod s1_updates;
mod s1_validation;
mod s2;
mod s2_inheritance;
mod s2_joins;
mod s3;
