//! Validators, `full_clean`, and what the database is asked.

use crate::support::{Outcome, database};
use orm::prelude::*;
use orm_testkit::assert_num_queries;
use std::collections::BTreeMap;

mod shop {
    use orm::prelude::*;

    fn no_admin(name: &str) -> Result<(), ValidationError> {
        if name.eq_ignore_ascii_case("admin") {
            return Err(
                ValidationError::new("reserved", "“%(value)s” is reserved.").param("value", name)
            );
        }
        Ok(())
    }

    fn even(n: &i32) -> Result<(), String> {
        if n % 2 == 0 { Ok(()) } else { Err("Not even.".to_owned()) }
    }

    /// A function that makes the check.
    fn at_most(limit: usize) -> impl Fn(&Vec<String>) -> Result<(), ValidationError> {
        move |tags| {
            if tags.len() > limit { Err("Too many.".into()) } else { Ok(()) }
        }
    }

    /// A validator as a type.
    pub struct Weekday;
    impl orm::validators::Validator<NaiveDate> for Weekday {
        fn check(&self, value: &orm::SqlValue) -> Result<(), ValidationError> {
            use chrono::Datelike;
            match value {
                orm::SqlValue::Date(day) if day.weekday().num_days_from_monday() > 4 => {
                    Err(ValidationError::new("weekend", "We are closed."))
                }
                _ => Ok(()),
            }
        }
    }

    #[derive(Column, Clone, Debug, PartialEq)]
    pub struct Slug(pub String);
    impl orm::expr::Text for Slug {}

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "shop")]
    pub struct Shelf {
        pub id: i64,
        #[field(max_length = 20, unique)]
        pub name: String,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(
        app = "shop",
        clean,
        unique(fields = [name, shelf], name = "product_name_shelf"),
        unique(fields = [code], where = |p| p.sold().eq(false), name = "product_code_unsold"),
        unique(|p| p.email().lower(), name = "product_email_lower"),
        unique(fields = [serial], nulls_distinct = false, name = "product_serial"),
        check(|p| p.price().lte(p.list_price()), name = "product_not_dearer"),
    )]
    pub struct Product {
        pub id: i64,
        #[field(max_length = 10, validators(no_admin, no_null))]
        pub name: String,
        #[field(validators(email))]
        pub email: Option<String>,
        #[field(validators(range(1..=10), even), default = 2)]
        pub stars: i32,
        #[field(max_digits = 5, decimal_places = 2, positive, validators(min_value(1)))]
        pub price: Decimal,
        #[field(max_digits = 5, decimal_places = 2, default = 900)]
        pub list_price: Decimal,
        #[field(choices = [("s", "Small"), ("l", "Large")], default = "s")]
        pub size: String,
        #[field(validators(slug.message("Not a slug: %(value)s").code("slug")))]
        pub slug: Option<Slug>,
        #[field(blank, max_length = 5, default = Vec::new, validators(at_most(2), items(regex("^[a-z]+$"))))]
        pub tags: Vec<String>,
        #[field(validators(Weekday, |day: &NaiveDate| if *day < NaiveDate::MIN { Err("Never.") } else { Ok(()) }))]
        pub on_sale: Option<NaiveDate>,
        pub code: Option<i32>,
        pub serial: Option<i32>,
        #[field(default = false)]
        pub sold: bool,
        #[field(auto_now_add)]
        pub created: DateTime<Utc>,
        #[field(generated = |p| p.stars() * 2)]
        pub twice: i32,
        #[field(on_delete = Cascade, limit_choices_to = |s| s.name().ne("closed"))]
        pub shelf: ForeignKey<Shelf>,
    }

    impl Clean for Product {
        fn clean(&mut self, errors: &mut Errors) {
            self.name = self.name.trim().to_owned();
            if self.name == "free" && self.price > Decimal::ZERO {
                errors.add("price", ValidationError::new("free", "It is not free."));
            }
            if self.stars == 4 {
                errors.add_non_field("Four is bad luck.");
            }
        }
    }
}
use shop::{Product, Shelf, Slug};

/// Field by field the codes.
fn codes(error: &Error) -> BTreeMap<String, Vec<String>> {
    let errors = error.validation().expect("an error of validation");
    let codes = |all: &[ValidationError]| all.iter().map(|e| e.code().to_owned()).collect();
    errors.iter().map(|(field, all)| (field.to_owned(), codes(all))).collect()
}

macro_rules! codes {
    ($($field:literal: [$($code:literal),*]),* $(,)?) => {
        BTreeMap::from([$(($field.to_owned(), vec![$($code.to_owned()),*])),*])
    };
}

#[test]
fn every_error_of_every_field_is_gathered() {
    let mut draft = draft!(Product {
        name: "ADMIN\0 and more",
        email: "nobody",
        stars: 11,
        price: "-1000.123".parse::<Decimal>().unwrap(),
        size: "m",
        slug: Slug("a b".into()),
        tags: vec!["toolong".to_owned(), "A".to_owned(), "b".to_owned()],
        on_sale: NaiveDate::from_ymd_opt(2024, 6, 1).unwrap(),
        shelf: 1,
    });
    let error = draft.full_clean().unwrap_err();
    let expected = codes! {
        "name": ["null_characters_not_allowed", "max_length", "null_characters_not_allowed"],
        "email": ["invalid"],
        "stars": ["max_value", ""],
        "price": ["min_value", "max_digits", "min_value"],
        "size": ["invalid_choice"],
        "slug": ["slug"],
        "tags": ["", "item_invalid", "item_invalid"],
        "on_sale": ["weekend"],
    };
    assert_eq!(codes(&error), expected);
    let errors = error.validation().unwrap();
    let told = |field: &str, nth: usize| errors.get(field)[nth].message();
    assert_eq!(told("name", 1), "Ensure this value has at most 10 characters (it has 15).");
    assert_eq!(told("stars", 1), "Not even.");
    assert_eq!(told("size", 0), "Value 'm' is not a valid choice.");
    assert_eq!(told("slug", 0), "Not a slug: a b");
    assert_eq!(told("price", 2), "Ensure this value is greater than or equal to 0.");
    assert_eq!(
        told("tags", 2),
        "Item 1 in the array did not validate: Ensure this value has at most 5 characters (it has 7).",
    );
    // The answer of an API, as Django's `get_json_data()`; and logs, which have no values.
    let answer = serde_json::to_value(errors).unwrap();
    let email = json!([{"message": "Enter a valid email address.", "code": "invalid"}]);
    assert_eq!(answer["email"], email);
    let logged = format!("{error} {error:?}");
    assert!(logged.contains("`size`: Value … is not a valid choice."), "{logged}");
    for value in ["'m'", "a b", "nobody", "1000.123", "toolong"] {
        assert!(!logged.contains(value), "{value}: {logged}");
    }
}

#[test]
fn empty_and_null_are_as_in_django_but_for_options() {
    let base = || draft!(Product { name: "x", price: 1, shelf: 1 });
    base().full_clean().unwrap();
    // `tags` is blank, `name` is not; NULL needs no `blank`, the empty text does.
    let error = base().with(|d| d.name, "").with(|d| d.email, "").full_clean().unwrap_err();
    assert_eq!(codes(&error), codes! {"name": ["blank"], "email": ["blank"]});
    base().with(|d| d.email, None).with(|d| d.tags, Vec::new()).full_clean().unwrap();
    // What only the database knows is not looked at.
    draft!(Shelf { name: value("far too long a name for it").lower() }).full_clean().unwrap();
    // Fields that are left out.
    let mut draft = base().with(|d| d.name, "").with(|d| d.email, "x");
    draft.full_clean_without(|p| (p.name(), p.email())).unwrap();
    let error = draft.full_clean_without(|p| p.name()).unwrap_err();
    assert_eq!(codes(&error), codes! {"email": ["invalid"]});
}

#[test]
fn clean_sees_drafts_and_rows_and_what_it_changes_is_kept() {
    let mut draft = draft!(Product { name: " free ", price: 1, stars: 4, shelf: 1 });
    let error = draft.full_clean().unwrap_err();
    assert_eq!(codes(&error), codes! {"price": ["free"], "__all__": [""]});
    assert_eq!(error.to_string(), "`price`: It is not free.; Four is bad luck.");
    // The space is gone, by the first call.
    let error = draft.full_clean_without(|p| (p.price(), p.stars())).unwrap_err();
    assert_eq!(codes(&error), codes! {"price": ["free"], "__all__": [""]});
    // What only the database can calculate cannot be shown to `clean`.
    let error = draft!(Product { name: "x", price: 1, stars: value("ab").length(), shelf: 1 })
        .full_clean()
        .unwrap_err();
    assert!(matches!(error, Error::Usage(_)), "{error:?}");
    assert!(error.to_string().contains("`stars` of `Product`"), "{error}");
}

async fn rows(db: &Database) -> Result<()> {
    let open = draft!(Shelf { name: "open" }).save(db).await?;
    draft!(Shelf { name: "closed" }).save(db).await?;
    let lamp = draft!(Product {
        name: "lamp",
        email: "Lamp@example.com",
        price: 5,
        code: 1,
        serial: 7,
        shelf: &open
    });
    lamp.save(db).await?;
    draft!(Product { name: "sold", price: 5, code: 2, sold: true, serial: None, shelf: &open })
        .save(db)
        .await?;
    Ok(())
}

#[tokio::test]
async fn saving_does_not_validate() -> Outcome {
    let db = database!("api_validation": Shelf, Product; rows);
    let shelf = Shelf::objects().get_opt(&db).await.err();
    assert!(shelf.is_some(), "there are two");
    let mut saved =
        draft!(Product { name: "admin", email: "no", price: 5, stars: 11, serial: 1, shelf: 1 })
            .save(&db)
            .await?;
    saved.email = Some("still none".into());
    saved.save(&db).await?;
    assert!(saved.full_clean().is_err());
    Ok(())
}

#[tokio::test]
async fn the_database_is_asked_once() -> Outcome {
    let db = database!("api_validation": Shelf, Product; rows);
    let draft = || draft!(Product { name: "new", price: 5, serial: 8, shelf: 1 });
    assert_num_queries!(db, 1, draft().full_clean_with(&db).await?);

    let mut taken = draft()
        .with(|d| d.name, "lamp")
        .with(|d| d.email, "LAMP@EXAMPLE.COM")
        .with(|d| d.code, 1)
        .with(|d| d.serial, 7)
        .with(|d| d.price, 800)
        .with(|d| d.list_price, 700)
        .with(|d| d.shelf, 1);
    let error = assert_num_queries!(db, 1, taken.full_clean_with(&db).await.unwrap_err());
    let told: Vec<String> =
        error.validation().unwrap().non_field().iter().map(ValidationError::message).collect();
    assert_eq!(
        told,
        [
            "Product with this Name and Shelf already exists.",
            "Constraint “product_code_unsold” is violated.",
            "Constraint “product_email_lower” is violated.",
            "Constraint “product_not_dearer” is violated.",
        ]
    );
    let serial = error.validation().unwrap().get("serial");
    assert_eq!(serial[0].message(), "Product with this Serial already exists.");
    assert!(error.validation().unwrap().get("shelf").is_empty());

    // Where the condition does not hold, of this row or of the others, nothing is in the way; NULL
    // is like no other NULL, unless the constraint says so.
    draft().with(|d| d.code, 1).with(|d| d.sold, true).full_clean_with(&db).await?;
    draft().with(|d| d.code, 2).full_clean_with(&db).await?;
    let error = draft().with(|d| d.serial, None).full_clean_with(&db).await.unwrap_err();
    assert_eq!(codes(&error), codes! {"serial": ["unique"]});

    // Keys must refer to rows that may be chosen.
    for missing in [99, 2] {
        let error = draft().with(|d| d.shelf, missing).full_clean_with(&db).await.unwrap_err();
        assert_eq!(codes(&error), codes! {"shelf": ["invalid"]});
        let told = error.validation().unwrap().get("shelf")[0].message();
        assert_eq!(told, format!("shelf instance with id {missing} does not exist."));
    }

    // Excluded fields take their constraints along, and so do those that are wrong already.
    taken
        .full_clean_with(&db)
        .exclude(|p| (p.name(), p.code(), p.email(), p.serial(), p.price()))
        .await?;
    let error = taken
        .clone()
        .with(|d| d.name, "")
        .full_clean_with(&db)
        .exclude(|p| p.price())
        .await
        .unwrap_err();
    let errors = error.validation().unwrap();
    assert_eq!((errors.codes("name"), errors.non_field().len()), (vec!["blank"], 2));
    assert_eq!(errors.codes("serial"), ["unique"]);
    Ok(())
}

#[tokio::test]
async fn a_row_is_not_in_its_own_way() -> Outcome {
    let db = database!("api_validation": Shelf, Product; rows);
    let mut lamp = Product::objects().filter(|p| p.name().eq("lamp")).get(&db).await?;
    assert_num_queries!(db, 1, lamp.full_clean_with(&db).await?);
    lamp.name = "sold".into();
    let error = lamp.full_clean_with(&db).await.unwrap_err();
    assert_eq!(codes(&error), codes! {"__all__": ["unique_together"]});
    let mut shelf = Shelf::objects().filter(|s| s.name().eq("open")).get(&db).await?;
    shelf.full_clean_with(&db).await?;
    shelf.name = "closed".into();
    let error = shelf.full_clean_with(&db).await.unwrap_err();
    assert_eq!(codes(&error), codes! {"name": ["unique"]});
    assert_eq!(
        error.validation().unwrap().get("name")[0].message(),
        "Shelf with this Name already exists."
    );
    // In a transaction it sees what the transaction sees.
    db.transaction(async |tx| {
        draft!(Shelf { name: "third" }).save(tx).await?;
        let mut draft = draft!(Shelf { name: "third" });
        assert!(draft.full_clean_with(tx).await.is_err());
        draft.full_clean_with(&db).await
    })
    .await?;
    Ok(())
}

mod strict {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "strict", validate, clean)]
    pub struct Entry {
        pub id: i64,
        #[field(max_length = 5)]
        pub word: String,
        #[field(validators(max_value(9)), default = 1)]
        pub weight: i32,
    }

    impl Clean for Entry {
        fn clean(&mut self, _: &mut Errors) {
            self.word = self.word.trim().to_lowercase();
        }
    }
}

#[tokio::test]
async fn models_that_say_validate_are_validated_by_every_save() -> Outcome {
    use strict::Entry;
    let db = database!("api_validation_strict": Entry);
    let mut entry = draft!(Entry { word: " ABC " }).save(&db).await?;
    assert_eq!(entry.word, "abc");
    let error = draft!(Entry { word: "" }).save(&db).await.unwrap_err();
    assert_eq!(codes(&error), codes! {"word": ["blank"]});
    let error = Entry::objects().create(&db, draft!(Entry { word: "x", weight: 10 })).await;
    assert_eq!(codes(&error.unwrap_err()), codes! {"weight": ["max_value"]});
    // Several rows: the place stands before the field, and none is inserted.
    let drafts = ["ok", "toolong", ""].map(|word| draft!(Entry { word }));
    let error = Entry::objects().bulk_create(&db, drafts).await.unwrap_err();
    assert_eq!(codes(&error), codes! {"1.word": ["max_length"], "2.word": ["blank"]});
    assert_eq!(Entry::objects().count(&db).await?, 1);
    entry.weight = 11;
    let saved = assert_num_queries!(db, 0, entry.save(&db).await);
    assert_eq!(codes(&saved.unwrap_err()), codes! {"weight": ["max_value"]});
    entry.weight = 9;
    entry.word = " X".into();
    entry.save(&db).await?;
    assert_eq!((entry.word.as_str(), entry.weight), ("x", 9));
    Ok(())
}
