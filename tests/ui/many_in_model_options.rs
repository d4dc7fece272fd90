//! Options that models have not, and structs that are no models.
#![allow(unused)]

#[path = "library/mod.rs"]
mod library;
use library::*;
use std::collections::*;

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

mod index_cond_wrong {
    use super::*;
    #[derive(Model, Clone, Debug)]
    #[model(index(fields = [age], condition = |p| p.age()))]
    pub struct IndexCondWrong { pub id: i64, pub age: i32 }
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

mod table_name {
    use super::*;
    #[derive(Model, Clone, Debug)]
    #[model(table_name = "ps")]
    pub struct TableName { pub id: i64, pub n: String }
}

mod field_on_model {
    use super::*;
    #[derive(Model, Clone, Debug)]
    #[field(table = "x")]
    pub struct FieldOnModel { pub id: i64, pub n: String }
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

mod reserved {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct Reserved { pub id: i64, pub objects: i32, pub save: i32 }
}

mod pk_in_parentheses {
    use super::*;
    #[derive(Model, Clone, Debug)]
    #[model(primary_key = (a, id))]
    pub struct PkInParentheses { pub a: i32, pub id: i32 }
}

mod ordering_in_parentheses {
    use super::*;
    #[derive(Model, Clone, Debug)]
    #[model(ordering = (a, -id))]
    pub struct OrderingInParentheses { pub a: i32, pub id: i32 }
}

mod queryset_of_a_function {
    use super::*;
    #[queryset]
    fn published(books: QuerySet<Book>) -> QuerySet<Book> { books }
}

mod exclude_names {
    use super::*;
    #[derive(Model, Clone, Debug)]
    #[model(exclude(a, b))]
    pub struct ExcludeNames { pub id: i64, pub a: i32, pub b: i32 }
}

mod unique_where_text {
    use super::*;
    #[derive(Model, Clone, Debug)]
    #[model(unique(fields = [a], where = "a > 3"))]
    pub struct UniqueWhereText { pub id: i64, pub a: i32 }
}

fn main() {}
