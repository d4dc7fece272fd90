//! Row level security: switched on and off, and made anew where the column of the tenant becomes another.

use super::parts::is_touched;
use super::{Pair, Steps};
use orm_sql::schema::{AlterTable, Change, POLICY, RowLevelSecurity};

pub(super) fn steps(pair: &Pair<'_>, steps: &mut Steps) {
    let (old, new) = (&pair.before.row_level_security, &pair.after.row_level_security);
    let table = pair.name();
    match (old, new) {
        (None, None) => {}
        (None, Some(new)) => steps.policies.extend(new.creation(table)),
        (Some(old), None) => {
            steps.drop_policies.push(drop(pair));
            steps.drop_policies.extend(switched(pair, Some(old), None));
        }
        (Some(old), Some(new)) => {
            // The server gives no other type to a column that a policy names. There is none meanwhile,
            // and no row is seen by whom it holds for.
            if old.using != new.using || is_touched(pair, &new.using) {
                steps.drop_policies.push(drop(pair));
                steps.policies.push(new.policy(table));
            }
            steps.policies.extend(switched(pair, Some(old), Some(new)));
        }
    }
}

fn drop(pair: &Pair<'_>) -> Change {
    Change::DropPolicy { table: pair.name().clone(), name: POLICY.to_owned() }
}

/// Whether the table has row level security, and whether its owner is asked as well.
fn switched(
    pair: &Pair<'_>,
    old: Option<&RowLevelSecurity>,
    new: Option<&RowLevelSecurity>,
) -> Option<Change> {
    let said = |one: Option<&RowLevelSecurity>| {
        one.map_or((false, false), |one| (one.enabled, one.forced))
    };
    let ((was_enabled, was_forced), (enabled, forced)) = (said(old), said(new));
    let mut alters = Vec::new();
    if was_enabled != enabled {
        alters.push(AlterTable::RowLevelSecurity(enabled));
    }
    if was_forced != forced {
        alters.push(AlterTable::ForceRowLevelSecurity(forced));
    }
    let table = pair.name().clone();
    (!alters.is_empty()).then_some(Change::AlterTable { table, alters })
}
