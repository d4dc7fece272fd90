//! A model for each shape, with a column of each type; and one more, whose columns have defaults in
//! the database.

use super::probe::Probe;
use super::table::types;
use orm::DynDraft;
use orm::expr::Assignment;
use orm::model::{Fields, Own};
use orm::prelude::*;

/// A model with a column of each type.
pub trait Swept: Model + ModelExt + Clone + std::fmt::Debug + Send + Sync + Sized + Unpin {
    /// A row of edge values, by its number.
    fn row(row: usize) -> DynDraft<Self>;
    /// The same values as text.
    fn given(row: usize) -> Vec<String>;
    /// The values of an instance as text.
    fn read(&self) -> Vec<String>;
    /// Gives an instance the values of a row.
    fn fill(&mut self, row: usize);
    /// Assigns the values of a row.
    fn assign(row: usize) -> Vec<Assignment<Self>>;
    /// What is asked of each column, where there are so many rows.
    fn probes(rows: usize) -> Vec<Probe<Self>>;
    /// The key.
    fn key(fields: &Fields<Self>) -> Expr<Self, i64, Own>;
    /// That it is the row of a number.
    fn is(row: usize) -> Q<Self>;
}

/// A model whose columns have defaults in the database, a check and a partial index.
pub trait Literals: Model + ModelExt + std::fmt::Debug + Send + Sync + Sized {
    /// The values of an instance as text.
    fn read(&self) -> Vec<String>;
}

/// The edge values of each type.
pub mod edges {
    use super::super::table::{self, date, decimal, micros, types};
    use chrono::TimeDelta;
    use orm::column::{CiText, HStore, Inet, Interval, Ltree, Multirange, TsVector};
    use orm::prelude::*;
    use std::net::IpAddr;
    use std::ops::Bound;

    macro_rules! edges {
        ($($name:ident $_back:literal $_related:ident: $t:ty = $edges:expr;)*) => {$(
            pub fn $name() -> Vec<$t> {
                Vec::<$t>::from($edges)
            }
        )*};
    }
    types!(edges!());
}

macro_rules! model {
    ($module:ident $literals:ident $model:ident $known:ident $some:literal {$($name:ident: $t:ty,)*}) => {
        pub mod $module {
            use super::super::{probe, shapes, table};
            use super::*;
            use chrono::TimeDelta;
            use orm::column::{CiText, HStore, Inet, Interval, Ltree, Multirange, TsVector};
            use std::net::IpAddr;

            #[derive(Model, Clone, Debug)]
            #[model(app = "sweep", ordering = [id])]
            pub struct $model {
                pub id: i64,
                $(pub $name: $t,)*
            }

            impl Swept for $model {
                fn row(row: usize) -> DynDraft<Self> {
                    let mut draft = $model::dyn_draft();
                    $(draft = draft.set(stringify!($name), shapes::$module(&edges::$name(), row));)*
                    draft
                }
                fn given(row: usize) -> Vec<String> {
                    vec![$(format!("{:?}", shapes::$module(&edges::$name(), row)),)*]
                }
                fn read(&self) -> Vec<String> {
                    vec![$(format!("{:?}", self.$name),)*]
                }
                fn fill(&mut self, row: usize) {
                    $(self.$name = shapes::$module(&edges::$name(), row);)*
                }
                fn assign(row: usize) -> Vec<Assignment<Self>> {
                    let paths = $model::paths();
                    vec![$(paths.$name().set(shapes::$module(&edges::$name(), row)),)*]
                }
                fn probes(rows: usize) -> Vec<Probe<Self>> {
                    vec![$({
                        let values: Vec<$t> =
                            (0..rows).map(|row| shapes::$module(&edges::$name(), row)).collect();
                        let known: Vec<_> = values.iter().map(shapes::$known).collect();
                        let some = probe::some(&known, $some);
                        Probe {
                            name: stringify!($name),
                            conditions: some.iter().flat_map(|value| {
                                let value = || value.clone();
                                let found = probe::found(&known, &value());
                                let all = [
                                    ("eq", $model::q(|m| m.$name().eq(value()))),
                                    ("in_", $model::q(|m| m.$name().in_([value()]))),
                                    ("range", $model::q(|m| m.$name().range(value()..=value()))),
                                    ("ne", $model::q(|m| m.$name().ne(value()))),
                                ];
                                all.into_iter().map(move |(name, q)| (name, q, found.clone()))
                            }).collect(),
                            distinct: probe::distinct(&values),
                            json: values.iter().map(probe::json).collect(),
                            values: Box::new(|db| {
                                $model::objects().values(|m| row! { value: m.$name() }).all(db)
                            }),
                            annotated: Box::new(|db| Box::pin(async move {
                                let rows = $model::objects().values(|m| m.id());
                                let rows = rows.annotate(|m| m.$name()).all(db).await?;
                                Ok(probe::seconds(&rows))
                            })),
                            different: Box::new(|db| {
                                let rows = $model::objects().unordered();
                                rows.values(|m| row! { value: m.$name() }).distinct().all(db)
                            }),
                            groups: Box::new(|db| {
                                let rows = $model::objects().unordered().values(|m| (m.$name(),));
                                rows.annotate(|m| m.id().count()).count(db)
                            }),
                            ordered: Box::new(|db| {
                                let rows = $model::objects().order_by(|m| (m.$name(), m.id()));
                                rows.values(|m| m.id()).all(db)
                            }),
                            shown: known.iter().map(probe::shown).collect(),
                            extremes: Box::new(|db| Box::pin(async move {
                                let both = |m: &Fields<$model>| (m.$name().max(), m.$name().min());
                                let (max, min) = $model::objects().aggregate(db, both).await?;
                                Ok([probe::shown(&max), probe::shown(&min)])
                            })),
                            coalesced: some.first().cloned().map(|value| {
                                let or_value = |known: &Option<_>| {
                                    probe::json(known.as_ref().unwrap_or(&value))
                                };
                                let expected = known.iter().map(or_value).collect();
                                let run: probe::Run<DynRow> = Box::new(move |db| {
                                    let value = value.clone();
                                    $model::objects().values(move |m| row! {
                                        value: coalesce((m.$name(), value))
                                    }).all(db)
                                });
                                (expected, run)
                            }),
                        }
                    },)*]
                }
                fn key(fields: &Fields<Self>) -> Expr<Self, i64, Own> {
                    fields.id()
                }
                fn is(row: usize) -> Q<Self> {
                    $model::q(|m| m.id().eq(i64::try_from(row + 1).unwrap()))
                }
            }
        }

        pub mod $literals {
            use super::super::{shapes, table};
            use super::*;
            use chrono::TimeDelta;
            use orm::column::{CiText, HStore, Inet, Interval, Ltree, Multirange, TsVector};
            use std::net::IpAddr;

            #[derive(Model, Clone, Debug)]
            #[model(
                app = "sweep_literals",
                check(|m| m.id().gt(0) $(& m.$name().eq(shapes::$module(&edges::$name(), 1)))*, name = "edges"),
                index(fields = [id], where = |m| m.id().gt(0) $(& m.$name().eq(shapes::$module(&edges::$name(), 2)))*, name = "some")
            )]
            pub struct $model {
                pub id: i64,
                $(
                    #[field(db_default = value(shapes::$module(&edges::$name(), 1)))]
                    pub $name: $t,
                )*
            }

            impl Literals for $model {
                fn read(&self) -> Vec<String> {
                    vec![$(format!("{:?}", self.$name),)*]
                }
            }
        }
    };
}

macro_rules! models {
    ($($name:ident $_back:literal $_related:ident: $t:ty = $edges:expr;)*) => {
        model!(plain plain_literals Plain always 6 { $($name: $t,)* });
        model!(optional optional_literals Optional where_known 3 { $($name: Option<$t>,)* });
        model!(list list_literals List always 2 { $($name: Vec<$t>,)* });
        model!(list_of_optional list_of_optional_literals ListOfOptional always 2 {
            $($name: Vec<Option<$t>>,)*
        });
        model!(optional_list optional_list_literals OptionalList where_known 2 {
            $($name: Option<Vec<$t>>,)*
        });
        model!(grid grid_literals Grid always 2 { $($name: Vec<Vec<$t>>,)* });
    };
}
types!(models!());
