//! The rules: what is found, why it hurts, and what to do instead.

/// A rule, by whose name it is silenced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name, as in `silence = ["index-not-concurrently"]`.
    pub name: &'static str,
    /// Why it hurts.
    pub reason: &'static str,
    /// The lock that the statement takes, and for how long.
    pub lock: &'static str,
    /// What to do instead.
    pub safe: &'static str,
}

macro_rules! rules {
    ($($id:ident $name:literal: $reason:literal, $lock:literal, $safe:literal;)*) => {
        $(
            #[doc = concat!("`", $name, "`")]
            pub(super) static $id: Rule =
                Rule { name: $name, reason: $reason, lock: $lock, safe: $safe };
        )*
        /// All rules.
        pub static RULES: &[&Rule] = &[$(&$id),*];
    };
}

rules! {
    NOT_NULL_COLUMN "not-null-column":
        "a new column that is NOT NULL and has no default fails where there are rows",
        "ACCESS EXCLUSIVE, short",
        "say what rows get (`fill`), give it a `db_default`, or allow NULL, fill it, and forbid NULL then";
    VOLATILE_DEFAULT "volatile-default":
        "a default that is calculated for each row writes the whole table anew",
        "ACCESS EXCLUSIVE, as long as the table is written",
        "`safely = true`: the column comes without it, it is set then, and the rows are filled in batches";
    CALCULATED_COLUMN "calculated-column":
        "a new identity or generated column writes the whole table anew",
        "ACCESS EXCLUSIVE, as long as the table is written",
        "add a plain column, fill it in batches, and make it an identity column then";
    TYPE_CHANGE "type-change":
        "another type writes the whole table and its indexes anew, and old programs read it wrongly",
        "ACCESS EXCLUSIVE, as long as the table is written",
        "add a column of the new type, write both, fill it in batches, and remove the old one later";
    INDEX_REBUILD "index-rebuild":
        "another collation or a compatible type makes the indexes of the column anew",
        "ACCESS EXCLUSIVE, as long as they are made",
        "drop the indexes concurrently before, and make them concurrently afterwards";
    INDEX_NOT_CONCURRENTLY "index-not-concurrently":
        "nobody can write to the table while the index is made",
        "SHARE, as long as the index is made",
        "`safely = true`, or `concurrently = true` in a migration of its own";
    DROP_INDEX "drop-index-not-concurrently":
        "nobody can read the table while this waits for those who do",
        "ACCESS EXCLUSIVE, short",
        "`safely = true`, or `concurrently = true` in a migration of its own";
    UNIQUE_CONSTRAINT "unique-constraint":
        "nobody can use the table while its index is made, and rows that are the same make it fail",
        "ACCESS EXCLUSIVE, as long as the index is made",
        "`safely = true`: a unique index is made concurrently, and the constraint of it, USING INDEX";
    PRIMARY_KEY "primary-key":
        "nobody can use the table while its index is made",
        "ACCESS EXCLUSIVE, as long as the index is made",
        "`safely = true`: a unique index is made concurrently, and the key of it, USING INDEX";
    FOREIGN_KEY "foreign-key-validates":
        "nobody can write to both tables while all rows are looked at",
        "SHARE ROW EXCLUSIVE on both tables, as long as the rows are looked at",
        "`safely = true`: the key is added NOT VALID, and looks at the rows in another transaction";
    CHECK "check-validates":
        "nobody can use the table while all rows are looked at",
        "ACCESS EXCLUSIVE, as long as the rows are looked at",
        "`safely = true`, or `not_valid = true` and `validate_constraint` in another migration";
    SET_NOT_NULL "set-not-null":
        "nobody can use the table while all rows are looked at",
        "ACCESS EXCLUSIVE, as long as the rows are looked at",
        "`safely = true`: a check `… IS NOT NULL` is added NOT VALID and looks at the rows in another \
         transaction; then NULL is forbidden, since the server believes the check";
    FILL_AT_ONCE "fill-at-once":
        "all rows without a value are written by one statement, and nobody else can change them before \
         the migration ends",
        "ROW EXCLUSIVE, and each row until the end of the transaction",
        "`safely = true`: the rows are filled in batches, or do so before, by a data migration of its own";
    RENAME_COLUMN "rename-column":
        "programs of the version before still name the old column while the new one is deployed",
        "ACCESS EXCLUSIVE, short",
        "keep the column with `#[field(column = …)]`, or add another one and write both for a while";
    RENAME_TABLE "rename-table":
        "programs of the version before still name the old table while the new one is deployed",
        "ACCESS EXCLUSIVE, short",
        "keep the table with `#[model(table = …)]`, or leave a view under the old name";
    REMOVE_COLUMN "remove-column":
        "programs of the version before still name the column, and its values cannot be brought back",
        "ACCESS EXCLUSIVE, short",
        "deploy the program without the field first, and remove the column in the deploy after that";
    REMOVE_TABLE "remove-table":
        "programs of the version before still name the table, rows that other tables refer to are gone \
         with it, and cannot be brought back",
        "ACCESS EXCLUSIVE on the table and on those it refers to, short",
        "deploy the program without the model first, and remove the table in the deploy after that";
    ROW_LEVEL_SECURITY "row-level-security":
        "programs of the version before do not tell the session of the tenant, and see no rows any more",
        "ACCESS EXCLUSIVE, short",
        "deploy a program first whose model says `row_level_security`, and migrate after that";
    DROP_NOT_NULL "drop-not-null":
        "programs of the version before cannot read NULL",
        "ACCESS EXCLUSIVE, short",
        "deploy a program first that can";
    ENUM_VALUE "enum-value-used":
        "a new value of an enum cannot be used before the transaction ends that adds it",
        "none on tables",
        "put it into a migration of its own, before that which uses it";
    MIXED_CONCURRENTLY "concurrently-with-others":
        "with something that cannot stand in a transaction, the whole migration is none: what fails \
         leaves it half done",
        "as its operations",
        "put it into a migration of its own";
    VALIDATE_AT_ONCE "validate-with-not-valid":
        "the lock of ADD CONSTRAINT is kept while all rows are looked at, as if it were not NOT VALID",
        "that of ADD CONSTRAINT, as long as the rows are looked at",
        "put `validate_constraint` into another migration";
    DATA_WITH_SCHEMA "data-with-schema":
        "the locks of the changed tables are kept while rows are written",
        "those of the other operations, as long as rows are written",
        "put the data into a migration of its own";
    IRREVERSIBLE "irreversible":
        "SQL without `reverse` cannot be undone, and neither can what came before it",
        "as the SQL",
        "give it a `reverse`, which may be empty";
    TRANSACTION_IN_SQL "transaction-in-sql":
        "SQL that ends the transaction takes from the migration that it happens as a whole or not at all",
        "as the SQL",
        "leave BEGIN, COMMIT and ROLLBACK out: the migration is a transaction";
    TRUNCATE "truncate-in-sql":
        "it takes all rows, and those of tables that refer to them where it says CASCADE",
        "ACCESS EXCLUSIVE",
        "remove the rows that are meant, in batches";
    SMALL_KEY "small-key":
        "the numbers of a 32-bit key come to an end, and to make it larger writes the table anew",
        "none now",
        "make the key `i64`";
    UNKNOWN_RULE "unknown-rule":
        "there is no such rule to silence",
        "none",
        "correct its name, or leave it out";
}
