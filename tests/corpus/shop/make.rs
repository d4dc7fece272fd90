//! What many cases of `shop` say, written short.

/// What a query selects of all rows, in the order of their keys.
macro_rules! selected {
    ($id:literal, $model:ident, |$row:ident| $columns:expr) => {
        case!($id, |db| $model::objects().order_by(|row| row.id()).values(|$row| $columns).all(db))
    };
}
pub(super) use selected;

/// What a query selects of the rows that satisfy a condition, ordered by key where the case says so.
macro_rules! found {
    ($id:literal, $model:ident, |$f:ident| $condition:expr, |$row:ident| $columns:expr) => {
        case!($id, |db| {
            $model::objects().filter(|$f| $condition).values(|$row| $columns).all(db).await?
        })
    };
    ($id:literal, $model:ident, ordered, |$f:ident| $condition:expr, |$row:ident| $columns:expr) => {
        case!($id, |db| {
            let found = $model::objects().filter(|$f| $condition).order_by(|row| row.id());
            found.values(|$row| $columns).all(db).await?
        })
    };
}
pub(super) use found;

/// What a query selects of the rows that do not satisfy a condition, in the order of their keys.
macro_rules! others {
    ($id:literal, $model:ident, |$f:ident| $condition:expr, |$row:ident| $columns:expr) => {
        case!($id, |db| {
            let others = $model::objects().exclude(|$f| $condition).order_by(|row| row.id());
            others.values(|$row| $columns).all(db).await?
        })
    };
}
pub(super) use others;
