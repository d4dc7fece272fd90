//! The cases of `library` that are asked, by section.

mod basic;
mod delete;
mod exclude;
mod filter;
mod insert;
mod lookups;
mod make;
mod multivalued;
mod order;
mod q;
mod related_loading;
mod update;

use super::answer::{Answer, instance};
use super::harness::Case;
use super::library::*;
use serde_json::Value;

/// All of them.
pub fn all() -> Vec<Case> {
    let sections = [
        basic::cases(),
        filter::cases(),
        lookups::cases(),
        exclude::cases(),
        multivalued::cases(),
        q::cases(),
        order::cases(),
        related_loading::cases(),
        update::cases(),
        insert::cases(),
        delete::cases(),
    ];
    sections.into_iter().flatten().collect()
}

macro_rules! instances {
    ($($model:ident)*) => {$(
        impl Answer for $model {
            fn answer(&self) -> Value {
                instance(self)
            }
        }
    )*};
}
instances!(Publisher Author Profile Tag Book Authorship Store Stock Review Award);
