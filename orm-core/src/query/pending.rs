//! placeholder
use super::*;
use crate::exec::Statement;
use crate::model::FieldMeta;
use crate::value::SqlValue;
use crate::*;
pub fn count(_: &Query) -> Result<Statement> {
    Err(Error::usage("pending"))
}
pub fn exists(_: &Query) -> Result<Statement> {
    Err(Error::usage("pending"))
}
pub fn explain(_: &Query) -> Result<Statement> {
    Err(Error::usage("pending"))
}
pub fn aggregate(_: &Query, _: &[(Node, SqlType)]) -> Result<Statement> {
    Err(Error::usage("pending"))
}
pub fn update(_: &Query, _: &[(&'static FieldMeta, Node)], _: Returning) -> Result<Statement> {
    Err(Error::usage("pending"))
}
pub fn delete(_: &Query, _: Returning) -> Result<Statement> {
    Err(Error::usage("pending"))
}
pub fn insert(_: &Insert) -> Result<Statement> {
    Err(Error::usage("pending"))
}
#[derive(Clone, Debug, PartialEq)]
pub enum InsertValue {
    Value(SqlValue),
    Default,
    Node(Node),
}
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Returning {
    Nothing,
    Model,
}
#[derive(Clone, Debug, PartialEq)]
pub enum Conflict {
    Nothing,
}
pub struct Insert {
    pub model: &'static ModelMeta,
    pub fields: Vec<&'static FieldMeta>,
    pub rows: Vec<Vec<InsertValue>>,
    pub conflict: Option<Conflict>,
    pub returning: Returning,
}
