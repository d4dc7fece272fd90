//! JSON, arrays and ranges.

use crate::model::Book;
use crate::{holds, show};
use chrono::{DateTime, Days, Utc};
use orm_core::column::Range;
use orm_core::expr::Cast as _;
use serde_json::{Value, json};

#[test]
fn inside_of_json() {
    let b = Book::paths();
    holds::<Option<Value>>(b.meta().key("a"));
    holds::<Option<String>>(b.meta().key("a").text());
    holds::<Option<i32>>(b.meta().key("a").cast::<i32>());
    holds::<Option<Value>>(b.extra().merge(json!({})));
    holds::<Value>(b.name().to_json());
    assert_eq!(show(&b.meta().key("a").eq("x")), r#"(meta -> 'a') Eq json "x""#);
    assert_eq!(show(&b.meta().key("a").gt(5)), "(meta -> 'a') Gt json 5");
    assert_eq!(show(&b.meta().key("a").gt(1.5)), "(meta -> 'a') Gt json 1.5");
    assert_eq!(show(&b.meta().key("a").eq(true)), "(meta -> 'a') Eq json true");
    assert_eq!(show(&b.meta().key("a").eq(Value::Null)), "(meta -> 'a') Eq json null");
    assert_eq!(show(&b.meta().key("a").eq(None)), "(meta -> 'a') IS NULL");
    assert_eq!(show(&b.meta().key("a").isnull(false)), "(meta -> 'a') IS NOT NULL");
    assert_eq!(show(&b.meta().eq(json!({"a": 1}))), r#"meta Eq json {"a":1}"#);
    assert_eq!(show(&b.meta().key("a").index(-1)), "((meta -> 'a') -> -1)");
    assert_eq!(show(&b.meta().path(["a", "0"]).text()), "(meta #>> ['a', '0'])");
    assert_eq!(show(&b.meta().key("a").text().icontains("x")), "(meta ->> 'a') IContains 'x'");
    assert_eq!(
        show(&b.meta().key("a").cast::<i32>().gt(1)),
        "(meta ->> 'a')::numeric::integer Gt 1"
    );
    assert_eq!(show(&b.meta().text()), "(meta #>> ARRAY[]::text[])");
    assert!(show(&b.meta().key("a").in_(["x", "y"])).contains(r#"Values([Json(String("x"))"#));
    assert!(show(&b.meta().key("a").in_([1, 2])).contains("Json(Number(1))"));
    assert_eq!(show(&b.meta().contains(json!({"a": 1}))), r#"meta Operator("@>") json {"a":1}"#);
    assert_eq!(show(&b.settings().contains(json!([1]))), r#"settings Operator("@>") json [1]"#);
    assert_eq!(show(&b.extra().contained_by(json!([]))), r#"extra Operator("<@") json []"#);
    assert_eq!(show(&b.meta().has_key("a")), r#"meta Operator("?") 'a'"#);
    assert_eq!(show(&b.meta().has_keys(["a", "b"])), r#"meta Operator("?&") ['a', 'b']"#);
    assert_eq!(show(&b.settings().index(0).eq(1)), "(settings -> 0) Eq json 1");
}

#[test]
fn arrays() {
    let b = Book::paths();
    let list = vec!["x"];
    holds::<i32>(b.labels().len());
    holds::<Option<i32>>(b.scores().len());
    holds::<Option<String>>(b.labels().index(0));
    holds::<Option<i32>>(b.scores().index(0));
    holds::<Vec<String>>(b.labels().slice(0..2));
    holds::<Vec<String>>(b.labels().append("x"));
    holds::<bool>(b.labels().contains(["a"]));
    holds::<Option<bool>>(b.scores().contains([1]));
    assert_eq!(show(&b.labels().contains(["a", "b"])), r#"labels Operator("@>") ['a', 'b']"#);
    assert_eq!(show(&b.scores().contains([1, 2])), r#"scores Operator("@>") [1, 2]"#);
    assert_eq!(show(&b.labels().contains(&list)), r#"labels Operator("@>") ['x']"#);
    assert_eq!(show(&b.labels().contained_by(&list[..])), r#"labels Operator("<@") ['x']"#);
    assert_eq!(show(&b.labels().overlap(b.labels())), r#"labels Operator("&&") labels"#);
    assert_eq!(
        show(&b.labels().overlap([b.name(), b.name()])),
        r#"labels Operator("&&") ARRAY[name, name]::text[]"#
    );
    assert_eq!(show(&b.labels().eq(["a"])), "labels Eq ['a']");
    assert_eq!(show(&b.labels().eq(vec![String::new()])), "labels Eq ['']");
    assert_eq!(show(&b.labels().eq(&list[..])), "labels Eq ['x']");
    assert_eq!(show(&b.labels().eq(vec![])), "labels Eq []");
    assert_eq!(show(&b.labels().len().gt(2)), "CARDINALITY(labels) Gt 2");
    assert_eq!(show(&b.labels().index(0).eq("x")), "(labels)[1] Eq 'x'");
    assert_eq!(show(&b.labels().slice(0..2)), "(labels)[1:2]::text[]");
    assert_eq!(show(&b.labels().slice(1..)), "(labels)[2:]::text[]");
    assert_eq!(show(&b.labels().slice(..=2)), "(labels)[1:3]::text[]");
    assert_eq!(show(&b.labels().append(b.name())), "ARRAY_APPEND(labels::text[], name)");
}

#[test]
fn ranges() {
    let b = Book::paths();
    let now: DateTime<Utc> = Utc::now();
    let later = now + Days::new(1);
    holds::<Option<i32>>(b.seats().lower());
    holds::<Option<DateTime<Utc>>>(b.during().upper());
    holds::<bool>(b.seats().is_empty());
    holds::<Option<bool>>(b.during().lower_inf());
    holds::<Option<bool>>(b.during().contains(now));
    holds::<bool>(b.seats().contains(5));
    holds::<Option<bool>>(b.seats().lower().gt(5));
    let _ = b.during().contains(now..later);
    let _ = b.during().contains(b.created());
    let _ = b.during().contains(b.during());
    let _ = b.during().overlap(now..);
    let _ = b.during().eq(now..later);
    let _ = b.during().eq(None);
    let _ = b.created().contained_by(now..later);
    let _ = b.created().contained_by(b.during());
    let range = Range::from(1..=4);
    let _ = b.seats().contains(&range);
    let five = |text: &str| text.split(" Range").next().unwrap().to_owned();
    assert_eq!(show(&b.seats().contains(5)), r#"seats Operator("@>") 5"#);
    assert_eq!(five(&show(&b.seats().overlap(1..5))), r#"seats Operator("&&")"#);
    assert_eq!(five(&show(&b.pages().contained_by(1..=5))), r#"pages Operator("<@")"#);
    assert_eq!(five(&show(&b.seats().fully_lt(&range))), r#"seats Operator("<<")"#);
    assert_eq!(five(&show(&b.seats().adjacent_to(..7))), r#"seats Operator("-|-")"#);
    assert_eq!(show(&b.seats().lower().gt(5)), "LOWER(seats) Gt 5");
    assert_eq!(show(&b.seats().upper_inc()), "UPPER_INC(seats)");
}
