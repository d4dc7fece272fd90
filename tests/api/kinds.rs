//! Rows of several kinds in one table: an enum over a type column.

use crate::support::{Outcome, database, says};
use orm::prelude::*;
use orm_testkit::{TestDatabase, assert_num_queries};

mod models {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "pay")]
    pub struct Account {
        pub id: i64,
        pub name: String,
    }

    /// What a voucher is, wherever there is one.
    #[derive(ModelFields, Clone, Debug, PartialEq)]
    #[model(check(|v| v.worth().gt(0), name = "{app}_{model}_worth"))]
    pub struct Voucher {
        #[field(max_length = 10, column = "voucher_code", unique)]
        pub code: String,
        pub worth: i32,
    }

    #[derive(Kinds, Clone, Debug, PartialEq)]
    #[field(db_index)]
    pub enum Method {
        Cash,
        /// By card.
        Card {
            #[field(max_length = 19)]
            number: String,
            expires: NaiveDate,
            note: Option<String>,
        },
        Transfer {
            iban: String,
            bank: Option<String>,
            #[field(on_delete = Protect, related_name = "{model}s_of")]
            account: ForeignKey<Account>,
        },
        Voucher(Voucher),
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "pay")]
    pub struct Payment {
        pub id: i64,
        pub amount: i32,
        #[model(flatten)]
        pub method: Method,
    }
}
use models::{Account, Method, MethodCard, MethodKind, Payment, Voucher};

type Opened = std::result::Result<TestDatabase, orm_testkit::TestError>;

async fn opened() -> Opened {
    Ok(database!("kinds": Account, Payment; rows))
}

fn card(number: &str) -> Method {
    let expires = NaiveDate::from_ymd_opt(2030, 1, 31).unwrap();
    Method::Card { number: number.to_owned(), expires, note: None }
}

async fn rows(db: &Database) -> Result<()> {
    let ann = draft!(Account { name: "Ann" }).save(db).await?;
    let transfer = Method::Transfer { iban: "DE1".into(), bank: None, account: (&ann).into() };
    draft!(Payment { amount: 1, method: Method::Cash }).save(db).await?;
    draft!(Payment { amount: 2, method: card("4000") }).save(db).await?;
    draft!(Payment { amount: 3, method: transfer }).save(db).await?;
    let voucher = Voucher { code: "free".into(), worth: 5 };
    draft!(Payment { amount: 4, method: Method::Voucher(voucher) }).save(db).await?;
    Ok(())
}

/// The SQL of a query set, without quotes.
fn plain(sql: Result<String>) -> Result<String> {
    Ok(sql?.replace('"', ""))
}

#[test]
fn the_table_has_the_columns_of_all_kinds_and_a_check() -> Outcome {
    let sql = orm::tables::create_tables_sql_of(&[Account::meta(), Payment::meta()])?;
    let sql = sql.join("\n").replace('"', "");
    println!("{sql}");
    Ok(())
}

#[tokio::test]
async fn rows_are_read_and_written() -> Outcome {
    let db = opened().await?;
    let rows = Payment::objects().order_by(|p| p.id()).all(&db).await?;
    assert_eq!(rows[1].method, card("4000"));
    println!("{rows:?}");
    Ok(())
}
