//! What stands in a query set, by name: so that a run can say how often each was asked, and refused.

use super::over::{has_window, is_windowed};
use super::spec::{Call, Cond, Ex, Kind, Query, Terminal};
use std::collections::BTreeSet;

pub type Constructs = BTreeSet<&'static str>;

/// What stands in a query set, and what is done with it.
pub fn constructs(query: &Query, terminal: Terminal) -> Constructs {
    let mut found = Constructs::new();
    for call in &query.calls {
        found.extend(name(call));
        let windows = match call {
            Call::Filter(cond) | Call::Exclude(cond) => {
                found.extend(has_window(cond).then_some("a condition on a window"));
                inside(cond, &mut found);
                has_window(cond)
            }
            Call::Annotate(exprs) | Call::Values(exprs) => exprs.iter().any(is_windowed),
            Call::OrderBy(by) => by.iter().any(|by| is_windowed(&by.key)),
            _ => false,
        };
        found.extend(windows.then_some("a window"));
    }
    let text = format!("{query:?}");
    let chosen = ["long_books.", "good_reviews.", "new_publisher.", "long_written."];
    found.extend(chosen.iter().any(|name| text.contains(name)).then_some("joined_on"));
    found.extend(text.contains("Avg(").then_some("avg"));
    let grouped = |call: &Call| match call {
        Call::Annotate(exprs) => exprs.iter().any(|ex| matches!(ex.kind, Kind::Aggregate(_))),
        _ => false,
    };
    if found.contains("a window") && query.calls.iter().any(grouped) {
        found.insert("a window beside aggregates");
    }
    found.extend(match terminal {
        Terminal::Update => Some("update"),
        Terminal::Delete => Some("delete"),
        _ => None,
    });
    found
}

fn name(call: &Call) -> Option<&'static str> {
    Some(match call {
        Call::DistinctOn(_) => "distinct_on",
        Call::Total(_) => "aggregate",
        Call::Dates(_) => "dates",
        Call::Related(..) => "a related row",
        Call::Prefetch(..) => "prefetch_related",
        Call::Set(_) => "update by other columns",
        Call::Nested => "nested",
        Call::Combine(..) => "query sets combined",
        Call::Together(sets, _) => sets.name(),
        Call::Join(join) if join.left => "left_join",
        Call::Join(_) => "join",
        Call::With(None) => "WITH",
        Call::With(Some(_)) => "WITH, read twice",
        _ => return None,
    })
}

/// The queries of a condition.
fn inside(cond: &Cond, found: &mut Constructs) {
    match cond {
        Cond::Exists(query) | Cond::InQuery(_, query) => {
            found.insert(if let Cond::Exists(_) = cond { "exists" } else { "in a query" });
            if query.calls.iter().any(Call::is_step) {
                found.insert("exists or in a query of sets, WITH or nested rows");
            }
        }
        Cond::Not(inner) => inside(inner, found),
        Cond::And(all) | Cond::Or(all) => all.iter().for_each(|cond| inside(cond, found)),
        Cond::Xor(one, two) => [one, two].iter().for_each(|cond| inside(cond, found)),
        Cond::Compare(_, one, two) => [one, two].iter().for_each(|ex| first(ex, found)),
        _ => {}
    }
}

fn first(ex: &Ex, found: &mut Constructs) {
    super::scope::walk(ex, &mut |ex| {
        found.extend(matches!(ex.kind, Kind::First(_)).then_some("subquery"));
        true
    });
}
