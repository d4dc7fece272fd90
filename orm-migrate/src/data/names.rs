//! Names of fields and lookups, as paths and conditions.

use super::expression::{Term, Test};
use super::operand::Operand;
use crate::history::History;
use orm_core::instance::fit;
use orm_core::ir::{
    CaseNode, Comparison, FieldMeta, KeyFields, Members, ModelMeta, Node, PathBuf, Relation, Scope,
    Step,
};
use orm_sql::error::{Error, Result};
use orm_sql::ident::RawSql;
use orm_sql::value::{SqlType, SqlValue};
use std::sync::Arc;

/// The model whose fields are named, the query that they belong to, and the migration, for messages.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    pub model: &'static ModelMeta,
    pub scope: Scope,
    pub migration: &'a Arc<str>,
    pub history: &'static History,
}

/// What a name stands for.
pub(super) struct Named<'n> {
    pub node: Node,
    /// What is behind it: a lookup.
    pub rest: Option<&'n str>,
    /// The type of a value in its place; none for keys of several columns.
    pub sql_type: Option<&'static SqlType>,
}

/// `catalogue.Book`
pub(super) fn label(model: &ModelMeta) -> String {
    match model.app {
        "" => model.name.to_owned(),
        app => format!("{app}.{}", model.name),
    }
}

/// A column by the name of its field, or by its own as Django's `author_id`.
fn column(model: &'static ModelMeta, name: &str) -> Option<&'static FieldMeta> {
    let by_column = || model.fields.iter().find(|field| field.column == name);
    let field = model.field(name).map(|(_, field)| field);
    field.filter(|field| field.relation.is_none()).or_else(by_column)
}

impl Names<'_> {
    pub fn wrong(self, message: impl AsRef<str>) -> Error {
        Error::usage(message.as_ref())
    }

    /// There is no such field.
    pub fn unknown(self, model: &'static ModelMeta, name: &str) -> Error {
        let mut fields: Vec<&str> = model.fields.iter().map(|field| field.name).collect();
        fields.dedup();
        fields.extend(model.many_to_many.iter().map(|relation| relation.name));
        Error::usage(format!(
            "`{}` has no field `{name}` in migration {}; it has {}",
            label(model),
            self.migration,
            fields.join(", ")
        ))
    }

    /// A field of the model itself: its columns.
    pub fn own(self, name: &str) -> Result<&'static [FieldMeta]> {
        let by_column = || {
            let place = self.model.fields.iter().position(|field| field.column == name)?;
            self.model.fields.get(place..=place)
        };
        match self.model.columns_of(name) {
            [] => by_column().ok_or_else(|| self.unknown(self.model, name)),
            columns => Ok(columns),
        }
    }

    /// A relation by its name. Followed backwards, it is called by its model in small letters, and by the
    /// field as well where several fields of that model lead here.
    fn relation(self, model: &'static ModelMeta, name: &str) -> Option<Step> {
        let many = model.many_to_many.iter().find(|relation| relation.name == name);
        let key = || model.field(name).and_then(|(_, field)| field.relation);
        if let Some(relation) = many.copied().or_else(key) {
            return Some(Step::Forward(relation));
        }
        let keys = model.referrers().iter().map(|referrer| referrer.relation);
        let all: Vec<&'static Relation> = self.history.many_to_many(model).chain(keys).collect();
        let is_it = |relation: &&&'static Relation| {
            let from = relation.from();
            let several = all.iter().filter(|other| other.from() == from).count() > 1;
            let own = from.name.to_lowercase();
            if several { format!("{own}_{}", relation.name) == name } else { own == name }
        };
        all.iter().find(is_it).map(|relation| Step::Reverse(relation))
    }

    /// What a name stands for.
    pub fn resolve(self, name: &str) -> Result<Named<'_>> {
        let mut path = PathBuf::root(self.scope, self.model);
        let mut rest = Some(name);
        while let Some(segments) = rest {
            let (segment, after) =
                segments.split_once("__").map_or((segments, None), |(a, b)| (a, Some(b)));
            let model = path.target();
            if let Some(step) = self.relation(model, segment) {
                path.steps.push(step);
                rest = after;
                continue;
            }
            let key = || (segment == "pk").then(|| model.single_key()).flatten();
            if let Some(field) = column(model, segment).or_else(key) {
                let sql_type = Some(&field.sql_type);
                return Ok(Named { node: Node::Column { path, field }, rest: after, sql_type });
            }
            if segment == "pk" {
                return Ok(self.row(path, after));
            }
            // A lookup of the relation itself, such as `author__isnull`.
            let lookup = !path.steps.is_empty() && after.is_none() && LOOKUPS.contains(&segment);
            match lookup {
                true => return Ok(self.row(path, rest)),
                false => return Err(self.unknown(model, segment)),
            }
        }
        Ok(self.row(path, None))
    }

    /// The row at the end of a path, as its key.
    fn row(self, path: PathBuf, rest: Option<&str>) -> Named<'_> {
        let target = match path.steps.last() {
            Some(Step::Forward(key)) => key.target(),
            _ => path.target().single_key(),
        };
        Named { node: Node::relation(path), rest, sql_type: target.map(|field| &field.sql_type) }
    }

    /// A value as the type of what it is compared with, or stored in.
    pub fn fit(self, name: &str, sql_type: &SqlType, value: SqlValue) -> Result<SqlValue> {
        let label = label(self.model);
        fit(*sql_type, value).map_err(|why| self.wrong(format!("`{name}` of `{label}`: {why}")))
    }

    /// An expression; values in it are of the type of what they stand beside.
    pub fn term(self, term: &Term, beside: Option<&'static SqlType>) -> Result<Node> {
        Ok(match term {
            Term::Field(name) => {
                let named = self.resolve(name)?;
                match named.rest {
                    Some(rest) => {
                        return Err(self.wrong(format!("`{name}`: `{rest}` behind the field")));
                    }
                    None => named.node,
                }
            }
            Term::Value(value) => {
                let fits = |sql_type: &&SqlType| fit(**sql_type, value.clone()).ok();
                let fitted = beside.as_ref().and_then(fits).zip(beside);
                fitted.map_or_else(
                    || Node::Value(value.clone(), value.own_type()),
                    |(value, sql_type)| Node::Value(value, *sql_type),
                )
            }
            Term::Typed(value, sql_type) => Node::Value(value.clone(), *sql_type),
            Term::Call(template, args) => {
                let beside = args.iter().find_map(|arg| self.type_of(arg)).or(beside);
                let args = args.iter().map(|arg| self.term(arg, beside));
                Node::template(template, args.collect::<Result<_>>()?)
            }
            Term::Cast(inner, sql_type) => Node::Cast(Box::new(self.term(inner, None)?), *sql_type),
            Term::Raw(sql, params) => {
                let params = params.iter().map(|param| self.term(param, None));
                Node::Raw(RawSql::new(sql.as_str()), params.collect::<Result<_>>()?)
            }
            Term::Case(branches, otherwise) => self.case(branches, otherwise, beside)?,
            Term::Row(row) => Node::row(row.key_for(&row.model().meta.key_fields())?),
            Term::Wrong(why) => return Err(self.wrong(why)),
        })
    }

    fn case(
        self,
        branches: &[(Test, Term)],
        otherwise: &Term,
        beside: Option<&'static SqlType>,
    ) -> Result<Node> {
        let values = branches.iter().map(|(_, value)| value).chain([otherwise]);
        let own = values.clone().find_map(|value| self.type_of(value)).or(beside);
        let mut own_types = values.filter_map(|value| match value {
            Term::Value(value) if !value.is_null() => Some(value.own_type()),
            Term::Typed(_, sql_type) => Some(*sql_type),
            _ => None,
        });
        let sql_type = own.copied().or_else(|| own_types.next()).unwrap_or(SqlType::Text);
        let branch = |(test, value): &(Test, Term)| Ok((self.test(test)?, self.term(value, own)?));
        let branches = branches.iter().map(branch).collect::<Result<_>>()?;
        let otherwise = Some(self.term(otherwise, own)?);
        Ok(Node::Case(Box::new(CaseNode { branches, otherwise, sql_type })))
    }

    /// The type of an expression, where it is a field or made of one.
    fn type_of(self, term: &Term) -> Option<&'static SqlType> {
        match term {
            Term::Field(name) => self.resolve(name).ok()?.sql_type,
            Term::Call(_, args) => args.iter().find_map(|arg| self.type_of(arg)),
            _ => None,
        }
    }

    /// A condition.
    pub fn test(self, test: &Test) -> Result<Node> {
        let all = |tests: &[Test], join: fn(Node, Node) -> Node| -> Result<Node> {
            let nodes = tests.iter().map(|test| self.test(test)).collect::<Result<Vec<_>>>()?;
            Ok(nodes.into_iter().reduce(join).unwrap_or(Node::Bool(true)))
        };
        match test {
            Test::Lookup(name, operand) => self.lookup(name, operand),
            Test::And(tests) => all(tests, Node::and),
            Test::Or(tests) => all(tests, Node::or),
            Test::Not(test) => Ok(self.test(test)?.not()),
        }
    }

    fn lookup(self, name: &str, operand: &Operand) -> Result<Node> {
        let named = self.resolve(name)?;
        let lookup = named.rest.unwrap_or("exact");
        if !LOOKUPS.contains(&lookup) {
            return Err(self.wrong(format!(
                "`{name}` ends in `{lookup}`, which is no lookup; lookups are {}",
                LOOKUPS.join(", ")
            )));
        }
        let Named { node, sql_type, .. } = named;
        match (lookup, operand) {
            ("isnull", Operand::Value(SqlValue::Bool(null))) => Ok(node.is_null(*null)),
            ("isnull", _) => Err(self.wrong(format!("`{name}` is compared with true or false"))),
            ("exact", Operand::Value(SqlValue::Null)) => Ok(node.is_null(true)),
            ("in", operand) => self.is_in(name, node, sql_type, operand),
            ("exact", Operand::Row(row)) => {
                let key = row.key_for(&targets(&node))?;
                Ok(Node::compare(Comparison::Eq, node, Node::row(key)))
            }
            ("range", Operand::Value(SqlValue::Array(ends))) => {
                let [low, high] = ends.as_slice() else {
                    return Err(self.wrong(format!("`{name}` is compared with two values")));
                };
                let low = self.beside(name, &Operand::Value(low.clone()), sql_type)?;
                let high = self.beside(name, &Operand::Value(high.clone()), sql_type)?;
                Ok(Node::Between(Box::new([node, low, high])))
            }
            (lookup, operand) => match comparison(lookup) {
                Some((comparison, false)) => {
                    Ok(Node::compare(comparison, node, self.beside(name, operand, sql_type)?))
                }
                Some((comparison, true)) => {
                    let is_text = sql_type == Some(&SqlType::Text);
                    let text =
                        if is_text { node } else { Node::Cast(Box::new(node), SqlType::Text) };
                    let operand = self.beside(name, operand, Some(&SqlType::Text))?;
                    Ok(Node::compare(comparison, text, operand))
                }
                None => Err(self.wrong(format!("`{name}` cannot be compared with this"))),
            },
        }
    }

    /// The right side of a comparison.
    fn beside(
        self,
        name: &str,
        operand: &Operand,
        sql_type: Option<&'static SqlType>,
    ) -> Result<Node> {
        match (operand, sql_type) {
            (Operand::Value(SqlValue::Array(key)), None) => Ok(Node::row(key.clone())),
            (Operand::Value(value), Some(sql_type)) => {
                Ok(Node::Value(self.fit(name, sql_type, value.clone())?, *sql_type))
            }
            (Operand::Term(term), sql_type) => self.term(term, sql_type),
            _ => Err(self.wrong(format!("`{name}` cannot be compared with this"))),
        }
    }

    fn is_in(
        self,
        name: &str,
        node: Node,
        sql_type: Option<&'static SqlType>,
        operand: &Operand,
    ) -> Result<Node> {
        let members = match (operand, sql_type) {
            (Operand::Value(SqlValue::Array(values)), Some(sql_type)) => {
                let fit = |value: &SqlValue| self.fit(name, sql_type, value.clone());
                Members::Values(values.iter().map(fit).collect::<Result<_>>()?, sql_type)
            }
            (Operand::Set(set), _) => Members::Query(Box::new(set.query.clone())),
            _ => {
                return Err(
                    self.wrong(format!("`{name}` is compared with a list, or with a query"))
                );
            }
        };
        Ok(Node::In(Box::new(node), members))
    }
}

/// The fields whose values stand for the row that an expression is.
fn targets(node: &Node) -> KeyFields {
    match node {
        Node::Relation(path) => match path.steps.last() {
            Some(Step::Forward(key)) if key.through.is_none() => key.targets(),
            _ => path.target().key_fields(),
        },
        Node::Column { field, .. } => match field.relation {
            Some(key) => key.targets(),
            None => std::iter::once(*field).collect(),
        },
        _ => KeyFields::new(),
    }
}

const LOOKUPS: &[&str] = &[
    "exact",
    "ne",
    "iexact",
    "gt",
    "gte",
    "lt",
    "lte",
    "in",
    "range",
    "isnull",
    "contains",
    "icontains",
    "startswith",
    "istartswith",
    "endswith",
    "iendswith",
    "regex",
    "iregex",
];

/// A comparison by its name, and whether it is one of texts.
fn comparison(lookup: &str) -> Option<(Comparison, bool)> {
    Some(match lookup {
        "exact" => (Comparison::Eq, false),
        "ne" => (Comparison::Ne, false),
        "gt" => (Comparison::Gt, false),
        "gte" => (Comparison::Gte, false),
        "lt" => (Comparison::Lt, false),
        "lte" => (Comparison::Lte, false),
        "iexact" => (Comparison::IExact, true),
        "contains" => (Comparison::Contains, true),
        "icontains" => (Comparison::IContains, true),
        "startswith" => (Comparison::StartsWith, true),
        "istartswith" => (Comparison::IStartsWith, true),
        "endswith" => (Comparison::EndsWith, true),
        "iendswith" => (Comparison::IEndsWith, true),
        "regex" => (Comparison::Regex, true),
        "iregex" => (Comparison::IRegex, true),
        _ => return None,
    })
}
