//! How long crates with many models take to compile.

use crate::{Result, cargo, models, root, target, text};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use std::{env, fs};

/// What we aim at, for checking one model; after an edit half of that.
const AIM: Duration = Duration::from_millis(30);

/// CPU time, of rustc and what it starts.
struct Times {
    models: usize,
    check: Duration,
    check_edit: Duration,
    build: Duration,
    build_edit: Duration,
}

/// Measures and prints.
pub fn run(words: &[String]) -> Result<()> {
    let cold = words.iter().any(|word| word == "--cold");
    let counts = words.iter().filter(|word| *word != "--cold").map(|word| word.parse::<usize>());
    let mut counts: Vec<usize> = counts.collect::<std::result::Result<_, _>>().map_err(text)?;
    if counts.is_empty() {
        counts = vec![1, 50, 200];
    }
    let root = root()?;
    let project = Project::new(&root)?;
    println!("crates that the facade brings: {}", crates(&root)?);
    if cold {
        println!("cold build of the facade: {:.1} s of CPU", project.cold_build()?.as_secs_f64());
    }
    project.warm_up()?;
    println!("{:<14}{:>30}{:>30}", "", "seconds of CPU", "ms of CPU a model");
    println!("{:<14}{COLUMNS}{COLUMNS}", "");
    let mut table = String::from("models\tcheck\tcheck after edit\tbuild\tbuild after edit\n");
    // What a crate costs by itself, so that models are charged with their own share.
    let empty = project.measure(0)?;
    for models in counts {
        let times = project.measure(models)?;
        print(&times, &empty);
        let Times { check, check_edit, build, build_edit, .. } = times;
        let seconds = [check, check_edit, build, build_edit].map(|time| time.as_secs_f64());
        let [a, b, c, d] = seconds;
        let _ = writeln!(table, "{models}\t{a:.2}\t{b:.2}\t{c:.2}\t{d:.2}");
    }
    let dir = target(&root).join("bench");
    fs::create_dir_all(&dir).map_err(text)?;
    fs::write(dir.join("compile-time.tsv"), table).map_err(text)
}

/// Check and build, clean and after an edit.
const COLUMNS: &str = "   check    edit   build    edit";

fn print(times: &Times, empty: &Times) {
    let all = [times.check, times.check_edit, times.build, times.build_edit];
    let without = [empty.check, empty.check_edit, empty.build, empty.build_edit];
    let mut line = format!("{:>6} models ", times.models);
    for time in all {
        let _ = write!(line, "{:>8.2}", time.as_secs_f64());
    }
    let aims = [AIM, AIM / 2, Duration::MAX, Duration::MAX];
    for ((time, empty), aim) in all.into_iter().zip(without).zip(aims) {
        let each = time.saturating_sub(empty) / u32::try_from(times.models.max(1)).unwrap_or(1);
        let mark = if each > aim { "!" } else { " " };
        let _ = write!(line, "{:>7}{mark}", each.as_millis());
    }
    println!("{line}");
}

/// A crate that depends on the facade.
struct Project {
    dir: PathBuf,
    target: PathBuf,
}

impl Project {
    fn new(root: &Path) -> Result<Project> {
        let dir = target(root).join("compile-time");
        fs::create_dir_all(dir.join("src")).map_err(text)?;
        let facade = root.display();
        // A workspace of its own, with the versions of ours.
        let manifest = format!(
            "[package]\nname = \"many-models\"\nedition = \"2024\"\n\n[workspace]\n\n\
             [dependencies]\norm = {{ path = {:?} }}\n",
            facade.to_string()
        );
        fs::write(dir.join("Cargo.toml"), manifest).map_err(text)?;
        fs::copy(root.join("Cargo.lock"), dir.join("Cargo.lock")).map_err(text)?;
        let target = dir.join("target");
        Ok(Project { dir, target })
    }

    fn cold_build(&self) -> Result<Duration> {
        self.write(0, 0)?;
        if self.target.exists() {
            fs::remove_dir_all(&self.target).map_err(text)?;
        }
        self.cargo(&["build"])
    }

    fn warm_up(&self) -> Result<()> {
        self.write(0, 0)?;
        self.cargo(&["check"])?;
        self.cargo(&["build"])?;
        Ok(())
    }

    fn measure(&self, models: usize) -> Result<Times> {
        self.cargo(&["clean", "--package", "many-models"])?;
        self.write(models, 0)?;
        let check = self.cargo(&["check"])?;
        self.write(models, 1)?;
        let check_edit = self.cargo(&["check"])?;
        let build = self.cargo(&["build"])?;
        self.write(models, 2)?;
        let build_edit = self.cargo(&["build"])?;
        Ok(Times { models, check, check_edit, build, build_edit })
    }

    fn write(&self, models: usize, edit: usize) -> Result<()> {
        // Cargo goes by the times of files, which have to differ.
        std::thread::sleep(Duration::from_millis(20));
        fs::write(self.dir.join("src/lib.rs"), models::source(models, edit)).map_err(text)
    }

    /// Runs cargo, and returns the CPU time of all that it started.
    fn cargo(&self, words: &[&str]) -> Result<Duration> {
        let before = children()?;
        let start = Instant::now();
        let mut command = cargo();
        command.args(words).args(["--quiet", "--offline"]).current_dir(&self.dir);
        command.env("CARGO_TARGET_DIR", &self.target).env_remove("RUSTFLAGS");
        let output = command.stderr(Stdio::piped()).output().map_err(text)?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("cargo {} failed:\n{said}", words.join(" ")));
        }
        if env::var_os("VERBOSE").is_some() {
            eprintln!("cargo {}: {:.1} s", words.join(" "), start.elapsed().as_secs_f64());
        }
        Ok(children()?.saturating_sub(before))
    }
}

/// How many crates the facade depends on, itself included.
fn crates(root: &Path) -> Result<usize> {
    let mut command = cargo();
    command.args(["tree", "--package", "orm", "-e", "normal", "--prefix", "none"]);
    let output = command.current_dir(root).output().map_err(text)?;
    let tree = String::from_utf8_lossy(&output.stdout).into_owned();
    let names = tree.lines().map(|line| line.trim_end_matches(" (*)"));
    Ok(names.collect::<std::collections::BTreeSet<_>>().len())
}

/// The CPU time of the processes that this one has started and that have ended, and of theirs.
fn children() -> Result<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").map_err(text)?;
    // The name stands in parentheses and may hold anything.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks = fields.skip(13).take(2).map(|field| field.parse::<u64>().unwrap_or_default());
    let second = rustix::param::clock_ticks_per_second();
    Ok(Duration::from_secs_f64(ticks.sum::<u64>() as f64 / second as f64))
}
