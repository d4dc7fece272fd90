//! Validators that are none.
#![allow(unused)]

#[path = "library/mod.rs"]
mod library;
use library::*;
use std::collections::*;

mod v_min {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct VMin {
        pub id: i64,
        pub name: String,
        #[field(validators(min(18)))] pub age: i32,
    }
}

mod v_length {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct VLength {
        pub id: i64,
        pub name: String,
        #[field(validators(length(18)))] pub nick: String,
    }
}

mod v_not_empty {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct VNotEmpty {
        pub id: i64,
        pub name: String,
        #[field(validators(not_empty))] pub nick: String,
    }
}

mod v_MinValueValidator {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct VMinvaluevalidator {
        pub id: i64,
        pub name: String,
        #[field(validators(MinValueValidator(18)))] pub age: i32,
    }
}

mod v_string {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct VString {
        pub id: i64,
        pub name: String,
        #[field(validators("email"))] pub nick: String,
    }
}

mod validator_str {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct ValidatorStr { pub id: i64, #[field(validators = "email")] pub a: String }
}

mod validator_list {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct ValidatorList { pub id: i64, #[field(validators = [email])] pub a: String }
}

fn main() {}
