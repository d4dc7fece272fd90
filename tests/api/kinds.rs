//! Rows of several kinds in one table: an enum over a type column.

use crate::support::{Outcome, database};
use orm::params;
use orm::prelude::*;
use orm_testkit::{TestDatabase, assert_num_queries};

pub mod models {
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
            #[field(on_delete = Protect, related_name = "transfers", related_query_name = "transferred_{model}")]
            account: ForeignKey<Account>,
        },
        Voucher(Voucher),
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "pay")]
    pub struct Payment {
        pub id: i64,
        pub amount: i32,
        #[model(flatten, related(transfer_account: Account = "payments"))]
        pub method: Method,
        #[field(on_delete = Cascade, related_name = "of_payment")]
        pub after: Option<ForeignKey<Payment>>,
    }

    /// Another model of the same kinds, at another place.
    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "pay", validate)]
    pub struct Refund {
        #[model(flatten)]
        pub back_by: Method,
        pub id: i64,
        pub reason: String,
        #[model(flatten)]
        pub state: State,
    }

    /// Numbers in the column, and no columns but one.
    #[derive(Kinds, Clone, Debug, PartialEq)]
    #[repr(i16)]
    #[field(column = "state_no")]
    pub enum State {
        #[choice(label = "Not yet seen")]
        New = 1,
        Done {
            #[field(column = "done_at")]
            at: NaiveDate,
        } = 5,
    }
}
use models::{
    Account, Method, MethodCard, MethodKind, MethodPaths as _, Payment, Refund, State, StateKind,
    Voucher,
};

pub type Opened = std::result::Result<TestDatabase, orm_testkit::TestError>;

pub async fn opened() -> Opened {
    Ok(database!("kinds": Account, Payment, Refund; rows))
}

pub fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2030, 1, day).unwrap_or_default()
}

pub fn card(number: &str) -> Method {
    Method::Card { number: number.to_owned(), expires: day(31), note: None }
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
    for part in [
        "method text NOT NULL,\n    card_number varchar(19),\n    card_expires date,\n    card_note text",
        "transfer_account_id bigint,\n    voucher_code varchar(10),\n    worth integer",
        "UNIQUE (voucher_code)",
        "CONSTRAINT pay_payment_worth CHECK (worth > 0)",
        "FOREIGN KEY (transfer_account_id) REFERENCES pay_account (id) ON DELETE RESTRICT",
        "ON pay_payment (method)",
        "CONSTRAINT pay_payment_method_kind CHECK ((method = 'cash' AND card_number IS NULL AND card_expires IS NULL \
         AND card_note IS NULL AND transfer_iban IS NULL AND transfer_bank IS NULL AND transfer_account_id IS NULL \
         AND voucher_code IS NULL AND worth IS NULL) OR (method = 'card' AND card_number IS NOT NULL AND card_expires \
         IS NOT NULL AND transfer_iban IS NULL AND",
    ] {
        assert!(sql.contains(part), "`{part}` is not in: {sql}");
    }
    let sql = orm::tables::create_tables_sql_of(&[Account::meta(), Refund::meta()])?;
    let sql = sql.join("\n").replace('"', "");
    for part in [
        "back_by text NOT NULL",
        "state_no smallint NOT NULL,\n    done_at date",
        "CONSTRAINT pay_refund_back_by_kind CHECK ((back_by = 'cash' AND",
        "CONSTRAINT pay_refund_state_kind CHECK ((state_no = 1 AND done_at IS NULL) OR (state_no = 5 AND done_at IS NOT NULL))",
        "CONSTRAINT pay_refund_worth CHECK (worth > 0)",
    ] {
        assert!(sql.contains(part), "`{part}` is not in: {sql}");
    }
    let kind = Payment::meta().field("method").ok_or("a field")?.1;
    let values = kind.choices.iter().map(|choice| (choice.value, choice.label));
    assert_eq!(
        values.collect::<Vec<_>>(),
        [("cash", "Cash"), ("card", "Card"), ("transfer", "Transfer"), ("voucher", "Voucher")]
    );
    assert_eq!(StateKind::New.label(), "Not yet seen");
    Ok(())
}

#[tokio::test]
async fn rows_are_read_and_written() -> Outcome {
    let db = opened().await?;
    let rows = Payment::objects().order_by(|p| p.amount()).all(&db);
    let mut rows = assert_num_queries!(db, 1, rows.await?);
    assert_eq!((&rows[0].method, &rows[1].method), (&Method::Cash, &card("4000")));
    let kinds: Vec<_> = rows.iter().map(|row| row.method.kind()).collect();
    assert_eq!(
        kinds,
        [MethodKind::Cash, MethodKind::Card, MethodKind::Transfer, MethodKind::Voucher]
    );
    // Another kind: all columns are written, in one statement.
    rows[1].method = Method::Voucher(Voucher { code: "x".into(), worth: 1 });
    assert_num_queries!(db, 1, rows[1].save(&db).await?);
    rows[1].refresh(&db).await?;
    assert_eq!(rows[1].method, Method::Voucher(Voucher { code: "x".into(), worth: 1 }));
    rows[1].method = MethodCard { number: "1".into(), expires: day(1), note: None }.into();
    rows[1].save_fields(&db, |p| p.method()).await?;
    rows[1].refresh_fields(&db, |p| p.method()).await?;
    assert_eq!(rows[1].method.kind(), MethodKind::Card);
    let raw = db.query_as::<Payment>("SELECT * FROM pay_payment ORDER BY amount", params![]);
    assert_eq!(raw.await?[1], rows[1]);
    // Two enums, of which one is before the key.
    let state = State::Done { at: day(2) };
    let refund = draft!(Refund { reason: "late", back_by: card("5"), state: state.clone() });
    let refund = refund.save(&db).await?;
    assert_eq!((&refund.back_by, &refund.state), (&card("5"), &state));
    let copy = draft!(Refund { state: State::New, ..refund }).save(&db).await?;
    assert_eq!((copy.state, copy.back_by), (State::New, card("5")));
    Ok(())
}

#[tokio::test]
async fn paths_lead_into_the_kinds() -> Outcome {
    let db = opened().await?;
    let amounts = |rows: QuerySet<Payment>| rows.order_by(|p| p.amount()).values(|p| p.amount());
    let all = Payment::objects;
    let cards = all().filter(|p| p.method().is_card());
    assert!(plain(cards.sql())?.ends_with("WHERE t0.method = $1"));
    assert_eq!(amounts(cards).all(&db).await?, [2]);
    let some = all().filter(|p| p.method().kind().in_([MethodKind::Cash, MethodKind::Voucher]));
    assert_eq!(amounts(some).all(&db).await?, [1, 4]);
    let none = all().exclude(|p| p.method().is_card() | p.method().is_transfer());
    assert_eq!(amounts(none).all(&db).await?, [1, 4]);
    let number = all().filter(|p| p.method().card().number().startswith("4"));
    assert_eq!(amounts(number).all(&db).await?, [2]);
    // A condition on a column of one kind leaves the others out; its negation keeps them.
    let others = all().exclude(|p| p.method().card().number().eq("4000"));
    assert_eq!(amounts(others).all(&db).await?, [1, 3, 4]);
    let of_ann = all().filter(|p| p.method().transfer().account().name().eq("Ann"));
    assert!(
        plain(of_ann.sql())?
            .contains("JOIN pay_account AS t1 ON t1.id = t0.transfer_account_id WHERE")
    );
    assert_eq!(amounts(of_ann).all(&db).await?, [3]);
    let worth = all().filter(|p| p.method().voucher().worth().gt(p.amount()));
    assert_eq!(amounts(worth).all(&db).await?, [4]);
    // By the traits, and by names.
    let by_trait = all().filter(|p| p.kind().eq(MethodKind::Card) & p.card().note().eq(None));
    assert_eq!(amounts(by_trait).all(&db).await?, [2]);
    let by_name = all().filter_names([("method", "card")], &["method"])?;
    assert_eq!(amounts(by_name).all(&db).await?, [2]);
    let by_name =
        all().filter_names([("transfer_account__name", "Ann")], &["transfer_account__name"])?;
    assert_eq!(amounts(by_name).all(&db).await?, [3]);
    // Groups and orderings by the kind.
    draft!(Payment { amount: 9, method: card("5") }).save(&db).await?;
    let groups = all().values(|p| p.method().kind()).annotate(|_| count_all());
    let groups = groups.order_by(|p| p.method().kind()).all(&db).await?;
    use MethodKind::{Card, Cash, Transfer};
    assert_eq!(groups, [(Card, 2), (Cash, 1), (Transfer, 1), (MethodKind::Voucher, 1)]);
    Ok(())
}

#[tokio::test]
async fn rows_of_one_kind_are_typed_as_it() -> Outcome {
    let db = opened().await?;
    draft!(Payment { amount: 9, method: card("5") }).save(&db).await?;
    let cards: QuerySet<Payment, (Payment, MethodCard)> =
        Payment::objects().of_kind(|p| p.method().card());
    let cards = cards.order_by(|p| p.method().card().number().desc());
    assert!(plain(cards.sql())?.ends_with("WHERE t0.method = $1 ORDER BY t0.card_number DESC"));
    let rows = assert_num_queries!(db, 1, cards.all(&db).await?);
    let numbers: Vec<_> = rows.iter().map(|(_, card)| card.number.as_str()).collect();
    assert_eq!((numbers, rows[0].0.amount), (vec!["5", "4000"], 9));
    assert_eq!(rows[0].0.method, Method::from(rows[0].1.clone()));
    // Counting, updating, slices, related rows, more values.
    assert_eq!(cards.clone().count(&db).await?, 2);
    let one = cards.clone().filter(|p| p.amount().gt(5)).get(&db).await?;
    assert_eq!(one.1.number, "5");
    let longer = cards.clone().annotate(|p| p.method().card().number().length());
    let lengths: Vec<_> = longer.all(&db).await?.into_iter().map(|(_, _, length)| length).collect();
    assert_eq!(lengths, [Some(1), Some(4)]);
    let set = cards.clone().update(&db, |p| p.method().card().note().set("seen")).await?;
    assert_eq!(set, 2);
    let vouchers = Payment::objects().of_kind(|p| p.method().voucher()).all(&db).await?;
    assert_eq!(vouchers[0].1, Voucher { code: "free".into(), worth: 5 });
    let transfers = Payment::objects()
        .of_kind(|p| p.method().transfer())
        .select_related(|p| p.method().transfer().account());
    let transfers = assert_num_queries!(db, 1, transfers.all(&db).await?);
    let (payment, transfer, account) = &transfers[0];
    assert_eq!(payment.amount, 3);
    assert_eq!(account.as_ref().map(|account| account.id), Some(transfer.account.pk()));
    // A refund's enum is before its key.
    let refund =
        draft!(Refund { reason: "r", back_by: card("7"), state: State::Done { at: day(3) } });
    refund.save(&db).await?;
    let done = Refund::objects().of_kind(|r| r.state().done()).get(&db).await?;
    assert_eq!((done.0.back_by, done.1.at), (card("7"), day(3)));
    assert_eq!(Refund::objects().of_kind(|r| r.back_by().card()).get(&db).await?.1.number, "7");
    assert_eq!(cards.delete(&db).await?.total, 2);
    Ok(())
}

#[tokio::test]
async fn kinds_stand_beside_other_values() -> Outcome {
    let db = opened().await?;
    let rows = Payment::objects().order_by(|p| p.amount());
    let methods = rows.clone().values(|p| (p.amount(), p.method())).all(&db).await?;
    assert_eq!(methods[1], (2, card("4000")));
    let cards = rows.clone().values(|p| (p.amount(), p.method().card())).all(&db).await?;
    assert_eq!(cards[0], (1, None));
    assert_eq!(cards[1].1.as_ref().map(|card| card.expires), Some(day(31)));
    let columns = rows.values(|p| (p.method().kind(), p.method().card().number()));
    assert_eq!(columns.all(&db).await?[1], (MethodKind::Card, Some("4000".to_owned())));
    // Behind a key that may be missing.
    let last = Payment::objects().filter(|p| p.amount().eq(4)).get(&db).await?;
    draft!(Payment { amount: 7, method: Method::Cash, after: &last }).save(&db).await?;
    let before = Payment::objects().order_by(|p| p.amount().desc()).values(|p| p.after().method());
    let before = before.limit(2).all(&db).await?;
    assert_eq!(before, [Some(last.method.clone()), None]);
    let vouchers = Payment::objects().filter(|p| p.after().method().voucher().worth().gt(1));
    assert_eq!(vouchers.count(&db).await?, 1);
    let with = Payment::objects().select_related(|p| p.after()).filter(|p| p.amount().eq(7));
    assert_eq!(with.get(&db).await?.1, Some(last));
    Ok(())
}

#[tokio::test]
async fn keys_of_variants_lead_both_ways() -> Outcome {
    let db = opened().await?;
    let ann = Account::objects().get(&db).await?;
    let rows = Payment::objects()
        .order_by(|p| p.amount())
        .select_related(|p| p.method().transfer().account());
    let rows = assert_num_queries!(db, 1, rows.all(&db).await?);
    let names: Vec<_> = rows.iter().map(|(_, to)| to.as_ref().map(|to| to.name.as_str())).collect();
    assert_eq!(names, [None, None, Some("Ann"), None]);
    let rows = Payment::objects()
        .order_by(|p| p.amount())
        .prefetch_related(|p| p.method().transfer().account());
    let rows = assert_num_queries!(db, 2, rows.all(&db).await?);
    assert_eq!(rows[2].1.as_ref().map(|to| to.id), Some(ann.id));
    let missing = Payment::objects().filter(|p| p.method().transfer().account().isnull(true));
    assert_eq!(missing.count(&db).await?, 3);
    // Back: by the name in the model, and with the model as a parameter.
    assert_eq!(ann.payments().count(&db).await?, 1);
    assert_eq!(ann.transfers::<Payment>().values(|p| p.amount()).all(&db).await?, [3]);
    assert_eq!(ann.transfers::<Refund>().count(&db).await?, 0);
    let paid = Account::objects().filter(|a| a.payments().amount().eq(3));
    assert_eq!(paid.count(&db).await?, 1);
    let paid =
        Account::objects().filter(|a| a.transferred_methodtransfer::<Payment>().amount().eq(3));
    assert_eq!(paid.count(&db).await?, 1);
    let paid =
        Account::objects().order_by(|a| a.id()).prefetch_related(|a| a.payments()).all(&db).await?;
    assert_eq!(paid[0].1.len(), 1);
    // `on_delete = Protect`
    let error = ann.clone().delete(&db).await.expect_err("it has payments");
    assert!(matches!(&error, Error::Protected(_)), "{error:?}");
    Ok(())
}
