//! The models of a library, as the derive would write them, and short ways to write nodes.

use orm_core::ir::*;
use orm_sql::ast::Template;
use orm_sql::value::{SqlType, SqlValue};

const FIELD: FieldMeta = FieldMeta::new::<String>("", "");

const fn field(name: &'static str, sql_type: SqlType) -> FieldMeta {
    with!(FIELD; name: name, column: name, sql_type: sql_type)
}

const fn null(name: &'static str, sql_type: SqlType) -> FieldMeta {
    with!(field(name, sql_type); null: true)
}

const fn id() -> FieldMeta {
    with!(field("id", SqlType::Int8); identity: true)
}

const fn key(relation: &'static Relation) -> FieldMeta {
    with!(FIELD;
        name: relation.name,
        column: relation.column,
        sql_type: SqlType::Int8,
        null: relation.null,
        relation: Some(relation),
    )
}

const MODEL: ModelMeta = ModelMeta::new("", "library", "", &[], &[0]);

type Meta = fn() -> &'static ModelMeta;

const fn relation(
    name: &'static str,
    column: &'static str,
    from: Meta,
    to: Meta,
    reverse: &'static str,
) -> Relation {
    with!(Relation::key(name, column, from, to); reverse: Some(reverse))
}

const fn nullable(relation: Relation) -> Relation {
    with!(relation; null: true)
}

const fn one_to_one(relation: Relation) -> Relation {
    with!(relation; kind: RelationKind::OneToOne)
}

const fn many(relation: Relation, model: Meta, auto: bool) -> Relation {
    let through = with!(Through::of(model); auto: auto);
    with!(relation; kind: RelationKind::ManyToMany, through: Some(through))
}

macro_rules! models {
    ($($name:ident, $function:ident, $table:literal, [$($field:expr),*] $(, $option:ident: $value:expr)*;)*) => {$(
        pub static $name: ModelMeta = with!(const MODEL;
            name: stringify!($name),
            table: $table,
            fields: &[$($field),*],
            $($option: $value),*
        );
        #[allow(dead_code)] // not all of them are referred to
        pub fn $function() -> &'static ModelMeta {
            &$name
        }
    )*};
}

pub static PARENT: Relation =
    nullable(relation("parent", "parent_id", publisher, publisher, "imprints"));
pub static MENTOR: Relation = nullable(relation("mentor", "mentor_id", author, author, "proteges"));
pub static PROFILE_AUTHOR: Relation =
    one_to_one(relation("author", "author_id", author_profile, author, "profile"));
pub static BOOK_PUBLISHER: Relation =
    nullable(relation("publisher", "publisher_id", book, publisher, "books"));
pub static EDITOR: Relation =
    nullable(relation("editor", "editor_id", book, author, "edited_books"));
pub static PREQUEL: Relation =
    one_to_one(nullable(relation("prequel", "prequel_id", book, book, "sequel")));
pub static TAGS: Relation = many(relation("tags", "", book, tag, "books"), book_tag, true);
pub static AUTHORS: Relation =
    many(relation("authors", "", book, author, "books"), authorship, false);
pub static TAG_BOOK: Relation = relation("book", "book_id", book_tag, book, "+");
pub static TAG_TAG: Relation = relation("tag", "tag_id", book_tag, tag, "+");
pub static SHIP_BOOK: Relation = relation("book", "book_id", authorship, book, "authorships");
pub static SHIP_AUTHOR: Relation =
    relation("author", "author_id", authorship, author, "authorships");
pub static REVIEW_BOOK: Relation = relation("book", "book_id", review, book, "reviews");
pub static REPLY_TO: Relation =
    nullable(relation("reply_to", "reply_to_id", review, review, "replies"));
pub static AWARD_BOOK: Relation = relation("book", "book_id", award, book, "awards");
pub static STOCK_BOOK: Relation = relation("book", "book_id", stock, book, "stock");
pub static FOLLOWS: Relation =
    many(relation("follows", "", author, author, "followers"), follow, true);
pub static FROM_AUTHOR: Relation = relation("from_author", "from_author_id", follow, author, "+");
pub static TO_AUTHOR: Relation = relation("to_author", "to_author_id", follow, author, "+");
pub static LETTER_TO: Relation =
    with!(relation("to", "to_email", letter, author, "letters"); to_field: Some("email"));

models! {
    Publisher, publisher, "library_publisher", [
        id(), field("name", SqlType::Text), field("country", SqlType::Text),
        null("founded", SqlType::Int4), key(&PARENT)
    ];
    Author, author, "library_author", [
        id(), field("name", SqlType::Text), null("email", SqlType::Text),
        field("alive", SqlType::Bool), null("rating", SqlType::Float8), key(&MENTOR)
    ], many_to_many: &[&FOLLOWS];
    Profile, author_profile, "library_profile", [
        id(), key(&PROFILE_AUTHOR), field("bio", SqlType::Text), null("website", SqlType::Text)
    ];
    Tag, tag, "library_tag", [id(), field("name", SqlType::Text)];
    Book, book, "library_book", [
        id(), field("title", SqlType::Text), key(&BOOK_PUBLISHER), key(&EDITOR), key(&PREQUEL),
        field("price", SqlType::Numeric), null("discount", SqlType::Numeric),
        null("pages", SqlType::Int4), field("in_print", SqlType::Bool)
    ], many_to_many: &[&TAGS, &AUTHORS];
    BookTag, book_tag, "library_book_tags", [id(), key(&TAG_BOOK), key(&TAG_TAG)];
    Follow, follow, "library_author_follows", [id(), key(&FROM_AUTHOR), key(&TO_AUTHOR)];
    Authorship, authorship, "library_authorship", [
        id(), key(&SHIP_BOOK), key(&SHIP_AUTHOR), field("role", SqlType::Text),
        null("royalty", SqlType::Numeric)
    ];
    Stock, stock, "library_stock", [
        id(), key(&STOCK_BOOK), field("quantity", SqlType::Int4)
    ];
    Review, review, "library_review", [
        id(), key(&REVIEW_BOOK), null("reviewer", SqlType::Text), field("stars", SqlType::Int2),
        key(&REPLY_TO)
    ];
    Award, award, "library_award", [
        id(), field("name", SqlType::Text), field("year", SqlType::Int4), key(&AWARD_BOOK)
    ], ordering: Some(award_ordering);
    Shelf, shelf, "shelf", [
        field("room", SqlType::Int4), field("row", SqlType::Int4), field("label", SqlType::Text)
    ], primary_key: &[0, 1];
    Letter, letter, "letter", [
        id(), with!(key(&LETTER_TO); sql_type: SqlType::Text)
    ];
}

fn award_ordering() -> Vec<OrderNode> {
    let at = |name| PathBuf::root(Scope::ANY, &Award).field(name);
    vec![desc(at("year")), asc(at("name"))]
}

/// Paths by names, as the derived accessors would make them.
pub trait Paths {
    fn field(&self, name: &str) -> Node;
    fn to(&self, relation: &'static Relation) -> PathBuf;
    fn back(&self, relation: &'static Relation) -> PathBuf;
    fn row(&self) -> Node;
}

impl Paths for PathBuf {
    fn field(&self, name: &str) -> Node {
        let (_, field) = self.target().field(name).expect("a field of the model");
        Node::Column { path: self.clone(), field }
    }
    fn to(&self, relation: &'static Relation) -> PathBuf {
        self.then(Step::Forward(relation))
    }
    fn back(&self, relation: &'static Relation) -> PathBuf {
        self.then(Step::Reverse(relation))
    }
    fn row(&self) -> Node {
        Node::Relation(self.clone())
    }
}

/// Comparisons with values.
pub trait Lookups: Sized {
    fn node(self) -> Node;
    fn op(self, op: Comparison, value: impl Into<Node>) -> Node {
        Node::compare(op, self.node(), value.into())
    }
    fn eq(self, value: impl Into<Node>) -> Node {
        self.op(Comparison::Eq, value)
    }
    fn ne(self, value: impl Into<Node>) -> Node {
        self.op(Comparison::Ne, value)
    }
    fn gt(self, value: impl Into<Node>) -> Node {
        self.op(Comparison::Gt, value)
    }
    fn isnull(self, null: bool) -> Node {
        self.node().is_null(null)
    }
    fn within(self, values: Vec<i64>) -> Node {
        let values = values.into_iter().map(SqlValue::I64).collect();
        Node::In(Box::new(self.node()), Members::Values(values, &SqlType::Int8))
    }
    fn of(self, query: &Query) -> Node {
        Node::In(Box::new(self.node()), Members::Query(Box::new(query.clone())))
    }
}

impl Lookups for Node {
    fn node(self) -> Node {
        self
    }
}

pub fn text(value: &str) -> Node {
    Node::Value(SqlValue::Text(value.to_owned()), SqlType::Text)
}

pub fn int(value: i32) -> Node {
    Node::Value(SqlValue::I32(value), SqlType::Int4)
}

pub fn key_of(value: i64) -> Node {
    Node::row(vec![SqlValue::I64(value)])
}

pub fn asc(node: Node) -> OrderNode {
    OrderNode { node, desc: false, nulls: None, sql_type: None }
}

pub fn desc(node: Node) -> OrderNode {
    OrderNode { node, desc: true, nulls: None, sql_type: None }
}

pub static LOWER: Template = Template::new("LOWER({})");
pub static TIMES: Template = Template::new("({} * {})");
pub static COALESCE: Template = Template::opaque("COALESCE({*})");
pub static COUNT: Template = Template::new("COUNT({})");
pub static SUM: Template = Template::new("SUM({})");
pub static MAX: Template = Template::new("MAX({})");

pub fn aggregate_of(function: &'static Template, args: Vec<Node>) -> AggregateNode {
    AggregateNode {
        function,
        args,
        distinct: false,
        filter: None,
        order: vec![],
        default: None,
        joined: false,
    }
}

pub fn count_of(node: Node) -> Node {
    Node::Aggregate(Box::new(aggregate_of(&COUNT, vec![node])))
}

pub fn call(template: &'static Template, args: Vec<Node>) -> Node {
    Node::template(template, args)
}

/// A query set's methods, without types.
#[derive(Clone)]
pub struct Rows(pub Query);

pub fn rows(model: &'static ModelMeta) -> Rows {
    Rows(Query::new(model))
}

/// Rows of which only the key is selected, so that the SQL is short.
pub fn ids(model: &'static ModelMeta) -> Rows {
    rows(model).values(|root| vec![root.field("id")])
}

impl Rows {
    pub fn root(&self) -> PathBuf {
        match &self.0.source {
            Source::Model(model) => PathBuf::root(self.0.scope, model),
            Source::Related(path) => PathBuf::root(self.0.scope, path.target()),
            Source::Nested(_) | Source::Combined(..) | Source::Cte(_) | Source::Function(..) => {
                panic!("rows without a model")
            }
            Source::Row(_, model) | Source::Raw(_, model) => PathBuf::root(self.0.scope, model),
        }
    }
    pub fn values(mut self, items: impl FnOnce(PathBuf) -> Vec<Node>) -> Self {
        let items = items(self.root());
        self.0.select = items.into_iter().map(|n| Selected::Expr(n, SqlType::Int8)).collect();
        self
    }
    pub fn annotate(mut self, item: impl FnOnce(PathBuf) -> Node) -> Self {
        self.0.select.push(Selected::Expr(item(self.root()), SqlType::Int8));
        self
    }
    pub fn with(mut self, path: impl FnOnce(PathBuf) -> PathBuf) -> Self {
        self.0.select.push(Selected::Model(path(self.root())));
        self
    }
    pub fn filter(self, condition: impl FnOnce(PathBuf) -> Node) -> Self {
        let node = condition(self.root());
        self.add(node, false)
    }
    pub fn exclude(self, condition: impl FnOnce(PathBuf) -> Node) -> Self {
        let node = condition(self.root());
        self.add(node, true)
    }
    fn add(mut self, node: Node, negated: bool) -> Self {
        let after = self.0.select.len();
        self.0.filters.push(Filter { negated, ..Filter::new(node, after) });
        self
    }
    pub fn sticky(mut self) -> Self {
        if let Some(filter) = self.0.filters.last_mut() {
            filter.sticky = true;
        }
        self
    }
    pub fn order(mut self, items: impl FnOnce(PathBuf) -> Vec<OrderNode>) -> Self {
        self.0.order.by = Some(items(self.root()));
        self
    }
    pub fn change(mut self, change: impl FnOnce(&mut Query)) -> Self {
        change(&mut self.0);
        self
    }
}

pub fn nothing() -> Node {
    Node::Value(SqlValue::Null, SqlType::Int4)
}
