//! Rows made, related sets changed, rows locked.

use super::make::{dec, moment};
use super::{Author, Book, Publisher, Review, Stock, Store, Tag};
use crate::corpus::answer::nest;
use crate::corpus::harness::{Case, asked, case};
use orm::prelude::*;

pub fn cases() -> Vec<Case> {
    let mut all = one();
    all.extend(many());
    all.extend(conflicts());
    all.extend(obtained());
    all.extend(sets());
    all.extend(locks());
    all
}

fn one() -> Vec<Case> {
    vec![
        case!("insert/create", |db| {
            Tag::objects().create(db, draft!(Tag { name: "brand-new" })).await?.pk()
        }),
        case!("insert/create_defaults", |db| {
            let book = draft!(Book {
                isbn: Uuid::from_u128(99),
                title: "New",
                price: dec("1.50"),
                created_at: moment(2024, 1, 1),
            });
            let b = book.save(db).await?;
            (b.pk(), b.subtitle, b.in_print, b.keywords, b.meta, b.scores)
        }),
        case!("insert/create_unique_violation", |db| {
            Tag::objects().create(db, draft!(Tag { name: "sea" })).await?
        }),
        case!("insert/create_fk_violation_deferred", |db| {
            let review = draft!(Review { book: 999, stars: 1, created: moment(2024, 1, 1) });
            review.save(db).await?;
            // The schema's keys are checked at the end of the transaction, unless asked before.
            db.batch_execute("SET CONSTRAINTS ALL IMMEDIATE").await?
        }),
        case!("insert/related_create", |db| {
            let publisher = Publisher::objects().filter(|p| p.id().eq(2)).get(db).await?;
            let book = draft!(Book {
                isbn: Uuid::from_u128(97),
                title: "Via manager",
                price: 2,
                created_at: moment(2024, 1, 1),
            });
            publisher.books().create(db, book).await?.publisher.map(|key| key.pk())
        }),
        case!("insert/atomic_integrity_error_inner", |db| {
            let sea = db.transaction(async |tx| draft!(Tag { name: "sea" }).save(tx).await);
            assert!(matches!(sea.await, Err(Error::Unique(_))));
            draft!(Tag { name: "after" }).save(db).await?.pk() > 0
        }),
    ]
}

fn many() -> Vec<Case> {
    vec![
        case!("insert/bulk_create", |db| {
            let drafts = ["b1", "b2", "b3"].map(|name| draft!(Tag { name }));
            let tags = Tag::objects().bulk_create(db, drafts).await?;
            tags.iter().map(Tag::pk).collect::<Vec<_>>()
        }),
        case!("insert/bulk_create_batches", |db| {
            let drafts = (0..5).map(|i| draft!(Tag { name: format!("b{i}") }));
            let tags = Tag::objects().bulk_create(db, drafts).await?;
            tags.iter().map(Tag::pk).collect::<Vec<_>>()
        }),
        case!("insert/bulk_create_empty", |db| {
            let none = std::iter::empty::<&str>().map(|name| draft!(Tag { name }));
            Tag::objects().bulk_create(db, none).await?
        }),
        case!("insert/bulk_create_expr", |db| {
            let draft = draft!(Tag { name: value::<Tag, _>("ABC").lower() });
            Tag::objects().bulk_create(db, [draft]).await?;
            Tag::objects().filter(|t| t.name().eq("abc")).exists(db).await?
        }),
        case!("insert/bulk_create_with_some_pks", |db| {
            let drafts = [draft!(Tag { id: 50, name: "b1" }), draft!(Tag { name: "b2" })];
            let tags = Tag::objects().bulk_create(db, drafts).await?;
            tags.iter().map(Tag::pk).collect::<Vec<_>>()
        }),
    ]
}

fn conflicts() -> Vec<Case> {
    vec![
        case!("insert/bulk_create_ignore_conflicts", |db| {
            let drafts = ["sea", "fresh"].map(|name| draft!(Tag { name }));
            Tag::objects().bulk_create(db, drafts).on_conflict_ignore().await?;
            Tag::objects().filter(|t| t.name().eq("fresh")).count(db).await?
        }),
        case!("insert/bulk_create_update_conflicts", |db| {
            let drafts = [(1, 50), (4, 9)];
            let drafts = drafts.map(|(store, quantity)| draft!(Stock { store, book: 1, quantity }));
            let stock = Stock::objects().bulk_create(db, drafts);
            let stock =
                stock.on_conflict(|s| (s.store(), s.book())).update(|s| s.quantity()).await?;
            stock.iter().map(|upserted| upserted.row.pk()).collect::<Vec<_>>()
        }),
    ]
}

fn obtained() -> Vec<Case> {
    vec![
        case!("insert/get_or_create_existing", |db| {
            let sea = draft!(Tag { name: "sea" });
            let (tag, created) = Tag::objects().get_or_create(db, |t| t.name(), sea).await?;
            (tag.pk(), created)
        }),
        case!("insert/get_or_create_new", |db| {
            let gc = draft!(Tag { name: "gc" });
            let (tag, created) = Tag::objects().get_or_create(db, |t| t.name(), gc).await?;
            (tag.pk(), created)
        }),
        case!("insert/get_or_create_defaults", |db| {
            let draft = draft!(Stock { store: 4, book: 2, quantity: 3 });
            let stock = Stock::objects().get_or_create(db, |s| (s.store(), s.book()), draft);
            let (stock, created) = stock.await?;
            (stock.quantity, created)
        }),
        case!("insert/get_or_create_lookup_kwargs", |db| {
            let never = draft!(Tag { name: "never" });
            let tag = Tag::objects().get_or_create(db, |t| t.name().iexact("POETRY"), never);
            let (tag, created) = tag.await?;
            (tag.pk(), created)
        }),
        case!("insert/get_or_create_related", |db| {
            let book = Book::objects().filter(|b| b.id().eq(1)).get(db).await?;
            let draft = draft!(Review { reviewer: "zoe", stars: 2, created: moment(2024, 1, 1) });
            let review = book.reviews().get_or_create(db, |r| r.reviewer().eq("zoe"), draft);
            let (review, created) = review.await?;
            (review.book.pk(), created)
        }),
        case!("insert/get_or_create_multiple", |db| {
            let draft = draft!(Tag { name: "sea" });
            Tag::objects().get_or_create(db, |t| t.name().icontains("sea"), draft).await?.1
        }),
        case!("insert/get_or_create_callable_default", |db| {
            let draft = draft!(Store { name: "N", city: ["La", "zy"].concat() });
            let store = Store::objects().get_or_create(db, |s| s.name().eq("N"), draft);
            let (store, created) = store.await?;
            (store.city, created)
        }),
        case!("insert/update_or_create_update", |db| {
            let draft = draft!(Stock { store: 1, book: 1, quantity: 77 });
            let stock = Stock::objects().update_or_create(db, |s| (s.store(), s.book()), draft);
            let (stock, created) = stock.await?;
            (stock.pk(), stock.quantity, created)
        }),
        case!("insert/update_or_create_create", |db| {
            let draft = draft!(Stock { store: 4, book: 3, quantity: 7 });
            let stock = Stock::objects().update_or_create(db, |s| (s.store(), s.book()), draft);
            let (stock, created) = stock.await?;
            (stock.quantity, created)
        }),
        case!("insert/update_or_create_create_defaults", |db| {
            let draft = draft!(Stock { store: 4, book: 3, quantity: 1 });
            let stock = Stock::objects().update_or_create(db, |s| (s.store(), s.book()), draft);
            let (stock, created) = stock.updating(|s| s.quantity().set(7)).await?;
            (stock.quantity, created)
        }),
    ]
}

fn sets() -> Vec<Case> {
    vec![
        case!("insert/m2m_add_existing_no_dup", |db| {
            let book = Book::objects().filter(|b| b.id().eq(1)).get(db).await?;
            book.tags().add(db, [1, 3]).await?;
            tag_keys(&book, db).await?
        }),
        case!("insert/m2m_remove", |db| {
            let book = Book::objects().filter(|b| b.id().eq(1)).get(db).await?;
            book.tags().remove(db, [1, 5]).await?;
            tag_keys(&book, db).await?
        }),
        case!("insert/m2m_set", |db| {
            let book = Book::objects().filter(|b| b.id().eq(1)).get(db).await?;
            book.tags().set(db, [2, 3]).await?;
            tag_keys(&book, db).await?
        }),
        case!("insert/m2m_clear", |db| {
            let book = Book::objects().filter(|b| b.id().eq(1)).get(db).await?;
            book.tags().clear(db).await?;
            book.tags().count(db).await?
        }),
        case!("insert/m2m_reverse_add", |db| {
            let tag = Tag::objects().filter(|t| t.id().eq(5)).get(db).await?;
            tag.books().add(db, [1, 2]).await?
        }),
        case!("insert/m2m_symmetrical_add", |db| {
            let author = Author::objects().filter(|a| a.id().eq(6)).get(db).await?;
            author.friends().add(db, [7]).await?
        }),
        case!("insert/m2m_symmetrical_remove", |db| {
            let author = Author::objects().filter(|a| a.id().eq(1)).get(db).await?;
            author.friends().remove(db, [2]).await?
        }),
        case!("insert/fk_reverse_set", |db| {
            let publisher = Publisher::objects().filter(|p| p.id().eq(3)).get(db).await?;
            let fourth = Book::objects().filter(|b| b.id().eq(4)).get(db).await?;
            let sixth = Book::objects().filter(|b| b.id().eq(6)).get(db).await?;
            publisher.books().set(db, [&fourth, &sixth]).await?;
            let mut keys = publisher.books().values(|b| b.id()).all(db).await?;
            keys.sort();
            keys
        }),
    ]
}

/// The keys of a book's tags, sorted.
async fn tag_keys(book: &Book, db: &impl Executor) -> orm::Result<Vec<i64>> {
    let mut keys = book.tags().values(|t| t.id()).all(db).await?;
    keys.sort();
    Ok(keys)
}

fn locks() -> Vec<Case> {
    vec![
        case!("insert/select_for_update", |db| {
            let book = Book::objects().select_for_update().filter(|b| b.id().eq(1));
            book.values(|b| b.id()).all(db).await?
        }),
        case!("insert/select_for_update_options", |db| {
            let book = Book::objects().select_for_update().skip_locked().of(|b| b.clone()).no_key();
            let book = book.select_related(|b| b.publisher()).filter(|b| b.id().eq(1));
            nest(book.all(db).await?, &["publisher"])
        }),
        case!("insert/select_for_update_nowait", |db| {
            let book = Book::objects().select_for_update().nowait().filter(|b| b.id().eq(1));
            book.values(|b| b.id()).all(db).await?
        }),
        case!("insert/select_for_update_conflicting_options", |db| {
            Book::objects().select_for_update().nowait().skip_locked().all(db).await?
        }),
    ]
}
