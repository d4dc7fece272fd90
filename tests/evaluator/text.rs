//! Descriptions as one reads them: `reviews.stars > 7003`.

use super::spec::{
    Aggregate, Binary, By, Call, Cond, Ex, Kind, Op, Path, Query, Unary, Val, Window,
};
use std::fmt::{self, Debug, Display, Formatter, Result};

/// How a column is reached, as text.
pub trait Reached {
    fn prefix(&self) -> String;
}

impl Reached for Path {
    fn prefix(&self) -> String {
        self.iter().map(|name| format!("{name}.")).collect()
    }
}

impl Reached for usize {
    fn prefix(&self) -> String {
        format!("v{self}.")
    }
}

/// Things with commas between them.
fn joined<T: Debug>(things: &[T]) -> String {
    things.iter().map(|thing| format!("{thing:?}")).collect::<Vec<_>>().join(", ")
}

impl Debug for Val {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Val::Null => f.write_str("NULL"),
            Val::Bool(yes) => write!(f, "{yes}"),
            Val::Int(n) => write!(f, "{n}"),
            Val::Decimal(n) => write!(f, "{}.{:02}", n / 100, (n % 100).abs()),
            Val::Date(date) => write!(f, "{date}"),
            Val::Text(text) => write!(f, "{text:?}"),
        }
    }
}

impl<P: Reached> Debug for Ex<P> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match &self.kind {
            Kind::Column(path, column) => write!(f, "{}{column}", path.prefix()),
            Kind::Cell(place) => write!(f, "cell{place}"),
            Kind::Outer(path, column) => write!(f, "outer.{}{column}", path.prefix()),
            Kind::Around(var, column) => write!(f, "outer.v{var}.{column}"),
            Kind::Value(value) => value.fmt(f),
            Kind::Unary(Unary::Negative, arg) => write!(f, "-{arg:?}"),
            Kind::Unary(op, arg) => write!(f, "{op:?}({arg:?})"),
            Kind::Binary(Binary::Add, one, two) => write!(f, "({one:?} + {two:?})"),
            Kind::Binary(Binary::Subtract, one, two) => write!(f, "({one:?} - {two:?})"),
            Kind::Binary(op, one, two) => write!(f, "{op:?}({one:?}, {two:?})"),
            Kind::Case(when, then, None) => write!(f, "case({when:?} => {then:?})"),
            Kind::Case(when, then, Some(other)) => {
                write!(f, "case({when:?} => {then:?}, else {other:?})")
            }
            Kind::Condition(condition) => condition.fmt(f),
            Kind::Aggregate(aggregate) => aggregate.fmt(f),
            Kind::Window(window) => window.fmt(f),
            Kind::First(query) => write!(f, "subquery({query:?})"),
        }
    }
}

impl<P: Reached> Debug for Aggregate<P> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let distinct = if self.distinct { "distinct " } else { "" };
        write!(f, "{:?}({distinct}{:?})", self.of, self.arg)?;
        self.filter.as_ref().map_or(Ok(()), |filter| write!(f, ".filter({filter:?})"))
    }
}

impl<P: Reached> Debug for Window<P> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{:?}({})", self.of, joined(self.arg.as_slice()))?;
        write!(f, ".over(by {}; order {}", joined(&self.partition), joined(&self.order))?;
        self.rows.map_or(Ok(()), |rows| write!(f, "; rows {rows:?}"))?;
        f.write_str(")")
    }
}

impl<P: Reached> Debug for Cond<P> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let between = |f: &mut Formatter<'_>, all: &[Cond<P>], word: &str| {
            let all: Vec<String> = all.iter().map(|cond| format!("{cond:?}")).collect();
            write!(f, "({})", all.join(word))
        };
        match self {
            Cond::Const(yes) => write!(f, "{yes}"),
            Cond::Is(ex) => ex.fmt(f),
            Cond::Compare(op, one, two) => {
                let sign = match op {
                    Op::Eq => "=",
                    Op::Ne => "!=",
                    Op::Gt => ">",
                    Op::Gte => ">=",
                    Op::Lt => "<",
                    Op::Lte => "<=",
                };
                write!(f, "{one:?} {sign} {two:?}")
            }
            Cond::Range(of, from, to) => write!(f, "{of:?} in {from:?}..={to:?}"),
            Cond::In(of, values) => write!(f, "{of:?} in [{}]", joined(values)),
            Cond::InQuery(of, query) => write!(f, "{of:?} in ({query:?})"),
            Cond::IsNull(of, yes) => write!(f, "{of:?} is null = {yes}"),
            Cond::Text(op, of, text) => write!(f, "{of:?} {op:?} {text:?}"),
            Cond::Exists(query) => write!(f, "exists({query:?})"),
            Cond::Not(inner) => write!(f, "!({inner:?})"),
            Cond::And(all) => between(f, all, " & "),
            Cond::Or(any) => between(f, any, " | "),
            Cond::Xor(one, two) => write!(f, "({one:?} ^ {two:?})"),
            Cond::Some(related) => write!(f, "some({:?})", related.condition),
        }
    }
}

impl<P: Reached> Debug for By<P> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let desc = if self.desc { " desc" } else { "" };
        let nulls = match self.nulls_first {
            None => "",
            Some(true) => " nulls first",
            Some(false) => " nulls last",
        };
        write!(f, "{:?}{desc}{nulls}", self.key)
    }
}

impl Debug for Call {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Call::Filter(cond) => write!(f, ".filter({cond:?})"),
            Call::Exclude(cond) => write!(f, ".exclude({cond:?})"),
            Call::Annotate(exprs) => write!(f, ".annotate({})", joined(exprs)),
            Call::Values(exprs) => write!(f, ".values({})", joined(exprs)),
            Call::OrderBy(by) => write!(f, ".order_by({})", joined(by)),
            Call::Set(ex) => write!(f, ".update(text + {ex:?})"),
            Call::Nested => f.write_str(".nested()"),
            Call::Reverse => f.write_str(".reverse()"),
            Call::Distinct => f.write_str(".distinct()"),
            Call::DistinctOn(exprs) => write!(f, ".distinct_on({})", joined(exprs)),
            Call::Total(exprs) => write!(f, ".aggregate({})", joined(exprs)),
            Call::Related(how, name) => write!(f, ".related({how:?}, {name})"),
            Call::Dates(ex) => write!(f, ".dates({ex:?})"),
            Call::Prefetch(name, calls) => {
                write!(f, ".prefetch_related({name}")?;
                calls.iter().try_for_each(|call| call.fmt(f))?;
                f.write_str(")")
            }
            Call::Slice(None, offset) => write!(f, ".offset({offset})"),
            Call::Slice(Some(limit), offset) => write!(f, ".slice({offset}..{})", offset + limit),
            Call::Combine(joint, other) => write!(f, ".{joint:?}({other:?})"),
            Call::Together(sets, other) => write!(f, ".{}({other:?})", sets.name()),
            Call::Join(join) => {
                let left = if join.left { "left_" } else { "" };
                write!(f, ".{left}join({:?}, on {:?})", join.rows, join.on)
            }
            Call::With(None) => f.write_str(".cte().objects()"),
            Call::With(Some(on)) => write!(f, ".cte().objects().join(the same, on {on:?})"),
        }
    }
}

impl Debug for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(self.model)?;
        self.calls.iter().try_for_each(|call| call.fmt(f))
    }
}

impl Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.model)?;
        self.calls.iter().try_for_each(|call| write!(f, "\n    {call:?}"))
    }
}
