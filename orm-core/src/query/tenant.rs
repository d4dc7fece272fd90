//! Pass: of a model whose rows belong to tenants, those of the executor's tenant.
//!
//! Wherever a table of such a model is opened, it is asked for the tenant: the first table of a SELECT, an
//! UPDATE or a DELETE in WHERE, a joined one in ON. Where nobody has said which tenant, that is an
//! error, so that a statement for which it was forgotten does not run.

use super::insertion::{Given, Insert};
use super::plan::{Planner, Result, usage};
use crate::ir::tenant::{of_another, tenant_of};
use crate::ir::{FieldMeta, ModelMeta, Node, Query, Selected};
use orm_sql::ast::{Column, Expr, Name, TableId};
use orm_sql::exec::Tenancy;
use orm_sql::value::{SqlType, SqlValue};

impl<'a> Planner<'a> {
    /// Takes over what a query knows of the executor, where nothing is known yet.
    pub fn adopt(&mut self, query: &Query) {
        if let (None, Some(zone)) = (&self.zone, &query.zone) {
            self.zone = Some((zone.clone(), None));
        }
        if let (Tenancy::Unsaid, Some(tenancy)) = (&self.tenancy, &query.tenancy) {
            self.tenancy = tenancy.clone();
        }
    }

    /// That the rows of a model's table are of the tenant; `None` for models without tenants, and for all
    /// of them.
    pub fn of_tenant(
        &mut self,
        table: TableId,
        model: &'static ModelMeta,
    ) -> Result<Option<Expr<'a>>> {
        let Some((_, field)) = model.tenant_field() else { return Ok(None) };
        let Some(tenant) = tenant_of(model, field, &self.tenancy)? else { return Ok(None) };
        let slot = match self.tenant_slots.iter().find(|(known, _)| *known == field.sql_type) {
            Some((_, slot)) => *slot,
            None => {
                let slot = self.slot(tenant, field.sql_type);
                self.tenant_slots.push((field.sql_type, slot));
                slot
            }
        };
        let (name, sql_type) = (Name::Known(field.column), field.sql_type);
        let own = Expr::Column(Column { table, name, null: field.null, sql_type });
        Ok(Some(self.binary("=", own, Expr::Param(slot))))
    }

    /// Whether an expression may be assigned to a column: the tenant of a row stays.
    pub fn keeps_tenant(
        &self,
        model: Option<&'static ModelMeta>,
        field: &'static FieldMeta,
        node: &Node,
    ) -> Result<()> {
        // Its own value, or that of the row that could not be inserted, which are the same.
        let own = matches!(node, Node::Column { path, field: of }
            if *of == field && path.steps.is_empty());
        let Some(model) = model.filter(|_| !own) else { return Ok(()) };
        let value = match node {
            Node::Value(value, _) => Some(value),
            Node::Row(values) => values.first().filter(|_| values.len() == 1),
            _ => None,
        };
        self.check_assigned(model, field, value)
    }

    /// Whether a value may be given to a column of rows.
    pub fn check_assigned(
        &self,
        model: &'static ModelMeta,
        field: &'static FieldMeta,
        value: Option<&SqlValue>,
    ) -> Result<()> {
        let Some((_, own)) = model.tenant_field().filter(|(_, own)| *own == field) else {
            return Ok(());
        };
        let Some(tenant) = tenant_of(model, own, &self.tenancy)? else { return Ok(()) };
        let same = value.is_some_and(|value| match value {
            SqlValue::Items(items) => items.iter().all(|item| item.is_same(&tenant)),
            value => value.is_same(&tenant),
        });
        match same || self.tenancy == Tenancy::Shown {
            true => Ok(()),
            false => usage(format!(
                "`{}` of `{}` says to which tenant a row belongs, and is given another: rows are moved \
                 between tenants on `db.all_tenants()`",
                field.name, model.name
            )),
        }
    }
}

/// Completes an insertion: its rows are of the tenant. Those of drafts are by now.
pub(super) fn complete(insert: &mut Insert, tenancy: &Tenancy) -> orm_sql::Result<()> {
    let Some((_, field)) = insert.model.tenant_field() else { return Ok(()) };
    let tenant = tenant_of(insert.model, field, tenancy)?;
    let given = insert.fields.contains(&field);
    match (&mut insert.rows, tenant) {
        (Given::Query(query), Some(tenant)) if !given => {
            let node = Node::Value(tenant, field.sql_type);
            query.select.push(Selected::Expr(typed(node, field.sql_type), field.sql_type));
            insert.fields.push(field);
            Ok(())
        }
        (Given::Query(_), Some(_)) => Err(orm_sql::Error::usage(format!(
            "`{}` of `{}` is the tenant of the rows, which the executor gives: leave it out, or insert \
             them on `db.all_tenants()`",
            field.name, insert.model.name
        ))),
        _ if given => Ok(()),
        (_, Some(_)) => Err(of_another(insert.model, field, "a row without a tenant")),
        (_, None) => Err(orm_sql::Error::usage(format!(
            "the rows of `{}` miss the required field `{}`, which an executor of all tenants does \
             not fill in",
            insert.model.name, field.name
        ))),
    }
}

/// A value of a type that nothing around it says.
fn typed(node: Node, sql_type: SqlType) -> Node {
    Node::Cast(Box::new(node), sql_type)
}
