//! Views in migrations: made from query sets, changed with what they read, and back.

use orm::prelude::*;
use orm_core::ir::ModelMeta;
use orm_core::tables::state::{
    FieldKind, FieldState, IndexState, KeyState, ModelName, ModelState, OnDeleteState, PartState,
    ViewState,
};
use orm_migrate::detect::{NoInput, Questions, detect};
use orm_migrate::file::{Migration, MigrationName};
use orm_migrate::graph::Graph;
use orm_migrate::make;
use orm_migrate::operation::{Misfit, Operation};
use orm_migrate::run::{Runner, Target};
use orm_migrate::state::ProjectState;
use orm_sql::ident::RawSql;
use orm_sql::schema::{Change, ColumnType, TableName};
use orm_testkit::TestDatabase;

type Outcome<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

mod first {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "foo")]
    pub struct Foo {
        pub id: i64,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "foo")]
    pub struct Baz {
        pub id: i64,
        #[field(on_delete = Cascade)]
        pub a: ForeignKey<Foo>,
        pub c: String,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "foo", view = || Baz::objects()
        .values(|b| b.a().id())
        .annotate(|b| coalesce((b.c().array_agg(), Vec::<String>::new()))))]
    pub struct Bar {
        #[field(primary_key)]
        pub a: OneToOne<Foo>,
        pub d: Vec<String>,
    }
}

/// The view's query has another condition.
mod second {
    use super::first::{Baz, Foo};
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "foo", view = || Baz::objects()
        .filter(|b| b.c().startswith("qux"))
        .values(|b| b.a().id())
        .annotate(|b| coalesce((b.c().array_agg(), Vec::<String>::new()))))]
    pub struct Bar {
        #[field(primary_key, related_name = "+")]
        pub a: OneToOne<Foo>,
        pub d: Vec<String>,
    }
}

/// A column of the view is gone, and one has another name and another type.
mod third {
    use super::first::{Baz, Foo};
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "foo", view = || Baz::objects()
        .values(|b| b.a().id())
        .annotate(|b| b.id().count()))]
    pub struct Bar {
        #[field(primary_key, column = "foo_id", related_name = "+")]
        pub a: OneToOne<Foo>,
        pub n: i64,
    }
}

fn state(view: &'static ModelMeta) -> Outcome<ProjectState> {
    Ok(ProjectState::of_models(&[first::Foo::meta(), first::Baz::meta(), view])?)
}

fn migrations(graph: &Graph, to: &ProjectState) -> Outcome<Vec<Migration>> {
    let from = graph.state()?;
    let operations = detect(&from, to, &mut NoInput)?;
    let mut number = graph.iter().count();
    let mut id = || {
        number += 1;
        format!("id{number}")
    };
    let made = make::migrations(graph, &from, operations, &mut id)?;
    // They are read as they were written.
    for migration in &made {
        assert_eq!(Migration::parse(migration.name.clone(), &migration.to_toml())?, *migration);
    }
    Ok(made)
}

async fn definition(db: &TestDatabase, view: &str) -> Outcome<String> {
    let sql = format!("SELECT pg_get_viewdef('{view}'::regclass)");
    let rows = db.query_as::<(String,)>(&sql, params![]).await?;
    Ok(rows.into_iter().map(|(sql,)| sql).collect())
}

#[tokio::test]
async fn s2_7_s2_8_a_changed_query_is_a_migration_with_a_way_back() -> Outcome {
    let db = TestDatabase::empty().await?;
    let mut all = migrations(&Graph::default(), &state(first::Bar::meta())?)?;
    let graph = Graph::of(all.clone())?;
    assert_eq!(all.len(), 1);
    let text = all[0].to_toml();
    let view = text.split("[[operations]]").find(|part| part.contains("create_model = \"Bar\""));
    assert_eq!(
        view.unwrap_or_default().trim(),
        r#"create_model = "Bar"
table = "foo_bar"
primary_key = ["a"]
fields = [
    { name = "a", one_to_one = "foo.Foo", on_delete = "do_nothing" },
    { name = "d", type = "text[]" },
]
view_columns = [["a_id", "bigint"], ["d", "text[]"]]
view = 'SELECT t0."a_id", CAST(COALESCE(CAST(ARRAY_AGG(t0."c") AS text[]), (ARRAY[]::text[])) AS text[]) FROM "foo_baz" AS t0 GROUP BY t0."a_id"'"#
    );
    Runner::new(&graph).run(&*db, &Target::Latest).await?;
    let before = definition(&db, "foo_bar").await?;
    let rows = "INSERT INTO foo_foo VALUES (1), (2);
                INSERT INTO foo_baz (a_id, c) VALUES (1, 'qux 1'), (1, 'x'), (2, 'y')";
    db.batch_execute(rows).await?;
    assert_eq!(first::Bar::objects().count(&*db).await?, 2);

    // Another condition takes the place of the old query.
    let more = migrations(&graph, &state(second::Bar::meta())?)?;
    assert_eq!(more[0].name.name, "0002_alter_bar_view");
    assert_eq!(more[0].operations.len(), 1);
    assert_eq!(more[0].operations[0].to_string(), "alter the view Bar");
    let sql = sql_of(&graph.state()?, &more[0].operations)?;
    assert_eq!(sql.len(), 1);
    assert!(sql[0].starts_with("CREATE OR REPLACE VIEW \"foo_bar\""), "{sql:?}");
    all.extend(more);
    let graph = Graph::of(all.clone())?;
    Runner::new(&graph).run(&*db, &Target::Latest).await?;
    let bars = second::Bar::objects().all(&*db).await?;
    assert_eq!(bars.len(), 1);
    assert_eq!(bars[0].d, ["qux 1"]);

    // Other columns: CREATE OR REPLACE could not do it.
    let more = migrations(&graph, &state(third::Bar::meta())?)?;
    let sql = sql_of(&graph.state()?, &more[0].operations)?;
    assert_eq!(sql.len(), 2, "{sql:?}");
    assert_eq!(sql[0], "DROP VIEW \"foo_bar\"");
    assert!(sql[1].starts_with("CREATE VIEW \"foo_bar\" (\"foo_id\", \"n\") AS\n"), "{sql:?}");
    all.extend(more);
    let graph = Graph::of(all.clone())?;
    Runner::new(&graph).run(&*db, &Target::Latest).await?;
    let bars = third::Bar::objects().order_by(|b| b.a()).all(&*db).await?;
    assert_eq!(bars.iter().map(|bar| bar.n).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(detect(&graph.state()?, &state(third::Bar::meta())?, &mut NoInput)?, []);

    // Back to the definitions before.
    let name = |name: &str| MigrationName { app: "foo".into(), name: name.into() };
    Runner::new(&graph).run(&*db, &Target::Migration(name("0001_initial"))).await?;
    assert_eq!(definition(&db, "foo_bar").await?, before);
    Runner::new(&graph).run(&*db, &Target::Latest).await?;
    Runner::new(&graph).run(&*db, &Target::Zero("foo".into())).await?;
    Ok(())
}

/// Rows of several models in a view, and in another one of one model more.
mod combined {
    use super::first::{Baz, Foo};
    use orm::prelude::*;

    combined! {
        #[derive(Clone, Debug, PartialEq)]
        #[combined(view)]
        #[model(app = "foo", table = "foo_all")]
        pub All { Foo }
        by { foo: i64 = { Foo: |f| f.id() } }
    }

    pub mod more {
        use super::{Baz, Foo};
        use orm::prelude::*;

        combined! {
            #[derive(Clone, Debug, PartialEq)]
            #[combined(view)]
            #[model(app = "foo", table = "foo_all")]
            pub All { Foo, Baz }
            by { foo: i64 = { Foo: |f| f.id(), Baz: |b| b.a().id() } }
        }
    }
}

#[tokio::test]
async fn a_view_of_several_models_follows_them() -> Outcome {
    let db = TestDatabase::empty().await?;
    let mut all = migrations(&Graph::default(), &state(combined::All::meta())?)?;
    let graph = Graph::of(all.clone())?;
    Runner::new(&graph).run(&*db, &Target::Latest).await?;
    db.batch_execute(
        "INSERT INTO foo_foo VALUES (1); INSERT INTO foo_baz (a_id, c) VALUES (1, 'x')",
    )
    .await?;
    assert_eq!(combined::All::objects().count(&*db).await?, 1);
    assert_eq!(detect(&graph.state()?, &state(combined::All::meta())?, &mut NoInput)?, []);
    let before = definition(&db, "foo_all").await?;

    let more = migrations(&graph, &state(combined::more::All::meta())?)?;
    let said: Vec<String> = more[0].operations.iter().map(ToString::to_string).collect();
    assert_eq!(said, ["alter field kind of All", "alter the view All"]);
    let sql = sql_of(&graph.state()?, &more[0].operations)?;
    assert!(
        sql.iter().any(|sql| sql.contains("jsonb_build_object(('id'::text), t1.\"id\"")),
        "{sql:?}"
    );
    all.extend(more);
    let graph = Graph::of(all)?;
    Runner::new(&graph).run(&*db, &Target::Latest).await?;
    let rows = combined::more::All::objects().order_by(|all| all.kind()).all(&*db).await?;
    let baz = first::Baz::objects().get(&*db).await?;
    assert_eq!(rows[0].row, combined::more::AllRow::Baz(baz));
    assert_eq!((rows.len(), rows[1].foo), (2, 1));
    let name = MigrationName { app: "foo".into(), name: "0001_initial".into() };
    Runner::new(&graph).run(&*db, &Target::Migration(name)).await?;
    assert_eq!(definition(&db, "foo_all").await?, before);
    Ok(())
}

/// The statements of operations.
fn sql_of(from: &ProjectState, operations: &[Operation]) -> Outcome<Vec<String>> {
    let mut state = from.clone();
    let mut sql = Vec::new();
    for operation in operations {
        let before = state.clone();
        operation.apply(&mut state)?;
        sql.extend(operation.changes(&before, &state)?.iter().map(Change::sql));
    }
    Ok(sql)
}

/// A table, a view of it, a view of that, and a materialized one of the latter.
fn stack(column: &str, column_type: &str, query: &str) -> ProjectState {
    let mut state = ProjectState::default();
    let mut table = ModelState::new(ModelName::new("app", "Sale"), "sale");
    table.fields.push(FieldState::column("id", ColumnType::parse("bigint")));
    table.fields.push(FieldState::column(column, ColumnType::parse(column_type)));
    table.primary_key = vec!["id".into()];
    state.insert(table);
    let mut view = |name: &str, query: &str, materialized: bool| {
        let mut model = ModelState::new(ModelName::new("app", name), name.to_lowercase());
        model.managed = false;
        model.fields.push(FieldState::column("id", ColumnType::parse("bigint")));
        model.primary_key = vec!["id".into()];
        let columns = [("id", "bigint"), ("value", "")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        let (query, columns) = (RawSql::new(query), columns.to_vec());
        model.view = Some(ViewState { query, columns, materialized });
        state.insert(model);
    };
    // By their names, the last comes first.
    view("C", query, false);
    view("B", "SELECT t0.\"id\", t0.\"value\" FROM \"c\" AS t0", false);
    view("A", "SELECT t0.\"id\", t0.\"value\" FROM \"b\" AS t0", true);
    state
}

struct Renamed;

impl Questions for Renamed {
    fn is_renamed_model(
        &mut self,
        _: &ModelName,
        _: &ModelName,
    ) -> std::result::Result<bool, Misfit> {
        Ok(true)
    }
    fn is_renamed_field(
        &mut self,
        _: &ModelName,
        _: &str,
        _: &str,
    ) -> std::result::Result<bool, Misfit> {
        Ok(true)
    }
    fn is_renamed_value(
        &mut self,
        _: &TableName,
        _: &str,
        _: &str,
    ) -> std::result::Result<bool, Misfit> {
        Ok(false)
    }

    fn fill(
        &mut self,
        _: &ModelState,
        _: &FieldState,
        _: bool,
    ) -> std::result::Result<Option<RawSql>, Misfit> {
        Ok(None)
    }
}

/// Applies what leads from one state to another to a database, and undoes it; returns the operations,
/// and the statements forwards.
async fn there_and_back(
    from: &ProjectState,
    to: &ProjectState,
) -> Outcome<(Vec<String>, Vec<String>)> {
    let db = TestDatabase::empty().await?;
    let nothing = ProjectState::default();
    let first = detect(&nothing, from, &mut Renamed)?;
    for sql in sql_of(&nothing, &first)? {
        db.batch_execute(&sql).await.map_err(|error| format!("{error}: {sql}"))?;
    }
    let views = "SELECT coalesce(string_agg(concat(relname, relkind, pg_get_viewdef(oid),
                 obj_description(oid, 'pg_class'), col_description(oid, 1)), '; '
                 ORDER BY relname), '') FROM pg_class WHERE relkind IN ('v', 'm')
                 AND relnamespace = 'public'::regnamespace";
    let catalogue = async || {
        let rows = db.query_as::<(String,)>(views, params![]).await?;
        Ok::<_, Error>(rows.into_iter().map(|(text,)| text).collect::<String>())
    };
    let before = catalogue().await?;
    let operations = detect(from, to, &mut Renamed)?;
    let forwards = sql_of(from, &operations)?;
    for sql in &forwards {
        db.batch_execute(sql).await.map_err(|error| format!("{error}: {sql} of {operations:?}"))?;
    }
    let mut states = vec![from.clone()];
    for operation in &operations {
        let mut next = states.last().cloned().unwrap_or_default();
        operation.apply(&mut next)?;
        states.push(next);
    }
    assert_eq!(detect(states.last().ok_or("a state")?, to, &mut Renamed)?, []);
    for (place, operation) in operations.iter().enumerate().rev() {
        for change in operation.changes_back(&states[place], &states[place + 1])? {
            let sql = change.sql();
            db.batch_execute(&sql).await.map_err(|error| format!("back: {error}: {sql}"))?;
        }
    }
    assert_eq!(catalogue().await?, before);
    Ok((operations.iter().map(ToString::to_string).collect(), forwards))
}

const PLAIN: &str = "SELECT t0.\"id\", t0.\"amount\" FROM \"sale\" AS t0";

#[tokio::test]
async fn views_go_and_come_again_around_a_column_of_another_type() -> Outcome {
    let from = stack("amount", "integer", PLAIN);
    let (operations, sql) = there_and_back(&from, &stack("amount", "bigint", PLAIN)).await?;
    assert_eq!(operations, ["alter field amount of Sale"]);
    let kinds: Vec<&str> = sql.iter().map(|sql| sql.split(" (").next().unwrap_or(sql)).collect();
    assert_eq!(
        kinds,
        [
            "DROP MATERIALIZED VIEW \"a\"",
            "DROP VIEW \"b\"",
            "DROP VIEW \"c\"",
            "ALTER TABLE \"sale\" ALTER COLUMN \"amount\" TYPE bigint USING \"amount\"::bigint",
            "CREATE VIEW \"c\"",
            "CREATE VIEW \"b\"",
            "CREATE MATERIALIZED VIEW \"a\"",
            "CREATE UNIQUE INDEX \"a_pkey\" ON \"a\"",
        ]
    );
    Ok(())
}

#[tokio::test]
async fn views_follow_new_names() -> Outcome {
    let from = stack("amount", "integer", PLAIN);
    let to = stack("total", "integer", "SELECT t0.\"id\", t0.\"total\" FROM \"sale\" AS t0");
    let (operations, sql) = there_and_back(&from, &to).await?;
    assert_eq!(operations, ["rename field amount of Sale to total"]);
    assert_eq!(sql, ["ALTER TABLE \"sale\" RENAME COLUMN \"amount\" TO \"total\""]);
    // SQL of one's own, in which the column stands without quotes or a table: the view is made anew.
    let from = stack("amount", "integer", "SELECT id, amount FROM sale");
    let to = stack("total", "integer", "SELECT id, total FROM sale");
    let (operations, _) = there_and_back(&from, &to).await?;
    assert_eq!(
        operations,
        [
            "drop the view A",
            "drop the view B",
            "drop the view C",
            "rename field amount of Sale to total",
            "alter the view C",
            "alter the view B",
            "alter the view A",
        ]
    );
    Ok(())
}

#[tokio::test]
async fn views_change_with_their_columns_and_go_with_their_models() -> Outcome {
    let from = stack("amount", "integer", PLAIN);
    // The column that the view reads goes.
    let to = stack("other", "integer", "SELECT t0.\"id\", t0.\"id\" FROM \"sale\" AS t0");
    let mut gone = to.clone();
    let name = ModelName::new("app", "Sale");
    let mut sale = gone.model(&name).cloned().ok_or("a model")?;
    sale.fields.retain(|field| field.name != "other");
    gone.insert(sale);
    let (operations, _) = there_and_back(&from, &gone).await?;
    assert_eq!(operations[..3], ["drop the view A", "drop the view B", "drop the view C"]);
    assert_eq!(operations[3], "remove field amount from Sale");
    // The model of one of them goes, and those that read it with it.
    let mut fewer = from.clone();
    fewer.models.retain(|name, _| name.name == "Sale");
    let (operations, _) = there_and_back(&from, &fewer).await?;
    assert_eq!(operations, ["delete model A", "delete model B", "delete model C"]);
    // All of it.
    let (operations, _) = there_and_back(&from, &ProjectState::default()).await?;
    assert_eq!(operations.last().map(String::as_str), Some("delete model Sale"));
    Ok(())
}

#[tokio::test]
async fn views_have_comments() -> Outcome {
    let from = stack("amount", "integer", PLAIN);
    let mut to = from.clone();
    for name in ["A", "C"] {
        let mut view = to.model(&ModelName::new("app", name)).cloned().ok_or("a model")?;
        view.comment = Some(format!("what {name} is"));
        view.fields[0].comment = Some("the key".into());
        to.insert(view);
    }
    let (operations, sql) = there_and_back(&from, &to).await?;
    let expected =
        ["alter field id of A", "alter field id of C", "alter options of A", "alter options of C"];
    assert_eq!(operations, expected);
    assert_eq!(
        sql,
        [
            "COMMENT ON COLUMN \"a\".\"id\" IS 'the key'",
            "COMMENT ON COLUMN \"c\".\"id\" IS 'the key'",
            "COMMENT ON MATERIALIZED VIEW \"a\" IS 'what A is'",
            "COMMENT ON VIEW \"c\" IS 'what C is'",
        ]
    );
    // Away again, and made with them where the views are made.
    there_and_back(&to, &from).await?;
    let (_, sql) = there_and_back(&ProjectState::default(), &to).await?;
    assert_eq!(sql.iter().filter(|sql| sql.starts_with("COMMENT")).count(), 4);
    // Those that are made again have theirs again.
    let mut retyped = stack("amount", "bigint", PLAIN);
    for name in ["A", "C"] {
        retyped.insert(to.model(&ModelName::new("app", name)).cloned().ok_or("a model")?);
    }
    let (_, sql) = there_and_back(&to, &retyped).await?;
    assert_eq!(sql.iter().filter(|sql| sql.starts_with("COMMENT")).count(), 4);
    Ok(())
}

#[tokio::test]
async fn another_query_has_those_that_read_it_made_again() -> Outcome {
    let from = stack("amount", "integer", PLAIN);
    let to =
        stack("amount", "integer", "SELECT t0.\"id\", t0.\"amount\"::text FROM \"sale\" AS t0");
    let (operations, sql) = there_and_back(&from, &to).await?;
    assert_eq!(operations, ["alter the view C"]);
    assert_eq!(sql[..3], ["DROP MATERIALIZED VIEW \"a\"", "DROP VIEW \"b\"", "DROP VIEW \"c\""]);
    // An index of a materialized view comes and goes by itself.
    let mut indexed = from.clone();
    let mut view = indexed.model(&ModelName::new("app", "A")).cloned().ok_or("a model")?;
    let parts = vec![PartState { desc: true, ..PartState::field("id") }];
    view.indexes.push(IndexState { name: Some("by_id".into()), ..IndexState::new(parts) });
    indexed.insert(view);
    let (operations, sql) = there_and_back(&from, &indexed).await?;
    assert_eq!(operations, ["add index by_id to A"]);
    assert_eq!(sql, ["CREATE INDEX \"by_id\" ON \"a\" (\"id\" DESC)"]);
    Ok(())
}

#[tokio::test]
async fn a_view_of_a_table_in_a_circle_comes_after_it() -> Outcome {
    let mut to = stack("amount", "integer", PLAIN);
    let mut till = ModelState::new(ModelName::new("app", "Till"), "till");
    till.fields.push(FieldState::column("id", ColumnType::parse("bigint")));
    till.primary_key = vec!["id".into()];
    let key = |to: &str| {
        let kind = FieldKind::Key(KeyState {
            columns: vec![format!("{}_id", to.to_lowercase())],
            to: ModelName::new("app", to),
            to_field: None,
            one_to_one: false,
            on_delete: OnDeleteState::Cascade,
            db_constraint: true,
            deferrable: None,
        });
        FieldState::new(to.to_lowercase(), kind)
    };
    till.fields.push(key("Sale"));
    to.insert(till);
    let mut sale = to.model(&ModelName::new("app", "Sale")).cloned().ok_or("no model")?;
    sale.fields.push(key("Till"));
    to.insert(sale);
    let (operations, _) = there_and_back(&ProjectState::default(), &to).await?;
    assert_eq!(
        operations,
        [
            "create model Till",
            "create model Sale",
            "create model C",
            "create model B",
            "create model A",
            "add field sale to Till",
        ]
    );
    Ok(())
}

#[tokio::test]
async fn a_table_that_is_given_away_stays() -> Outcome {
    let mut from = stack("amount", "integer", PLAIN);
    from.models.retain(|name, _| name.name == "Sale");
    let mut to = from.clone();
    let mut sale = to.model(&ModelName::new("app", "Sale")).cloned().ok_or("a model")?;
    sale.managed = false;
    to.insert(sale);
    let operations = detect(&from, &to, &mut NoInput)?;
    assert_eq!(sql_of(&from, &operations)?, Vec::<String>::new());
    assert_eq!(sql_of(&to, &detect(&to, &from, &mut NoInput)?)?, Vec::<String>::new());
    Ok(())
}

#[test]
fn keys_to_views_say_what_to_do() {
    let mut state = stack("amount", "integer", PLAIN);
    let mut note = ModelState::new(ModelName::new("app", "Note"), "note");
    note.fields.push(FieldState::column("id", ColumnType::parse("bigint")));
    note.primary_key = vec!["id".into()];
    let key = orm_core::tables::state::KeyState {
        columns: vec!["view_id".into()],
        to: ModelName::new("app", "C"),
        to_field: None,
        one_to_one: false,
        on_delete: orm_core::tables::state::OnDeleteState::DoNothing,
        db_constraint: true,
        deferrable: None,
    };
    note.fields.push(FieldState::new("view", orm_core::tables::state::FieldKind::Key(key)));
    state.insert(note);
    let error = state.check().expect_err("a key to a view");
    assert!(error.to_string().contains("`C`, which is a view"), "{error}");
}
