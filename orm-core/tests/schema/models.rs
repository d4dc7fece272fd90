//! Models written by hand, with every option between them.

use orm_core::ir::{
    CheckMeta, Default, FieldMeta, IndexMeta, IndexPart, ModelMeta, Node, OnDelete, Relation,
    RelationKind, Through, UniqueMeta,
};
use orm_sql::ident::RawSql;
use orm_sql::schema::Deferrable;
use orm_sql::value::{SqlType, SqlValue};

/// A value with other values in some of its fields: those of metadata are public, and it is made
/// by its functions alone. With `const`, the other values are constants.
macro_rules! with {
    (const $base:expr; $($field:ident: $value:expr),* $(,)?) => {
        with!($base; $($field: const { $value }),*)
    };
    ($base:expr; $($field:ident: $value:expr),* $(,)?) => {{
        let mut changed = $base;
        $(changed.$field = $value;)*
        changed
    }};
}
pub(crate) use with;

pub const FIELD: FieldMeta = FieldMeta::new::<i64>("id", "id");

pub const ID: FieldMeta = with!(FIELD; identity: true);

pub const fn field(name: &'static str, sql_type: SqlType) -> FieldMeta {
    with!(FIELD; name: name, column: name, sql_type: sql_type)
}

pub const fn key(column: &'static str, relation: &'static Relation) -> FieldMeta {
    with!(FIELD;
        name: relation.name,
        column: column,
        relation: Some(relation),
        null: relation.null,
    )
}

pub const MODEL: ModelMeta = ModelMeta::new("Model", "library", "library_model", &[ID], &[0]);

pub const fn relation(
    name: &'static str,
    from: fn() -> &'static ModelMeta,
    to: fn() -> &'static ModelMeta,
) -> Relation {
    Relation::key(name, "", from, to)
}

pub fn raw(sql: &str) -> Node {
    Node::Raw(RawSql::new(sql), Vec::new())
}

const fn part(name: &'static str) -> IndexPart {
    IndexPart::Field { name, desc: false }
}

const UNIQUE: UniqueMeta = UniqueMeta::new(&[]);

const INDEX: IndexMeta = IndexMeta::new(&[]);

/// Columns of every kind.
pub static AUTHOR: ModelMeta = with!(const MODEL;
    name: "Author",
    table: "library_author",
    fields: &[
        ID,
        with!(field("name", SqlType::Text); max_length: Some(100), unique: true),
        with!(field("email", SqlType::Text); db_index: true, null: true),
        with!(field("rating", SqlType::Numeric);
            digits: Some((5, 2)),
            positive: true,
            default: Default::Rust(|| SqlValue::I32(1)),
        ),
        with!(field("nicknames", SqlType::Array(&SqlType::Text)); max_length: Some(20)),
        with!(field("prices", SqlType::Array(&SqlType::Numeric)); digits: Some((9, 3))),
        with!(field("bio", SqlType::Text);
            collation: Some("C"),
            comment: Some("it's for people"),
        ),
        with!(field("created_at", SqlType::TimestampTz);
            default: Default::Database(|| raw("now()")),
        ),
        with!(field("name_length", SqlType::Int4); generated: Some(|| raw("length(name)"))),
        field("years", SqlType::Int4Range),
        field("home", SqlType::Named("point")),
        field("settings", SqlType::Jsonb),
    ],
    comment: Some("who writes"),
    checks: &[
        with!(CheckMeta::new(|| raw("name <> ''")); name: Some("author_has_name")),
        CheckMeta::new(|| raw("rating < 100 OR email IS NOT NULL")),
    ],
);

/// A text key, in a schema of its own.
pub static PUBLISHER: ModelMeta = with!(const MODEL;
    name: "Publisher",
    schema: Some("trade"),
    table: "publisher",
    fields: &[
        with!(field("code", SqlType::Text); max_length: Some(12), collation: Some("C")),
        with!(field("number", SqlType::Int4); unique: true),
    ],
);

/// Keys, unique constraints and indexes of every kind.
pub static BOOK: ModelMeta = with!(const MODEL;
    name: "Book",
    table: "library_book",
    fields: &[
        ID,
        field("name", SqlType::Text),
        with!(field("edition", SqlType::Text); null: true),
        field("pages", SqlType::Int4),
        key("author_id", &BOOK_AUTHOR),
        key("editor_id", &BOOK_EDITOR),
        with!(key("publisher_code", &BOOK_PUBLISHER); sql_type: SqlType::Text),
        with!(key("printer_number", &BOOK_PRINTER); sql_type: SqlType::Int4),
        with!(key("successor_id", &BOOK_SUCCESSOR); default: Default::Database(|| raw("1"))),
    ],
    many_to_many: &[&BOOK_TAGS],
    uniques: &[
        with!(const UNIQUE; parts: &[part("name"), part("author")]),
        with!(const UNIQUE;
            name: Some("book_edition"),
            parts: &[part("name"), part("edition")],
            nulls_distinct: false,
            include: &["pages"],
            deferrable: Some(Deferrable::Deferred),
        ),
        with!(const UNIQUE; parts: &[part("name")], condition: Some(|| raw("pages > 9"))),
        with!(const UNIQUE; parts: &[part("name")], condition: Some(|| raw("pages > 99"))),
        with!(const UNIQUE;
            parts: &[IndexPart::Expression(|| raw("lower(name)")), part("edition")],
            nulls_distinct: false,
        ),
    ],
    indexes: &[
        with!(const INDEX; parts: &[IndexPart::Field { name: "pages", desc: true }]),
        with!(const INDEX;
            name: Some("book_by_words"),
            parts: &[IndexPart::Expression(|| raw("to_tsvector('simple', name)"))],
            method: Some("gin"),
        ),
        with!(const INDEX;
            parts: &[part("author"), part("pages")],
            condition: Some(|| raw("edition IS NOT NULL")),
            include: &["name"],
        ),
        with!(const INDEX; parts: &[part("pages")], method: Some("brin")),
    ],
);

static BOOK_AUTHOR: Relation = relation("author", || &BOOK, || &AUTHOR);
static BOOK_EDITOR: Relation = with!(relation("editor", || &BOOK, || &AUTHOR);
    null: true,
    on_delete: OnDelete::SetNull,
    deferrable: Some(Deferrable::Deferred),
);
static BOOK_PUBLISHER: Relation =
    with!(relation("publisher", || &BOOK, || &PUBLISHER); on_delete: OnDelete::Protect);
static BOOK_PRINTER: Relation = with!(relation("printer", || &BOOK, || &PUBLISHER);
    null: true,
    to_field: Some("number"),
    on_delete: OnDelete::Restrict,
);
static BOOK_SUCCESSOR: Relation = with!(relation("successor", || &BOOK, || &BOOK);
    null: true,
    on_delete: OnDelete::SetDefault,
    kind: RelationKind::OneToOne,
);
static BOOK_TAGS: Relation = with!(relation("tags", || &BOOK, || &TAG);
    kind: RelationKind::ManyToMany,
    through: Some(with!(Through::of(|| &BOOK_TAG); auto: true)),
);

pub static TAG: ModelMeta = with!(const MODEL; name: "Tag", table: "library_tag");

pub static BOOK_TAG: ModelMeta = with!(const MODEL;
    name: "Book_tags",
    table: "library_book_tags",
    fields: &[ID, key("book_id", &TAGGED_BOOK), key("tag_id", &TAGGED_TAG)],
    uniques: &[with!(const UNIQUE; parts: &[part("book"), part("tag")])],
);
static TAGGED_BOOK: Relation = relation("book", || &BOOK_TAG, || &BOOK);
static TAGGED_TAG: Relation = relation("tag", || &BOOK_TAG, || &TAG);

/// A composite key of keys, one of which the database does not check.
pub static SHELF: ModelMeta = with!(const MODEL;
    name: "Shelf",
    table: "library_shelf",
    fields: &[key("book_id", &SHELF_BOOK), key("room_id", &SHELF_ROOM)],
    primary_key: &[0, 1],
);
static SHELF_BOOK: Relation = relation("book", || &SHELF, || &BOOK);
static SHELF_ROOM: Relation = with!(relation("room", || &SHELF, || &ROOM); db_constraint: false);
pub static ROOM: ModelMeta =
    with!(const MODEL; name: "Room", table: "elsewhere_room", managed: false);

/// Two tables whose keys go in a circle, and one that needs them.
pub static EMPLOYEE: ModelMeta = with!(const MODEL;
    name: "Employee",
    table: "library_employee",
    fields: &[ID, key("boss_id", &EMPLOYEE_BOSS), key("department_id", &EMPLOYEE_DEPARTMENT)],
);
static EMPLOYEE_BOSS: Relation = with!(relation("boss", || &EMPLOYEE, || &EMPLOYEE); null: true);
static EMPLOYEE_DEPARTMENT: Relation = relation("department", || &EMPLOYEE, || &DEPARTMENT);

pub static DEPARTMENT: ModelMeta = with!(const MODEL;
    name: "Department",
    table: "library_department",
    fields: &[ID, key("head_id", &DEPARTMENT_HEAD)],
);
static DEPARTMENT_HEAD: Relation = with!(relation("head", || &DEPARTMENT, || &EMPLOYEE);
    null: true,
    on_delete: OnDelete::DoNothing,
);

/// A key that is one to one with another's.
pub static BADGE: ModelMeta = with!(const MODEL;
    name: "Badge",
    table: "library_badge",
    fields: &[key("employee_id", &BADGE_EMPLOYEE)],
);
static BADGE_EMPLOYEE: Relation =
    with!(relation("employee", || &BADGE, || &EMPLOYEE); kind: RelationKind::OneToOne);

pub const ALL: &[&ModelMeta] =
    &[&SHELF, &BOOK, &AUTHOR, &PUBLISHER, &TAG, &ROOM, &BADGE, &EMPLOYEE, &DEPARTMENT];
