//! Migrations made from the models.
//!
//! A [`ProjectState`](state::ProjectState) is all models at one time, as plain values. An
//! [`Operation`](operation::Operation) leads from one state to the next;
//! [`detect`](detect::detect) finds the operations between two states, and
//! [`diff`](diff::diff) the statements that bring a database along.

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

mod answer;
pub mod data;
pub mod detect;
pub mod diff;
pub mod drift;
pub mod effect;
pub mod embed;
pub mod error;
pub mod event;
pub mod file;
pub mod folder;
pub mod footprint;
pub mod graph;
mod history;
pub mod inspect;
pub mod introspect;
pub mod lint;
pub mod make;
pub mod merge;
pub mod operation;
pub mod optimize;
mod record;
pub mod renames;
pub mod run;
pub mod squash;
pub mod state;
pub mod views;
