//! Models that extend others: each of their rows is a row of the other model with more columns, which
//! stand in a table of their own.

use crate::support::{Outcome, database, in_order, says};
use orm::prelude::*;
use orm_testkit::{QueryCounter, TestDatabase, assert_rows};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "town")]
pub struct Chef {
    pub id: i64,
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "town", ordering = [name])]
pub struct Place {
    pub id: i64,
    #[field(max_length = 50)]
    pub name: String,
    pub address: String,
    #[field(default = 0)]
    pub visits: i32,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "town", extends = Place, check(|r| r.rating().gte(0), name = "rating_is_positive"))]
pub struct Restaurant {
    pub place: Place,
    #[field(default = 0)]
    pub rating: i32,
    pub serves_pizza: bool,
    #[field(unique, max_length = 20)]
    pub code: String,
    #[field(on_delete = SetNull, related_name = "kitchens")]
    pub chef: Option<ForeignKey<Chef>>,
}

/// Two levels.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "town", extends = Restaurant, ordering = [-name])]
pub struct Trattoria {
    pub restaurant: Restaurant,
    pub serves_gnocchi: bool,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "town", extends = Place)]
pub struct Supplier {
    pub parent: Place,
    pub customers: ManyToMany<Restaurant>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "town")]
pub struct Visit {
    pub id: i64,
    #[field(on_delete = Cascade, related_name = "guests")]
    pub place: ForeignKey<Place>,
    pub guest: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "town")]
pub struct Table {
    pub id: i64,
    #[field(on_delete = Cascade, related_name = "tables")]
    pub restaurant: ForeignKey<Restaurant>,
    pub seats: i32,
}

pub async fn town() -> Result<TestDatabase, Box<dyn std::error::Error + Send + Sync>> {
    Ok(database!("town": Chef, Place, Restaurant, Trattoria, Supplier, Visit, Table; rows))
}

async fn rows(db: &Database) -> orm::Result<()> {
    Place::objects()
        .bulk_create(
            db,
            [
                draft!(Place { name: "Park", address: "1 Main" }),
                draft!(Place { name: "Bar", address: "2 Main" }),
            ],
        )
        .await?;
    let chef = draft!(Chef { name: "Albert" }).save(db).await?;
    draft!(Restaurant {
        name: "Demon Dogs",
        address: "944 Fullerton",
        serves_pizza: false,
        rating: 2,
        code: "dd",
        chef: &chef,
    })
    .save(db)
    .await?;
    draft!(Trattoria {
        name: "Ristorante Miron",
        address: "1234 Ash",
        serves_pizza: true,
        rating: 4,
        code: "rm",
        serves_gnocchi: true,
    })
    .save(db)
    .await?;
    Ok(())
}

#[tokio::test]
async fn a_draft_writes_the_rows_of_all_tables_in_one_statement() -> Outcome {
    let db = town().await?;
    let counter = QueryCounter::new(&db);
    let made = draft!(Trattoria {
        name: "Da Pino",
        address: "Via 1",
        serves_pizza: true,
        code: "dp",
        serves_gnocchi: false,
    })
    .save(&db)
    .await?;
    counter.expect(1)?;
    in_order(
        &counter.statements()[0],
        &[
            "WITH d0 AS (SELECT nextval(",
            "d1 (\"id\", \"name\", \"address\", \"visits\") AS (INSERT INTO \"town_place\"",
            "INSERT INTO \"town_restaurant\" AS",
            "INSERT INTO \"town_trattoria\" AS",
        ],
    );
    assert_eq!((made.name.as_str(), made.visits, made.rating), ("Da Pino", 0, 0));
    assert_eq!(made.restaurant.place.id, made.pk());
    let read = Trattoria::objects().filter(|t| t.code().eq("dp")).get(&db).await?;
    assert_eq!(read, made);
    let place = Place::objects().filter(|p| p.pk().eq(made.pk())).get(&db).await?;
    assert_eq!(place, made.restaurant.place);
    Ok(())
}

#[tokio::test]
async fn queries_join_the_other_table_only_where_it_is_needed() -> Outcome {
    let db = town().await?;
    let sql = |rows: QuerySet<Restaurant>| rows.sql().map(|sql| sql.to_string());
    let all = sql(Restaurant::objects())?;
    in_order(
        &all,
        &[
            "SELECT t1.\"id\", t1.\"name\", t1.\"address\", t1.\"visits\", t0.\"place_ptr_id\", t0.\"rating\"",
            "FROM \"town_restaurant\" AS t0 JOIN \"town_place\" AS t1 ON t1.\"id\" = t0.\"place_ptr_id\"",
            "ORDER BY t1.\"name\"",
        ],
    );
    let names: Vec<String> = Restaurant::objects().values(|r| r.name()).all(&db).await?;
    assert_eq!(names, ["Demon Dogs", "Ristorante Miron"]);
    let counter = QueryCounter::new(&db);
    assert_eq!(Restaurant::objects().filter(|r| r.rating().gt(1)).count(&db).await?, 2);
    let keys: Vec<i64> =
        Restaurant::objects().order_by(|r| r.id().asc()).values(|r| r.id()).all(&db).await?;
    assert_eq!(keys.len(), 2);
    for statement in counter.statements() {
        assert!(!statement.contains("town_place\""), "{statement}");
    }
    let found = Restaurant::objects()
        .filter(|r| r.name().startswith("Demon"))
        .exclude(|r| r.address().eq("nowhere"))
        .order_by(|r| (r.visits().desc(), r.name().asc()))
        .all(&db)
        .await?;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].name.as_str(), found[0].code.as_str()), ("Demon Dogs", "dd"));
    let both = Trattoria::objects().filter(|t| {
        t.serves_pizza().eq(true) & t.serves_gnocchi().eq(true) & t.name().contains("Miron")
    });
    assert_eq!(both.count(&db).await?, 1);
    assert_eq!(both.all(&db).await?[0].place.address, "1234 Ash");
    Ok(())
}

#[tokio::test]
async fn the_other_side_is_a_one_to_one_relation() -> Outcome {
    let db = town().await?;
    let pizza: Vec<Place> =
        Place::objects().filter(|p| p.restaurant().serves_pizza().eq(true)).all(&db).await?;
    assert_eq!(pizza.len(), 1);
    assert_eq!(pizza[0].name, "Ristorante Miron");
    let far = Place::objects().filter(|p| p.restaurant().trattoria().serves_gnocchi().eq(true));
    assert_eq!(far.count(&db).await?, 1);
    let none = Place::objects()
        .filter(|p| p.restaurant().isnull(true))
        .values(|p| p.name())
        .all(&db)
        .await?;
    assert_eq!(none, ["Bar", "Park"]);
    let counter = QueryCounter::new(&db);
    let all = Place::objects().select_related(|p| p.restaurant()).all(&db).await?;
    counter.expect(1)?;
    // The row of the place is there once.
    let sql = counter.statements().remove(0);
    assert_eq!(sql.matches("town_place\"").count(), 1, "{sql}");
    let all: Vec<(String, Option<String>)> = all
        .into_iter()
        .map(|(place, restaurant)| (place.name, restaurant.map(|r| r.place.name)))
        .collect();
    assert_rows!(
        all,
        [
            ("Bar".to_owned(), None),
            ("Demon Dogs".to_owned(), Some("Demon Dogs".to_owned())),
            ("Park".to_owned(), None),
            ("Ristorante Miron".to_owned(), Some("Ristorante Miron".to_owned())),
        ]
    );
    let values = Place::objects()
        .values(|p| (p.name(), p.restaurant().name(), p.restaurant().rating()))
        .all(&db)
        .await?;
    assert_eq!(values[0], ("Bar".to_owned(), None, None));
    let place = Place::objects().filter(|p| p.name().eq("Demon Dogs")).get(&db).await?;
    assert_eq!(place.restaurant().get(&db).await?.code, "dd");
    Ok(())
}

#[tokio::test]
async fn relations_of_both_models_are_followed_and_loaded() -> Outcome {
    let db = town().await?;
    let dogs = Restaurant::objects().filter(|r| r.code().eq("dd")).get(&db).await?;
    draft!(Visit { place: dogs.pk(), guest: "Ann" }).save(&db).await?;
    draft!(Visit { place: &*dogs, guest: "Bob" }).save(&db).await?;
    draft!(Table { restaurant: &dogs, seats: 4 }).save(&db).await?;
    assert_eq!(dogs.guests().count(&db).await?, 2);
    assert_eq!(dogs.tables().count(&db).await?, 1);
    let by_guest =
        Restaurant::objects().filter(|r| r.guests().guest().eq("Ann") & r.tables().seats().eq(4));
    assert_eq!(by_guest.count(&db).await?, 1);
    let counter = QueryCounter::new(&db);
    let loaded = Restaurant::objects()
        .filter(|r| r.code().eq("dd"))
        .select_related(|r| r.chef())
        .prefetch_related(|r| (r.guests(), r.tables()))
        .all(&db)
        .await?;
    counter.expect(3)?;
    for statement in &counter.statements()[1..] {
        assert!(!statement.contains("JOIN"), "{statement}");
    }
    let (row, chef, (guests, tables)) = &loaded[0];
    assert_eq!(
        (row.name.as_str(), chef.as_ref().map(|c| c.name.as_str())),
        ("Demon Dogs", Some("Albert"))
    );
    assert_eq!((guests.len(), tables.len()), (2, 1));
    let chef = Chef::objects().get(&db).await?;
    let kitchens = chef.kitchens().filter(|r| r.name().startswith("D")).all(&db).await?;
    assert_eq!(kitchens.len(), 1);
    let visits =
        Visit::objects().filter(|v| v.place().restaurant().code().eq("dd")).count(&db).await?;
    assert_eq!(visits, 2);
    let tables = Table::objects()
        .select_related(|t| t.restaurant())
        .filter(|t| t.restaurant().address().contains("Fullerton"))
        .all(&db)
        .await?;
    assert_eq!(tables[0].1.place.name, "Demon Dogs");
    let counts = Restaurant::objects()
        .annotate(|r| r.guests().count())
        .order_by(|r| r.name().asc())
        .all(&db)
        .await?;
    assert_eq!(counts[0].1, 2);
    let names = Chef::objects().annotate(|c| c.kitchens().name().string_agg(", ")).all(&db).await?;
    assert_eq!(names[0].1.as_deref(), Some("Demon Dogs"));
    let supplier = draft!(Supplier { name: "Mill", address: "x" }).save(&db).await?;
    supplier.customers().add(&db, [&dogs]).await?;
    let suppliers = Supplier::objects()
        .filter(|s| s.customers().name().eq("Demon Dogs"))
        .prefetch_related(|s| s.customers())
        .all(&db)
        .await?;
    assert_eq!(suppliers[0].1[0].place.name, "Demon Dogs");
    Ok(())
}

/// Related rows within drafts, over relations of both models.
#[tokio::test]
async fn drafts_within_drafts_are_those_of_both_models() -> Outcome {
    let db = town().await?;
    let dogs = Restaurant::objects().filter(|r| r.code().eq("dd")).get(&db).await?;
    let row = draft!(Restaurant {
        name: "New",
        address: "n",
        serves_pizza: true,
        code: "new",
        guests: [draft!(Visit { guest: "Ann" }), draft!(Visit { guest: "Bob" })],
        tables: [draft!(Table { seats: 2 })],
    })
    .save(&db)
    .await?;
    assert_eq!((row.guests().count(&db).await?, row.tables().count(&db).await?), (2, 1));
    let supplier =
        draft!(Supplier { name: "Mill", address: "m", customers: [row.pk(), dogs.pk()] })
            .save(&db)
            .await?;
    assert_eq!(supplier.customers().count(&db).await?, 2);
    Ok(())
}

#[tokio::test]
async fn default_orderings_latest_and_names_are_inherited() -> Outcome {
    let db = town().await?;
    let names = Restaurant::objects()
        .order_by_names(["-name"], &["name"])?
        .values(|r| r.name())
        .all(&db)
        .await?;
    assert_eq!(names, ["Ristorante Miron", "Demon Dogs"]);
    let found = Restaurant::objects().filter_names(
        [("name__startswith", "Dem"), ("chef__name", "Albert")],
        &["name__startswith", "chef__name"],
    )?;
    assert_eq!(found.count(&db).await?, 1);
    let first = Restaurant::objects().first(&db).await?.map(|r| r.place.name);
    assert_eq!(first.as_deref(), Some("Demon Dogs"));
    let last = Restaurant::objects().last(&db).await?.map(|r| r.place.name);
    assert_eq!(last.as_deref(), Some("Ristorante Miron"));
    let union = Restaurant::objects().filter(|r| r.rating().eq(2))
        | Restaurant::objects().filter(|r| r.name().startswith("R"));
    assert_eq!(union.count(&db).await?, 2);
    let set = Restaurant::objects()
        .filter(|r| r.rating().eq(2))
        .union(Restaurant::objects().filter(|r| r.rating().eq(4)));
    let rows = set.order_by(|r| r.name().desc()).all(&db).await?;
    assert_eq!(rows[0].place.name, "Ristorante Miron");
    let nested = Restaurant::objects()
        .limit(1)
        .nested()
        .filter(|r| r.name().eq("Demon Dogs") & r.chef().name().eq("Albert"))
        .all(&db)
        .await?;
    assert_eq!(nested.len(), 1);
    let grouped = Restaurant::objects()
        .values(|r| r.visits())
        .annotate(|r| (r.count(), r.rating().sum()))
        .all(&db)
        .await?;
    assert_eq!(grouped.len(), 1);
    let locked = db.begin().await?;
    let rows = Restaurant::objects().select_for_update().all(&locked).await?;
    assert_eq!(rows.len(), 2);
    locked.rollback().await?;
    let copied = draft!(Restaurant { code: "copy", ..rows.into_iter().next().expect("a row") })
        .save(&db)
        .await?;
    assert_eq!((copied.code.as_str(), copied.place.name.as_str()), ("copy", "Demon Dogs"));
    let deleted =
        Restaurant::objects().filter(|r| r.code().eq("copy")).delete_returning(&db).await?;
    assert_eq!(deleted[0].place.name, "Demon Dogs");
    let updated = Restaurant::objects()
        .filter(|r| r.code().eq("dd"))
        .update_returning(&db, |r| r.name().set("New"))
        .await?;
    assert_eq!((updated[0].name.as_str(), updated[0].code.as_str()), ("New", "dd"));
    Ok(())
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "notes")]
pub struct Line {
    pub id: i64,
    pub text: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "notes", hooks, clean)]
pub struct Note {
    pub id: i64,
    pub text: String,
    #[field(default = "")]
    pub slug: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "notes", extends = Note, hooks, validate)]
pub struct Memo {
    pub note: Note,
    pub to: String,
}

/// Without hooks of its own.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "notes", extends = Note)]
pub struct Todo {
    pub note: Note,
    #[field(default = false)]
    pub done: bool,
}

impl Clean for Note {
    fn clean(&mut self, errors: &mut Errors) {
        if self.text.is_empty() {
            errors.add_non_field("a note has a text");
        }
    }
}

async fn tell(text: String, cx: &HookCx<'_>) -> orm::Result<()> {
    draft!(Line { text }).save(cx).await.map(drop)
}

impl Hooks for Note {
    async fn before_save(&mut self, cx: &HookCx<'_>) -> orm::Result<()> {
        self.slug = self.text.to_lowercase();
        let renamed = cx.changed(self, |n| n.text()).await?;
        tell(format!("note {} {renamed}", self.text), cx).await
    }
    async fn before_delete(&self, cx: &HookCx<'_>) -> orm::Result<()> {
        tell(format!("gone note {}", self.text), cx).await
    }
}

impl Hooks for Memo {
    async fn before_save(&mut self, cx: &HookCx<'_>) -> orm::Result<()> {
        let changed = cx.changed(self, |m| (m.to(), m.text())).await?;
        tell(format!("memo {} {} {changed}", self.slug, self.to), cx).await
    }
    async fn after_create(&self, cx: &HookCx<'_>) -> orm::Result<()> {
        tell(format!("new memo {}", self.pk()), cx).await
    }
    async fn before_delete(&self, cx: &HookCx<'_>) -> orm::Result<()> {
        tell(format!("gone memo {} {}", self.text, self.to), cx).await
    }
}

#[tokio::test]
async fn hooks_of_both_models_are_called() -> Outcome {
    let db = database!("notes": Line, Note, Memo, Todo);
    let told = async || {
        let lines =
            Line::objects().order_by(|l| l.id().asc()).values(|l| l.text()).all(&db).await?;
        Line::objects().delete(&db).await?;
        Ok::<_, orm::Error>(lines)
    };
    let mut memo = draft!(Memo { text: "Milk", to: "Ann" }).save(&db).await?;
    assert_eq!(memo.slug, "milk");
    assert_eq!(
        told().await?,
        ["note Milk true", "memo milk Ann true", &format!("new memo {}", memo.pk())]
    );
    memo.to = "Bob".into();
    memo.save(&db).await?;
    assert_eq!(told().await?, ["note Milk false", "memo milk Bob true"]);
    let mut todo = draft!(Todo { text: "Bread" }).save(&db).await?;
    assert_eq!(todo.slug, "bread");
    todo.text = "Butter".into();
    todo.save(&db).await?;
    assert_eq!(Todo::objects().get(&db).await?.slug, "butter");
    assert_eq!(told().await?, ["note Bread true", "note Butter true"]);
    memo.delete(&db).await?;
    todo.delete(&db).await?;
    let mut lines = told().await?;
    lines.sort_unstable();
    assert_eq!(lines, ["gone memo Milk Bob", "gone note Butter", "gone note Milk"]);
    // With a key that nobody has, with that of a memo, and with that of a note, which becomes one.
    let note = Note { id: 50, text: "Tea".into(), slug: String::new() };
    let mut memo = Memo { note, to: "Cy".into() };
    assert!(memo.save_or_insert(&db).await?);
    assert_eq!(memo.slug, "tea");
    assert_eq!(told().await?, ["note Tea true", "memo tea Cy true", "new memo 50"]);
    memo.to = "Di".into();
    assert!(!memo.save_or_insert(&db).await?);
    assert_eq!(told().await?, ["note Tea false", "memo tea Di true"]);
    let note = draft!(Note { text: "Ink" }).save(&db).await?;
    let mut memo = Memo { note, to: "Ed".into() };
    assert!(memo.save_or_insert(&db).await?);
    assert_eq!((Memo::objects().count(&db).await?, Note::objects().count(&db).await?), (2, 2));
    Note::objects().delete(&db).await?;
    told().await?;
    // What the other model validates is validated here too.
    let error = draft!(Memo { text: "", to: "Ann" }).save(&db).await.expect_err("no text");
    says(&error, &["a note has a text"]);
    assert_eq!(Note::objects().count(&db).await?, 0);
    Ok(())
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "forum")]
pub struct Board {
    pub id: i64,
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "forum")]
pub struct Entry {
    pub id: i64,
    pub text: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "forum", extends = Entry)]
pub struct Topic {
    pub entry: Entry,
    #[field(on_delete = Cascade)]
    pub board: ForeignKey<Board>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "forum", extends = Entry)]
pub struct Answer {
    pub entry: Entry,
    #[field(on_delete = Cascade, related_name = "answers")]
    pub topic: ForeignKey<Topic>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "forum")]
pub struct Pin {
    pub id: i64,
    #[field(on_delete = Protect)]
    pub topic: ForeignKey<Topic>,
}

/// What goes by a key of the one table takes the row of the other along, level by level.
#[tokio::test]
async fn cascades_that_reach_a_row_take_all_of_it() -> Outcome {
    let db = database!("board": Board, Entry, Topic, Answer, Pin);
    let board = draft!(Board { name: "b" }).save(&db).await?;
    let topic = draft!(Topic { text: "t", board: &board }).save(&db).await?;
    let answers = (0..3).map(|n| draft!(Answer { text: format!("a{n}"), topic: &topic }));
    Answer::objects().bulk_create(&db, answers).await?;
    let pin = draft!(Pin { topic: &topic }).save(&db).await?;
    let error = board.clone().delete(&db).await.expect_err("a pin");
    assert!(matches!(error, Error::Protected(_)), "{error:?}");
    let error = Entry::objects().filter(|e| e.text().eq("t")).delete(&db).await.expect_err("a pin");
    assert!(matches!(error, Error::Protected(_)), "{error:?}");
    assert_eq!(Entry::objects().count(&db).await?, 4);
    pin.delete(&db).await?;
    // The database does not tear a row apart.
    let error =
        db.execute("DELETE FROM forum_board", params![]).await.expect_err("a topic is there");
    assert!(matches!(error, Error::ForeignKey(_)), "{error:?}");
    let gone = board.delete(&db).await?;
    let mut counts = gone.by_model.clone();
    assert_eq!(counts[0], ("Board", 1));
    counts.sort_unstable();
    assert_eq!(counts, [("Answer", 3), ("Board", 1), ("Entry", 4), ("Topic", 1)]);
    assert_eq!(Entry::objects().count(&db).await?, 0);
    Ok(())
}
