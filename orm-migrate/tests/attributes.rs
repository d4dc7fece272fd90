//! What models say of their indexes, constraints and tables: in the database, in files, when it changes.

use orm::prelude::*;
use orm_core::tables::create_tables_of;
use orm_core::tables::state::{ExcludeState, UniqueState};
use orm_migrate::detect::{NoInput, detect};
use orm_migrate::diff::Hints;
use orm_migrate::file::{Migration, MigrationName};
use orm_migrate::graph::Graph;
use orm_migrate::operation::{self, Operation};
use orm_migrate::run::{Runner, Target};
use orm_migrate::state::ProjectState;
use orm_migrate::{introspect, make};
use orm_sql::exec::Executor;
use orm_sql::schema::{ConstraintKind, Deferrable, Table};
use orm_testkit::TestDatabase;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(
    app = "hall",
    with(fillfactor = 80, autovacuum_enabled = false),
    exclude(
        (room, "="),
        (during, "&&"),
        name = "one_at_a_time",
        using = "gist",
        where = |b| b.cancelled().eq(false),
        violation_error_message = "the room is taken"
    ),
    exclude((|b| b.title().lower(), "=", "text_ops"), using = "btree", deferrable, name = "titles"),
    unique(fields = [title, room], name = "title_in_room", deferrable = immediate),
    unique(fields = [seats], opclasses = ["int4_ops"], name = "by_class"),
    index(
        fields = [title, -room],
        opclasses = ["text_pattern_ops", ""],
        with(fillfactor = 70),
        name = "like_title"
    ),
    index(|b| b.title().lower().desc(), |b| b.seats().asc().nulls_first(), name = "ordered"),
    index(|b| b.title().collate("C"), name = "collated"),
    check(
        |b| b.seats().gt(0),
        name = "some_seats",
        violation_error_message = "%(name)s: there must be a seat",
        violation_error_code = "seats"
    ),
)]
pub struct Booking {
    pub id: i64,
    pub room: i32,
    pub during: orm::Range<i32>,
    pub title: String,
    pub seats: Option<i32>,
    pub cancelled: bool,
    #[field(on_delete = Cascade, related_name = "later", deferrable = immediate)]
    pub before: Option<ForeignKey<Booking>>,
}

async fn table(db: &dyn Executor) -> Outcome<Table> {
    let tables = introspect::tables(db, &[]).await?;
    let mut table =
        tables.into_iter().find(|one| one.name.name == "hall_booking").ok_or("no table")?;
    table.constraints.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(table)
}

fn first() -> Outcome<(ProjectState, Vec<Migration>)> {
    let nothing = ProjectState::default();
    let state = ProjectState::of_models(&[Booking::meta()])?;
    let operations = detect(&nothing, &state, &mut NoInput)?;
    let mut id = || "one".to_owned();
    let migrations = make::migrations(&Graph::default(), &nothing, operations, &mut id)?;
    Ok((state, migrations))
}

#[tokio::test]
async fn all_of_it_is_in_the_database_and_in_files() -> Outcome {
    let made = TestDatabase::empty().await?;
    if let Err(error) = create_tables_of(&*made, &[Booking::meta()]).await {
        // A server without its contributed extensions.
        assert!(error.to_string().contains("btree_gist"), "{error}");
        return Ok(());
    }
    let (state, migrations) = first()?;
    let text = migrations[0].to_toml();
    for part in [
        "create_extension = \"btree_gist\"",
        "storage = { autovacuum_enabled = \"false\", fillfactor = \"80\" }",
        "{ name = \"like_title\", parts = [{ field = \"title\", opclass = \"text_pattern_ops\" }, \
         { field = \"room\", desc = true }], storage = { fillfactor = \"70\" } }",
        "{ expression = 'LOWER(\"title\")', desc = true }",
        "{ field = \"seats\", nulls = \"first\" }",
        "fields = [\"title\", \"room\"], deferrable = \"immediate\" }",
        "name = \"one_at_a_time\", parts = [{ field = \"room\", operator = \"=\" }, \
         { field = \"during\", operator = \"&&\" }], where = '\"cancelled\" = FALSE', message = \
         \"the room is taken\" }",
        "message = \"%(name)s: there must be a seat\", code = \"seats\" }",
    ] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
    let name = MigrationName { app: "hall".into(), name: "0001_initial".into() };
    assert_eq!(Migration::parse(name, &text)?, migrations[0]);
    let graph = Graph::of(migrations)?;
    assert_eq!(detect(&graph.state()?, &state, &mut NoInput)?, []);

    let migrated = TestDatabase::empty().await?;
    Runner::new(&graph).run(&*migrated, &Target::Latest).await?;
    let live = table(&*migrated).await?;
    assert_eq!(live, table(&*made).await?);
    assert_eq!(live.storage.get("fillfactor").map(String::as_str), Some("80"));
    let part = |index: &str, at: usize| live.index(index).and_then(|one| one.parts.get(at));
    let like = part("like_title", 0).ok_or("no index")?;
    assert_eq!(like.operator_class.as_deref(), Some("text_pattern_ops"));
    let ordered = part("ordered", 0).ok_or("no index")?;
    assert_eq!((ordered.desc, ordered.nulls_first), (true, None));
    assert_eq!(part("ordered", 1).and_then(|part| part.nulls_first), Some(true));
    assert_eq!(part("collated", 0).and_then(|part| part.collation.as_deref()), Some("C"));
    let deferrable = |name: &str| match live.constraint(name).map(|one| &one.kind) {
        Some(ConstraintKind::Unique(unique)) => unique.deferrable,
        Some(ConstraintKind::Exclude(exclusion)) => exclusion.deferrable,
        _ => None,
    };
    assert_eq!(deferrable("title_in_room"), Some(Deferrable::Immediate));
    assert_eq!(deferrable("titles"), Some(Deferrable::Deferred));
    let key = live.foreign_keys().next().ok_or("no key")?;
    assert_eq!(key.deferrable, Some(Deferrable::Immediate));

    let db = &migrated;
    let booking = |title: &str, from: i32, cancelled: bool| {
        let title = title.to_owned();
        draft!(Booking { room: 1, during: orm::Range::from(from..from + 2), title, cancelled })
    };
    booking("one", 1, false).save(db).await?;
    booking("two", 2, true).save(db).await?;
    let error = booking("three", 2, false).save(db).await.unwrap_err();
    assert!(matches!(&error, orm::Error::Exclusion { .. }), "{error}");
    let during = orm::Range::from(9..11);
    let mut wrong = draft!(Booking { room: 1, during, title: "four", cancelled: true, seats: 0 });
    let error = wrong.full_clean_with(db).await.unwrap_err();
    assert!(error.to_string().contains("some_seats: there must be a seat"), "{error}");
    Runner::new(&graph).run(&*migrated, &Target::Zero("hall".into())).await?;
    Ok(())
}

#[test]
fn messages_change_without_the_database() -> Outcome {
    let (state, migrations) = first()?;
    let graph = Graph::of(migrations)?;
    let mut other = state.clone();
    let mut booking = state.models.values().next().ok_or("no model")?.as_ref().clone();
    booking.checks[0].violation.message = Some("no seats".into());
    booking.exclusions[0].violation.message = None;
    other.insert(booking);
    let found = detect(&state, &other, &mut NoInput)?;
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        ["alter constraint some_seats of Booking", "alter constraint one_at_a_time of Booking"]
    );
    let mut now = graph.state()?;
    for operation in &found {
        let before = now.clone();
        operation.apply(&mut now)?;
        assert_eq!(operation.changes(&before, &now)?, []);
        assert_eq!(operation.changes_back(&before, &now)?, []);
    }
    assert_eq!(detect(&now, &other, &mut NoInput)?, []);
    assert!(matches!(found[0], Operation::AlterConstraint { .. }));
    Ok(())
}

#[tokio::test]
async fn parameters_and_tablespaces_change_in_place() -> Outcome {
    let db = TestDatabase::empty().await?;
    let space = format!("orm_space_{}", std::process::id());
    let create =
        format!("SET allow_in_place_tablespaces = on; CREATE TABLESPACE {space} LOCATION ''");
    for statement in create.split("; ") {
        db.batch_execute(statement).await?;
    }
    let first = r#"
id = "one"
[[operations]]
create_model = "Book"
table = "hall_booking"
primary_key = ["id"]
storage = { fillfactor = "80", "toast.autovacuum_enabled" = "off" }
fields = [{ name = "id", type = "bigint", identity = true }]
"#;
    let second = format!(
        "id = \"two\"\ndependencies = [\"hall.0001\"]\n[[operations]]\nalter_options = \"Book\"\n\
         storage = {{ fillfactor = \"60\", autovacuum_enabled = \"off\" }}\ntablespace = \"{space}\"\n\
         [[operations]]\nadd_index = \"Book\"\nname = \"i\"\nfields = [\"id\"]\n\
         tablespace = \"{space}\"\n"
    );
    let name = |name: &str| MigrationName { app: "hall".into(), name: name.into() };
    let graph = Graph::of([
        Migration::parse(name("0001"), first)?,
        Migration::parse(name("0002"), &second)?,
    ])?;
    Runner::new(&graph).run(&*db, &Target::Latest).await?;
    let live = table(&*db).await?;
    let pairs: Vec<(&str, &str)> = live.storage.iter().map(|(a, b)| (&**a, &**b)).collect();
    assert_eq!(pairs, [("autovacuum_enabled", "off"), ("fillfactor", "60")]);
    assert_eq!(live.tablespace.as_deref(), Some(&*space));
    assert_eq!(live.indexes[0].tablespace.as_deref(), Some(&*space));
    Runner::new(&graph).run(&*db, &Target::Migration(name("0001"))).await?;
    let live = table(&*db).await?;
    assert_eq!((live.tablespace, live.storage.len()), (None, 1));
    Runner::new(&graph).run(&*db, &Target::Zero("hall".into())).await?;
    db.batch_execute(&format!("DROP TABLESPACE {space}")).await?;
    Ok(())
}

#[tokio::test]
async fn collations_are_made_for_columns() -> Outcome {
    let db = TestDatabase::empty().await?;
    let text = r#"
id = "one"
[[operations]]
create_collation = "Odd order"
locale = "und-u-ks-level2"
provider = "icu"
nondeterministic = true
[[operations]]
create_model = "Book"
table = "hall_booking"
primary_key = ["title"]
fields = [{ name = "title", type = "text", collation = "Odd order" }]
"#;
    let name = MigrationName { app: "hall".into(), name: "0001".into() };
    let migration = Migration::parse(name.clone(), text)?;
    assert_eq!(Migration::parse(name, &migration.to_toml())?, migration);
    let graph = Graph::of([migration])?;
    Runner::new(&graph).run(&*db, &Target::Latest).await?;
    db.batch_execute("INSERT INTO hall_booking VALUES ('One')").await?;
    assert!(db.batch_execute("INSERT INTO hall_booking VALUES ('ONE')").await.is_err());
    Runner::new(&graph).run(&*db, &Target::Zero("hall".into())).await?;
    // Models say nothing of it: it is nobody's to drop.
    let mut state = graph.state()?;
    state.models.clear();
    assert_eq!(detect(&state, &ProjectState::default(), &mut NoInput)?, []);
    Ok(())
}

/// `CREATE TABLE` leaves out what says the same as another constraint, without a word.
#[tokio::test]
async fn constraints_that_say_the_same_are_both_there() -> Outcome {
    let (mut state, _) = first()?;
    let mut model = state.models.values().next().map(|one| (**one).clone()).ok_or("no model")?;
    for place in 0..model.exclusions.len() {
        let (name, exclude) = (Some(format!("again{place}")), model.exclusions[place].clone());
        model.exclusions.push(ExcludeState { name, ..exclude });
    }
    for place in 0..model.uniques.len() {
        let (name, unique) = (Some(format!("once_more{place}")), model.uniques[place].clone());
        model.uniques.push(UniqueState { name, ..unique });
    }
    let excludes = model.exclusions.iter().filter_map(|one| one.name.clone());
    let names: Vec<String> =
        excludes.chain(model.uniques.iter().filter_map(|one| one.name.clone())).collect();
    state.insert(model);
    let db = TestDatabase::empty().await?;
    db.batch_execute("CREATE EXTENSION IF NOT EXISTS btree_gist").await?;
    let changes = operation::project(&ProjectState::default(), &state, &Hints::default())?;
    for change in &changes {
        db.batch_execute(&change.sql()).await?;
    }
    let query = "SELECT count(*) FROM pg_class WHERE relkind = 'i' AND relname = ANY($1)";
    let (there,) = db.query_as::<(i64,)>(query, params![names.clone()]).await?.remove(0);
    assert_eq!((usize::try_from(there)?, names.len()), (8, 8));
    Ok(())
}
