//! Keys that can be NULL in drafts: from what may be missing, and beside a relation that gives them.

use crate::support::{Outcome, database, says};
use orm::prelude::*;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "optional_keys")]
pub struct Owner {
    pub id: i64,
    #[field(unique)]
    pub code: String,
    #[field(unique)]
    pub number: i64,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "optional_keys", primary_key = [row, name])]
pub struct Place {
    pub row: i64,
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "optional_keys", ordering = [id])]
pub struct Pet {
    pub id: i64,
    #[field(on_delete = SetNull, related_name = "pets")]
    pub owner: Option<ForeignKey<Owner>>,
    #[field(on_delete = SetNull, to_field = code, related_name = "by_code")]
    pub by_code: Option<ForeignKey<Owner, String>>,
    #[field(on_delete = SetNull, to_field = number, related_name = "by_number")]
    pub by_number: Option<OneToOne<Owner, i64>>,
    #[field(columns = ["place_row", "place_name"], on_delete = SetNull, related_name = "pets")]
    pub place: Option<ForeignKey<Place>>,
}

#[tokio::test]
async fn what_may_be_missing_is_given_as_it_is() -> Outcome {
    let db = database!("api_optional_keys": Owner, Place, Pet);
    let owner = draft!(Owner { code: "c", number: 70 }).save(&db).await?;
    let place = draft!(Place { row: 1, name: "x" }).save(&db).await?;
    let (there, missing) = (Some(&owner), None::<&Owner>);
    let draft = draft!(Pet { owner: there, by_code: there, by_number: there, place: Some(&place) });
    let pet = draft.save(&db).await?;
    assert_eq!(pet.by_code.as_ref().map(|key| key.pk().clone()), Some("c".to_owned()));
    assert_eq!(
        (pet.by_number.map(|key| key.pk()), pet.owner.map(|key| key.pk())),
        (Some(70), Some(1))
    );
    assert_eq!(pet.place.as_ref().map(|key| key.pk().clone()), Some((1, "x".to_owned())));
    let draft = draft!(Pet { owner: missing, by_code: missing, place: None::<&Place> });
    let none = draft.save(&db).await?;
    assert_eq!((none.owner, none.by_code, none.place), (None, None, None));
    // The keys of another row, by value and by reference, and a tuple.
    let draft = draft!(Pet { by_code: pet.by_code.clone(), place: pet.place.as_ref() });
    let copy = draft.save(&db).await?;
    assert_eq!((&copy.by_code, &copy.place), (&pet.by_code, &pet.place));
    let by_tuple = draft!(Pet { place: Some((1, "x".to_owned())) }).save(&db).await?;
    assert_eq!(by_tuple.place, pet.place);
    assert_eq!(owner.by_code().count(&db).await?, 2);
    assert_eq!(owner.by_number().get(&db).await?.id, pet.id);
    Ok(())
}

#[tokio::test]
async fn a_relation_and_its_draft_do_not_give_two_keys() -> Outcome {
    let db = database!("api_optional_keys": Owner, Place, Pet);
    let owner = draft!(Owner { code: "a", number: 1 }).save(&db).await?;
    let other = draft!(Owner { code: "b", number: 2 }).save(&db).await?;
    let place = draft!(Place { row: 1, name: "x" }).save(&db).await?;
    let twice = |name: &str| {
        format!("`{name}` of `Pet` comes from the relation, and the draft gives another")
    };
    let create = owner.pets().create(&db, draft!(Pet { owner: &other })).await;
    says(&create.expect_err("two owners"), &[&twice("owner"), "leave it out"]);
    let by_code = owner.by_code().create(&db, draft!(Pet { by_code: &other })).await;
    says(&by_code.expect_err("two owners"), &[&twice("by_code")]);
    let by_place = place.pets().create(&db, draft!(Pet { place: (2, "y".to_owned()) })).await;
    says(&by_place.expect_err("two places"), &[&twice("place")]);
    let named = owner.pets().create(&db, Pet::dyn_draft().set("owner", other.id)).await;
    says(&named.expect_err("two owners"), &[&twice("owner")]);
    let draft = || draft!(Pet { owner: &other });
    let found = owner.pets().get_or_create(&db, |p| p.id().eq(-1), draft()).await;
    says(&found.expect_err("two owners"), &[&twice("owner")]);
    let nested = draft!(Owner { code: "c", number: 3 }).nested(Owner::pets, [draft()]);
    let nested = nested.save(&db).await;
    says(&nested.expect_err("two owners"), &[&twice("owner")]);
    assert_eq!((Pet::objects().count(&db).await?, Owner::objects().count(&db).await?), (0, 2));
    // The same, or none, is no other.
    for draft in [draft!(Pet { owner: &owner }), draft!(Pet { owner: None })] {
        let pet = owner.pets().create(&db, draft).await?;
        assert_eq!(pet.owner, Some((&owner).into()));
    }
    Ok(())
}
