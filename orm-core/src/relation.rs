//! Relations: what generated relation paths offer, and the related sets of instances.

mod fetch;
mod obtain;
mod path;
mod set;
mod told;

pub use fetch::FetchOpt;
pub use obtain::UpdateOrCreate;
pub use path::{IntoKeys, MayBeMissing, column, count, eq, in_, isnull, ne, order, set};
pub use set::{BetweenModel, Creating, Linking, fetch, fetch_opt, related, related_to};
pub(crate) use set::{Keys, insert_related, keys_of, link};
