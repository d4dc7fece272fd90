//! Pass: of a model whose rows belong to tenants, those of the executor's tenant.
//!
//! Wherever a table of such a model is opened, it is asked for the tenant: the first table of a SELECT, an
//! UPDATE or a DELETE in WHERE, a joined one in ON. Where nobody has said which tenant, that is an
//! error, so that a statement for which it was forgotten does not run.
//!
//! Where the table of a model that is extended says it, that one is joined to the first table. To a joined
//! one it cannot be, which may be without a row: there ON asks by EXISTS.

use super::insertion::{Given, Insert};
use super::parts::bare;
use super::plan::{Ctx, FrameKind, Planner, Result, table_of, usage};
use crate::ir::tenant::{of_another, tenant_of};
use crate::ir::{FieldMeta, ModelMeta, Node, PathBuf, Query, Selected, Step};
use orm_sql::ast::{self, Body, Column, Connective, Expr, Name, TableId};
use orm_sql::exec::Tenancy;
use orm_sql::value::{SqlType, SqlValue};
use smallvec::SmallVec;

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

    /// The first table of a SELECT is asked for the tenant, with those of the models that its own extends.
    pub fn ask_first(
        &mut self,
        table: TableId,
        model: &'static ModelMeta,
        filters: &mut impl Extend<Expr<'a>>,
    ) -> Result<()> {
        filters.extend(self.of_tenant(table, model)?);
        let ctx = Ctx::value(self.table(table).frame);
        for (_, field) in model.tenants_above() {
            if tenant_of(model, field, &self.tenancy)?.is_some() {
                // Its ON asks for the tenant.
                let (above, _) = self.holder(table, field, ctx)?;
                self.table_mut(above).read = true;
            }
        }
        Ok(())
    }

    /// A table that has been joined is asked for the tenant: what stands in ON.
    pub fn ask_joined(
        &mut self,
        table: TableId,
        model: &'static ModelMeta,
    ) -> Result<Option<Expr<'a>>> {
        let mut all: SmallVec<[Expr<'a>; 2]> = self.of_tenant(table, model)?.into_iter().collect();
        let known = self.is_half_of_known(table);
        for (above, field) in model.tenants_above().filter(|_| !known) {
            if tenant_of(model, field, &self.tenancy)?.is_some() {
                all.extend(self.of_tenant_above(table, model, above)?);
            }
        }
        Ok((!all.is_empty()).then(|| self.fold(Connective::And, &all)))
    }

    /// True where a table has another part of the row that it is joined to, and that one is asked.
    fn is_half_of_known(&self, table: TableId) -> bool {
        let joined = self.table(table);
        let (Some((key, _)), Some(before)) = (joined.key, joined.parent) else { return false };
        let before = self.table(before);
        // The rows of queries may be made by SQL of the user's own, and those of a split are tied to them.
        let is_table = matches!(before.source, ast::From::Table { .. }) && before.outputs.is_none();
        let is_asked = before.join.is_some() || self.frame(before.frame).kind == FrameKind::Query;
        key.parent_link && is_table && is_asked
    }

    /// `EXISTS (SELECT 1 FROM content WHERE id = t1.content_ptr_id AND org_id = $1)`
    fn of_tenant_above(
        &mut self,
        table: TableId,
        model: &'static ModelMeta,
        above: &'static ModelMeta,
    ) -> Result<Option<Expr<'a>>> {
        let (frame, row) = self.bare_table(table_of(above));
        let Some(of_tenant) = self.of_tenant(row, above)? else { return Ok(None) };
        let mut all: SmallVec<[Expr<'a>; 2]> = SmallVec::new();
        // The key is the same in the tables of all of them.
        for (own, key) in model.key_fields().into_iter().zip(above.key_fields()) {
            let own = Expr::Column(self.column_at(table, own));
            all.push(self.binary("=", Expr::Column(self.column_at(row, key)), own));
        }
        all.push(of_tenant);
        let filter = self.fold(Connective::And, &all);
        Ok(Some(Expr::Exists(self.arena.alloc(Body::Select(bare(frame, filter))))))
    }

    /// That the rows of a model's own table are of the tenant; `None` for models without tenants, and for
    /// all of them.
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
            if *of == field && is_same_row(path));
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
        let Some(own) = model.as_tenant(field) else { return Ok(()) };
        let Some(tenant) = tenant_of(model, own, &self.tenancy)? else { return Ok(()) };
        let same = value.is_some_and(|value| match value {
            SqlValue::Items(items) => items.all(|item| item.is_same(&tenant)),
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

/// True where a path leads to the row itself, or to that of a model which its own extends.
fn is_same_row(path: &PathBuf) -> bool {
    path.steps.iter().all(|step| matches!(step, Step::Forward(key) if key.parent_link))
}

/// Completes an insertion: its rows are of the tenant. Those of drafts are by now.
pub(super) fn complete(insert: &mut Insert, tenancy: &Tenancy) -> orm_sql::Result<()> {
    insert.model.tenant_fields().try_for_each(|(_, field)| complete_field(insert, field, tenancy))
}

fn complete_field(
    insert: &mut Insert,
    field: &'static FieldMeta,
    tenancy: &Tenancy,
) -> orm_sql::Result<()> {
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
