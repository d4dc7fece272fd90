//! Query sets made of their description, through the public API.

use super::rows::{Cells, Flat, List};
use super::spec::{By, Call, Joint, Query, Terminal, Val};
use super::walk::Root;
use super::{expressions, library};
use orm::expr::Ordering;
use orm::prelude::*;

/// A column of the query around, as an untyped expression.
pub type Around<'a> = Option<&'a dyn Fn(&[&str], &str) -> orm_core::ir::Node>;

/// A query set with the type that its calls have given its rows.
pub enum Set<M: Model> {
    Rows(QuerySet<M>),
    Annotated(QuerySet<M, (M, Cells)>),
    AnnotatedTwice(QuerySet<M, (M, Cells, Cells)>),
    Values(QuerySet<M, Cells>),
    Grouped(QuerySet<M, (Cells, Cells)>),
    GroupedTwice(QuerySet<M, (Cells, Cells, Cells)>),
}

/// The same on the query set inside, whatever its rows are.
macro_rules! inside {
    ($set:expr, $query:ident => $do:expr) => {
        match $set {
            $crate::build::Set::Rows($query) => $do,
            $crate::build::Set::Annotated($query) => $do,
            $crate::build::Set::AnnotatedTwice($query) => $do,
            $crate::build::Set::Values($query) => $do,
            $crate::build::Set::Grouped($query) => $do,
            $crate::build::Set::GroupedTwice($query) => $do,
        }
    };
}
pub(crate) use inside;

/// The same on the query set inside, which stays what it is.
macro_rules! mapped {
    ($set:expr, $query:ident => $do:expr) => {
        match $set {
            Set::Rows($query) => Set::Rows($do),
            Set::Annotated($query) => Set::Annotated($do),
            Set::AnnotatedTwice($query) => Set::AnnotatedTwice($do),
            Set::Values($query) => Set::Values($do),
            Set::Grouped($query) => Set::Grouped($do),
            Set::GroupedTwice($query) => Set::GroupedTwice($do),
        }
    };
}

/// The same for the model of a query.
macro_rules! with_model {
    ($name:expr, $model:ident => $do:expr) => {{
        use $crate::library;
        match $name {
            "publisher" => {
                type $model = library::Publisher;
                $do
            }
            "author" => {
                type $model = library::Author;
                $do
            }
            "tag" => {
                type $model = library::Tag;
                $do
            }
            "book" => {
                type $model = library::Book;
                $do
            }
            "review" => {
                type $model = library::Review;
                $do
            }
            "award" => {
                type $model = library::Award;
                $do
            }
            "authorship" => {
                type $model = library::Authorship;
                $do
            }
            other => panic!("no model `{other}`"),
        }
    }};
}
pub(crate) use with_model;

/// The query set of a description.
pub fn query_set<M: Root>(query: &Query, around: Around<'_>) -> Set<M> {
    let start = Set::Rows(M::objects().unordered());
    query.calls.iter().fold(start, |set, call| called(set, call, around))
}

/// One call.
fn called<M: Root>(set: Set<M>, call: &Call, around: Around<'_>) -> Set<M> {
    match call {
        Call::Filter(condition) => {
            mapped!(set, q => q.filter(|at: &Fields<M>| expressions::condition(condition, at, around)))
        }
        Call::Exclude(condition) => {
            mapped!(set, q => q.exclude(|at: &Fields<M>| expressions::condition(condition, at, around)))
        }
        Call::OrderBy(by) => {
            mapped!(set, q => q.order_by(|at: &Fields<M>| orderings(by, at, around)))
        }
        Call::Reverse => mapped!(set, q => q.reverse()),
        Call::Distinct => mapped!(set, q => q.distinct()),
        Call::Slice(limit, offset) => mapped!(set, q => match limit {
            Some(limit) => q.slice(*offset..offset + limit),
            None => q.offset(*offset),
        }),
        Call::Values(exprs) => {
            let list = |at: &Fields<M>| list(exprs, at, around);
            Set::Values(inside!(set, q => q.values(list)))
        }
        Call::Annotate(exprs) => {
            let list = |at: &Fields<M>| list(exprs, at, around);
            match set {
                Set::Rows(q) => Set::Annotated(q.annotate(list)),
                Set::Annotated(q) => Set::AnnotatedTwice(q.annotate(list)),
                Set::Values(q) => Set::Grouped(q.annotate(list)),
                Set::Grouped(q) => Set::GroupedTwice(q.annotate(list)),
                Set::AnnotatedTwice(_) | Set::GroupedTwice(_) => panic!("two columns at most"),
            }
        }
        Call::Combine(joint, other) => match (set, query_set::<M>(other, around)) {
            (Set::Rows(one), Set::Rows(other)) => Set::Rows(match joint {
                Joint::And => one & other,
                Joint::Or => one | other,
                Joint::Xor => one ^ other,
            }),
            _ => panic!("whole rows are combined"),
        },
    }
}

fn list<M: Root>(exprs: &[super::spec::Ex], at: &Fields<M>, around: Around<'_>) -> List<M> {
    List(exprs.iter().map(|expr| expressions::expression(expr, at, around)).collect())
}

fn orderings<M: Root>(by: &[By], at: &Fields<M>, around: Around<'_>) -> Vec<Ordering<M>> {
    by.iter().map(|by| expressions::ordering(by, at, around)).collect()
}

/// What a query set answers, and its statement.
pub struct Asked {
    pub sql: String,
    pub params: usize,
    pub answer: Answer,
}

/// What a terminal returns.
#[derive(Debug, PartialEq)]
pub enum Answer {
    Rows(Vec<Vec<Val>>),
    Count(u64),
    Exists(bool),
}

/// Runs a description.
pub async fn ask(db: &Database, query: &Query, terminal: Terminal) -> orm::Result<Asked> {
    with_model!(query.model, M => {
        let set = query_set::<M>(query, None);
        inside!(set, q => {
            let (sql, params) = q.sql_with_params()?;
            let answer = match terminal {
                Terminal::All => {
                    let rows = q.all(db).await?;
                    Answer::Rows(rows.into_iter().map(Flat::flat).collect())
                }
                Terminal::Count => Answer::Count(q.count(db).await?),
                Terminal::Exists => Answer::Exists(q.exists(db).await?),
            };
            Ok(Asked { sql, params: params.len(), answer })
        })
    })
}

/// The statement of a description.
pub fn sql(query: &Query) -> orm::Result<String> {
    with_model!(query.model, M => inside!(query_set::<M>(query, None), q => q.sql()))
}

#[allow(unused_imports)]
use library as _;
