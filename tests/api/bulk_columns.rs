//! Many rows that are written by columns: of every type, and of more than one kind.

use crate::support::{Outcome, database};
use orm::prelude::*;
use orm_testkit::assert_rows;
use serde_json::json;

#[derive(Choices, Clone, Copy, Debug, PartialEq)]
#[choice(db_enum = "bulk_columns_mood")]
pub enum Mood {
    #[choice("calm")]
    Calm,
    #[choice("wild")]
    Wild,
}

#[derive(Choices, Clone, Copy, Debug, PartialEq)]
pub enum Stars {
    One = 1,
    Two = 2,
}

#[derive(Column, Clone, Debug, PartialEq)]
pub struct Slug(String);

/// Every type, half of them with NULL.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "bulk_columns", ordering = [id])]
pub struct Thing {
    pub id: i64,
    #[field(max_length = 30)]
    pub name: String,
    pub slug: Slug,
    pub mood: Mood,
    pub other: Option<Mood>,
    pub stars: Stars,
    #[field(max_digits = 12, decimal_places = 3)]
    pub price: Option<Decimal>,
    pub number: Option<Decimal>,
    pub tags: Vec<String>,
    pub grid: Option<Vec<i32>>,
    pub data: serde_json::Value,
    pub token: Option<Uuid>,
    pub bytes: Option<Vec<u8>>,
    pub span: Option<Range<i32>>,
    pub length: Option<TimeDelta>,
    pub day: Option<NaiveDate>,
    pub at: Option<DateTime<Utc>>,
    pub ratio: Option<f32>,
    pub good: Option<bool>,
    #[field(default = 7)]
    pub seven: i32,
    #[field(db_default = 8)]
    pub eight: i32,
    #[field(auto_now)]
    pub changed: DateTime<Utc>,
}

/// So many that they are written by columns, and go into one statement.
const MANY: usize = 60;

/// Values of a thing, of the given number.
fn draft_of(n: usize) -> impl Complete<Model = Thing> + use<> {
    let (odd, number) = (n % 2 == 1, i32::try_from(n).unwrap_or_default());
    draft!(Thing {
        name: format!("thing {n} ü"),
        slug: Slug(format!("slug-{n}")),
        mood: if odd { Mood::Wild } else { Mood::Calm },
        other: odd.then_some(Mood::Calm),
        stars: if odd { Stars::One } else { Stars::Two },
        price: odd.then(|| Decimal::new(i64::from(number) * 1001, 3)),
        number: odd.then(|| Decimal::new(i64::from(number) * 10, 1)),
        tags: vec!["a,\"b\"".to_owned(); n % 3],
        grid: odd.then(|| vec![number; n % 4]),
        data: json!({"n": number, "list": [null, "x", 1.5]}),
        token: odd.then(|| Uuid::from_u128(n as u128)),
        bytes: odd.then(|| vec![0, 255, 1]),
        span: odd.then(|| Range::from(1..number + 2)),
        length: odd.then(|| TimeDelta::milliseconds(i64::from(number) * 1_500)),
        day: odd.then(|| NaiveDate::from_ymd_opt(2024, 2, 29).unwrap_or_default()),
        at: odd.then(|| DateTime::<Utc>::UNIX_EPOCH + TimeDelta::microseconds(number.into())),
        ratio: odd.then_some(0.25),
        good: odd.then_some(true),
    })
}

#[tokio::test]
async fn what_goes_in_many_at_a_time_is_what_goes_in_one_by_one() -> Outcome {
    let db = database!("api_bulk_columns": Thing);
    let without_key = |mut thing: Thing| {
        (thing.id, thing.changed) = (0, DateTime::UNIX_EPOCH);
        thing
    };
    let mut one_by_one = Vec::new();
    for n in 0..MANY {
        one_by_one.push(without_key(Thing::objects().create(&db, draft_of(n)).await?));
    }
    let made = Thing::objects().bulk_create(&db, (0..MANY).map(draft_of)).await?;
    assert!(made.is_sorted_by_key(|thing| thing.id));
    assert_rows!(made.iter().cloned().map(without_key).collect::<Vec<_>>(), one_by_one);
    assert!(made.iter().all(|thing| thing.changed == made[0].changed));
    let stored = Thing::objects().filter(|t| t.id().gte(made[0].id)).all(&db).await?;
    assert_rows!(stored, made);
    Ok(())
}

#[tokio::test]
async fn drafts_of_another_kind_come_at_any_place() -> Outcome {
    let db = database!("api_bulk_columns": Thing);
    for other in [0, 5, 23, 24, 25, MANY - 1] {
        let eight = |n: usize| if n == other { 80 } else { 9 };
        let drafts = (0..MANY).map(|n| draft!(Thing { eight: eight(n), ..thing(n) }));
        let made = Thing::objects().bulk_create(&db, drafts).await?;
        let expected: Vec<_> = (0..MANY).map(eight).collect();
        assert_eq!(made.iter().map(|thing| thing.eight).collect::<Vec<_>>(), expected);
        // One of them is an expression.
        let drafts = (0..MANY).map(|n| {
            let draft = draft!(Thing { ..thing(n) });
            match n == other {
                true => draft.with(|t| t.name, concat(("thing ", "other"))),
                false => draft.with(|t| t.name, format!("thing {n}")),
            }
        });
        let made = Thing::objects().bulk_create(&db, drafts).await?;
        let name = |n: usize| if n == other { "thing other".into() } else { format!("thing {n}") };
        let names: Vec<_> = made.iter().map(|thing| thing.name.clone()).collect();
        assert_eq!(names, (0..MANY).map(name).collect::<Vec<_>>());
    }
    Ok(())
}

fn thing(n: usize) -> Thing {
    Thing {
        id: 0,
        name: format!("thing {n}"),
        slug: Slug(String::new()),
        mood: Mood::Calm,
        other: None,
        stars: Stars::One,
        price: None,
        number: None,
        tags: Vec::new(),
        grid: None,
        data: json!(null),
        token: None,
        bytes: None,
        span: None,
        length: None,
        day: None,
        at: None,
        ratio: None,
        good: None,
        seven: 7,
        eight: 8,
        changed: DateTime::UNIX_EPOCH,
    }
}

#[tokio::test]
async fn every_type_is_updated_many_at_a_time() -> Outcome {
    let db = database!("api_bulk_columns": Thing);
    let mut things = Thing::objects().bulk_create(&db, (0..MANY).map(draft_of)).await?;
    let others: Vec<Thing> = things.iter().rev().cloned().collect();
    for (thing, other) in things.iter_mut().zip(others) {
        *thing = Thing { id: thing.id, name: format!("{} changed", other.name), ..other };
    }
    things.reverse();
    let all = Thing::objects();
    let texts = all.bulk_update(&db, &things, |t| {
        (t.name(), t.slug(), t.mood(), t.other(), t.stars(), t.tags(), t.data(), t.bytes())
    });
    assert_eq!(texts.await?, MANY as u64);
    let numbers = all.bulk_update(&db, &things, |t| {
        (t.price(), t.number(), t.grid(), t.token(), t.span(), t.length(), t.ratio(), t.good())
    });
    assert_eq!(numbers.await?, MANY as u64);
    let others = all.bulk_update(&db, &things, |t| (t.day(), t.at(), t.seven(), t.eight()));
    assert_eq!(others.await?, MANY as u64);
    things.reverse();
    let mut stored = Thing::objects().all(&db).await?;
    for (stored, thing) in stored.iter_mut().zip(&things) {
        assert!(stored.changed > thing.changed);
        stored.changed = thing.changed;
    }
    assert_rows!(stored, things);
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_sent_names_its_field() -> Outcome {
    let db = database!("api_bulk_columns": Thing);
    let drafts = || {
        (0..MANY).map(|n| {
            let name = if n == 40 { "zero \0 byte".to_owned() } else { "name".to_owned() };
            draft!(Thing { name, ..thing(n) })
        })
    };
    let error = Thing::objects().bulk_create(&db, drafts()).await.unwrap_err().to_string();
    assert!(error.contains("`name` of `Thing`") && error.contains("zero byte"), "{error}");
    let mut things = Thing::objects().bulk_create(&db, (0..MANY).map(draft_of)).await?;
    things[40].name = "zero \0 byte".to_owned();
    let update = Thing::objects().bulk_update(&db, &things, |t| t.name()).await;
    let error = update.unwrap_err().to_string();
    assert!(error.contains("zero byte"), "{error}");
    Ok(())
}

/// All of its values are sent as they are.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "bulk_columns", ordering = [id])]
pub struct Note {
    pub id: i64,
    pub text: String,
    pub day: Option<NaiveDate>,
    pub at: Option<DateTime<Utc>>,
    pub token: Option<Uuid>,
    pub number: Option<Decimal>,
    pub ratio: f64,
    #[field(db_default = 8)]
    pub eight: i32,
}

fn note(n: i64, text: &str) -> impl Complete<Model = Note> + use<> {
    let odd = n % 2 == 1;
    draft!(Note {
        text,
        day: odd.then(|| NaiveDate::from_ymd_opt(1999, 12, 31).unwrap_or_default()),
        at: odd.then(|| DateTime::<Utc>::UNIX_EPOCH + TimeDelta::microseconds(n)),
        token: odd.then(|| Uuid::from_u128(n.unsigned_abs().into())),
        number: odd.then(|| Decimal::new(n, 2)),
        ratio: 0.5,
    })
}

#[tokio::test]
async fn what_is_copied_as_it_is_comes_back() -> Outcome {
    let db = database!("api_bulk_columns_note": Note);
    let texts = ["", "sea", "sixteen bytes ..", "ü, and more than sixteen of them\n\t"];
    let notes = || (0..MANY as i64).zip(texts.iter().cycle()).map(|(n, text)| note(n, text));
    let without_key = |note: Note| Note { id: 0, ..note };
    let made = Note::objects().bulk_create(&db, notes()).await?;
    assert_eq!(Note::objects().copy_in(&db, notes()).await?, MANY as u64);
    let copied = Note::objects().filter(|n| n.id().gt(MANY as i64)).all(&db).await?;
    assert_rows!(
        copied.into_iter().map(without_key).collect::<Vec<_>>(),
        made.into_iter().map(without_key).collect::<Vec<_>>()
    );
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_copied_names_its_row() -> Outcome {
    let db = database!("api_bulk_columns_note": Note);
    let texts =
        |odd: &'static str| (0..MANY as i64).map(move |n| if n == 40 { odd } else { "sea" });
    let notes = texts("zero \0 byte").enumerate().map(|(n, text)| note(n as i64, text));
    let early = (0..MANY).map(|n| {
        draft!(Note { text: "sea", day: (n == 40).then_some(NaiveDate::MIN), ratio: 0.5 })
    });
    let another = (0..MANY).map(|n| {
        let draft = draft!(Note { text: "sea", ratio: 0.5 });
        if n == 40 { draft.with(|t| t.eight, 9) } else { draft }
    });
    let all = Note::objects();
    let wrong = [
        (all.copy_in(&db, notes).await, ["`text` of `Note` in row 41 of COPY", "zero byte"]),
        (all.copy_in(&db, early).await, ["`day` of `Note` in row 41 of COPY", "4714"]),
        (all.copy_in(&db, another).await, ["`eight` of `Note` in row 41 of `copy_in`", "a value"]),
    ];
    for (copied, parts) in wrong {
        let error = copied.unwrap_err().to_string();
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    }
    assert_eq!(all.count(&db).await?, 0);
    Ok(())
}

#[tokio::test]
async fn rows_in_any_order_are_updated_each_once() -> Outcome {
    let db = database!("api_bulk_columns": Thing);
    let mut things = Thing::objects().bulk_create(&db, (0..MANY).map(draft_of)).await?;
    things.rotate_left(17);
    for (n, thing) in things.iter_mut().enumerate() {
        thing.name = format!("name {n}");
    }
    let by_reference = things.iter().collect::<Vec<_>>();
    let all = Thing::objects();
    assert_eq!(all.bulk_update(&db, by_reference, |t| t.name()).await?, MANY as u64);
    for (n, thing) in things.iter().enumerate() {
        let stored = Thing::objects().filter(|t| t.id().eq(thing.id)).get(&db).await?;
        assert_eq!(stored.name, format!("name {n}"));
    }
    let again = [&things[3], &things[1], &things[2], &things[1], &things[3]];
    let error = all.bulk_update(&db, again, |t| t.name()).await.unwrap_err().to_string();
    assert!(error.contains("row 4 of `bulk_update`"), "{error}");
    Ok(())
}
