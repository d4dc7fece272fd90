//! What is printed, and how.

use crate::args::{Color, Global};
use anstream::{ColorChoice, println};
use anstyle::{AnsiColor, Style};
use std::fmt::Display;
use std::io::IsTerminal as _;

/// Headings.
pub const HEADING: Style = AnsiColor::Cyan.on_default().bold();
/// What went well.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What needs a look.
pub const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// What went wrong.
pub const BAD: Style = AnsiColor::Red.on_default().bold();

/// What is printed, and how.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// For other programs.
    pub json: bool,
    /// 0 for nothing but errors, 1 as usual, 2 for everything.
    pub verbosity: u8,
}

impl Output {
    pub fn new(global: &Global) -> Output {
        let choice = match global.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        choice.write_global();
        Output { json: global.json, verbosity: global.verbosity }
    }

    /// True where people read what is printed.
    pub fn is_for_people(self) -> bool {
        !self.json && self.verbosity > 0
    }

    /// A line for people.
    pub fn line(self, text: impl Display) {
        if self.is_for_people() {
            println!("{text}");
        }
    }

    /// What other programs get.
    pub fn json(self, value: &serde_json::Value) {
        if self.json {
            println!("{value:#}");
        }
    }

    /// What was asked for, whatever else is printed.
    pub fn answer(self, text: impl Display) {
        println!("{text}");
    }
}

/// A text in a style.
pub fn styled(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// True where somebody can be asked.
pub fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}
