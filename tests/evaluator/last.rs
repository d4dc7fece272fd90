//! The calls that end a query set, as the interpreter has them: by calls that it knows.

use super::answer::Answer;
use super::interpret::{self, TooLarge, of_rows};
use super::schema::{self, Rows};
use super::spec::{Aggregate, By, Call, Cond, Ex, Fold, How, Kind, Query, Terminal, Ty, Val};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// `dates`, and selections of related rows, are written by other calls.
pub fn written(calls: &[Call]) -> Cow<'_, [Call]> {
    let Some((last @ (Call::Dates(_) | Call::Related(..)), before)) = calls.split_last() else {
        return Cow::Borrowed(calls);
    };
    let mut calls = before.to_vec();
    match last {
        Call::Dates(ex) => {
            calls.push(Call::Filter(Cond::IsNull(ex.clone(), false)));
            calls.push(Call::Values(vec![ex.clone()]));
            calls.push(Call::Distinct);
            calls.push(Call::OrderBy(vec![By { key: ex.clone(), desc: false, nulls_first: None }]));
        }
        Call::Related(how, name) => {
            let key = vec![Ex { ty: Ty::I64, kind: Kind::Column(vec![*name], "id") }];
            let arg = Ex { ty: Ty::I64, kind: Kind::Column(Vec::new(), "id") };
            let count = Aggregate { of: Fold::Count, arg, distinct: false, filter: None };
            let count = Ex { ty: Ty::I64, kind: Kind::Aggregate(Box::new(count)) };
            match how {
                How::Beside => calls.push(Call::Annotate(key)),
                How::Alone => calls.push(Call::Values(key)),
                How::Grouped => calls.extend([Call::Values(key), Call::Annotate(vec![count])]),
            }
        }
        _ => {}
    }
    Cow::Owned(calls)
}

/// `first` and `last`: one row, by the key where there is no ordering.
pub fn one(calls: &[Call], terminal: Terminal) -> Vec<Call> {
    let mut calls = calls.to_vec();
    if !calls.iter().any(|call| matches!(call, Call::OrderBy(_))) {
        let key = Ex { ty: Ty::I64, kind: Kind::Column(Vec::new(), "id") };
        calls.insert(0, Call::OrderBy(vec![By { key, desc: false, nulls_first: None }]));
    }
    if terminal == Terminal::Last {
        calls.push(Call::Reverse);
    }
    let slice = calls.iter().rev().find_map(|call| match call {
        Call::Slice(limit, offset) => Some((*limit, *offset)),
        _ => None,
    });
    let (limit, offset) = slice.unwrap_or((None, 0));
    calls.push(Call::Slice(Some(limit.unwrap_or(1).min(1)), offset));
    calls
}

/// `update`: how many rows, and the changed ones.
fn updated(rows: &Rows, query: &Query) -> Result<Vec<Vec<Val>>, TooLarge> {
    let mut query = query.clone();
    let nothing = Ex { ty: Ty::Text, kind: Kind::Value(Val::Null) };
    let more = match query.calls.pop_if(|call| matches!(call, Call::Set(_))) {
        Some(Call::Set(more)) => more,
        _ => nothing,
    };
    query.calls.push(Call::Annotate(vec![more]));
    let place = match query.model {
        "book" | "authorship" | "publisher" | "author" | "tag" | "award" => 1,
        _ => 3,
    };
    let text = |value: &Val| match value {
        Val::Text(text) => text.clone(),
        _ => String::new(),
    };
    let mut changed = BTreeMap::new();
    for row in interpret::rows(rows, &query, None, true)?.rows {
        if let (Some(base), [key, more]) = (row.base, &row.cells[..]) {
            let own = &rows.table(query.model)[base][place];
            changed.insert(key.clone(), Val::Text(text(own) + &text(more) + "!"));
        }
    }
    let count = vec![Val::Int(changed.len() as i64)];
    let changed = changed.into_iter().map(|(key, text)| vec![key, text]);
    Ok(std::iter::once(count).chain(changed).collect())
}

/// `update` and `delete`: how many rows, and those that have the change, or the keys of those that are left.
pub fn changed(rows: &Rows, query: &Query, terminal: Terminal) -> Result<Vec<Vec<Val>>, TooLarge> {
    if terminal == Terminal::Update {
        return updated(rows, query);
    }
    let found = interpret::rows(rows, query, None, true)?.rows;
    let keys: BTreeSet<Val> =
        found.into_iter().filter_map(|row| row.cells.into_iter().next()).collect();
    let count = Val::Int(keys.len() as i64);
    let all = rows.table(query.model).iter().map(|row| row[0].clone());
    Ok(vec![vec![count], all.filter(|key| !keys.contains(key)).collect()])
}

/// Adds the rows at the end of a relation, after some calls.
pub fn prefetch(
    rows: &Rows,
    model: &'static str,
    answer: &mut Answer,
    relation: &'static str,
    calls: &[Call],
) -> Result<(), TooLarge> {
    let relation = schema::relation(model, relation);
    for row in &mut answer.rows {
        let mut at: Vec<usize> = row.base.into_iter().collect();
        let mut table = model;
        for hop in relation.hops {
            at = at.into_iter().flat_map(|row| rows.follow(table, row, *hop)).collect();
            table = hop.table();
        }
        let related = of_rows(rows, relation.target, calls, &at, None, false)?;
        let keys = related.rows.iter().map(|row| match row.cells[..] {
            [Val::Int(key)] => key,
            _ => 0,
        });
        row.cells.push(Val::Text(format!("{:?}", keys.collect::<Vec<i64>>())));
    }
    Ok(())
}
