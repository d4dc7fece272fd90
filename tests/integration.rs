//! Everything that needs a server, in one binary.

mod corpus;
