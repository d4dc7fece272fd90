//! What an expression is worth for one row, or for a group of rows, in three-valued logic.

use super::interpret::{self, TooLarge};
use super::schema::{self, Rows};
use super::scope::{Related, Scope, Var};
use super::spec::{Aggregate, Binary, Cond, Ex, Fold, Kind, Op, Query, TextOp, Unary, Val, Window};
use chrono::Datelike;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// A row for each variable of a SELECT; none where there is no such row.
pub type Binding = Vec<Option<usize>>;

/// A row of a group.
pub struct Member<'e> {
    /// The row that is read from, by its place.
    pub base: usize,
    pub binding: Binding,
    /// What the query below selects.
    pub cells: &'e [Val],
}

/// Where an expression is evaluated.
#[derive(Clone, Copy)]
pub struct Env<'e> {
    pub rows: &'e Rows,
    pub scope: &'e Scope,
    pub binding: &'e [Option<usize>],
    /// What the query below selects.
    pub cells: &'e [Val],
    /// The rows of the group, where there are groups.
    pub group: &'e [Member<'e>],
    /// What functions over windows are for this row, or group.
    pub windows: &'e [(Window<usize>, Val)],
    /// The row of the query around.
    pub around: Option<&'e Env<'e>>,
}

type Truth = Option<bool>;
type Outcome<T> = Result<T, TooLarge>;

impl<'e> Env<'e> {
    /// The value of an expression.
    pub fn value(&self, ex: &Ex<usize>) -> Outcome<Val> {
        Ok(match &ex.kind {
            Kind::Column(var, column) => self.cell(*var, column),
            Kind::Cell(place) => self.cells[*place].clone(),
            Kind::Outer(path, column) => self.outer(path, column),
            Kind::Around(var, column) => self.around.expect("a query around").cell(*var, column),
            Kind::Value(value) => value.clone(),
            Kind::Unary(op, arg) => unary(*op, self.value(arg)?),
            Kind::Binary(op, one, two) => binary(*op, self.value(one)?, self.value(two)?),
            Kind::Case(when, then, otherwise) => match (self.holds(when)?, otherwise) {
                (true, _) => self.value(then)?,
                (false, Some(otherwise)) => self.value(otherwise)?,
                (false, None) => Val::Null,
            },
            Kind::Condition(condition) => self.truth(condition)?.map_or(Val::Null, Val::Bool),
            Kind::Aggregate(aggregate) => self.folded(aggregate)?,
            Kind::Window(window) => {
                let known = self.windows.iter().find(|(known, _)| *known == **window);
                known.expect("a window that was calculated").1.clone()
            }
            Kind::First(query) => self.column(query)?.into_iter().next().unwrap_or(Val::Null),
        })
    }

    /// True where a condition is true, and not where it is false or unknown.
    pub fn holds(&self, cond: &Cond<usize>) -> Outcome<bool> {
        Ok(self.truth(cond)? == Some(true))
    }

    fn cell(&self, var: usize, column: &'static str) -> Val {
        match self.binding[var] {
            Some(row) => self.rows.cell(self.scope.vars[var].table, row, column).clone(),
            None => Val::Null,
        }
    }

    /// A column over to-one relations of the row around.
    fn outer(&self, path: &[&'static str], column: &'static str) -> Val {
        let around = self.around.expect("a query around");
        let mut model = around.scope.model;
        let mut row = around.binding[0];
        for name in path {
            let relation = schema::relation(model, name);
            for hop in relation.hops {
                row = row.and_then(|row| around.rows.follow(model, row, *hop).first().copied());
            }
            model = relation.target;
        }
        row.map_or(Val::Null, |row| around.rows.cell(model, row, column).clone())
    }

    /// The only column of a query inside.
    fn column(&self, query: &Query) -> Outcome<Vec<Val>> {
        let table = interpret::rows(self.rows, query, Some(self), true)?;
        Ok(table.rows.into_iter().filter_map(|row| row.cells.into_iter().next()).collect())
    }

    fn folded(&self, aggregate: &Aggregate<usize>) -> Outcome<Val> {
        let mut values = Vec::new();
        let own = self.scope.own.iter().find(|(known, _)| known == aggregate);
        let own = own.map_or(&[][..], |(_, vars)| vars);
        let mut seen = BTreeSet::new();
        for Member { base, binding, cells } in self.group {
            let rows: Vec<Option<usize>> = own.iter().map(|var| binding[*var]).collect();
            if !seen.insert((*base, rows)) {
                continue;
            }
            let row = Env { binding, cells, group: &[], windows: &[], ..*self };
            if let Some(filter) = &aggregate.filter
                && !row.holds(filter)?
            {
                continue;
            }
            let value = row.value(&aggregate.arg)?;
            if value != Val::Null {
                values.push(value);
            }
        }
        if aggregate.distinct {
            values = values.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        }
        Ok(fold(aggregate.of, values))
    }

    fn truth(&self, cond: &Cond<usize>) -> Outcome<Truth> {
        Ok(match cond {
            Cond::Const(yes) => Some(*yes),
            Cond::Is(ex) => match self.value(ex)? {
                Val::Bool(yes) => Some(yes),
                _ => None,
            },
            Cond::Compare(op, one, two) => compare(*op, &self.value(one)?, &self.value(two)?),
            Cond::Range(of, from, to) => {
                let (of, from, to) = (self.value(of)?, self.value(from)?, self.value(to)?);
                and(compare(Op::Gte, &of, &from), compare(Op::Lte, &of, &to))
            }
            Cond::In(of, values) => member(&self.value(of)?, values),
            Cond::InQuery(of, query) => {
                let mut values = self.column(query)?;
                values.retain(|value| *value != Val::Null);
                member(&self.value(of)?, &values)
            }
            Cond::IsNull(of, yes) => Some((self.value(of)? == Val::Null) == *yes),
            Cond::Text(op, of, text) => match self.value(of)? {
                Val::Text(of) => Some(match op {
                    TextOp::Contains => of.contains(text.as_str()),
                    TextOp::StartsWith => of.starts_with(text.as_str()),
                    TextOp::IExact => of.eq_ignore_ascii_case(text),
                }),
                _ => None,
            },
            Cond::Exists(query) => {
                Some(!interpret::rows(self.rows, query, Some(self), true)?.rows.is_empty())
            }
            // The complement: what is unknown is not so.
            Cond::Not(inner) => Some(!self.holds(inner)?),
            Cond::And(all) => {
                let mut truth = Some(true);
                for cond in all {
                    truth = and(truth, self.truth(cond)?);
                }
                truth
            }
            Cond::Or(any) => {
                let mut truth = Some(false);
                for cond in any {
                    truth = or(truth, self.truth(cond)?);
                }
                truth
            }
            Cond::Xor(one, two) => Some(self.holds(one)? != self.holds(two)?),
            Cond::Some(related) => Some(self.is_there(related)?),
        })
    }

    /// Whether there are related rows with which a condition holds.
    fn is_there(&self, related: &Related) -> Outcome<bool> {
        let mut found = false;
        let base = self.binding[0];
        bindings(self.rows, &related.scope.vars, base, &mut |binding| {
            let row = Env { scope: &related.scope, binding, ..*self };
            found = found || row.holds(&related.condition)?;
            Ok(())
        })?;
        Ok(found)
    }
}

/// An aggregate of values that are not NULL.
pub fn fold(of: Fold, values: Vec<Val>) -> Val {
    match of {
        Fold::Count => Val::Int(values.len() as i64),
        Fold::Min => values.into_iter().min().unwrap_or(Val::Null),
        Fold::Max => values.into_iter().max().unwrap_or(Val::Null),
        Fold::Sum | Fold::Avg if values.is_empty() => Val::Null,
        Fold::Sum => match values[0] {
            Val::Decimal(_) => Val::Decimal(values.iter().map(int).sum()),
            _ => Val::Int(values.iter().map(int).sum()),
        },
        Fold::Avg => {
            let parts = if let Val::Decimal(_) = values[0] { 1 } else { 100 };
            let (sum, count) = (values.iter().map(int).sum::<i64>() * parts, values.len() as i64);
            // Half a hundredth is a whole one, below zero as well.
            let rounded = (sum.abs() * 2 + count) / (count * 2);
            Val::Decimal(rounded * sum.signum())
        }
    }
}

/// Each way to give the variables rows, from a first row on.
pub fn bindings(
    rows: &Rows,
    vars: &[Var],
    base: Option<usize>,
    each: &mut impl FnMut(&[Option<usize>]) -> Outcome<()>,
) -> Outcome<()> {
    let mut binding = vec![base];
    extend(rows, vars, &mut binding, each)
}

fn extend(
    rows: &Rows,
    vars: &[Var],
    binding: &mut Binding,
    each: &mut impl FnMut(&[Option<usize>]) -> Outcome<()>,
) -> Outcome<()> {
    let Some(var) = vars.get(binding.len()) else { return each(binding) };
    let from = vars[var.parent()].table;
    let found = match (binding[var.parent()], var.hop) {
        (Some(row), Some(hop)) => rows.follow(from, row, hop),
        _ => Vec::new(),
    };
    if found.is_empty() {
        binding.push(None);
        extend(rows, vars, binding, each)?;
        binding.pop();
    }
    for row in found {
        binding.push(Some(row));
        extend(rows, vars, binding, each)?;
        binding.pop();
    }
    Ok(())
}

fn and(one: Truth, two: Truth) -> Truth {
    match (one, two) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn or(one: Truth, two: Truth) -> Truth {
    match (one, two) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

fn member(of: &Val, values: &[Val]) -> Truth {
    match of {
        _ if values.is_empty() => Some(false),
        Val::Null => None,
        of => Some(values.contains(of)),
    }
}

/// `ne` is "is different from", NULL included; every other comparison with NULL is unknown.
fn compare(op: Op, one: &Val, two: &Val) -> Truth {
    if op == Op::Ne {
        return Some(one != two);
    }
    if *one == Val::Null || *two == Val::Null {
        return None;
    }
    let order = one.cmp(two);
    Some(match op {
        Op::Eq => order == Ordering::Equal,
        Op::Gt => order == Ordering::Greater,
        Op::Gte => order != Ordering::Less,
        Op::Lt => order == Ordering::Less,
        Op::Lte | Op::Ne => order != Ordering::Greater,
    })
}

fn int(value: &Val) -> i64 {
    match value {
        Val::Int(n) | Val::Decimal(n) => *n,
        _ => 0,
    }
}

/// A number of the type of another one.
fn number(like: &Val, number: i64) -> Val {
    match like {
        Val::Decimal(_) => Val::Decimal(number),
        _ => Val::Int(number),
    }
}

fn unary(op: Unary, arg: Val) -> Val {
    match (op, arg) {
        (_, Val::Null) => Val::Null,
        (Unary::Negative, arg) => number(&arg, -int(&arg)),
        (Unary::Abs, arg) => number(&arg, int(&arg).abs()),
        (Unary::Year, Val::Date(date)) => Val::Int(i64::from(date.year())),
        (Unary::Month, Val::Date(date)) => Val::Int(i64::from(date.month())),
        (Unary::Quarter, Val::Date(date)) => Val::Int(i64::from(date.month0() / 3 + 1)),
        (Unary::TruncYear, Val::Date(date)) => date.with_ordinal(1).map_or(Val::Null, Val::Date),
        (Unary::TruncMonth, Val::Date(date)) => date.with_day(1).map_or(Val::Null, Val::Date),
        (Unary::Lower, Val::Text(text)) => Val::Text(text.to_lowercase()),
        (Unary::Length, Val::Text(text)) => Val::Int(text.chars().count() as i64),
        (_, arg) => arg,
    }
}

fn binary(op: Binary, one: Val, two: Val) -> Val {
    let null = one == Val::Null || two == Val::Null;
    match op {
        Binary::Add | Binary::Subtract if null => Val::Null,
        Binary::Add => number(&one, int(&one) + int(&two)),
        Binary::Subtract => number(&one, int(&one) - int(&two)),
        Binary::Coalesce if one == Val::Null => two,
        Binary::NullIf if !null && one == two => Val::Null,
        Binary::Coalesce | Binary::NullIf => one,
        // NULLs are passed over.
        Binary::Greatest if null => one.max(two),
        Binary::Least if null => one.max(two),
        Binary::Greatest => one.max(two),
        Binary::Least => one.min(two),
        Binary::Concat => {
            let text = |value| if let Val::Text(text) = value { text } else { String::new() };
            Val::Text(text(one) + &text(two))
        }
    }
}
