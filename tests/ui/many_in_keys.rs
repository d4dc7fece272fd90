//! Keys and many-to-many relations that lead nowhere.
#![allow(unused)]

#[path = "library/mod.rs"]
mod library;
use library::*;
use std::collections::*;

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

mod on_delete_called {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct OnDeleteCalled { pub id: i64, #[field(on_delete(Cascade))] pub tag: ForeignKey<Tag> }
}

mod optional_author {
    use super::*;
    #[derive(Model, Clone, Debug)]
    pub struct OptionalAuthor { pub id: i64, pub author: Option<Author> }
}

fn main() {}
