//! Generic relations in migrations: another kind is a column more, and another check.

use orm::prelude::*;
use orm_migrate::detect::{NoInput, detect};
use orm_migrate::graph::Graph;
use orm_migrate::make;
use orm_migrate::run::{Runner, Target};
use orm_migrate::state::ProjectState;
use orm_testkit::TestDatabase;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

mod targets {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "blog")]
    pub struct Book {
        pub id: i64,
        pub title: String,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "blog")]
    pub struct Author {
        pub id: i64,
        pub name: String,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "blog")]
    pub struct Shop {
        pub id: i64,
        pub city: String,
    }
}

mod before {
    use super::targets::{Author, Book};
    use orm::prelude::*;

    #[derive(GenericForeignKey, Clone, Debug, PartialEq)]
    pub enum Subject {
        Book(ForeignKey<Book>),
        Author(ForeignKey<Author>),
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "blog")]
    pub struct Comment {
        pub id: i64,
        #[field(generic, on_delete = Cascade)]
        pub target: Subject,
    }
}

/// A kind more.
mod after {
    use super::targets::{Author, Book, Shop};
    use orm::prelude::*;

    #[derive(GenericForeignKey, Clone, Debug, PartialEq)]
    pub enum Subject {
        Book(ForeignKey<Book>),
        Author(ForeignKey<Author>),
        Shop(ForeignKey<Shop>),
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "blog")]
    pub struct Comment {
        pub id: i64,
        #[field(generic, on_delete = Cascade)]
        pub target: Subject,
    }
}

#[tokio::test]
async fn another_kind_is_a_column_more_and_another_check() -> Outcome {
    let (book, author, shop) =
        (targets::Book::meta(), targets::Author::meta(), targets::Shop::meta());
    let nothing = ProjectState::default();
    let first = ProjectState::of_models(&[book, author, shop, before::Comment::meta()])?;
    let mut number = 0;
    let mut id = || {
        number += 1;
        number.to_string()
    };
    let operations = detect(&nothing, &first, &mut NoInput)?;
    let made = make::migrations(&Graph::default(), &nothing, operations, &mut id)?;
    let text = made[0].to_toml();
    for part in ["target_book", "target_author_id", "blog_comment_target_one", "num_nonnulls"] {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
    let graph = Graph::of(made)?;
    assert_eq!(detect(&graph.state()?, &first, &mut NoInput)?, []);
    let db = TestDatabase::empty().await?;
    Runner::new(&graph).run(&*db, &Target::Latest).await?;
    let sea = draft!(targets::Book { title: "Sea" }).save(&*db).await?;
    draft!(before::Comment { target: &sea }).save(&*db).await?;

    let second = ProjectState::of_models(&[book, author, shop, after::Comment::meta()])?;
    let operations = detect(&first, &second, &mut NoInput)?;
    let next = make::migrations(&graph, &first, operations, &mut id)?;
    let text = next[0].to_toml();
    for part in ["target_shop", "blog_comment_target_one"] {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
    assert!(!text.contains("target_author\""), "nothing else is touched: {text}");
    let all = Graph::of(graph.iter().cloned().chain(next))?;
    assert_eq!(Runner::new(&all).run(&*db, &Target::Latest).await?, 1);
    assert_eq!(detect(&all.state()?, &second, &mut NoInput)?, []);
    let shop = draft!(targets::Shop { city: "Oslo" }).save(&*db).await?;
    draft!(after::Comment { target: &shop }).save(&*db).await?;
    let rows = after::Comment::objects().prefetch_related(|c| c.target());
    let rows = rows.order_by(|c| c.id()).all(&*db).await?;
    assert!(matches!(&rows[0].1, after::SubjectRow::Book(book) if *book == sea));
    assert!(matches!(&rows[1].1, after::SubjectRow::Shop(row) if *row == shop));
    Ok(())
}
