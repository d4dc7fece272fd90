//! What the rows are grouped by: by what `values` selects, whatever that holds and whatever came
//! before, until the next aggregate.

use crate::support::{Outcome, database, says};
use orm::Fields;
use orm::prelude::*;
use orm_testkit::{TestDatabase, assert_rows_unordered};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "grouping")]
pub struct Person {
    pub id: i64,
    pub name: String,
    pub age: i32,
    pub vip: bool,
    #[field(related_name = "friend_of")]
    pub friends: ManyToMany<Self>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "grouping")]
pub struct Order {
    pub id: i64,
    pub total: i32,
    pub shipped: bool,
    #[field(on_delete = Cascade, related_name = "orders")]
    pub person: ForeignKey<Person>,
}

type Opened = std::result::Result<TestDatabase, orm_testkit::TestError>;

async fn people() -> Opened {
    Ok(database!("grouping": Person, Order; rows))
}

/// X of 10, 20 and 20, F of 1; the first two have orders, one each and two, of which one is shipped.
async fn rows(db: &Database) -> Result<()> {
    let people = [("X", 10, true), ("X", 20, false), ("X", 20, false), ("F", 1, true)];
    let drafts = people.map(|(name, age, vip)| draft!(Person { name, age, vip }));
    Person::objects().bulk_create(db, drafts).await?;
    let orders = [(1, 5, false), (2, 7, true), (2, 9, false)];
    let drafts = orders.map(|(person, total, shipped)| draft!(Order { person, total, shipped }));
    Order::objects().bulk_create(db, drafts).await?;
    Ok(())
}

fn name(text: &str) -> String {
    text.to_owned()
}

#[tokio::test]
async fn values_group_by_expressions_that_hold_queries() -> Outcome {
    let db = people().await?;
    let shipped = |p: &Fields<Person>| exists(p.orders().objects().filter(|o| o.shipped()));
    let groups = Person::objects().values(shipped).annotate(|p| p.id().count());
    assert_rows_unordered!(groups.all(&db).await?, [(false, 3), (true, 1)]);
    assert_eq!(groups.count(&db).await?, 2);
    assert_rows_unordered!(
        groups.clone().filter(|p| p.id().count().gt(1)).all(&db).await?,
        [(false, 3)]
    );
    let ordered = groups.clone().order_by(|p| (shipped(p).desc(), p.id().count()));
    assert_eq!(ordered.all(&db).await?, [(true, 1), (false, 3)]);
    let case = Person::objects()
        .values(|p| case().when(shipped(p), "yes").otherwise("no"))
        .annotate(|p| p.id().count());
    assert_rows_unordered!(case.all(&db).await?, [(name("no"), 3), (name("yes"), 1)]);
    let both = Person::objects().values(|p| (p.vip(), shipped(p))).annotate(|p| p.id().count());
    assert_rows_unordered!(
        both.all(&db).await?,
        [(true, false, 2), (false, true, 1), (false, false, 1)]
    );
    let not = Person::objects().values(|p| !shipped(p)).annotate(|p| p.id().count());
    assert_rows_unordered!(not.all(&db).await?, [(true, 3), (false, 1)]);
    let and = Person::objects().values(|p| shipped(p) & !p.vip()).annotate(|p| p.id().count());
    assert_rows_unordered!(and.all(&db).await?, [(false, 3), (true, 1)]);
    let among = Person::objects()
        .values(|p| {
            p.id().in_(Order::objects().filter(|o| o.total().gt(6)).values(|o| o.person().id()))
        })
        .annotate(|p| p.age().sum());
    assert_rows_unordered!(among.all(&db).await?, [(false, Some(31)), (true, Some(20))]);
    let last = |p: &Fields<Person>| {
        let orders = p.orders().objects().order_by(|o| o.id().desc());
        subquery(orders.values(|o| o.shipped()).limit(1))
    };
    let by_last =
        Person::objects().values(|p| coalesce((last(p), true))).annotate(|p| p.id().count());
    assert_rows_unordered!(by_last.all(&db).await?, [(false, 2), (true, 2)]);
    assert_rows_unordered!(
        by_last.clone().filter(|p| last(p).isnull(true) | p.id().count().gt(5)).all(&db).await?,
        [(true, 2)]
    );
    Ok(())
}

#[tokio::test]
async fn values_group_by_sql_of_ones_own() -> Outcome {
    let db = people().await?;
    let long = |_: &Fields<Person>| raw_expr::<i32>("age / 10", params![]);
    let groups = Person::objects().values(long).annotate(|p| p.id().count());
    assert_rows_unordered!(groups.all(&db).await?, [(0, 1), (1, 1), (2, 2)]);
    assert_eq!(groups.count(&db).await?, 3);
    let with_value = Person::objects()
        .values(|_| raw_expr::<i32>("age / $1", params![10]))
        .annotate(|p| p.id().count())
        .order_by(|p| p.id().count().desc());
    assert_eq!(with_value.first(&db).await?, Some((2, 2)));
    Ok(())
}

#[tokio::test]
async fn an_aggregate_before_values_does_not_decide_the_groups_of_one_after() -> Outcome {
    let db = people().await?;
    let expected = [(name("X"), Some(50)), (name("F"), Some(1))];
    let of_name = |people: QuerySet<Person, String>| people.annotate(|p| p.age().sum());
    let counted = Person::objects().annotate(|p| p.friends().count());
    assert_rows_unordered!(of_name(counted.values(|p| p.name())).all(&db).await?, expected);
    let filtered = Person::objects().filter(|p| p.friends().count().eq(0));
    assert_rows_unordered!(of_name(filtered.values(|p| p.name())).all(&db).await?, expected);
    let ordered = Person::objects().order_by(|p| p.friends().count());
    assert_rows_unordered!(of_name(ordered.values(|p| p.name())).all(&db).await?, expected);
    let both = Person::objects()
        .annotate(|p| p.friends().count())
        .values(|p| (p.name(), p.friends().count()))
        .annotate(|p| p.age().sum());
    assert_rows_unordered!(
        both.all(&db).await?,
        [(name("X"), 0, Some(50)), (name("F"), 0, Some(1))]
    );
    let again = Person::objects()
        .values(|p| (p.name(), p.age()))
        .annotate(|p| p.friends().count())
        .values(|p| p.name());
    assert_rows_unordered!(of_name(again.clone()).all(&db).await?, expected);
    assert_eq!(of_name(again.clone()).count(&db).await?, 2);
    assert_rows_unordered!(again.all(&db).await?, [name("X"), name("X"), name("F")]);
    // One condition more on the aggregate that is known does not group anew; a new one does.
    let counted = Person::objects().annotate(|p| p.friends().count()).values(|p| p.name());
    let known = counted.clone().filter(|p| p.friends().count().lt(1));
    assert_rows_unordered!(known.all(&db).await?, [name("X"), name("X"), name("X"), name("F")]);
    let new = counted.filter(|p| p.id().count().gt(1));
    assert_rows_unordered!(new.all(&db).await?, [name("X")]);
    Ok(())
}

#[tokio::test]
async fn a_column_beside_an_aggregate_stays_in_the_groups() -> Outcome {
    let db = people().await?;
    let names = [name("F"), name("X"), name("X")];
    let sums = Person::objects().values(|p| p.name()).annotate(|p| p.age().sum() + p.age());
    assert_eq!(sums.count(&db).await?, 3);
    let later = sums.clone().values(|p| p.name());
    assert_rows_unordered!(later.all(&db).await?, names.clone());
    assert_eq!(later.count(&db).await?, 3);
    let two = Person::objects().values(|p| p.name()).annotate(|p| (p.age(), p.age().sum()));
    assert_rows_unordered!(two.values(|p| p.name()).all(&db).await?, names);
    let sum = sums.values(|p| (p.name(), p.age().sum()));
    assert_rows_unordered!(
        sum.all(&db).await?,
        [(name("X"), Some(40)), (name("X"), Some(10)), (name("F"), Some(1))]
    );
    Ok(())
}

#[tokio::test]
async fn selecting_fewer_columns_changes_no_value() -> Outcome {
    let db = people().await?;
    let people = Person::objects().order_by(|p| p.id()).all(&db).await?;
    for person in people.iter().take(2) {
        person.friends().add(&db, [&people[3]]).await?;
    }
    let comb = |p: &Fields<Person>| p.age().sum() + p.friends().age();
    let sums = Person::objects().filter(|p| p.friends().age().eq(1)).values(|p| p.name());
    let sums = sums.annotate(comb).values(|p| (p.name(), comb(p)));
    assert_rows_unordered!(sums.all(&db).await?, [(name("X"), Some(31))]);
    let ages = Person::objects().filter(|p| p.friends().age().eq(1)).values(|p| p.name());
    let ages = ages.annotate(|p| (p.age(), comb(p))).values(|p| (p.name(), comb(p)));
    assert_rows_unordered!(ages.all(&db).await?, [(name("X"), Some(11)), (name("X"), Some(21))]);
    Ok(())
}

#[tokio::test]
async fn groups_of_groups_are_refused_with_the_cure() -> Outcome {
    let db = people().await?;
    let histogram = Person::objects()
        .annotate(|p| p.orders().count())
        .values(|p| p.orders().count())
        .annotate(|p| p.id().count());
    says(
        &histogram.all(&db).await.expect_err("nothing to group by"),
        &["nothing but aggregates", ".nested()"],
    );
    let nested = Person::objects().values(|p| (p.id(), p.orders().count())).nested();
    let nested = nested.values(|(_, n)| n.clone()).annotate(|(id, _)| id.count());
    assert_rows_unordered!(nested.all(&db).await?, [(0, 2), (1, 1), (2, 1)]);
    let cure = &["inside of another", ".nested()"];
    let twice = [
        Person::objects().values(|p| p.orders().count().max()).sql(),
        Person::objects().annotate(|p| p.orders().count().max()).sql(),
        Person::objects().values(|p| p.name()).annotate(|p| p.age().sum().avg()).sql(),
        Person::objects().filter(|p| p.orders().count().count().gt(1)).sql(),
        Person::objects().order_by(|p| p.orders().count().max()).sql(),
        Person::objects()
            .annotate(|p| case().when(p.orders().count().gt(1), 1).otherwise(0).sum())
            .sql(),
        Person::objects().annotate(|p| p.age().sum().filter(p.orders().count().gt(1))).sql(),
    ];
    for sql in twice {
        says(&sql.expect_err("an aggregate of an aggregate"), cure);
    }
    let orders = Person::objects().aggregate(&db, |p| p.orders().count().max());
    assert_eq!(orders.await?, Some(2));
    let default = Person::objects().aggregate(&db, |p| p.age().sum().default(p.id().count()));
    assert_eq!(default.await?, 51);
    Ok(())
}

#[tokio::test]
async fn totals_of_groups_read_what_the_groups_have() -> Outcome {
    let db = people().await?;
    let groups = Person::objects().values(|p| p.vip()).annotate(|p| p.id().count());
    let error = groups.aggregate(&db, |p| p.id().max()).await.expect_err("`id` is no group");
    says(&error, &["an aggregate over groups reads `id`", "`values`"]);
    assert_eq!(groups.aggregate(&db, |p| p.id().count().max()).await?, Some(2));
    assert_eq!(groups.aggregate(&db, |p| p.vip().count()).await?, 2);
    Ok(())
}

#[tokio::test]
async fn aggregates_of_the_next_values_group_by_those_before() -> Outcome {
    let db = people().await?;
    let ages = Person::objects().values(|p| p.name()).values(|p| p.age().sum());
    assert!(ages.sql()?.ends_with("GROUP BY t0.\"name\""), "{}", ages.sql()?);
    assert_rows_unordered!(ages.all(&db).await?, [Some(50), Some(1)]);
    assert_eq!(ages.count(&db).await?, 2);
    let named = Person::objects().values(|p| p.vip()).values(|p| (p.id().count(), p.name()));
    assert_rows_unordered!(named.all(&db).await?, [(1, name("X")), (2, name("X")), (1, name("F"))]);
    // Without an aggregate nothing is grouped, and before `values` there are the rows themselves.
    let plain = Person::objects().values(|p| p.name()).values(|p| p.vip());
    assert_eq!(plain.all(&db).await?.len(), 4);
    let each = Person::objects().values(|p| p.orders().count());
    assert_rows_unordered!(each.all(&db).await?, [1, 2, 0, 0]);
    // An ordering groups as well, also where it is left out.
    let ordered = Person::objects().values(|p| p.name()).order_by(|p| p.age().sum());
    assert_eq!(ordered.all(&db).await?, [name("F"), name("X")]);
    assert_eq!(ordered.count(&db).await?, 2);
    // One by what is not selected makes more of them, which a slice counts.
    let more = Person::objects().values(|p| p.name()).annotate(|p| p.id().count());
    let more = more.order_by(|p| p.vip()).limit(10);
    assert_rows_unordered!(more.all(&db).await?, [(name("X"), 2), (name("X"), 1), (name("F"), 1)]);
    assert_eq!(more.count(&db).await?, 3);
    let nested = Person::objects().order_by(|p| p.id()).limit(3).nested();
    let nested = nested.values(|p| p.name()).values(|p| p.id().count());
    assert_eq!(nested.all(&db).await?, [3_i64]);
    Ok(())
}

#[tokio::test]
async fn what_is_the_same_for_all_rows_makes_one_group() -> Outcome {
    let db = people().await?;
    let any = |_: &Fields<Person>| exists(Order::objects());
    let groups = [
        Person::objects().values(any).values(|p| p.orders().count()),
        Person::objects().values(any).annotate(|p| p.id().count()).values(|p| p.orders().count()),
        Person::objects().values(|_| Q::all()).values(|p| p.orders().count()),
        Person::objects().values(|_| orm::expr::value(7)).values(|p| p.orders().count()),
    ];
    for group in groups {
        assert_eq!(group.all(&db).await?, [3_i64], "{}", group.sql()?);
        assert_eq!(group.count(&db).await?, 1);
        // No rows make no group.
        let none = group.filter(|p| p.name().eq("nobody"));
        assert!(none.all(&db).await?.is_empty());
    }
    Ok(())
}

#[tokio::test]
async fn what_is_annotated_groups_for_as_long_as_it_is_selected() -> Outcome {
    let db = people().await?;
    let counted = Person::objects().annotate(|p| p.orders().total()).annotate(|p| p.id().count());
    assert_eq!(counted.all(&db).await?.len(), 5);
    // One group for each person, as in Django: the totals are not selected any more.
    let named = counted.clone().values(|p| (p.name(), p.id().count()));
    assert!(named.sql()?.ends_with("GROUP BY t0.\"id\""), "{}", named.sql()?);
    let expected = [(name("X"), 1), (name("X"), 2), (name("X"), 1), (name("F"), 1)];
    assert_rows_unordered!(named.all(&db).await?, expected);
    assert_eq!(named.count(&db).await?, 4);
    let with_totals = counted.values(|p| (p.orders().total(), p.id().count()));
    assert_rows_unordered!(
        with_totals.all(&db).await?,
        [(Some(5), 1), (Some(7), 1), (Some(9), 1), (None, 1), (None, 1)]
    );
    // What `values` has selected goes on to group.
    let values = Person::objects().values(|p| (p.name(), p.orders().total()));
    let values = values.annotate(|p| p.id().count()).values(|p| (p.name(), p.id().count()));
    assert_eq!(values.all(&db).await?.len(), 5);
    Ok(())
}

#[tokio::test]
async fn groups_by_what_never_holds_are_counted_in_any_order() -> Outcome {
    let db = people().await?;
    let never = |p: &Fields<Person>| exists(p.orders().objects().filter(|_| !Q::all()));
    let groups = Person::objects()
        .values(never)
        .annotate(|p| p.id().count())
        .order_by(|p| (never(p).desc(), p.age().sum()))
        .limit(2);
    assert_eq!(groups.count(&db).await?, 1);
    assert_eq!(groups.all(&db).await?, [(false, 4)]);
    Ok(())
}

#[tokio::test]
async fn values_group_by_what_a_set_operation_says_of_a_row() -> Outcome {
    let db = people().await?;
    let ordered = |p: &Fields<Person>| {
        let own = Order::objects().filter(|o| o.person().id().eq(outer_ref(p.id())));
        exists(own.union(Order::objects().filter(|o| o.total().gt(100))))
    };
    let groups = Person::objects().values(ordered).annotate(|p| p.id().count());
    assert_rows_unordered!(groups.all(&db).await?, [(true, 2), (false, 2)]);
    let both = Person::objects().values(|p| (p.name(), ordered(p))).annotate(|p| p.id().count());
    assert_rows_unordered!(
        both.all(&db).await?,
        [(name("X"), true, 2), (name("X"), false, 1), (name("F"), false, 1)]
    );
    Ok(())
}
