//! Receivers from outside of the model.

use crate::support::{Outcome, alone, database, says};
use orm::prelude::*;
use orm::{SqlValue, signals};
use orm_testkit::{TestDatabase, assert_num_queries, assert_rows};
use std::sync::{Arc, Mutex};

/// Each test has a model of its own: receivers are there for the whole process.
#[allow(dead_code)]
mod rows {
    use orm::prelude::*;

    macro_rules! models {
        ($($name:ident)*) => {$(
            #[derive(Model, Clone, Debug, PartialEq)]
            #[model(app = "signals")]
            pub struct $name {
                pub id: i64,
                pub name: String,
                #[field(default = 0)]
                pub saves: i32,
            }
        )*};
    }
    models!(First Second Third Fourth Fifth Untouched);
}
use rows::{Fifth, First, Fourth, Second, Third, Untouched};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "signals")]
pub struct Sixth {
    pub id: i64,
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "signals")]
pub struct Crate {
    pub id: i64,
    #[field(related_name = "crates")]
    pub sixths: ManyToMany<Sixth>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "signals")]
pub struct Parent {
    pub id: i64,
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "signals")]
pub struct Child {
    pub id: i64,
    pub name: String,
    #[field(related_name = "children", on_delete = Cascade)]
    pub parent: ForeignKey<Parent>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "signals", hooks)]
pub struct Hooked {
    pub id: i64,
    pub name: String,
}

impl Hooks for Hooked {
    async fn before_save(&mut self, _: &HookCx<'_>) -> Result<()> {
        self.name.push_str(" hook");
        Ok(())
    }
}

type Tried<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

async fn tables() -> Tried<TestDatabase> {
    Ok(database!(
        "api_signals": First, Second, Third, Fourth, Fifth, Untouched, Hooked, Sixth, Crate, Parent,
        Child
    ))
}

#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    fn tell(&self, what: impl Into<String>) {
        self.0.lock().expect("nobody panics").push(what.into());
    }
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().expect("nobody panics"))
    }
}

/// A receiver that tells when it is called.
macro_rules! telling {
    ($told:ident, $signal:ident: $model:ty) => {{
        let told = $told.clone();
        signals::$signal::<$model>().connect(move |row, cx| {
            let told = told.clone();
            Box::pin(async move {
                told.tell(format!("{} {} {}", stringify!($signal), row.name, cx.created()));
                Ok(())
            })
        })
    }};
}

#[tokio::test]
async fn receivers_are_called_until_they_are_dropped() -> Outcome {
    let db = tables().await?;
    let told = Told::default();
    let all = [
        telling!(told, after_save: First),
        telling!(told, after_create: First),
        telling!(told, after_update: First),
        telling!(told, after_delete: First),
        telling!(told, before_delete: First),
        telling!(told, before_update: First),
        telling!(told, before_create: First),
        telling!(told, before_save: First),
    ];
    let mut row = draft!(First { name: "x" }).save(&db).await?;
    let created = ["before_save", "before_create", "after_create", "after_save"];
    assert_eq!(told.take(), created.map(|what| format!("{what} x true")));
    row.save(&db).await?;
    let updated = ["before_save", "before_update", "after_update", "after_save"];
    assert_eq!(told.take(), updated.map(|what| format!("{what} x false")));
    row.clone().delete(&db).await?;
    assert_eq!(told.take(), ["before_delete x false", "after_delete x false"]);
    // Other models are none of their business.
    assert_num_queries!(db, 1, draft!(Untouched { name: "x" }).save(&db).await?);
    assert_eq!(told.take(), [""; 0]);

    drop(all);
    assert_num_queries!(db, 1, draft!(First { name: "x" }).save(&db).await?);
    assert_eq!(told.take(), [""; 0]);
    Ok(())
}

#[tokio::test]
async fn they_change_the_row_in_their_order_after_its_hooks() -> Outcome {
    let db = tables().await?;
    let append = |text: &'static str| {
        signals::before_save::<Hooked>().connect(move |row, _| {
            Box::pin(async move {
                row.name.push_str(text);
                Ok(())
            })
        })
    };
    let (_one, two, _three) = (append(" one"), append(" two"), append(" three"));
    let mut row = draft!(Hooked { name: "x" }).save(&db).await?;
    assert_eq!(row.name, "x hook one two three");
    drop(two);
    row.name = "y".to_owned();
    row.save(&db).await?;
    assert_eq!(Hooked::objects().get(&db).await?.name, "y hook one three");
    Ok(())
}

#[tokio::test]
async fn an_error_or_a_panic_refuses_and_the_next_save_is_fine() -> Outcome {
    let db = tables().await?;
    let refusing = signals::after_save::<Second>().connect(|row, cx| {
        Box::pin(async move {
            Second::objects()
                .filter(|s| s.id().eq(row.id))
                .update(cx, |s| s.saves().set(1))
                .await?;
            match row.name.as_str() {
                "refused" => Err(Error::other("not this one")),
                "panic" => panic!("a receiver panics"),
                _ => Ok(()),
            }
        })
    });
    let error = draft!(Second { name: "refused" }).save(&db).await.expect_err("it was refused");
    says(&error, &["not this one"]);
    let pool = (*db).clone();
    let task = tokio::spawn(async move { draft!(Second { name: "panic" }).save(&pool).await });
    assert!(task.await.expect_err("it panicked").is_panic());
    assert_eq!(Second::objects().count(&db).await?, 0);
    let row = draft!(Second { name: "fine" }).save(&db).await?;
    assert_eq!(Second::objects().get(&db).await?, Second { saves: 1, ..row });
    drop(refusing);
    draft!(Second { name: "refused" }).save(&db).await?;
    Ok(())
}

#[tokio::test]
async fn one_that_saves_another_row_and_disconnects_itself() -> Outcome {
    let db = tables().await?;
    let slot: Arc<Mutex<Option<signals::Subscription>>> = Arc::default();
    let own = slot.clone();
    let once = signals::after_create::<Third>().connect(move |row, cx| {
        let own = own.clone();
        Box::pin(async move {
            drop(own.lock().expect("nobody panics").take());
            draft!(Third { name: format!("after {}", row.name) }).save(cx).await.map(drop)
        })
    });
    *slot.lock().expect("nobody panics") = Some(once);
    draft!(Third { name: "x" }).save(&db).await?;
    draft!(Third { name: "y" }).save(&db).await?;
    let names = Third::objects().order_by(|t| t.id()).values(|t| t.name());
    assert_rows!(names.all(&db).await?, ["x", "after x", "y"]);
    Ok(())
}

#[tokio::test]
async fn changes_of_a_relation() -> Outcome {
    let db = tables().await?;
    let told = Told::default();
    let tell = told.clone();
    let watch = signals::related_change::<Crate>().connect(move |change, _| {
        let tell = tell.clone();
        Box::pin(async move {
            tell.tell(format!("{:?} {:?}", change.action(), change.keys::<i64>()));
            Ok(())
        })
    });
    let sixth = draft!(Sixth { name: "x" }).save(&db).await?;
    let full = draft!(Crate {}).save(&db).await?;
    full.sixths().add(&db, [&sixth]).await?;
    sixth.crates().clear(&db).await?;
    let expected = ["BeforeAdd [1]", "AfterAdd [1]", "BeforeClear []", "AfterClear []"];
    assert_eq!(told.take(), expected);
    drop(watch);
    assert_num_queries!(db, 1, full.sixths().add(&db, [&sixth]).await?);
    assert_eq!(told.take(), [""; 0]);
    Ok(())
}

#[tokio::test]
async fn rows_that_a_query_set_or_a_cascade_deletes() -> Outcome {
    let db = tables().await?;
    let told = Told::default();
    let parent = draft!(Parent { name: "p" }).save(&db).await?;
    for name in ["a", "b"] {
        parent.children().create(&db, draft!(Child { name })).await?;
    }
    let watch = [telling!(told, before_delete: Child), telling!(told, after_delete: Child)];
    assert_eq!(Child::objects().filter(|c| c.name().eq("a")).delete(&db).await?.total, 1);
    assert_eq!(told.take(), ["before_delete a false", "after_delete a false"]);
    assert_eq!(parent.delete(&db).await?.total, 2);
    assert_eq!(told.take(), ["before_delete b false", "after_delete b false"]);
    drop(watch);
    Ok(())
}

#[tokio::test]
async fn forever_is_until_the_process_ends() -> Outcome {
    let db = tables().await?;
    let told = Told::default();
    telling!(told, after_save: Fourth).forever();
    draft!(Fourth { name: "x" }).save(&db).await?;
    assert_eq!(told.take(), ["after_save x true"]);
    Ok(())
}

/// In a process of its own: it is told of every model.
#[tokio::test]
async fn one_for_all_models() -> Outcome {
    if !alone("api::signals::one_for_all_models")? {
        return Ok(());
    }
    let db = tables().await?;
    let told = Told::default();
    let tell = told.clone();
    let _before = signals::before_save_any().connect(|row, cx| {
        Box::pin(async move {
            assert!(row.get("nothing").is_none());
            let unknown = row.set("nothing", SqlValue::Null).expect_err("there is no such field");
            says(&unknown, &[row.model().name, "`nothing`"]);
            if !cx.created() {
                row.set("id", SqlValue::I64(7)).expect_err("the key stays");
            }
            if let Some(SqlValue::I32(saves)) = row.get("saves") {
                row.set("saves", SqlValue::I32(saves + 1))?;
            }
            for (field, text) in row.texts_mut() {
                assert_eq!(field.name, "name");
                *text = text.trim().to_owned();
            }
            Ok(())
        })
    });
    let _after = signals::after_save_any().connect(move |row, _| {
        let tell = tell.clone();
        Box::pin(async move {
            let name = row.fields().find(|(field, _)| field.name == "name").map(|(_, v)| v.clone());
            tell.tell(format!("{} {name:?}", row.model().name));
            Ok(())
        })
    });
    let mut fifth = draft!(Fifth { name: "  x " }).save(&db).await?;
    assert_eq!((fifth.name.as_str(), fifth.saves), ("x", 1));
    fifth.name = " y".to_owned();
    fifth.save(&db).await?;
    assert_eq!(Fifth::objects().get(&db).await?, fifth);
    assert_eq!((fifth.name.as_str(), fifth.saves), ("y", 2));
    let hooked = draft!(Hooked { name: " z " }).save(&db).await?;
    assert_eq!(hooked.name, "z  hook");
    let text = |text: &str| Some(SqlValue::Text(text.to_owned()));
    let tell = told.clone();
    let _deleted = signals::after_delete_any().connect(move |row, _| {
        let tell = tell.clone();
        Box::pin(async move {
            tell.tell(format!("{} {:?}", row.model().name, row.get("name").cloned()));
            Ok(())
        })
    });
    Hooked::objects().delete(&db).await?;
    let expected = [("Fifth", "x"), ("Fifth", "y"), ("Hooked", "z  hook"), ("Hooked", "z  hook")];
    assert_eq!(told.take(), expected.map(|(model, name)| format!("{model} {:?}", text(name))));
    Ok(())
}
