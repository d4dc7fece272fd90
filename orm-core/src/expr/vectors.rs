//! Distances of vectors: the type `vector` of the extension pgvector.

use super::{Applied, Expr, IntoExpr, Like};
use crate::column::{Column, NotNull, Vector};
use crate::model::Cardinality;
use orm_sql::ast::Template;

/// Columns that hold a vector of numbers.
#[diagnostic::on_unimplemented(
    message = "a distance is that of two vectors, but the expression holds `{Self}`",
    label = "not a `Vector`",
    note = "a column of vectors is `orm::Vector`"
)]
pub trait Numbers: Column<Inner = Self, Null = NotNull> {}
impl Numbers for Vector {}

macro_rules! distances {
    ($($(#[$doc:meta])* $name:ident $sql:literal;)*) => {
        impl<R, T: Column, K: Cardinality> Expr<R, T, K> {$(
            $(#[$doc])*
            pub fn $name<V: IntoExpr<Vector, R>>(&self, vector: V) -> Applied<R, T, K, V::Null, f64>
            where
                T::Inner: Numbers,
            {
                static SQL: Template = Template::new($sql);
                self.apply_to(&SQL, [vector.into_node()])
            }
        )*}
    };
}
distances! {
    /// The length of the line between two vectors: `embedding <-> $1`. In `order_by` with a `limit` an index
    /// (`hnsw`, `ivfflat`) with the operator class `vector_l2_ops` gives the nearest rows first.
    ///
    /// Two vectors of different lengths are an error of the server, here and in all distances.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// # use orm_core::column::Vector;
    /// # #[derive(Model, Clone, Debug)]
    /// # struct Photo { id: i64, #[field(db_type = "vector(3)")] embedding: Vector }
    /// let near = Photo::objects()
    ///     .order_by(|p| p.embedding().l2_distance(Vector::from([1.0, 0.0, 0.5])))
    ///     .limit(5);
    /// assert_sql!(near, "SELECT … FROM photo AS t0 ORDER BY (t0.embedding <-> $1) LIMIT 5");
    /// ```
    l2_distance "({} <-> {})";
    /// 1 less the cosine of the angle between two vectors: `embedding <=> $1`; of a vector of zeros it is NaN.
    /// Its operator class is `vector_cosine_ops`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// # use orm_core::column::Vector;
    /// # #[derive(Model, Clone, Debug)]
    /// # struct Photo { id: i64, #[field(db_type = "vector(3)")] embedding: Vector }
    /// let near = Photo::objects().filter(|p| p.embedding().cosine_distance(Vector::from([1.0, 0.0, 0.5])).lt(0.2));
    /// assert_sql!(near, "SELECT … FROM photo AS t0 WHERE (t0.embedding <=> $1) < $2");
    /// ```
    cosine_distance "({} <=> {})";
    /// The inner product with its sign turned, so that the nearest come first: `embedding <#> $1`. Its operator
    /// class is `vector_ip_ops`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// # use orm_core::column::Vector;
    /// # #[derive(Model, Clone, Debug)]
    /// # struct Photo { id: i64, #[field(db_type = "vector(3)")] embedding: Vector }
    /// let near = Photo::objects().order_by(|p| p.embedding().max_inner_product(Vector::from([1.0, 0.0, 0.5])));
    /// assert_sql!(near, "SELECT … FROM photo AS t0 ORDER BY (t0.embedding <#> $1)");
    /// ```
    max_inner_product "({} <#> {})";
    /// The sum of the differences of the numbers: `embedding <+> $1`. Its operator class is `vector_l1_ops`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// # use orm_core::column::Vector;
    /// # #[derive(Model, Clone, Debug)]
    /// # struct Photo { id: i64, #[field(db_type = "vector(3)")] embedding: Vector }
    /// let near = Photo::objects().order_by(|p| p.embedding().l1_distance(Vector::from([1.0, 0.0, 0.5])));
    /// assert_sql!(near, "SELECT … FROM photo AS t0 ORDER BY (t0.embedding <+> $1)");
    /// ```
    l1_distance "({} <+> {})";
}
static DIMENSIONS: Template = Template::new("vector_dims({})");

impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
    /// How many numbers a vector has: `vector_dims`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// # use orm_core::column::Vector;
    /// # #[derive(Model, Clone, Debug)]
    /// # struct Photo { id: i64, #[field(db_type = "vector(3)")] embedding: Vector }
    /// let sizes = Photo::objects().values(|p| p.embedding().dimensions());
    /// assert_sql!(sizes, "SELECT vector_dims(t0.embedding) FROM photo AS t0");
    /// ```
    pub fn dimensions(&self) -> Expr<R, Like<T, K, i32>>
    where
        T::Inner: Numbers,
    {
        self.apply(&DIMENSIONS)
    }
}
