//! The scrap book: shared fields, validators, choices, and constraints by name.

use crate::support::{Outcome, database, scalar};
use orm::prelude::*;

mod accounts {
    use orm::prelude::*;

    /// What a user of any project has.
    #[derive(ModelFields, Clone, Debug, PartialEq)]
    pub struct AbstractUser {
        #[field(max_length = 150, unique, validators(regex(r"^[\w.@+-]+$")))]
        pub username: String,
        #[field(max_length = 254, blank, default = "", validators(email))]
        pub email: String,
        #[field(max_length = 128)]
        pub password: String,
        #[field(default = false)]
        pub is_staff: bool,
        #[field(default = true)]
        pub is_active: bool,
        #[field(default = Utc::now)]
        pub date_joined: DateTime<Utc>,
        pub last_login: Option<DateTime<Utc>>,
    }

    #[derive(ModelFields, Clone, Debug, PartialEq)]
    pub struct Timestamps {
        #[field(auto_now_add)]
        pub created_at: DateTime<Utc>,
        #[field(auto_now)]
        pub updated_at: DateTime<Utc>,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "accounts")]
    pub struct Member {
        pub id: i64,
        #[model(flatten)]
        pub user: AbstractUser,
        #[model(flatten)]
        pub times: Timestamps,
        #[field(default = 0)]
        pub points: i32,
    }
}

fn user(username: &str) -> accounts::AbstractUser {
    accounts::AbstractUser {
        username: username.to_owned(),
        email: String::new(),
        password: "pbkdf2_sha256$…".to_owned(),
        is_staff: false,
        is_active: true,
        date_joined: Utc::now(),
        last_login: None,
    }
}

#[tokio::test]
async fn s1_1_a_user_from_shared_fields() -> Outcome {
    use accounts::Member;
    let db = database!("seeds_s1_1": Member);
    let mut member = draft!(Member { user: user("ursula") }).save(&db).await?;
    assert!(member.user.is_active && !member.user.is_staff);
    let (created, updated) = (member.times.created_at, member.times.updated_at);
    member.user.last_login = Some(Utc::now());
    member.save(&db).await?;
    assert_eq!(member.times.created_at, created);
    assert!(member.times.updated_at > updated);
    // The shared columns are columns of the model: filtered by, and unique.
    let found = Member::objects().filter(|m| m.user().username().iexact("URSULA")).get(&db).await?;
    assert_eq!(found, member);
    let twice = draft!(Member { user: user("ursula") }).save(&db).await.unwrap_err();
    assert!(matches!(twice, Error::Unique(_)), "{twice:?}");
    let columns = "SELECT string_agg(column_name, ',' ORDER BY ordinal_position) \
                   FROM information_schema.columns WHERE table_name = 'accounts_member'";
    assert_eq!(
        scalar::<String>(&db, columns).await?,
        "id,username,email,password,is_staff,is_active,date_joined,last_login,created_at,\
         updated_at,points"
    );
    // And so are their validators.
    let error = draft!(Member { user: user("not a name") }).full_clean().unwrap_err();
    assert_eq!(error.validation().unwrap().codes("username"), ["invalid"]);
    let mut taken = draft!(Member { user: user("ursula") });
    let error = taken.full_clean_with(&db).await.unwrap_err();
    assert_eq!(
        error.validation().unwrap().get("username")[0].message(),
        "Member with this Username already exists."
    );
    Ok(())
}

mod films {
    use orm::prelude::*;

    pub fn not_a_sequel(title: &str) -> Result<(), ValidationError> {
        match title.ends_with(" II") {
            true => Err(ValidationError::new("sequel", "No sequels.")),
            false => Ok(()),
        }
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "films")]
    pub struct Film {
        pub id: i64,
        #[field(max_length = 20, validators(not_a_sequel))]
        pub title: String,
        #[field(validators(range(1888..=2100)))]
        pub year: i32,
        #[field(validators(regex(r"^tt\d{7}$").message("Not an IMDb number.").code("imdb")))]
        pub imdb: String,
        #[field(validators(file_extension(&["jpg", "png"])))]
        pub poster: Option<String>,
        #[field(validators(email))]
        pub contact: Option<String>,
        #[field(validators(url))]
        pub site: Option<String>,
    }
}

#[tokio::test]
async fn s1_17_validators_are_gathered_and_saving_does_not_validate() -> Outcome {
    use films::Film;
    let db = database!("seeds_s1_17": Film);
    let mut draft = draft!(Film {
        title: "Something long enough II",
        year: 1066,
        imdb: "7",
        poster: "poster.exe",
        contact: "nobody",
        site: "example",
    });
    let error = draft.full_clean().unwrap_err();
    let answer = serde_json::to_value(error.validation().unwrap())?;
    assert_eq!(
        answer,
        json!({
            "title": [
                {"code": "sequel", "message": "No sequels."},
                {
                    "code": "max_length",
                    "message": "Ensure this value has at most 20 characters (it has 24).",
                },
            ],
            "year": [{
                "code": "min_value",
                "message": "Ensure this value is greater than or equal to 1888.",
            }],
            "imdb": [{"code": "imdb", "message": "Not an IMDb number."}],
            "poster": [{
                "code": "invalid_extension",
                "message": "File extension “exe” is not allowed. Allowed extensions are: jpg, png.",
            }],
            "contact": [{"code": "invalid", "message": "Enter a valid email address."}],
            "site": [{"code": "invalid", "message": "Enter a valid URL."}],
        })
    );
    // Saving asks the database alone: it knows the length, and nothing of the rest.
    let film = draft.with(|d| d.title, "Something II").save(&db).await?;
    assert_eq!(film.year, 1066);
    Ok(())
}

mod tickets {
    use orm::prelude::*;

    #[derive(Choices, Clone, Copy, Debug, PartialEq)]
    pub enum Status {
        #[choice("o", label = "Open")]
        Open,
        #[choice("c", label = "Closed")]
        Closed,
    }

    #[derive(Choices, Clone, Copy, Debug, PartialEq)]
    #[repr(i16)]
    pub enum Priority {
        Low = 1,
        #[choice(label = "Right now")]
        High = 9,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(
        app = "tickets",
        check(|t| t.status().in_([Status::Open, Status::Closed]), name = "ticket_status"),
    )]
    pub struct Ticket {
        pub id: i64,
        #[field(max_length = 1, default = Status::Open)]
        pub status: Status,
        pub priority: Priority,
        #[field(choices = [("en", "English"), ("de", "German")], default = "en")]
        pub language: String,
    }
}

#[tokio::test]
async fn s1_18_choices_with_labels_and_in_the_database() -> Outcome {
    use tickets::{Priority, Status, Ticket};
    let db = database!("seeds_s1_18": Ticket);
    let ticket = draft!(Ticket { priority: Priority::High }).save(&db).await?;
    assert_eq!((ticket.status.label(), ticket.status.value()), ("Open", "o"));
    assert_eq!(ticket.priority.label(), "Right now");
    let stored = "SELECT status || priority::text FROM tickets_ticket";
    assert_eq!(scalar::<String>(&db, stored).await?, "o9");
    assert_eq!(Ticket::objects().filter(|t| t.status().eq(Status::Closed)).count(&db).await?, 0);
    // A list on a field is for validation, which says what is wrong.
    let mut other = draft!(Ticket { priority: Priority::Low, language: "fr" });
    let error = other.full_clean().unwrap_err();
    let message = error.validation().unwrap().get("language")[0].message();
    assert_eq!(message, "Value 'fr' is not a valid choice.");
    other.save(&db).await?;
    // In the database, where the model says so: not even SQL of one's own gets around it.
    let refused = db.execute("UPDATE tickets_ticket SET status = 'x'", params![]).await;
    let refused = refused.expect_err("the check stands in the database");
    assert_eq!(refused.constraint(), Some("ticket_status"));
    // What is there in spite of it (here in a column without a check) is not read as something else.
    db.execute("UPDATE tickets_ticket SET priority = 5", params![]).await?;
    let error = Ticket::objects().all(&db).await.expect_err("5 is no priority");
    assert!(matches!(&error, Error::Decode { field, .. } if field == "priority"), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn s1_43_a_unique_constraint_by_its_name() -> Outcome {
    mod shop {
        use orm::prelude::*;

        #[derive(Model, Clone, Debug, PartialEq)]
        #[model(app = "names", unique(fields = [name, city], name = "one_shop_of_a_name_per_city"))]
        pub struct Shop {
            pub id: i64,
            pub name: String,
            pub city: String,
            #[field(unique)]
            pub phone: Option<String>,
        }
    }
    use shop::Shop;
    let db = database!("seeds_s1_43": Shop);
    draft!(Shop { name: "Book & Co", city: "Berlin", phone: "1" }).save(&db).await?;

    async fn open(db: &Database, phone: &str) -> Result<&'static str> {
        let draft = draft!(Shop { name: "Book & Co", city: "Berlin", phone: phone });
        let Err(error) = draft.save(db).await else { return Ok("open") };
        match error.constraint() {
            Some("one_shop_of_a_name_per_city") => Ok("there is one already"),
            _ => Err(error),
        }
    }
    assert_eq!(open(&db, "2").await?, "there is one already");
    db.execute("UPDATE names_shop SET city = 'Bonn'", params![]).await?;
    let error = open(&db, "1").await.expect_err("another constraint");
    assert!(matches!(&error, Error::Unique(e) if e.model == Some("Shop")), "{error:?}");
    assert_ne!(error.constraint(), Some("one_shop_of_a_name_per_city"));
    Ok(())
}
