//! Choices that are none.
#![allow(unused)]

#[path = "library/mod.rs"]
mod library;
use library::*;
use std::collections::*;

mod choices_list {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct ChoicesList { pub id: i64, #[field(choices = ["a", "b"])] pub n: String }
}

mod choices_plain {
    use super::*;
    #[derive(Choices, Clone, Copy, Debug, PartialEq)]
    pub enum S { Open, Done }
}

mod choices_half {
    use super::*;
    #[derive(Choices, Clone, Copy, Debug, PartialEq)]
    pub enum S { #[choice("o")] Open, Done }
}

mod choices_dup {
    use super::*;
    #[derive(Choices, Clone, Copy, Debug, PartialEq)]
    pub enum S { #[choice("o")] Open, #[choice("o")] Done }
}

fn main() {}
