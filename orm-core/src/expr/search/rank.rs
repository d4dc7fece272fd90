//! How well documents fit.

use super::vector::NullOfVector;
use super::{IntoSearchQuery, Searched, number, with_args};
use crate::column::Column;
use crate::expr::{AsExpr, Either, Expr};
use crate::ir::Node;
use crate::model::Ranked;
use orm_sql::ast::Template;
use orm_sql::value::{SqlType, SqlValue};

static RANK: Template = Template::new("ts_rank({*})");
static RANK_BY_COVER: Template = Template::new("ts_rank_cd({*})");
const WEIGHTS: SqlType = SqlType::Array(&SqlType::Float4);

/// NULL where the document is, or the query.
type RankOf<R, X, Q> = Either<NullOfVector<R, X>, <Q as IntoSearchQuery<R>>::Null, f32>;

/// How well a document fits what is searched for: `ts_rank`, from 0 up. The document can be text as well.
///
/// A row that does not fit has rank 0, so filter by [`search`](Expr::search) too, which an index serves. A
/// plain text is read as the document was.
///
/// ```
/// # use orm_doctest::*;
/// let articles = Article::objects()
///     .filter(|a| a.words().search("submarine"))
///     .order_by(|a| search_rank(a.words(), "submarine").desc());
/// assert_sql!(
///     articles,
///     "SELECT … FROM article AS t0 WHERE t0.words @@ plainto_tsquery($1)
///      ORDER BY ts_rank(t0.words, plainto_tsquery($2)) DESC"
/// );
/// ```
pub fn search_rank<R, X, Q>(document: X, query: Q) -> Expr<R, RankOf<R, X, Q>, Ranked>
where
    X: AsExpr<R, Inner: Searched>,
    Q: IntoSearchQuery<R>,
{
    let query = query.into_search_query();
    let vector = <X::Inner as Searched>::vector(&document.as_node(), None);
    let query = query.beside(&vector);
    Expr::from_node(Node::template(&RANK, vec![vector, query]))
}

impl<R, T> Expr<R, T, Ranked> {
    /// How much words of each weight count: of D, C, B and A, from 0 to 1. Without it that is 0.1, 0.2, 0.4
    /// and 1.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let ranks = Article::objects()
    ///     .values(|a| search_rank(a.words(), "day").weights([0.0, 0.0, 0.5, 1.0]));
    /// assert_sql!(ranks, "SELECT ts_rank($1, t0.words, plainto_tsquery($2)) FROM article AS t0");
    /// ```
    ///
    /// A weight above 1 is an error of the server.
    pub fn weights(self, weights: [f32; 4]) -> Self {
        let weights = SqlValue::Array(weights.iter().map(Column::to_value).collect());
        Expr::from_node(with_args(self.into_node(), |args| {
            match args.first_mut() {
                Some(Node::Value(before, sql_type)) if *sql_type == WEIGHTS => *before = weights,
                _ => args.insert(0, Node::Value(weights, WEIGHTS)),
            };
        }))
    }

    /// How the length of a document counts, as a sum of these: 1 divides by 1 + its logarithm, 2 by the
    /// length, 4 by the mean distance between the words that are found, 8 by the number of different words,
    /// 16 by 1 + the logarithm of that, 32 by 1 + the rank itself. Without it the length does not count.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let ranks = Article::objects().values(|a| search_rank(a.words(), "day").normalization(2 | 32));
    /// assert_sql!(ranks, "SELECT ts_rank(t0.words, plainto_tsquery($1), $2) FROM article AS t0");
    /// ```
    pub fn normalization(self, sum: i32) -> Self {
        Expr::from_node(with_args(self.into_node(), |args| {
            if let Some(Node::Value(_, SqlType::Int4)) = args.last() {
                args.pop();
            }
            args.push(number::<R>(sum));
        }))
    }

    /// Ranked by how near to each other the words stand: `ts_rank_cd`. Words without places, as in a
    /// document that was stripped of them, have no rank.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let ranks = Article::objects().values(|a| search_rank(a.words(), "a day").cover_density());
    /// assert_sql!(ranks, "SELECT ts_rank_cd(t0.words, plainto_tsquery($1)) FROM article AS t0");
    /// ```
    pub fn cover_density(self) -> Self {
        Expr::from_node(match self.into_node() {
            Node::Template(_, args) => Node::Template(&RANK_BY_COVER, args),
            other => other,
        })
    }
}
