//! Numbers that `Decimal` is too small for, by the feature `bigdecimal`.

use orm::BigDecimal;
use orm::prelude::*;
use orm_testkit::TestDatabase;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(ordering = [id])]
pub struct Measure {
    pub id: i64,
    pub number: BigDecimal,
    pub some: Option<BigDecimal>,
    pub list: Vec<BigDecimal>,
}

fn big(text: &str) -> BigDecimal {
    text.parse().unwrap()
}

#[tokio::test]
async fn numbers_of_any_size() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let t = TestDatabase::empty().await?;
    let db: &Database = &t;
    create_tables::<(Measure,)>(db).await?;
    let texts = [
        "12345678901234567890123456789.12345",
        "0.00000000000000000000000000001",
        "-0.50",
        "0.000",
        &"9".repeat(1_000),
    ];
    for text in texts {
        let number = big(text);
        let draft = draft!(Measure {
            number: number.clone(),
            some: Some(number.clone()),
            list: vec![number.clone()]
        });
        let row = draft.save(db).await?;
        assert_eq!(row.number.to_plain_string(), text);
        assert_eq!((row.some, row.list), (Some(number.clone()), vec![number.clone()]));
        let found = Measure::objects().filter(|m| m.number().eq(number.clone()));
        assert_eq!(found.count(db).await?, 1);
        let json = serde_json::json!(text);
        let again = Measure::dyn_draft().set("number", json.clone()).set("some", json);
        assert_eq!(again.set("list", vec![number.clone()]).save(db).await?.number, number);
        assert_eq!(found.delete(db).await?.total, 2);
    }
    draft!(Measure { number: big("1.5"), list: vec![] }).save(db).await?;
    let values = Measure::objects().values(|m| (m.number() * 2, m.number() + big("1e-30")));
    assert_eq!(values.get(db).await?, (big("3.0"), big("1.5") + big("1e-30")));
    assert_eq!(Measure::objects().aggregate(db, |m| m.number().sum()).await?, Some(big("1.5")));
    let huge = draft!(Measure { number: big("1e999999999"), list: vec![] }).save(db).await;
    assert!(matches!(huge, Err(Error::Encode { .. })), "{huge:?}");
    db.batch_execute("UPDATE measure SET number = 'NaN'").await?;
    assert!(matches!(Measure::objects().all(db).await, Err(Error::Decode { .. })));
    Ok(())
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(ordering = [id])]
pub struct Fee {
    pub id: i64,
    #[field(max_digits = 60, decimal_places = 30)]
    pub fee: BigDecimal,
    #[field(max_digits = 60, decimal_places = 30)]
    pub fees: Vec<BigDecimal>,
}

#[tokio::test]
async fn places_that_a_column_would_round_are_not_sent()
-> std::result::Result<(), Box<dyn std::error::Error>> {
    let t = TestDatabase::empty().await?;
    let db: &Database = &t;
    create_tables::<(Fee,)>(db).await?;
    let fee = |fee: &str, more: &str| draft!(Fee { fee: big(fee), fees: vec![big(more)] });
    let row = fee("-1.0000000000000000000000000000010", "1e-30").save(db).await?;
    assert_eq!((row.fee, row.fees), (big("-1.000000000000000000000000000001"), vec![big("1e-30")]));
    for (draft, field) in [(fee("1e-31", "1"), "`fee`"), (fee("1", "0.5e-30"), "`fees`")] {
        let error = draft.save(db).await.expect_err("it would be rounded");
        assert!(matches!(error, Error::Encode { .. }), "{error:?}");
        assert!(error.to_string().contains(field), "{error}");
    }
    let update = Fee::objects().update(db, |f| f.fee().set(big("1e-31"))).await;
    assert!(matches!(update, Err(Error::Encode { .. })), "{update:?}");
    assert_eq!(Fee::objects().count(db).await?, 1);
    Ok(())
}
