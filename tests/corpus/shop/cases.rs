//! The cases of `shop` that are asked, by section.

mod json_array;
mod make;
mod misc;
mod money;
mod ranges;
mod reports;
mod tree;
mod writes;

use super::answer::{Answer, instances, scalar};
use super::harness::Case;
use super::shop::*;
use serde_json::Value;

/// All of them.
pub fn all() -> Vec<Case> {
    let sections = [
        money::cases(),
        reports::cases(),
        tree::cases(),
        ranges::cases(),
        json_array::cases(),
        writes::cases(),
        misc::cases(),
    ];
    sections.into_iter().flatten().collect()
}

instances!(Category Product Line Order Payment Coupon Address);

impl Answer for Status {
    fn answer(&self) -> Value {
        scalar(orm::column::Column::to_value(self))
    }
}
