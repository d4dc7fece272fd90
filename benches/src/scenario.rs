//! What there is to do.

/// Work that a contestant is asked to do once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// One book by its key.
    Get(i64),
    /// The first books, by key.
    Books(i64),
    /// The first books with their authors, by one statement.
    Joined(i64),
    /// So many books by a filter and an ordering over several columns.
    Medium(i64),
    /// The comments of so many posts, counted for each.
    Aggregate(i64),
    /// All users with their posts, and those with their comments.
    Prefetched,
    /// The first books one after another, none of them kept.
    Stream(i64),
    /// So many entries inserted and read back, with their keys.
    Insert(usize),
    /// So many entries that are there written, each with values of its own.
    BulkUpdate(usize),
    /// One column of so many entries calculated from itself.
    Calculate(i64),
    /// So many entries copied in.
    CopyIn(usize),
}

impl Task {
    /// It leaves rows behind, which are taken away before the next turn.
    pub fn writes(&self) -> bool {
        matches!(self, Task::Insert(_) | Task::BulkUpdate(_) | Task::Calculate(_) | Task::CopyIn(_))
    }

    /// It changes rows, which are there before.
    pub fn changes(&self) -> bool {
        matches!(self, Task::BulkUpdate(_) | Task::Calculate(_))
    }
}

/// A task, its name for people, and what we aim at.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// The name in the tables.
    pub name: &'static str,
    /// How many rows it is about.
    pub n: u64,
    /// What is asked for.
    pub task: Task,
    /// It runs through a proxy that delays both directions.
    pub far: bool,
    /// The ratios that we do not want to exceed.
    pub aim: Aim,
}

impl Scenario {
    /// Whether one of the words is part of its name and number, or there are no words.
    pub fn is_among(&self, words: &[String]) -> bool {
        is_named(&format!("{} {}", self.name, self.n), words)
    }
}

/// True where one of the words is in a name, or there are none.
pub fn is_named(name: &str, words: &[String]) -> bool {
    words.is_empty() || words.iter().any(|part| name.contains(part.as_str()))
}

/// Ratios to the reference.
#[derive(Clone, Copy, Debug)]
pub struct Aim {
    /// Of wall time.
    pub wall: f64,
    /// Of the client's CPU time.
    pub cpu: f64,
}

/// A scenario that is near.
pub const fn scenario(name: &'static str, n: u64, task: Task, wall: f64, cpu: f64) -> Scenario {
    Scenario { name, n, task, far: false, aim: Aim { wall, cpu } }
}

/// The same over a network whose round trip takes a while: only the wall says something.
const fn far(name: &'static str, n: u64, task: Task, wall: f64) -> Scenario {
    Scenario { name, n, task, far: true, aim: Aim { wall, cpu: f64::INFINITY } }
}

/// The scenarios of reading.
pub const READING: &[Scenario] = &[
    scenario("get by key", 1, Task::Get(4_711), 0.82, 0.72),
    scenario("rows", 1, Task::Books(1), 0.80, 0.70),
    scenario("rows", 10, Task::Books(10), 0.80, 0.70),
    scenario("rows", 100, Task::Books(100), 0.80, 0.60),
    scenario("rows", 1_000, Task::Books(1_000), 0.75, 0.55),
    scenario("rows", 10_000, Task::Books(10_000), 0.70, 0.50),
    scenario("medium", 1, Task::Medium(1), 0.80, 0.70),
    scenario("medium", 10, Task::Medium(10), 0.80, 0.70),
    scenario("medium", 100, Task::Medium(100), 0.80, 0.60),
    scenario("medium", 1_000, Task::Medium(1_000), 0.75, 0.55),
    scenario("medium", 10_000, Task::Medium(10_000), 0.70, 0.50),
    scenario("join, both built", 10_000, Task::Joined(10_000), 0.75, 0.60),
    scenario("prefetch 100 × 10 × 10", 10_000, Task::Prefetched, 0.60, 0.50),
    far("prefetch, far away", 10_000, Task::Prefetched, 0.55),
    scenario("aggregate", 100, Task::Aggregate(100), 1.0, 0.8),
    scenario("load", 100_000, Task::Books(100_000), 0.70, 0.50),
    scenario("stream", 100_000, Task::Stream(100_000), 0.70, 0.50),
];

/// The scenarios of writing. What is inserted comes from plain structs, and goes back into models.
pub const WRITING: &[Scenario] = &[
    scenario("insert, keys returned", 1, Task::Insert(1), 0.95, 0.85),
    scenario("insert, keys returned", 10, Task::Insert(10), 0.95, 0.85),
    scenario("insert, keys returned", 100, Task::Insert(100), 0.85, 0.60),
    scenario("insert, keys returned", 1_000, Task::Insert(1_000), 0.72, 0.40),
    scenario("insert, keys returned", 10_000, Task::Insert(10_000), 0.60, 0.35),
    scenario("bulk update", 1_000, Task::BulkUpdate(1_000), 1.0, 0.7),
    scenario("F update", 1, Task::Calculate(1), 1.0, 1.0),
    scenario("F update", 10_000, Task::Calculate(10_000), 1.0, 1.0),
    scenario("COPY in", 100_000, Task::CopyIn(100_000), 0.9, 0.7),
];
