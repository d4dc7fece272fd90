//! Derived models, as states, in files, and in the database that migrations make of them.

use orm::model::Model;
use orm_core::tables::create_tables_of;
use orm_core::tables::state::ModelName;
use orm_doctest::*;
use orm_migrate::detect::{NoInput, detect};
use orm_migrate::diff::{Hints, diff};
use orm_migrate::file::Migration;
use orm_migrate::folder::Folder;
use orm_migrate::graph::Graph;
use orm_migrate::operation::Operation;
use orm_migrate::run::{Runner, Target};
use orm_migrate::state::ProjectState;
use orm_migrate::{introspect, make};
use orm_sql::exec::Executor;
use orm_sql::schema::Table;
use orm_testkit::TestDatabase;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn models() -> Vec<&'static orm_core::ir::ModelMeta> {
    vec![
        Author::meta(),
        Profile::meta(),
        Tag::meta(),
        Book::meta(),
        Review::meta(),
        Stock::meta(),
        Scan::meta(),
        Edition::meta(),
        Club::meta(),
        Membership::meta(),
    ]
}

fn first_migrations() -> Outcome<Vec<Migration>> {
    let nothing = ProjectState::default();
    let state = ProjectState::of_models(&models())?;
    let operations = detect(&nothing, &state, &mut NoInput)?;
    let mut number = 0;
    let mut id = || {
        number += 1;
        format!("id{number}")
    };
    Ok(make::migrations(&Graph::default(), &nothing, operations, &mut id)?)
}

/// Without the notes of what has run, and by name.
async fn catalogue(db: &dyn Executor) -> Outcome<Vec<Table>> {
    let mut tables = introspect::tables(db, &[]).await?;
    tables.retain(|table| table.name.name != "orm_migrations");
    for table in &mut tables {
        table.constraints.sort_by(|a, b| a.name.cmp(&b.name));
        table.columns.sort_by(|a, b| a.name.cmp(&b.name));
    }
    Ok(tables)
}

#[tokio::test]
async fn migrations_make_the_tables_that_create_tables_makes() -> Outcome {
    let path = std::env::temp_dir().join(format!("orm-migrate-models-{}", std::process::id()));
    let folder = Folder::new(&path);
    folder.write(&first_migrations()?)?;
    let graph = folder.read()?;
    std::fs::remove_dir_all(&path)?;
    let names: Vec<String> = graph.iter().map(|one| one.name.to_string()).collect();
    assert_eq!(names, ["0001_initial"]);

    let migrated = TestDatabase::empty().await?;
    Runner::new(&graph).run(&*migrated, &Target::Latest).await?;
    let made = TestDatabase::empty().await?;
    create_tables_of(&*made, &models()).await?;
    let (migrated, made) = (catalogue(&*migrated).await?, catalogue(&*made).await?);
    assert_eq!(migrated.len(), 11, "ten models, and the table between books and tags");
    assert_eq!(migrated, made);
    assert_eq!(diff(&migrated, &made, &Hints::default()), []);

    let state = ProjectState::of_models(&models())?;
    assert_eq!(detect(&graph.state()?, &state, &mut NoInput)?, []);
    Ok(())
}

#[test]
fn a_file_is_what_one_reads_in_a_review() -> Outcome {
    let migrations = first_migrations()?;
    let text = migrations[0].to_toml();
    let book = text.split("[[operations]]").find(|part| part.contains("create_model = \"Book\""));
    assert_eq!(
        book.unwrap().trim(),
        r#"create_model = "Book"
table = "book"
primary_key = ["id"]
fields = [
    { name = "id", type = "bigint", identity = true },
    { name = "name", type = "text" },
    { name = "pages", type = "integer" },
    { name = "price", type = "numeric" },
    { name = "discount", type = "numeric", null = true },
    { name = "published", type = "date", null = true },
    { name = "in_print", type = "boolean" },
    { name = "author", foreign_key = "Author", on_delete = "cascade" },
    { name = "editor", foreign_key = "Author", on_delete = "set_null", null = true },
    { name = "tags", many_to_many = "Tag", table = "book_tags", sides = ["book", "tag"] },
]
uniques = [
    { name = "book_name_author", fields = ["name", "author"] },
]"#
    );
    Ok(())
}

mod ordered {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "ordered", ordering = [name])]
    pub struct Shelf {
        pub id: i64,
        pub name: String,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(
        app = "ordered",
        ordering = [-shelf.name, shelf, title],
    )]
    pub struct Item {
        pub id: i64,
        pub title: Option<String>,
        #[field(on_delete = Cascade)]
        pub shelf: ForeignKey<Shelf>,
    }
}

/// Django's `AlterModelOptions`: the state knows it, and the database does not.
#[test]
fn orderings_are_options_of_the_state() -> Outcome {
    let state = ProjectState::of_models(&[ordered::Shelf::meta(), ordered::Item::meta()])?;
    let name = ModelName::new("ordered", "Item");
    let ordering = &state.model(&name).ok_or("a model")?.ordering;
    assert_eq!(*ordering, ["-shelf__name", "shelf", "title"]);
    let mut other = state.clone();
    let mut item = state.model(&name).cloned().ok_or("a model")?;
    item.ordering = vec!["-title".to_owned(), "id".to_owned()];
    other.insert(item);
    let operations = detect(&state, &other, &mut NoInput)?;
    let [operation] = operations.as_slice() else { panic!("{operations:?}") };
    assert_eq!(operation.to_string(), "alter options of Item");
    assert_eq!(operation.to_toml(), "alter_options = \"Item\"\nordering = [\"-title\", \"id\"]\n");
    assert_eq!(operation.changes(&state, &other)?, [], "the database knows nothing of it");
    assert_eq!(operation.changes_back(&state, &other)?, []);
    // What is written is read, and follows a new name.
    let file = Migration { id: "x".into(), operations, ..Migration::default() };
    assert_eq!(Migration::parse(file.name.clone(), &file.to_toml())?.operations.len(), 1);
    let rename =
        Operation::RenameField { model: name.clone(), from: "title".into(), to: "n".into() };
    rename.apply(&mut other)?;
    assert_eq!(other.model(&name).ok_or("a model")?.ordering, ["-n", "id"]);
    Ok(())
}
