//! Models over views: query sets of various models in one query, and views made from query sets.

use crate::support::{Outcome, database, in_order, says, scalar};
use orm::prelude::*;
use orm::tables::{ViewProblem, outdated_views};
use orm_testkit::{assert_num_queries, assert_rows};

/// The models of "Postgres VIEW from Django QuerySet".
pub mod view {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "view", ordering = [id])]
    pub struct Foo {
        pub id: i64,
        pub b: String,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "view", ordering = [id])]
    pub struct Baz {
        pub id: i64,
        #[field(on_delete = Cascade, related_name = "bazes")]
        pub a: ForeignKey<Foo>,
        pub c: String,
    }

    /// `SELECT baz.a, ARRAY_AGG(baz.c) AS d FROM baz GROUP BY baz.a`
    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "view", ordering = [a], view = || {
        Baz::objects()
            .values(|b| b.a().id())
            .annotate(|b| coalesce((b.c().array_agg(), Vec::<String>::new())))
    })]
    pub struct Bar {
        #[field(primary_key, on_delete = DoNothing, related_name = "bar")]
        pub a: OneToOne<Foo>,
        pub d: Vec<String>,
    }

    /// What refers to a row of a view.
    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "view", ordering = [id])]
    pub struct Note {
        pub id: i64,
        #[field(on_delete = DoNothing, db_constraint = false, related_name = "notes")]
        pub bar: ForeignKey<Bar>,
        pub text: String,
    }
}
use view::{Bar, Baz, Foo, Note};

async fn rows(db: &Database) -> orm::Result<()> {
    for (b, bazes) in [("one", &["x", "y"][..]), ("two", &["z"]), ("none", &[])] {
        let row = draft!(Foo { b: b }).save(db).await?;
        for c in bazes {
            row.bazes().create(db, draft!(Baz { c: *c })).await?;
        }
    }
    Ok(())
}

fn d(bar: &Bar) -> Vec<&str> {
    let mut all: Vec<&str> = bar.d.iter().map(String::as_str).collect();
    all.sort_unstable();
    all
}

#[tokio::test]
async fn s2_5_a_model_over_a_view_with_a_key_to_a_real_model() -> Outcome {
    let sql = create_tables_sql::<(Bar, Foo, Baz, Note)>()?.join("\n");
    in_order(
        &sql,
        &[
            r#"CREATE TABLE "view_foo""#,
            r#"CREATE TABLE "view_baz""#,
            r#"CREATE VIEW "view_bar" ("a_id", "d") AS"#,
            r#"SELECT t0."a_id", CAST(COALESCE("#,
            r#"FROM "view_baz" AS t0 GROUP BY t0."a_id""#,
        ],
    );
    assert!(!sql.contains(r#"CREATE TABLE "view_bar""#), "{sql}");
    let db = database!("seeds_s2_view": Bar, Foo, Baz, Note; rows);

    let bars = Bar::objects().all(&db).await?;
    assert_eq!(bars.iter().map(d).collect::<Vec<_>>(), [vec!["x", "y"], vec!["z"]]);
    assert_eq!(bars[0].pk(), 1);
    // `Foo.objects.select_related('bar')`, and the other way round.
    let foos = Foo::objects().select_related(|f| f.bar());
    let foos: Vec<(Foo, Option<Bar>)> = assert_num_queries!(db, 1, foos.all(&db).await?);
    let seen: Vec<_> = foos.iter().map(|(foo, bar)| (&*foo.b, bar.as_ref().map(d))).collect();
    assert_eq!(seen, [("one", Some(vec!["x", "y"])), ("two", Some(vec!["z"])), ("none", None)]);
    let both: Vec<(Bar, Foo)> = Bar::objects().select_related(|b| b.a()).all(&db).await?;
    assert_eq!(both.iter().map(|(_, foo)| &*foo.b).collect::<Vec<_>>(), ["one", "two"]);
    // Conditions, prefetches and the row's own set go through it.
    let found = Foo::objects().filter(|f| f.bar().d().contains(["z"])).all(&db).await?;
    assert_eq!(found.iter().map(|foo| &*foo.b).collect::<Vec<_>>(), ["two"]);
    let loaded = Foo::objects().prefetch_related(|f| f.bar()).all(&db).await?;
    assert_eq!(loaded.iter().filter(|(_, bar)| bar.is_some()).count(), 2);
    let prefetched = Bar::objects().prefetch_related(|b| b.a()).all(&db).await?;
    assert_eq!(prefetched[1].1.b, "two");
    let bar = bars[1].clone();
    // A real table can refer to rows of the view, without the server's knowing.
    let note = draft!(Note { bar: &bar, text: "n" }).save(&db).await?;
    assert_eq!(bar.notes().all(&db).await?, [note]);
    let notes = Note::objects().select_related(|n| n.bar()).all(&db).await?;
    assert_eq!(d(&notes[0].1), ["z"]);
    let joined = Note::objects().values(|n| n.bar().a().b()).all(&db).await?;
    assert_rows!(joined, ["two"]);

    // Without DO_NOTHING, deleting a Foo would try to delete rows of the view.
    Foo::objects().filter(|f| f.b().eq("one")).delete(&db).await?;
    foos[2].0.clone().delete(&db).await?;
    assert_eq!(Bar::objects().count(&db).await?, 1);
    Ok(())
}

#[tokio::test]
async fn s2_5_rows_of_a_view_are_not_written() -> Outcome {
    let db = database!("seeds_s2_view": Bar, Foo, Baz, Note; rows);
    let mut bar = Bar::objects().get_by_key(&db, 1).await?;
    bar.d.push("w".into());
    let draft = || draft!(Bar { a: 3, d: vec!["q".to_owned()] });
    let errors = [
        draft().save(&db).await.map(drop),
        Bar::objects().bulk_create(&db, [draft()]).await.map(drop),
        Bar::objects().bulk_create(&db, [draft()]).on_conflict_ignore().await.map(drop),
        Bar::objects().copy_in(&db, [draft()]).await.map(drop),
        bar.save(&db).await.map(drop),
        Bar::objects().bulk_update(&db, [&bar], |b| b.d()).await.map(drop),
        Bar::objects().update(&db, |b| b.d().set(Vec::<String>::new())).await.map(drop),
        Bar::objects().delete(&db).await.map(drop),
        bar.clone().delete(&db).await.map(drop),
    ];
    for (place, error) in errors.into_iter().enumerate() {
        let Err(error) = error else { panic!("write {place} is done") };
        assert!(matches!(error, Error::Usage(_)), "{place}: {error:?}");
        says(&error, &["`Bar`, which is a view"]);
    }
    let error = Bar::objects().refresh(&db).await.expect_err("it is not materialized");
    says(&error, &["`Bar` is no materialized view"]);
    Ok(())
}

/// "Use a Postgres VIEW and JSONB to perform one query, and reconstruct models".
mod combined {
    use orm::prelude::*;
    use serde::Deserialize;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "combined", ordering = [id])]
    pub struct Tenant {
        pub id: i64,
        pub name: String,
    }

    #[derive(Model, Clone, Debug, PartialEq, Deserialize)]
    #[model(app = "combined", ordering = [id])]
    pub struct Foo {
        pub id: i64,
        pub title: String,
        #[serde(rename = "tenant_id")]
        #[field(on_delete = Cascade)]
        pub tenant: ForeignKey<Tenant>,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "combined", ordering = [id])]
    pub struct Baz {
        pub id: i64,
        #[field(on_delete = Cascade)]
        pub tenant: ForeignKey<Tenant>,
    }

    #[derive(Model, Clone, Debug, PartialEq, Deserialize)]
    #[model(app = "combined", ordering = [id])]
    pub struct Bar {
        pub id: i64,
        #[serde(rename = "baz_id")]
        #[field(on_delete = Cascade)]
        pub baz: ForeignKey<Baz>,
    }

    #[derive(Model, Clone, Debug, PartialEq, Deserialize)]
    #[model(app = "combined", ordering = [id])]
    pub struct Qux {
        pub id: i64,
        pub day: NaiveDate,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(
        app = "combined",
        table = "combined_objects",
        primary_key = [model, object, tenant],
        ordering = [model, object, tenant],
        view_sql = "
            SELECT 'foo.Foo' AS model, foo.id AS object, foo.tenant_id, to_jsonb(foo) AS data
            FROM combined_foo foo
            UNION ALL
            SELECT 'foo.Bar', bar.id, baz.tenant_id, to_jsonb(bar)
            FROM combined_bar bar JOIN combined_baz baz ON baz.id = bar.baz_id
            UNION ALL
            SELECT 'qux.Qux', qux.id, tenant.id, to_jsonb(qux) || jsonb_build_object('of', tenant.name)
            FROM combined_tenant tenant JOIN combined_qux qux ON true;
        ",
    )]
    pub struct CombinedObject {
        pub model: String,
        pub object: i64,
        #[field(related_name = "combined")]
        pub tenant: ForeignKey<Tenant>,
        pub data: Value,
    }

    #[queryset]
    impl QuerySet<CombinedObject> {
        pub fn for_tenant(self, tenant: i64) -> Self {
            self.filter(|o| o.tenant().id().eq(tenant))
        }
    }

    /// A row as the model that it is of; what it has beyond that is an annotation.
    #[derive(Clone, Debug, PartialEq)]
    pub enum Object {
        Foo(Foo),
        Bar(Bar),
        Qux(Qux, Option<String>),
    }

    impl CombinedObject {
        pub fn instance(&self) -> serde_json::Result<Object> {
            let data = || self.data.clone();
            Ok(match &*self.model {
                "foo.Foo" => Object::Foo(serde_json::from_value(data())?),
                "foo.Bar" => Object::Bar(serde_json::from_value(data())?),
                _ => {
                    let of = self.data.get("of").and_then(Value::as_str).map(str::to_owned);
                    Object::Qux(serde_json::from_value(data())?, of)
                }
            })
        }
    }
}

#[tokio::test]
async fn s2_4_unrelated_models_in_one_query() -> Outcome {
    use combined::{Bar, Baz, CombinedObject, CombinedObjectQuerySet, Foo, Object, Qux, Tenant};
    let db = database!("seeds_s2_combined": CombinedObject, Bar, Baz, Foo, Qux, Tenant);
    let one = draft!(Tenant { name: "one" }).save(&db).await?;
    let two = draft!(Tenant { name: "two" }).save(&db).await?;
    let first = draft!(Foo { title: "t", tenant: &one }).save(&db).await?;
    let baz = draft!(Baz { tenant: &one }).save(&db).await?;
    let bar = draft!(Bar { baz: &baz }).save(&db).await?;
    let day = NaiveDate::from_ymd_opt(2024, 5, 1).ok_or("a day")?;
    let qux = draft!(Qux { day: day }).save(&db).await?;
    let found = CombinedObject::objects().for_tenant(one.id);
    let found = assert_num_queries!(db, 1, found.all(&db).await?);
    let found = found.iter().map(CombinedObject::instance).collect::<Result<Vec<_>, _>>()?;
    let named = |name: &str| Object::Qux(qux.clone(), Some(name.to_owned()));
    assert_rows!(found, [Object::Bar(bar), Object::Foo(first), named("one")]);
    // The third part has a row for every tenant.
    let of_two = two.combined().all(&db).await?;
    assert_eq!(
        of_two.iter().map(CombinedObject::instance).collect::<Result<Vec<_>, _>>()?,
        [named("two")]
    );
    Ok(())
}

/// The same without a view: the rows come in their own types, and the tenant is a column of all.
mod put_together {
    use super::combined::{Bar, Foo, Qux, Tenant, TenantFields};
    use orm::prelude::*;

    combined! {
        #[derive(Clone, Debug, PartialEq)]
        #[model(app = "combined", primary_key = [kind, key, tenant], ordering = [kind, key, tenant])]
        pub Together {
            Foo,
            Bar,
            Qux(Qux, String) = Qux::objects()
                .join(Tenant::objects(), |_, _| value(true))
                .values(|(qux, tenant)| (qux.clone(), tenant.name())),
        }
        by {
            #[field(related_name = "together")]
            tenant: ForeignKey<Tenant> = { Bar: |b| b.baz().tenant(), Qux: |(_, tenant)| tenant.id() },
            key: i64 = { Foo: |f| f.id(), Bar: |b| b.id(), Qux: |(qux, _)| qux.id() },
        }
    }

    #[queryset]
    impl QuerySet<Together> {
        pub fn for_tenant(self, tenant: i64) -> Self {
            self.filter(|o| o.tenant().id().eq(tenant))
        }
    }
}

#[tokio::test]
async fn s2_4_unrelated_models_in_one_query_without_a_view() -> Outcome {
    use combined::{Bar, Baz, Foo, Qux, Tenant};
    use put_together::{Together, TogetherQuerySet, TogetherRow};
    let db = database!("seeds_s2_together": Bar, Baz, Foo, Qux, Tenant);
    let one = draft!(Tenant { name: "one" }).save(&db).await?;
    let two = draft!(Tenant { name: "two" }).save(&db).await?;
    let foo = draft!(Foo { title: "t", tenant: &one }).save(&db).await?;
    let baz = draft!(Baz { tenant: &one }).save(&db).await?;
    let bar = draft!(Bar { baz: &baz }).save(&db).await?;
    let day = NaiveDate::from_ymd_opt(2024, 5, 1).ok_or("a day")?;
    let qux = draft!(Qux { day: day }).save(&db).await?;
    let found = assert_num_queries!(db, 1, Together::objects().for_tenant(one.id).all(&db).await?);
    let found: Vec<_> = found.into_iter().map(|row| row.row).collect();
    let named = |name: &str| TogetherRow::Qux(qux.clone(), name.to_owned());
    assert_eq!(found, [TogetherRow::Bar(bar), TogetherRow::Foo(foo), named("one")]);
    let of_two = two.together().all(&db).await?;
    assert_eq!(of_two.into_iter().map(|row| row.row).collect::<Vec<_>>(), [named("two")]);
    Ok(())
}

/// `managed = False`: the view is somebody else's.
mod unmanaged {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(table = "temp_user", managed = false, ordering = [id])]
    pub struct TempUser {
        pub id: i64,
        pub first_name: String,
    }
}

#[tokio::test]
async fn s1_12_a_model_over_a_view_of_somebody_else() -> Outcome {
    use unmanaged::TempUser;
    let db = orm_testkit::TestDatabase::empty().await?;
    db.batch_execute(
        "CREATE TABLE auth_user (id bigint, first_name text, age int);
         INSERT INTO auth_user VALUES (1, 'Yash', 3), (2, 'John', 1);
         CREATE VIEW temp_user AS SELECT id, first_name FROM auth_user WHERE age > 2",
    )
    .await?;
    create_tables::<TempUser>(&*db).await?;
    let users = TempUser::objects().all(&db).await?;
    assert_eq!(users, [TempUser { id: 1, first_name: "Yash".into() }]);
    Ok(())
}

mod stored {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "stored", ordering = [id])]
    pub struct Sale {
        pub id: i64,
        #[field(max_length = 20)]
        pub city: String,
        pub amount: i32,
    }

    fn totals() -> QuerySet<Sale, (String, i64)> {
        Sale::objects()
            .filter(|s| s.city().ne("it's \\ \"x\""))
            .values(|s| s.city())
            .annotate(|s| coalesce((s.amount().sum(), 0)))
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(
        app = "stored",
        ordering = [-total],
        view = totals,
        materialized,
        index(fields = [-total]),
    )]
    pub struct Total {
        #[field(primary_key, max_length = 20)]
        pub city: String,
        pub total: i64,
    }

    /// A view over a view.
    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "stored", view = || Total::objects()
        .filter(|t| t.total().gt(10))
        .values(|t| (t.city(), t.city().upper(), t.total())))]
    pub struct Big {
        #[field(primary_key)]
        pub city: String,
        pub loud: String,
        pub total: i64,
    }
}

#[tokio::test]
async fn materialized_views_are_refreshed_and_have_indexes() -> Outcome {
    use stored::{Big, Sale, Total};
    let db = database!("seeds_s2_stored": Big, Total, Sale);
    for (city, amount) in [("Rome", 5), ("Oslo", 7), ("Rome", 8), ("it's \\ \"x\"", 50)] {
        draft!(Sale { city: city, amount: amount }).save(&db).await?;
    }
    assert_eq!(Total::objects().count(&db).await?, 0);
    Total::objects().refresh(&db).await?;
    let totals = Total::objects().all(&db).await?;
    let totals: Vec<_> = totals.iter().map(|t| (&*t.city, t.total)).collect();
    assert_rows!(totals, [("Rome", 13), ("Oslo", 7)]);
    let big = Big::objects().all(&db).await?;
    assert_eq!(big, [Big { city: "Rome".into(), loud: "ROME".into(), total: 13 }]);
    draft!(Sale { city: "Oslo", amount: 70 }).save(&db).await?;
    Total::objects().refresh(&db).concurrently().await?;
    assert_eq!(Total::objects().get_by_key(&db, "Oslo").await?.total, 77);
    let indexes = "SELECT string_agg(indexdef, '; ' ORDER BY indexdef) FROM pg_indexes
                   WHERE tablename = 'stored_total'";
    let indexes: String = scalar(&db, indexes).await?;
    in_order(&indexes, &["CREATE INDEX", "(total DESC)", "CREATE UNIQUE INDEX", "(city)"]);
    // Types of what is calculated are said, so that another query can take its place.
    let sql = create_tables_sql::<(Big, Total, Sale)>()?.join("\n");
    assert!(sql.contains(r#"CAST(UPPER(t0."city") AS text)"#), "{sql}");
    assert!(sql.contains(r#"= (E'it''s \\ "x"'::text)"#), "{sql}");
    // They are there, and go in their order.
    create_missing_tables::<(Big, Total, Sale)>(&*db).await?;
    drop_tables::<(Sale, Total, Big)>(&*db).await?;
    create_missing_tables::<(Big, Sale, Total)>(&*db).await?;
    assert_eq!(Big::objects().count(&db).await?, 0);
    Ok(())
}

#[tokio::test]
async fn s2_9_a_check_says_when_a_view_is_out_of_date() -> Outcome {
    use stored::{Big, Sale, Total};
    let db = database!("seeds_s2_stored": Big, Total, Sale);
    let problems = async || {
        let found = outdated_views::<(Big, Total, Sale)>(&*db).await?;
        Ok::<_, Error>(found.into_iter().map(|one| (one.model, one.problem)).collect::<Vec<_>>())
    };
    assert_eq!(problems().await?, []);
    db.batch_execute(
        "CREATE OR REPLACE VIEW stored_big (city, loud, total) AS
         SELECT t.city, upper(t.city)::text, t.total FROM stored_total t WHERE t.total > 11",
    )
    .await?;
    let found = outdated_views::<(Big, Total)>(&*db).await?;
    assert_eq!(
        found[0].to_string(),
        "the view `stored_big` of `Big` has another query in the database"
    );
    db.batch_execute("DROP VIEW stored_big; CREATE TABLE stored_big (city text)").await?;
    assert_eq!(problems().await?, [("Big", ViewProblem::OtherKind)]);
    db.batch_execute("DROP TABLE stored_big").await?;
    assert_eq!(problems().await?, [("Big", ViewProblem::Missing)]);
    db.batch_execute("DROP MATERIALIZED VIEW stored_total; ALTER TABLE stored_sale DROP amount")
        .await?;
    let problems = problems().await?;
    assert!(
        matches!(&problems[0], ("Total", ViewProblem::Unfit(why)) if why.contains("amount")),
        "{problems:?}"
    );
    Ok(())
}
