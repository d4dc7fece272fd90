//! Tests of what is said about mistakes: one sentence for each, all of them at once.

use crate::check;
use crate::errors::Errors;
use crate::model::build;
use syn::DeriveInput;

/// The messages for a model.
fn model(source: &str) -> Vec<String> {
    let Ok(input) = syn::parse_str::<DeriveInput>(source) else { return vec!["not Rust".into()] };
    let errors = Errors::default();
    if let Some(mut model) = build::model(&input, &errors) {
        check::check(&mut model, &errors);
        drop(crate::expand::model(&model));
    }
    errors.messages()
}

/// A model with a key and one field.
fn field(field: &str) -> Vec<String> {
    model(&format!("pub struct Book {{ pub id: i64, {field} }}"))
}

/// A model with options and some fields.
fn options(options: &str) -> Vec<String> {
    model(&format!(
        "#[model({options})] pub struct Book {{ pub id: i64, pub name: String, pub author: i32 }}"
    ))
}

fn check(messages: &[String], expected: &[&str]) {
    assert_eq!(messages.len(), expected.len(), "{messages:#?}");
    for (message, expected) in messages.iter().zip(expected) {
        assert!(message.contains(expected), "`{message}` does not say `{expected}`");
    }
}

#[test]
fn a_good_model_has_none() {
    check(
        &options(r#"ordering = [name, -author], unique(fields = [name], name = "{model}_u")"#),
        &[],
    );
    check(&field("#[field(on_delete = Cascade)] pub author: ForeignKey<Author>,"), &[]);
}

#[test]
fn forms_that_are_no_table() {
    check(&model("enum Book { A }"), &["and this is an enum; for an enum in a column use"]);
    check(&model("struct Book(i64);"), &["and this is a tuple struct; for a newtype"]);
    check(&model("struct Book;"), &["a struct without fields"]);
    check(&model("struct Book<T> { id: T }"), &["cannot have parameters"]);
    check(&model("struct Book<'a> { id: &'a str }"), &["cannot have parameters"]);
}

#[test]
fn keys() {
    check(&model("struct Book { name: String }"), &["has no primary key; add `pub id: i64`"]);
    check(
        &field("#[field(primary_key)] pub a: i64, #[field(primary_key)] pub b: i64"),
        &["a second `primary_key`"],
    );
    check(&field("#[field(primary_key)] pub a: Option<i64>"), &["remove the `Option`"]);
    check(&options("primary_key = [name, autor]"), &["no field; did you mean `author`?"]);
    check(&options("primary_key = [name]"), &["marked on the field"]);
    check(&field("#[field(identity)] pub a: String"), &["`identity` is for integers"]);
}

#[test]
fn options_that_are_not_there() {
    check(&field("#[field(max_lenght = 3)] pub a: String"), &["did you mean `max_length`?"]);
    check(&options("orderin = [name]"), &["did you mean `ordering`?"]);
    check(&options("index(field = [name])"), &["it is `fields = [a, b]`", "`index` needs"]);
    check(&options("on_delete_in = \"libary\""), &["is \"library\" or \"database\""]);
    check(&options("extends = Base"), &["add `pub parent: Base`"]);
}

#[test]
fn options_of_other_libraries() {
    check(&options("unique_together = [name]"), &["it is `unique(fields = [a, b])`"]);
    check(&options("table_name = \"x\""), &["the table is named by `table = \"…\"`"]);
    check(&options("zzzz = 1"), &["; the options are `app`"]);
    assert!(!options("zzzz = 1").join("").contains("extends"), "what is not there is not offered");
    check(&field("#[field(null = true)] pub a: i32"), &["NULL is in the type: `Option<…>`"]);
    check(&field("#[field(min_value = 3)] pub a: i32"), &["it is one of the `validators(…)`"]);
}

#[test]
fn values_of_another_form() {
    check(
        &field("#[field(generated = \"a * 2\")] pub a: i32"),
        &["`generated`: expected a closure over the fields"],
    );
    check(
        &options("unique(fields = [name], where = \"a > 3\")"),
        &["`where`: expected a closure over the fields"],
    );
    check(&options("exclude(name, author)"), &["pairs of a field and an operator"]);
    check(&field("#[field(max_length = -1)] pub a: String"), &["not a negative number"]);
    check(
        &field("#[field(max_length = 99999999999)] pub a: String"),
        &["not a number of this size"],
    );
    check(&field("#[field(upload_to = \"x\")] pub a: String"), &["`upload_to` is for `File`"]);
}

#[test]
fn types_that_are_no_columns() {
    for (ty, cure) in [
        ("u64", "`i64`, with `#[field(positive)]`"),
        ("Option<u16>", "`i32`, with `#[field(positive)]`"),
        ("Vec<u32>", "`i64`, with `#[field(positive)]`"),
        ("char", "a `String`, with `#[field(max_length = 1)]`"),
        ("&'static str", "`String`"),
        ("HashMap<String, i32>", "`Json<HashMap<String,i32>>`"),
        ("Box<String>", "`String`"),
        ("HashSet<i32>", "`Vec<i32>`"),
        ("(i32, i32)", "a field of its own"),
        ("[i32; 3]", "`Vec<i32>`"),
        ("Option<Option<i32>>", "NULL is one `Option`"),
        ("Vec<ForeignKey<Tag>>", "`ManyToMany<Tag>`"),
        ("ForeignKey<Vec<Tag>>", "`ManyToMany<Tag>`"),
    ] {
        check(&field(&format!("pub a: {ty}")), &[cure]);
    }
    check(&field("pub a: Vec<u8>, pub b: Option<Vec<i64>>, pub c: std::net::IpAddr"), &[]);
}

#[test]
fn validators_of_other_libraries() {
    let of = |validator: &str| field(&format!("#[field(validators({validator}))] pub a: i32"));
    check(&of("min(18)"), &["`min` is no validator; write `min_value(…)`"]);
    check(&of("maxvalue(18)"), &["did you mean `max_value`?"]);
    check(&of("MinValueValidator(18)"), &["write `min_value(…)`"]);
    check(&of("\"email\""), &["without quotes: `email`"]);
    check(&of("even, crate::min, at_most(3), min_value(3)"), &[]);
}

#[test]
fn options_that_do_not_go_with_the_type() {
    check(
        &field(
            "#[field(max_length = 3)] pub a: i32, #[field(auto_now)] pub b: bool,
             #[field(positive)] pub c: String, #[field(max_digits = 3)] pub d: f64,
             #[field(decimal_places = 3)] pub e: Decimal, #[field(on_delete = Cascade)] pub f: i32,
             #[field(max_digits = 2, decimal_places = 3)] pub g: Decimal,
             #[field(through = X)] pub h: i32",
        ),
        &[
            "`max_length` is for text, and this field holds `i32`",
            "`auto_now` is for dates and times",
            "`positive` is for numbers, and this field holds `String`",
            "`max_digits` is for `Decimal`, and this field holds `f64`",
            "`decimal_places` needs `max_digits`",
            "`on_delete` is for relations",
            "cannot be more than `max_digits`",
            "`through` is for `ManyToMany<…>` fields",
        ],
    );
    check(
        &field("#[field(default = 1, generated = |b| b.id())] pub a: i64"),
        &["has both `default` and `generated`"],
    );
}

#[test]
fn relations() {
    check(
        &field("#[field(on_delete = SetNull)] pub a: ForeignKey<A>"),
        &["make `a` an `Option<…>`"],
    );
    check(&field("pub a: ForeignKey<A>"), &["must say what happens"]);
    check(
        &field("#[field(on_delete = Cascad)] pub a: ForeignKey<A>"),
        &["did you mean `Cascade`?"],
    );
    check(&field("#[field(on_delete = SetDefault)] pub a: ForeignKey<A>"), &["needs a `default`"]);
    check(
        &field(
            "#[field(on_delete = Cascade)] pub a: ForeignKey<A>,
             #[field(on_delete = Cascade)] pub b: ForeignKey<A>",
        ),
        &["`b` and `a` both point to `A` and would both be `book_set()` there"],
    );
    check(
        &field("pub a: ManyToMany<A>, #[field(related_name = \"book\")] pub b: ManyToMany<A>"),
        &["would both be `book()`"],
    );
    check(&field("#[field(symmetrical)] pub a: ManyToMany<A>"), &["of a model to itself"]);
    check(&field("#[field(through_fields = (a, b))] pub a: ManyToMany<A>"), &["needs `through`"]);
    check(&field("pub a: Option<ManyToMany<A>>"), &["never NULL"]);
    check(
        &field("#[field(on_delete = Cascade, unique)] pub a: ManyToMany<A>"),
        &["`unique` is for columns", "`on_delete` is for columns"],
    );
    check(&field("#[field(table = \"x\", through = T)] pub a: ManyToMany<A>"), &["remove `table`"]);
    check(
        &field("#[field(related_name = \"a b\")] pub a: ManyToMany<A>"),
        &["`a b` is not a name in Rust"],
    );
    check(
        &field("#[field(columns = [], on_delete = Cascade)] pub author: ForeignKey<Author>"),
        &["`columns` names the columns of the key"],
    );
}

#[test]
fn names_that_are_taken() {
    check(&field("pub count: i32"), &["#[field(accessor = \"count_\")]"]);
    check(&field("pub pk: i32"), &["#[field(accessor = \"pk_\")]"]);
    check(&field("#[field(accessor = \"b\")] pub a: i32, pub b: i32"), &["the accessor `b`"]);
    check(&field("pub update: ManyToMany<A>"), &["is a method of every model"]);
    check(
        &field("#[field(related_name = \"save\")] pub a: ManyToMany<A>"),
        &["choose another `related_name`"],
    );
    check(&field("pub a: i32, #[field(column = \"a\")] pub b: i32"), &["have one column, `a`"]);
    check(&options("managers(save = AllRows)"), &["name the manager otherwise"]);
}

#[test]
fn fields_that_are_not_there() {
    check(&options("ordering = [nam]"), &["`ordering` names `nam`"]);
    check(
        &options("ordering = [nam, -auhtor]"),
        &["did you mean `name`?", "did you mean `author`?"],
    );
    check(&options("unique(fields = [nam])"), &["did you mean `name`?"]);
    check(&options("index(fields = [name], include = [x])"), &["`include` names `x`"]);
    check(&options("get_latest_by = nme"), &["did you mean `name`?"]);
    check(&options("index(fields = [author.name])"), &["columns of this table"]);
    check(&options("unique(fields = [-name])"), &["remove the `-`"]);
    check(&options("check(|b| b.id().gt(1), |b| b.id().gt(2))"), &["takes one condition"]);
    check(&options("index(fields = [name], using = \"gim\")"), &["did you mean `gin`?"]);
    check(
        &options("index(fields = [name], name = \"a\"), check(|b| b.id().gt(1), name = \"a\")"),
        &["a second constraint or index is named `a`"],
    );
}
