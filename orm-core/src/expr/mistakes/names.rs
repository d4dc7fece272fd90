//! Names that lookups and functions have in other libraries, each with what it is here.

use super::EndedByOtherwise;
use crate::expr::{Case, CaseStart, Expr, Ordering, Q};
use crate::ir::Node;

mistakes! {
    AnotherName
        "this lookup has another name: `eq`, `ne`, `gt`, `gte`, `lt`, `lte`, `in_([…])`, `range(a..=b)`, `isnull(true)`, `contains`, `startswith`, `endswith`, `regex`"
        "not a lookup"
        note "`like(\"%x%\")` is `contains(\"x\")`, `ilike` is `icontains`, and `!` negates a condition";
    JoinedByOperators
        "conditions are joined by `&`, `|` and `^`, and negated by `!`"
        "not a method"
        note "`b.pages().gt(100) & !b.in_print()`";
    AnotherFunction
        "this function has another name: `lower`, `upper`, `trim`, `ltrim`, `rtrim`, `length`, `substr`, `avg`, `asc`, `desc`, `count().distinct()`"
        "not a function"
        note "a text is empty where `.eq(\"\")`; what is no text becomes one by `.cast::<String>()`";
    NamedByRow
        "expressions have no names: give their values names by `row!(Card {{ title: b.title() }})`, and keep a closure to use one again"
        "not named";
    NotAValue
        "an expression is no value yet: the database has it"
        "not known here"
        note "`coalesce((b.subtitle(), \"\"))` gives another in place of NULL; the rows of `.values(|b| …)` have the values";
    InPlaceOfNull
        "another value in place of NULL is `coalesce((b.subtitle(), \"\"))`"
        "has another name";
    AssignedBySet
        "a column is assigned by `.set(…)`, also from itself: `.set(b.pages() + 1)`"
        "has another name";
    ConditionsAsTheyAre
        "a condition is a `Q` as it is, and `.q()` makes it one where types must be the same"
        "made by methods"
        note "alone it is `Book::q(|b| b.pages().gt(100))`; `Q::all()`, `Q::none()`, `Q::any_of(list)`, `Q::all_of(list)`";
    OrderedAlready
        "this is an ordering already: name one direction, and NULLs by `.nulls_first()` or `.nulls_last()`"
        "said twice";
    OrderedFirst
        "NULLs are placed in an ordering: `.asc().nulls_first()`, `.desc().nulls_last()`"
        "not an ordering yet";
    ReadByKey
        "an item of an array is `.index(0)`, a key of JSON `.key(\"color\")`, and what lies deeper `.path([\"a\", \"b\"])`"
        "has another name"
        note "what a key holds is JSON: `.text()` or `.cast::<i32>()` make it another type";
    CutByTrunc
        "dates are cut by `.trunc_month()`, `.trunc_day()` and the like, and their parts are `.year()`, `.month()`, …"
        "has another name";
    BoundsOfRanges
        "the bounds of a range are `.lower()` and `.upper()`"
        "has another name";
    BegunByWhen
        "a `case` begins with a condition: `case().when(b.pages().gt(500), \"long\").otherwise(\"short\")`"
        "nothing to choose from";
}

macro_rules! named_otherwise {
    ($($mistake:ident: $($name:ident($($arg:ident),*))*;)*) => {
        /// Names of other libraries. They take `&mut self`, so that methods of the same name that users
        /// give to expressions come first.
        #[doc(hidden)]
        #[allow(missing_docs, clippy::should_implement_trait, clippy::wrong_self_convention)]
        pub trait ExprMistakes<R>: Sized {$($(
            fn $name<$($arg),*>(&mut self $(, _: $arg)*) -> <(R,) as $mistake>::Is
            where
                (R,): $mistake,
            {
                <(R,)>::never()
            }
        )*)*}
        impl<R, T, K> ExprMistakes<R> for Expr<R, T, K> {}
    };
}
named_otherwise! {
    AnotherName: not_eq(A) is_in(A) between(A, B) like(A) ilike(A) is_null() is_not_null() is_none()
        is_some() starts_with(A) ends_with(A) equals(A) not_equals(A) eq_any(A) ne_all(A) any(A)
        one_of(A) not_in(A) greater_than(A) less_than(A) matches(A) similar_to(A) includes(A)
        contain(A) has(A) icontain(A) startwith(A) endwith(A) begins_with(A) equal(A) eq_(A) is(A)
        is_not(A) neq(A) not_like(A) not_ilike(A) not_null() notnull() less(A) greater(A)
        in_list(A) inside(A) in_array(A) regexp(A) rlike(A) iequals(A) not_between(A, B)
        is_not_distinct_from(A) is_distinct_from(A) in_subquery(A) not_in_subquery(A) gt_eq(A)
        lt_eq(A) eq_none() ne_none() in_range(A, B) has_substring(A) ieq(A) null() before(A) after(A)
        within(A) overlaps(A) contains_any(A) contains_all(A) array_contains(A) any_of(A) all_of(A)
        is_true() is_false() is_blank() at_least(A) at_most(A) ge_(A) le_(A) nin(A) isin(A)
        is_one_of(A) lookup(A, B) iendwith(A) istartwith(A);
    JoinedByOperators: and(A) or(A) not() xor(A) and_not(A) or_not(A);
    AnotherFunction: to_lowercase() to_uppercase() to_lower() to_upper() trim_start() trim_end()
        average() mean() ascending() descending() distinct_count() substring(A, B) strip() lstrip()
        rstrip() count_distinct() total() lcase() ucase() char_length() to_string() order_desc()
        order_asc() date_part(A) extract(A) as_string() to_text() to_char(A) strftime(A) to_date()
        as_int() to_int() as_i64() concat(A) group_concat(A) maximum() minimum() sum_all() stddev_pop()
        var_pop() to_timestamp() age();
    ReadByKey: get(A) at(A) item(A) get_key(A) json_get(A) get_path(A) nth(A) first() contains_key(A);
    CutByTrunc: trunc(A) date_trunc(A) truncate(A) trunc_date() part(A);
    BoundsOfRanges: start() end() lower_bound() upper_bound();
    NamedByRow: alias(A) label(A) as_(A) named(A) as_enum(A) aliased(A);
    NotAValue: unwrap() expect(A) unwrap_or_default() map(A) iter() into_iter() parse() and_then(A)
        unwrap_or_else(A) as_str() is_some_and(A);
    InPlaceOfNull: if_null(A) ifnull(A) coalesce(A) nvl(A) or_default(A) or_else(A) default_value(A)
        unwrap_or(A);
    OrderedFirst: nulls_last() nulls_first() asc_nulls_first() desc_nulls_last() asc_nulls_last()
        desc_nulls_first();
    AssignedBySet: assign(A) increment(A) decrement(A) set_value(A) put(A) update(A) set_to(A)
        add_assign(A) incr(A);
}

/// By reference, as those of `PartialOrd` would come first.
#[doc(hidden)]
impl<R, T, K> Expr<R, T, K> {
    pub fn ge<V>(&self, _: V) -> Q<R>
    where
        (R,): AnotherName,
    {
        Expr::from_node(Node::Bool(true))
    }
    pub fn le<V>(&self, _: V) -> Q<R>
    where
        (R,): AnotherName,
    {
        Expr::from_node(Node::Bool(true))
    }
}

/// As in `Q::new(…)`.
#[doc(hidden)]
impl<R> Expr<R, bool> {
    pub fn new<V>(_: V) -> Self
    where
        (V,): ConditionsAsTheyAre,
    {
        Expr::from_node(Node::Bool(true))
    }
}

macro_rules! said_otherwise {
    ($($(#[$doc:meta])* $trait:ident<$($of:ident),*> for $ty:ty, $mark:ty: $mistake:ident:
        $($name:ident($($arg:ident),*))*;)*) => {$(
        $(#[$doc])*
        #[doc(hidden)]
        #[allow(missing_docs)]
        pub trait $trait<R>: Sized {$(
            fn $name<$($arg),*>(&mut self $(, _: $arg)*) -> <$mark as $mistake>::Is
            where
                $mark: $mistake,
            {
                <$mark>::never()
            }
        )*}
        impl<$($of),*> $trait<R> for $ty {}
    )*};
}
said_otherwise! {
    /// What is asked of a `case` that has no end.
    CaseMistakes<R, T, N> for Case<R, T, N>, (R,): EndedByOtherwise:
        eq(A) ne(A) gt(A) gte(A) lt(A) lte(A) in_(A) range(A) isnull(A) asc() desc() sum() avg() min()
        max() count() cast() q();
    /// What is asked of an ordering.
    OrderingMistakes<R, N> for Ordering<R, N>, (R,): OrderedAlready: asc() desc() reverse() not();
}

/// What is asked of a `case` that has not begun.
#[doc(hidden)]
#[allow(missing_docs)]
pub trait CaseStartMistakes: Sized {
    fn otherwise<V>(&mut self, _: V) -> <(Self,) as BegunByWhen>::Is
    where
        (Self,): BegunByWhen,
    {
        <(Self,)>::never()
    }
}
impl CaseStartMistakes for CaseStart {}
