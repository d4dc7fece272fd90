//! Relations: what paths offer, and the related sets of instances.

mod fetch;
mod joined_on;
mod key;
mod key_rows;
mod m2m_changed;
#[doc(hidden)]
pub mod mistakes;
mod nested;
mod obtain;
mod path;
mod set;
mod unsaved;

pub use fetch::{FetchGeneric, FetchOpt};
pub use joined_on::Followed;
pub use key::{CompositeKey, PathToKey};
pub use nested::{SaveDraft, SetIn, nested_in};
pub use obtain::UpdateOrCreate;
pub use path::{IntoKeys, MayBeMissing};
pub use set::{BetweenModel, Creating, Linking, fetch, fetch_opt, forward_set, reverse_set};
pub use unsaved::LinkSlot;
