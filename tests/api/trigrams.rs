//! Texts that are alike, and texts without accents: the extensions `pg_trgm` and `unaccent`.

use crate::support::{Outcome, database, in_order, says};
use orm::prelude::*;
use orm_testkit::TestDatabase;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "trigrams", ordering = [id])]
#[model(
    index(fields = [name], using = "gin", opclasses = ["gin_trgm_ops"], name = "place_name_trgm"),
    index(fields = [name], using = "gist", opclasses = ["gist_trgm_ops"], name = "place_name_near"),
)]
pub struct Place {
    pub id: i64,
    #[field(max_length = 100)]
    pub name: String,
    pub nickname: Option<String>,
}

const PLACES: [(&str, Option<&str>); 5] = [
    ("Besançon", Some("La Boîte")),
    ("Besancon", None),
    ("Liverpool", Some("the Pool 50%")),
    ("Livermore", Some("Livermore_x")),
    ("New Liverpool Street", None),
];

/// The database has the extensions, of which models need the first.
async fn places() -> Result<Option<TestDatabase>, Box<dyn std::error::Error + Send + Sync>> {
    async fn rows(db: &Database) -> orm::Result<()> {
        db.execute("CREATE EXTENSION unaccent", params![]).await?;
        let drafts =
            PLACES.map(|(name, nickname)| draft!(Place { name: name, nickname: nickname }));
        Place::objects().bulk_create(db, drafts).await?;
        Ok(())
    }
    let available =
        "SELECT count(*) FROM pg_available_extensions WHERE name IN ('pg_trgm', 'unaccent')";
    let db = TestDatabase::empty().await?;
    if crate::support::scalar::<i64>(&db, available).await? < 2 {
        orm_testkit::skipped("the server does not have the extensions pg_trgm and unaccent");
        return Ok(None);
    }
    Ok(Some(database!("api_trigrams": Place; rows)))
}

macro_rules! places {
    () => {
        match places().await? {
            Some(db) => db,
            None => return Ok(()),
        }
    };
}

async fn found(db: &Database, q: Q<Place>) -> orm::Result<Vec<i64>> {
    Place::objects().filter(|_| q).values(|p| p.id()).all(db).await
}

fn sql(q: Q<Place>) -> orm::Result<String> {
    let sql = Place::objects().filter(|_| q).values(|p| p.id()).sql()?;
    let condition = sql.split_once(" WHERE ").and_then(|(_, rest)| rest.split_once(" ORDER BY"));
    Ok(condition.map_or(String::new(), |(condition, _)| condition.to_owned()))
}

#[test]
fn the_extension_comes_with_the_index() -> Outcome {
    let sql = create_tables_sql::<(Place,)>()?;
    assert_eq!(sql[0], "CREATE EXTENSION IF NOT EXISTS \"pg_trgm\"");
    assert!(sql.iter().any(|sql| sql.contains("(\"name\" \"gin_trgm_ops\")")), "{sql:?}");
    Ok(())
}

#[tokio::test]
async fn texts_are_alike() -> Outcome {
    let db = places!();
    for (q, expected, text) in [
        (Place::q(|p| p.name().trigram_similar("Liverpol")), vec![3, 4, 5], "t0.\"name\" % $1"),
        (Place::q(|p| p.name().trigram_word_similar("Liverpol")), vec![3, 5], "t0.\"name\" %> $1"),
        (
            Place::q(|p| p.name().trigram_strict_word_similar("Livermor")),
            vec![4],
            "t0.\"name\" %>> $1",
        ),
        (Place::q(|p| p.name().trigram_similar("")), vec![], "t0.\"name\" % $1"),
        (
            Place::q(|p| p.nickname().trigram_similar(p.name()).q()),
            vec![4],
            "t0.\"nickname\" % t0.\"name\"",
        ),
        (
            Place::q(|p| !p.nickname().trigram_similar("livermore").q()),
            vec![1, 2, 3, 5],
            "NOT (t0.\"nickname\" % $1 AND t0.\"nickname\" IS NOT NULL)",
        ),
        (
            Place::q(|p| p.name().trigram_similarity("liverpool").gt(0.9)),
            vec![3],
            "SIMILARITY(t0.\"name\", $1) > $2",
        ),
        (
            Place::q(|p| p.name().trigram_distance("liverpool").lte(0.1)),
            vec![3],
            "(t0.\"name\" <-> $1) <= $2",
        ),
        (
            Place::q(|p| p.name().trigram_word_similarity("liverpool").eq(1.0)),
            vec![3, 5],
            "WORD_SIMILARITY($1, t0.\"name\") = $2",
        ),
        (
            Place::q(|p| p.name().trigram_word_distance("liverpool").eq(0.0)),
            vec![3, 5],
            "($1 <<-> t0.\"name\") = $2",
        ),
        (
            Place::q(|p| p.name().trigram_strict_word_similarity("liverpool").eq(1.0)),
            vec![3, 5],
            "STRICT_WORD_SIMILARITY($1, t0.\"name\") = $2",
        ),
        (
            Place::q(|p| p.name().trigram_strict_word_distance("liverpool").eq(0.0)),
            vec![3, 5],
            "($1 <<<-> t0.\"name\") = $2",
        ),
        (q!(Place: name__trigram_similar = "besancon"), vec![2, 1], "t0.\"name\" % $1"),
    ] {
        let mut ids = found(&db, q.clone()).await?;
        let mut expected = expected;
        ids.sort_unstable();
        expected.sort_unstable();
        assert_eq!(ids, expected, "{text}");
        assert_eq!(sql(q)?, text);
    }
    let none = Place::q(|p| p.name().trigram_similar(None::<String>).q());
    says(&sql(none).unwrap_err(), &["`None`", "`filter_if`"]);
    let values = Place::objects().order_by(|p| p.id()).limit(2).values(|p| {
        (p.nickname().trigram_similarity("boite"), p.name().trigram_similarity(p.name()))
    });
    let values: Vec<(Option<f32>, f32)> = values.all(&db).await?;
    assert!(values[0].0.is_some_and(|alike| alike < 1.0) && values[1] == (None, 1.0), "{values:?}");
    Ok(())
}

#[tokio::test]
async fn texts_have_no_accents() -> Outcome {
    let db = places!();
    for (q, expected, text) in [
        (
            Place::q(|p| p.name().unaccent().eq("besançon".to_uppercase())),
            vec![],
            "UNACCENT(t0.\"name\") = UNACCENT($1)",
        ),
        (
            Place::q(|p| p.name().unaccent().iexact("BESANÇON")),
            vec![1, 2],
            "UPPER(UNACCENT(t0.\"name\")) = UPPER(UNACCENT($1))",
        ),
        (
            Place::q(|p| p.name().unaccent().icontains("ançon")),
            vec![1, 2],
            "UPPER(UNACCENT(t0.\"name\")) LIKE '%' || REPLACE(REPLACE(REPLACE(UPPER(UNACCENT($1)), \
             E'\\\\', E'\\\\\\\\'), '%', E'\\\\%'), '_', E'\\\\_') || '%'",
        ),
        // A sign that stands for any text where it has lost its accent.
        (Place::q(|p| p.nickname().unaccent().contains("％").q()), vec![3], ""),
        (Place::q(|p| p.nickname().unaccent().endswith("＿x").q()), vec![4], ""),
        (
            Place::q(|p| p.name().unaccent().in_(["Besançon", "x"])),
            vec![1, 2],
            "UNACCENT(t0.\"name\") IN (UNACCENT($1), UNACCENT($2))",
        ),
        (Place::q(|p| p.name().unaccent().in_(Vec::<String>::new())), vec![], "FALSE"),
        (
            Place::q(|p| {
                p.name()
                    .unaccent()
                    .in_(Place::objects().filter(|p| p.id().eq(2)).values(|p| p.name()))
            }),
            vec![1, 2],
            "",
        ),
        (
            Place::q(|p| p.name().unaccent().range("Besançon".to_owned()..="Besançon".to_owned())),
            vec![1, 2],
            "UNACCENT(t0.\"name\") BETWEEN UNACCENT($1) AND UNACCENT($2)",
        ),
        (Place::q(|p| p.nickname().unaccent().ne("La Boite")), vec![2, 3, 4, 5], ""),
        (
            Place::q(|p| p.nickname().unaccent().eq(None)),
            vec![2, 5],
            "UNACCENT(t0.\"nickname\") IS NULL",
        ),
        (
            Place::q(|p| p.name().unaccent().eq(p.nickname().unaccent()).q()),
            vec![],
            "UNACCENT(t0.\"name\") = UNACCENT(t0.\"nickname\")",
        ),
        (
            Place::q(|p| p.name().unaccent().trigram_similar("besançon")),
            vec![1, 2],
            "UNACCENT(t0.\"name\") % UNACCENT($1)",
        ),
        (
            Place::q(|p| p.name().unaccent().search("besancon")),
            vec![1, 2],
            "to_tsvector(COALESCE(UNACCENT(t0.\"name\"), '')) @@ plainto_tsquery($1)",
        ),
    ] {
        assert_eq!(found(&db, q.clone()).await?, expected, "{q:?}");
        if !text.is_empty() {
            assert_eq!(sql(q)?, text);
        }
    }
    // A statement that is remembered takes other values, and another number of them.
    for (text, expected) in [("ançon", vec![1, 2]), ("POOL", vec![3, 5]), ("%", vec![])] {
        assert_eq!(found(&db, Place::q(|p| p.name().unaccent().icontains(text))).await?, expected);
    }
    for (names, expected) in
        [(vec!["Liverpool"], vec![3]), (vec!["x", "Besançon", "Livermore"], vec![1, 2, 4])]
    {
        assert_eq!(found(&db, Place::q(|p| p.name().unaccent().in_(names))).await?, expected);
    }
    let names = Place::objects().values(|p| p.name().unaccent()).distinct();
    assert_eq!(names.count(&db).await?, 4);
    Ok(())
}

#[tokio::test]
async fn indexes_serve_what_is_alike() -> Outcome {
    let db = places!();
    let drafts =
        (0..4000).map(|n| draft!(Place { name: format!("place number {n} of {}", n * 7919) }));
    Place::objects().bulk_create(&db, drafts).await?;
    db.execute("VACUUM ANALYZE", params![]).await?;
    for q in [
        Place::q(|p| p.name().trigram_similar("liverpool street")),
        Place::q(|p| p.name().trigram_word_similar("liverpool")),
        Place::q(|p| p.name().contains("verpoo")),
    ] {
        let plan = Place::objects().filter(|_| q).explain(&db).await?;
        assert!(plan.contains("place_name_"), "{plan}");
    }
    let nearest = Place::objects().order_by(|p| p.name().trigram_distance("Liverpool")).limit(2);
    let plan = nearest.explain(&db).await?;
    assert!(plan.contains("Index Scan using place_name_near"), "{plan}");
    assert_eq!(nearest.values(|p| p.id()).all(&db).await?, [3, 5]);
    Ok(())
}

#[tokio::test]
async fn missing_extensions_are_named() -> Outcome {
    let db = TestDatabase::empty().await?;
    db.batch_execute("CREATE TABLE trigrams_place (id bigint, name varchar(100), nickname text)")
        .await?;
    let missing = |q: Q<Place>| {
        let db = &*db;
        async move { found(db, q).await.unwrap_err() }
    };
    let trgm =
        ["extension `pg_trgm`", "create_extension = \"pg_trgm\"", "CREATE EXTENSION \"pg_trgm\""];
    says(&missing(Place::q(|p| p.name().trigram_similar("x"))).await, &trgm);
    says(&missing(Place::q(|p| p.nickname().trigram_word_similar(p.name()).q())).await, &trgm);
    says(&missing(Place::q(|p| p.name().trigram_similarity("x").gt(0.1))).await, &trgm);
    says(&missing(Place::q(|p| p.name().trigram_word_distance("x").gt(0.1))).await, &trgm);
    let unaccent = missing(Place::q(|p| p.name().unaccent().eq("x"))).await;
    says(&unaccent, &["extension `unaccent`", "create_extension = \"unaccent\""]);
    let raw = db.execute("SELECT crypt('x', gen_salt('bf'))", params![]).await.unwrap_err();
    says(&raw, &["extension `pgcrypto`"]);
    let index = "CREATE INDEX ON trigrams_place USING gin (name gin_trgm_ops)";
    says(&db.batch_execute(index).await.unwrap_err(), &["extension `pg_trgm`"]);
    let table = db.batch_execute("CREATE TABLE x (y ltree)").await.unwrap_err();
    says(&table, &["extension `ltree`"]);
    // What belongs to no extension has the hint of the server.
    let other = db.execute("SELECT nothing_like_it('x')", params![]).await.unwrap_err();
    assert!(!other.to_string().contains("extension"), "{other}");
    in_order(&other.to_string(), &["nothing_like_it", "hint"]);
    Ok(())
}
