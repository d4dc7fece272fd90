//! Several queries, asked before the first has answered.

use super::BoxFuture;
use crate::error::{Error, Result};
use std::future::{IntoFuture, poll_fn};
use std::task::{Context, Poll};

/// What a terminal returns: a query that runs when it is waited for.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not run by itself: `together` takes what terminals return",
    label = "this is no query that runs",
    note = "for example `db.together((Book::objects().all(&db), Tag::objects().count(&db))).await?`"
)]
pub trait Asked<'a> {
    /// What it answers.
    type Answer: Send + 'a;

    /// It in a box.
    #[doc(hidden)]
    fn boxed(self) -> BoxFuture<'a, Result<Self::Answer>>;
}

#[diagnostic::do_not_recommend]
impl<'a, F, T> Asked<'a> for F
where
    F: IntoFuture<Output = Result<T>, IntoFuture: Send + 'a>,
    T: Send + 'a,
{
    type Answer = T;

    fn boxed(self) -> BoxFuture<'a, Result<T>> {
        Box::pin(self.into_future())
    }
}

/// Queries that are asked together: a tuple of up to ten, or a list of one kind.
#[diagnostic::on_unimplemented(
    message = "`together` takes a tuple of up to ten queries, or a list of them",
    label = "expected `(query, query, …)`",
    note = "for example `db.together((Book::objects().all(&db), Tag::objects().count(&db))).await?`"
)]
pub trait Together<'a> {
    /// What they answer.
    type Answers: Send + 'a;

    /// Asks all of them, and waits until each has answered. The error is the first by their order.
    #[doc(hidden)]
    fn ask(self) -> BoxFuture<'a, Result<Self::Answers>>;
}

/// A query under way.
struct Query<'a, T> {
    asked: BoxFuture<'a, Result<T>>,
    answer: Option<Result<T>>,
}

impl<'a, T> Query<'a, T> {
    fn new(asked: BoxFuture<'a, Result<T>>) -> Self {
        Query { asked, answer: None }
    }

    /// True once it has answered.
    fn poll(&mut self, cx: &mut Context<'_>) -> bool {
        if self.answer.is_none()
            && let Poll::Ready(answer) = self.asked.as_mut().poll(cx)
        {
            self.answer = Some(answer);
        }
        self.answer.is_some()
    }

    fn take(&mut self) -> Result<T> {
        self.answer.take().unwrap_or_else(|| Err(Error::usage("the query has not answered")))
    }
}

macro_rules! tuples {
    ($(($($query:ident $place:tt),+))*) => {$(
        #[diagnostic::do_not_recommend]
        impl<'a, $($query: Asked<'a>),+> Together<'a> for ($($query,)+) {
            type Answers = ($($query::Answer,)+);

            fn ask(self) -> BoxFuture<'a, Result<Self::Answers>> {
                let mut queries = ($(Query::new(self.$place.boxed()),)+);
                Box::pin(poll_fn(move |cx| {
                    let ended = [$(queries.$place.poll(cx)),+];
                    if ended.contains(&false) {
                        return Poll::Pending;
                    }
                    let mut answers = || Ok(($(queries.$place.take()?,)+));
                    Poll::Ready(answers())
                }))
            }
        }
    )*};
}
tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9)
}

#[diagnostic::do_not_recommend]
impl<'a, Q: Asked<'a>> Together<'a> for Vec<Q> {
    type Answers = Vec<Q::Answer>;

    fn ask(self) -> BoxFuture<'a, Result<Self::Answers>> {
        let mut queries: Vec<_> = self.into_iter().map(|q| Query::new(q.boxed())).collect();
        Box::pin(poll_fn(move |cx| {
            let waiting = queries.iter_mut().filter_map(|q| (!q.poll(cx)).then_some(())).count();
            match waiting {
                0 => Poll::Ready(queries.iter_mut().map(Query::take).collect()),
                _ => Poll::Pending,
            }
        }))
    }
}
