//! Fields whose types are no columns.
#![allow(unused)]

#[path = "library/mod.rs"]
mod library;
use library::*;
use std::collections::*;

mod f_u64 {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FU64 {
        pub id: i64,
        pub name: String,
        pub size: u64,
    }
}

mod f_usize {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FUsize {
        pub id: i64,
        pub name: String,
        pub size: usize,
    }
}

mod f_char {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FChar {
        pub id: i64,
        pub name: String,
        pub letter: char,
    }
}

mod f_str {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FStr {
        pub id: i64,
        pub name: String,
        pub m: &'static str,
    }
}

mod f_box {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FBox {
        pub id: i64,
        pub name: String,
        pub m: Box<String>,
    }
}

mod f_vec_u8_opt {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FVecU8Opt {
        pub id: i64,
        pub name: String,
        pub m: Option<Vec<u32>>,
    }
}

mod f_tuple {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FTuple {
        pub id: i64,
        pub name: String,
        pub m: (i32, i32),
    }
}

mod f_array {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FArray {
        pub id: i64,
        pub name: String,
        pub m: [i32; 3],
    }
}

mod f_duration {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FDuration {
        pub id: i64,
        pub name: String,
        pub m: std::time::Duration,
    }
}

mod f_pathbuf {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FPathbuf {
        pub id: i64,
        pub name: String,
        pub m: std::path::PathBuf,
    }
}

mod f_hashset {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FHashset {
        pub id: i64,
        pub name: String,
        pub m: std::collections::HashSet<String>,
    }
}

mod f_enum {
    use super::*;
    #[derive(Clone, Debug)]
    pub enum Status { Open, Closed }
    #[derive(Model, Clone, Debug)]
    pub struct FEnum {
        pub id: i64,
        pub status: Status,
    }
}

mod f_json_noserde {
    use super::*;
    #[derive(Clone, Debug)]
    pub struct Prefs { pub dark: bool }
    #[derive(Model, Clone, Debug)]
    pub struct FJsonNoserde {
        pub id: i64,
        pub prefs: Json<Prefs>,
    }
}

mod pk_i32_u {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct PkI32U { pub id: usize, pub name: String }
}

mod std_time {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct StdTime { pub id: i64, pub a: std::time::SystemTime }
}

mod instant {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct Instant { pub id: i64, pub a: std::time::Duration }
}

mod ipaddr {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct Ipaddr { pub id: i64, pub a: std::path::PathBuf }
}

mod tuple_field {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct TupleField { pub id: i64, pub a: (i32, i32) }
}

mod array_field {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct ArrayField { pub id: i64, pub a: [i32; 3] }
}

mod str_slice {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct StrSlice { pub id: i64, pub a: &'static str }
}

mod newtype_of_unsigned {
    use super::*;
    #[derive(Column, Clone, Copy, PartialEq, Debug)]
    pub struct Size(pub u64);
}

fn main() {}
