//! Options beyond those of the corpus: keys, shared fields, choices, managers, names.
#![allow(missing_docs)]

use orm::Model;
use orm::model::{Default, IndexPart, OnDelete, RelationKind};
use orm::prelude::*;
use orm::value::{SqlType, SqlValue};

#[derive(Choices, Clone, Copy, PartialEq, Debug)]
pub enum Status {
    #[choice("o", label = "Open")]
    Open,
    #[choice("c")]
    ClosedForGood,
}

#[derive(Choices, Clone, Copy, PartialEq, Debug)]
#[repr(i16)]
pub enum Stars {
    One = 1,
    Two,
    #[choice(label = "Best")]
    Five = 5,
}

#[derive(Column, Clone, Copy, PartialEq, Debug)]
pub struct Cents(i64);

/// Shared by several models.
#[derive(ModelFields, Clone, PartialEq, Debug)]
pub struct Timestamps {
    #[field(auto_now_add)]
    pub created_at: DateTime<Utc>,
    #[field(auto_now, db_index)]
    pub updated_at: DateTime<Utc>,
}

#[derive(ModelFields, Clone, PartialEq, Debug)]
pub struct Address {
    #[field(db_default = 10115)]
    pub code: i32,
    #[field(max_length = 80)]
    pub street: String,
    #[field(default = "Berlin")]
    pub city: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
pub struct Account {
    #[field(primary_key, default = Uuid::now_v7)]
    pub key: Uuid,
    #[field(unique)]
    pub email: String,
    #[field(table = "account_links", symmetrical = false, related_name = "linked_by")]
    pub links: ManyToMany<Self>,
}

/// A key to another field than the primary key, in the way of models of another crate.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Note {
    pub id: i64,
    #[field(on_delete = Cascade, to_field = email, related = "trait", related_name = "notes")]
    pub account: ForeignKey<Account, String>,
    pub text: String,
}

pub struct OpenOnly;

impl Manager<Ticket> for OpenOnly {
    fn queryset(&self) -> QuerySet<Ticket> {
        Ticket::unfiltered().filter(|t| t.status().eq(Status::Open))
    }
}

/// A ticket.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(
    table = "tickets",
    schema = "support",
    comment = "what people ask",
    app = "desk",
    ordering = [times.created_at, -opener.email, status],
    get_latest_by = number,
    managers(objects = OpenOnly, everything = AllRows),
    unique(fields = [number, opener], name = "{app}_{model}_number", nulls_distinct = false),
    unique(|t| t.title().lower(), name = "ticket_title"),
    unique(fields = [number], where = |t| t.status().ne(Status::Open), include = [title]),
    index(fields = [-times.created_at, number], using = "btree"),
    index(fields = [title], using = "hash"),
    check(|t| t.number().gt(0)),
    managed = false,
)]
pub struct Ticket {
    #[field(primary_key, column = "ticket_no")]
    pub no: i32,
    #[model(flatten)]
    pub times: Timestamps,
    #[field(positive, db_comment = "per account", label = "number", help_text = "counts")]
    pub number: i64,
    #[field(default = Status::Open, choices)]
    pub status: Status,
    #[field(db_collation = "C")]
    pub title: String,
    pub stars: Option<Stars>,
    #[field(db_default = Cents(5))]
    pub price: Cents,
    #[field(choices = [("a", "A"), ("b", "B")], validators(email, min_length(2)), blank)]
    pub kind: Option<String>,
    #[field(accessor = "count_")]
    pub count: i32,
    #[field(generated = |t| t.number() * 2)]
    pub double: i64,
    #[model(flatten)]
    pub address: Address,
    #[field(
        on_delete = Set(Uuid::nil()),
        to_field = key,
        deferrable,
        db_constraint = false,
        db_index = false,
        limit_choices_to = |a| a.email().ne("x")
    )]
    pub opener: ForeignKey<Account>,
    #[field(on_delete = SetNull, related_name = "+", column = "closed_by")]
    pub closer: Option<ForeignKey<Account>>,
    #[field(on_delete = DoNothing, related_name = "{app}_{model}s", related_query_name = "watched")]
    pub watcher: Option<ForeignKey<Account>>,
    pub r#type: Option<String>,
}

/// Methods that keep the row, that add to it, and that take arguments.
#[queryset]
impl QuerySet<Account> {
    pub fn named(self, email: &str) -> Self {
        self.filter(|a| a.email().eq(email))
    }
    pub fn with_tickets(mut self) -> QuerySet<Account, O::With<i64>, S> {
        self = self.unordered();
        self.annotate(|a| a.ticket().count())
    }
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(primary_key = [ticket, place])]
pub struct Line {
    #[field(on_delete = Cascade, related_name = "lines")]
    pub ticket: ForeignKey<Ticket>,
    pub place: i16,
    pub text: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
pub struct Vip {
    #[field(primary_key, on_delete = Cascade)]
    pub account: OneToOne<Account>,
    pub since: NaiveDate,
}

#[test]
fn columns_of_shared_fields_stand_in_place() {
    let names: Vec<_> = Ticket::meta().fields.iter().map(|field| field.column).collect();
    let expected = [
        "ticket_no",
        "created_at",
        "updated_at",
        "number",
        "status",
        "title",
        "stars",
        "price",
        "kind",
        "count",
        "double",
        "code",
        "street",
        "city",
        "opener_id",
        "closed_by",
        "watcher_id",
        "type",
    ];
    assert_eq!(names, expected);
    let meta = Ticket::meta();
    assert_eq!((meta.table, meta.schema, meta.managed), ("tickets", Some("support"), false));
    assert_eq!(meta.comment, Some("what people ask"));
    assert!(meta.fields[0].identity && meta.fields[2].auto_now && meta.fields[2].db_index);
    assert_eq!(meta.primary_key, [0]);
}

#[test]
fn options_of_columns_are_kept() {
    let (_, status) = Ticket::meta().field("status").unwrap();
    assert_eq!(status.choices.len(), 2);
    assert_eq!((status.choices[1].value, status.choices[1].label), ("c", "Closed for good"));
    let Default::Rust(default) = status.default else { panic!("no default") };
    assert_eq!(default(), SqlValue::Text("o".into()));
    let (_, stars) = Ticket::meta().field("stars").unwrap();
    assert_eq!((stars.sql_type, stars.null, stars.choices.len()), (SqlType::Int2, true, 3));
    let (_, price) = Ticket::meta().field("price").unwrap();
    assert!(matches!(price.default, Default::Database(_)) && price.sql_type == SqlType::Int8);
    let (_, number) = Ticket::meta().field("number").unwrap();
    assert_eq!((number.label, number.help_text), (Some("number"), Some("counts")));
    assert_eq!((number.comment, number.positive), (Some("per account"), true));
    let (_, kind) = Ticket::meta().field("kind").unwrap();
    assert!(kind.blank && kind.choices[0].label == "A");
    assert!(Ticket::meta().field("double").unwrap().1.generated.is_some());
    let Default::Rust(key) = Account::meta().fields[0].default else { panic!("no default") };
    assert_ne!(key(), key());
}

#[test]
fn options_of_relations_are_kept() {
    let relation = |name| Ticket::meta().field(name).unwrap().1.relation.unwrap();
    let opener = relation("opener");
    assert_eq!(
        (opener.to_field, opener.deferrable),
        (Some("key"), Some(orm::model::Deferrable::Deferred))
    );
    assert!(!opener.db_constraint && opener.limit_choices_to.is_some());
    let OnDelete::Set(value) = opener.on_delete else { panic!("not Set") };
    assert_eq!(value(), SqlValue::Uuid(Uuid::nil()));
    assert_eq!(opener.reverse, Some("ticket"));
    assert_eq!(relation("closer").reverse, None);
    assert_eq!(relation("watcher").reverse, Some("watched"));
    let vip = Vip::meta().fields[0].relation.unwrap();
    assert_eq!((vip.kind, vip.reverse), (RelationKind::OneToOne, Some("vip")));
}

#[test]
fn a_table_between_can_be_named() {
    let links = Account::meta().many_to_many[0];
    let between = links.through.as_ref().unwrap().model();
    assert_eq!((between.table, between.name), ("account_links", "Account_links"));
    let note = Note { id: 1, account: ForeignKey::new("a@b.c"), text: "x".into() };
    assert_eq!(Model::value(&note, 1), SqlValue::Text("a@b.c".into()));
    assert_eq!(Note::meta().fields[1].sql_type, SqlType::Text);
}

#[test]
fn constraints_are_kept() {
    let meta = Ticket::meta();
    assert_eq!(meta.uniques[0].name, Some("desk_ticket_number"));
    assert!(!meta.uniques[0].nulls_distinct);
    assert!(matches!(meta.uniques[1].parts[0], IndexPart::Expression(_)));
    assert_eq!(meta.uniques[2].include, ["title"]);
    assert!(meta.uniques[2].condition.is_some());
    let IndexPart::Field { name, desc } = meta.indexes[0].parts[0] else { panic!("no field") };
    assert_eq!((name, desc), ("created_at", true));
    assert_eq!((meta.indexes[0].method, meta.indexes[1].method), (None, Some("hash")));
    let _ = (meta.checks[0].condition)();
    assert_eq!(meta.ordering.unwrap()().len(), 3);
    assert_eq!(meta.get_latest_by.unwrap()().len(), 1);
}

#[test]
fn keys_of_several_columns_are_tuples() {
    let line = Line { ticket: ForeignKey::new(4), place: 2, text: "x".into() };
    assert_eq!(line.pk(), (4, 2));
    assert_eq!(Line::meta().primary_key, [0, 1]);
    assert!(!Line::meta().fields[1].identity);
    let vip = Vip { account: OneToOne::new(Uuid::nil()), since: NaiveDate::MIN };
    assert_eq!(vip.pk(), Uuid::nil());
}

#[test]
fn choices_have_labels() {
    assert_eq!(Status::Open.label(), "Open");
    assert_eq!(Stars::Five.label(), "Best");
    assert_eq!(Stars::from_value("2"), Some(Stars::Two));
    assert_eq!(Column::to_value(&Stars::Two), SqlValue::I16(2));
    assert_eq!(Column::to_value(&Cents(5)), SqlValue::I64(5));
    assert_eq!(<Status as Column>::decode(b"c").unwrap(), Status::ClosedForGood);
    assert!(<Status as Column>::decode(b"x").is_err());
}

#[allow(dead_code)]
async fn shapes(db: &impl Executor, account: Account) -> Result<()> {
    let ticket = draft!(Ticket {
        number: 1,
        title: "x",
        stars: Stars::One,
        count: 3,
        address: Address { code: 1, street: "x".into(), city: "y".into() },
        opener: &account,
        r#type: "t",
    });
    let ticket = ticket.save(db).await?;
    let _: Vec<Ticket> = Ticket::everything().all(db).await?;
    let _: Vec<Ticket> = Ticket::objects()
        .filter(|t| {
            t.times().created_at().lt(Utc::now())
                & t.address().city().eq("x")
                & t.count_().gt(1)
                & t.price().gt(Cents(3))
                & t.r#type().isnull(true)
                & t.stars().eq(Stars::Two)
                & t.status().in_([Status::Open])
        })
        .all(db)
        .await?;
    let _: Vec<Line> = ticket.lines().all(db).await?;
    let _: Note = draft!(Note { account: &account, text: "x" }).save(db).await?;
    let key = ForeignKey::<Account, String>::new("a@b.c");
    let _: Note = draft!(Note { account: key, text: "x" }).save(db).await?;
    let _: Note = account.notes().create(db, draft!(Note { text: "x" })).await?;
    let _: Vec<Account> = Account::objects().filter(|a| a.notes().text().eq("x")).all(db).await?;
    let _: Vec<(Note, Account)> = Note::objects().select_related(|n| n.account()).all(db).await?;
    let _: Line = ticket.lines().create(db, draft!(Line { place: 1, text: "x" })).await?;
    let _: Vec<Ticket> = account.ticket_set().all(db).await?;
    let _: Vec<Ticket> = account.desk_tickets().all(db).await?;
    let _: Vec<(Account, i64)> =
        Account::objects().annotate(|a| a.watched().count()).all(db).await?;
    let _: Vec<(Account, i64)> = Account::objects().with_tickets().named("x").all(db).await?;
    let _: Vec<(Account, i64, i64)> = account.links().with_tickets().with_tickets().all(db).await?;
    let _: Option<Vip> = account.vip().get_opt(db).await?;
    let _: Vec<(Account, Option<Vip>)> =
        Account::objects().select_related(|a| a.vip()).all(db).await?;
    Ok(())
}
