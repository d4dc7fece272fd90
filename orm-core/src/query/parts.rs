//! What a SELECT is compiled for, and what it is put together from.

use super::page::PageOf;
use crate::ir::visit::{has_aggregate, is_over_many, spreads};
use crate::ir::{Distinct, FieldMeta, Filter, Group, Grouping, Node, Query, Selected, Source};
use orm_sql::ast::{self, Expr, FrameId, TableId};
use smallvec::SmallVec;

/// What a query is compiled for.
#[derive(Clone, Copy)]
pub(super) struct Want<'w> {
    pub items: Items<'w>,
    pub order: WantOrder,
    /// The columns are called `c0`, `c1`, ….
    pub numbered: bool,
    /// One page of the rows, where that is wanted.
    pub page: Option<&'w PageOf>,
}

/// The select list that is wanted.
#[derive(Clone, Copy)]
pub(super) enum Items<'w> {
    /// All that was selected.
    All,
    /// One column, or those of a key: for whole models these fields, if they are theirs.
    Key(&'w [&'static FieldMeta]),
    /// Nothing: the rows are only counted, or read by an expression around them.
    None,
}

/// When the ordering is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum WantOrder {
    Always,
    /// Where it decides which rows there are.
    IfItDecides,
    /// The same, for at most so many rows, where that has to be said.
    Few(Option<u64>),
    Never,
}

impl<'w> Want<'w> {
    pub const ROWS: Want<'static> =
        Want { items: Items::All, order: WantOrder::Always, numbered: false, page: None };
    pub const EXISTS: Want<'static> =
        Want { items: Items::None, order: WantOrder::Never, numbered: false, page: None };

    /// At most so many rows, in any order; without a limit where there can be no more.
    pub fn few(limit: Option<u64>) -> Self {
        Want { items: Items::All, order: WantOrder::Few(limit), numbered: false, page: None }
    }

    pub fn key(fields: &'w [&'static FieldMeta]) -> Self {
        Want {
            items: Items::Key(fields),
            order: WantOrder::IfItDecides,
            numbered: false,
            page: None,
        }
    }
}

impl Want<'_> {
    /// True where the rows themselves are wanted, with their locks.
    pub fn reads_rows(&self) -> bool {
        matches!(self.order, WantOrder::Always | WantOrder::Few(_))
    }
}

/// A SELECT while its parts are resolved.
pub(super) struct Plan<'n, 'a> {
    pub query: &'n Query,
    pub frame: FrameId,
    pub want: Want<'n>,
    /// The select list.
    pub items: bumpalo::collections::Vec<'a, Expr<'a>>,
    /// The selected expressions, with their place in the list where they have one.
    pub exprs: SmallVec<[(&'n Node, Expr<'a>, Option<u16>); 2]>,
    /// What was selected before, and is not any more.
    pub earlier: SmallVec<[(&'n Node, Expr<'a>); 2]>,
    /// The tables whose rows are selected whole.
    pub models: SmallVec<[TableId; 2]>,
    /// The conditions, joined by AND.
    pub filters: SmallVec<[Expr<'a>; 4]>,
    /// Those on windows.
    pub qualify: Vec<Expr<'a>>,
}

/// A SELECT of nothing but the rows.
pub(super) fn bare<'a>(frame: FrameId, filter: Expr<'a>) -> ast::Select<'a> {
    ast::Select {
        frame,
        distinct: ast::Distinct::No,
        items: &[],
        names: ast::Names::Any,
        filter,
        group: &[],
        having: Expr::Bool(true),
        windows: &[],
        order: &[],
        limit: None,
        offset: None,
        lock: None,
    }
}

impl<'n, 'a> Plan<'n, 'a> {
    /// The same SELECT before its calls are resolved.
    pub fn again(&self, arena: &'a bumpalo::Bump) -> Plan<'n, 'a> {
        Plan {
            query: self.query,
            frame: self.frame,
            want: self.want,
            items: bumpalo::collections::Vec::new_in(arena),
            exprs: SmallVec::new(),
            earlier: SmallVec::new(),
            models: SmallVec::new(),
            filters: self.filters.clone(),
            qualify: Vec::new(),
        }
    }
}

impl Plan<'_, '_> {
    /// True where the ordering groups the rows, even where it is left out.
    pub fn orders_by_aggregates(&self) -> bool {
        self.query.order.by.iter().flatten().any(|item| has_aggregate(&item.node))
    }

    /// For a query whose rows are only counted: true when its groups say how many there are.
    /// Aggregates that only stand in the select list of a model's rows change nothing.
    pub fn counts_groups(&self) -> bool {
        if !matches!(self.want.items, Items::None) {
            return true;
        }
        let query = self.query;
        if !query.sets.is_empty() {
            return true;
        }
        if query.grouping() == Grouping::Earlier && !query.groups_by_row() {
            return true;
        }
        let multiplies = |filter: &Filter| {
            has_aggregate(&filter.node) || !filter.negated && is_over_many(&filter.node)
        };
        let joins = |selected: &Selected| match selected {
            Selected::Model(_) => false,
            Selected::Expr(node, _) => spreads(node) && !has_aggregate(node),
        };
        let aggregates = |selected: &Selected| match selected {
            Selected::Model(_) => false,
            Selected::Expr(node, _) => has_aggregate(node),
        };
        (query.select.iter().any(aggregates)
            || query.filters.iter().any(|f| has_aggregate(&f.node))
            || self.orders_by_aggregates())
            && (query.group != Group::Rows
                || !matches!(query.source, Source::Model(_))
                || query.distinct != Distinct::No
                || query.filters.iter().any(multiplies)
                || query.select.iter().any(joins))
    }
}
