//! Every type that a key can be of: children find their parents, and parents their children.

use super::table::{Email, date, decimal, micros};
use crate::support::Outcome;
use orm::column::{HStore, Inet, Interval};
use orm::prelude::*;
use std::net::IpAddr;

#[derive(Choices, Clone, Copy, Debug, PartialEq)]
pub enum Third {
    #[choice("1")]
    One,
    #[choice("it's")]
    Two,
    #[choice("")]
    Three,
}

macro_rules! keys {
    ($($name:ident $back:literal $related:ident: $t:ty = $edges:expr;)*) => {
        #[derive(Model, Clone, Debug)]
        #[model(app = "sweep_keys", ordering = [id])]
        pub struct Parent {
            pub id: i64,
            $(#[field(unique)] pub $name: $t,)*
        }

        #[derive(Model, Clone, Debug)]
        #[model(app = "sweep_keys", ordering = [id])]
        pub struct Child {
            pub id: i64,
            $(
                #[field(on_delete = Cascade, to_field = $name, related_name = $back)]
                pub $name: ForeignKey<Parent, $t>,
            )*
        }

        fn parent(row: usize) -> orm::DynDraft<Parent> {
            let mut parent = Parent::dyn_draft();
            $(parent = parent.set(stringify!($name), Vec::<$t>::from($edges)[row].clone());)*
            parent
        }

        fn child(row: usize) -> orm::DynDraft<Child> {
            let mut child = Child::dyn_draft();
            $(child = child.set(stringify!($name), Vec::<$t>::from($edges)[row].clone());)*
            child
        }

        async fn prefetches(db: &Database) -> Outcome {
            let expected: Vec<(i64, Vec<i64>)> = vec![(1, vec![1, 4]), (2, vec![2, 5]), (3, vec![3])];
            $({
                let name = stringify!($name);
                let rows = Parent::objects().prefetch_related(|p| p.$related()).all(db).await;
                let rows = rows.map_err(|e| format!("{name}: {e:?}"))?;
                let found: Vec<(i64, Vec<i64>)> = rows
                    .iter()
                    .map(|(parent, children)| (parent.id, children.iter().map(|c| c.id).collect()))
                    .collect();
                assert_eq!(found, expected, "{name}");
                let rows = Child::objects().prefetch_related(|c| c.$name()).all(db).await;
                let rows = rows.map_err(|e| format!("{name}: {e:?}"))?;
                let found: Vec<(i64, i64)> = rows.iter().map(|(c, p)| (c.id, p.id)).collect();
                assert_eq!(found, [(1, 1), (2, 2), (3, 3), (4, 1), (5, 2)], "{name}");
                let joined = Child::objects().filter(|c| c.$name().id().eq(2)).count(db).await?;
                assert_eq!(joined, 2, "{name}");
            })*
            Ok(())
        }
    };
}
keys! {
    small "by_small" by_small: i16 = [0, -1, 256];
    int "by_int" by_int: i32 = [0, i32::MIN, 1 << 24];
    big "by_big" by_big: i64 = [0, i64::MIN, 1 << 40];
    double "by_double" by_double: f64 = [-0.0, 1.5, f64::INFINITY];
    number "by_number" by_number: Decimal = [decimal("0.00"), decimal("1.50"), decimal("1e-20")];
    text "by_text" by_text: String = [String::new(), "a".to_owned(), "a ".to_owned()];
    bytes "by_bytes" by_bytes: Vec<u8> = [vec![], vec![0], vec![0, 0]];
    day "by_day" by_day: NaiveDate = [date(-43, 3, 15), date(2000, 1, 1), NaiveDate::MAX];
    hour "by_hour" by_hour: NaiveTime = [
        NaiveTime::MIN, micros(date(1, 1, 1), 1).time(), micros(date(1, 1, 1), 86_399_999_999).time()
    ];
    moment "by_moment" by_moment: DateTime<Utc> = [
        micros(date(-43, 3, 15), 1).and_utc(), DateTime::UNIX_EPOCH,
        micros(date(10_000, 1, 1), 0).and_utc()
    ];
    lasted "by_lasted" by_lasted: TimeDelta = [
        TimeDelta::zero(), TimeDelta::hours(24), -TimeDelta::microseconds(1)
    ];
    term "by_term" by_term: Interval = [
        Interval::default(), Interval::months(1), Interval::days(31)
    ];
    key "by_key" by_key: Uuid = [Uuid::nil(), Uuid::from_u128(1), Uuid::max()];
    address "by_address" by_address: IpAddr = [
        "0.0.0.0".parse().unwrap(), "::".parse().unwrap(), "10.0.0.1".parse().unwrap()
    ];
    document "by_document" by_document: Value = [json!({}), json!({"a": 1}), json!([1.5])];
    state "by_state" by_state: Third = [Third::One, Third::Two, Third::Three];
    single "by_single" by_single: f32 = [-0.0, 0.1, f32::NEG_INFINITY];
    local "by_local" by_local: NaiveDateTime = [
        micros(date(-43, 3, 15), 1), micros(date(2000, 1, 1), 0), micros(date(10_000, 1, 1), 7)
    ];
    host "by_host" by_host: Inet = [
        "10.1.2.3/24".parse().unwrap(), "10.1.2.3".parse().unwrap(), "::1/64".parse().unwrap()
    ];
    network "by_network" by_network: IpNet = [
        "0.0.0.0/0".parse().unwrap(), "10.0.0.0/8".parse().unwrap(), "2001:db8::/32".parse().unwrap()
    ];
    pairs "by_pairs" by_pairs: HStore = [
        HStore::default(), HStore::from([("a", Some("1"))]), HStore::from([("a", None::<&str>)])
    ];
    email "by_email" by_email: Email = [
        Email("a".to_owned()), Email("A".to_owned()), Email(String::new())
    ];
    bigs "by_bigs" by_bigs: Range<i64> = [Range::from(..=7), Range::empty(), Range::from(1..)];
    numbers "by_numbers" by_numbers: Range<Decimal> = [
        Range::from(decimal("0.00")..=decimal("1.50")), Range::empty(), Range::from(..)
    ];
    days "by_days" by_days: Range<NaiveDate> = [
        Range::from(date(-43, 3, 15)..), Range::empty(), Range::from(..date(10_000, 1, 1))
    ];
    typed "by_typed" by_typed: Json<Vec<f64>> = [
        Json(vec![]), Json(vec![0.1]), Json(vec![3e307])
    ];
    span "by_span" by_span: Range<i32> = [Range::empty(), Range::from(1..5), Range::from(..)];
}

#[tokio::test]
async fn prefetch_by_keys_of_every_type() -> Outcome {
    let t = orm_testkit::TestDatabase::empty().await?;
    let db: &Database = &t;
    create_tables::<(Parent, Child)>(db).await?;
    for row in 0..3 {
        parent(row).save(db).await?;
    }
    for row in [0, 1, 2, 0, 1] {
        child(row).save(db).await?;
    }
    prefetches(db).await
}
