//! Functions, lookups and aggregates as the server calculates them.

use orm::Select;
use orm::column::{Inet, Json, Range};
use orm::expr::*;
use orm::model::Fields;
use orm::prelude::*;
use orm_testkit::TestDatabase;
use serde_json::{Value, json};

type Outcome = std::result::Result<(), Box<dyn std::error::Error + Send + Sync>>;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(table = "sample")]
pub struct Sample {
    pub id: i64,
    pub name: String,
    pub subtitle: Option<String>,
    pub pages: i32,
    pub year_out: Option<i32>,
    pub big: i64,
    pub small: i16,
    pub price: Decimal,
    pub discount: Option<Decimal>,
    pub rating: f64,
    pub weight: f32,
    pub in_print: bool,
    pub code: Uuid,
    pub created: DateTime<Utc>,
    pub published: NaiveDate,
    pub recorded: NaiveDateTime,
    pub opens: NaiveTime,
    pub lent_for: TimeDelta,
    pub meta: Value,
    pub settings: Json<Vec<i32>>,
    pub labels: Vec<String>,
    pub scores: Vec<Option<i32>>,
    pub grid: Vec<Vec<i32>>,
    pub seats: Range<i32>,
    pub during: Range<DateTime<Utc>>,
    pub host: Inet,
}

const TABLE: &str = r#"
CREATE TABLE sample (
    id bigint PRIMARY KEY, name text NOT NULL, subtitle text, pages int NOT NULL, year_out int,
    big bigint NOT NULL, small smallint NOT NULL, price numeric NOT NULL, discount numeric,
    rating float8 NOT NULL, weight float4 NOT NULL, in_print bool NOT NULL, code uuid NOT NULL,
    created timestamptz NOT NULL, published date NOT NULL, recorded timestamp NOT NULL,
    opens time NOT NULL, lent_for interval NOT NULL, meta jsonb NOT NULL,
    settings jsonb NOT NULL, labels text[] NOT NULL, scores int[] NOT NULL, grid int[] NOT NULL,
    seats int4range NOT NULL, during tstzrange NOT NULL, host inet NOT NULL
);
INSERT INTO sample VALUES (
    1, 'Django', NULL, 500, 2024, 5000000000, 7, 12.50, NULL, 2.25, 1.5, true,
    '00000000-0000-0000-0000-00000000000a', '2023-12-31 23:30:15.7+00', '2024-03-31',
    '2024-02-29 10:20:30', '08:15:59.9', '1 day 02:00:00',
    '{"lang": "en", "n": 5, "nil": null, "list": ["a", "b"], "deep": {"x": [1, {"y": "z"}]}}',
    '[3, 4]', '{a,b,c}', '{1,NULL,3}', '{{1,2},{3,4}}', '[1,5)', '[2024-01-01,2024-02-01)',
    '10.1.2.3/24'
), (
    2, 'Rust', 'x', 100, NULL, 1, 3, 7.50, 2.50, 4.0, 0.5, false,
    '00000000-0000-0000-0000-00000000000b', '2024-06-15 12:00:00+00', '2024-06-15',
    '2024-06-15 12:00:00', '12:00:00', '3 hours', '{"lang": "de"}', '[]', '{}', '{}', '{}',
    'empty', '(,)', '::1'
);
"#;

async fn database() -> std::result::Result<TestDatabase, orm_testkit::TestError> {
    TestDatabase::from_template("sample", async |db| db.batch_execute(TABLE).await).await
}

/// What an expression is for the first row.
async fn first<X: Select<Sample>>(
    db: &TestDatabase,
    expr: impl FnOnce(&Fields<Sample>) -> X,
) -> Result<X::Out> {
    let query = Sample::objects().filter(|s| s.id().eq(1)).values(expr);
    let sql = query.sql()?;
    let mut rows = query.all(&**db).await.map_err(|e| Error::usage(format!("{e}: {sql}")))?;
    rows.pop().ok_or_else(|| Error::usage("no row"))
}

/// The rows that a condition holds for, by their key.
async fn which<C: Condition<Sample>>(
    db: &TestDatabase,
    condition: impl FnOnce(&Fields<Sample>) -> C,
) -> Result<Vec<i64>> {
    let query = Sample::objects().filter(condition).order_by(|s| s.id()).values(|s| s.id());
    let sql = query.sql()?;
    query.all(&**db).await.map_err(|e| Error::usage(format!("{e}: {sql}")))
}

macro_rules! check {
    ($db:ident: $(|$s:ident| $expr:expr => $expected:expr;)*) => {
        $(
            let (source, expected) = (stringify!($expr), $expected);
            match first(&$db, |$s| $expr).await {
                Ok(found) => assert_eq!(found, expected, "{source}"),
                Err(error) => panic!("{source}: {error}"),
            }
        )*
    };
}

macro_rules! holds {
    ($db:ident: $(|$s:ident| $expr:expr => $expected:expr;)*) => {
        $(
            match which(&$db, |$s| $expr).await {
                Ok(found) => assert_eq!(found, $expected, "{}", stringify!($expr)),
                Err(error) => panic!("{}: {error}", stringify!($expr)),
            }
        )*
    };
}

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[tokio::test]
async fn text() -> Outcome {
    let db = database().await?;
    check! { db:
        |s| s.name().lower() => "django";
        |s| s.name().upper() => "DJANGO";
        |s| s.subtitle().upper() => None;
        |s| s.name().length() => 6;
        |s| s.name().lpad(8, "*").rpad(9, "-") => "**Django-";
        |s| concat((" ", s.name(), " ")).trim() => "Django";
        |s| concat((" ", s.name())).ltrim() => "Django";
        |s| concat((s.name(), " ")).rtrim() => "Django";
        |s| s.name().reverse() => "ognajD";
        |s| s.name().ord() => 68;
        |s| s.small().chr() => "\u{7}";
        |s| s.name().md5() => "ef0f93c83e374876a61da0d4d16f36ab";
        |s| s.name().sha224().length() => 56;
        |s| s.name().sha256().left(4) => "4445";
        |s| s.name().sha384().length() => 96;
        |s| s.name().sha512().length() => 128;
        |s| s.name().substr(2, 3) => "jan";
        |s| s.name().substr_from(3) => "ango";
        |s| s.name().left(2) => "Dj";
        |s| s.name().right(2) => "go";
        |s| s.name().repeat(2) => "DjangoDjango";
        |s| s.name().strpos("go") => 5;
        |s| s.name().replace("an", "AN") => "DjANgo";
        |s| s.name().slice(1..3) => "ja";
        |s| s.name().slice(4..) => "go";
        |s| concat((s.name(), " ", s.pages(), s.subtitle())) => "Django 500";
        |s| s.host().reverse() => "3.2.1.01";
    }
    holds! { db:
        |s| s.name().contains("ang") => [1];
        |s| s.name().icontains("ANG") => [1];
        |s| s.name().startswith("Ru") => [2];
        |s| s.name().istartswith("ru") => [2];
        |s| s.name().endswith("go") => [1];
        |s| s.name().iendswith("GO") => [1];
        |s| s.name().iexact("RUST") => [2];
        |s| s.name().regex("^(D|X)j") => [1];
        |s| s.name().iregex("^(d|x)J") => [1];
        |s| s.name().contains("%") => [0i64; 0];
        |s| s.name().contains(s.name().left(2)) => [1, 2];
        |s| s.code().cast::<String>().endswith("a") => [1];
        |s| s.host().startswith("10.1") => [1];
        |s| s.subtitle().isnull(true) => [1];
        |s| s.subtitle().eq(None) => [1];
        |s| s.name().collate("C").lt("E") => [1];
        |s| s.name().in_(["Rust", "Go"]) => [2];
        |s| s.name().in_((s.name().lower(), "Rust")) => [2];
        |s| s.name().range("A"..="E") => [1];
        |s| s.name().range("A".."Rust") => [1];
    }
    Ok(())
}

#[tokio::test]
async fn numbers() -> Outcome {
    let db = database().await?;
    check! { db:
        |s| s.pages() + 1 => 501;
        |s| s.pages() + s.big() => 5_000_000_500;
        |s| s.small() * s.pages() => 3500;
        |s| s.price() * 2 => dec("25.00");
        |s| s.price() * s.pages() => dec("6250.00");
        |s| s.price() - s.discount() => None;
        |s| s.rating() * 2 => 4.5;
        |s| s.pages() * 1.5 => 750.0;
        |s| s.weight() + 1.5 => 3.0;
        |s| s.weight() * s.pages() => 750.0;
        |s| s.pages() / 7 => 71;
        |s| s.pages() % 7 => 3;
        |s| s.price().modulo(5) => dec("2.50");
        |s| -s.pages() => -500;
        |s| value(5) - s.pages() => -495;
        |s| s.small().bitand(3).bitor(8).bitxor(1).shift_left(2) => 40;
        |s| (-s.pages()).abs() => 500;
        |s| (-s.small()).sign() => -1;
        |s| s.price().ceil() => dec("13");
        |s| s.weight().floor() => 1.0;
        |s| s.rating().round() => 2.0;
        |s| s.rating().round_to(1) => 2.3;
        |s| s.price().round_to(0) => dec("13");
        |s| (s.pages() * 5).sqrt() => 50.0;
        |s| s.small().power(2) => 49.0;
        |s| (s.price() * 2).sqrt() => dec("5.000000000000000");
        |s| s.rating().ln().exp().round_to(6) => 2.25;
        |s| (s.pages() * 2).log(10).round_to(6) => 3.0;
        |s| (s.price() * 8).log(10).round_to(2) => dec("2.00");
        |s| s.price().sin().round_to(3) => -0.066;
        |s| s.rating().cos().acos().round_to(3) => 2.25;
        |s| s.rating().atan2(1).round_to(2) => 1.15;
        |s| (s.rating() / 10).asin().tan().round_to(2) => 0.23;
        |s| s.rating().atan().cot().round_to(2) => 0.44;
        |s| (pi().degrees() / 60).radians().round_to(4) + s.rating() * 0 => 0.0524;
        |s| (random().floor() + s.rating()).floor() => 2.0;
    }
    holds! { db:
        |s| s.price().gt(10) & s.rating().lt(5) => [1];
        |s| s.pages().in_([100, 7]) => [2];
        |s| s.price().in_((s.discount(), dec("7.5"))) => [2];
        |s| s.pages().range(100..500) => [2];
        |s| s.big().lt(s.pages()) => [2];
        |s| s.discount().gt(1).is_true() => [2];
        |s| !s.in_print() | s.in_print() => [1, 2];
        |s| s.in_print() ^ s.in_print().eq(false) => [1, 2];
        |s| s.pages().contained_by(1..=100) => [2];
    }
    Ok(())
}

#[tokio::test]
async fn dates() -> Outcome {
    let db = database().await?;
    let berlin = "Europe/Berlin";
    check! { db:
        |s| s.published().year() => 2024;
        |s| s.published().iso_year() => 2024;
        |s| s.published().quarter() => 1;
        |s| s.published().month() => 3;
        |s| s.published().week() => 13;
        |s| s.published().day() => 31;
        |s| s.published().week_day() => 1;
        |s| s.published().iso_week_day() => 7;
        |s| s.created().year() => 2023;
        |s| s.created().in_zone(berlin).year() => 2024;
        |s| s.created().hour() => 23;
        |s| s.created().in_zone(berlin).hour() => 0;
        |s| s.created().minute() => 30;
        |s| s.created().second() => 15;
        |s| s.opens().second() => 59;
        |s| s.recorded().date() => day("2024-02-29");
        |s| s.recorded().time() => NaiveTime::from_hms_opt(10, 20, 30).unwrap();
        |s| s.created().date() => day("2023-12-31");
        |s| s.created().in_zone(berlin).date() => day("2024-01-01");
        |s| s.created().in_zone(berlin) => at("2023-12-31T23:30:15.7Z");
        |s| s.created().trunc_month() => at("2023-12-01T00:00:00Z");
        |s| s.created().in_zone(berlin).trunc_month() => at("2023-12-31T23:00:00Z");
        |s| s.created().in_zone(berlin).trunc_month().year() => 2024;
        |s| s.published().trunc_year() => day("2024-01-01");
        |s| s.published().trunc_quarter() => day("2024-01-01");
        |s| s.published().trunc_week() => day("2024-03-25");
        |s| s.recorded().trunc_day().date() => day("2024-02-29");
        |s| s.recorded().trunc_hour().minute() => 0;
        |s| s.opens().trunc_minute() => NaiveTime::from_hms_opt(8, 15, 0).unwrap();
        |s| s.opens().trunc_second() => NaiveTime::from_hms_opt(8, 15, 59).unwrap();
        |s| s.published() - day("2024-03-01") => TimeDelta::days(30);
        |s| s.published() + TimeDelta::hours(1) => day("2024-03-31").and_hms_opt(1, 0, 0).unwrap();
        |s| s.created() - TimeDelta::hours(1) => at("2023-12-31T22:30:15.7Z");
        |s| s.created() + s.lent_for() => at("2024-01-02T01:30:15.7Z");
        |s| s.created() - at("2023-12-30T23:30:15.7Z") => TimeDelta::days(1);
        |s| s.lent_for() * 2 => TimeDelta::hours(52);
        |s| s.lent_for() / 2 + TimeDelta::hours(1) => TimeDelta::hours(14);
        |s| -s.lent_for() => TimeDelta::hours(-26);
        |s| s.opens() + TimeDelta::minutes(1) - s.opens() => TimeDelta::minutes(1);
        |s| (now() - s.created()).gt(TimeDelta::days(1)) => true;
    }
    holds! { db:
        |s| s.created().year().eq(2024) => [2];
        |s| s.created().contained_by(at("2023-01-01T00:00:00Z")..at("2024-01-01T00:00:00Z")) => [1];
        |s| s.created().lt(now()) => [1, 2];
    }
    Ok(())
}

#[tokio::test]
async fn choices() -> Outcome {
    let db = database().await?;
    check! { db:
        |s| case().when(s.pages().gt(100), "long").otherwise("short") => "long";
        |s| case().when(s.pages().gt(900), 1).when(s.in_print(), s.pages()).otherwise(0) => 500;
        |s| case().when(s.pages().gt(900), s.price()).otherwise_null() => None;
        |s| coalesce((s.discount(), s.price())) => dec("12.50");
        |s| coalesce((s.discount(), 0)) + 1 => dec("1");
        |s| greatest((s.pages(), s.year_out(), 7)) => 2024;
        |s| least((s.pages(), 7)) => 7;
        |s| nullif(s.name(), "Django") => None;
        |s| s.rating().cast::<i32>() => 2;
        |s| s.pages().cast::<String>() => "500";
    }
    Ok(())
}

#[tokio::test]
async fn inside_of_json() -> Outcome {
    let db = database().await?;
    check! { db:
        |s| s.meta().key("lang") => Some(json!("en"));
        |s| s.meta().key("lang").text() => Some("en".to_owned());
        |s| s.meta().key("n").cast::<i32>() => Some(5);
        |s| s.meta().key("none") => None;
        |s| s.meta().key("nil").text() => None;
        |s| s.meta().key("list").index(-1).text() => Some("b".to_owned());
        |s| s.meta().path(["deep", "x", "1", "y"]).text() => Some("z".to_owned());
        |s| s.meta().key("list").text() => Some(r#"["a", "b"]"#.to_owned());
        |s| s.meta().key("n").merge(json!([6])) => Some(json!([5, 6]));
        |s| s.settings().index(0) => Some(json!(3));
        |s| s.settings() => Json(vec![3, 4]);
        |s| s.name().to_json() => json!("Django");
    }
    holds! { db:
        |s| s.meta().key("lang").eq("de") => [2];
        |s| s.meta().key("lang").in_(["de", "fr"]) => [2];
        |s| s.meta().key("n").gt(4) => [1];
        |s| s.meta().key("nil").eq(Value::Null) => [1];
        |s| s.meta().key("nil").isnull(true) => [2];
        |s| s.meta().key("lang").eq(s.meta().key("lang")) => [1, 2];
        |s| s.meta().key("lang").text().icontains("E") => [1, 2];
        |s| s.meta().eq(json!({"lang": "de"})) => [2];
        |s| s.meta().contains(json!({"lang": "en"})) => [1];
        |s| s.settings().contains(json!([3])) => [1];
        |s| s.meta().contained_by(json!({"lang": "de", "x": 1})) => [2];
        |s| s.meta().has_key("n") => [1];
        |s| s.meta().has_keys(["lang", "n"]) => [1];
        |s| s.meta().has_any_keys(["lang", "x"]) => [1, 2];
    }
    Ok(())
}

#[tokio::test]
async fn arrays() -> Outcome {
    let db = database().await?;
    let list = |items: &[&str]| items.iter().map(|s| s.to_string()).collect::<Vec<_>>();
    check! { db:
        |s| s.labels() => list(&["a", "b", "c"]);
        |s| s.scores() => [Some(1), None, Some(3)];
        |s| s.grid() => [[1, 2], [3, 4]];
        |s| s.labels().len() => 3;
        |s| s.labels().index(0) => Some("a".to_owned());
        |s| s.labels().index(9) => None;
        |s| s.scores().index(1) => None;
        |s| s.labels().slice(0..2) => list(&["a", "b"]);
        |s| s.labels().slice(1..) => list(&["b", "c"]);
        |s| s.labels().append(s.name()) => list(&["a", "b", "c", "Django"]);
    }
    holds! { db:
        |s| s.labels().contains(["a", "b"]) => [1];
        |s| s.labels().contained_by(["a", "b", "c", "d"]) => [1, 2];
        |s| s.labels().overlap(["c", "x"]) => [1];
        |s| s.labels().overlap(Sample::objects().values(|s| s.name())) => [0i64; 0];
        |s| s.labels().append(s.name()).overlap(Sample::objects().values(|s| s.name())) => [1, 2];
        |s| s.labels().eq(["a", "b", "c"]) => [1];
        |s| s.labels().len().eq(0) => [2];
        |s| s.scores().contains([3]) => [1];
    }
    Ok(())
}

#[tokio::test]
async fn ranges() -> Outcome {
    let db = database().await?;
    let (first, february) = (at("2024-01-01T00:00:00Z"), at("2024-02-01T00:00:00Z"));
    check! { db:
        |s| s.seats() => Range::from(1..=4);
        |s| s.during() => Range::from(first..february);
        |s| s.seats().lower() => Some(1);
        |s| s.during().upper() => Some(february);
        |s| s.seats().upper_inc() => false;
        |s| s.seats().lower_inc() => true;
        |s| s.host() => "10.1.2.3/24".parse::<Inet>().unwrap();
    }
    holds! { db:
        |s| s.seats().is_empty() => [2];
        |s| s.during().lower_inf() & s.during().upper_inf() => [2];
        |s| s.seats().contains(4) => [1];
        |s| s.seats().contains(2..4) => [1];
        |s| s.during().contains(first) => [1, 2];
        |s| s.during().contains(s.created()) => [2];
        |s| s.seats().contained_by(0..9) => [1, 2];
        |s| s.seats().overlap(4..9) => [1];
        |s| s.seats().fully_lt(5..) => [1];
        |s| s.seats().fully_gt(..1) => [1];
        |s| s.seats().not_lt(0..9) => [1];
        |s| s.seats().not_gt(0..9) => [1];
        |s| s.seats().adjacent_to(5..9) => [1];
        |s| s.seats().eq(1..5) => [1];
        |s| s.during().eq(Range::from(first..february)) => [1];
        |s| s.host().eq("::1".parse::<Inet>().unwrap()) => [2];
    }
    Ok(())
}

/// Inside of `values` an aggregate is over the rows of one model row: here over itself.
#[tokio::test]
async fn aggregates() -> Outcome {
    let db = database().await?;
    check! { db:
        |s| s.name().count() => 1;
        |s| s.subtitle().count() => 0;
        |s| count_all() + s.pages().count() => 2;
        |s| s.name().count().distinct() => 1;
        |s| s.pages().sum() => Some(500);
        |s| s.big().sum() => Some(5_000_000_000);
        |s| s.small().sum() => Some(7);
        |s| s.price().sum() => Some(dec("12.50"));
        |s| s.rating().sum() => Some(2.25);
        |s| s.weight().sum() => Some(1.5);
        |s| s.lent_for().sum() => Some(TimeDelta::hours(26));
        |s| s.pages().avg() => Some(500.0);
        |s| s.big().avg() => Some(5e9);
        |s| s.weight().avg() => Some(1.5);
        |s| s.price().avg().default(0).round_to(1) => dec("12.5");
        |s| s.lent_for().avg() => Some(TimeDelta::hours(26));
        |s| s.year_out().max() => Some(2024);
        |s| s.name().min() => Some("Django".to_owned());
        |s| s.discount().sum().default(0) => dec("0");
        |s| s.big().sum().filter(s.in_print().eq(false)).default(3) => 3;
        |s| s.pages().stddev() => Some(0.0);
        |s| s.price().variance() => Some(dec("0"));
        |s| s.big().stddev_samp() => None;
        |s| s.rating().variance_samp() => None;
        |s| s.in_print().bool_and() => Some(true);
        |s| s.in_print().bool_or() => Some(true);
        |s| s.pages().bit_and() => Some(500);
        |s| s.small().bit_or() => Some(7);
        |s| s.name().string_agg(", ").order_by(s.pages().desc()) => Some("Django".to_owned());
        |s| s.name().array_agg().order_by(s.name()) => Some(vec!["Django".to_owned()]);
        |s| s.subtitle().array_agg() => Some(vec![None]);
        |s| s.name().array_agg().filter(s.pages().lt(0)).default(vec![]) => Vec::<String>::new();
        |s| s.name().json_agg() => Some(json!(["Django"]));
        |s| s.pages().sum() * 2 => Some(1000);
    }
    Ok(())
}
