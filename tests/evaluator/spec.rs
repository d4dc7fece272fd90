//! Query sets as plain data: what is asked, told apart from how it is asked.
//!
//! The same tree is read twice: `build` calls the public API by it, `interpret` answers it over
//! rows in memory. `P` is how a column is reached: by a path in what is generated, by a variable
//! once the interpreter has given each joined row one.

/// A value of a cell.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Val {
    Null,
    Bool(bool),
    Int(i64),
    /// A decimal, in hundredths.
    Decimal(i64),
    Date(chrono::NaiveDate),
    Text(String),
}

/// The types that expressions have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ty {
    I16,
    I32,
    I64,
    Text,
    Bool,
    Decimal,
    Date,
}

impl Ty {
    /// Numbers, in which can be calculated.
    pub fn is_number(self) -> bool {
        matches!(self, Ty::I16 | Ty::I32 | Ty::I64 | Ty::Decimal)
    }
}

/// The relations that are followed from a query's model, by the names that the API has.
pub type Path = Vec<&'static str>;

/// An expression with its type.
#[derive(Clone, PartialEq)]
pub struct Ex<P = Path> {
    pub ty: Ty,
    pub kind: Kind<P>,
}

#[derive(Clone, PartialEq)]
pub enum Kind<P> {
    Column(P, &'static str),
    /// What the query below selects, by its place.
    Cell(usize),
    /// A column of the query around.
    Outer(Path, &'static str),
    /// A column of a variable of the query around.
    Around(usize, &'static str),
    Value(Val),
    Unary(Unary, Box<Ex<P>>),
    Binary(Binary, Box<Ex<P>>, Box<Ex<P>>),
    Case(Box<Cond<P>>, Box<Ex<P>>, Option<Box<Ex<P>>>),
    /// A condition as a value.
    Condition(Box<Cond<P>>),
    Aggregate(Box<Aggregate<P>>),
    Window(Box<Window<P>>),
    /// The first row of a query of one column.
    First(Box<Query>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unary {
    Negative,
    Abs,
    Lower,
    Length,
    Year,
    Month,
    Quarter,
    TruncYear,
    TruncMonth,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    Add,
    Subtract,
    Coalesce,
    NullIf,
    Greatest,
    Least,
    Concat,
}

#[derive(Clone, PartialEq)]
pub struct Aggregate<P> {
    pub of: Fold,
    pub arg: Ex<P>,
    pub distinct: bool,
    pub filter: Option<Cond<P>>,
}

/// A function over a window.
#[derive(Clone, PartialEq)]
pub struct Window<P> {
    pub of: Over,
    /// What it reads, where it reads something.
    pub arg: Option<Ex<P>>,
    pub partition: Vec<Ex<P>>,
    pub order: Vec<By<P>>,
    /// The rows that count: from one place to another, counted from the current row.
    pub rows: Option<[Option<i64>; 2]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    RowNumber,
    Rank,
    DenseRank,
    Lag,
    Lead,
    FirstValue,
    Fold(Fold),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    Count,
    Sum,
    Min,
    Max,
    /// To two places.
    Avg,
}

#[derive(Clone, PartialEq)]
pub enum Cond<P = Path> {
    Const(bool),
    /// A boolean expression.
    Is(Ex<P>),
    Compare(Op, Ex<P>, Ex<P>),
    /// Between two bounds.
    Range(Ex<P>, Ex<P>, Ex<P>),
    In(Ex<P>, Vec<Val>),
    /// Among the values of a query of one column, or for a key among its rows.
    InQuery(Ex<P>, Box<Query>),
    IsNull(Ex<P>, bool),
    Text(TextOp, Ex<P>, String),
    Exists(Box<Query>),
    Not(Box<Cond<P>>),
    And(Vec<Cond<P>>),
    Or(Vec<Cond<P>>),
    Xor(Box<Cond<P>>, Box<Cond<P>>),
    /// That there are related rows with which the condition holds: what a negation over a to-many
    /// relation speaks of. Made by the interpreter, with the rows that it joins.
    Some(Box<super::scope::Related>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Eq,
    Ne,
    Gt,
    Gte,
    Lt,
    Lte,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextOp {
    Contains,
    StartsWith,
    IExact,
}

/// A query set: a model, and calls on it.
#[derive(Clone, PartialEq)]
pub struct Query {
    pub model: &'static str,
    pub calls: Vec<Call>,
}

#[derive(Clone, PartialEq)]
pub enum Call {
    Filter(Cond),
    Exclude(Cond),
    /// One column more.
    Annotate(Vec<Ex>),
    Values(Vec<Ex>),
    OrderBy(Vec<By>),
    Reverse,
    Distinct,
    /// The first row of those that have the same of these.
    DistinctOn(Vec<Ex>),
    /// What is set behind a text of the rows: the last call.
    Set(Ex),
    /// Aggregates over all rows: the last call.
    Total(Vec<Ex>),
    /// The distinct dates of an expression: the last call.
    Dates(Ex),
    /// The row at the end of a to-one relation: the last call.
    Related(How, &'static str),
    /// The rows at the end of a relation, filtered and ordered by these calls: the last call.
    Prefetch(&'static str, Vec<Call>),
    Slice(Option<u64>, u64),
    /// What follows is asked of the rows so far.
    Nested,
    /// The rows of both, either, or one of two query sets of one model.
    Combine(Joint, Box<Query>),
    /// The rows of two query sets with the same columns as one.
    Together(Sets, Box<Query>),
    /// Rows of another query set beside these.
    Join(Box<Join>),
    /// The rows of a statement of WITH; with a condition, those rows twice, side by side.
    With(Option<Cond>),
}

impl Call {
    /// True where what follows is asked of the rows so far.
    pub fn is_step(&self) -> bool {
        matches!(self, Call::Nested | Call::Together(..) | Call::Join(_) | Call::With(_))
    }
}

/// A set operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sets {
    Union,
    UnionAll,
    Intersection,
    Difference,
}

impl Sets {
    /// The method of the API.
    pub fn name(self) -> &'static str {
        match self {
            Sets::Union => "union",
            Sets::UnionAll => "union_all",
            Sets::Intersection => "intersection",
            Sets::Difference => "difference",
        }
    }
}

/// Rows that come to stand beside others.
#[derive(Clone, PartialEq)]
pub struct Join {
    /// Whether rows that have none beside them stay.
    pub left: bool,
    /// A query set of columns.
    pub rows: Query,
    /// What belongs together: the columns of the other rows stand behind the cells of these.
    pub on: Cond,
}

/// How related rows are selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Beside the rows of the model.
    Beside,
    /// In place of them.
    Alone,
    /// In place of them, each once with how many there are.
    Grouped,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joint {
    And,
    Or,
    Xor,
}

/// An expression of an ordering.
#[derive(Clone, PartialEq)]
pub struct By<P = Path> {
    pub key: Ex<P>,
    pub desc: bool,
    /// Whether NULLs come first, where that is said.
    pub nulls_first: Option<bool>,
}

/// What is done with a query set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terminal {
    All,
    First,
    Last,
    Count,
    Exists,
    /// Changes a text of the rows.
    Update,
    Delete,
}
