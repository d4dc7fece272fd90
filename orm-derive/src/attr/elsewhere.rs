//! Options that other libraries have, with what they are here.

/// The cure, for `#[model(…)]` or `#[field(…)]`.
pub fn elsewhere(place: &str, option: &str) -> Option<&'static str> {
    let table: &[(&[&str], &str)] = match place {
        "model" => OF_MODELS,
        "field" => OF_FIELDS,
        "index" | "unique" | "check" => OF_INDEXES,
        _ => return None,
    };
    table.iter().find(|(names, _)| names.contains(&option)).map(|(_, cure)| *cure)
}

const OF_MODELS: &[(&[&str], &str)] = &[
    (
        &["db_table", "table_name", "tablename", "name", "rename"],
        "the table is named by `table = \"…\"`",
    ),
    (&["app_label"], "the app is `app = \"…\"`"),
    (&["unique_together", "uniques"], "it is `unique(fields = [a, b])`"),
    (&["indexes", "index_together", "indices"], "each index is `index(fields = [a, b])`"),
    (&["constraints", "constraint"], "each is `unique(fields = [a, b])` or `check(|m| …)`"),
    (&["checks"], "each is `check(|m| …)`"),
    (&["order_by", "default_order", "sort"], "it is `ordering = [name, -edition]`"),
    (
        &["abstract", "mixin", "base"],
        "shared fields are a struct with `#[derive(ModelFields)]`, put in by `#[model(flatten)]`",
    ),
    (
        &["verbose_name", "verbose_name_plural", "label"],
        "names for people are said of fields: `#[field(label = \"…\")]`",
    ),
    (
        &["pk", "id", "key"],
        "the key is a field `id`, one with `#[field(primary_key)]`, or `primary_key = [a, b]`",
    ),
    (
        &["objects", "default_manager_name", "base_manager_name", "manager"],
        "it is `managers(published = Published)`, the first of which is the default",
    ),
    (&["db_table_comment"], "it is `comment = \"…\"`"),
    (
        &[
            "permissions",
            "default_permissions",
            "db_tablespace",
            "swappable",
            "default_related_name",
            "order_with_respect_to",
            "select_on_save",
        ],
        "there is no such thing here",
    ),
];

const OF_FIELDS: &[(&[&str], &str)] = &[
    (
        &["null", "nullable", "optional", "not_null", "required"],
        "NULL is in the type: `Option<…>` can be NULL, and nothing else can",
    ),
    (&["db_column", "name", "rename", "column_name"], "the column is named by `column = \"…\"`"),
    (&["verbose_name"], "the name for people is `label = \"…\"`"),
    (&["pk", "id", "primary"], "it is `primary_key`"),
    (
        &["auto_increment", "autoincrement", "serial", "auto", "auto_created"],
        "it is `identity`, which integer keys have by themselves",
    ),
    (&["index", "indexed"], "it is `db_index`, or `#[model(index(fields = […]))]`"),
    (&["length", "max_len", "size", "maxlength"], "it is `max_length`"),
    (
        &[
            "min_length",
            "min_value",
            "max_value",
            "range",
            "regex",
            "email",
            "url",
            "slug",
            "validate",
            "validator",
            "step",
        ],
        "it is one of the `validators(…)`",
    ),
    (
        &["references", "foreign_key", "belongs_to", "to", "rel", "relation"],
        "a key is a field of type `ForeignKey<…>` or `OneToOne<…>`",
    ),
    (
        &["many_to_many", "has_many", "has_one"],
        "relations are types: `ManyToMany<…>`; the other side of a key is there by itself",
    ),
    (
        &["skip", "ignore", "transient", "default_value"],
        "every field is a column; what is none has no place in a model",
    ),
    (&["flatten"], "it is said to the model: `#[model(flatten)]` on the field"),
    (
        &["type", "sql_type", "db_type", "column_type"],
        "the column has the type of the field; make others by `#[derive(Column)]`",
    ),
    (&["comment"], "it is `db_comment = \"…\"`"),
    (&["collation", "collate"], "it is `db_collation = \"…\"`"),
    (&["precision", "digits"], "it is `max_digits`, with `decimal_places`"),
    (&["scale", "places"], "it is `decimal_places`, with `max_digits`"),
    (&["check"], "it is said to the model: `#[model(check(|m| …))]`"),
    (&["auto_now_update", "updated_at", "on_update"], "it is `auto_now`"),
    (&["created_at"], "it is `auto_now_add`"),
    (&["server_default"], "it is `db_default`"),
    (
        &[
            "editable",
            "error_messages",
            "unique_for_date",
            "unique_for_month",
            "unique_for_year",
            "db_tablespace",
            "serialize",
            "auto_field",
        ],
        "there is no such thing here",
    ),
];

const OF_INDEXES: &[(&[&str], &str)] = &[
    (&["condition", "filter", "if"], "it is `where = |m| …`"),
    (&["columns", "column", "field", "on"], "it is `fields = [a, b]`"),
    (&["method", "type", "kind"], "it is `using = \"gin\"`"),
    (&["covering", "including"], "it is `include = [a, b]`"),
    (&["expressions", "expression"], "expressions are closures: `index(|m| m.name().lower())`"),
];
