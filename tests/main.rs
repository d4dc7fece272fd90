//! Everything that needs a server, in one program: it links once, and its tests share a server.

mod api;
mod bad_input;
mod seeds;
mod support;
