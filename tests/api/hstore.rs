//! Columns of type `hstore`, which belongs to an extension: maps of texts to texts or NULL.

use crate::support::{Outcome, database, says, scalar};
use orm::prelude::*;
use orm::{HStore, SqlValue};
use orm_testkit::{TestDatabase, assert_rows};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "hstore", ordering = [id])]
#[model(index(fields = [sizes], using = "gin"))]
pub struct Product {
    pub id: i64,
    #[field(default = HStore::from([("unit", "cm")]), blank, validators(keys(&["unit"])))]
    pub sizes: HStore,
    pub extra: Option<HStore>,
    #[field(db_default = HStore::from([("it's", Some("\"\\")), ("none", None)]))]
    pub filled: HStore,
    pub history: Vec<HStore>,
}

/// Texts that every quoting rule would disturb.
const HOSTILE: [&str; 8] =
    ["", "\"", "\\", "a\"=>\"b\", \"c", "NULL", "it's; --", "é 漢 🦀", "a\tb\nc\\N\r$1"];

fn hostile() -> HStore {
    HOSTILE.iter().map(|text| (*text, Some(*text))).chain([("null", None)]).collect()
}

async fn products() -> Result<TestDatabase, Box<dyn std::error::Error + Send + Sync>> {
    Ok(database!("api_hstore": Product))
}

/// Whether the server has the extension at all.
async fn is_missing(db: &TestDatabase) -> bool {
    let missing = db.execute("CREATE EXTENSION IF NOT EXISTS hstore", params![]).await.is_err();
    if missing {
        orm_testkit::skipped("the server does not have the extension hstore");
    }
    missing
}

macro_rules! server_with_hstore {
    () => {
        if is_missing(&TestDatabase::empty().await?).await {
            return Ok(());
        }
    };
}

#[test]
fn tables_need_the_extension_once() -> Outcome {
    let sql = create_tables_sql::<(Product,)>()?;
    assert_eq!(sql[0], "CREATE EXTENSION IF NOT EXISTS \"hstore\"");
    assert!(!sql[1..].iter().any(|sql| sql.contains("EXTENSION")));
    assert!(sql[1].contains("\"sizes\" hstore NOT NULL"), "{}", sql[1]);
    assert!(sql[1].contains("\"extra\" hstore,"), "{}", sql[1]);
    assert!(sql[1].contains("\"history\" hstore[] NOT NULL"), "{}", sql[1]);
    let default = r#"DEFAULT (E'"it''s"=>"\\"\\\\", "none"=>NULL'::hstore)"#;
    assert!(sql[1].contains(default), "{}", sql[1]);
    Ok(())
}

#[tokio::test]
async fn maps_come_back_as_they_went() -> Outcome {
    server_with_hstore!();
    let db = products().await?;
    let filled = HStore::from([("it's", Some("\"\\")), ("none", None)]);
    let plain = draft!(Product { history: vec![] }).save(&db).await?;
    assert_eq!(plain.sizes, HStore::from([("unit", "cm")]));
    assert_eq!((&plain.extra, &plain.filled), (&None, &filled));
    let full = draft!(Product {
        sizes: hostile(),
        extra: HStore::default(),
        filled: HStore::default(),
        history: vec![hostile(), HStore::default()],
    });
    let mut full = full.save(&db).await?;
    assert_eq!((&full.sizes, &full.extra), (&hostile(), &Some(HStore::default())));
    assert_eq!(full.history, [hostile(), HStore::default()]);
    assert_rows!(Product::objects().all(&db).await?, [plain.clone(), full.clone()]);
    // The server sees the same.
    for text in HOSTILE {
        let found = "SELECT sizes -> $1 = $1 FROM hstore_product WHERE id = $2";
        let found = db.query_as::<(bool,)>(found, params![text, full.id]).await?;
        assert_eq!(found, [(true,)], "{text:?}");
    }
    let null = "SELECT sizes -> 'null' IS NULL AND exist(sizes, 'null') FROM hstore_product \
                ORDER BY id DESC LIMIT 1";
    assert!(scalar::<bool>(&db, null).await?);
    full.sizes.insert("new".to_owned(), Some("value".to_owned()));
    full.sizes.remove("null");
    full.extra = None;
    full.save(&db).await?;
    let same = Product::objects().filter(|p| p.sizes().eq(full.sizes.clone()));
    assert_eq!(same.get(&db).await?, full);
    full.history.clear();
    full.save_fields(&db, |p| p.history()).await?;
    full.refresh(&db).await?;
    assert_rows!(full.history, []);
    let erased = Product::dyn_draft()
        .set("sizes", json!({"a": "1", "b": null}))
        .set("history", Vec::<HStore>::new())
        .save(&db)
        .await?;
    assert_eq!(erased.sizes, HStore::from([("a", Some("1")), ("b", None)]));
    let wrong = Product::dyn_draft().set("sizes", json!({"a": 1}));
    says(&wrong.check().unwrap_err(), &["`sizes` of `Product`", "the value must be `hstore`"]);
    let zero = draft!(Product { sizes: HStore::from([("a", "\0")]), history: vec![] });
    says(&zero.save(&db).await.unwrap_err(), &["zero byte"]);
    Ok(())
}

#[tokio::test]
async fn lookups_and_keys() -> Outcome {
    server_with_hstore!();
    let db = products().await?;
    let draft = |sizes: HStore| draft!(Product { sizes: sizes, history: vec![] });
    let sizes = [
        HStore::from([("width", Some("20")), ("unit", Some("cm")), ("depth", None)]),
        HStore::from([("width", "8"), ("unit", "in")]),
        HStore::default(),
    ];
    let rows = Product::objects().bulk_create(&db, sizes.clone().map(draft)).await?;
    let [a, b, c] = [rows[0].id, rows[1].id, rows[2].id];
    let found =
        async |q: Q<Product>| Product::objects().filter(|_| q).values(|p| p.id()).all(&db).await;
    let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
    for (q, expected) in [
        (Product::q(|p| p.sizes().contains(HStore::from([("unit", "cm")]))), vec![a]),
        (Product::q(|p| p.sizes().contains(HStore::default())), vec![a, b, c]),
        (
            Product::q(|p| {
                p.sizes().contained_by(HStore::from([("unit", "in"), ("width", "8"), ("x", "y")]))
            }),
            vec![b, c],
        ),
        (Product::q(|p| p.sizes().has_key("depth")), vec![a]),
        (Product::q(|p| p.sizes().has_keys(keys(&["unit", "width"]))), vec![a, b]),
        (Product::q(|p| p.sizes().has_any_keys(keys(&["depth", "height"]))), vec![a]),
        (Product::q(|p| p.sizes().key("unit").eq("in")), vec![b]),
        (Product::q(|p| p.sizes().key("unit").istartswith("C")), vec![a]),
        // A key with NULL and a key that is not there.
        (Product::q(|p| p.sizes().key("depth").isnull(true)), vec![a, b, c]),
        // What has no such key is not "in" either.
        (Product::q(|p| !p.sizes().key("unit").eq("in")), vec![a, c]),
        (Product::q(|p| p.sizes().key("width").cast::<i32>().gt(10)), vec![a]),
        (Product::q(|p| p.sizes().keys().contains(["depth"])), vec![a]),
        (Product::q(|p| p.sizes().values().contains(["in"])), vec![b]),
        (Product::q(|p| p.sizes().keys().len().eq(0)), vec![c]),
        (Product::q(|p| p.sizes().eq(&sizes[1])), vec![b]),
        (Product::q(|p| p.sizes().in_([sizes[0].clone(), sizes[2].clone()])), vec![a, c]),
        (Product::q(|p| p.sizes().eq(p.filled())), vec![]),
        (Product::q(|p| p.extra().isnull(true) & p.extra().key("x").isnull(true)), vec![a, b, c]),
        (Product::q(|p| p.history().contains([HStore::default()])), vec![]),
        (q!(Product: sizes__has_key = "unit"), vec![a, b]),
    ] {
        let shown = format!("{q:?}");
        assert_eq!(found(q).await?, expected, "{shown}");
    }
    let values = Product::objects()
        .values(|p| (p.sizes().key("width"), p.sizes().keys(), p.sizes().values()))
        .all(&db)
        .await?;
    let texts = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect::<Vec<String>>();
    assert_eq!(values[1].0.as_deref(), Some("8"));
    assert_eq!(values[2], (None, vec![], vec![]));
    let mut of_first = values[0].1.clone();
    of_first.sort();
    assert_eq!(of_first, texts(&["depth", "unit", "width"]));
    assert_eq!(values[0].2.iter().filter(|value| value.is_none()).count(), 1);
    let units = Product::objects()
        .order_by(|p| p.sizes().key("unit").asc())
        .values(|p| p.sizes().key("unit"))
        .distinct();
    assert_eq!(units.all(&db).await?, [Some("cm".into()), Some("in".into()), None]);
    Product::objects().update(&db, |p| p.extra().set(p.sizes())).await?;
    Product::objects().filter(|p| p.id().eq(b)).update(&db, |p| p.sizes().set(hostile())).await?;
    let after = Product::objects().filter(|p| p.id().eq(b)).get(&db).await?;
    assert_eq!((after.sizes, after.extra), (hostile(), Some(sizes[1].clone())));
    Ok(())
}

#[tokio::test]
async fn many_rows_at_once() -> Outcome {
    server_with_hstore!();
    let db = products().await?;
    let draft = |n: usize| {
        let text = HOSTILE[n % HOSTILE.len()];
        draft!(Product {
            sizes: HStore::from([(text, Some(text)), ("n", None)]),
            extra: n.is_multiple_of(2).then(hostile),
            history: vec![hostile(); n % 3],
        })
    };
    let drafts = || (0..40).map(draft);
    let created = Product::objects().bulk_create(&db, drafts()).await?;
    assert_eq!(Product::objects().copy_in(&db, drafts()).await?, 40);
    let all = Product::objects().all(&db).await?;
    assert_rows!(all[..40], created);
    for (copy, created) in all[40..].iter().zip(&created) {
        assert_eq!(Product { id: created.id, ..copy.clone() }, *created);
    }
    let turned: Vec<Product> = created
        .iter()
        .zip(created.iter().rev())
        .map(|(row, from)| Product { id: row.id, ..from.clone() })
        .collect();
    let fields = |p: &orm::Fields<Product>| (p.sizes(), p.extra(), p.history());
    assert_eq!(Product::objects().bulk_update(&db, &turned, fields).await?, 40);
    assert_rows!(Product::objects().filter(|p| p.id().lte(40)).all(&db).await?, turned);
    let mut csv = Vec::new();
    let one = Product::objects()
        .filter(|p| {
            p.sizes().has_key("\"") & p.sizes().contains(HStore::from([("n", None::<&str>)]))
        })
        .values(|p| p.sizes())
        .slice(..1);
    one.copy_out(&db, &mut csv).await?;
    assert_eq!(String::from_utf8(csv)?.trim_end(), r#""""\""""=>""\"""", ""n""=>NULL""#);
    Ok(())
}

#[tokio::test]
async fn receivers_and_messages_see_maps() -> Outcome {
    server_with_hstore!();
    let db = products().await?;
    let mut draft =
        draft!(Product { sizes: HStore::default(), filled: hostile(), history: vec![] });
    let errors = match draft.full_clean() {
        Err(Error::Validation(errors)) => errors,
        other => panic!("{other:?}"),
    };
    // `sizes` may be blank, and `history` may not.
    assert!(errors.to_string().contains("history") && !errors.to_string().contains("sizes"));
    let mut draft = draft!(Product { sizes: HStore::from([("x", "y")]), history: vec![] });
    match draft.full_clean() {
        Err(Error::Validation(errors)) => {
            assert_eq!(errors.codes("sizes"), ["missing_keys"], "{errors}");
        }
        other => panic!("{other:?}"),
    }
    // Those of other tests, too, which run meanwhile.
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let receiver = {
        let seen = seen.clone();
        orm::signals::after_save_any().connect(move |row, _| {
            let sizes = row.get("sizes").cloned();
            let seen = seen.clone();
            Box::pin(async move {
                if let Some(sizes @ SqlValue::HStore(_)) = sizes {
                    seen.lock().unwrap().push(sizes);
                }
                Ok(())
            })
        })
    };
    draft!(Product { sizes: hostile(), history: vec![HStore::default()] }).save(&db).await?;
    drop(receiver);
    assert!(seen.lock().unwrap().contains(&SqlValue::HStore(hostile())));
    Ok(())
}

#[tokio::test]
async fn a_missing_extension_is_named() -> Outcome {
    let db = TestDatabase::empty().await?;
    let error = Product::objects().filter(|p| p.sizes().eq(HStore::default())).all(&db).await;
    says(
        &error.unwrap_err(),
        &[
            "the type `hstore` does not exist",
            "CREATE EXTENSION \"hstore\"",
            "create_extension = \"hstore\"",
        ],
    );
    Ok(())
}

/// Another database, or another `CREATE EXTENSION`, has another number for the type.
#[tokio::test]
async fn an_extension_that_is_made_anew_is_found_again() -> Outcome {
    server_with_hstore!();
    let db = TestDatabase::empty().await?;
    for _ in 0..3 {
        create_tables::<(Product,)>(&db).await?;
        let all =
            async || Product::objects().filter(|p| p.sizes().ne(HStore::default())).all(&db).await;
        assert_rows!(all().await?, []);
        let row = draft!(Product { sizes: hostile(), history: vec![hostile()] }).save(&db).await?;
        assert_rows!(all().await?, [row]);
        let drop = "DROP TABLE hstore_product; DROP EXTENSION hstore";
        db.batch_execute(drop).await?;
    }
    Ok(())
}
