//! Models written by hand, with every option between them.

use orm_core::ir::{
    CheckMeta, Default, FieldMeta, IndexMeta, IndexPart, ModelMeta, Node, OnDelete, Relation,
    RelationKind, Through, UniqueMeta,
};
use orm_sql::ident::RawSql;
use orm_sql::value::{SqlType, SqlValue};

pub const FIELD: FieldMeta = FieldMeta::new::<i64>("id", "id");

pub const ID: FieldMeta = FieldMeta { identity: true, ..FIELD };

pub const fn field(name: &'static str, sql_type: SqlType) -> FieldMeta {
    FieldMeta { name, column: name, sql_type, ..FIELD }
}

pub const fn key(column: &'static str, relation: &'static Relation) -> FieldMeta {
    FieldMeta {
        name: relation.name,
        column,
        relation: Some(relation),
        null: relation.null,
        ..FIELD
    }
}

pub const MODEL: ModelMeta = ModelMeta::new("Model", "library", "library_model", &[ID], &[0]);

pub const fn relation(
    name: &'static str,
    from: fn() -> &'static ModelMeta,
    to: fn() -> &'static ModelMeta,
) -> Relation {
    Relation {
        name,
        kind: RelationKind::ForeignKey,
        from,
        to,
        column: "",
        to_field: None,
        null: false,
        on_delete: OnDelete::Cascade,
        reverse: None,
        through: None,
        symmetrical: false,
        db_constraint: true,
        deferrable: false,
        limit_choices_to: None,
    }
}

pub fn raw(sql: &str) -> Node {
    Node::Raw(RawSql::new(sql), Vec::new())
}

const fn part(name: &'static str) -> IndexPart {
    IndexPart::Field { name, desc: false }
}

const UNIQUE: UniqueMeta = UniqueMeta {
    name: None,
    parts: &[],
    condition: None,
    nulls_distinct: true,
    include: &[],
    deferrable: false,
};

const INDEX: IndexMeta =
    IndexMeta { name: None, parts: &[], method: None, condition: None, include: &[] };

/// Columns of every kind.
pub static AUTHOR: ModelMeta = ModelMeta {
    name: "Author",
    table: "library_author",
    fields: &[
        ID,
        FieldMeta { max_length: Some(100), unique: true, ..field("name", SqlType::Text) },
        FieldMeta { db_index: true, null: true, ..field("email", SqlType::Text) },
        FieldMeta {
            digits: Some((5, 2)),
            positive: true,
            default: Default::Rust(|| SqlValue::I32(1)),
            ..field("rating", SqlType::Numeric)
        },
        FieldMeta { max_length: Some(20), ..field("nicknames", SqlType::Array(&SqlType::Text)) },
        FieldMeta { digits: Some((9, 3)), ..field("prices", SqlType::Array(&SqlType::Numeric)) },
        FieldMeta {
            collation: Some("C"),
            comment: Some("it's for people"),
            ..field("bio", SqlType::Text)
        },
        FieldMeta {
            default: Default::Database(|| raw("now()")),
            ..field("created_at", SqlType::TimestampTz)
        },
        FieldMeta {
            generated: Some(|| raw("length(name)")),
            ..field("name_length", SqlType::Int4)
        },
        field("years", SqlType::Int4Range),
        field("home", SqlType::Named("point")),
        field("settings", SqlType::Jsonb),
    ],
    comment: Some("who writes"),
    checks: &[
        CheckMeta { name: Some("author_has_name"), condition: || raw("name <> ''") },
        CheckMeta { name: None, condition: || raw("rating < 100 OR email IS NOT NULL") },
    ],
    ..MODEL
};

/// A text key, in a schema of its own.
pub static PUBLISHER: ModelMeta = ModelMeta {
    name: "Publisher",
    schema: Some("trade"),
    table: "publisher",
    fields: &[
        FieldMeta { max_length: Some(12), collation: Some("C"), ..field("code", SqlType::Text) },
        FieldMeta { unique: true, ..field("number", SqlType::Int4) },
    ],
    ..MODEL
};

/// Keys, unique constraints and indexes of every kind.
pub static BOOK: ModelMeta = ModelMeta {
    name: "Book",
    table: "library_book",
    fields: &[
        ID,
        field("name", SqlType::Text),
        FieldMeta { null: true, ..field("edition", SqlType::Text) },
        field("pages", SqlType::Int4),
        key("author_id", &BOOK_AUTHOR),
        key("editor_id", &BOOK_EDITOR),
        FieldMeta { sql_type: SqlType::Text, ..key("publisher_code", &BOOK_PUBLISHER) },
        FieldMeta { sql_type: SqlType::Int4, ..key("printer_number", &BOOK_PRINTER) },
        FieldMeta {
            default: Default::Database(|| raw("1")),
            ..key("successor_id", &BOOK_SUCCESSOR)
        },
    ],
    many_to_many: &[&BOOK_TAGS],
    uniques: &[
        UniqueMeta { parts: &[part("name"), part("author")], ..UNIQUE },
        UniqueMeta {
            name: Some("book_edition"),
            parts: &[part("name"), part("edition")],
            nulls_distinct: false,
            include: &["pages"],
            deferrable: true,
            ..UNIQUE
        },
        UniqueMeta { parts: &[part("name")], condition: Some(|| raw("pages > 9")), ..UNIQUE },
        UniqueMeta { parts: &[part("name")], condition: Some(|| raw("pages > 99")), ..UNIQUE },
        UniqueMeta {
            parts: &[IndexPart::Expression(|| raw("lower(name)")), part("edition")],
            nulls_distinct: false,
            ..UNIQUE
        },
    ],
    indexes: &[
        IndexMeta { parts: &[IndexPart::Field { name: "pages", desc: true }], ..INDEX },
        IndexMeta {
            name: Some("book_by_words"),
            parts: &[IndexPart::Expression(|| raw("to_tsvector('simple', name)"))],
            method: Some("gin"),
            ..INDEX
        },
        IndexMeta {
            parts: &[part("author"), part("pages")],
            condition: Some(|| raw("edition IS NOT NULL")),
            include: &["name"],
            ..INDEX
        },
        IndexMeta { parts: &[part("pages")], method: Some("brin"), ..INDEX },
    ],
    ..MODEL
};

static BOOK_AUTHOR: Relation = relation("author", || &BOOK, || &AUTHOR);
static BOOK_EDITOR: Relation = Relation {
    null: true,
    on_delete: OnDelete::SetNull,
    deferrable: true,
    ..relation("editor", || &BOOK, || &AUTHOR)
};
static BOOK_PUBLISHER: Relation =
    Relation { on_delete: OnDelete::Protect, ..relation("publisher", || &BOOK, || &PUBLISHER) };
static BOOK_PRINTER: Relation = Relation {
    null: true,
    to_field: Some("number"),
    on_delete: OnDelete::Restrict,
    ..relation("printer", || &BOOK, || &PUBLISHER)
};
static BOOK_SUCCESSOR: Relation = Relation {
    null: true,
    on_delete: OnDelete::SetDefault,
    kind: RelationKind::OneToOne,
    ..relation("successor", || &BOOK, || &BOOK)
};
static BOOK_TAGS: Relation = Relation {
    kind: RelationKind::ManyToMany,
    through: Some(Through { model: || &BOOK_TAG, from_field: None, to_field: None, auto: true }),
    ..relation("tags", || &BOOK, || &TAG)
};

pub static TAG: ModelMeta = ModelMeta { name: "Tag", table: "library_tag", ..MODEL };

pub static BOOK_TAG: ModelMeta = ModelMeta {
    name: "Book_tags",
    table: "library_book_tags",
    fields: &[ID, key("book_id", &TAGGED_BOOK), key("tag_id", &TAGGED_TAG)],
    uniques: &[UniqueMeta { parts: &[part("book"), part("tag")], ..UNIQUE }],
    ..MODEL
};
static TAGGED_BOOK: Relation = relation("book", || &BOOK_TAG, || &BOOK);
static TAGGED_TAG: Relation = relation("tag", || &BOOK_TAG, || &TAG);

/// A composite key of keys, one of which the database does not check.
pub static SHELF: ModelMeta = ModelMeta {
    name: "Shelf",
    table: "library_shelf",
    fields: &[key("book_id", &SHELF_BOOK), key("room_id", &SHELF_ROOM)],
    primary_key: &[0, 1],
    ..MODEL
};
static SHELF_BOOK: Relation = relation("book", || &SHELF, || &BOOK);
static SHELF_ROOM: Relation =
    Relation { db_constraint: false, ..relation("room", || &SHELF, || &ROOM) };
pub static ROOM: ModelMeta =
    ModelMeta { name: "Room", table: "elsewhere_room", managed: false, ..MODEL };

/// Two tables whose keys go in a circle, and one that needs them.
pub static EMPLOYEE: ModelMeta = ModelMeta {
    name: "Employee",
    table: "library_employee",
    fields: &[ID, key("boss_id", &EMPLOYEE_BOSS), key("department_id", &EMPLOYEE_DEPARTMENT)],
    ..MODEL
};
static EMPLOYEE_BOSS: Relation =
    Relation { null: true, ..relation("boss", || &EMPLOYEE, || &EMPLOYEE) };
static EMPLOYEE_DEPARTMENT: Relation = relation("department", || &EMPLOYEE, || &DEPARTMENT);

pub static DEPARTMENT: ModelMeta = ModelMeta {
    name: "Department",
    table: "library_department",
    fields: &[ID, key("head_id", &DEPARTMENT_HEAD)],
    ..MODEL
};
static DEPARTMENT_HEAD: Relation = Relation {
    null: true,
    on_delete: OnDelete::DoNothing,
    ..relation("head", || &DEPARTMENT, || &EMPLOYEE)
};

/// A key that is one to one with another's.
pub static BADGE: ModelMeta = ModelMeta {
    name: "Badge",
    table: "library_badge",
    fields: &[key("employee_id", &BADGE_EMPLOYEE)],
    ..MODEL
};
static BADGE_EMPLOYEE: Relation =
    Relation { kind: RelationKind::OneToOne, ..relation("employee", || &BADGE, || &EMPLOYEE) };

pub const ALL: &[&ModelMeta] =
    &[&SHELF, &BOOK, &AUTHOR, &PUBLISHER, &TAG, &ROOM, &BADGE, &EMPLOYEE, &DEPARTMENT];
