//! Derived enums with types of the database: rows, tables, migrations.

use orm::prelude::*;
use orm_core::tables::{create_tables_of, drop_tables_of};
use orm_migrate::detect::{NoInput, detect};
use orm_migrate::graph::Graph;
use orm_migrate::run::{Runner, Target};
use orm_migrate::state::ProjectState;
use orm_migrate::{introspect, make};
use orm_sql::schema::TableName;
use orm_testkit::TestDatabase;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

#[derive(Choices, Clone, Copy, PartialEq, Debug)]
#[choice(db_enum = "mood", schema = "Feelings")]
pub enum Mood {
    #[choice("so so")]
    Middling,
    #[choice("it's ok", label = "Fine")]
    Ok,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "notes", ordering = [mood, id])]
pub struct Diary {
    pub id: i64,
    #[field(db_default = Mood::Ok)]
    pub mood: Mood,
    pub before: Option<Mood>,
    pub all: Vec<Mood>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "notes", table = "note")]
pub struct Note {
    pub id: i64,
    pub mood: Mood,
}

async fn rows_come_back(db: &TestDatabase) -> Outcome {
    let first = draft!(Diary { all: vec![Mood::Ok, Mood::Middling] }).save(db).await?;
    assert_eq!((first.mood, first.before), (Mood::Ok, None));
    let (mood, before) = (Mood::Middling, Some(Mood::Ok));
    let second = draft!(Diary { mood, before, all: vec![] }).save(db).await?;
    // In the order of the variants.
    assert_eq!(Diary::objects().all(db).await?, [second.clone(), first.clone()]);
    let ok = Diary::objects().filter(|d| d.mood().eq(Mood::Ok));
    assert_eq!(ok.all(db).await?, vec![first]);
    assert_eq!(Diary::objects().filter(|d| d.mood().gt(Mood::Middling)).count(db).await?, 1);
    let few = Diary::objects().filter(|d| d.mood().in_([Mood::Ok, Mood::Middling]));
    assert_eq!(few.count(db).await?, 2);
    assert_eq!(ok.update(db, |d| d.mood().set(Mood::Middling)).await?, 1);
    let drafts: Vec<_> = (0..40).map(|_| draft!(Diary { mood, all: vec![mood] })).collect();
    assert_eq!(Diary::objects().bulk_create(db, drafts).await?.len(), 40);
    let middling = Diary::objects().filter(|d| d.mood().eq(Mood::Middling));
    assert_eq!(middling.count(db).await?, 42);
    Ok(())
}

#[tokio::test]
async fn tables_are_made_with_their_types() -> Outcome {
    let db = TestDatabase::empty().await?;
    create_tables_of(&*db, &[Diary::meta()]).await?;
    rows_come_back(&db).await?;
    // The type is there already.
    create_tables_of(&*db, &[Note::meta()]).await?;
    drop_tables_of(&*db, &[Diary::meta()]).await?;
    let name = TableName::within("Feelings", "mood");
    let there = introspect::enums(&*db, &["Feelings"]).await?;
    assert_eq!(there.get(&name).ok_or("it is gone")?, &["so so", "it's ok"]);
    drop_tables_of(&*db, &[Note::meta()]).await?;
    assert!(introspect::enums(&*db, &["Feelings"]).await?.is_empty());
    create_tables_of(&*db, &[Note::meta(), Diary::meta()]).await?;

    drop_tables_of(&*db, &[Note::meta(), Diary::meta()]).await?;
    db.batch_execute("CREATE TYPE \"Feelings\".mood AS ENUM ('so so')").await?;
    let error = create_tables_of(&*db, &[Note::meta()]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the enum type `Feelings.mood` is there already, and has the values `so so` instead of `so so`, \
         `it's ok`"
    );
    Ok(())
}

#[tokio::test]
async fn migrations_make_the_types_and_change_them() -> Outcome {
    let nothing = ProjectState::default();
    let state = ProjectState::of_models(&[Diary::meta(), Note::meta()])?;
    let operations = detect(&nothing, &state, &mut NoInput)?;
    let mut number = 0;
    let mut id = || {
        number += 1;
        number.to_string()
    };
    let first = make::migrations(&Graph::default(), &nothing, operations, &mut id)?;
    let text = first[0].to_toml();
    assert!(
        text.contains(
            "create_enum = \"mood\"\nschema = \"Feelings\"\nvalues = [\"so so\", \"it's ok\"]\n"
        ),
        "{text}"
    );
    let graph = Graph::of(first)?;
    assert_eq!(detect(&graph.state()?, &state, &mut NoInput)?, []);
    let db = TestDatabase::empty().await?;
    Runner::new(&graph).run(&*db, &Target::Latest).await?;
    rows_come_back(&db).await?;

    // A value more, and a field that has it: two migrations, since one cannot use it at once.
    let mut more = state.clone();
    let name = TableName::within("Feelings", "mood");
    let values = more.enums.get_mut(&name).ok_or("no type")?;
    values.insert(1, "glad".to_owned());
    let mut note = more.models.values().next_back().ok_or("no model")?.as_ref().clone();
    let field = note.fields.last_mut().ok_or("no field")?;
    field.fill =
        orm_sql::schema::Fill::Default(orm_sql::ident::RawSql::new("'glad'::\"Feelings\".mood"));
    more.insert(note);
    let operations = detect(&state, &more, &mut NoInput)?;
    let next = make::migrations(&graph, &state, operations, &mut id)?;
    let names: Vec<&str> = next.iter().map(|one| &*one.name.name).collect();
    assert_eq!(names, ["0002_mood_glad", "0003_alter_note_mood"]);
    let all = Graph::of(graph.iter().cloned().chain(next))?;
    assert_eq!(Runner::new(&all).run(&*db, &Target::Latest).await?, 2);
    assert_eq!(detect(&all.state()?, &more, &mut NoInput)?, []);
    let there = introspect::enums(&*db, &["Feelings"]).await?;
    assert_eq!(there.get(&name).ok_or("it is gone")?, &["so so", "glad", "it's ok"]);

    // Another name is asked about.
    let mut other = state.clone();
    other.enums.insert(name, vec!["so so".into(), "fine".into()]);
    let refusal = detect(&state, &other, &mut NoInput).unwrap_err().to_string();
    assert!(refusal.contains("the value `it's ok` of the enum type `Feelings.mood` is gone"));
    Ok(())
}
