//! Durations, intervals and years: as long in Rust as in the database.

use crate::support::{Outcome, database};
use orm::Interval;
use orm::prelude::*;
use orm_testkit::assert_rows;

mod moments {
    use super::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "moments", ordering = [id])]
    pub struct Event {
        pub id: i64,
        pub at: DateTime<Utc>,
        pub lasts: TimeDelta,
        pub term: Interval,
    }
}

#[tokio::test]
async fn a_duration_is_as_long_in_every_time_zone() -> Outcome {
    use moments::Event;
    let db = database!("api_durations_moments": Event);
    let at = "2024-03-30T12:00:00Z".parse::<DateTime<Utc>>()?;
    let day = TimeDelta::hours(24);
    let event = draft!(Event { at: at, lasts: day, term: Interval::days(1) }).save(&db).await?;
    assert_eq!(event.lasts, day);
    for zone in ["UTC", "Europe/Berlin", "America/New_York"] {
        let there = Database::builder().url(&db.url()).time_zone(zone).connect().await?;
        let sums = Event::objects().values(|e| {
            (e.at() + day, e.at() + e.lasts(), e.lasts() + e.at(), e.at() - -day, e.at() + day * 2)
        });
        let two = at + day * 2;
        assert_rows!(sums.all(&there).await?, [(at + day, at + day, at + day, at + day, two)]);
        let back = Event::objects().filter(|e| (e.at() + e.lasts() - day).eq(at));
        assert!(back.exists(&there).await?, "{zone}");
        let found = Event::objects().filter(|e| e.lasts().eq(day) & e.at().lt(e.at() + day));
        assert!(found.exists(&there).await?, "{zone}");
        Event::objects().update(&there, |e| e.at().set(e.at() + day)).await?;
        Event::objects().update(&there, |e| e.at().set(e.at() - e.lasts())).await?;
        assert_eq!(Event::objects().get(&there).await?.at, at, "{zone}");
    }
    // A day of the calendar has 23 hours there.
    let berlin = Database::builder().url(&db.url()).time_zone("Europe/Berlin").connect().await?;
    let next = Event::objects().values(|e| (e.at() + e.term(), e.at() + Interval::days(1)));
    let hours = at + TimeDelta::hours(23);
    assert_rows!(next.all(&berlin).await?, [(hours, hours)]);
    Ok(())
}

#[tokio::test]
async fn intervals_follow_the_calendar() -> Outcome {
    use moments::Event;
    let db = database!("api_durations_moments": Event);
    let at = "2024-01-31T12:00:00Z".parse::<DateTime<Utc>>()?;
    let term = Interval::months(1) + Interval::seconds(1);
    let event = draft!(Event { at: at, lasts: TimeDelta::zero(), term: term }).save(&db).await?;
    assert_eq!(event.term, term);
    let february = "2024-02-29T12:00:01Z".parse::<DateTime<Utc>>()?;
    let values = Event::objects().values(|e| (e.at() + e.term(), e.term() * 2, -e.term()));
    assert_rows!(values.all(&db).await?, [(february, term * 2, -term)]);
    let sum = Event::objects().aggregate(&db, |e| e.term().sum()).await?;
    assert_eq!(sum, Some(term));
    // To the server a month is 30 days where it compares.
    let found = Event::objects().filter(|e| e.term().gt(Interval::days(30)));
    assert_eq!(found.count(&db).await?, 1);
    let json = serde_json::to_value(event.term)?;
    assert_eq!(json, json!("P1MT1S"));
    let again = Event::dyn_draft().set("at", at).set("lasts", json!([1, 500])).set("term", json);
    let again = again.save(&db).await?;
    assert_eq!((again.term, again.lasts), (term, TimeDelta::seconds(1)));
    Ok(())
}

mod ancient {
    use super::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "ancient", ordering = [id])]
    pub struct Event {
        pub id: i64,
        pub day: NaiveDate,
    }
}

#[tokio::test]
async fn years_are_counted_as_postgresql_counts_them() -> Outcome {
    use ancient::Event;
    let db = database!("api_durations_ancient": Event);
    let ides = NaiveDate::from_ymd_opt(-43, 3, 15).expect("44 BC");
    draft!(Event { day: ides }).save(&db).await?;
    let found = Event::objects().values(|e| (e.day(), e.day().year())).get(&db).await?;
    assert_eq!(found, (ides, -44));
    Ok(())
}
