//! Over which rows an aggregate is: those that its own paths lead to, each of them once, whatever else
//! is joined.
//!
//! Conditions narrow the rows of an aggregate over the same relation, and rows below that they join
//! count. An aggregate of the rows themselves has them as the conditions, and what is selected, left them.

use super::scope::Scope;
use super::spec::{Aggregate, Call, Cond, Ex, Kind, Query};

/// The variables that tell the rows of each aggregate of a SELECT apart. `values` and `conditions`:
/// what stands in it besides.
pub fn rows_of_aggregates(
    scope: &Scope,
    values: &[&Ex<usize>],
    conditions: &[&Cond<usize>],
) -> Vec<(Aggregate<usize>, Vec<usize>)> {
    let mut read = Vec::new();
    values.iter().for_each(|ex| in_expression(ex, &mut read));
    conditions.iter().for_each(|cond| in_condition(cond, &mut read));
    let joined = many(scope, &read);
    let own = |aggregate: &Aggregate<usize>| {
        let mut read = Vec::new();
        in_expression(&aggregate.arg, &mut read);
        aggregate.filter.iter().for_each(|cond| in_condition(cond, &mut read));
        let mut own = many(scope, &read);
        let roots: Vec<usize> = own.iter().filter_map(|var| root(scope, *var)).collect();
        let shares = |var: &usize| root(scope, *var).is_some_and(|root| roots.contains(&root));
        own.extend(joined.iter().filter(|var| roots.is_empty() || shares(var)));
        own.sort_unstable();
        own.dedup();
        own
    };
    let all = scope.aggregates().map(|aggregate| (aggregate.clone(), own(aggregate)));
    all.collect()
}

/// The rows of many on the ways to variables.
fn many(scope: &Scope, vars: &[usize]) -> Vec<usize> {
    let mut many: Vec<usize> = vars.iter().flat_map(|var| scope.many_on_way(*var)).collect();
    many.sort_unstable();
    many.dedup();
    many
}

/// The first row of many on the way to a variable.
fn root(scope: &Scope, var: usize) -> Option<usize> {
    scope.many_on_way(var).last().copied()
}

/// The variables that an expression reads outside of its aggregates.
fn in_expression(ex: &Ex<usize>, vars: &mut Vec<usize>) {
    match &ex.kind {
        Kind::Column(var, _) => vars.push(*var),
        Kind::Unary(_, arg) => in_expression(arg, vars),
        Kind::Binary(_, one, two) => {
            in_expression(one, vars);
            in_expression(two, vars);
        }
        Kind::Case(when, then, otherwise) => {
            in_condition(when, vars);
            in_expression(then, vars);
            otherwise.iter().for_each(|otherwise| in_expression(otherwise, vars));
        }
        Kind::Condition(cond) => in_condition(cond, vars),
        Kind::Window(window) => {
            let order = window.order.iter().map(|by| &by.key);
            let read = window.arg.iter().chain(&window.partition).chain(order);
            read.for_each(|ex| in_expression(ex, vars));
        }
        Kind::Cell(_)
        | Kind::Outer(..)
        | Kind::Around(..)
        | Kind::Value(_)
        | Kind::Aggregate(_)
        | Kind::First(_) => {}
    }
}

fn in_condition(cond: &Cond<usize>, vars: &mut Vec<usize>) {
    match cond {
        Cond::Is(ex) | Cond::In(ex, _) | Cond::IsNull(ex, _) | Cond::Text(_, ex, _) => {
            in_expression(ex, vars);
        }
        Cond::InQuery(ex, query) => {
            in_expression(ex, vars);
            in_query(query, vars);
        }
        Cond::Exists(query) => in_query(query, vars),
        Cond::Compare(_, one, two) => {
            in_expression(one, vars);
            in_expression(two, vars);
        }
        Cond::Range(of, from, to) => {
            [of, from, to].iter().for_each(|ex| in_expression(ex, vars));
        }
        Cond::Not(inner) => in_condition(inner, vars),
        Cond::And(all) | Cond::Or(all) => all.iter().for_each(|cond| in_condition(cond, vars)),
        Cond::Xor(one, two) => {
            in_condition(one, vars);
            in_condition(two, vars);
        }
        Cond::Const(_) | Cond::Some(_) => {}
    }
}

/// The variables of the query around that a query refers to.
fn in_query(query: &Query, vars: &mut Vec<usize>) {
    for call in &query.calls {
        if let Call::Filter(cond) | Call::Exclude(cond) = call {
            super::scope::walk_condition(cond, &mut |ex| {
                if let Kind::Around(var, _) = &ex.kind {
                    vars.push(*var);
                }
                true
            });
        }
    }
}
