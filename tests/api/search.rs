//! Full text search: in text, in documents that are kept, with ranks and headlines.

use crate::support::{Outcome, database, in_order, says};
use orm::prelude::*;
use orm::{TsVector, Weight};
use orm_testkit::TestDatabase;

/// What is searched in. The names need quotes.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "search", table = "search \"note\"", ordering = [id])]
#[model(index(fields = [words], using = "gin"))]
pub struct Note {
    pub id: i64,
    #[field(max_length = 100, column = "Title")]
    pub title: String,
    pub body: Option<String>,
    #[field(default = "english")]
    pub language: String,
    #[field(default = 0)]
    pub number: i32,
    /// As the models have it, an index or a migration has no parameters.
    #[field(generated = |n| {
        let title = search_vector(n.title()).config("english").weight(Weight::A);
        title + search_vector((n.body(), n.number())).config("english")
    })]
    pub words: TsVector,
    pub kept: Option<TsVector>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "search", ordering = [id])]
pub struct Remark {
    pub id: i64,
    #[field(on_delete = Cascade, related_name = "remarks")]
    pub note: ForeignKey<Note>,
    #[field(on_delete = SetNull, related_name = "asides")]
    pub other: Option<ForeignKey<Note>>,
    pub text: String,
}

const NOTES: [(&str, Option<&str>, &str, i32); 4] = [
    (
        "Cats and dogs",
        Some("The cats are sleeping on a mat, far from any submarine."),
        "english",
        1,
    ),
    (
        "Submarines",
        Some("A yellow submarine. All submarines are yellow. We live in one."),
        "english",
        2,
    ),
    ("Hunde", Some("Die Hunde schlafen und bellen."), "german", 3),
    ("Nothing", None, "simple", 4),
];

async fn notes() -> Result<TestDatabase, Box<dyn std::error::Error + Send + Sync>> {
    async fn rows(db: &Database) -> orm::Result<()> {
        let drafts = NOTES.map(|(title, body, language, number)| {
            draft!(Note { title: title, body: body, language: language, number: number })
        });
        let notes = Note::objects().bulk_create(db, drafts).await?;
        for (note, other, text) in [(0, None, "cats!"), (0, Some(1), "dogs"), (1, Some(3), "cats")]
        {
            let other = other.map(|other: usize| notes[other].id);
            draft!(Remark { note: &notes[note], other: other, text: text }).save(db).await?;
        }
        Ok(())
    }
    Ok(database!("api_search": Note, Remark; rows))
}

async fn found(db: &Database, q: Q<Note>) -> orm::Result<Vec<i64>> {
    Note::objects().filter(|_| q).values(|n| n.id()).all(db).await
}

fn sql(q: Q<Note>) -> orm::Result<String> {
    let sql = Note::objects().filter(|_| q).values(|n| n.id()).sql()?;
    Ok(sql.split_once(" WHERE ").map_or(String::new(), |(_, rest)| rest.to_owned()))
}

#[test]
fn tables_have_documents() -> Outcome {
    let sql = create_tables_sql::<(Note,)>()?;
    in_order(
        &sql[0],
        &[
            "\"words\" tsvector GENERATED ALWAYS AS \
             ((setweight(to_tsvector('english'::regconfig, COALESCE(\"Title\", '')), 'A') || \
             to_tsvector('english'::regconfig, COALESCE(\"body\", '') || ' ' || \
             COALESCE(CAST(\"number\" AS text), '')))) STORED NOT NULL",
            "\"kept\" tsvector",
        ],
    );
    assert!(sql[1].contains("USING \"gin\" (\"words\")"), "{}", sql[1]);
    Ok(())
}

#[tokio::test]
async fn text_and_documents_are_searched() -> Outcome {
    let db = notes().await?;
    let order = " ORDER BY t0.\"id\"";
    for (q, expected, text) in [
        (
            Note::q(|n| n.title().search("dog cat").q()),
            vec![1],
            "to_tsvector(COALESCE(t0.\"Title\", '')) @@ plainto_tsquery($1)",
        ),
        (
            Note::q(|n| n.body().search("submarine").q()),
            vec![1, 2],
            "to_tsvector(COALESCE(t0.\"body\", '')) @@ plainto_tsquery($1)",
        ),
        (
            Note::q(|n| n.words().search("submarine").q()),
            vec![1, 2],
            "t0.\"words\" @@ plainto_tsquery($1)",
        ),
        (Note::q(|n| n.words().search("4").q()), vec![4], "t0.\"words\" @@ plainto_tsquery($1)"),
        (
            Note::q(|n| n.body().search(search_query("Hund").config("german")).q()),
            vec![3],
            "to_tsvector($1, COALESCE(t0.\"body\", '')) @@ plainto_tsquery($2, $3)",
        ),
        (
            // The text of the document is read by its language, and so is what is searched for.
            Note::q(|n| search_vector(n.body()).config(n.language()).search("schlafe").q()),
            vec![3],
            "to_tsvector(CAST(t0.\"language\" AS regconfig), COALESCE(t0.\"body\", '')) @@ \
             plainto_tsquery(CAST(t0.\"language\" AS regconfig), $1)",
        ),
        (
            Note::q(|n| search_vector((n.title(), n.body())).search("hunde schlafen").q()),
            vec![3],
            "to_tsvector(COALESCE(t0.\"Title\", '') || ' ' || COALESCE(t0.\"body\", '')) @@ \
             plainto_tsquery($1)",
        ),
        (
            Note::q(|n| n.title().search(n.body()).q()),
            vec![],
            "to_tsvector(COALESCE(t0.\"Title\", '')) @@ plainto_tsquery(t0.\"body\")",
        ),
        // Nothing is in a text that is NULL, and a document that is NULL has nothing either.
        (
            Note::q(|n| !n.body().search("submarine").q()),
            vec![3, 4],
            "NOT (to_tsvector(COALESCE(t0.\"body\", '')) @@ plainto_tsquery($1))",
        ),
        (
            Note::q(|n| !n.kept().search("x").q()),
            vec![1, 2, 3, 4],
            "NOT (t0.\"kept\" @@ plainto_tsquery($1) AND t0.\"kept\" IS NOT NULL)",
        ),
    ] {
        assert_eq!(sql(q.clone())?, format!("{text}{order}"));
        assert_eq!(found(&db, q.clone()).await?, expected, "{text}");
        let rows = Note::objects().filter(|_| q);
        assert_eq!(rows.count(&db).await?, expected.len() as u64, "{text}");
        assert_eq!(rows.exists(&db).await?, !expected.is_empty(), "{text}");
    }
    assert_eq!(found(&db, q!(Note: words__search = "yellow")).await?, [2]);
    let texts = ["cat".to_owned(), String::new(), "'; DROP TABLE x; --".to_owned()];
    for (text, expected) in texts.iter().zip([vec![1], vec![], vec![]]) {
        assert_eq!(found(&db, Note::q(|n| n.words().search(text).q())).await?, expected, "{text}");
    }
    Ok(())
}

#[tokio::test]
async fn queries_of_four_kinds_are_put_together() -> Outcome {
    let db = notes().await?;
    let plain = |text: &'static str| search_query(text).config("english");
    let of = |q: orm::expr::CombinedQuery<Note>| Note::q(|n| n.words().search(&q).q());
    for (q, expected, text) in [
        (
            of(plain("cat") | plain("yellow")),
            vec![1, 2],
            "(plainto_tsquery($1, $2) || plainto_tsquery($3, $4))",
        ),
        (
            of(plain("submarine") & !plain("yellow")),
            vec![1],
            "(plainto_tsquery($1, $2) && (!!plainto_tsquery($3, $4)))",
        ),
        (
            of(!(plain("cat") | plain("hunde").phrase()) & plain("submarine")),
            vec![2],
            "((!!(plainto_tsquery($1, $2) || phraseto_tsquery($3, $4))) && plainto_tsquery($5, $6))",
        ),
        (
            Note::q(|n| n.words().search(plain("yellow submarine").phrase()).q()),
            vec![2],
            "phraseto_tsquery($1, $2)",
        ),
        (
            Note::q(|n| n.words().search(plain("submarine yellow").phrase()).q()),
            vec![],
            "phraseto_tsquery($1, $2)",
        ),
        (
            Note::q(|n| n.words().search(plain("submar:* & !cat").raw()).q()),
            vec![2],
            "to_tsquery($1, $2)",
        ),
        // Only the title has the weight.
        (
            Note::q(|n| n.words().search(plain("submarine:A").raw()).q()),
            vec![2],
            "to_tsquery($1, $2)",
        ),
        (
            Note::q(|n| n.words().search(plain("\"yellow submarine\" or mat").websearch()).q()),
            vec![1, 2],
            "websearch_to_tsquery($1, $2)",
        ),
        // No text of a person is an error.
        (
            Note::q(|n| n.words().search(plain("&& ( ! \"'").websearch()).q()),
            vec![],
            "websearch_to_tsquery($1, $2)",
        ),
    ] {
        assert_eq!(sql(q.clone())?, format!("t0.\"words\" @@ {text} ORDER BY t0.\"id\""));
        assert_eq!(found(&db, q).await?, expected, "{text}");
    }
    let wrong = Note::q(|n| n.words().search(search_query("secret &").raw()).q());
    let error = found(&db, wrong).await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("42601"));
    assert!(!error.to_string().contains("secret"), "{error}");
    let error = found(&db, Note::q(|n| n.body().search(plain("x").config("klingon")).q())).await;
    says(&error.unwrap_err(), &["klingon"]);
    Ok(())
}

#[tokio::test]
async fn documents_have_weights_and_ranks() -> Outcome {
    let db = notes().await?;
    let ranked = Note::objects()
        .filter(|n| n.words().search("submarine"))
        .order_by(|n| search_rank(n.words(), "submarine").desc())
        .values(|n| (n.id(), search_rank(n.words(), "submarine")));
    in_order(&ranked.sql()?, &["ts_rank(t0.\"words\", plainto_tsquery($1))", "ORDER BY 2 DESC"]);
    let rows = ranked.all(&db).await?;
    assert_eq!(rows.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [2, 1]);
    assert!(rows[0].1 > rows[1].1 && rows[1].1 > 0.0, "{rows:?}");
    // Without the weight of the title, and by the length of the document.
    let weighted = Note::objects().values(|n| {
        let rank = search_rank(n.words(), "submarine");
        (
            rank.clone().weights([0.0, 0.0, 0.0, 1.0]),
            rank.clone().weights([0.5, 0.0, 0.0, 0.0]).weights([1.0, 0.0, 0.0, 0.0]),
            rank.clone().normalization(1).normalization(2 | 32),
            rank.clone().cover_density().weights([0.1, 0.2, 0.4, 1.0]).normalization(0),
            rank,
        )
    });
    in_order(
        &weighted.sql()?,
        &[
            "ts_rank($1, t0.\"words\", plainto_tsquery($2))",
            "ts_rank($3, t0.\"words\", plainto_tsquery($4))",
            "ts_rank(t0.\"words\", plainto_tsquery($5), $6)",
            "ts_rank_cd($7, t0.\"words\", plainto_tsquery($8), $9)",
        ],
    );
    let rows = weighted.all(&db).await?;
    assert_eq!((rows[0].0, rows[3].0), (0.0, 0.0));
    assert!(
        rows[1].0 > 0.0 && rows[0].1 > 0.0 && rows[0].2 < rows[0].4 && rows[1].3 > 0.0,
        "{rows:?}"
    );
    // In text, which is read as the query is told.
    let ranks = Note::objects()
        .filter(|n| search_rank(n.body(), "submarines").gt(0.0))
        .order_by(|n| search_rank(search_vector((n.title(), n.body())), "yellow").desc())
        .values(|n| n.id());
    assert_eq!(ranks.all(&db).await?, [2, 1]);
    let best =
        Note::objects().aggregate(&db, |n| search_rank(n.words(), "submarine").max()).await?;
    assert!(best > Some(0.5), "{best:?}");
    let error =
        Note::objects().values(|n| search_rank(n.words(), "x").weights([2.0, 0.0, 0.0, 0.0]));
    assert_eq!(error.all(&db).await.unwrap_err().sqlstate(), Some("22023"));
    // The document of an optional relation can be NULL, and so can its rank.
    let optional = Remark::objects().values(|r| search_rank(r.other().words(), "submarine"));
    let ranks: Vec<Option<f32>> = optional.all(&db).await?;
    assert_eq!(ranks.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true, true]);
    Ok(())
}

#[tokio::test]
async fn headlines_show_what_was_found() -> Outcome {
    let db = notes().await?;
    let yellow = |n: &orm::Fields<Note>| search_headline(n.body(), "yellow");
    let headlines = Note::objects().filter(|n| n.words().search("yellow"));
    let plain = headlines.clone().values(yellow);
    in_order(&plain.sql()?, &["ts_headline(t0.\"body\", plainto_tsquery($1)) FROM"]);
    let plain: Vec<Option<String>> = plain.all(&db).await?;
    assert!(plain[0].as_deref().is_some_and(|text| text.contains("A <b>yellow</b> submarine")));
    // What stands around words is a parameter, whatever is in it.
    let marks = ["'", "\\", "', StopSel='x", "\"", "''\\'"];
    for mark in marks {
        let shown = headlines.clone().values(|n| {
            yellow(n).start_sel(mark).stop_sel(mark).highlight_all(true).config("english")
        });
        in_order(&shown.sql()?, &["ts_headline($1, t0.\"body\", plainto_tsquery($2), $3)"]);
        let shown = shown.all(&db).await?;
        let expected = format!(
            "A {mark}yellow{mark} submarine. All submarines are {mark}yellow{mark}. We live in one."
        );
        assert_eq!(shown, [Some(expected)]);
    }
    let parts = headlines.clone().values(|n| {
        let short = yellow(n).max_words(3).min_words(1).short_word(0);
        short.max_fragments(2).fragment_delimiter(" | ").config("simple").config("english")
    });
    let parts = parts.all(&db).await?;
    assert!(parts[0].as_deref().is_some_and(|text| text.contains(" | ")), "{parts:?}");
    let wrong = headlines.values(|n| yellow(n).max_words(1).min_words(2)).all(&db).await;
    assert_eq!(wrong.unwrap_err().sqlstate(), Some("22023"));
    let none = Note::objects().filter(|n| n.id().eq(4)).values(yellow).all(&db).await?;
    assert_eq!(none, [None]);
    let title: String = Note::objects()
        .filter(|n| n.id().eq(1))
        .values(|n| search_headline(n.title(), "dog"))
        .get(&db)
        .await?;
    assert_eq!(title, "Cats and <b>dogs</b>");
    Ok(())
}

#[tokio::test]
async fn documents_are_kept_and_written() -> Outcome {
    let db = notes().await?;
    let parsed = |text: &str| text.parse::<TsVector>();
    let notes = Note::objects().all(&db).await?;
    assert_eq!(notes[3].words, parsed("'4':2 'noth':1A")?);
    assert_eq!(notes[0].words.positions("cat").len(), 2);
    // From text, from a value, from another column.
    Note::objects()
        .update(&db, |n| n.kept().set(search_vector(n.title()).config("simple")))
        .await?;
    let kept = Note::objects().values(|n| n.kept()).all(&db).await?;
    assert_eq!(kept[0], Some(parsed("and:2 cats:1 dogs:3")?));
    let odd = parsed("'it''s \\\\ ok':1A,9 'é':16383 \"")?;
    let mut note = notes[0].clone();
    note.kept = Some(odd.clone());
    note.save(&db).await?;
    note.refresh(&db).await?;
    assert_eq!(note.kept, Some(odd.clone()));
    assert_eq!(found(&db, Note::q(|n| n.kept().eq(&odd).q())).await?, [1]);
    let dogs = parsed("hunde:1")?;
    assert_eq!(found(&db, Note::q(|n| n.kept().in_([odd.clone(), dogs]).q())).await?, [1, 3]);
    Note::objects().update(&db, |n| n.kept().set(n.words() + search_vector(n.title()))).await?;
    note.refresh(&db).await?;
    assert!(note.kept.as_ref().is_some_and(|kept| kept.positions("cat").len() == 3), "{note:?}");
    let cleared =
        Note::objects().filter(|n| n.kept().search("cats")).update(&db, |n| n.kept().set(None));
    assert_eq!(cleared.await?, 1);
    assert_eq!(found(&db, Note::q(|n| n.kept().isnull(true))).await?, [1]);
    let saved = Note::dyn_draft().set("title", "x").set("kept", "b a:2B").save(&db).await?;
    assert_eq!(saved.kept, Some(parsed("'a':2B 'b'")?));
    let wrong = Note::dyn_draft().set("title", "x").set("kept", "'b").check();
    says(&wrong.unwrap_err(), &["`kept` of `Note`"]);
    let weighted = Note::objects().filter(|n| n.id().eq(4)).values(|n| n.words().weight(Weight::C));
    assert_eq!(weighted.get(&db).await?, parsed("'4':2C 'noth':1C")?);
    // A document that is made already has been read.
    let made = Note::q(|n| n.words().weight(Weight::A).config("simple").search("x").q());
    says(&sql(made).unwrap_err(), &["`config` says how texts are read"]);
    Ok(())
}

#[tokio::test]
async fn searches_go_over_relations() -> Outcome {
    let db = notes().await?;
    let noted = Note::objects().filter(|n| n.remarks().text().search("cats")).distinct();
    assert_eq!(noted.clone().values(|n| n.id()).all(&db).await?, [1, 2]);
    let without = Note::objects().exclude(|n| n.remarks().text().search("cats"));
    assert_eq!(without.values(|n| n.id()).all(&db).await?, [3, 4]);
    let remarks = |q: Q<Remark>| Remark::objects().filter(|_| q).values(|r| r.id());
    let of_other = remarks(Remark::q(|r| r.other().words().search("yellow").q()));
    assert_eq!(of_other.all(&db).await?, [2]);
    let not_other = remarks(Remark::q(|r| !r.other().words().search("yellow").q()));
    assert_eq!(not_other.all(&db).await?, [1, 3]);
    let both = Remark::q(|r| search_vector((r.text(), r.note().title())).search("dogs cats").q());
    assert_eq!(remarks(both).all(&db).await?, [1, 2]);
    // In a subquery, by what is searched for in another table.
    let alike = Note::objects()
        .filter(|n| exists(Remark::objects().filter(|r| outer_ref(n.words()).search(r.text()))));
    assert_eq!(alike.values(|n| n.id()).all(&db).await?, [1]);
    let mut found = Vec::new();
    for remark in Note::objects()
        .filter(|n| n.words().search("cat"))
        .prefetch_related(|n| n.remarks())
        .all(&db)
        .await?
    {
        found.extend(remark.1.into_iter().map(|remark| remark.id));
    }
    assert_eq!(found, [1, 2]);
    assert_eq!(Note::objects().filter(|n| n.words().search("cat")).delete(&db).await?.total, 3);
    Ok(())
}

#[tokio::test]
async fn an_index_serves_searches() -> Outcome {
    let db = notes().await?;
    let drafts = (0..3000).map(|n| draft!(Note { title: format!("word{n} common"), number: n }));
    Note::objects().bulk_create(&db, drafts).await?;
    let index = r#"CREATE INDEX by_title ON "search ""note""" USING gin (to_tsvector('english', COALESCE("Title", '')))"#;
    db.batch_execute(index).await?;
    db.execute("VACUUM ANALYZE", params![]).await?;
    let rare =
        Note::objects().filter(|n| n.words().search(search_query("word77").config("english")));
    let plan = rare.explain(&db).await?;
    assert!(plan.contains("Bitmap Index Scan"), "{plan}");
    assert_eq!(rare.count(&db).await?, 1);
    // One of an expression, since a configuration is a parameter of its own type.
    let rare =
        Note::objects().filter(|n| n.title().search(search_query("word77").config("english")));
    for _ in 0..8 {
        let plan = rare.explain(&db).await?;
        assert!(plan.contains("by_title"), "{plan}");
    }
    Ok(())
}
