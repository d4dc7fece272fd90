//! Constant SQL around arguments, with what the compiler must know of it.

/// Constant SQL around arguments: each `{}` takes the next one, `{*}` takes the rest, separated
/// by commas; `{0}` takes one by its place.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Template {
    /// The text: `LOWER({})`.
    pub sql: &'static str,
    /// True where NULL goes in and something else can come out, as for `COALESCE`: the expression
    /// is then never taken for a plain column that is NULL or not.
    pub null_opaque: bool,
    /// One piece beside any operator, so that it needs no parentheses.
    pub closed: bool,
    /// For an aggregate: what it gives over no rows.
    pub over_nothing: OverNothing,
    /// It is the time zone of the executor.
    pub zone: bool,
}

/// What an aggregate gives over no rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum OverNothing {
    Null,
    Zero,
}

impl Template {
    /// A function or operator that gives NULL when an argument is NULL. It may give NULL for other
    /// reasons too, as a key that is missing from JSON does.
    pub const fn new(sql: &'static str) -> Self {
        let closed = is_closed(sql.as_bytes());
        let over_nothing = OverNothing::Null;
        Template { sql, null_opaque: false, closed, over_nothing, zone: false }
    }

    /// A function that can make something else of NULL.
    pub const fn opaque(sql: &'static str) -> Self {
        Template { null_opaque: true, ..Template::new(sql) }
    }

    /// An aggregate that counts: over no rows it is 0.
    pub const fn counting(sql: &'static str) -> Self {
        Template { over_nothing: OverNothing::Zero, ..Template::new(sql) }
    }
}

/// True for constants, functions, and what is in parentheses: not for what begins or ends with an
/// argument.
#[expect(clippy::indexing_slicing, reason = "the place is below the length")]
const fn is_closed(sql: &[u8]) -> bool {
    let mut constant = true;
    let mut place = 0;
    while place < sql.len() {
        if sql[place] == b'{' {
            constant = false;
        }
        place += 1;
    }
    constant || matches!(sql, [first, .., b')' | b']'] if *first != b'{')
}

/// The time zone of moments without one of their own. Where an executor has another zone, that
/// takes this place.
pub static DEFAULT_ZONE: Template = Template { zone: true, ..Template::new("'UTC'") };

/// All columns.
pub static ALL: Template = Template::new("*");

/// What stands for a value that the table fills in.
pub static DEFAULT: Template = Template::new("DEFAULT");

/// What is selected or returned where only the rows matter.
pub static ONE: Template = Template::new("1");

/// A value among those of an array.
pub static ANY: Template = Template::new("{} = ANY({})");

/// A row among those of arrays, one for each column.
pub static UNNEST: Template = Template::new("{} IN (SELECT * FROM UNNEST({*}))");
