//! Which related row a condition speaks of, found by the reference evaluator: in combined query
//! sets, under XOR, beside NULL, and where the rows are counted.

use crate::support::{Outcome, database, says};
use orm::Fields;
use orm::prelude::*;
use orm_testkit::{TestDatabase, assert_rows_unordered};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "speaks")]
pub struct Maker {
    pub id: i64,
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "speaks")]
pub struct Game {
    pub id: i64,
    pub name: String,
    pub low: Option<i32>,
    pub high: Option<i32>,
    #[field(on_delete = SetNull, related_name = "games")]
    pub maker: Option<ForeignKey<Maker>>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "speaks")]
pub struct Vote {
    pub id: i64,
    pub stars: i32,
    pub text: String,
    #[field(on_delete = Cascade, related_name = "votes")]
    pub game: ForeignKey<Game>,
}

type Opened = std::result::Result<TestDatabase, orm_testkit::TestError>;

async fn games() -> Opened {
    Ok(database!("speaks": Maker, Game, Vote; rows))
}

/// "chess" has votes of 5 and 1, "go" one of 1, "poker" none and no numbers.
async fn rows(db: &Database) -> Result<()> {
    let maker = draft!(Maker { name: "old" }).save(db).await?;
    let chess = draft!(Game { name: "chess", low: 1, high: 2, maker: &maker }).save(db).await?;
    let go = draft!(Game { name: "go", low: 3 }).save(db).await?;
    draft!(Game { name: "poker" }).save(db).await?;
    let votes = [(&chess, 5, "fine"), (&chess, 1, "long"), (&go, 1, "fine")];
    Vote::objects()
        .bulk_create(db, votes.map(|(game, stars, text)| draft!(Vote { game, stars, text })))
        .await?;
    Ok(())
}

async fn names(db: &Database, games: QuerySet<Game>) -> Result<Vec<String>> {
    games.order_by(|g| g.name()).values(|g| g.name()).all(db).await
}

#[tokio::test]
async fn chained_filters_keep_their_own_rows_beside_another_query_set() -> Outcome {
    let db = games().await?;
    // A vote of 5, and one that says "long": two votes.
    let both =
        Game::objects().filter(|g| g.votes().stars().eq(5)).filter(|g| g.votes().text().eq("long"));
    assert_eq!(names(&db, both.clone()).await?, ["chess"]);
    let or = both | Game::objects().filter(|g| g.name().eq("poker"));
    assert_eq!(names(&db, or).await?, ["chess", "poker"]);
    Ok(())
}

#[tokio::test]
async fn exclusive_or_asks_whether_there_is_such_a_row() -> Outcome {
    let db = games().await?;
    let five = || Game::objects().filter(|g| g.votes().stars().eq(5));
    let one = || Game::objects().filter(|g| g.votes().stars().eq(1));
    // "chess" has both.
    assert_eq!(names(&db, five() ^ one()).await?, ["go"]);
    assert_eq!(names(&db, Game::objects() ^ one()).await?, ["poker"]);
    let not_fives = Game::objects().exclude(|g| !g.votes().stars().eq(5));
    assert_eq!(names(&db, Game::objects() ^ not_fives).await?, ["go", "poker"]);
    Ok(())
}

#[tokio::test]
async fn conditions_under_xor_join_no_row_that_they_do_not_need() -> Outcome {
    let db = games().await?;
    let odd = Game::objects()
        .filter(|g| (g.maker().name().eq("old") & g.low().gt(0)) ^ g.name().eq("poker"));
    assert_eq!(names(&db, odd).await?, ["chess", "poker"]);
    let negated = Game::objects().exclude(|g| Q::none() ^ g.maker().name().eq("old"));
    assert_eq!(names(&db, negated).await?, ["go", "poker"]);
    Ok(())
}

#[tokio::test]
async fn null_is_not_different_from_null() -> Outcome {
    let db = games().await?;
    let different = Game::objects().filter(|g| g.low().ne(g.high()));
    assert!(different.sql()?.contains("IS DISTINCT FROM"), "{}", different.sql()?);
    assert_eq!(names(&db, different).await?, ["chess", "go"]);
    let same = Game::objects().exclude(|g| g.low().ne(g.high()));
    assert_eq!(names(&db, same).await?, ["poker"]);
    assert_eq!(Game::objects().filter(|g| g.low().ne(g.low())).count(&db).await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_missing_row_counts_where_the_expression_makes_a_value_of_it() -> Outcome {
    let db = games().await?;
    let stars =
        |n: i32| Game::objects().filter(move |g| coalesce((g.votes().stars(), 0)).ne(n)).distinct();
    assert_eq!(names(&db, stars(5)).await?, ["chess", "go", "poker"]);
    assert_eq!(names(&db, stars(0)).await?, ["chess", "go"]);
    let plain = Game::objects().filter(|g| g.votes().stars().ne(5)).distinct();
    assert_eq!(names(&db, plain).await?, ["chess", "go"]);
    let hidden = Game::objects().filter(|g| nullif(g.votes().stars(), 1).ne(5)).distinct();
    assert_eq!(names(&db, hidden).await?, ["chess", "go"]);
    Ok(())
}

#[tokio::test]
async fn what_was_joined_for_a_column_stays_joined() -> Outcome {
    let db = games().await?;
    let names = Game::objects().annotate(|g| g.votes().stars()).values(|g| g.name());
    assert_rows_unordered!(
        names.all(&db).await?,
        ["chess", "chess", "go", "poker"].map(str::to_owned)
    );
    assert_eq!(names.count(&db).await?, 4);
    Ok(())
}

#[tokio::test]
async fn a_slice_is_counted_with_the_rows_that_its_ordering_joins() -> Outcome {
    let db = games().await?;
    let slice = Game::objects().order_by(|g| (g.votes().stars() + 1, g.id())).offset(1);
    assert_eq!(slice.all(&db).await?.len(), 3);
    assert_eq!(slice.count(&db).await?, 3);
    Ok(())
}

#[tokio::test]
async fn an_ordering_that_is_the_same_for_all_rows_is_left_out() -> Outcome {
    let db = games().await?;
    let ordered = Game::objects()
        .order_by(|g| (exists(g.votes().objects().filter(|_| Q::none())), g.name().desc()));
    let names = ordered.values(|g| g.name()).all(&db).await?;
    assert_eq!(names, ["poker", "go", "chess"]);
    Ok(())
}

#[tokio::test]
async fn no_rows_make_no_group() -> Outcome {
    let db = games().await?;
    let none = Game::objects()
        .filter(|g| g.name().eq("bridge"))
        .values(|_| exists(Maker::objects()))
        .annotate(|g| g.low().min());
    assert_eq!(none.all(&db).await?, []);
    Ok(())
}

#[tokio::test]
async fn a_negation_within_case_joins_rows_of_its_condition() -> Outcome {
    let db = games().await?;
    let without = |g: &Fields<Game>| case().when(!g.votes().stars().gt(0), 1).otherwise(0);
    let excluded = Game::objects().exclude(|g| without(g).eq(1));
    assert!(excluded.sql()?.contains("NOT EXISTS"), "{}", excluded.sql()?);
    assert_eq!(names(&db, excluded).await?, ["chess", "go"]);
    assert_eq!(names(&db, Game::objects().filter(|g| without(g).eq(1))).await?, ["poker"]);
    // Once for each vote, whatever is selected or counted afterwards.
    let annotated = Game::objects().annotate(without);
    assert_eq!(annotated.count(&db).await?, 4);
    assert_eq!(annotated.values(|g| g.name()).all(&db).await?.len(), 4);
    let slice = Game::objects().order_by(|g| (without(g), g.id())).limit(10);
    assert_eq!(slice.count(&db).await?, 4);
    Ok(())
}

#[tokio::test]
async fn an_ordering_by_a_column_that_is_annotated_is_by_that_one() -> Outcome {
    let db = games().await?;
    let stars = Game::objects()
        .annotate(|g| g.votes().stars())
        .filter(|g| g.votes().text().eq("fine"))
        .order_by(|g| (g.votes().stars().desc(), g.id()))
        .values(|g| g.name());
    assert_eq!(stars.all(&db).await?, ["chess", "chess", "go"]);
    let stars = Game::objects()
        .annotate(|g| g.votes().stars())
        .filter(|g| g.votes().stars().gt(1))
        .order_by(|g| g.votes().stars());
    assert!(stars.sql()?.ends_with("ORDER BY t1.\"stars\""), "{}", stars.sql()?);
    let rows = stars.all(&db).await?;
    assert_eq!(rows.iter().map(|(_, stars)| *stars).collect::<Vec<_>>(), [Some(1), Some(5)]);
    Ok(())
}

#[tokio::test]
async fn an_ordering_by_a_subquery_that_is_annotated_is_by_that_one() -> Outcome {
    let db = games().await?;
    let best = |g: &Fields<Game>| {
        let of_game = Vote::objects().filter(|v| v.game().id().eq(outer_ref(g.id())));
        subquery(of_game.order_by(|v| v.stars().desc()).values(|v| v.stars()).limit(1))
    };
    let ordered = Game::objects().annotate(best).order_by(|g| (best(g).desc(), g.id()));
    let sql = ordered.sql()?;
    assert!(sql.contains("ORDER BY 6 DESC"), "{sql}");
    assert_eq!(sql.matches("(SELECT").count(), 1, "{sql}");
    let rows = ordered.all(&db).await?;
    let best_first: Vec<_> = rows.iter().map(|(g, best)| (g.name.as_str(), *best)).collect();
    assert_eq!(best_first, [("poker", None), ("chess", Some(5)), ("go", Some(1))]);
    // One that differs in a value, or in what it refers to, is another one.
    let least = |g: &Fields<Game>, stars: i32| {
        let of_game = Vote::objects().filter(|v| v.game().id().eq(outer_ref(g.id())));
        exists(of_game.filter(|v| v.stars().gte(stars)))
    };
    let ordered = Game::objects().annotate(|g| least(g, 5)).order_by(|g| (least(g, 1), g.id()));
    assert_eq!(ordered.sql()?.matches("EXISTS (").count(), 2, "{}", ordered.sql()?);
    let rows = ordered.all(&db).await?;
    let names: Vec<_> = rows.iter().map(|(g, _)| g.name.as_str()).collect();
    assert_eq!(names, ["poker", "chess", "go"]);
    // Over a to-many relation: by the vote that was joined for it, not by that of the filter.
    let starred = |g: &Fields<Game>| {
        exists(Maker::objects().filter(|m| m.id().cast::<i32>().eq(outer_ref(g.votes().stars()))))
    };
    let ordered = Game::objects()
        .annotate(starred)
        .filter(|g| g.votes().text().eq("fine"))
        .order_by(|g| (starred(g), g.id()));
    let rows = ordered.all(&db).await?;
    let found: Vec<_> = rows.iter().map(|(_, starred)| *starred).collect();
    assert!(found.is_sorted(), "{found:?}");
    assert!(ordered.sql()?.contains("ORDER BY 6"), "{}", ordered.sql()?);
    Ok(())
}

#[tokio::test]
async fn subqueries_two_deep_that_refer_to_different_rows_are_different() -> Outcome {
    let db = games().await?;
    let of_name = |name| Game::objects().filter(|g| g.name().eq(outer_ref(name)));
    let first = || Game::objects().order_by(|g| g.id()).limit(1);
    // The game of the outermost name, and that of the name in between.
    let outermost = |g: &Fields<Game>| {
        let name = g.name();
        subquery(first().values(|_| subquery(of_name(name).values(|g| g.id()).limit(1))))
    };
    let between = |_: &Fields<Game>| {
        subquery(first().values(|g| subquery(of_name(g.name()).values(|g| g.id()).limit(1))))
    };
    let ordered = Game::objects()
        .annotate(between)
        .order_by(|g| (outermost(g).desc(), g.id()))
        .values(|g| g.name());
    assert_eq!(ordered.all(&db).await?, ["poker", "go", "chess"]);
    Ok(())
}

#[tokio::test]
async fn an_outer_reference_over_a_to_many_relation_is_to_one_of_its_rows() -> Outcome {
    let db = games().await?;
    // The only maker has the key 1: there is a vote of one star.
    let starred = |g: &Fields<Game>| {
        exists(Maker::objects().filter(|m| m.id().cast::<i32>().eq(outer_ref(g.votes().stars()))))
    };
    let found = names(&db, Game::objects().filter(starred)).await?;
    assert_eq!(found, ["chess", "go"]);
    let excluded = Game::objects().exclude(starred);
    assert_eq!(names(&db, excluded).await?, ["poker"]);
    let not = Game::objects().filter(|g| !(starred(g) & g.votes().text().eq("fine")));
    assert_eq!(names(&db, not).await?, ["chess", "poker"]);
    // Also where that query has no rows, and is not asked: once for each vote.
    let none = |g: &Fields<Game>| {
        let none = Maker::objects().filter(|_| Q::none());
        exists(none.filter(|m| m.name().eq(outer_ref(g.votes().text()))))
    };
    let all = Game::objects().filter(|g| none(g) | g.name().eq("chess"));
    assert_eq!(names(&db, all).await?, ["chess", "chess"]);
    let annotated = Game::objects().annotate(starred);
    assert_eq!(annotated.count(&db).await?, annotated.all(&db).await?.len() as u64);
    Ok(())
}

#[tokio::test]
async fn rows_that_a_subquery_reads_by_outer_ref_are_joined_as_any_other() -> Outcome {
    let db = games().await?;
    // Whether another game has a vote of as many stars.
    let shared = |g: &Fields<Game>| {
        let (game, stars) = (g.id(), g.votes().stars());
        exists(
            Vote::objects()
                .filter(|v| v.stars().eq(outer_ref(stars)) & v.game().id().ne(outer_ref(game))),
        )
    };
    // "chess" has two votes, of which one is shared.
    assert_eq!(names(&db, Game::objects().filter(shared)).await?, ["chess", "go"]);
    assert_eq!(names(&db, Game::objects().exclude(shared)).await?, ["poker"]);
    let counted = Game::objects().annotate(|g| g.votes().count()).filter(shared);
    assert_eq!(counted.all(&db).await?.len(), 2);
    assert_eq!(counted.count(&db).await?, 2);
    // A query set around is of other rows.
    let above = Maker::objects().exclude(|m| {
        exists(Game::objects().filter(|g| {
            exists(Vote::objects().filter(|v| v.game().id().eq(outer_ref(g.votes().game().id()))))
                & g.maker().id().eq(outer_ref(m.id()))
        }))
    });
    assert!(above.all(&db).await?.is_empty());
    assert_eq!(above.sql()?.matches("\"speaks_maker\"").count(), 1, "{}", above.sql()?);
    Ok(())
}

#[tokio::test]
async fn query_sets_that_are_distinct_alike_can_be_combined() -> Outcome {
    let db = games().await?;
    let five = || Game::objects().filter(|g| g.votes().stars().eq(5));
    let one = || Game::objects().filter(|g| g.votes().stars().eq(1));
    let lower = |g: &Fields<Game>| g.name().lower();
    let either = five().distinct_on(lower) | one().distinct_on(lower);
    assert_eq!(either.clone().count(&db).await?, 2);
    let either = either.order_by(|g| g.name().lower()).values(|g| g.name());
    assert_eq!(either.all(&db).await?, ["chess", "go"]);
    let both = five().distinct() & one().distinct();
    assert_eq!(names(&db, both).await?, ["chess"]);
    // Of two calls of `filter` the rows are told apart elsewhere.
    let twice = one().filter(|g| g.votes().stars().eq(5)).distinct() | one().distinct();
    assert_eq!(names(&db, twice).await?, ["chess", "go"]);
    let error = (five().distinct_on(|g| g.name()) | one().distinct_on(lower)).sql();
    says(&error.expect_err("other columns"), &["distinct on other columns"]);
    let error = (five().distinct() | one()).sql();
    says(&error.expect_err("one is not"), &["cannot combine a distinct query set"]);
    Ok(())
}

/// As Django joins them: an annotation and an ordering ask the rows that were joined last, a `filter`
/// of its own asks others, and what was annotated first has rows of its own.
#[tokio::test]
async fn an_annotation_with_an_outer_reference_asks_the_rows_that_were_joined_last() -> Outcome {
    let db = games().await?;
    let voted = |m: &Fields<Maker>| {
        exists(Vote::objects().filter(|v| v.game().eq(outer_ref(m.games().id()))))
    };
    let both = || {
        Maker::objects().filter(|m| m.games().low().lt(3)).filter(|m| m.games().name().eq("poker"))
    };
    let tables = "FROM \"speaks_maker\" AS t0 JOIN \"speaks_game\" AS t1 ON t1.\"maker_id\" = t0.\"id\" \
        JOIN \"speaks_game\" AS t2 ON t2.\"maker_id\" = t0.\"id\"";
    let sql = both().values(|m| (m.id(), voted(m))).sql()?;
    assert!(sql.contains("t3.\"game_id\" = t2.\"id\"") && sql.contains(tables), "{sql}");
    let sql = both().order_by(voted).values(|m| m.id()).sql()?;
    assert!(sql.contains("t3.\"game_id\" = t2.\"id\"") && sql.contains(tables), "{sql}");
    let sql = both().filter(voted).values(|m| m.id()).sql()?;
    assert!(sql.contains("t3.\"game_id\" = t4.\"id\"") && sql.contains(tables), "{sql}");
    let first = Maker::objects().annotate(voted).filter(|m| m.games().low().lt(3)).sql()?;
    assert!(first.contains("t1.\"game_id\" = t2.\"id\"") && first.contains("LEFT JOIN"), "{first}");
    // "poker" has no votes, "chess" has.
    Game::objects().update(&db, |g| g.maker().set(1)).await?;
    let asked = both().values(|m| (m.id(), voted(m))).all(&db).await?;
    assert_eq!(asked, [(1, false)]);
    assert_eq!(both().filter(voted).count(&db).await?, 2);
    Ok(())
}
