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

mod word_without_quotes {
    use super::*;
    #[derive(Choices, Clone, Copy, PartialEq, Debug)]
    pub enum Size { #[choice(small)] Small }
}

mod number_in_attribute {
    use super::*;
    #[derive(Choices, Clone, Copy, PartialEq, Debug)]
    pub enum Size { #[choice(1)] Small }
}

mod value_named {
    use super::*;
    #[derive(Choices, Clone, Copy, PartialEq, Debug)]
    pub enum Size { #[choice(value = "s")] Small }
}

fn main() {}
