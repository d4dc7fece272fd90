//! The tables and relations of the corpus `library` that queries are made of, and rows for them.

use super::random::Random;
use super::spec::{Ty, Val};
use chrono::{Datelike, NaiveDate};

/// A table: its columns with their types, and whether they can be NULL.
pub struct Table {
    pub name: &'static str,
    pub columns: &'static [(&'static str, Ty, bool)],
}

/// A relation of a model as the API names it.
pub struct Relation {
    pub model: &'static str,
    pub name: &'static str,
    pub target: &'static str,
    /// The keys that are followed, one after the other.
    pub hops: &'static [Hop],
}

/// A key that is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hop {
    /// From the row that has the key to the one that it refers to.
    Forward { column: &'static str, to: &'static str },
    /// From a row to those whose key refers to it; at most one where the key is unique.
    Reverse { table: &'static str, column: &'static str, many: bool },
    /// To those rows only whose column is not less than a number.
    Least(&'static Hop, &'static str, i64),
}

impl Hop {
    /// The table at its end.
    pub fn table(self) -> &'static str {
        match self {
            Hop::Forward { to, .. } => to,
            Hop::Reverse { table, .. } => table,
            Hop::Least(of, ..) => of.table(),
        }
    }

    /// True where it can lead to more than one row.
    pub fn is_many(self) -> bool {
        match self {
            Hop::Reverse { many, .. } => many,
            Hop::Forward { .. } => false,
            Hop::Least(of, ..) => of.is_many(),
        }
    }
}

use Ty::{Bool, Date, Decimal, I16, I32, I64, Text};

/// The columns that queries speak of come first; those after them only hold what the rows need.
pub const TABLES: &[Table] = &[
    Table {
        name: "publisher",
        columns: &[
            ("id", I64, false),
            ("name", Text, false),
            ("founded", I32, true),
            ("parent_id", I64, true),
        ],
    },
    Table {
        name: "author",
        columns: &[
            ("id", I64, false),
            ("name", Text, false),
            ("email", Text, true),
            ("alive", Bool, false),
            ("born", Date, true),
            ("mentor_id", I64, true),
        ],
    },
    Table { name: "tag", columns: &[("id", I64, false), ("name", Text, false)] },
    Table {
        name: "book",
        columns: &[
            ("id", I64, false),
            ("title", Text, false),
            ("subtitle", Text, false),
            ("pages", I32, true),
            ("in_print", Bool, false),
            ("price", Decimal, false),
            ("discount", Decimal, true),
            ("published", Date, true),
            ("publisher_id", I64, true),
            ("editor_id", I64, true),
            ("prequel_id", I64, true),
            // What is read out of a document, an array and a date.
            ("lang", Text, true),
            ("size", I32, true),
            ("score", I32, true),
            ("year", I32, true),
            ("month", I32, true),
        ],
    },
    Table {
        name: "review",
        columns: &[
            ("id", I64, false),
            ("reviewer", Text, true),
            ("stars", I16, false),
            ("text", Text, false),
            ("book_id", I64, false),
            ("reply_to_id", I64, true),
        ],
    },
    Table {
        name: "award",
        columns: &[
            ("id", I64, false),
            ("name", Text, false),
            ("year", I32, false),
            ("book_id", I64, false),
        ],
    },
    Table {
        name: "authorship",
        columns: &[
            ("id", I64, false),
            ("role", Text, false),
            ("position", I16, false),
            ("book_id", I64, false),
            ("author_id", I64, false),
        ],
    },
    Table {
        name: "book_tags",
        columns: &[("id", I64, false), ("book_id", I64, false), ("tag_id", I64, false)],
    },
    Table {
        name: "author_friends",
        columns: &[
            ("id", I64, false),
            ("from_author_id", I64, false),
            ("to_author_id", I64, false),
        ],
    },
];

const fn to(column: &'static str, to: &'static str) -> Hop {
    Hop::Forward { column, to }
}

const fn many(table: &'static str, column: &'static str) -> Hop {
    Hop::Reverse { table, column, many: true }
}

const fn least(of: &'static Hop, column: &'static str, number: i64) -> Hop {
    Hop::Least(of, column, number)
}

macro_rules! relations {
    ($($model:literal $name:literal $target:literal [$($hop:expr),+];)*) => {
        &[$(Relation { model: $model, name: $name, target: $target, hops: &[$($hop),+] }),*]
    };
}

pub const RELATIONS: &[Relation] = relations! {
    "publisher" "parent" "publisher" [to("parent_id", "publisher")];
    "publisher" "imprints" "publisher" [many("publisher", "parent_id")];
    "publisher" "books" "book" [many("book", "publisher_id")];
    "author" "mentor" "author" [to("mentor_id", "author")];
    "author" "proteges" "author" [many("author", "mentor_id")];
    "author" "friends" "author" [many("author_friends", "from_author_id"), to("to_author_id", "author")];
    "author" "books" "book" [many("authorship", "author_id"), to("book_id", "book")];
    "author" "edited_books" "book" [many("book", "editor_id")];
    "author" "authorships" "authorship" [many("authorship", "author_id")];
    "tag" "books" "book" [many("book_tags", "tag_id"), to("book_id", "book")];
    "book" "publisher" "publisher" [to("publisher_id", "publisher")];
    "book" "editor" "author" [to("editor_id", "author")];
    "book" "authors" "author" [many("authorship", "book_id"), to("author_id", "author")];
    "book" "tags" "tag" [many("book_tags", "book_id"), to("tag_id", "tag")];
    "book" "prequel" "book" [to("prequel_id", "book")];
    "book" "sequel" "book" [Hop::Reverse { table: "book", column: "prequel_id", many: false }];
    "book" "authorships" "authorship" [many("authorship", "book_id")];
    "book" "reviews" "review" [many("review", "book_id")];
    "book" "awards" "award" [many("award", "book_id")];
    "review" "book" "book" [to("book_id", "book")];
    "review" "reply_to" "review" [to("reply_to_id", "review")];
    "review" "replies" "review" [many("review", "reply_to_id")];
    "award" "book" "book" [to("book_id", "book")];
    "authorship" "book" "book" [to("book_id", "book")];
    "authorship" "author" "author" [to("author_id", "author")];
    // What `joined_on` leads to.
    "publisher" "long_books" "book" [least(&many("book", "publisher_id"), "pages", 7003)];
    "book" "good_reviews" "review" [least(&many("review", "book_id"), "stars", 7003)];
    "book" "new_publisher" "publisher" [least(&to("publisher_id", "publisher"), "founded", 7002)];
    "author" "long_written" "book" [
        many("authorship", "author_id"), least(&to("book_id", "book"), "pages", 7003)
    ];
};

impl Relation {
    /// True where a condition says which of the rows at its end are meant.
    pub fn is_chosen(&self) -> bool {
        self.hops.iter().any(|hop| matches!(hop, Hop::Least(..)))
    }
}

/// The models that queries start at.
pub const MODELS: &[&str] =
    &["publisher", "author", "tag", "book", "review", "award", "authorship"];

/// The table of a name.
pub fn table(name: &str) -> &'static Table {
    TABLES.iter().find(|table| table.name == name).expect("a table of the schema")
}

/// The relation of a model.
pub fn relation(model: &str, name: &str) -> &'static Relation {
    let fits = |relation: &&Relation| relation.model == model && relation.name == name;
    RELATIONS.iter().find(fits).expect("a relation of the schema")
}

/// The model at the end of a path.
pub fn target(model: &'static str, path: &[&'static str]) -> &'static str {
    path.iter().fold(model, |at, name| relation(at, name).target)
}

/// True where a path can lead to more than one row.
pub fn is_many(model: &'static str, path: &[&'static str]) -> bool {
    let mut at = model;
    path.iter().any(|name| {
        let relation = relation(at, name);
        at = relation.target;
        relation.hops.iter().any(|hop| hop.is_many())
    })
}

/// The words that texts are made of; none is in the text of a statement.
pub const WORDS: &[&str] = &["qaa", "qab", "qba", "qbb", "qac"];

/// The least number in a row; no number of that size is in the text of a statement.
pub const NUMBERS: std::ops::Range<i64> = 7001..7006;

/// A decimal near the numbers.
pub fn decimal(random: &mut Random) -> Val {
    let part = *random.pick(&[0, 0, 25, 50]);
    Val::Decimal(random.within(NUMBERS.start..NUMBERS.start + 3) * 100 + part)
}

/// A date in one of few months.
pub fn date(random: &mut Random) -> Val {
    let year = random.within(NUMBERS.start..NUMBERS.start + 2) as i32;
    let (month, day) = (*random.pick(&[1, 1, 2, 8]), *random.pick(&[1, 1, 15]));
    NaiveDate::from_ymd_opt(year, month, day).map_or(Val::Null, Val::Date)
}

/// All rows, by table in the order of [`TABLES`].
pub struct Rows {
    tables: Vec<Vec<Vec<Val>>>,
}

impl Rows {
    /// Some rows for each table: few values, so that they meet, and many NULLs.
    pub fn random(random: &mut Random) -> Rows {
        let mut rows = Rows { tables: Vec::new() };
        for table in TABLES {
            let count = match table.name {
                "book" | "review" => 7,
                "authorship" | "book_tags" => 8,
                "author_friends" => 6,
                _ => 4,
            };
            let mut made: Vec<Vec<Val>> = Vec::new();
            for _ in 0..count {
                let row = rows.row(table, made.len() as i64 + 1, random);
                // A link is there once.
                if !table.name.contains('_') || !made.iter().any(|other| other[1..] == row[1..]) {
                    made.push(row);
                }
            }
            rows.tables.push(made);
        }
        rows
    }

    fn row(&self, table: &Table, id: i64, random: &mut Random) -> Vec<Val> {
        let value = |&(name, ty, null): &(&'static str, Ty, bool), random: &mut Random| {
            if name == "id" {
                return Val::Int(id);
            }
            if null && random.one_in(3) {
                return Val::Null;
            }
            // Unique columns, and pairs of keys that may be there once.
            let unique = matches!(
                (table.name, name),
                ("publisher" | "tag", "name") | ("author", "email") | ("authorship", "role")
            );
            match ty {
                Ty::Text if unique => Val::Text(format!("{}{id}", random.pick(WORDS))),
                Ty::Text if random.one_in(8) => Val::Text(String::new()),
                Ty::Text => Val::Text((*random.pick(WORDS)).to_owned()),
                Ty::Bool => Val::Bool(random.one_in(2)),
                Ty::Decimal => decimal(random),
                Ty::Date => date(random),
                I64 => self.key(table, name, id, random),
                _ => Val::Int(random.within(NUMBERS)),
            }
        };
        let mut row: Vec<Val> = table.columns.iter().map(|column| value(column, random)).collect();
        if table.name == "book" {
            agree(table, &mut row);
        }
        row
    }

    /// The value of a key: to a row of a table that is full, or of this one that came before.
    fn key(&self, table: &Table, column: &str, id: i64, random: &mut Random) -> Val {
        let target = match column {
            "parent_id" | "mentor_id" | "reply_to_id" | "prequel_id" => table.name,
            "publisher_id" => "publisher",
            "book_id" => "book",
            "tag_id" => "tag",
            _ => "author",
        };
        match (column, target == table.name) {
            // A one-to-one key: each row at most once.
            ("prequel_id", _) if id > 1 => Val::Int(id - 1),
            (_, true) if id > 1 => Val::Int(random.within(1..id)),
            (_, true) => Val::Null,
            _ => Val::Int(random.within(1..self.table(target).len() as i64 + 1)),
        }
    }

    /// The rows of a table.
    pub fn table(&self, name: &str) -> &[Vec<Val>] {
        let place = TABLES.iter().position(|table| table.name == name);
        place.and_then(|place| self.tables.get(place)).map_or(&[], Vec::as_slice)
    }

    /// A cell.
    pub fn cell(&self, table: &'static str, row: usize, column: &str) -> &Val {
        let column = if column == "pk" { "id" } else { column };
        &self.table(table)[row][place(self::table(table), column)]
    }

    /// The rows that a key leads to.
    pub fn follow(&self, from: &'static str, row: usize, hop: Hop) -> Vec<usize> {
        let (table, column, value) = match hop {
            Hop::Forward { column, to } => (to, "id", self.cell(from, row, column)),
            Hop::Reverse { table, column, .. } => (table, column, self.cell(from, row, "id")),
            Hop::Least(of, column, number) => {
                let mut found = self.follow(from, row, *of);
                let number = Val::Int(number);
                found.retain(|row| match self.cell(of.table(), *row, column) {
                    Val::Null => false,
                    value => *value >= number,
                });
                return found;
            }
        };
        if *value == Val::Null {
            return Vec::new();
        }
        let fits = |row: &usize| self.cell(table, *row, column) == value;
        (0..self.table(table).len()).filter(fits).collect()
    }
}

/// The place of a column in its table.
fn place(table: &Table, column: &str) -> usize {
    table.columns.iter().position(|(name, ..)| *name == column).expect("a column")
}

/// What is read out of a book's date is of that date, and its discount is not more than its price.
fn agree(table: &Table, book: &mut [Val]) {
    let date = book[place(table, "published")].clone();
    let (year, month) = match date {
        Val::Date(date) => (Val::Int(i64::from(date.year())), Val::Int(i64::from(date.month()))),
        _ => (Val::Null, Val::Null),
    };
    (book[place(table, "year")], book[place(table, "month")]) = (year, month);
    let price = book[place(table, "price")].clone();
    let discount = &mut book[place(table, "discount")];
    *discount = std::mem::replace(discount, Val::Null).min(price);
}
