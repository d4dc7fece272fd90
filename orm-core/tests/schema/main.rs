//! Tables of models: their values, their order and their text. What a server makes of them is tested
//! where there is a driver.

mod derived;
mod models;
mod ordering;
mod text;
mod wide_keys;
