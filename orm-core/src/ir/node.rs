//! Expressions as users wrote them: by path, not yet resolved to tables.
//!
//! Built only by the typed surface in [`crate::expr`] and [`crate::queryset`], so that a node
//! needs no checks of types. Resolving them to an [`orm_sql::ast`] is the work of [`crate::query`].

mod children;
mod depth;
mod terms;
mod window;

pub use children::Child;
pub(in crate::ir) use children::ChildMut;
pub use depth::DEEPEST;
pub(crate) use depth::TOO_DEEP;
pub use terms::Terms;

use super::{FieldMeta, PathBuf, Query, Relation, Scope, Step};
use orm_sql::ast::{FrameExclusion, FrameUnit, NullsOrder, Template};
use orm_sql::ident::RawSql;
use orm_sql::value::{SqlType, SqlValue};
use smallvec::{SmallVec, smallvec};

/// The columns of a key with their values.
pub(crate) type KeyParts = SmallVec<[(&'static FieldMeta, Node); 1]>;

/// An untyped expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// The column of a field at the end of a path.
    Column {
        /// Where the row stands.
        path: PathBuf,
        /// The field of that row's model.
        field: &'static FieldMeta,
    },
    /// The row at the end of a path, as its key: `b.author()`.
    Relation(PathBuf),
    /// A value, sent as a parameter of the type.
    Value(SqlValue, SqlType),
    /// The values of a key; `None` types mean "as what it is compared with".
    Row(Vec<SqlValue>),
    /// A constant condition.
    Bool(bool),
    /// All of these.
    And(Terms),
    /// Any of these.
    Or(Terms),
    /// An odd number of these.
    Xor(Terms),
    /// Not this, with NULL as Django has it.
    Not(Box<Node>),
    /// A comparison of two expressions.
    Compare(Comparison, Box<[Node; 2]>),
    /// `IS NULL`, or `IS NOT NULL` when false.
    IsNull(Box<Node>, bool),
    /// `BETWEEN`, both ends included.
    Between(Box<[Node; 3]>),
    /// Membership in a list or in a query's rows.
    In(Box<Node>, Members),
    /// A function, an operator or any other form, by a template of constant text.
    Template(&'static Template, Vec<Node>),
    /// `CAST(… AS type)`.
    Cast(Box<Node>, SqlType),
    /// `… COLLATE "name"`.
    Collate(Box<Node>, String),
    /// An aggregate function.
    Aggregate(Box<AggregateNode>),
    /// A function over a window.
    Window(Box<WindowNode>),
    /// `CASE`.
    Case(Box<CaseNode>),
    /// `EXISTS (query)`.
    Exists(Box<Query>),
    /// A query as a scalar.
    Subquery(Box<Query>),
    /// What is inside belongs to a query further out.
    Outer(Box<Node>),
    /// A column, by its place, of the rows of a query that this scope reads from.
    Output(Scope, usize, SqlType),
    /// SQL text of the user's own, with its parameters for `$1`, `$2`, ….
    Raw(RawSql, Vec<Node>),
    /// No expression could be made, for this reason: it is reported when the statement is compiled.
    Failed(&'static str),
}

impl Node {
    /// True for a column, or for the key of a row: what has no values inside.
    pub(crate) fn is_column(&self) -> bool {
        matches!(self, Node::Column { .. } | Node::Relation(_))
    }

    /// The values of a key.
    pub fn row(values: Vec<SqlValue>) -> Node {
        Node::Row(values)
    }

    /// A key that is missing: comparing with it means `IS NULL`.
    pub fn null() -> Node {
        Node::Row(vec![SqlValue::Null])
    }

    /// The row at the end of a path.
    pub fn relation(path: PathBuf) -> Node {
        Node::Relation(path)
    }

    /// The place of a column among those of the rows of another query that a scope reads from.
    pub(crate) fn place_in(&self, scope: Scope) -> Option<usize> {
        match self {
            Node::Output(of, place, _) if *of == scope => Some(*place),
            Node::Column { path, field } if path.scope == scope => match &*path.steps {
                [Step::Output(first, model), links @ ..] => {
                    let is_link =
                        |step: &Step| matches!(step, Step::Forward(key) if key.parent_link);
                    let place = links.iter().all(is_link).then(|| model.place_of(field))?;
                    Some(usize::from(*first) + place?)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// A key as a value for each of the columns that hold it.
    pub(crate) fn into_parts(self, fields: &'static [FieldMeta]) -> KeyParts {
        let targets = || fields.first().and_then(|field| field.relation).map(Relation::targets);
        match (self, fields) {
            (Node::Row(values), _) => {
                // No key is one NULL, whatever its width.
                let values = values.into_iter().chain(std::iter::repeat(SqlValue::Null));
                let value = |(field, value): (&'static FieldMeta, _)| {
                    (field, Node::Value(value, field.sql_type))
                };
                fields.iter().zip(values).map(value).collect()
            }
            (value, [field]) => smallvec![(field, value)],
            (Node::Outer(inner), _) => {
                let outer = |(field, part)| (field, Node::Outer(Box::new(part)));
                inner.into_parts(fields).into_iter().map(outer).collect()
            }
            (Node::Relation(path), _) => {
                let targets = targets().unwrap_or_default();
                let column = |field| Node::Column { path: path.clone(), field };
                fields.iter().zip(targets.into_iter().map(column)).collect()
            }
            (value, _) => fields.iter().map(|field| (field, value.clone())).collect(),
        }
    }

    /// A comparison.
    pub fn compare(op: Comparison, left: Node, right: Node) -> Node {
        Node::Compare(op, Box::new([left, right]))
    }

    /// Both conditions; one flat list, however a long chain is put together.
    pub fn and(self, other: Node) -> Node {
        match (self, other) {
            (Node::And(all), Node::And(more)) => Node::And(all.append(more)),
            (Node::And(mut all), one) => {
                all.push(one);
                Node::And(all)
            }
            (one, Node::And(mut all)) => {
                all.push_front(one);
                Node::And(all)
            }
            (one, other) => Node::And(Terms::pair(one, other)),
        }
    }

    /// Either condition; one flat list, however a long chain is put together.
    pub fn or(self, other: Node) -> Node {
        match (self, other) {
            (Node::Or(any), Node::Or(more)) => Node::Or(any.append(more)),
            (Node::Or(mut any), one) => {
                any.push(one);
                Node::Or(any)
            }
            (one, Node::Or(mut any)) => {
                any.push_front(one);
                Node::Or(any)
            }
            (one, other) => Node::Or(Terms::pair(one, other)),
        }
    }

    /// An odd number of the conditions; one flat list, however a long chain is put together.
    pub fn xor(self, other: Node) -> Node {
        match (self, other) {
            (Node::Xor(odd), Node::Xor(more)) => Node::Xor(odd.append(more)),
            (Node::Xor(mut odd), one) => {
                odd.push(one);
                Node::Xor(odd)
            }
            (one, Node::Xor(mut odd)) => {
                odd.push_front(one);
                Node::Xor(odd)
            }
            (one, other) => Node::Xor(Terms::pair(one, other)),
        }
    }

    /// The condition's negation: that of a negation is what it negates, as the compiler reads it.
    #[allow(clippy::should_implement_trait)] // beside `and`, `or` and `xor`, which are no operators either
    pub fn not(self) -> Node {
        match self {
            Node::Not(inner) => *inner,
            node => Node::Not(Box::new(node)),
        }
    }

    /// `IS NULL`, or `IS NOT NULL` when `null` is false.
    pub fn is_null(self, null: bool) -> Node {
        Node::IsNull(Box::new(self), null)
    }

    /// A function of these arguments.
    pub fn template(template: &'static Template, args: Vec<Node>) -> Node {
        Node::Template(template, args)
    }
}

/// The comparisons that lookups make. Those of text escape nothing by themselves: a value on the
/// right of `Contains`, `StartsWith`, `EndsWith` is escaped when the statement is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Comparison {
    Eq,
    Ne,
    Gt,
    Gte,
    Lt,
    Lte,
    /// `UPPER(a) = UPPER(b)`
    IExact,
    Contains,
    IContains,
    StartsWith,
    IStartsWith,
    EndsWith,
    IEndsWith,
    /// `~`
    Regex,
    /// `~*`
    IRegex,
    /// Any other operator that is NULL as soon as a side is, as constant text between the two: `@>`,
    /// `&&`, `?`.
    Operator(&'static str),
}

/// The right side of [`Node::In`].
#[derive(Clone, Debug, PartialEq)]
pub enum Members {
    /// Values, sent as one array: `= ANY($1)`. NULLs are left out, as Django does.
    Values(Vec<SqlValue>, &'static SqlType),
    /// Values as one array.
    Array(SqlValue, &'static SqlType),
    /// Keys, whose type is that of the left side; composite ones are compared as rows.
    Keys(Vec<Vec<SqlValue>>),
    /// Expressions, written one by one.
    Nodes(Vec<Node>),
    /// The rows of a query; one of models means its key.
    Query(Box<Query>),
}

/// An aggregate.
#[derive(Clone, Debug, PartialEq)]
pub struct AggregateNode {
    /// The function as a template over the whole argument list: `SUM({})`. The argument list is
    /// put together with DISTINCT and ORDER BY by the compiler.
    pub function: &'static Template,
    /// The arguments; none for `COUNT(*)`.
    pub args: Vec<Node>,
    /// `DISTINCT`.
    pub distinct: bool,
    /// `FILTER (WHERE …)`.
    pub filter: Option<Node>,
    /// `ORDER BY` inside the aggregate.
    pub order: Vec<OrderNode>,
    /// `COALESCE(…, default)`.
    pub default: Option<Node>,
    /// It is of the joined rows, also where other relations multiply them.
    pub joined: bool,
}

/// `… OVER (PARTITION BY … ORDER BY …)`.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowNode {
    /// The function, or an aggregate.
    pub function: Node,
    /// The window.
    pub over: WindowSpec,
}

/// A window.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WindowSpec {
    /// `PARTITION BY`.
    pub partition: Vec<Node>,
    /// `ORDER BY`.
    pub order: Vec<OrderNode>,
    /// Which rows around the current one.
    pub frame: Option<FrameNode>,
}

/// `ROWS BETWEEN … AND …`.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameNode {
    /// What is counted.
    pub unit: FrameUnit,
    /// The first row.
    pub start: FrameBound,
    /// The last row.
    pub end: FrameBound,
    /// Which of them are left out.
    pub without: Option<FrameExclusion>,
}

/// An end of a [`FrameNode`]: before the current row where it is negative.
#[derive(Clone, Debug, PartialEq)]
pub enum FrameBound {
    /// No end.
    Unbounded,
    /// So many rows from the current one.
    Rows(i64),
    /// What the rows are ordered by, plus this, or minus it where that is said.
    Value {
        /// How much.
        by: SqlValue,
        /// Its type.
        sql_type: SqlType,
        /// It is taken away.
        before: bool,
    },
}

/// `CASE WHEN … THEN … ELSE … END`.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseNode {
    /// Conditions and their results.
    pub branches: Vec<(Node, Node)>,
    /// The result where no condition holds; `None` for NULL.
    pub otherwise: Option<Node>,
    /// The type of the result.
    pub sql_type: SqlType,
}

/// One item of an ordering.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderNode {
    /// What to order by. A relation means its model's default ordering, or else its key.
    pub node: Node,
    /// Descending.
    pub desc: bool,
    /// Where NULLs go, if it is said.
    pub nulls: Option<NullsOrder>,
    /// The type of its values, where that cannot be seen in the node.
    pub sql_type: Option<SqlType>,
}

impl OrderNode {
    /// The opposite ordering.
    pub fn reversed(mut self) -> Self {
        self.desc = !self.desc;
        self.nulls = self.nulls.map(|nulls| match nulls {
            NullsOrder::First => NullsOrder::Last,
            NullsOrder::Last => NullsOrder::First,
        });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::{Node, PathBuf, SqlValue};

    /// Each is moved several times on its way into a statement.
    #[test]
    fn nodes_are_small() {
        assert_eq!([size_of::<SqlValue>(), size_of::<PathBuf>(), size_of::<Node>()], [40, 40, 64]);
    }
}
