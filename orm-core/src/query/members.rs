//! Pass: resolve membership in lists and in the rows of queries.
//!
//! A list of values is one array, so that the text does not depend on how many there are.

use super::compare;
use super::condition::OnNull;
use super::join::key_fields;
use super::parts::Want;
use super::plan::{Ctx, Planner, Result, usage};
use crate::ir::{KeyFields, Members, Node, Query};
use orm_sql::ast::{ANY, Expr, Template, UNNEST};
use orm_sql::value::{SqlType, SqlValue};
use smallvec::SmallVec;

static LIST: Template = Template::new("{} IN ({*})");
static LIST_WITH_NULL: Template = Template::opaque("{} IN ({*})");

impl<'a> Planner<'a> {
    pub fn membership(&mut self, one: &Node, members: &Members, ctx: Ctx) -> Result<Expr<'a>> {
        let unaccented = unaccented(one, members);
        let members = unaccented.as_ref().unwrap_or(members);
        let votes = self.votes.len();
        let left = self.value(one, ctx)?;
        let condition = self.among(left, one, members, ctx)?;
        Ok(self.settle(condition, votes, OnNull::Fails, ctx))
    }

    fn among(
        &mut self,
        left: Expr<'a>,
        one: &Node,
        members: &Members,
        ctx: Ctx,
    ) -> Result<Expr<'a>> {
        match members {
            Members::Values(values, sql_type) => Ok(self.any_of(left, one, values, sql_type)),
            Members::Array(values, sql_type) => Ok(self.any_in_array(left, values, sql_type)),
            Members::Keys(keys) => self.any_key(left, one, keys),
            Members::Nodes(nodes) => self.any_node(left, one, nodes, ctx),
            Members::Query(query) => self.in_query(left, one, query, ctx),
        }
    }

    fn any_in_array(
        &mut self,
        left: Expr<'a>,
        values: &SqlValue,
        sql_type: &'static SqlType,
    ) -> Expr<'a> {
        let array = self.bind(values.clone(), SqlType::Array(sql_type));
        Expr::Template(&ANY, self.list(&[left, array]))
    }

    fn any_of(
        &mut self,
        left: Expr<'a>,
        one: &Node,
        values: &[SqlValue],
        sql_type: &'static SqlType,
    ) -> Expr<'a> {
        let known: Vec<SqlValue> = values.iter().filter(|v| !v.is_null()).cloned().collect();
        if known.is_empty() {
            return Expr::Bool(false);
        }
        if let SqlType::Array(_) = sql_type {
            // An array of arrays is one array of many dimensions, and its members single items.
            let left = self.like(left, one, &Node::Value(SqlValue::Null, *sql_type));
            let mut parts: SmallVec<[Expr<'a>; 4]> = SmallVec::from_slice(&[left]);
            for value in known {
                let value = self.bind(value, *sql_type);
                parts.push(self.like(value, &Node::Value(SqlValue::Null, *sql_type), one));
            }
            return Expr::Template(&LIST, self.list(&parts));
        }
        let array = self.bind(SqlValue::Array(known), SqlType::Array(sql_type));
        Expr::Template(&ANY, self.list(&[left, array]))
    }

    fn any_key(&mut self, left: Expr<'a>, one: &Node, keys: &[Vec<SqlValue>]) -> Result<Expr<'a>> {
        let fields = compared_fields(one)?;
        let known = || keys.iter().filter(|key| !key.iter().any(SqlValue::is_null));
        if known().next().is_none() {
            return Ok(Expr::Bool(false));
        }
        let mut parts: SmallVec<[Expr<'a>; 4]> = SmallVec::from_slice(&[left]);
        for (place, field) in fields.iter().enumerate() {
            let values = known().filter_map(|key| key.get(place)).cloned().collect();
            parts.push(self.bind(SqlValue::Array(values), SqlType::Array(&field.sql_type)));
        }
        let template = if fields.len() == 1 { &ANY } else { &UNNEST };
        Ok(Expr::Template(template, self.list(&parts)))
    }

    fn any_node(
        &mut self,
        left: Expr<'a>,
        one: &Node,
        nodes: &[Node],
        ctx: Ctx,
    ) -> Result<Expr<'a>> {
        let is_null = |node: &Node| matches!(node, Node::Value(SqlValue::Null, _));
        let mut parts = bumpalo::collections::Vec::with_capacity_in(nodes.len() + 1, self.arena);
        parts.push(left);
        for node in nodes.iter().filter(|node| !is_null(node)) {
            parts.push(self.beside(node, one, ctx.opaque())?);
        }
        if parts.len() == 1 {
            return Ok(Expr::Bool(false));
        }
        // One that is NULL leaves open whether the others are equal.
        let members = parts.get(1..).unwrap_or_default();
        let list = if self.are_known(members) { &LIST } else { &LIST_WITH_NULL };
        Ok(Expr::Template(list, parts.into_bump_slice()))
    }

    fn in_query(
        &mut self,
        left: Expr<'a>,
        one: &Node,
        query: &Query,
        ctx: Ctx,
    ) -> Result<Expr<'a>> {
        if super::is_empty(query) {
            return self.unasked(query, ctx);
        }
        let fields = referred_fields(one)?;
        let body = self.body(query, Some(ctx.frame), Want::key(&fields))?;
        let body = if ctx.negated { self.without_null(body) } else { body };
        Ok(Expr::InQuery(self.keep(left), body))
    }
}

/// The members without accents, where the left side has none. The rows of a query stay as they are.
fn unaccented(one: &Node, members: &Members) -> Option<Members> {
    let without = |node: &Node| compare::unaccented(one, node).unwrap_or_else(|| node.clone());
    compare::is_unaccented(one).then_some(())?;
    match members {
        Members::Values(values, sql_type) => {
            let values = values.iter().filter(|value| !value.is_null());
            let value = |value: &SqlValue| without(&Node::Value(value.clone(), **sql_type));
            Some(Members::Nodes(values.map(value).collect()))
        }
        Members::Nodes(nodes) => Some(Members::Nodes(nodes.iter().map(without).collect())),
        _ => None,
    }
}

/// The fields whose values the left side of a membership holds.
fn compared_fields(one: &Node) -> Result<KeyFields> {
    match one {
        Node::Relation(path) => key_fields(path),
        Node::Column { field, .. } => Ok(SmallVec::from_slice(&[*field])),
        Node::Outer(inner) => compared_fields(inner),
        _ => usage("a list of keys is compared with something that is no relation"),
    }
}

/// The fields of another model that the left side of a membership refers to; none where it does
/// not say.
fn referred_fields(one: &Node) -> Result<KeyFields> {
    match one {
        Node::Relation(path) => key_fields(path),
        Node::Column { field, .. } => {
            Ok(field.relation.and_then(|key| key.target()).into_iter().collect())
        }
        Node::Outer(inner) => referred_fields(inner),
        _ => Ok(SmallVec::new()),
    }
}
