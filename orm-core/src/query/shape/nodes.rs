//! The shapes of expressions.

use super::{Kind, Shape, Token, address};
use crate::ir::{
    AggregateNode, CaseNode, Comparison, FrameBound, FrameNode, Members, Node, OrderNode, Query,
    Terms, WindowNode, WindowSpec,
};
use crate::query::compare::is_unaccented;
use orm_sql::value::{SqlType, SqlValue};

/// Longer lists of conditions are compiled each time: few are alike.
const MOST_TERMS: usize = 200;

/// Longer shapes cost more than they are worth.
const MOST_TOKENS: usize = 4_000;

/// What is compared without accents has other text for values than anything else.
fn with_accents(left: &Node) -> Option<()> {
    (!is_unaccented(left)).then_some(())
}

impl Shape {
    /// An expression; `None` where its text depends on more than tokens say.
    pub(super) fn node(&mut self, node: &Node) -> Option<()> {
        (self.tokens.len() <= MOST_TOKENS).then_some(())?;
        match node {
            Node::Column { path, field } => {
                self.is(Kind::Column);
                self.path_to(path, address(*field))
            }
            Node::Relation(path) => {
                self.is(Kind::Relation);
                self.path(path)
            }
            Node::Value(value, sql_type) => self.value(value, *sql_type),
            Node::Row(values) => self.row(values),
            Node::Bool(constant) => {
                self.is(Kind::Bool);
                self.flag(*constant);
                Some(())
            }
            Node::And(terms) => self.terms(Kind::And, terms),
            Node::Or(terms) => self.terms(Kind::Or, terms),
            Node::Xor(terms) => self.terms(Kind::Xor, terms),
            Node::Not(inner) => {
                self.is(Kind::Not);
                self.node(inner)
            }
            Node::Compare(op, pair) => self.comparison(*op, pair),
            Node::IsNull(one, null) => {
                self.is(Kind::IsNull);
                self.flag(*null);
                self.node(one)
            }
            Node::Between(three) => {
                self.is(Kind::Between);
                three.iter().try_for_each(|node| self.node(node))
            }
            Node::In(one, members) => self.membership(one, members),
            calculated => {
                self.in_expressions = true;
                self.calculated(calculated)
            }
        }
    }

    fn comparison(&mut self, op: Comparison, [left, right]: &[Node; 2]) -> Option<()> {
        with_accents(left)?;
        self.push(Token::Compare(op));
        self.node(left)?;
        match right {
            Node::Value(value, sql_type) => self.looked_for(op, value, *sql_type),
            right => self.node(right),
        }
    }

    fn calculated(&mut self, node: &Node) -> Option<()> {
        match node {
            Node::Template(template, args) => {
                self.is(Kind::Template);
                self.address(*template);
                self.nodes(args)
            }
            Node::Cast(inner, sql_type) => {
                self.is(Kind::Cast);
                self.push(Token::Type(*sql_type));
                self.node(inner)
            }
            Node::Collate(inner, name) => {
                self.is(Kind::Collate);
                self.text(name);
                self.node(inner)
            }
            Node::Aggregate(aggregate) => self.aggregate(aggregate),
            Node::Window(window) => self.window(window),
            Node::Case(case) => self.case(case),
            Node::Exists(query) => self.inner(Kind::Exists, query),
            Node::Subquery(query) => self.inner(Kind::Subquery, query),
            Node::Outer(inner) => {
                self.is(Kind::Outer);
                self.node(inner)
            }
            Node::Output(scope, place, sql_type) => {
                self.is(Kind::Output);
                self.scope(*scope);
                self.count(*place);
                self.push(Token::Type(*sql_type));
                Some(())
            }
            Node::Raw(sql, args) => {
                self.is(Kind::Raw);
                self.text(sql.as_str());
                self.nodes(args)
            }
            // What fails has no statement.
            _ => None,
        }
    }

    fn inner(&mut self, kind: Kind, query: &Query) -> Option<()> {
        self.is(kind);
        self.query(query)
    }

    pub(super) fn nodes(&mut self, nodes: &[Node]) -> Option<()> {
        self.count(nodes.len());
        nodes.iter().try_for_each(|node| self.node(node))
    }

    pub(super) fn optional(&mut self, node: Option<&Node>) -> Option<()> {
        match node {
            Some(node) => self.node(node),
            None => {
                self.is(Kind::None);
                Some(())
            }
        }
    }

    fn terms(&mut self, kind: Kind, terms: &Terms) -> Option<()> {
        (terms.len() <= MOST_TERMS).then_some(())?;
        self.is(kind);
        self.count(terms.len());
        terms.iter().try_for_each(|node| self.node(node))
    }

    /// A key: its values have the types of what they are compared with, or their own.
    fn row(&mut self, values: &[SqlValue]) -> Option<()> {
        self.is(Kind::Row);
        self.count(values.len());
        values.iter().try_for_each(|value| self.value(value, value.own_type()))
    }

    fn membership(&mut self, one: &Node, members: &Members) -> Option<()> {
        with_accents(one)?;
        let known = |values: &mut dyn Iterator<Item = &SqlValue>| {
            let known: Vec<_> = values.filter(|value| !value.is_null()).cloned().collect();
            (!known.is_empty()).then_some(SqlValue::Array(known))
        };
        match members {
            // Each array of an array of arrays is a parameter of its own.
            Members::Values(_, SqlType::Array(_)) => return None,
            Members::Values(values, sql_type) => {
                self.is(Kind::InValues);
                self.push(Token::Type(**sql_type));
                self.keep(known(&mut values.iter())?)?;
            }
            Members::Array(cells, sql_type) => {
                self.is(Kind::InArray);
                self.push(Token::Type(**sql_type));
                self.keep(cells.clone())?;
            }
            Members::Keys(keys) => {
                keys.iter().all(|key| key.len() == 1).then_some(())?;
                self.is(Kind::InKeys);
                self.keep(known(&mut keys.iter().flatten())?)?;
            }
            Members::Nodes(nodes) => {
                self.is(Kind::InNodes);
                self.in_expressions = true;
                self.nodes(nodes)?;
            }
            Members::Query(query) => {
                self.is(Kind::InQuery);
                self.in_expressions = true;
                self.query(query)?;
            }
        }
        self.node(one)
    }

    fn aggregate(&mut self, aggregate: &AggregateNode) -> Option<()> {
        // Every field is named, so that a new one cannot be forgotten here.
        let AggregateNode { function, args, distinct, filter, order, default, joined } = aggregate;
        self.is(Kind::Aggregate);
        self.address(*function);
        self.flag(*distinct);
        self.flag(*joined);
        self.nodes(args)?;
        self.optional(filter.as_ref())?;
        self.order(order)?;
        self.optional(default.as_ref())
    }

    fn window(&mut self, window: &WindowNode) -> Option<()> {
        let WindowNode { function, over } = window;
        let WindowSpec { partition, order, frame } = over;
        self.is(Kind::Window);
        self.node(function)?;
        self.nodes(partition)?;
        self.order(order)?;
        let Some(FrameNode { unit, start, end, without }) = frame else {
            self.is(Kind::None);
            return Some(());
        };
        self.word(*unit as u64);
        self.word(without.map_or(0, |without| 1 + without as u64));
        self.bound(start)?;
        self.bound(end)
    }

    fn bound(&mut self, bound: &FrameBound) -> Option<()> {
        match bound {
            FrameBound::Unbounded => {
                self.is(Kind::Unbounded);
                Some(())
            }
            FrameBound::Rows(rows) => {
                self.is(Kind::Rows);
                self.word(rows.cast_unsigned());
                Some(())
            }
            FrameBound::Value { by, sql_type, before } => {
                self.flag(*before);
                self.value(by, *sql_type)
            }
        }
    }

    fn case(&mut self, case: &CaseNode) -> Option<()> {
        let CaseNode { branches, otherwise, sql_type } = case;
        self.is(Kind::Case);
        self.push(Token::Type(*sql_type));
        self.count(branches.len());
        for (when, then) in branches {
            self.node(when)?;
            self.node(then)?;
        }
        self.optional(otherwise.as_ref())
    }

    pub(super) fn order(&mut self, order: &[OrderNode]) -> Option<()> {
        self.count(order.len());
        // The type is that of the node, for those who read it.
        for OrderNode { node, desc, nulls, sql_type: _ } in order {
            self.flag(*desc);
            self.word(nulls.map_or(0, |nulls| 1 + nulls as u64));
            self.node(node)?;
        }
        Some(())
    }
}
