//! Expressions as deep and conditions as long as they can be, run by the server on a thread with
//! as little stack as tokio's.

use super::library::{Book, library};
use crate::support::Outcome;
use orm::Error;
use orm::prelude::*;

const TERMS: usize = 100_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_server_takes_what_is_compiled() -> Outcome {
    tokio::spawn(async {
        let db = library().await?;
        let old = || Book::q(|b| b.published().isnull(true));
        let alternating = |levels: usize| {
            (0..levels).fold(old(), |q, i| if i % 2 == 0 { q & !old() } else { old() | q })
        };
        let set = Book::objects().filter(|_| alternating(196));
        assert_eq!(set.count(&db).await?, Book::objects().filter(|_| old()).count(&db).await?);
        let sum = |levels| (0..levels).fold(Book::paths().pages() + 0, |sum, _| sum + 1);
        let more = Book::objects().filter(|b| sum(190).eq(b.pages() + 190)).count(&db).await?;
        assert_eq!(more, Book::objects().count(&db).await?);
        let inside =
            |levels| (0..levels).fold(Q::all(), |q, _| exists(Book::objects().filter(|_| q)));
        assert_eq!(Book::objects().filter(|_| inside(38)).count(&db).await?, more);
        Ok(())
    })
    .await?
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_hundred_thousand_terms() -> Outcome {
    tokio::spawn(async {
        let db = library().await?;
        let old = || Book::q(|b| b.published().isnull(true));
        let terms = (1..TERMS).fold(old(), |q, _| q | old());
        let expected = Book::objects().filter(|_| old()).count(&db).await?;
        assert_eq!(Book::objects().filter(|_| terms).count(&db).await?, expected);
        let values = Q::any_of((0..TERMS as i64).map(|id| Book::q(|b| b.id().eq(id))));
        match Book::objects().filter(|_| values).count(&db).await {
            Err(Error::Usage(message)) => assert!(message.contains("by `in_`"), "{message}"),
            other => panic!("{other:?}"),
        }
        Ok(())
    })
    .await?
}
