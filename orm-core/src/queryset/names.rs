//! Orderings and filters named at run time, against an allow-list: for request parameters.

mod parse;

use super::QuerySet;
use crate::ir::{Comparison, Members, ModelMeta, Node, OrderNode, PathBuf, Step};
use crate::model::{List, Model};
use orm_sql::error::{Error, Result};

impl<M: Model, O, S> QuerySet<M, O, S> {
    /// Orders by fields named at run time, such as `-name` or `author__name`. Only those in
    /// `allowed` may be named.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().order_by_names(["-name"], &["name", "author__name"])?;
    /// assert_sql!(books, "SELECT … FROM book AS t0 ORDER BY t0.name DESC");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] that names what may be used instead.
    pub fn order_by_names<N: AsRef<str>>(
        mut self,
        names: impl List<N>,
        allowed: &[&str],
    ) -> Result<Self> {
        let mut by = Vec::new();
        for name in names {
            let name = name.as_ref();
            let (desc, name) = name.strip_prefix('-').map_or((false, name), |name| (true, name));
            must_be_allowed(M::meta(), name, allowed)?;
            let (node, rest) = resolve(PathBuf::root(self.query.scope, M::meta()), name)?;
            if let Some(lookup) = rest {
                return Err(match node {
                    Node::Relation(path) => unknown(path.target(), lookup),
                    _ => Error::usage(format!(
                        "`{name}` of `{}` cannot be ordered by: nothing follows the field, and \
                         `{lookup}` does",
                        M::meta().name
                    )),
                });
            }
            by.push(OrderNode { node, desc, nulls: None, sql_type: None });
        }
        self.query.fail_to_order_once_sliced();
        self.query.order.by = Some(by);
        self.query.order.reversed = false;
        Ok(self)
    }

    /// Filters by names and values given at run time, such as `name__icontains` and `lennon`; all
    /// must hold. Only names in `allowed` may be used; a value is read as the field's type.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let allowed = ["name__icontains", "pages__gte"];
    /// let books = Book::objects().filter_names([("pages__gte", "100")], &allowed)?;
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.pages >= $1");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] that names what may be used instead, or the type that a value must have.
    pub fn filter_names<N: AsRef<str>, V: AsRef<str>>(
        mut self,
        conditions: impl List<(N, V)>,
        allowed: &[&str],
    ) -> Result<Self> {
        let mut all: Option<Node> = None;
        for (name, value) in conditions {
            let (name, value) = (name.as_ref(), value.as_ref());
            must_be_allowed(M::meta(), name, allowed)?;
            let (left, rest) = resolve(PathBuf::root(self.query.scope, M::meta()), name)?;
            let node = condition(name, left, rest.unwrap_or("exact"), value)?;
            all = Some(match all {
                Some(all) => all.and(node),
                None => node,
            });
        }
        if let Some(all) = all {
            self.push_filter(all, false);
        }
        Ok(self)
    }
}

fn must_be_allowed(model: &ModelMeta, name: &str, allowed: &[&str]) -> Result<()> {
    if allowed.contains(&name) {
        return Ok(());
    }
    Err(Error::usage(format!(
        "`{name}` is not among the fields of `{}` that may be named here: {}",
        model.name,
        allowed.join(", ")
    )))
}

fn unknown(model: &ModelMeta, name: &str) -> Error {
    let mut fields: Vec<&str> = model.fields.iter().map(|field| field.name).collect();
    fields.dedup();
    let related = model.many_to_many.iter().map(|relation| relation.name);
    let choices: Vec<&str> = fields.into_iter().chain(related).collect();
    Error::usage(format!(
        "cannot resolve `{name}` on `{}`; choices are: {}",
        model.name,
        choices.join(", ")
    ))
}

/// Follows the segments of a name; what follows a column is left over.
fn resolve(mut path: PathBuf, name: &str) -> Result<(Node, Option<&str>)> {
    let mut rest = name;
    loop {
        let (segment, after) = rest.split_once("__").map_or((rest, None), |(a, b)| (a, Some(b)));
        let model = path.target();
        let many = model.lineage().flat_map(|model| model.many_to_many);
        let many = many.into_iter().find(|relation| relation.name == segment);
        let field = if segment == "pk" { model.single_key() } else { None }
            .or_else(|| model.field(segment).map(|(_, field)| field));
        // The kinds of a generic key in two columns have no field each.
        let kinds = model.fields.iter().filter_map(|field| Some(field.kinds?()));
        let kind = kinds.flatten().find(|relation| relation.name == segment);
        match (many.copied().or(kind), field) {
            (Some(relation), _) => path.steps.push(Step::Forward(relation)),
            (None, Some(field)) => match field.relation {
                Some(relation) => path.steps.push(Step::Forward(relation)),
                None => return Ok((Node::Column { path, field }, after)),
            },
            (None, None) if path.steps.is_empty() => return Err(unknown(model, segment)),
            // After a relation: a lookup on it, such as `author__isnull`.
            (None, None) if after.is_none() => return Ok((Node::Relation(path), Some(segment))),
            (None, None) => return Err(unknown(model, segment)),
        }
        match after {
            Some(after) => rest = after,
            None => return Ok((Node::Relation(path), None)),
        }
    }
}

fn condition(name: &str, left: Node, lookup: &str, value: &str) -> Result<Node> {
    if lookup == "isnull" {
        return Ok(left.is_null(parse::boolean(name, value)?));
    }
    let sql_type = parse::type_of(&left).ok_or_else(|| {
        Error::usage(format!("`{name}` has a composite key, which cannot be given as text"))
    })?;
    let comparison = match lookup {
        "in" => {
            let values = value.split(',').map(|value| parse::value(name, *sql_type, value));
            let values = values.collect::<Result<Vec<_>>>()?;
            return Ok(Node::In(Box::new(left), Members::Values(values, sql_type)));
        }
        "exact" => Comparison::Eq,
        "ne" => Comparison::Ne,
        "gt" => Comparison::Gt,
        "gte" => Comparison::Gte,
        "lt" => Comparison::Lt,
        "lte" => Comparison::Lte,
        _ => parse::text_lookup(name, *sql_type, lookup)?,
    };
    let value = Node::Value(parse::value(name, *sql_type, value)?, *sql_type);
    Ok(Node::compare(comparison, left, value))
}
