//! Statements counted by their text and the place that asked for them.

use super::cure;
use super::report::{Finding, Report};
use crate::exec::Statement;
use crate::exec::instrumentation::{About, Caller, Place};
use crate::value::SqlValue;
use std::collections::HashMap;

/// How often each statement ran from each place.
#[derive(Debug, Default)]
pub struct Tally {
    groups: HashMap<(Place, Box<str>), Group>,
}

#[derive(Debug)]
struct Group {
    times: usize,
    limit: usize,
    /// The number of the call that was counted last: the others of its statements are a part of it.
    call: Option<u64>,
    about: About,
    /// The first values, to see whether the same rows were asked for each time.
    values: Vec<SqlValue>,
    same_values: bool,
}

impl Tally {
    /// Counts a statement that was asked for; it may run so many times from one place.
    pub fn count(&mut self, statement: &Statement, asker: Caller, limit: usize) {
        let values = || statement.params.iter().map(|param| &param.0);
        let key = (asker.place, statement.sql.as_ref().into());
        let group = self.groups.entry(key).or_insert_with(|| Group {
            times: 0,
            limit,
            call: None,
            about: statement.about,
            values: values().cloned().collect(),
            same_values: true,
        });
        if asker.call.is_some() && group.call == asker.call {
            return;
        }
        group.call = asker.call;
        group.times += 1;
        group.same_values = group.same_values && values().eq(&group.values);
    }

    /// What ran more often than it may, the most frequent first.
    pub fn report(&self) -> Report {
        let found = self.groups.iter().filter(|(_, group)| group.times > group.limit);
        let mut findings: Vec<Finding> = found
            .map(|((place, sql), group)| Finding {
                place,
                times: group.times,
                sql: sql.to_string(),
                model: group.about.model.map(|model| model.name()),
                cure: cure::cure(sql, &group.about, place, group.same_values),
            })
            .collect();
        let order = |finding: &Finding| {
            let place = finding.place;
            (std::cmp::Reverse(finding.times), place.file(), place.line(), place.column())
        };
        findings.sort_by_key(order);
        Report { findings }
    }
}
