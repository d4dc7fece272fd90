//! A bookshop: its models, its migrations and its web service.

pub mod models;
