//! Full text search.

use super::Review;
use super::make::by_key;
use crate::corpus::harness::{Case, asked, case};
use orm::Weight;
use orm::prelude::*;

pub fn cases() -> Vec<Case> {
    vec![
        case!("functions_rare/search_lookup", |db| {
            let loved = Review::objects().filter(|r| r.text().search("loved"));
            loved.order_by(|r| r.id()).values(|r| r.id()).all(db).await?
        }),
        case!("functions_rare/search_headline", |db| {
            let review = Review::objects().filter(|r| r.id().eq(8));
            let headline = review.values(|r| {
                let loved = search_query("loved").config("english");
                let headline = search_headline(r.text(), loved).config("english");
                headline.start_sel("<b>").stop_sel("</b>")
            });
            headline.all(db).await?
        }),
        case!("functions_rare/search_query_combine", |db| {
            let of = |text: &'static str| search_query(text).config("english");
            let found = Review::objects().filter(|r| {
                let vector = search_vector(r.text()).config("english");
                vector.search(of("tide") | of("long") & !of("great"))
            });
            found.order_by(|r| r.id()).values(|r| r.id()).all(db).await?
        }),
        case!("functions_rare/search_vector_two_columns_weights", |db| {
            let found = by_key().filter(|b| {
                let title = search_vector(b.title()).config("simple").weight(Weight::A);
                let subtitle = search_vector(b.subtitle()).config("simple").weight(Weight::B);
                (title + subtitle).search(search_query("history").config("simple"))
            });
            found.values(|b| b.id()).all(db).await?
        }),
    ]
}
