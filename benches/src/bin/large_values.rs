//! How much memory a large value takes on its way to the server and back, as a multiple of its size.
//!
//! ```text
//! cargo run --release --bin large_values -- 300
//! ```
//!
//! The number is of MiB, 100 where none is said. Peaks are those of Linux (`VmHWM`), begun anew before
//! each call; the value itself, which the program has made, is not counted.

use orm::prelude::*;
use orm_bench::Result;
use orm_testkit::TestDatabase;
use std::fs;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "large")]
pub struct Page {
    pub id: i64,
    pub text: Option<String>,
    pub data: Option<Vec<u8>>,
}

const MIB: usize = 1 << 20;

fn main() -> Result<()> {
    let size = std::env::args().nth(1).map(|size| size.parse()).transpose()?.unwrap_or(100);
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(measure(size))
}

async fn measure(size: usize) -> Result<()> {
    let t = TestDatabase::empty().await?;
    create_tables::<(Page,)>(&*t).await?;
    draft!(Page { text: "first" }).save(&*t).await?;
    let (text, data) = (|| "x".repeat(size * MIB), || vec![7_u8; size * MIB]);
    let first = || Page::objects().filter(|p| p.id().eq(1));
    println!("{size} MiB            peak MiB   × value   kept MiB");

    let draft = draft!(Page { text: text() });
    peak(&t, "save, text", size, async |db| draft.save(db).await.map(drop)).await?;
    let draft = draft!(Page { data: data() });
    peak(&t, "save, bytes", size, async |db| draft.save(db).await.map(drop)).await?;
    let value = data();
    peak(&t, "update, bytes", size, async |db| {
        first().update(db, |p| p.data().set(value)).await.map(drop)
    })
    .await?;
    peak(&t, "read, bytes", size, async |db| first().values(|p| p.data()).get(db).await.map(drop))
        .await?;
    let draft = draft!(Page { data: data() });
    peak(&t, "copy_in, bytes", size, async |db| {
        Page::objects().copy_in(db, [draft]).await.map(drop)
    })
    .await?;
    Ok(())
}

/// Makes a call on a connection of its own, and prints what that took at the most, beyond what there
/// was, and what the connection keeps.
async fn peak(
    t: &TestDatabase,
    name: &str,
    size: usize,
    call: impl AsyncFnOnce(&Database) -> orm::Result<()>,
) -> Result<()> {
    let db = Database::builder().url(&t.url()).max_connections(1).connect().await?;
    // Linux takes this as: the highest so far is what there is now.
    fs::write("/proc/self/clear_refs", "5")?;
    let before = status("VmRSS:")?;
    call(&db).await?;
    let mib = |kib: u64| kib.saturating_sub(before) / 1024;
    let (peak, kept) = (mib(status("VmHWM:")?), mib(status("VmRSS:")?));
    println!("{name:<18} {peak:>8} {:>9.2} {kept:>10}", peak as f64 / size as f64);
    Ok(())
}

/// A line of `/proc/self/status`, in KiB.
fn status(name: &str) -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
    Ok(number.ok_or("no such line in /proc/self/status")?.trim().parse()?)
}
