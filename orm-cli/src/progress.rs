//! What happens while migrations run, as a line that moves on terminals and as lines elsewhere.

use crate::output::{BAD, GOOD, Output, WARNING, styled};
use indicatif::{ProgressBar, ProgressStyle};
use orm_migrate::run::Event;
use std::io::IsTerminal as _;
use std::time::Duration;

/// What happens while migrations run.
pub struct Progress {
    output: Output,
    bar: ProgressBar,
    line: String,
    /// The tenant whose migrations run, for the line.
    tenant: String,
    /// Nothing of it has run.
    noted: bool,
}

impl Progress {
    pub fn new(output: Output) -> Progress {
        let moves = output.is_for_people() && std::io::stderr().is_terminal();
        let bar = if moves { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        let progress =
            Progress { output, bar, line: String::new(), tenant: String::new(), noted: false };
        progress.spin();
        if moves {
            progress.bar.enable_steady_tick(Duration::from_millis(100));
        }
        progress
    }

    /// Nobody knows how long it takes.
    fn spin(&self) {
        self.style("  {spinner} {msg} ({elapsed})");
    }

    /// So many rows, or pages, are done.
    fn part(&self, done: u64, of: u64, what: &str) {
        self.style(&format!(
            "  {{spinner}} {{msg}} {{wide_bar}} {{human_pos}}/{{human_len}} {what} ({{elapsed}}, {{eta}} left)",
        ));
        self.bar.set_length(of);
        self.bar.set_position(done);
    }

    fn style(&self, template: &str) {
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
    }

    pub fn tell(&mut self, event: Event<'_>) {
        match event {
            Event::Begins { migration, forwards } => {
                let word = if forwards { "Applying" } else { "Undoing" };
                self.line = format!("{}{word} {migration}", self.tenant);
                self.noted = false;
                self.spin();
                self.bar.reset_elapsed();
                self.bar.set_message(self.line.clone());
            }
            Event::Operation { text, time } => {
                self.spin();
                self.bar.set_message(format!("{}: {text}", self.line));
                if self.output.verbosity > 1 {
                    self.print(format!("    {text} ({})", seconds(time)));
                }
            }
            Event::Progress { text, done, of } => {
                self.part(done, of, "rows");
                self.bar.set_message(format!("{}: {text}", self.line));
            }
            Event::Pages { text, done, of } => {
                self.part(done, of, "pages");
                self.bar.set_message(format!("{}: {text}", self.line));
            }
            Event::Waits { time, holders, .. } => {
                let waits = format!("a lock is held by others; again in {}", seconds(time));
                self.print(format!("  {}... {}", self.line, styled(WARNING, waits)));
                holders.iter().for_each(|line| self.print(format!("    {line}")));
            }
            Event::Noted { .. } => self.noted = true,
            Event::Done { .. } if self.noted => {
                self.print(format!("  {}... {}", self.line, styled(WARNING, "FAKED")));
            }
            Event::Done { time, .. } => {
                self.print(format!(
                    "  {}... {} ({})",
                    self.line,
                    styled(GOOD, "OK"),
                    seconds(time)
                ));
            }
            other => self.tell_tenant(other),
        }
    }

    /// What happens to a tenant as a whole.
    fn tell_tenant(&mut self, event: Event<'_>) {
        match event {
            Event::Tenant { name, place, of } => {
                self.bar.set_message(format!("tenant {name} ({} of {of})", place + 1));
                if self.output.verbosity > 1 {
                    self.print(format!("  Tenant {name} ({} of {of})", place + 1));
                }
                self.tenant = format!("{name}: ");
            }
            Event::TenantDone { name, ran, time } => {
                let what = match ran {
                    0 => "nothing to apply".to_owned(),
                    1 => format!("1 migration ({})", seconds(time)),
                    ran => format!("{ran} migrations ({})", seconds(time)),
                };
                self.tenant.clear();
                self.print(format!("  {name}... {} {what}", styled(GOOD, "OK")));
            }
            Event::TenantFailed { name, ran, error } => {
                self.tenant.clear();
                let failed = styled(BAD, "FAILED");
                self.print(format!("  {name}... {failed} after {ran} migrations: {error}"));
            }
            _ => {}
        }
    }

    fn print(&self, line: String) {
        self.bar.suspend(|| self.output.line(line));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}
