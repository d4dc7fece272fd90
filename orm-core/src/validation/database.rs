//! What only the database knows of an unsaved row: one statement for keys, uniqueness and checks.

use super::json;
use crate::ir::{
    self, Comparison, FieldMeta, Filter, IndexPart, ModelMeta, Node, PathBuf, Query, Relation,
    RelationKind, Scope, Selected, Source, UniqueMeta, Violation,
};
use crate::query;
use crate::row::Reader;
use crate::tables;
use orm_sql::error::{Errors, NON_FIELD_ERRORS, Result, ValidationError};
use orm_sql::exec::{Executor, Statement};
use orm_sql::row::{Cells, RowSink};
use orm_sql::value::{SqlType, SqlValue};

/// The values of a row that exists, or is to be.
pub(super) struct Known {
    /// By the places of the model's fields; none where only the database will know.
    pub nodes: Vec<Option<Node>>,
    /// The key of a row that exists: it is not in its own way.
    pub key: Option<Vec<SqlValue>>,
}

/// A condition over the row, and what is wrong where it has this answer.
struct Question {
    condition: Node,
    wrong_if: bool,
    field: &'static str,
    error: ValidationError,
}

/// Asks the database everything at once.
pub(super) async fn check(
    model: &'static ModelMeta,
    known: &Known,
    excluded: &[&'static str],
    db: &dyn Executor,
    errors: &mut Errors,
) -> Result<()> {
    let questions = Asking { model, known, excluded }.questions();
    if questions.is_empty() {
        return Ok(());
    }
    let statement = statement(model, known, &questions, db)?;
    let mut answers = Answers { expected: questions.len(), given: Vec::new() };
    db.run(&statement, &mut answers).await?;
    for (question, answer) in questions.into_iter().zip(answers.given) {
        if answer == Some(question.wrong_if) {
            errors.add(question.field, question.error);
        }
    }
    Ok(())
}

struct Answers {
    expected: usize,
    given: Vec<Option<bool>>,
}

impl RowSink for Answers {
    fn row(&mut self, cells: &dyn Cells) -> Result<()> {
        let mut reader = Reader::new(cells);
        for _ in 0..self.expected {
            // The server checked the types: these are booleans.
            self.given.push(reader.column::<Option<bool>>().unwrap_or_default());
        }
        Ok(())
    }
}

/// ```text
/// SELECT EXISTS (…), …, pages >= 0 FROM (SELECT $1 AS "id", $2 AS "name", …) AS book
/// ```
fn statement(
    model: &'static ModelMeta,
    known: &Known,
    questions: &[Question],
    db: &dyn Executor,
) -> Result<Statement> {
    let nodes = model.fields.iter().zip(&known.nodes).map(|(field, node)| {
        let node = node.clone().unwrap_or(Node::Value(SqlValue::Null, field.sql_type));
        Node::Cast(Box::new(node), field.sql_type)
    });
    let mut row = Query::new(model);
    row.source = Source::Row(nodes.collect(), model);
    row.order.by = Some(Vec::new());
    let conditions = questions.iter().map(|question| question.condition.clone());
    row.select = conditions.map(|node| Selected::Expr(node, SqlType::Bool)).collect();
    query::select(&row.on(db))
}

struct Asking<'a> {
    model: &'static ModelMeta,
    known: &'a Known,
    excluded: &'a [&'static str],
}

impl Asking<'_> {
    fn questions(&self) -> Vec<Question> {
        let fields = self.model.fields;
        let mut questions = Vec::new();
        questions.extend(fields.iter().enumerate().filter_map(|(at, field)| self.key(at, field)));
        questions.extend(self.primary_key());
        questions.extend(fields.iter().filter_map(|field| self.unique_field(field)));
        questions.extend(self.model.uniques.iter().filter_map(|unique| self.unique(unique)));
        questions.extend(self.checks());
        questions
    }

    /// The row that a key refers to is there, and may be chosen.
    fn key(&self, place: usize, field: &'static FieldMeta) -> Option<Question> {
        let relation = field.relation?;
        if relation.fields().first() != Some(field) {
            return None;
        }
        let pairs = relation.pairs();
        let (_, target) = pairs.first()?;
        let value = self.known.nodes.get(place)?.as_ref()?;
        let null = |place: usize| self.known.nodes.get(place)?.as_ref().map(is_null);
        let places = place..place + pairs.len();
        if self.excluded.contains(&field.name) || places.into_iter().any(|p| null(p) != Some(false))
        {
            return None;
        }
        let to = relation.to();
        let mut query = Query::new(to);
        for (own, target) in &pairs {
            let column = column(query.scope, to, target);
            push(&mut query, Node::compare(Comparison::Eq, column, self.of_row(own)), false);
        }
        if let Some(condition) = relation.limit_choices_to {
            push(&mut query, condition(), false);
        }
        let message = "%(model)s instance with %(field)s %(value)r does not exist.";
        let mut error = ValidationError::new("invalid", message)
            .param("model", spaced(to.name))
            .param("field", target.name);
        if let Node::Value(value, _) = value {
            error = error.param("pk", json::value(value)).param("value", json::value(value));
        }
        Some(Question { condition: exists(query), wrong_if: false, field: field.name, error })
    }

    /// A key that was chosen is not taken.
    fn primary_key(&self) -> Option<Question> {
        let fields = self.model.primary_key.iter();
        let fields: Vec<_> = fields.filter_map(|place| self.model.fields.get(*place)).collect();
        if self.known.key.is_some() || fields.is_empty() {
            return None;
        }
        self.taken(&fields, false)
    }

    fn unique_field(&self, field: &'static FieldMeta) -> Option<Question> {
        let one_to_one = |key: &Relation| key.kind == RelationKind::OneToOne;
        let unique = field.unique || field.relation.is_some_and(one_to_one);
        let columns: Vec<_> = self.model.columns_of(field.name).iter().collect();
        let is_key = self.model.key_fields().into_iter().eq(columns.iter().copied());
        let first = columns.first() == Some(&field);
        if unique && first && !is_key { self.taken(&columns, false) } else { None }
    }

    /// Another row has the same values in these fields.
    fn taken(&self, fields: &[&'static FieldMeta], nulls_are_equal: bool) -> Option<Question> {
        let mut query = self.others();
        for field in fields {
            let same = self.same_field(query.scope, field, nulls_are_equal)?;
            push(&mut query, same, false);
        }
        let mut labels: Vec<String> = fields.iter().map(|field| label(field)).collect();
        labels.dedup();
        let name = capital(&spaced(self.model.name));
        let (field, error) = match (fields, labels.as_slice()) {
            ([field, ..], [label]) => (
                field.name,
                ValidationError::new(
                    "unique",
                    "%(model_name)s with this %(field_label)s already exists.",
                )
                .param("model_name", name)
                .param("field_label", label.clone()),
            ),
            _ => (
                NON_FIELD_ERRORS,
                ValidationError::new(
                    "unique_together",
                    "%(model_name)s with this %(field_labels)s already exists.",
                )
                .param("model_name", name)
                .param("field_labels", and(&labels)),
            ),
        };
        Some(Question { condition: exists(query), wrong_if: true, field, error })
    }

    fn taken_together(
        &self,
        fields: &[&'static FieldMeta],
        unique: &'static UniqueMeta,
    ) -> Option<Question> {
        let mut taken = self.taken(fields, !unique.nulls_distinct)?;
        if unique.violation != Violation::NONE {
            let name = tables::name_of_unique(self.model, unique).ok()?;
            taken.field = NON_FIELD_ERRORS;
            taken.error = violation(name, unique.violation);
        }
        Some(taken)
    }

    fn unique(&self, unique: &'static UniqueMeta) -> Option<Question> {
        let fields = unique.parts.iter().map(|part| match part {
            IndexPart::Field { name, .. } => Some(self.model.columns_of(name)),
            IndexPart::Expression(_) | IndexPart::Ordered(_) => None,
        });
        let fields: Option<Vec<&'static [FieldMeta]>> = fields.collect();
        let fields = fields.map(|fields| fields.into_iter().flatten().collect::<Vec<_>>());
        if let (Some(fields), None) = (&fields, unique.condition) {
            return self.taken_together(fields, unique);
        }
        let mut query = self.others();
        for part in unique.parts {
            let same = match part {
                IndexPart::Field { name, .. } => {
                    self.same_key(query.scope, name, !unique.nulls_distinct)?
                }
                IndexPart::Expression(expression) => {
                    let expression = expression();
                    if !self.knows(&expression) {
                        return None;
                    }
                    let own = Node::Outer(Box::new(expression.clone()));
                    same(expression, own, !unique.nulls_distinct)
                }
                // A unique constraint has no directions.
                IndexPart::Ordered(_) => return None,
            };
            push(&mut query, same, false);
        }
        let mut condition = Node::Bool(true);
        if let Some(of_rows) = unique.condition {
            let of_rows = of_rows();
            if !self.knows(&of_rows) {
                return None;
            }
            push(&mut query, of_rows.clone(), false);
            condition = of_rows;
        }
        let condition = match condition {
            Node::Bool(_) => exists(query),
            condition => condition.and(exists(query)),
        };
        let name = tables::name_of_unique(self.model, unique).ok()?;
        Some(Question { wrong_if: true, ..violated(name, unique.violation, condition) })
    }

    fn checks(&self) -> Vec<Question> {
        let checks = self.model.checks.iter().filter_map(|check| {
            let condition = (check.condition)();
            if !self.knows(&condition) {
                return None;
            }
            let name = tables::name_of_check(self.model, check).ok()?;
            Some(violated(name, check.violation, condition))
        });
        checks.collect()
    }

    /// The rows of the model but this one.
    fn others(&self) -> Query {
        let mut query = Query::new(self.model);
        if let Some(key) = &self.known.key {
            let own = Node::relation(PathBuf::root(query.scope, self.model));
            push(&mut query, Node::compare(Comparison::Eq, own, Node::row(key.clone())), true);
        }
        query
    }

    /// All columns of a field have the values that they have in this row; none where that cannot be.
    fn same_key(&self, scope: Scope, name: &str, nulls: bool) -> Option<Node> {
        let columns = self.model.columns_of(name).iter();
        let same = columns.map(|field| self.same_field(scope, field, nulls));
        same.collect::<Option<Vec<_>>>()?.into_iter().reduce(Node::and)
    }

    /// A field has the value that it has in this row; none where that cannot be.
    fn same_field(&self, scope: Scope, field: &'static FieldMeta, nulls: bool) -> Option<Node> {
        let place = self.model.fields.iter().position(|other| other == field)?;
        let value = self.known.nodes.get(place)?.as_ref()?;
        let by_database = field.generated.is_some();
        if self.excluded.contains(&field.name) || by_database || (is_null(value) && !nulls) {
            return None;
        }
        Some(same(column(scope, self.model, field), self.of_row(field), nulls))
    }

    /// The value of a field in this row.
    fn of_row(&self, field: &'static FieldMeta) -> Node {
        Node::Outer(Box::new(column(Scope::ANY, self.model, field)))
    }

    /// Nothing in an expression is excluded, or known to the database only.
    fn knows(&self, expression: &Node) -> bool {
        let mut known = true;
        ir::visit::each_column(expression, &mut |field| {
            let place = self.model.fields.iter().position(|other| other == field);
            let given = place.and_then(|place| self.known.nodes.get(place)?.as_ref());
            known &= given.is_some()
                && field.generated.is_none()
                && !self.excluded.contains(&field.name);
        });
        known
    }
}

/// What is said of a constraint that does not hold; in a message of one's own `%(name)s` is its name.
fn violation(name: String, violation: Violation) -> ValidationError {
    let message = violation.message.unwrap_or("Constraint “%(name)s” is violated.");
    ValidationError::new(violation.code.unwrap_or(""), message).param("name", name)
}

fn violated(name: String, said: Violation, condition: Node) -> Question {
    let error = violation(name, said);
    Question { condition, wrong_if: false, field: NON_FIELD_ERRORS, error }
}

fn push(query: &mut Query, node: Node, negated: bool) {
    query.filters.push(Filter { negated, ..Filter::new(node, 0) });
}

fn exists(mut query: Query) -> Node {
    query.order.by = Some(Vec::new());
    Node::Exists(Box::new(query))
}

fn column(scope: Scope, model: &'static ModelMeta, field: &'static FieldMeta) -> Node {
    Node::Column { path: PathBuf::root(scope, model), field }
}

fn same(a: Node, b: Node, nulls: bool) -> Node {
    let equal = Node::compare(Comparison::Eq, a.clone(), b.clone());
    if nulls { equal.or(a.is_null(true).and(b.is_null(true))) } else { equal }
}

fn is_null(node: &Node) -> bool {
    matches!(node, Node::Value(value, _) if value.is_null())
}

/// `BookReview` as Django has it in messages: `book review`.
fn spaced(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !text.is_empty() {
            text.push(' ');
        }
        text.extend(c.to_lowercase());
    }
    text
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn label(field: &FieldMeta) -> String {
    capital(&field.label.map_or_else(|| field.name.replace('_', " "), str::to_owned))
}

/// `a, b and c`
fn and(labels: &[String]) -> String {
    match labels {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}
