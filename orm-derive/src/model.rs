//! A model as the derive understands it. No `syn::Attribute` past this point.

pub mod build;
mod column;
pub mod generic;
mod no_column;
pub use generic::GenericField;
pub use no_column::no_column;
mod parent;
mod relation;
pub mod types;
pub mod validators;

use crate::attr::field::{Choices, OnDelete};
use crate::attr::flat::Flat;
use crate::attr::index::{IndexAttrs, Item};
use crate::attr::{At, Deferrable};
use proc_macro2::{Span, TokenStream};
use syn::{Expr, Ident, Path, Type, Visibility};

/// A struct with `#[derive(Model)]`.
pub struct Model {
    pub ident: Ident,
    /// The struct's name without `r#`.
    pub name: String,
    pub vis: Visibility,
    /// It is a struct with `#[derive(ModelFields)]`, which models flatten.
    pub shared: bool,
    /// It is what a variant holds: the enum, and the place of the variant in that.
    pub of_enum: Option<(Ident, Ident)>,
    pub app: String,
    pub table: String,
    pub schema: Option<String>,
    pub comment: Option<String>,
    pub managed: bool,
    /// Its rows come from a query.
    pub view: Option<View>,
    pub primary_key_name: Option<String>,
    /// `on_delete` is followed by the library.
    pub on_delete_in_library: bool,
    /// The model has an `impl Clean`.
    pub clean: bool,
    /// Saving validates.
    pub validate: bool,
    pub managers: Option<Vec<(Ident, Expr)>>,
    /// Where it says that it has hooks.
    pub hooks: Option<Span>,
    /// Every field of the struct, in order.
    pub fields: Vec<Field>,
    /// The places in `fields` that make up the primary key.
    pub primary_key: Vec<usize>,
    /// The place in `fields` of the flattened struct that has it instead.
    pub shared_key: Option<usize>,
    pub ordering: Vec<Item>,
    pub get_latest_by: Vec<Item>,
    pub uniques: Vec<IndexAttrs>,
    pub indexes: Vec<IndexAttrs>,
    pub checks: Vec<IndexAttrs>,
    pub exclusions: Vec<IndexAttrs>,
    /// Storage parameters of the table.
    pub storage: Vec<(String, String)>,
    pub tablespace: Option<String>,
    /// The field that says to which tenant a row belongs.
    pub tenant: Option<Ident>,
    /// Where it says that the database shows the rows of one tenant only.
    pub row_level_security: Option<Span>,
}

/// The query of a view.
pub struct View {
    pub rows: ViewRows,
    /// Its rows are stored.
    pub materialized: bool,
}

/// What a view selects.
pub enum ViewRows {
    /// A function that returns a query set, or a query set.
    Query(Expr),
    /// SQL.
    Sql(Expr),
    /// A function that returns SQL, which stands in FROM.
    Inline(Expr),
    /// The same, over a view of another function's query.
    Stored { query: Expr, read_as: Expr },
}

/// The name of a column that is that of the field which holds the struct.
pub const FIELD: &str = "{field}";

/// A field of the struct.
pub struct Field {
    pub ident: Ident,
    /// Without `r#`.
    pub name: String,
    /// What the path is called: the field's name unless told otherwise.
    pub accessor: Ident,
    pub docs: TokenStream,
    /// The type, with `Self` replaced by the model's name; what stands in its place where it is no
    /// column type.
    pub ty: Type,
    /// The type as it was written, which the row holds.
    pub held: Type,
    pub kind: Kind,
    /// What is said beside `flatten`.
    pub flat: Flat,
    /// It is what a variant of an enum holds.
    pub variant: Option<Variant>,
    /// It is a key to one of several models.
    pub generic: Option<generic::GenericField>,
    /// The place among the struct's fields.
    pub index: usize,
}

/// A variant of an enum, of which the described struct has what it holds.
pub struct Variant {
    pub ident: Ident,
    /// The enum of the variants' names.
    pub kind: Ident,
    /// Its fields are named, and stand in the variant itself.
    pub is_struct: bool,
}

/// What a field is.
pub enum Kind {
    Column(Box<Column>),
    Many(Box<ManyToMany>),
    /// A struct of shared columns.
    Flatten,
}

/// A column; several for a key to a model whose own key has several.
pub struct Column {
    pub name: String,
    /// The names of the columns after the first.
    pub more: Vec<String>,
    /// Where the name was said, or the field stands.
    pub span: Span,
    /// It is the key to the row of the model that this one extends, which stands in its place.
    pub parent_link: bool,
    /// The type without `Option`.
    pub inner: Type,
    pub null: bool,
    pub primary_key: bool,
    pub identity: bool,
    pub max_length: Option<u32>,
    pub digits: Option<(u16, u16)>,
    pub unique: bool,
    pub db_index: bool,
    pub positive: bool,
    pub auto_now: bool,
    pub auto_now_add: bool,
    /// It counts the saves of the row.
    pub version: bool,
    /// The executor gives it to drafts: the tenant.
    pub of_executor: bool,
    pub fill: Fill,
    pub generated: Option<Expr>,
    pub choices: Option<Choices>,
    pub validators: Vec<Expr>,
    pub file: Option<FileOptions>,
    pub db_type: Option<String>,
    pub names: PartNames,
    /// A key without an index.
    pub no_index: bool,
    pub collation: Option<String>,
    pub comment: Option<String>,
    pub label: Option<String>,
    pub help_text: Option<String>,
    pub blank: bool,
    pub key: Option<Key>,
}

/// Names of what the database keeps for a column, where they are not the made ones.
pub struct PartNames {
    pub unique: Option<String>,
    pub unique_index: Option<String>,
    pub index: Option<String>,
    pub constraint: Option<String>,
}

/// What is said of a field of files.
pub struct FileOptions {
    pub upload_to: Option<Expr>,
    pub storage: String,
    pub keep: bool,
}

impl Column {
    /// The names of all columns.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.name).chain(&self.more)
    }

    /// How many columns there are.
    pub fn width(&self) -> usize {
        1 + self.more.len()
    }

    /// A draft must name it.
    pub fn is_required(&self) -> bool {
        !self.null
            && !self.identity
            && !self.auto_now
            && !self.auto_now_add
            && !self.version
            && !self.of_executor
            && self.generated.is_none()
            && matches!(self.fill, Fill::None)
    }
}

/// What fills a column that a draft leaves out.
pub enum Fill {
    None,
    /// Evaluated in Rust.
    Rust(Expr),
    /// Evaluated by the database.
    Database(Expr),
}

/// The relation of a column that is a key.
pub struct Key {
    pub one_to_one: bool,
    pub target: Target,
    /// The key's type, where it is not the target's primary key.
    pub key_type: Option<Type>,
    pub on_delete: OnDelete,
    pub to_field: Option<Ident>,
    pub db_constraint: bool,
    pub deferrable: Option<Deferrable>,
    pub limit_choices_to: Option<Expr>,
    pub reverse: Option<Reverse>,
    /// It is a kind of a generic key.
    pub generic: Option<GenericKind>,
}

/// A kind of a generic key.
#[derive(Clone, Copy)]
pub struct GenericKind {
    /// It says itself what becomes of the row when the one it leads to goes.
    pub says_on_delete: bool,
    /// Its place, where the kinds have no columns of their own.
    pub place: Option<usize>,
}

/// A many-to-many relation.
pub struct ManyToMany {
    pub target: Target,
    pub through: Option<Path>,
    pub through_fields: Option<(String, String)>,
    pub symmetrical: bool,
    pub db_constraint: bool,
    pub limit_choices_to: Option<Expr>,
    /// The name of the table between, where it is not the default.
    pub table: Option<String>,
    pub reverse: Option<Reverse>,
}

/// The model that a relation points to.
pub struct Target {
    /// As written, `Self` replaced.
    pub path: Path,
    /// The path of its fields: `people::AuthorFields`.
    pub fields: Path,
    /// The struct's name.
    pub name: String,
    /// It is the model itself.
    pub own: bool,
}

/// The accessors of a relation on the model it points to.
pub struct Reverse {
    /// On instances: `author.books()`, `author.book_set()`.
    pub instance: Ident,
    /// In paths: `a.books()`, `a.book()`.
    pub query: Ident,
    /// By extension traits, for models of another crate.
    pub by_trait: bool,
    /// In paths, with the name of the model to be filled in: of a shared struct.
    pub pattern: Option<String>,
}

impl Model {
    /// The columns with their fields, in order.
    pub fn columns(&self) -> impl Iterator<Item = (&Field, &Column)> {
        self.fields.iter().filter_map(|field| match &field.kind {
            Kind::Column(column) => Some((field, &**column)),
            _ => None,
        })
    }

    /// The keys with their fields, in order.
    pub fn keys(&self) -> impl Iterator<Item = (&Field, &Column, &Key)> {
        self.columns().filter_map(|(field, column)| Some((field, column, column.key.as_ref()?)))
    }

    /// The field that holds the row of the model that this one extends, which comes first, and that
    /// model.
    pub fn parent(&self) -> Option<(&Field, &Target)> {
        let (field, _, key) = self.keys().find(|(_, column, _)| column.parent_link)?;
        Some((field, &key.target))
    }

    /// The many-to-many relations with their fields, in order.
    pub fn many_to_many(&self) -> impl Iterator<Item = (&Field, &ManyToMany)> {
        self.fields.iter().filter_map(|field| match &field.kind {
            Kind::Many(many) => Some((field, &**many)),
            _ => None,
        })
    }

    /// The flattened structs, in order.
    pub fn flattened(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| matches!(field.kind, Kind::Flatten))
    }

    /// The field of a name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The name in lower case, as Django has it in names of tables and relations.
    pub fn lower(&self) -> String {
        self.name.to_lowercase()
    }

    /// A name with `{app}` and `{model}` filled in; as it is where that is done later.
    pub fn fill(&self, name: &str) -> String {
        if self.shared {
            return name.to_owned();
        }
        fill(name, &self.app, &self.lower())
    }
}

/// Fills `{app}` and `{model}` into a name.
pub fn fill(name: &str, app: &str, model: &str) -> String {
    name.replace("{app}", app).replace("{model}", model)
}

/// A text or an index's name as tokens: `Some("…")` or `None`.
pub fn filled(name: Option<&At<String>>, model: &Model) -> Option<String> {
    name.map(|name| model.fill(&name.value))
}
