//! The shape of a query: all that the text of its statement depends on, and its values apart.

mod nodes;
mod queries;
mod tokens;

pub(super) use tokens::{Token, Tokens};

use super::change::Returning;
use super::change_rows::RowValues;
use super::compare::pattern;
use super::page::{PageOf, Position};
use crate::ir::{Comparison, FieldMeta, Node, PathBuf, Query, Scope, Step, StepOn};
use orm_sql::value::{SqlType, SqlValue};
use smallvec::SmallVec;

/// Statements of more values than this are not kept: few are alike.
const MOST_VALUES: usize = 200;

/// Where values stand in expressions, it matters which of them are equal: so many are compared.
const MOST_COMPARED: usize = 48;

/// Few statements have more values than this.
const MANY_VALUES: usize = 6;

/// What is asked of a query.
#[derive(Clone, Copy)]
pub(super) enum Asked<'q> {
    /// Its rows.
    Rows,
    /// So many rows at the most; 0 where there can be one at the most.
    Few(u64),
    /// How many rows there are.
    Count,
    /// Whether there are any.
    Exists,
    /// Aggregates over all of them.
    Totals(&'q [(Node, SqlType)]),
    /// A page of its rows.
    Page(&'q PageOf),
    /// An assignment to them, and what comes back.
    Update(&'q [(&'static FieldMeta, Node)], &'q Returning),
    /// Values of their own for each of them.
    UpdateRows(&'q RowValues),
    /// Their end, and what comes back.
    Delete(&'q Returning),
}

/// What kind of thing follows in a shape.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Column,
    Relation,
    Row,
    Bool,
    And,
    Or,
    Xor,
    Not,
    IsNull,
    Between,
    InValues,
    InArray,
    InKeys,
    InNodes,
    InQuery,
    Template,
    Cast,
    Collate,
    Aggregate,
    Window,
    Case,
    Exists,
    Subquery,
    Outer,
    Output,
    Raw,
    Forward,
    Reverse,
    Model,
    Expr,
    Related,
    Nested,
    Combined,
    Cte,
    Recursion,
    Itself,
    Function,
    None,
    Unbounded,
    Rows,
    Few,
    Count,
    Totals,
    Page,
    Update,
    UpdateRows,
    Delete,
}

/// The shape of a query.
pub(super) struct Shape {
    pub tokens: Tokens,
    /// The values in the order in which they were met: as the parameters of most statements, whose types
    /// are known when there is one.
    pub values: Vec<(SqlValue, SqlType)>,
    /// The tokens say which values are equal.
    pub knows_equals: bool,
    /// So many of the first values are the first parameters, in their order.
    pub in_place: usize,
    /// The queries, by the numbers that the tokens have for them.
    scopes: SmallVec<[Scope; 4]>,
    /// A value stands in an expression: of two that are alike, one may stand for both.
    in_expressions: bool,
}

/// Metadata is static: where it stands says which it is.
#[inline]
fn address<T>(of: &'static T) -> u64 {
    std::ptr::from_ref(of).addr() as u64
}

impl Shape {
    /// That of nothing. It is large, and so what is asked is written where it stands.
    #[inline]
    pub fn blank() -> Shape {
        Shape {
            tokens: Tokens::new(),
            values: Vec::new(),
            knows_equals: false,
            in_place: 0,
            scopes: SmallVec::new(),
            in_expressions: false,
        }
    }

    /// Writes down what is asked of a query; `None` where the text depends on more.
    pub fn write(&mut self, query: &Query, asked: Asked<'_>) -> Option<()> {
        self.asked(asked);
        match asked {
            Asked::Update(sets, _) => self.assigned(sets)?,
            Asked::UpdateRows(rows) => self.assigned_rows(rows)?,
            _ => {}
        }
        self.query(query)?;
        match asked {
            Asked::Totals(exprs) => self.totals(exprs)?,
            Asked::Page(PageOf { beyond: Some(position), .. }) => self.position(position)?,
            _ => {}
        }
        self.equals()
    }

    fn asked(&mut self, asked: Asked<'_>) {
        match asked {
            Asked::Rows => self.is(Kind::Rows),
            Asked::Few(few) => {
                self.is(Kind::Few);
                self.word(few);
            }
            Asked::Count => self.is(Kind::Count),
            Asked::Exists => self.is(Kind::Exists),
            Asked::Totals(exprs) => {
                self.is(Kind::Totals);
                self.count(exprs.len());
            }
            Asked::Page(page) => {
                self.is(Kind::Page);
                for flag in [page.backwards, page.by_number, page.beyond.is_some()] {
                    self.flag(flag);
                }
            }
            Asked::Update(_, returning) => {
                self.is(Kind::Update);
                self.returning(returning);
            }
            Asked::UpdateRows(_) => self.is(Kind::UpdateRows),
            Asked::Delete(returning) => {
                self.is(Kind::Delete);
                self.returning(returning);
            }
        }
    }

    fn returning(&mut self, returning: &Returning) {
        match returning {
            Returning::Nothing => self.is(Kind::None),
            Returning::Rows => self.is(Kind::Rows),
            Returning::Upserted => self.is(Kind::Model),
            Returning::Fields(fields) => {
                self.count(fields.len());
                fields.iter().for_each(|field| self.address(*field));
            }
        }
    }

    /// What is assigned, which stands before all else in the text. As long as these are mere values,
    /// each is a parameter of its own.
    fn assigned(&mut self, sets: &[(&'static FieldMeta, Node)]) -> Option<()> {
        self.count(sets.len());
        let mut only_values = true;
        for (field, node) in sets {
            self.address(*field);
            match node {
                Node::Value(value, sql_type) => {
                    self.given(field.kept(value.clone()), *sql_type)?;
                }
                Node::Row(values) if values.len() == 1 => self.node(node)?,
                node => {
                    only_values = false;
                    self.in_expressions = true;
                    self.node(node)?;
                }
            }
            if only_values {
                self.in_place = self.values.len();
            }
        }
        Some(())
    }

    /// Values for many rows, in the order in which they stand in the text: each is a parameter of its
    /// own.
    fn assigned_rows(&mut self, rows: &RowValues) -> Option<()> {
        for given in [&rows.all, &rows.keys, &rows.fields] {
            self.count(given.len());
            for (field, values) in given {
                self.address(*field);
                self.value(values, field.sql_type)?;
            }
        }
        self.in_place = self.values.len();
        Some(())
    }

    fn totals(&mut self, exprs: &[(Node, SqlType)]) -> Option<()> {
        self.in_expressions = true;
        exprs.iter().try_for_each(|(node, sql_type)| {
            self.push(Token::Type(*sql_type));
            self.node(node)
        })
    }

    /// A place in an ordering. That of another one is of another shape, which no statement is kept for.
    fn position(&mut self, position: &Position) -> Option<()> {
        let Position { values, inclusive, fingerprint } = position;
        self.in_expressions = true;
        self.flag(*inclusive);
        self.flag(fingerprint.is_some());
        self.word(fingerprint.unwrap_or_default());
        self.count(values.len());
        for value in values {
            self.flag(value.is_null());
        }
        let mut there = values.iter().filter(|value| !value.is_null());
        there.try_for_each(|value| self.keep(value.clone()))
    }

    /// Which values are equal, where one of them may stand for another.
    fn equals(&mut self) -> Option<()> {
        if !self.in_expressions {
            return Some(());
        }
        (self.values.len() <= MOST_COMPARED).then_some(())?;
        self.knows_equals = true;
        let values = &self.values;
        let first = |(place, (value, _)): (usize, &(SqlValue, SqlType))| {
            let same = values.iter().take(place).position(|(earlier, _)| earlier == value);
            same.map(|earlier| (place, earlier))
        };
        let equal: SmallVec<[(usize, usize); 8]> =
            values.iter().enumerate().filter_map(first).collect();
        for (place, earlier) in equal {
            self.count(place);
            self.count(earlier);
        }
        Some(())
    }

    #[inline]
    fn push(&mut self, token: Token) {
        self.tokens.push(token);
    }

    #[inline]
    fn is(&mut self, kind: Kind) {
        self.push(Token::Is(kind));
    }

    #[inline]
    fn word(&mut self, word: u64) {
        self.push(Token::Word(word));
    }

    #[inline]
    fn count(&mut self, number: usize) {
        self.word(number as u64);
    }

    #[inline]
    fn flag(&mut self, flag: bool) {
        self.word(u64::from(flag));
    }

    #[inline]
    fn address<T>(&mut self, of: &'static T) {
        self.word(address(of));
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        for chunk in text.as_bytes().chunks(16) {
            let mut bytes = [0; 16];
            bytes.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
            self.push(Token::Bytes(bytes));
        }
    }

    /// Which query, by the order in which they are met.
    fn scope(&mut self, scope: Scope) {
        let number = self.number_of(scope);
        self.word(number);
    }

    /// The number of a query; 0 for none in particular.
    #[inline]
    fn number_of(&mut self, scope: Scope) -> u64 {
        if scope == Scope::ANY {
            return 0;
        }
        let known = self.scopes.iter().position(|known| *known == scope);
        let place = known.unwrap_or(self.scopes.len());
        if known.is_none() {
            self.scopes.push(scope);
        }
        place as u64 + 1
    }

    /// A value; none that cannot be sent.
    fn value(&mut self, value: &SqlValue, sql_type: SqlType) -> Option<()> {
        self.given(value.clone(), sql_type)
    }

    /// [`value`](Self::value) of one that is not needed elsewhere.
    fn given(&mut self, value: SqlValue, sql_type: SqlType) -> Option<()> {
        self.push(Token::Value(sql_type, value.is_null()));
        self.keep(value)
    }

    /// A value that a comparison of texts looks for.
    fn looked_for(&mut self, op: Comparison, value: &SqlValue, sql_type: SqlType) -> Option<()> {
        self.push(Token::Value(sql_type, value.is_null()));
        self.keep(pattern(op, value))
    }

    fn keep(&mut self, value: SqlValue) -> Option<()> {
        if matches!(value, SqlValue::Upload(_) | SqlValue::Invalid(_)) {
            return None;
        }
        self.add(value);
        (self.values.len() <= MOST_VALUES).then_some(())
    }

    fn add(&mut self, value: SqlValue) {
        if self.values.capacity() == 0 {
            self.values.reserve(MANY_VALUES);
        }
        self.values.push((value, SqlType::Text));
    }

    fn path(&mut self, path: &PathBuf) -> Option<()> {
        self.path_to(path, 0)
    }

    /// A path, and the address of what stands at its end.
    fn path_to(&mut self, path: &PathBuf, end: u64) -> Option<()> {
        let PathBuf { scope, root, steps, on } = path;
        // In as few words as can be: there are many paths. Lists of relations that are kept have numbers.
        let kept = steps.number();
        let list = kept.map_or(steps.len() as u64, u64::from);
        let flags = u64::from(kept.is_none()) << 1 | u64::from(on.is_some());
        let number = self.number_of(*scope) << 34 | list << 2 | flags;
        self.tokens.words([end, number, address(*root)]);
        if kept.is_none() {
            self.steps(steps);
        }
        match on.as_deref() {
            Some(on) => self.conditions(on),
            None => Some(()),
        }
    }

    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            match step {
                Step::Forward(relation) => {
                    self.is(Kind::Forward);
                    self.address(*relation);
                }
                Step::Reverse(relation) => {
                    self.is(Kind::Reverse);
                    self.address(*relation);
                }
                Step::Output(place, model) => {
                    self.is(Kind::Output);
                    self.word(u64::from(*place));
                    self.address(*model);
                }
            }
        }
    }

    /// Which of the rows of a path count.
    fn conditions(&mut self, on: &StepOn) -> Option<()> {
        self.in_expressions = true;
        let mut on = Some(on);
        while let Some(condition) = on {
            self.is(Kind::Not);
            self.count(condition.steps);
            self.node(&condition.node)?;
            on = condition.before.as_deref();
        }
        self.is(Kind::None);
        Some(())
    }
}
