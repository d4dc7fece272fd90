//! Prints how long the orm crate takes beside hand-written code.

fn main() -> std::process::ExitCode {
    orm_bench::command::timed()
}
