//! Models by `#[derive(Model)]`: what is generated, and the call shapes that must compile.

#[path = "corpus/library.rs"]
mod library;

#[path = "corpus/shop.rs"]
mod shop;

#[path = "derive/metadata.rs"]
mod metadata;
#[path = "derive/names.rs"]
mod names;
#[path = "derive/options.rs"]
mod options;
#[path = "derive/rows.rs"]
mod rows;
#[path = "derive/shapes.rs"]
mod shapes;
