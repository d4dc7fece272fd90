//! Constant SQL around arguments, with what the compiler must know of it.

/// Constant SQL around arguments: each `{}` takes the next one, `{*}` takes the rest, separated
/// by commas; `{0}` takes one by its place.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Template {
    /// The text: `LOWER({})`.
    pub sql: &'static str,
    /// When it is NULL.
    pub nulls: Nulls,
    /// One piece beside any operator, so that it needs no parentheses.
    pub closed: bool,
    /// For an aggregate: what it gives over no rows.
    pub over_nothing: OverNothing,
    /// It is the time zone of the executor.
    pub zone: bool,
    /// For an aggregate: its ORDER BY stands behind it, in WITHIN GROUP.
    pub within_group: bool,
}

/// When a function is NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    /// Where an argument is, and nowhere else.
    WithAny,
    /// Where an argument is, and elsewhere too, as a key that is missing from JSON.
    WithAnyAndElsewhere,
    /// Where all arguments are, as `COALESCE`.
    WithAll,
    /// Nowhere.
    Never,
    /// Nobody knows: NULL may go in and something else come out, or the other way round.
    Unknown,
}

/// What an aggregate gives over no rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum OverNothing {
    Null,
    Zero,
    /// The server knows.
    Unknown,
}

impl Template {
    /// A function or operator that is NULL where an argument is, and nowhere else.
    pub const fn new(sql: &'static str) -> Self {
        let closed = is_closed(sql.as_bytes());
        let over_nothing = OverNothing::Null;
        let nulls = Nulls::WithAny;
        Template { sql, nulls, closed, over_nothing, zone: false, within_group: false }
    }

    /// A function or operator that is NULL where an argument is, and for other reasons too, as a
    /// key that is missing from JSON.
    pub const fn partial(sql: &'static str) -> Self {
        Template { nulls: Nulls::WithAnyAndElsewhere, ..Template::new(sql) }
    }

    /// A function that is NULL where all of its arguments are, and nowhere else.
    pub const fn first_of(sql: &'static str) -> Self {
        Template { nulls: Nulls::WithAll, ..Template::new(sql) }
    }

    /// A function or condition that is never NULL.
    pub const fn never_null(sql: &'static str) -> Self {
        Template { nulls: Nulls::Never, ..Template::new(sql) }
    }

    /// A function that makes NULL of other values, or other values of NULL.
    pub const fn opaque(sql: &'static str) -> Self {
        Template { nulls: Nulls::Unknown, ..Template::new(sql) }
    }

    /// True where an argument that is NULL need not make it NULL.
    pub const fn hides_null(&self) -> bool {
        matches!(self.nulls, Nulls::WithAll | Nulls::Never | Nulls::Unknown)
    }

    /// An aggregate that counts: over no rows it is 0.
    pub const fn counting(sql: &'static str) -> Self {
        Template { over_nothing: OverNothing::Zero, ..Template::new(sql) }
    }

    /// An aggregate of which nobody knows what it gives over no rows.
    pub const fn aggregate(sql: &'static str) -> Self {
        Template { over_nothing: OverNothing::Unknown, ..Template::new(sql) }
    }

    /// An aggregate of the rows in an order: `MODE({}) WITHIN GROUP (ORDER BY …)`.
    pub const fn within_group(sql: &'static str) -> Self {
        Template { within_group: true, ..Template::new(sql) }
    }

    /// The place, in an order, that a value would have: over no rows it is the first.
    pub const fn place_of(sql: &'static str) -> Self {
        Template { over_nothing: OverNothing::Unknown, ..Template::within_group(sql) }
    }

    /// For an aggregate: true where it is the same however often each row comes.
    pub fn ignores_repeats(&self) -> bool {
        let name = self.sql.split('(').next().unwrap_or_default();
        matches!(name, "MAX" | "MIN" | "BOOL_AND" | "BOOL_OR" | "BIT_AND" | "BIT_OR")
    }

    /// For an aggregate: true where rows in which its first argument is NULL are nothing to it.
    pub fn ignores_null(&self) -> bool {
        let name = self.sql.split('(').next().unwrap_or_default();
        let own = !matches!(self.over_nothing, OverNothing::Unknown);
        own && !matches!(name, "ARRAY_AGG" | "JSONB_AGG" | "JSONB_OBJECT_AGG")
    }

    /// For an aggregate: the place that values would have.
    pub fn is_place(&self) -> bool {
        self.within_group && matches!(self.over_nothing, OverNothing::Unknown)
    }

    /// What a value is compared with: any, or all, of the rows of a query.
    const fn of_rows(sql: &'static str) -> Self {
        Template { closed: true, ..Template::opaque(sql) }
    }

    /// True where the argument is a query whose rows come in their order.
    pub fn keeps_order(&self) -> bool {
        std::ptr::eq(self, &ARRAY_OF_ROWS)
    }

    /// True where the argument is a query, of which all rows are meant.
    pub fn takes_rows(&self) -> bool {
        [&ARRAY_OF_ROWS, &ANY_OF_ROWS, &ALL_OF_ROWS].iter().any(|rows| std::ptr::eq(*rows, self))
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

/// Whether a row is a subtotal over what groups with subtotals are by: one bit each.
pub static GROUPING: Template = Template::counting("GROUPING({})");

/// A value among those of an array.
pub static ANY: Template = Template::new("{} = ANY({})");

/// A text among the values of an array of another type.
pub static ANY_AS_TEXT: Template = Template::new("{} = ANY({}::text[])");

/// The rows of a query of one column as an array.
pub static ARRAY_OF_ROWS: Template = Template::never_null("ARRAY{}");

/// A text without accents: what is compared with it is compared without them.
pub static UNACCENT: Template = Template::new("UNACCENT({})");

/// Any of the rows of a query of one column, beside a comparison.
pub static ANY_OF_ROWS: Template = Template::of_rows("ANY {}");

/// All of the rows of a query of one column, beside a comparison.
pub static ALL_OF_ROWS: Template = Template::of_rows("ALL {}");

/// A row among those of arrays, one for each column.
pub static UNNEST: Template = Template::new("{} IN (SELECT * FROM UNNEST({*}))");
