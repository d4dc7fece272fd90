//! Models that are none.
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

mod f_instance {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FInstance {
        pub id: i64,
        pub name: String,
        #[field(on_delete = Cascade)] pub author: Author,
    }
}

mod f_instance_plain {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FInstancePlain {
        pub id: i64,
        pub name: String,
        pub author: Author,
    }
}

mod f_vec_fk {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FVecFk {
        pub id: i64,
        pub name: String,
        pub tags: Vec<ForeignKey<Tag>>,
    }
}

mod f_vec_author {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FVecAuthor {
        pub id: i64,
        pub name: String,
        pub authors: Vec<Author>,
    }
}

mod f_opt_m2m {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FOptM2M {
        pub id: i64,
        pub name: String,
        pub tags: Option<ManyToMany<Tag>>,
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

mod fk_composite {
    use super::*;
    #[derive(Model, Clone, Debug)]
    #[model(primary_key = [a, b])]
    pub struct Stock { pub a: i32, pub b: i16 }
    #[derive(Model, Clone, Debug)]
    pub struct City {
        pub id: i64,
        #[field(on_delete = Cascade)]
        pub stock: ForeignKey<Stock>,
    }
}

mod check_wrong {
    use super::*;
    #[derive(Model, Clone, Debug)]
    #[model(check(|p| p.age() + 1))]
    pub struct CheckWrong { pub id: i64, pub age: i32 }
}

mod check_text {
    use super::*;
    #[derive(Model, Clone, Debug)]
    #[model(check(|p| p.age().gt("x")))]
    pub struct CheckText { pub id: i64, pub age: i32 }
}

mod gen_wrong {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct GenWrong { pub id: i64, pub age: i32, #[field(generated = |p| p.age().cast::<String>())] pub x: i32 }
}

mod index_cond_wrong {
    use super::*;
    #[derive(Model, Clone, Debug)]
    #[model(index(fields = [age], condition = |p| p.age()))]
    pub struct IndexCondWrong { pub id: i64, pub age: i32 }
}

mod default_wrong {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct DefaultWrong { pub id: i64, #[field(default = "x")] pub age: i32 }
}

mod o_table_name {
    use super::*;
    #[derive(Model, Clone, Debug)]
    #[model(table_name = "x")]
    pub struct OTableName {
        pub id: i64,
        pub name: String,
        pub age: i32,
    }
}

mod o_db_table {
    use super::*;
    #[derive(Model, Clone, Debug)]
    #[model(db_table = "x")]
    pub struct ODbTable {
        pub id: i64,
        pub name: String,
        pub age: i32,
    }
}

mod o_unique_together {
    use super::*;
    #[derive(Model, Clone, Debug)]
    #[model(unique_together = [name, age])]
    pub struct OUniqueTogether {
        pub id: i64,
        pub name: String,
        pub age: i32,
    }
}

mod o_verbose_name {
    use super::*;
    #[derive(Model, Clone, Debug)]
    #[model(verbose_name = "x")]
    pub struct OVerboseName {
        pub id: i64,
        pub name: String,
        pub age: i32,
    }
}

mod o_abstract {
    use super::*;
    #[derive(Model, Clone, Debug)]
    #[model(abstract)]
    pub struct OAbstract {
        pub id: i64,
        pub name: String,
        pub age: i32,
    }
}

mod o_indexes {
    use super::*;
    #[derive(Model, Clone, Debug)]
    #[model(indexes = [name])]
    pub struct OIndexes {
        pub id: i64,
        pub name: String,
        pub age: i32,
    }
}

mod o_order_by {
    use super::*;
    #[derive(Model, Clone, Debug)]
    #[model(order_by = [name])]
    pub struct OOrderBy {
        pub id: i64,
        pub name: String,
        pub age: i32,
    }
}

mod o_default_manager {
    use super::*;
    #[derive(Model, Clone, Debug)]
    #[model(default_manager_name = "x")]
    pub struct ODefaultManager {
        pub id: i64,
        pub name: String,
        pub age: i32,
    }
}

mod o_ordering_str {
    use super::*;
    #[derive(Model, Clone, Debug)]
    #[model(ordering = ["-nam"])]
    pub struct OOrderingStr {
        pub id: i64,
        pub name: String,
        pub age: i32,
    }
}

mod o_pk {
    use super::*;
    #[derive(Model, Clone, Debug)]
    #[model(pk = id)]
    pub struct OPk {
        pub id: i64,
        pub name: String,
        pub age: i32,
    }
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

mod model_attr_wrong {
    use super::*;
    #[derive(Model, Clone, Debug)]
    #[table("x")]
    pub struct ModelAttrWrong { pub id: i64 }
}

mod no_id {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct NoId { pub name: String }
}

mod tuple_struct {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct TupleStruct(i64, String);
}

mod an_enum {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub enum Enum { A, B }
}

mod generic {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct Generic<T> { pub id: i64, pub x: T }
}

mod lifetime {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct Lifetime<'a> { pub id: i64, pub x: &'a str }
}

mod two_pk {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct TwoPk { #[field(primary_key)] pub a: i64, #[field(primary_key)] pub b: i64 }
}

mod pk_opt {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct PkOpt { pub id: Option<i64>, pub name: String }
}

mod pk_i32_u {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct PkI32U { pub id: usize, pub name: String }
}

mod no_on_delete {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct NoOnDelete { pub id: i64, pub tag: ForeignKey<Tag> }
}

mod on_delete_str {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct OnDeleteStr { pub id: i64, #[field(on_delete = "CASCADE")] pub tag: ForeignKey<Tag> }
}

mod on_delete_django {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct OnDeleteDjango { pub id: i64, #[field(on_delete = models.CASCADE)] pub tag: ForeignKey<Tag> }
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

mod choices_list {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct ChoicesList { pub id: i64, #[field(choices = ["a", "b"])] pub n: String }
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

mod table_name {
    use super::*;
    #[derive(Model, Clone, Debug)]
    #[model(table_name = "ps")]
    pub struct TableName { pub id: i64, pub n: String }
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

mod field_on_model {
    use super::*;
    #[derive(Model, Clone, Debug)]
    #[field(table = "x")]
    pub struct FieldOnModel { pub id: i64, pub n: String }
}

mod model_on_field {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct ModelOnField { pub id: i64, #[model(unique)] pub n: String }
}

mod unique_bare {
    use super::*;
    #[derive(Model, Clone, Debug)]
    #[model(unique(a, b))]
    pub struct UniqueBare { pub id: i64, pub a: i32, pub b: i32 }
}

mod unique_typo {
    use super::*;
    #[derive(Model, Clone, Debug)]
    #[model(unique(fields = [a, c]))]
    pub struct UniqueTypo { pub id: i64, pub a: i32, pub b: i32 }
}

mod index_list {
    use super::*;
    #[derive(Model, Clone, Debug)]
    #[model(indexes = [a])]
    pub struct IndexList { pub id: i64, pub a: i32 }
}

mod check_str {
    use super::*;
    #[derive(Model, Clone, Debug)]
    #[model(check = "a > 0")]
    pub struct CheckStr { pub id: i64, pub a: i32 }
}

mod ordering_typo {
    use super::*;
    #[derive(Model, Clone, Debug)]
    #[model(ordering = [aa])]
    pub struct OrderingTypo { pub id: i64, pub a: i32 }
}

mod fk_two {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FkTwo { pub id: i64, #[field(on_delete = Cascade)] pub a: ForeignKey<Tag>, #[field(on_delete = Cascade)] pub b: ForeignKey<Tag> }
}

mod fk_box {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FkBox { pub id: i64, #[field(on_delete = Cascade)] pub a: Box<ForeignKey<Tag>> }
}

mod fk_vec {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct FkVec { pub id: i64, pub a: Vec<ForeignKey<Tag>> }
}

mod m2m_opt {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct M2MOpt { pub id: i64, pub a: Option<ManyToMany<Tag>> }
}

mod m2m_on_delete {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct M2MOnDelete { pub id: i64, #[field(on_delete = Cascade)] pub a: ManyToMany<Tag> }
}

mod m2m_unique {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct M2MUnique { pub id: i64, #[field(unique)] pub a: ManyToMany<Tag> }
}

mod box_self {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct BoxSelf { pub id: i64, pub parent: Option<Box<BoxSelf>> }
}

mod reserved {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct Reserved { pub id: i64, pub objects: i32, pub save: i32 }
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
