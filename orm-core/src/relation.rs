//! Relations: what generated relation paths offer, and the related sets of instances.

mod fetch;
mod nested;
mod obtain;
mod path;
mod set;
mod told;

pub use fetch::FetchOpt;
pub use nested::SaveDraft;
pub use obtain::UpdateOrCreate;
pub use path::{IntoKeys, MayBeMissing, column, count, eq, in_, isnull, ne, order, set};
pub use set::{BetweenModel, Creating, Linking, fetch, fetch_opt, related, related_to};
