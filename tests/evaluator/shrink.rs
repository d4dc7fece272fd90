//! Simpler query sets, tried in place of one that differs.

use super::beside::types_after;
use super::shapes::has_windows;
use super::spec::{By, Call, Cond, Ex, Join, Kind, Query, Window};

/// Query sets with one thing less.
pub fn simpler(query: &Query) -> Vec<Query> {
    let step = query.calls.iter().rposition(Call::is_step);
    let mut found = Vec::new();
    for place in 0..query.calls.len() {
        let with = |call: Option<Call>| {
            let mut calls = query.calls.clone();
            match call {
                Some(call) => calls[place] = call,
                None => drop(calls.remove(place)),
            }
            Query { model: query.model, calls }
        };
        // What a nested query reads must stay.
        let filters = matches!(query.calls[place], Call::Filter(_) | Call::Exclude(_));
        let ends = matches!(query.calls[place], Call::OrderBy(_) | Call::Slice(..));
        let kept = match step {
            Some(step) => !(filters || place > step && ends),
            None => false,
        };
        if kept {
            found.extend(sides(&query.calls[place]).into_iter().map(|call| with(Some(call))));
            continue;
        }
        let told = matches!(query.calls[place], Call::OrderBy(_))
            && query.calls.iter().any(|call| matches!(call, Call::DistinctOn(_)));
        if told {
            continue;
        }
        found.push(with(None));
        found.extend(calls(&query.calls[place]).into_iter().map(|call| with(Some(call))));
    }
    found.retain(can_be_built);
    // What windows are ordered by tells the groups apart.
    let keys = |query: &Query| -> Vec<Call> {
        query.calls.iter().filter(|call| matches!(call, Call::Values(_))).cloned().collect()
    };
    if query.calls.iter().any(has_windows) {
        found.retain(|other| keys(other) == keys(query));
    }
    found
}

/// Rows get two columns more at most: each is another type.
fn can_be_built(query: &Query) -> bool {
    let mut added = 0;
    query.calls.iter().all(|call| {
        match call {
            Call::Annotate(_) => added += 1,
            Call::Values(_) => added = 0,
            step if step.is_step() => added = 0,
            _ => {}
        }
        added <= 2
    })
}

/// The other rows of a step, fewer or simpler ones of the same columns.
fn sides(call: &Call) -> Vec<Call> {
    let same = |of: &Query| {
        let types = types_after(&of.calls);
        simpler(of).into_iter().filter(move |query| types_after(&query.calls) == types)
    };
    match call {
        Call::Together(sets, other) => {
            same(other).map(|other| Call::Together(*sets, Box::new(other))).collect()
        }
        Call::Join(join) => {
            let others = same(&join.rows);
            others.map(|rows| Call::Join(Box::new(Join { rows, ..(**join).clone() }))).collect()
        }
        _ => Vec::new(),
    }
}

fn calls(call: &Call) -> Vec<Call> {
    match call {
        Call::Filter(cond) => conditions(cond).into_iter().map(Call::Filter).collect(),
        Call::Exclude(cond) => {
            let mut found: Vec<Call> = conditions(cond).into_iter().map(Call::Exclude).collect();
            found.push(Call::Filter(cond.clone()));
            found
        }
        Call::Annotate(exprs) => {
            lists(exprs, expressions).into_iter().map(Call::Annotate).collect()
        }
        Call::Values(exprs) => lists(exprs, expressions).into_iter().map(Call::Values).collect(),
        Call::Total(exprs) => lists(exprs, expressions).into_iter().map(Call::Total).collect(),
        Call::Prefetch(name, calls) => lists(calls, self::calls)
            .into_iter()
            .filter(|calls| matches!(calls.last(), Some(Call::OrderBy(_))))
            .map(|calls| Call::Prefetch(name, calls))
            .collect(),
        Call::OrderBy(by) => lists(by, |by| {
            let keys = expressions(&by.key).into_iter();
            keys.map(|key| By { key, ..by.clone() }).collect()
        })
        .into_iter()
        .map(Call::OrderBy)
        .collect(),
        _ => Vec::new(),
    }
}

/// Lists with one element less, or a simpler one.
fn lists<T: Clone>(all: &[T], simpler: impl Fn(&T) -> Vec<T>) -> Vec<Vec<T>> {
    let mut found = Vec::new();
    for place in 0..all.len() {
        if all.len() > 1 {
            let mut less = all.to_vec();
            less.remove(place);
            found.push(less);
        }
        for one in simpler(&all[place]) {
            let mut other = all.to_vec();
            other[place] = one;
            found.push(other);
        }
    }
    found
}

fn conditions(cond: &Cond) -> Vec<Cond> {
    match cond {
        Cond::Not(inner) => {
            let mut found = vec![(**inner).clone()];
            found.extend(conditions(inner).into_iter().map(|c| Cond::Not(Box::new(c))));
            found
        }
        Cond::And(all) => several(all, Cond::And),
        Cond::Or(any) => several(any, Cond::Or),
        Cond::Xor(one, two) => {
            let mut found = vec![(**one).clone(), (**two).clone()];
            let (a, b) = (one, two);
            found.extend(conditions(one).into_iter().map(|c| Cond::Xor(Box::new(c), b.clone())));
            found.extend(conditions(two).into_iter().map(|c| Cond::Xor(a.clone(), Box::new(c))));
            found
        }
        Cond::Compare(op, one, two) => {
            let mut found: Vec<Cond> = Vec::new();
            found
                .extend(expressions(one).into_iter().map(|ex| Cond::Compare(*op, ex, two.clone())));
            found
                .extend(expressions(two).into_iter().map(|ex| Cond::Compare(*op, one.clone(), ex)));
            found
        }
        Cond::InQuery(of, query) => {
            let of = of.clone();
            let queries = simpler(query).into_iter();
            // The column stays.
            let of_column = query.calls.iter().any(|c| matches!(c, Call::Values(_)));
            let queries = queries
                .filter(|q| q.calls.iter().any(|c| matches!(c, Call::Values(_))) == of_column);
            queries.map(|query| Cond::InQuery(of.clone(), Box::new(query))).collect()
        }
        Cond::Exists(query) => {
            simpler(query).into_iter().map(|query| Cond::Exists(Box::new(query))).collect()
        }
        Cond::In(of, values) => {
            expressions(of).into_iter().map(|ex| Cond::In(ex, values.clone())).collect()
        }
        Cond::IsNull(of, yes) => {
            expressions(of).into_iter().map(|ex| Cond::IsNull(ex, *yes)).collect()
        }
        _ => Vec::new(),
    }
}

fn several(all: &[Cond], join: fn(Vec<Cond>) -> Cond) -> Vec<Cond> {
    let mut found: Vec<Cond> = all.to_vec();
    found.extend(lists(all, conditions).into_iter().filter(|all| all.len() > 1).map(join));
    found
}

fn expressions(ex: &Ex) -> Vec<Ex> {
    let again = |kind| Ex { ty: ex.ty, kind };
    let mut found = Vec::new();
    match &ex.kind {
        Kind::Unary(_, arg) if arg.ty == ex.ty => found.push((**arg).clone()),
        Kind::Binary(op, one, two) => {
            found.extend([(**one).clone(), (**two).clone()]);
            for simple in expressions(one) {
                found.push(again(Kind::Binary(*op, Box::new(simple), two.clone())));
            }
        }
        Kind::Case(when, then, otherwise) => {
            found.push((**then).clone());
            found.extend(otherwise.as_deref().cloned());
            for when in conditions(when) {
                found.push(again(Kind::Case(Box::new(when), then.clone(), otherwise.clone())));
            }
        }
        Kind::Condition(condition) => {
            for condition in conditions(condition) {
                found.push(again(Kind::Condition(Box::new(condition))));
            }
        }
        Kind::Window(window) => {
            for partition in lists(&window.partition, |_| Vec::new()) {
                let other = Window { partition, ..(**window).clone() };
                found.push(again(Kind::Window(Box::new(other))));
            }
        }
        Kind::Aggregate(aggregate) => {
            let mut plain = (**aggregate).clone();
            if plain.filter.take().is_some() {
                found.push(again(Kind::Aggregate(Box::new(plain))));
            }
            for arg in expressions(&aggregate.arg) {
                let mut other = (**aggregate).clone();
                other.arg = arg;
                found.push(again(Kind::Aggregate(Box::new(other))));
            }
            if let Some(filter) = &aggregate.filter {
                for filter in conditions(filter) {
                    let mut other = (**aggregate).clone();
                    other.filter = Some(filter);
                    found.push(again(Kind::Aggregate(Box::new(other))));
                }
            }
        }
        _ => {}
    }
    found.retain(|simple| simple.ty == ex.ty);
    found
}
