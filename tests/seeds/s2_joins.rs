//! Query sets of various models: one table for several types, and joins to subqueries.

use super::s2::view::{Baz, Foo};
use crate::support::{Outcome, database, in_order, says};
use orm::prelude::*;
use orm_testkit::{assert_num_queries, assert_rows};
use serde::Deserialize;

/// What an external system is, by its type.
#[derive(Debug, PartialEq, Deserialize)]
enum System {
    Chat { channel: String },
    Mail { address: String, port: u16 },
}

#[derive(Choices, Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    #[choice("chat", label = "A chat")]
    Chat,
    #[choice("mail", label = "A mail server")]
    Mail,
}

/// One table: a type, and attributes of which each type has its own.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(
    app = "integrations",
    ordering = [id],
    check(
        |i| (i.kind().eq(Kind::Chat) & i.data().has_key("channel"))
            | (i.kind().eq(Kind::Mail) & i.data().has_keys(["address", "port"])),
        name = "integration_has_its_attributes",
    ),
)]
pub struct Integration {
    pub id: i64,
    #[field(max_length = 10)]
    pub kind: Kind,
    pub data: Value,
}

impl Integration {
    fn system(&self) -> orm::Result<System> {
        let name = match self.kind {
            Kind::Chat => "Chat",
            Kind::Mail => "Mail",
        };
        serde_json::from_value(json!({ name: self.data }))
            .map_err(|error| Error::usage(format!("Integration {}: {error}", self.id)))
    }
}

/// The same table, of one type only, whose attributes are read as what they are.
#[derive(Deserialize, serde::Serialize, Clone, Debug, PartialEq)]
pub struct MailServer {
    address: String,
    port: u16,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "integrations", table = "integrations_integration", managed = false, managers(objects = Mails))]
pub struct MailIntegration {
    pub id: i64,
    #[field(max_length = 10)]
    pub kind: Kind,
    pub data: Json<MailServer>,
}

pub struct Mails;
impl Manager<MailIntegration> for Mails {
    fn queryset(&self) -> QuerySet<MailIntegration> {
        MailIntegration::unfiltered().filter(|m| m.kind().eq(Kind::Mail))
    }
}

#[tokio::test]
async fn s2_1_one_table_with_a_type_and_attributes() -> Outcome {
    let db = database!("seeds_s2_1": Integration);
    let chat = json!({"channel": "#ops"});
    let mail = json!({"address": "mail.x.org", "port": 25});
    for (kind, data) in [(Kind::Chat, chat.clone()), (Kind::Mail, mail)] {
        draft!(Integration { kind, data }).save(&db).await?;
    }
    let all = assert_num_queries!(db, 1, Integration::objects().all(&db).await?);
    let systems = all.iter().map(Integration::system).collect::<orm::Result<Vec<_>>>()?;
    let mail = System::Mail { address: "mail.x.org".into(), port: 25 };
    assert_rows!(systems, [System::Chat { channel: "#ops".into() }, mail]);

    // The constraint depends on the type.
    let error = draft!(Integration { kind: Kind::Mail, data: chat }).save(&db).await;
    let error = error.expect_err("a mail server has an address");
    assert!(matches!(&error, Error::Check(_)), "{error:?}");
    says(&error, &["integration_has_its_attributes"]);

    // Only one type is loaded, and its attributes are typed.
    let mails = MailIntegration::objects();
    in_order(&mails.sql()?, &["WHERE", "kind", "= $1"]);
    let mails = mails.all(&db).await?;
    let server = MailServer { address: "mail.x.org".into(), port: 25 };
    assert_rows!(mails.iter().map(|m| m.data.0.clone()).collect::<Vec<_>>(), [server]);

    // A row whose JSON is not what its type has: an error that says which.
    let odd = json!({"address": "mail.x.org", "port": "twenty-five"});
    let odd = draft!(Integration { kind: Kind::Mail, data: odd }).save(&db).await?;
    let error = odd.system().expect_err("a port is a number");
    says(&error, &["Integration 4", "twenty-five", "u16"]);
    let error = MailIntegration::objects().all(&db).await.expect_err("a port is a number");
    assert!(matches!(&error, Error::Decode { .. }), "{error:?}");
    says(&error, &["MailIntegration", "data"]);
    Ok(())
}

/// The same without JSON: each type has columns of its own.
mod typed {
    use orm::prelude::*;

    #[derive(Kinds, Clone, Debug, PartialEq)]
    pub enum Settings {
        Chat {
            #[field(max_length = 20, unique)]
            channel: String,
        },
        Mail {
            address: String,
            #[field(column = "port")]
            port: i32,
        },
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "integrations", ordering = [id], validate)]
    pub struct System {
        pub id: i64,
        #[model(flatten)]
        pub settings: Settings,
    }
}

#[tokio::test]
async fn s2_1_one_table_with_columns_of_each_type() -> Outcome {
    use typed::{Settings, SettingsKind, System};
    let db = database!("seeds_s2_1_typed": typed::System);
    let chat = Settings::Chat { channel: "#ops".into() };
    let mail = Settings::Mail { address: "mail.x.org".into(), port: 25 };
    for settings in [chat.clone(), mail.clone()] {
        draft!(System { settings }).save(&db).await?;
    }
    // All of them in one query, and each is what it is.
    let all = assert_num_queries!(db, 1, System::objects().all(&db).await?);
    let settings = all.iter().map(|row| row.settings.clone());
    assert_rows!(settings.collect::<Vec<_>>(), [chat.clone(), mail.clone()]);

    // The database applies constraints, to attributes and to the type; columns are validated as they are.
    let again = draft!(System { settings: chat }).save(&db).await;
    assert!(matches!(again, Err(Error::Validation(_) | Error::Unique(_))), "{again:?}");
    let long = Settings::Chat { channel: "#".repeat(21) };
    let error = draft!(System { settings: long }).save(&db).await.expect_err("it is too long");
    says(&error, &["chat_channel", "20"]);

    // Only one type is loaded, and typed.
    let mails = System::objects().of_kind(|s| s.settings().mail());
    in_order(&mails.sql()?, &["WHERE", "settings", "= $1"]);
    let mails = assert_num_queries!(db, 1, mails.all(&db).await?);
    assert_eq!((mails[0].1.address.as_str(), mails[0].1.port), ("mail.x.org", 25));

    // A row is not updated to the wrong type by accident, and with its attributes on purpose.
    let error =
        System::objects().update(&db, |s| s.settings().kind().set(SettingsKind::Mail)).await;
    let error = error.expect_err("a mail server has an address");
    assert!(matches!(&error, Error::Check(_)), "{error:?}");
    says(&error, &["integrations_system_settings_kind"]);
    let chats = System::objects().filter(|s| s.settings().is_chat());
    assert_eq!(chats.update(&db, |s| s.settings().set(mail)).await?, 1);

    // A row that is none of its type, where another program writes without the check.
    let drop = "ALTER TABLE integrations_system DROP CONSTRAINT integrations_system_settings_kind";
    db.execute(drop, orm::params![]).await?;
    db.execute("UPDATE integrations_system SET port = NULL", orm::params![]).await?;
    let error = System::objects().all(&db).await.expect_err("a mail server has a port");
    assert!(matches!(&error, Error::Decode { .. }), "{error:?}");
    says(&error, &["System", "port", "`mail`"]);
    Ok(())
}

#[tokio::test]
async fn s2_6_a_join_to_a_subquery_without_a_view() -> Outcome {
    let db = database!("seeds_s2_6": Foo, Baz);
    for (b, bazes) in [("one", &["x", "y"][..]), ("two", &["z"]), ("none", &[])] {
        let foo = draft!(Foo { b: b }).save(&db).await?;
        for c in bazes {
            foo.bazes().create(&db, draft!(Baz { c: *c })).await?;
        }
    }
    let texts =
        || Baz::objects().values(|b| b.a().id()).annotate(|b| b.c().array_agg().order_by(b.c()));
    let joined = Foo::objects().join(texts(), |f, (a, _)| f.id().eq(a));
    in_order(
        &joined.sql()?,
        &["FROM \"view_foo\"", "JOIN (SELECT", "ARRAY_AGG", "GROUP BY", ") AS", "ON"],
    );
    let rows = assert_num_queries!(db, 1, joined.all(&db).await?);
    let rows = rows.into_iter().map(|(foo, (_, texts))| (foo.b, texts.unwrap_or_default()));
    let list = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    assert_rows!(
        rows.collect::<Vec<_>>(),
        [("one".to_owned(), list(&["x", "y"])), ("two".to_owned(), list(&["z"]))]
    );
    // With those that have none: the row beside them is missing.
    let left = Foo::objects().left_join(texts(), |f, (a, _)| f.id().eq(a));
    let rows = left.all(&db).await?;
    let there = rows.iter().map(|(foo, row)| (foo.b.as_str(), row.is_some())).collect::<Vec<_>>();
    assert_rows!(there, [("one", true), ("two", true), ("none", false)]);
    // And narrowed, as the second definition of the text has it.
    let narrowed = Baz::objects()
        .filter(|b| b.c().startswith("x"))
        .values(|b| b.a().id())
        .annotate(|b| b.c().array_agg());
    let narrowed = Foo::objects().join(narrowed, |f, (a, _)| f.id().eq(a));
    assert_eq!(narrowed.count(&db).await?, 1);
    Ok(())
}
