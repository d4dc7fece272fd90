//! Columns with a length or a number of digits: what they would cut or round is not sent; of what they
//! have no room for, the error names the field. So do errors of values that are only looked for.

use crate::support::{Outcome, database, says};
use orm::prelude::*;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "room", ordering = [id])]
pub struct Label {
    pub id: i64,
    #[field(max_length = 5)]
    pub word: String,
    #[field(max_length = 5)]
    pub words: Vec<Option<String>>,
    #[field(max_digits = 6, decimal_places = 2)]
    pub price: Option<Decimal>,
    #[field(max_digits = 6, decimal_places = 2)]
    pub prices: Vec<Decimal>,
    #[field(unique)]
    pub code: i32,
    pub lasts: Option<TimeDelta>,
}

fn label(
    word: &str,
    price: Decimal,
    code: i32,
) -> impl orm::Complete<Model = Label> + Clone + use<> {
    draft!(Label { word: word.to_owned(), words: vec![], price: price, prices: vec![], code: code })
}

/// The error of a call whose value cannot be sent.
macro_rules! unsent {
    ($field:literal, $call:expr) => {{
        let error = $call.await.map(drop).expect_err("a loss");
        assert!(matches!(error, Error::Encode { .. }), "{error:?}");
        says(&error, &[concat!("`", $field, "` of `Label`")]);
    }};
}

#[tokio::test]
async fn what_a_column_would_cut_or_round_is_not_sent() -> Outcome {
    let db = database!("api_room": Label);
    let (spaces, third) = ("abc   ", dec!(0.333));
    let mut row = label("abc", dec!(0.30), 1).save(&db).await?;
    for (bad, field) in [(label(spaces, dec!(1), 2), "word"), (label("abc", third, 2), "price")] {
        let errors = [
            bad.clone().save(&db).await.map(drop),
            Label::objects().create(&db, bad.clone()).await.map(drop),
            Label::objects().bulk_create(&db, [bad.clone()]).await.map(drop),
            Label::objects().bulk_create(&db, (0..30).map(|_| bad.clone())).await.map(drop),
            Label::objects().copy_in(&db, [bad.clone()]).await.map(drop),
            Label::objects().get_or_create(&db, |l| l.code(), bad.clone()).await.map(drop),
            Label::objects().update_or_create(&db, |l| l.code(), bad.clone()).await.map(drop),
        ];
        for error in errors {
            let error = error.expect_err("a loss");
            assert!(matches!(error, Error::Encode { .. }), "{error:?}");
            says(&error, &[&format!("`{field}` of `Label`")]);
        }
    }
    unsent!("word", Label::objects().update(&db, |l| l.word().set(spaces)));
    unsent!("price", Label::objects().update(&db, |l| l.price().set(third)));
    unsent!("prices", Label::objects().update(&db, |l| l.prices().set(vec![dec!(1), third])));
    let words = || vec![None, Some(spaces.to_owned())];
    unsent!("words", Label::objects().update(&db, |l| l.words().set(words())));
    row.word = spaces.to_owned();
    unsent!("word", row.save(&db));
    unsent!("word", row.save_fields(&db, |l| l.word()));
    unsent!("word", row.save_or_insert(&db));
    unsent!("word", Label::objects().bulk_update(&db, [&row], |l| l.word()));
    let dynamic = Label::dyn_draft().set("word", "a").set("words", json!(["abcdef", "x         "]));
    let dynamic = dynamic.set("prices", json!([])).set("code", 3);
    unsent!("words", dynamic.save(&db));
    let [left] = Label::objects().all(&db).await?.try_into().expect("one row");
    assert_eq!((left.word.as_str(), left.price), ("abc", Some(dec!(0.30))));
    // Zeros at the end are no loss, nor are spaces for which there is room.
    let kept = label("abc  ", dec!(0.25000), 4).save(&db).await?;
    assert_eq!((kept.word.as_str(), kept.price), ("abc  ", Some(dec!(0.25))));
    assert_eq!(Label::objects().filter(|l| l.price().eq(dec!(0.250))).count(&db).await?, 1);
    // What the database calculates, it rounds.
    Label::objects().update(&db, |l| l.price().set(l.price() / 3)).await?;
    assert_eq!(Label::objects().get_by_key(&db, kept.id).await?.price, Some(dec!(0.08)));
    Ok(())
}

#[tokio::test]
async fn the_field_without_room_is_named() -> Outcome {
    let db = database!("api_room": Label);
    let mut row = label("abc", dec!(1), 1).save(&db).await?;
    let long = label("secret", dec!(1), 2);
    let large = label("abc", dec!(70000.5), 2);
    row.word = "secret".to_owned();
    let mixed = [label("abc", dec!(1), 5), long.clone()];
    let errors = [
        (long.clone().save(&db).await.map(drop), "word"),
        (large.clone().save(&db).await.map(drop), "price"),
        (Label::objects().bulk_create(&db, mixed).await.map(drop), "word"),
        (
            Label::objects().bulk_create(&db, (0..30).map(|_| large.clone())).await.map(drop),
            "price",
        ),
        (Label::objects().copy_in(&db, [long.clone()]).await.map(drop), "word"),
        (Label::objects().update(&db, |l| l.word().set("secret")).await.map(drop), "word"),
        (row.save(&db).await, "word"),
        (row.save_fields(&db, |l| l.word()).await, "word"),
        (row.save_or_insert(&db).await.map(drop), "word"),
        (Label::objects().bulk_update(&db, [&row], |l| l.word()).await.map(drop), "word"),
    ];
    for (error, field) in errors {
        let error = error.expect_err("no room");
        let code = error.sqlstate().map(str::to_owned);
        assert!(matches!(code.as_deref(), Some("22001" | "22003")), "{error:?}");
        says(&error, &[&format!("`{field}` of `Label`: ")]);
        assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_looked_for_and_cannot_be_sent_names_the_field() -> Outcome {
    let db = database!("api_room": Label);
    let row = label("abc", dec!(1), 1).save(&db).await?;
    let labels = Label::objects;
    let bad = || labels().filter(|l| l.word().eq("a\0"));
    let word = "`word` of `Label`: text with a zero byte";
    for (error, parts) in [
        (bad().all(&db).await.map(drop), word),
        (bad().count(&db).await.map(drop), word),
        (bad().exists(&db).await.map(drop), word),
        (bad().first(&db).await.map(drop), word),
        (bad().values(|l| l.id()).all(&db).await.map(drop), word),
        (bad().aggregate(&db, |l| l.code().max()).await.map(drop), word),
        (bad().stream(&db).next().await.expect("an item").map(drop), word),
        (labels().filter(|l| l.word().in_(["a", "\0"])).all(&db).await.map(drop), word),
        (labels().filter(|l| l.word().ne("\0")).all(&db).await.map(drop), "of `Label`: text"),
        (
            labels().filter(|l| l.word().icontains("\0")).all(&db).await.map(drop),
            "of `Label`: text",
        ),
        (
            labels()
                .filter(|l| l.code().gt(0) & l.lasts().gte(TimeDelta::MAX))
                .all(&db)
                .await
                .map(drop),
            "`lasts` of `Label`: the duration has more days",
        ),
        (
            labels().values(|l| l.lasts() + TimeDelta::MIN).all(&db).await.map(drop),
            "a value in a query of `Label`: the duration",
        ),
    ] {
        let error = error.expect_err("it cannot be sent");
        assert!(matches!(error, Error::Encode { .. }), "{error:?}");
        says(&error, &[parts]);
    }
    let mut lost = row.clone();
    lost.word = "\0".to_owned();
    says(&lost.save_or_insert(&db).await.expect_err("a zero byte"), &["`word` of `Label`"]);
    Ok(())
}
