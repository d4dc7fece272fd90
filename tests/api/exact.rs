//! Rows that cannot be read exactly are errors, which say which row it is.

use crate::support::{Outcome, database, says};
use orm::prelude::*;
use std::collections::HashMap;

mod docs {
    use orm::prelude::*;
    use std::collections::HashMap;

    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct Reading {
        pub x: f64,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "exact", ordering = [id])]
    pub struct Paper {
        pub id: i64,
        pub doc: Value,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "exact", table = "exact_paper", managed = false)]
    pub struct Typed {
        pub id: i64,
        pub doc: Json<Reading>,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "exact", table = "exact_paper", managed = false)]
    pub struct Wide {
        pub id: i64,
        pub doc: Json<HashMap<String, i128>>,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "exact", ordering = [id])]
    pub struct Folder {
        pub id: i64,
        pub docs: Vec<Value>,
        pub none: Option<Value>,
    }
}
use docs::{Folder, Paper, Reading, Typed, Wide};

async fn insert(db: &Database, doc: &str) -> orm::Result<i64> {
    let sql = format!("INSERT INTO exact_paper (doc) VALUES ('{doc}') RETURNING id");
    Ok(db.query_as::<(i64,)>(&sql, params![]).await?[0].0)
}

const LONG: [&str; 6] = [
    "0.1234567890123456789",
    "1e400",
    "12345678901234567890123",
    "-18446744073709551617",
    "0.10000000000000001",
    "1e-400",
];

#[tokio::test]
async fn numbers_in_documents_are_read_exactly_or_not_at_all() -> Outcome {
    let db = database!("api_exact": Paper, Folder);
    for number in LONG {
        for doc in [format!("{{\"x\": {number}}}"), format!("[1, [{number}]]"), number.to_owned()] {
            let id = insert(&db, &doc).await?;
            let row = || Paper::objects().filter(move |p| p.id().eq(id));
            let error = row().all(&db).await.expect_err("a number that is rounded");
            assert!(matches!(&error, Error::Decode { field, .. } if field == "doc"), "{error:?}");
            assert_eq!(error.row_key(), Some(&*format!("id = {id}")));
            let error = row().values(|p| p.doc()).get(&db).await.expect_err("the same");
            says(&error, &["`doc` of `Paper`", "number"]);
            assert!(!error.to_string().contains(number), "{error}");
        }
        let id = insert(&db, &format!("{{\"x\": {number}}}")).await?;
        let typed = Typed::objects().filter(|p| p.id().eq(id)).get(&db).await;
        assert!(matches!(typed, Err(Error::Decode { .. })), "{number}: {typed:?}");
    }
    // The query reads it.
    let long = Paper::objects()
        .filter(|p| p.doc().key("x").cast::<Decimal>().gt(dec!(100000000000000000000)));
    let long = long.order_by(|p| p.id()).values(|p| p.doc().key("x").text()).all(&db).await?;
    assert!(long.contains(&Some("12345678901234567890123".to_owned())), "{long:?}");
    let small = Paper::objects().filter(|p| p.doc().key("x").text().eq(LONG[0]));
    let small = small.values(|p| p.doc().key("x").cast::<Decimal>()).first(&db).await?;
    assert_eq!(small, Some(Some(dec!(0.1234567890123456789))));
    Ok(())
}

#[tokio::test]
async fn numbers_that_fit_are_read_as_they_are() -> Outcome {
    let db = database!("api_exact": Paper, Folder);
    for doc in [
        json!({"x": 0.30000000000000004}),
        json!({"x": 9_007_199_254_740_993_i64, "y": u64::MAX, "z": i64::MIN}),
        json!({"x": f64::MAX, "y": f64::MIN_POSITIVE, "z": 5e-324, "e": 1e22, "f": 2e19}),
        json!({"card": "12345678901234567890123", "0.12345678901234567890": "\"0.12345678901234567890,"}),
        json!([1.5, -0.25, 1e16, 123_456_789.123_456_79]),
    ] {
        let saved = draft!(Paper { doc: doc.clone() }).save(&db).await?;
        let read = Paper::objects().filter(|p| p.id().eq(saved.id)).get(&db).await?;
        assert_eq!((&saved.doc, &read.doc), (&doc, &doc));
        let folder = draft!(Folder { docs: vec![doc.clone(), json!(null)] }).save(&db).await?;
        assert_eq!(Folder::objects().get_by_key(&db, folder.id).await?.docs, [doc, json!(null)]);
    }
    // Zeros at the end are no digits, however many there are.
    let id = insert(&db, "{\"x\": 2.50000000000000000000}").await?;
    assert_eq!(Typed::objects().get_by_key(&db, id).await?.doc, Json(Reading { x: 2.5 }));
    Ok(())
}

#[tokio::test]
async fn a_type_that_has_room_for_a_number_or_passes_over_it_reads_it() -> Outcome {
    let db = database!("api_exact": Paper, Folder);
    let id = insert(&db, "{\"x\": 12345678901234567890123}").await?;
    let wide = Wide::objects().get_by_key(&db, id).await?;
    let whole = HashMap::from([("x".to_owned(), 12_345_678_901_234_567_890_123)]);
    assert_eq!(wide.doc, Json(whole));
    let id = insert(&db, "{\"x\": 0.5, \"other\": 0.1234567890123456789}").await?;
    assert_eq!(Typed::objects().get_by_key(&db, id).await?.doc, Json(Reading { x: 0.5 }));
    Ok(())
}

#[tokio::test]
async fn an_error_tells_which_row_it_was_and_no_message_has_its_key() -> Outcome {
    let db = database!("api_exact": Paper, Folder);
    for doc in ["1", "2", "0.1234567890123456789"] {
        insert(&db, doc).await?;
    }
    let id = Paper::objects().aggregate(&db, |p| p.id().max()).await?.expect("rows");
    let key = format!("id = {id}");
    let error = Paper::objects().all(&db).await.expect_err("the last one");
    says(&error, &["`doc` of `Paper`", "row 3 of the result"]);
    assert_eq!(error.row_key(), Some(&*key));
    assert!(!format!("{error} {error:?}").contains(&key));
    let error = Paper::objects().values(|p| p.doc()).all(&db).await.expect_err("the same");
    says(&error, &["row 3 of the result"]);
    assert_eq!(error.row_key(), None);
    let error = Paper::objects().values(|p| (p.doc(), p.id())).all(&db).await;
    assert_eq!(error.expect_err("the same").row_key(), Some(&*key));
    let mut rows = Paper::objects().stream(&db);
    assert!(rows.next().await.expect("a row").is_ok());
    assert!(rows.next().await.expect("a row").is_ok());
    let error = rows.next().await.expect("a row").expect_err("the last one");
    assert_eq!(error.row_key(), Some(&*key));
    assert_eq!(Error::usage("something else").row_key(), None);
    Ok(())
}
