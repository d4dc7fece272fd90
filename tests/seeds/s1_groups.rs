//! The scrap book: groups, aggregates, subqueries, functions of one's own, unions.

use crate::support::{Outcome, database, in_order, scalar};
use orm::prelude::*;
use orm_testkit::{assert_num_queries, assert_rows, assert_rows_unordered};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "groups", table = "groups_user")]
pub struct User {
    pub id: i64,
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub age: i32,
    pub is_active: bool,
    pub joined: NaiveDate,
}

/// Six users: two first names twice, joined in 2019 and 2020.
async fn users(db: &Database) -> Result<()> {
    let day = |year, month| NaiveDate::from_ymd_opt(year, month, 1).ok_or(Error::usage("a day"));
    for (first, last, age, active, joined) in [
        ("John", "Jones", 30, true, day(2019, 1)?),
        ("John", "Doe", 40, false, day(2019, 5)?),
        ("Rosa", "Diaz", 25, true, day(2020, 2)?),
        ("Rick", "Rubin", 60, true, day(2020, 2)?),
        ("Rosa", "Ruiz", 35, true, day(2020, 3)?),
        ("Zeus", "Zed", 99, false, day(2020, 4)?),
    ] {
        let email = format!("{first}.{last}@x.org").to_lowercase();
        let draft = draft!(User { first_name: first, last_name: last, email, age, joined });
        draft.with(|d| d.is_active, active).save(db).await?;
    }
    Ok(())
}

macro_rules! users {
    () => {
        database!("seeds_groups_users": User; users)
    };
}

#[tokio::test]
async fn s1_20_rows_with_duplicates_in_a_column() -> Outcome {
    let db = users!();
    let duplicates = User::objects()
        .values(|u| u.first_name())
        .annotate(|u| u.first_name().count())
        .filter(|u| u.first_name().count().gt(1));
    let sql = duplicates.sql()?;
    in_order(&sql, &["GROUP BY", "first_name", "HAVING", "COUNT", "> $1"]);
    let names = [("John".to_owned(), 2), ("Rosa".to_owned(), 2)];
    assert_rows_unordered!(duplicates.all(&db).await?, names);
    // The names alone are selected by another `values`: the groups stay.
    let names = duplicates.values(|u| u.first_name());
    let users = User::objects().filter(|u| u.first_name().in_(names)).order_by(|u| u.id());
    let ids = assert_num_queries!(db, 1, users.values(|u| u.id()).all(&db).await?);
    assert_rows!(ids, [1, 2, 3, 5]);
    Ok(())
}

#[tokio::test]
async fn s1_22_values_that_differ_and_counts_of_groups() -> Outcome {
    let db = users!();
    let names = User::objects().values(|u| u.first_name()).distinct().order_by(|u| u.first_name());
    assert_rows!(names.all(&db).await?, ["John", "Rick", "Rosa", "Zeus"]);

    let active = User::objects().values(|u| u.is_active()).annotate(|u| u.id().count());
    assert_rows_unordered!(active.all(&db).await?, [(true, 4), (false, 2)]);
    let names_of = User::objects()
        .values(|u| u.is_active())
        .annotate(|u| (u.id().count(), u.first_name().count().distinct()));
    assert_rows_unordered!(names_of.all(&db).await?, [(true, (4, 3)), (false, (2, 2))]);

    let both = User::objects()
        .values(|u| (u.is_active(), u.joined().year()))
        .annotate(|u| u.id().count())
        .order_by(|u| (u.is_active(), u.joined().year()));
    in_order(&both.sql()?, &["GROUP BY", "is_active", "2", "ORDER BY"]);
    assert_rows!(
        both.all(&db).await?,
        [(false, 2019, 1), (false, 2020, 1), (true, 2019, 1), (true, 2020, 3)]
    );
    let years = User::objects()
        .values(|u| u.joined().year())
        .annotate(|u| u.age().max())
        .order_by(|u| u.joined().year());
    assert_rows!(years.all(&db).await?, [(2019, Some(40)), (2020, Some(99))]);

    // `annotate` first: an aggregate for each user, whatever is selected then.
    let before = User::objects()
        .annotate(|u| u.id().count())
        .values(|u| (u.first_name(), u.id().count()))
        .order_by(|u| u.id());
    let each = ["John", "John", "Rosa", "Rick", "Rosa", "Zeus"].map(|name| (name.to_owned(), 1));
    assert_rows!(before.all(&db).await?, each);
    let after = User::objects()
        .values(|u| u.first_name())
        .annotate(|u| u.id().count())
        .order_by(|u| u.first_name());
    let groups = [("John", 2), ("Rick", 1), ("Rosa", 2), ("Zeus", 1)];
    assert_rows!(after.all(&db).await?, groups.map(|(name, n)| (name.to_owned(), n)));
    Ok(())
}

mod cities {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "groups")]
    pub struct City {
        pub id: i64,
        pub name: String,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "groups")]
    pub struct Venue {
        pub id: i64,
        pub name: String,
        #[field(on_delete = Cascade, related_name = "venues")]
        pub city: ForeignKey<City>,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "groups")]
    pub struct Experience {
        pub id: i64,
        pub title: String,
        #[field(on_delete = Cascade, related_name = "experiences")]
        pub venue: ForeignKey<Venue>,
    }
}

#[tokio::test]
async fn s1_23_two_counts_over_two_joined_relations() -> Outcome {
    use cities::{City, Experience, Venue};
    let db = database!("seeds_s1_23": City, Venue, Experience);
    let city = draft!(City { name: "Oslo" }).save(&db).await?;
    let venue = draft!(Venue { name: "hall", city: &city }).save(&db).await?;
    for title in ["opera", "ballet"] {
        draft!(Experience { title, venue: &venue }).save(&db).await?;
    }

    // By default each count is of its own rows.
    let counts = City::objects().values(|c| (c.venues().count(), c.venues().experiences().count()));
    assert_rows!(counts.all(&db).await?, [(1, 2)]);
    assert_eq!(
        counts.sql()?,
        "SELECT (SELECT COUNT(t1.\"id\") FROM \"groups_venue\" AS t1 WHERE t1.\"city_id\" = t0.\"id\"), \
         COUNT(t3.\"id\") FROM \"groups_city\" AS t0 LEFT JOIN \"groups_venue\" AS t2 ON t2.\"city_id\" = \
         t0.\"id\" LEFT JOIN \"groups_experience\" AS t3 ON t3.\"venue_id\" = t2.\"id\" GROUP BY t0.\"id\""
    );
    // The joins of Django, where they are asked for: a venue for each of its experiences.
    let joined = City::objects()
        .values(|c| (c.venues().count().over_join(), c.venues().experiences().count().over_join()));
    assert_rows!(joined.all(&db).await?, [(2, 2)]);
    assert_eq!(
        joined.sql()?,
        "SELECT COUNT(t1.\"id\"), COUNT(t2.\"id\") FROM \"groups_city\" AS t0 LEFT JOIN \"groups_venue\" AS \
         t1 ON t1.\"city_id\" = t0.\"id\" LEFT JOIN \"groups_experience\" AS t2 ON t2.\"venue_id\" = \
         t1.\"id\" GROUP BY t0.\"id\""
    );
    // The same joins, each row counted once.
    let distinct = City::objects()
        .annotate(|c| (c.venues().count().distinct(), c.venues().experiences().count().distinct()));
    assert_rows!(distinct.all(&db).await?, [(city, (1, 2))]);
    in_order(&distinct.sql()?, &["COUNT(DISTINCT", "COUNT(DISTINCT", "LEFT JOIN", "LEFT JOIN"]);
    Ok(())
}

#[tokio::test]
async fn s1_26_totals_and_a_case_that_is_aggregated() -> Outcome {
    let db = users!();
    let totals =
        User::objects().aggregate(&db, |u| (u.age().max(), u.age().avg(), u.age().sum())).await?;
    assert_eq!(totals, (Some(99), Some(289.0 / 6.0), Some(289)));

    // How many are over forty, of each first name.
    fn old(u: &orm::Fields<User>) -> orm::Aggregate<User, Option<i64>> {
        case().when(u.age().gte(40), 1).otherwise(0).sum()
    }
    let counted = User::objects().values(|u| u.first_name()).annotate(old);
    in_order(&counted.sql()?, &["SUM(CASE WHEN", "THEN", "ELSE", "END)", "GROUP BY"]);
    let filtered = counted.filter(|u| old(u).gte(1)).order_by(|u| u.first_name());
    in_order(&filtered.sql()?, &["GROUP BY", "HAVING", "SUM(CASE"]);
    // Nobody called Rosa is.
    let names = [("John", 1), ("Rick", 1), ("Zeus", 1)];
    assert_rows!(
        filtered.clone().all(&db).await?,
        names.map(|(name, n)| (name.to_owned(), Some(n)))
    );
    let of_total = User::objects().aggregate(&db, old).await?;
    assert_eq!(of_total, Some(3));
    Ok(())
}

sql_function! {
    /// How many letters must change.
    fn levenshtein(a: String, b: String) -> i32;
}

#[tokio::test]
async fn s1_27_a_function_of_the_database() -> Outcome {
    let db = users!();
    let there = "SELECT count(*) FROM pg_available_extensions WHERE name = 'fuzzystrmatch'";
    if scalar::<i64>(&*db, there).await? == 0 {
        return Err("the server lacks the extension `fuzzystrmatch` (contrib)".into());
    }
    db.execute("CREATE EXTENSION IF NOT EXISTS fuzzystrmatch", params![]).await?;
    let like_zeus = User::objects()
        .annotate(|u| levenshtein(u.first_name(), "Zeus"))
        .filter(|u| levenshtein(u.first_name(), "Zeus").lt(4))
        .order_by(|u| (levenshtein(u.first_name(), "Zeus"), u.id()));
    in_order(
        &like_zeus.sql()?,
        &["levenshtein(t0.\"first_name\", $1)", "WHERE", "levenshtein(", "< $"],
    );
    let found = like_zeus.all(&db).await?;
    let found = found.iter().map(|(user, n)| (user.last_name.as_str(), *n));
    assert_rows!(found.collect::<Vec<_>>(), [("Zed", 0)]);
    let others = User::objects().filter(|u| levenshtein(u.first_name(), "Zeus").gte(4));
    assert_eq!(others.count(&db).await?, 5);
    Ok(())
}

mod comments {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "groups")]
    pub struct Post {
        pub id: i64,
        pub title: String,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "groups")]
    pub struct Comment {
        pub id: i64,
        pub email: String,
        pub created: DateTime<Utc>,
        #[field(on_delete = Cascade, related_name = "comments")]
        pub post: ForeignKey<Post>,
    }
}

#[tokio::test]
async fn s1_33_a_subquery_in_a_filter_and_a_correlated_one() -> Outcome {
    use comments::{Comment, Post};
    let db = database!("seeds_s1_33": Post, Comment);
    let titles = ["first", "second", "quiet"].map(|title| draft!(Post { title }));
    let posts = Post::objects().bulk_create(&db, titles).await?;
    for (post, email, created) in [
        (&posts[0], "old@x.org", "2024-01-01T10:00:00Z"),
        (&posts[0], "new@x.org", "2024-03-01T10:00:00Z"),
        (&posts[1], "only@x.org", "2024-02-01T10:00:00Z"),
    ] {
        let created: DateTime<Utc> = created.parse()?;
        draft!(Comment { email, created, post }).save(&db).await?;
    }
    // In a filter: the posts with a comment of some addresses.
    let said = Comment::objects().filter(|c| c.email().startswith("o")).values(|c| c.post().pk());
    let found = Post::objects().filter(|p| p.id().in_(said)).order_by(|p| p.id());
    in_order(&found.sql()?, &["WHERE", "IN (SELECT", "LIKE $1)"]);
    assert_rows!(found.all(&db).await?, posts[..2].to_vec());
    // Correlated: who commented last.
    let newest = Post::objects().order_by(|p| p.id()).annotate(|p| {
        let comments = Comment::objects().filter(|c| c.post().eq(outer_ref(p.id())));
        subquery(comments.order_by(|c| c.created().desc()).values(|c| c.email()).limit(1))
    });
    in_order(&newest.sql()?, &["(SELECT", "WHERE", "post_id", "= t0.\"id\"", "DESC LIMIT 1)"]);
    let emails = assert_num_queries!(db, 1, newest.all(&db).await?);
    let emails = emails.into_iter().map(|(_, email)| email).collect::<Vec<_>>();
    let text = |text: &str| Some(text.to_owned());
    assert_rows!(emails, [text("new@x.org"), text("only@x.org"), None]);
    Ok(())
}

#[tokio::test]
async fn s1_34_first_letters_that_are_equal() -> Outcome {
    let db = users!();
    let first = |u: &orm::Fields<User>| u.first_name().substr(1, 1);
    let last = |u: &orm::Fields<User>| u.last_name().substr(1, 1);
    let alike = User::objects()
        .annotate(first)
        .annotate(last)
        .filter(|u| first(u).eq(last(u)))
        .order_by(|u| u.id());
    in_order(&alike.sql()?, &["SUBSTR", "SUBSTR", "WHERE", "SUBSTR", " = SUBSTR"]);
    let names = alike.all(&db).await?;
    let names = names.into_iter().map(|(user, a, b)| (user.last_name, a, b)).collect::<Vec<_>>();
    let of = |name: &str, letter: &str| (name.to_owned(), letter.to_owned(), letter.to_owned());
    assert_rows!(names, [of("Jones", "J"), of("Rubin", "R"), of("Ruiz", "R"), of("Zed", "Z")]);
    Ok(())
}

#[tokio::test]
async fn s1_45_a_union_of_two_queries_of_some_columns() -> Outcome {
    let db = users!();
    let columns = |users: QuerySet<User>| users.values(|u| (u.first_name(), u.last_name()));
    let r = columns(User::objects().filter(|u| u.first_name().startswith("R")));
    let d = columns(User::objects().filter(|u| u.last_name().startswith("D")));
    let both = r.clone().union(d.clone()).order_by(|(first, last)| (first.clone(), last.clone()));
    in_order(&both.sql()?, &["first_name", "last_name", " UNION ", "ORDER BY 1, 2"]);
    let names = [("John", "Doe"), ("Rick", "Rubin"), ("Rosa", "Diaz"), ("Rosa", "Ruiz")];
    let names = names.map(|(first, last)| (first.to_owned(), last.to_owned()));
    assert_rows!(both.all(&db).await?, names);
    // Rosa Diaz is in both.
    assert_eq!(r.union_all(d).count(&db).await?, 5);
    Ok(())
}
