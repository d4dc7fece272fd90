//! Row level security while migrations run: they see and write the rows of all tenants.

use crate::graph::Graph;
use crate::operation::Operation;
use orm_sql::exec::{Executor, Secured, Tenant};

impl Graph {
    /// True where a migration makes policies, also if a later one takes them away again.
    fn has_policies(&self) -> bool {
        self.files().flat_map(|migration| &migration.operations).any(makes_policies)
    }
}

fn makes_policies(operation: &Operation) -> bool {
    let of_plain = |one: &Operation| match one {
        Operation::CreateModel(model) => model.row_level_security.is_some(),
        Operation::AlterRowLevelSecurity { tenant, .. } => tenant.is_some(),
        _ => false,
    };
    let state = operation.state_operations().iter();
    state.chain(operation.database_operations()).any(of_plain)
}

/// The same executor for the rows of all tenants, where there are policies: what fills rows, and what
/// looks at them for a constraint, would pass over all of them without a word, since the owner of the
/// tables is asked as well. Whose rows the queries of models are about stays unsaid.
pub(super) fn of_all<'d>(db: &'d dyn Executor, graph: &Graph) -> Tenant<'d> {
    let secured = graph.has_policies().then_some(Secured::All);
    Tenant::of_rows(db.as_dyn(), db.tenancy().clone(), secured)
}
