//! How much memory a large value takes on its way to the server and back, as a multiple of its size.
//!
//! ```text
//! cargo run --release -p orm-bench --bin large_values -- 300
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
    let db = TestDatabase::empty().await?;
    create_tables::<(Page,)>(&*db).await?;
    let page = draft!(Page { text: "first" }).save(&*db).await?;
    println!("{size} MiB            peak MiB   × value");

    let text = "x".repeat(size * MIB);
    let sent = draft!(Page { text: &*text });
    let saved = peak("save, a text", size, async { sent.save(&*db).await }).await?;
    drop((text, saved));
    let data = draft!(Page { data: vec![7_u8; size * MIB] });
    let saved = peak("save, bytes", size, async { data.save(&*db).await }).await?;
    let read = peak("read, bytes", size, async {
        Page::objects().filter(|p| p.id().eq(saved.id)).values(|p| p.data()).get(&*db).await
    });
    drop(read.await?);
    drop(saved);
    let one = Page::objects().filter(|p| p.id().eq(page.id));
    let value = vec![7_u8; size * MIB];
    peak("update, bytes", size, async { one.update(&*db, |p| p.data().set(value)).await }).await?;
    let draft = draft!(Page { data: vec![7_u8; size * MIB] });
    peak("copy_in, bytes", size, async { Page::objects().copy_in(&*db, [draft]).await }).await?;
    Ok(())
}

/// Runs a call and prints what it took at the most, beyond what there was.
async fn peak<T>(name: &str, size: usize, call: impl Future<Output = orm::Result<T>>) -> Result<T> {
    // Linux takes this as: the highest so far is what there is now.
    fs::write("/proc/self/clear_refs", "5")?;
    let before = status("VmRSS:")?;
    let result = call.await?;
    let peak = status("VmHWM:")?.saturating_sub(before) / 1024;
    println!("{name:<18} {peak:>8} {:>9.2}", peak as f64 / size as f64);
    Ok(result)
}

/// A line of `/proc/self/status`, in KiB.
fn status(name: &str) -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
    Ok(number.ok_or("no such line in /proc/self/status")?.trim().parse()?)
}
