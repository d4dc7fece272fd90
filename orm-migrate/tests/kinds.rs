//! Rows of several kinds in one table, in migrations: the check is made again where the kinds change.

use orm::prelude::*;
use orm_migrate::detect::{NoInput, detect};
use orm_migrate::graph::Graph;
use orm_migrate::make;
use orm_migrate::run::{Runner, Target};
use orm_migrate::state::ProjectState;
use orm_testkit::TestDatabase;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

mod before {
    use orm::prelude::*;

    #[derive(Kinds, Clone, Debug, PartialEq)]
    pub enum Method {
        Cash,
        Card { number: String },
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "pay")]
    pub struct Payment {
        pub id: i64,
        #[model(flatten)]
        pub method: Method,
    }
}

/// A kind more, whose column is required, and another value for one that is there.
mod after {
    use orm::prelude::*;

    #[derive(Kinds, Clone, Debug, PartialEq)]
    pub enum Method {
        #[choice("coins")]
        Cash,
        Card {
            number: String,
        },
        Cheque {
            number: i64,
            bank: Option<String>,
        },
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "pay")]
    pub struct Payment {
        pub id: i64,
        #[model(flatten)]
        pub method: Method,
    }
}

#[tokio::test]
async fn another_kind_is_another_check() -> Outcome {
    let nothing = ProjectState::default();
    let first = ProjectState::of_models(&[before::Payment::meta()])?;
    let mut number = 0;
    let mut id = || {
        number += 1;
        number.to_string()
    };
    let operations = detect(&nothing, &first, &mut NoInput)?;
    let made = make::migrations(&Graph::default(), &nothing, operations, &mut id)?;
    let text = made[0].to_toml();
    assert!(text.contains("pay_payment_method_kind"), "{text}");
    let graph = Graph::of(made)?;
    assert_eq!(detect(&graph.state()?, &first, &mut NoInput)?, []);
    let db = TestDatabase::empty().await?;
    Runner::new(&graph).run(&*db, &Target::Latest).await?;
    let card = before::Method::Card { number: "1".into() };
    draft!(before::Payment { method: card }).save(&db).await?;

    let second = ProjectState::of_models(&[after::Payment::meta()])?;
    let operations = detect(&first, &second, &mut NoInput)?;
    let next = make::migrations(&graph, &first, operations, &mut id)?;
    let text = next[0].to_toml();
    for part in ["cheque_number", "cheque_bank", "pay_payment_method_kind", "'coins'"] {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
    let all = Graph::of(graph.iter().cloned().chain(next))?;
    assert_eq!(Runner::new(&all).run(&*db, &Target::Latest).await?, 1);
    assert_eq!(detect(&all.state()?, &second, &mut NoInput)?, []);
    let cheque = after::Method::Cheque { number: 1, bank: None };
    draft!(after::Payment { method: cheque.clone() }).save(&db).await?;
    draft!(after::Payment { method: after::Method::Cash }).save(&db).await?;
    let error = draft!(before::Payment { method: before::Method::Cash }).save(&db).await;
    assert!(matches!(error, Err(Error::Check(_))), "{error:?}");
    let rows = after::Payment::objects().filter(|p| p.method().is_cheque()).all(&db).await?;
    assert_eq!(rows[0].method, cheque);
    Ok(())
}
