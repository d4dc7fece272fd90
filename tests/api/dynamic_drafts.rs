//! Drafts whose fields are named at run time: what they take, and what they refuse.

use crate::support::{Outcome, database, says};
use orm::SqlValue;
use orm::column::Inet;
use orm::prelude::*;

mod dynamic {
    use super::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "dynamic", ordering = [id])]
    pub struct Item {
        pub id: i64,
        pub double: f64,
        pub single: f32,
        pub bytes: Vec<u8>,
        pub range: Range<i32>,
        pub host: Inet,
        pub list: Vec<i32>,
    }
}

#[tokio::test]
async fn dynamic_drafts_take_what_is_exact_and_nothing_that_could_not_be_read() -> Outcome {
    use dynamic::Item;
    let check = |name: &'static str, value: SqlValue| {
        let draft = Item::dyn_draft().set("double", 1.0).set("single", 1.0f32);
        let draft = draft.set("bytes", vec![1u8]).set("range", Range::from(1..5));
        let draft = draft.set("host", "10.0.0.1/8").set("list", vec![1]);
        draft.set(name, value).check()
    };
    let json = SqlValue::Json;
    for (name, value) in [
        ("double", SqlValue::I64(3_000_000_000)),
        ("double", SqlValue::I64(1 << 60)),
        ("double", SqlValue::F32(0.1)),
        ("single", SqlValue::I32(5)),
        ("single", SqlValue::F64(0.5)),
        ("single", json(json!(0.1))),
        ("bytes", json(json!([1, 255]))),
        ("bytes", json(json!("\\x01ff"))),
        ("range", json(json!({"lower": 1, "upper": 5, "bounds": "[)"}))),
        ("range", json(json!({"empty": true}))),
        ("range", json(json!({"upper": 5, "bounds": "(]"}))),
        ("host", json(json!("10.1.2.3"))),
    ] {
        check(name, value.clone()).map_err(|e| format!("{name} of {value:?}: {e}"))?;
    }
    for (name, value) in [
        ("double", SqlValue::I64((1 << 53) + 1)),
        ("single", SqlValue::I64(16_777_217)),
        ("single", SqlValue::F64(0.1)),
        ("single", json(json!(1e300))),
        ("bytes", json(json!([1, 256]))),
        ("bytes", json(json!("\\x1"))),
        ("range", json(json!({"lower": "a"}))),
        ("range", json(json!({"bounds": "<>"}))),
        ("list", json(json!([1, null]))),
        ("list", SqlValue::Array(vec![SqlValue::Null])),
    ] {
        let refused = check(name, value.clone());
        assert!(matches!(refused, Err(Error::Usage(_))), "{name} of {value:?}: {refused:?}");
    }
    Ok(())
}

mod sheets {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "dynamic", ordering = [id])]
    pub struct Sheet {
        pub id: i64,
        pub number: Option<Decimal>,
        pub doc: Option<Value>,
        pub typed: Option<Json<i32>>,
        pub docs: Option<Vec<Option<Value>>>,
        pub all_typed: Option<Vec<Option<Json<i32>>>>,
    }
}

/// JSON has one null: it is the document's where a document of the field's type can be null, and the
/// database's where none can.
#[tokio::test]
async fn null_is_that_of_the_document_where_there_is_one() -> Outcome {
    use sheets::Sheet;
    let db = database!("api_dynamic_sheets": Sheet);
    let draft = |name, value| Sheet::dyn_draft().set(name, value);
    let null = || json!(null);
    assert_eq!(draft("doc", null()).save(&db).await?.doc, Some(null()));
    assert_eq!(draft("typed", null()).save(&db).await?.typed, None);
    let docs = draft("docs", json!([null, 1])).save(&db).await?.docs;
    assert_eq!(docs, Some(vec![Some(null()), Some(json!(1))]));
    let typed = draft("all_typed", json!([null, 1])).save(&db).await?.all_typed;
    assert_eq!(typed, Some(vec![None, Some(Json(1))]));
    assert_eq!(draft("all_typed", null()).save(&db).await?.all_typed, None);
    // `None` is the database's in every case.
    assert_eq!(Sheet::dyn_draft().set("doc", None::<Value>).save(&db).await?.doc, None);
    Ok(())
}

/// A reference in an `Option`, an `Option` by reference, a literal: `None` is NULL, and `Some` of
/// JSON's null is a document.
#[tokio::test]
async fn no_document_is_null_and_a_null_document_is_none() -> Outcome {
    use sheets::Sheet;
    let db = database!("api_dynamic_sheets": Sheet);
    let (null, nothing) = (json!(null), None::<Value>);
    let document = Some(null.clone());
    let drafts = [
        (draft!(Sheet { doc: None }), true),
        (draft!(Sheet { doc: None::<&Value> }), true),
        (draft!(Sheet { doc: &nothing }), true),
        (draft!(Sheet { doc: nothing.as_ref() }), true),
        (draft!(Sheet { doc: Some(&null) }), false),
        (draft!(Sheet { doc: &document }), false),
        (draft!(Sheet { doc: document.as_ref() }), false),
        (draft!(Sheet { doc: null.clone() }), false),
    ];
    for (place, (draft, is_null)) in drafts.into_iter().enumerate() {
        let row = draft.save(&db).await?;
        let is = Sheet::objects().filter(|s| s.id().eq(row.id) & s.doc().isnull(true));
        assert_eq!(is.exists(&db).await?, is_null, "the draft at {place}");
        for (value, is_null) in [(&nothing, true), (&document, false)] {
            let one = Sheet::objects().filter(|s| s.id().eq(row.id));
            one.update(&db, |s| s.doc().set(value)).await?;
            assert_eq!(is.exists(&db).await?, is_null, "set at {place}");
        }
    }
    Ok(())
}

mod spans {
    use super::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "dynamic_spans")]
    pub struct Span {
        pub id: i64,
        pub numbers: Range<i64>,
        pub days: Option<Range<NaiveDate>>,
        pub lasts: Option<TimeDelta>,
        pub host: Option<std::net::IpAddr>,
    }
}

#[tokio::test]
async fn what_the_server_would_refuse_says_why_before() -> Outcome {
    use spans::Span;
    let db = database!("api_dynamic_spans": Span);
    let last = json!({ "upper": i64::MAX, "bounds": "[]" });
    for (name, value, parts) in [
        ("numbers", json!({ "lower": 5, "upper": 1 }), "not above its `upper`"),
        ("days", json!({ "lower": "2024-01-02", "upper": "2024-01-01" }), "not above its `upper`"),
        ("numbers", last, "leave this side of the range open"),
        ("numbers", json!({ "lower": i64::MAX, "bounds": "()" }), "leave this side"),
        ("lasts", json!("1 mon"), "the interval has months"),
        ("host", json!("10.0.0.1/8"), "the mask of a network"),
    ] {
        let error = Span::dyn_draft().set(name, value).save(&db).await.expect_err("no value");
        assert!(matches!(error, Error::Usage(_)), "{error:?}");
        says(&error, &[&format!("`{name}` of `Span`"), parts]);
    }
    let whole = json!({ "lower": i64::MIN, "upper": i64::MAX });
    let row = Span::dyn_draft().set("numbers", whole).save(&db).await?;
    assert_eq!(row.numbers, Range::from(i64::MIN..i64::MAX));
    Ok(())
}

#[tokio::test]
async fn exponents_are_read_exactly() -> Outcome {
    use sheets::Sheet;
    let db = database!("api_dynamic_sheets": Sheet);
    for (text, number) in [
        ("1e3", "1000"),
        ("-1.25E-2", "-0.0125"),
        ("1.2345678901234567890123456789e1", "12.345678901234567890123456789"),
    ] {
        let row = Sheet::dyn_draft().set("number", text).save(&db).await?;
        assert_eq!(row.number.map(|n| n.to_string()), Some(number.to_owned()));
    }
    let row = Sheet::dyn_draft().set("number", json!(1e-7)).save(&db).await?;
    assert_eq!(row.number, Some(dec!(0.0000001)));
    let long = Sheet::dyn_draft().set("number", "1.23456789012345678901234567890123e1").check();
    assert!(long.is_err(), "digits are not rounded away: {long:?}");
    Ok(())
}
