//! Paths in trees: the type `ltree` and its extension.

use super::{Applied, Expr, IntoExpr, Like, Lookup, NullOf};
use crate::column::{Column, Ltree, NotNull, Nullness};
use crate::ir::{Comparison, Node};
use crate::model::Cardinality;
use orm_sql::ast::Template;
use orm_sql::value::{SqlType, SqlValue};

/// Columns that hold a path of labels.
#[diagnostic::on_unimplemented(
    message = "this needs a path of labels, but the expression holds `{Self}`",
    label = "not an `Ltree`",
    note = "a column of paths is `orm::Ltree`"
)]
pub trait LabelPath: Column<Inner = Self, Null = NotNull> {}
impl LabelPath for Ltree {}

macro_rules! relatives {
    ($($(#[$doc:meta])* $name:ident $operator:literal;)*) => {
        impl<R, T: Column, K: Cardinality> Expr<R, T, K> {$(
            $(#[$doc])*
            pub fn $name<V: IntoExpr<Ltree, R>>(&self, path: V) -> Lookup<R, T, K, V::Null>
            where
                T::Inner: LabelPath,
            {
                self.operator($operator, path.into_node())
            }
        )*}
    };
}
relatives! {
    /// The path is above another one, or is the same: `path @> $1`. An index of GiST serves it, as it does
    /// all of these lookups.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let above = Section::objects().filter(|s| s.path().ancestor_of("books.fiction"));
    /// assert_sql!(above, "SELECT … FROM section AS t0 WHERE t0.path @> $1");
    /// ```
    ancestor_of "@>";
    /// The path is below another one, or is the same: `path <@ $1`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let below = Section::objects().filter(|s| s.path().descendant_of("books.fiction"));
    /// assert_sql!(below, "SELECT … FROM section AS t0 WHERE t0.path <@ $1");
    /// ```
    descendant_of "<@";
}

macro_rules! patterns {
    ($($(#[$doc:meta])* $name:ident $operator:literal $sql_type:literal;)*) => {
        impl<R, T: Column, K: Cardinality> Expr<R, T, K> {$(
            $(#[$doc])*
            pub fn $name(&self, pattern: impl Into<String>) -> Expr<R, Like<T, K, bool>>
            where
                T::Inner: LabelPath,
            {
                let pattern = Node::Value(SqlValue::Text(pattern.into()), SqlType::Named($sql_type));
                let operator = Comparison::Operator($operator);
                Expr::from_node(Node::compare(operator, self.node().clone(), pattern))
            }
        )*}
    };
}
patterns! {
    /// The path matches a pattern of labels, in which `*` stands for any number of them and `*{1,2}` for so
    /// many: `path ~ $1`. What is no pattern is an error of the server (42601).
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let novels = Section::objects().filter(|s| s.path().matches_lquery("books.*.novels|poems"));
    /// assert_sql!(novels, "SELECT … FROM section AS t0 WHERE t0.path ~ $1");
    /// ```
    matches_lquery "~" "lquery";
    /// The path has labels, wherever they stand, as words between `&`, `|` and `!`: `path @ $1`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let found = Section::objects().filter(|s| s.path().matches_ltxtquery("fic* & !poems"));
    /// assert_sql!(found, "SELECT … FROM section AS t0 WHERE t0.path @ $1");
    /// ```
    matches_ltxtquery "@" "ltxtquery";
}

static NLEVEL: Template = Template::new("NLEVEL({})");
static SUBPATH: Template = Template::new("SUBPATH({}, {})");
static SUBPATH_OF: Template = Template::new("SUBPATH({}, {}, {})");
static BELOW: Template = Template::new("({} || {})");
/// Two paths of nothing in common have an empty one, and an empty path has no ancestor.
static LCA: Template = Template::partial("LCA({}, {})");

impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
    /// How many labels the path has: `NLEVEL(path)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let roots = Section::objects().filter(|s| s.path().nlevel().eq(1));
    /// assert_sql!(roots, "SELECT … FROM section AS t0 WHERE NLEVEL(t0.path) = $1");
    /// ```
    pub fn nlevel(&self) -> Expr<R, Like<T, K, i32>>
    where
        T::Inner: LabelPath,
    {
        self.apply(&NLEVEL)
    }

    /// So many labels from a place on, which counts from 0, and from the end where it is negative; a negative
    /// length leaves out so many at the end: `SUBPATH(path, $1, $2)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let roots = Section::objects().values(|s| s.path().subpath(0, 1)).distinct();
    /// assert_sql!(roots, "SELECT DISTINCT SUBPATH(t0.path, $1, $2) FROM section AS t0");
    /// ```
    ///
    /// A place behind the end is an error of the server.
    pub fn subpath<V: IntoExpr<i32, R>, W: IntoExpr<i32, R>>(
        &self,
        offset: V,
        length: W,
    ) -> Applied<R, T, K, <V::Null as Nullness>::Or<W::Null>, Ltree>
    where
        T::Inner: LabelPath,
    {
        self.apply_to(&SUBPATH_OF, [offset.into_node(), length.into_node()])
    }

    /// The labels from a place on, which counts from 0, and from the end where it is negative:
    /// `SUBPATH(path, $1)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let last = Section::objects().values(|s| s.path().subpath_from(-1));
    /// assert_sql!(last, "SELECT SUBPATH(t0.path, $1) FROM section AS t0");
    /// ```
    pub fn subpath_from<V: IntoExpr<i32, R>>(&self, offset: V) -> Applied<R, T, K, V::Null, Ltree>
    where
        T::Inner: LabelPath,
    {
        self.apply_to(&SUBPATH, [offset.into_node()])
    }

    /// The path with another one below it: `path || $1`.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let below = Section::objects().filter(|s| s.path().descendant_of("old"));
    /// below.update(&db, |s| s.path().set(value(Ltree::from("new")).joined(s.path().subpath_from(1)))).await?;
    /// assert_sent!(db, "UPDATE section AS t0 SET path = ($1 || SUBPATH(t0.path, $2)) WHERE t0.path <@ $3");
    /// # Ok(()) })
    /// ```
    pub fn joined<V: IntoExpr<Ltree, R>>(&self, below: V) -> Applied<R, T, K, V::Null, Ltree>
    where
        T::Inner: LabelPath,
    {
        self.apply_to(&BELOW, [below.into_node()])
    }

    /// The lowest path that is above both: `LCA(path, $1)`. It is above the two and none of them; the path of
    /// no label has none.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let common = Section::objects().values(|s| s.path().lca("books.fiction.novels"));
    /// assert_sql!(common, "SELECT LCA(t0.path, $1) FROM section AS t0");
    /// ```
    pub fn lca<V: IntoExpr<Ltree, R>>(&self, other: V) -> Expr<R, Option<Ltree>>
    where
        T::Inner: LabelPath,
        NullOf<T, K>: Nullness,
    {
        self.apply_to(&LCA, [other.into_node()])
    }
}
