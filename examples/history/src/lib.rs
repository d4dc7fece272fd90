//! A table of what has happened to rows: who they were before, and what they became.
//!
//! ```no_run
//! use orm::prelude::*;
//!
//! #[derive(Model, Clone, Debug, serde::Serialize)]
//! pub struct Account {
//!     pub id: i64,
//!     pub owner: String,
//!     pub balance: i64,
//! }
//!
//! # async fn f(db: Database) -> orm::Result<()> {
//! history::record::<Account>().forever();                   // once, at the start of the program
//!
//! let mut account: Account = draft!(Account { owner: "ann", balance: 0 }).save(&db).await?;
//! account.balance = 5;
//! account.save(&db).await?;
//! for entry in history::of(&account).all(&db).await? {
//!     println!("{} {}: {:?}", entry.at, entry.action, entry.changes());
//! }
//! # Ok(()) }
//! ```
//!
//! An entry is written in the transaction of what it is about, so that there is either both or none. What
//! passes rows by writes no entry: `bulk_create`, `bulk_update`, `update` and `copy_in`, as with all
//! hooks and receivers.

use orm::hooks::HookCx;
use orm::prelude::*;
use orm::signals::{self, Subscription};
use serde::Serialize;
use serde_json::{Map, Value};

/// What has happened to a row.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "history", ordering = [id], index(fields = [model, key]))]
pub struct Entry {
    pub id: i64,
    #[field(auto_now_add)]
    pub at: DateTime<Utc>,
    /// The model's name.
    #[field(max_length = 100)]
    pub model: String,
    /// The primary key of the row, as text.
    pub key: String,
    /// `created`, `changed` or `deleted`.
    #[field(max_length = 10)]
    pub action: String,
    /// The row as it was.
    pub old: Option<Value>,
    /// The row as it became.
    pub new: Option<Value>,
}

impl Entry {
    /// The fields that differ, each with its old and its new value.
    pub fn changes(&self) -> Map<String, Value> {
        let empty = Map::new();
        let old = self.old.as_ref().and_then(Value::as_object).unwrap_or(&empty);
        let new = self.new.as_ref().and_then(Value::as_object).unwrap_or(&empty);
        let names = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name)));
        let differing = names.filter(|name| old.get(*name) != new.get(*name));
        let both = |name: &String| {
            let of = |row: &Map<String, Value>| row.get(name).cloned().unwrap_or_default();
            (name.clone(), Value::Array(vec![of(old), of(new)]))
        };
        differing.map(both).collect()
    }
}

/// Receivers that write the history of a model; while this is kept.
#[must_use = "nothing is recorded once this is dropped; `.forever()` keeps it"]
pub struct Recording([Subscription; 3]);

impl Recording {
    /// Records until the process ends.
    pub fn forever(self) {
        self.0.into_iter().for_each(Subscription::forever);
    }
}

/// Writes an entry whenever a row of a model is created, changed or deleted, also by way of its proxies.
pub fn record<M: Model<First = M> + Serialize>() -> Recording {
    Recording([
        // What the row is now must be read before it is written.
        signals::before_save::<M>()
            .connect(|row, cx| Box::pin(async move { cx.stored(row).await.map(drop) })),
        signals::after_save::<M>().connect(|row, cx| {
            Box::pin(async move {
                let old = cx.stored(row).await?;
                let action = if cx.created() { "created" } else { "changed" };
                write(cx, row, action, old.as_ref(), Some(row)).await
            })
        }),
        signals::after_delete::<M>()
            .connect(|row, cx| Box::pin(write(cx, row, "deleted", Some(row), None))),
    ])
}

/// The entries of a row, the oldest first.
pub fn of<M: Model>(row: &M) -> QuerySet<Entry> {
    let key = key_of(row);
    Entry::objects().filter(|e| e.model().eq(M::meta().name) & e.key().eq(key))
}

async fn write<M: Model + Serialize>(
    cx: &HookCx<'_>,
    row: &M,
    action: &str,
    old: Option<&M>,
    new: Option<&M>,
) -> Result<()> {
    let json = |row: &M| serde_json::to_value(row).map_err(|e| Error::usage(e.to_string()));
    let (old, new) = (old.map(json).transpose()?, new.map(json).transpose()?);
    let (model, key) = (M::meta().name, key_of(row));
    draft!(Entry { model: model, key: key, action: action, old: old, new: new }).save(cx).await?;
    Ok(())
}

/// The primary key of a row, as text.
fn key_of<M: Model>(row: &M) -> String {
    let parts = M::meta().primary_key.iter().map(|place| row.value(*place).text());
    parts.map(Option::unwrap_or_default).collect::<Vec<_>>().join(",")
}
