//! Columns of every type: what goes in comes out, and can be looked up.

use crate::support::{Outcome, database, scalar};
use orm::prelude::*;
use orm_testkit::assert_rows;

mod choices {
    use orm::prelude::*;

    #[derive(Choices, Clone, Copy, Debug, PartialEq)]
    pub enum Status {
        #[choice("o", label = "Open")]
        Open,
        #[choice("c", label = "Closed")]
        Closed,
    }

    #[derive(Choices, Clone, Copy, Debug, PartialEq)]
    pub enum Priority {
        Low = 1,
        High = 10,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "choices", ordering = [id])]
    pub struct Ticket {
        pub id: i64,
        #[field(default = Status::Open)]
        pub status: Status,
        pub priority: Priority,
        pub before: Option<Status>,
    }
}

#[tokio::test]
async fn choices_as_text_and_as_numbers() -> Outcome {
    use choices::{Priority, Status, Ticket};
    let db = database!("api_choices": Ticket);
    let open = draft!(Ticket { priority: Priority::Low }).save(&db).await?;
    let closed = draft!(Ticket { priority: Priority::High, before: Status::Open });
    let mut closed = closed.with(|d| d.status, Status::Closed).save(&db).await?;
    assert_eq!((open.status, open.before), (Status::Open, None));
    assert_rows!(Ticket::objects().all(&db).await?, [open.clone(), closed.clone()]);
    let stored = db
        .query_as::<(String, i64)>(
            "SELECT status::text, priority::int8 FROM choices_ticket ORDER BY id",
            params![],
        )
        .await?;
    assert_rows!(stored, [("o".to_owned(), 1), ("c".to_owned(), 10)]);
    let find =
        async |q: Q<Ticket>| Ticket::objects().filter(|_| q).values(|t| t.id()).all(&db).await;
    assert_rows!(find(Ticket::q(|t| t.status().eq(Status::Closed))).await?, [closed.id]);
    assert_rows!(find(Ticket::q(|t| t.priority().in_([Priority::Low]))).await?, [open.id]);
    assert_rows!(find(Ticket::q(|t| t.priority().gt(Priority::Low))).await?, [closed.id]);
    assert_rows!(find(Ticket::q(|t| t.before().isnull(true))).await?, [open.id]);
    closed.before = None;
    closed.save(&db).await?;
    Ticket::objects().update(&db, |t| t.status().set(Status::Closed)).await?;
    let all = Ticket::objects().values(|t| (t.status(), t.before())).all(&db).await?;
    assert_rows!(all, [(Status::Closed, None), (Status::Closed, None)]);
    Ok(())
}

mod all {
    use orm::prelude::*;

    #[derive(serde::Serialize, serde::Deserialize, Clone, Debug, PartialEq)]
    pub struct Settings {
        pub theme: String,
        pub size: Option<u8>,
    }

    #[derive(Column, Clone, Debug, PartialEq)]
    pub struct Email(pub String);

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "all", ordering = [id])]
    pub struct Sample {
        pub id: i64,
        pub small: i16,
        pub big: i64,
        pub real: f32,
        pub double: f64,
        #[field(max_digits = 12, decimal_places = 3)]
        pub price: Decimal,
        pub blob: Vec<u8>,
        pub day: NaiveDate,
        pub hour: NaiveTime,
        pub local: NaiveDateTime,
        pub moment: DateTime<Utc>,
        pub uuid: Uuid,
        pub document: Value,
        pub settings: Json<Settings>,
        pub labels: Vec<String>,
        pub grid: Vec<Option<i32>>,
        pub ages: Range<i32>,
        pub stay: Option<Range<NaiveDate>>,
        pub network: IpNet,
        pub email: Email,
    }
}

#[tokio::test]
async fn a_column_of_every_type() -> Outcome {
    use all::{Email, Sample, Settings};
    let db = database!("api_types": Sample);
    let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
    let sample = draft!(Sample {
        small: i16::MIN,
        big: i64::MAX,
        real: 0.1_f32,
        double: f64::MIN_POSITIVE,
        price: "123456789.125".parse::<Decimal>()?,
        blob: vec![0_u8, 255, 10],
        day: day("0001-01-01"),
        hour: "23:59:59.999999".parse::<NaiveTime>()?,
        local: "2024-02-29T12:30:00.000001".parse::<NaiveDateTime>()?,
        moment: "1969-07-20T20:17:40.5Z".parse::<DateTime<Utc>>()?,
        uuid: Uuid::from_u128(0x0123_4567_89ab_cdef),
        document: json!({"a": [1, 2.5, null], "b": {"c": "ü"}}),
        settings: Json(Settings { theme: "dark".to_owned(), size: None }),
        labels: vec!["a,b".to_owned(), "\"q\"".to_owned(), String::new()],
        grid: vec![Some(1), None, Some(-3)],
        ages: Range::from(18..=65),
        stay: Some(Range::from(day("2024-01-01")..day("2024-01-08"))),
        network: "192.168.0.0/16".parse::<IpNet>()?,
        email: Email("ann@example.com".to_owned()),
    })
    .save(&db)
    .await?;
    assert_eq!(sample.price.to_string(), "123456789.125");
    assert_eq!(sample.ages, Range::from(18..66));
    let mut read = Sample::objects().get(&db).await?;
    assert_eq!(read, sample);
    // A second row, to see that what finds the first does not find everything.
    let empty = draft!(Sample {
        labels: Vec::<String>::new(),
        document: json!(null),
        ages: Range::<i32>::empty(),
        stay: None::<Range<NaiveDate>>,
        network: "::1/128".parse::<IpNet>()?,
        email: Email(String::new()),
        ..sample.clone()
    });
    let empty = empty.save(&db).await?;
    assert_eq!(Sample::objects().filter(|s| s.id().eq(empty.id)).get(&db).await?, empty);

    let find =
        async |q: Q<Sample>| Sample::objects().filter(|_| q).values(|s| s.id()).all(&db).await;
    let lookups = [
        Sample::q(|s| s.labels().contains(["a,b"])),
        Sample::q(|s| s.labels().overlap(["x", "\"q\""])),
        Sample::q(|s| s.labels().len().eq(3)),
        Sample::q(|s| s.labels().index(1).eq("\"q\"")),
        Sample::q(|s| s.document().key("b").key("c").eq("ü")),
        Sample::q(|s| s.document().ne(Value::Null)),
        Sample::q(|s| s.ages().contains(65)),
        Sample::q(|s| s.ages().overlap(60..70)),
        Sample::q(|s| s.ages().lower().eq(18)),
        Sample::q(|s| s.stay().contains(day("2024-01-07"))),
        Sample::q(|s| s.stay().isnull(false)),
        Sample::q(|s| s.network().eq("192.168.0.0/16".parse::<IpNet>().expect("a network"))),
        Sample::q(|s| s.email().eq(Email("ann@example.com".to_owned()))),
    ];
    for (place, lookup) in lookups.into_iter().enumerate() {
        assert_rows!(find(lookup.clone()).await?, [sample.id]);
        assert!(!find(!lookup).await?.contains(&sample.id), "lookup {place}");
    }
    for both in [
        Sample::q(|s| s.small().lt(0) & s.big().gt(0) & s.double().gt(0)),
        Sample::q(|s| {
            s.price().gt(5) & s.uuid().eq(sample.uuid) & s.blob().eq(sample.blob.clone())
        }),
        Sample::q(|s| s.moment().year().eq(1969) & s.local().minute().eq(30)),
        Sample::q(|s| s.hour().lte(NaiveTime::MIN).q() | s.day().lt(day("0001-01-02"))),
    ] {
        assert_rows!(find(both).await?, [sample.id, empty.id]);
    }
    read.settings.0.size = Some(3);
    read.grid.clear();
    read.save(&db).await?;
    assert_eq!(Sample::objects().first(&db).await?, Some(read));
    let stored = "SELECT settings ->> 'size' FROM all_sample ORDER BY id LIMIT 1";
    assert_eq!(scalar::<String>(&db, stored).await?, "3");
    Ok(())
}
