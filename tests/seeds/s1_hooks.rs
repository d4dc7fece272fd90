//! What happens when a row is saved.

use crate::support::{Outcome, alone, database};
use orm::prelude::*;
use orm::signals;
use orm_testkit::{assert_num_queries, assert_rows};

mod shop {
    use orm::prelude::*;

    /// A model of ours: it knows itself what to do.
    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "s1_41", hooks)]
    pub struct Product {
        pub id: i64,
        pub name: String,
        #[field(default = "")]
        pub slug: String,
        pub photo: String,
        #[field(default = 0)]
        pub thumbnails: i32,
    }

    impl Hooks for Product {
        async fn before_save(&mut self, cx: &HookCx<'_>) -> Result<()> {
            // On every save.
            self.slug = self.name.to_lowercase().replace(' ', "-");
            // Only where the column differs from the row in the database; always for a new one.
            if cx.changed(self, |p| p.photo()).await? {
                self.thumbnails += 1;
            }
            Ok(())
        }

        /// Only on creation.
        async fn after_create(&self, cx: &HookCx<'_>) -> Result<()> {
            draft!(Stock { product: self, pieces: 0 }).save(cx).await.map(drop)
        }
    }

    /// A model of somebody else's.
    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "s1_41")]
    pub struct Stock {
        pub id: i64,
        #[field(on_delete = Cascade, related_name = "stocks")]
        pub product: ForeignKey<Product>,
        pub pieces: i32,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "s1_41", ordering = [id])]
    pub struct Movement {
        pub id: i64,
        pub text: String,
    }
}

#[tokio::test]
async fn s1_41_something_done_on_save() -> Outcome {
    use shop::{Movement, Product, Stock};
    let db = database!("seeds_s1_41": Product, Stock, Movement);
    // For a model that is not ours, from outside.
    let _watch = signals::before_save::<Stock>().connect(|stock, cx| {
        Box::pin(async move {
            let text = match cx.stored(stock).await? {
                None => format!("new: {}", stock.pieces),
                Some(old) if cx.changed(stock, |s| s.pieces()).await? => {
                    format!("{} -> {}", old.pieces, stock.pieces)
                }
                Some(_) => return Ok(()),
            };
            draft!(Movement { text: text }).save(cx).await.map(drop)
        })
    });

    let mut product = draft!(Product { name: "Red Chair", photo: "a.png" }).save(&db).await?;
    assert_eq!((product.slug.as_str(), product.thumbnails), ("red-chair", 1));
    let mut stock = product.stocks().get(&db).await?;
    assert_eq!(stock.pieces, 0);

    product.name = "Blue Chair".to_owned();
    product.save(&db).await?;
    assert_eq!((product.slug.as_str(), product.thumbnails), ("blue-chair", 1));
    product.photo = "b.png".to_owned();
    product.save(&db).await?;
    assert_eq!(product.thumbnails, 2);
    assert_eq!(Stock::objects().count(&db).await?, 1, "only on creation");

    stock.pieces = 5;
    stock.save(&db).await?;
    stock.save(&db).await?;
    let movements = Movement::objects().values(|m| m.text());
    assert_rows!(movements.all(&db).await?, ["new: 0", "0 -> 5"]);
    // BEGIN, the row, the change, COMMIT: asked once, however often.
    assert_num_queries!(db, 4, stock.save(&db).await?);
    Ok(())
}

mod people {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "s1_42")]
    pub struct Person {
        pub id: i64,
        pub name: String,
        pub nickname: Option<String>,
        #[field(default = Vec::new)]
        pub tags: Vec<String>,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "s1_42")]
    pub struct City {
        pub id: i64,
        #[field(unique)]
        pub name: String,
        pub inhabitants: i32,
    }
}

/// In a process of its own: it is about every model.
#[tokio::test]
async fn s1_42_text_of_all_models_is_trimmed_in_one_place() -> Outcome {
    use people::{City, Person};
    if !alone("seeds::s1_hooks::s1_42_text_of_all_models_is_trimmed_in_one_place")? {
        return Ok(());
    }
    let db = database!("seeds_s1_42": Person, City);
    let trimming = signals::before_save_any().connect(|row, _| {
        Box::pin(async move {
            for (_, text) in row.texts_mut() {
                if text.trim().len() < text.len() {
                    *text = text.trim().to_owned();
                }
            }
            Ok(())
        })
    });
    let mut person = draft!(Person { name: " Ann ", nickname: "A\n" }).save(&db).await?;
    assert_eq!((person.name.as_str(), person.nickname.as_deref()), ("Ann", Some("A")));
    person.nickname = None;
    person.name = "\tAnna".to_owned();
    person.tags = vec![" as it is ".to_owned()];
    person.save(&db).await?;
    assert_eq!(Person::objects().get(&db).await?, person);
    assert_eq!((person.name.as_str(), person.tags[0].as_str()), ("Anna", " as it is "));
    // It is trimmed before the database looks at it.
    draft!(City { name: "Rome", inhabitants: 1 }).save(&db).await?;
    let again = draft!(City { name: "Rome ", inhabitants: 1 }).save(&db).await;
    assert!(matches!(again, Err(Error::Unique(_))), "{again:?}");
    drop(trimming);
    draft!(City { name: "Rome ", inhabitants: 1 }).save(&db).await?;
    Ok(())
}
