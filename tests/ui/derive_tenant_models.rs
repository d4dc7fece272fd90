//! Fields that cannot say to which tenant a row belongs.
#![allow(unused)]

use orm::prelude::*;

#[derive(Model, Clone)]
#[model(tenant = orgg)]
struct Unknown {
    id: i64,
    org: i64,
}

#[derive(Model, Clone)]
#[model(tenant = org)]
struct Nullable {
    id: i64,
    org: Option<i64>,
}

#[derive(Model, Clone)]
#[model(tenant = tags)]
struct NoColumn {
    id: i64,
    tags: ManyToMany<Tag>,
}

#[derive(Model, Clone)]
#[model(tenant = double)]
struct Calculated {
    id: i64,
    #[field(generated = |c| c.id() * 2)]
    double: i64,
}

#[derive(Model, Clone)]
#[model(tenant)]
struct Nothing {
    id: i64,
    org: i64,
}

#[derive(Model, Clone)]
#[model(tenant = "org")]
struct Quoted {
    id: i64,
    org: i64,
}

#[derive(Model, Clone)]
#[model(tenants = org)]
struct Misspelt {
    id: i64,
    org: i64,
}

#[derive(Model, Clone)]
#[model(row_level_security)]
struct Whose {
    id: i64,
    org: i64,
}

#[derive(Model, Clone)]
#[model(tenant = org, row_level_security, managed = false)]
struct OfOthers {
    id: i64,
    org: i64,
}

#[derive(Model, Clone)]
#[model(tenant = org, row_level_security, view_sql = "SELECT 1 AS id, 2 AS org")]
struct Seen {
    id: i64,
    org: i64,
}

#[derive(Model, Clone, Debug)]
#[model(proxy = Tag, tenant = id, row_level_security)]
struct OldTag(Tag);

#[derive(Model, Clone, Debug)]
struct Tag {
    id: i64,
}

#[derive(Model, Clone, Debug)]
#[model(extends = Tag, tenant = org)]
struct Extended {
    tag: Tag,
    size: i32,
}

#[derive(Model, Clone, Debug)]
#[model(extends = Tag, row_level_security)]
struct ExtendedWhose {
    tag: Tag,
    size: i32,
}

fn main() {}
