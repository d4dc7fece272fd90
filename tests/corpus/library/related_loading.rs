//! Related rows loaded by joins, by prefetches and one by one.

use super::{Author, Authorship, Book, Profile, Publisher, Review, Tag};
use crate::corpus::answer::nest;
use crate::corpus::harness::{Case, asked, case};
use orm::prelude::*;
use std::collections::BTreeSet;

pub fn cases() -> Vec<Case> {
    let mut all = joins();
    all.extend(prefetches());
    all.extend(nested_prefetches());
    all.extend(one_by_one());
    all
}

fn joins() -> Vec<Case> {
    vec![
        case!("related_loading/select_related", |db| {
            let books = Book::objects().select_related(|b| b.publisher());
            let books = books.filter(|b| b.id().in_([1, 6])).order_by(|b| b.id());
            nest(books.all(db).await?, &["publisher"])
        }),
        case!("related_loading/select_related_two_levels", |db| {
            let books = Book::objects()
                .select_related(|b| (b.publisher(), b.publisher().parent(), b.editor()));
            let books = books.filter(|b| b.id().in_([1, 4, 5])).order_by(|b| b.id());
            nest(books.all(db).await?, &["publisher", "publisher.parent", "editor"])
        }),
        case!("related_loading/select_related_inner_vs_left", |db| {
            let reviews = Review::objects().select_related(|r| (r.book(), r.book().publisher()));
            let reviews = reviews.filter(|r| r.id().in_([1, 5])).order_by(|r| r.id());
            nest(reviews.all(db).await?, &["book", "book.publisher"])
        }),
        case!("related_loading/select_related_access_no_queries", |db| {
            let books = Book::objects().select_related(|b| b.publisher()).order_by(|b| b.id());
            let names = |(book, publisher): (Book, Option<Publisher>)| {
                (book.title, publisher.map(|publisher| publisher.name))
            };
            books.all(db).await?.into_iter().map(names).collect::<Vec<_>>()
        }),
        case!("related_loading/select_related_filter_join_reuse", |db| {
            let books = Book::objects().select_related(|b| b.publisher());
            let books = books.filter(|b| b.publisher().country().eq("GB")).order_by(|b| b.id());
            nest(books.all(db).await?, &["publisher"])
        }),
    ]
}

/// The keys of rows, sorted.
fn sorted_keys<M: Model<Pk = i64>>(rows: &[M]) -> Vec<i64> {
    let mut keys: Vec<i64> = rows.iter().map(Model::pk).collect();
    keys.sort();
    keys
}

fn prefetches() -> Vec<Case> {
    vec![
        case!("related_loading/prefetch_m2m", |db| {
            let books = Book::objects().prefetch_related(|b| b.tags()).order_by(|b| b.id());
            let names = |(book, tags): (Book, Vec<Tag>)| {
                (book.id, tags.into_iter().map(|tag| tag.name).collect::<BTreeSet<_>>())
            };
            books.all(db).await?.into_iter().map(names).collect::<Vec<_>>()
        }),
        case!("related_loading/prefetch_reverse_fk", |db| {
            let books = Book::objects().prefetch_related(|b| b.reviews()).order_by(|b| b.id());
            let keys = |(book, reviews): &(Book, Vec<Review>)| (book.id, sorted_keys(reviews));
            books.all(db).await?.iter().map(keys).collect::<Vec<_>>()
        }),
        case!("related_loading/prefetch_fk", |db| {
            let reviews = Review::objects().prefetch_related(|r| r.book()).order_by(|r| r.id());
            let titles = |(review, book): (Review, Book)| (review.id, book.title);
            reviews.all(db).await?.into_iter().map(titles).collect::<Vec<_>>()
        }),
        case!("related_loading/prefetch_two", |db| {
            let books = Book::objects().prefetch_related(|b| (b.tags(), b.reviews()));
            let books = books.order_by(|b| b.id()).all(db).await?;
            let counts = books.iter().map(|(b, (tags, reviews))| (b.id, tags.len(), reviews.len()));
            counts.collect::<Vec<_>>()
        }),
        case!("related_loading/prefetch_object_ordered", |db| {
            let books = Book::objects().prefetch_related(|b| {
                b.reviews().objects().order_by(|r| (r.created().desc(), r.id()))
            });
            let keys = |(book, reviews): &(Book, Vec<Review>)| {
                (book.id, reviews.iter().map(|review| review.id).collect::<Vec<_>>())
            };
            books.order_by(|b| b.id()).all(db).await?.iter().map(keys).collect::<Vec<_>>()
        }),
        case!("related_loading/prefetch_object_select_related", |db| {
            let publishers = Publisher::objects().prefetch_related(|p| {
                p.books().objects().select_related(|b| b.editor()).order_by(|b| b.id())
            });
            let publishers = publishers.order_by(|p| p.id()).all(db).await?;
            let editors = |books: Vec<(Book, Option<Author>)>| {
                let editor = |(book, editor): (Book, Option<Author>)| {
                    (book.title, editor.map(|editor| editor.name))
                };
                books.into_iter().map(editor).collect::<Vec<_>>()
            };
            publishers.into_iter().map(|(p, books)| (p.id, editors(books))).collect::<Vec<_>>()
        }),
        case!("related_loading/prefetch_self_m2m", |db| {
            let authors = Author::objects().prefetch_related(|a| a.friends()).order_by(|a| a.id());
            let keys =
                |(author, friends): &(Author, Vec<Author>)| (author.id, sorted_keys(friends));
            authors.all(db).await?.iter().map(keys).collect::<Vec<_>>()
        }),
        case!("related_loading/prefetch_through", |db| {
            let books = Book::objects().prefetch_related(|b| {
                let authorships = b.authorships().objects().select_related(|x| x.author());
                authorships.order_by(|x| (x.position(), x.id()))
            });
            let roles = |rows: Vec<(Authorship, Author)>| {
                rows.into_iter().map(|(x, author)| (author.name, x.role)).collect::<Vec<_>>()
            };
            let books = books.order_by(|b| b.id()).all(db).await?;
            books.into_iter().map(|(book, rows)| (book.id, roles(rows))).collect::<Vec<_>>()
        }),
        case!("related_loading/prefetch_o2o_reverse", |db| {
            let authors = Author::objects().prefetch_related(|a| a.profile()).order_by(|a| a.id());
            let has = |(author, profile): (Author, Option<Profile>)| (author.id, profile.is_some());
            authors.all(db).await?.into_iter().map(has).collect::<Vec<_>>()
        }),
    ]
}

fn nested_prefetches() -> Vec<Case> {
    vec![
        case!("related_loading/prefetch_nested", |db| {
            let publishers = Publisher::objects()
                .prefetch_related(|p| p.books().objects().prefetch_related(|b| b.reviews()));
            let keys = |books: &[(Book, Vec<Review>)]| {
                let reviews = books.iter().flat_map(|(_, reviews)| reviews);
                reviews.map(|review| review.id).collect::<BTreeSet<_>>()
            };
            let publishers = publishers.order_by(|p| p.id()).all(db).await?;
            publishers.iter().map(|(p, books)| (p.id, keys(books))).collect::<Vec<_>>()
        }),
        case!("related_loading/prefetch_nested_deeper", |db| {
            let publishers = Publisher::objects().prefetch_related(|p| {
                p.books()
                    .objects()
                    .prefetch_related(|b| b.authors().objects().prefetch_related(|a| a.profile()))
            });
            let publishers = publishers.order_by(|p| p.id()).all(db).await?;
            let mut names = Vec::new();
            for (publisher, books) in publishers {
                let authors = books.into_iter().flat_map(|(_, authors)| authors);
                let of_books = authors.map(|(author, _): (Author, Option<Profile>)| author.name);
                names.push((publisher.id, of_books.collect::<BTreeSet<_>>()));
            }
            names
        }),
        case!("related_loading/prefetch_with_iterator", |db: Database| {
            let books = Book::objects().prefetch_related(|b| b.tags()).order_by(|b| b.id());
            let mut rows = books.stream(db);
            let mut keys = Vec::new();
            while let Some((book, tags)) = rows.next().await.transpose()? {
                keys.push((book.id, sorted_keys(&tags)));
            }
            keys
        }),
    ]
}

fn one_by_one() -> Vec<Case> {
    vec![
        case!("related_loading/n_plus_one", |db| {
            let mut names = Vec::new();
            for book in Book::objects().order_by(|b| b.id()).limit(4).all(db).await? {
                let publisher = book.publisher.fetch(db).await?;
                names.push((book.title, publisher.map(|publisher| publisher.name)));
            }
            names
        }),
        case!("related_loading/prefetch_filter_after_hits_db", |db| {
            let books = Book::objects().prefetch_related(|b| b.reviews());
            let (book, _) = books.filter(|b| b.id().eq(1)).get(db).await?;
            sorted_keys(&book.reviews().filter(|r| r.stars().eq(5)).all(db).await?)
        }),
        case!("related_loading/prefetch_related_objects", |db| {
            let books = Book::objects().filter(|b| b.id().lte(2)).order_by(|b| b.id());
            let books = prefetch(db, books.all(db).await?, |b| b.tags()).await?;
            books.iter().map(|(_, tags)| sorted_keys(tags)).collect::<Vec<_>>()
        }),
        case!("related_loading/known_related_object", |db| {
            let publisher = Publisher::objects().filter(|p| p.id().eq(1)).get(db).await?;
            let books = publisher.books().all(db).await?;
            let of_it = |book: &Book| book.publisher == Some(ForeignKey::from(&publisher));
            books.iter().map(of_it).collect::<Vec<_>>()
        }),
        case!("related_loading/refresh_from_db", |db| {
            let mut book = Book::objects().filter(|b| b.id().eq(1)).get(db).await?;
            let same = Book::objects().filter(|b| b.id().eq(1));
            same.update(db, |b| b.title().set("New")).await?;
            book.refresh(db).await?;
            book.title
        }),
        case!("related_loading/fk_access_reverse_o2o_missing", |db| {
            let author = Author::objects().filter(|a| a.id().eq(3)).get(db).await?;
            author.profile().get(db).await?
        }),
    ]
}
