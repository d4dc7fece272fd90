//! Columns of type `ltree`, which belongs to an extension: paths in trees.

use crate::support::{Outcome, database, in_order, says};
use orm::Ltree;
use orm::prelude::*;
use orm_testkit::TestDatabase;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "ltree", ordering = [path])]
#[model(index(fields = [path], using = "gist", name = "section_path"))]
pub struct Section {
    pub id: i64,
    #[field(unique)]
    pub path: Ltree,
    pub moved: Option<Ltree>,
    #[field(default = Vec::new)]
    pub also: Vec<Ltree>,
}

const PATHS: [&str; 6] = [
    "books",
    "books.fiction",
    "books.fiction.novels",
    "books.fiction.poems",
    "films",
    "films.fiction",
];

async fn sections() -> Result<Option<TestDatabase>, Box<dyn std::error::Error + Send + Sync>> {
    async fn rows(db: &Database) -> orm::Result<()> {
        let drafts = PATHS.map(|path| draft!(Section { path: path, also: vec![path.into()] }));
        Section::objects().bulk_create(db, drafts).await.map(drop)
    }
    let db = TestDatabase::empty().await?;
    if db.execute("CREATE EXTENSION ltree", params![]).await.is_err() {
        orm_testkit::skipped("the server does not have the extension ltree");
        return Ok(None);
    }
    Ok(Some(database!("api_ltree": Section; rows)))
}

macro_rules! sections {
    () => {
        match sections().await? {
            Some(db) => db,
            None => return Ok(()),
        }
    };
}

async fn found(db: &Database, q: Q<Section>) -> orm::Result<Vec<String>> {
    let paths = Section::objects().filter(|_| q).values(|s| s.path()).all(db).await?;
    Ok(paths.into_iter().map(|path| path.0).collect())
}

fn sql(q: Q<Section>) -> orm::Result<String> {
    let sql = Section::objects().filter(|_| q).values(|s| s.id()).sql()?;
    let condition = sql.split_once(" WHERE ").and_then(|(_, rest)| rest.split_once(" ORDER BY"));
    Ok(condition.map_or(String::new(), |(condition, _)| condition.to_owned()))
}

#[test]
fn the_extension_comes_with_the_column() -> Outcome {
    let sql = create_tables_sql::<(Section,)>()?;
    assert_eq!(sql[0], "CREATE EXTENSION IF NOT EXISTS \"ltree\"");
    in_order(
        &sql[1],
        &["\"path\" ltree NOT NULL", "\"moved\" ltree,", "\"also\" ltree[] NOT NULL"],
    );
    Ok(())
}

#[tokio::test]
async fn trees_are_asked() -> Outcome {
    let db = sections!();
    for (q, expected, text) in [
        (
            Section::q(|s| s.path().descendant_of("books.fiction")),
            vec![PATHS[1], PATHS[2], PATHS[3]],
            "t0.\"path\" <@ $1",
        ),
        (
            Section::q(|s| s.path().ancestor_of(Ltree::from("books.fiction.novels"))),
            vec![PATHS[0], PATHS[1], PATHS[2]],
            "t0.\"path\" @> $1",
        ),
        (Section::q(|s| s.path().descendant_of("nothing")), vec![], "t0.\"path\" <@ $1"),
        (
            Section::q(|s| s.path().matches_lquery("*.fiction.*{1}")),
            vec![PATHS[2], PATHS[3]],
            "t0.\"path\" ~ $1",
        ),
        (
            Section::q(|s| s.path().matches_ltxtquery("fiction & !books")),
            vec![PATHS[5]],
            "t0.\"path\" @ $1",
        ),
        (
            Section::q(|s| s.path().nlevel().gt(2)),
            vec![PATHS[2], PATHS[3]],
            "NLEVEL(t0.\"path\") > $1",
        ),
        (
            Section::q(|s| s.path().subpath_from(-1).eq("fiction")),
            vec![PATHS[1], PATHS[5]],
            "SUBPATH(t0.\"path\", $1) = $2",
        ),
        (
            Section::q(|s| s.path().subpath(0, 1).eq("films")),
            vec![PATHS[4], PATHS[5]],
            "SUBPATH(t0.\"path\", $1, $2) = $3",
        ),
        (
            Section::q(|s| s.path().lca("books.fiction.x").eq("books.fiction").q()),
            vec![PATHS[2], PATHS[3]],
            "LCA(t0.\"path\", $1) = $2",
        ),
        (Section::q(|s| !s.moved().descendant_of("x").q()), PATHS.to_vec(), ""),
        (Section::q(|s| s.path().eq("films")), vec![PATHS[4]], "t0.\"path\" = $1"),
        (
            Section::q(|s| s.path().in_(["films", "books"])),
            vec![PATHS[0], PATHS[4]],
            "t0.\"path\" = ANY($1)",
        ),
        (
            Section::q(|s| s.path().gt("books.fiction.novels")),
            vec![PATHS[3], PATHS[4], PATHS[5]],
            "",
        ),
        (Section::q(|s| s.also().contains([Ltree::from("films")])), vec![PATHS[4]], ""),
        (q!(Section: path__descendant_of = "films"), vec![PATHS[4], PATHS[5]], ""),
    ] {
        assert_eq!(found(&db, q.clone()).await?, expected, "{q:?}");
        if !text.is_empty() {
            assert_eq!(sql(q)?, text);
        }
    }
    let above = Section::objects().filter(|s| {
        exists(Section::objects().filter(|o| {
            o.path().descendant_of(outer_ref(s.path())) & o.path().ne(outer_ref(s.path()))
        }))
    });
    assert_eq!(
        above.values(|s| s.path()).all(&db).await?,
        [PATHS[0], PATHS[1], PATHS[4]].map(Ltree::from)
    );
    let wrong = found(&db, Section::q(|s| s.path().matches_lquery("**"))).await;
    assert_eq!(wrong.unwrap_err().sqlstate(), Some("42601"));
    Ok(())
}

#[tokio::test]
async fn trees_are_moved() -> Outcome {
    let db = sections!();
    let below = Section::objects().filter(|s| s.path().descendant_of("books.fiction"));
    let moved = below.update(&db, |s| {
        s.moved().set(value(Ltree::from("films")).joined(s.path().subpath_from(1)))
    });
    assert_eq!(moved.await?, 3);
    let moved = Section::objects().filter(|s| s.moved().isnull(false)).values(|s| s.moved());
    let expected = ["films.fiction", "films.fiction.novels", "films.fiction.poems"];
    assert_eq!(moved.all(&db).await?, expected.map(|path| Some(Ltree::from(path))));
    let mut one = Section::objects().filter(|s| s.path().eq("films")).get(&db).await?;
    one.path = one.path.child("new");
    one.also.push(Ltree::default());
    one.save(&db).await?;
    one.refresh(&db).await?;
    assert_eq!((one.path.to_string(), one.also.len()), ("films.new".to_owned(), 2));
    let twice = draft!(Section { path: "books" }).save(&db).await;
    assert_eq!(twice.unwrap_err().kind(), "Unique");
    let wrong = draft!(Section { path: "no spaces" }).save(&db).await.unwrap_err();
    assert_eq!(wrong.sqlstate(), Some("42601"));
    Ok(())
}

#[tokio::test]
async fn a_missing_extension_is_named() -> Outcome {
    let db = TestDatabase::empty().await?;
    let error = found(&db, Section::q(|s| s.path().descendant_of("x"))).await.unwrap_err();
    says(
        &error,
        &["the type `ltree` does not exist", "extension `ltree`", "create_extension = \"ltree\""],
    );
    Ok(())
}
