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
    /// The ratios that we do not want to exceed.
    pub aim: Aim,
}

/// Ratios to the reference.
#[derive(Clone, Copy, Debug)]
pub struct Aim {
    /// Of wall time.
    pub wall: f64,
    /// Of the client's CPU time.
    pub cpu: f64,
}

/// Few rows: as fast as by hand.
const EVEN: Aim = Aim { wall: 1.03, cpu: 1.03 };
/// Many rows: faster.
const FASTER: Aim = Aim { wall: 0.92, cpu: 0.82 };
/// Rows that travel as columns.
const BY_COLUMNS: Aim = Aim { wall: 0.75, cpu: 0.75 };

const fn scenario(name: &'static str, n: u64, task: Task, aim: Aim) -> Scenario {
    Scenario { name, n, task, aim }
}

/// The scenarios of reading.
pub const READING: &[Scenario] = &[
    scenario("get by key", 1, Task::Get(4_711), EVEN),
    scenario("rows", 1, Task::Books(1), EVEN),
    scenario("rows", 10, Task::Books(10), EVEN),
    scenario("rows", 100, Task::Books(100), EVEN),
    scenario("rows", 1_000, Task::Books(1_000), FASTER),
    scenario("rows", 10_000, Task::Books(10_000), FASTER),
    scenario("join, both built", 10_000, Task::Joined(10_000), FASTER),
    scenario("prefetch 100 × 10 × 10", 10_000, Task::Prefetched, FASTER),
    scenario("stream", 100_000, Task::Stream(100_000), FASTER),
];

/// The scenarios of writing. What is inserted comes from plain structs, and goes back into models.
pub const WRITING: &[Scenario] = &[
    scenario("insert, keys returned", 1, Task::Insert(1), EVEN),
    scenario("insert, keys returned", 10, Task::Insert(10), EVEN),
    scenario("insert, keys returned", 100, Task::Insert(100), EVEN),
    scenario("insert, keys returned", 1_000, Task::Insert(1_000), BY_COLUMNS),
    scenario("insert, keys returned", 10_000, Task::Insert(10_000), BY_COLUMNS),
    scenario("bulk update", 1_000, Task::BulkUpdate(1_000), EVEN),
    scenario("F update", 10_000, Task::Calculate(10_000), EVEN),
    scenario("COPY in", 100_000, Task::CopyIn(100_000), EVEN),
];
