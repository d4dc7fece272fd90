//! Columns of type `vector`, which belongs to the extension pgvector.

use crate::support::{Outcome, in_order, says};
use orm::Vector;
use orm::prelude::*;
use orm_testkit::TestDatabase;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "vectors", ordering = [id])]
#[model(index(fields = [embedding], using = "hnsw", opclasses = ["vector_l2_ops"], name = "photo_near"))]
pub struct Photo {
    pub id: i64,
    #[field(db_type = "vector(3)")]
    pub embedding: Vector,
    pub other: Option<Vector>,
}

#[test]
fn distances_have_operators() -> Outcome {
    let sql = create_tables_sql::<(Photo,)>()?;
    assert_eq!(sql[0], "CREATE EXTENSION IF NOT EXISTS \"vector\"");
    in_order(&sql[1], &["\"embedding\" vector(3) NOT NULL", "\"other\" vector,"]);
    in_order(&sql[2], &["USING \"hnsw\" (\"embedding\" \"vector_l2_ops\")"]);
    let to = || Vector::from([1.0, 0.0, -0.5]);
    for (query, text) in [
        (
            Photo::objects().order_by(|p| p.embedding().l2_distance(to())),
            "ORDER BY (t0.\"embedding\" <-> $1)",
        ),
        (
            Photo::objects().order_by(|p| p.embedding().max_inner_product(p.embedding())),
            "ORDER BY (t0.\"embedding\" <#> t0.\"embedding\")",
        ),
        (
            Photo::objects().filter(|p| p.embedding().cosine_distance(to()).lt(0.2)),
            "WHERE (t0.\"embedding\" <=> $1) < $2",
        ),
        (
            Photo::objects().order_by(|p| p.other().l1_distance(to()).desc()),
            "ORDER BY (t0.\"other\" <+> $1) DESC",
        ),
        (
            Photo::objects().filter(|p| p.embedding().dimensions().eq(3)),
            "WHERE vector_dims(t0.\"embedding\") = $1",
        ),
        (Photo::objects().filter(|p| p.embedding().eq(to())), "WHERE t0.\"embedding\" = $1"),
    ] {
        in_order(&query.sql()?, &[text]);
    }
    Ok(())
}

#[tokio::test]
async fn the_nearest_come_first() -> Outcome {
    let db = TestDatabase::empty().await?;
    let near = |to: Vector| {
        Photo::objects().order_by(move |p| (p.embedding().l2_distance(to.clone()), p.id()))
    };
    if db.execute("CREATE EXTENSION vector", params![]).await.is_err() {
        let error = near(Vector::from([0.0])).all(&db).await.unwrap_err();
        says(&error, &["extension `vector`", "create_extension = \"vector\""]);
        orm_testkit::skipped("the server does not have the extension vector");
        return Ok(());
    }
    create_tables::<(Photo,)>(&db).await?;
    let drafts = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [5.0, 5.0, 5.0]].map(|numbers| {
        draft!(Photo { embedding: Vector::from(numbers), other: Vector::from(numbers) })
    });
    let photos = Photo::objects().bulk_create(&db, drafts).await?;
    assert_eq!(photos[2].embedding, Vector::from([5.0, 5.0, 5.0]));
    let ids = near(Vector::from([0.9, 0.0, 0.0])).values(|p| p.id()).all(&db).await?;
    assert_eq!(ids, [2, 1, 3]);
    let distances =
        Photo::objects().values(|p| p.other().l2_distance(Vector::from([0.0, 0.0, 0.0])));
    assert_eq!(distances.all(&db).await?[..2], [Some(0.0), Some(1.0)]);
    let wrong = draft!(Photo { embedding: Vector::from([1.0]) }).save(&db).await;
    assert_eq!(wrong.unwrap_err().sqlstate(), Some("22000"));
    Ok(())
}
