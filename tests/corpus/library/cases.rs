//! The cases of `library` that are asked, by section.

mod aggregate;
mod annotate;
mod array;
mod basic;
mod combine;
mod delete;
mod exclude;
mod expressions;
mod filter;
mod functions_rare;
mod insert;
mod json;
mod lookups;
mod make;
mod multivalued;
mod order;
mod parts;
mod q;
mod raw;
mod related_loading;
mod search;
mod subquery;
mod update;
mod values;
mod window;

use super::answer::instances;
use super::harness::Case;
use super::library::*;

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
        parts::cases(),
        update::cases(),
        insert::cases(),
        delete::cases(),
        values::cases(),
        aggregate::cases(),
        annotate::cases(),
        expressions::cases(),
        functions_rare::cases(),
        search::cases(),
        subquery::cases(),
        json::cases(),
        array::cases(),
        raw::cases(),
        window::cases(),
        combine::cases(),
    ];
    sections.into_iter().flatten().collect()
}

instances!(Publisher Author Profile Tag Book Authorship Store Stock Review Award);
