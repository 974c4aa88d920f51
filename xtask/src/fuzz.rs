//! The fuzz targets, less than three minutes together. fuzz/README.md says how to run them for longer.

use std::fs;
use std::process::{Child, Command, Stdio};

use crate::root;
use crate::steps::{Failed, run, whole_workspace};

/// For how many seconds each target runs: a minute for what a stranger may have written whole, and
/// a third of one for what is small, or comes from the app.
const TARGETS: [(&str, u32); 7] = [
    ("sealed", 60),
    ("head", 60),
    ("content", 60),
    ("export", 60),
    ("call", 20),
    ("code", 20),
    ("record", 20),
];

/// The tests that write seeds. A target without any fails.
const SEEDS: [&str; 2] = ["the_fuzz_targets_take_their_seeds", "every_call_has_a_seed_that_reads"];

/// What libFuzzer needs from the compiler; the same as in fuzz/README.md.
const FLAGS: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Ccodegen-units=1 -Cdebug-assertions --cfg fuzzing";

pub(crate) fn in_three_minutes() -> Result<(), Failed> {
    let fuzz = root().join("fuzz");
    let mut seeds = whole_workspace("test");
    seeds.args(["--quiet", "--tests", "--"]).args(SEEDS);
    run(seeds.env("KEYWARD_WRITE_CORPUS", fuzz.join("corpus")))?;

    let host = host()?;
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--release", "--locked", "--bins", "--target", &host]);
    run(build.env("RUSTFLAGS", FLAGS).current_dir(&fuzz))?;

    // Two at a time: each is one thread.
    for pair in TARGETS.chunks(2) {
        let running: Vec<Running> = pair
            .iter()
            .map(|(target, seconds)| start(target, *seconds, &host))
            .collect::<Result<_, _>>()?;
        running.into_iter().try_for_each(Running::finish)?;
    }
    Ok(())
}

struct Running {
    target: &'static str,
    child: Child,
}

fn start(target: &'static str, seconds: u32, host: &str) -> Result<Running, Failed> {
    let fuzz = root().join("fuzz");
    let failed = |error: std::io::Error| Failed(format!("{target}: {error}"));
    let artifacts = fuzz.join("artifacts").join(target);
    fs::create_dir_all(&artifacts).map_err(failed)?;
    let log = fs::File::create(artifacts.join("log")).map_err(failed)?;
    let child = Command::new(fuzz.join("target").join(host).join("release").join(target))
        .arg(fuzz.join("corpus").join(target))
        .arg(format!("-max_total_time={seconds}"))
        .arg("-print_final_stats=1")
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .map_err(failed)?;
    println!("{target}: fuzzing for {seconds} s");
    Ok(Running { target, child })
}

impl Running {
    fn finish(mut self) -> Result<(), Failed> {
        let target = self.target;
        let status = self.child.wait().map_err(|error| Failed(format!("{target}: {error}")))?;
        let log = root().join("fuzz/artifacts").join(target).join("log");
        let text = fs::read_to_string(&log).unwrap_or_default();
        let units = text.lines().find(|line| line.contains("number_of_executed_units"));
        println!("{target}: {}", units.unwrap_or("no statistics"));
        if status.success() {
            return Ok(());
        }
        // The statistics of the search come first and are long; what was found begins with a panic,
        // or is in the last lines when there was none.
        let lines: Vec<&str> = text.lines().collect();
        let panic = lines.iter().position(|line| line.contains("panicked at"));
        let found = panic.unwrap_or(lines.len().saturating_sub(40));
        lines[found..].iter().for_each(|line| println!("{line}"));
        Err(Failed(format!("{target} found something; see {}", log.display())))
    }
}

/// The triple of the machine this runs on.
fn host() -> Result<String, Failed> {
    let output = Command::new("rustc").arg("-vV").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let text = text.map_err(|error| Failed(format!("rustc -vV: {error}")))?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| Failed("rustc -vV names no host".to_owned()))
}
