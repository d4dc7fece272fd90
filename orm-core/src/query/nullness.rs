//! Whether a resolved expression can be NULL, and with which columns.
//!
//! `exclude(p)` keeps every row that `filter(p)` does not, so a condition under a negation must be
//! false where SQL would say NULL. This is the one place that knows where that is; what it does
//! not know may be NULL.

use super::plan::Planner;
use orm_sql::ast::{
    Aggregate, Body, Case, Column, Connective, Distinct, Expr, Nulls, OverNothing, Select, Template,
};
use smallvec::SmallVec;

/// What an expression is NULL with.
#[derive(Default)]
pub(super) struct Nullness {
    /// The columns that it can be NULL with: those that can be NULL themselves, or whose table may
    /// have no row.
    columns: SmallVec<[Column; 2]>,
    /// It can be NULL for other reasons.
    otherwise: bool,
    /// It can be something else where one of the columns is NULL.
    hidden: bool,
}

impl Nullness {
    fn unknown() -> Self {
        Nullness { otherwise: true, ..Nullness::default() }
    }

    fn is_never(&self) -> bool {
        self.columns.is_empty() && !self.otherwise
    }

    fn add(&mut self, other: Nullness) {
        for column in other.columns {
            if !self.columns.iter().any(|known| known.is(&column)) {
                self.columns.push(column);
            }
        }
        self.otherwise |= other.otherwise;
        self.hidden |= other.hidden;
    }
}

impl<'a> Planner<'a> {
    /// The condition, false instead of NULL: what stands under a negation.
    pub fn never_null(&mut self, condition: Expr<'a>) -> Expr<'a> {
        let Nullness { columns, otherwise, hidden } = self.nullness(&condition);
        if columns.is_empty() && !otherwise {
            return condition;
        }
        let listed = self.arena.alloc_slice_copy(&columns);
        match (otherwise, hidden || columns.len() > 2) {
            (true, _) => Expr::IsTrue(self.keep(condition), &[]),
            (false, true) => Expr::IsTrue(self.keep(condition), listed),
            (false, false) => Expr::Guarded(self.keep(condition), listed),
        }
    }

    /// True where none of these can be NULL.
    pub fn are_known(&self, exprs: &[Expr<'a>]) -> bool {
        exprs.iter().all(|expr| self.nullness(expr).is_never())
    }

    /// What an expression can be NULL with.
    fn nullness(&self, expr: &Expr<'a>) -> Nullness {
        match expr {
            Expr::Column(column) => self.nullness_of_column(column),
            Expr::Param(slot) => self.nullness_of_value(*slot),
            Expr::Row(parts) => self.nullness_of_row(parts),
            Expr::Cast(one, _) | Expr::Typed(one, _) | Expr::Collate(one, _) => self.nullness(one),
            Expr::Not(one) => self.nullness(one),
            Expr::Binary(_, pair) => self.nullness_with_any(&pair[..]),
            Expr::Template(template, args) => self.nullness_of_template(template, args),
            Expr::Junction(Connective::Xor, _) => Nullness::default(),
            Expr::Junction(_, conditions) => {
                Nullness { hidden: true, ..self.nullness_with_any(conditions) }
            }
            Expr::Aggregate(aggregate) => self.nullness_of_aggregate(aggregate),
            Expr::Case(case) => self.nullness_of_case(case),
            Expr::InQuery(left, body) => self.nullness_of_member(left, body),
            Expr::Bool(_)
            | Expr::IsNull(..)
            | Expr::Exists(_)
            | Expr::Guarded(..)
            | Expr::IsTrue(..) => Nullness::default(),
            Expr::Subquery(_) | Expr::Window(_) | Expr::Raw(..) => Nullness::unknown(),
        }
    }

    fn nullness_of_column(&self, column: &Column) -> Nullness {
        let mut nullness = Nullness::default();
        // A join that is a left join now can become an inner one: the writer looks again.
        if column.null || self.table(column.table).join.is_some() {
            nullness.columns.push(*column);
        }
        nullness
    }

    fn nullness_of_value(&self, slot: orm_sql::ast::Slot) -> Nullness {
        let known = self.values.get(usize::from(slot)).is_some_and(|(value, _)| !value.is_null());
        Nullness { otherwise: !known, ..Nullness::default() }
    }

    /// A key of several columns. Where those cannot be NULL in their table, they are so together,
    /// where there is no row.
    fn nullness_of_row(&self, parts: &[Expr<'a>]) -> Nullness {
        let mut all = self.nullness_with_any(parts);
        let own: SmallVec<[Column; 2]> = all.columns.iter().filter(|c| c.null).copied().collect();
        let is_key = parts.iter().all(|part| matches!(part, Expr::Column(_)));
        if let (true, Some(first)) = (is_key, all.columns.first().copied()) {
            let one_table = all.columns.iter().all(|column| column.table == first.table);
            if one_table {
                all.columns = if own.is_empty() { smallvec::smallvec![first] } else { own };
            }
        }
        all
    }

    fn nullness_with_any(&self, parts: &[Expr<'a>]) -> Nullness {
        let mut all = Nullness::default();
        for part in parts {
            all.add(self.nullness(part));
        }
        all
    }

    fn nullness_of_template(&self, template: &Template, args: &[Expr<'a>]) -> Nullness {
        match template.nulls {
            Nulls::WithAny => self.nullness_with_any(args),
            Nulls::WithAnyAndElsewhere | Nulls::Unknown => Nullness::unknown(),
            Nulls::WithAll if args.iter().any(|arg| self.nullness(arg).is_never()) => {
                Nullness::default()
            }
            Nulls::WithAll => match args {
                [one] => self.nullness(one),
                several => Nullness { hidden: true, ..self.nullness_with_any(several) },
            },
            Nulls::Never => Nullness::default(),
        }
    }

    fn nullness_of_aggregate(&self, aggregate: &Aggregate<'a>) -> Nullness {
        match (&aggregate.default, aggregate.function.over_nothing) {
            (_, OverNothing::Zero) => Nullness::default(),
            (Some(default), _) => self.nullness(default),
            (None, OverNothing::Null | OverNothing::Unknown) => Nullness::unknown(),
        }
    }

    fn nullness_of_case(&self, case: &Case<'a>) -> Nullness {
        let Some(otherwise) = &case.otherwise else { return Nullness::unknown() };
        let mut all = self.nullness(otherwise);
        for (_, result) in case.branches {
            all.add(self.nullness(result));
        }
        Nullness { hidden: true, ..all }
    }

    /// `x IN (query)` is NULL where `x` is, and where no row fits and a row is NULL.
    fn nullness_of_member(&self, left: &Expr<'a>, body: &Body<'a>) -> Nullness {
        let own = self.nullness(left);
        if self.may_select_null(body) { Nullness { otherwise: true, ..own } } else { own }
    }

    /// True where a row of a query can hold NULL.
    pub fn may_select_null(&self, body: &Body<'a>) -> bool {
        match body {
            Body::Select(select) => select.items.iter().any(|item| self.is_null_in(item, select)),
            Body::Combined(combined) => {
                combined.parts.iter().any(|part| self.may_select_null(part))
            }
            Body::Insert(_) | Body::Update(_) | Body::Delete(_) | Body::Raw(_) => true,
        }
    }

    fn is_null_in(&self, item: &Expr<'a>, select: &Select<'a>) -> bool {
        let is_left_out = |condition: &Expr<'a>| match condition {
            Expr::IsNull(tested, false) => *tested == item,
            _ => false,
        };
        let left_out = match &select.filter {
            Expr::Junction(Connective::And, all) => all.iter().any(is_left_out),
            one => is_left_out(one),
        };
        !left_out && !self.nullness(item).is_never()
    }

    /// A query without the rows that hold NULL, where that can be said: lists are without NULL too,
    /// and one NULL would make `NOT IN` hold for nothing.
    pub fn without_null(&mut self, body: &'a Body<'a>) -> &'a Body<'a> {
        let Body::Select(select) = body else { return body };
        if !is_plain(select) {
            return body;
        }
        let mut filters: SmallVec<[Expr<'a>; 4]> = SmallVec::from_slice(&[select.filter]);
        let doubtful = select.items.iter().filter(|item| self.is_null_in(item, select));
        filters.extend(doubtful.map(|item| Expr::IsNull(item, false)));
        if filters.len() == 1 {
            return body;
        }
        let filter = self.fold(Connective::And, &filters);
        self.arena.alloc(Body::Select(Select { filter, ..*select }))
    }
}

/// True where a condition on what is selected leaves out those rows and no others.
fn is_plain(select: &Select<'_>) -> bool {
    select.limit.is_none()
        && select.offset.is_none()
        && select.group.is_empty()
        && select.having == Expr::Bool(true)
        && !matches!(select.distinct, Distinct::On(_))
        && !select.items.iter().any(|item| item.has_aggregate() || item.has_window())
}
