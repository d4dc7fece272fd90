//! The models as a picture: as text for Mermaid and Graphviz, and drawn as SVG.

mod chart;
mod dot;
mod layout;
mod mermaid;
mod svg;

pub use chart::Chart;
pub use dot::dot;
pub use mermaid::mermaid;
pub use svg::svg;
