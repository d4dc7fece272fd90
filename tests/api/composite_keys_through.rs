//! A many-to-many relation between models with keys of two columns, over a model of its own whose
//! key is made of both.

use crate::support::{Outcome, database, in_order, says};
use orm::prelude::*;
use orm_testkit::{assert_num_queries, assert_rows};

mod models {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "ckt", primary_key = [row, place], ordering = [row, place])]
    pub struct Seat {
        pub row: i32,
        pub place: i32,
        pub price: i32,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "ckt", primary_key = [house, number], ordering = [house, number])]
    pub struct Guest {
        #[field(max_length = 10)]
        pub house: String,
        pub number: i16,
        #[field(through = Booking, related_name = "guests")]
        pub seats: ManyToMany<Seat>,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "ckt", primary_key = [seat, guest], ordering = [seat, guest])]
    pub struct Booking {
        #[field(columns = ["seat_row", "seat_place"], related_name = "bookings", on_delete = Cascade)]
        pub seat: ForeignKey<Seat>,
        #[field(columns = ["house", "number"], related_name = "bookings", on_delete = Cascade)]
        pub guest: ForeignKey<Guest>,
        pub note: String,
    }

    /// A key of four columns, which is not there for every row.
    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "ckt", ordering = [id])]
    pub struct Receipt {
        pub id: i64,
        #[field(columns = ["a", "b", "c", "d"], related_name = "receipts", on_delete = SetNull)]
        pub booking: Option<ForeignKey<Booking>>,
    }

    /// A key of eight fields, one of which has two columns.
    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "ckt", primary_key = [a, b, c, d, e, f, g, seat])]
    pub struct Wide {
        pub a: i16,
        pub b: i32,
        pub c: i64,
        pub d: bool,
        #[field(max_length = 5)]
        pub e: String,
        pub f: NaiveDate,
        pub g: i32,
        #[field(columns = ["seat_row", "seat_place"], related_name = "wide", on_delete = Cascade)]
        pub seat: ForeignKey<Seat>,
        pub note: String,
    }
}

use models::{Booking, Guest, Receipt, Seat, Wide};

type GuestKey = (String, i16);

fn guest_key(house: &str, number: i16) -> GuestKey {
    (house.to_owned(), number)
}

/// Seats (1, 1), (1, 2), (2, 1) and guests (red, 1), (red, 2), (blue, 1).
async fn rows(db: &Database) -> orm::Result<()> {
    let seats = [(1, 1, 10), (1, 2, 20), (2, 1, 30)];
    let seats = seats.map(|(r, p, c)| draft!(Seat { row: r, place: p, price: c }));
    Seat::objects().bulk_create(db, seats).await?;
    let guests = [("red", 1_i16), ("red", 2), ("blue", 1)];
    let guests = guests.map(|(h, n)| draft!(Guest { house: h, number: n }));
    Guest::objects().bulk_create(db, guests).await?;
    Ok(())
}

/// The database, with what two guests have booked.
async fn booked()
-> std::result::Result<orm_testkit::TestDatabase, Box<dyn std::error::Error + Send + Sync>> {
    let db = database!("api_composite_keys_through": Seat, Guest, Booking, Receipt, Wide; rows);
    let red = Guest::objects().get_by_key(&db, guest_key("red", 1)).await?;
    red.seats().add(&db, [(1, 1), (2, 1)]).through(|b| b.note().set("first")).await?;
    let blue = Guest::objects().get_by_key(&db, guest_key("blue", 1)).await?;
    let seat = Seat::objects().get_by_key(&db, (2, 1)).await?;
    seat.guests().add(&db, [&blue]).through(|b| b.note().set("second")).await?;
    Ok(db)
}

fn keys(seats: &[Seat]) -> Vec<(i32, i32)> {
    seats.iter().map(Seat::pk).collect()
}

#[tokio::test]
async fn rows_between_have_both_keys() -> Outcome {
    let db = booked().await?;
    let bookings = Booking::objects().values(|b| (b.pk(), b.note()));
    let sql = bookings.sql()?;
    assert!(!sql.contains("JOIN"), "{sql}");
    in_order(&sql, &["SELECT ", "\"seat_row\"", "\"seat_place\"", "\"house\"", "\"number\""]);
    let (red, blue) = (guest_key("red", 1), guest_key("blue", 1));
    let expected = [
        (((1, 1), red.clone()), "first".to_owned()),
        (((2, 1), blue.clone()), "second".to_owned()),
        (((2, 1), red.clone()), "first".to_owned()),
    ];
    assert_rows!(bookings.all(&db).await?, expected);
    let key = ((2, 1), blue.clone());
    assert_eq!(Booking::objects().get_by_key(&db, key.clone()).await?.note, "second");
    let found = Booking::objects().filter(|b| b.pk().gt(key.clone())).values(|b| b.guest().pk());
    assert_rows!(found.all(&db).await?, [red.clone()]);
    // Added again, a row stays as it is.
    let guest = Guest::objects().get_by_key(&db, red).await?;
    guest.seats().add(&db, [(1, 1)]).through(|b| b.note().set("again")).await?;
    assert_eq!(Booking::objects().filter(|b| b.note().eq("again")).count(&db).await?, 0);
    let error = guest.seats().add(&db, [(1, 2)]).await.unwrap_err();
    says(&error, &["`note`", "`Booking`", ".through("]);
    Ok(())
}

#[tokio::test]
async fn both_sides_are_followed() -> Outcome {
    let db = booked().await?;
    let guests = Guest::objects().prefetch_related(|g| g.seats());
    let guests = assert_num_queries!(db, 2, guests.all(&db).await?);
    let seats: Vec<_> = guests.iter().map(|(_, seats)| keys(seats)).collect();
    assert_rows!(seats, [vec![(2, 1)], vec![(1, 1), (2, 1)], vec![]]);
    let seats = Seat::objects().prefetch_related(|s| s.guests().objects().limit(1));
    let seats = assert_num_queries!(db, 2, seats.all(&db).await?);
    let first: Vec<_> = seats.iter().map(|(_, guests)| guests.first().map(Guest::pk)).collect();
    assert_rows!(first, [Some(guest_key("red", 1)), None, Some(guest_key("blue", 1))]);
    let dear = Guest::objects().filter(|g| g.seats().price().gt(20)).values(|g| g.pk());
    assert_rows!(dear.all(&db).await?, [guest_key("blue", 1), guest_key("red", 1)]);
    let not = Guest::objects().exclude(|g| g.seats().price().lt(20)).values(|g| g.pk());
    assert_rows!(not.all(&db).await?, [guest_key("blue", 1), guest_key("red", 2)]);
    let counted = Seat::objects().annotate(|s| s.guests().count()).order_by(|s| s.pk().asc());
    let counted = counted.all(&db).await?;
    let counted: Vec<i64> = counted.into_iter().map(|(_, guests)| guests).collect();
    assert_rows!(counted, [1, 0, 2]);
    // Each guest once, however many seats it has; and no guest is none.
    let by_row = Seat::objects().values(|s| s.row()).annotate(|s| s.guests().count().distinct());
    let by_row = by_row.order_by(|s| s.row().asc()).all(&db).await?;
    assert_rows!(by_row, [(1, 1), (2, 2)]);
    let all =
        Seat::objects().aggregate(&db, |s| (s.guests().count(), s.guests().count().distinct()));
    assert_eq!(all.await?, (3, 2));
    let kept = Receipt::objects().aggregate(&db, |r| r.booking().count()).await?;
    assert_eq!(kept, 0);
    let in_seats = Guest::objects().filter(|g| g.seats().in_([(1, 1), (1, 2)]));
    assert_rows!(in_seats.values(|g| g.pk()).all(&db).await?, [guest_key("red", 1)]);
    Ok(())
}

#[tokio::test]
async fn sets_are_replaced_and_taken_away() -> Outcome {
    let db = booked().await?;
    let red = Guest::objects().get_by_key(&db, guest_key("red", 1)).await?;
    let set = red.seats().set(&db, [(1, 2), (2, 1)]).through(|b| b.note().set("late"));
    set.await?;
    assert_eq!(keys(&red.seats().all(&db).await?), [(1, 2), (2, 1)]);
    let notes = red.bookings().values(|b| b.note());
    assert_rows!(notes.all(&db).await?, ["late".to_owned(), "first".to_owned()]);
    red.seats().remove(&db, [(2, 1)]).await?;
    assert_eq!(keys(&red.seats().all(&db).await?), [(1, 2)]);
    red.seats().clear(&db).await?;
    assert_eq!((red.seats().count(&db).await?, Booking::objects().count(&db).await?), (0, 1));
    Ok(())
}

#[tokio::test]
async fn a_nullable_key_of_four_columns() -> Outcome {
    let db = booked().await?;
    let key = ((1, 1), guest_key("red", 1));
    let booking = Booking::objects().get_by_key(&db, key.clone()).await?;
    let of = draft!(Receipt { booking: &booking }).save(&db).await?;
    let none = draft!(Receipt { booking: None }).save(&db).await?;
    let keys = Receipt::objects().values(|r| (r.id(), r.booking().pk()));
    assert_rows!(keys.all(&db).await?, [(of.id, Some(key.clone())), (none.id, None)]);
    let kept = |r: &Fields<Receipt>| (r.booking().count(), r.booking().count().distinct());
    assert_eq!(Receipt::objects().aggregate(&db, kept).await?, (1, 1));
    let guests = Receipt::objects().values(|r| r.booking().guest().pk());
    assert!(!guests.sql()?.contains("JOIN"), "{}", guests.sql()?);
    assert_rows!(guests.all(&db).await?, [Some(guest_key("red", 1)), None]);
    let rows = Receipt::objects().select_related(|r| r.booking().seat()).all(&db).await?;
    let prices: Vec<_> = rows.iter().map(|(_, seat)| seat.as_ref().map(|s| s.price)).collect();
    assert_rows!(prices, [Some(10), None]);
    // What a deletion takes along is counted, over keys of four columns.
    let deleted = Seat::objects().filter(|s| s.pk().eq((1, 1))).delete(&db).await?;
    assert_eq!((deleted.total, deleted.of::<Booking>()), (2, 1));
    assert_rows!(keys.all(&db).await?, [(of.id, None), (none.id, None)]);
    Ok(())
}

#[tokio::test]
async fn a_key_of_nine_columns() -> Outcome {
    let db = booked().await?;
    let day = chrono::NaiveDate::from_ymd_opt(2026, 2, 3).expect("a day");
    let key = |g: i32| (1_i16, 2, 3_i64, true, "e".to_owned(), day, g, (1, 2));
    for g in [5, 6, 7] {
        let seat = ForeignKey::<Seat>::new((1, 2));
        let wide =
            draft!(Wide { a: 1, b: 2, c: 3, d: true, e: "e", f: day, g: g, seat: seat, note: "n" });
        assert_eq!(wide.save(&db).await?.pk(), key(g));
    }
    let mut wide = Wide::objects().get_by_key(&db, key(6)).await?;
    wide.note = "changed".to_owned();
    wide.save(&db).await?;
    let after = Wide::objects().filter(|w| w.pk().gte(key(6))).order_by(|w| w.pk().desc());
    let notes = after.values(|w| (w.pk(), w.note())).all(&db).await?;
    assert_rows!(notes, [(key(7), "n".to_owned()), (key(6), "changed".to_owned())]);
    let some = Wide::objects().filter(|w| w.pk().in_([key(5), key(7), key(9)]));
    assert_eq!(some.count(&db).await?, 2);
    let seat = Seat::objects().get_by_key(&db, (1, 2)).await?;
    assert_eq!(seat.wide().filter(|w| w.note().eq("n")).count(&db).await?, 2);
    wide.delete(&db).await?;
    assert_eq!(seat.delete(&db).await?.total, 3);
    Ok(())
}
