//! To-many relations: one `filter` call is about one related row, chained calls about any.

use super::filter::books;
use super::{Author, Book, Publisher, Tag};
use crate::corpus::harness::{Case, asked, case};
use orm::ModelExt;

pub fn cases() -> Vec<Case> {
    let mut all = same_row_or_not();
    all.extend(conditions());
    all.extend(paths());
    all.extend(related_sets());
    all
}

fn same_row_or_not() -> Vec<Case> {
    vec![
        books!("multivalued/one_filter_two_conditions", |b| {
            b.reviews().stars().eq(5) & b.reviews().reviewer().eq("kim")
        }),
        case!("multivalued/two_filters", |db| {
            let books = Book::objects().filter(|b| b.reviews().stars().eq(5));
            let books = books.filter(|b| b.reviews().reviewer().eq("kim")).order_by(|b| b.id());
            books.values(|b| b.id()).all(db).await?
        }),
        case!("multivalued/two_filters_distinct", |db| {
            let books = Book::objects().filter(|b| b.reviews().stars().eq(5));
            let books = books.filter(|b| b.reviews().reviewer().eq("kim")).distinct();
            books.order_by(|b| b.id()).values(|b| b.id()).all(db).await?
        }),
        books!("multivalued/m2m_duplicates", ordered, |b| b.tags().name().in_(["sea", "history"])),
        case!("multivalued/m2m_and_needs_two_filters", |db| {
            let books = Book::objects().filter(|b| b.tags().name().eq("sea"));
            let books = books.filter(|b| b.tags().name().eq("history")).order_by(|b| b.id());
            books.values(|b| b.id()).all(db).await?
        }),
        books!("multivalued/m2m_and_in_one_filter_empty", |b| {
            b.tags().name().eq("sea") & b.tags().id().eq(2)
        }),
        books!("multivalued/q_and_same_filter", |b| {
            b.tags().name().eq("sea") & b.tags().name().eq("history")
        }),
        books!("multivalued/m2m_through_extra_same_row", |b| {
            b.authorships().author().name().eq("Elif Şahin")
                & b.authorships().role().eq("translator")
        }),
        case!("multivalued/m2m_through_vs_m2m_path", |db| {
            let books = Book::objects().filter(|b| b.authors().name().eq("Elif Şahin"));
            let books = books.filter(|b| b.authorships().role().eq("writer"));
            books.order_by(|b| b.id()).values(|b| b.id()).all(db).await?
        }),
    ]
}

fn conditions() -> Vec<Case> {
    vec![
        books!("multivalued/q_or_left_joins", ordered, |b| {
            b.tags().name().eq("sea") | b.price().gt(50)
        }),
        books!("multivalued/not_q_m2m_in_filter", ordered, |b| !b.tags().name().eq("sea")),
        books!("multivalued/m2m_isnull", ordered, |b| b.tags().isnull(true)),
        books!("multivalued/m2m_isnull_false_dups", ordered, |b| b.tags().isnull(false)),
        case!("multivalued/m2m_exact_instance", |db| {
            let poetry = Tag::objects().filter(|t| t.name().eq("poetry")).get(db).await?;
            let books = Book::objects().filter(|b| b.tags().eq(&poetry)).order_by(|b| b.id());
            books.values(|b| b.id()).all(db).await?
        }),
        case!("multivalued/reverse_fk_f_compare", |db| {
            let restocked =
                Book::objects().filter(|b| b.stock().restocked().gt(b.reviews().created()));
            restocked.distinct().order_by(|b| b.id()).values(|b| b.id()).all(db).await?
        }),
    ]
}

/// The keys of the authors that satisfy a condition, in order.
macro_rules! authors {
    ($id:literal, |$a:ident| $condition:expr) => {
        case!($id, |db| {
            let authors = Author::objects().filter(|$a| $condition).order_by(|a| a.id());
            authors.values(|a| a.id()).all(db).await?
        })
    };
}

fn paths() -> Vec<Case> {
    vec![
        authors!("multivalued/reverse_from_author", |a| a.books().publisher().country().eq("GB")),
        case!("multivalued/deep_multi", |db| {
            let tags = Tag::objects().filter(|t| {
                t.books().reviews().stars().eq(5) & t.books().authors().alive().eq(false)
            });
            tags.distinct().order_by(|t| t.id()).values(|t| t.id()).all(db).await?
        }),
        case!("multivalued/deep_multi_two_filters", |db| {
            let tags = Tag::objects().filter(|t| t.books().reviews().stars().eq(1));
            let tags = tags.filter(|t| t.books().authors().alive()).distinct();
            tags.order_by(|t| t.id()).values(|t| t.id()).all(db).await?
        }),
        authors!("multivalued/self_m2m_asymmetrical", |a| a.follows().id().eq(1)),
        authors!("multivalued/self_fk_reverse", |a| a.proteges().rating().lt(4)),
        authors!("multivalued/self_fk_two_up", |a| a.mentor().mentor().id().eq(1)),
        books!("multivalued/o2o_forward_self", |b| b.prequel().title().eq("étoile")),
        books!("multivalued/o2o_reverse_self", ordered, |b| b.sequel().isnull(false)),
        books!("multivalued/filtered_relation", |b| {
            b.reviews().joined_on(|r| r.stars().eq(5)).reviewer().eq("kim")
        }),
        case!("multivalued/filtered_relation_count", |db| {
            let good = Book::objects()
                .order_by(|b| b.id())
                .annotate(|b| b.reviews().joined_on(|r| r.stars().gte(4)).count());
            let good = good.all(db).await?;
            good.into_iter().map(|(b, n)| (b.id, n)).collect::<Vec<_>>()
        }),
        authors!("multivalued/o2o_reverse_isnull", |a| a.profile().isnull(true)),
        authors!("multivalued/o2o_reverse_field", |a| a.profile().website().contains("volkov")),
    ]
}

fn related_sets() -> Vec<Case> {
    vec![
        case!("multivalued/related_manager", |db| {
            let book = Book::objects().filter(|b| b.id().eq(1)).get(db).await?;
            let good = book.reviews().filter(|r| r.stars().gte(4)).order_by(|r| r.id());
            good.values(|r| r.id()).all(db).await?
        }),
        case!("multivalued/related_manager_m2m", |db| {
            let book = Book::objects().filter(|b| b.id().eq(9)).get(db).await?;
            book.tags().order_by(|t| t.name()).values(|t| t.name()).all(db).await?
        }),
        case!("multivalued/related_manager_reverse_m2m", |db| {
            let author = Author::objects().filter(|a| a.id().eq(1)).get(db).await?;
            author.books().order_by(|b| b.id()).values(|b| b.id()).all(db).await?
        }),
        case!("multivalued/related_manager_count", |db| {
            let publisher = Publisher::objects().filter(|p| p.id().eq(1)).get(db).await?;
            publisher.books().count(db).await?
        }),
    ]
}
