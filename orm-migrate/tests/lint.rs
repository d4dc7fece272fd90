//! What the linter finds, and what silences it.

use orm_migrate::file::{Migration, MigrationName};
use orm_migrate::graph::Graph;
use orm_migrate::lint::{RULES, lint};

fn name(name: &str) -> MigrationName {
    MigrationName { app: "library".into(), name: name.into() }
}

const FIRST: &str = r#"
id = "one"

[[operations]]
create_model = "Author"
table = "library_author"
primary_key = ["id"]
fields = [{ name = "id", type = "bigint", identity = true }]

[[operations]]
create_model = "Book"
table = "library_book"
primary_key = ["id"]
fields = [
    { name = "id", type = "bigint", identity = true },
    { name = "title", type = "varchar(100)" },
    { name = "price", type = "numeric(8, 2)" },
    { name = "isbn", type = "text", null = true },
]
indexes = [{ name = "by_title", fields = ["title"] }]
checks = [{ name = "has_isbn", check = '"isbn" IS NOT NULL' }]
"#;

/// The rules that find something in the second migration.
fn found(second: &str) -> Vec<&'static str> {
    let text = format!("id = \"two\"\ndependencies = [\"library.0001\"]\n{second}");
    let files = [("0001", FIRST), ("0002", &*text)];
    let files = files.map(|(file, text)| Migration::parse(name(file), text).unwrap());
    let graph = Graph::of(files).unwrap();
    let found = lint(&graph, |one| one.id == "two").unwrap();
    for one in &found {
        assert!(one.to_string().contains(one.rule.safe), "{one}");
    }
    found.into_iter().map(|one| one.rule.name).collect()
}

fn one(operation: &str) -> Vec<&'static str> {
    found(&format!("[[operations]]\n{operation}"))
}

#[test]
fn each_hazard_has_its_rule() {
    let no_rule: [&str; 0] = [];
    let cases = [
        ("add_field = \"Book.a\"\ntype = \"integer\"\nnull = true", ""),
        ("add_field = \"Book.a\"\ntype = \"integer\"\nfill = \"1\"", ""),
        ("add_field = \"Book.a\"\ntype = \"timestamptz\"\ndefault = \"now()\"", ""),
        ("add_field = \"Book.a\"\ntype = \"integer\"", "not-null-column"),
        (
            "add_field = \"Book.a\"\ntype = \"uuid\"\ndefault = \"gen_random_uuid()\"",
            "volatile-default",
        ),
        ("add_field = \"Book.a\"\ntype = \"bigint\"\nidentity = true", "calculated-column"),
        ("alter_field = \"Book.title\"\ntype = \"varchar(200)\"", ""),
        ("alter_field = \"Book.title\"\ntype = \"text\"", ""),
        ("alter_field = \"Book.price\"\ntype = \"numeric(10, 2)\"", ""),
        ("alter_field = \"Book.price\"\ntype = \"numeric(10, 4)\"", "type-change"),
        ("alter_field = \"Book.title\"\ntype = \"varchar(50)\"", "type-change"),
        (
            "alter_field = \"Book.title\"\ntype = \"varchar(100)\"\ncollation = \"C\"",
            "index-rebuild",
        ),
        ("alter_field = \"Book.title\"\ntype = \"varchar(100)\"\nnull = true", "drop-not-null"),
        // A check says already that there is no NULL.
        ("alter_field = \"Book.isbn\"\ntype = \"text\"", ""),
        ("add_index = \"Book\"\nname = \"x\"\nfields = [\"price\"]", "index-not-concurrently"),
        ("add_index = \"Book\"\nname = \"x\"\nfields = [\"price\"]\nconcurrently = true", ""),
        ("remove_index = \"Book\"\nname = \"by_title\"", "drop-index-not-concurrently"),
        ("add_unique = \"Book\"\nname = \"x\"\nfields = [\"price\"]", "unique-constraint"),
        ("add_check = \"Book\"\nname = \"x\"\ncheck = '\"price\" > 0'", "check-validates"),
        ("add_check = \"Book\"\nname = \"x\"\ncheck = '\"price\" > 0'\nnot_valid = true", ""),
        ("rename_field = \"Book.isbn\"\nto = \"number\"", "rename-column"),
        ("rename_model = \"Book\"\nto = \"library.Volume\"", ""),
        (
            "rename_model = \"Book\"\nto = \"library.Volume\"\ntable = \"library_volume\"",
            "rename-table",
        ),
        ("alter_row_level_security = \"Book\"\ntenant = \"isbn\"", "row-level-security"),
        ("remove_field = \"Book.price\"", "remove-column"),
        ("delete_model = \"Author\"", "remove-table"),
        ("run_sql = \"SELECT 1\"", "irreversible"),
        ("run_sql = \"SELECT 1; COMMIT\"\nreverse = \"\"", "transaction-in-sql"),
        ("run_sql = \"TRUNCATE library_book\"\nreverse = \"\"", "truncate-in-sql"),
    ];
    for (operation, rule) in cases {
        let expected: Vec<&str> = if rule.is_empty() { vec![] } else { vec![rule] };
        assert_eq!(one(operation), expected, "{operation}");
    }
    let key = "add_field = \"Book.author\"\nforeign_key = \"library.Author\"\non_delete = \"cascade\"\n\
               null = true";
    assert_eq!(one(key), ["index-not-concurrently", "foreign-key-validates"]);
    let small = "create_model = \"Shelf\"\ntable = \"shelf\"\nprimary_key = [\"id\"]\n\
                 fields = [{ name = \"id\", type = \"integer\", identity = true }]";
    assert_eq!(one(small), ["small-key"]);
    assert_eq!(found(""), no_rule);
}

#[test]
fn operations_of_one_migration_get_in_each_others_way() {
    let index = "[[operations]]\nadd_index = \"Book\"\nname = \"x\"\nfields = [\"price\"]\nconcurrently = true\n";
    let check = "[[operations]]\nadd_check = \"Book\"\nname = \"x\"\ncheck = '\"price\" > 0'\nnot_valid = true\n";
    let validate = "[[operations]]\nvalidate_constraint = \"Book\"\nname = \"x\"\n";
    let data = "[[operations]]\nrun_sql = \"UPDATE library_book SET price = 1\"\nreverse = \"\"\n";
    assert_eq!(found(&format!("{check}{validate}")), ["validate-with-not-valid"]);
    assert_eq!(found(&format!("{check}{data}")), ["data-with-schema"]);
    let other = check.replace("\"x\"", "\"y\"");
    assert_eq!(found(&format!("{index}{other}")), ["concurrently-with-others"]);
}

#[test]
fn a_table_that_the_migration_makes_is_used_by_nobody() {
    let new = "[[operations]]\ncreate_model = \"Shelf\"\ntable = \"shelf\"\nprimary_key = [\"id\"]\n\
               fields = [{ name = \"id\", type = \"bigint\", identity = true }]\n\
               [[operations]]\nadd_field = \"Shelf.number\"\ntype = \"integer\"\n\
               [[operations]]\nadd_index = \"Shelf\"\nname = \"x\"\nfields = [\"number\"]\n";
    assert_eq!(found(new), [""; 0]);
}

#[test]
fn rules_are_silenced_by_name() {
    let index = "[[operations]]\nadd_index = \"Book\"\nname = \"x\"\nfields = [\"price\"]\n";
    assert_eq!(found(&format!("silence = [\"index-not-concurrently\"]\n{index}")), [""; 0]);
    assert_eq!(
        found(&format!("silence = [\"index-concurrently\"]\n{index}")),
        ["index-not-concurrently", "unknown-rule"]
    );
    let mut names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), RULES.len());
}
