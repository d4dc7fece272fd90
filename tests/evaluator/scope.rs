//! Which rows an expression speaks of: each path becomes a variable that stands for a joined row.
//!
//! The rules are Django's. To-one paths always share their row. Over to-many relations the
//! conditions of one `filter` share a related row, those of another have their own, and what is
//! selected or ordered by takes the last one that fits. A negated condition over a to-many
//! relation speaks of all related rows (decision 7).

use super::outer;
use super::schema::{self, Hop};
use super::spec::{Aggregate, By, Cond, Ex, Kind, Op, Path, Query};

/// A row that is joined to another one: all that fit, or a missing one where none does.
#[derive(Clone, PartialEq)]
pub struct Var {
    /// The variable of the row that it is joined to; the first has none.
    parent: usize,
    pub hop: Option<Hop>,
    pub table: &'static str,
    call: usize,
}

impl Var {
    pub fn parent(&self) -> usize {
        self.parent
    }
}

/// The variables of one SELECT.
#[derive(Clone, PartialEq)]
pub struct Scope {
    pub model: &'static str,
    pub vars: Vec<Var>,
    call: usize,
    /// Aggregates with the rows that they were given: the same one again is of the same rows.
    aggregates: Vec<(Aggregate<Path>, Aggregate<usize>)>,
    /// The variables that tell the rows of aggregates apart.
    pub own: Vec<(Aggregate<usize>, Vec<usize>)>,
}

/// Related rows, and what is asked of them.
#[derive(Clone, PartialEq)]
pub struct Related {
    pub scope: Scope,
    pub condition: Cond<usize>,
}

/// Where an expression stands.
#[derive(Clone, Copy)]
pub struct Place {
    /// Within a call of `filter`, whose rows it shares.
    call: bool,
    /// A negation here speaks of all related rows.
    splits: bool,
}

impl Place {
    pub const FILTER: Place = Place { call: true, splits: true };
    pub const VALUE: Place = Place { call: false, splits: false };

    /// Within an expression.
    fn inside(self) -> Place {
        Place { splits: false, ..self }
    }
}

impl Scope {
    pub fn new(model: &'static str) -> Scope {
        let root = Var { parent: 0, hop: None, table: model, call: 0 };
        Scope { model, vars: vec![root], call: 0, aggregates: Vec::new(), own: Vec::new() }
    }

    /// Another call of `filter`.
    pub fn next_call(&mut self) {
        self.call += 1;
    }

    /// The variable at the end of a path.
    fn var(&mut self, path: &Path, place: Place) -> usize {
        let mut at = 0;
        let mut model = self.model;
        for name in path {
            let relation = schema::relation(model, name);
            model = relation.target;
            for hop in relation.hops {
                at = self.hop(at, *hop, place);
            }
        }
        at
    }

    fn hop(&mut self, at: usize, hop: Hop, place: Place) -> usize {
        let call = self.call;
        let fits = |var: &Var| {
            (var.parent, var.hop) == (at, Some(hop))
                && (!hop.is_many() || !place.call || var.call == call)
        };
        let found = self.vars.iter().rposition(fits).unwrap_or_else(|| {
            self.vars.push(Var { parent: at, hop: Some(hop), table: hop.table(), call: 0 });
            self.vars.len() - 1
        });
        if place.call {
            self.vars[found].call = call;
        }
        found
    }

    /// The aggregates, as they are evaluated.
    pub fn aggregates(&self) -> impl Iterator<Item = &Aggregate<usize>> {
        self.aggregates.iter().map(|(_, aggregate)| aggregate)
    }

    /// The variables on the way to one that stand for one of many rows, itself included; the first of
    /// them is the last here.
    pub fn many_on_way(&self, var: usize) -> Vec<usize> {
        let mut many = Vec::new();
        let mut at = var;
        while let Some(hop) = self.vars[at].hop {
            if hop.is_many() {
                many.push(at);
            }
            at = self.vars[at].parent;
        }
        many
    }

    /// The last row before a variable's that is one of many; where a condition chooses it, that row.
    fn one_of_many(&self, var: usize) -> Option<usize> {
        let mut at = var;
        let mut chosen = None;
        while let Some(hop) = self.vars[at].hop {
            if hop.is_many() {
                return chosen.or(Some(at));
            }
            // What a link leads to.
            if matches!(hop, Hop::Least(..))
                && self.vars[self.vars[at].parent].table == "authorship"
            {
                chosen = chosen.or(Some(at));
            }
            at = self.vars[at].parent;
        }
        None
    }

    pub fn expression(&mut self, ex: &Ex, place: Place) -> Ex<usize> {
        let kind = match &ex.kind {
            Kind::Column(path, column) => Kind::Column(self.var(path, place), column),
            Kind::Cell(place) => Kind::Cell(*place),
            Kind::Outer(path, column) => Kind::Outer(path.clone(), column),
            Kind::Around(var, column) => Kind::Around(*var, column),
            Kind::Value(value) => Kind::Value(value.clone()),
            Kind::Unary(op, arg) => Kind::Unary(*op, self.boxed(arg, place)),
            Kind::Binary(op, one, two) => {
                Kind::Binary(*op, self.boxed(one, place), self.boxed(two, place))
            }
            Kind::Case(when, then, otherwise) => Kind::Case(
                Box::new(self.condition(when, place.inside())),
                self.boxed(then, place),
                otherwise.as_ref().map(|other| self.boxed(other, place)),
            ),
            Kind::Condition(condition) => {
                Kind::Condition(Box::new(self.condition(condition, place.inside())))
            }
            Kind::Aggregate(aggregate) => Kind::Aggregate(Box::new(self.aggregate(aggregate))),
            Kind::Window(window) => Kind::Window(Box::new(self.window(window))),
            Kind::First(query) => Kind::First(query.clone()),
        };
        Ex { ty: ex.ty, kind }
    }

    fn aggregate(&mut self, aggregate: &Aggregate<Path>) -> Aggregate<usize> {
        if let Some((_, known)) = self.aggregates.iter().find(|(seen, _)| seen == aggregate) {
            return known.clone();
        }
        let made = Aggregate {
            of: aggregate.of,
            arg: self.expression(&aggregate.arg, Place::VALUE),
            distinct: aggregate.distinct,
            filter: aggregate.filter.as_ref().map(|cond| self.condition(cond, Place::VALUE)),
        };
        self.aggregates.push((aggregate.clone(), made.clone()));
        made
    }

    fn boxed(&mut self, ex: &Ex, place: Place) -> Box<Ex<usize>> {
        Box::new(self.expression(ex, place.inside()))
    }

    pub fn condition(&mut self, cond: &Cond, place: Place) -> Cond<usize> {
        match cond {
            Cond::Const(yes) => Cond::Const(*yes),
            Cond::Is(ex) => Cond::Is(self.expression(ex, place)),
            Cond::Compare(Op::Ne, one, two) => self.different(one, two, place),
            Cond::Compare(op, one, two) => {
                Cond::Compare(*op, self.expression(one, place), self.expression(two, place))
            }
            Cond::Range(of, from, to) => Cond::Range(
                self.expression(of, place),
                self.expression(from, place),
                self.expression(to, place),
            ),
            Cond::In(of, values) => Cond::In(self.expression(of, place), values.clone()),
            Cond::InQuery(of, query) => {
                let of = self.expression(of, place);
                Cond::InQuery(of, Box::new(self.referring(query)))
            }
            Cond::IsNull(of, yes) => Cond::IsNull(self.expression(of, place), *yes),
            Cond::Text(op, of, text) => Cond::Text(*op, self.expression(of, place), text.clone()),
            Cond::Exists(query) => Cond::Exists(Box::new(self.referring(query))),
            // Twice negated is not negated.
            Cond::Not(inner) if let Cond::Not(twice) = &**inner => self.condition(twice, place),
            Cond::Not(inner) => Cond::Not(Box::new(self.negated(inner, place))),
            Cond::And(all) => Cond::And(all.iter().map(|c| self.condition(c, place)).collect()),
            Cond::Or(any) => Cond::Or(any.iter().map(|c| self.condition(c, place)).collect()),
            Cond::Xor(one, two) => {
                let one = self.condition(one, place);
                Cond::Xor(Box::new(one), Box::new(self.condition(two, place)))
            }
            Cond::Some(related) => Cond::Some(related.clone()),
        }
    }

    /// A query that refers to rows of this one as a condition in its place would.
    fn referring(&mut self, query: &Query) -> Query {
        let model = self.model;
        outer::with_variables(query, &mut |path| {
            let place = Place { splits: false, ..Place::FILTER };
            schema::is_many(model, path).then(|| self.var(path, place))
        })
    }

    /// `ne` over a to-many relation speaks of a related row that is there: one that is missing is
    /// different from nothing, unless the expression makes a value of it, as `coalesce` does.
    fn different(&mut self, one: &Ex, two: &Ex, place: Place) -> Cond<usize> {
        let (one, two) = (self.expression(one, place), self.expression(two, place));
        let mut all = vec![Cond::Compare(Op::Ne, one.clone(), two.clone())];
        for side in [one, two] {
            let mut vars = Vec::new();
            columns(&side, &mut vars);
            for many in vars.into_iter().filter_map(|var| self.one_of_many(var)) {
                let key = Ex { ty: super::spec::Ty::I64, kind: Kind::Column(many, "id") };
                let there = Cond::IsNull(key, false);
                all.push(Cond::Or(vec![there, Cond::IsNull(side.clone(), false)]));
            }
        }
        Cond::And(all)
    }

    /// The condition of `exclude`: each row once that `filter` would not find.
    pub fn exclusion(&mut self, cond: &Cond) -> Cond<usize> {
        Cond::Not(Box::new(self.negated(cond, Place::FILTER)))
    }

    /// What a negation speaks of: of related rows, whether there is one.
    fn negated(&mut self, inner: &Cond, place: Place) -> Cond<usize> {
        if !place.splits || has_aggregate(inner) || !self.is_over_many(inner) {
            return self.condition(inner, place);
        }
        let mut scope = Scope::new(self.model);
        let condition = scope.condition(inner, Place::FILTER);
        Cond::Some(Box::new(Related { scope, condition }))
    }

    fn is_over_many(&self, cond: &Cond) -> bool {
        let mut many = false;
        each_expression(cond, &mut |ex| {
            if let Kind::Column(path, _) = &ex.kind {
                many |= schema::is_many(self.model, path);
            }
        });
        many || outer::refers_to_many(cond, self.model)
    }

    /// An ordering: by what is selected, where it is that.
    pub fn ordering(&mut self, by: &By, selected: &[(Ex, Ex<usize>)]) -> By<usize> {
        let key = self.known(&by.key, selected);
        By { key, desc: by.desc, nulls_first: by.nulls_first }
    }

    /// An expression: that of the selection, where it is selected.
    pub fn known(&mut self, ex: &Ex, selected: &[(Ex, Ex<usize>)]) -> Ex<usize> {
        match selected.iter().find(|(known, _)| known == ex) {
            Some((_, resolved)) => resolved.clone(),
            None => self.expression(ex, Place::VALUE),
        }
    }
}

/// The variables that an expression reads outside of aggregates.
fn columns(ex: &Ex<usize>, vars: &mut Vec<usize>) {
    walk(ex, &mut |ex| match &ex.kind {
        Kind::Column(var, _) => {
            vars.push(*var);
            true
        }
        Kind::Aggregate(_) => false,
        _ => true,
    });
}

/// An expression and those inside of it, where the function says to go on.
pub fn walk<P>(ex: &Ex<P>, visit: &mut impl FnMut(&Ex<P>) -> bool) {
    if !visit(ex) {
        return;
    }
    match &ex.kind {
        Kind::Unary(_, arg) => walk(arg, visit),
        Kind::Binary(_, one, two) => {
            walk(one, visit);
            walk(two, visit);
        }
        Kind::Case(when, then, otherwise) => {
            walk_condition(when, visit);
            walk(then, visit);
            if let Some(otherwise) = otherwise {
                walk(otherwise, visit);
            }
        }
        Kind::Condition(condition) => walk_condition(condition, visit),
        Kind::Aggregate(aggregate) => {
            walk(&aggregate.arg, visit);
            if let Some(filter) = &aggregate.filter {
                walk_condition(filter, visit);
            }
        }
        Kind::Window(window) => {
            let order = window.order.iter().map(|by| &by.key);
            let all = window.arg.iter().chain(&window.partition).chain(order);
            all.for_each(|ex| walk(ex, visit));
        }
        Kind::Column(..)
        | Kind::Cell(_)
        | Kind::Outer(..)
        | Kind::Around(..)
        | Kind::Value(_)
        | Kind::First(_) => {}
    }
}

/// The expressions of a condition, and those inside of them.
pub fn walk_condition<P>(cond: &Cond<P>, visit: &mut impl FnMut(&Ex<P>) -> bool) {
    match cond {
        Cond::Is(ex) | Cond::In(ex, _) | Cond::InQuery(ex, _) | Cond::IsNull(ex, _) => {
            walk(ex, visit);
        }
        Cond::Text(_, ex, _) => walk(ex, visit),
        Cond::Compare(_, one, two) => {
            walk(one, visit);
            walk(two, visit);
        }
        Cond::Range(of, from, to) => {
            walk(of, visit);
            walk(from, visit);
            walk(to, visit);
        }
        Cond::Not(inner) => walk_condition(inner, visit),
        Cond::And(all) | Cond::Or(all) => {
            for cond in all {
                walk_condition(cond, visit);
            }
        }
        Cond::Xor(one, two) => {
            walk_condition(one, visit);
            walk_condition(two, visit);
        }
        Cond::Const(_) | Cond::Exists(_) | Cond::Some(_) => {}
    }
}

fn each_expression<P>(cond: &Cond<P>, visit: &mut impl FnMut(&Ex<P>)) {
    walk_condition(cond, &mut |ex| {
        visit(ex);
        true
    });
}

/// True where an aggregate is in a condition.
pub fn has_aggregate<P>(cond: &Cond<P>) -> bool {
    let mut found = false;
    each_expression(cond, &mut |ex| found |= matches!(ex.kind, Kind::Aggregate(_)));
    found
}

/// True where an aggregate is in an expression.
pub fn is_aggregated<P>(ex: &Ex<P>) -> bool {
    let mut found = false;
    walk(ex, &mut |ex| {
        found |= matches!(ex.kind, Kind::Aggregate(_));
        true
    });
    found
}
