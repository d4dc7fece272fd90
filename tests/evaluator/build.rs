//! Query sets made of their description, through the public API.

use super::below::{self, Output};
use super::beside::types_after;
use super::expressions;
use super::rows::{Cells, Flat, List};
use super::spec::{By, Call, Ex, Joint, Query, Terminal, Val};
use super::steps;
use super::walk::{At, E, Root};
use orm::expr::Ordering;
use orm::prelude::*;
use orm_core::queryset::Of;

/// A column of the query around, as an untyped expression.
pub type Around<'a> = Option<&'a dyn Fn(&[&str], &str) -> orm_core::ir::Node>;

/// A query set with the type that its calls have given its rows.
pub enum Set<M: Root> {
    Rows(QuerySet<M>),
    Annotated(QuerySet<M, (M, Cells)>),
    AnnotatedTwice(QuerySet<M, (M, Cells, Cells)>),
    Values(QuerySet<M, Cells>),
    Grouped(QuerySet<M, (Cells, Cells)>),
    GroupedTwice(QuerySet<M, (Cells, Cells, Cells)>),
    OfRows(Output<M, M>),
    OfAnnotated(Output<M, (M, Cells)>),
    OfGrouped(Output<M, (Cells, Cells)>),
    OfValues(Output<M, Cells>),
    OfLeft(Output<M, (M, Option<Cells>)>),
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
            _ => panic!("a nested query stands at the end only"),
        }
    };
}
pub(crate) use inside;

/// The same on the query set inside, nested or not.
macro_rules! at_last {
    ($set:expr, $query:ident => $do:expr) => {
        match $set {
            Set::OfRows(Output::Rows($query)) => $do,
            Set::OfRows(Output::Values($query)) => $do,
            Set::OfRows(Output::Grouped($query)) => $do,
            Set::OfAnnotated(Output::Rows($query)) => $do,
            Set::OfAnnotated(Output::Values($query)) => $do,
            Set::OfAnnotated(Output::Grouped($query)) => $do,
            Set::OfGrouped(Output::Rows($query)) => $do,
            Set::OfGrouped(Output::Values($query)) => $do,
            Set::OfGrouped(Output::Grouped($query)) => $do,
            Set::OfValues(Output::Rows($query)) => $do,
            Set::OfValues(Output::Values($query)) => $do,
            Set::OfValues(Output::Grouped($query)) => $do,
            Set::OfLeft(Output::Rows($query)) => $do,
            Set::OfLeft(Output::Values($query)) => $do,
            Set::OfLeft(Output::Grouped($query)) => $do,
            set => inside!(set, $query => $do),
        }
    };
}

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
            _ => panic!("a call on a nested query"),
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
    let mut set = Set::Rows(M::objects().unordered());
    for (place, call) in query.calls.iter().enumerate() {
        set = match (set, call) {
            (set, call) if call.is_step() => {
                steps::stepped(set, call, types_after(&query.calls[..place]))
            }
            (Set::OfRows(set), call) => Set::OfRows(below::called(set, call, around)),
            (Set::OfAnnotated(set), call) => Set::OfAnnotated(below::called(set, call, around)),
            (Set::OfGrouped(set), call) => Set::OfGrouped(below::called(set, call, around)),
            (Set::OfValues(set), call) => Set::OfValues(below::called(set, call, around)),
            (Set::OfLeft(set), call) => Set::OfLeft(below::called(set, call, around)),
            (set, call) => called(set, call, around),
        };
    }
    set
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
            None => q.slice(*offset..),
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
                _ => panic!("two columns at most"),
            }
        }
        Call::DistinctOn(exprs) => mapped!(set, q => q.distinct_on(|at: &Fields<M>| {
            let by = exprs.iter().map(|ex| By { key: ex.clone(), desc: false, nulls_first: None });
            orderings(&by.collect::<Vec<_>>(), at, around)
        })),
        Call::Set(_) | Call::Total(_) | Call::Dates(_) | Call::Related(..) | Call::Prefetch(..) => {
            panic!("the last call")
        }
        Call::Nested | Call::Together(..) | Call::Join(_) | Call::With(_) => {
            panic!("a step to other rows")
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

pub fn list<M: Root>(exprs: &[Ex], at: &dyn At<M>, around: Around<'_>) -> List<M> {
    List(exprs.iter().map(|expr| expressions::expression(expr, at, around)).collect())
}

pub fn orderings<M: Root>(by: &[By], at: &dyn At<M>, around: Around<'_>) -> Vec<Ordering<M>> {
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
    let (query, last) = ended(query);
    with_model!(query.model, M => {
        let set = query_set::<M>(&query, None);
        match last {
            None if let Terminal::Update | Terminal::Delete = terminal => {
                let Set::Rows(q) = set else { panic!("whole rows are changed") };
                let (sql, params) = q.sql_with_params()?;
                let rows = match terminal {
                    Terminal::Update => M::updated(q, db, None).await?,
                    _ => M::deleted(q, db).await?,
                };
                Ok(Asked { sql, params: params.len(), answer: Answer::Rows(rows) })
            }
            Some(Call::Set(ex)) => {
                let Set::Rows(q) = set else { panic!("whole rows are changed") };
                let (sql, params) = q.sql_with_params()?;
                let rows = M::updated(q, db, Some(ex)).await?;
                Ok(Asked { sql, params: params.len(), answer: Answer::Rows(rows) })
            }
            Some(Call::Related(how, relation)) => {
                let Set::Rows(q) = set else { panic!("whole rows have related rows") };
                let (sql, params) = q.sql_with_params()?;
                let rows = M::with_one(q, db, *how, relation).await?;
                Ok(Asked { sql, params: params.len(), answer: Answer::Rows(rows) })
            }
            Some(Call::Prefetch(relation, calls)) => {
                let Set::Rows(q) = set else { panic!("whole rows have related rows") };
                let (sql, params) = q.sql_with_params()?;
                let rows = M::prefetched(q, db, relation, calls).await?;
                Ok(Asked { sql, params: params.len(), answer: Answer::Rows(rows) })
            }
            Some(Call::Total(exprs)) if query.calls.iter().any(Call::is_step) => {
                let sql = sql(&query)?;
                let row = match set {
                    Set::OfRows(set) => below::total(&set, db, exprs).await?,
                    Set::OfAnnotated(set) => below::total(&set, db, exprs).await?,
                    Set::OfGrouped(set) => below::total(&set, db, exprs).await?,
                    Set::OfValues(set) => below::total(&set, db, exprs).await?,
                    Set::OfLeft(set) => below::total(&set, db, exprs).await?,
                    _ => panic!("a nested query"),
                };
                let params = (1..).take_while(|n| sql.contains(&format!("${n}"))).count();
                Ok(Asked { sql, params, answer: Answer::Rows(vec![row.flat()]) })
            }
            Some(last) => inside!(set, q => {
                let (sql, params) = q.sql_with_params()?;
                let rows = match last {
                    Call::Total(exprs) => {
                        let total = q.aggregate(db, |at: &Fields<M>| list(exprs, at, None));
                        vec![total.await?.flat()]
                    }
                    Call::Dates(ex) => dates(q, ex).all(db).await?.into_iter().map(Flat::flat).collect(),
                    call => panic!("{call:?} is no last call"),
                };
                Ok(Asked { sql, params: params.len(), answer: Answer::Rows(rows) })
            }),
            None => at_last!(set, q => finished(&q, db, terminal).await),
        }
    })
}

/// What a terminal returns that changes nothing.
async fn finished<M: Root, O: Flat + Send + 'static>(
    set: &QuerySet<M, O>,
    db: &Database,
    terminal: Terminal,
) -> orm::Result<Asked> {
    let (sql, params) = set.sql_with_params()?;
    let answer = match terminal {
        Terminal::All => Answer::Rows(set.all(db).await?.into_iter().map(Flat::flat).collect()),
        Terminal::First => Answer::Rows(set.first(db).await?.into_iter().map(Flat::flat).collect()),
        Terminal::Last => Answer::Rows(set.last(db).await?.into_iter().map(Flat::flat).collect()),
        Terminal::Update | Terminal::Delete => panic!("whole rows are changed"),
        Terminal::Count => Answer::Count(set.count(db).await?),
        Terminal::Exists => Answer::Exists(set.exists(db).await?),
    };
    Ok(Asked { sql, params: params.len(), answer })
}

/// A description without its last call, where that is no query set's.
fn ended(query: &Query) -> (Query, Option<&Call>) {
    let mut before = query.clone();
    let last = query.calls.last();
    match last {
        Some(
            Call::Set(_) | Call::Total(_) | Call::Dates(_) | Call::Related(..) | Call::Prefetch(..),
        ) => {
            before.calls.pop();
            (before, last)
        }
        _ => (before, None),
    }
}

fn dates<M: Root, O>(set: QuerySet<M, O>, ex: &Ex) -> QuerySet<M, NaiveDate> {
    set.dates(|at: &Fields<M>| match expressions::expression(ex, at, None) {
        E::Date(date) => date,
        _ => panic!("a date"),
    })
}

/// The rows at the end of a relation, after some calls.
pub fn related<T: Root, R: Model>(
    set: QuerySet<T, T, Of<R>>,
    calls: &[Call],
) -> QuerySet<T, T, Of<R>> {
    calls.iter().fold(set, |set, call| match call {
        Call::Filter(cond) => set.filter(|at: &Fields<T>| expressions::condition(cond, at, None)),
        Call::Exclude(cond) => set.exclude(|at: &Fields<T>| expressions::condition(cond, at, None)),
        Call::OrderBy(by) => set.order_by(|at: &Fields<T>| orderings(by, at, None)),
        call => panic!("{call:?} of related rows"),
    })
}

/// The statement of a description.
pub fn sql(query: &Query) -> orm::Result<String> {
    let (query, _) = ended(query);
    with_model!(query.model, M => at_last!(query_set::<M>(&query, None), q => q.sql()))
}
