//! Expressions over fields named at run time.

use super::operand::{IntoOperand, Operand};
use super::row::HistoricalRow;
use orm_core::column::Column;
use orm_sql::ast::Template;
use orm_sql::value::{SqlType, SqlValue};
use std::ops::{Add, BitAnd, BitOr, Div, Mul, Not, Rem, Sub};

/// An expression over the fields of a [`HistoricalModel`](super::HistoricalModel): what
/// [`f`], [`value`], [`raw`] and the functions beside them make.
///
/// ```
/// use orm_migrate::data::{coalesce, f, lower};
///
/// let price = coalesce([f("discount"), f("price") * 2]);
/// let name = lower(f("name"));
/// # let _ = (price, name);
/// ```
#[derive(Clone, Debug)]
pub struct Expression(pub(super) Term);

/// A condition: what [`q`] makes, with `&`, `|` and `!`.
///
/// ```
/// use orm_migrate::data::{f, q};
///
/// let cheap = q("price__lt", 5) | !q("author__name__icontains", "tolkien");
/// let odd = q("price__gt", f("list_price"));
/// # let _ = cheap & odd;
/// ```
#[derive(Clone, Debug)]
pub struct OldCondition(pub(super) Test);

/// What an expression is made of.
#[derive(Clone, Debug)]
pub(super) enum Term {
    Field(String),
    Value(SqlValue),
    Typed(SqlValue, SqlType),
    Call(&'static Template, Vec<Term>),
    Cast(Box<Term>, SqlType),
    Raw(String, Vec<Term>),
    Case(Vec<(Test, Term)>, Box<Term>),
    Row(Box<HistoricalRow>),
    Wrong(&'static str),
}

/// What a condition is made of.
#[derive(Clone, Debug)]
pub(super) enum Test {
    Lookup(String, Operand),
    And(Vec<Test>),
    Or(Vec<Test>),
    Not(Box<Test>),
}

/// A field by its name, also over relations: `f("price")`, `f("author__name")`.
pub fn f(name: impl Into<String>) -> Expression {
    Expression(Term::Field(name.into()))
}

/// A condition by the name of a field, with a lookup behind it where that is not equality:
/// `q("title__icontains", "sea")`. The lookups are Django's; the value may be an expression.
pub fn q(name: impl Into<String>, value: impl IntoOperand) -> OldCondition {
    OldCondition(Test::Lookup(name.into(), value.into_operand()))
}

/// A value of any column type, also of one's own.
pub fn value<T: Column>(value: T) -> Expression {
    Expression(Term::Typed(value.into_value(), T::SQL_TYPE))
}

/// SQL of your own. Columns are named as the table has them; `$1`, `$2`, … are what
/// [`param`](Expression::param) gives.
///
/// ```
/// use orm_migrate::data::raw;
///
/// let slug = raw("regexp_replace(lower(title), $1, '-', 'g')").param("[^a-z0-9]+");
/// # let _ = slug;
/// ```
pub fn raw(sql: impl Into<String>) -> Expression {
    Expression(Term::Raw(sql.into(), Vec::new()))
}

/// The first of these values whose condition holds, or else the last one.
///
/// ```
/// use orm_migrate::data::{case, f, q};
///
/// let kind = case([(q("pages__lt", 50), "booklet"), (q("pages__lt", 1000), "book")], "tome");
/// # let _ = kind;
/// ```
pub fn case<V: IntoOperand>(
    branches: impl IntoIterator<Item = (OldCondition, V)>,
    otherwise: impl IntoOperand,
) -> Expression {
    let branches = branches.into_iter().map(|(test, value)| (test.0, term(value)));
    Expression(Term::Case(branches.collect(), Box::new(term(otherwise))))
}

macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident $make:ident $sql:literal;)*) => {$(
        $(#[$doc])*
        pub fn $name(of: impl IntoOperand) -> Expression {
            static SQL: Template = Template::$make($sql);
            Expression(Term::Call(&SQL, vec![term(of)]))
        }
    )*};
}
functions! {
    /// In small letters.
    lower new "LOWER({})";
    /// In capitals.
    upper new "UPPER({})";
    /// The number of characters.
    length new "LENGTH({})";
    /// Without the spaces around it.
    trim new "BTRIM({})";
    /// The absolute value.
    abs new "ABS({})";
    /// Rounded to a whole number.
    round new "ROUND({})";
}

macro_rules! functions_of_many {
    ($($(#[$doc:meta])* $name:ident $make:ident $sql:literal;)*) => {$(
        $(#[$doc])*
        pub fn $name<V: IntoOperand>(of: impl IntoIterator<Item = V>) -> Expression {
            static SQL: Template = Template::$make($sql);
            Expression(Term::Call(&SQL, terms(of)))
        }
    )*};
}
functions_of_many! {
    /// The first of these that is not NULL.
    coalesce first_of "COALESCE({*})";
    /// Texts one after another; NULL is empty, as in Django.
    concat never_null "CONCAT({*})";
    /// The greatest of these.
    greatest first_of "GREATEST({*})";
    /// The smallest of these.
    least first_of "LEAST({*})";
}

/// The moment when the transaction began.
pub fn now() -> Expression {
    static SQL: Template = Template::never_null("CURRENT_TIMESTAMP");
    Expression(Term::Call(&SQL, Vec::new()))
}

/// Each occurrence of a text replaced by another.
pub fn replace(of: impl IntoOperand, from: impl IntoOperand, to: impl IntoOperand) -> Expression {
    static SQL: Template = Template::new("REPLACE({}, {}, {})");
    Expression(Term::Call(&SQL, vec![term(of), term(from), term(to)]))
}

impl Expression {
    /// The next parameter of [`raw`].
    #[must_use]
    pub fn param(mut self, value: impl IntoOperand) -> Expression {
        match &mut self.0 {
            Term::Raw(_, params) => params.push(term(value)),
            _ => self.0 = Term::Wrong("`param` belongs to `raw`"),
        }
        self
    }

    /// As another type: `f("number").cast::<String>()`.
    #[must_use]
    pub fn cast<T: Column>(self) -> Expression {
        Expression(Term::Cast(Box::new(self.0), T::SQL_TYPE))
    }
}

fn term(value: impl IntoOperand) -> Term {
    match value.into_operand() {
        Operand::Value(value) => Term::Value(value),
        Operand::Term(term) => term,
        Operand::Row(row) => Term::Row(row),
        Operand::Set(_) => Term::Wrong("a query is compared with by `__in`, and is no value"),
    }
}

fn terms<V: IntoOperand>(values: impl IntoIterator<Item = V>) -> Vec<Term> {
    values.into_iter().map(term).collect()
}

macro_rules! operators {
    ($($trait:ident $method:ident $sql:literal;)*) => {$(
        impl<V: IntoOperand> $trait<V> for Expression {
            type Output = Expression;
            fn $method(self, other: V) -> Expression {
                static SQL: Template = Template::new($sql);
                Expression(Term::Call(&SQL, vec![self.0, term(other)]))
            }
        }
    )*};
}
operators! {
    Add add "({} + {})";
    Sub sub "({} - {})";
    Mul mul "({} * {})";
    Div div "({} / {})";
    Rem rem "({} % {})";
}

impl BitAnd for OldCondition {
    type Output = OldCondition;
    fn bitand(self, other: OldCondition) -> OldCondition {
        OldCondition(Test::And(vec![self.0, other.0]))
    }
}

impl BitOr for OldCondition {
    type Output = OldCondition;
    fn bitor(self, other: OldCondition) -> OldCondition {
        OldCondition(Test::Or(vec![self.0, other.0]))
    }
}

impl Not for OldCondition {
    type Output = OldCondition;
    fn not(self) -> OldCondition {
        OldCondition(Test::Not(Box::new(self.0)))
    }
}
