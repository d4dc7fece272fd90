//! Names of fields that are odd, and Rust all the same.

#![allow(non_snake_case)]

use orm::prelude::*;

mod people {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    pub struct Person {
        pub id: i64,
    }
}
use people::{Person, PersonFields};

/// Relations to one model whose names differ in underscores and accents.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Letter {
    pub id: i64,
    #[field(on_delete = Cascade, related = "trait", related_name = "a")]
    pub _owner: ForeignKey<Person>,
    #[field(on_delete = Cascade, related = "trait", related_name = "b")]
    pub owner_: ForeignKey<Person>,
    #[field(on_delete = Cascade, related = "trait", related_name = "c")]
    pub a__b: ForeignKey<Person>,
    #[field(on_delete = Cascade, related = "trait", related_name = "d")]
    pub été: ForeignKey<Person>,
    #[field(on_delete = Cascade, related = "trait", related_name = "e")]
    pub __x: ForeignKey<Person>,
    pub r#type: String,
    pub 名前: Option<String>,
}

#[test]
fn odd_names_are_columns_and_accessors() {
    let sql = Letter::objects()
        .filter(|l| l._owner().eq(1) & l.été().eq(2) & l.a__b().eq(3) & l.__x().eq(4))
        .filter(|l| l.r#type().eq("x") & l.名前().eq("y"))
        .values(|l| l.owner_().id())
        .sql()
        .expect("it compiles");
    for column in ["_owner_id", "été_id", "a__b_id", "__x_id", "type", "名前", "owner__id"] {
        assert!(sql.contains(&format!("\"{column}\"")), "{column}: {sql}");
    }
}

/// Models with the names that type parameters usually have.
mod letters {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    pub struct R {
        pub id: i64,
        #[field(on_delete = Cascade, related_name = "rs")]
        pub k: Option<ForeignKey<K>>,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    pub struct K {
        pub id: i64,
        pub m: ManyToMany<M>,
        #[model(flatten)]
        pub t: T,
    }

    #[derive(ModelFields, Clone, Debug, PartialEq)]
    pub struct T {
        pub s: S,
    }

    #[derive(Column, Clone, Copy, Debug, PartialEq)]
    pub struct S(i32);

    #[derive(Model, Clone, Debug, PartialEq)]
    pub struct M {
        pub id: i64,
        #[field(on_delete = Cascade, related_name = "ms")]
        pub r: OneToOne<R>,
    }

    #[queryset]
    impl QuerySet<M> {
        pub fn of_key(self, key: i32) -> Self {
            self.filter(|m| m.r().k().t().s().eq(S(key)))
        }
    }

    pub fn asked() -> (QuerySet<R>, QuerySet<M>) {
        let rs = R::objects().filter(|r| r.k().m().r().eq(1) & r.k().rs().isnull(true));
        (rs, M::objects().of_key(1))
    }
}

#[test]
fn models_may_be_called_as_type_parameters() {
    let (rs, ms) = letters::asked();
    let (rs, ms) = (rs.sql().expect("it compiles"), ms.sql().expect("it compiles"));
    assert!(rs.contains("\"k_m\"") && ms.contains("\"s\" = $1"), "{rs} {ms}");
    let _: fn(&letters::M, &Database) = |m, db| drop(m.r.fetch(db));
}

/// A model whose columns have the names of methods that query sets, paths, drafts, instances and
/// everything else in sight have.
macro_rules! named_as_methods {
    ($($name:ident)*) => {
        #[derive(Model, Clone, Debug, PartialEq)]
        pub struct Methods {
            pub id: i64,
            $(pub $name: i32,)*
            #[field(related_name = "all")]
            pub filter: ManyToMany<Person>,
            #[field(on_delete = Cascade, related_name = "first")]
            pub exclude: ForeignKey<Person>,
        }

        #[test]
        fn columns_may_have_the_names_of_methods() {
            let _draft = draft!(Methods { $($name: 1,)* exclude: 1 });
            $(
                let column = concat!("t0.\"", stringify!($name), "\"");
                let filtered = Methods::objects().filter(|m| m.$name().gt(1)).order_by(|m| m.$name());
                let sql = filtered.sql().expect("it compiles");
                assert!(sql.contains(&format!("WHERE {column} > $1 ORDER BY {column}")), "{sql}");
                let over = Person::objects().filter(|p| p.first().$name().eq(2));
                assert!(over.sql().expect("it compiles").contains(stringify!($name)));
                let values = Methods::objects().values(|m| (m.$name() + 1, m.exclude().first().$name()));
                assert!(values.sql().expect("it compiles").contains(column));
                let set = |m: &Fields<Methods>| m.$name().set(m.$name() + 1);
                let _ = set(&Methods::paths());
            )*
            let row = Methods { id: 1, $($name: 1,)* filter: ManyToMany::default(), exclude: ForeignKey::new(1) };
            assert_eq!(row.values().len(), 2 + [$(stringify!($name)),*].len());
            let own = Methods::objects().filter(|m| m.id().gt(0) & m.filter().isnull(true));
            assert!(own.sql().expect("it compiles").contains("IS NULL"));
            let _sets = (row.filter(), Person { id: 1 }.all(), Person { id: 1 }.first());
        }
    };
}

named_as_methods! {
    on of path paths node nodes compare ordering into_path at column columns root scope steps target
    then table model meta key keys field fields value get get_opt last one none any raw annotate
    values_list aggregate order_by reverse distinct unordered limit offset nested exists contains
    update delete save save_fields refresh insert create bulk_create returning stream copy lock
    select_for_update select_related prefetch_related prefetch explain sql union with put copy_from
    into_raw raw_mut nest max min sum avg gt lt gte lte range like is_null between and or not xor
    map iter next len is_empty cmp partial_cmp hash as_ref borrow_mut default fmt drop deref
    to_string type_id from decode encode draft dyn_draft q managers unfiltered
    bitand add sub name database schema user group order select where_ state action event tx db cx
    self_ this new row rows form view json text fetch eq_ index first_ last_ before after find by
}
