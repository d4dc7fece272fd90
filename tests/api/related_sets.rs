//! Related sets changed: over keys, over tables between, and over models between.

use super::library::{Author, Book, Tag, library, titles};
use crate::support::{Outcome, database, says};
use orm::prelude::*;
use orm_testkit::{QueryCounter, TestDatabase, assert_num_queries, assert_rows};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "guild", ordering = [id])]
pub struct Person {
    pub id: i64,
    pub name: String,
    pub friends: ManyToMany<Self>,
    #[field(symmetrical = false, related_name = "followers")]
    pub follows: ManyToMany<Self>,
    #[field(through = Apprentice, through_fields = (master, pupil), symmetrical = false,
            related_name = "masters")]
    pub pupils: ManyToMany<Self>,
}

/// Between a person and a guild; a person can be there twice.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "guild", ordering = [id])]
pub struct Membership {
    pub id: i64,
    #[field(on_delete = Cascade, related_name = "memberships")]
    pub guild: ForeignKey<Guild>,
    #[field(on_delete = Cascade, related_name = "memberships")]
    pub person: ForeignKey<Person>,
    pub role: String,
    #[field(default = 1)]
    pub rank: i32,
    #[field(auto_now_add)]
    pub since: DateTime<Utc>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "guild", unique(fields = [pupil, master]))]
pub struct Apprentice {
    pub id: i64,
    #[field(on_delete = Cascade, related_name = "+")]
    pub master: ForeignKey<Person>,
    #[field(on_delete = Cascade, related_name = "+")]
    pub pupil: ForeignKey<Person>,
    #[field(default = 0)]
    pub years: i32,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "guild", ordering = [id])]
pub struct Guild {
    pub id: i64,
    pub name: String,
    #[field(through = Membership, related_name = "guilds")]
    pub people: ManyToMany<Person>,
}

async fn guilds()
-> Result<(TestDatabase, Guild, Vec<Person>), Box<dyn std::error::Error + Send + Sync>> {
    let db = database!("api_guilds": Person, Guild, Membership, Apprentice);
    let guild = draft!(Guild { name: "Bakers" }).save(&db).await?;
    let names = ["Ann", "Bob", "Cleo", "Dan"].map(|name| draft!(Person { name: name }));
    let people = Person::objects().bulk_create(&db, names).await?;
    Ok((db, guild, people))
}

fn names(people: &[Person]) -> Vec<&str> {
    people.iter().map(|person| person.name.as_str()).collect()
}

#[tokio::test]
async fn what_stands_between_is_given_by_through() -> Outcome {
    let (db, guild, people) = guilds().await?;
    let [ann, bob, cleo, dan] = &people[..] else { panic!("four people") };
    let counter = QueryCounter::new(&db);
    let adding = guild.people().add(&db, [ann, bob]);
    adding.through(|m| (m.role().set("baker"), m.rank().set(3))).await?;
    let statements = counter.statements();
    assert_eq!(statements.len(), 1, "{statements:#?}");
    assert!(
        statements[0].contains(
            "WHERE NOT EXISTS (SELECT 1 FROM \"guild_membership\" AS old WHERE \
             old.\"guild_id\" = new.\"guild_id\" AND old.\"person_id\" = new.\"person_id\")"
        ),
        "{statements:#?}"
    );
    drop(counter);
    // Who is there already stays as is; a key twice is one row.
    let adding = guild.people().add(&db, [cleo.id, bob.id, cleo.id]);
    adding.through(|m| m.role().set("miller")).await?;
    let roles = Membership::objects().values(|m| (m.person().name(), m.role(), m.rank()));
    let roles = roles.all(&db).await?;
    let roles: Vec<_> = roles.iter().map(|(n, role, rank)| (&**n, &**role, *rank)).collect();
    assert_rows!(roles, [("Ann", "baker", 3), ("Bob", "baker", 3), ("Cleo", "miller", 1)]);
    // From the other side, with an expression.
    dan.guilds().add(&db, [&guild]).through(|m| m.role().set(concat(("mi", "ller")))).await?;
    assert_rows!(names(&guild.people().all(&db).await?), ["Ann", "Bob", "Cleo", "Dan"]);
    // `set` takes out and puts in, and leaves what stays as it is.
    let setting = guild.people().set(&db, [bob, dan]);
    assert_num_queries!(db, 5, setting.through(|m| m.role().set("late")).await?);
    let roles = Membership::objects().values(|m| m.role()).all(&db).await?;
    assert_rows!(roles, ["baker", "miller"]);
    let eve = guild.people().create(&db, draft!(Person { name: "Eve" }));
    let eve = eve.through(|m| (m.role().set("new"), m.rank().set(9))).await?;
    let membership = eve.memberships().get(&db).await?;
    assert_eq!((membership.guild.pk(), &*membership.role, membership.rank), (guild.id, "new", 9));
    Ok(())
}

#[tokio::test]
async fn what_is_missing_between_is_told() -> Outcome {
    let (db, guild, people) = guilds().await?;
    let error = guild.people().add(&db, [&people[0]]).await.expect_err("no role");
    says(&error, &["`role`", "`Membership`", "`people`", ".through("]);
    let create = guild.people().create(&db, draft!(Person { name: "Eve" }));
    assert!(matches!(create.await, Err(Error::Usage(_))));
    assert_eq!(Person::objects().count(&db).await?, 4, "the person was not made either");
    // The keys come from the relation.
    let adding = guild.people().add(&db, [&people[0]]);
    let error = adding.through(|m| (m.role().set("x"), m.guild().set(&guild))).await;
    says(&error.expect_err("a key"), &["`Membership`", "come from the relation"]);
    // No such row.
    let error = guild.people().add(&db, [99_i64]).through(|m| m.role().set("x")).await;
    assert!(matches!(error, Err(Error::ForeignKey(_))), "{error:?}");
    // `set` puts in and takes out as one.
    guild.people().add(&db, [&people[0]]).through(|m| m.role().set("x")).await?;
    let setting = guild.people().set(&db, [people[1].id, 99]).through(|m| m.role().set("y"));
    assert!(setting.await.is_err());
    assert_rows!(names(&guild.people().all(&db).await?), ["Ann"]);
    Ok(())
}

#[tokio::test]
async fn a_unique_pair_is_left_to_the_server() -> Outcome {
    let (db, _, people) = guilds().await?;
    let counter = QueryCounter::new(&db);
    people[0].pupils().add(&db, [&people[1], &people[2]]).through(|a| a.years().set(2)).await?;
    people[1].masters().add(&db, [&people[0], &people[3]]).await?;
    let statements = counter.statements();
    assert_eq!(statements.len(), 2, "{statements:#?}");
    assert!(
        statements[0].ends_with(r#"ON CONFLICT ("master_id", "pupil_id") DO NOTHING"#),
        "{statements:#?}"
    );
    drop(counter);
    let pairs = Apprentice::objects().order_by(|a| a.id());
    let pairs = pairs.values(|a| (a.master().id(), a.pupil().id(), a.years())).all(&db).await?;
    assert_rows!(pairs, [(1, 2, 2), (1, 3, 2), (4, 2, 0)]);
    // Whoever comes first at the same time, one row.
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (db, dan) = (Database::clone(&db), people[3].clone());
            tokio::spawn(async move { dan.pupils().add(&db, [1_i64, 2, 3]).await })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    assert_eq!(people[3].pupils().count(&db).await?, 3);
    Ok(())
}

#[tokio::test]
async fn both_directions_of_a_symmetrical_relation() -> Outcome {
    let (db, _, people) = guilds().await?;
    let [ann, bob, cleo, dan] = &people[..] else { panic!("four people") };
    assert_num_queries!(db, 1, ann.friends().add(&db, [bob, cleo, ann]).await?);
    assert_rows!(names(&bob.friends().all(&db).await?), ["Ann"]);
    assert_rows!(names(&ann.friends().all(&db).await?), ["Ann", "Bob", "Cleo"]);
    ann.friends().set(&db, [cleo, dan]).await?;
    assert_rows!(names(&ann.friends().all(&db).await?), ["Cleo", "Dan"]);
    assert_eq!(bob.friends().count(&db).await?, 0);
    dan.friends().clear(&db).await?;
    assert_rows!(names(&ann.friends().all(&db).await?), ["Cleo"]);
    // And one direction of one that is not.
    ann.follows().add(&db, [bob]).await?;
    assert_rows!(names(&bob.followers().all(&db).await?), ["Ann"]);
    assert_eq!(bob.follows().count(&db).await?, 0);
    bob.followers().set(&db, [cleo]).await?;
    assert_eq!((ann.follows().count(&db).await?, cleo.follows().count(&db).await?), (0, 1));
    Ok(())
}

#[tokio::test]
async fn sets_read_nothing_and_touch_what_differs() -> Outcome {
    let db = library().await?;
    let book = Book::objects().filter(|b| b.title().eq("Mort")).get(&db).await?;
    let counter = QueryCounter::new(&db);
    book.tags().add(&db, [1_i64, 2, 3]).await?;
    book.tags().remove(&db, [3_i64, 4]).await?;
    assert_eq!(counter.statements().len(), 2);
    book.tags().set(&db, [2_i64, 3]).await?;
    let statements = counter.statements();
    // But for the lock on the row whose set it is.
    let reads = statements.iter().filter(|sql| sql.starts_with("SELECT")).collect::<Vec<_>>();
    assert!(matches!(&*reads, [lock] if lock.ends_with("FOR NO KEY UPDATE")), "{statements:#?}");
    drop(counter);
    let rows = "SELECT id FROM library_book_tags WHERE book_id = 3 AND tag_id = 2";
    let before: i64 = crate::support::scalar(&db, rows).await?;
    book.tags().set(&db, [2_i64, 1]).await?;
    assert_eq!(crate::support::scalar::<i64>(&db, rows).await?, before, "the same row");
    let none: [i64; 0] = [];
    assert_num_queries!(db, 0, book.tags().add(&db, none).await?);
    book.tags().set(&db, none).await?;
    assert_eq!(book.tags().count(&db).await?, 0);
    // Over a key: those that are there are not written again.
    let ursula = Author::objects().first(&db).await?.expect("an author");
    ursula.edited().set(&db, [1_i64, 4]).await?;
    let version = "SELECT xmin::text FROM library_book WHERE id = 4";
    let before: String = crate::support::scalar(&db, version).await?;
    ursula.edited().set(&db, [4_i64, 5]).await?;
    assert_eq!(crate::support::scalar::<String>(&db, version).await?, before);
    assert_rows!(titles(&ursula.edited().all(&db).await?), ["Gods", "Lost"]);
    // Where the key is never NULL, rows can come; and none has to go.
    ursula.books().set(&db, [1_i64, 2, 3]).await?;
    assert_eq!(ursula.books().count(&db).await?, 3);
    let error = ursula.books().set(&db, [1_i64]).await.expect_err("two would have to go");
    says(&error, &["`author` of `Book` cannot be NULL"]);
    assert_eq!(ursula.books().count(&db).await?, 3);
    Ok(())
}

#[tokio::test]
async fn a_great_many_are_added_as_one() -> Outcome {
    let db = library().await?;
    let drafts = (0..40_000).map(|n| draft!(Tag { name: format!("tag {n}") }));
    let tags = Tag::objects().bulk_create(&db, drafts).await?;
    let book = Book::objects().filter(|b| b.title().eq("Lost")).get(&db).await?;
    let mut keys: Vec<i64> = tags.iter().map(|tag| tag.id).collect();
    book.tags().add(&db, &keys).await?;
    assert_eq!(book.tags().count(&db).await?, 40_000);
    book.tags().clear(&db).await?;
    // The last one is not there: none is added, though it goes in several statements.
    keys.push(1_000_000);
    assert!(matches!(book.tags().add(&db, &keys).await, Err(Error::ForeignKey(_))));
    assert_eq!(book.tags().count(&db).await?, 0);
    Ok(())
}
