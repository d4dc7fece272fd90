//! Everything that needs a server, in one program: it links once, and its tests share a server.

mod api;
mod bad_input;
mod corpus;
mod expressions;
mod pooler;
mod schema;
mod seeds;
mod support;
