//! Expressions and conditions made of their description, through the public API.

use super::below::Output;
use super::build::{Around, Set, inside, query_set, with_model};
use super::spec::{Binary, By, Call, Cond, Ex, Fold, Kind, Op, Query, TextOp, Ty, Unary, Val};
use super::walk::{At, E, Root, plain};
use super::windowed;
use orm::expr::Ordering;
use orm::prelude::*;
use orm_core::model::Many;

/// The same on an expression of any type.
macro_rules! each {
    ($expr:expr, $e:ident => $do:expr) => {
        match $expr {
            E::I16($e) => $do,
            E::I32($e) => $do,
            E::I64($e) => $do,
            E::Text($e) => $do,
            E::Bool($e) => $do,
            E::Decimal($e) => $do,
            E::Date($e) => $do,
        }
    };
}

/// The same on an expression of any type, which keeps its type.
macro_rules! kept {
    ($expr:expr, $e:ident => $do:expr) => {
        match $expr {
            E::I16($e) => E::I16(plain($do)),
            E::I32($e) => E::I32(plain($do)),
            E::I64($e) => E::I64(plain($do)),
            E::Text($e) => E::Text(plain($do)),
            E::Bool($e) => E::Bool(plain($do)),
            E::Decimal($e) => E::Decimal(plain($do)),
            E::Date($e) => E::Date(plain($do)),
        }
    };
}

pub(super) use kept;

/// The same on two expressions of one type.
macro_rules! both {
    ($one:expr, $two:expr, $a:ident $b:ident => $do:expr) => {
        match ($one, $two) {
            (E::I16($a), E::I16($b)) => $do,
            (E::I32($a), E::I32($b)) => $do,
            (E::I64($a), E::I64($b)) => $do,
            (E::Text($a), E::Text($b)) => $do,
            (E::Bool($a), E::Bool($b)) => $do,
            (E::Decimal($a), E::Decimal($b)) => $do,
            (E::Date($a), E::Date($b)) => $do,
            _ => panic!("two types"),
        }
    };
}

/// The same on two expressions of one type, which is the type of the whole.
macro_rules! both_kept {
    ($one:expr, $two:expr, $a:ident $b:ident => $do:expr) => {
        match ($one, $two) {
            (E::I16($a), E::I16($b)) => E::I16(plain($do)),
            (E::I32($a), E::I32($b)) => E::I32(plain($do)),
            (E::I64($a), E::I64($b)) => E::I64(plain($do)),
            (E::Text($a), E::Text($b)) => E::Text(plain($do)),
            (E::Bool($a), E::Bool($b)) => E::Bool(plain($do)),
            (E::Decimal($a), E::Decimal($b)) => E::Decimal(plain($do)),
            (E::Date($a), E::Date($b)) => E::Date(plain($do)),
            _ => panic!("two types"),
        }
    };
}

/// The same on two numbers of one type.
macro_rules! numbers {
    ($one:expr, $two:expr, $a:ident $b:ident => $do:expr) => {
        match ($one, $two) {
            (E::I16($a), E::I16($b)) => E::I16(plain($do)),
            (E::I32($a), E::I32($b)) => E::I32(plain($do)),
            (E::I64($a), E::I64($b)) => E::I64(plain($do)),
            (E::Decimal($a), E::Decimal($b)) => E::Decimal(plain($do)),
            _ => panic!("two types"),
        }
    };
}

/// An expression.
pub fn expression<R: Root>(ex: &Ex, at: &dyn At<R>, around: Around<'_>) -> E<R> {
    let sub = |ex: &Ex| expression(ex, at, around);
    match &ex.kind {
        Kind::Column(path, column) => at.column(path, column),
        Kind::Cell(place) => at.cell(*place),
        Kind::Outer(path, column) => {
            let node = around.map(|around| around(path, column)).expect("a query around");
            typed(ex.ty, node)
        }
        Kind::Around(..) => panic!("made by the interpreter"),
        Kind::Value(value) => constant(ex.ty, value),
        Kind::Unary(op, arg) => unary(*op, sub(arg)),
        Kind::Binary(op, one, two) => binary(*op, sub(one), sub(two)),
        Kind::Case(when, then, otherwise) => {
            let when = condition(when, at, around);
            match otherwise {
                None => kept!(sub(then), e => case().when(when, e).otherwise_null()),
                Some(other) => {
                    both_kept!(sub(then), sub(other), a b => case().when(when, a).otherwise(b))
                }
            }
        }
        Kind::Condition(condition) => E::Bool(plain(self::condition(condition, at, around))),
        Kind::Aggregate(aggregate) => {
            let filter = aggregate.filter.as_ref().map(|filter| condition(filter, at, around));
            folded(aggregate.of, sub(&aggregate.arg), aggregate.distinct, filter)
        }
        Kind::Window(window) => windowed::over(window, at, around),
        Kind::First(query) => first(query, at),
    }
}

/// An untyped expression with its type.
fn typed<R>(ty: Ty, node: orm_core::ir::Node) -> E<R> {
    match ty {
        Ty::I16 => E::I16(Expr::from_node(node)),
        Ty::I32 => E::I32(Expr::from_node(node)),
        Ty::I64 => E::I64(Expr::from_node(node)),
        Ty::Text => E::Text(Expr::from_node(node)),
        Ty::Bool => E::Bool(Expr::from_node(node)),
        Ty::Decimal => E::Decimal(Expr::from_node(node)),
        Ty::Date => E::Date(Expr::from_node(node)),
    }
}

fn constant<R: Root>(ty: Ty, value: &Val) -> E<R> {
    use orm::expr::value as of;
    match (ty, value) {
        (Ty::I16, Val::Int(n)) => E::I16(plain(of::<R, _>(*n as i16))),
        (Ty::I32, Val::Int(n)) => E::I32(plain(of::<R, _>(*n as i32))),
        (Ty::I64, Val::Int(n)) => E::I64(plain(of::<R, _>(*n))),
        (Ty::Text, Val::Text(text)) => E::Text(plain(of::<R, _>(text.clone()))),
        (Ty::Bool, Val::Bool(yes)) => E::Bool(plain(of::<R, _>(*yes))),
        (Ty::Decimal, Val::Decimal(n)) => E::Decimal(plain(of::<R, _>(Decimal::new(*n, 2)))),
        (Ty::Date, Val::Date(date)) => E::Date(plain(of::<R, _>(*date))),
        (Ty::I16, _) => E::I16(of(None::<i16>)),
        (Ty::I32, _) => E::I32(of(None::<i32>)),
        (Ty::I64, _) => E::I64(of(None::<i64>)),
        (Ty::Text, _) => E::Text(of(None::<String>)),
        (Ty::Bool, _) => E::Bool(of(None::<bool>)),
        (Ty::Decimal, _) => E::Decimal(of(None::<Decimal>)),
        (Ty::Date, _) => E::Date(of(None::<NaiveDate>)),
    }
}

fn unary<R: Root>(op: Unary, arg: E<R>) -> E<R> {
    match (op, arg) {
        (Unary::Negative, E::I16(e)) => E::I16(-e),
        (Unary::Negative, E::I32(e)) => E::I32(-e),
        (Unary::Negative, E::I64(e)) => E::I64(-e),
        (Unary::Negative, E::Decimal(e)) => E::Decimal(-e),
        (Unary::Abs, E::Decimal(e)) => E::Decimal(e.abs()),
        (Unary::Abs, E::I16(e)) => E::I16(e.abs()),
        (Unary::Abs, E::I32(e)) => E::I32(e.abs()),
        (Unary::Abs, E::I64(e)) => E::I64(e.abs()),
        (Unary::Lower, E::Text(e)) => E::Text(e.lower()),
        (Unary::Length, E::Text(e)) => E::I32(plain(e.length())),
        (Unary::Year, E::Date(e)) => E::I32(plain(e.year())),
        (Unary::Month, E::Date(e)) => E::I32(plain(e.month())),
        (Unary::Quarter, E::Date(e)) => E::I32(plain(e.quarter())),
        (Unary::TruncYear, E::Date(e)) => E::Date(e.trunc_year()),
        (Unary::TruncMonth, E::Date(e)) => E::Date(e.trunc_month()),
        _ => panic!("{op:?} of another type"),
    }
}

fn binary<R: Root>(op: Binary, one: E<R>, two: E<R>) -> E<R> {
    match op {
        Binary::Add => numbers!(one, two, a b => a + b),
        Binary::Subtract => numbers!(one, two, a b => a - b),
        Binary::Coalesce => both_kept!(one, two, a b => coalesce((a, b))),
        Binary::NullIf => both_kept!(one, two, a b => nullif(a, b)),
        Binary::Greatest => both_kept!(one, two, a b => greatest((a, b))),
        Binary::Least => both_kept!(one, two, a b => least((a, b))),
        Binary::Concat => match (one, two) {
            (E::Text(a), E::Text(b)) => E::Text(plain(concat((a, b)))),
            _ => panic!("texts are joined"),
        },
    }
}

pub fn folded<R: Root>(of: Fold, arg: E<R>, distinct: bool, filter: Option<Q<R>>) -> E<R> {
    /// The modifiers of an aggregate.
    macro_rules! modified {
        ($aggregate:expr) => {{
            let mut aggregate = $aggregate;
            if distinct {
                aggregate = aggregate.distinct();
            }
            if let Some(filter) = filter {
                aggregate = aggregate.filter(filter);
            }
            plain(aggregate)
        }};
    }
    match of {
        Fold::Count => E::I64(each!(arg, e => modified!(e.count()))),
        Fold::Min => match arg {
            E::I16(e) => E::I16(modified!(e.min())),
            E::I32(e) => E::I32(modified!(e.min())),
            E::I64(e) => E::I64(modified!(e.min())),
            E::Text(e) => E::Text(modified!(e.min())),
            E::Decimal(e) => E::Decimal(modified!(e.min())),
            E::Date(e) => E::Date(modified!(e.min())),
            E::Bool(_) => panic!("the least of a boolean"),
        },
        Fold::Max => match arg {
            E::I16(e) => E::I16(modified!(e.max())),
            E::I32(e) => E::I32(modified!(e.max())),
            E::I64(e) => E::I64(modified!(e.max())),
            E::Text(e) => E::Text(modified!(e.max())),
            E::Decimal(e) => E::Decimal(modified!(e.max())),
            E::Date(e) => E::Date(modified!(e.max())),
            E::Bool(_) => panic!("the greatest of a boolean"),
        },
        Fold::Avg => E::Decimal(match arg {
            E::I16(e) => to_two_places(modified!(e.avg())),
            E::I32(e) => to_two_places(modified!(e.avg())),
            E::I64(e) => to_two_places(modified!(e.avg())),
            E::Decimal(e) => {
                let mean: Expr<R, Option<Decimal>> = modified!(e.avg());
                plain(mean.round_to(2))
            }
            _ => panic!("the mean of what is no number"),
        }),
        Fold::Sum if let E::Decimal(e) = arg => E::Decimal(modified!(e.sum())),
        Fold::Sum => E::I64(match arg {
            E::I16(e) => modified!(e.sum()),
            E::I32(e) => modified!(e.sum()),
            E::I64(e) => modified!(e.sum()),
            _ => panic!("the sum of what is no number"),
        }),
    }
}

fn to_two_places<R: Root>(mean: Expr<R, Option<f64>>) -> Expr<R, Option<Decimal>> {
    plain(mean.cast::<Decimal>().round_to(2))
}

/// The calls before a query selects its column, the column, and the calls after it.
fn parts(query: &Query) -> (Query, &Ex, &[Call]) {
    let place = query.calls.iter().position(|call| matches!(call, Call::Values(_)));
    let (before, rest) = query.calls.split_at(place.expect("a query of a column"));
    let (Some(Call::Values(column)), after) = (rest.first(), &rest[1..]) else {
        panic!("a query of a column")
    };
    (Query { model: query.model, calls: before.to_vec() }, &column[0], after)
}

/// The query set of one column of a query, handed on with the type of the column.
macro_rules! column_of {
    ($query:expr, $around:expr, $set:ident => $do:expr) => {{
        let (before, column, after) = parts($query);
        with_model!(before.model, N => {
            let Set::Rows(rows) = query_set::<N>(&before, $around) else {
                panic!("a query of whole rows")
            };
            match expression(column, &N::paths(), $around) {
                E::I16(_) => { let $set = column_of!(rows, N, I16, column, after, $around); $do }
                E::I32(_) => { let $set = column_of!(rows, N, I32, column, after, $around); $do }
                E::I64(_) => { let $set = column_of!(rows, N, I64, column, after, $around); $do }
                E::Text(_) => { let $set = column_of!(rows, N, Text, column, after, $around); $do }
                E::Decimal(_) => {
                    let $set = column_of!(rows, N, Decimal, column, after, $around);
                    $do
                }
                E::Date(_) => { let $set = column_of!(rows, N, Date, column, after, $around); $do }
                E::Bool(_) => panic!("no query of a boolean"),
            }
        })
    }};
    ($rows:ident, $model:ident, $ty:ident, $column:ident, $after:ident, $around:expr) => {{
        let set = $rows.values(|at: &Fields<$model>| match expression($column, at, $around) {
            E::$ty(e) => e,
            _ => panic!("one type"),
        });
        $after.iter().fold(set, |set, call| after_values(set, call))
    }};
}

/// A call on a query of one column.
fn after_values<M: Root, O>(set: QuerySet<M, O>, call: &Call) -> QuerySet<M, O> {
    match call {
        Call::Distinct => set.distinct(),
        Call::Filter(cond) => set.filter(|at: &Fields<M>| condition(cond, at, None)),
        Call::Slice(Some(limit), offset) => set.slice(*offset..offset + limit),
        Call::Slice(None, offset) => set.offset(*offset),
        call => panic!("{call:?} after `values` of a query of a column"),
    }
}

/// What a query inside calls the columns of this one.
fn outer<'a, R: Root>(at: &'a dyn At<R>) -> impl Fn(&[&str], &str) -> orm_core::ir::Node + 'a {
    |path, column| each!(at.column(path, column), e => outer_ref::<R, _, _, _>(e).into_node())
}

fn first<R: Root>(query: &Query, at: &dyn At<R>) -> E<R> {
    let outer = outer(at);
    let around: Around<'_> = Some(&outer);
    let ty = parts(query).1.ty;
    let node = column_of!(query, around, set => subquery::<R, _>(set).into_node());
    typed(ty, node)
}

/// A condition.
pub fn condition<R: Root>(cond: &Cond, at: &dyn At<R>, around: Around<'_>) -> Q<R> {
    let sub = |ex: &Ex| expression(ex, at, around);
    let again = |cond: &Cond| condition(cond, at, around);
    match cond {
        Cond::Const(true) => Q::all(),
        Cond::Const(false) => Q::none(),
        Cond::Is(ex) => match sub(ex) {
            E::Bool(e) => plain(e),
            _ => panic!("a boolean"),
        },
        Cond::Compare(op, one, two) => compared(*op, sub(one), sub(two)),
        Cond::Range(of, from, to) => {
            let (from, to) = (sub(from), sub(to));
            match (sub(of), from, to) {
                (E::I16(e), E::I16(a), E::I16(b)) => plain(e.range(a..=b)),
                (E::I32(e), E::I32(a), E::I32(b)) => plain(e.range(a..=b)),
                (E::I64(e), E::I64(a), E::I64(b)) => plain(e.range(a..=b)),
                (E::Text(e), E::Text(a), E::Text(b)) => plain(e.range(a..=b)),
                (E::Decimal(e), E::Decimal(a), E::Decimal(b)) => plain(e.range(a..=b)),
                (E::Date(e), E::Date(a), E::Date(b)) => plain(e.range(a..=b)),
                _ => panic!("a range of another type"),
            }
        }
        Cond::In(of, values) => in_list(sub(of), values),
        Cond::InQuery(of, query) if is_of_rows(query) => in_rows(sub(of), query, at),
        Cond::InQuery(of, query) => in_query(sub(of), query, at),
        Cond::IsNull(of, yes) => each!(sub(of), e => e.isnull(*yes)),
        Cond::Text(op, of, text) => {
            let E::Text(e) = sub(of) else { panic!("a text") };
            match op {
                TextOp::Contains => plain(e.contains(text.as_str())),
                TextOp::StartsWith => plain(e.startswith(text.as_str())),
                TextOp::IExact => plain(e.iexact(text.as_str())),
            }
        }
        Cond::Exists(query) => {
            let outer = outer(at);
            let around: Around<'_> = Some(&outer);
            with_model!(query.model, N => {
                match query_set::<N>(query, around) {
                    Set::OfRows(Output::Rows(rows)) => exists::<R>((*rows).clone()),
                    set => inside!(set, q => exists::<R>(q)),
                }
            })
        }
        Cond::Not(cond) => !again(cond),
        Cond::And(all) => Q::all_of(all.iter().map(again)),
        Cond::Or(any) => Q::any_of(any.iter().map(again)),
        Cond::Xor(one, two) => again(one) ^ again(two),
        Cond::Some(_) => panic!("made by the interpreter"),
    }
}

fn compared<R: Root>(op: Op, one: E<R>, two: E<R>) -> Q<R> {
    both!(one, two, a b => plain(match op {
        Op::Eq => a.eq(b),
        Op::Ne => a.ne(b),
        Op::Gt => a.gt(b),
        Op::Gte => a.gte(b),
        Op::Lt => a.lt(b),
        Op::Lte => a.lte(b),
    }))
}

fn in_list<R: Root>(of: E<R>, values: &[Val]) -> Q<R> {
    let ints = || values.iter().filter_map(|v| if let Val::Int(n) = v { Some(*n) } else { None });
    match of {
        E::I16(e) => plain(e.in_(ints().map(|n| n as i16).collect::<Vec<_>>())),
        E::I32(e) => plain(e.in_(ints().map(|n| n as i32).collect::<Vec<_>>())),
        E::I64(e) => plain(e.in_(ints().collect::<Vec<_>>())),
        E::Text(e) => {
            let texts = values.iter().filter_map(|v| match v {
                Val::Text(text) => Some(text.clone()),
                _ => None,
            });
            plain(e.in_(texts.collect::<Vec<_>>()))
        }
        E::Decimal(e) => {
            let decimals = values.iter().filter_map(|v| match v {
                Val::Decimal(n) => Some(Decimal::new(*n, 2)),
                _ => None,
            });
            plain(e.in_(decimals.collect::<Vec<_>>()))
        }
        E::Date(e) => {
            let dates = values.iter().filter_map(|v| match v {
                Val::Date(date) => Some(*date),
                _ => None,
            });
            plain(e.in_(dates.collect::<Vec<_>>()))
        }
        E::Bool(_) => panic!("a list of booleans"),
    }
}

fn in_query<R: Root>(of: E<R>, query: &Query, at: &dyn At<R>) -> Q<R> {
    let outer = outer(at);
    let around: Around<'_> = Some(&outer);
    let left = each!(of, e => e.into_node());
    column_of!(query, around, set => members(left, set))
}

/// True for a query of whole rows.
fn is_of_rows(query: &Query) -> bool {
    !query.calls.iter().any(|call| matches!(call, Call::Values(_)))
}

/// Rows at the end of a path among those of a query.
fn in_rows<R: Root>(of: E<R>, query: &Query, at: &dyn At<R>) -> Q<R> {
    let outer = outer(at);
    let around: Around<'_> = Some(&outer);
    let orm_core::ir::Node::Relation(path) = each!(of, e => e.into_node()) else {
        panic!("rows are looked for by a relation")
    };
    with_model!(query.model, N => match query_set::<N>(query, around) {
        Set::Rows(rows) => plain(Fields::<N, R, Many>::at(path).in_(rows)),
        Set::OfRows(Output::Rows(rows)) => plain(Fields::<N, R, Many>::at(path).in_(rows)),
        _ => panic!("a query of whole rows"),
    })
}

/// The same type on both sides, as the description has it.
fn members<R: Root, M: Model, T>(left: orm_core::ir::Node, set: QuerySet<M, Option<T>>) -> Q<R>
where
    T: Column<Inner = T, Null = orm_core::column::NotNull>,
    Option<T>: Column<Inner = T>,
    QuerySet<M, Option<T>>: orm::expr::IntoMembers<T, R, orm::expr::Queried>,
{
    plain(Expr::<R, Option<T>>::from_node(left).in_(set))
}

/// An ordering.
pub fn ordering<R: Root>(by: &By, at: &dyn At<R>, around: Around<'_>) -> Ordering<R> {
    each!(expression(&by.key, at, around), e => {
        let ordering = if by.desc { e.desc() } else { e.asc() };
        match by.nulls_first {
            None => plain_ordering(ordering),
            Some(true) => plain_ordering(ordering.nulls_first()),
            Some(false) => plain_ordering(ordering.nulls_last()),
        }
    })
}

fn plain_ordering<R, N>(ordering: Ordering<R, N>) -> Ordering<R> {
    ordering.erase()
}
