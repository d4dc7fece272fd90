//! Squashes and merges, on files and on databases.

use orm_migrate::error::Error;
use orm_migrate::file::{Migration, MigrationName};
use orm_migrate::folder::Folder;
use orm_migrate::graph::Graph;
use orm_migrate::merge::merge;
use orm_migrate::run::{self, Runner, Target};
use orm_migrate::squash::{Squash, optimized, squash, squash_together};
use orm_sql::exec::Executor;
use orm_testkit::TestDatabase;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn name(text: &str) -> MigrationName {
    let (app, name) = text.split_once('.').unwrap();
    MigrationName { app: app.into(), name: name.into() }
}

fn file(text: &str, dependencies: &[&str], operations: &str) -> Migration {
    let dependencies: Vec<String> = dependencies.iter().map(|one| format!("{one:?}")).collect();
    let toml =
        format!("id = \"id {text}\"\ndependencies = [{}]\n{operations}", dependencies.join(", "));
    Migration::parse(name(text), &toml).unwrap()
}

const AUTHOR: &str = r#"
[[operations]]
create_model = "Author"
table = "library_author"
primary_key = ["id"]
fields = [
    { name = "id", type = "bigint", identity = true },
    { name = "name", type = "varchar(100)" },
]
"#;

const BOOK: &str = r#"
[[operations]]
create_model = "Book"
table = "library_book"
primary_key = ["id"]
fields = [
    { name = "id", type = "bigint", identity = true },
    { name = "title", type = "text" },
    { name = "author", foreign_key = "Author", on_delete = "cascade" },
]
"#;

const PAGES: &str = r#"
[[operations]]
add_field = "Book.pages"
type = "integer"
fill = "0"

[[operations]]
rename_field = "Author.name"
to = "full_name"
"#;

const SEED: &str = r#"
[[operations]]
run_sql = "INSERT INTO library_author (full_name) VALUES ('Ann')"
reverse = "DELETE FROM library_author"
"#;

const INDEX: &str = r#"
[[operations]]
alter_field = "Book.pages"
type = "bigint"

[[operations]]
add_index = "Book"
name = "book_by_pages"
fields = ["pages"]
concurrently = true
"#;

fn files() -> Vec<Migration> {
    let book = BOOK.replace("\"Author\"", "\"library.Author\"");
    vec![
        file("library.0001_initial", &[], &format!("{AUTHOR}{book}")),
        file("library.0002_pages", &["library.0001_initial"], PAGES),
        file("library.0003_seed", &["library.0002_pages"], SEED),
        file("library.0004_index", &["library.0003_seed"], INDEX),
        file(
            "shop.0001_initial",
            &["library.0004_index"],
            "[[operations]]\ncreate_model = \"Offer\"\ntable = \"shop_offer\"\nprimary_key = [\"id\"]\n\
             fields = [\n{ name = \"id\", type = \"bigint\", identity = true },\n\
             { name = \"book\", foreign_key = \"library.Book\", on_delete = \"cascade\" },\n]",
        ),
        file(
            "library.0005_more",
            &["library.0004_index"],
            "[[operations]]\nadd_field = \"Book.isbn\"\ntype = \"varchar(13)\"\nnull = true",
        ),
    ]
}

fn lines(migration: &Migration) -> Vec<String> {
    migration.operations.iter().map(ToString::to_string).collect()
}

fn noted(graph: &Graph) -> Vec<String> {
    graph.iter().map(|one| one.name.to_string()).collect()
}

async fn ran(db: &dyn Executor) -> Outcome<Vec<String>> {
    Ok(run::applied(db).await?.into_iter().map(|one| format!("{}.{}", one.app, one.name)).collect())
}

#[tokio::test]
async fn a_squash_is_the_same_on_every_database() -> Outcome {
    let old = Graph::of(files())?;
    let made = squash(&old, "library", None, &name("library.0004_index"), "squash".into())?;
    assert_eq!(made.migration.name, name("library.0001_squashed_0004_index"));
    assert_eq!(
        lines(&made.migration),
        [
            "create model Author",
            "create model Book",
            "run SQL",
            "alter field pages of Book",
            "add index book_by_pages to Book"
        ]
    );
    assert_eq!(made.operations, 7);
    let kept: Vec<String> =
        made.kept.iter().map(|one| format!("{}: {}", one.migration, one.operation)).collect();
    assert_eq!(kept, ["library.0003_seed: run SQL"]);

    // What is written is read.
    let again = Migration::parse(made.migration.name.clone(), &made.migration.to_toml())?;
    assert_eq!(again, made.migration);
    let both = Graph::of(files().into_iter().chain([made.migration.clone()]))?;
    let is_old = |one: &Migration| made.migration.replaces.iter().any(|old| old.id == one.id);
    let rest: Vec<Migration> = files().into_iter().filter(|one| !is_old(one)).collect();
    let without = Graph::of(rest.into_iter().chain([made.migration.clone()]))?;
    let names = ["library.0001_squashed_0004_index", "library.0005_more", "shop.0001_initial"];
    assert_eq!(noted(&both), names);
    assert_eq!(noted(&without), names);

    // A scratch database from the one and from the other.
    let (first, second) = (TestDatabase::empty().await?, TestDatabase::empty().await?);
    let proof =
        run::prove(&both, std::slice::from_ref(&made.migration.name), &*first, &*second).await?;
    assert_eq!(proof.differences, [""; 0]);
    assert_eq!(
        proof.unknown,
        [
            "library.0001_squashed_0004_index: what `run SQL` does with rows that an empty database does \
          not have"
        ]
    );
    assert_eq!(ran(&*second).await?, names[..1]);

    // All of the old has run: the squash counts as run, with and without their files.
    for graph in [&both, &without] {
        let db = TestDatabase::empty().await?;
        Runner::new(&old).run(&*db, &Target::Migration(name("library.0004_index"))).await?;
        let plan = Runner::new(graph).plan(&*db, &Target::Latest).await?;
        let plan: Vec<String> = plan.iter().map(|step| step.migration.name.to_string()).collect();
        assert_eq!(plan, names[1..]);
        assert_eq!(Runner::new(graph).run(&*db, &Target::Latest).await?, 2);
        assert_eq!(ran(&*db).await?.len(), 4 + names.len());
        // Back to nothing, old rows included.
        Runner::new(graph).run(&*db, &Target::Zero("library".into())).await?;
        assert_eq!(ran(&*db).await?, [""; 0]);
    }

    // Some of the old has run.
    let db = TestDatabase::empty().await?;
    Runner::new(&old).run(&*db, &Target::Migration(name("library.0002_pages"))).await?;
    let error = Runner::new(&without).run(&*db, &Target::Latest).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "migration library.0001_squashed_0004_index stands for others, of which this database has run \
         library.0001_initial, library.0002_pages, and there are no files of library.0001_initial, \
         library.0002_pages, library.0003_seed, library.0004_index: bring the files back, migrate this \
         database, and remove them again"
    );
    assert_eq!(Runner::new(&both).run(&*db, &Target::Latest).await?, 4);
    assert_eq!(Runner::new(&without).run(&*db, &Target::Latest).await?, 0);
    let error = Runner::new(&without)
        .plan(&*db, &Target::Migration(name("library.0002_pages")))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "migration library.0001_squashed_0004_index stands for library.0002_pages; go to \
         library.0001_squashed_0004_index, or to what is before it"
    );
    Ok(())
}

#[tokio::test]
async fn rows_of_replaced_migrations_can_be_pruned() -> Outcome {
    let old = Graph::of(files())?;
    let made = squash(&old, "library", None, &name("library.0004_index"), "squash".into())?;
    let both = Graph::of(files().into_iter().chain([made.migration.clone()]))?;
    let is_old = |one: &Migration| made.migration.replaces.iter().any(|old| old.id == one.id);
    let rest: Vec<Migration> = files().into_iter().filter(|one| !is_old(one)).collect();
    let without = Graph::of(rest.into_iter().chain([made.migration.clone()]))?;
    let db = TestDatabase::empty().await?;
    Runner::new(&old).run(&*db, &Target::Latest).await?;
    assert!(run::prunable(&both, &*db, "library").await?.is_empty(), "their files are there");
    assert_eq!(run::prunable(&without, &*db, "library").await?.len(), 4);
    assert_eq!(run::prune(&without, &*db, "library").await?.len(), 4);
    assert_eq!(ran(&*db).await?.len(), 3);
    assert_eq!(Runner::new(&without).run(&*db, &Target::Latest).await?, 0);
    Ok(())
}

#[test]
fn what_cannot_be_squashed_is_said() {
    let mut all = files();
    all.push(file("library.0006_late", &["library.0005_more", "shop.0001_initial"], ""));
    let graph = Graph::of(all).unwrap();
    let said = |from: Option<&str>, to: &str| {
        let from = from.map(name);
        squash(&graph, "library", from.as_ref(), &name(to), "x".into()).unwrap_err().to_string()
    };
    assert_eq!(
        said(None, "library.0006_late"),
        "library.0006_late depends on shop.0001_initial, which depends on library.0004_index, so that \
         they cannot be one migration: squash up to what comes before, or squash the other app first or \
         together with it"
    );
    assert_eq!(
        said(None, "library.0001_initial"),
        "there is nothing to squash: up to library.0001_initial there are not two migrations"
    );
    assert_eq!(
        said(Some("library.0003_seed"), "library.0002_pages"),
        "migration library.0002_pages does not come after library.0003_seed"
    );
    assert_eq!(said(None, "library.0009"), "there is no migration library.0009");
    assert_eq!(said(None, "shop.0001_initial"), "migration shop.0001_initial is none of library");
    let part = squash(
        &graph,
        "library",
        Some(&name("library.0002_pages")),
        &name("library.0003_seed"),
        "x".into(),
    );
    let part = part.unwrap().migration;
    assert_eq!(part.dependencies, [name("library.0001_initial")]);
    assert_eq!(part.replaces.len(), 2);
}

#[tokio::test]
async fn an_optimised_migration_stands_for_what_it_was() -> Outcome {
    let long = format!(
        "{AUTHOR}[[operations]]\nadd_field = \"Author.born\"\ntype = \"date\"\nnull = true\n\
        [[operations]]\nremove_field = \"Author.name\""
    );
    let first = file("library.0001_initial", &[], &long);
    let graph = Graph::of([first])?;
    let db = TestDatabase::empty().await?;
    Runner::new(&graph).run(&*db, &Target::Latest).await?;
    let shorter = optimized(&graph, &name("library.0001_initial"), Some("new".into()))?;
    assert_eq!(lines(&shorter.migration), ["create model Author"]);
    let graph = Graph::of([shorter.migration])?;
    assert_eq!(Runner::new(&graph).run(&*db, &Target::Latest).await?, 0);
    let fresh = TestDatabase::empty().await?;
    assert_eq!(Runner::new(&graph).run(&*fresh, &Target::Latest).await?, 1);
    Ok(())
}

#[test]
fn branches_are_merged_where_they_go_together() {
    let first = || file("library.0001_initial", &[], AUTHOR);
    let after = |text: &str, operations: &str| file(text, &["library.0001_initial"], operations);
    let born = "[[operations]]\nadd_field = \"Author.born\"\ntype = \"date\"\nnull = true";
    let dies = "[[operations]]\nadd_field = \"Author.died\"\ntype = \"date\"\nnull = true";
    let graph =
        Graph::of([first(), after("library.0002_born", born), after("library.0002_died", dies)])
            .unwrap();
    let merged = merge(&graph, "library", "m".into()).unwrap();
    assert_eq!(merged.migration.name, name("library.0003_merge_0002_born_0002_died"));
    assert_eq!(
        merged.migration.dependencies,
        [name("library.0002_born"), name("library.0002_died")]
    );
    assert!(merged.unknown.is_empty() && merged.migration.operations.is_empty());
    let graph = Graph::of(graph.files().cloned().chain([merged.migration])).unwrap();
    assert!(graph.conflicts().is_empty() && graph.state().is_ok());
    assert_eq!(
        merge(&graph, "library", "m".into()).unwrap_err().to_string(),
        "there is nothing to merge in library: it has one last migration"
    );

    let said = |one: &str, other: &str| {
        let graph =
            Graph::of([first(), after("library.0002_a", one), after("library.0002_b", other)]);
        match merge(&graph.unwrap(), "library", "m".into()) {
            Err(Error::Clash(clashes)) => {
                clashes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
            }
            other => format!("{other:?}"),
        }
    };
    let wide = "[[operations]]\nalter_field = \"Author.name\"\ntype = \"text\"";
    let gone = "[[operations]]\nremove_field = \"Author.name\"";
    let index = "[[operations]]\nadd_index = \"Author\"\nname = \"by_name\"\nfields = [\"name\"]";
    let away = "[[operations]]\ndelete_model = \"Author\"";
    assert_eq!(
        said(wide, gone),
        "library.0002_a (alter field name of Author) and library.0002_b (remove field name from Author): \
         field name of library.Author"
    );
    assert_eq!(
        said(index, gone),
        "library.0002_a (add index by_name to Author) and library.0002_b (remove field name from \
         Author): field name of library.Author"
    );
    assert!(said(index, index).contains("by_name of library.Author"));
    assert!(
        said(born, away).contains("(delete model Author): model library.Author"),
        "{}",
        said(born, away)
    );
    let sql = "[[operations]]\nrun_sql = \"UPDATE library_author SET name = ''\"";
    let graph =
        Graph::of([first(), after("library.0002_a", sql), after("library.0002_b", born)]).unwrap();
    assert_eq!(merge(&graph, "library", "m".into()).unwrap().unknown.len(), 1);
}

#[test]
fn branches_of_a_folder_are_merged_although_their_head_is_in_conflict() -> Outcome {
    let path = std::env::temp_dir().join(format!("orm-merge-{}", std::process::id()));
    let folder = Folder::new(&path);
    let after = |text: &str, field: &str| {
        let add =
            format!("[[operations]]\nadd_field = \"Author.{field}\"\ntype = \"date\"\nnull = true");
        file(text, &["library.0001_initial"], &add)
    };
    folder.write(&[
        file("library.0001_initial", &[], AUTHOR),
        after("library.0002_born", "born"),
        after("library.0002_died", "died"),
    ])?;
    let head = path.join("library/head");
    std::fs::write(&head, "<<<<<<< ours\n0002_born\n=======\n0002_died\n>>>>>>> theirs\n")?;
    assert!(folder.read().is_err());
    let graph = folder.read_branches()?;
    let merged = merge(&graph, "library", "m".into())?;
    folder.write(&[merged.migration])?;
    assert_eq!(std::fs::read_to_string(&head)?, "0003_merge_0002_born_0002_died\n");
    assert!(folder.read()?.conflicts().is_empty());
    std::fs::remove_dir_all(&path)?;
    Ok(())
}

/// Two apps that refer to each other in turn.
fn in_turn() -> Vec<Migration> {
    let offer = "[[operations]]\ncreate_model = \"Offer\"\ntable = \"shop_offer\"\nprimary_key = [\"id\"]\n\
                 fields = [\n{ name = \"id\", type = \"bigint\", identity = true },\n\
                 { name = \"by\", foreign_key = \"library.Author\", on_delete = \"cascade\" },\n]";
    let add = |field: &str, rest: &str| format!("[[operations]]\nadd_field = \"{field}\"\n{rest}");
    let text = "type = \"text\"\nnull = true";
    let key = "foreign_key = \"shop.Offer\"\non_delete = \"set_null\"\nnull = true";
    vec![
        file("library.0001_initial", &[], AUTHOR),
        file("library.0002_born", &["library.0001_initial"], &add("Author.born", text)),
        file("shop.0001_initial", &["library.0002_born"], offer),
        file("shop.0002_note", &["shop.0001_initial"], &add("Offer.note", text)),
        file(
            "library.0003_offer",
            &["library.0002_born", "shop.0001_initial"],
            &add("Author.offer", key),
        ),
        file("library.0004_died", &["library.0003_offer"], &add("Author.died", text)),
        file("shop.0003_more", &["shop.0002_note", "library.0004_died"], &add("Offer.more", text)),
        file("library.0005_late", &["library.0004_died"], &add("Author.late", text)),
    ]
}

#[tokio::test]
async fn apps_that_refer_to_each_other_in_turn_are_squashed_at_once() -> Outcome {
    let old = Graph::of(in_turn())?;
    let alone = squash(&old, "library", None, &name("library.0004_died"), "x".into());
    assert!(alone.unwrap_err().to_string().ends_with("the other app first or together with it"));
    let mut number = 0;
    let mut id = || {
        number += 1;
        format!("new {number}")
    };
    let last = [name("library.0004_died"), name("shop.0003_more")];
    let made = squash_together(&old, &last, &mut id)?;
    let shown: Vec<(String, Vec<String>, Vec<String>)> = made
        .iter()
        .map(|Squash { migration, .. }| {
            let needs = migration.dependencies.iter().map(ToString::to_string).collect();
            (migration.name.to_string(), needs, lines(migration))
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("library.0001_squashed_0002_born".into(), texts(&[]), texts(&["create model Author"])),
            (
                "shop.0001_squashed_0002_note".into(),
                texts(&["library.0002_born"]),
                texts(&["create model Offer"]),
            ),
            (
                "library.0003_squashed_0004_died".into(),
                texts(&["library.0002_born", "shop.0001_initial"]),
                texts(&["add field offer to Author", "add field died to Author"]),
            ),
        ]
    );
    let squashes: Vec<Migration> = made.into_iter().map(|one| one.migration).collect();
    let names: Vec<MigrationName> = squashes.iter().map(|one| one.name.clone()).collect();
    let both = Graph::of(in_turn().into_iter().chain(squashes.clone()))?;
    let (first, second) = (TestDatabase::empty().await?, TestDatabase::empty().await?);
    let proof = run::prove(&both, &names, &*first, &*second).await?;
    assert_eq!(proof, run::Proof::default());

    // What has run of the old ones, in whatever number, goes on, and leads to the same.
    let is_replaced = |one: &Migration| {
        squashes.iter().any(|new| new.replaces.iter().any(|old| old.id == one.id))
    };
    let rest = in_turn().into_iter().filter(|one| !is_replaced(one));
    let without = Graph::of(rest.chain(squashes.clone()))?;
    for count in 0..=old.iter().count() {
        let db = TestDatabase::empty().await?;
        for migration in old.iter().take(count) {
            Runner::new(&old).run(&*db, &Target::Migration(migration.name.clone())).await?;
        }
        Runner::new(&both).run(&*db, &Target::Latest).await?;
        assert_eq!(Runner::new(&without).run(&*db, &Target::Latest).await?, 0, "after {count}");
    }
    Ok(())
}

#[test]
fn apps_without_anything_to_put_together() {
    let graph = Graph::of(in_turn()).unwrap();
    let last = [name("library.0001_initial"), name("shop.0001_initial")];
    assert_eq!(
        squash_together(&graph, &last, &mut || "x".into()).unwrap_err().to_string(),
        "there is nothing to squash: up to library.0001_initial and shop.0001_initial there are not two \
         migrations of an app that can be one"
    );
}

#[tokio::test]
async fn a_proof_compares_rows_and_says_what_it_cannot_compare() -> Outcome {
    let notes = "[[operations]]\ncreate_model = \"Note\"\ntable = \"note\"\nprimary_key = [\"id\"]\nfields = [\n\
                 { name = \"id\", type = \"bigint\", identity = true },\n\
                 { name = \"text\", type = \"text\" },\n\
                 { name = \"pages\", type = \"integer\" },\n\
                 { name = \"at\", type = \"timestamptz\" },\n]";
    let insert = "[[operations]]\nrun_sql = \"INSERT INTO note (text, pages, at) VALUES ('a', 1, now()), \
                  ('b', 2, now())\"\nreverse = \"\"";
    let files = [
        file("library.0001_initial", &[], notes),
        file("library.0002_rows", &["library.0001_initial"], insert),
    ];
    let old = Graph::of(files.clone())?;
    let right = squash(&old, "library", None, &name("library.0002_rows"), "s".into())?.migration;
    // What somebody may have made of it by hand.
    let text = right.to_toml();
    let cases = [
        (text.clone(), vec![], 2),
        (text.replace(", ('b', 2, now())", ""), vec!["note: 1 rows, and not 2"], 1),
        (text.replace("('b', 2", "('b', 3"), vec!["note: rows with other values of pages"], 1),
        (
            text.replace("('a', 1", "('a', 2").replace("('b', 2", "('b', 1"),
            vec!["note: the same values in other rows"],
            1,
        ),
    ];
    for (text, differences, unknown) in cases {
        let migration = Migration::parse(right.name.clone(), &text)?;
        let graph = Graph::of(files.iter().cloned().chain([migration]))?;
        let (one, other) = (TestDatabase::empty().await?, TestDatabase::empty().await?);
        let proof = run::prove(&graph, std::slice::from_ref(&right.name), &*one, &*other).await?;
        assert_eq!(
            (proof.differences.clone(), proof.unknown.len()),
            (texts(&differences), unknown)
        );
        let of_clock = "note: the values of at, which are others each time, as those of now() are";
        assert!(!differences.is_empty() || proof.unknown[0] == of_clock, "{proof:?}");
    }
    Ok(())
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|one| (*one).to_owned()).collect()
}
