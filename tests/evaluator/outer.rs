//! References of a query to one row of many of the query around it.

use super::schema;
use super::scope::walk_condition;
use super::spec::{Call, Cond, Ex, Kind, Path, Query};

/// True where a query of a condition refers to one row of many.
pub fn refers_to_many<P>(cond: &Cond<P>, model: &'static str) -> bool {
    let mut many = false;
    each_query(cond, &mut |query| {
        for call in &query.calls {
            let (Call::Filter(cond) | Call::Exclude(cond)) = call else { continue };
            walk_condition(cond, &mut |ex| {
                if let Kind::Outer(path, _) = &ex.kind {
                    many |= schema::is_many(model, path);
                }
                true
            });
        }
    });
    many
}

/// The queries that a condition asks.
fn each_query<P>(cond: &Cond<P>, look: &mut dyn FnMut(&Query)) {
    match cond {
        Cond::Exists(query) | Cond::InQuery(_, query) => look(query),
        Cond::Not(inner) => each_query(inner, look),
        Cond::And(all) | Cond::Or(all) => all.iter().for_each(|cond| each_query(cond, look)),
        Cond::Xor(one, two) => {
            each_query(one, look);
            each_query(two, look);
        }
        _ => {}
    }
}

/// A query with variables in place of such references.
pub fn with_variables(query: &Query, variable: &mut dyn FnMut(&Path) -> Option<usize>) -> Query {
    let mut query = query.clone();
    for call in &mut query.calls {
        if let Call::Filter(cond) | Call::Exclude(cond) = call {
            in_condition(cond, variable);
        }
    }
    query
}

fn in_condition(cond: &mut Cond, variable: &mut dyn FnMut(&Path) -> Option<usize>) {
    let mut within = |exprs: &mut [&mut Ex]| {
        exprs.iter_mut().for_each(|ex| in_expression(ex, variable));
    };
    match cond {
        Cond::Is(ex) | Cond::In(ex, _) | Cond::InQuery(ex, _) | Cond::IsNull(ex, _) => {
            within(&mut [ex]);
        }
        Cond::Text(_, ex, _) => within(&mut [ex]),
        Cond::Compare(_, one, two) => within(&mut [one, two]),
        Cond::Range(of, from, to) => within(&mut [of, from, to]),
        Cond::Not(inner) => in_condition(inner, variable),
        Cond::And(all) | Cond::Or(all) => {
            all.iter_mut().for_each(|cond| in_condition(cond, variable));
        }
        Cond::Xor(one, two) => {
            in_condition(one, variable);
            in_condition(two, variable);
        }
        Cond::Const(_) | Cond::Exists(_) | Cond::Some(_) => {}
    }
}

fn in_expression(ex: &mut Ex, variable: &mut dyn FnMut(&Path) -> Option<usize>) {
    match &mut ex.kind {
        Kind::Outer(path, column) => {
            if let Some(var) = variable(path) {
                ex.kind = Kind::Around(var, column);
            }
        }
        Kind::Unary(_, arg) => in_expression(arg, variable),
        Kind::Binary(_, one, two) => {
            in_expression(one, variable);
            in_expression(two, variable);
        }
        Kind::Case(when, then, otherwise) => {
            in_condition(when, variable);
            in_expression(then, variable);
            if let Some(otherwise) = otherwise {
                in_expression(otherwise, variable);
            }
        }
        Kind::Condition(cond) => in_condition(cond, variable),
        _ => {}
    }
}
