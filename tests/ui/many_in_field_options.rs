//! Options that fields have not.
#![allow(unused)]

#[path = "library/mod.rs"]
mod library;
use library::*;
use std::collections::*;

mod gen_wrong {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct GenWrong { pub id: i64, pub age: i32, #[field(generated = |p| p.age().cast::<String>())] pub x: i32 }
}

mod default_wrong {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct DefaultWrong { pub id: i64, #[field(default = "x")] pub age: i32 }
}

mod fo_null {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FoNull {
        pub id: i64,
        pub name: String,
        #[field(null = true)] pub age: i32,
    }
}

mod fo_db_column {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FoDbColumn {
        pub id: i64,
        pub name: String,
        #[field(db_column = "x")] pub age: i32,
    }
}

mod fo_verbose_name {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FoVerboseName {
        pub id: i64,
        pub name: String,
        #[field(verbose_name = "x")] pub age: i32,
    }
}

mod fo_primary {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FoPrimary {
        pub id: i64,
        pub name: String,
        #[field(pk)] pub age: i32,
    }
}

mod fo_editable {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FoEditable {
        pub id: i64,
        pub name: String,
        #[field(editable = false)] pub age: i32,
    }
}

mod fo_unique_for_date {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FoUniqueForDate {
        pub id: i64,
        pub name: String,
        #[field(unique_for_date = "x")] pub age: i32,
    }
}

mod fo_max_length {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FoMaxLength {
        pub id: i64,
        pub name: String,
        #[field(max_length = "3")] pub nick: String,
    }
}

mod fo_foreign_key {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FoForeignKey {
        pub id: i64,
        pub name: String,
        #[field(foreign_key = Author)] pub a: i64,
    }
}

mod fo_default_none {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FoDefaultNone {
        pub id: i64,
        pub name: String,
        #[field(default = None)] pub nick: String,
    }
}

mod fo_orm_attr {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FoOrmAttr {
        pub id: i64,
        pub name: String,
        #[orm(max_length = 3)] pub nick: String,
    }
}

mod max_length_int {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct MaxLengthInt { pub id: i64, #[field(max_length = 5)] pub n: i32 }
}

mod max_length_str {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct MaxLengthStr { pub id: i64, #[field(max_length = "5")] pub n: String }
}

mod default_fn_str {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct DefaultFnStr { pub id: i64, #[field(default = "now")] pub at: DateTime<Utc> }
}

mod default_call {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct DefaultCall { pub id: i64, #[field(default = 1.5)] pub n: i32 }
}

mod auto_now_text {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct AutoNowText { pub id: i64, #[field(auto_now)] pub n: String }
}

mod null_true {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct NullTrue { pub id: i64, #[field(null = true)] pub n: String }
}

mod verbose_name {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct VerboseName { pub id: i64, #[field(verbose_name = "N")] pub n: String }
}

mod sql_type {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct SqlType { pub id: i64, #[field(sql_type = "text")] pub n: String }
}

mod rename {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct Rename { pub id: i64, #[field(rename = "nn")] pub n: String }
}

mod db_column {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct DbColumn { pub id: i64, #[field(column_name = "nn")] pub n: String }
}

mod column_attr {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct ColumnAttr { pub id: i64, #[column(unique)] pub n: String }
}

mod pk_attr {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct PkAttr { #[primary_key] pub key: i64, pub n: String }
}

mod field_str {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FieldStr { pub id: i64, #[field("unique")] pub n: String }
}

mod model_on_field {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct ModelOnField { pub id: i64, #[model(unique)] pub n: String }
}

mod generated_text {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct GeneratedText { pub id: i64, #[field(generated = "age * 2")] pub age: i32 }
}

mod negative_length {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct NegativeLength { pub id: i64, #[field(max_length = -1)] pub n: String }
}

mod upload_to_text {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct UploadToText { pub id: i64, #[field(upload_to = "x")] pub photo: String }
}

mod limit_choices_text {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct LimitChoicesText { pub id: i64, #[field(on_delete = Cascade, limit_choices_to = "x")] pub a: ForeignKey<Author> }
}

fn main() {}
