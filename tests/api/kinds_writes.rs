//! Rows of several kinds in one table: how they are written, and what is refused.

use super::kinds::models::{Account, Method, MethodKind, Payment, Refund, State, Voucher};
use super::kinds::{card, day, opened};
use crate::support::{Outcome, database, says, scalar};
use orm::params;
use orm::prelude::*;
use orm_testkit::assert_num_queries;

fn voucher(code: &str, worth: i32) -> Method {
    Method::Voucher(Voucher { code: code.to_owned(), worth })
}

#[tokio::test]
async fn the_kind_of_rows_is_changed_by_update() -> Outcome {
    let db = opened().await?;
    let all = Payment::objects;
    let cards = all().filter(|p| p.method().is_card());
    let changed =
        assert_num_queries!(db, 1, cards.update(&db, |p| p.method().set(Method::Cash)).await?);
    assert_eq!((changed, all().filter(|p| p.method().is_cash()).count(&db).await?), (1, 2));
    let changed = all()
        .filter(|p| p.amount().eq(1))
        .update(&db, |p| (p.method().set(card("77")), p.amount().set(p.amount() + 10)));
    assert_eq!(changed.await?, 1);
    let row = all().filter(|p| p.method().card().number().eq("77")).get(&db).await?;
    assert_eq!((row.amount, row.method.kind()), (11, MethodKind::Card));
    // A column of one kind by itself: where that makes no row of a kind, the database refuses it.
    let card = all().of_kind(|p| p.method().card());
    card.update(&db, |p| p.method().card().note().set("n")).await?;
    let error = all().update(&db, |p| p.method().card().note().set("n")).await.expect_err("cash");
    assert!(matches!(&error, Error::Check(_)), "{error:?}");
    says(&error, &["pay_payment_method_kind"]);
    let error =
        all().update(&db, |p| p.method().kind().set(MethodKind::Cash)).await.expect_err("left");
    says(&error, &["pay_payment_method_kind"]);
    // An instance.
    let mut row = all().filter(|p| p.amount().eq(11)).get(&db).await?;
    row.update(&db, |p| p.method().set(voucher("v", 3))).await?;
    assert_eq!(row.method, voucher("v", 3));
    Ok(())
}

#[tokio::test]
async fn many_rows_are_written_at_once() -> Outcome {
    let db = opened().await?;
    Payment::objects().delete(&db).await?;
    let drafts = [Method::Cash, card("1"), voucher("a", 1)];
    let drafts: Vec<_> =
        (0..).zip(drafts).map(|(amount, method)| draft!(Payment { amount, method })).collect();
    let new = Payment::objects().bulk_create(&db, drafts.clone());
    let mut rows = assert_num_queries!(db, 1, new.await?);
    assert_eq!(rows[1].method, card("1"));
    rows[0].method = card("2");
    rows[1].method = voucher("b", 2);
    rows[2].method = Method::Cash;
    let written = Payment::objects().bulk_update(&db, &rows, |p| p.method());
    assert_eq!(assert_num_queries!(db, 1, written.await?), 3);
    let read = Payment::objects().order_by(|p| p.id()).all(&db).await?;
    assert_eq!(read, rows);
    Payment::objects().delete(&db).await?;
    assert_eq!(assert_num_queries!(db, 1, Payment::objects().copy_in(&db, drafts).await?), 3);
    let kinds = Payment::objects().order_by(|p| p.amount()).values(|p| p.method().kind());
    assert_eq!(kinds.all(&db).await?, [MethodKind::Cash, MethodKind::Card, MethodKind::Voucher]);
    // What is there already: `code` is unique.
    let again = draft!(Payment { amount: 50, method: voucher("a", 9) });
    let upsert = Payment::objects().bulk_create(&db, [again.clone()]);
    upsert
        .on_conflict(|p| p.method().voucher().code())
        .update(|p| (p.amount(), p.method()))
        .await?;
    let row = Payment::objects().filter(|p| p.method().voucher().code().eq("a")).get(&db).await?;
    assert_eq!((row.amount, row.method), (50, voucher("a", 9)));
    let (row, created) = Payment::objects()
        .get_or_create(&db, |p| p.method().voucher().code().eq("a"), again.clone())
        .await?;
    assert!(!created && row.amount == 50);
    let (row, created) = Payment::objects()
        .get_or_create(
            &db,
            |p| p.amount().eq(51),
            draft!(Payment { amount: 51, method: Method::Cash }),
        )
        .await?;
    assert!(created && row.method == Method::Cash);
    Ok(())
}

#[tokio::test]
async fn rows_that_are_no_row_of_their_kind_are_refused_and_not_read() -> Outcome {
    let db = opened().await?;
    let error = db.execute("UPDATE pay_payment SET card_note = 'x'", params![]).await;
    says(&error.expect_err("no card"), &["pay_payment_method_kind"]);
    let error = db
        .execute("INSERT INTO pay_payment (amount, method) VALUES (1, 'cheque')", params![])
        .await;
    says(&error.expect_err("no kind"), &["pay_payment_method_kind"]);
    // Rows of another program, which has no check.
    db.execute("ALTER TABLE pay_payment DROP CONSTRAINT pay_payment_method_kind", params![])
        .await?;
    let error = async |sql: &str| -> Result<Error> {
        db.execute("DELETE FROM pay_payment", params![]).await?;
        db.execute(sql, params![]).await?;
        let read = Payment::objects().all(&db).await.expect_err("no such row");
        assert!(matches!(&read, Error::Decode { .. }), "{read:?}");
        Ok(read)
    };
    let unknown = error("INSERT INTO pay_payment (amount, method) VALUES (1, 'cheque')").await?;
    says(&unknown, &["Payment", "method", "an unknown value of `MethodKind`"]);
    let missing =
        error("INSERT INTO pay_payment (amount, method, card_number) VALUES (1, 'card', '1')")
            .await?;
    says(&missing, &["Payment", "card_expires", "in a row of the kind `card`", "NULL"]);
    let filled =
        error("INSERT INTO pay_payment (amount, method, worth) VALUES (1, 'cash', 3)").await?;
    says(&filled, &["Payment", "worth", "a row of the kind `cash` has no value in this column"]);
    Ok(())
}

#[tokio::test]
async fn what_variants_say_is_validated() -> Outcome {
    let db = opened().await?;
    let long = "1".repeat(20);
    let error =
        draft!(Refund { reason: "r", back_by: card(&long), state: State::New }).save(&db).await;
    let error = error.expect_err("it is too long");
    assert!(matches!(&error, Error::Validation(_)), "{error:?}");
    says(&error, &["card_number", "19"]);
    let mut payment = Payment::objects().filter(|p| p.amount().eq(1)).get(&db).await?;
    payment.full_clean()?;
    payment.method = card("");
    says(&payment.full_clean().expect_err("empty"), &["card_number"]);
    payment.method = voucher("12345678901", 1);
    says(&payment.full_clean().expect_err("too long"), &["code", "10"]);
    payment.method = voucher("free", 1);
    says(&payment.full_clean_with(&db).await.expect_err("there is one"), &["code"]);
    payment.method = voucher("other", 1);
    payment.full_clean_with(&db).await?;
    Ok(())
}

#[tokio::test]
async fn related_sets_and_dynamic_drafts() -> Outcome {
    let db = opened().await?;
    let ann = Account::objects().get(&db).await?;
    let transfer =
        |to: &Account| Method::Transfer { iban: "X".into(), bank: None, account: to.into() };
    let payment = draft!(Payment { amount: 8, method: transfer(&ann) });
    let new = ann.payments().create(&db, payment).await?;
    assert_eq!(new.method, transfer(&ann));
    let bob = draft!(Account { name: "Bob" }).save(&db).await?;
    let elsewhere =
        ann.payments().create(&db, draft!(Payment { amount: 8, method: transfer(&bob) })).await;
    says(&elsewhere.expect_err("another account"), &["transfer_account"]);
    let moved = Payment::objects()
        .of_kind(|p| p.method().transfer())
        .update(&db, |p| p.method().transfer().account().set(&bob))
        .await?;
    assert_eq!((moved, bob.payments().count(&db).await?), (2, 2));
    let fields = || Payment::dyn_draft().set("amount", 3).set("code", None::<String>);
    let row = fields().set("method", "card").set("card_number", "9").set("card_expires", day(4));
    let row = row.save(&db).await?;
    assert_eq!(row.method, Method::Card { number: "9".into(), expires: day(4), note: None });
    let error = fields().set("method", "cheque").save(&db).await.expect_err("no kind");
    says(&error, &["must be one of cash, card"]);
    let count: i64 = scalar(&db, "SELECT count(*) FROM pay_payment WHERE method = 'card'").await?;
    assert_eq!(count, 2);
    Ok(())
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "sales")]
pub struct Bill {
    pub id: i64,
    pub amount: i32,
    #[model(flatten)]
    pub size: sales::Size,
}

/// A bill with a tip, in a table of its own.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "sales", extends = Bill)]
pub struct Tipped {
    pub bill: Bill,
    pub tip: i32,
    #[model(flatten)]
    pub state: State,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(proxy = Bill)]
pub struct SmallBill(pub Bill);

#[tokio::test]
async fn kinds_are_those_of_models_that_extend_and_of_proxies() -> Outcome {
    use sales::Size;
    let db = database!("kinds_extended": Bill, Tipped);
    let (state, wide) = (State::Done { at: day(9) }, Size::Custom { width: 5, height: None });
    let draft = draft!(Tipped { amount: 3, size: wide.clone(), tip: 1, state: state.clone() });
    let new = draft.save(&db).await?;
    assert_eq!((&new.bill.size, &new.state), (&wide, &state));
    let (row, custom) = Tipped::objects().of_kind(|t| t.size().custom()).get(&db).await?;
    assert_eq!((row, custom.width), (new, 5));
    let (_, done) = Tipped::objects().of_kind(|t| t.state().done()).get(&db).await?;
    assert_eq!(done.at, day(9));
    let new = |t: &Fields<Tipped>| (t.size().set(Size::Small), t.state().set(State::New));
    assert_eq!(Tipped::objects().update(&db, new).await?, 1);
    let row = Tipped::objects().get(&db).await?;
    assert_eq!((row.bill.size, row.state), (Size::Small, State::New));
    draft!(SmallBill { amount: 1, size: wide.clone() }).save(&db).await?;
    let (small, custom) = SmallBill::objects().of_kind(|s| s.size().custom()).get(&db).await?;
    assert_eq!((small.amount, custom.width), (1, 5));
    Ok(())
}

/// Enums of kinds in structs, and structs with enums in variants.
mod sales {
    use orm::prelude::*;

    #[derive(Kinds, Clone, Debug, PartialEq)]
    pub enum Size {
        Small,
        Custom { width: i32, height: Option<i32> },
    }

    #[derive(ModelFields, Clone, Debug, PartialEq)]
    #[model(hooks, clean)]
    pub struct Parcel {
        pub weight: i32,
        #[model(flatten)]
        pub size: Size,
    }

    impl Hooks for Parcel {
        async fn before_save(&mut self, _: &HookCx<'_>) -> Result<()> {
            self.weight += 1;
            Ok(())
        }
    }

    impl Clean for Parcel {
        fn clean(&mut self, errors: &mut Errors) {
            if self.weight > 1000 {
                errors.add("weight", "too heavy");
            }
        }
    }

    #[derive(ModelFields, Clone, Debug, PartialEq)]
    pub struct Address {
        pub street: String,
        pub flat: Option<String>,
    }

    #[derive(Kinds, Clone, Debug, PartialEq)]
    #[model(index(fields = [kind, letter.note]), check(|d| d.post().weight().lt(5000), name = "{model}_weight"))]
    pub enum Delivery {
        PickUp,
        Post(Parcel),
        Letter {
            note: String,
            #[model(flatten)]
            to: Address,
        },
    }

    #[derive(ModelFields, Clone, Debug, PartialEq)]
    pub struct Terms {
        pub days: i32,
        #[model(flatten)]
        pub delivery: Delivery,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "sales")]
    pub struct Sale {
        pub id: i64,
        #[model(flatten, with = [Delivery])]
        pub terms: Terms,
    }
}

#[tokio::test]
async fn kinds_stand_in_structs_and_structs_in_kinds() -> Outcome {
    use sales::{Address, Delivery, HasDelivery as _, Parcel, Sale, Size, Terms};
    let db = database!("kinds_nested": Sale);
    let sql = orm::tables::create_tables_sql_of(&[Sale::meta()])?.join("\n").replace('"', "");
    for part in [
        "delivery text NOT NULL,\n    weight integer,\n    size text,\n    custom_width integer",
        "letter_note text,\n    street text,\n    flat text",
        "ON sales_sale (delivery, letter_note)",
        "CONSTRAINT sale_weight CHECK (weight < 5000)",
        "CONSTRAINT sales_sale_delivery_kind CHECK ((delivery = 'pick_up' AND weight IS NULL",
        "(delivery = 'post' AND weight IS NOT NULL AND size IS NOT NULL AND letter_note IS NULL",
        "CONSTRAINT sales_sale_size_kind CHECK ((size = 'small' AND custom_width IS NULL",
    ] {
        assert!(sql.contains(part), "`{part}` is not in: {sql}");
    }
    let parcel = |size| Delivery::Post(Parcel { weight: 3, size });
    let custom = Size::Custom { width: 2, height: None };
    let to = Address { street: "Main".into(), flat: None };
    let letter = Delivery::Letter { note: "n".into(), to };
    for delivery in [Delivery::PickUp, parcel(Size::Small), parcel(custom.clone()), letter.clone()]
    {
        draft!(Sale { days: 3, delivery }).save(&db).await?;
    }
    let rows = Sale::objects().order_by(|s| s.id()).all(&db).await?;
    // The hooks of a struct run in rows of its kind.
    let posted = Delivery::Post(Parcel { weight: 4, size: custom.clone() });
    assert_eq!((&rows[2].terms.delivery, rows[3].delivery()), (&posted, &letter));
    let wide =
        Sale::objects().filter(|s| s.terms().delivery().post().size().custom().width().gt(1));
    assert_eq!(wide.get(&db).await?, rows[2]);
    let sizes = Sale::objects().order_by(|s| s.id()).values(|s| s.terms().delivery().post().size());
    assert_eq!(sizes.all(&db).await?, [None, Some(Size::Small), Some(custom), None]);
    let posts = Sale::objects().of_kind(|s| s.terms().delivery().post()).order_by(|s| s.id());
    assert_eq!(posts.first(&db).await?.map(|(_, parcel)| parcel.size), Some(Size::Small));
    let letters = Sale::objects().of_kind(|s| s.terms().delivery().letter()).all(&db).await?;
    assert_eq!((letters[0].1.note.as_str(), letters[0].1.to.street.as_str()), ("n", "Main"));
    let mut heavy = rows[1].clone();
    heavy.terms =
        Terms { days: 1, delivery: Delivery::Post(Parcel { weight: 2000, size: Size::Small }) };
    says(&heavy.full_clean().expect_err("too heavy"), &["too heavy"]);
    Ok(())
}

/// A key beside that of a variant, both to one model.
mod tips {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "tips", ordering = [name])]
    pub struct Waiter {
        pub id: i64,
        pub name: String,
    }

    #[derive(Kinds, Clone, Debug, PartialEq)]
    pub enum By {
        Cash,
        Transfer {
            #[field(on_delete = Cascade, related_name = "transfers")]
            from: ForeignKey<Waiter>,
        },
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "tips")]
    pub struct Tip {
        pub id: i64,
        #[field(on_delete = Cascade, related_name = "tips")]
        pub to: ForeignKey<Waiter>,
        #[model(flatten, related(transfer_from: Waiter = "passed_on"))]
        pub by: By,
    }
}

#[tokio::test]
async fn a_model_has_a_key_of_its_own_to_the_model_of_a_variant() -> Outcome {
    use tips::{By, Tip, Waiter};
    let db = database!("kinds_tips": Waiter, Tip);
    let ann = draft!(Waiter { name: "Ann" }).save(&db).await?;
    let bob = draft!(Waiter { name: "Bob" }).save(&db).await?;
    draft!(Tip { to: &ann, by: By::Transfer { from: (&bob).into() } }).save(&db).await?;
    draft!(Tip { to: &ann, by: By::Cash }).save(&db).await?;
    assert_eq!((ann.tips().count(&db).await?, ann.passed_on().count(&db).await?), (2, 0));
    assert_eq!(bob.passed_on().values(|t| t.to().name()).all(&db).await?, ["Ann"]);
    let counted = Waiter::objects().values(|w| (w.tips().count(), w.passed_on().count()));
    assert_eq!(counted.all(&db).await?, [(2, 0), (0, 1)]);
    Ok(())
}
